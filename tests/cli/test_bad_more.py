# SPDX-License-Identifier: Apache-2.0
"""test_bad_more.py - whatever a person, a file or a peer gives the command:
a sentence and its exit code, the store's values and its soundness as before,
a bounded memory."""
import hashlib
import json
import os
import random
import select
import signal
import socket
import subprocess
import threading

import support
from support import Case

SEED = int(os.environ.get("TANDEM_SEED", "11"))
ANSWERS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 75}
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def code_of(version, workspace=b"\x11" * 32, endpoint=b"tcp://127.0.0.1:9"):
    """An enrolment code by docs/format.md, of any version."""
    raw = (bytes([version]) + workspace + b"\x99" * 32 + b"\x42" * 16 +
           bytes([len(endpoint)]) + endpoint)
    raw += hashlib.blake2b(b"\x43" + raw, digest_size=32).digest()[:4]
    bits = "".join(f"{byte:08b}" for byte in raw)
    bits += "0" * (-len(bits) % 5)
    return "".join(BASE32[int(bits[i:i + 5], 2)]
                   for i in range(0, len(bits), 5))


def most_memory(pid):
    """Kilobytes a process held at most."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    raise AssertionError("no VmHWM")


class Watched(Case):
    """What must not change is noted once and compared at the end."""

    def setUp(self):
        super().setUp()
        print(f"TANDEM_SEED={SEED}")
        self.rng = random.Random(SEED)
        self.a = self.office()
        self.one = self.a.new("contact", "met_by=door", "name=X",
                              "phones+=0320000001")["record"]

    def digest(self, store):
        line = store.run("digest", "--json").json
        return line["digest"], line["records"]

    def clean(self, store):
        self.assertEqual(store.run("verify", "--json").json["problems"], 0)

    def unchanged(self, store, before):
        self.assertEqual(self.digest(store), before)
        self.clean(store)

    def refused(self, store, args, codes, **more):
        """One of these exits, a sentence, nothing on standard output."""
        answer = store.raw(*args, "--json", **more)
        self.assertIn(answer.code, codes, (args, answer.err[-500:]))
        self.assertEqual(answer.out, b"", args)
        self.assertTrue(answer.error["sentence"], args)
        return answer.error["code"]


class Words(Watched):
    NASTY = ["", " ", "-", "--", "%s%n%s", "../../etc/passwd", "x" * 70000,
             "é" * 300, "\udcff\udcfe", "\x01\x02", "'; drop", "=", "a=b",
             "+=", "-=", ".=", "a.b=c", "0", "-1", "9" * 40, "null", "{}",
             "tcp://[::1]:1#ab", "tcp://127.0.0.1:99999#" + "a" * 64, "\u202e"]
    VERBS = [["key", "new"], ["as"], ["sector", "add"], ["sector"],
             ["kinds"], ["pack", "check"], ["pack", "build"],
             ["pack", "publish"], ["pack"],
             ["invite", "--for", "1s", "--right", "agent", "--sector"],
             ["invite", "--for", "1s", "--sector", "FIVES", "--right"],
             ["join", "--name", "x", "--yes"], ["new"], ["new", "contact"],
             ["set"], ["set", "ID"], ["edit", "ID"],
             ["edit", "ID", "remarks", "--from"],
             ["edit", "ID", "remarks", "--insert"], ["show"],
             ["show", "ID", "--seen"], ["set", "ID", "name=Y", "--seen"],
             ["list"], ["list", "contact", "--where"],
             ["list", "contact", "--limit"], ["list", "contact", "--sector"],
             ["conflicts", "--sector"], ["resolve", "ID", "name"],
             ["resolve", "ID"], ["delete"], ["restore"],
             ["serve", "--for"], ["serve", "--for", "1ms", "--listen"],
             ["sync", "--wait", "0"], ["digest", "--sector"], ["watch", "--after"],
             ["watch", "--for", "1ms", "--after"], ["import", "csv"],
             ["import"], ["verify"], ["status"], ["waiting"], ["nosuch"],
             ["show", "ID", "--store"], ["show", "ID", "--key-file"],
             ["set", "ID", "name=Y", "--as"]]

    def test_any_word_after_any_verb_is_answered_and_never_crashes(self):
        # Some may rightly write: what counts is that each ends by itself with
        # a known code, and that the store is sound afterwards.
        for verb in self.VERBS:
            args = [self.one if w == "ID" else w for w in verb]
            for word in self.rng.sample(self.NASTY, 4):
                word = os.fsencode(word)
                line = [support.TANDEM, *args, word]
                done = subprocess.run(line, env=self.a.env(), cwd=self.box,
                                      input=b"", capture_output=True,
                                      timeout=support.LIMIT)
                self.assertIn(done.returncode, ANSWERS,
                              (verb, word[:40], done.stderr[-600:]))
                if done.returncode != 0:
                    self.assertTrue(done.stderr, (verb, word[:40]))
        self.clean(self.a)

    def test_tokens_and_versions_that_are_none_change_nothing(self):
        before = self.digest(self.a)
        seen = self.a.show(self.one)["seen"]
        other = self.a.new("contact", "met_by=door")["record"]
        before = self.digest(self.a)
        for token in ("zz", "00", seen[:-2], seen + "00", seen[:-1],
                      "dd" + "ff" * 40, "f" * 200000):
            for args in (("set", self.one, "name=Y", "--seen", token),
                         ("show", self.one, "--seen", token)):
                if len(token) < 100000:
                    self.assertEqual(self.refused(self.a, args, (1,)),
                                     "EVALUE")
        # The versions that stand are shown instead.
        for record, version in ((self.one, "9.ffffffff"), (other, seen[:16])):
            self.a.run("resolve", record, "name", version, "--json", code=1)
        self.unchanged(self.a, before)

    def test_a_store_that_is_a_file_or_a_link_to_nowhere(self):
        before = self.digest(self.a)
        plain = self.file("plain", "x")
        (self.box / "link").symlink_to(self.box / "nowhere")
        for where in (plain, self.box / "link", "/dev/null",
                      self.box / ("x" * 300)):
            self.refused(self.a, ("status", "--store", where), (1, 7))
        self.assertEqual(plain.read_text(), "x")
        self.unchanged(self.a, before)


class Files(Watched):
    def test_a_folder_of_a_store_with_any_file_gone_empty_or_random(self):
        before = self.digest(self.a)
        answers = {}
        for path in sorted(self.a.dir.iterdir()):
            whole = path.read_bytes()
            for name, content in (("gone", None), ("empty", b""),
                                  ("random", self.rng.randbytes(8192)),
                                  ("long", whole + b"\0" * 100)):
                path.unlink()
                if content is not None:
                    path.write_bytes(content)
                    path.chmod(0o600)
                for args in (("show", self.one), ("verify",)):
                    answer = self.a.raw(*args, "--json", env=support.SIGNALS)
                    self.assertIn(answer.code, (0, 1, 6, 7, 9),
                                  (path.name, name, args, answer.err))
                    answers[path.name, name, args[0]] = answer.code
                if path.exists():
                    path.unlink()
                path.write_bytes(whole)
                path.chmod(0o600)
                self.unchanged(self.a, before)
        for name in ("data.mdb", "keys"):
            for how in ("gone", "empty", "random"):
                self.assertIn(answers[name, how, "show"], (1, 7),
                              (name, how))
        # Locks, spare room and known addresses hold nothing of anybody's.
        for name in ("peers.json", "reserve", "lock"):
            for how in ("gone", "empty", "random"):
                self.assertEqual(answers.get((name, how, "verify"), 0), 0,
                                 (name, how))

    def test_a_file_of_known_peers_that_lies_misleads_nobody(self):
        b = self.enrol(self.a, "t1")
        before = self.digest(b)
        device = self.a.run("status", "--json").json["device"]
        for text in ("", "{", "[]", '{"peers": 3}', '{"peers": {"x": "y"}}',
                     json.dumps({"peers": {device: "tcp://127.0.0.1:1#aa"}}),
                     json.dumps({"peers": {device: "\u0000"}}),
                     json.dumps({"peers": {device: "x" * 5000}}),
                     '{"peers":' + "[" * 100000):
            (b.dir / "peers.json").write_text(text)
            answer = b.raw("sync", "--wait", "0", "--json", limit=100)
            self.assertIn(answer.code, (1, 5), (text[:40], answer.err))
        self.unchanged(b, before)

    def test_a_pack_cut_or_flipped_anywhere_is_never_published(self):
        source = support.SOURCE / "packs" / "fr.terrain.json"
        built = self.box / "p.pack"
        kinds = self.a.run("kinds", "--json").out
        before = self.digest(self.a)
        self.a.run("pack", "build", source, "-o", built)
        whole = built.read_bytes()
        for _ in range(12):
            cut = self.file("cut.pack", whole[:self.rng.randrange(len(whole))])
            self.assertIn(self.refused(self.a, ("pack", "check", cut), (7,)),
                          ("ECORRUPT",))
            self.refused(self.a, ("pack", "publish", cut), (7,))
        for _ in range(12):
            flipped = bytearray(whole)
            flipped[self.rng.randrange(len(whole))] ^= 1 << self.rng.randrange(
                8)
            path = self.file("flip.pack", bytes(flipped))
            # Of a name a letter may change, and the pack is sound: but the
            # service's is published already, so none goes out.
            answer = self.a.raw("pack", "check", path, "--json")
            self.assertIn(answer.code, (0, 1, 7, 9), answer.err)
            if answer.code != 0:
                self.refused(self.a, ("pack", "publish", path), (1, 7, 9))
        self.assertEqual(self.a.run("kinds", "--json").out, kinds)
        self.unchanged(self.a, before)

    def test_a_newer_pack_says_so(self):
        built = self.box / "p.pack"
        self.a.run("pack", "build",
                   support.SOURCE / "packs" / "fr.terrain.json", "-o", built)
        whole = bytearray(built.read_bytes())
        self.assertEqual(whole[1], 1)  # docs/format.md: [format, ...]
        whole[1] = 2
        self.assertEqual(self.refused(self.a, ("pack", "check", self.file(
            "newer.pack", bytes(whole))), (9,)), "EVERSION")

    def test_a_table_of_random_bytes_writes_nothing(self):
        before = self.digest(self.a)
        for size in (1, 7, 100, 5000, 300000):
            path = self.file("t.csv", self.rng.randbytes(size))
            self.refused(self.a, ("import", "csv", path, "--kind", "contact"),
                         (1, 7))
        # A right header, then anything: rows are named, none goes in.
        path = self.file("t.csv", b"name;met_by\n" + bytes(
            self.rng.choice(b'"\n;\xff\xc3x') for _ in range(20000)))
        answer = self.a.raw("import", "csv", path, "--kind", "contact",
                            "--json")
        self.assertEqual(answer.code, 0, answer.err[-300:])
        self.assertEqual(answer.json["created"], 0)
        self.unchanged(self.a, before)

    def test_each_row_refused_leaves_no_part_of_itself(self):
        before = self.digest(self.a)
        good, bad = "name;phones;email;met_by\n", (
            "A;0320000002;a@b.fr;nowhere\n", "A;12;a@b.fr;door\n",
            "A;0320000002;nobody;door\n", f"{'x' * 81};;;door\n")
        for row in bad:
            line = self.a.run("import", "csv", self.file("t.csv", good + row),
                              "--kind", "contact", "--json").json
            self.assertEqual((line["rows"], line["set_apart"]), (1, 1), row)
        self.unchanged(self.a, before)


class Codes(Watched):
    def test_a_code_of_a_newer_version_is_version_too_old(self):
        store = self.store("t1")
        self.assertEqual(self.refused(store, ("join", code_of(2), "--name",
                                              "x", "--yes"), (9,)),
                         "EVERSION")
        self.assertFalse(store.dir.exists() and any(store.dir.iterdir())
                         and store.raw("status").code == 0)

    def test_a_code_nobody_answers_to_is_peer_not_found(self):
        store = self.store("t1")
        with socket.socket() as s:  # ours meanwhile, and nobody listens
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
            code = code_of(1, endpoint=f"tcp://127.0.0.1:{port}".encode())
            self.assertEqual(self.refused(store, ("join", code, "--name", "x",
                                                  "--yes", "--for", "60s"),
                                          (5,)), "EPEER")
        store.run("status", code=1)

    def test_a_code_cut_or_mistyped_anywhere_is_refused_at_once(self):
        store = self.store("t1")
        whole = code_of(1)
        for _ in range(10):
            at = self.rng.randrange(len(whole))
            wrong = BASE32[(BASE32.index(whole[at]) + 1 + self.rng.randrange(
                30)) % 32]
            for code in (whole[:at], whole[:at] + wrong + whole[at + 1:],
                         whole + "0" * 8):
                self.refused(store, ("join", code, "--name", "x", "--yes"),
                             (1,))
        store.run("status", code=1)

    def invite(self, *more):
        """An inviter whose questions stay open: its process, and its code."""
        process = subprocess.Popen(
            [support.TANDEM, "invite", "--right", "agent", "--sector",
             "FIVES", "--listen", "tcp://127.0.0.1:*", "--json", *more],
            env=self.a.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(lambda: process.poll() is None and (
            process.kill(), process.wait()))
        return process, json.loads(process.stdout.readline())["code"]

    def test_a_code_is_used_from_the_first_comer_on(self):
        process, code = self.invite()
        first, second = self.store("t1"), self.store("t2")
        joining = first.start("join", code, "--name", "t1", "--yes", "--json")
        json.loads(process.stdout.readline())  # its digits: somebody came
        self.assertEqual(self.refused(second, ("join", code, "--name", "t2",
                                               "--yes"), (6,)), "EEXPIRED")
        process.stdin.write(b"y\n")
        process.stdin.flush()
        self.assertEqual(joining.end().code, 0)
        self.assertEqual(process.wait(support.LIMIT), 0)
        second.run("status", code=1)
        names = {d["name"] for d in
                 self.a.run("status", "--json").json["devices"]}
        self.assertEqual(names, {"bureau", "t1"})
        self.clean(self.a)
        self.clean(first)

    def test_a_code_whose_time_is_over_enrols_nobody(self):
        process, code = self.invite("--for", "300ms")
        self.assertEqual(process.wait(support.LIMIT), 5)
        late = self.store("t1")
        self.assertIn(self.refused(late, ("join", code, "--name", "t1",
                                          "--yes", "--for", "60s"), (5, 6)),
                      ("EPEER", "EEXPIRED"))
        late.run("status", code=1)
        self.assertEqual(len(self.a.run("status", "--json").json["devices"]),
                         1)
        self.clean(self.a)


class Between(threading.Thread):
    """A TCP line to `port` that ends after so many bytes, for good."""

    def __init__(self, port, limit):
        super().__init__(daemon=True)
        self.to, self.left = port, limit
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        near, _ = self.listener.accept()
        self.listener.close()
        far = socket.create_connection(("127.0.0.1", self.to))
        pairs = {near: far, far: near}
        while self.left > 0:
            ready, _, _ = select.select(list(pairs), [], [], 30)
            for s in ready:
                got = s.recv(min(4096, max(self.left, 1)))
                self.left -= len(got)
                if not got or self.left <= 0:
                    self.left = 0
                    break
                pairs[s].sendall(got)
            if not ready:
                break
        near.close()
        far.close()


class Peers(Watched):
    def setUp(self):
        super().setUp()
        self.b = self.enrol(self.a, "t1")

    def test_a_line_cut_anywhere_is_said_and_the_next_sync_has_all(self):
        # Behind the handshake it is 75. Inside, nobody was met (5), and a
        # device that hangs up is one that does not know us (6).
        rows = "".join(f"N{i};door\n" for i in range(600))
        self.b.run("import", "csv", self.file("t.csv", "name;met_by\n" + rows),
                   "--kind", "contact")
        for limit in (100, 3000, 10000, 40000):
            host, address = self.serve(self.a)
            port = int(address.split("#")[0].rsplit(":", 1)[1])
            line = Between(port, limit)
            answer = self.b.raw("sync", address.replace(
                f":{port}#", f":{line.port}#"), "--json", limit=100)
            self.assertIn(answer.code, (5, 6, 75) if limit == 100 else (75,),
                          (limit, answer.err))
            host.end(signal.SIGTERM)
            self.clean(self.a)
            self.clean(self.b)
        self.meet(self.a, self.b)
        self.assertEqual(self.digest(self.a), self.digest(self.b))
        self.assertEqual(len(self.a.run("list", "contact", "--limit", "9999",
                                        "--json").lines()), 601)
        self.clean(self.a)
        self.clean(self.b)

    def test_a_peer_of_another_workspace_changes_neither(self):
        other = self.office("autre")
        mine, its = self.digest(self.a), self.digest(other)
        host, address = self.serve(self.a)
        self.assertEqual(self.refused(other, ("sync", address), (6,)),
                         "EAUTH")
        host.end(signal.SIGTERM)
        self.unchanged(self.a, mine)
        self.unchanged(other, its)

    def test_a_peer_without_the_sector_learns_nothing_of_it(self):
        self.a.run("sector", "add", "LOMME")
        c = self.enrol(self.a, "t2", sector="LOMME")
        self.b.new("contact", "met_by=door", "name=N")
        self.meet(self.a, self.b)
        self.meet(self.a, c)
        here, there = self.meet(self.b, c)
        self.assertEqual(there["received"].get("contact", 0), 0)
        self.assertEqual(here["sent"].get("contact", 0), 0)
        names = {s["name"]: s["right"] for s in
                 c.run("sector", "list", "--json").lines()}
        c.run("new", "contact", "met_by=door", "--sector", "FIVES", code=6)
        self.assertIn("LOMME", names)
        for store in (self.a, self.b, c):
            self.clean(store)

    def test_random_bytes_on_the_port_cost_no_memory_and_no_value(self):
        before = self.digest(self.a)
        host, address = self.serve(self.a)
        port = int(address.split("#")[0].rsplit(":", 1)[1])
        greeting = (b"\xff" + b"\0" * 8 + b"\x7f\x03\x00CURVE" + b"\0" * 15 +
                    b"\0" + b"\0" * 31)
        small = most_memory(host.process.pid)
        for i in range(30):
            with socket.create_connection(("127.0.0.1", port), 5) as s:
                s.settimeout(1)
                try:
                    # Half of them speak ZMTP first, then announce the most.
                    if i % 2:
                        s.sendall(greeting)
                        s.sendall(b"\x06" + b"\x7f" + b"\xff" * 7)
                    for _ in range(16):
                        s.sendall(self.rng.randbytes(65536))
                except OSError:
                    pass
        grown = most_memory(host.process.pid) - small
        self.b.new("contact", "met_by=door", "name=N")
        self.b.run("sync", address)
        self.assertEqual(json.loads(host.line())["state"], "done")
        host.end(signal.SIGTERM)
        # 30 MiB were sent. A sanitizer's own book-keeping is not ours.
        self.assertLess(grown, (64 if support.SANITIZED else 8) << 10)
        self.assertEqual(self.digest(self.a), self.digest(self.b))
        self.assertNotEqual(self.digest(self.a), before)
        self.clean(self.a)


class Exits(Watched):
    """Every exit code of the command, once, by what causes it."""

    def test_each_code_has_its_cause(self):
        a, exits = self.a, {}
        exits[0] = a.run("status").code
        exits[1] = a.run("show", "zzzz", code=1).code
        exits[2] = a.run("show", code=2).code
        exits[3] = a.run("set", self.one, "name=X", "--exit-code",
                         code=3).code
        seen = a.show(self.one)["seen"]
        a.run("set", self.one, "name=Y")
        a.run("set", self.one, "name=Z", "--seen", seen)
        exits[4] = a.run("conflicts", "--exit-code", code=4).code
        exits[5] = a.run("sync", "nobody", code=5).code
        other = self.store("other")
        exits[6] = a.run("status", "--key-file", other.key, code=6).code
        pack = self.file("x.pack", b"\xc1")
        exits[7] = a.run("pack", "check", pack, code=7).code
        exits[9] = other.run("join", code_of(3), "--name", "x", "--yes",
                             code=9).code
        host, _ = self.serve(a)
        exits[130] = host.end(signal.SIGINT).code
        self.assertEqual({k: k for k in exits}, exits)
        # 8 and 75 are those of a full disk (test_bad.py) and a line cut
        # (here, Peers).

    def test_without_the_option_there_is_no_3_and_no_4(self):
        self.a.run("set", self.one, "name=X")
        self.a.run("conflicts")


class Json(Watched):
    """Each verb's answer for programs has at least these names."""

    def has(self, line, *names):
        self.assertLessEqual(set(names), set(line), line)

    def test_every_verb_answers_programs(self):
        a = self.a
        b = self.store("tab")
        a.run("key", "new", self.box / "k2", "--json")
        fresh = self.store("frais")
        self.has(fresh.run("init", "--workspace", "W", "--name", "n",
                           "--json").json, "workspace", "device", "store")
        self.has(a.run("as", "Agent A", "--json").json, "person")
        self.has(a.run("sector", "add", "LOMME", "--json").json, "sector",
                 "name")
        for line in a.run("sector", "list", "--json").lines():
            self.has(line, "sector", "name")
        for line in a.run("kinds", "--json").lines():
            self.has(line, "kind", "fields")
        self.has(a.run("kinds", "contact", "--json").json["fields"][0],
                 "field", "type", "merge")
        host = a.start("invite", "--right", "agent", "--sector", "FIVES",
                       "--listen", "tcp://127.0.0.1:*", "--yes", "--json")
        first = json.loads(host.line())
        self.has(first, "code", "endpoint")
        joined = b.run("join", first["code"], "--name", "tab", "--yes",
                       "--json").lines()
        self.has(joined[-1], "device", "digits", "sectors")
        self.has(json.loads(host.end().text.splitlines()[-1]), "device")
        line = a.new("contact", "met_by=door", "--sector", "FIVES", "name=P")
        self.has(line, "record", "short_code")
        one = line["record"]
        seen = a.show(one)["seen"]
        for args in (("set", one, "name=Q"),
                     ("set", one, "name=R", "--seen", seen)):
            self.has(a.run(*args, "--json").json, "record")
        shown = a.show(one)
        self.has(shown, "record", "kind", "sector", "fields", "conflicts",
                 "seen")
        for line in a.run("list", "contact", "--json").lines():
            self.has(line, "record", "kind", "sector", "fields", "conflicts")
        (conflict,) = a.run("conflicts", "--json").lines()
        self.has(conflict, "record", "field", "versions")
        self.has(a.run("resolve", one, "name", "--value", "Q",
                       "--json").json, "record")
        self.has(a.run("delete", one, "--json").json, "record")
        self.has(a.run("restore", one, "--json").json, "record")
        self.has(a.run("digest", "--json").json, "digest", "records")
        self.has(a.run("status", "--json").json, "sectors", "devices")
        self.assertEqual(a.run("waiting", "--json").code, 0)
        for line in a.run("watch", "--after", "0", "--for", "1ms",
                          "--json").lines():
            self.has(line, "number", "record", "kind")
        path = self.file("t.csv", "name;met_by\nA;door\nB;nowhere\n")
        line = a.run("import", "csv", path, "--kind", "contact", "--sector",
                     "FIVES", "--json").json
        self.has(line, "rows", "created", "set_apart")
        self.has(a.run("verify", "--json").json, "problems")
        host, address = self.serve(a, "--once")
        there = b.run("sync", address, "--json").json
        here = json.loads(host.line())
        for line in (here, there):
            self.has(line, "sent", "received", "changed", "conflicts",
                     "missing", "bytes_out", "bytes_in", "round_trips",
                     "seconds", "receipt", "apart")
            self.assertEqual(line["apart"], {"EFORK": 0, "ELIMIT": 0,
                                             "ECORRUPT": 0, "there": 0})
        self.assertEqual(host.end().code, 0)


if __name__ == "__main__":
    support.main()
