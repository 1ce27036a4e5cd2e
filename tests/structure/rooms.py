# SPDX-License-Identifier: Apache-2.0
"""rooms.py - holds the table of rooms of docs/architecture.md: who may include
whom, whose a library is, which rooms are pure. The table is read from there.

usage: rooms.py SOURCE [BUILD]
"""
import pathlib
import re
import sys

# What a pure room does without: clock, randomness, environment, threads,
# files, sockets.
IMPURE_HEADERS = {"time.h", "sys/time.h", "sys/random.h", "pthread.h",
                  "threads.h", "unistd.h", "fcntl.h", "sys/socket.h",
                  "sys/stat.h", "signal.h"}
IMPURE_CALLS = re.compile(r"\b(getenv|setenv|time|clock|clock_gettime|"
                          r"getrandom|rand|random|fopen|printf|puts|exit|abort)"
                          r"\s*\(")
PRINTING = re.compile(r"\b(printf|fprintf|puts|fputs|perror|exit|_exit|abort)"
                      r"\s*\(")
# The one place that may stop the process, and schema/file.c that reads a pack.
PRINT_FREE = {"libsync/base/fail.c"}
FILE_FREE = {"libsync/schema/file.c"}
# Dependencies' settings that lose data or open doors; see docs/decisions.md.
FORBIDDEN = re.compile(r"\b(MDB_NOSYNC|MDB_NOMETASYNC|MDB_WRITEMAP|"
                       r"MDB_MAPASYNC|MDB_NOMEMINIT|MDB_DUPSORT|ZMQ_PUB|"
                       r"ZMQ_SUB|ZMQ_ROUTER_HANDOVER)\b")


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def without_strings(text):
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', text)


class Room:
    """One row of a table; that of the command has no library and no purity."""

    def __init__(self, cells):
        self.name, includes = cells[:2]
        library, pure = cells[2:4] if len(cells) == 5 else ("", "")
        words = [w.strip(" `") for w in includes.split(",") if w.strip(" -")]
        self.rooms = {w for w in words if "/" not in w}
        self.headers = {w for w in words if "/" in w}
        self.library = library.strip("`<>")
        self.pure = pure == "yes"


def read_rooms(source, title, columns):
    """The table under that title, in its order: a room includes only rooms
    above it."""
    text = (source / "docs" / "architecture.md").read_text()
    section = re.search(rf"^## {title}$(.*?)^## ", text, flags=re.S | re.M)
    rows = [line.strip("|").split("|") for line in
            section.group(1).splitlines() if line.startswith("|")]
    head = [cell.strip() for cell in rows[0]]
    assert head == columns, head
    return {room.name: room for room in
            (Room([cell.strip() for cell in row]) for row in rows[2:])}


def check_table(rooms, problems):
    above = set()
    for room in rooms.values():
        for name in sorted(room.rooms - above):
            problems.append(f"the table lets {room.name} include {name},"
                            f" which does not stand above it")
        above.add(room.name)


def check_file(path, room, rooms, source, problems):
    name = str(path.relative_to(source))
    text = path.read_text()
    if not text.startswith("// SPDX-License-Identifier: Apache-2.0\n// "):
        problems.append(f"{name}: does not begin with licence and what it is")
    code = without_comments(text)
    for inc in re.findall(r'#\s*include\s+"([^"]+)"', code):
        first = inc.split("/")[0]
        if first == "tandem" or first == room.name or inc in room.headers:
            continue
        if "/" not in inc or first not in room.rooms:
            problems.append(f"{name}: {room.name} may not include {inc}")
    for inc in re.findall(r"#\s*include\s+<([^>]+)>", code):
        owner = [r.name for r in rooms.values() if r.library == inc]
        if owner and owner != [room.name]:
            problems.append(f"{name}: <{inc}> belongs to {owner[0]}")
        if room.pure and inc in IMPURE_HEADERS and name not in FILE_FREE:
            problems.append(f"{name}: {room.name} may not include <{inc}>")
    bare = without_strings(code)
    if room.pure and name not in FILE_FREE:
        for call in IMPURE_CALLS.findall(bare):
            problems.append(f"{name}: {room.name} may not call {call}()")
    if name not in PRINT_FREE:
        for call in PRINTING.findall(bare):
            problems.append(f"{name}: the library does not call {call}()")
    for word in FORBIDDEN.findall(bare):
        problems.append(f"{name}: {word} is never used")


def check_above(path, source, allowed, problems):
    """A file above the library: public headers, its neighbours, and what else
    is allowed."""
    name = str(path.relative_to(source))
    code = without_comments(path.read_text())
    if name.startswith("figures/"):
        for call in PRINTING.findall(without_strings(code)):
            problems.append(f"{name}: calls {call}()")
    for inc in re.findall(r'#\s*include\s+"([^"]+)"', code):
        own = "/" not in inc and ((path.parent / inc).exists()
                                  or inc.endswith((".pack.h", ".ready.h"))
                                  or inc == "config.h")
        if not inc.startswith(("tandem/", *allowed)) and not own:
            problems.append(f"{name}: may not include {inc}")


def check_command(source, problems):
    """The rooms of cli/. @return the files looked at."""
    cli = source / "cli"
    rooms = read_rooms(source, "Rooms of the command",
                       ["room", "may include", "owns"])
    check_table(rooms, problems)
    every = {f"{name}/" for name in rooms}
    seen = 0
    for path in sorted(cli.glob("*.[ch]")):
        seen += 1
        check_above(path, source, {"figures/"} | every, problems)
    for room in rooms.values():
        files = sorted((cli / room.name).glob("*.[ch]"))
        if not files:
            problems.append(f"cli/{room.name} is empty")
        for path in files:
            seen += 1
            near = {f"{name}/" for name in room.rooms | {room.name}}
            check_above(path, source, {"figures/"} | near, problems)
    for folder in cli.iterdir():
        if any(folder.glob("*.c")) and folder.name not in rooms:
            problems.append(f"cli/{folder.name} is no room")
    return seen


def main():
    source = pathlib.Path(sys.argv[1])
    problems = []
    seen = 0
    zmq = []
    rooms = read_rooms(source, "Rooms", ["room", "may include", "library",
                                         "pure", "owns"])
    check_table(rooms, problems)
    for room in rooms.values():
        files = sorted((source / "libsync" / room.name).glob("*.[ch]"))
        if not files:
            problems.append(f"room {room.name} is empty")
        for path in files:
            seen += 1
            check_file(path, room, rooms, source, problems)
            if "<zmq.h>" in path.read_text():
                zmq.append(path.name)
    for folder in (source / "libsync").iterdir():
        if folder.is_dir() and folder.name not in rooms:
            problems.append(f"libsync/{folder.name} is no room")
    if len(zmq) > 1:
        problems.append(f"<zmq.h> is included by {zmq}: one file only")
    seen += check_command(source, problems)
    for top in ("figures", "examples"):
        for path in sorted((source / top).glob("*.[ch]")):
            seen += 1
            check_above(path, source, set(), problems)
    for line in problems:
        print(line)
    print(f"{seen} files looked at, {len(problems)} problems")
    sys.exit(1 if problems or seen == 0 else 0)


main()
