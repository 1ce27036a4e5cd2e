# SPDX-License-Identifier: Apache-2.0
"""test_words.py - what is said of a slip: the option that stands before the
verb, the file that is not there, the code nobody came for."""
import support
from support import FRENCH, Case


class Words(Case):

    def test_an_option_before_the_verb_that_is_none(self):
        a = self.store("a")
        for line in (("--lang", "fr", "new", "contact"), ("--lang",),
                     ("-o", "x", "kinds"), ("--kind=contact", "list")):
            got = a.raw(*line)
            self.assertEqual((got.code, got.text), (2, ""), line)
            self.assertIn(line[0] + " is not an option", got.talk)
            self.assertNotIn("no command", got.talk)
        self.assertIn("n'est pas une option",
                      a.raw("--lang", "fr", env=FRENCH).talk)
        self.assertIn("not an option here", a.raw("kinds", "--lang").talk)

    def test_version_is_a_word_as_help_is(self):
        a = self.store("a")
        self.assertEqual(a.run("version").text, a.run("--version").text)

    def test_nobody_came_within_the_time_that_was_said(self):
        a = self.office()
        words = ("invite", "--right", "agent", "--sector", "FIVES", "--listen",
                 "tcp://127.0.0.1:*", "--for")
        got = a.raw(*words, "1s")
        self.assertEqual(got.code, 5, got.talk)
        self.assertIn("serves once, for 1s.", got.talk)
        self.assertIn("nobody came", got.talk)
        self.assertIn("pendant 1s.", a.raw(*words, "1s", env=FRENCH).talk)

    def test_a_file_that_is_not_there_or_a_folder(self):
        a = self.office()
        for env, gone, folder in ((None, "no such file", "is a folder"),
                                  (FRENCH, "n'existe pas", "un dossier")):
            for words, says in (
                    (("csv", "nosuch.csv", "--kind", "contact"), gone),
                    (("jsonl", "nosuch"), gone), (("jsonl", self.box), folder),
                    (("ban", self.box), folder)):
                got = a.raw("import", *words, env=env)
                self.assertEqual((got.code, got.text), (1, ""), words)
                self.assertIn(says, got.talk)
        one = a.new("contact", "met_by=door")["record"]
        self.assertIn("no such file", a.raw(
            "edit", one, "remarks", "--from", "nosuch").talk)

    def test_one_row_is_one_row(self):
        a = self.office()
        told = a.run("import", "csv", self.file("t.csv", "met_by\ndoor\n"),
                     "--kind", "contact").text
        self.assertTrue(told.startswith("1 row:"), told)

    def test_where_there_is_nothing_it_is_said(self):
        a = self.office()
        for words, says in ((("list", "contact"), "Nothing to list."),
                            (("duplicates",), "Nothing looks like")):
            got = a.run(*words)
            self.assertEqual(got.text, "")
            self.assertIn(says, got.talk)
            self.assertEqual(a.run(*words, "--json").talk, "")
            self.assertIn("Rien", a.run(*words, env=FRENCH).talk)

    def test_persons_of_another_workspace_are_left_out_and_counted(self):
        a, b = self.office(), self.office("autre")
        a.run("as", "Agent A")
        a.new("contact", "met_by=door")
        path = self.box / "all.jsonl"
        a.run("export", "jsonl", "--with-identity", "--with-notes", "--why",
              "x", "-o", path)
        common = path.read_text().count('"sector":"common"')
        self.assertGreater(common, 2)
        told = b.run("import", "jsonl", path, "--json").json
        self.assertEqual((told["created"], told["set_apart"],
                          told["foreign"]), (1, 0, common))
        self.assertIn(f"left out ({common})",
                      b.run("import", "jsonl", path).talk)
        own = a.run("import", "jsonl", path, "--json").json
        self.assertEqual((own["set_apart"], own["foreign"]), (0, 0))

    def test_what_is_no_pack(self):
        a = self.store("a")
        for env, says in ((None, "no pack: "), (FRENCH, "pas un paquet : ")):
            got = a.raw("pack", "check", support.SOURCE / "README.md", env=env)
            self.assertEqual(got.code, 7, got.talk)
            self.assertIn(says, got.talk)
            self.assertNotIn("?:", got.talk)


if __name__ == "__main__":
    support.main()
