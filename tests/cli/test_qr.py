# SPDX-License-Identifier: Apache-2.0
"""test_qr.py - a code that is shown can be read by another program."""
import json
import signal
import subprocess
import sys

import support
from support import Case


class Code(Case):

    def shown(self, *words, env=None):
        """The first lines of an invitation."""
        office = self.office()
        host = office.start("invite", "--right", "agent", "--sector", "FIVES",
                            "--listen", "tcp://127.0.0.1:*", *words, env=env)
        return host, host.line()

    def read(self, lines):
        path = self.file("drawn.txt", "\n".join(lines) + "\n")
        script = support.SOURCE / "tests" / "cli" / "read_back.py"
        for python in (sys.executable, "/usr/bin/python3"):
            done = subprocess.run([python, str(script), "qr", str(path)],
                                  capture_output=True, timeout=60)
            if done.returncode != 77:
                self.assertEqual(done.returncode, 0, done.stderr)
                return json.loads(done.stdout)[0]
        return self.fail("no python3-zbar: ./dev deps")

    def test_an_invitation_s_code_is_read_from_the_page(self):
        host, first = self.shown("--qr")
        code = first.split()[0]
        lines = [host.line()]
        while len(lines) < (len(lines[0]) + 1) // 2:
            lines.append(host.line())
        self.assertEqual(host.end(signal.SIGTERM).code, 130)
        self.assertLessEqual(len(lines[0]), 80)
        self.assertEqual({len(l) for l in lines}, {len(lines[0])})
        self.assertEqual(set("".join(lines)), set("█▀▄ "))
        self.assertEqual(self.read(lines), [code])

    def test_a_page_too_narrow_says_so_and_the_code_stands_there(self):
        host, first = self.shown("--qr", env={"COLUMNS": "40"})
        answer = host.end(signal.SIGTERM)
        self.assertEqual(answer.out, b"")
        self.assertIn("wider than this page of 40 columns", answer.talk)
        self.assertIn("tcp://127.0.0.1:", first)

    def test_nothing_is_drawn_for_programs(self):
        office = self.office()
        for env, says in ((None, "leave one out"),
                          (support.FRENCH, "retirez l'un des deux")):
            got = office.raw("invite", "--right", "agent", "--sector", "FIVES",
                             "--qr", "--json", env=env)
            self.assertEqual((got.code, got.out), (2, b""))
            self.assertEqual(got.error["code"], "EUSAGE")
            self.assertIn(says, got.error["sentence"])


if __name__ == "__main__":
    support.main()
