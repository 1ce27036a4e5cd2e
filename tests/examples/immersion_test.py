# SPDX-License-Identifier: Apache-2.0
"""immersion_test.py - the immersion counts what was counted by hand.

usage: immersion_test.py SOURCE BUILD
"""
import pathlib
import sys
import tempfile
import unittest

SOURCE, BUILD = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
IMMERSION = SOURCE / "examples" / "immersion"
sys.path[:0] = [str(SOURCE / "examples"), str(IMMERSION)]

import demo  # noqa: E402
from device import Device  # noqa: E402
from story_test import StoryTest  # noqa: E402


class Immersion(StoryTest, unittest.TestCase):
    story = IMMERSION / "story.py"
    counted = pathlib.Path(__file__).with_name("immersion.tsv")

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="tandem-immersion-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.office = Device(str(BUILD / "tandem"),
                            pathlib.Path(cls.folder.name), "animation")
        demo.begin(cls.office)
        for half in demo.HALVES:
            demo.field(cls.office, half)
        demo.end(cls.office)

    def test_the_ideas_rank_by_their_points(self):
        # From VOTES: 112 123 124 223 115 138 127 335 112 246 137 223 145 118
        # 227 133 126, 51 points; ideas 4, 5 and 7 tie, and so do 6 and 8.
        ranked = demo.ranked(self.office)
        self.assertEqual([(rank, points) for rank, points, _ in ranked],
                         [(1, 16), (2, 13), (3, 9), (4, 3), (4, 3), (4, 3),
                          (7, 2), (7, 2), (9, 0)])
        self.assertEqual([s for _, _, s in ranked[:3]],
                         ["Un référent par ménage, avec un nom et un numéro",
                          "Une visite de dépannage qui ouvre la porte aux "
                          "aides", "Le suivi de la demande par message"])

    def test_four_personas_have_two_scenarios_each(self):
        self.assertEqual([[s["scenario_kind"] for s in stories]
                          for _, stories in demo.personas(self.office)],
                         [["catastrophe", "ideal"]] * 4)

    def test_the_points_of_a_journey_keep_their_order(self):
        journeys = self.office.lines("list", "user_journey")
        labels = {x["record"]: x["fields"]["label"] for x in
                  self.office.lines("list", "touchpoint", "--limit", "100")}
        self.assertEqual(len(journeys), 7)
        for journey in journeys:
            shown = self.office.one("show", journey["record"])["fields"]
            self.assertEqual([labels[p] for p in shown["points"]],
                             ["courrier reçu", "appel au numéro du courrier",
                              "rendez-vous au guichet", "visite chez soi"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
