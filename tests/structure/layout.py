# SPDX-License-Identifier: Apache-2.0
"""layout.py - every C file is laid out as .clang-format says.

usage: layout.py SOURCE [BUILD]
"""
import pathlib
import shutil
import subprocess
import sys

ROOMS = ("bench", "cli", "examples", "figures", "fuzz", "include", "libsync",
         "packs", "tests")
AT_ONCE = 100


def main():
    source = pathlib.Path(sys.argv[1])
    if not shutil.which("clang-format"):
        print("clang-format is not installed: ./dev deps installs it")
        sys.exit(1)
    files = sorted(str(path.relative_to(source)) for room in ROOMS
                   for path in (source / room).rglob("*.[ch]"))
    problems = []
    for at in range(0, len(files), AT_ONCE):
        run = subprocess.run(
            ["clang-format", "--dry-run", "-Werror", *files[at:at + AT_ONCE]],
            cwd=source, capture_output=True, text=True)
        problems += [line for line in run.stderr.splitlines()
                     if "error:" in line]
        if run.returncode != 0 and not run.stderr:
            problems.append(f"clang-format ended with {run.returncode}")
    for line in problems:
        print(line)
    if problems:
        print("clang-format -i FILE mends it")
    print(f"{len(files)} files looked at, {len(problems)} problems")
    sys.exit(1 if problems or not files else 0)


main()
