# SPDX-License-Identifier: Apache-2.0
"""read_back.py - what Debian's own readers make of a file: JSON to stdout.

usage: read_back.py vcard|ical FILE
Run by the tests with whichever python has the reader (python3-vobject,
python3-icalendar); 77 when this one has not.
"""
import json
import sys


def cards(text):
    import vobject
    return [{name: [str(getattr(p, "value", p)) for p in group]
             for name, group in card.contents.items()}
            for card in vobject.readComponents(text)]


def events(text):
    import icalendar
    return [{name: [v.to_ical().decode() for v in
                    (value if isinstance(value, list) else [value])]
             for name, value in event.items()}
            for event in icalendar.Calendar.from_ical(text).walk("VEVENT")]


try:
    with open(sys.argv[2], newline="", encoding="utf-8") as file:
        print(json.dumps({"vcard": cards, "ical": events}[sys.argv[1]](
            file.read())))
except ModuleNotFoundError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)
