# SPDX-License-Identifier: Apache-2.0
"""format.py - docs/format.md says what the code does, as far as a script can
tell: its examples are the known answers of tests/vectors, its tables of
numbers are the enums of the code, its limits those of limits.h, every META
row and every signature's domain is named; every layout names the fuzz target
that reads it, which exists, with a corpus, and none is left out; and every file
of known answers is what its generator makes.

usage: format.py SOURCE [BUILD]
"""
import pathlib
import re
import subprocess
import sys

# Enums whose numbers stand on a wire or a disk: what precedes a table's name
# in the code, and enumerators that are no number of the format.
ENUMS = {
    "td_msg_type": ("libsync/session/message.h", "TD_MSG_", set()),
    "td_control_type": ("libsync/member/control.h", "TD_CONTROL_", set()),
    "td_opcode": ("libsync/crdt/change.h", "TD_OP_", set()),
    "td_table": ("libsync/store/store.h", "TD_T_", {"COUNT"}),
    "message": ("libsync/member/enrol.c", "", set()),
    "tandem_wait_reason": ("include/tandem/store.h", "TANDEM_WAIT_", set()),
}


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def enum_of(source, name, problems):
    path, prefix, skip = ENUMS[name]
    code = without_comments((source / path).read_text())
    found = re.search(r"enum\s+" + name + r"\s*{([^}]*)}", code)
    if found is None:
        problems.append(f"{path}: enum {name} is not there")
        return {}
    numbers, value = {}, 0
    for part in filter(None, map(str.strip, found.group(1).split(","))):
        word, _, given = map(str.strip, part.partition("="))
        value = int(given, 0) if given else value
        word = word[len(prefix):] if word.startswith(prefix) else word
        if word not in skip:
            numbers[value] = word.lower()
        value += 1
    return numbers


def table_after(lines, at):
    """The rows of the table that follows line `at`, as lists of cells."""
    while at < len(lines) and not lines[at].startswith("|"):
        at += 1
    rows = []
    while at < len(lines) and lines[at].startswith("|"):
        cells = re.split(r"(?<!\\)\|", lines[at].strip().strip("|"))
        rows.append([cell.strip().strip("`") for cell in cells])
        at += 1
    return rows[2:]


def check_enums(source, lines, problems):
    told = set()
    for at, line in enumerate(lines):
        found = re.match(r"<!-- enum: (\w+)", line)
        if found is None:
            continue
        name = found.group(1)
        if name not in ENUMS:
            problems.append(f"enum {name} is none that this test knows")
            continue
        told.add(name)
        wanted = enum_of(source, name, problems)
        have = {int(row[0]): row[1].lower()
                for row in table_after(lines, at + 1) if row[0]}
        for number in sorted(wanted.keys() | have.keys()):
            if wanted.get(number) != have.get(number):
                problems.append(
                    f"{name} {number}: the code says {wanted.get(number)},"
                    f" the page {have.get(number)}")
    for name in sorted(ENUMS.keys() - told):
        problems.append(f"no table for enum {name}")
    return len(told)


def check_limits(source, lines, problems):
    code = without_comments(
        (source / "libsync/base/limits.h").read_text())
    values = {name: int(eval(value, {"__builtins__": {}})) for name, value in
              re.findall(r"(TD_\w+)\s*=\s*([\d\s<*()x]+)", code)}
    rows = table_after(lines, lines.index("<!-- limits -->") + 1)
    for name, value, *_ in rows:
        told = int(value.replace(",", ""))
        if values.get(name) != told:
            problems.append(f"{name} is {values.get(name)}, not {told}")
    return len(rows)


def check_names(source, lines, problems):
    """META rows, and domains of signatures."""
    page = "\n".join(lines)
    told = {row[0] for row in
            table_after(lines, lines.index("<!-- meta -->") + 1)}
    used = set()
    for path in (source / "libsync").rglob("*.[ch]"):
        text = path.read_text()
        used |= set(re.findall(r'#define\s+TD_META_\w+\s+"([^"]+)"', text))
        for name in re.findall(r'"(td\.[a-z0-9.]+)', without_comments(text)):
            if f"`{name}`" not in page and f'"{name}"' not in page:
                problems.append(f"{path.relative_to(source)}: \"{name}\" goes"
                                f" into a hash and is not in docs/format.md")
    # Of log/, spelled as bytes.
    used |= {"lsn", "own", "logs", "branches", "missing"}
    for name in sorted(used ^ told):
        problems.append(f"META row {name}: "
                        + ("not told" if name in used else "not in the code"))
    return len(used)


def check_targets(source, lines, problems):
    """Fuzz targets: of the tables of rows, and of all other layouts."""
    there = {path.stem[len("fuzz_"):]
             for path in (source / "fuzz").glob("fuzz_*.c")}
    told = set()
    for mark in ("<!-- fuzz -->", "<!-- enum: td_table -->", "<!-- meta -->"):
        for row in table_after(lines, lines.index(mark) + 1):
            what = row[1] if row[0].isdigit() else row[0]
            if row[-1] != "–" and what:
                named = [name.strip() for name in row[-1].split(",")]
                for name in sorted(set(named) - there):
                    problems.append(f"{what}: no fuzz target \"{name}\"")
                told |= set(named)
    for name in sorted(there - told):
        problems.append(f"fuzz/fuzz_{name}.c: not told what it reads")
    for name in sorted(there):
        corpus = source / "fuzz" / "corpus" / name
        if not corpus.is_dir() or not any(corpus.iterdir()):
            problems.append(f"fuzz/corpus/{name} is empty")
    return len(there)


def read_vectors(source):
    vectors = {}
    for path in sorted((source / "tests/vectors").glob("*.txt")):
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                name, value = line.split()
                vectors[f"{path.stem}/{name}"] = bytes.fromhex(value)
    return vectors


def example_bytes(lines):
    out = b""
    for line in lines:
        for word in line.split(";")[0].split():
            value, _, times = word.partition("*")
            out += bytes.fromhex(value) * int(times or 1)
    return out


def check_examples(source, page, problems):
    vectors = read_vectors(source)
    examples = re.findall(r"^```\nvector: (\S+)\n(.*?)^```$", page,
                          flags=re.S | re.M)
    for name, body in examples:
        if name not in vectors:
            problems.append(f"{name}: no such known answer")
            continue
        try:
            made = example_bytes(body.splitlines())
        except ValueError as e:
            problems.append(f"{name}: {e}")
            continue
        if made != vectors[name]:
            problems.append(f"{name}: the example is not the known answer")
    marked = len(re.findall(r"^vector: ", page, flags=re.M))
    if marked != len(examples):
        problems.append(f"{marked - len(examples)} vectors outside a block")
    for name in {v.split("/")[0] for v in vectors}:
        if f"`{name}.txt`" not in page:
            problems.append(f"tests/vectors/{name}.txt is not told of")
    return len(examples)


def check_generators(source, problems):
    run = 0
    for path in sorted((source / "tests/vectors").glob("*.py")):
        answers = path.with_suffix(".txt")
        if not answers.exists():
            continue  # what generators share
        made = subprocess.run(
            [sys.executable, "-B", str(path)], capture_output=True, text=True,
            timeout=60)
        if re.search(r"^(ModuleNotFound|Import)Error", made.stderr, re.M):
            print(f"{path.name}: not run, {made.stderr.splitlines()[-1]}")
            continue
        run += 1
        if made.returncode != 0 or made.stdout != answers.read_text():
            problems.append(f"{path.name} does not make {answers.name}\n"
                            + made.stderr)
    return run


def main():
    source = pathlib.Path(sys.argv[1])
    page = (source / "docs" / "format.md").read_text()
    lines = page.splitlines()
    problems = []
    enums = check_enums(source, lines, problems)
    limits = check_limits(source, lines, problems)
    names = check_names(source, lines, problems)
    targets = check_targets(source, lines, problems)
    examples = check_examples(source, page, problems)
    generators = check_generators(source, problems)
    for line in problems:
        print(line)
    print(f"{enums} enums, {limits} limits, {names} META rows, {targets}"
          f" fuzz targets, {examples} examples, {generators} generators, {len(problems)} problems")
    sys.exit(1 if problems or not examples or not generators else 0)


main()
