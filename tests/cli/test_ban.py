# SPDX-License-Identifier: Apache-2.0
"""test_ban.py - addresses of the Base Adresse Nationale into dwellings.

The columns are those of the real tables; the streets are nobody's.
"""
import json

import support
from support import Case

EXTRACT = ("id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;"
           "nom_commune;code_insee_ancienne_commune;nom_ancienne_commune;x;y;"
           "lon;lat;type_position;alias;nom_ld;libelle_acheminement;nom_afnor;"
           "source_position;source_nom_voie;certification_commune;"
           "cad_parcelles")
TOWN = ("cle_interop;uid_adresse;voie_nom;lieudit_complement_nom;numero;"
        "suffixe;commune_insee;commune_nom;position;x;y;long;lat;"
        "cad_parcelles;source;date_der_maj;certification_commune")
GEOCODED = ("nom,adresse,latitude,longitude,result_label,result_score,"
            "result_score_next,result_type,result_id,result_housenumber,"
            "result_name,result_street,result_postcode,result_city,"
            "result_context,result_citycode,result_oldcitycode,"
            "result_oldcity,result_district,result_status")


def extract(number, rep="", street="Rue des Essais", lon="3.0612345",
            lat="50.6298765", key=None, postcode="59000"):
    if key is None:
        key = f"59350_1234_{int(number):05d}" + (f"_{rep}" if rep else "")
    return (f"{key};59350_1234;{number};{rep};{street};{postcode};59350;"
            f"Lille;;;704000.1;7059000.2;{lon};{lat};entrée;;;LILLE;"
            f"RUE DES ESSAIS;commune;commune;1;\n")


def geocoded(number, score, street="Rue des Essais", kind="housenumber",
             key=None, name=None, status="ok"):
    digits = "".join(c for c in number if c.isdigit()) or "0"
    rest = number[len(digits):].strip()
    if key is None:
        key = f"59350_1234_{int(digits):05d}" + (f"_{rest}" if rest else "")
    name = f"{number} {street}" if name is None else name
    return (f"x,\"{number} {street}, Lille\",50.6298765,3.0612345,"
            f"\"{name} 59000 Lille\",{score},,{kind},{key},{number},"
            f"\"{name}\",\"{street}\",59000,Lille,"
            f"\"59, Nord, Hauts-de-France\",59350,,,,{status}\n")


class Ban(Case):
    def setUp(self):
        super().setUp()
        self.a = self.office()

    def take(self, content, *more, code=0, store=None, **also):
        path = self.file("adresses.csv", content)
        return (store or self.a).run("import", "ban", path, "--json", *more,
                                     code=code, **also)

    def tally(self, *args, **also):
        line = self.take(*args, **also).json
        return tuple(line[k] for k in ("rows", "created", "updated",
                                       "unchanged", "set_apart"))

    @staticmethod
    def told(answer, what="apart"):
        lines = [json.loads(l) for l in answer.talk.splitlines()]
        return [l[what] for l in lines if what in l]

    def dwellings(self, store=None):
        lines = (store or self.a).run("list", "dwelling", "--json").lines()
        return {l["fields"]["ban_id"]: l["fields"] for l in lines}

    def one(self):
        (line,) = self.a.run("list", "dwelling", "--json").lines()
        return line


class Extract(Ban):
    def test_an_address_becomes_a_dwelling_with_five_decimals(self):
        self.assertEqual(self.tally(EXTRACT + "\n" + extract(8, "bis")),
                         (1, 1, 0, 0, 0))
        self.assertEqual(self.dwellings()["59350_1234_00008_bis"], {
            "address": "8 bis Rue des Essais, 59000 Lille",
            "ban_id": "59350_1234_00008_bis", "house_number": "8 bis",
            "street": "Rue des Essais", "postcode": "59000",
            "city_code": "59350", "position": [50.62988, 3.06123]})

    def test_the_same_extract_again_changes_nothing(self):
        text = EXTRACT + "\n" + extract(8) + extract(10) + extract(12)
        self.assertEqual(self.tally(text), (3, 3, 0, 0, 0))
        before = self.a.run("status", "--json").json["commits"]
        self.assertEqual(self.tally(text), (3, 0, 0, 3, 0))
        self.take(text, "--exit-code", code=3)
        self.assertEqual(self.a.run("status", "--json").json["commits"],
                         before)

    def test_a_later_extract_changes_only_what_changed(self):
        self.take(EXTRACT + "\n" + extract(8) + extract(10))
        digest = self.a.run("digest", "--json").json
        self.assertEqual(
            self.tally(EXTRACT + "\n" + extract(8) +
                       extract(10, street="Rue Neuve")), (2, 0, 1, 1, 0))
        self.assertNotEqual(self.a.run("digest", "--json").json, digest)
        self.assertEqual(self.dwellings()["59350_1234_00010"]["address"],
                         "10 Rue Neuve, 59000 Lille")
        # And back again: what the extract wrote is the extract's.
        self.assertEqual(self.tally(EXTRACT + "\n" + extract(10)),
                         (1, 0, 1, 0, 0))
        self.assertEqual(self.a.run("digest", "--json").json, digest)

    def test_what_was_corrected_here_stays(self):
        self.take(EXTRACT + "\n" + extract(8))
        record = self.one()["record"]
        self.a.run("set", record, "street=Rue des Vrais Essais", "door=2B")
        answer = self.take(EXTRACT + "\n" +
                           extract(8, street="Rue Neuve", postcode="59800"))
        self.assertEqual((answer.json["updated"], answer.json["kept"]),
                         (1, 1))
        (note,) = self.told(answer, "note")
        self.assertEqual((note["line"], note["column"]), (2, "street"))
        fields = self.one()["fields"]
        self.assertEqual(fields["street"], "Rue des Vrais Essais")
        self.assertEqual(fields["postcode"], "59800")
        self.assertEqual(fields["door"], "2B")

    def test_two_devices_that_take_in_one_extract_make_one_record(self):
        b = self.enrol(self.a, "tablette-1")
        text = EXTRACT + "\n" + extract(8) + extract(10)
        self.take(text)
        self.take(text, store=b)
        self.meet(self.a, b)
        for store in (self.a, b):
            self.assertEqual(len(self.dwellings(store)), 2)
            self.assertEqual(store.run("conflicts", "--json").lines(), [])

    def test_an_address_typed_in_before_is_not_made_again(self):
        self.a.new("dwelling", "address=8 rue des Essais",
                   "ban_id=59350_1234_00008", "door=1er gauche")
        answer = self.take(EXTRACT + "\n" + extract(8) + extract(10))
        self.assertEqual(answer.json["created"], 1)
        (apart,) = self.told(answer)
        self.assertEqual((apart["line"], apart["code"]), (2, "EEXIST"))

    def test_one_in_the_bin_stays_there(self):
        self.take(EXTRACT + "\n" + extract(8))
        self.a.run("delete", self.one()["record"])
        answer = self.take(EXTRACT + "\n" + extract(8, street="Rue Neuve"))
        self.assertEqual(answer.json["set_apart"], 1)
        self.assertIn("in the bin", self.told(answer)[0]["sentence"])

    def test_what_is_left_out_is_named_line_by_line(self):
        rows = [extract(99999, key="59350_1234"), extract(8, key=" "),
                extract(10, street=""), extract(12, lat=""),
                extract(14, lon="trois"), extract(16, key="N'importe quoi"),
                extract(18, postcode="5900"), extract(20, lat="95.2"),
                extract(22, street="R" * 90),
                extract(24, street="R" * 300),
                extract("12a b", key="59350_1234_00012"),
                extract("x", key="59350_1234_00013"), extract(26)]
        answer = self.take(EXTRACT + "\n" + "".join(rows))
        self.assertEqual((answer.json["created"], answer.json["set_apart"]),
                         (2, 11))
        apart = self.told(answer)
        self.assertEqual({a["line"] for a in apart},
                         set(range(2, 12)) | {13})
        columns = {a["line"]: a.get("column") for a in apart}
        self.assertEqual((columns[8], columns[9]), ("postcode", "position"))
        for a in apart:
            self.assertTrue(a["sentence"], a)
            self.assertLess(len(a["sentence"]), 320)

    def test_what_is_left_out_is_written_as_it_stood_and_said_in_french(self):
        apart = self.box / "reste.csv"
        bad = extract(8, lon="\"est\"\"\"")
        path = self.file("a.csv", EXTRACT + "\n" + bad + extract(10) +
                         extract(12, postcode="5900"))
        answer = self.a.run("import", "ban", path, "--apart", apart,
                            env=support.FRENCH)
        self.assertEqual(apart.read_text(),
                         EXTRACT + "\n" + bad + extract(12, postcode="5900"))
        self.assertIn("ligne 2 : la position", answer.talk)
        self.assertIn("ligne 4, colonne 6 (postcode)", answer.talk)
        self.assertIn("mises à part : 2", answer.text)

    def test_a_towns_own_table(self):
        row = ("59350_1234_00008_BIS;;Rue des Essais;;8;BIS;59350;Lille;"
               "entrée;704000,1;7059000,2;3,0612345;50,6298765;;commune;"
               "2026-01-05;1\n")
        self.take(TOWN + "\n" + row)
        fields = self.dwellings()["59350_1234_00008_bis"]
        self.assertEqual(fields["address"], "8 bis Rue des Essais, Lille")
        self.assertEqual(fields["position"], [50.62988, 3.06123])
        # The base's extract has the same key, and adds the postcode.
        self.assertEqual(self.tally(EXTRACT + "\n" + extract(8, "bis")),
                         (1, 0, 1, 0, 0))

    def test_only_some_streets_of_some_towns(self):
        rows = (extract(8) + extract(9, street="Rue Neuve") +
                extract(10, street="RUE DES ESSAIS"))
        line = self.take(EXTRACT + "\n" + rows, "--town", "59350",
                         "--street", "rue des essais").json
        self.assertEqual((line["created"], line["elsewhere"]), (2, 1))
        line = self.take(EXTRACT + "\n" + rows, "--town", "59009").json
        self.assertEqual((line["created"], line["elsewhere"]), (0, 3))

    def test_dry_run_writes_nothing(self):
        line = self.take(EXTRACT + "\n" + extract(8) + extract(0),
                         "--dry-run").json
        self.assertEqual((line["created"], line["set_apart"],
                          line["dry_run"]), (1, 1, True))
        self.assertEqual(self.dwellings(), {})

    def test_a_countys_worth_is_refused_before_anything_goes_in(self):
        rows = "".join(extract(1 + i % 9999, key=f"59350_{i:04d}_00001")
                       for i in range(20001))
        answer = self.take(EXTRACT + "\n" + rows, code=1)
        self.assertIn("--town", answer.error["sentence"])
        self.assertEqual(self.dwellings(), {})

    def test_other_tables_and_options_are_refused(self):
        self.take("a;b;c\n1;2;3\n", code=1)
        self.take("", code=1)
        self.take(EXTRACT + "\n", "--score", "60%", code=2)
        self.take(EXTRACT + "\n", "--kind", "contact", code=2)
        path = self.file("c.csv", "name;met_by\nA;door\n")
        self.a.run("import", "csv", path, "--kind", "contact", "--town",
                   "59350", code=2)

    def test_hostile_bytes_leave_the_rest_alone(self):
        rows = (b"\xff\xfe;;\n" + extract(8).encode() + b"\0\n" + b"\"open\n" +
                b";" * 2000 + b"\n" + extract(10).encode() +
                b"x" * (2 << 20) + b"\n" + extract(12).encode())
        answer = self.take(EXTRACT.encode() + b"\n" + rows)
        self.assertEqual(answer.json["created"], 3)
        self.assertEqual(answer.json["set_apart"], 5)


class Geocoded(Ban):
    def test_it_gives_the_dwelling_that_the_extract_gives(self):
        self.take(EXTRACT + "\n" + extract(8, "bis") + extract(10))
        self.assertEqual(
            self.tally(GEOCODED + "\n" + geocoded("8bis", 0.97) +
                       geocoded("10", 0.9)), (2, 0, 0, 2, 0))

    def test_without_a_street_column_it_is_found_in_the_name(self):
        head = GEOCODED.replace("result_street", "autre")
        self.take(head + "\n" + geocoded("8bis", 0.97,
                                         name="8 bis Rue des Essais"))
        self.assertEqual(self.one()["fields"]["address"],
                         "8 bis Rue des Essais, 59000 Lille")

    def test_a_doubtful_answer_is_told_a_poor_one_left_out(self):
        answer = self.take(GEOCODED + "\n" + geocoded("8", 0.81) +
                           geocoded("10", 0.7) + geocoded("12", 0.59) +
                           geocoded("14", "haut"))
        self.assertEqual((answer.json["created"], answer.json["doubtful"],
                          answer.json["set_apart"]), (2, 1, 2))
        (note,) = self.told(answer, "note")
        self.assertEqual(note["line"], 3)
        poor, none = self.told(answer)
        self.assertIn("0.590", poor["sentence"])
        self.assertIn("0.600", poor["sentence"])
        self.assertEqual(none["line"], 5)
        self.assertEqual(
            self.tally(GEOCODED + "\n" + geocoded("12", 0.59),
                       "--score", "0.5"), (1, 1, 0, 0, 0))

    def test_streets_towns_and_what_was_not_found_are_no_dwellings(self):
        rows = (geocoded("", 0.9, kind="street", key="59350_1234") +
                geocoded("", 0.9, kind="municipality", key="59350") +
                geocoded("", "", kind="", key="", status="not-found") +
                geocoded("8", 0.9, status="error"))
        answer = self.take(GEOCODED + "\n" + rows)
        self.assertEqual(answer.json["set_apart"], 4)
        self.assertEqual([a["code"] for a in self.told(answer)],
                         ["EVALUE", "EVALUE", "ENOTFOUND", "ENOTFOUND"])


class GeoJson(Ban):
    @staticmethod
    def feature(number, score=0.95, **more):
        return {"type": "Feature",
                "geometry": {"type": "Point",
                             "coordinates": [3.0612345, 50.6298765]},
                "properties": {
                    "label": f"{number} Rue des Essais 59000 Lille",
                    "score": score, "housenumber": number,
                    "id": f"59350_1234_{int(number):05d}",
                    "name": f"{number} Rue des Essais",
                    "street": "Rue des Essais", "postcode": "59000",
                    "citycode": "59350", "city": "Lille", "x": 704000.1,
                    "y": 7059000.2, "context": "59, Nord",
                    "type": "housenumber", "importance": 0.7, **more}}

    def collection(self, *features):
        return json.dumps({"type": "FeatureCollection", "version": "draft",
                           "features": list(features)})

    def test_a_geojson_gives_what_the_table_gives(self):
        self.take(EXTRACT + "\n" + extract(8))
        self.assertEqual(
            self.tally(self.collection(self.feature("8"),
                                       self.feature("10"))),
            (2, 1, 0, 1, 0))

    def test_what_is_left_out_has_the_number_of_its_address(self):
        answer = self.take(self.collection(
            self.feature("8"), {"type": "Feature"}, 7,
            self.feature("10", score=0.1), self.feature("12", id=5),
            self.feature("16", postcode="x" * 300),
            self.feature("18", postcode="5900"), self.feature("20", 0.7)))
        self.assertEqual(answer.json["created"], 2)
        self.assertEqual(sorted(a["address"] for a in self.told(answer)),
                         [2, 3, 4, 5, 6, 7])
        (note,) = self.told(answer, "note")
        self.assertEqual(note["address"], 8)

    def test_what_is_no_geojson_is_refused(self):
        for text in ("{", "{}", "{\"type\":\"FeatureCollection\"}",
                     "{\"type\":\"FeatureCollection\",\"features\":7}",
                     "{" + "\"a\":[" * 5000,
                     self.collection(self.feature("14", id="a\0b"))):
            self.assertTrue(self.take(text, code=7).error["sentence"])
        self.take("{" + " " * (17 << 20), code=1)
        path = self.file("a.json", self.collection())
        self.a.run("import", "ban", path, "--apart", "x", code=2)


if __name__ == "__main__":
    support.main()
