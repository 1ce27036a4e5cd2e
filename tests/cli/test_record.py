# SPDX-License-Identifier: Apache-2.0
"""test_record.py - the verbs that a person alone with one device uses."""
import json
import os
import pathlib
import stat

import support
from support import Case


class Begin(Case):
    def test_key_new_makes_a_private_file_once(self):
        store = self.store("a")
        made = self.box / "made.key"
        store.run("key", "new", made)
        # As support.py writes one for all other tests.
        for key in (made, store.key):
            self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
            self.assertRegex(key.read_text(), "^[0-9a-f]{64}\n$")
        self.assertNotEqual(made.read_text(), store.key.read_text())
        error = store.run("key", "new", made, "--json", code=1).error
        self.assertEqual(error["code"], "EEXIST")
        store.key = made
        store.run("init", "--workspace", "Nord", "--name", "bureau")

    def test_init_gives_workspace_device_and_store(self):
        store = self.store("a")
        line = store.run("init", "--workspace", "Nord", "--name", "bureau",
                         "--json").json
        self.assertEqual(len(line["workspace"]), 64)
        self.assertEqual(len(line["device"]), 64)
        self.assertEqual(line["store"], str(store.dir))
        again = store.run("init", "--workspace", "X", "--name", "y",
                          "--json", code=1)
        self.assertEqual(again.error["code"], "EEXIST")

    def test_init_publishes_the_services_packs(self):
        kinds = self.office().run("kinds", "--json").lines()
        names = {k["kind"] for k in kinds}
        self.assertLessEqual({"contact", "dwelling", "note", "encounter"},
                             names)
        contact = next(k for k in kinds if k["kind"] == "contact")
        met_by = next(f for f in contact["fields"] if f["field"] == "met_by")
        self.assertTrue(met_by["required"])
        self.assertIn("door", [w["id"] for w in met_by["values"]])

    def test_as_changes_who_types_and_dash_as_for_one_command_only(self):
        store = self.office()
        person = store.run("as", "Agent A", "--json").json
        self.assertEqual(len(person["person"]), 36)
        one = store.new("contact", "met_by=door", "name=X")["record"]
        store.run("as", "Agent B")
        store.run("set", one, "email=a@b.fr", "--as", "Agent A")
        two = store.new("contact", "met_by=door")["record"]
        self.assertEqual(store.show(one)["changed"]["person"], "Agent A")
        self.assertEqual(store.show(two)["created"]["person"], "Agent B")
        store.run("new", "contact", "met_by=door", "--as", "Nobody", code=1)

    def test_sector_list_names_rights(self):
        store = self.office(sectors=("FIVES", "LOMME"))
        lines = store.run("sector", "list", "--json").lines()
        self.assertEqual({l["name"] for l in lines}, {"FIVES", "LOMME"})
        self.assertTrue(all(l["right"] == "admin" for l in lines))
        store.run("new", "contact", "met_by=door", code=2)
        store.run("new", "contact", "met_by=door", "--sector", "FIVES")
        # Every member reads it: people at home are not told of there.
        answer = store.run("new", "contact", "met_by=door", "--sector",
                           "common", "--json", code=1)
        self.assertEqual(answer.error["code"], "EVALUE")
        common = store.run("new", "agent", "display_name=A", "roles+=agent",
                           "--sector", "common", "--json").json
        self.assertEqual(common["sector"], "common")

    def test_what_is_written_once_is_not_written_over(self):
        store = self.office()
        made = store.run("new", "contact", "met_by=door", "--json").json
        answer = store.run("set", made["record"], "short_code=AAAAAAA",
                           "--json", code=1)
        self.assertEqual(answer.error["code"], "EEXIST")
        self.assertEqual(answer.error["field"], "short_code")
        store.run("set", made["record"], "short_code=AAAAAAA", "--why",
                  "misprinted")

    def test_nothing_is_opened_without_a_key(self):
        store = self.office()
        answer = store.raw("status", env={"TANDEM_KEY_FILE": ""},
                           start_new_session=True)
        self.assertEqual(answer.code, 2)
        self.assertIn("--key-file", answer.talk)

    def test_options_stand_before_or_after_the_verb(self):
        store = self.office()
        before = store.run("--json", "--store", store.dir, "digest").json
        after = store.run("digest", "--json", f"--store={store.dir}").json
        self.assertEqual(before, after)

    def test_help_begins_with_examples(self):
        store = self.store("a")
        for verb in ("set", "import", "sync"):
            text = store.run(verb, "--help").text
            self.assertTrue(text.startswith(f"  tandem {verb} "), text)
        self.assertTrue(store.run("--help").text.startswith("  tandem "))
        self.assertRegex(store.run("--version").text, r"^tandem \d+\.\d+")
        store.run("frobnicate", code=2)
        store.run("show", "--frobnicate", "x", code=2)
        store.run(code=2)

    def test_an_answer_that_cannot_be_written_is_no_success(self):
        store = self.office()
        with open("/dev/full", "wb") as full:
            import subprocess
            done = subprocess.run([support.TANDEM, "kinds"], stdout=full,
                                  stderr=subprocess.PIPE, env=store.env(),
                                  timeout=60)
        self.assertEqual(done.returncode, 8)


class Write(Case):
    def setUp(self):
        super().setUp()
        self.a = self.office()

    def contact(self, *more):
        return self.a.new("contact", "met_by=door", *more)

    def role(self):
        kind = self.a.run("kinds", "agent", "--json").json
        roles = next(f for f in kind["fields"] if f["field"] == "roles")
        return roles["values"][0]["id"]

    def test_new_makes_a_short_code_that_finds_the_record(self):
        made = self.contact("name=Mme L.")
        shown = self.a.show(made["short_code"])
        self.assertEqual(shown["record"], made["record"])
        self.assertEqual(shown["fields"]["name"], "Mme L.")
        self.assertEqual(shown["sector"], "FIVES")
        by_prefix = self.a.show(made["record"][:13])
        self.assertEqual(by_prefix["record"], made["record"])

    def test_a_notice_has_a_number_to_print_and_to_call_back_with(self):
        left = "left_at=2026-03-04T10:00+01:00"
        made = self.a.new("visit_notice", left)
        number = self.a.show(made["record"])["fields"]["number"]
        self.assertRegex(number, r"^[0-9A-Z]{7}$")
        self.assertEqual(self.a.show(number)["record"], made["record"])
        self.assertIn(number, self.a.run("list", "visit_notice").text)
        # One of a printed pad is typed, and found by what is on it.
        typed = self.a.new("visit_notice", left, "number=FIV-0042")
        self.assertEqual(self.a.show("FIV-0042")["record"], typed["record"])

    def test_one_field_given_two_values_is_refused(self):
        made = self.contact("name=Mme L.")
        answer = self.a.run("set", made["record"], "name=Z", "name=Y", code=2)
        self.assertIn("name", answer.talk)
        self.assertEqual(self.a.show(made["record"])["fields"]["name"],
                         "Mme L.")

    def test_what_others_typed_cannot_steer_the_terminal(self):
        made = self.contact("remarks=un\x1b[2Jdeux\u202etrois\x07")
        shown = self.a.run("show", made["record"])
        for bad in ("\x1b", "\u202e", "\x07"):
            self.assertNotIn(bad, shown.text)
        self.assertIn("un\ufffd[2Jdeux\ufffdtrois\ufffd", shown.text)
        self.assertIn("\x1b", self.a.show(made["record"])["fields"]["remarks"])

    def test_values_are_read_in_french_and_in_english(self):
        made = self.a.new("Fiche contact", "Premier canal=porte-à-porte (tournée)",
                          "Charte expliquée le=31/03/2026",
                          "Accords.photo=donné", "Besoin d'accompagnement=oui")
        fields = self.a.show(made["record"])["fields"]
        self.assertEqual(fields["met_by"], "door")
        self.assertEqual(fields["charter_given"], "2026-03-31")
        self.assertEqual(fields["autonomy"], "yes")
        self.assertEqual(list(fields["consents"]), ["photo"])

    def test_a_time_without_offset_is_local_on_that_day(self):
        agent = self.a.new("agent", "display_name=A", "roles=%s" % self.role())
        pair = self.a.new("pair", f"members={agent['record']}")
        tour = self.a.new("tour", "day=2026-07-01",
                          f"pair_ref={pair['record']}",
                          "started_at=2026-07-01T09:00",
                          "ended_at=2026-12-01T09:00")["record"]
        fields = self.a.show(tour)["fields"]
        self.assertEqual(fields["started_at"], "2026-07-01T09:00+02:00")
        self.assertEqual(fields["ended_at"], "2026-12-01T09:00+01:00")

    def test_set_clears_adds_removes_counts_and_maps(self):
        one = self.contact("name=X", "phones=0320000001|0320000002")["record"]
        self.a.run("set", one, "name=", "phones-=0320000001",
                   "phones+=0320000003", "consents.photo=given")
        fields = self.a.show(one)["fields"]
        self.assertNotIn("name", fields)
        self.assertEqual(sorted(fields["phones"]),
                         ["+33320000002", "+33320000003"])
        self.assertEqual(fields["consents"], {"photo": "given"})
        self.a.run("set", one, "consents.photo=", "phones=0320000009")
        fields = self.a.show(one)["fields"]
        self.assertNotIn("consents", fields)
        self.assertEqual(fields["phones"], ["+33320000009"])
        door = self.a.new("encounter", "channel=door", "outcome=no_answer",
                          "at=2026-11-23T10:00", "flyers=2")["record"]
        self.a.run("set", door, "flyers+=3")
        self.a.run("set", door, "flyers-=1")
        self.assertEqual(self.a.show(door)["fields"]["flyers"], 4)

    def test_a_reason_is_shown_with_its_value(self):
        one = self.contact("name=X")["record"]
        self.a.run("set", one, "name=Y", "--why", "spelt out")
        self.assertIn("spelt out", self.a.run("show", one).text)

    def test_a_reference_takes_an_id_a_short_code_or_a_person(self):
        made = self.contact("name=X")
        for ref in (made["record"], made["short_code"]):
            note = self.a.new("note", f"about={ref}", "text=Vu.")["record"]
            self.assertEqual(self.a.show(note)["fields"]["about"],
                             made["record"])
        self.a.run("as", "Agent A")
        note = self.a.new("note", "about=Agent A", "text=Vu.")["record"]
        self.assertEqual(len(self.a.show(note)["fields"]["about"]), 36)
        error = self.a.run("new", "note", "about=ZZZZZZZ", "text=x",
                           "--json", code=1).error
        self.assertEqual((error["code"], error["field"]),
                         ("ENOTFOUND", "about"))

    def test_a_reference_is_shown_by_the_name_of_what_it_leads_to(self):
        a = self.office("nord", ("FIVES", "WAZEMMES"))
        there = a.new("contact", "--sector", "WAZEMMES", "met_by=door",
                      "name=Q", "consents.photo=given")
        here = a.new("contact", "--sector", "FIVES", "met_by=door", "name=R",
                     "consents.photo=given")
        note = a.new("note", "--sector", "FIVES",
                     f"about={there['record']}", "text=Vu.")["record"]
        a.run("set", note, f"about={here['record']}", "--why", "y")
        b = self.enrol(a, "tablette")
        self.meet(a, b)
        named = f"{here['short_code']} R", f"{there['short_code']} Q"
        text = a.run("show", note).text
        self.assertIn(f": {named[0]}  - ", text)
        self.assertNotIn(here["record"], text)
        text = a.run("history", note).text
        self.assertIn(f": {named[1]} -> {named[0]}\n", text)
        self.assertEqual(a.show(note)["fields"]["about"], here["record"])
        # Of a sector that is not held there nothing but the id is known.
        self.assertIn(f": {there['record']} -> {named[0]}\n",
                      b.run("history", note).text)
        a.run("set", note, f"about={there['record']}", "--why", "z")
        self.meet(a, b)
        self.assertIn(f": {there['record']}  - ", b.run("show", note).text)

    def test_a_title_says_whom_its_references_mean(self):
        store = self.a
        sheet = store.new("contact", "met_by=door", "name=Mme L.")
        agents = [store.new("agent", f"display_name={n}", "roles+=agent")
                  ["record"] for n in ("Agente A.", "Agent B.", "Agent C.")]
        pair = store.new("pair", *(f"members+={a}" for a in agents[:2]))
        crowd = store.new("pair", "day=2026-03-31",
                          *(f"members+={a}" for a in agents))
        referral = store.new("referral", f"contact={sheet['record']}",
                             "target=amelio")
        store.new("dossier", f"contact={sheet['record']}", "state=opened",
                  f"referral={referral['record']}")
        store.new("tour", "day=2026-03-31", f"pair_ref={pair['record']}")
        called = f"Amelio, {sheet['short_code']} Mme L."
        self.assertIn(called, store.run("list", "referral").text)
        self.assertEqual(store.show(referral["record"])["title"], called)
        file = store.run("list", "dossier").text.split()[0]
        self.assertIn(f"Referral it came from: {called}",
                      store.run("show", file).text)
        tour = store.run("list", "tour").text.split()[0]
        self.assertRegex(store.run("show", tour).text,
                         "(Agente A., Agent B.|Agent B., Agente A.)  - ")
        self.assertRegex(store.show(crowd["record"])["title"],
                         r"^2026-03-31, Agente? [ABC]\., Agente? [ABC]\.…$")

    def test_a_list_shows_what_is_enough_of_an_id(self):
        store = self.a
        agents = [store.new("agent", f"display_name={n}", "roles+=agent")
                  for n in "AB"]
        pair = store.new("pair", *(f"members+={a['record']}" for a in agents))
        made = [store.new("tour", "day=2026-03-31", f"streets+=rue {n}",
                          f"pair_ref={pair['record']}")["record"]
                for n in range(3)]
        shown = [line.split()[0]
                 for line in store.run("list", "tour").text.splitlines()]
        self.assertEqual([store.show(one)["record"] for one in shown], made)
        for whole, one in zip(made, shown):
            self.assertTrue(whole.startswith(one))
            self.assertLess(len(one), len(whole))

    def test_unchanged_says_three_with_exit_code(self):
        one = self.contact("name=X")["record"]
        self.a.run("set", one, "name=X", "--exit-code", code=3)
        self.a.run("set", one, "name=X")
        self.a.run("set", one, "name=Z", "--exit-code")

    def test_a_reminder_is_said_and_the_record_taken(self):
        # Every watch and every rule: tests/api. Here: that they are said.
        for text, what, english, french in (
                ("elle est enceinte", "health",
                 "note: Remarks: this seems to speak of health: facts of the "
                 "home are noted, not people's health",
                 "à noter : Remarques : ceci semble parler de santé : on note "
                 "des faits du logement, pas la santé des personnes"),
                ("membre d'un syndicat", "opinion",
                 "note: Remarks: this seems to speak of opinions, beliefs or "
                 "origins: they are not noted",
                 "à noter : Remarques : ceci semble parler d'opinions, de "
                 "croyances ou d'origines : cela ne se note pas")):
            new = ("new", "contact", "name=Mme L.", "met_by=door",
                   f"remarks={text}")
            for env, said in ((None, english), (support.FRENCH, french)):
                self.assertIn(said, self.a.run(*new, env=env)
                              .talk.splitlines())
            answer = self.a.run(*new, "--json").json
            self.assertIn(what, [n["what"] for n in answer["notices"]])
            self.assertEqual(self.a.show(answer["record"])["fields"]
                             ["remarks"], text)

    def test_whoever_types_into_a_text_is_reminded_and_who_throws_away_not(
            self):
        """Most free text is typed by edit: its reminders are not set's alone."""
        made = self.contact("name=Mme L.", "consents.photo=given")["record"]
        written = self.file("text.txt", "Elle est enceinte.")
        for words, env, says in (
                (("--insert", "0", "Elle est enceinte. "), {}, "health"),
                (("--from", str(written)), support.FRENCH, "santé")):
            self.assertIn(says, self.a.run("edit", made, "remarks", *words,
                                           env=env).talk)
        told = self.a.run("edit", made, "remarks", "--insert", "0", "Là. ",
                          "--json").json
        self.assertIn("health", [n["what"] for n in told["notices"]])
        self.assertEqual(self.a.run("delete", made).talk, "")
        self.assertIn("health", self.a.run("restore", made).talk)

    def test_a_step_back_says_where_its_reason_goes(self):
        sheet = self.contact("name=Mme L.")["record"]
        meet = self.a.new("appointment", f"contact={sheet}", "channel=phone",
                          "appointment_kind=intervention", "state=kept",
                          "starts_at=2026-03-02T10:00+01:00")["record"]
        for env, way in (({}, "--why TEXT"), (support.FRENCH, "--why TEXTE")):
            talk = self.a.run("set", meet, "state=booked", code=1, env=env).talk
            self.assertTrue(talk.endswith(f": {way}\n"), talk)
            talk = self.a.run("set", meet, "state=nonsense", code=1,
                              env=env).talk
            self.assertNotIn("--why", talk)
        for sign in "+-": # another fault, which no reason mends
            talk = self.a.run("set", meet, f"state{sign}=booked", code=1).talk
            self.assertNotIn("--why", talk)
        self.a.run("set", meet, "state=booked", "--why", "mistyped")

    def test_what_changes_nothing_says_so(self):
        made = self.contact("name=Mme L.", "consents.photo=given")["record"]
        self.assertIn("Nothing changed", self.a.run(
            "set", made, "phones-=0320000009").talk)
        self.assertNotIn("changed", self.a.run("set", made, "name=Mme M.").talk)

    def test_edit_inserts_deletes_and_takes_the_smallest_edit(self):
        note = self.contact("remarks=Le joint est usé.")["record"]
        self.a.run("edit", note, "remarks", "--insert", "3", "vieux ")
        self.a.run("edit", note, "remarks", "--delete", "0", "3")
        fields = self.a.show(note)["fields"]
        self.assertEqual(fields["remarks"], "vieux joint est usé.")
        path = self.file("t.txt", "vieux joint est très usé.\n")
        self.a.run("edit", note, "remarks", "--from", path)
        fields = self.a.show(note)["fields"]
        self.assertEqual(fields["remarks"], "vieux joint est très usé.\n")
        self.a.run("edit", note, "remarks", "--insert", "999", "x", code=1)
        self.a.run("edit", note, "remarks", "--insert", "x", "x", code=2)
        self.a.run("edit", note, "name", "--insert", "0", "x", code=1)

    def test_edit_opens_the_persons_editor_and_leaves_no_text_behind(self):
        note = self.contact("remarks=un")["record"]
        editor = self.file("ed.sh", "#!/bin/sh\necho \"$1\" >" +
                           str(self.box / "where") + "\nprintf 'un deux\\n'"
                           " >\"$1\"\n")
        editor.chmod(0o755)
        self.a.run("edit", note, "remarks", env={"EDITOR": str(editor)})
        self.assertEqual(self.a.show(note)["fields"]["remarks"], "un deux")
        where = pathlib.Path((self.box / "where").read_text().strip())
        self.assertFalse(where.exists() or where.parent.exists())
        self.a.run("edit", note, "remarks", env={"EDITOR": "false"}, code=1)

    def test_delete_and_restore_are_visible_and_undoable(self):
        one = self.contact("name=X")["record"]
        self.a.run("delete", one)
        self.assertEqual(self.a.show(one)["deleted"], True)
        self.assertEqual(self.a.run("list", "contact", "--json").lines(), [])
        binned = self.a.run("list", "contact", "--all", "--json").lines()
        self.assertEqual([l["record"] for l in binned], [one])
        self.a.run("restore", one)
        self.assertEqual(self.a.show(one)["deleted"], False)

    def test_list_filters_by_index_and_by_scan_and_stops_at_its_limit(self):
        for i in range(5):
            self.contact(f"name=N{i}", f"phones=032000000{i}",
                         f"language={'fr' if i % 2 else 'en'}")

        def names(*args):
            lines = self.a.run("list", "contact", "--json", *args).lines()
            return [l["fields"]["name"] for l in lines]

        self.assertEqual(names(), ["N0", "N1", "N2", "N3", "N4"])
        self.assertEqual(names("--where", "phones=03 20 00 00 03"), ["N3"])
        self.assertEqual(names("--where", "language=fr"), ["N1", "N3"])
        self.assertEqual(names("--where", "language=fr", "--where",
                               "name=N3"), ["N3"])
        self.assertEqual(names("--limit", "2"), ["N0", "N1"])
        self.a.run("list", "contact", "--where", "nosuch=1", code=1)
        self.a.run("list", "contact", "--limit", "0", code=2)

    def test_the_seen_token_makes_an_edit_stand_beside_what_came_since(self):
        one = self.contact("name=X")["record"]
        seen = self.a.show(one)["seen"]
        self.a.run("set", one, "name=Y")
        self.a.run("set", one, "name=Z", "--seen", seen)
        shown = self.a.show(one)
        self.assertEqual([c["field"] for c in shown["conflicts"]], ["name"])
        values = {v["value"] for v in shown["conflicts"][0]["versions"]}
        self.assertEqual(values, {"Y", "Z"})
        self.a.run("set", one, "name=W", "--seen", "zz", code=1)

    def test_digest_status_waiting_and_watch_answer_programs(self):
        before = self.a.run("digest", "--json").json
        one = self.contact("name=X")["record"]
        after = self.a.run("digest", "--json").json
        self.assertNotEqual(before["digest"], after["digest"])
        self.assertEqual(after["records"], before["records"] + 1)
        status = self.a.run("status", "--json").json
        self.assertEqual(status["name"], "Nord")
        self.assertEqual(status["waiting"], 0)
        self.assertEqual(self.a.run("waiting", "--json").lines(), [])
        feed = self.a.run("watch").lines()
        self.assertEqual(feed[-1]["record"], one)
        self.assertEqual(feed[-1]["kind"], "contact")
        later = self.a.run("watch", "--after", feed[-2]["number"]).lines()
        self.assertEqual(later, feed[-1:])

    def test_verify_finds_nothing_wrong_in_a_sound_store(self):
        self.contact("name=X")
        report = self.a.run("verify", "--json").json
        self.assertEqual(report["problems"], 0)
        self.assertGreater(report["commits"], 0)


class Choose(Case):
    def setUp(self):
        super().setUp()
        self.a = self.office()
        self.one = self.a.new("contact", "met_by=door", "name=X")["record"]
        seen = self.a.show(self.one)["seen"]
        self.a.run("set", self.one, "name=Y")
        self.a.run("set", self.one, "name=Z", "--seen", seen)

    def versions(self):
        (line,) = self.a.run("conflicts", "--json").lines()
        return {v["value"]: v["version"] for v in line["versions"]}

    def test_conflicts_shows_each_version_with_its_author(self):
        text = self.a.run("conflicts").text
        for part in ("Y", "Z", *self.versions().values(), "bureau"):
            self.assertIn(part, text)
        self.a.run("conflicts", "--exit-code", code=4)

    def test_set_on_a_conflict_is_refused_and_shows_the_versions(self):
        answer = self.a.run("set", self.one, "name=W", code=1)
        for version in self.versions().values():
            self.assertIn(version, answer.talk)
        self.assertEqual(len(self.versions()), 2)
        error = self.a.run("set", self.one, "name=W", "--json", code=1).error
        self.assertEqual((error["code"], error["field"], error["record"]),
                         ("ECONFLICT", "name", self.one))

    def test_resolve_takes_a_version_and_keeps_the_reason(self):
        self.a.run("resolve", self.one, "name", self.versions()["Y"],
                   "--why", "asked her")
        shown = self.a.show(self.one)
        self.assertEqual(shown["fields"]["name"], "Y")
        self.assertEqual(shown["conflicts"], [])
        self.assertEqual(shown["versions"]["name"][0]["why"], "asked her")
        self.a.run("conflicts", "--exit-code", code=3)

    def test_resolve_takes_another_value(self):
        self.a.run("resolve", self.one, "name", "--value", "Mme W.")
        self.assertEqual(self.a.show(self.one)["fields"]["name"], "Mme W.")

    def test_resolve_settles_nothing_when_the_version_is_not_shown(self):
        seen = self.a.show(self.one)["seen"]
        old = self.versions()["Y"]
        answer = self.a.run("resolve", self.one, "name", "9.00000000",
                            code=1)
        self.assertIn(old, answer.talk)
        # A value that came since changes every version's name.
        first = self.a.show(self.one)["versions"]
        self.a.run("set", self.one, "email=x@y.fr", "--seen", seen)
        self.assertEqual(first["name"], self.a.show(self.one)["versions"]
                         ["name"])
        self.assertEqual(len(self.versions()), 2)

    def test_resolve_asks_for_a_version_or_a_value(self):
        self.a.run("resolve", self.one, "name", code=2)
        self.a.run("resolve", self.one, "name", self.versions()["Y"],
                   "--value", "Q", code=2)


class Packs(Case):
    PACK = {"pack": "org.example", "version": 1, "enums": {},
            "kinds": [{"n": 1, "id": "bike", "fr": "Vélo", "en": "Bike",
                       "title": ["label"], "writers": ["agent", "office"],
                       "fields": [{"n": 1, "id": "label", "fr": "Nom",
                                   "en": "Name", "type": "str:40",
                                   "merge": "vis", "class": "P1"}]}]}

    def test_a_pack_is_built_checked_published_and_used(self):
        a = self.office()
        path = self.file("p.json", json.dumps(self.PACK))
        out = self.box / "out.pack"
        line = a.run("pack", "build", path, "-o", out, "--json").json
        self.assertEqual((line["pack"], line["kinds"]), ("org.example", 1))
        a.run("pack", "check", out)
        a.run("pack", "publish", out)
        bike = a.new("bike", "label=Rouge")["record"]
        self.assertEqual(a.show(bike)["title"], "Rouge")
        a.run("pack", "publish", out, code=1)

    def test_a_pack_that_takes_away_is_refused(self):
        a = self.office()
        old = self.file("old.json", json.dumps(self.PACK))
        later = json.loads(json.dumps(self.PACK))
        later["version"] = 2
        later["kinds"][0]["fields"][0]["type"] = "int"
        new = self.file("new.json", json.dumps(later))
        a.run("pack", "check", new, "--against", old, code=1)

    def test_a_pack_that_is_none_is_refused(self):
        a = self.office()
        a.run("pack", "build", self.file("x.json", "{"), code=1)
        a.run("pack", "publish", self.file("x.pack", b"\xc1\xff\x00"), code=7)
        a.run("pack", "check", self.box / "none.pack", code=1)


if __name__ == "__main__":
    support.main()
