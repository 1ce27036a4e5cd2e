# SPDX-License-Identifier: Apache-2.0
"""test_day.py - a pair's day and what is due, and an intervention closed."""
import datetime
import os
import pty
import re
import subprocess
import zoneinfo

import support
from support import Case

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
FRENCH = {"LANG": "fr_FR.UTF-8"}
TYPE = ("channel=phone", "appointment_kind=intervention", "state=booked")


class Day(Case):
    def setUp(self):
        super().setUp()
        self.one = self.office()

    def sheet(self, name, *more):
        return self.one.new("contact", "met_by=door", f"name={name}", *more)

    def due(self, day, *more, verb="due"):
        return self.one.run(verb, "--day", day, "--json", *more).json

    def whats(self, day, *more, verb="due"):
        return [d["what"] for d in self.due(day, *more, verb=verb)["due"]]

    def visit(self, contact, day, *more, moved="unknown"):
        self.one.run("as", "Agent A")
        return self.one.new("intervention", f"contact={contact}",
                            "intervention_type=standard", "agents=Agent A",
                            f"started_at={day}T14:00+01:00",
                            f"situation_moved={moved}",
                            "closing_steps.discussion=done", *more)["record"]


class Today(Day):
    def test_a_day_shows_tour_appointments_and_what_waits(self):
        sheet = self.sheet("Mme L.")
        rdv = self.one.new("appointment", f"contact={sheet['record']}", *TYPE,
                           "starts_at=2026-03-16T10:00+01:00")["record"]
        pair = self.one.new("pair", "day=2026-03-16", "members=bureau")
        self.one.new("tour", "day=2026-03-16", f"pair_ref={pair['record']}",
                     "streets+=rue A")
        home = self.one.new("dwelling", "address=1 rue A")["record"]
        self.one.new("encounter", "channel=door", "outcome=no_answer",
                     "at=2026-03-12T10:00+01:00", f"dwelling={home}")
        day = self.due("2026-03-16", verb="today")
        self.assertEqual(len(day["tours"]), 1)
        self.assertEqual(day["charter"], {"max_per_month": 2,
                                          "min_days_between": 10,
                                          "quiet_hours": ""})
        knock, first = day["due"]
        self.assertEqual((knock["what"], knock["way"], knock["day"],
                          knock["knocks"], knock["notice"]),
                         ("knock", "H1", "2026-03-13", 1, False))
        self.assertEqual((first["what"], first["record"], first["way"],
                          first["at"], first["disputed"],
                          first["short_code"]),
                         ("appointment", rdv, "H4",
                          "2026-03-16T09:00:00.000Z", False,
                          sheet["short_code"]))
        for env, words in (({}, ["Planned tours", "rue A", "10:00",
                                 "Mme L.", "no notice left"]),
                           (FRENCH, ["Tournées prévues", "rendez-vous",
                                     "sans avis laissé"])):
            text = self.one.run("today", "--day", "2026-03-16", env=env).text
            for word in words:
                self.assertIn(word, text)
            self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_a_row_says_where_to_go_whom_to_call_and_what_for(self):
        one = self.one
        home = one.new("dwelling", "address=8 rue A", "door=2e")["record"]
        sheet = self.sheet("Mme L.", f"dwelling={home}", "phones+=0320000001",
                           "phones+=0320000002")["record"]
        meet = ("appointment", "appointment_kind=adviser", f"contact={sheet}",
                "channel=phone", "state=booked",
                "starts_at=2026-03-31T10:00+02:00")
        one.new(*meet)
        one.new(*meet, "place=Maison de l'habitat")
        one.new("follow_up", "follow_up_kind=nudge", f"contact={sheet}",
                "due_on=2026-03-30")
        agents = [one.new("agent", f"display_name={n}", "roles+=agent")
                  ["record"] for n in ("Agente A.", "Agent B.")]
        pair = one.new("pair", *(f"members+={a}" for a in agents))["record"]
        one.new("tour", "day=2026-03-31", f"pair_ref={pair}")
        text = one.run("today", "--day", "2026-03-31").text
        self.assertEqual(text.count("energy adviser, 8 rue A, 2e\n"), 1)
        self.assertEqual(text.count("energy adviser, Maison de l'habitat\n"), 1)
        self.assertIn(" reminder\n", text)
        self.assertEqual(
            len(re.findall(r"\+3332000000[12] \| \+3332000000[12]\n", text)), 3)
        self.assertRegex(text, r"\n  [0-9a-f-]{13,}  Agente? [AB]\., Agente? [AB]")
        # Who asked not to be called any more is not shown with a number.
        one.run("set", sheet, "consents.contact_again=withdrawn")
        self.assertNotIn("+333", one.run("today", "--day", "2026-03-31").text)

    def test_times_side_by_side_are_both_shown_and_how_one_is_chosen(self):
        one = self.one
        sheet = self.sheet("Mme L.")["record"]
        meet = one.new("appointment", f"contact={sheet}", *TYPE,
                       "starts_at=2026-03-31T09:00+02:00")["record"]
        seen = one.show(meet)["seen"]
        for hour in ("10", "14"):
            one.run("set", meet, f"starts_at=2026-03-31T{hour}:00+02:00",
                    "--seen", seen)
        text = one.run("today", "--day", "2026-03-31", env=support.FRENCH).text
        self.assertRegex(text, r"côte à côte : 31/03/2026 \S+ \S+ \|\s+31/03/2026")
        (short,) = re.findall("tandem resolve (\\S+) starts_at VERSION", text)
        version = one.show(meet)["conflicts"][0]["versions"][0]["version"]
        one.run("resolve", short, "starts_at", version)
        self.assertNotIn("resolve", one.run("today", "--day",
                                            "2026-03-31").text)
        # The history says between what the choice was.
        self.assertRegex(" ".join(one.run("history", meet).text.split()),
                         r": 2026-03-31T14:00\S+ \| 2026-03-31T10:00\S+ -> "
                         r"2026-03-31T14:00")

    def test_a_person_sees_their_own_and_nobodys(self):
        self.one.run("as", "Agent B")
        self.one.run("as", "Agent A")
        sheet = self.sheet("Mme L.")["record"]
        for who in ("with_agents=Agent A", "with_agents=Agent B", ""):
            self.one.new("appointment", f"contact={sheet}", *TYPE,
                         "starts_at=2026-03-16T10:00+01:00",
                         *([who] if who else []))
        self.assertEqual(len(self.whats("2026-03-16", verb="today")), 3)
        self.assertEqual(len(self.whats("2026-03-16", "--as", "Agent A",
                                        verb="today")), 2)

    def test_nothing_is_due_at_first(self):
        self.assertIn("Nothing is due.", self.one.run("due").text)
        self.one.run("today", "--exit-code", code=3)
        self.assertIn("--day", self.one.run("due", "--day", "soon",
                                            code=2).talk)


class Due(Day):
    def test_a_call_back_is_due_three_weeks_after_its_visit(self):
        sheet = self.sheet("Mme L.")["record"]
        visit = self.visit(sheet, "2026-03-02")
        plan = ("follow_up", f"contact={sheet}", f"intervention={visit}")

        def due(*more):
            return self.one.show(self.one.new(*plan, *more)["record"])[
                "fields"]["due_on"]

        self.assertEqual(due("follow_up_kind=phone_callback"), "2026-03-23")
        self.assertEqual(due("follow_up_kind=phone_callback",
                             "due_on=2026-03-10"), "2026-03-10")
        # Another kind of follow-up has the day that somebody says.
        self.one.run("new", *plan, "follow_up_kind=nudge", code=1)

    def test_a_call_back_waits_for_the_charter(self):
        sheet = self.sheet("Mme L.")["record"]
        self.visit(sheet, "2026-03-02", "signed_off=true")
        self.assertEqual(self.whats("2026-03-03"), [])
        self.assertEqual(self.whats("2026-03-09"), ["call_back"])
        (call,) = self.due("2026-03-23")["due"]
        self.assertEqual((call["day"], call["allowed_from"], call["way"]),
                         ("2026-03-23", "2026-03-23", "H7f"))
        self.one.new("follow_up", "follow_up_kind=nudge", f"contact={sheet}",
                     "due_on=2026-03-01", "done_at=2026-03-01T10:00+01:00",
                     "result=reached")
        self.one.new("charter", "text=x", "side=service_to_household",
                     "max_per_month=1", "min_days_between=5",
                     "quiet_hours=20:00-09:00")
        (call,) = self.due("2026-03-23")["due"]
        self.assertEqual(call["allowed_from"], "2026-04-01")
        text = self.one.run("due", "--day", "2026-03-23").text
        self.assertIn("No calls: 20:00-09:00", text)
        self.assertIn("the charter allows it from 2026-04-01", text)

    def test_one_sector_alone(self):
        self.one.run("sector", "add", "LOMME")
        for sector in ("FIVES", "LOMME"):
            sheet = self.one.new("contact", "met_by=door", "name=A",
                                 "--sector", sector)["record"]
            self.one.new("solicitation", "channel=phone",
                         "reasons=standard_kit", f"contact={sheet}",
                         "at=2026-03-02T10:00+01:00", "--sector", sector)
        self.assertEqual(self.whats("2026-03-02"), ["request"] * 2)
        self.assertEqual(self.whats("2026-03-02", "--sector", "LOMME"),
                         ["request"])

    def test_two_devices_say_the_same(self):
        other = self.enrol(self.one, "tablette-1")
        sheet = self.sheet("Mme L.")["record"]
        rdv = self.one.new("appointment", f"contact={sheet}", *TYPE,
                           "starts_at=2026-03-16T10:00+01:00")["record"]
        self.meet(self.one, other)
        self.one.run("set", rdv, "starts_at=2026-03-17T10:00+01:00")
        other.run("set", rdv, "starts_at=2026-03-17T14:00+01:00")
        self.meet(self.one, other)
        here = self.due("2026-03-17", verb="today")
        there = other.run("today", "--day", "2026-03-17", "--json").json
        self.assertEqual(here["due"], there["due"])
        (both,) = here["due"]
        self.assertTrue(both["disputed"])
        self.assertEqual(sorted(t["value"][11:16] for t in both["times"]),
                         ["10:00", "14:00"])
        self.assertIn("several times", self.one.run(
            "today", "--day", "2026-03-17").text)


class Computed(Day):
    def test_what_is_computed_of_a_sheet_is_shown_and_marked(self):
        first = self.sheet("Mme L.")["record"]
        sheet = self.sheet("M. D.", f"brought_by={first}")["record"]
        shown = self.one.show(sheet)
        # Its last day is of the day it is run: see Past.
        self.assertRegex(shown["derived"].pop("kept_until"), r"^20\d\d-")
        self.assertEqual(shown["derived"],
                         {"degree": 1, "contact_cap": 2,
                          "situation": "unknown", "way": "H2"})
        self.assertNotIn("degree", shown["fields"])
        visit = self.visit(sheet, "2026-03-02")
        self.assertEqual(self.one.show(sheet)["derived"]["situation"], "no")
        self.assertEqual(self.one.show(sheet)["derived"]["way"], "H5s")
        self.one.run("set", visit, "situation_moved=yes")
        self.assertEqual(self.one.show(sheet)["derived"]["situation"], "yes")
        text = self.one.run("show", sheet, env=FRENCH).text
        self.assertIn("Degré de bouche-à-oreille (calculé) : 1", text)
        self.assertIn("H5s intervention standard", text)

    def test_what_follows_the_signing_is_marked(self):
        sheet = self.sheet("Mme L.")["record"]
        visit = self.visit(sheet, "2026-03-02")
        self.one.run("set", visit, "signed_off=no", "situation_moved=no")
        self.one.run("set", visit, "signed_off=yes", "situation_moved=yes")
        self.assertNotIn("changed_after_sign_off", self.one.show(visit))
        self.one.run("set", visit, "situation_moved=no")
        (late,) = self.one.show(visit)["changed_after_sign_off"]
        self.assertEqual(late["device"], "bureau")
        self.assertIn("Modifiée après sa clôture : ", self.one.run(
            "show", visit, env=FRENCH).text)

    def test_a_follow_up_says_whether_the_charter_was_kept(self):
        sheet = self.sheet("Mme L.")["record"]
        calls = [self.one.new("follow_up", "follow_up_kind=nudge",
                              f"contact={sheet}", f"due_on={day}",
                              f"done_at={day}T10:00+01:00",
                              "result=reached")["record"]
                 for day in ("2026-03-02", "2026-03-05")]
        self.assertEqual([self.one.show(call)["derived"]["charter_check"]
                          for call in calls], ["yes", "no"])


class Closing(Day):
    def close(self, visit, typed, env=None):
        """On a terminal: what it asked and what was answered."""
        ours, theirs = pty.openpty()
        try:
            os.write(ours, typed)
            done = subprocess.run(
                [support.TANDEM, "set", visit, "signed_off=true",
                 "ended_at=2026-03-02T15:00+01:00"], env=self.one.env(env),
                stdin=theirs, stderr=theirs, stdout=subprocess.PIPE,
                timeout=support.LIMIT)
            os.close(theirs)
            said = b""
            try:
                while more := os.read(ours, 4096):
                    said += more
            except OSError:  # the other end is closed: all was read
                pass
        finally:
            os.close(ours)
        self.assertEqual(done.returncode, 0, said)
        return said.decode(), self.one.show(visit)["fields"]

    def test_the_two_questions_are_asked_once(self):
        sheet = self.sheet("Mme L.")["record"]
        visit = self.visit(sheet, "2026-03-02")
        said, fields = self.close(visit, b"y\nn\n")
        self.assertIn("Did the situation move forward?", said)
        self.assertIn("Was Amelio spoken of?", said)
        self.assertIn("fits three small items; 0 noted", said)
        self.assertEqual((fields["signed_off"], fields["situation_moved"],
                          fields["closing_steps"]["amelio_talk"]),
                         (True, "yes", "not_done"))
        self.assertNotIn("?", self.close(visit, b"n\ny\n")[0])
        other = self.visit(sheet, "2026-03-02", moved="no")
        said, fields = self.close(other, b"o\n", FRENCH)
        self.assertNotIn("La situation a-t-elle", said)
        self.assertIn("A-t-on parlé d'Amelio ?", said)
        self.assertEqual(fields["closing_steps"]["amelio_talk"], "done")

    def test_a_script_closes_and_is_told(self):
        sheet = self.sheet("Mme L.")["record"]
        visit = self.visit(sheet, "2026-03-02")
        answer = self.one.run("set", visit, "signed_off=true", "--json").json
        whats = {n["what"] for n in answer["notices"]}
        self.assertLessEqual({"amelio_spoken", "situation_said",
                              "three_items"}, whats)
        self.assertEqual(len(whats), len(answer["notices"]))
        for item in ("eco_bulb", "window_seal", "tap_aerator"):
            self.one.new("item_fitted", f"intervention={visit}",
                         f"item={item}", "action=fitted", "quantity=1")
        again = self.one.run("set", visit, "situation_moved=yes",
                             "closing_steps.amelio_talk=done", "--json").json
        self.assertFalse({"amelio_spoken", "situation_said", "three_items"} &
                         {n["what"] for n in again["notices"]})

    def test_a_second_knock_of_a_day_is_told(self):
        home = self.one.new("dwelling", "address=1 rue A")["record"]
        knock = ("encounter", "channel=door", "outcome=refused",
                 f"dwelling={home}")
        first = self.one.new(*knock, "at=2026-03-02T14:10+01:00")
        later = self.one.new(*knock, "at=2026-03-03T14:10+01:00")
        for line in (first, later):
            self.assertNotIn("already_knocked",
                             [n["what"] for n in line["notices"]])
        second = self.one.new(*knock, "at=2026-03-02T16:00+01:00")
        (told,) = [n for n in second["notices"]
                   if n["what"] == "already_knocked"]
        self.assertIn("14:10: bureau", told["message"])  # who wrote it
        agents = [self.one.new("agent", f"display_name={n}", "roles+=agent")
                  ["record"] for n in "AB"]
        pair = self.one.new("pair", *(f"members+={a}" for a in agents))
        tour = self.one.new("tour", "day=2026-03-02",
                            f"pair_ref={pair['record']}")
        self.one.new(*knock, "at=2026-03-02T16:30+01:00",
                     f"tour={tour['record']}")
        third = self.one.new(*knock, "at=2026-03-02T17:00+01:00")
        self.assertRegex(
            next(n["message"] for n in third["notices"]
                 if n["what"] == "already_knocked"), "16:30: (A, B|B, A)$")

    def test_a_sheet_that_may_be_double_is_told_as_it_is_written(self):
        def hints(line):
            return [(n["field"], n["message"]) for n in line["notices"]
                    if n["what"] == "possible_double"]

        home = self.one.new("dwelling", "address=1 rue A")["record"]
        first = self.sheet("Mme L.", "phones+=0320000001", f"dwelling={home}")
        self.assertEqual(hints(first), [])
        second = self.sheet("M. B.", "phones+=0320000001")
        ((field, said),) = hints(second)
        self.assertEqual(field, "phones")
        codes = first["short_code"], second["short_code"]
        self.assertIn(f"{codes[0]} Mme L.", said)
        self.assertIn("tandem same " + " ".join(codes), said)
        # A long name is cut between two characters.
        for i, start in enumerate(("", "a")):
            phone = f"phones+=032000001{i}"
            self.sheet(start + "é" * 60, phone)
            ((_, said),) = hints(self.sheet("M. D.", phone))
            self.assertIn("é; if it is", said)
            self.assertNotIn("\ufffd", said)
        third = self.sheet("mme l.", f"dwelling={home}")
        self.assertEqual([f for f, _ in hints(third)], ["dwelling"])
        self.assertEqual(hints(self.sheet("M. C.", f"dwelling={home}")), [])
        # Once it is said that they are one, or two, nobody asks again.
        self.one.run("same", *codes)
        self.one.run("same", first["short_code"], third["short_code"], "--not")
        for one in (first, second, third):
            again = self.one.run("set", one["record"], "best_times+=le soir",
                                 "--json").json
            self.assertEqual(hints(again), [])

    def test_one_door_is_told_again_by_its_key(self):
        """Two records of one home: the same BAN identifier, floor and door."""
        def home(*more):
            return self.one.new("dwelling", "address=1 rue A", *more)["record"]

        def knock(where, minute, *more):
            line = self.one.new("encounter", "channel=door", "outcome=refused",
                                f"dwelling={where}", *more,
                                f"at=2026-03-02T14:{minute}+01:00")
            return (self.one.show(line["record"])["fields"].get("door_key"),
                    [n["what"] for n in line["notices"]])

        ban = "ban_id=59350_1234_00008"
        first, told = knock(home(ban, "door=2e étage"), 10)
        self.assertRegex(first, r"^[0-9a-f]{20}$")
        self.assertNotIn("already_knocked", told)
        again, told = knock(home(ban, "door= 2E  étage "), 20)
        self.assertEqual(again, first)
        self.assertIn("already_knocked", told)
        other, told = knock(home(ban, "door=3e étage"), 30)
        self.assertNotEqual(other, first)
        self.assertNotIn("already_knocked", told)
        self.assertIsNone(knock(home(), 40)[0])
        # Homes of one building, none with a door: they are not one.
        for minute in (42, 44):
            key, told = knock(home(ban), minute)
            self.assertIsNone(key)
            self.assertNotIn("already_knocked", told)
        self.assertEqual(knock(home(ban), 50, "door_key=typed")[0], "typed")
        error = self.one.run(
            "new", "encounter", "channel=door", "outcome=refused",
            "at=2026-03-02T15:00+01:00", "door_key=1 rue A", "--json",
            code=1).error
        self.assertEqual((error["code"], error["field"]),
                         ("EVALUE", "door_key"))

    def test_a_door_has_a_key_when_its_dwelling_is_said_later_or_in_a_table(
            self):
        home = self.one.new("dwelling", "address=1 rue A", "door=3", "ban_id="
                            "59350_1234_00008")["record"]
        late = self.one.new("encounter", "channel=door", "outcome=refused",
                            "at=2026-03-02T14:10+01:00")["record"]
        self.one.run("set", late, f"dwelling={home}")
        table = self.file("knocks.csv", "import_key;channel;outcome;at;dwelling"
                          f"\nk1;door;refused;2026-03-03T14:10+01:00;{home}\n")
        self.one.run("import", "csv", table, "--kind", "encounter")
        listed = self.one.run("list", "encounter", "--json").lines()
        self.assertEqual(len(listed), 2)
        keys = {one["fields"]["door_key"] for one in listed}
        self.assertEqual(len(keys), 1)

    def test_a_dwelling_corrected_has_its_own_key(self):
        homes = [self.one.new("dwelling", "address=1 rue A", f"door={i}",
                              "ban_id=59350_1234_00008")["record"]
                 for i in range(2)]
        knocks = [self.one.new(
            "encounter", "channel=door", "outcome=refused", *more,
            "at=2026-03-02T14:10+01:00")["record"] for more in
            ([f"dwelling={homes[0]}"], [f"dwelling={homes[1]}"],
             [f"dwelling={homes[0]}", "door_key=typed"])]

        def keys():
            return [self.one.show(k)["fields"].get("door_key")
                    for k in knocks]

        was = keys()
        for knock in knocks:
            self.one.run("set", knock, f"dwelling={homes[1]}")
        self.assertEqual(keys(), [was[1], was[1], "typed"])
        self.one.run("set", knocks[0], "dwelling=")
        self.assertEqual(keys(), [None, was[1], "typed"])


class Quiet(Day):
    """The charter's hours without calls."""

    def setUp(self):
        super().setUp()
        self.one.new("charter", "side=service_to_household", "text=La nuit.",
                     "quiet_hours=20:00-09:00", "max_per_month=9",
                     "min_days_between=0")
        # Of the other side, and changed later: it limits nobody here.
        self.one.new("charter", "side=household_to_service", "text=.",
                     "quiet_hours=00:00-24:00")
        self.c = self.sheet("Mme L.")["record"]

    def told(self, *words):
        return [n for n in self.one.new(*words)["notices"]
                if n["what"] == "quiet_hours"]

    def test_who_is_contacted_then_is_told(self):
        home = self.one.new("dwelling", "address=1 rue A")["record"]
        contacts = (
            ("encounter", "at", ("channel=door", "outcome=talked",
                                 f"dwelling={home}")),
            ("encounter", "at", ("channel=phone", "outcome=talked")),
            ("visit_notice", "left_at", ("number=F-1",)),
            ("appointment", "starts_at", (f"contact={self.c}", *TYPE)),
            ("follow_up", "done_at", (f"contact={self.c}",
                                      "follow_up_kind=phone_callback",
                                      "due_on=2026-07-01")))
        for kind, field, words in contacts:
            for hour, quiet in (("20:30", True), ("08:59", True),
                                ("09:00", False), ("19:59", False)):
                at = f"{field}=2026-07-01T{hour}+02:00"
                notices = self.told(kind, at, *words)
                self.assertEqual(len(notices), quiet, (kind, hour))
                if quiet:
                    self.assertEqual(notices[0]["field"], field)
                    self.assertIn(hour, notices[0]["message"])
                    self.assertIn("20:00-09:00", notices[0]["message"])
        # Who comes by, or calls the service, is not disturbed.
        late = "=2026-07-01T21:00+02:00"
        self.assertEqual(self.told("encounter", "channel=market", "at" + late,
                                   "outcome=talked"), [])
        self.assertEqual(self.told("solicitation", "channel=phone",
                                   "at" + late, "reasons=standard_kit"), [])
        said = self.one.run("new", "follow_up", f"contact={self.c}",
                            "follow_up_kind=nudge", "due_on=2026-07-01",
                            "done_at=2026-07-01T21:00+02:00", env=FRENCH)
        self.assertIn("21:00 tombe dans les heures sans appel", said.talk)

    def test_what_is_planned_then_is_marked(self):
        for hour in ("08:00", "10:00"):
            self.one.new("appointment", f"contact={self.c}", *TYPE,
                         f"starts_at=2026-07-01T{hour}+02:00")
        due = self.due("2026-06-30")["due"]
        self.assertEqual([d["quiet"] for d in due if "quiet" in d],
                         [True, False])
        self.assertIn("à une heure sans appel", self.one.run(
            "due", "--day", "2026-06-30", env=FRENCH).text)

    def test_the_charter_is_kept_by_who_calls_by_day(self):
        for hour, kept in (("21:00", "no"), ("11:00", "yes")):
            one = self.one.new("follow_up", f"contact={self.c}",
                               "follow_up_kind=nudge", "due_on=2026-07-01",
                               f"done_at=2026-07-01T{hour}+02:00")["record"]
            shown = self.one.run("show", one, "--json").json
            self.assertEqual(shown["derived"]["charter_check"], kept)

    def test_hours_that_are_none_are_told(self):
        answer = self.one.new("charter", "side=service_to_household",
                              "text=.", "quiet_hours=29:00-09:00")
        self.assertIn("quiet_unreadable",
                      [n["what"] for n in answer["notices"]])


def later(day, months):
    """The same day so many months later, or the day after that month."""
    m = day.month - 1 + months
    try:
        return day.replace(year=day.year + m // 12, month=m % 12 + 1)
    except ValueError:
        return datetime.date(day.year + (m + 1) // 12, (m + 1) % 12 + 1, 1)


class Past(Day):
    """What is past the time that its class keeps it is named."""

    def setUp(self):
        super().setUp()
        self.today = datetime.datetime.now(PARIS).date()

    def past(self, day, *more):
        return {p["record"]: (p["kind"], p["retention"], p["until"])
                for p in self.due(str(day), *more)["past"]}

    def until(self, record, kind, retention, last):
        """Named from the day after on, not before."""
        self.assertNotIn(record, self.past(last))
        self.assertEqual(
            self.past(last + datetime.timedelta(days=1)).get(record),
            (kind, retention, str(last)))

    def test_a_household_is_kept_a_year_after_the_last_contact(self):
        sheet = self.sheet("Mme L.")["record"]
        before = self.today - datetime.timedelta(days=40)
        knock = self.one.new("encounter", "channel=phone", "outcome=talked",
                             f"at={before}T10:00+01:00",
                             f"contact={sheet}")["record"]
        for record, kind in ((sheet, "contact"), (knock, "encounter")):
            self.until(record, kind, "K2", later(self.today, 12))
        self.assertEqual(
            self.one.run("show", sheet, "--json").json["derived"][
                "kept_until"], str(later(self.today, 12)))
        self.assertIn(f"K2) : {later(self.today, 12):%d/%m/%Y}",
                      self.one.run("show", sheet, env=FRENCH).text)
        call = self.today + datetime.timedelta(days=40)
        done = self.one.new("follow_up", f"contact={sheet}",
                            "follow_up_kind=nudge", f"due_on={call}",
                            f"done_at={call}T10:00+01:00")["record"]
        other = self.sheet("M. P.")["record"]
        link = self.one.new("merge_link", f"keep={sheet}", f"other={other}",
                            "decided=not_same")["record"]
        for record, kind in ((sheet, "contact"), (knock, "encounter"),
                             (link, "merge_link")):
            self.until(record, kind, "K2", later(call, 12))
        self.until(other, "contact", "K2", later(self.today, 12))
        self.until(done, "follow_up", "K3", later(call, 24))

    def test_an_open_file_keeps_what_is_of_it(self):
        sheet = self.sheet("Mme L.")["record"]
        referral = self.one.new("referral", f"contact={sheet}",
                                "target=amelio", "steps.amelio_doc=done")
        file = self.one.new("dossier", f"contact={sheet}", "state=opened")
        held = {referral["record"]: "referral", file["record"]: "dossier"}
        far = self.past(later(self.today, 600))
        self.assertEqual(set(held) & set(far), set())
        self.one.run("set", file["record"], "state=completed")
        for record, kind in held.items():
            self.until(record, kind, "K3", later(self.today, 24))

    def test_notes_of_a_visit_go_six_months_after_it(self):
        sheet = self.sheet("Mme L.")["record"]
        visit = self.visit(sheet, self.today)
        found = self.one.new("finding", f"intervention={visit}",
                             "family=draught")["record"]
        note = self.one.new("note", f"about={visit}", "text=Rien.")["record"]
        held = {visit: "intervention", found: "finding", note: "note"}
        far = self.past(later(self.today, 600))
        self.assertEqual(set(held) & set(far), set())
        self.one.run("set", visit, "signed_off=true")
        for record, kind in held.items():
            self.until(record, kind, "K4", later(self.today, 6))

    def test_what_is_of_the_trial_waits_for_its_end(self):
        agent = self.one.new("agent", "display_name=A", "roles=agent")
        kit = self.one.new("kit_model", "label=Kit", "items.eco_bulb=1")
        far = later(self.today, 600)
        self.assertNotIn(agent["record"], self.past(far))
        self.one.new("experiment", "title=T", "starts_on=2026-01-31",
                     "ends_on=2027-08-31")
        self.until(agent["record"], "agent", "K8",
                   datetime.date(2028, 8, 31))
        self.assertNotIn(kit["record"], self.past(far))

    def test_who_looks_sees_the_first_and_how_many(self):
        for i in range(23):
            self.sheet(f"Mme L{i}.")
        far = str(later(self.today, 14))
        self.assertEqual(len(self.past(far)), 23)
        self.one.run("sector", "add", "MOULINS")
        self.assertEqual(len(self.past(far, "--sector", "FIVES")), 23)
        self.assertEqual(self.past(far, "--sector", "MOULINS"), {})
        text = self.one.run("due", "--day", far, env=FRENCH).text
        self.assertIn("Durée de conservation dépassée", text)
        self.assertIn("Fiche contact (K2)", text)
        self.assertIn("et 3 autres", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        # A pair's day is for what is to do.
        self.assertNotIn("past", self.due(far, verb="today"))


support.main()
