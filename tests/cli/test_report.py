# SPDX-License-Identifier: Apache-2.0
"""test_report.py - a few days of one pair, whose figures were counted by
hand; what is late, hidden, linked and undone; text of 80 columns."""
import csv
import json
import re
import uuid

import support
from support import Case

KNOCKS = """channel;tour;at;outcome;door_key
door;{tour};2026-05-04T10:00+02:00;no_answer;a
door;{tour};2026-05-04T10:05+02:00;pitch_given;b
door;{tour};2026-05-04T10:10+02:00;pitch_then_entered;c
door;{tour};2026-05-04T10:15+02:00;refused;d
door;{tour};2026-05-05T17:00+02:00;no_answer;A
door;{tour};2026-05-05T17:10+02:00;no_answer;e
"""


class Names(dict):
    """An id for each name of the file."""
    def __missing__(self, name):
        self[name] = str(uuid.uuid4())
        return self[name]


ID = Names()


class Report(Case):

    def setUp(self):
        super().setUp()
        self.a = self.office()
        # One file, for a process a record would be most of the test's time.
        self.a.run("import", "jsonl", self.file("all.jsonl", "\n".join(
            json.dumps({"record": ID[name], "kind": kind, "sector": "FIVES",
                        "fields": fields})
            for name, kind, fields in self.world())))
        self.tour, = self.held("tour")
        self.link, = self.held("merge_link")
        self.visit, = self.held("intervention")
        one = self.a.run("list", "contact", "--json").lines()
        self.c = [r["record"] for r in sorted(one, key=lambda r: (
            "name" in r["fields"], "brought_by" in r["fields"]))]

    def held(self, kind):
        return [r["record"] for r in self.a.run("list", kind, "--json").lines()]

    @staticmethod
    def world():
        """Name in the file, kind, fields; references by their names."""
        somebody = str(uuid.uuid4())
        yield "tour", "tour", {"day": "2026-05-04", "pair_ref": somebody}
        for knock in csv.DictReader(KNOCKS.splitlines(), delimiter=";"):
            yield knock["door_key"] + knock["at"], "encounter", {
                **knock, "tour": ID["tour"],
                **({"contact": ID["c0"]}
                   if knock["outcome"] == "pitch_then_entered" else {})}
        for name, channel, more in (
                ("c0", "door", {}),
                ("c1", "word_of_mouth", {"brought_by": ID["c0"]}),
                ("c2", "word_of_mouth", {"name": "double"})):
            yield name, "contact", {"met_by": channel, **more,
                                    "consents": {"photo": "given"}}
        yield "link", "merge_link", {"keep": ID["c1"], "other": ID["c2"],
                                     "decided": "same"}
        yield "r0", "solicitation", {
            "channel": "phone", "at": "2026-05-10T09:00+02:00",
            "reasons": ["standard_kit"], "contact": ID["c0"]}
        yield "r1", "solicitation", {
            "channel": "email", "at": "2026-05-11T09:00+02:00",
            "reasons": ["standard_kit", "danger"], "contact": ID["c2"]}
        yield "visit", "intervention", {
            "contact": ID["c0"], "intervention_type": "standard",
            "started_at": "2026-05-14T14:00+02:00", "agents": [somebody],
            "closing_steps": {"amelio_talk": "done"},
            "situation_moved": "yes", "results": ["kit_fitted"],
            "signed_off": True}
        for i, (item, quantity) in enumerate((
                ("eco_bulb", 3), ("tap_aerator", 1), ("eco_bulb", -1))):
            yield f"item{i}", "item_fitted", {
                "intervention": ID["visit"], "item": item, "action": "fitted",
                "quantity": quantity}
        yield "referral", "referral", {
            "contact": ID["c0"], "target": "amelio",
            "intervention": ID["visit"], "steps": {"amelio_doc": "done"}}
        yield "file", "dossier", {"contact": ID["c0"], "state": "opened",
                                  "opened_on": "2026-05-30"}

    def new(self, *words):
        return self.a.new(*words)["record"]

    def figure(self, name, *more):
        (figure,) = self.a.run("report", "figures", name, *more,
                               "--json").json["figures"]
        return figure

    def row(self, name, row="total", *more):
        (found,) = [r for r in self.figure(name, *more)["rows"]
                    if r["name"] == row]
        return found["n"], found.get("of")

    def test_the_funnel_of_a_few_days(self):
        told = self.a.run("report", "funnel", "--json").json
        self.assertEqual((told["heard"], told["devices"]), (1, 1))
        self.assertEqual(
            [(s["stage"], s["n"], s["through"], s["before"], s["median_days"])
             for s in told["funnel"]["stages"]],
            [("knocked", 6, None, None, None),
             # Doors b and c, the same day.
             ("met", 2, 2, 6, 0.0),
             # Sheets 1 and 2 (the double is no third); of the two people met
             # at doors, sheet 1, six days later.
             ("asked", 2, 1, 2, 6.0),
             ("intervention", 1, 1, 2, 4.0),
             ("referred", 1, 1, 1, 0.0),
             ("booked", 1, 1, 1, 16.0),
             ("opened", 1, 1, 1, 0.0)])

    def test_figures_counted_by_hand(self):
        for name, row, wanted in (
                ("F01", "total", (6, None)), ("F01", "outcome.no_answer",
                                              (3, None)),
                ("F02", "total", (5, None)),  # a and A are one door
                ("F03", "total", (3, 6)), ("F06", "total", (2, None)),
                ("F06", "met_by.word_of_mouth", (1, None)),
                ("F12", "total", (1, None)), ("F12", "three_items", (1, 1)),
                ("F14", "eco_bulb.fitted", (2, None)),
                ("F17", "total", (2, None)),
                ("F17", "reason.standard_kit", (2, None)),
                ("F18", "reason.standard_kit", (1, 1)),
                ("F20", "total", (1, None)), ("F22", "total", (1, None)),
                ("F24", "total", (1, 2)), ("F24", "degree.1", (1, 2)),
                ("F25", "total", (1, 1)), ("F26", "total", (1, 1))):
            self.assertEqual(self.row(name, row), wanted, (name, row))
        # None is met by the end of April, all by the end of May.
        self.assertEqual(self.row("F01", "total", "--to", "2026-04-30")[0], 0)
        self.assertEqual(self.row("F01", "total", "--from", "05/05/2026",
                                  "--to", "05/05/2026")[0], 2)
        weeks = self.a.run("report", "weeks", "--to", "2026-05-31",
                           "--json").json["weeks"]
        first = lambda w, name: next(f["rows"][0]["n"] for f in w["figures"]
                                     if f["id"] == name)
        self.assertEqual([(w["period"], first(w, "F01"), first(w, "F09"))
                          for w in weeks],
                         [("2026-W19", 6, 0), ("2026-W20", 0, 1),
                          ("2026-W21", 0, 0), ("2026-W22", 0, 0)])

    @staticmethod
    def cell(row):
        if row.get("unit") == "cents":
            return f"{row['n'] / 100:.2f} EUR"
        if row.get("unit") == "minutes":
            return f"{row['n'] // 60} h {row['n'] % 60:02}"
        return f"{row['n']}/{row['of']}" if "of" in row else str(row["n"])

    def divided(self, part, *more):
        """By sector or period and figure its rows, from the JSON."""
        told = self.a.run("report", part, *more, "--to", "2026-05-31",
                          "--json").json
        return {(r.get("sector", r.get("period")) or "all", f["id"]): f["rows"]
                for r in told[part] for f in r["figures"]}

    @staticmethod
    def blocks(text):
        """The same cells from the text: heads, then a figure a line."""
        cells, heads = {}, []
        for line in text.splitlines():
            label, rest = line[:32].strip(), line[32:]
            if not label and rest.strip():
                heads = rest.split()
            elif re.match(r"F\d\d ", label) and rest:
                for i, head in enumerate(heads):
                    cells[head, label[:3]] = \
                        rest[12 * i:12 * i + 12].strip()
        return cells

    def test_text_json_and_page_divide_every_figure(self):
        for part, count in (("sectors", 38), ("weeks", 36), ("months", 36)):
            rows = self.divided(part)
            text = self.blocks(self.a.run("report", part, "--to",
                                          "2026-05-31").text)
            # Periods in which nothing was counted are not shown.
            busy = {where for (where, _), r in rows.items() if r[0]["n"]}
            empty = {where for where, _ in rows} - busy
            self.assertEqual(len(empty), 1 if part == "weeks" else 0)
            wanted = {key: self.cell(r[0]) for key, r in rows.items()
                      if key[0] in busy}
            self.assertEqual(text, wanted)
            self.assertEqual(len({figure for _, figure in wanted}), count)
            self.assertEqual("Nothing in 1 more period." in self.a.run(
                "report", part, "--to", "2026-05-31").text, bool(empty))
            page = self.a.dir.parent / "s.html"
            self.a.run("report", part, "--to", "2026-05-31", "--html",
                       str(page))
            heads, shown = [], {}
            for tr in re.findall(r"<tr>(.*?)</tr>", page.read_text(), re.S):
                th = re.findall(r"<th[^>]*>([^<]*)</th>", tr)
                td = re.findall(r"<td[^>]*>([^<]*)</td>", tr)
                if len(th) > 1:
                    heads = th[1:]
                elif re.match(r"F\d\d ", th[0]):
                    shown.update({(head, th[0][:3]): cell
                                  for head, cell in zip(heads, td)})
            self.assertEqual(shown, wanted)
        weeks = self.divided("weeks")
        self.assertEqual([self.cell(weeks[f"2026-W{w}", f][0])
                          for w, f in ((19, "F01"), (20, "F01"), (19, "F03"),
                                       (20, "F09"), (20, "F12"), (20, "F25"),
                                       (19, "F17"), (20, "F17"), (22, "F20"))],
                         ["6", "0", "3/6", "1", "1", "1/1", "1", "1", "1"])
        sectors = self.divided("sectors")
        for figure in {f for _, f in sectors} - {"F40"}:
            self.assertEqual(sectors["FIVES", figure], sectors["all", figure])

    def test_a_table_of_csv_has_every_row(self):
        path = self.a.dir.parent / "t.csv"
        for part in ("sectors", "weeks", "months", "figures"):
            for more in ((), ("--outside",)):
                asked = (part, "--to", "2026-05-31", *more)
                told = self.a.run("report", *asked, "--csv", str(path),
                                  "--json").json
                lines = list(csv.DictReader(
                    path.read_text().splitlines(), delimiter=";"))
                rows = [(r, f, row) for r in
                        ([told] if part == "figures" else told[part])
                        for f in r["figures"] for row in f["rows"]]
                self.assertGreater(len(rows), 35)
                text = lambda x: "" if x is None else str(x)
                self.assertEqual(
                    [(x["sector"], x["period"], x["figure"], x["row"], x["n"],
                      x["of"], x["unit"], x["conflicts"], x["late"])
                     for x in lines],
                    [(r.get("sector") or "", r.get("period", ""), f["id"],
                      row["name"], text(row["n"]), text(row.get("of")),
                      row.get("unit", "count"), text(f["conflicts"]),
                      text(f["late"])) for r, f, row in rows])
                self.assertEqual({(x["heard"], x["devices"])
                                  for x in lines}, {("1", "1")})
                if part in ("weeks", "months"):
                    self.assertEqual(lines[0]["from"], told[part][0]["from"])
                    self.assertEqual(lines[-1]["to"], told[part][-1]["to"])
                else:
                    self.assertEqual({(x["from"], x["to"]) for x in lines},
                                     {("", "2026-05-31")})
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertIn("--csv", self.a.run("report", "funnel", "--csv",
                                          str(path), code=2).talk)
        self.a.run("report", "weeks", "--csv", str(path / "no"), code=1)

    def test_a_figure_that_is_named_shows_every_row(self):
        text = self.a.run("report", "weeks", "F01", "F17", "--to",
                          "2026-05-31").text
        self.assertRegex(text, r"(?m)^F01 doors knocked +6 +0$")
        self.assertRegex(text, r"(?m)^  nobody answers +3 +0$")
        self.assertRegex(text, r"(?m)^  energy and water saving kit +1 +1$")
        self.assertNotIn("F02", text)
        self.assertEqual({f for _, f in self.divided("months", "F08")},
                         {"F08"})
        page = self.a.dir.parent / "w.html"
        self.a.run("report", "weeks", "F01", "--to", "2026-05-31", "--html",
                   str(page))
        self.assertIn("nobody answers", page.read_text())
        for words in (("weeks", "F23"), ("months", "F40"), ("sectors", "F31")):
            self.assertIn("not divided so", self.a.run("report", *words,
                                                       code=2).talk)
        self.a.run("report", "sectors", "F99", code=2)

    def test_what_is_not_divided_is_what_the_decisions_say(self):
        table = re.findall(r"(?m)^\| (F\d\d) \| by (.*?) \|",
                           (support.SOURCE / "docs/decisions.md").read_text())
        said = {part: sorted(f for f, by in table if part in by.split(", "))
                for part in ("sectors", "weeks", "months")}
        for part, whole in said.items():
            told = self.a.run("report", part, "--json").json
            self.assertEqual([f["id"] for f in told[part + "_whole"]], whole)
            divided = [f["id"] for f in told[part][0]["figures"]]
            self.assertEqual(sorted(divided + whole),
                             [f"F{n:02}" for n in range(1, 41)])
            text = " ".join(self.a.run("report", part).text.split())
            for f in told[part + "_whole"]:
                self.assertIn(f"Not divided: {f['id']}", text)
                self.assertIn(f["en"], text)

    def test_the_last_of_too_many_periods_is_never_left_out(self):
        self.new("tour", "day=2024-01-02", f"pair_ref={uuid.uuid4()}")
        for to, first in (("2026-04-19", "2024-W01"), ("2026-04-20",
                                                       "2024-W02")):
            answer = self.a.run("report", "weeks", "F01", "--to", to, "--json")
            weeks = answer.json["weeks"]
            self.assertEqual(len(weeks), 120)
            self.assertEqual(weeks[0]["period"], first)
            self.assertTrue(weeks[-1]["from"] <= to <= weeks[-1]["to"])

    def test_outside_no_table_tells_what_the_figure_hides(self):
        # 4 and 4 of 8: whoever knows the 8 knows both.
        rows = KNOCKS.splitlines()[0] + "\n" + "".join(
            f"door;{self.tour};2026-06-0{2 + i % 2}T10:00+02:00;"
            f"{'no_answer' if i < 4 else 'refused'};n{i}\n" for i in range(8))
        self.a.run("import", "csv", str(self.file("n.csv", rows)), "--kind",
                   "encounter", "--sector", "FIVES")
        days = ("--from", "2026-06-01", "--outside")
        self.assertEqual(self.row("F01", "total", *days)[0], None)
        for by in ("sectors", "months", "weeks"):
            numbers = [row["figures"][0]["rows"][0]["n"] for row in self.a.run(
                "report", by, "F01", *days, "--json").json[by]]
            self.assertNotIn(8, numbers)
            self.assertIn(None, numbers)

    def test_outside_what_is_inside_is_not_told(self):
        self.new("checkpoint", "held_at=2026-06-20T18:00+02:00")
        self.new("solicitation", "channel=phone", "at=2026-06-10T09:00+02:00",
                 "reasons=standard_kit", f"contact={self.c[0]}")
        here = self.a.run("report", "months", "F05", "--json").json["months"]
        self.assertIn(1, [m["late"] for m in here])
        out = self.a.run("report", "months", "F05", "--outside",
                         "--json").json["months"]
        self.assertEqual({m["late"] for m in out}, {None})
        self.assertEqual({f["late"] for m in out for f in m["figures"]},
                         {None})
        table = self.box / "months.csv"
        self.a.run("report", "months", "F05", "--outside", "--csv", table)
        self.assertTrue(all(l.endswith(";;") for l in
                            table.read_text().splitlines()[1:]))
        text = self.a.run("report", "months", "F05", "--outside").text
        self.assertNotIn("late since", text)

    def test_outside_a_table_has_first_rows_alone(self):
        for (_, figure), rows in self.divided("weeks", "--outside").items():
            self.assertEqual(len(rows), 1, figure)
        weeks = self.divided("weeks", "--outside")
        self.assertEqual(weeks["2026-W19", "F01"][0]["n"], 6)
        self.assertIsNone(weeks["2026-W20", "F09"][0]["n"])
        self.assertIsNone(weeks["2026-W19", "F03"][0]["n"])

    def test_a_link_undone_makes_two_again(self):
        self.a.run("set", self.link, "decided=not_same")
        self.assertEqual(self.row("F06")[0], 3)
        self.a.run("set", self.link, "decided=same")
        self.assertEqual(self.row("F06")[0], 2)
        self.a.run("delete", self.link)
        self.assertEqual(self.row("F06")[0], 3)

    def test_what_comes_after_a_checkpoint_is_late(self):
        self.new("checkpoint", "held_at=2026-06-01T10:00+02:00")
        self.assertEqual(self.figure("F01")["late"], 0)
        self.a.new("encounter", "channel=door", f"tour={self.tour}",
                   "at=2026-05-06T10:00+02:00", "outcome=talked")
        self.a.new("encounter", "channel=door", f"tour={self.tour}",
                   "at=2026-06-06T10:00+02:00", "outcome=talked")
        self.assertEqual(self.figure("F01")["late"], 1)
        self.assertIn("2026-06-01", self.a.run("report", "figures",
                                               "F01").text)

    def test_small_numbers_do_not_leave_the_office(self):
        told = {r["name"]: r for r in self.figure("F01", "--outside")["rows"]}
        self.assertEqual(told["total"]["n"], 6)
        self.assertEqual([r["n"] for n, r in told.items() if n != "total"],
                         [None] * 4)
        self.assertEqual(self.row("F06", "total", "--outside")[0], None)
        self.assertEqual(self.row("F03", "total", "--outside"), (None, None))
        self.assertEqual(self.row("F22", "total", "--outside")[0], 1)
        text = self.a.run("report", "figures", "F06", "--outside").text
        self.assertIn("hidden", text)
        self.assertNotRegex(text, r"sheets +\d")

    def test_two_rows_of_a_figure_are_never_called_the_same(self):
        for day in ("06", "07"):
            self.new("market_session", f"day=2026-05-{day}", "place_kind=market",
                     "place=" + "halle aux toiles et aux fils " * 3)
        for solved in ("yes", "no"):
            self.new("finding", f"intervention={self.visit}", "family=draught",
                     "severity=urgent", f"solved={solved}")
        for env in ({}, support.FRENCH):
            for figure in ("F11", "F15"):
                text = self.a.run("report", "figures", figure, env=env).text
                labels = re.findall(r"(?m)^  (\S.*?)   +\S+", text)
                self.assertGreater(len(labels), 4)
                self.assertEqual(len(labels), len(set(labels)), text)
            head = self.a.run("report", "figures", "F01", "--outside",
                              env=env).text.split("\n\n")[0].splitlines()
            # A sentence fills its lines.
            self.assertTrue(all(len(line) > 60 for line in head[2:-1]), head)

    def test_no_typed_text_leaves_the_office(self):
        self.new("market_session", "day=2026-05-06", "place=Chez Zoé",
                 "place_kind=market")
        for room in ("chambre de Zoé", "cuisine"):
            for _ in range(6):
                self.new("finding", f"intervention={self.visit}",
                         "family=draught", f"room={room}")
        self.new("target_situation", "chapter=intervention",
                 "label=Une grande tablée", f"evidence={self.visit}")
        for words, typed in ((("figures", "F11"), "Zoé"),
                             (("figures", "F15"), "Zoé"),
                             (("questions",), "Zoé")):
            inside = self.a.run("report", *words, "--json").text + \
                self.a.run("report", *words).text
            outside = self.a.run("report", *words, "--outside", "--json").text \
                + self.a.run("report", *words, "--outside").text
            if words[0] == "figures":
                self.assertIn(typed, inside)
            self.assertNotIn(typed, outside)
            # Nor what tells the same text again.
            self.assertNotRegex(outside, r"(place|room)\.[0-9a-f]{16}")
        rows = {r["name"]: r for r in self.figure("F15", "--outside")["rows"]}
        self.assertEqual({n: rows[n]["n"] for n in ("room.1", "room.2")},
                         {"room.1": 6, "room.2": 6})
        self.assertNotIn("record", rows["room.1"])
        self.assertIn("pièce 1", self.a.run("report", "figures", "F15",
                                            "--outside",
                                            env=support.FRENCH).text)
        # A situation to meet is the office's own list.
        self.assertIn("tablée", self.a.run("report", "figures", "F31",
                                           "--outside").text)
        page = self.a.dir.parent / "o.html"
        self.a.run("report", "--html", str(page), "--outside",
                   env=support.FRENCH)
        self.assertNotIn("Zoé", page.read_text())
        self.assertIn("Les semaines sont laissées de côté", page.read_text())
        self.assertNotIn("2026-W19", page.read_text())

    def test_objectives_are_the_sources_or_the_workspaces(self):
        told = {o["metric"]: o for o in
                self.a.run("report", "objectives", "--json").json[
                    "objectives"]}
        self.assertEqual({m: o["at_least"] for m, o in told.items()},
                         {"doors_knocked": 100, "sectors_covered": 3,
                          "months_active": 3, "kits_fitted": 10,
                          "amelio_dossiers": 15})
        self.assertEqual((told["doors_knocked"]["n"],
                          told["doors_knocked"]["beside"],
                          told["doors_knocked"]["reached"]), (6, 5, False))
        self.new("objective", f"experiment={uuid.uuid4()}",
                 "metric=doors_knocked", "at_least=6", "due_on=2026-07-31")
        told = self.a.run("report", "objectives", "--json").json
        self.assertEqual((told["objectives"][0]["at_least"],
                          told["objectives"][0]["reached"],
                          told["objectives"][0]["due"]),
                         (6, True, "2026-07-31"))
        self.assertIn("atteint", self.a.run("report", "objectives",
                                            env=support.FRENCH).text)

    def test_an_objective_of_a_sector_is_counted_there(self):
        self.a.run("sector", "add", "MOULINS")
        there, here = (self.new("sector", f"code={code}", f"name={name}",
                                "--sector", "FIVES")
                       for code, name in (("MOULINS", "Moulins"),
                                          ("fives", "Fives")))
        nowhere = self.a.run("new", "sector", "code=AILLEURS", "name=Ailleurs",
                             "--sector", "common", "--json").json["record"]
        made = [self.new("objective", f"experiment={uuid.uuid4()}",
                         "metric=doors_knocked", "at_least=5", f"sector={s}",
                         "--sector", "FIVES")
                for s in (here, there, nowhere)]
        told = self.a.run("report", "objectives", "--json").json["objectives"]
        self.assertEqual([(o["metric"], o["record"]) for o in told[:5]],
                         [(m, None) for m in
                          ("doors_knocked", "sectors_covered", "months_active",
                           "kits_fitted", "amelio_dossiers")])
        self.assertEqual(told[0]["n"], 6)
        self.assertEqual({o["record"]: (o["sector"], o["n"], o["reached"],
                                        o.get("astray", False))
                          for o in told[5:]},
                         {made[0]: ("FIVES", 6, True, False),
                          made[1]: ("MOULINS", 0, False, False),
                          made[2]: (None, None, None, True)})
        # Of one sector: its own in the place of the source's number.
        told = self.a.run("report", "objectives", "--sector", "FIVES",
                          "--json").json["objectives"]
        self.assertEqual([o["record"] for o in told],
                         [made[0]] + [None] * 4 + [made[2]])
        for env, words in ((None, ("doors knocked, FIVES", "not counted")),
                           (support.FRENCH, ("portes frappées, FIVES",
                                             "non compté"))):
            text = self.a.run("report", "objectives", env=env).text
            for word in words:
                self.assertIn(word, text)
            self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_every_report_fits_80_columns_and_names_no_agent(self):
        for words in ((), ("funnel",), ("objectives",), ("questions",),
                      ("figures",), ("weeks",), ("months",), ("sectors",)):
            for env in ({}, support.FRENCH):
                text = self.a.run("report", *words, env=env).text
                self.assertLessEqual(max(map(len, text.splitlines())), 80,
                                     words)
                self.assertNotIn("bureau", text)
        sixteen = self.a.run("report", "questions", "--json").json
        self.assertEqual(len(sixteen["questions"]), 16)
        answered = {f["id"] for f in sixteen["answers"]}
        for question in sixteen["questions"]:
            self.assertTrue(question["figures"])
            self.assertLessEqual(set(question["figures"]), answered)

    def test_a_fund_stands_in_every_period(self):
        """It is written down when it is, and pays for what was before."""
        test = self.new("experiment", "title=X", "starts_on=2026-05-01")
        fund = self.new("advance_fund", f"experiment={test}", "amount=300")
        for day, amount in (("2026-05-04", "38,90"), ("2026-05-20", "10")):
            self.new("advance_purchase", f"fund={fund}", "what=joint",
                     f"amount={amount}", f"bought_on={day}", "state=bought")
        rows = {r["name"]: r["n"] for r in self.figure(
            "F28", "--from", "2026-05-01", "--to", "2026-05-10")["rows"]}
        self.assertEqual((rows["total"], rows["amount"], rows["left"]),
                         (3890, 30000, 26110))

    def test_what_people_wrote_about_a_question_is_pointed_to(self):
        for words in (("works+=le kit", "works+=la voisine"), ("works+=le kit",),
                      ("fails+=le soir", "difficulty=Les caves."), ()):
            self.new("journal_entry", "day=2026-05-05", *words)
        self.new("dossier", f"contact={self.c[0]}", "state=opened",
                 "exchanges+=ouvert", "exchanges+=chantier")
        told = {q["question"]: {w["field"]: w["records"] for w in q["written"]}
                for q in self.a.run("report", "questions", "--json").json[
                    "questions"]}
        self.assertEqual(told["what_works"], {"works": 2, "fails": 1})
        self.assertEqual(told["difficulties"], {"difficulty": 1})
        self.assertEqual(told["awareness_tools"], {"lesson": 0})
        self.assertEqual(told["adviser_follow_up"], {"exchanges": 1})
        self.assertEqual(told["most_asked"], {})
        text = self.a.run("report", "questions", env=support.FRENCH).text
        self.assertRegex(text, r"carnets qui disent ce qui fonctionne +2\n")
        self.assertIn("à lire : tandem list journal_entry\n", text)
        page = self.box / "questions.html"
        self.a.run("report", "questions", "--html", page)
        self.assertEqual(page.read_text().count("What people wrote about it"), 4)
        outside = self.a.run("report", "questions", "--outside", "--json").json
        self.assertEqual({w["records"] for q in outside["questions"]
                          for w in q["written"]}, {None, 0})
        # Six files and five with exchanges tell of the one without.
        for words in [["exchanges+=ouvert"]] * 4 + [[]]:
            self.new("dossier", f"contact={self.c[0]}", "state=opened", *words)
        for where, known in (((), 5), (("--outside",), None)):
            told = self.a.run("report", "questions", *where, "--json").json
            self.assertEqual([w["records"] for q in told["questions"]
                              for w in q["written"]
                              if w["field"] == "exchanges"], [known])

    def test_a_question_is_shown_as_it_stands(self):
        told = self.a.run("report", "questions", "--json").json["questions"]
        self.assertEqual({(q["record"], q["state"], q["answer"])
                          for q in told}, {(None, None, None)})
        self.a.run("ready", "add")
        ready = [r["key"].split("/")[1] for r in
                 self.a.run("ready", "--json").lines()
                 if r["key"].startswith("question/")]
        told = self.a.run("report", "questions", "--json").json["questions"]
        self.assertEqual([q["question"] for q in told], ready)
        self.assertEqual({q["state"] for q in told}, {"open"})
        one = next(q for q in told if q["question"] == "most_asked")
        answer = "Le kit, de loin ; puis Amelio. " + "Encore. " * 30 + "Fin."
        self.a.run("set", one["record"], "state=answered", f"answer={answer}",
                   "figures+=F05")
        own = self.new("open_question", "chapter=service", "state=partly",
                       "question=Et le samedi ?", "answer=Peu.",
                       "figures=F34|F01")
        told = self.a.run("report", "questions", "--json").json
        one = next(q for q in told["questions"]
                   if q["question"] == "most_asked")
        self.assertEqual((one["state"], one["answer"], one["figures"]),
                         ("answered", answer, ["F17", "F05"]))
        self.assertEqual({k: told["questions"][16][k] for k in
                          ("question", "text", "record", "state", "answer",
                           "figures")},
                         {"question": None, "text": "Et le samedi ?",
                          "record": own, "state": "partly", "answer": "Peu.",
                          "figures": ["F01", "F34"]})
        self.assertLessEqual({"F01", "F34", "F05"},
                             {f["id"] for f in told["answers"]})
        for env, words in (({}, ("answered", "not written down yet")),
                           (support.FRENCH, ("éclairée", "réponse partielle",
                                             "Et le samedi ?"))):
            text = self.a.run("report", "questions", env=env).text
            self.assertIn(words[0], text)
            self.assertLessEqual(max(map(len, text.splitlines())), 80)
            self.assertIn(answer, " ".join(text.split()))
        # Written by hand: it does not leave.
        out = self.a.run("report", "questions", "--outside", "--json").json
        self.assertEqual({q["answer"] for q in out["questions"]}, {None})
        self.assertEqual(out["questions"][16]["text"], "Another question")
        text = self.a.run("report", "questions", "--outside").text
        self.assertNotIn("Le kit, de loin", text)
        self.assertNotIn("samedi", text)
        page = self.a.dir.parent / "q.html"
        self.a.run("report", "questions", "--html", str(page),
                   env=support.FRENCH)
        self.assertIn("Le kit, de loin", page.read_text())
        self.assertIn("Et le samedi", page.read_text())
        self.a.run("delete", own)
        self.assertEqual(len(self.a.run("report", "questions", "--json").json[
            "questions"]), 16)

    def test_what_cannot_be_asked_is_said(self):
        for words in (("nonsense",), ("figures", "F99"), ("funnel", "more"),
                      ("funnel", "--from", "tomorrow"),
                      ("funnel", "--to", "2026-02-30")):
            self.a.run("report", *words, code=2)
        self.a.run("report", "funnel", "--sector", "NOWHERE", code=1)


if __name__ == "__main__":
    support.main()
