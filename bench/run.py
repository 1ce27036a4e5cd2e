# SPDX-License-Identifier: Apache-2.0
"""run.py - every measure of bench/, one after the other, in a bounded time.

usage: run.py BUILD OUT.jsonl [--quick] [--runs R] [--minutes M]

OUT gets one JSON object a line: first the machine, then what each measure
prints, with the run it belongs to. Runs go through the whole list, so that
what the machine does meanwhile falls on all alike; those of a million records
count once. What does not fit into M minutes (60) is said to be skipped, what
fails to have failed. --quick: a look whether all work, in about two minutes.
The tables of OUT (tables.py) are printed at the end.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tables

CALLGRIND_SHEETS = 500


def measures(quick):
    """(command, seconds it may take, once)"""
    if quick:
        return [(["local_bench", "--n", "500"], 60, False),
                (["sync_bench", "--n", "1000", "--json"], 60, False),
                (["sync_bench", "--n", "10000", "--json", "--per-commit",
                  "128", "--no-fanin"], 60, False),
                (["open_bench", "--n", "1000"], 30, False),
                (["figures_bench", "--n", "1000"], 30, False),
                (["logs_bench", "--logs", "1000", "--devices", "10"], 60,
                 False),
                (["step_bench", "--n", "1000", "--passes", "3"], 60, True),
                (["callgrind"], 120, True)]
    sync = [(["sync_bench", "--n", str(n), "--json", "--per-commit", str(k)] +
             ([] if (n, k) == (10000, 1) else ["--no-fanin"]), 300, False)
            for k in (1, 128) for n in (1000, 10000, 100000)]
    return ([(["local_bench"], 120, False)] + sync +
            [(["logs_bench"], 120, False),
             (["open_bench", "--n", "1000"], 60, False),
             (["open_bench", "--n", "100000"], 200, False),
             (["figures_bench"], 200, False),
             (["step_bench"], 120, True),
             (["step_bench", "--per-commit", "128"], 120, True),
             (["callgrind"], 120, True),
             (["open_bench", "--n", "1000000"], 1500, True),
             (["sync_bench", "--n", "1000000", "--json", "--per-commit", "128",
               "--no-fanin", "--no-raw"], 1800, True)])


def first_match(path, pattern, otherwise="unknown"):
    try:
        found = re.search(pattern, pathlib.Path(path).read_text(), re.M)
    except OSError:
        found = None
    return found.group(1).strip() if found else otherwise


def said(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True,
                              check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine():
    folder = "/tmp"  # where the measures put their stores
    memory = first_match("/proc/meminfo", r"^MemTotal:\s+(\d+)", "0")
    return {"figure": "machine",
            "processor": first_match("/proc/cpuinfo", r"^model name\s*:(.*)"),
            "cores": len(os.sched_getaffinity(0)),
            "memory_gb": round(int(memory) / 1e6, 1),
            "file_system": said("df", "--output=fstype",
                                folder).split()[-1],
            "kernel": platform.release(),
            "compiler": said("gcc", "-dumpfullversion"),
            "revision": said("git", "describe", "--always", "--dirty"),
            "load": round(os.getloadavg()[0], 2),
            "date": time.strftime("%Y-%m-%d", time.gmtime())}


def execute(command, seconds):
    """Its lines of output; None: it failed or was too slow, and is ended."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        out, _ = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGTERM)  # it removes what it began
        try:
            child.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
        return None
    return out.splitlines() if child.returncode == 0 else None


def callgrind(build, seconds):
    """Instructions a record of each function step_... of step_bench."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/steps.out"
        if execute(["valgrind", "-q", "--tool=callgrind",
                    f"--callgrind-out-file={out}",
                    str(build / "bench" / "step_bench"), "--n",
                    str(CALLGRIND_SHEETS), "--passes", "1"], seconds) is None:
            return None
        lines = execute(["callgrind_annotate", "--inclusive=yes",
                         "--threshold=100", out], 60)
    counts = {}
    for line in lines or []:
        found = re.match(r"\s*([\d,]+) .*:(step_[a-z_]+)", line)
        if found:
            counts.setdefault(found.group(2),
                              int(found.group(1).replace(",", "")))
    return [json.dumps({"figure": "instructions", "function": name,
                        "per_record": round(n / CALLGRIND_SHEETS)})
            for name, n in counts.items()
            if name in tables.FUNCTIONS.values()]


def measure(build, command, seconds):
    if command == ["callgrind"]:
        if shutil.which("valgrind") is None:
            return [json.dumps({"figure": "skipped",
                                "command": "callgrind: no valgrind here"})]
        return callgrind(build, seconds)
    return execute([str(build / "bench" / command[0]), *command[1:]], seconds)


def run(args, out):
    end = time.monotonic() + args.minutes * 60
    failed = False

    def put(figure):
        out.write(json.dumps(figure) + "\n")
        out.flush()

    put(machine())
    for n in range(args.runs):
        for command, seconds, once in measures(args.quick):
            if once and n > 0:
                continue
            name = " ".join(command)
            left = end - time.monotonic()
            print(f"run {n + 1}: {name}", file=sys.stderr)
            if left < 10:
                put({"figure": "skipped", "run": n, "command": name})
                continue
            lines = measure(args.build, command, min(seconds, left))
            if lines is None:
                failed = True
                put({"figure": "failed", "run": n, "command": name})
            for line in lines or []:
                put({**json.loads(line), "run": n})
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--minutes", type=float, default=60)
    args = parser.parse_args()
    args.runs = args.runs or (1 if args.quick else 3)
    with args.out.open("w") as out:
        failed = run(args, out)
    for title, text in tables.all_tables(tables.read(args.out)):
        print(f"\n{title}\n\n{text}")
    sys.exit(1 if failed else 0)


main()
