# SPDX-License-Identifier: Apache-2.0
"""device.py - one store and the command that works on it.

Every call is bounded in time; every process is stopped by its own id.
"""
import contextlib
import json
import os
import queue
import signal
import subprocess
import threading

SECONDS = 60
ANY_PORT = "tcp://127.0.0.1:*"


class Broken(Exception):
    """Something of the day did not hold."""


def hold(condition, sentence):
    if not condition:
        raise Broken(sentence)


def environment():
    """French, the zone of the tours, nothing of the caller's own store."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("TANDEM_")}
    env.update(LC_ALL="fr_FR.UTF-8", LANGUAGE="fr", NO_COLOR="1",
               TZ="CET-1CEST,M3.5.0,M10.5.0/3")
    return env


class Running:
    """A process whose lines are read as they come."""

    def __init__(self, command, stdin=None):
        self.what = " ".join(command[1:])
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment())
        self.lines = queue.Queue()
        self.errors = []
        self.readers = [threading.Thread(target=self._read, daemon=True),
                        threading.Thread(target=self._complain, daemon=True)]
        for reader in self.readers:
            reader.start()
        if stdin:
            self.process.stdin.write(stdin)
            self.process.stdin.close()

    def _read(self):
        for line in self.process.stdout:
            if line.strip():
                self.lines.put(line)
        self.lines.put(None)

    def _complain(self):
        self.errors.extend(self.process.stderr)

    def line(self, seconds=SECONDS):
        """The next line as JSON."""
        try:
            text = self.lines.get(timeout=seconds)
        except queue.Empty:
            raise Broken(f"« {self.what} » : rien depuis {seconds} s") \
                from None
        if text is None:
            self.process.wait(SECONDS)
            raise Broken(f"« {self.what} » s'est arrêté : "
                         + "".join(self.errors).strip())
        return json.loads(text)

    def end(self, allowed=(0,)):
        """Wait for its end; its remaining lines as JSON."""
        try:
            code = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Broken(f"« {self.what} » ne finit pas") from None
        for reader in self.readers:
            reader.join(SECONDS)
        hold(code in allowed, f"« {self.what} » a rendu {code} : "
             + "".join(self.errors).strip())
        rest = []
        while (text := self.lines.get(timeout=SECONDS)) is not None:
            rest.append(json.loads(text))
        return rest

    def stop(self):
        """Ask it to end, as the terminal's Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.end(allowed=(0, 130))

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Device:
    """A store with its key file, and what one asks of it."""

    def __init__(self, tandem, home, name):
        self.tandem = tandem
        self.name = name
        self.store = home / "stores" / name
        self.key = home / "keys" / f"{name}.key"
        self.key.parent.mkdir(exist_ok=True)
        self.store.parent.mkdir(exist_ok=True)

    def command(self, *words):
        return [self.tandem, "--store", str(self.store), "--key-file",
                str(self.key), *words]

    def text(self, *words):
        """What people would read."""
        done = subprocess.run(self.command(*words), env=environment(),
                              stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=SECONDS)
        hold(done.returncode == 0, f"{self.name} : « {' '.join(words)} » a "
             f"rendu {done.returncode} : {done.stderr.strip()}")
        return done.stdout

    def lines(self, *words):
        """JSON Lines."""
        return [json.loads(x) for x in
                self.text(*words, "--json").splitlines() if x.strip()]

    def one(self, *words):
        """One JSON object."""
        lines = self.lines(*words)
        hold(len(lines) == 1, f"{self.name} : « {' '.join(words)} » a rendu "
             f"{len(lines)} lignes au lieu d'une")
        return lines[0]

    def start(self, *words, stdin=None):
        return Running(self.command(*words, "--json"), stdin)

    def new_key(self):
        done = subprocess.run([self.tandem, "key", "new", str(self.key)],
                              env=environment(), stdin=subprocess.DEVNULL,
                              text=True, capture_output=True, timeout=SECONDS)
        hold(done.returncode == 0, f"{self.name} : {done.stderr.strip()}")
        hold(self.key.stat().st_mode & 0o077 == 0,
             f"{self.name} : d'autres peuvent lire le fichier clé")

    def record(self, kind, field, value, sector):
        """The only record with this value."""
        found = self.lines("list", kind, "--where", f"{field}={value}",
                           "--sector", sector)
        hold(len(found) == 1, f"{self.name} : {len(found)} fiches {kind} "
             f"avec {field}={value}")
        return found[0]["record"]

    @contextlib.contextmanager
    def serving(self):
        """Answers peers meanwhile: gives the address to meet."""
        running = self.start("serve", "--listen", ANY_PORT, "--for", "120s")
        try:
            first = running.line()
            hold(first["endpoint"].startswith("tcp://127.0.0.1:"),
                 f"{self.name} écoute sur {first['endpoint']}")
            yield first["address"]
            running.stop()
        finally:
            running.kill()


def enrol(office, device, sector):
    """One newcomer by code: both screens must show the same six digits."""
    device.new_key()
    inviting = office.start("invite", "--right", "agent", "--sector", sector,
                            "--listen", ANY_PORT, "--yes")
    joining = None
    try:
        code = inviting.line()["code"]
        # The code is a secret: by the standard input, never as an argument.
        joining = device.start("join", "-", "--name", device.name, "--yes",
                               stdin=code + "\n")
        theirs = joining.end()[-1]["digits"]
        ours = [x["digits"] for x in inviting.end() if "digits" in x]
    finally:
        inviting.kill()
        if joining is not None:
            joining.kill()
    hold(len(ours) == 1 and ours[0] == theirs,
         f"{device.name} : chiffres {ours} au bureau, {theirs} sur l'appareil")
    return theirs
