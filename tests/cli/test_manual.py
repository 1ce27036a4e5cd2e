# SPDX-License-Identifier: Apache-2.0
"""test_manual.py - the manual and the completions hold the whole table, and
man and the shells take them without a word."""
import os
import pty
import re
import select
import subprocess
import time

import support
from support import Case

SHELLS = ("bash", "zsh", "fish")


class Manual(Case):
    def setUp(self):
        super().setUp()
        self.tandem = self.store("m")

    def written(self, what, env=None):
        return self.tandem.raw("manual", what, env=env or {}).text

    def table(self):
        """Verbs and their options, as the completion of bash has them."""
        script = self.written("bash")
        verbs = re.search(r"^ +''\) list='(.*)' ;;$", script, re.M).group(1)
        options = dict(re.findall(r'^ +([\w-]+)\) list="\$list (.*)" ;;$',
                                  script, re.M))
        everywhere = re.search(r"^ +list=' (--store .*)'$", script,
                               re.M).group(1)
        return ({v: options.get(v, "").split() for v in verbs.split()},
                everywhere.split())

    def test_every_verb_of_help_and_every_option(self):
        verbs, everywhere = self.table()
        told = self.tandem.raw("--help").text
        listed = re.findall(r"^  ([a-z][a-z-]*) +\S", told, re.M)
        self.assertEqual([v for v in listed if v != "tandem"], list(verbs))
        self.assertGreater(len(everywhere), 7)
        for option in everywhere:
            self.assertIn(f"  {option}", told)
        pages = [self.written("man"), self.written("man", support.FRENCH)]
        zsh, fish = self.written("zsh"), self.written("fish")
        for verb, options in verbs.items():
            usage = self.tandem.raw(verb, "--help").text
            for page in pages:
                self.assertIn(f"\\fB{verb}\\fR", page)
            self.assertRegex(fish, rf'(?m)verb ""\' -a {verb} -d ')
            for option in options:
                self.assertIn(f"{option}", usage, verb)
                for page in pages:
                    self.assertIn(option.replace("-", "\\-"), page)
                self.assertRegex(zsh, rf'{verb}\) list=.*{option}\b')
                self.assertRegex(fish, rf"verb {verb}' -l {option[2:]}\b")
        for option in everywhere:
            for page in pages:
                self.assertIn(option.replace("-", "\\-"), page)
            self.assertRegex(fish, rf"(?m)^complete -c tandem -l "
                                   rf"{option[2:]}\b.* -d ")

    def meanings(self, verb, env=None):
        """What stands beside each option and word, between the usage and
        the options of every verb."""
        told = self.tandem.raw(verb, "--help", env=env or {}).text
        part = told.split("\n\n")[3:-1]
        lines = re.sub(r"\n {23}", " ", "\n".join(part)).splitlines()
        return {l[2:22].rstrip(): l[23:] for l in lines if l}

    def test_every_option_of_every_verb_has_its_sentence(self):
        """In both languages, in the help, the manual and in fish."""
        pages = {"en": self.written("man"),
                 "fr": self.written("man", support.FRENCH)}
        fish = self.written("fish")
        for verb, options in self.table()[0].items():
            english = self.meanings(verb)
            french = self.meanings(verb, support.FRENCH)
            self.assertEqual(list(english), list(french), verb)
            self.assertEqual({w.split()[0] for w in english
                              if w.startswith("--")}, set(options), verb)
            for what, does in english.items():
                self.assertGreater(len(does), 6, (verb, what))
                if what != "DAY":
                    self.assertNotEqual(does, french[what], (verb, what))
                for page, says in (("en", does), ("fr", french[what])):
                    entry = f".TP\n\\fB{what}\\fR\n{says}\n"
                    self.assertTrue(entry.replace("-", "\\-") in pages[page],
                                    (verb, what, page))
            for option in options:
                self.assertRegex(
                    fish, rf"(?m)verb {verb}' -l {option[2:]}\b.* -d '.{{6}}")

    def test_words_of_a_usage_line_are_explained(self):
        wanted = {
            "invite": ("reader", "agent", "coordinator", "office", "admin",
                       "DURATION", "ENDPOINT"),
            "device": ("none", "reader", "agent", "coordinator", "office"),
            "set": ("ID", "field=value", "list@2+=value", "list@2=5",
                    "map.key=value"),
            "edit": ("POS", "--insert POS TEXT"), "today": ("DAY",),
            "report": ("DAY", "--outside", "F.."), "resolve": ("--key K",),
            "import": ("import_key", "record"),
        }
        for verb, words in wanted.items():
            held = self.meanings(verb)
            for word in words:
                self.assertIn(word, held, verb)

    def test_the_french_page_is_french(self):
        page = self.written("man", support.FRENCH)
        for head in ("NOM", "COMMANDES", "CODE DE RETOUR", "ENVIRONNEMENT"):
            self.assertIn(f".SH {head}\n", page)
        self.assertNotIn("Create a record.", page)
        self.assertIn("Crée une fiche.", page)

    def test_man_takes_both_pages_without_a_warning(self):
        self.need("man", "groff")
        for name, env in (("en", None), ("fr", support.FRENCH)):
            page = self.box / f"{name}.1"
            page.write_text(self.written("man", env))
            done = subprocess.run(
                ["groff", "-Kutf8", "-Tutf8", "-man", "-ww", str(page)],
                capture_output=True, timeout=60, env=support.PLAIN)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            done = subprocess.run(
                ["man", "--warnings", "-E", "UTF-8", "-l", str(page)],
                capture_output=True, timeout=60,
                env={**support.PLAIN, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertIn(b"tandem", done.stdout)

    def test_each_shell_takes_its_script(self):
        self.need(*SHELLS)
        for shell in SHELLS:
            script = self.box / shell
            script.write_text(self.written(shell))
            done = subprocess.run([shell, "-n", str(script)], timeout=60,
                                  capture_output=True, env=support.PLAIN)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (0, b"", b""), shell)

    def bash(self, lines):
        """What bash would offer at the end of each line."""
        script = self.written("bash") + """
compopt() { COMPREPLY=(data.csv); }
at_end() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tandem
    printf '%s\\n' "${COMPREPLY[@]}" END
}
"""
        for words in lines:
            script += "at_end " + " ".join(f"'{w}'" for w in words) + "\n"
        return self.offered(["bash", "-c", script])

    def fish(self, lines):
        script = self.written("fish")
        for words in lines:
            script += f"complete -C '{' '.join(words)}'; echo END\n"
        return self.offered(["fish", "--no-config", "-c", script])

    def offered(self, command):
        done = subprocess.run(
            command, capture_output=True, timeout=60, cwd=self.box / "here",
            env={**support.PLAIN, "HOME": str(self.box)})
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return self.sets(done.stdout.decode())

    @staticmethod
    def sets(text):
        """The words before each END; what fish says of them is left out."""
        return [{l.split("\t")[0] for l in part.splitlines()} - {""}
                for part in text.split("END\n")[:-1]]

    def zsh(self, lines):
        """A real zsh with its own completion, on a terminal; what its
        matcher lets through is written into a file as well."""
        told, site = self.box / "told", self.box / "site"
        site.mkdir()
        (site / "_tandem").write_text(self.written("zsh"))
        start = self.file("start", f"""
fpath=({site} $fpath); autoload -Uz compinit; compinit -u -D
compadd() {{
    local -a hits
    builtin compadd -O hits "$@"; print -rl -- $hits >>{told}
    builtin compadd "$@"
}}
probe() {{ zle complete-word; print END >>{told} }}
zle -N probe; bindkey '^I' probe; print -n END >{told}; print >>{told}
""")
        master, slave = pty.openpty()
        shell = subprocess.Popen(
            ["zsh", "-f", "-i"], stdin=slave, stdout=slave, stderr=slave,
            cwd=self.box / "here", start_new_session=True,
            env={**support.PLAIN, "HOME": str(self.box), "TERM": "dumb"})
        os.close(slave)
        try:
            self.typed(master, f"source {start}\n", told, 1)
            for n, words in enumerate(lines, 2):
                self.typed(master, "\x15" + " ".join(words) + "\t", told, n)
        finally:
            shell.kill()
            shell.wait()
            os.close(master)
        return self.sets(told.read_text())[1:]

    def typed(self, master, keys, told, ends):
        """Keys, and wait until so many lines were completed."""
        os.write(master, keys.encode())
        until = time.monotonic() + 60
        while not told.exists() or told.read_text().count("END\n") < ends:
            self.assertLess(time.monotonic(), until, keys)
            if select.select([master], [], [], 0.01)[0]:
                os.read(master, 65536)

    def test_each_shell_completes_verbs_options_words_kinds_and_files(self):
        """Driven for real: what stands in `here` is the one file."""
        self.need(*SHELLS)
        (self.box / "here").mkdir()
        (self.box / "here" / "data.csv").touch()
        asked = {
            ("res",): {"resolve", "restore"},
            ("--json", "--store", "new", "res"): {"resolve", "restore"},
            ("sector", ""): {"add", "list"},
            ("new", "contac"): {"contact"},
            ("import", "csv", "x.csv", "--kind", "dwell"): {"dwelling"},
            ("invite", "--right", "a"): {"agent", "admin"},
            ("edit", "K7", "name", "--f"): {"--from"},
            ("edit", "K7", "name", "--from", ""): {"data.csv"},
            ("key", "new", ""): {"data.csv"},
            ("--key-file", ""): {"data.csv"},
            ("set", "K7", "--why", ""): set(),
            ("new", "contact", "--insert"): set(),
            ("device", "g"): {"grant"},
            ("manual", "z"): {"zsh"},
        }
        lines = [("tandem", *words) for words in asked]
        for shell in SHELLS:
            got = getattr(self, shell)(lines)
            self.assertEqual(len(got), len(lines), shell)
            for words, wanted, offered in zip(asked, asked.values(), got):
                self.assertEqual(offered, wanted, (shell, words))

    def test_what_cannot_be_written_is_bad_use(self):
        answer = self.tandem.raw("manual", "tcsh")
        self.assertEqual((answer.code, answer.text), (2, ""))
        self.assertIn("usage: tandem manual", answer.talk)


if __name__ == "__main__":
    support.main()
