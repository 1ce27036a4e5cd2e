# SPDX-License-Identifier: Apache-2.0
"""support.py - the real command in temporary folders, bounded in time."""
import json
import os
import pathlib
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TANDEM = ""
SOURCE = pathlib.Path(os.environ.get("TANDEM_SOURCE", "."))
SANITIZED = bool(os.environ.get("TANDEM_SANITIZE"))
LIMIT = 120  # seconds for any one command; a guard, however slow the machine

PLAIN = {"LANG": "C.UTF-8", "TZ": "Europe/Paris", "PATH": os.environ["PATH"],
         "HOME": "/nonexistent"}
FRENCH = {"LANG": "fr_FR.UTF-8"}
# Damaged pages raise signals that the command itself, not the sanitizer,
# is to answer.
SIGNALS = {"ASAN_OPTIONS": "handle_segv=0:handle_sigbus=0:handle_abort=0:"
                           "detect_leaks=0"}


class Answer:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def text(self):
        return self.out.decode()

    @property
    def talk(self):
        return self.err.decode()

    def lines(self):
        return [json.loads(l) for l in self.out.decode().splitlines()]

    @property
    def json(self):
        (line,) = self.lines()
        return line

    @property
    def error(self):
        return json.loads(self.err.decode().strip().splitlines()[-1])["error"]


class Running:
    """A command that goes on; its lines are read as they come."""

    def __init__(self, args, env, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen(
            [TANDEM, *args], env=env, stdin=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.taken = b""

    def line(self, seconds=LIMIT):
        until = time.monotonic() + seconds
        while b"\n" not in self.taken:
            left = until - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [],
                                        max(left, 0))
            more = os.read(self.process.stdout.fileno(), 65536) if ready \
                else b""
            if not more:
                raise AssertionError(f"no line: {self.end(signal.SIGKILL)}")
            self.taken += more
        line, self.taken = self.taken.split(b"\n", 1)
        return line.decode()

    def end(self, sig=None):
        if sig is not None and self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            out, err = self.process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
        return Answer(self.process.returncode, self.taken + out, err)


class Store:
    """A folder, its key, and the command on both."""

    def __init__(self, box, name):
        self.box = box
        self.dir = box / name
        self.key = box / (name + ".key")

    def env(self, more=None):
        return {**PLAIN, "TANDEM_STORE": str(self.dir),
                "TANDEM_KEY_FILE": str(self.key), **(more or {})}

    def raw(self, *args, env=None, data=b"", limit=LIMIT, program=None,
            **more):
        done = subprocess.run([str(program or TANDEM), *map(str, args)],
                              env=self.env(env), input=data,
                              capture_output=True, timeout=limit, **more)
        return Answer(done.returncode, done.stdout, done.stderr)

    def run(self, *args, code=0, **more):
        answer = self.raw(*args, **more)
        if answer.code != code:
            raise AssertionError(
                f"{args}: exit {answer.code}, expected {code}\n"
                f"{answer.out!r}\n{answer.err.decode(errors='replace')}")
        return answer

    def start(self, *args, env=None, **more):
        running = Running(list(map(str, args)), self.env(env), **more)
        self.box_case.running.append(running)
        return running

    def make_key(self):
        """As `tandem key new` writes it (test_record.py): a process less for
        each store of each test."""
        self.key.touch(0o600)
        self.key.write_text(secrets.token_hex(32) + "\n")
        return self

    def new(self, *args):
        return self.run("new", *args, "--json").json

    def show(self, record):
        return self.run("show", record, "--json").json


class Case(unittest.TestCase):
    """A temporary folder; what was started is stopped by its process id."""

    def setUp(self):
        self.box = pathlib.Path(tempfile.mkdtemp(prefix="tandem-cli-"))
        self.running = []

    def tearDown(self):
        for running in self.running:
            if running.process.poll() is None:
                running.end(signal.SIGKILL)
            running.process.stdout.close()
            running.process.stderr.close()
        shutil.rmtree(self.box, ignore_errors=True)

    def store(self, name):
        store = Store(self.box, name)
        store.box_case = self
        return store.make_key()

    def office(self, name="bureau", sectors=("FIVES",)):
        store = self.store(name)
        store.run("init", "--workspace", "Nord", "--name", name)
        for sector in sectors:
            store.run("sector", "add", sector)
        return store

    def enrol(self, office, name, sector="FIVES", right="agent"):
        store = self.store(name)
        host = office.start("invite", "--right", right, "--sector", sector,
                            "--listen", "tcp://127.0.0.1:*", "--yes",
                            "--json")
        code = json.loads(host.line())["code"]
        joined = store.run("join", code, "--name", name, "--yes", "--json")
        self.assertEqual(host.end().code, 0)
        self.joined = joined.lines()
        return store

    def serve(self, store, *more):
        host = store.start("serve", "--listen", "tcp://127.0.0.1:*", "--for",
                           "5m", "--json", *more)
        return host, json.loads(host.line())["address"]

    def meet(self, host_store, guest_store):
        """One serves once, the other syncs: both reports."""
        host, address = self.serve(host_store, "--once")
        there = guest_store.run("sync", address, "--json").json
        here = json.loads(host.line())
        self.assertEqual(host.end().code, 0)
        return here, there

    def need(self, *programs):
        """What ./dev installs is there, or the test fails: none is left out
        in silence."""
        for program in programs:
            if shutil.which(program) is None:
                self.fail(f"no {program}: ./dev deps")

    def file(self, name, content):
        path = self.box / name
        path.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        return path


def main():
    global TANDEM
    TANDEM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
