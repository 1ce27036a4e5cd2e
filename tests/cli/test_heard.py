# SPDX-License-Identifier: Apache-2.0
"""test_heard.py - a report of an office that three tablets are expected at and
one has not come to: who is missing, what is open, what came late; every number
by hand, as text, as JSON and on the page."""
import support
from support import FRENCH, Case

KNOCK = ("encounter", "channel=door")


class Heard(Case):
    def setUp(self):
        """A and B in Fives, C in Moulins; A and B come, C never does."""
        super().setUp()
        self.office = self.office(sectors=("FIVES", "MOULINS"))
        self.a = self.enrol(self.office, "tablette A")
        self.b = self.enrol(self.office, "tablette B")
        self.c = self.enrol(self.office, "tablette C", "MOULINS")
        for k, outcome in enumerate(("no_answer", "refused", "talked")):
            self.knock(self.a, f"2026-05-04T10:0{k}+02:00", outcome)
        self.knock(self.c, "2026-05-04T11:00+02:00", "talked")
        self.meet(self.office, self.a)
        self.meet(self.office, self.b)  # B has nothing to say yet

    def knock(self, who, at, outcome, *more):
        return who.new(*KNOCK, f"at={at}", f"outcome={outcome}", *more)[
            "record"]

    def told(self, *more):
        return self.office.run("report", *more, "--json").json

    def head(self, *more):
        told = self.told("funnel", *more)
        return (told["heard"], told["devices"], told["silent"],
                told["conflicts"])

    def row(self, figure, name, *more):
        (found,) = self.told("figures", figure, *more)["figures"]
        (row,) = [r for r in found["rows"] if r["name"] == name]
        return row["n"], row.get("of")

    def page(self, *more, env=None):
        path = self.box / "page.html"
        self.office.run("report", "funnel", *more, "--html", path, env=env)
        return path.read_text()

    def test_who_is_missing_is_named(self):
        # The office and A; B was met but wrote nothing, C did not come.
        self.assertEqual(self.head(),
                         (2, 4, ["tablette B", "tablette C"], 0))
        self.assertEqual(self.head("--sector", "FIVES"),
                         (2, 3, ["tablette B"], 0))
        self.assertEqual(self.head("--sector", "MOULINS"),
                         (1, 2, ["tablette C"], 0))
        self.assertEqual(self.row("F40", "heard"), (2, 4))
        self.assertEqual(self.row("F40", "heard", "--sector", "FIVES"), (2, 3))
        self.assertEqual(self.row("F01", "total")[0], 3)
        self.knock(self.b, "2026-05-05T10:00+02:00", "refused")
        self.meet(self.a, self.b)  # by A, who then comes to the office
        self.meet(self.office, self.a)
        self.assertEqual(self.head(), (3, 4, ["tablette C"], 0))
        self.assertEqual(self.head("--sector", "FIVES"), (3, 3, [], 0))
        self.assertEqual(self.row("F01", "total")[0], 4)
        for more, two in (((), "3 of 4"), (("--sector", "FIVES"), "3 of 3"),
                          (("--sector", "MOULINS"), "1 of 2")):
            text = self.office.run("report", *more).text
            page = self.page(*more)
            for shown in (text, page):
                self.assertIn(f"Devices heard from: {two}; open conflicts: 0",
                              shown)
                self.assertRegex(shown, r"As of \d{4}-\d\d-\d\dT\d\d:\d\d")
                self.assertEqual("not heard from: tablette C" in shown,
                                 "FIVES" not in more)
                self.assertNotIn("tablette B", shown)
            self.assertLessEqual(max(map(len, text.splitlines())), 80)
        french = self.office.run("report", env=FRENCH).text
        self.assertIn("Appareils entendus : 3 sur 4 ; conflits ouverts : 0",
                      french)
        self.assertIn("pas encore entendu : tablette C", french)
        self.assertIn("pas encore entendu : tablette C",
                      self.page(env=FRENCH))
        self.meet(self.office, self.c)
        self.assertEqual(self.head(), (4, 4, [], 0))
        self.assertEqual(self.row("F01", "total")[0], 5)
        self.assertNotIn("not heard", self.office.run("report").text)

    def test_a_sector_that_is_silent_has_its_column(self):
        first = lambda row, name: next(
            (r["n"], r.get("of")) for f in row["figures"] if f["id"] == name
            for r in f["rows"][:1])
        heard = lambda row: next(
            (r["n"], r["of"]) for f in row["figures"] if f["id"] == "F40"
            for r in f["rows"] if r["name"] == "heard")
        rows = {r["sector"]: r for r in self.told("sectors")["sectors"]}
        self.assertEqual({s: (first(r, "F01"), first(r, "F03"), heard(r))
                          for s, r in rows.items()},
                         {"FIVES": ((3, None), (2, 3), (2, 3)),
                          "MOULINS": ((0, None), (0, 0), (1, 2)),
                          None: ((3, None), (2, 3), (2, 4))})
        # A tablet has those it may look into.
        there = self.a.run("report", "sectors", "F01", "--json").json
        self.assertEqual([r["sector"] for r in there["sectors"]],
                         ["FIVES", None])

    def test_a_name_of_a_device_does_not_leave(self):
        self.assertEqual(self.head("--outside"), (2, 4, [], 0))
        for shown in (self.office.run("report", "--outside").text,
                      self.page("--outside")):
            self.assertIn("Devices heard from: 2 of 4", shown)
            self.assertNotIn("tablette", shown)

    def test_what_is_open_inside_is_counted_there(self):
        door, other = (self.knock(self.office, "2026-05-06T10:00+02:00",
                                  "talked", "--sector", sector)
                       for sector in ("FIVES", "MOULINS"))
        self.meet(self.office, self.a)
        self.meet(self.office, self.c)
        # Two who have not seen each other say two things of one door, twice.
        for words in (("outcome=refused",), ("answer=accepted",)):
            self.a.run("set", door, *words)
        for words in (("outcome=come_back_later",),
                      ("answer=waiting",)):
            self.office.run("set", door, *words)
        self.c.run("set", other, "outcome=refused")
        self.office.run("set", other, "outcome=no_access")
        self.meet(self.office, self.a)
        self.meet(self.office, self.c)
        self.assertEqual(self.head()[3], 3)
        self.assertEqual(self.head("--sector", "FIVES")[3], 2)
        self.assertEqual(self.head("--sector", "MOULINS")[3], 1)
        for more, n in (((), 3), (("--sector", "FIVES"), 2),
                        (("--sector", "MOULINS"), 1)):
            (doors,) = self.told("figures", "F01", *more)["figures"]
            self.assertEqual(doors["conflicts"], n)
            self.assertEqual(self.row("F40", "total", *more), (n, None))
            self.assertEqual(self.told("funnel", *more)["funnel"]["conflicts"],
                             n)
            text = self.office.run("report", "figures", "F01", *more).text
            self.assertIn(f"open conflicts inside: {n}", text)
            self.assertIn(f"open conflicts inside: {n}", self.page(*more))
        # Of the sheets opened none is in doubt.
        self.assertEqual(self.told("figures", "F06")["figures"][0]["conflicts"],
                         0)
        version = self.office.run("show", other, "--json").json["conflicts"][
            0]["versions"][0]["version"]
        self.office.run("resolve", other, "outcome", version)
        self.assertEqual(self.head("--sector", "MOULINS")[3], 0)
        self.assertEqual(self.head()[3], 2)

    def test_what_came_late_is_told_with_its_checkpoint(self):
        self.office.new("checkpoint", "held_at=2026-06-01T10:00+02:00",
                        "--sector", "FIVES")
        told = self.told("figures", "F01")
        self.assertEqual((told["checkpoint"], told["figures"][0]["late"]),
                         ("2026-06-01", 0))
        # C's door of May comes now, and a door of June that is late for none.
        self.knock(self.c, "2026-06-06T10:00+02:00", "talked")
        self.meet(self.office, self.c)
        for more, n, late in (((), 5, 1), (("--sector", "FIVES"), 3, 0),
                              (("--sector", "MOULINS"), 2, 1)):
            told = self.told("figures", "F01", *more)["figures"][0]
            self.assertEqual((told["rows"][0]["n"], told["late"]), (n, late))
        self.assertEqual(self.told("funnel")["funnel"]["late"], 1)
        line = "late: 1 record came or changed since the checkpoint of " \
               "2026-06-01"
        self.assertIn(line, self.office.run("report", "funnel").text)
        self.assertIn(line, self.page())
        french = self.office.run("report", "funnel", env=FRENCH).text
        self.assertIn("depuis le point d'étape du 01/06/2026",
                      " ".join(french.split()))


if __name__ == "__main__":
    support.main()
