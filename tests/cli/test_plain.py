# SPDX-License-Identifier: Apache-2.0
"""test_plain.py - what people read: 80 columns, no colour, and nothing that a
terminal would obey, whatever others typed and whatever NO_COLOR says."""
import fcntl
import json
import os
import pty
import re
import socket
import struct
import subprocess
import termios
import threading
import time
import unicodedata

import support
from support import Case

WIDTH = 80
LANGUAGES = {"en": {}, "fr": support.FRENCH}
LONG = "École " * 12 + "x" * 8          # 80 signs, words
WHOLE = "漢" * 30 + "é" * 20              # one word of 80 columns
ESCAPES = "\x1b[31m red \x1b]0;title\x07 \x9b31m \u202e back"
# What is to be copied stands whole in its line, however long.
COPIED = re.compile(r"^([0-9a-f]{80,}|(tcp://\S+  )?tcp://\S+#[0-9a-f]{64})$")


def columns(line):
    """By Unicode's own tables, not by those of the command."""
    return sum(0 if unicodedata.category(c) in ("Mn", "Me") else
               2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line)


def too_wide(text, width=WIDTH):
    return [l for l in text.splitlines()
            if columns(l) > width and not COPIED.match(l)]


def trailing(text):
    """Lines that end in blanks."""
    return [l for l in text.splitlines() if l != l.rstrip()]


def obeyed(data):
    """Bytes of control that a terminal would act on."""
    text = data.decode()
    return [c for c in text if unicodedata.category(c) == "Cc"
            and c not in "\n\r"] + [c for c in text if c in "\u202e\u2066"]


class Plain(Case):

    def verbs(self):
        told = self.store("help").run("--help").text
        names = re.findall(r"^  ([a-z][a-z-]*) +\S", told, re.M)
        return [n for n in names if n != "tandem"]

    def test_a_reason_imitates_no_line(self):
        a = self.office()
        one = a.new("contact", "met_by=door", "name=A",
                    "consents.photo=given")["record"]
        a.run("set", one, "name=B", "--why", "ok\n    Name: B -> Forged")
        for words in (("history", one), ("show", one)):
            text = a.run(*words).text
            self.assertRegex(text, r"ok +Name: B -> Forged")
            self.assertNotRegex(text, r"(?m)^ *Name: B -> Forged")

    def test_every_help_fits_in_both_languages(self):
        tandem = self.store("h")
        verbs = self.verbs()
        self.assertGreater(len(verbs), 35)
        for name, env in LANGUAGES.items():
            for words in [("--help",)] + [(v, "--help") for v in verbs]:
                answer = tandem.run(*words, env=env)
                self.assertEqual(too_wide(answer.text), [], (name, words))
                self.assertEqual(trailing(answer.text), [], words)
                self.assertEqual(obeyed(answer.out), [], words)
                self.assertGreater(len(answer.text.splitlines()), 8)

    def test_an_example_is_what_a_shell_takes(self):
        """Broken examples are one command for a shell; none is lost."""
        tandem = self.store("h")
        broken = 0
        for verb in self.verbs():
            told = tandem.run(verb, "--help").text
            examples = told.split("\n\n")[0]
            broken += examples.count("\\\n")
            joined = examples.replace("\\\n", "")
            for line in joined.splitlines():
                self.assertRegex(line, rf"^  tandem {verb}\b")
                self.assertEqual(line.count('"') % 2, 0, line)
        self.assertGreater(broken, 0)

    def test_the_manual_fits_a_page(self):
        self.need("man", "groff")
        tandem = self.store("m")
        for name, env in LANGUAGES.items():
            page = self.file(f"{name}.1", tandem.run("manual", env=env).out)
            done = subprocess.run(
                ["man", "-E", "UTF-8", "-l", str(page)], capture_output=True,
                timeout=60, env={**support.PLAIN, "LC_ALL": "C.UTF-8",
                                 "MANWIDTH": "80"})
            self.assertEqual(done.returncode, 0)
            self.assertEqual(too_wide(done.stdout.decode()), [], name)

    # Who writes to stdout without the page: it, JSON, files of other programs,
    # and what a shell or man reads.
    PRINTS = {"page/page.c", "core/out.c", "core/file.c", "words/manual.c",
              "words/completion.c", "pack/packc_main.c", "verb/export.c",
              "report/report_csv.c"}

    def test_who_prints_does_it_by_the_page(self):
        seen = set()
        cli = support.SOURCE / "cli"
        for file in sorted(cli.glob("**/*.c")):
            text = re.sub(r"//.*|fflush\(stdout\)|ferror\(stdout\)", "",
                          file.read_text())
            if re.search(r"\b(putchar|puts|v?printf)\s*\(|\bstdout\b", text):
                seen.add(str(file.relative_to(cli)))
        self.assertEqual(seen - self.PRINTS, set())
        self.assertIn("page/page.c", seen)

    # ------------------------------------------------------------- the pages

    def world(self):
        """Two devices with the longest names there can be, whose sheets say
        what a hostile hand would have them say."""
        self.a = self.store("a")
        self.a.run("init", "--workspace", LONG, "--name", LONG)
        for sector in (LONG, WHOLE[:60]):
            self.a.run("sector", "add", sector)
        self.a.run("as", WHOLE[:60])
        self.b = self.enrol(self.a, WHOLE[:50], sector=LONG)
        self.one = self.sheet()
        other = self.sheet()
        self.a.run("edit", self.one, "remarks", "--from", self.file(
            "remarks", f"{LONG}{LONG}{LONG}\n{WHOLE * 4}\n\n{ESCAPES}\n"))
        self.a.run("set", self.one, "email=a@example.org",
                   "--why", ESCAPES + LONG)
        self.tour = self.a.new("tour", "--sector", LONG, "day=2026-03-31",
                               f"pair_ref={self.one}",
                               f"streets+={LONG}")["record"]
        self.a.new("appointment", "--sector", LONG, f"contact={self.one}",
                   "starts_at=2026-03-31T10:00+02:00", "state=booked",
                   "appointment_kind=callback", "channel=phone")
        self.meet(self.a, self.b)
        for store, name in ((self.a, LONG), (self.b, WHOLE)):
            store.run("set", self.one, f"name={name[:60]}", "--why", ESCAPES)
        self.meet(self.a, self.b)
        self.a.run("export", "csv", "--kind", "contact", "--with-identity",
                   "--why", ESCAPES + LONG, "-o", self.box / "x.csv")
        self.a.run("delete", other, "--why", LONG)
        self.a.run("restore", other)

    def sheet(self):
        return self.a.new("contact", "--sector", LONG, "met_by=door",
                          f"name={LONG[:60]}", "phones=0320000001",
                          "consents.photo=given")["record"]

    def all_pages(self):
        kinds = [k["kind"] for k in self.a.run("kinds", "--json").lines()]
        reports = ("funnel", "objectives", "questions", "sectors", "weeks",
                   "months", "figures")
        return {
            "sector": [("list",)],
            "kinds": [()] + [(k,) for k in kinds],
            "ready": [("--sector", LONG), ("add", "--sector", LONG)],
            "show": [(self.one,), (self.tour,)],
            "list": [("contact",), ("contact", "--all"), ("tour",),
                     ("objective",)],
            "history": [(self.one,), (self.tour,)],
            "conflicts": [()],
            "duplicates": [()],
            "digest": [(), ("--sector", LONG)],
            "status": [()],
            "device": [("list",)],
            "waiting": [()],
            "audit": [()],
            "report": [()] + [(r,) for r in reports],
            "today": [("--day", "2026-03-31")],
            "due": [("--day", "2026-04-20")],
            "verify": [()],
        }

    # What has no page of its own: it makes, changes, moves or writes files,
    # and says an id, a record's line, or a sentence; or it is for programs.
    NO_PAGE = {"key", "init", "as", "pack", "invite", "join", "new", "set",
               "edit", "undo", "resolve", "delete", "restore", "same", "serve",
               "export", "sync", "watch", "import", "print", "manual"}

    def on_terminal(self, words, env, width=WIDTH, store=None):
        """What a terminal is sent."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, width, 0, 0))
        process = subprocess.Popen(
            [support.TANDEM, *map(str, words)], stdin=subprocess.DEVNULL,
            stdout=slave, stderr=slave,
            env=(store or self.a).env({"TERM": "xterm-256color", **env}))
        os.close(slave)
        told = b""
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:  # the other end is shut
                break
            if not more:
                break
            told += more
        os.close(master)
        self.assertEqual(process.wait(support.LIMIT), 0, (words, told))
        return told

    def test_pages(self):
        self.world()
        self.pages = self.all_pages()
        self.every_page_fits_and_is_obeyed_by_no_terminal()
        self.no_colour_with_and_without_no_color()
        self.nothing_is_lost_where_pages_are_narrow()

    def every_page_fits_and_is_obeyed_by_no_terminal(self):
        pages = self.pages
        self.assertEqual(set(self.verbs()), set(pages) | self.NO_PAGE)
        marks = 0
        for verb, calls in pages.items():
            for words in calls:
                # French is longer; kinds are many.
                for name in ("fr",) if verb == "kinds" else LANGUAGES:
                    told = self.a.run(verb, *words, env=LANGUAGES[name])
                    self.assertEqual(too_wide(told.text), [],
                                     (name, verb, words))
                    self.assertEqual(trailing(told.text), [], (verb, words))
                    self.assertEqual(obeyed(told.out + told.err), [],
                                     (verb, words))
                marks += told.text.count("\ufffd")
        self.assertGreater(marks, 20)  # of what was typed to be obeyed

    def no_colour_with_and_without_no_color(self):
        for verb, calls in self.pages.items():
            words = (verb, *calls[0])
            told = [self.on_terminal(words, env) for env in
                    ({}, {"NO_COLOR": "1"},
                     {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"})]
            for one in told:
                self.assertEqual(obeyed(one), [], words)
                self.assertGreater(len(one), 10, words)
                self.assertEqual(too_wide(one.decode()), [], words)
                if verb != "verify":
                    self.assertEqual(one, told[0], words)
        for verb in ("--help", "due"):
            narrow = self.on_terminal((verb,), {}, width=50)
            self.assertEqual(too_wide(narrow.decode(), 50), [], verb)

    def nothing_is_lost_where_pages_are_narrow(self):
        """Only tables cut, and say so; programs get everything."""
        for words in (("show", self.one), ("status",), ("device", "list")):
            shown = "".join(self.a.run(*words).text.split())
            for name in (LONG, WHOLE[:50]):
                self.assertIn("".join(name.split()), shown, words)
        listed = self.a.run("list", "contact").text
        self.assertIn("…", listed)
        self.assertNotIn(WHOLE[:60], listed)
        names = [r["fields"]["name"] for r in
                 self.a.run("list", "contact", "--json").lines()]
        self.assertEqual(set(names), {WHOLE[:60], LONG[:60].strip()})
        told = self.a.run("show", self.one, "--json").out
        self.assertEqual(obeyed(told), [])
        remarks = json.loads(told)["fields"]["remarks"]
        self.assertIn(ESCAPES, str(remarks))
        wide = self.a.run("list", "contact", env={"COLUMNS": "300"}).text
        self.assertIn(LONG[:60].strip(), wide)
        self.assertIn(WHOLE[:33], wide)
        self.assertNotIn("…", wide)

    # -------------------------------------------------------------- progress

    def slow(self, address):
        """The address of a line between, of some 100 KiB a second."""
        port = int(re.search(r":(\d+)#", address)[1])
        door = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(door.close)

        def carry(one, other):
            try:
                while data := one.recv(16384):
                    other.sendall(data)
                    time.sleep(len(data) / (100 << 10))
                other.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        def between():
            try:
                guest, _ = door.accept()
            except OSError:
                return
            host = socket.create_connection(("127.0.0.1", port))
            back = threading.Thread(target=carry, args=(host, guest))
            back.start()
            carry(guest, host)
            back.join()
            guest.close()
            host.close()

        threading.Thread(target=between, daemon=True).start()
        return address.replace(f":{port}#", f":{door.getsockname()[1]}#")

    def test_progress_is_a_terminal_s(self):
        """Counted in records, by kind; its line is taken back."""
        a = self.office()
        b = self.enrol(a, "tablette")
        rows = self.file("x.csv", "met_by;name;consents.photo\n" + "".join(
            f"door;N{i};given\n" for i in range(1500)))
        words = ("import", "csv", rows, "--kind", "contact", "--sector",
                 "FIVES")
        quiet = b.run(*words, "--dry-run")
        self.assertNotIn(b"\r", quiet.out + quiet.err)
        for env, word in (({}, "Contact sheet"),
                          (support.FRENCH, "Fiche contact")):
            told = self.on_terminal(words, env, store=b).decode()
            self.assertRegex(told, r"1024 \w+\r {9,}\r")
            self.assertIn("1500 ", told.rsplit(" \r", 1)[1])
            host, address = self.serve(a, "--once")
            told = self.on_terminal(("sync", self.slow(address)), env,
                                    store=b).decode()
            self.assertEqual(host.end().code, 0)
            self.assertRegex(
                told, rf"bureau ?: \d+ {word}[^\r]*\r {{20,}}\r")
            self.assertIn("1500 ", told.rsplit(" \r", 1)[1])
            self.assertEqual(obeyed(told.encode()), [])


if __name__ == "__main__":
    support.main()
