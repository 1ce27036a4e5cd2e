# SPDX-License-Identifier: Apache-2.0
"""test_service.py - the service's own packs and the lists it begins with."""
import copy
import json

import support
from support import Case

PACKS = ("fr.terrain", "fr.immersion")
FRENCH = {"LANG": "fr_FR.UTF-8"}


def pack_json(name):
    return json.loads((support.SOURCE / "packs" / f"{name}.json").read_text())


class Packs(Case):
    def check(self, name, change, code):
        later = copy.deepcopy(pack_json(name))
        later["version"] += 1
        change(later)
        path = self.file(f"{name}.json", json.dumps(later).encode())
        return self.one.run("pack", "check", path, "--against",
                            support.SOURCE / "packs" / f"{name}.json",
                            "--json", code=code)

    def test_a_later_pack_may_grow_and_never_lose(self):
        self.one = self.office()

        def less(pack):
            pack["kinds"][3]["fields"].pop()

        def kind(pack):
            pack["kinds"].pop(2)

        def word(pack):
            next(iter(pack["enums"].values())).pop()

        def merge(pack):
            pack["kinds"][0]["fields"][0]["merge"] = "quiet"

        def relaxed(pack):
            for k in pack["kinds"]:
                for f in k["fields"]:
                    f.pop("required", None)
                    f.pop("check", None)

        for name in PACKS:
            self.check(name, lambda pack: None, 0)
            self.check(name, relaxed, 0)
            for change in (less, kind, word, merge):
                with self.subTest(pack=name, change=change.__name__):
                    self.assertEqual(
                        self.check(name, change, 1).error["code"], "EVALUE")


class Ready(Case):
    def test_the_lists_are_made_once(self):
        one = self.office()
        first = one.run("ready", "--json").lines()
        self.assertEqual(len(first), 42)
        self.assertFalse(any(line["there"] for line in first))
        one.run("ready", "add")
        self.assertTrue(all(line["there"]
                            for line in one.run("ready", "--json").lines()))
        one.run("ready", "add")
        objectives = one.run("list", "objective", "--json").lines()
        self.assertEqual(sorted(o["fields"]["at_least"] for o in objectives),
                         [3, 3, 10, 15, 100])
        self.assertEqual(
            len(one.run("list", "open_question", "--json").lines()), 16)

    def test_what_was_changed_in_them_stays(self):
        one = self.office()
        one.run("ready", "add", env=FRENCH)
        kit = one.run("list", "kit_model", "--json").lines()[0]
        self.assertEqual(kit["fields"]["label"], "Kit standard")
        one.run("set", kit["record"], "label=Kit du quartier")
        one.run("ready", "add", env=FRENCH)
        kits = one.run("list", "kit_model", "--json").lines()
        self.assertEqual([k["fields"]["label"] for k in kits],
                         ["Kit du quartier"])


class Notices(Case):
    def test_what_to_look_at_again_is_said_and_the_record_saved(self):
        one = self.office()
        line = one.run("new", "encounter", "channel=door", "outcome=no_answer",
                       "at=2026-03-02T10:00+01:00", "--json").json
        self.assertEqual([n["what"] for n in line["notices"]],
                         ["door_tour", "no_answer_notice"])
        self.assertEqual([n["field"] for n in line["notices"]],
                         ["tour", "notice"])
        said = one.run("set", line["record"], "pretext=un colis", env=FRENCH)
        self.assertIn("à noter : Tournée : une porte frappée", said.talk)
        said = one.run("set", line["record"], "flyers+=40")
        self.assertIn("note: Flyers handed out: 40 is unusual", said.talk)

    def test_what_must_not_be_noted_is_not_saved(self):
        one = self.office()
        for text, en, fr in (
                ("digicode 12A45", "entry code", "code d'entrée"),
                ("FR1420041010050500013M02606", "IBAN", "IBAN")):
            for env, want in (({}, en), (FRENCH, fr)):
                no = one.run("new", "contact", "met_by=door",
                             f"remarks={text}", code=1, env=env)
                self.assertIn(want, no.talk)
        self.assertEqual(one.run("list", "contact", "--json").lines(), [])


support.main()
