# SPDX-License-Identifier: Apache-2.0
"""story_test.py - what holds of each example: its files are what its story
says, and its figures those of a table of numbers counted by hand."""
import csv
import subprocess
import sys


def counted(path):
    """figure, row, (n, of), why; one a line, `#` begins a comment."""
    with open(path, encoding="utf-8") as f:
        for line in csv.reader((x for x in f if not x.startswith("#")),
                               delimiter="\t"):
            figure, row, n, of, why = line
            yield figure, row, (int(n), int(of) if of else None), why


class StoryTest:
    """To be mixed in beside unittest.TestCase, with `story` (its program),
    `counted` (the table) and `office` (the device that has all of it)."""

    def test_the_files_are_what_the_story_says(self):
        done = subprocess.run([sys.executable, "-B", self.story, "--check"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"^[1-9]\d+ files, 0 differ$")

    def test_the_figures_are_those_counted_by_hand(self):
        printed = {(f["id"], r["name"]): (r["n"], r.get("of"))
                   for f in self.office.one("report", "figures")["figures"]
                   for r in f["rows"]}
        checked = 0
        for figure, row, expected, why in counted(self.counted):
            with self.subTest(figure=figure, row=row, why=why):
                self.assertEqual(printed.get((figure, row)), expected)
            checked += 1
        self.assertGreater(checked, 10)
