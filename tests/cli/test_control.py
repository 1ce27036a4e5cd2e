# SPDX-License-Identifier: Apache-2.0
"""test_control.py - what the control sector, changes and this device say of
themselves is shown by verbs: each row of the table in docs/command.md is run
and its value found; rights given and taken; what is kept account of."""
import json
import re

import support
from support import Case


def found(lines, path):
    """All values at `a.b` of some objects; lists are gone through."""
    at = lines
    for name in path.split("."):
        at = [x[name] for x in at if name in x]
        at = [y for x in at for y in (x if isinstance(x, list) else [x])]
    return at


class Control(Case):

    def setUp(self):
        super().setUp()
        self.a = self.office(sectors=("FIVES", "NORD"))
        self.b = self.enrol(self.a, "tablette")

    def sheet(self, name="X"):
        return self.a.new("contact", "--sector", "FIVES", "met_by=door",
                          f"name={name}", "consents.photo=given")["record"]

    def devices(self, store):
        return {d["name"]: {s["name"]: s["right"] for s in d["sectors"]}
                for d in store.run("device", "list", "--json").lines()}

    # ------------------------------------------------------------- the table

    def rows(self):
        text = (support.SOURCE / "docs" / "command.md").read_text()
        return re.findall(r"^\| `(\w+\.\w+)` \| `tandem ([^`]+)` \| `([\w.]+)` \|$",
                          text, re.M)

    def disputed(self):
        """A sheet with two names, known to both."""
        one = self.sheet()
        self.meet(self.a, self.b)
        self.a.run("set", one, "name=A")
        self.b.run("set", one, "name=B")
        self.meet(self.a, self.b)
        return one

    def taken(self, words, path):
        """The right that is taken is listed before, and then only that of the
        other sector."""
        self.a.run("device", "grant", "tablette", "agent", "--sector", "NORD")
        self.assertEqual(self.devices(self.a)["tablette"],
                         {"FIVES": "agent", "NORD": "agent"})
        told = self.a.run(*words).lines()
        self.assertEqual(found(told, path), ["agent"])
        self.assertEqual(found(told, "sectors.name"), ["NORD"])

    def test_every_row_of_the_table_shows_its_value(self):
        one = self.disputed()
        visit = self.a.new("appointment", "--sector", "FIVES",
                           f"contact={one}", "appointment_kind=callback",
                           "channel=phone", "state=booked",
                           "starts_at=2026-03-31T10:00+02:00")["record"]
        self.meet(self.a, self.b)
        version = next(v["version"] for v in self.a.run(
            "conflicts", "--json").json["versions"] if v["value"] == "A")
        by_name = {d["name"]: d for d in
                   self.a.run("device", "list", "--json").lines()}
        host, address = self.serve(self.b)
        values = {"DEVICE": "tablette", "S": "FIVES", "ID": one,
                  "FIELD": "name", "VERSION": version, "TEXT": "asked her",
                  "ADDRESS": address}
        expected = {
            "device.label": "tablette", "device.holder": "bureau",
            "device.sign_key": address.split("#")[1],
            "role_grant.agent": "tablette", "role_grant.role": "agent",
            "role_grant.sectors": "FIVES",
            "role_grant.from": by_name["tablette"]["enrolled"],
            "sector_key.sector_ref": "FIVES", "sector_key.epoch": 1,
            "sector_key.sealed": 2, "handover.sector_ref": "FIVES",
            "handover.to_agents": "agent", "handover.open_items": visit,
            "conflict_note.about": one, "conflict_note.field": "name",
            "conflict_note.chosen": "A", "conflict_note.reason": "asked her",
            "receipt.from_device": by_name["tablette"]["device"],
            "receipt.stored": True, "audit_event.what": "read",
            "audit_event.about": one, "audit_event.by": "bureau",
            "schema_def.name": "contact", "schema_def.version": 1,
            "schema_def.body": "met_by",
        }
        self.a.run("edit", one, "remarks", "--insert", "0", "seen")
        self.a.run("show", one)
        rows = self.rows()
        self.assertGreater(len(rows), 25)
        for place, words, path in sorted(rows, key=lambda r: "none" in r[1]):
            words = [values.get(w, w) for w in words.split()]
            if words[0] == "resolve" and not self.a.run(
                    "conflicts", "--json").lines():
                words = ["show", one, "--json"]  # settled by a row before
            if words[0] == "sync":
                self.sheet()  # nothing new needs no receipt
            with self.subTest(place=place):
                if place == "handover.from_agents":
                    self.taken(words, path)
                    continue
                told = found(self.a.run(*words).lines(), path)
                if place in ("receipt.vector", "audit_event.at"):
                    self.assertRegex(told[0], r"^[0-9a-f]{32}$|^2\d{3}-.*Z$")
                else:
                    self.assertIn(expected[place], told)
        host.end(support.signal.SIGTERM)

    # ---------------------------------------------------------------- rights

    def test_a_sector_is_handed_over(self):
        self.assertEqual(self.devices(self.a)["tablette"], {"FIVES": "agent"})
        told = self.a.run("device", "grant", "tablette", "agent", "--sector",
                          "NORD", "--json").json
        self.assertEqual({s["name"]: s["right"] for s in told["sectors"]},
                         {"FIVES": "agent", "NORD": "agent"})
        self.a.run("device", "grant", "tablette", "none", "--sector", "FIVES")
        self.meet(self.a, self.b)
        for store in (self.a, self.b):
            self.assertEqual(self.devices(store)["tablette"],
                             {"NORD": "agent"})
        there = self.a.new("contact", "--sector", "NORD", "met_by=door",
                           "name=N", "consents.photo=given")["record"]
        self.meet(self.a, self.b)
        self.assertEqual(self.b.show(there)["fields"]["name"], "N")
        self.b.run("set", there, "name=M")
        self.b.run("new", "contact", "--sector", "FIVES", "met_by=door",
                   "name=no", "consents.photo=given", code=6)

    def test_a_loss_makes_a_new_key(self):
        self.a.run("device", "grant", "tablette", "none", "--sector", "FIVES")
        self.sheet()
        keys = {s["name"]: (s["devices"], s["epochs"]) for s in
                self.a.run("sector", "list", "--json").lines()}
        self.assertEqual(keys, {"FIVES": (1, 2), "NORD": (1, 1)})

    def test_who_may_not_cannot_and_words_are_looked_at(self):
        self.b.run("device", "grant", "bureau", "none", "--sector", "FIVES",
                   code=6)
        self.assertEqual(self.devices(self.b)["bureau"]["FIVES"], "admin")
        for words in (("grant", "tablette", "admin", "--sector", "FIVES"),
                      ("grant", "tablette", "king", "--sector", "FIVES"),
                      ("grant", "tablette", "agent"), ("grant", "tablette"),
                      ("list", "tablette"), ("give", "tablette", "agent")):
            self.a.run("device", *words, code=2)
        self.a.run("device", "grant", "nobody", "agent", "--sector", "FIVES",
                   code=1)

    def test_a_grant_of_which_a_word_is_wrong_gives_nothing(self):
        before = self.devices(self.a)
        for env in ({}, support.FRENCH):
            self.a.run("device", "grant", "tablette", "coordinator",
                       "--sector", "NORD", "--sector", "TYPO", code=1, env=env)
            told = self.a.run("device", "grant", "bureau", "none", "--sector",
                              "FIVES", code=6, env=env).talk
            self.assertIn("admin", told)
        self.assertEqual(self.devices(self.a), before)

    # ----------------------------------------------------------------- audit

    def lines(self, store):
        return [(l["what"], l["how"], l["record"]) for l in
                store.run("audit", "--json").lines()]

    def test_what_the_office_reads_of_notes_is_kept_once_a_day(self):
        one = self.sheet()
        self.a.run("show", one)
        self.assertEqual(self.lines(self.a), [])  # no note of the field yet
        self.a.run("edit", one, "remarks", "--insert", "0", "seen")
        self.meet(self.a, self.b)
        for store in (self.a, self.b):
            for _ in range(3):
                store.run("show", one)
            store.run("history", one)
        self.assertEqual(self.lines(self.a),
                         [("read", "show", one), ("read", "history", one)])
        self.assertEqual(self.lines(self.b), [])  # an agent's own sector
        self.a.run("as", "Somebody")
        self.a.run("show", one)
        kept = self.a.run("audit", "--json").lines()
        self.assertEqual([l["person"] for l in kept],
                         ["bureau", "bureau", "Somebody"])
        self.assertEqual(self.a.run("status", "--json").json["audited"], 3)

    def test_prints_and_refusals_are_kept(self):
        one = self.sheet()
        page = self.box / "page.html"
        self.a.run("print", "sheet", one, "-o", page)
        self.a.run("print", "tour", "FIVES", "-o", page)
        notice = self.a.new("visit_notice", "--sector", "FIVES",
                            "number=7", "left_at=2026-03-04T10:00+01:00")["record"]
        self.a.run("print", "notice", notice, "-o", page)  # names nobody
        self.assertEqual(self.lines(self.a),
                         [("print", "sheet", one), ("print", "tour", None)])
        self.b.run("sector", "add", "MORE", code=6)
        self.assertEqual(self.lines(self.b), [("refused", "sector", None)])
        for env, word in (({}, "refused"), (support.FRENCH, "refusé")):
            self.assertIn(word, self.b.run("audit", env=env).text)

    def test_no_name_is_kept(self):
        one = self.sheet("Somebody's name")
        self.a.run("as", "Agent Q")
        self.a.run("print", "sheet", one, "-o", self.box / "page.html")
        (line,) = self.a.run("audit", "--json").lines()
        self.assertEqual(line["person"], "Agent Q")
        self.assertNotIn("Somebody", json.dumps(line))


if __name__ == "__main__":
    support.main()
