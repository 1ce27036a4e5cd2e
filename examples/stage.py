# SPDX-License-Identifier: Apache-2.0
"""stage.py - a demonstration in a temporary folder, bounded in time.

The folder is removed at the end unless KEEP=1; the status is 0 only if all of
it held.
"""
import csv
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from device import Broken, enrol, hold


def say(clock, text):
    print(f"\n{clock}  {text}", flush=True)


def detail(text):
    print(f"       {text}", flush=True)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as f:
        return len(list(csv.reader(f, delimiter=";"))) - 1


def take_in(device, folder, files, sector):
    """A folder of CSV files, not one row set apart; how many rows."""
    count = 0
    for name, kind in files:
        path = folder / f"{name}.csv"
        if not path.exists():
            continue
        rows = rows_of(path)
        done = device.one("import", "csv", str(path), "--kind", kind,
                          "--sector", sector)
        taken = done["created"] + done["updated"]
        hold(taken == rows and done["set_apart"] == 0,
             f"{device.name} : {path.name}, {rows} lignes, {taken} prises, "
             f"{done['set_apart']} à part")
        count += rows
    return count


def meet(server, clients):
    """Devices meet another over loopback, all at once; their reports."""
    reports = []
    with server.serving() as address:
        running = [c.start("sync", address) for c in clients]
        try:
            for client, process in zip(clients, running):
                lines = process.end()
                hold(len(lines) == 1 and lines[0]["state"] == "done"
                     and "error" not in lines[0] and lines[0]["missing"] == 0,
                     f"{client.name} : {lines}")
                reports.append(lines[0])
        finally:
            for process in running:
                process.kill()
    return reports


def join(office, device, sector):
    digits = enrol(office, device, sector)
    meet(office, [device])
    return digits


def same_digest(sector, devices):
    """One hash of all values; how many records it is of."""
    seen = {d.name: d.one("digest", "--sector", sector) for d in devices}
    hold(len({x["digest"] for x in seen.values()}) == 1,
         f"{sector} : les empreintes diffèrent : {seen}")
    return seen[devices[0].name]


def run(play, doc, seconds):
    """`play(tandem, home)` with the command of the first argument."""
    if len(sys.argv) != 2:
        sys.exit(doc)

    def stopped(number, _frame):
        raise Broken(f"cela dure plus de {seconds} s"
                     if number == signal.SIGALRM else "arrêté")

    home = pathlib.Path(tempfile.mkdtemp(prefix="tandem-demo-"))
    started = time.monotonic()
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stopped)
    signal.alarm(seconds)
    status = 1
    try:
        play(os.path.abspath(sys.argv[1]), home)
        print(f"Tout a tenu, en {time.monotonic() - started:.1f} s.")
        status = 0
    except Broken as broken:
        print(f"\nN'A PAS TENU : {broken}", file=sys.stderr)
    except (OSError, KeyError, subprocess.SubprocessError,
            json.JSONDecodeError) as broken:
        print(f"\nN'A PAS TENU : {type(broken).__name__} : {broken}",
              file=sys.stderr)
    finally:
        signal.alarm(0)
        if os.environ.get("KEEP") == "1":
            print(f"gardé : {home}")
        else:
            shutil.rmtree(home, ignore_errors=True)
    sys.exit(status)
