# SPDX-License-Identifier: Apache-2.0
"""read_back.py - what Debian's own readers make of files: JSON to stdout.

usage: read_back.py vcard|ical|csv|qr FILE...
Run by the tests with whichever python has the reader (python3-vobject,
python3-icalendar, python3-csvkit, python3-zbar); 77 when this one has not.
"""
import io
import json
import sys


def text_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return file.read()


def cards(path):
    import vobject
    return [{name: [str(getattr(p, "value", p)) for p in group]
             for name, group in card.contents.items()}
            for card in vobject.readComponents(text_of(path))]


def events(path):
    import icalendar
    calendar = icalendar.Calendar.from_ical(text_of(path))
    return [{name: [v.to_ical().decode() for v in
                    (value if isinstance(value, list) else [value])]
             for name, value in event.items()}
            for event in calendar.walk("VEVENT")]


def table(path):
    """What csvclean says of it, and its rows: texts, whatever they look like.
    The separator is told; from the first cells it would guess the quotes."""
    from csvkit.utilities.csvclean import CSVClean
    from csvkit.utilities.csvjson import CSVJSON
    clean, rows = io.StringIO(), io.StringIO()
    CSVClean(["-n", "-d", ";", path], clean).run()
    CSVJSON(["-d", ";", "-y", "0", "-I", "--blanks", path], rows).run()
    return [clean.getvalue().strip(), json.loads(rows.getvalue())]


def code(path):
    """The text of a drawing in blocks, light on dark, two rows a line; a
    module is drawn as four by four points."""
    import zbar
    rows = []
    for line in text_of(path).splitlines():
        rows.append([c in "\u2588\u2580" for c in line])
        rows.append([c in "\u2588\u2584" for c in line])
    points = bytes(255 if light else 0 for row in rows for _ in range(4)
                   for light in row for _ in range(4))
    image = zbar.Image(4 * len(rows[0]), 4 * len(rows), "Y800", points)
    zbar.ImageScanner().scan(image)
    return [found.data for found in image]


try:
    read = {"vcard": cards, "ical": events, "csv": table, "qr": code}[sys.argv[1]]
    print(json.dumps([read(path) for path in sys.argv[2:]]))
except ModuleNotFoundError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)
