# SPDX-License-Identifier: Apache-2.0
"""read_back.py - what Debian's own readers make of files: JSON to stdout.

usage: read_back.py vcard|ical|csv FILE...
Run by the tests with whichever python has the reader (python3-vobject,
python3-icalendar, python3-csvkit); 77 when this one has not.
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


try:
    read = {"vcard": cards, "ical": events, "csv": table}[sys.argv[1]]
    print(json.dumps([read(path) for path in sys.argv[2:]]))
except ModuleNotFoundError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)
