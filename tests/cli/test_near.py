# SPDX-License-Identifier: Apache-2.0
"""test_near.py - devices that were never told an address find each other:
two processes, on 127.0.0.1 and ports the system picks."""
import json
import os
import select
import signal
import socket
import time

import support
from support import FRENCH, Case


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Near(Case):
    def setUp(self):
        super().setUp()
        self.a = self.office()
        self.b = self.enrol(self.a, "t1")
        self.place = f"udp://127.0.0.1:{free_port()}"
        # Enrolling tells no address that would be kept.
        self.assertFalse((self.b.dir / "peers.json").exists())

    def sync(self, store, *more, code=0, wait="0", **how):
        return store.run("sync", "--beacon-at", self.place, "--wait", wait,
                         *more, code=code, **how)

    def listen(self, store):
        return store.start("sync", "--beacon-at", self.place, "--wait", "2m",
                           "--json")

    def met(self, guest):
        """Its reports up to one that is done; and what it said."""
        reports = []
        while not reports or reports[-1]["state"] != "done":
            reports.append(json.loads(guest.line()))
        answer = guest.end(signal.SIGINT)
        self.assertEqual(answer.code, 130)
        return reports, answer.talk

    def test_a_member_near_is_found_and_synced_with(self):
        one = self.a.new("contact", "met_by=door", "name=N")["record"]
        host, address = self.serve(self.a, "--beacon-to", self.place)
        reports, talk = self.met(self.listen(self.b))
        endpoint = address.split("#")[0]
        self.assertIn(f"bureau is near, at {endpoint}\n", talk)
        self.assertEqual(len(reports), 1)
        self.assertEqual(self.b.show(one)["fields"]["name"], "N")
        # Met where it was last: heard too, and not met twice.
        answer = self.sync(self.b, "--json", wait="1500ms")
        self.assertEqual(answer.json["state"], "done")
        self.assertEqual(host.end(signal.SIGTERM).code, 130)

    def test_a_device_that_moved_is_met_where_it_is_heard(self):
        host, address = self.serve(self.a)
        self.b.run("sync", address)
        host.end(signal.SIGTERM)
        host, address = self.serve(self.a, "--beacon-to", self.place)
        reports, _ = self.met(self.listen(self.b))
        self.assertEqual([r["state"] for r in reports], ["failed", "done"])
        host.end(signal.SIGTERM)
        # From now on it is looked for there.
        kept = json.loads((self.b.dir / "peers.json").read_text())
        self.assertEqual(kept, {"peers": {address.split("#")[1]: address}})

    def test_nobody_near_has_its_sentence_and_code(self):
        answer = self.sync(self.b, code=5, wait="100ms")
        self.assertIn("none was heard near", answer.talk)
        answer = self.sync(self.b, code=5, wait="0", env=FRENCH)
        self.assertIn("ni entendu tout près", answer.talk)

    # That such datagrams arrive and none is opened: node/beacon_test.c.
    def test_another_workspace_hears_nothing_and_is_not_heard(self):
        other = self.office("autre")
        host, _ = self.serve(self.a, "--beacon-to", self.place)
        answer = self.sync(other, "--json", code=5, wait="1500ms")
        self.assertEqual(answer.error["code"], "EPEER")
        host.end(signal.SIGTERM)
        host, _ = self.serve(other, "--beacon-to", self.place)
        self.assertEqual(
            self.sync(self.b, "--json", code=5,
                      wait="1500ms").error["code"], "EPEER")
        host.end(signal.SIGTERM)

    def test_what_is_said_names_nothing_and_never_repeats(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
            ear.bind(("127.0.0.1", 0))
            ear.settimeout(support.LIMIT)
            host, address = self.serve(
                self.a, "--beacon-to",
                f"udp://127.0.0.1:{ear.getsockname()[1]}")
            said = [ear.recv(2048) for _ in range(3)]
            host.end(signal.SIGTERM)
        status = self.a.run("status", "--json").json
        port = int(address.split("#")[0].rsplit(":", 1)[1])
        secret = [bytes.fromhex(status["device"])[:4], b"bureau", b"Nord",
                  port.to_bytes(2, "big") + b"\0"]
        for one in said:
            self.assertEqual((len(one), one[0]), (75, 1))
            for part in secret:
                self.assertNotIn(part, one)
        for other in said[1:]:  # nothing stays but the version
            same = sum(x == y for x, y in zip(said[0][1:], other[1:]))
            self.assertLess(same, 12)

    def test_garbage_and_copies_beside_an_honest_one(self):
        """What a stranger kept of another time, cut, altered, and noise."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
            ear.bind(("127.0.0.1", 0))
            ear.settimeout(support.LIMIT)
            host, _ = self.serve(
                self.a, "--beacon-to",
                f"udp://127.0.0.1:{ear.getsockname()[1]}")
            old = ear.recv(2048)
            host.end(signal.SIGTERM)
        to = ("127.0.0.1", int(self.place.rsplit(":", 1)[1]))
        guest = self.listen(self.b)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            failed = None
            until = time.monotonic() + support.LIMIT
            while failed is None and time.monotonic() < until:
                for data in (old, old[:-1], old + b"x", b"",
                             b"\1" + os.urandom(74), os.urandom(1400),
                             old[:40] + bytes([old[40] ^ 1]) + old[41:]):
                    s.sendto(data, to)
                if select.select([guest.process.stdout], [], [], 0.02)[0]:
                    failed = json.loads(guest.line())
        # The copy was believed for a place to try; nobody is there.
        self.assertEqual(failed["state"], "failed")
        host, address = self.serve(self.a, "--beacon-to", self.place)
        reports, talk = self.met(guest)
        self.assertEqual([r["state"] for r in reports], ["done"])
        self.assertEqual(talk.count(" is near, at "), 2)
        self.assertIn(f"near, at {address.split('#')[0]}\n", talk)
        host.end(signal.SIGTERM)

    def test_wrong_options_have_their_sentence(self):
        self.b.run("sync", "--wait", "soon", code=2)
        self.b.run("sync", "--beacon-at", "tcp://127.0.0.1:1", code=1)
        self.assertIn("udp://", self.a.run(
            "serve", "--listen", "tcp://127.0.0.1:*", "--beacon-to",
            "udp://127.0.0.1:*", code=1, env=FRENCH).talk)
        self.a.run("serve", "--listen", "tcp://127.0.0.1:*", "--no-beacon",
                   "--for", "100ms")


if __name__ == "__main__":
    support.main()
