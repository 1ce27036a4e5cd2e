# SPDX-License-Identifier: Apache-2.0
"""rooms.py - holds the table of docs/architecture.md: who may include whom.

usage: rooms.py SOURCE [BUILD]
"""
import pathlib
import re
import sys

ALLOWED = {
    "base": [],
    "codec": ["base"],
    "crypto": ["base"],
    "store": ["base", "codec", "crypto"],
    "schema": ["base", "codec"],
    "crdt": ["base", "codec", "schema"],
    "log": ["base", "codec", "crypto", "store"],
    "member": ["base", "codec", "crypto", "store", "log"],
    "replica": ["base", "codec", "crypto", "store", "log", "member", "schema",
                "crdt"],
    "session": ["base", "codec", "crypto", "log", "member", "schema", "crdt",
                "replica"],
    "api": ["base", "codec", "crypto", "store", "log", "member", "schema",
            "crdt", "replica", "session"],
    "node": ["base", "codec", "crypto", "member", "session"],
}
NODE_EXTRA = {"api/handles.h"}
LIBRARIES = {"msgpack.h": "codec", "sodium.h": "crypto", "lmdb.h": "store",
             "zmq.h": "node"}
# Rooms without clock, randomness, environment, threads, files, sockets.
PURE = ["codec", "schema", "crdt", "log", "member", "replica", "session"]
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


def check_file(path, room, source, problems):
    name = str(path.relative_to(source))
    text = path.read_text()
    if not text.startswith("// SPDX-License-Identifier: Apache-2.0\n// "):
        problems.append(f"{name}: does not begin with licence and what it is")
    code = without_comments(text)
    for inc in re.findall(r'#\s*include\s+"([^"]+)"', code):
        first = inc.split("/")[0]
        if first == "tandem" or first == room:
            continue
        if room == "node" and inc in NODE_EXTRA:
            continue
        if "/" not in inc or first not in ALLOWED[room]:
            problems.append(f"{name}: {room} may not include {inc}")
    for inc in re.findall(r"#\s*include\s+<([^>]+)>", code):
        if inc in LIBRARIES and LIBRARIES[inc] != room:
            problems.append(f"{name}: <{inc}> belongs to {LIBRARIES[inc]}")
        if room in PURE and inc in IMPURE_HEADERS and name not in FILE_FREE:
            problems.append(f"{name}: {room} may not include <{inc}>")
    bare = without_strings(code)
    if room in PURE and name not in FILE_FREE:
        for call in IMPURE_CALLS.findall(bare):
            problems.append(f"{name}: {room} may not call {call}()")
    if name not in PRINT_FREE:
        for call in PRINTING.findall(bare):
            problems.append(f"{name}: the library does not call {call}()")
    for word in FORBIDDEN.findall(bare):
        problems.append(f"{name}: {word} is never used")


def main():
    source = pathlib.Path(sys.argv[1])
    problems = []
    seen = 0
    zmq = []
    for room in ALLOWED:
        files = sorted((source / "libsync" / room).glob("*.[ch]"))
        if not files:
            problems.append(f"room {room} is empty")
        for path in files:
            seen += 1
            check_file(path, room, source, problems)
            if "<zmq.h>" in path.read_text():
                zmq.append(path.name)
    for folder in (source / "libsync").iterdir():
        if folder.is_dir() and folder.name not in ALLOWED:
            problems.append(f"libsync/{folder.name} is no room")
    if len(zmq) > 1:
        problems.append(f"<zmq.h> is included by {zmq}: one file only")
    for top in ("cli", "examples"):
        for path in sorted((source / top).glob("*.[ch]")):
            seen += 1
            code = without_comments(path.read_text())
            for inc in re.findall(r'#\s*include\s+"([^"]+)"', code):
                own = "/" not in inc and ((source / top / inc).exists()
                                          or inc.endswith(".pack.h")
                                          or inc == "config.h")
                if not inc.startswith("tandem/") and not own:
                    problems.append(f"{top}/{path.name}: {inc} is not public")
    for line in problems:
        print(line)
    print(f"{seen} files looked at, {len(problems)} problems")
    sys.exit(1 if problems or seen == 0 else 0)


main()
