# SPDX-License-Identifier: Apache-2.0
"""terrain_test.py - the three months count what was counted by hand, and the
README shows the lines that are printed.

usage: terrain_test.py SOURCE BUILD

One store takes in all of it: that devices of several sectors bring the office
the same is what the demonstration shows.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
TERRAIN = SOURCE / "examples" / "terrain"
sys.path[:0] = [str(SOURCE / "examples"), str(TERRAIN)]

import demo  # noqa: E402
import sector as files_of_sector  # noqa: E402
from device import Device  # noqa: E402
from stage import take_in  # noqa: E402
from story_test import StoryTest, counted  # noqa: E402

README_BLOCK = re.compile(r"```text terrain (\w+)\n(.*?)```", re.S)


class Terrain(StoryTest, unittest.TestCase):
    story = TERRAIN / "story.py"
    counted = pathlib.Path(__file__).with_name("terrain.tsv")

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="tandem-terrain-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.office = Device(str(BUILD / "tandem"),
                            pathlib.Path(cls.folder.name), "bureau")
        demo.begin(cls.office)
        for sector in demo.SECTORS:
            take_in(cls.office, TERRAIN / sector.lower(),
                    files_of_sector.FILES, sector)
        demo.light(cls.office)

    def test_every_figure_was_counted_by_hand(self):
        by_hand = {figure for table in self.counted.parent.glob("*.tsv")
                   for figure, *_ in counted(table)}
        printed = [f["id"] for f in
                   self.office.one("report", "figures")["figures"]]
        self.assertEqual(len(printed), 40)
        self.assertEqual(sorted(by_hand), printed)

    def test_one_objective_is_missed_by_one(self):
        short = demo.missed(self.office)
        self.assertEqual([(x["metric"], x["n"], x["at_least"])
                          for x in short], [("kits_fitted", 11, 12)])

    def test_what_is_taken_in_again_changes_nothing(self):
        for sector in demo.SECTORS:
            before = self.office.one("digest", "--sector", sector)
            path = TERRAIN / sector.lower() / "dossiers.csv"
            done = self.office.one("import", "csv", str(path), "--kind",
                                   "dossier", "--sector", sector)
            self.assertEqual((done["created"], done["updated"]), (0, 0))
            self.assertEqual(self.office.one("digest", "--sector", sector),
                             before)

    def test_the_readme_shows_what_is_printed(self):
        blocks = README_BLOCK.findall((SOURCE / "README.md").read_text())
        self.assertEqual({name for name, _ in blocks},
                         {"objectives", "funnel"})
        for name, block in blocks:
            printed = subprocess.run(
                self.office.command("report", name), capture_output=True,
                text=True, check=True, env={"LC_ALL": "C.UTF-8"}).stdout
            printed = [line.strip() for line in printed.splitlines()]
            for line in block.splitlines():
                self.assertIn(line.strip(), printed)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
