# SPDX-License-Identifier: Apache-2.0
"""test_manual.py - the manual and the completions hold the whole table, and
man and the shells take them without a word."""
import re
import subprocess

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

    def completed(self, *words):
        """What bash would offer behind these words."""
        quoted = " ".join(f"'{w}'" for w in ("tandem", *words))
        script = self.written("bash") + f"""
compopt() {{ echo "[$*]"; }}
COMP_WORDS=({quoted}); COMP_CWORD={len(words)}
_tandem
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
        done = subprocess.run(["bash", "-c", script], capture_output=True,
                              timeout=60, env=support.PLAIN)
        self.assertEqual(done.stderr, b"")
        return set(done.stdout.decode().split("\n")) - {""}

    def test_bash_completes_verbs_options_words_kinds_and_files(self):
        files = {"[-o default]"}
        for words, offered in (
                (("res",), {"resolve", "restore"}),
                (("--json", "--store", "new", "res"), {"resolve", "restore"}),
                (("sector", ""), {"add", "list"}),
                (("new", "contac"), {"contact"}),
                (("import", "csv", "x.csv", "--kind", "dwell"), {"dwelling"}),
                (("invite", "--right", "a"), {"agent", "admin"}),
                (("edit", "K7", "name", "--f"), {"--from"}),
                (("edit", "K7", "name", "--from", ""), files),
                (("key", "new", ""), files),
                (("--key-file", ""), files),
                (("set", "K7", "--why", ""), set()),
                (("new", "contact", "--insert"), set()),
                (("manual", "z"), {"zsh"})):
            self.assertEqual(self.completed(*words), offered, words)

    def test_what_cannot_be_written_is_bad_use(self):
        answer = self.tandem.raw("manual", "tcsh")
        self.assertEqual((answer.code, answer.text), (2, ""))
        self.assertIn("usage: tandem manual", answer.talk)


if __name__ == "__main__":
    support.main()
