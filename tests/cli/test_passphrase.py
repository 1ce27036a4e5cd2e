# SPDX-License-Identifier: Apache-2.0
"""test_passphrase.py - the key asked on a terminal, without echo."""
import os
import pty
import select
import time
import unittest

import support
from support import Case


class Passphrase(Case):
    @classmethod
    def setUpClass(cls):
        try:
            for fd in pty.openpty():
                os.close(fd)
        except OSError as e:
            raise unittest.SkipTest(f"no terminal can be had here: {e}")

    def typed(self, store, lines, *args):
        """Run on a terminal of its own, answering each prompt in turn."""
        env = store.env({"TANDEM_KEY_FILE": ""})
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(support.TANDEM, [support.TANDEM, *args], env)
        seen, lines = b"", list(lines)
        until = time.monotonic() + support.LIMIT
        while time.monotonic() < until:
            ready, _, _ = select.select([fd], [], [], 0.5)
            try:
                more = os.read(fd, 4096) if ready else None
            except OSError:
                break
            if more == b"":
                break
            seen += more or b""
            if lines and more and more.rstrip().endswith(b":"):
                line = lines.pop(0)
                os.write(fd, line.encode() +
                         (b"" if line == "\x03" else b"\n"))
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        return os.waitstatus_to_exitcode(status), seen.decode()

    def begin(self, *lines):
        store = self.store("p")
        return store, self.typed(store, lines, "init", "--workspace", "Nord",
                                 "--name", "bureau")

    def test_a_new_store_asks_twice_and_opens_with_the_same(self):
        store, (code, seen) = self.begin("une longue phrase",
                                         "une longue phrase")
        self.assertEqual(code, 0, seen)
        self.assertNotIn("longue", seen)
        code, seen = self.typed(store, ["une longue phrase"], "status")
        self.assertEqual(code, 0, seen)
        self.assertNotIn("longue", seen)
        self.assertIn("Nord", seen)

    def test_a_wrong_passphrase_is_a_wrong_key(self):
        store, (code, seen) = self.begin("bonne phrase", "bonne phrase")
        self.assertEqual(code, 0, seen)
        code, seen = self.typed(store, ["autre phrase"], "status")
        self.assertEqual(code, 6, seen)

    def test_two_that_differ_begin_nothing(self):
        store, (code, seen) = self.begin("une phrase", "une autre")
        self.assertEqual(code, 2, seen)
        self.assertFalse(store.dir.exists())

    def test_ctrl_c_at_the_prompt_ends_it(self):
        store, (code, seen) = self.begin("\x03")
        self.assertEqual(code, 130, seen)
        self.assertFalse(store.dir.exists())


if __name__ == "__main__":
    support.main()
