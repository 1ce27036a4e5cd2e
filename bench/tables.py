# SPDX-License-Identifier: Apache-2.0
"""tables.py - what run.py measured, as the tables of docs/performance.md.

usage: tables.py FIGURES.jsonl [--write docs/performance.md]

Each table stands in the page between "<!-- bench: NAME -->" and
"<!-- /bench -->"; --write puts the present ones there, so that the page cannot
say anything else than the run. Without it they are printed. Every value is the
median of the runs; a dash is what was not measured.
"""
import json
import pathlib
import re
import statistics
import sys

DASH = "–"

class Figures:
    """The lines of a run; what is asked for once is the median of several."""

    def __init__(self, lines):
        self.lines = lines

    def of(self, figure, **where):
        return [x for x in self.lines if x["figure"] == figure and
                all(x.get(k) == v for k, v in where.items())]

    def all(self, key, figure, **where):
        return [x[key] for x in self.of(figure, **where) if key in x]

    def one(self, key, figure, **where):
        found = self.all(key, figure, **where)
        return statistics.median(found) if found else None


def number(value, digits=0):
    return DASH if value is None else f"{value:,.{digits}f}"


def spread(values):
    if not values:
        return DASH
    middle = number(statistics.median(values))
    if len(values) < 2:
        return middle
    return f"{middle} ({number(min(values))}{DASH}{number(max(values))})"


def table(head, rows):
    marks = ["--:" if mark == ">" else "---" for mark, _ in head]
    lines = ["| " + " | ".join(name for _, name in head) + " |",
             "|" + "|".join(marks) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def columns(*names):
    """'>name': a number."""
    return [(">", n[1:]) if n.startswith(">") else ("", n) for n in names]


def sizes(f, figure, key="n"):
    return sorted(set(f.all(key, figure)))


def sync_at(f, n):
    """One sheet a commit where that was measured."""
    at = {"n": n, "per_commit": 1}
    return at if f.of("sync", **at) else {"n": n}


def ratio(a, b):
    return None if a is None or not b else a / b


# -------------------------------------------------------------------- tables

def machine(f):
    m = f.of("machine")
    if not m:
        return DASH
    m = m[0]
    commit = f.one("median_us", "commit")
    return (f"{m['cores']} cores of {m['processor']}, {m['memory_gb']} GB of "
            f"memory, Linux {m['kernel']}, {m['file_system']}; gcc "
            f"{m['compiler']}, preset `release`, revision {m['revision']}, "
            f"{m['date']}. Load at the start {m['load']}; one synced LMDB "
            f"transaction with one row took {number(commit)} µs.")


def sync(f, per_commit):
    rows = []
    for n in sizes(f, "sync"):
        at = {"n": n, "per_commit": per_commit}
        if not f.of("sync", **at):
            continue
        one = lambda key: f.one(key, "sync", **at)
        rows.append([
            number(n), spread(f.all("records_per_s", "sync", **at)),
            number(one("indexed_records_per_s")),
            number(one("rawlimit_records_per_s")),
            number(one("of_rawlimit"), 2),
            number(ratio(one("bytes"), one("payload_json_bytes")), 2),
            number(one("round_trips")), number(one("transactions")),
            number(one("rss_mb"), 1),
            number(ratio(one("file_bytes"), 1e6), 1),
            number(one("receiver_cpu_ns")), number(one("sender_cpu_ns"))])
    return table(columns(">N", ">records/s", ">indexed/s", ">raw limit",
                         ">of it", ">bytes / JSON", ">round trips",
                         ">transactions", ">`rss_mb`", ">file, MB",
                         ">receiver, ns", ">sender, ns"), rows)


def raw(f):
    rows = []
    for n in sizes(f, "sync"):
        for k in (1, 128):
            one = lambda key: f.one(key, "sync", n=n, per_commit=k)
            if one("raw_rows") is not None:
                rows.append([number(n), str(k), number(one("raw_rows"), 2),
                             number(one("raw_random_puts"), 2),
                             number(one("raw_row_bytes")),
                             number(one("transactions")),
                             number(one("rawlimit_indexed_records_per_s"))])
    return table(columns(">N", ">a commit", ">rows a record",
                         ">random puts a record", ">bytes a record",
                         ">transactions", ">raw limit when indexed"), rows)


def after(f):
    rows = []
    for n in sizes(f, "sync"):
        one = lambda key: f.one(key, "sync", **sync_at(f, n))
        row = [number(n)]
        for key in ("resync", "d10", "d1000"):
            row.append(f"{number(one(key + '_bytes'))} B, "
                       f"{number(one(key + '_ms'), 1)} ms, "
                       f"{number(one(key + '_round_trips'))}")
        rows.append(row)
    return table(columns(">N", ">again: bytes, ms, round trips",
                         ">10 + 10 changes", ">1,000 + 1,000 changes"), rows)


def fanin(f):
    seconds = f.all("fanin_s", "sync")
    if not seconds:
        return "Not measured."
    runs = ("one run" if len(seconds) == 1 else f"{len(seconds)} runs: "
            f"{min(seconds):.2f}{DASH}{max(seconds):.2f}")
    return (f"Twenty devices with 500 sheets each into one office: "
            f"{statistics.median(seconds):.2f} s ({runs})"
            f"; exchanges begun again {number(f.one('fanin_again', 'sync'))}, "
            f"changes the devices took home "
            f"{number(f.one('fanin_heard', 'sync'))}.")


def local(f):
    rows = []
    for figure in ("create", "edit"):
        for k in sizes(f, figure, "per_commit"):
            one = lambda key: f.one(key, figure, per_commit=k)
            rows.append([figure, number(one("n")), str(k),
                         spread(f.all("records_per_s", figure, per_commit=k)),
                         number(one("rawlimit_records_per_s")),
                         number(one("of_rawlimit"), 2), number(one("cpu_ns"))])
    return table(columns("what", ">N", ">a commit", ">records/s",
                         ">raw limit", ">of it", ">processor, ns"), rows)


def opened(f):
    rows = []
    for n in sizes(f, "open"):
        one = lambda key: f.one(key, "open", n=n)
        rows.append([number(n), number(one("open_ms"), 2),
                     number(one("open_cold_ms"), 1),
                     number(one("read_us"), 1), number(one("find_us"), 1),
                     number(one("page_records_per_s")),
                     number(ratio(one("file_bytes"), 1e6), 1),
                     number(ratio(one("file_bytes"), n))])
    return table(columns(">records", ">open and read one, ms",
                         ">from the disk, ms", ">read one, µs",
                         ">find by code, µs", ">records/s in pages",
                         ">file, MB", ">bytes a record"), rows)


def report(f):
    rows = []
    for n in sizes(f, "report"):
        one = lambda key: f.one(key, "report", n=n)
        rows.append([number(n)] +
                    [number(one(f"{what}_{kind}"), 0)
                     for what in ("cold", "again", "ten")
                     for kind in ("ms", "cpu_ms")] +
                    [number(ratio(one("kept_bytes"), 1e6), 1),
                     number(one("rss_mb"), 0)])
    return table(columns(">records", ">from scratch, ms", ">processor",
                         ">again, ms", ">processor", ">after ten changes, ms",
                         ">processor", ">kept, MB", ">`rss_mb`"), rows)


def looks(f):
    rows = []
    for n in sizes(f, "looks"):
        one = lambda key: f.one(key, "looks", n=n)
        rows.append([number(n), number(one("due_rows"))] +
                    [number(one(f"{what}_{kind}"), 0)
                     for what in ("today", "due", "show")
                     for kind in ("ms", "cpu_ms")])
    return table(columns(">records", ">rows", ">`today`, ms", ">processor",
                         ">`due`, ms", ">processor", ">`show`, ms",
                         ">processor"), rows)


def logs(f):
    rows = []
    for n in sizes(f, "logs", "logs"):
        for path in ("cursor", "trie"):
            for changed in sizes(f, "logs", "changed"):
                one = lambda key: f.one(key, "logs", logs=n, path=path,
                                        changed=changed)
                if one("bytes") is None:
                    continue
                beside = one("bytes") - one("entry_bytes")
                rows.append([number(n), number(changed), path,
                             number(one("bytes")), number(beside),
                             number(one("round_trips")),
                             number(one("ms"), 1)])
    return table(columns(">logs", ">changed", "path", ">bytes",
                         ">without entries", ">round trips", ">ms"), rows)


def memory(f):
    rows = []
    for n in sizes(f, "sync"):
        one = lambda key: f.one(key, "sync", **sync_at(f, n))
        rows.append([number(n), number(one("rss_idle_mb"), 1),
                     number(one("rss_mb"), 1), number(one("rss_indexed_mb"), 1),
                     number(one("rss_with_map_mb"), 1),
                     number(ratio(one("file_bytes"), 1e6), 1)])
    return table(columns(">changes received", ">before, MB", ">`rss_mb`",
                         ">until indexed", ">with the map", ">file, MB"), rows)


# Each step, and what callgrind calls it.
FUNCTIONS = {"SEGMENT": "step_segment", "OPEN": "step_payload_open",
             "DECODE": "step_decode", "FACE": "step_face",
             "ROW_KEEP": "step_row_keep",
             "HOLD": "step_hold", "PAYLOAD": "step_payload_put",
             "JUDGE": "step_judge", "RECORD": "step_record_put",
             "INDEX": "step_index_put", "RUN": "step_run_put",
             "MERGE": "step_merge", "FEED": "step_feed_put",
             "HEAR": "step_hear", "GET": "step_get",
             "ROW_OPEN": "step_row_open", "GLANCE": "step_glance",
             "ENCODE": "step_encode",
             "TELL": "step_tell"}


def steps(f):
    rows, seen = [], []
    for x in f.of("step"):
        if x["step"] in seen:
            continue
        seen.append(x["step"])
        ns = [number(f.one("ns", "step", step=x["step"], per_commit=k))
              for k in (1, 128)]
        count = f.one("per_record", "instructions",
                      function=FUNCTIONS.get(x["step"]))
        rows.append([x["side"], x["text"], *ns, number(count)])
    return table(columns("side", "step", ">1 a commit, ns",
                         ">128 a commit, ns", ">instructions (1 a commit)"),
                 rows)


def asked(f):
    big = {"n": 100000, "per_commit": 1}
    ten = {"n": 10000, "per_commit": 1}
    logs = {"logs": 10000, "changed": 10, "path": "cursor"}
    s = lambda key, at: f.one(key, "sync", **at)
    beside = None
    if f.one("bytes", "logs", **logs) is not None:
        beside = (f.one("bytes", "logs", **logs) -
                  f.one("entry_bytes", "logs", **logs))
    # what, unit, digits, measured, the bound, which way
    lines = [
        ("first sync of 10,000", "records/s", 0, s("records_per_s", ten),
         60000, ">="),
        ("first sync of 100,000", "records/s", 0, s("records_per_s", big),
         60000, ">="),
        ("... of the raw limit", "", 2, s("of_rawlimit", big), 0.5, ">="),
        ("bytes on the wire / JSON", "", 2,
         ratio(s("bytes", big), s("payload_json_bytes", big)), 1.0, "<="),
        ("again, nothing new", "B", 0, s("resync_bytes", big), 300, "<="),
        ("... round trips", "", 0, s("resync_round_trips", big), 1, "<="),
        ("... time", "ms", 1, s("resync_ms", big), 10, "<="),
        ("10 changes on both sides", "B", 0, s("d10_bytes", big), 4000, "<="),
        ("... time", "ms", 1, s("d10_ms", big), 20, "<="),
        ("20 devices × 500", "s", 2, f.one("fanin_s", "sync"), 0.7, "<="),
        ("open 100,000 and read one", "ms", 1,
         f.one("open_ms", "open", n=100000) or s("open_ms", big), 10, "<="),
        ("memory of the receiver at 100,000", "MB", 1, s("rss_mb", big), 48,
         "<="),
        ("10 of 10,000 logs changed, besides the entries", "B", 0, beside,
         2600, "<="),
        ("... round trips", "", 0, f.one("round_trips", "logs", **logs), 3,
         "<="),
        ("open 1,000,000 and read one", "ms", 1,
         f.one("open_ms", "open", n=1000000), 20, "<="),
        ("memory of a receiver of 1,000,000", "MB", 1,
         f.one("rss_mb", "sync", n=1000000), 33.5, "<="),
        ("`report funnel` of 100,000 from scratch", "ms", 0,
         f.one("cold_ms", "report", n=100000), 1000, "<="),
        ("... after ten changes", "ms", 0,
         f.one("ten_ms", "report", n=100000), 50, "<="),
    ]
    rows = []
    for what, unit, digits, got, bound, way in lines:
        sign = "≥" if way == ">=" else "≤"
        reached = DASH if got is None else (
            "reached" if (got >= bound if way == ">=" else got <= bound)
            else "**not reached**")
        whole = 0 if float(bound).is_integer() else 1
        rows.append([what, f"{sign} {number(bound, whole)} {unit}".strip(),
                     DASH if got is None else
                     f"{number(got, digits)} {unit}".strip(), reached])
    return table(columns("figure", "asked", "measured", ""), rows)


TABLES = {"machine": machine, "sync-1": lambda f: sync(f, 1),
          "sync-128": lambda f: sync(f, 128), "raw": raw, "after": after,
          "fanin": fanin, "local": local, "open": opened, "report": report,
          "looks": looks,
          "logs": logs,
          "memory": memory, "steps": steps, "asked": asked}


def read(path):
    return Figures([json.loads(line) for line in
                    pathlib.Path(path).read_text().splitlines() if line])


def all_tables(f):
    return [(name, make(f)) for name, make in TABLES.items()]


def write(f, page):
    text = page.read_text()
    used = set()

    def put(found):
        used.add(found.group(1))
        return (f"<!-- bench: {found.group(1)} -->\n"
                f"{TABLES[found.group(1)](f)}\n<!-- /bench -->")

    text = re.sub(r"<!-- bench: (\S+) -->\n.*?<!-- /bench -->", put, text,
                  flags=re.S)
    assert used == set(TABLES), f"not in the page: {set(TABLES) - used}"
    page.write_text(text)


def main():
    if len(sys.argv) == 4 and sys.argv[2] == "--write":
        write(read(sys.argv[1]), pathlib.Path(sys.argv[3]))
    elif len(sys.argv) == 2:
        for name, text in all_tables(read(sys.argv[1])):
            print(f"\n{name}\n\n{text}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
