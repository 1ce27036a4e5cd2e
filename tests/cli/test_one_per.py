# SPDX-License-Identifier: Apache-2.0
"""test_one_per.py - one ballot a voter and session, on whichever devices."""
import json

import support
from support import Case


class OnePer(Case):
    def setUp(self):
        super().setUp()
        self.one = self.office()
        self.session = self.one.new("session", "title=Dunkerque",
                                    "starts_on=2025-01-16",
                                    "service=aides")["record"]
        self.voters = [self.one.new("agent", f"display_name={name}",
                                    "roles=ambassador")["record"]
                       for name in ("A", "B")]
        self.idea = self.one.new("improvement", "nature=offbeat", "state=idea",
                                 "statement=un dé")["record"]

    def ballot(self, store, voter, points):
        return store.new("ballot", f"session={self.session}",
                         f"voter={self.voters[voter]}",
                         f"points.{self.idea}={points}")["record"]

    def ballots(self, store):
        return {line["record"]
                for line in store.run("list", "ballot", "--json").lines()}

    def test_two_devices_make_one_record(self):
        two = self.enrol(self.one, "deux")
        self.meet(self.one, two)
        a = self.ballot(self.one, 0, 3)
        self.assertEqual(self.ballot(two, 0, 5), a)
        b = self.ballot(two, 1, 1)
        self.assertNotEqual(a, b)
        self.meet(self.one, two)
        for store in (self.one, two):
            self.assertEqual(self.ballots(store), {a, b})
            values = [v["value"] for v in
                      store.show(a)["conflicts"][0]["versions"]]
            self.assertEqual(sorted(values), [3, 5])

    def test_an_idea_shows_the_sum_of_its_ballots(self):
        self.assertEqual(self.one.show(self.idea)["derived"]["score"], 0)
        self.ballot(self.one, 0, 3)
        self.ballot(self.one, 1, 4)
        self.assertEqual(self.one.show(self.idea)["derived"]["score"], 7)
        self.assertIn("Score (calculé) : 7", self.one.run(
            "show", self.idea, env=support.FRENCH).text)

    def test_a_second_one_is_refused_by_name(self):
        a = self.ballot(self.one, 0, 3)
        again = self.one.run("new", "ballot", f"session={self.session}",
                             f"voter={self.voters[0]}", "--json", code=1)
        self.assertEqual((again.error["code"], again.error["record"]),
                         ("EEXIST", a))
        french = self.one.run("new", "ballot", f"session={self.session}",
                              f"voter={self.voters[0]}", code=1,
                              env=support.FRENCH).talk
        self.assertIn(f"il y en a déjà une pour ceux-là : {a}", french)
        missing = self.one.run("new", "ballot", f"session={self.session}",
                               "--json", code=1)
        self.assertEqual(missing.error["code"], "EVALUE")
        self.assertIn("voter", missing.error["sentence"])
        self.assertEqual(self.ballots(self.one), {a})

    def test_a_file_brings_what_was_typed(self):
        a = self.ballot(self.one, 0, 3)
        table = self.file("votes.csv", "import_key;session;voter;"
                          f"points.{self.idea}\r\n"
                          f"papier-1;{self.session};{self.voters[0]};4\r\n"
                          f"papier-2;{self.session};{self.voters[1]};2\r\n"
                          f"papier-3;{self.session};{self.voters[1]};2\r\n")
        self.one.run("import", "csv", table, "--kind", "ballot")
        self.assertEqual(len(self.ballots(self.one)), 2)
        self.assertEqual(self.one.show(a)["fields"]["points"],
                         {self.idea: 4})
        self.one.run("import", "csv", table, "--kind", "ballot")
        self.assertEqual(len(self.ballots(self.one)), 2)


if __name__ == "__main__":
    support.main()
