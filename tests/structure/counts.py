# SPDX-License-Identifier: Apache-2.0
"""counts.py - how many tests each compiler's run held, from ctest's own log
of every program's output.

usage: counts.py BUILD... [--closing]     one line each; --closing: the total
"""
import pathlib
import re
import sys


def count(build):
    log = build / "Testing" / "Temporary" / "LastTest.log"
    text = log.read_text(errors="replace")
    cmocka = sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", text)))
    broken = sum(map(int, re.findall(r"\[  FAILED  \] (\d+) test", text)))
    units = sum(map(int, re.findall(r"(?m)^Ran (\d+) tests?", text)))
    programs = len(re.findall(r"(?m)^Test Passed\.$", text))
    failed = len(re.findall(r"(?m)^Test Failed\.$", text))
    timed_out = len(re.findall(r"(?m)^Test timed out", text))
    return cmocka + units, broken + failed + timed_out, programs


def main():
    builds = [a for a in sys.argv[1:] if not a.startswith("--")]
    total = bad = 0
    for name in builds:
        tests, failed, programs = count(pathlib.Path(name))
        total += tests + programs
        bad += failed
        if "--closing" not in sys.argv:
            print(f"{name}: {tests} test functions in {programs} programs,"
                  f" {failed} failed")
    if "--closing" in sys.argv:
        print(f"{total - bad} passed, {bad} failed")
    sys.exit(1 if bad or total == 0 else 0)


main()
