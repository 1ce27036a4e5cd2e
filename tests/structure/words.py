# SPDX-License-Identifier: Apache-2.0
"""words.py - the library knows no kind: no string under libsync/ is the name
of a kind or field of a pack.

usage: words.py SOURCE [BUILD]
"""
import json
import pathlib
import re
import sys

# Words of the pack language itself and of plain English that some pack also
# uses as a field name.
# "agent" is a right too.
LANGUAGE = {"agent", "text", "title", "type", "kind", "state", "item", "name", "number",
            "from", "to", "at", "action", "target", "entry", "label", "steps",
            "channel", "code", "email", "position", "language", "results", "urgency", "origin",
            "version", "words"}


def main():
    source = pathlib.Path(sys.argv[1])
    words = {}
    for pack in sorted((source / "packs").glob("*.json")):
        for kind in json.loads(pack.read_text())["kinds"]:
            words[kind["id"]] = f"kind of {pack.name}"
            for field in kind["fields"]:
                words.setdefault(field["id"],
                                 f"field of {kind['id']} in {pack.name}")
    problems = []
    files = sorted((source / "libsync").rglob("*.[ch]"))
    for path in files:
        text = path.read_text()
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        text = re.sub(r"(?m)(^|\s)//[^\n]*", "", text)
        for literal in re.findall(r'"((?:\\.|[^"\\\n])*)"', text):
            if literal in words and literal not in LANGUAGE:
                problems.append(f"{path.relative_to(source)}: \"{literal}\" is"
                                f" a {words[literal]}")
    for line in problems:
        print(line)
    print(f"{len(words)} words, {len(files)} files, {len(problems)} problems")
    sys.exit(1 if problems or not words or not files else 0)


main()
