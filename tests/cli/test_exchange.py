# SPDX-License-Identifier: Apache-2.0
"""test_exchange.py - two processes: enrolment, serve, sync."""
import json
import os
import pty
import signal
import socket
import subprocess

import support
from support import FRENCH, Case


class Enrol(Case):
    def test_invite_and_join_show_the_same_digits_and_end_enrolled(self):
        office = self.office(sectors=("FIVES", "LOMME"))
        store = self.store("t1")
        host = office.start("invite", "--right", "agent", "--sector",
                            "FIVES", "--listen", "tcp://127.0.0.1:*",
                            "--yes", "--json")
        first = json.loads(host.line())
        self.assertRegex(first["endpoint"], r"^tcp://127\.0\.0\.1:\d+$")
        joined = store.run("join", first["code"], "--name", "t1", "--yes",
                           "--json").lines()
        there = [json.loads(l) for l in host.end().text.splitlines()]
        self.assertEqual(there[0]["digits"], joined[0]["digits"])
        self.assertRegex(joined[0]["digits"], r"^\d{6}$")
        self.assertEqual(there[-1]["device"], joined[-1]["device"])
        self.assertEqual(there[-1]["name"], "t1")
        self.assertEqual(joined[-1]["sectors"], ["FIVES"])
        store.new("contact", "met_by=door")  # the only sector needs no name
        store.run("new", "contact", "met_by=door", "--sector", "LOMME",
                  "--json", code=6)
        status = office.run("status", "--json").json
        self.assertEqual({d["name"] for d in status["devices"]},
                         {"bureau", "t1"})

    def test_a_key_typed_early_is_no_answer(self):
        """What was typed before the digits stood there compares nothing."""
        office, store = self.office(), self.store("t1")
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        host = office.start("invite", "--right", "agent", "--sector",
                            "FIVES", "--listen", "tcp://127.0.0.1:*",
                            "--json", stdin=terminal)
        os.close(terminal)
        code = json.loads(host.line())["code"]
        os.write(master, b"y\n")
        guest = store.start("join", code, "--name", "t1", "--yes", "--json")
        self.assertRegex(json.loads(host.line())["digits"], r"^\d{6}$")
        os.write(master, b"\n")  # asks again
        with self.assertRaises(subprocess.TimeoutExpired):
            guest.process.wait(1)
        os.write(master, b"y\n")
        self.assertEqual(guest.end().code, 0)
        self.assertEqual(host.end().code, 0)

    def test_the_code_may_come_on_standard_input(self):
        office, store = self.office(), self.store("t1")
        host = office.start("invite", "--right", "reader", "--sector",
                            "FIVES", "--listen", "tcp://127.0.0.1:*", "--yes")
        code = host.line().split()[0]
        joined = store.run("join", "-", "--name", "t1", "--yes",
                           data=code.encode() + b"\n")
        self.assertIn("FIVES", joined.text)
        self.assertEqual(host.end().code, 0)
        error = store.run("new", "contact", "met_by=door", "--sector",
                          "FIVES", "--json", code=6).error
        self.assertEqual(error["code"], "EDENIED")

    def test_a_no_of_the_inviter_enrols_nobody(self):
        office, store = self.office(), self.store("t1")
        # Nothing on standard input: no answer is a no.
        host = office.start("invite", "--right", "agent", "--sector",
                            "FIVES", "--listen", "tcp://127.0.0.1:*",
                            "--json")
        code = json.loads(host.line())["code"]
        error = store.run("join", code, "--name", "t1", "--yes", "--json",
                          code=6).error
        self.assertEqual(error["code"], "EREFUSED")
        self.assertIn("refused on the other device", error["sentence"])
        ended = host.end()
        self.assertEqual(ended.code, 6)
        self.assertIn("refused here", ended.error["sentence"])
        self.assertEqual(len(office.run("status", "--json").json["devices"]),
                         1)
        store.run("status", code=1)

    def test_a_no_of_the_newcomer_leaves_it_outside(self):
        office, store = self.office(), self.store("t1")
        host = office.start("invite", "--right", "agent", "--sector",
                            "FIVES", "--listen", "tcp://127.0.0.1:*",
                            "--json")
        code = json.loads(host.line())["code"]
        store.run("join", code, "--name", "t1", data=b"n\n", code=6)
        self.assertNotEqual(host.end().code, 0)
        store.run("status", code=1)

    def test_a_no_of_the_newcomer_after_the_inviters_yes_ends_both(self):
        office, store = self.office(), self.store("t1")
        host = office.start("invite", "--right", "agent", "--sector",
                            "FIVES", "--listen", "tcp://127.0.0.1:*",
                            "--yes", "--json")
        code = json.loads(host.line())["code"]
        error = store.run("join", code, "--name", "t1", "--json", data=b"n\n",
                          code=6).error
        self.assertIn("refused here", error["sentence"])
        ended = host.end()  # long before the code does
        self.assertEqual(ended.code, 6)
        self.assertIn("refused on the other device", ended.error["sentence"])
        self.assertEqual(len(office.run("status", "--json").json["devices"]),
                         1)
        store.run("status", code=1)

    def test_a_newcomer_that_does_not_answer_stays_outside(self):
        office, store = self.office(), self.store("t1")
        for seconds in (5, 20, 80):  # until the digits stand in time
            host = office.start("invite", "--right", "agent", "--sector",
                                "FIVES", "--listen", "tcp://127.0.0.1:*",
                                "--yes", "--for", f"{seconds}s", "--json")
            code = json.loads(host.line())["code"]
            waiting = store.start("join", code, "--name", "t1", "--json",
                                  stdin=subprocess.PIPE)  # nobody types
            ended = host.end()
            if "digits" in ended.text:
                break
            waiting.end(signal.SIGTERM)
        self.assertEqual(ended.code, 6)
        self.assertEqual(ended.error["code"], "EEXPIRED")
        self.assertIn("no yes of both", ended.error["sentence"])
        self.assertEqual(waiting.end().code, 75)  # the line was cut
        self.assertEqual(len(office.run("status", "--json").json["devices"]),
                         1)
        store.run("status", code=1)

    def test_a_used_code_is_refused(self):
        office = self.office()
        store, late = self.store("t1"), self.store("t2")
        host = office.start("invite", "--right", "agent", "--sector",
                            "FIVES", "--listen", "tcp://127.0.0.1:*",
                            "--yes", "--json")
        code = json.loads(host.line())["code"]
        store.run("join", code, "--name", "t1", "--yes")
        host.end()
        answer = late.raw("join", code, "--name", "t2", "--yes", "--json")
        self.assertIn(answer.code, (5, 6))
        self.assertIn(answer.error["code"], ("EPEER", "EEXPIRED", "EAUTH"))

    def test_an_invitation_nobody_takes_expires(self):
        office = self.office()
        answer = office.run("invite", "--right", "agent", "--sector",
                            "FIVES", "--listen", "tcp://127.0.0.1:*",
                            "--for", "500ms", "--json", code=5)
        self.assertEqual(answer.error["code"], "EEXPIRED")

    def test_what_is_no_code_is_refused(self):
        store = self.store("t1")
        self.assertEqual(store.run("join", "hello", "--name", "x", "--yes",
                                   "--json", code=1).error["code"], "EVALUE")
        office = self.office()
        office.run("invite", "--right", "king", "--sector", "FIVES", code=2)
        office.run("invite", "--right", "agent", code=2)
        office.run("invite", "--right", "agent", "--sector", "NO", code=1)

    def test_a_device_of_a_workspace_joins_no_other(self):
        office, other = self.office(), self.office("autre")
        host = office.start("invite", "--right", "agent", "--sector",
                            "FIVES", "--listen", "tcp://127.0.0.1:*",
                            "--yes", "--json")
        code = json.loads(host.line())["code"]
        error = other.run("join", code, "--name", "x", "--yes", "--json",
                          code=1).error
        self.assertEqual(error["code"], "EEXIST")


class Devices(Case):
    def test_each_is_listed_with_what_it_may(self):
        a = self.office(sectors=("FIVES", "WAZEMMES"))
        b = self.enrol(a, "tablette-1")
        one, two = sorted(a.run("device", "list", "--json").lines(),
                          key=lambda d: d["name"])
        self.assertEqual((one["name"], one["self"], one["right"]),
                         ("bureau", True, "admin"))
        self.assertEqual((two["name"], two["self"], two["right"]),
                         ("tablette-1", False, "agent"))
        self.assertEqual([(s["name"], s["right"]) for s in two["sectors"]],
                         [("FIVES", "agent")])
        self.assertEqual(len(two["device"]), 64)
        text = b.run("device", "list", env=FRENCH).text
        self.assertIn("cet appareil", text)
        self.assertIn("FIVES", text)
        a.run("device", "lost", "tablette-1", code=2)


class Sync(Case):
    def setUp(self):
        super().setUp()
        self.a = self.office()
        self.b = self.enrol(self.a, "t1")

    def test_both_sides_say_the_same_numbers_and_hold_the_same(self):
        for i in range(3):
            self.b.new("contact", "met_by=door", f"name=N{i}")
        self.a.new("dwelling", "address=1 rue A")
        here, there = self.meet(self.a, self.b)
        self.assertEqual(there["sent"].get("contact"), 3)
        self.assertEqual(here["received"].get("contact"), 3)
        self.assertEqual(there["received"].get("dwelling"), 1)
        self.assertEqual((here["bytes_in"], here["bytes_out"]),
                         (there["bytes_out"], there["bytes_in"]))
        self.assertTrue(here["receipt"] and there["receipt"])
        self.assertEqual(there["missing"], 0)
        self.assertRegex(here["root"], "^[0-9a-f]{32}$")
        self.assertEqual(here["root"], there["root"])
        self.assertNotEqual(here["root"], "0" * 32)
        for sector in ((), ("--sector", "FIVES")):
            self.assertEqual(self.a.run("digest", "--json", *sector).json,
                             self.b.run("digest", "--json", *sector).json)

    def test_the_last_sentence_is_the_same_on_both_sides(self):
        self.b.new("contact", "met_by=door", "name=N")
        host = self.a.start("serve", "--listen", "tcp://127.0.0.1:*",
                            "--once", "--for", "5m", env=support.FRENCH)
        address = host.line().split()[1]
        there = self.b.run("sync", address, env=support.FRENCH).text
        here = host.end().text
        self.assertTrue(there.splitlines()[-1].startswith("Terminé."))
        self.assertEqual(there.splitlines()[-1], here.splitlines()[-1])

    def test_a_second_sync_moves_next_to_nothing(self):
        self.b.new("contact", "met_by=door", "name=N")
        self.meet(self.a, self.b)
        host, address = self.serve(self.a, "--once")
        there = self.b.run("sync", address, "--json", "--exit-code",
                           code=3).json
        self.assertTrue(there["equal"])
        self.assertEqual(there["round_trips"], 1)
        self.assertLessEqual(there["bytes_out"] + there["bytes_in"], 300)

    def test_concurrent_values_stand_on_both_sides_until_one_chooses(self):
        one = self.b.new("contact", "met_by=door", "name=N")["record"]
        self.meet(self.a, self.b)
        self.a.run("set", one, "name=A")
        self.b.run("set", one, "name=B")
        host, address = self.serve(self.a, "--once")
        there = self.b.run("sync", address, "--json", "--exit-code",
                           code=4).json
        self.assertEqual(there["conflicts"], 1)
        host.end()
        for store in (self.a, self.b):
            (line,) = store.run("conflicts", "--json").lines()
            self.assertEqual({v["value"] for v in line["versions"]},
                             {"A", "B"})
            self.assertEqual({v["device"] for v in line["versions"]},
                             {"bureau", "t1"})
        version = next(v["version"] for v in line["versions"]
                       if v["value"] == "A")
        self.b.run("resolve", one, "name", version, "--why", "asked")
        self.meet(self.a, self.b)
        self.assertEqual(self.a.show(one)["fields"]["name"], "A")
        self.assertEqual(self.a.show(one)["conflicts"], [])

    def test_a_version_that_came_since_settles_nothing(self):
        one = self.b.new("contact", "met_by=door", "name=N")["record"]
        self.meet(self.a, self.b)
        c = self.enrol(self.a, "t2")
        self.meet(self.a, c)
        for store, name in ((self.a, "A"), (self.b, "B"), (c, "C")):
            store.run("set", one, f"name={name}")
        self.meet(self.a, self.b)
        (line,) = self.b.run("conflicts", "--json").lines()
        version = line["versions"][0]["version"]
        self.meet(self.a, c)
        self.meet(self.a, self.b)
        self.b.run("resolve", one, "name", version, code=1)
        (line,) = self.b.run("conflicts", "--json").lines()
        self.assertEqual({v["value"] for v in line["versions"]},
                         {"A", "B", "C"})

    def test_a_peer_is_met_again_by_name_where_it_answered(self):
        host, address = self.serve(self.a)
        self.b.run("sync", "bureau", "--json", code=5)
        self.b.run("sync", "--wait", "0", code=5)
        self.b.run("sync", address)
        self.b.run("sync", "bureau")
        # What is kept for that names a device and an endpoint, no more.
        kept = json.loads((self.b.dir / "peers.json").read_text())
        self.assertEqual(kept, {"peers": {address.split("#")[1]: address}})
        self.b.run("sync", "--wait", "0")
        self.assertEqual(host.end(signal.SIGTERM).code, 130)

    def test_serve_ends_with_its_time(self):
        self.a.run("serve", "--listen", "tcp://127.0.0.1:*", "--for", "1s")
        self.a.run("serve", "--for", "soon", code=2)

    def test_serve_stopped_by_a_signal_says_interrupted(self):
        host, _ = self.serve(self.a)
        self.assertEqual(host.end(signal.SIGINT).code, 130)

    def test_one_serves_several(self):
        c = self.enrol(self.a, "t2")
        host, address = self.serve(self.a)
        for store in (self.b, c, self.b):
            store.new("contact", "met_by=door")
            store.run("sync", address)
            self.assertEqual(json.loads(host.line())["state"], "done")
        host.end(signal.SIGTERM)
        self.assertEqual(
            self.b.run("digest", "--json").json["records"],
            self.a.run("digest", "--json").json["records"])

    # ------------------------------------------------------------ wrong peers

    def test_nobody_there_is_peer_not_found(self):
        host, address = self.serve(self.a)
        host.end(signal.SIGTERM)
        with socket.socket() as s:  # the port is nobody else's meanwhile
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1",
                    int(address.split("#")[0].rsplit(":", 1)[1])))
            error = self.b.run("sync", address, "--json", code=5).error
        self.assertEqual(error["code"], "EPEER")

    def test_what_is_no_address_is_refused(self):
        for address in ("tcp://127.0.0.1:1", "tcp://x#y", "http://a#b"):
            self.assertEqual(self.b.run("sync", address, "--json",
                                        code=1).error["code"], "EVALUE")
        self.b.run("sync", "nobody", code=5)

    def test_a_peer_of_another_workspace_is_not_let_in(self):
        other = self.office("autre")
        host, address = self.serve(self.a)
        answer = other.raw("sync", address, "--json")
        self.assertEqual(answer.code, 6, answer.talk)
        self.assertEqual(answer.error["code"], "EAUTH")
        # The service goes on for those it knows.
        self.b.run("sync", address)
        host.end(signal.SIGTERM)

    def test_a_peer_without_the_sector_gets_none_of_it(self):
        self.a.run("sector", "add", "LOMME")
        c = self.enrol(self.a, "t2", sector="LOMME")
        one = self.b.new("contact", "met_by=door", "name=N")["record"]
        self.meet(self.a, self.b)
        self.meet(self.a, c)
        here, there = self.meet(self.b, c)
        self.assertEqual(there["missing"], 0)
        c.run("show", one, code=1)
        self.assertEqual(c.run("list", "contact", "--json").lines(), [])

    def test_random_bytes_on_the_port_disturb_nobody(self):
        host, address = self.serve(self.a)
        port = int(address.split("#")[0].rsplit(":", 1)[1])
        seed = bytes(range(256)) * 64
        for cut in (1, 10, 64, 1000, len(seed)):
            with socket.create_connection(("127.0.0.1", port), 5) as s:
                try:
                    s.sendall(b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f"
                              + seed[:cut])
                except OSError:
                    pass
        self.b.new("contact", "met_by=door", "name=N")
        self.b.run("sync", address)
        self.assertEqual(json.loads(host.line())["state"], "done")
        host.end(signal.SIGTERM)

    def test_a_port_taken_is_said(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            port = s.getsockname()[1]
            self.a.run("serve", "--listen", f"tcp://127.0.0.1:{port}",
                       code=1)

    def test_a_peer_that_vanishes_is_told_and_the_next_sync_goes_on(self):
        for i in range(20):
            self.b.new("contact", "met_by=door", f"name=N{i}")
        host, address = self.serve(self.a)
        host.end(signal.SIGKILL)
        self.b.raw("sync", address, "--json")
        here, there = self.meet(self.a, self.b)
        self.assertEqual(there["sent"].get("contact"), 20)
        self.assertEqual(self.a.run("verify", "--json").json["problems"], 0)


if __name__ == "__main__":
    support.main()
