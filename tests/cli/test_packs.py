# SPDX-License-Identifier: Apache-2.0
"""test_packs.py - docs/packs.md is true: its pack builds and does what the
page says, its tables name what the library reads, no more and no less."""
import json
import re

import support
from support import Case

PAGE = (support.SOURCE / "docs" / "packs.md").read_text()


def table(title):
    """The first cells of a table, as they are written in code."""
    part = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("| ")]
    return [row.split(" | ") for row in rows[1:]]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


def names(file, start):
    """The strings of one C array."""
    source = (support.SOURCE / "libsync" / "schema" / file).read_text()
    body = source.split(start)[1].split("};")[0]
    return set(re.findall(r'"(\w+)"', body))


class Page(Case):
    def test_every_type_and_merge_is_in_its_table(self):
        types = {c.split(":")[0] for row in table("Types")
                 for c in code(row[0])}
        shapes = {"str", "enum", "ref", "set", "map", "list", "log", "refs",
                  "blobs"}
        self.assertEqual(types, names("type.c", "} plain[] = {") | shapes)
        merges = {c for row in table("Merges") for c in code(row[0])}
        self.assertEqual(merges, names("type.c", "} merges[] = {"))

    def test_every_key_is_named(self):
        said = {c for row in table("The other keys") for cell in row
                for c in code(cell)}
        self.assertEqual(names("parse.c", "td_key_names[TD_KEY_COUNT] = {")
                         - said, set())


class Whole(Case):
    def setUp(self):
        super().setUp()
        text = re.search(r"<!-- builds -->\n```json\n(.*?)```", PAGE, re.S)
        self.pack = self.file("rounds.json", text.group(1))
        self.a = self.office()
        self.a.run("as", "A. B.", "--yes")

    def publish(self):
        self.a.run("pack", "publish", str(self.pack))

    def test_the_page_s_lines_run_as_they_stand(self):
        lines = re.search(r"```sh\n(.*?)```", PAGE, re.S).group(1)
        lines = [line.split("#")[0].split() for line in lines.splitlines()]
        self.assertGreater(len(lines), 2)
        for line in lines:
            self.assertEqual(line[0], "tandem")
            last = self.a.run(*line[1:], cwd=str(self.box))
        self.assertTrue((self.box / "rounds.pack").exists())
        self.assertIn("example.rounds", last.text)

    def test_the_page_s_pack_does_what_it_says(self):
        self.publish()
        kind = "round"
        one = self.a.run("new", kind, "postcode=59000", "stage=planned",
                         "doors=3", "with=L.|M.", "--json").json
        self.assertRegex(one["short_code"], "^[0-9A-Z]{5,10}$")
        bad = self.a.run("new", kind, "postcode=5900", code=1)
        self.assertIn("five digits", bad.talk)
        bad = self.a.run("new", kind, "postcode=59000",
                         "note=FR76 3000 6000 0112 3456 7890 189", code=1)
        self.assertIn("an account number is not to be noted", bad.talk)
        said = self.a.run("set", one["record"], "stage=given_up", "doors+=70")
        self.assertIn("note why it was given up", said.talk)

    def test_what_is_for_ever_is_held(self):
        self.publish()
        pack = json.loads(self.pack.read_text())
        pack["version"] = 2
        fields = pack["kinds"][0]["fields"]
        fields[1]["type"] = "str:9"
        (self.box / "longer.json").write_text(json.dumps(pack))
        self.a.run("pack", "check", str(self.box / "longer.json"),
                   "--against", str(self.pack))
        for change, sentence in (
                ({"merge": "quiet"}, "merge cannot change"),
                ({"type": "date"}, "type cannot change"),
                ({"required": True}, "cannot become required"),
                ({"id": "zip"}, "keeps its identifier"),
                ({"n": 99}, "cannot be taken away or renumbered")):
            self.refused(pack, change, sentence)

    def refused(self, pack, change, sentence):
        """The field "begins", which nothing in the pack leans on but one."""
        fields = pack["kinds"][0]["fields"]
        fields[4].pop("not_before", None)
        changed = dict(fields[3], **change)
        wrong = dict(pack, kinds=[dict(
            pack["kinds"][0], fields=fields[:3] + [changed] + fields[4:])])
        file = self.file("wrong.json", json.dumps(wrong))
        for words in (("check", str(file), "--against", str(self.pack)),
                      ("publish", str(file))):
            answer = self.a.run("pack", *words, code=1)
            self.assertIn(sentence, answer.talk)

    def test_a_kind_of_two_packs_is_asked_for_with_its_pack(self):
        text = self.pack.read_text()  # the service's own pack has a "tour"
        self.pack.write_text(text.replace('"round"', '"tour"'))
        self.publish()
        for words in (("kinds", "tour"), ("new", "tour"), ("list", "tour")):
            bad = self.a.run(*words, code=1)
            self.assertIn('several packs have a kind "tour": write '
                          "example.rounds/tour or fr.terrain/tour", bad.talk)
        bad = self.a.run("kinds", "tour", code=1, env=support.FRENCH)
        self.assertIn("plusieurs paquets", bad.talk)
        listed = self.a.run("kinds").text
        self.assertIn("example.rounds/tour ", listed)
        self.assertIn("fr.terrain/tour ", listed)
        self.assertIn("\ncontact ", listed)
        self.assertIn("example.rounds/tour",
                      self.a.run("kinds", "example.rounds/tour").text)


if __name__ == "__main__":
    support.main()
