# SPDX-License-Identifier: Apache-2.0
"""exports.py - the shared library exports exactly libsync/exports.txt, which
is exactly what the public headers declare; and it holds no mutable object but
those named below.

usage: exports.py SOURCE BUILD [--write]
"""
import pathlib
import re
import subprocess
import sys

# The registry against opening a store twice, and its lock; sodium's once.
MUTABLE = re.compile(r"^(registry|registry_mutex|init_once|init_result)$")


def nm(path, *args):
    out = subprocess.run(["nm", *args, str(path)], check=True,
                         capture_output=True, text=True).stdout
    return [line.split() for line in out.splitlines() if line.strip()]


def mutable_objects(lib):
    """What lies in memory that stays writable (constants with addresses in
    them, .data.rel.ro, do not), without the compiler's own."""
    out = subprocess.run(["objdump", "-t", str(lib)], check=True,
                         capture_output=True, text=True).stdout
    rows = re.findall(r"^\S+ .{7} (\.t?(?:data|bss)(?:\.\S+)?)\t\S+\s+(.+)$",
                      out, flags=re.M)
    return [name for section, name in rows
            if not section.startswith(".data.rel.ro") and name != section
            and not name.startswith(("_", ".", "completed", "asan."))]


def main():
    source, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    problems = []
    lib = build / "libtandem.so"
    exported = sorted({row[-1].split("@")[0]
                       for row in nm(lib, "-D", "--defined-only")
                       if not row[-1].startswith("_")})
    listed = source / "libsync" / "exports.txt"
    if "--write" in sys.argv:
        listed.write_text("\n".join(exported) + "\n")
    expected = listed.read_text().split()
    for name in sorted(set(exported) - set(expected)):
        problems.append(f"exported but not listed: {name}")
    for name in sorted(set(expected) - set(exported)):
        problems.append(f"listed but not exported: {name}")
    declared = set()
    for header in (source / "include" / "tandem").glob("*.h"):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        for statement in re.findall(r"TANDEM_API[^;]*;", text, flags=re.S):
            found = re.search(r"\b(tandem_\w+)\s*\(", statement)
            if found:
                declared.add(found.group(1))
    for name in sorted(declared - set(exported)):
        problems.append(f"declared but not exported: {name}")
    for name in sorted(set(exported) - declared):
        problems.append(f"exported but not declared: {name}")
    for name in mutable_objects(lib):
        if not MUTABLE.match(name):
            problems.append(f"mutable object: {name}")
    for line in problems:
        print(line)
    print(f"{len(exported)} exports, {len(problems)} problems")
    sys.exit(1 if problems or not exported else 0)


main()
