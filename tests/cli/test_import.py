# SPDX-License-Identifier: Apache-2.0
"""test_import.py - tables as people write them, right and wrong."""
import json
import resource

import support
from support import Case

HEAD = "import_key;Nom;Premier canal;Téléphones;Accords.photo\n"


class Import(Case):
    def setUp(self):
        super().setUp()
        self.a = self.office()

    def take(self, content, *more, kind="contact", code=0, **also):
        path = self.file("t.csv", content)
        return self.a.run("import", "csv", path, "--kind", kind, "--json",
                          *more, code=code, **also)

    def tally(self, *args, **also):
        line = self.take(*args, **also).json
        return tuple(line[k] for k in ("rows", "created", "updated",
                                       "unchanged", "set_apart"))

    def apart(self, answer):
        lines = [json.loads(l) for l in answer.talk.splitlines()]
        return [l["apart"] for l in lines]

    def contacts(self):
        lines = self.a.run("list", "contact", "--json").lines()
        return {l["fields"].get("name"): l["fields"] for l in lines}

    def test_french_terms_semicolons_sets_and_maps(self):
        self.assertEqual(
            self.tally(HEAD + "c1;Mme L.;porte-à-porte (tournée);"
                       "0320000001|0320000002;donné\n"), (1, 1, 0, 0, 0))
        fields = self.contacts()["Mme L."]
        self.assertEqual(fields["met_by"], "door")
        self.assertEqual(fields["phones"], ["+33320000001", "+33320000002"])
        self.assertEqual(fields["consents"], {"photo": "given"})

    def test_identifiers_commas_quotes_crlf_and_the_utf8_mark(self):
        text = "\ufeffname,met_by,remarks\r\n\"L, \"\"la\"\"\",door," \
               "\"deux\nlignes\"\r\n"
        self.assertEqual(self.tally(text), (1, 1, 0, 0, 0))
        fields = self.contacts()["L, \"la\""]
        self.assertEqual(fields["remarks"], "deux\nlignes")

    def test_the_same_table_again_changes_nothing(self):
        text = HEAD + "c1;A;door;;\nc2;B;door;;\n"
        self.assertEqual(self.tally(text), (2, 2, 0, 0, 0))
        before = self.a.run("digest", "--json").json
        self.assertEqual(self.tally(text), (2, 0, 0, 2, 0))
        self.assertEqual(self.a.run("digest", "--json").json, before)
        self.take(text, "--exit-code", code=3)

    def test_what_to_look_at_is_told_once_a_sort(self):
        text = "import_key;channel;at;outcome;remark\n" + "".join(
            f"k{i};phone;2026-05-04T10:0{i}+02:00;talked;"
            f"{'le code de la porte est 1234A' if i == 3 else 'rien'}\n"
            for i in range(6)) + \
            "d1;door;2026-05-04T11:00+02:00;no_answer;rien\n" \
            "d2;door;2026-05-04T11:05+02:00;no_answer;rien\n"
        told = self.take(text, kind="encounter").json
        self.assertEqual(told["created"], 8)
        looks = {n["what"]: (n["rows"], n["line"]) for n in told["notices"]}
        self.assertEqual(looks["no_answer_notice"], (2, 8))
        self.assertEqual(looks["door_tour"], (2, 8))
        # The same table again says nothing again.
        self.assertEqual(self.take(text, kind="encounter").json["notices"],
                         [])
        path = self.file("u.csv", text.replace("\nk", "\nl").replace("d1", "e1")
                         .replace("d2", "e2"))
        said = self.a.run("import", "csv", path, "--kind", "encounter",
                          env={"LANG": "fr_FR.UTF-8"}).talk
        self.assertIn("(2 lignes, la première est la ligne 8)", said)
        self.assertEqual(said.count("la première est la ligne 8"), 2)
        # Tried only: nothing went in that could be looked at.
        self.assertEqual(self.take(text.replace("\nk", "\nm"), "--dry-run",
                                   kind="encounter").json["notices"], [])

    def test_a_known_key_changes_only_what_differs(self):
        self.take(HEAD + "c1;A;door;0320000001;\n")
        self.assertEqual(self.tally(HEAD + "c1;A2;door;0320000002;\n"),
                         (1, 0, 1, 0, 0))
        fields = self.contacts()["A2"]
        self.assertEqual(len(fields["phones"]), 2)
        # An empty cell says nothing.
        self.assertEqual(self.tally(HEAD + "c1;;;;\n"), (1, 0, 0, 1, 0))
        self.assertIn("A2", self.contacts())

    def test_one_key_twice_in_a_table_is_one_record(self):
        self.assertEqual(self.tally(HEAD + "c1;A;door;;\nc1;B;door;;\n"),
                         (2, 1, 1, 0, 0))
        self.assertEqual(list(self.contacts()), ["B"])

    def test_a_reference_finds_keys_codes_and_rows_further_down(self):
        self.take("import_key;address\nd1;1 rue A\n", kind="dwelling")
        self.assertEqual(
            self.tally("import_key;name;met_by;dwelling;brought_by\n"
                       "c1;A;door;d1;c2\nc2;B;door;;\n"), (2, 2, 0, 0, 0))
        contacts = self.contacts()
        self.assertEqual(len(contacts["A"]["dwelling"]), 36)
        self.assertEqual(len(contacts["A"]["brought_by"]), 36)
        self.assertEqual(
            self.tally(f"about;text\n{contacts['A']['short_code']};Vu.\n"
                       "c2;Vu aussi.\n", kind="note"), (2, 2, 0, 0, 0))

    def test_a_reference_is_found_in_the_common_sector_too(self):
        kind = self.a.run("kinds", "agent", "--json").json
        roles = next(f for f in kind["fields"] if f["field"] == "roles")
        role = roles["values"][0]["id"]
        self.assertEqual(
            self.tally(f"import_key;display_name;roles\na1;A;{role}\n",
                       "--sector", "common", kind="agent"), (1, 1, 0, 0, 0))
        self.assertEqual(self.tally("import_key;members\np1;a1\n",
                                    kind="pair"), (1, 1, 0, 0, 0))
        (pair,) = self.a.run("list", "pair", "--json").lines()
        self.assertEqual(pair["sector"], "FIVES")
        self.assertEqual(len(pair["fields"]["members"]), 1)

    def test_a_reference_names_another_sector(self):
        self.a.run("sector", "add", "WAZEMMES")
        self.take("import_key;address\nd1;1 rue A\n", "--sector", "WAZEMMES",
                  kind="dwelling")
        self.assertEqual(
            self.tally("import_key;name;met_by;dwelling\n"
                       "c1;A;door;WAZEMMES/d1\nc2;B;door;d1\n"
                       "c3;C;door;NULLEPART/d1\n", "--sector", "FIVES"),
            (3, 1, 0, 0, 2))
        self.assertEqual(len(self.contacts()["A"]["dwelling"]), 36)

    def test_a_reference_is_found_in_a_kind_of_another_pack(self):
        self.tally("import_key;display_name;roles\na1;A;ambassador\n",
                   "--sector", "common", kind="agent")
        self.tally("import_key;title;starts_on;service\n"
                   "s1;T;2025-01-16;S\n", kind="session")
        self.assertEqual(
            self.tally("session;agent;day;presence\n"
                       "s1;a1;2025-01-16;present\ns1;s1;2025-01-17;present\n",
                       kind="attendance"), (2, 1, 0, 0, 1))

    def test_many_rows_go_in_128_at_a_time(self):
        rows = "".join(f"k{i};N{i};door;;\n" for i in range(300))
        self.take(HEAD + "k0;N0;door;;\n")  # its log begins with an entry
        before = self.a.run("status", "--json").json["commits"]
        self.assertEqual(self.tally(HEAD + rows), (300, 299, 0, 1, 0))
        after = self.a.run("status", "--json").json["commits"]
        self.assertEqual(after - before, 3)

    def test_dry_run_writes_nothing(self):
        line = self.take(HEAD + "c1;A;door;;\nc2;B;nowhere;;\n",
                         "--dry-run").json
        self.assertEqual((line["created"], line["set_apart"],
                          line["dry_run"]), (1, 1, True))
        self.assertEqual(self.contacts(), {})

    def test_values_side_by_side_are_not_chosen_between(self):
        self.take(HEAD + "c1;A;door;;\n")
        (one,) = self.a.run("list", "contact", "--json").lines()
        seen = self.a.show(one["record"])["seen"]
        self.a.run("set", one["record"], "name=B")
        self.a.run("set", one["record"], "name=C", "--seen", seen)
        self.assertEqual(self.tally(HEAD + "c1;B;door;;\n"), (1, 0, 0, 1, 0))
        answer = self.take(HEAD + "c1;D;door;;\n")
        self.assertEqual(self.apart(answer)[0]["code"], "ECONFLICT")

    # --------------------------------------------------------- wrong tables

    def test_a_wrong_column_is_refused_before_anything_goes_in(self):
        answer = self.take("name;met_by;Nmo\nA;door;x\n", code=1)
        self.assertEqual(answer.error["code"], "EKIND")
        self.assertIn("Nmo", answer.error["sentence"])
        self.assertEqual(self.contacts(), {})

    def test_a_column_twice_is_refused(self):
        self.take("name;met_by;Nom\nA;door;x\n", code=1)

    def test_a_bad_date_is_named_and_the_rest_goes_in(self):
        answer = self.take("name;met_by;charter_given\nA;door;31/02/2026\n"
                           "B;door;01/03/2026\n")
        self.assertEqual(list(self.contacts()), ["B"])
        (apart,) = self.apart(answer)
        self.assertEqual((apart["line"], apart["column"], apart["code"]),
                         (2, "charter_given", "EVALUE"))
        self.assertEqual(answer.json["set_apart"], 1)

    def test_a_wrong_row_says_line_and_column_in_french(self):
        path = self.file("t.csv", "Nom;Premier canal\nA;nulle part\n")
        answer = self.a.run("import", "csv", path, "--kind", "contact",
                            env=support.FRENCH)
        self.assertIn("ligne 2, colonne 2 (Premier canal)", answer.talk)
        self.assertIn("mises à part : 1", answer.text)

    def test_wrong_rows_everywhere_leave_the_right_ones(self):
        rows, right = [], set()
        for i in range(400):
            bad = i % 7 == 0 or i % 128 in (0, 127)
            rows.append(f"k{i};N{i};{'nowhere' if bad else 'door'};;\n")
            if not bad:
                right.add(f"N{i}")
        self.take(HEAD + "".join(rows))
        lines = self.a.run("list", "contact", "--json").lines()
        self.assertEqual({l["fields"]["name"] for l in lines}, right)

    def test_a_missing_required_field_sets_only_its_row_apart(self):
        answer = self.take("name;met_by\nA;\nB;door\n")
        self.assertEqual(list(self.contacts()), ["B"])
        self.assertIn("met_by", self.apart(answer)[0]["sentence"])

    def test_invalid_utf8_sets_its_row_apart(self):
        answer = self.take(b"name;met_by\n\xc3\x28;door\nB;door\n\xff;door\n"
                           b"\xed\xa0\x80;door\n\xc0\xaf;door\nC;door\n")
        self.assertEqual(sorted(self.contacts()), ["B", "C"])
        self.assertEqual([a["line"] for a in self.apart(answer)],
                         [2, 4, 5, 6])

    def test_an_invalid_header_is_damaged_input(self):
        self.take(b"n\xffme;met_by\nA;door\n", code=7)
        self.take(b"", code=1)

    def test_a_line_of_ten_megabytes_is_named_in_bounded_memory(self):
        path = self.box / "big.csv"
        with open(path, "wb") as f:
            f.write(b"name;met_by\nA;door\n")
            for _ in range(10):
                f.write(b"x" * (1 << 20))
            f.write(b";door\nB;door\n")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        answer = self.a.run("import", "csv", path, "--kind", "contact",
                            "--json")
        (apart,) = self.apart(answer)
        self.assertEqual((apart["line"], apart["code"]), (3, "ELIMIT"))
        self.assertEqual(sorted(self.contacts()), ["A", "B"])
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        # Kilobytes; the line itself would be ten thousand.
        self.assertLess(after - before, 8 << 10)

    def test_a_forgotten_quote_takes_no_other_row_along(self):
        answer = self.take("name;met_by\n\"A;door\nB;door\nC;door\n")
        self.assertEqual(sorted(self.contacts()), ["B", "C"])
        self.assertEqual([a["line"] for a in self.apart(answer)], [2])

    def test_too_many_cells_set_the_row_apart_and_too_few_do_not(self):
        answer = self.take("met_by;name;alias\ndoor;A;x;y\ndoor;B\n")
        self.assertEqual(list(self.contacts()), ["B"])
        self.assertEqual(len(self.apart(answer)), 1)

    def test_without_a_key_it_is_said_that_a_second_import_doubles(self):
        def told(table, *more, env=None):
            return self.a.run("import", "csv", self.file("k.csv", table),
                              "--kind", "contact", *more, env=env).talk
        for env, says in ((None, "makes new records"),
                          (support.FRENCH, "crée de nouvelles fiches")):
            self.assertIn(says, told("met_by\ndoor\n", env=env))
        self.assertNotIn("new records", told("met_by;import_key\ndoor;k1\n"))
        self.assertNotIn("new records", told("met_by\nnowhere\n"))
        self.assertIn("import only that file", told("met_by\nnowhere\n"))
        self.assertIn("import only that file",
                      told("met_by\nnowhere\n", "--apart", self.box / "a.csv"))

    def test_rows_set_apart_stand_in_the_order_of_the_table(self):
        """Whatever is wrong with them, and the right ones go in."""
        out = self.box / "apart.csv"
        bad = ["one;nowhere", "two;door;x", "three;nowhere", "four;\"door",
               "five;nowhere"]
        right = "".join(f"R{i};door\n" for i in range(3))
        self.take("name;met_by\n" + right + right.join(
            b + "\n" for b in bad), "--apart", out)
        self.assertEqual(out.read_text(),
                         "name;met_by\n" + "".join(b + "\n" for b in bad))

    def test_rows_set_apart_are_written_as_a_table_again(self):
        out = self.file("apart.csv", "of others")
        out.chmod(0o644)
        self.take("name;met_by\n\"A;\"\"x\"\"\";nowhere\nB;door\n", "--apart",
                  out)
        self.assertEqual(out.read_text(),
                         "name;met_by\n\"A;\"\"x\"\"\";nowhere\n")
        self.assertEqual(out.stat().st_mode & 0o777, 0o600)
        fixed = out.read_text().replace("nowhere", "door")
        self.take(fixed)
        self.assertIn("A;\"x\"", self.contacts())

    def test_unknown_kind_missing_file_and_computed_field(self):
        self.take("a\nb\n", kind="nosuch", code=1)
        self.a.run("import", "csv", self.box / "none.csv", "--kind",
                   "contact", code=1)
        self.a.run("import", "xls", self.box / "none.csv", "--kind",
                   "contact", code=2)
        answer = self.take("met_by;degree\ndoor;1\n")
        self.assertEqual(self.apart(answer)[0]["code"], "EUNSUPPORTED")


if __name__ == "__main__":
    support.main()
