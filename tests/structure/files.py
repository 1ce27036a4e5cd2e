# SPDX-License-Identifier: Apache-2.0
"""files.py - docs/files.md names every C file, in its room and once, and
nothing that is not there.

usage: files.py SOURCE [BUILD]

"- `noun`: words" stands for noun.h and noun.c; a star for what begins so and
has no line of its own.
"""
import collections
import fnmatch
import pathlib
import re
import sys


def read_page(text):
    """Of each room its names, as they are written."""
    rooms = {}
    for part in re.split(r"(?m)^## ", text)[1:]:
        title = part.split("\n", 1)[0].rstrip("/ ")
        rooms[title] = re.findall(r"(?m)^- `([^`]+)`: \S", part)
    return rooms


def check_room(room, names, nouns, problems):
    for name, times in collections.Counter(names).items():
        if times > 1:
            problems.append(f"{room}/{name} has {times} lines")
        if not fnmatch.filter(nouns, name):
            problems.append(f"{room}/{name} is no file")
    for noun in sorted(nouns):
        if not any(fnmatch.fnmatchcase(noun, name) for name in names):
            problems.append(f"{room}/{noun} has no line")


def main():
    source = pathlib.Path(sys.argv[1])
    rooms = read_page((source / "docs" / "files.md").read_text())
    problems, seen = [], 0
    folders = [source / "figures", source / "cli"]
    for top in ("libsync", "cli"):
        folders += [f for f in (source / top).iterdir() if any(f.glob("*.c"))]
    for folder in folders:
        room = str(folder.relative_to(source))
        nouns = {path.stem for path in folder.glob("*.[ch]")}
        seen += len(nouns)
        check_room(room, rooms.pop(room, []), nouns, problems)
    problems += [f"{room} is no room" for room in rooms]
    for line in problems:
        print(f"docs/files.md: {line}")
    print(f"{seen} nouns looked for, {len(problems)} problems")
    sys.exit(1 if problems or seen == 0 else 0)


main()
