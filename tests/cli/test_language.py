# SPDX-License-Identifier: Apache-2.0
"""test_language.py - English and French, complete."""
import os
import re
import subprocess
import unittest

import support
from support import Case

CLI = support.SOURCE / "cli"


class Catalogue(unittest.TestCase):
    def extracted(self):
        files = [p for p in sorted(CLI.glob("**/*.c"))
                 if p.name not in ("packc_main.c", "pack_build.c")]
        done = subprocess.run(
            ["xgettext", "--language=C", "--keyword=_", "--keyword=N_",
             "--keyword=ngettext:1,2", "--from-code=UTF-8", "--no-location",
             "--omit-header", "--no-wrap", "-o", "-", *map(str, files)],
            check=True, capture_output=True, timeout=60)
        return done.stdout.decode()

    @staticmethod
    def messages(text):
        return set(re.findall(r'^msgid(?:_plural)? "(.+)"$', text, re.M))

    def test_every_sentence_is_in_the_template_and_in_french(self):
        wanted = self.messages(self.extracted())
        self.assertGreater(len(wanted), 100)
        for name in ("tandem.pot", "fr.po"):
            held = self.messages((CLI / "po" / name).read_text())
            self.assertEqual(wanted - held, set(), name)
            subprocess.run(["msgfmt", "-o", os.devnull, CLI / "po" / name],
                           check=True, capture_output=True, timeout=60)

    def test_french_has_nothing_untranslated_nor_fuzzy(self):
        done = subprocess.run(
            ["msgfmt", "--check", "--statistics", "-o", "/dev/null",
             str(CLI / "po" / "fr.po")], capture_output=True, timeout=60,
            env={"PATH": support.PLAIN["PATH"], "LC_ALL": "C"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr.decode(),
                         r"^\d+ translated messages\.\s*$")


class Spoken(Case):

    def test_french_needs_no_installed_locale(self):
        for env in ({"LANG": "fr_FR.UTF-8"}, {"LC_ALL": "fr_BE.UTF-8"},
                    {"LANG": "", "LANGUAGE": "fr"},
                    {"LC_MESSAGES": "fr"}):
            self.assertIn("il n'y a pas de commande", spoken(self, env),
                          env)

    def test_everything_else_is_english(self):
        for env in ({"LANG": "C"}, {"LANG": "de_DE.UTF-8"},
                    {"LC_ALL": "C", "LANGUAGE": "fr"},
                    {"LC_ALL": "en_GB.UTF-8", "LANG": "fr_FR.UTF-8"}):
            self.assertIn("there is no command", spoken(self, env), env)

    def test_the_librarys_sentences_follow(self):
        a = self.office()
        text = a.run("new", "contact", "met_by=x", code=1,
                     env=support.FRENCH).talk
        self.assertIn("pas un de ses", text)
        text = a.run("kinds", "contact", env=support.FRENCH).text
        self.assertIn("Fiche contact", text)
        self.assertIn("obligatoire", text)
        self.assertRegex(text, "short_code .*fait si rien n'est donné")

    def test_json_names_do_not_change_with_the_language(self):
        a = self.office()
        one = a.new("contact", "met_by=door", "name=X")["record"]
        english = a.run("show", one, "--json").json
        french = a.run("show", one, "--json", env=support.FRENCH).json
        self.assertEqual(english, french)
        error = a.run("show", "zzzz", "--json", code=1,
                      env=support.FRENCH).error
        self.assertEqual(error["code"], "ENOTFOUND")
        self.assertIn("aucune fiche", error["sentence"])

    def test_every_verb_has_help_in_both_languages(self):
        a = self.store("h")
        verbs = re.findall(r"^  (\w+) +\S", a.run("--help").text, re.M)
        verbs = [v for v in verbs if v != "tandem"]
        self.assertGreater(len(verbs), 24)
        for verb in verbs:
            english = a.run(verb, "--help").text
            french = a.run(verb, "--help", env=support.FRENCH).text
            self.assertNotEqual(english, french)
            self.assertEqual(english.split("\n")[0], french.split("\n")[0])


def spoken(case, env):
    store = support.Store(case.box, "nowhere")
    clean = {k: "" for k in ("LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE")}
    return store.raw("frobnicate", env={**clean, **env}).talk


if __name__ == "__main__":
    support.main()
