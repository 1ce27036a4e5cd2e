#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""search.py - looks for typed words in the bytes of folders.

usage: search.py TYPED FOLDER...

TYPED is a folder of CSV files. A word is any run of letters and digits, or
a whole cell, of eight bytes or more, that stands in no pack: what a pack says
is public, and packs travel in clear. Prints how many words were looked for
and which stand in the folders' files.
"""
import csv
import pathlib
import re
import sys

SHORTEST = 8
PACKS = pathlib.Path(__file__).resolve().parents[2] / "packs"
CHUNK = 1 << 22


def cells(folder):
    """Every cell of every CSV file under a folder, headers left out."""
    for path in sorted(pathlib.Path(folder).rglob("*.csv")):
        with open(path, encoding="utf-8", newline="") as f:
            rows = csv.reader(f, delimiter=";")
            next(rows)
            for row in rows:
                yield from (c for c in row if c)


def words_of(texts):
    """The words of typed texts, as bytes, without what stands in a pack."""
    packs = b"\n".join(p.read_bytes() for p in sorted(PACKS.rglob("*.json")))
    found = set()
    for text in texts:
        parts = [text, *text.split("|")]  # several values share a cell
        parts += re.findall(r"[^\W_]+", text)
        # An address or a code holds signs of its own: also between spaces.
        parts += re.split(r"[\s|]+", text)
        for part in parts:
            raw = part.strip().encode("utf-8")
            if len(raw) >= SHORTEST and raw not in packs:
                found.add(raw)
    return found


def read_parts(path, overlap):
    """A file's bytes in parts that overlap, long runs of zeros shortened:
    no word holds a zero, and a map of pages is mostly these."""
    kept = b""
    with open(path, "rb") as f:
        while part := f.read(CHUNK):
            part = kept + part
            yield re.sub(rb"\0{16,}", b"\0" * 16, part)
            kept = part[-overlap:]


def search(words, folders):
    """Which words stand in the files of the folders: {word: first file},
    and how many files and bytes were read."""
    by_start = {}
    for word in words:
        by_start.setdefault(word[:SHORTEST], []).append(word)
    overlap = max((len(w) for w in words), default=1) - 1
    hits, files, size = {}, 0, 0
    for folder in folders:
        for path in sorted(p for p in pathlib.Path(folder).rglob("*")
                           if p.is_file()):
            files += 1
            size += path.stat().st_size
            for part in read_parts(path, overlap):
                for at in range(len(part) - SHORTEST + 1):
                    starts = by_start.get(part[at:at + SHORTEST])
                    for word in starts or ():
                        if part.startswith(word, at):
                            hits.setdefault(word, path)
    return hits, files, size


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    words = words_of(cells(sys.argv[1]))
    hits, files, size = search(words, sys.argv[2:])
    print(f"{len(words)} words looked for in {files} files ({size} bytes): "
          f"{len(hits)} found")
    for word, path in sorted(hits.items()):
        print(f"  {word.decode()}  in {path}")
    sys.exit(1 if hits or not words or not files else 0)


if __name__ == "__main__":
    main()
