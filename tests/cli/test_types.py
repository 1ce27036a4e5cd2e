# SPDX-License-Identifier: Apache-2.0
"""test_types.py - states, logs and lists as a person types and reads them."""
import json

import support
from support import Case


def word(n, name, fr, **more):
    return {"n": n, "id": name, "fr": fr, "en": name, **more}


def field(n, name, fr, kind, merge, **more):
    return {"n": n, "id": name, "fr": fr, "en": name, "type": kind,
            "merge": merge, **more}


PACK = {
    "pack": "org.example.types", "version": 1,
    "enums": {
        "stage": [word(1, "asked", "demandé"),
                  word(2, "kept", "honoré", after=["asked"]),
                  word(3, "missed", "manqué", after=["asked"]),
                  word(4, "closed", "clos", after=["kept", "missed"]),
                  word(5, "gone", "parti", stop=True)],
        "answer": [word(1, "given", "donné"),
                   word(2, "withdrawn", "retiré", stop=True)]},
    "kinds": [{
        "n": 1, "id": "visit", "fr": "Visite", "en": "Visit",
        "title": ["name"], "writers": ["agent", "office"],
        "fields": [field(1, "name", "Nom", "str:40", "vis"),
                   field(2, "stage", "Étape", "enum:stage", "state"),
                   field(3, "bell", "Ne plus frapper", "bool", "state",
                         stop=True),
                   field(4, "leave", "Accords", "map:str:9:enum:answer",
                         "map"),
                   field(5, "score", "Score", "int", "derived")]}]}


class Types(Case):
    def setUp(self):
        super().setUp()
        self.a = self.office()
        path = self.file("types.json", json.dumps(PACK))
        out = self.box / "types.pack"
        self.a.run("pack", "build", path, "-o", out)
        self.a.run("pack", "publish", out)

    def visit(self, *more):
        return self.a.new("visit", "name=X", *more)["record"]

    def beside(self, one, *words):
        """Each written from what is shown now, so side by side."""
        seen = self.a.show(one)["seen"]
        for w in words:
            self.a.run("set", one, w, "--seen", seen, "--why", "seen so")


class States(Types):
    def test_the_further_state_is_shown_with_what_it_left_behind(self):
        one = self.visit("stage=asked")
        self.beside(one, "stage=closed", "stage=kept")
        shown = self.a.show(one)
        self.assertEqual(shown["fields"]["stage"], "closed")
        self.assertEqual(shown["conflicts"], [])
        self.assertEqual([v["value"] for v in shown["versions"]["stage"]],
                         ["closed", "kept"])
        text = self.a.run("show", one).text
        self.assertIn("stage: closed", text)
        self.assertIn("behind it", text)
        self.assertIn("derrière", self.a.run("show", one,
                                             env=support.FRENCH).text)
        self.a.run("set", one, "stage=gone")  # no conflict to choose from

    def test_states_that_cannot_be_compared_are_chosen_with_a_reason(self):
        one = self.visit("stage=asked")
        self.beside(one, "stage=kept", "stage=missed")
        (line,) = self.a.run("conflicts", "--json").lines()
        names = {v["value"]: v["version"] for v in line["versions"]}
        self.assertEqual(sorted(names), ["kept", "missed"])
        self.a.run("set", one, "stage=kept", code=1)
        error = self.a.run("resolve", one, "stage", names["kept"], "--json",
                           code=1).error
        self.assertEqual((error["code"], error["field"]), ("EVALUE", "stage"))
        self.a.run("resolve", one, "stage", names["kept"], "--why", "j'y étais")
        shown = self.a.show(one)
        self.assertEqual(shown["fields"]["stage"], "kept")
        self.assertEqual(shown["versions"]["stage"][0]["why"], "j'y étais")

    def test_a_step_back_is_refused_without_a_reason(self):
        one = self.visit("stage=closed")
        said = self.a.run("set", one, "stage=asked", code=1)
        self.assertIn("reason", said.talk)
        said = self.a.run("set", one, "stage=demandé", code=1,
                          env=support.FRENCH)
        self.assertIn("donnez un motif", said.talk)
        self.assertIn("clos", said.talk)
        self.a.run("set", one, "stage=asked", "--why", "mauvaise fiche")
        self.assertEqual(self.a.show(one)["fields"]["stage"], "asked")
        self.assertIn("mauvaise fiche", self.a.run("show", one).text)

    def test_a_stop_beats_and_is_lifted_with_a_reason(self):
        one = self.visit("stage=asked", "bell=no")
        self.beside(one, "bell=yes", "bell=no", "stage=gone", "stage=closed",
                    "leave.photo=withdrawn", "leave.photo=given")
        shown = self.a.show(one)
        self.assertEqual(shown["conflicts"], [])
        self.assertEqual(shown["fields"]["bell"], True)
        self.assertEqual(shown["fields"]["stage"], "gone")
        self.assertEqual(shown["fields"]["leave"], {"photo": "withdrawn"})
        changes = ("bell=no", "stage=closed", "leave.photo=given")
        for change in (*changes, "leave.photo="):
            self.a.run("set", one, change, code=1)
        for change in changes:
            self.a.run("set", one, change, "--why", "asked again")
        shown = self.a.show(one)
        self.assertEqual(shown["fields"]["bell"], False)
        self.assertEqual(shown["fields"]["stage"], "closed")
        self.assertEqual(shown["fields"]["leave"], {"photo": "given"})

    def test_a_state_is_listed_by_what_it_says(self):
        one = self.visit("stage=asked")
        self.beside(one, "stage=closed", "stage=kept")
        for stage, count in (("closed", 1), ("kept", 0), ("asked", 0)):
            lines = self.a.run("list", "visit", "--where", f"stage={stage}",
                               "--json").lines()
            self.assertEqual(len(lines), count, stage)

    def test_the_order_is_told(self):
        kind = self.a.run("kinds", "visit", "--json").json
        fields = {f["field"]: f for f in kind["fields"]}
        words = {w["id"]: w for w in fields["stage"]["values"]}
        self.assertEqual(words["closed"]["after"], ["kept", "missed"])
        self.assertTrue(words["gone"]["stop"])
        self.assertTrue(fields["bell"]["stop"])
        self.assertFalse(fields["stage"]["stop"])


class Computed(Types):
    def test_a_computed_field_is_refused_with_its_sentence(self):
        one = self.visit()
        said = self.a.run("set", one, "score=3", code=1)
        self.assertIn("computed when read", said.talk)
        said = self.a.run("set", one, "score=3", code=1, env=support.FRENCH)
        self.assertIn("calculé à la lecture", said.talk)


if __name__ == "__main__":
    support.main()
