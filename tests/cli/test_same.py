# SPDX-License-Identifier: Apache-2.0
"""test_same.py - sheets that may be the same, joined, parted, undone."""
import support
from support import Case


class Same(Case):
    def setUp(self):
        super().setUp()
        self.one = self.office()

    def sheet(self, *more):
        return self.one.new("contact", "met_by=door", *more)["record"]

    def hints(self):
        return [(h["why"], {h["keep"]["record"], h["other"]["record"]})
                for h in self.one.run("duplicates", "--json").lines()]

    def count(self):
        figures = self.one.run("report", "figures", "F06", "--json").json
        return figures["figures"][0]["rows"][0]["n"]

    def test_a_hint_by_phone_and_one_by_name_and_dwelling(self):
        home = self.one.new("dwelling", "address=1 rue A")["record"]
        a = self.sheet("name=A", "phones=0320000001")
        b = self.sheet("name=B", "phones=0320000001")
        c = self.sheet("name=Mme L.", f"dwelling={home}")
        d = self.sheet("name=mme l.", f"dwelling={home}")
        self.sheet("name=Mme L.")  # of another home
        self.assertEqual(self.hints(), [("phone", {a, b}), ("name", {c, d})])
        text = self.one.run("duplicates").text
        self.assertIn("A phone in common:", text)
        self.assertIn("Un téléphone en commun", self.one.run(
            "duplicates", env=support.FRENCH).text)

    def test_joined_counted_once_and_undone(self):
        a = self.sheet("name=A", "phones=0320000001")
        b = self.sheet("name=B", "phones=0320000001")
        link = self.one.run("same", a, b, "--json").json["record"]
        self.assertEqual((self.hints(), self.count()), ([], 1))
        again = self.one.run("same", b, a, "--json").json["record"]
        self.assertEqual(again, link)  # one link, whoever is named first
        self.assertIn("Nothing is said",
                      self.one.run("same", a, b, "--undo").talk)
        self.assertEqual((len(self.hints()), self.count()), (1, 2))
        self.one.run("same", a, b, "--undo", "--exit-code", code=3)
        self.assertEqual(self.one.show(a)["fields"]["name"], "A")
        self.assertEqual(self.one.show(b)["fields"]["name"], "B")

    def test_not_the_same_ends_the_hint_for_good(self):
        a = self.sheet("name=A", "phones=0320000001")
        b = self.sheet("name=B", "phones=0320000001")
        said = self.one.run("same", a, b, "--not", env=support.FRENCH).talk
        self.assertRegex(said, r"^Deux désormais.* : \S+ A \| \S+ B\. .*--undo")
        self.assertEqual((self.hints(), self.count()), ([], 2))
        self.one.run("set", b, "phones+=0320000002")
        self.assertEqual(self.hints(), [])
        # Who changes their mind.
        self.assertIn("counted once", self.one.run("same", a, b).talk)
        self.assertEqual(self.count(), 1)

    def test_what_cannot_be_the_same(self):
        a = self.sheet("name=A")
        home = self.one.new("dwelling", "address=1 rue A")["record"]
        self.assertIn("one kind", self.one.run("same", a, home, code=1).talk)
        self.assertIn("one record", self.one.run("same", a, a, code=1).talk)
        self.one.run("same", a, home, "--undo", "--not", code=2)
        self.assertEqual(self.one.run("list", "merge_link", "--json").lines(),
                         [])


support.main()
