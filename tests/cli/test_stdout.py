# SPDX-License-Identifier: Apache-2.0
"""test_stdout.py - `-` where a file is written: standard output, with nothing
else on it; a file that is written is named beside the answer."""
import re

import support
from support import FRENCH, Case


def hourless(data):
    """Without the hour a report was made."""
    return re.sub(rb"\d\d:\d\d(:\d\d\.\d+)?", b"", data)


class Stdout(Case):

    def setUp(self):
        super().setUp()
        self.a = self.office()
        self.one = self.a.new("contact", "met_by=door", "name=X")["record"]

    def same(self, words, option, *more, suffix):
        """The file and standard output hold the same; no file called `-`."""
        path = self.box / f"x{suffix}"
        told = self.a.run(*words, option, path, *more, cwd=self.box)
        self.assertEqual(told.text, "")
        self.assertIn("x" + suffix, told.talk)
        shown = self.a.run(*words, option, "-", *more, cwd=self.box)
        self.assertEqual(hourless(shown.out), hourless(path.read_bytes()))
        self.assertGreater(len(shown.out), 40)
        self.assertNotIn("-", [p.name for p in self.box.iterdir()])
        return shown

    def test_a_report(self):
        for words in (("report",), ("report", "months")):
            self.same(words, "--html", suffix=".html")
        shown = self.same(("report", "months"), "--csv", suffix=".csv")
        self.assertEqual(shown.talk, "")

    def test_what_is_printed(self):
        self.same(("print", "sheet", self.one), "-o", suffix=".html")

    def test_an_export(self):
        shown = self.a.run("export", "csv", "--kind", "contact", "-o", "-",
                           cwd=self.box)
        self.assertTrue(shown.text.startswith("record;record_sector;"), shown.text)
        self.assertIn("1 record written", shown.talk)
        bare = self.a.run("export", "csv", "--kind", "contact")
        self.assertEqual(shown.out, bare.out)
        self.assertNotIn("-", [p.name for p in self.box.iterdir()])

    def test_a_built_pack(self):
        source = sorted((support.SOURCE / "packs").glob("**/*.json"))[0]
        path = self.box / "x.pack"
        self.a.run("pack", "build", source, "-o", path)
        shown = self.a.run("pack", "build", source, "-o", "-", cwd=self.box)
        self.assertEqual(shown.out, path.read_bytes())

    def test_two_answers_do_not_go_there(self):
        for more in (("--html", "-", "--csv", "-"), ("--csv", "-", "--json"),
                     ("--html", "-", "--json")):
            got = self.a.raw("report", "months", *more, cwd=self.box)
            self.assertEqual((got.code, got.text), (2, ""), more)
            self.assertIn("standard output", got.talk)
        table = self.file("t.csv", "met_by\nno such\n")
        got = self.a.raw("import", "csv", table, "--kind", "contact",
                         "--apart", "-", cwd=self.box)
        self.assertEqual((got.code, got.text), (2, ""))

    def test_a_period_that_ends_before_it_begins(self):
        for env, says in ((None, "no day between"),
                          (FRENCH, "aucun jour entre les deux")):
            got = self.a.raw("report", "funnel", "--from", "2025-04-01",
                             "--to", "2025-03-01", env=env)
            self.assertEqual((got.code, got.text), (2, ""))
            self.assertIn(says, got.talk)
        self.a.run("report", "funnel", "--from", "2025-04-01", "--to",
                   "2025-04-01")


if __name__ == "__main__":
    support.main()
