# SPDX-License-Identifier: Apache-2.0
"""test_history.py - what was changed in a record, and putting it back."""
import support
from support import Case


class History(Case):
    def setUp(self):
        super().setUp()
        self.a = self.office()
        made = self.a.new("contact", "met_by=door", "name=Mme L.",
                          "phones=0320000001")
        self.id, self.code = made["record"], made["short_code"]

    def history(self, *more, store=None):
        return (store or self.a).run("history", self.id, "--json",
                                     *more).lines()

    def value(self, field, store=None):
        return (store or self.a).show(self.id)["fields"].get(field)

    def test_who_when_which_fields_and_what_stood_there(self):
        self.a.run("set", self.id, "name=Mme Le.", "phones+=0320000002",
                   "phones-=0320000001", "consents.photo=given",
                   "--why", "spelt out", "--as", "bureau")
        one, two = self.history()
        self.assertTrue(one["made"] and one["counts"] and two["counts"])
        self.assertFalse(two["made"])
        self.assertEqual((two["person"], two["device"], two["why"]),
                         ("bureau", "bureau", "spelt out"))
        self.assertLessEqual(one["at"], two["at"])
        self.assertEqual(len(two["change"]), 32)
        fields = {(f["field"], f.get("key"), f.get("element")):
                  (f["old"], f["new"]) for f in two["fields"]}
        self.assertEqual(fields, {
            ("name", None, None): ("Mme L.", "Mme Le."),
            ("phones", None, "+33320000001"): (True, False),
            ("phones", None, "+33320000002"): (False, True),
            ("consents", "photo", None): (None, "given")})
        made = {f["field"]: (f["old"], f["new"]) for f in one["fields"]}
        self.assertEqual(made["name"], (None, "Mme L."))

    def test_as_people_read_it_in_both_languages(self):
        self.a.run("edit", self.code, "remarks", "--insert", "0",
                   "Rappeler avant midi, la sonnette ne marche pas. ")
        self.a.run("edit", self.code, "remarks", "--insert", "9", "demain ")
        self.a.run("delete", self.code)
        text = self.a.run("history", self.code).text
        self.assertIn("Name: (nothing) -> Mme L.", text)
        self.assertIn("\"Rappeler avant", text)
        self.assertIn("demain", text)
        self.assertIn("put in the bin", text)
        self.assertIn("made the record", text)
        text = self.a.run("history", self.code, env=support.FRENCH).text
        self.assertIn("Nom : (rien) -> Mme L.", text)
        self.assertIn("mise à la corbeille", text)

    def test_one_field_alone(self):
        self.a.run("set", self.id, "name=B", "alias=porte bleue")
        self.a.run("set", self.id, "alias=")
        lines = self.history("--field", "alias")
        self.assertEqual([[f["field"] for f in l["fields"]] for l in lines],
                         [["alias"], ["alias"]])
        self.assertEqual(lines, self.history("--field", "Repère (sans nom)"))
        self.assertEqual(self.history("--field", "email"), [])
        self.a.run("history", self.id, "--field", "email", "--exit-code",
                   code=3)
        self.a.run("history", self.id, "--field", "nonsense", code=1)

    def test_the_last_ones_alone(self):
        for name in "ABC":
            self.a.run("set", self.id, f"name={name}")
        answer = self.a.run("history", self.id, "--limit", "2", "--json")
        self.assertEqual([l["fields"][0]["new"] for l in answer.lines()],
                         ["B", "C"])
        self.assertIn("2 earlier", answer.talk)
        self.a.run("history", self.id, "--limit", "0", code=2)

    def test_undo_is_a_change_that_can_be_undone(self):
        self.a.run("set", self.id, "name=B", "phones+=0320000002")
        done = self.a.run("undo", self.id, "--json").json
        self.assertEqual({f["field"] for f in done["fields"]},
                         {"name", "phones"})
        self.assertEqual(done["undone"], self.history()[1]["change"])
        self.assertEqual(self.value("name"), "Mme L.")
        self.assertEqual(self.value("phones"), ["+33320000001"])
        self.assertEqual(len(self.history()), 3)
        self.assertEqual(self.history()[2]["why"], "undone")
        self.assertIn("Undone", self.a.run("undo", self.id).text)
        self.assertEqual(self.value("name"), "B")

    def test_undoing_the_making_puts_the_record_in_the_bin(self):
        self.assertTrue(self.a.run("undo", self.id, "--json").json["deleted"])
        self.assertEqual(self.a.run("list", "contact", "--json").lines(), [])
        self.a.run("undo", self.id)
        self.assertEqual(len(self.a.run("list", "contact", "--json").lines()),
                         1)

    def test_two_devices_and_what_stands_in_between(self):
        b = self.enrol(self.a, "tablette-1")
        self.meet(self.a, b)
        b.run("set", self.id, "name=B")
        self.meet(self.a, b)
        self.a.run("set", self.id, "name=C", "alias=porte bleue")
        self.meet(self.a, b)
        self.assertEqual(self.history(), self.history(store=b))
        # The tablet's last change is not the last: nothing is written over.
        answer = b.run("undo", self.id, "--json", code=1)
        self.assertEqual((answer.error["code"], answer.error["field"]),
                         ("ECONFLICT", "name"))
        answer = b.run("undo", self.id, code=1, env=support.FRENCH)
        self.assertIn("--over", answer.talk)
        self.assertIn("rien n'a été remis", answer.talk)
        self.assertEqual(self.value("name", b), "C")
        # Another's change, by the beginning of its name.
        name = self.history()[2]["change"]
        self.assertEqual(self.history()[2]["device"], "bureau")
        b.run("undo", self.id, name[:8], "--why", "the wrong sheet")
        self.assertEqual(self.value("name", b), "B")
        self.assertIsNone(self.value("alias", b))
        b.run("undo", self.id, self.history()[1]["change"], "--over")
        self.assertEqual(self.value("name", b), "Mme L.")
        self.meet(self.a, b)
        self.assertEqual(self.value("name"), "Mme L.")
        self.assertEqual(self.a.run("conflicts", "--json").lines(), [])
        self.assertEqual(len(self.history()), 5)

    def test_values_side_by_side_are_each_told_as_they_were_typed(self):
        b = self.enrol(self.a, "tablette-1")
        self.meet(self.a, b)
        self.a.run("set", self.id, "name=A")
        b.run("set", self.id, "name=B")
        self.meet(self.a, b)
        for line in self.history("--field", "name")[1:]:
            (field,) = line["fields"]
            self.assertEqual(field["old"], "Mme L.")
            self.assertIn(field["new"], ("A", "B"))
        self.a.run("undo", self.id, code=1)
        shown = {f["new"]: l["change"]
                 for l in self.history("--field", "name")[1:]
                 for f in l["fields"]}
        self.a.run("resolve", self.id, "name", "--value", "A")
        # What settled two values cannot be taken back to both.
        self.assertEqual(self.a.run("undo", self.id, "--json",
                                    code=1).error["code"], "ECONFLICT")
        self.a.run("undo", self.id, "--over")
        self.assertIn(self.value("name"), shown)

    def test_what_has_no_change_of_that_name_or_person(self):
        self.a.run("undo", self.id, "ffffffff", code=1)
        self.a.run("undo", self.id, "f", code=1)
        b = self.enrol(self.a, "tablette-1")
        self.meet(self.a, b)
        answer = b.run("undo", self.id, "--json", code=1)
        self.assertEqual(answer.error["code"], "ENOTFOUND")
        self.a.run("history", "nonsense", code=1)
        self.a.run("history", code=2)

    def test_a_state_goes_back_with_a_reason_and_a_line_stays(self):
        tour = self.a.new("dwelling", "address=1 rue A")["record"]
        self.a.run("set", tour, "do_not_knock=yes")
        self.a.run("undo", tour, "--why", "the neighbour's")
        shown = self.a.show(tour)["fields"].get("do_not_knock")
        self.assertIn(shown, (None, False))


if __name__ == "__main__":
    support.main()
