# SPDX-License-Identifier: Apache-2.0
"""tables.py - rows in the packs' own ids, as CSV files in their French words.

Days are written "03/03 14:10", of one year: the command reads them in its own
zone.
"""
import csv
import datetime
import io
import json
import pathlib

YEAR = 2025
PACKS = pathlib.Path(__file__).resolve().parents[1] / "packs"


def day(text):
    """ "03/03" with the year."""
    return f"{text}/{YEAR}"


def moment(text, minutes=0):
    """ "03/03 14:10", some minutes later."""
    at = datetime.datetime.strptime(f"{YEAR} {text}", "%Y %d/%m %H:%M")
    at += datetime.timedelta(minutes=minutes)
    return at.strftime("%d/%m/%Y %H:%M")


class Packs:
    """The French words of the packs' kinds, fields and enumerations."""

    def __init__(self):
        self.kinds, self.words = {}, {}
        for path in sorted(PACKS.glob("*.json")):
            pack = json.loads(path.read_text("utf-8"))
            self.kinds.update({k["id"]: {f["id"]: f for f in k["fields"]}
                               for k in pack["kinds"]})
            self.words.update({name: {w["id"]: w["fr"] for w in words}
                               for name, words in pack["enums"].items()})

    def column(self, kind, name):
        """`field` or `map.key`, as people read it."""
        field, _, key = name.partition(".")
        about = self.kinds[kind][field]
        if not key:
            return about["fr"]
        parts = about["type"].split(":")
        of = parts[parts.index("enum") + 1] if "enum" in parts else None
        return about["fr"] + "." + self.words.get(of, {}).get(key, key)

    def cell(self, kind, name, value):
        """A value, or several with a bar between them."""
        if isinstance(value, (list, tuple)):
            return "|".join(self.cell(kind, name, v) for v in value)
        parts = self.kinds[kind][name.partition(".")[0]]["type"].split(":")
        if parts[-2:-1] == ["enum"]:  # a map's key is in the column
            return self.words[parts[-1]][value]
        if parts[0] in ("bool", "tri"):
            return {"yes": "oui", "no": "non", "unknown": "inconnu"}[value]
        return str(value)


class Table:
    """The rows of one file, whose columns are those that some row fills."""

    def __init__(self, kind):
        self.kind = kind
        self.rows = []

    def add(self, key, **fields):
        self.rows.append((key, {k.replace("__", "."): v
                                for k, v in fields.items()
                                if v not in ("", None, [], ())}))
        return key

    def text(self, pack):
        order = list(pack.kinds[self.kind])
        names = {name for _, row in self.rows for name in row}
        # By field; a map's columns as they were first met.
        met = {n: i for i, n in enumerate(
            dict.fromkeys(n for _, row in self.rows for n in row))}
        names = sorted(names, key=lambda n: (order.index(n.split(".")[0]),
                                             met[n]))
        out = io.StringIO()
        sheet = csv.writer(out, delimiter=";", lineterminator="\n")
        sheet.writerow(["import_key"]
                       + [pack.column(self.kind, n) for n in names])
        for key, row in self.rows:
            sheet.writerow([key] + [pack.cell(self.kind, n, row[n])
                                    if n in row else "" for n in names])
        return out.getvalue()


class Folder:
    """The files of one device, in the order they are taken in."""

    def __init__(self, name, files):
        self.name = name
        self.files = files  # [(file, kind)]
        self.tables = {file: Table(kind) for file, kind in files}

    def add(self, file, key, **fields):
        return self.tables[file].add(key, **fields)

    def texts(self, pack):
        return {f"{self.name}/{file}.csv": table.text(pack)
                for file, table in self.tables.items() if table.rows}


def write_or_check(home, texts, words):
    """With `--check` nothing is written; the number of files that differ."""
    there = {str(p.relative_to(home)) for p in home.rglob("*.csv")}
    wrong = sorted(there - set(texts))
    for name, text in sorted(texts.items()):
        path = home / name
        if "--check" in words:
            if not path.exists() or path.read_text("utf-8") != text:
                wrong.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
    for name in wrong:
        print(f"not what the story says: {name}")
    print(f"{len(texts)} files, {len(wrong)} differ")
    return len(wrong)
