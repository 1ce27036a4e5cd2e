# SPDX-License-Identifier: Apache-2.0
"""counts.py - how many tests each compiler's run held, from ctest's own log
of every program's output.

usage: counts.py BUILD... [--closing]     one line each; --closing: the total
"""
import pathlib
import re
import sys


def count(build):
    """Passed, failed, skipped, programs. A program that does not count its own tests
    (a corpus replayed, the structure) is one."""
    log = build / "Testing" / "Temporary" / "LastTest.log"
    text = log.read_text(errors="replace")
    passed = failed = left_out = programs = 0
    for part in re.split(r"(?m)^\d+/\d+ Test: ", text)[1:]:
        programs += 1
        good = sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", part)))
        good += sum(map(int, re.findall(r"(?m)^Ran (\d+) tests?", part)))
        # unittest counts what it skips among those it ran, cmocka does not.
        skipped = sum(map(int, re.findall(r"skipped=(\d+)", part)))
        good -= skipped
        left_out += skipped + sum(map(int, re.findall(
            r"\[  SKIPPED \] (\d+) test", part)))
        bad = sum(map(int, re.findall(r"\[  FAILED  \] (\d+) test", part)))
        for line in re.findall(r"(?m)^FAILED \((.*)\)$", part):
            wrong = sum(map(int, re.findall(r"(?:failures|errors)=(\d+)",
                                            line)))
            good, bad = good - wrong, bad + wrong
        if re.search(r"(?m)^Test Passed\.$", part):
            passed += good or (0 if skipped else 1)
        else:
            passed += good
            failed += bad or 1
    return passed, failed, left_out, programs


def main():
    builds = [a for a in sys.argv[1:] if not a.startswith("--")]
    good = bad = skipped = 0
    for name in builds:
        passed, failed, left_out, programs = count(pathlib.Path(name))
        good += passed
        bad += failed
        skipped += left_out
        if "--closing" not in sys.argv:
            print(f"{name}: {passed} tests passed in {programs} programs,"
                  f" {failed} failed, {left_out} skipped")
    if "--closing" in sys.argv:
        print(f"{good} passed, {bad} failed, {skipped} skipped")
    sys.exit(1 if bad or good == 0 else 0)


main()
