# SPDX-License-Identifier: Apache-2.0
"""test_bad.py - what goes wrong around a store: each has its sentence, its
exit code, and leaves what was there."""
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import unittest

import support
from support import Case


class Bad(Case):
    def setUp(self):
        super().setUp()
        self.a = self.office()
        self.one = self.a.new("contact", "met_by=door", "name=X")["record"]

    def biggest(self):
        return max((p for p in self.a.dir.iterdir()
                    if p.name not in ("reserve",)),
                   key=lambda p: p.stat().st_size)

    def unharmed(self):
        self.assertEqual(self.a.show(self.one)["fields"]["name"], "X")
        self.assertEqual(self.a.run("verify", "--json").json["problems"], 0)

    def test_a_wrong_key(self):
        other = self.store("other")
        answer = self.a.run("show", self.one, "--key-file", other.key,
                            "--json", code=6)
        self.assertEqual(answer.error["code"], "EKEY")
        self.a.run("verify", "--key-file", other.key, code=6)
        self.unharmed()

    def test_a_key_file_that_is_none(self):
        path = self.file("bad.key", "hello")
        path.chmod(0o600)
        self.a.run("status", "--key-file", path, code=6)
        self.a.run("status", "--key-file", self.box / "none", code=1)

    def test_a_key_file_others_may_read(self):
        self.a.key.chmod(0o644)
        self.assertEqual(self.a.run("status", "--json", code=6)
                         .error["code"], "EKEY")

    def test_no_store_there(self):
        answer = self.a.run("status", "--store", self.box / "none", "--json",
                            code=1)
        self.assertEqual(answer.error["code"], "ENOTFOUND")
        self.assertFalse((self.box / "none").exists())

    def test_a_store_already_open(self):
        host, _ = self.serve(self.a)
        answer = self.a.run("show", self.one, "--json", code=75)
        self.assertEqual(answer.error["code"], "EBUSY")
        host.end(signal.SIGTERM)
        self.unharmed()

    def test_a_newer_store(self):
        # docs/format.md: the key file's version is 4 bytes after its magic,
        # and its last 32 bytes are the hash of all before.
        keys = self.a.dir / "keys"
        whole = keys.read_bytes()
        body = whole[:8] + (99).to_bytes(4, "big") + whole[12:-32]
        keys.write_bytes(body + hashlib.blake2b(body, digest_size=32)
                         .digest())
        for args in (("show", self.one), ("verify",), ("status",)):
            error = self.a.run(*args, "--json", code=9).error
            self.assertEqual(error["code"], "EVERSION")
        keys.write_bytes(whole)
        self.unharmed()

    def test_a_truncated_file(self):
        path = self.biggest()
        whole = path.read_bytes()
        for size in (0, 1, 100, 4096, 8192, len(whole) // 2,
                     len(whole) - 4096, len(whole) - 1):
            path.write_bytes(whole[:size])
            for args in (("show", self.one), ("verify",)):
                answer = self.a.raw(*args, "--json", env=support.SIGNALS)
                self.assertIn(answer.code, (0, 1, 7), (size, args, answer.err))
                if size < len(whole) // 2 and size > 0:
                    self.assertEqual(answer.code, 7, (size, args, answer.err))
            path.write_bytes(whole)
        self.unharmed()

    def test_a_truncated_key_file(self):
        path = self.a.dir / "keys"
        whole = path.read_bytes()
        for size in (0, 1, 50, 1000, len(whole) - 1):
            path.write_bytes(whole[:size])
            answer = self.a.raw("status", "--json")
            self.assertIn(answer.code, (1, 7), (size, answer.err))
        path.write_bytes(whole)
        self.unharmed()

    def test_a_bit_flipped_file(self):
        path = self.biggest()
        whole = path.read_bytes()
        seed = int(os.environ.get("TANDEM_SEED", "7"))
        print(f"TANDEM_SEED={seed}")
        rng = random.Random(seed)
        found = 0
        for _ in range(25):
            damaged = bytearray(whole)
            at = rng.randrange(len(whole))
            damaged[at] ^= 1 << rng.randrange(8)
            path.write_bytes(bytes(damaged))
            answer = self.a.raw("verify", "--json", env=support.SIGNALS)
            # Pages that hold nothing may change; what is held is found.
            self.assertIn(answer.code, (0, 1, 7), (at, answer.err))
            if answer.code == 7:
                found += 1
            shown = self.a.raw("show", self.one, "--json",
                               env=support.SIGNALS)
            if shown.code == 0 and shown.json["kind"] is not None:
                self.assertEqual(shown.json["fields"]["name"], "X")
            elif shown.code != 0 and not support.SANITIZED:
                self.assertIn(shown.code, (1, 6, 7), (at, shown.err))
        path.write_bytes(whole)
        self.assertGreater(found, 0)
        self.unharmed()

    def test_a_full_disk(self):
        size = self.biggest().stat().st_size

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        rows = "".join(f"k{i};N{i};door;{'x' * 900}\n" for i in range(4000))
        path = self.file("t.csv", "import_key;name;met_by;remarks\n" + rows)
        answer = self.a.raw("import", "csv", path, "--kind", "contact",
                            "--json", preexec_fn=limit)
        self.assertEqual(answer.code, 8, answer.err[-600:])
        self.assertEqual(answer.error["code"], "EFULL")
        self.unharmed()

    def test_a_refusal_on_a_full_disk_is_one_error(self):
        b = self.enrol(self.a, "tablette")

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))

        words = ("sector", "add", "MORE")
        answer = b.raw(*words, "--json", preexec_fn=limit)
        self.assertEqual(answer.code, 6, answer.err)
        error, unkept = map(json.loads, answer.talk.splitlines())
        self.assertEqual(list(error), ["error"])
        self.assertEqual(list(unkept), ["unkept"])
        self.assertEqual(unkept["unkept"]["code"], "EFULL")
        for env, says in ((None, "could not be kept: "),
                          (support.FRENCH, "n'a pas pu être noté : ")):
            answer = b.raw(*words, preexec_fn=limit, env=env)
            self.assertEqual(answer.code, 6)
            self.assertIn(says, answer.talk)
        self.assertEqual(b.run("audit", "--json").lines(), [])
        b.run(*words, code=6)
        self.assertEqual(len(b.run("audit", "--json").lines()), 1)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount")
    def test_a_full_file_system(self):
        disk = self.box / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m",
                                  "tmpfs", str(disk)], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("may not mount")
        try:
            shutil.copytree(self.a.dir, disk / "s")
            rows = "".join(f"k{i};N{i};door;{'x' * 900}\n"
                           for i in range(3000))
            path = self.file("t.csv",
                             "import_key;name;met_by;remarks\n" + rows)
            answer = self.a.raw("import", "csv", path, "--kind", "contact",
                                "--store", disk / "s", "--json")
            self.assertEqual(answer.code, 8, answer.err[-600:])
            shown = self.a.run("show", self.one, "--store", disk / "s",
                               "--json").json
            self.assertEqual(shown["fields"]["name"], "X")
        finally:
            subprocess.run(["umount", str(disk)], check=True)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to be nobody")
    def test_a_read_only_folder(self):
        os.chmod(self.box, 0o755)
        nobody = 65534
        for path in (self.a.key, self.a.dir, *self.a.dir.iterdir()):
            os.chown(path, nobody, nobody)
            os.chmod(path, 0o500 if path.is_dir() else 0o400)
        # The checkout may lie where nobody but its owner may look.
        program = self.box / "tandem"
        shutil.copy(support.TANDEM, program)
        answer = self.a.raw("set", self.one, "name=Y", "--json",
                            program=program, user=nobody, group=nobody,
                            extra_groups=[])
        self.assertEqual(answer.code, 1, answer.err)
        self.assertEqual(answer.error["code"], "EREADONLY")
        for path in (self.a.key, self.a.dir, *self.a.dir.iterdir()):
            os.chmod(path, 0o700 if path.is_dir() else 0o600)
            os.chown(path, 0, 0)
        self.unharmed()

    def test_an_unknown_kind_or_field(self):
        for args in (("new", "nosuch", "a=b"), ("list", "nosuch"),
                     ("kinds", "nosuch"), ("set", self.one, "nosuch=1"),
                     ("new", "contact", "met_by=door", "nosuch=1"),
                     ("edit", self.one, "nosuch", "--insert", "0", "x"),
                     ("resolve", self.one, "nosuch", "--value", "x")):
            error = self.a.run(*args, "--json", code=1).error
            self.assertEqual(error["code"], "EKIND", args)
        self.unharmed()

    def test_a_value_of_the_wrong_type(self):
        for change in ("charter_given=31/02/2026", "charter_given=soon",
                       "met_by=nowhere", "phones+=12", "autonomy=maybe",
                       "email=nobody", "name=" + "x" * 81,
                       "consents=given", "consents.photo=perhaps",
                       "consents.nosuch=given", "name+=x", "name=" + "\udcff"):
            answer = self.a.run("set", self.one, change, "--json", code=1)
            self.assertEqual(answer.error["code"], "EVALUE", change)
        self.unharmed()

    def test_one_wrong_value_leaves_the_others_unwritten(self):
        self.a.run("set", self.one, "name=Y", "met_by=nowhere", code=1)
        self.unharmed()

    def test_a_computed_field_is_said(self):
        error = self.a.run("new", "contact", "met_by=door", "degree=1",
                           "--json", code=1).error
        self.assertEqual(error["code"], "EUNSUPPORTED")

    def test_words_that_are_no_assignment(self):
        self.a.run("set", self.one, "name", code=2)
        self.a.run("set", self.one, "=x", code=2)
        self.a.run("set", self.one, code=2)

    def test_ids_that_answer_to_nothing(self):
        for text in ("zzz", "0", "ffffffff", "00000000-0000-0000-0000-"
                     "000000000000", "é", "x" * 500):
            self.assertEqual(self.a.run("show", text, code=1).out, b"")


if __name__ == "__main__":
    support.main()
