# SPDX-License-Identifier: Apache-2.0
"""catalogue.py - the packs hold all that the service notes: no kind, field,
word or note of tests/data/service.json is forgotten, and every passage of the
documents it was described in leads to something that exists.

usage: catalogue.py SOURCE
"""
import csv
import json
import pathlib
import re
import sys
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))
DATA = SOURCE / "tests" / "data"
SERVICE = json.loads((DATA / "service.json").read_text())
PACKS = {p.stem: json.loads(p.read_text())
         for p in sorted((SOURCE / "packs").glob("*.json"))}
READY = json.loads((SOURCE / "packs/ready/fr.terrain.ready.json").read_text())
KINDS = {k["id"]: (pack, k) for pack, p in PACKS.items() for k in p["kinds"]}
WORDS = {}
for _pack in PACKS.values():
    WORDS.update(_pack["enums"])

# A place is a point, an outline or a track a row of them: docs/decisions.md.
TYPES = {"sector.outline": "str:8000", "tour.track": "str:16000"}
# Of the control sector and of every change's envelope, not of a kind.
NOT_OF_A_KIND = {"device_state", "erasure_state", "clock_quality"}

# A note that names a passage, and those that only say what the field is for.
SAYS_WHO = re.compile(r"[BD]:\d")
SAYS_WHAT = {"session.members"}


def table(name):
    for line in (DATA / name).read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def is_view(kind):
    return kind["group"] == 9 and kind["id"] != "merge_link"


def field(place):
    kind, name = place.split(".")
    return next(f for f in KINDS[kind][1]["fields"] if f["id"] == name)


def figures():
    text = "".join(p.read_text() for p in (SOURCE / "figures").glob("*.c"))
    return set(re.findall(r'"(F\d\d)"', text))


def verbs():
    text = (SOURCE / "cli" / "words" / "verbs.c").read_text()
    return {f"tandem {v}" for v in re.findall(r'^    \{"([a-z]+)",', text, re.M)}


class Whole(unittest.TestCase):
    def test_every_kind_has_its_number_writers_and_retention(self):
        wanted = {k["id"]: k for k in SERVICE["kinds"] if not is_view(k)}
        self.assertEqual(set(wanted), set(KINDS))
        for name, kind in wanted.items():
            pack, held = KINDS[name]
            for key in ("n", "writers", "retention"):
                self.assertEqual(kind[key], held[key], f"{name}: {key}")
            self.assertEqual(
                pack, "fr.immersion" if kind["group"] == 8 else "fr.terrain")

    def test_every_field_has_its_number_type_merge_and_class(self):
        count = 0
        for kind in SERVICE["kinds"]:
            if is_view(kind):
                continue
            held = KINDS[kind["id"]][1]["fields"]
            self.assertEqual([f["id"] for f in kind["fields"]],
                             [f["id"] for f in held], kind["id"])
            for n, (want, have) in enumerate(zip(kind["fields"], held), 1):
                place = f"{kind['id']}.{want['id']}"
                self.assertEqual(n, have["n"], place)
                self.assertEqual(TYPES.get(place, want["type"]),
                                 have["type"].replace("fr.terrain/", ""), place)
                self.assertEqual(want["merge"], have["merge"], place)
                self.assertEqual(want["class"], have["class"], place)
                self.assertEqual(want["required"], have.get("required", False),
                                 place)
                count += 1
        self.assertGreater(count, 350)

    def test_every_word_has_its_number(self):
        self.assertEqual(set(SERVICE["enums"]) - NOT_OF_A_KIND, set(WORDS))
        for name, words in WORDS.items():
            self.assertEqual(SERVICE["enums"][name], [w["id"] for w in words])
            self.assertEqual(list(range(1, len(words) + 1)),
                             [w["n"] for w in words], name)

    def test_both_languages_are_there_and_read_like_words(self):
        def said(what, thing):
            for lang in ("fr", "en"):
                self.assertTrue(thing.get(lang, "").strip(), (what, lang))
                self.assertNotIn("_", thing[lang].replace(
                    "59350_1234_00008", "").replace(" - et _ ", "").replace(
                    " - and _ ", "").replace(
                    "commune_voie_numéro", "").replace("town_street_number", ""),
                    (what, lang))
        for name, pack in PACKS.items():
            for part in ("checks", "watches", "retentions"):
                for thing in pack.get(part, []):
                    said(thing["id"], thing)
            for enum, words in pack["enums"].items():
                for word in words:
                    said(f"{enum}={word['id']}", word)
                for lang in ("fr", "en"):
                    terms = [w[lang] for w in words]
                    self.assertEqual(len(terms), len(set(terms)), (enum, lang))
            for kind in pack["kinds"]:
                said(kind["id"], kind)
                for thing in kind["fields"] + kind.get("rules", []):
                    said(f"{name}/{kind['id']}.{thing['id']}", thing)
                for lang in ("fr", "en"):
                    terms = [f[lang].lower() for f in kind["fields"]]
                    self.assertEqual(len(terms), len(set(terms)),
                                     (kind["id"], lang))

    def test_every_kind_has_a_title_and_a_known_retention(self):
        for name, (pack, kind) in KINDS.items():
            self.assertTrue(kind["title"], name)
            self.assertIn(kind["retention"],
                          [r["id"] for r in PACKS[pack]["retentions"]], name)

    def test_references_lead_to_a_kind(self):
        for name, (pack, kind) in KINDS.items():
            for f in kind["fields"]:
                for target in re.findall(r"refs?:([^:]+)", f["type"]):
                    of, _, what = target.rpartition("/")
                    self.assertTrue(
                        target == "*" or KINDS[what][0] == (of or pack),
                        f"{name}.{f['id']}")


class Notes(unittest.TestCase):
    def pack_has(self, place, how, which):
        kind = KINDS[place.split(".")[0]][1]
        pack = PACKS[KINDS[kind["id"]][0]]
        f = field(place)
        words = WORDS.get(f["type"].split(":")[-1], [])
        if how in ("check", "type", "merge", "make"):
            return f.get(how) == which
        if how == "low":
            return f.get("low") == int(which)
        if how == "optional":
            return not f.get("required", False)
        if how == "rule":
            return which in [r["id"] for r in kind["rules"]]
        if how == "duty":
            return which in [d["word"] for d in f["duties"]]
        if how == "one_per":
            return f["id"] in kind["one_per"] and which in kind["one_per"]
        if how == "stop":
            return f["stop"]
        if how == "watch":
            return which in [w["id"] for w in pack["watches"]]
        word = next((w for w in words if w["id"] == which), None)
        return {"order": lambda: word["after"], "word": lambda: word,
                "stops": lambda: word["stop"]}[how]()

    def test_every_note_became_something(self):
        wanted = {f"{k['id']}.{f['id']}": f["note"] for k in SERVICE["kinds"]
                  for f in k["fields"] if "note" in f}
        rows = [(r + ["", ""])[:3] for r in table("service_notes.tsv")]
        self.assertEqual(sorted(wanted), sorted(r[0] for r in rows))
        decisions = (SOURCE / "docs/decisions.md").read_text()
        views = {k["id"] for k in SERVICE["kinds"] if is_view(k)}
        for place, how, which in rows:
            with self.subTest(place=place, how=how):
                if how == "view":
                    self.assertIn(place.split(".")[0], views)
                elif how == "source":
                    self.assertTrue(SAYS_WHO.search(wanted[place])
                                    or place in SAYS_WHAT)
                elif how == "decision":
                    self.assertTrue(f"`{place}`" in decisions)
                elif how == "figure":
                    self.assertRegex(which, r"^F\d\d$")
                    self.assertTrue(which in figures())
                elif how == "ready":
                    self.assertIn(which, [r["kind"] for r in READY["records"]])
                else:
                    self.assertTrue(self.pack_has(place, how, which))


class Views(unittest.TestCase):
    """Records about the system itself, which verbs show."""

    def rows(self):
        text = (SOURCE / "docs" / "command.md").read_text()
        return re.findall(
            r"^\| `(\w+\.\w+)` \| (?:`(tandem \w+)[^|]*`|-) \| (`[\w.]+`|) ?\|$",
            text, re.M)

    def test_every_field_is_shown_or_has_a_reason(self):
        wanted = [f"{k['id']}.{f['id']}" for k in SERVICE["kinds"]
                  if is_view(k) for f in k["fields"]]
        rows = self.rows()
        self.assertEqual(sorted(wanted), sorted(place for place, *_ in rows))
        decisions = (SOURCE / "docs" / "decisions.md").read_text()
        shown = 0
        for place, verb, where in rows:
            with self.subTest(place=place):
                if verb:
                    self.assertIn(verb, verbs())
                    self.assertTrue(where)
                    shown += 1
                else:
                    self.assertRegex(decisions,
                                     rf"(?m)^\| `{place}` \| \S.+ \|$")
        self.assertGreater(shown, len(wanted) // 2)


class Traces(unittest.TestCase):
    def exists(self, target):
        if re.fullmatch(r"F\d\d", target):
            return target in figures()
        if target.startswith("tandem "):
            return target in verbs()
        if "=" in target:
            enum, word = target.split("=")
            return word in [w["id"] for w in WORDS[enum]]
        if "." in target:
            return field(target) is not None
        return target in KINDS

    def test_every_passage_leads_to_what_exists(self):
        rows = list(table("service_traces.tsv"))
        self.assertGreater(len(rows), 20)
        for passage, targets in rows:
            for target in re.findall(r"tandem \w+|\S+", targets):
                with self.subTest(passage=passage, target=target):
                    self.assertTrue(self.exists(target))


class Persons(unittest.TestCase):
    """The names of persons in the two documents are not carried over. The
    catalogue does not name them, and a list of names to look for would carry
    them over itself; so nobody has a name here: people are initials."""
    TITLE = re.compile(r"\b(?:M\.|MM\.|Mmes?|Mlle|Monsieur|Madame|Mrs?\.?|Ms\.?)"
                       r"\s+(?:et\s+Mme\s+)?(\w+\.?)")
    INITIAL = re.compile(r"[A-Z][a-zé]?\.")
    # How the tables of the examples may call somebody.
    CALLED = {"contact": re.compile(r"(M\.|Mme|M\. et Mme) [A-Z]\."),
              "agent": re.compile(r"(Agente?|Animatrice|Conseill\wre) [A-Z]\.")}

    def texts(self):
        for where in ("README.md", "docs", "packs", "examples", "cli"):
            path = SOURCE / where
            for p in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if p.is_file() and p.suffix != ".pyc":
                    yield p, p.read_text()

    def test_after_a_title_comes_an_initial(self):
        met = 0
        for path, text in self.texts():
            for name in self.TITLE.findall(text):
                with self.subTest(path=path.relative_to(SOURCE)):
                    self.assertRegex(name, self.INITIAL)
                met += 1
        self.assertGreater(met, 100)

    def test_the_tables_of_the_examples_call_nobody_by_a_name(self):
        called = {kind: 0 for kind in self.CALLED}
        terms = {kind: field(f"{kind}.{f}")["fr"] for kind, f in
                 (("contact", "name"), ("agent", "display_name"))}
        beside = {"contact": field("contact.alias")["fr"],
                  "agent": field("agent.roles")["fr"]}
        for path in sorted((SOURCE / "examples").rglob("*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file, delimiter=";"))
            for kind, term in terms.items():
                if not rows or beside[kind] not in rows[0]:
                    continue
                for name in (r[term] for r in rows if r[term]):
                    with self.subTest(path=path.relative_to(SOURCE)):
                        self.assertTrue(self.CALLED[kind].fullmatch(name),
                                        name)
                    called[kind] += 1
        self.assertGreater(min(called.values()), 20)


class Ready(unittest.TestCase):
    def of(self, kind):
        return [r["fields"] for r in READY["records"] if r["kind"] == kind]

    def test_the_lists_are_the_service_s_own(self):
        self.assertEqual(
            sorted(int(o["at_least"]) for o in self.of("objective")),
            [3, 3, 10, 15, 100])
        self.assertEqual(len(self.of("target_situation")), 17)
        self.assertEqual(len(self.of("open_question")), 16)
        self.assertEqual(
            sorted(c["side"] for c in self.of("charter")),
            ["household_to_service", "service_to_household"])
        for charter in self.of("charter"):
            self.assertEqual((charter["max_per_month"],
                              charter["min_days_between"]), ("2", "10"))

    def test_there_is_one_kit_of_the_four_items_that_save(self):
        (kit,) = self.of("kit_model")
        items = {k.split(".")[1]: int(n) for k, n in kit.items()
                 if k.startswith("items.")}
        self.assertEqual(items, {w["id"]: 1 for w in WORDS["kit_item"]
                                 if w["id"] != "other"})
        self.assertEqual(len(items), 4)

    def test_nothing_else_is_ready(self):
        """How many of each kind; the experiment that they belong to is one."""
        kinds = [r["kind"] for r in READY["records"]]
        self.assertEqual({k: kinds.count(k) for k in set(kinds)},
                         {"experiment": 1, "objective": 5,
                          "target_situation": 17, "open_question": 16,
                          "kit_model": 1, "charter": 2})

    def test_the_questions_name_figures(self):
        named = {f for q in self.of("open_question")
                 for f in q.get("figures", "").split("|") if f}
        self.assertGreater(len(named), 12)
        self.assertEqual(sorted(named - figures()), [])

    def test_keys_stand_once(self):
        keys = [r["key"] for r in READY["records"]]
        self.assertEqual(len(keys), len(set(keys)))


unittest.main()
