# SPDX-License-Identifier: Apache-2.0
"""test_page.py - the pages of HTML: whole, safe, alone, read by a screen
reader."""
import base64
import html.parser
import os
import re
import unittest

import browser
import support
from support import FRENCH, Case

VOID = {"meta", "link", "br", "hr", "img", "input", "rect", "line", "path"}
# What only an attack or a mistake would bring into our pages.
FOREIGN = {"script", "img", "iframe", "object", "embed", "link", "form", "base",
           "audio", "video", "image", "use", "foreignobject"}
MARKUP = "<script>alert('x')</script>\" onload=\"y &amp;"


class Page(html.parser.HTMLParser):
    """Every element closed, by the order it was opened; what it holds."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.raw = path.read_text()
        self.open, self.elements, self.ids, self.text = [], [], [], ""
        self.words = {}
        self.feed(self.raw)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.elements.append((tag, attrs))
        self.ids += [attrs["id"]] if "id" in attrs else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data):
        self.text += data
        if self.open:
            self.words.setdefault(self.open[-1], []).append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


class Shape(Case):
    """What holds for every page we write."""

    def look(self, path, lang):
        page = Page(path)
        names = {tag for tag, _ in page.elements}
        self.assertEqual(names & FOREIGN, set())
        self.assertEqual(page.all("html")[0]["lang"], lang)
        self.assertEqual(len(page.ids), len(set(page.ids)))
        self.assertEqual(len(page.all("h1")) >= 1, True)
        self.assertEqual(len(page.all("table")), len(page.all("caption")))
        for th in page.all("th"):
            self.assertIn(th.get("scope"), ("col", "row"))
        for svg in page.all("svg"):
            self.assertEqual(svg["role"], "img")
            self.assertIn(svg["aria-labelledby"], page.ids)
            self.assertIn(svg["aria-describedby"], page.ids)
        for tag, attrs in page.elements:
            for name, value in attrs.items():
                self.assertFalse(name.startswith("on"), (tag, attrs))
                if name in ("href", "src", "action", "xlink:href"):
                    self.assertTrue(value.startswith("#"), (tag, attrs))
                    self.assertIn(value[1:], page.ids)
        self.assertNotRegex(page.raw, r"url\(|@import|https?:")
        self.assertNotRegex(page.raw, "[\x00-\x08\x0b-\x1f\x7f-\x9f"
                                      "\u202a-\u202e\u2066-\u2069]")
        self.assertIn("Content-Security-Policy", page.raw)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        return page


    def served(self):
        one = self.office()
        one.run("ready", "add")
        for k, outcome in enumerate(("no_answer", "pitch_given", "refused",
                                     "pitch_then_entered", "pitch_given",
                                     "no_answer", "no_answer")):
            one.run("new", "encounter", "channel=door",
                    f"at=2026-03-0{2 + k}T10:0{k}+01:00",
                    f"outcome={outcome}")
        return one


class Report(Shape):
    def test_the_page_says_what_the_text_says(self):
        one = self.served()
        for env, lang in (({}, "en"), (FRENCH, "fr")):
            path = self.box / f"{lang}.html"
            one.run("report", "--html", path, env=env)
            page = self.look(path, lang)
            text = " ".join(page.text.split())
            labels = 0
            for words in ((), ("questions",), ("figures",)):
                told = one.run("report", *words, env=env).text
                for line in told.splitlines():
                    number = re.search(r"^  (\S.{40,43}) +(\d+)\b", line)
                    if number and "..." not in line:
                        label = " ".join(number[1].split()).rstrip("…")
                        self.assertIn(label, text)
                        labels += 1
            self.assertGreater(labels, 100)
            self.assertIn(" / 100", text)  # a bar and the goal it is held to
            self.assertGreaterEqual(len(page.all("svg")), 2 + 7 + 7)
            self.assertGreater(len(page.all("table")), 40)

    def test_the_numbers_are_those_of_the_json(self):
        one = self.served()
        path = self.box / "funnel.html"
        told = one.run("report", "funnel", "--json", "--html", path).json
        page = self.look(path, "en")
        self.assertEqual(told["funnel"]["stages"][0]["n"], 7)
        self.assertEqual(told["funnel"]["stages"][1]["n"], 3)
        rows = re.findall(r'<tr><th scope="row" dir="auto">[^<]*</th>'
                          r'<td class="n">([^<]*)</td>', page.raw)
        self.assertEqual(rows, [str(s["n"])
                                for s in told["funnel"]["stages"]])
        self.assertEqual(len(page.all("svg")), 1)

    def test_small_numbers_are_in_no_corner_of_a_page_for_outside(self):
        one = self.served()
        path = self.box / "outside.html"
        one.run("report", "funnel", "--outside", "--html", path)
        page = self.look(path, "en")
        # 7 doors; 3 people met: neither as number, share, width or word.
        self.assertIn("hidden", page.text)
        widths = [r["width"] for r in page.all("rect")]
        self.assertEqual(widths[1], "0.0")
        self.assertNotIn("42.9", page.raw)
        one.run("report", "funnel", "--html", path)
        self.assertIn("42.9", path.read_text())

    def test_a_name_is_never_markup(self):
        one = self.served()
        one.run("sector", "add", MARKUP)
        path = self.box / "name.html"
        one.run("report", "--sector", MARKUP, "--html", path)
        self.assertIn(MARKUP, self.look(path, "en").text)

    def test_what_cannot_be_written_leaves_nothing_and_says_why(self):
        one = self.served()
        (self.box / "dir.html").mkdir()
        (self.box / "sheet").write_text("")
        pipe = self.box / "pipe"
        os.mkfifo(pipe)
        folder = ("it is a folder; give the name of a file",
                  "c'est un dossier ; donnez le nom d'un fichier")
        none = ("there is no such folder; make it first",
                "ce dossier n'existe pas ; créez-le d'abord")
        for verb in (("report", "--html"), ("export", "jsonl", "--out")):
            for path, said in ((self.box / "no" / "page.html", none),
                               (self.box / "sheet" / "page.html", none),
                               (self.box / "dir.html", folder)):
                for env, sentence in zip(({}, support.FRENCH), said):
                    talk = one.run(*verb, path, code=1, env=env).talk
                    self.assertIn(f": {sentence}\n", talk)
            # A pipe or a device stays what it is.
            for env, sentence in (
                    ({}, "is no file; - is the standard output"),
                    (support.FRENCH, "n'est pas un fichier ; - est la sortie "
                     "standard")):
                self.assertIn(sentence, one.run(
                    *verb, pipe, code=2, env=env).talk)
        self.assertTrue(pipe.is_fifo())
        left = {p.name for p in self.box.iterdir()}
        self.assertEqual({n for n in left if n.startswith(("dir", "sheet"))},
                         {"dir.html", "sheet"})


class Printed(Shape):
    def street(self):
        one = self.office()
        get = lambda *args: one.run("new", *args, "--json").json["record"]
        home = get("dwelling", "address=3 rue Haute", "door=2e gauche")
        self.notice = get("visit_notice", "number=A-0042", f"dwelling={home}",
                          "left_at=2026-03-02T10:00+01:00")
        self.sheet = get("contact", "met_by=door", f"name={MARKUP}",
                         "phones=0320000001", f"dwelling={home}",
                         "autonomy=yes", "consents.photo=given")
        one.run("edit", self.sheet, "remarks", "--insert", "0",
                "Second floor.\nRings twice. <b>")
        agent = get("agent", "display_name=Agent A",
                    "roles=agent")
        pair = get("pair", "day=2026-03-02", f"members={agent}")
        self.tour = get("tour", "day=2026-03-02", f"pair_ref={pair}",
                        "streets=rue Haute")
        get("encounter", "channel=door", f"tour={self.tour}",
            "at=2026-03-02T10:00+01:00", "outcome=no_answer",
            f"dwelling={home}", f"notice={self.notice}")
        get("encounter", "channel=door", "at=2026-03-02T11:00+01:00",
            "outcome=refused", "door_key=elsewhere")
        return one

    def printed(self, one, what, *more, env=None):
        path = self.box / "printed.html"
        one.run("print", what, *more, "-o", path, env=env)
        return self.look(path, "fr" if env else "en")

    def test_a_notice_says_nothing_of_the_household(self):
        one = self.street()
        page = self.printed(one, "notice", self.notice, "--call",
                            "03 20 00 00 01 <9h>")
        self.assertIn("A-0042", page.text)
        self.assertIn("03 20 00 00 01 <9h>", page.text)
        self.assertNotIn("rue Haute", page.text)
        self.assertNotIn("gauche", page.text)
        page = self.printed(one, "notice", self.notice, self.notice,
                            env=FRENCH)
        self.assertEqual(page.text.count("Nous sommes passés"), 2)
        self.assertIn("Téléphone et horaires", page.text)

    def test_a_sheet_holds_all_that_is_noted_and_says_so(self):
        one = self.street()
        page = self.printed(one, "sheet", self.sheet)
        self.assertRegex(re.sub(r"[ .\u202f\u00a0]", "", page.text),
                         r"(0|\+33)320000001")
        for part in (MARKUP, "3 rue Haute",
                     "Rings twice. <b>", "Needs support", "Personal data"):
            self.assertIn(part, page.text)

    def test_a_tour_shows_its_doors_and_what_is_due(self):
        one = self.street()
        page = self.printed(one, "tour", self.tour, env=FRENCH)
        for part in ("rue Haute", "A-0042", "3 rue Haute", "2e gauche",
                     "Ce qui est dû dans le secteur"):
            self.assertIn(part, page.text)
        self.assertNotIn("elsewhere", page.text)

    def test_a_tours_doors_follow_each_other_as_they_were_knocked_at(self):
        one = self.street()
        for minute, street in ((30, "C"), (10, "A"), (20, "B")):
            home = one.run("new", "dwelling", f"address=1 rue {street}",
                           "--json").json["record"]
            one.run("new", "encounter", "channel=door", f"tour={self.tour}",
                    f"at=2026-03-02T12:{minute}+01:00", "outcome=refused",
                    f"dwelling={home}")
        page = self.printed(one, "tour", self.tour)
        self.assertEqual(re.findall(r"1 rue [ABC]|3 rue Haute", page.raw)[:4],
                         ["3 rue Haute", "1 rue A", "1 rue B", "1 rue C"])

    def test_a_sectors_homes_street_by_street_with_where_each_stands(self):
        one = self.street()
        get = lambda *args: one.run("new", "dwelling", *args)
        for number in ("10", "4", "3", "2 bis", "2", "1"):
            get(f"address={number} rue Basse, 59000 Lille",
                f"house_number={number}", "street=rue Basse", "door=B")
        get("address=<i>7 rue Haute", "street=Rue haute", "house_number=7",
            "do_not_knock=yes")
        page = self.printed(one, "tour", "FIVES", env=FRENCH)
        self.assertEqual([c.strip() for c in page.words["caption"]],
                         ["Sans voie", "rue Basse", "Rue haute",
                          "Ce qui est dû dans le secteur"])
        rows = [w.strip() for w in page.words["th"]]
        order = [w for w in rows if w[:1].isdigit()]
        self.assertEqual(order, ["3 rue Haute", "1", "3", "2", "2 bis", "4",
                                 "10", "7"])
        self.assertIn("2e gauche", page.text)
        row = page.raw[page.raw.index(">7</th>"):]
        self.assertIn("ne plus contacter", row[:row.index("</tr>")])
        # Where its people stand is where the home does.
        row = page.raw[page.raw.index(">3 rue Haute</th>"):]
        self.assertIn("rencontré", row[:row.index("</tr>")])
        # Addresses, not people.
        self.assertNotIn(MARKUP, "".join(
            page.text.split("Ce qui est dû dans le secteur")[0]))
        self.assertNotIn("320000001", page.text)
        one.run("sector", "add", "VIDE")
        page = self.printed(one, "tour", "VIDE", "FIVES")
        self.assertIn("No home is known", page.text)
        self.assertEqual(len(page.all("h1")), 2)

    def test_what_is_no_such_record_is_not_printed(self):
        one = self.street()
        path = self.box / "none.html"
        one.run("print", "notice", self.sheet, "-o", path, code=1)
        one.run("print", "sheet", self.sheet, code=2)
        one.run("print", "poster", self.sheet, "-o", path, code=2)
        one.run("delete", self.sheet)
        one.run("print", "sheet", self.sheet, "-o", path, code=1)
        self.assertFalse(path.exists())


@unittest.skipIf(browser.DISPENSED, "TANDEM_WITHOUT_BROWSER is set")
class Chromium(Shape):
    @classmethod
    def setUpClass(cls):
        if browser.PROGRAM is None:
            raise AssertionError(
                "no chromium here: ./dev deps installs it; where it cannot be "
                "had, TANDEM_WITHOUT_BROWSER=1 leaves these tests out")
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def test_it_would_see_what_must_not_be(self):
        bad = self.file("bad.html", "<!DOCTYPE html><title>x</title>"
                        "<script>console.error('no')</script>"
                        "<img src='http://127.0.0.1:9/x.png' alt='a'>")
        seen = self.browser.open(bad)
        self.assertEqual(len(seen.requests), 2)
        self.assertTrue(seen.complaints)

    def test_a_report_is_alone_quiet_and_every_chart_has_its_name(self):
        one = self.served()
        for env, lang, name in (({}, "en", "Funnel, from doors to files"),
                                (FRENCH, "fr",
                                 "Entonnoir, des portes aux dossiers")):
            path = self.box / f"{lang}.html"
            one.run("report", "--html", path, env=env)
            page, seen = Page(path), self.browser.open(path)
            self.assertEqual(seen.requests, [path.as_uri()])
            self.assertEqual(seen.complaints, [])
            charts = seen.names("image", "img", "graphics-document")
            # The first title is the page's own.
            self.assertEqual(sorted(charts), sorted(
                " ".join(t.split()) for t in page.words["title"][1:]))
            self.assertEqual(len(charts), len(page.all("svg")))
            self.assertNotIn("", charts)
            self.assertIn(name, charts)
            self.assertIn(name, seen.names("table"))
            self.assertEqual(len(seen.names("table")), len(page.all("table")))
            self.assertNotIn("", seen.names("table"))
            for n in range(1, 41):
                self.assertIn(f"F{n:02}", seen.text)
            told = one.run("report", "--json").json["funnel"]["stages"]
            for stage in told:
                self.assertIn(str(stage["n"]), seen.names("cell", "gridcell"))
            self.assertTrue(base64.b64decode(seen.pdf).startswith(b"%PDF-"))

    def test_a_printed_sheet_runs_nothing_that_was_typed(self):
        one = self.office()
        sheet = one.run("new", "contact", "met_by=door", f"name={MARKUP}",
                        "consents.photo=given", "--json").json["record"]
        path = self.box / "sheet.html"
        one.run("print", "sheet", sheet, "-o", path)
        seen = self.browser.open(path)
        self.assertEqual(seen.requests, [path.as_uri()])
        self.assertEqual(seen.complaints, [])
        self.assertIn(MARKUP, seen.text)
        self.assertEqual(seen.names("table"), ["Contact sheet"])


if __name__ == "__main__":
    support.main()
