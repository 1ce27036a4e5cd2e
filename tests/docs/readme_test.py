# SPDX-License-Identifier: Apache-2.0
"""readme_test.py - plays the README's transcript: two terminals, the real
command, line by line. `…` in an expected line stands for anything.

usage: readme_test.py SOURCE BUILD
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

BLOCK = re.compile(r"```console (\w+)( wait)?\n(.*?)```", re.S)
TIMEOUT_S = 60


def matches(pattern, line):
    parts = [re.escape(p) for p in pattern.split("…")]
    return re.fullmatch(".*".join(parts), line) is not None


def steps(block):
    """A block's commands, each with the lines it should print."""
    out = []
    for line in block.splitlines():
        if line.startswith("$ "):
            out.append((line[2:], []))
        elif line.strip():
            out[-1][1].append(line)
    return out


class Terminal:
    """One shell's variables and folder; commands see a merged output."""

    def __init__(self, folder, build):
        self.env = dict(os.environ, PATH=f"{build}:{os.environ['PATH']}",
                        LANG="C.UTF-8", LC_ALL="", LANGUAGE="", PWD=folder)
        for name in ("LC_ALL", "LANGUAGE", "LC_MESSAGES"):
            self.env.pop(name, None)
        self.folder = folder

    def start(self, command):
        export = re.match(r"export (.*)", command)
        if export:
            for word in shlex.split(export.group(1)):
                name, value = word.split("=", 1)
                self.env[name] = value.replace("$PWD", self.folder)
            return None
        process = subprocess.Popen(["bash", "-c", command], env=self.env,
                                   cwd=self.folder, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        process.stdin.write("y\n")
        process.stdin.flush()
        return process


def first_line(process):
    """Of a command that goes on; its first line of data."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        line = process.stdout.readline().rstrip("\n")
        if "tcp://" in line:
            return line
        if not line and process.poll() is not None:
            break
    raise SystemExit("a waiting command printed no endpoint")


def check(command, expected, printed):
    at = 0
    for want in expected:
        while at < len(printed) and not matches(want, printed[at]):
            at += 1
        if at == len(printed):
            print(f"$ {command}\nmissing: {want}\nprinted:")
            print("\n".join(printed))
            raise SystemExit(1)
        at += 1


def end_waiting(running):
    """The office's command that waited ends before it types another."""
    while running:
        command, process = running.pop()
        process.communicate(timeout=TIMEOUT_S)
        if process.returncode != 0:
            raise SystemExit(f"{command}: status {process.returncode}")


def run_block(terminal, waits, block, words, running):
    played = 0
    for command, expected in steps(block):
        for word, value in words.items():
            command = re.sub(rf"\b{word}\b", value, command)
        process = terminal.start(command)
        played += 1
        if process is None:
            continue
        if waits:
            line = first_line(process)
            check(command, expected, [line])
            left, right = line.split()
            words["CODE" if "#" not in right else "ADDRESS"] = (
                left if "#" not in right else right)
            running.append((command, process))
            continue
        output, _ = process.communicate(timeout=TIMEOUT_S)
        check(command, expected, output.splitlines())
        if process.returncode != 0:
            raise SystemExit(f"$ {command}\nstatus {process.returncode}\n"
                             f"{output}")
    return played


def main():
    source, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    text = (source / "README.md").read_text()
    blocks = BLOCK.findall(text)
    words, running, played = {}, [], 0
    try:
        with tempfile.TemporaryDirectory() as folder:
            terminals = {}
            for name, waits, block in blocks:
                terminal = terminals.setdefault(name,
                                                Terminal(folder, build))
                if name == "office":
                    end_waiting(running)
                played += run_block(terminal, bool(waits), block, words,
                                    running)
    finally:
        for _, process in running:
            process.kill()
    print(f"{played} commands of the README played")
    sys.exit(0 if played > 10 else 1)


main()
