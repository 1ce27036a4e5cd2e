# SPDX-License-Identifier: Apache-2.0
"""naive_test.py - every figure of random worlds, counted once more in the
plainest way from what `tandem list --json` prints, shares no code and no
calendar with figures/, and must be what `tandem report` says.

usage: naive_test.py TANDEM STREET [SEED...]
"""
import collections
import datetime
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zoneinfo

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
TERRAIN = """objective sector target_situation open_question checkpoint shift
stock_move advance_fund advance_purchase tour market_session encounter
visit_notice solicitation dwelling contact charter appointment intervention
finding item_fitted referral dossier follow_up feedback journal_entry
merge_link""".split()
IMMERSION = """attendance home_meeting verbatim cluster problem improvement
ballot""".split()
OTHERS = ["note", "fr.immersion/session"]
WRITERS = ["agent", "coordinator", "office", "admin"]
ALL = [f"F{n:02}" for n in range(1, 41)]
WHOLE = {"sectors": ["F31", "F32"],
         "weeks": ["F23", "F31", "F32", "F40"],
         "months": ["F23", "F31", "F32", "F40"]}
OPENED = ["opened", "followed", "works_started", "completed"]
BOOKED = ["adviser_booked", "adviser_met"] + OPENED
ORIENTED = ["oriented"] + BOOKED
MET = ["pitch_given", "pitch_then_entered", "talked"]


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def day_of(text):
    return moment(text).astimezone(PARIS).date()


def months_between(first, last):
    """Whole months from the first day to the last, both counted."""
    end = last + datetime.timedelta(days=1)
    months = 0
    while True:
        m = first.month - 1 + months + 1
        try:
            after = first.replace(year=first.year + m // 12, month=m % 12 + 1)
        except ValueError:  # there is no such day: the day after the month
            after = datetime.date(first.year + (m + 1) // 12,
                                  (m + 1) % 12 + 1, 1)
        if after > end:
            return months
        months += 1


class World:
    numbers = {}  # of the store's feed: the last of each record
    writers = set()  # whose changes of a sector it holds
    devices, waiting, store = [], [], {}  # as the command lists them

    def __init__(self, records, now, sector=None, start=None, end=None):
        self.all = {r["record"]: r for r in records}
        self.live = {i: r for i, r in self.all.items() if not r["deleted"] or
                     r["deleted"] == "disputed"}
        self.now, self.today = now, now.astimezone(PARIS).date()
        self.sector, self.start, self.end = sector, start, end
        self.join()
        self.begin()

    # -------------------------------------------------------------- the same

    def join(self):
        near, doubles = collections.defaultdict(set), set()
        for link in self.kind("merge_link"):
            a, b = self.f(link, "keep"), self.f(link, "other")
            if (self.f(link, "decided") == "same" and a in self.live and
                    b in self.live and
                    self.live[a]["kind"] == self.live[b]["kind"]):
                near[a].add(b)
                near[b].add(a)
                doubles.add(b)
        self.kept, self.same = {}, {}
        for one in self.live:
            if one in self.same:
                continue
            group, todo = set(), [one]
            while todo:
                at = todo.pop()
                if at not in group:
                    group.add(at)
                    todo.extend(near[at])
            best = min(group, key=lambda i: (i in doubles, i))
            for i in group:
                self.kept[i], self.same[i] = best, group

    # --------------------------------------------------------------- looking

    def kind(self, name):
        return [r for r in self.live.values() if r["kind"] == name]

    @staticmethod
    def f(r, field, otherwise=None):
        return r["fields"].get(field, otherwise)

    def link(self, r, field, kind):
        to = self.live.get(self.f(r, field))
        return self.live[self.kept[to["record"]]] \
            if to is not None and to["kind"] == kind else None

    def day(self, r):
        f, k = r["fields"], r["kind"]
        for kind, field in (("checkpoint", "held_at"), ("encounter", "at"),
                            ("visit_notice", "left_at"),
                            ("solicitation", "at"),
                            ("intervention", "started_at"),
                            ("home_meeting", "starts_at")):
            if k == kind and f.get(field):
                return day_of(f[field])
        for kind, field in (("shift", "day"), ("advance_purchase",
                                               "bought_on"), ("tour", "day"),
                            ("market_session", "day"),
                            ("dossier", "opened_on"), ("follow_up", "due_on"),
                            ("journal_entry", "day"), ("attendance", "day"),
                            ("session", "starts_on")):
            if k == kind and f.get(field):
                return datetime.date.fromisoformat(f[field])
        for kind, field, to in (("contact", "met_in", "encounter"),
                                ("finding", "intervention", "intervention"),
                                ("item_fitted", "intervention",
                                 "intervention"),
                                ("referral", "intervention", "intervention"),
                                ("referral", "encounter", "encounter")):
            if k == kind and self.link(r, field, to) is not None:
                return self.day(self.link(r, field, to))
        created = day_of(r["created"]["at"])
        if k == "appointment" and f.get("starts_at"):
            return min(created, day_of(f["starts_at"]))
        return created

    def on(self, day):
        return ((self.start is None or day >= self.start) and
                (self.end is None or day <= self.end))

    def passes(self, r):
        return ((self.sector is None or r["sector"] == self.sector) and
                self.on(self.day(r)))

    def counts(self, r):
        """Of those that are the same and pass the one kept, or the first."""
        best = min((i for i in self.same[r["record"]]
                    if self.passes(self.live[i])),
                   key=lambda i: (i != self.kept[i], i), default=None)
        return best == r["record"]

    def expected(self):
        """Devices that may write there."""
        rights = lambda d: [s["right"] for s in d["sectors"]
                            if self.sector in (None, s["name"])]
        return [d for d in self.devices
                if set(rights(d)) & set(WRITERS)]

    def open_conflicts(self):
        return sum(len(r["conflicts"]) for r in self.live.values()
                   if self.sector in (None, r["sector"]))

    def silent(self):
        met = lambda d: d["last_sync"] and (
            moment(d["last_sync"]) - moment(d["enrolled"]) >
            datetime.timedelta(minutes=10))
        return [d for d in self.expected() if not d["self"] and not met(d) and
                d["device"] not in self.writers]

    def begin(self):
        self.conflicts = self.late = 0
        self.once = {}

    def is_late(self, r):
        """It came or changed here after the last checkpoint, and happened
        before it."""
        held = [c for c in self.kind("checkpoint")
                if self.f(c, "held_at") and
                moment(self.f(c, "held_at")) <= self.now]
        last = max(held, key=lambda c: moment(self.f(c, "held_at")),
                   default=None)
        return (last is not None and
                self.numbers[r["record"]] > self.numbers[last["record"]] and
                self.day(r) <= self.day(last))

    def take_these(self, taken):
        self.conflicts += sum(len(r["conflicts"]) for r in taken)
        self.late += sum(map(self.is_late, taken))
        self.once.update((r["record"], r) for r in taken)
        return taken

    def take(self, kind, wanted=lambda r: True):
        return self.take_these([r for r in self.kind(kind)
                                if wanted(r) and self.counts(r)])

    def ever(self):
        """The same without a period."""
        other = World.__new__(World)
        other.__dict__.update(self.__dict__, start=None, end=None)
        return other

    # ----------------------------------------------------------------- rows

    def by(self, out, prefix, records, field):
        for r in records:
            out[prefix + (self.f(r, field) or "none")] += 1

    def by_set(self, out, prefix, records, field):
        for r in records:
            for word in self.f(r, field, []):
                out[prefix + word] += 1


def share(out, name, n, of):
    out[name] = (n, of)


class Figures:
    def __init__(self, world):
        self.w = world

    def make(self, name):
        out = collections.Counter()
        self.w.begin()
        getattr(self, name.lower())(out)
        return {k: v if isinstance(v, tuple) else (v, None)
                for k, v in out.items()}

    def doors(self):
        return self.w.take("encounter",
                           lambda r: self.w.f(r, "channel") == "door")

    # --------------------------------------------------------- first contact

    def f01(self, out):
        doors = self.doors()
        out["total"] = len(doors)
        self.w.by(out, "outcome.", doors, "outcome")

    def f02(self, out):
        doors, groups, unknown = self.doors(), [], 0
        for r in doors:
            home = self.w.link(r, "dwelling", "dwelling")
            key = self.w.f(r, "door_key")
            marks = {("k", " ".join(key.lower().split()))} if key else set()
            if home is not None:
                marks.add(("d", home["record"]))
            if not marks:
                unknown += 1
                marks = {("x", r["record"])}
            near = [g for g in groups if g & marks]
            groups = [g for g in groups if not g & marks]
            groups.append(set.union(marks, *near))
        out["total"], out["unknown"] = len(groups), unknown

    def f03(self, out):
        doors = self.doors()
        share(out, "total", sum(self.w.f(r, "outcome") != "no_answer"
                                for r in doors), len(doors))

    def f04(self, out):
        left = self.w.take("visit_notice")
        out["total"] = len(left)
        share(out, "returned", sum(self.w.f(r, "returned") is True
                                   for r in left), len(left))

    def f05(self, out):
        met = self.w.take("encounter")
        pitches = [r for r in met if self.w.f(r, "outcome") in MET[:2]]
        stands = sum(self.w.f(r, "flyers", 0)
                     for r in self.w.take("market_session"))
        flyers = stands + sum(self.w.f(r, "flyers", 0) for r in met)
        out["total"] = len(pitches)
        share(out, "entered", sum(self.w.f(r, "outcome") == MET[1]
                                  for r in pitches), len(pitches))
        self.w.by(out, "talk.", pitches, "talk_length")
        out["flyers"] = flyers
        share(out, "flyers.permanence", stands,
              flyers if flyers >= 0 else None)

    def f06(self, out):
        sheets = self.w.take("contact")
        out["total"] = len(sheets)
        self.w.by(out, "met_by.", sheets, "met_by")

    def f07(self, out):
        offers = self.w.take("encounter", lambda r: self.w.f(r, "proposals"))
        out["total"] = len(offers)
        for r in offers:
            for p in self.w.f(r, "proposals"):
                out[f"{p}.{self.w.f(r, 'answer') or 'none'}"] += 1

    def f08(self, out):
        every = self.w.take("appointment")
        taken = [r for r in every
                 if self.w.f(r, "state") not in (None, "proposed")]
        out["total"] = len(taken)
        for state in ("kept", "missed", "cancelled"):
            share(out, state, sum(self.w.f(r, "state") == state
                                  for r in taken), len(taken))
        out["proposed"] = sum(self.w.f(r, "state") == "proposed"
                              for r in every)
        self.w.by(out, "kind.", taken, "appointment_kind")
        self.w.by(out, "channel.", taken, "channel")

    # --------------------------------------------------------- interventions

    def f09(self, out):
        visits = self.w.take("intervention")
        booked = sum("appointment" in r["fields"] for r in visits)
        out["total"] = len(visits)
        share(out, "by_appointment", booked, len(visits))
        share(out, "direct", len(visits) - booked, len(visits))
        self.w.by(out, "type.", visits, "intervention_type")
        self.w.by(out, "origin.", visits, "origin")

    def sheet(self, encounter):
        """Its own link, or the sheet that says it was met there."""
        to = self.w.link(encounter, "contact", "contact")
        if to is not None:
            return to["record"]
        return min((self.w.kept[r["record"]] for r in self.w.kind("contact")
                    if self.w.link(r, "met_in", "encounter") is not None and
                    self.w.link(r, "met_in", "encounter")["record"] ==
                    self.w.kept[encounter["record"]]), default=None)

    def one(self, encounter):
        """The one of an encounter that is kept."""
        return self.w.live[self.w.kept[encounter["record"]]]

    def led(self, encounter, field, kind):
        if self.w.link(encounter, field, kind) is not None:
            return True
        sheet = self.sheet(self.one(encounter))
        day = self.w.day(encounter)
        return sheet is not None and any(
            self.w.link(r, "contact", "contact") is not None and
            self.w.link(r, "contact", "contact")["record"] == sheet and
            0 <= (self.w.day(r) - day).days <= 60
            for r in self.w.kind(kind))

    def f10(self, out):
        doors = self.doors()
        share(out, "total", sum(self.led(r, "intervention", "intervention")
                                for r in doors), len(doors))
        share(out, "appointment", sum(
            self.led(r, "appointment", "appointment") for r in doors),
              len(doors))

    def f11(self, out):
        held = self.w.take("market_session",
                           lambda r: self.w.day(r) <= self.w.today)
        names = ("sessions", "contacts", "appointments", "interventions")
        for name in names:
            out[name] = 0
        places = collections.defaultdict(collections.Counter)
        for s in held:
            talks = [r for r in self.w.kind("encounter")
                     if self.w.link(r, "session", "market_session") is not None
                     and self.w.link(r, "session", "market_session")["record"]
                     == self.w.kept[s["record"]]
                     and self.w.kept[r["record"]] == r["record"]]
            numbers = (1, len({self.sheet(r) for r in talks} - {None}),
                       sum(self.led(r, "appointment", "appointment")
                           for r in talks),
                       sum(self.led(r, "intervention", "intervention")
                           for r in talks))
            for name, n in zip(names, numbers):
                out[name] += n
                out[f"session.{s['record']}.{name}"] = n
                for field, group in (("form", "form"),
                                     ("place_kind", "place_kind")):
                    word = self.w.f(s, field) or "none"
                    out[f"{group}.{word}.{name}"] += n
                places[self.w.f(s, "place")][name] += n
        self.places = places

    def items(self, visit):
        got = collections.Counter()
        for r in self.w.kind("item_fitted"):
            to = self.w.link(r, "intervention", "intervention")
            if (to is not None and self.w.kept[r["record"]] == r["record"] and
                    to["record"] == self.w.kept[visit["record"]]):
                got[self.w.f(r, "action")] += self.w.f(r, "quantity", 0)
        return got

    def f12(self, out):
        kits = self.w.take(
            "intervention", lambda r: "kit_fitted" in self.w.f(r, "results", [])
            and self.items(r)["fitted"] > 0)
        out["total"] = len(kits)
        share(out, "three_items", sum(self.items(r)["fitted"] >= 3
                                      for r in kits), len(kits))

    def f13(self, out):
        kits = self.w.take(
            "intervention", lambda r: self.items(r)["fitted"] > 0 or
            self.items(r)["handed_over"] > 0)
        out["total"] = len(kits)
        for action in ("fitted", "handed_over"):
            share(out, action, sum(self.items(r)[action] > 0 for r in kits),
                  len(kits))

    def f14(self, out):
        out["total"] = 0
        for r in self.w.take("item_fitted",
                             lambda r: self.w.f(r, "quantity") is not None):
            n = self.w.f(r, "quantity")
            out[f"{self.w.f(r, 'item')}.{self.w.f(r, 'action')}"] += n
            out["total"] += n if self.w.f(r, "action") == "fitted" else 0
        for name in [n for n in out if n != "total" and out[n] == 0]:
            del out[name]

    def f15(self, out):
        found = self.w.take("finding")
        solved = [r for r in found if self.w.f(r, "solved") == "yes"]
        out["total"] = len(found)
        share(out, "solved", len(solved), len(found))
        self.w.by(out, "family.", found, "family")
        self.w.by(out, "severity.", found, "severity")
        for r in found:
            family = self.w.f(r, "family")
            share(out, "solved." + family,
                  sum(self.w.f(x, "family") == family for x in solved),
                  sum(self.w.f(x, "family") == family for x in found))
        self.rooms = collections.Counter(self.w.f(r, "room") for r in found)

    def f16(self, out):
        visits = self.w.take("intervention", lambda r: self.w.f(
            r, "intervention_type") == "emergency")
        out["total"] = len(visits)
        share(out, "made_safe", sum("made_safe" in self.w.f(r, "results", [])
                                    for r in visits), len(visits))

    def f17(self, out):
        asked = self.w.take("solicitation")
        out["total"] = len(asked)
        self.w.by_set(out, "reason.", asked, "reasons")
        self.w.by(out, "channel.", asked, "channel")

    def reasons(self, visit):
        reasons = set()
        booked = self.w.link(visit, "appointment", "appointment")
        sheet = self.w.link(visit, "contact", "contact")
        if booked is not None:
            reasons |= set(self.w.f(booked, "reasons", []))
        for r in self.w.kind("solicitation"):
            to = self.w.link(r, "contact", "contact")
            if (sheet is not None and to is not None and
                    to["record"] == sheet["record"] and
                    0 <= (self.w.day(visit) - self.w.day(r)).days <= 60):
                reasons |= set(self.w.f(r, "reasons", []))
        return reasons

    def f18(self, out):
        referred = {self.w.link(r, "intervention", "intervention")["record"]
                    for r in self.w.kind("referral")
                    if self.w.f(r, "target") == "amelio" and
                    self.w.link(r, "intervention", "intervention") is not None}
        visits = self.w.take("intervention")
        rows = collections.defaultdict(list)
        for r in visits:
            is_one = self.w.kept[r["record"]] in referred
            rows["total"].append(is_one)
            rows["type." + self.w.f(r, "intervention_type")].append(is_one)
            for reason in self.reasons(r):
                rows["reason." + reason].append(is_one)
        share(out, "total", 0, 0)
        for name, row in rows.items():
            share(out, name, sum(row), len(row))

    def f30(self, out):
        visits = self.w.take("intervention", lambda r: self.w.f(r, "feel"))
        out["total"] = len(visits)
        self.w.by_set(out, "feel.", visits, "feel")

    def closed(self, out, yes):
        visits = self.w.take("intervention",
                             lambda r: self.w.f(r, "signed_off") is True)
        share(out, "total", sum(map(yes, visits)), len(visits))
        out["closed"] = len(visits)

    def f25(self, out):
        self.closed(out, lambda r: self.w.f(r, "situation_moved") == "yes")

    def f26(self, out):
        self.closed(out, lambda r: self.w.f(r, "closing_steps", {}).get(
            "amelio_talk") == "done")

    # --------------------------------------------------------------- referral

    def f19(self, out):
        made = self.w.take("referral")
        out["total"] = len(made)
        share(out, "direct", sum(
            "appointment" in r["fields"] or
            self.w.f(r, "steps", {}).get("adviser_booking") == "done"
            for r in made), len(made))
        self.w.by(out, "target.", made, "target")

    def f20(self, out):
        files = self.w.take("dossier")
        out["total"] = sum(self.w.f(r, "state") in OPENED for r in files)
        out["oriented"] = sum(self.w.f(r, "state") in ORIENTED for r in files)
        self.w.by(out, "state.", files, "state")

    def f21(self, out):
        first = {name: {} for name in
                 ("met", "asked", "intervention", "referred", "booked",
                  "opened")}

        def reach(stage, r, sheet):
            unit = sheet if sheet is not None else self.w.kept[r["record"]]
            first[stage].setdefault(unit, []).append(self.w.day(r))

        def all_of(stage, kind, wanted=lambda r: True):
            for r in self.w.take(kind, wanted):
                to = self.w.link(r, "contact", "contact")
                reach(stage, r, to["record"] if to else None)

        doors = self.doors()
        met = self.w.take("encounter",
                          lambda r: self.w.f(r, "outcome") in MET)
        for r in met:
            reach("met", r, self.sheet(self.one(r)))
        is_amelio = lambda r: self.w.f(r, "target") == "amelio"
        all_of("asked", "solicitation")
        all_of("intervention", "intervention")
        all_of("referred", "referral", is_amelio)
        all_of("booked", "appointment", lambda r: self.w.f(
            r, "appointment_kind") == "adviser" and self.w.f(r, "state") in
               ("booked", "moved", "kept", "missed"))
        all_of("booked", "referral",
               lambda r: is_amelio(r) and "appointment" in r["fields"])
        all_of("booked", "dossier", lambda r: self.w.f(r, "state") in BOOKED)
        all_of("opened", "dossier", lambda r: self.w.f(r, "state") in OPENED)
        # Some are asked twice above: each counts once.
        once = list(self.w.once.values())
        self.w.begin()
        self.w.take_these(once)
        out["knocked"], out["met"] = len(doors), len(met)
        share(out, "met.through", sum(self.w.f(r, "channel") == "door"
                                      for r in met), len(doors))
        stages = list(first)
        self.days = {}
        for before, stage in zip(stages, stages[1:]):
            both = set(first[before]) & set(first[stage])
            out[stage] = len(first[stage])
            share(out, stage + ".through", len(both), len(first[before]))
            days = sorted((min(first[stage][u]) - min(first[before][u])).days
                          for u in both)
            days = [d for d in days if d >= 0]
            self.days[stage] = ((days[(len(days) - 1) // 2] +
                                 days[len(days) // 2]) / 2) if days else None

    # ------------------------------------------------------------------ trial

    def f22(self, out):
        held = [self.w.take(kind, lambda r: self.w.day(r) <= self.w.today)
                for kind in ("tour", "market_session")]
        out["total"] = len({r["sector"] for some in held for r in some})
        out["tours"], out["sessions"] = map(len, held)

    def f23(self, out):
        days = sorted(self.w.day(r) for kind in
                      ("tour", "market_session", "encounter", "visit_notice",
                       "solicitation", "intervention")
                      for r in self.w.take(
                          kind, lambda r: self.w.day(r) <= self.w.today))
        out["total"] = months_between(days[0], days[-1]) if days else 0
        out["with_records"] = len({(d.year, d.month) for d in days})

    def degree(self, sheet):
        at = self.w.live[self.w.kept[sheet["record"]]]
        for degree in range(3):
            at = self.w.link(at, "brought_by", "contact")
            if at is None:
                return degree
        return 3

    def f24(self, out):
        sheets = self.w.take("contact")
        said = [r for r in sheets if self.w.f(r, "met_by") == "word_of_mouth"]
        share(out, "total", sum(self.degree(r) > 0 or r in said
                                for r in sheets), len(sheets))
        share(out, "met_by", len(said), len(sheets))
        for n in range(4):
            share(out, f"degree.{n}", sum(self.degree(r) == n
                                          for r in sheets), len(sheets))

    def allowed(self, r):
        sheet = self.w.link(r, "contact", "contact")
        if sheet is None:
            return True
        if any(self.w.f(self.w.live[i], "consents", {}).get("contact_again")
               in ("refused", "withdrawn")
               for i in self.w.same[sheet["record"]]):
            return False
        charters = [c for c in self.w.kind("charter")
                    if self.w.f(c, "side") == "service_to_household"]
        limits = max(charters, key=lambda c: (moment(c["changed"]["at"]),
                                              c["record"]), default=None)
        most = 2 if limits is None else self.w.f(limits, "max_per_month", 2)
        least = 10 if limits is None else self.w.f(limits, "min_days_between",
                                                   10)
        due = self.w.day(r)
        done = [day_of(self.w.f(x, "done_at"))
                for x in self.w.kind("follow_up")
                if self.w.f(x, "done_at") and
                self.w.kept[x["record"]] == x["record"] and
                self.w.link(x, "contact", "contact") is not None and
                self.w.link(x, "contact", "contact")["record"] ==
                sheet["record"]]
        done = [d for d in done if d <= due]
        return (not any((due - d).days < least for d in done) and
                sum((d.year, d.month) == (due.year, due.month)
                    for d in done) < most)

    def f27(self, out):
        every = self.w.take("follow_up")
        done = [r for r in every if self.w.f(r, "done_at")]
        still = [r for r in every if not self.w.f(r, "done_at")]
        due = [r for r in still if self.w.day(r) <= self.w.today]
        n = len(done) + len(due)
        out["total"] = n
        share(out, "done", len(done), n)
        share(out, "late", sum(self.w.day(r) < self.w.today for r in due), n)
        share(out, "refused", sum(not self.allowed(r) for r in due), n)
        out["to_come"] = len(still) - len(due)

    def f28(self, out):
        paid = lambda r: self.w.f(r, "state") in ("bought", "settled") and \
            self.w.f(r, "amount") is not None
        spent = self.w.take("advance_purchase", paid)
        stands = World.__new__(World)
        stands.__dict__.update(self.w.__dict__, start=None)
        # A fund has no day of its own.
        amount = sum(self.w.f(r, "amount", 0) for r in
                     self.w.ever().take("advance_fund"))
        total = sum(self.w.f(r, "amount") for r in spent)
        cases = set()
        for r in spent:
            visit = self.w.link(r, "intervention", "intervention")
            cases.add(visit["record"] if visit else
                      self.w.kept[r["record"]])
        out["total"], out["amount"] = total, amount
        out["left"] = amount - sum(self.w.f(r, "amount") for r in
                                   stands.take("advance_purchase", paid))
        out["cases"] = len(cases)
        # As C divides: towards zero.
        out["per_case"] = int(total / len(cases)) if cases else 0

    def f29(self, out):
        out["total"] = len(self.w.take("stock_move"))
        stands = World.__new__(World)
        stands.__dict__.update(self.w.__dict__, start=None)
        for r in stands.take("stock_move"):
            item = self.w.f(r, "item", "").lower()
            names = {"flyer": "flyers", "eco_bulb": "eco_bulb"}
            out[names.get(item, "other")] += self.w.f(r, "quantity", 0)
        for name in [n for n in out if n != "total" and out[n] == 0]:
            del out[name]

    def f31(self, out):
        listed = self.w.ever().take("target_situation")
        share(out, "total", sum(bool(self.w.f(r, "evidence"))
                                for r in listed), len(listed))
        for r in listed:
            out[r["record"]] = len(self.w.f(r, "evidence", []))
        self.conflicts_apart = True

    def f32(self, out):
        listed = self.w.ever().take("open_question")
        share(out, "total", sum(self.w.f(r, "state") == "answered"
                                for r in listed), len(listed))
        self.w.by(out, "state.", listed, "state")
        self.conflicts_apart = True

    def f33(self, out):
        said = self.w.take("feedback")
        out["total"] = len(said)
        for r in said:
            out[f"{self.w.f(r, 'source')}."
                f"{self.w.f(r, 'chapter') or 'none'}"] += 1

    def f34(self, out):
        out["total"] = out["untimed"] = 0
        for r in self.w.take("shift"):
            begin, end = self.w.f(r, "started_at"), self.w.f(r, "ended_at")
            minutes = -1
            if begin and end:
                minutes = (moment(end) - moment(begin)).total_seconds() / 60
            if not 0 < minutes <= 24 * 60:
                out["untimed"] += 1
                continue
            out["total"] += int(minutes)
            out[f"{self.w.f(r, 'activity')}.{self.w.f(r, 'half_day')}"] += \
                int(minutes)

    def f35(self, out):
        out["total"] = len(self.w.take("contact", lambda r: self.w.f(
            r, "over_soliciting") == "yes"))
        out["interventions"] = len(self.w.take(
            "intervention", lambda r: "complex_over_soliciting" in
            self.w.f(r, "feel", [])))

    # -------------------------------------------------------------- immersion

    def f36(self, out):
        planned = self.w.take("home_meeting", lambda r: self.w.f(
            r, "state") != "cancelled")
        held = [r for r in planned if self.w.f(r, "state") == "done"]
        share(out, "total", len(held), len(planned))
        for r in held:
            out[f"{self.w.f(r, 'interlocutor')}.{self.w.f(r, 'method')}"] += 1

    def f37(self, out):
        every = self.w.take("attendance")
        is_in = lambda r, word: self.w.f(r, "presence") == word
        share(out, "total", sum(is_in(r, "absent") for r in every),
              len(every))
        share(out, "excused", sum(is_in(r, "excused") for r in every),
              len(every))
        for day in {self.w.day(r) for r in every}:
            that = [r for r in every if self.w.day(r) == day]
            share(out, f"day.{day}", sum(is_in(r, "absent") for r in that),
                  len(that))

    def f38(self, out):
        said = self.w.take("verbatim")
        out["total"] = len(said)
        for field in ("emblematic", "cleared"):
            share(out, field, sum(self.w.f(r, field) is True for r in said),
                  len(said))
        for name, kind in (("clusters", "cluster"), ("problems", "problem"),
                           ("ideas", "improvement")):
            out[name] = len(self.w.take(kind))

    def f40(self, out):
        w = self.w
        here = [r for r in w.all.values()
                if w.sector is None or r["sector"] == w.sector]
        out["total"] = w.open_conflicts()
        silent = w.silent()
        share(out, "heard", len(w.expected()) - len(silent),
              len(w.expected()))
        changed = lambda r: moment(r["changed"]["at"])
        out["doubles"] = self.doubles()
        out["clocks"] = sum(changed(r) > w.now + datetime.timedelta(minutes=10)
                            for r in here)
        met = max((moment(d["last_sync"]) for d in w.devices
                   if d["last_sync"]), default=None)
        late = [changed(r) for r in here if met is None or changed(r) > met]
        out["unsent"] = len(late)
        out["unsent_days"] = max((w.now - min(late)).days, 0) if late else 0
        right = [x for x in w.waiting
                 if w.sector is None or x["sector"] == w.sector]
        out["quarantined"] = sum(x["reason"] == "right" for x in right)
        out["waiting"] = len(right) - out["quarantined"]
        if w.sector is None:
            out["missing"] = w.store["missing"]

    def doubles(self):
        """Sheets of one name in one dwelling: each with the next. (The worlds'
        sheets have no phones.)"""
        w, same = self.w, collections.defaultdict(set)
        for r in w.kind("contact"):
            home, name = w.link(r, "dwelling", "dwelling"), w.f(r, "name")
            if home is not None and name:
                same[home["record"], " ".join(name.lower().split())].add(
                    w.kept[r["record"]])
        two = {frozenset(w.kept.get(w.f(r, end)) for end in ("keep", "other"))
               for r in w.kind("merge_link")
               if w.f(r, "decided") == "not_same"}
        there = lambda i: w.sector is None or w.live[i]["sector"] == w.sector
        return sum((there(a) or there(b)) and frozenset((a, b)) not in two
                   for group in same.values()
                   for a, b in zip(sorted(group), sorted(group)[1:]))

    def f39(self, out):
        key = lambda r: (self.w.f(r, "session"), self.w.f(r, "voter"))
        passing = [r for r in self.w.kind("ballot") if self.w.passes(r)]
        counted = [r for r in passing if self.w.counts(r) and not any(
            key(x) == key(r) and (moment(x["changed"]["at"]), x["record"]) >
            (moment(r["changed"]["at"]), r["record"]) for x in passing)]
        self.w.take_these(counted)
        out["total"] = len(counted)
        for r in self.w.kind("improvement"):
            if self.w.kept[r["record"]] == r["record"]:
                out["idea." + r["record"]] = 0
        for r in counted:
            for idea, points in self.w.f(r, "points", {}).items():
                name = "idea." + self.w.kept.get(idea, "")
                if name in out:
                    out[name] += points


class Naive(unittest.TestCase):
    tandem = street = ""
    seeds = [(1, 3), (2, 5)]  # and how many devices

    def run_tandem(self, *args):
        done = subprocess.run(
            [self.tandem, *args, "--json"], capture_output=True, timeout=60,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
                 "HOME": "/nonexistent", "TANDEM_STORE": self.store,
                 "TANDEM_KEY_FILE": str(self.key)})
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(l) for l in done.stdout.decode().splitlines()]

    def setUp(self):
        self.box = pathlib.Path(tempfile.mkdtemp(prefix="td-naive-"))
        self.key = self.box / "key"
        self.key.write_text("07" * 32 + "\n")
        self.key.chmod(0o600)
        self.store = None

    def tearDown(self):
        shutil.rmtree(self.box)
        if self.store:
            shutil.rmtree(self.store)
            pathlib.Path(self.store + ".sent").unlink(missing_ok=True)

    def make(self, seed, devices):
        done = subprocess.run([self.street, str(seed), "340", str(devices)],
                              capture_output=True, timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.store = re.search(r"^STORE (.+)$", done.stdout.decode(),
                               re.M).group(1)

    def records(self):
        return [r for kind in TERRAIN + IMMERSION + OTHERS
                for r in self.run_tandem("list", kind, "--all")]

    @staticmethod
    def ask(sector=None, start=None, end=None):
        """The report's options for a filter."""
        return ((("--sector", sector) if sector else ()) +
                (("--from", str(start)) if start else ()) +
                (("--to", str(end)) if end else ()))

    def rows(self, figure):
        return {row["name"]: (row["n"], row.get("of"))
                for row in figure["rows"]}

    def same(self, told, figures, where):
        """Every row of every figure, what is open and late in it."""
        for figure in told:
            name = figure["id"]
            self.compared.add(name)
            with self.subTest(figure=name, **where):
                figures.conflicts_apart = False
                wanted = figures.make(name)
                have = self.rows(figure)
                if name == "F11":
                    self.places(figures, have)
                if name == "F15":
                    self.rooms(figures, have)
                self.assertEqual(have, wanted)
                if not figures.conflicts_apart:
                    self.assertEqual(figure["conflicts"],
                                     figures.w.conflicts)
                    self.assertEqual(figure["late"], figures.w.late)
                    self.late += figure["late"]
                    self.conflicts += figure["conflicts"]

    def compare(self, records, **where):
        (told,) = self.run_tandem("report", "figures", *self.ask(**where))
        figures = Figures(World(records, moment(told["as_of"]), **where))
        self.assertEqual(len(told["figures"]), 40)
        self.same(told["figures"], figures, where)
        self.health.update(r["name"] for r in told["figures"][39]["rows"]
                           if r["n"])
        self.seen.update(f["id"] for f in told["figures"]
                         if any(r["n"] for r in f["rows"]))
        self.funnel(figures, where)
        self.objectives(records, where)
        self.written(figures.w, where)
        self.head(figures.w, told)
        return told

    def written(self, world, where):
        """What people wrote about a question is counted by its records."""
        (told,) = self.run_tandem("report", "questions", *self.ask(**where))
        for question in told["questions"]:
            for w in question["written"]:
                with self.subTest(question=question["question"], **where):
                    self.assertEqual(w["records"], len(world.take(
                        w["kind"], lambda r: bool(world.f(r, w["field"])))))
                    if w["records"]:
                        self.wrote.add((w["kind"], w["field"]))

    def head(self, world, told):
        """What the report is of."""
        silent = world.silent()
        self.assertEqual(
            (told["devices"], told["heard"], told["silent"]),
            (len(world.expected()), len(world.expected()) - len(silent),
             sorted(d["name"] or d["device"][:16] for d in silent)))
        self.assertEqual(told["conflicts"], world.open_conflicts())

    METRICS = {"doors_knocked": ("F01", 100, "F02", "total"),
               "sectors_covered": ("F22", 3, None, None),
               "months_active": ("F23", 3, "F23", "with_records"),
               "kits_fitted": ("F12", 10, "F13", "total"),
               "amelio_dossiers": ("F20", 15, "F20", "oriented")}

    @staticmethod
    def place(world, objective):
        """Of an objective: the sector it is of; None for all; "" for one
        that is none of the store's."""
        said = world.f(objective, "sector")
        if said is None:
            return None
        told = world.link(objective, "sector", "sector")
        if told is None:
            return ""
        for field in ("code", "name"):
            for name in ("APART", "FIVES"):
                if (world.f(told, field) or "").lower() == name.lower():
                    return name
        return "" if told["sector"] == "common" else told["sector"]

    def objective(self, records, now, told, metric, sector, where):
        if metric not in self.METRICS or sector == "":
            self.assertIsNone(told["n"])
            self.assertIsNone(told["beside"])
            return
        figure, _, beside, row = self.METRICS[metric]
        there = dict(where)
        if sector is not None:
            there["sector"] = sector
        figures = Figures(World(records, now, **there))
        self.assertEqual(told["n"], figures.make(figure)["total"][0])
        if beside is not None:
            # A share says of how many in the place of what it counts.
            self.assertEqual(told["beside"], figures.make(beside)[row][0])

    def objectives(self, records, where):
        (told,) = self.run_tandem("report", "objectives", *self.ask(**where))
        now = moment(told["as_of"])
        world = World(records, now, **where)
        wanted = {}
        for r in world.kind("objective"):
            sector = self.place(world, r)
            if (world.kept[r["record"]] == r["record"] and
                    (sector in (None, "") or where.get("sector") is None or
                     sector == where["sector"])):
                wanted[r["record"]] = (r, sector)
        shown = {o["record"]: o for o in told["objectives"] if o["record"]}
        self.assertEqual(set(shown), set(wanted))
        for record, (r, sector) in wanted.items():
            with self.subTest(objective=record, **where):
                o = shown[record]
                self.assertEqual(o["at_least"], world.f(r, "at_least"))
                apart = where.get("sector") is None
                self.assertEqual(o["sector"],
                                 sector if apart and sector else None)
                self.assertEqual(o.get("astray", False), sector == "")
                self.objective(records, now, o, world.f(r, "metric"), sector,
                               where)
                self.places_met.add(sector)
        plain = [o for o in told["objectives"] if not o["record"]]
        everywhere = {world.f(r, "metric") for r, sector in wanted.values()
                      if sector is None or (sector and where.get("sector"))}
        self.assertEqual({o["metric"] for o in plain},
                         set(self.METRICS) - everywhere)
        for o in plain:
            self.assertEqual(o["at_least"], self.METRICS[o["metric"]][1])
            self.objective(records, now, o, o["metric"], None, where)

    def places(self, figures, have):
        """By a mark of the place's name: the numbers must be those."""
        told = collections.Counter()
        for name in [n for n in have if n.startswith("place.")]:
            told[name.split(".")[2], have.pop(name)[0]] += 1
        wanted = collections.Counter(
            (name, numbers[name]) for numbers in figures.places.values()
            for name in ("sessions", "contacts", "appointments",
                         "interventions"))
        self.assertEqual(told, wanted)

    def rooms(self, figures, have):
        told = sorted(have.pop(n)[0] for n in list(have)
                      if n.startswith("room."))
        self.assertEqual(told, sorted(figures.rooms.values()))

    def funnel(self, figures, where):
        (told,) = self.run_tandem("report", "funnel", *self.ask(**where))
        wanted = figures.make("F21")
        self.assertEqual(
            (told["funnel"]["conflicts"], told["funnel"]["late"]),
            (figures.w.conflicts, figures.w.late))
        for stage in told["funnel"]["stages"]:
            name = stage["stage"]
            self.assertEqual(stage["n"], wanted[name][0])
            if name != "knocked":
                self.assertEqual((stage["through"], stage["before"]),
                                 wanted[name + ".through"])
            if name not in ("knocked", "met"):
                self.assertEqual(stage["median_days"], figures.days[name],
                                 name)

    def divided(self, records, told, part, row, **where):
        """A row of a table is every figure of there and then; what is not
        divided so is said, and is no other."""
        figures = Figures(World(records, moment(told["as_of"]), **where))
        self.same(row["figures"], figures, {"part": part, **where})
        ids = [f["id"] for f in row["figures"]]
        whole = [f["id"] for f in told[part + "_whole"]]
        self.assertEqual(sorted(ids + whole), ALL)
        self.assertEqual(whole, WHOLE[part])
        w = figures.w
        w.begin()
        w.take_these([r for r in w.live.values() if w.counts(r)])
        self.assertEqual((row["conflicts"], row["late"]),
                         (w.conflicts, w.late))

    def sectors(self, records):
        """Each sector, and all, is every figure there."""
        (told,) = self.run_tandem("report", "sectors")
        self.assertEqual(sorted(r["sector"] for r in told["sectors"][:-1]),
                         ["APART", "FIVES"])
        self.assertIsNone(told["sectors"][-1]["sector"])
        for row in told["sectors"]:
            self.divided(records, told, "sectors", row, sector=row["sector"])

    def weeks(self, records):
        """Each week and month is every figure with that period."""
        for part in ("weeks", "months"):
            (told,) = self.run_tandem("report", part)
            for row in told[part][:3] + told[part][-2:]:
                self.divided(records, told, part, row, **{
                    end: datetime.date.fromisoformat(row[word])
                    for end, word in (("start", "from"), ("end", "to"))})

    def go_on(self, records):
        """A few records deleted, restored, changed and made: of which
        kinds."""
        of = lambda kind, gone: [r["record"] for r in records
                                 if r["kind"] == kind and
                                 (r["deleted"] is True) == gone]
        for kind in ("encounter", "contact", "merge_link", "intervention"):
            for record in of(kind, False)[:2]:
                self.run_tandem("delete", record)
        gone = [r for r in records if r["deleted"] is True and
                r["kind"] != "session"][:3]
        for r in gone:
            self.run_tandem("restore", r["record"])
        for record in of("encounter", False)[2:5]:
            self.run_tandem("set", record, "outcome=talked", "answer=waiting",
                            "--why", "a reason")
        for day in ("2026-03-28", "2026-04-28"):
            self.run_tandem("new", "encounter", "channel=door",
                            "outcome=refused", f"at={day}T10:00+02:00",
                            "--sector", "FIVES")
        return {"encounter", "contact", "merge_link", "intervention",
                *(r["kind"] for r in gone)}

    def test_every_figure_is_what_counting_by_hand_gives(self):
        self.seen, self.places_met, self.compared = set(), set(), set()
        self.wrote = set()
        self.health = set()
        self.late = self.conflicts = 0
        for seed, devices in self.seeds:
            self.make(seed, devices)
            feed = self.run_tandem("watch")
            World.numbers = {c["record"]: c["number"] for c in feed}
            World.writers = {c["device"] for c in feed
                             if c["sector"] != "common"}
            World.devices = self.run_tandem("device", "list")
            World.waiting = self.run_tandem("waiting")
            (World.store,) = self.run_tandem("status")
            records = self.records()
            (told,) = self.run_tandem("report")
            self.assertEqual((told["devices"], told["heard"]),
                             (devices + 1, devices))
            self.assertEqual(len(told["silent"]), 1)
            self.assertGreater(len(records), 200)
            self.compare(records)
            self.compare(records, sector="FIVES")
            self.compare(records, sector="APART",
                         start=datetime.date(2026, 3, 1))
            self.compare(records, start=datetime.date(2026, 3, 20),
                         end=datetime.date(2026, 4, 30))
            self.weeks(records)
            self.sectors(records)
            # By now facts are kept; what follows comes to them by the feed.
            touched = self.go_on(records)
            feed = self.run_tandem("watch")
            World.numbers = {c["record"]: c["number"] for c in feed}
            records = [r for r in records if r["kind"] not in touched] + [
                r for kind in sorted(touched)
                for r in self.run_tandem("list", kind, "--all")]
            self.compare(records)
            self.sectors(records)
            self.tearDown()
            self.setUp()
        # What was compared was not nothing.
        self.assertEqual(self.places_met, {None, "", "FIVES", "APART"})
        self.assertEqual(self.wrote, {
            ("journal_entry", "works"), ("journal_entry", "fails"),
            ("journal_entry", "difficulty"), ("journal_entry", "lesson")})
        self.assertGreater(self.late, 100)
        self.assertGreater(self.conflicts, 100)
        self.assertLessEqual({"total", "heard", "doubles", "clocks", "unsent",
                              "waiting", "missing"}, self.health)
        self.assertEqual(sorted(self.compared), ALL)
        self.assertGreaterEqual(len(self.seen), 37, sorted(self.seen))


if __name__ == "__main__":
    Naive.tandem, Naive.street = sys.argv[1:3]
    Naive.seeds = [(int(s), 3 + int(s) % 3)
                   for s in sys.argv[3:]] or Naive.seeds
    unittest.main(argv=sys.argv[:1])
