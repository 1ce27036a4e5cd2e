# SPDX-License-Identifier: Apache-2.0
"""test_export.py - what is written for other programs, read back."""
import csv
import io
import json
import re
import stat
import subprocess
import sys
import uuid

import support
from support import Case

PACKS = {name: json.loads(
    (support.SOURCE / "packs" / f"{name}.json").read_text())
    for name in ("fr.terrain", "fr.immersion")}
ALL = ("--with-identity", "--with-notes", "--why", "a test")

# What a check of the packs asks of a string.
FORMS = {"insee": "59350", "iris": "593500101", "postcode": "59000",
         "ban": "59350_1234_00008", "language": "fr",
         "plain_code": "K-7", "door_key": "d7", "outline": "50.63,3.06 50.64,3.06 50.64,3.07",
         "track": "50.63,3.06 50.64,3.06", "figure": "F10",
         "hours": "20:00-09:00", "media_type": "image/jpeg"}
HOSTILE = "=1+2;\"x\""


class Values:
    """A value for every field of every kind, as an export has it."""

    def __init__(self):
        self.n = 0

    def number(self):
        self.n += 1
        return self.n

    def one(self, pack, field, base, rest, place):
        check = field.get("check")
        if base in ("str", "text", "log"):
            size = int(rest[0]) if base == "str" and rest else 40
            if check:
                return FORMS[check]
            n = self.number()
            text = [f"{HOSTILE}{n}", f"-{n}|a\\b", f"@{n} é",
                    f"''+{n}", f"'t {n}"][(n + place) % 5]
            if base == "text":
                text += "\t\r\nline \"two\"\n"
            return text[:size]
        if base == "enum":
            words = [w["id"] for w in PACKS[pack]["enums"][rest[0]]]
            return words[place % len(words)]
        low = field.get("min", field.get("low", 0))
        return {"int": lambda: low + 1 + place, "cents": lambda: 1205 + place,
                "bool": lambda: True, "tri": lambda: "unknown",
                "date": lambda: f"2026-03-0{1 + place}",
                "dt": lambda: f"2026-03-0{1 + place}T14:05+02:00",
                "geo": lambda: [50.63, -3.06],
                "phone": lambda: f"+3332000000{place}",
                "email": lambda: f"a{place}@example.org",
                "ref": lambda: str(uuid.uuid4()),
                "blob": lambda: f"{self.number():064x}",
                "hash": lambda: f"{self.number():064x}"}[base]()

    def field(self, pack, field):
        kind, *rest = field["type"].split(":")
        merge = field["merge"]
        if merge == "map":
            key, rest = rest[0], rest[1:]
            of = 1 if key in ("enum", "ref", "str") else 0
            keys = [self.one(pack, {}, key, rest[:of], i) for i in range(2)]
            value, rest = rest[of], rest[of + 1:]
            return {str(k): self.one(pack, field, value, rest, i)
                    for i, k in enumerate(keys)}
        if merge in ("set", "list"):
            base = {"refs": "ref", "blobs": "blob"}.get(kind)
            if base is None:
                base, *rest = rest
            count = 1 if field.get("check") else 2
            items = [self.one(pack, field, base, rest, i)
                     for i in range(count)]
            return list(dict.fromkeys(items))
        if merge == "log":
            return [self.one(pack, field, "log", [], i) for i in range(2)]
        return self.one(pack, field, kind, rest, 0)

    def record(self, pack, kind):
        return {"record": str(uuid.uuid4()), "kind": f"{pack}/{kind['id']}",
                "sector": "FIVES",
                "fields": {f["id"]: self.field(pack, f)
                           for f in kind["fields"]
                           if f["merge"] != "derived"}}


def plain(fields):
    """Sets have no order."""
    return {k: sorted(v) if isinstance(v, list) and v and
            isinstance(v[0], str) else v for k, v in fields.items()}


def read_back(case, how, *paths):
    """What Debian's reader makes of them; without it the test fails."""
    script = support.SOURCE / "tests" / "cli" / "read_back.py"
    for python in (sys.executable, "/usr/bin/python3"):
        done = subprocess.run([python, str(script), how, *map(str, paths)],
                              capture_output=True, timeout=60)
        if done.returncode != 77:
            case.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout)
    return case.fail(done.stderr.decode().strip() + ": ./dev deps")


class Everything(Case):
    """Every kind of both packs, every field with a value."""

    def setUp(self):
        super().setUp()
        values = Values()
        self.rows = [values.record(pack, kind) for pack, p in PACKS.items()
                     for kind in p["kinds"]]
        self.a = self.office()
        path = self.file("all.jsonl",
                         "".join(json.dumps(r) + "\n" for r in self.rows))
        self.path = path
        self.got = self.a.run("import", "jsonl", path, "--json")

    def exported(self, store):
        lines = store.run("export", "jsonl", "--sector", "FIVES", *ALL).lines()
        self.assertEqual(len({l["kind"] for l in lines}), len(lines))
        return {l["kind"]: l for l in lines}

    def same(self, have, want):
        self.assertEqual(set(have), {r["kind"] for r in want})
        for row in want:
            with self.subTest(kind=row["kind"]):
                self.assertEqual(plain(have[row["kind"]]["fields"]),
                                 plain(row["fields"]))

    def test_each_computed_field_is_shown(self):
        ids = {kind: line["record"]
               for kind, line in self.exported(self.a).items()}
        computed = 0
        for pack, p in PACKS.items():
            for kind in p["kinds"]:
                shown = self.a.show(ids[f"{pack}/{kind['id']}"])
                for field in kind["fields"]:
                    if field["merge"] == "derived":
                        self.assertIn(field["id"], shown["derived"])
                        computed += 1
        self.assertGreater(computed, 3)

    def test_json_lines_come_back_identical(self):
        self.assertEqual(self.got.json["set_apart"], 0, self.got.talk)
        self.assertEqual(self.got.json["created"], len(self.rows))
        first = self.exported(self.a)
        self.same(first, self.rows)
        # The same again, and its own export, change nothing.
        before = self.a.run("digest", "--json").json
        again = self.a.run("import", "jsonl", self.path, "--json").json
        self.assertEqual(again["unchanged"], len(self.rows))
        out = self.box / "again.jsonl"
        self.a.run("export", "jsonl", "--sector", "FIVES", *ALL, "-o", out)
        again = self.a.run("import", "jsonl", out, "--json").json
        self.assertEqual(again["unchanged"], len(self.rows))
        self.assertEqual(self.a.run("digest", "--json").json, before)
        # Into another store.
        b = self.office("autre")
        b.run("import", "jsonl", out)
        self.same(self.exported(b), self.rows)

    def test_tables_come_back_identical(self):
        """A kind for each sort of merge; all of them: test_kinds.py."""
        b = self.office("autre")
        rows = [r for r in self.rows if r["kind"].partition("/")[2] in
                ("contact", "dossier", "interview", "question_matrix",
                 "market_session", "open_question")]
        for row in rows:
            out = self.box / "t.csv"
            self.a.run("export", "csv", "--kind", row["kind"], *ALL, "--bom",
                       "-o", out)
            with self.subTest(kind=row["kind"]):
                answer = self.a.run("import", "csv", out, "--kind",
                                    row["kind"], "--json")
                self.assertEqual(answer.json["unchanged"], 1, answer.talk)
                answer = b.run("import", "csv", out, "--kind", row["kind"],
                               "--json")
                self.assertEqual(answer.json["created"], 1, answer.talk)
            self.no_formula(out.read_bytes())
        self.same(self.exported(b), rows)

    def no_formula(self, raw):
        self.assertEqual(raw[:3], b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(raw[3:].decode(), newline=""),
                               delimiter=";"))
        self.assertEqual(len(rows), 2)
        self.assertEqual(len(rows[0]), len(rows[1]))
        for cell in rows[1]:
            self.assertFalse(cell[:1] in tuple("=+-@\t\r\n"), cell)


class Sectors(Case):
    """A table over several sectors finds each record where it is."""

    def setUp(self):
        super().setUp()
        self.a = self.office(sectors=("FIVES", "LOMME"))
        for sector in ("FIVES", "LOMME", "LOMME"):
            self.a.new("contact", "--sector", sector, "met_by=door",
                       "name=" + sector)
        self.path = self.box / "all.csv"
        self.a.run("export", "csv", "--kind", "contact", *ALL, "-o", self.path)

    def take(self, store, path, *more):
        got = store.raw("import", "csv", path, "--kind", "contact", "--json",
                        *more)
        self.assertEqual(got.code, 0, got.talk)
        return got

    def names(self, store, sector):
        return sorted(r["fields"]["name"] for r in store.run(
            "list", "contact", "--sector", sector, "--json").lines())

    def test_taken_in_again_nothing_is_made(self):
        before = self.a.run("digest", "--json").json
        got = self.take(self.a, self.path).json
        self.assertEqual((got["unchanged"], got["created"]), (3, 0))
        self.assertEqual(self.a.run("digest", "--json").json, before)
        again = self.box / "again.csv"
        self.a.run("export", "csv", "--kind", "contact", *ALL, "-o", again)
        self.assertEqual(again.read_bytes(), self.path.read_bytes())

    def test_another_store_has_them_in_the_sectors_of_that_name(self):
        b = self.office("autre", sectors=("LOMME", "FIVES", "HELLEMMES"))
        self.assertEqual(self.take(b, self.path).json["created"], 3)
        self.assertEqual(self.names(b, "LOMME"), ["LOMME", "LOMME"])
        self.assertEqual(self.names(b, "FIVES"), ["FIVES"])
        self.assertEqual(self.take(b, self.path).json["unchanged"], 3)

    def test_a_row_of_another_sector_is_set_apart_with_its_sentence(self):
        got = self.take(self.a, self.path, "--sector", "FIVES")
        self.assertEqual((got.json["unchanged"], got.json["created"],
                          got.json["set_apart"]), (1, 0, 2))
        self.assertIn("not of the one --sector says", got.talk)
        b = self.office("autre", sectors=("FIVES", "LILLE"))
        got = self.take(b, self.path)
        self.assertEqual((got.json["created"], got.json["set_apart"]), (1, 2))
        self.assertIn("no sector \\\"LOMME\\\" here", got.talk)

    def test_a_row_that_names_none_needs_the_option(self):
        path = self.file("none.csv", "record_sector;met_by\n;door\nFIVES;door\n")
        got = self.take(self.a, path)
        self.assertEqual((got.json["created"], got.json["set_apart"]), (1, 1))
        self.assertIn("names no sector", got.talk)
        self.assertEqual(self.take(
            self.a, path, "--sector", "FIVES").json["created"], 2)


class Csvkit(Case):
    """Tables as somebody else's programs read them."""
    HARD = ("=1+2", "-3", "@x;y", "\"deux\" guillemets", "a;b,c", "l'été",
            "  blancs  dedans", "none", "1 234,50", "'", "trois\n\nlignes\n",
            "|a\\b|")

    def test_hard_texts_are_cells_like_any_other(self):
        a = self.office()
        for i, text in enumerate(self.HARD):
            a.run("edit", a.new("contact", "met_by=door",
                                f"alias={i}")["record"],
                  "remarks", "--insert", "0", text)
        paths = [self.box / "plain.csv", self.box / "mark.csv"]
        for path, more in zip(paths, ((), ("--bom",))):
            a.run("export", "csv", "--kind", "contact", *ALL, *more, "-o",
                  path)
        for clean, rows in read_back(self, "csv", *paths):
            self.assertEqual(clean, "No errors.")
            self.assertEqual(list(rows[0])[0], "record")
            told = {int(r["alias"]): r["remarks"] for r in rows}
            for i, text in enumerate(self.HARD):
                mark = "'" if text[0] in "=-@" else ""
                self.assertEqual(told[i], mark + text)

    def test_every_kind_of_the_service(self):
        values, paths, rows = Values(), [], []
        for pack, p in PACKS.items():
            rows += [values.record(pack, kind) for kind in p["kinds"]]
        a = self.office()
        a.run("import", "jsonl", self.file("all.jsonl", "".join(
            json.dumps(r) + "\n" for r in rows)))
        for i, row in enumerate(rows):
            paths.append(self.box / f"{i}.csv")
            a.run("export", "csv", "--kind", row["kind"], "--sector", "FIVES",
                  *ALL, "-o", paths[-1])
        for row, (clean, table) in zip(rows, read_back(self, "csv", *paths)):
            self.assertEqual(clean, "No errors.", row["kind"])
            (cells,) = table
            for field, value in row["fields"].items():
                if isinstance(value, str):
                    value = value.replace("\r\n", "\n")
                    self.assertIn(cells[field].replace("\r\n", "\n"),
                                  (value, "'" + value), (row["kind"], field))


class Personal(Case):
    """Who and where, notes: only with a reason, which is kept."""

    def setUp(self):
        super().setUp()
        self.a = self.office()
        self.home = self.a.new("dwelling", "address=1 rue A",
                               "city_code=59350", "tenure=private_tenant",
                               "position=50.63,3.06")["record"]
        self.one = self.a.new("contact", "name=Mme L.", "met_by=door",
                              "phones=0320000001", f"dwelling={self.home}",
                              "remarks=Volets clos.")["record"]

    def left(self, answer):
        (line,) = [json.loads(l) for l in answer.talk.splitlines()]
        return {(l["reason"], l.get("field"), l["count"])
                for l in line["export"]["left_out"]}

    def test_without_being_asked_for_they_stay_and_it_is_said(self):
        answer = self.a.run("export", "jsonl", "--json", "--kind", "contact")
        (line,) = answer.lines()
        self.assertEqual(set(line["fields"]), {"short_code"})
        self.assertEqual(set(line["versions"]), {"short_code"})
        for word in ("Mme", "rue A", "Volets", "+333", "door"):
            self.assertNotIn(word, answer.text)
        left = self.left(answer)
        self.assertIn(("identity", "name", 1), left)
        self.assertIn(("notes", "remarks", 1), left)
        table = self.a.run("export", "csv", "--kind", "contact")
        self.assertEqual(table.text.splitlines()[0], "record;record_sector;short_code")
        self.assertIn("Name, 1: who and where (class P2)", table.talk)
        french = self.a.run("export", "csv", "--kind", "contact",
                            env=support.FRENCH)
        self.assertIn("Laissé de côté :", french.talk)
        self.assertIn("classe P2", french.talk)

    def test_each_class_is_asked_for_by_itself(self):
        why = ("--why", "appels du mardi")
        for options, there, absent in (
                (("--with-identity",), "name", "remarks"),
                (("--with-notes",), "remarks", "name")):
            (line,) = self.a.run("export", "jsonl", "--kind", "contact",
                                 *options, *why).lines()
            self.assertIn(there, line["fields"])
            self.assertNotIn(absent, line["fields"])
            self.assertNotIn(absent, line["versions"])

    def test_no_reason_no_export_and_the_reason_is_kept(self):
        for why in ((), ("--why", "  ")):
            self.a.run("export", "jsonl", "--with-identity", *why, code=2)
        self.assertEqual(self.a.run("audit", "--json").lines(), [])
        self.assertEqual(self.a.run("status", "--json").json["audited"], 0)
        self.a.run("export", "csv", "--kind", "contact")
        self.a.run("export", "csv", "--kind", "contact", "--with-identity",
                   "--why", "appels du mardi")
        (line,) = self.a.run("audit", "--json").lines()
        self.assertEqual(
            {k: line[k] for k in ("what", "how", "kind", "identity",
                                  "notes", "why", "person")},
            {"what": "export", "how": "csv", "kind": "contact", "identity": True,
             "notes": False, "why": "appels du mardi", "person": "bureau"})
        self.assertEqual(self.a.run("status", "--json").json["audited"], 1)

    def test_reasons_given_for_changes_are_notes(self):
        self.a.run("set", self.one, "name=Mme Le.", "--why", "vue en vrai")
        options = ("--kind", "contact", "--with-identity", "--why", "x")
        answer = self.a.run("export", "jsonl", "--json", *options)
        self.assertNotIn("vue en vrai", answer.text)
        self.assertIn(("reasons", "name", 1), self.left(answer))
        answer = self.a.run("export", "jsonl", *options, "--with-notes")
        self.assertIn("vue en vrai", answer.text)

    def test_the_bin_is_left_out(self):
        self.a.run("delete", self.one)
        answer = self.a.run("export", "jsonl", "--json", "--kind", "contact")
        self.assertEqual(answer.text, "")
        self.assertEqual(self.left(answer), {("bin", None, 1)})

    def test_a_file_is_its_owners_and_replaced_whole(self):
        out = self.file("c.csv", "before")
        line = self.a.run("export", "csv", "--kind", "contact", "-o", out,
                          "--json").json
        self.assertEqual((line["records"], line["file"]), (1, str(out)))
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
        self.a.run("export", "csv", "--kind", "contact", "-o",
                   self.box / "no" / "c.csv", code=1)
        self.a.run("export", "csv", "--kind", "nothing", "-o", out, code=1)
        self.assertIn("short_code", out.read_text())
        self.assertEqual([p.name for p in self.box.glob("c.csv*")],
                         ["c.csv"])

    def test_wrong_use(self):
        self.a.run("export", "xls", code=2)
        self.a.run("export", "csv", code=2)


class LeftOut(Case):
    """What is left out and why: each reason, in both languages."""
    WHY = {
        "identity": (
            "who and where (class P2): --with-identity --why TEXT",
            "qui et où (classe P2) : --with-identity --why TEXTE"),
        "notes": (
            "notes and what a home is like (class P3): --with-notes --why "
            "TEXT",
            "notes et état du logement (classe P3) : --with-notes --why "
            "TEXTE"),
        "reasons": (
            "reasons given for changes are free text: --with-notes --why TEXT",
            "les raisons données aux changements sont du texte libre : "
            "--with-notes --why TEXTE"),
        "bin": ("in the bin", "à la corbeille"),
        "not_cleared": (
            "words that nobody has cleared do not leave the session: "
            "cleared=yes once they are anonymous",
            "des propos que personne n'a anonymisés ne sortent pas de la "
            "session : cleared=yes une fois anonymes"),
        "side_by_side": (
            "several values side by side: nobody has chosen yet",
            "plusieurs valeurs côte à côte : personne n'a encore choisi"),
        "no_position": ("without a position", "sans position"),
        "no_time": ("without a day or an hour", "sans jour ou sans heure"),
        "too_long": ("longer than a row of a table may be",
                     "plus long que ne peut l'être une ligne de tableau"),
        "format": ("no place for it in this format: csv and jsonl have one",
                   "sans place dans ce format ; csv et jsonl en ont une"),
    }
    # Kinds come with the control sector, before any record of theirs: no
    # command brings one without the other. Its sentence is in the catalogue.
    NEVER_MET = {"unknown_kind": ("of a kind that no pack here describes",
                                  "d'un type qu'aucun lot d'ici ne décrit")}

    def setUp(self):
        super().setUp()
        self.a = a = self.office()
        home = a.new("dwelling", "address=1 rue A", "city_code=59350",
                     "tenure=private_tenant")["record"]
        self.one = a.new("contact", "name=Mme L.", "met_by=door",
                         f"dwelling={home}", "remarks=Volets clos.")["record"]
        seen = a.show(self.one)["seen"]
        for alias in ("au fond", "à gauche"):
            a.run("set", self.one, f"alias={alias}", "--seen", seen, "--why",
                  "vu sur place")
        gone = a.new("contact", "name=M. B.", "met_by=door")["record"]
        a.run("delete", gone)
        # In a table each of its signs takes two.
        a.run("import", "jsonl", self.file("long.jsonl", json.dumps({
            "record": str(uuid.uuid4()), "kind": "note", "sector": "FIVES",
            "fields": {"about": self.one, "text": '"' * (1 << 19)}})))
        meet = a.new("appointment", "appointment_kind=intervention",
                     f"contact={self.one}", "channel=phone", "state=booked",
                     "starts_at=2026-03-02T10:00+01:00")["record"]
        a.run("set", meet, "starts_at=")
        for words, cleared in (("Mme L. dit oui", ()),
                               ("M. B. dit non", ("cleared=no",)),
                               ("on dit peut-être", ("cleared=yes",))):
            a.new("verbatim", "speaker=user", f"words={words}", *cleared)

    def told(self, *args):
        """Each reason of an export: its sentence in both languages, as a
        program and as a person reads it."""
        found = {}
        for language, env in (("en", {}), ("fr", support.FRENCH)):
            answer = self.a.run("export", *args, "--json", env=env)
            shown = self.a.run("export", *args, env=env).talk
            head = {"en": "Left out:", "fr": "Laissé de côté :"}[language]
            self.assertIn(head, shown.splitlines())
            for l in json.loads(answer.talk)["export"]["left_out"]:
                sentence = l["sentence"]
                self.assertRegex(shown, rf"(?m): {re.escape(sentence)}$|"
                                        rf" : {re.escape(sentence)}$")
                found.setdefault(l["reason"], {})[language] = sentence
        return {k: (v["en"], v["fr"]) for k, v in found.items()}

    def test_each_reason_has_its_sentence_in_both_languages(self):
        told = {}
        for args in (("jsonl",), ("jsonl", "--with-identity", "--why", "x"),
                     ("csv", "--kind", "contact", *ALL),
                     ("csv", "--kind", "note", *ALL), ("geojson", *ALL),
                     ("ical", *ALL), ("vcard",), ("vcard", *ALL)):
            for reason, sentences in self.told(*args).items():
                self.assertEqual(told.setdefault(reason, sentences),
                                 sentences)
        self.assertEqual(told, self.WHY)

    def test_words_leave_the_session_once_cleared(self):
        for args in (("csv", "--kind", "verbatim", *ALL), ("jsonl", *ALL)):
            out = self.a.run("export", *args).text
            self.assertNotIn("dit oui", out)
            self.assertNotIn("dit non", out)
            self.assertIn("on dit peut-être", out)

    def test_no_reason_is_forgotten(self):
        source = (support.SOURCE / "cli" / "export" / "export.c").read_text()
        self.assertEqual(set(re.findall(r'\[LEFT_\w+\] = \{"(\w+)"', source)),
                         set(self.WHY) | set(self.NEVER_MET))
        catalogue = (support.SOURCE / "cli/po/fr.po").read_text()
        for english, french in self.NEVER_MET.values():
            self.assertIn(f'msgid "{english}"\nmsgstr "{french}"\n',
                          catalogue)


class Beside(Case):
    """Values side by side are nobody's to choose for an export."""

    def setUp(self):
        super().setUp()
        self.a = self.office()
        self.one = self.a.new("contact", "name=A", "met_by=door",
                              "consents.photo=given")["record"]
        self.meet = self.a.new("appointment", "appointment_kind=intervention",
                               f"contact={self.one}", "channel=phone",
                               "starts_at=2026-03-02T10:00+01:00",
                               "state=booked")["record"]
        self.beside(self.one, "name=B", "name=C", "name=")
        self.beside(self.one, "consents.photo=refused",
                    "consents.photo=not_asked")
        self.beside(self.meet, "starts_at=2026-03-02T11:00+01:00",
                    "starts_at=2026-03-02T12:00+01:00")
        self.beside(self.meet, "state=kept", "state=missed")

    def beside(self, record, *words):
        seen = self.a.show(record)["seen"]
        for word in words:
            self.a.run("set", record, word, "--seen", seen, "--why", "so")

    def test_a_table_leaves_the_cell_empty_and_says_so(self):
        answer = self.a.run("export", "csv", "--kind", "contact", *ALL,
                            "--json")
        (row,) = csv.DictReader(io.StringIO(answer.text), delimiter=";")
        self.assertEqual((row["name"], row["met_by"]), ("", "door"))
        left = json.loads(answer.talk)["export"]["left_out"]
        self.assertIn(("side_by_side", "name", self.one),
                      {(l["reason"], l["field"], l["record"]) for l in left})

    def test_json_lines_bring_them_back_side_by_side(self):
        out = self.box / "x.jsonl"
        self.a.run("export", "jsonl", "--sector", "FIVES", *ALL, "-o", out)
        b = self.office("autre")
        taken = b.run("import", "jsonl", out, "--json")
        self.assertEqual((taken.json["created"], taken.json["set_apart"]),
                         (2, 0), taken.talk)

        def held(store):
            lines = store.run("export", "jsonl", "--sector", "FIVES",
                              *ALL).lines()
            return {l["kind"]: {f: [x["value"] for x in v]
                                if isinstance(v, list)
                                else {k: [x["value"] for x in w]
                                      for k, w in v.items()}
                                for f, v in l["versions"].items()
                                if f != "contact"} for l in lines}

        self.assertEqual(held(b), held(self.a))
        self.assertEqual(held(b)["fr.terrain/contact"]["name"],
                         [None, "C", "B"])
        again = b.run("import", "jsonl", out, "--json").json
        self.assertEqual(again["unchanged"], 2)

    def test_a_reference_follows_its_record(self):
        out = self.box / "x.jsonl"
        self.a.run("export", "jsonl", "--sector", "FIVES", *ALL, "-o", out)
        # The appointment comes first, its contact after it.
        lines = out.read_text().splitlines(keepends=True)
        out.write_text("".join(reversed(lines)))
        b = self.office("autre")
        b.run("import", "jsonl", out)
        (contact,) = b.run("list", "contact", "--json").lines()
        (meet,) = b.run("list", "appointment", "--json").lines()
        self.assertNotEqual(contact["record"], self.one)
        self.assertEqual(meet["fields"]["contact"], contact["record"])


class Lines(Case):
    """JSON Lines that are wrong."""

    def apart(self, *lines, **more):
        a = self.office()
        path = self.file("l.jsonl", b"\n".join(
            l if isinstance(l, bytes) else l.encode() for l in lines))
        answer = a.run("import", "jsonl", path, "--json", **more)
        told = [json.loads(l)["apart"] for l in answer.talk.splitlines()]
        return answer.json, {t["line"]: t for t in told}

    def row(self, fields, kind="note", sector="FIVES"):
        return json.dumps({"record": str(uuid.uuid4()), "kind": kind,
                           "sector": sector, "fields": fields})

    def test_each_is_named_and_the_rest_goes_in(self):
        good = {"name": "A", "met_by": "door"}
        tally, told = self.apart(
            self.row(good, "contact"), "{", "[1]", '{"record":"x"}',
            self.row({}, "nothing"), self.row({"nmo": 1}, "contact"),
            self.row({**good, "phones": 7}, "contact"),
            self.row({**good, "email": "no"}, "contact"),
            self.row(good, "contact", "LILLE"),
            b'{"record":"x","kind":"contact","sector":"FIVES","fields":'
            b'{"name":"a\\u0000b"}}',
            b'{"record":"\xff"}', self.row({"met_by": None}, "contact"),
            self.row({**good, "name": "x\ty"}, "contact"),
            self.row({**good, "consents": []}, "contact"),
            self.row(good, "contact"))
        self.assertEqual((tally["created"], tally["set_apart"]), (2, 13))
        self.assertEqual({n: t["code"] for n, t in told.items()}, {
            2: "ECORRUPT", 3: "ECORRUPT", 4: "ECORRUPT", 5: "EKIND",
            6: "EKIND", 7: "EVALUE", 8: "EVALUE", 9: "ENOTFOUND",
            10: "ECORRUPT", 11: "ECORRUPT", 12: "EVALUE", 13: "EVALUE",
            14: "EVALUE"})



class Formats(Case):
    """Read by programs that are not ours."""

    def setUp(self):
        super().setUp()
        self.a = self.office()

    def export(self, *args):
        out = self.box / "out"
        self.answer = self.a.run("export", *args, "-o", out, "--json")
        return out

    def left(self):
        return {(l["reason"], l.get("kind"), l.get("field"))
                for l in self.answer.json["left_out"]}

    # ---------------------------------------------------------------- GeoJSON

    def test_geojson_points_have_longitude_first(self):
        self.a.new("dwelling", "address=1 rue A", "position=50.63,-3.06",
                   "city_code=59350")
        self.a.new("dwelling", "address=2 rue A")
        found = json.loads(self.export("geojson", *ALL).read_text())
        self.assertEqual(found["type"], "FeatureCollection")
        (one,) = found["features"]
        self.assertEqual(one["geometry"],
                         {"type": "Point", "coordinates": [-3.06, 50.63]})
        self.assertEqual(one["properties"]["address"], "1 rue A")
        self.assertIn(("no_position", "dwelling", None), self.left())
        none = json.loads(self.export("geojson").read_text())
        self.assertEqual(none["features"], [])
        self.assertIn(("identity", "dwelling", "position"), self.left())

    def test_geojson_rings_are_closed_and_turn_left(self):
        corners = ["50.63,3.06", "50.64,3.06", "50.64,3.07", "50.63,3.08"]
        for row in (corners, corners[::-1], corners + corners[:1]):
            self.a.new("sector", f"code=S{len(row)}{row[0][-1]}", "name=X",
                       "outline=" + " ".join(row))
        self.a.new("tour", "day=2026-03-02", "pair_ref=" + str(uuid.uuid4()),
                   "track=50.63,3.06 50.64,3.07")
        found = json.loads(self.export("geojson").read_text())["features"]
        rings = [f["geometry"]["coordinates"][0] for f in found
                 if f["geometry"]["type"] == "Polygon"]
        self.assertEqual(len(rings), 3)
        for ring in rings:
            self.assertEqual(ring[0], ring[-1])
            self.assertEqual(len(ring), 5)
            self.assertEqual({tuple(p) for p in ring},
                             {tuple(map(float, c.split(",")[::-1]))
                              for c in corners})
            area = sum(a[0] * b[1] - b[0] * a[1]
                       for a, b in zip(ring, ring[1:]))
            self.assertGreater(area, 0)
        (line,) = [f["geometry"] for f in found
                   if f["geometry"]["type"] == "LineString"]
        self.assertEqual(line["coordinates"], [[3.06, 50.63], [3.07, 50.64]])

    # ------------------------------------------------------------------ vCard

    def people(self):
        home = self.a.new("dwelling", "address=1, rue A; fond de cour",
                          "postcode=59000")["record"]
        self.a.new("contact", "name=" + "é" * 60 + ", L; \\x",
                   "met_by=door", "phones=0320000001|0320000002",
                   "email=l@example.org", f"dwelling={home}", "language=fr",
                   "remarks=Deux\nlignes")
        self.a.new("address_entry", "name=Atelier B", "category=" + self.category(),
                   "phones=0320000003", "address=2 rue B")

    def category(self):
        kind = self.a.run("kinds", "address_entry", "--json").json
        return next(f for f in kind["fields"]
                    if f["field"] == "category")["values"][0]["id"]

    def test_cards_in_both_versions(self):
        self.people()
        for version, more in (("4.0", ()), ("3.0", ("--vcard3",))):
            with self.subTest(version=version):
                out = self.export("vcard", *ALL, *more)
                for line in out.read_bytes().split(b"\r\n"):
                    self.assertLessEqual(len(line), 75)
                    line.decode()  # never cut inside a character
                ((one, two),) = read_back(self, "vcard", out)
                self.assertEqual(one["version"], [version])
                self.assertEqual(one["fn"], ["é" * 60 + ", L; \\x"])
                self.assertEqual(
                    [t.replace("tel:", "") for t in one["tel"]],
                    ["+33320000001", "+33320000002"])
                self.assertEqual(one["email"], ["l@example.org"])
                self.assertIn("1, rue A; fond de cour", one["adr"][0])
                self.assertIn("59000", one["adr"][0])
                self.assertEqual(one["note"], ["Deux\nlignes"])
                self.assertEqual(two["fn"], ["Atelier B"])

    def test_what_a_card_has_no_place_for_is_said(self):
        self.people()
        one = self.a.run("list", "contact", "--json").lines()[0]
        self.a.run("set", one["record"], "alias=au fond", "best_times+=le soir",
                   "consents.quote=given", "autonomy=no")
        for more, language in ((("--vcard3",), {"language"}), ((), set())):
            self.export("vcard", *ALL, *more)
            self.assertEqual(
                {f for reason, kind, f in self.left()
                 if (reason, kind) == ("format", "contact")},
                {"short_code", "alias", "met_by", "best_times", "consents",
                 "autonomy"} | language)
        self.a.run("set", one["record"], "name=")
        self.export("vcard", *ALL)  # called by its landmark
        self.assertNotIn(("format", "contact", "alias"), self.left())

    def test_without_identity_only_the_address_book_has_cards(self):
        self.people()
        ((one,),) = read_back(self, "vcard", self.export("vcard"))
        self.assertEqual(one["fn"], ["Atelier B"])
        self.assertIn(("identity", "contact", None), self.left())

    # -------------------------------------------------------------- iCalendar

    def meet(self, *more):
        return self.a.new(
            "appointment", "appointment_kind=intervention",
            f"contact={self.one}", "channel=phone", "state=booked",
            "starts_at=2026-03-02T10:00+01:00", *more)["record"]

    def test_a_calendar_of_appointments_and_sessions(self):
        self.one = self.a.new("contact", "name=Mme L.",
                              "met_by=door")["record"]
        booked = self.meet("minutes=45", "place=1, rue A")
        gone = self.meet()
        self.a.run("set", gone, "state=cancelled")
        twice = self.meet()
        seen = self.a.show(twice)["seen"]
        for hour in (11, 12):
            self.a.run("set", twice, f"starts_at=2026-03-02T{hour}:00+01:00",
                       "--seen", seen)
        self.a.new("market_session", "day=2026-03-03", "place=Halle",
                   "place_kind=market")
        out = self.export("ical", *ALL)
        found = {e["UID"][0].rpartition(":")[2]: e
                 for e in read_back(self, "ical", out)[0]}
        self.assertEqual(len(found), 3)
        self.assertNotIn(twice, found)
        self.assertIn(("side_by_side", "appointment", "starts_at"),
                      self.left())
        one = found[booked]
        self.assertEqual((one["DTSTART"], one["DTEND"]),
                         (["20260302T090000Z"], ["20260302T094500Z"]))
        self.assertEqual(one["STATUS"], ["CONFIRMED"])
        self.assertIn("Mme L.", one["SUMMARY"][0])
        self.assertEqual(one["LOCATION"], ["1\\, rue A"])
        self.assertEqual(found[gone]["STATUS"], ["CANCELLED"])
        self.assertIn(("format", "appointment", "channel"), self.left())
        self.assertIn(("format", "market_session", "place_kind"), self.left())
        self.assertNotIn("LOCATION", found[gone])
        (market,) = [e for e in found.values() if "Halle" in e["SUMMARY"][0]]
        self.assertEqual(market["DTSTART"], ["20260303"])
        # Without a place it is where they live; who comes, what is brought.
        home = self.a.new("dwelling", "address=2 rue B")["record"]
        self.a.run("set", self.one, f"dwelling={home}")
        who = self.a.new("agent", "display_name=Agent A.", "roles+=agent")
        adviser = self.a.new("address_entry", "name=Permanence",
                             "category=amelio_adviser")
        self.a.run("set", gone, f"with_agents+={who['record']}",
                   "papers+=avis d'imposition",
                   f"with_adviser={adviser['record']}")
        at_home = [e for e in read_back(self, "ical", self.export(
            "ical", *ALL))[0] if e["UID"][0].endswith(gone)][0]
        self.assertEqual(at_home["LOCATION"], ["2 rue B"])
        self.assertEqual(at_home["DESCRIPTION"], [
            "Agents: Agent A.\\nAdviser: Permanence\\, energy adviser\\n"
            "Papers to bring: avis d'imposition"])
        # Places side by side: none is chosen, and not the home instead.
        seen = self.a.show(booked)["seen"]
        for place in ("Mairie", "Halle"):
            self.a.run("set", booked, f"place={place}", "--seen", seen)
        found = {e["UID"][0].rpartition(":")[2]: e for e in read_back(
            self, "ical", self.export("ical", *ALL))[0]}
        self.assertNotIn("LOCATION", found[booked])
        self.assertIn(("side_by_side", "appointment", "place"), self.left())
        # Nothing of a sheet in the bin.
        self.a.run("delete", self.one)
        at_home = [e for e in read_back(self, "ical", self.export(
            "ical", *ALL))[0] if e["UID"][0].endswith(gone)][0]
        self.assertNotIn("LOCATION", at_home)
        self.assertNotIn("Mme L.", at_home["SUMMARY"][0])
        # Without a reason nobody's appointment is told.
        ((only,),) = read_back(self, "ical", self.export("ical"))
        self.assertIn("Halle", only["SUMMARY"][0])
        self.assertIn(("identity", "appointment", "starts_at"), self.left())


support.main()
