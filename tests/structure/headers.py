# SPDX-License-Identifier: Apache-2.0
"""headers.py - every public header compiles alone as C99, C17 and C++17, with
every compiler found, without a warning; option structs have no tail padding.

usage: headers.py SOURCE [BUILD]
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
         "-Wundef", "-Wcast-qual", "-Wwrite-strings", "-Werror",
         "-fsyntax-only"]
WAYS = [("c", ["gcc", "clang"], "-std=c99", ["-Wstrict-prototypes"]),
        ("c", ["gcc", "clang"], "-std=c17", ["-Wstrict-prototypes"]),
        ("cpp", ["g++", "clang++"], "-std=c++17", [])]
OPTIONS = [("store.h", "tandem_store_opts", "flags"),
           ("store.h", "tandem_query", "flags"),
           ("node.h", "tandem_grant", "sectors"),
           ("base.h", "tandem_sys", "log")]


def main():
    source = pathlib.Path(sys.argv[1])
    include = source / "include"
    failed = tried = 0
    with tempfile.TemporaryDirectory() as folder:
        for header in sorted((include / "tandem").glob("*.h")):
            for suffix, compilers, std, more in WAYS:
                for compiler in filter(shutil.which, compilers):
                    unit = pathlib.Path(folder) / f"one.{suffix}"
                    text = f"#include <tandem/{header.name}>\n"
                    for name, struct, last in OPTIONS:
                        if header.name == name and std != "-std=c99":
                            word = ("static_assert" if suffix == "cpp"
                                    else "_Static_assert")
                            text += (
                                f"{word}(sizeof({struct}) == offsetof({struct}"
                                f", {last}) + sizeof((({struct} *)0)->{last}),"
                                f' "tail padding");\n')
                    unit.write_text(text + "typedef int not_empty;\n")
                    run = subprocess.run(
                        [compiler, std, *FLAGS, *more, f"-I{include}",
                         str(unit)], capture_output=True, text=True)
                    tried += 1
                    if run.returncode != 0:
                        failed += 1
                        print(f"{header.name} {compiler} {std}\n{run.stderr}")
    print(f"{tried} compilations, {failed} failed")
    sys.exit(1 if failed or tried == 0 else 0)


main()
