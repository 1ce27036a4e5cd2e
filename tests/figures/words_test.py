# SPDX-License-Identifier: Apache-2.0
"""words_test.py - the numbers of words and the columns of facts are those of
the packs: figures/words.h and figures/kinds.h against packs/*.json.

usage: words_test.py SOURCE
"""
import json
import pathlib
import re
import sys

# What a column's form may be read from: how its field's type begins.
FORMS = {"WORD": ("enum:",), "YES": ("bool", "tri"), "DAY": ("date",),
         "LATEST": ("map:enum:",), "TIME": ("dt",), "INT": ("int", "cents"), "SUM": ("int",),
         "REF": ("ref:",), "SET": ("set:enum:",), "FIGURES": ("set:str:",),
         "STEPS": ("map:enum:",),
         "COUNT": ("set:", "refs:", "log", "list:", "text"), "ITEM": ("str:",),
         "MARK": ("str:",), "HOURS": ("str:",), "HINTS": ("str:", "set:phone", "set:str:"),
         "POINTS": ("map:ref:",), "SPLIT": ("",)}  # of any field


def check_words(text, enums, problems):
    seen = 0
    for name, body in re.findall(r"^enum (\w+) {(.*?)};", text, re.M | re.S):
        words = {w["id"].upper(): w["n"] for w in enums.get(name, [])}
        told = re.findall(r"(\w+) = (\d+)", body)
        if len(told) != len(words):
            problems.append(f"enum {name}: {len(told)} words here,"
                            f" {len(words)} in the packs")
        for word, n in told:
            seen += 1
            if not any(n == str(number) and word.endswith("_" + known)
                       for known, number in words.items()):
                problems.append(f"{word} = {n} is no word of {name}")
    return seen


def check_columns(text, kinds, enums, problems):
    text = re.sub(r"//[^\n]*", "", text)
    maps = dict(re.findall(r"#define (\w+_MAP)\(COLUMN\)(.*?)(?=\n#define|\n\n)",
                           text, re.S))
    named = re.findall(r'KIND\((\w+),\s*\\?\s*"([\w./]+)",\s*\\?\s*(\w+)\)',
                       text)
    seen = 0
    for _, kind, which in named:
        if kind not in kinds:
            problems.append(f"no pack has a kind {kind}")
            continue
        for field, form in re.findall(r'COLUMN\(\w+,\s*\\?\s*"(\w+)",\s*\\?\s*'
                                      r"(\w+)\)", maps[which]):
            seen += 1
            at = kinds[kind].get(field)
            if at is None or not at.startswith(FORMS.get(form, ("?",))):
                problems.append(f"{kind}.{field} is {at}, not a {form}")
            elif form in ("SET", "STEPS"):
                most = max(w["n"] for w in enums[at.split(":")[2]])
                if most >= (63 if form == "SET" else 15):
                    problems.append(f"{kind}.{field}: word {most} has no bits")
    return len(named), seen


def check_kept(text, packs, problems):
    """Every kind whose time to be kept ends is among the facts."""
    named = set(re.findall(r'"(fr\.\w+/\w+)"', text))
    for name, pack in packs.items():
        months = {r["id"]: r.get("months") for r in pack["retentions"]}
        for kind in pack["kinds"]:
            if months[kind["retention"]] and f"{name}/{kind['id']}" not in named:
                problems.append(f"{name}/{kind['id']} is kept a time, "
                                "and no fact")


def check_questions(text, ready, problems):
    """The sixteen, in their order, are those of the ready list."""
    told = re.findall(r'^    {"(\w+)",(?! FACT_)', text, re.M)
    listed = [r["key"].split("/")[1] for r in ready["records"]
              if r["kind"] == "open_question"]
    if told != listed or len(told) != 16:
        problems.append(f"questions {told} are not the ready list's {listed}")
    return len(told)


def main():
    source = pathlib.Path(sys.argv[1])
    enums, kinds, problems, packs = {}, {}, [], {}
    for name in ("fr.terrain", "fr.immersion"):
        pack = json.loads((source / "packs" / f"{name}.json").read_text())
        packs[name] = pack
        enums.update(pack["enums"])
        for kind in pack["kinds"]:
            kinds[f"{name}/{kind['id']}"] = {
                f["id"]: f["type"] for f in kind["fields"]}
    figures = source / "figures"
    words = check_words((figures / "words.h").read_text(), enums, problems)
    named, columns = check_columns(
        (figures / "kinds.h").read_text(), kinds, enums, problems)
    check_kept((figures / "kinds.h").read_text(), packs, problems)
    asked = check_questions(
        (figures / "questions.c").read_text(),
        json.loads((source / "packs/ready/fr.terrain.ready.json").read_text()),
        problems)
    for line in problems:
        print(line)
    print(f"{words} words, {named} kinds, {columns} columns, {asked} questions,"
          f" {len(problems)} problems")
    sys.exit(1 if problems or words < 100 or named < 30 or columns < 100
             else 0)


main()
