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
                   field(5, "score", "Score", "int", "derived"),
                   field(6, "steps", "Étapes", "list:str:40", "list"),
                   field(7, "diary", "Journal", "log", "log")]}]}


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


class Lists(Types):
    def steps(self, one):
        return "".join(self.a.show(one)["fields"].get("steps", []))

    def test_elements_are_put_moved_taken_away_and_numbered(self):
        one = self.visit("steps=A|C")
        for change, steps in (("steps@2+=B", "ABC"), ("steps+=D|E", "ABCDE"),
                              ("steps@5=2", "AEBCD"), ("steps@1-=", "EBCD"),
                              ("steps-=C", "EBD"), ("steps@1=3", "BDE"),
                              ("Étapes@1+=A", "ABDE"),
                              ("steps=A|X|E", "AXE"), ("steps=", "")):
            self.a.run("set", one, change)
            self.assertEqual(self.steps(one), steps, change)
        self.a.run("set", one, "steps=un|deux")
        text = self.a.run("show", one).text
        self.assertIn("    1. un\n    2. deux\n", text)

    def test_what_two_people_do_to_a_list_stands(self):
        one = self.visit("steps=A|B|C")
        self.beside(one, "steps@1=3", "steps@2+=D", "steps-=C")
        self.assertEqual(self.steps(one), "DBA")
        self.assertEqual(self.a.show(one)["conflicts"], [])

    def test_a_place_that_is_none_is_said(self):
        one = self.visit("steps=A|B")
        for change in ("steps@3=1", "steps@9+=x", "steps@0+=x", "steps@1=x",
                       "steps@1-=A", "name@1=x", "steps@3-="):
            self.a.run("set", one, change, code=1)
        self.assertEqual(self.steps(one), "AB")
        said = self.a.run("set", one, "steps@1=x", code=1,
                          env=support.FRENCH)
        self.assertIn("places comptent", said.talk)

    def test_a_list_is_listed_by_an_element(self):
        self.visit("steps=A|B")
        for step, count in (("B", 1), ("Z", 0)):
            lines = self.a.run("list", "visit", "--where", f"steps={step}",
                               "--json").lines()
            self.assertEqual(len(lines), count)
        self.a.run("list", "visit", "--where", "steps@1=A", code=2)


class Logs(Types):
    def test_lines_are_added_with_their_authors_and_stay(self):
        one = self.visit()
        self.beside(one, "diary+=appelé | sans réponse", "diary+=rappelé")
        shown = self.a.show(one)
        self.assertEqual(shown["fields"]["diary"],
                         ["appelé | sans réponse", "rappelé"])
        lines = shown["versions"]["diary"]
        self.assertEqual([v["device"] for v in lines], ["bureau"] * 2)
        self.assertEqual(lines[0]["why"], "seen so")
        text = self.a.run("show", one).text
        self.assertRegex(text, r"appelé \| sans réponse  - bureau \(bureau\)")
        for change in ("diary-=rappelé", "diary=x", "diary="):
            said = self.a.run("set", one, change, code=1)
            self.assertIn("diary+=", said.talk)
        self.assertEqual(len(self.a.show(one)["fields"]["diary"]), 2)
        lines = self.a.run("list", "visit", "--where", "diary=rappelé",
                           "--json").lines()
        self.assertEqual(len(lines), 1)

    def test_a_table_read_twice_adds_nothing_twice(self):
        path = self.file("v.csv", "import_key;name;steps;diary\n"
                         "k1;X;A|B;un|deux\n")
        for _ in range(2):
            self.a.run("import", "csv", path, "--kind", "visit")
        (line,) = self.a.run("list", "visit", "--json").lines()
        self.assertEqual(line["fields"]["steps"], ["A", "B"])
        self.assertEqual(line["fields"]["diary"], ["un", "deux"])


class Computed(Types):
    def test_a_computed_field_is_refused_with_its_sentence(self):
        one = self.visit()
        said = self.a.run("set", one, "score=3", code=1)
        self.assertIn("computed when read", said.talk)
        said = self.a.run("set", one, "score=3", code=1, env=support.FRENCH)
        self.assertIn("calculé à la lecture", said.talk)
        self.assertRegex(self.a.run("kinds", "visit").text, r"score .*computed")


if __name__ == "__main__":
    support.main()
