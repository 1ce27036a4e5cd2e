#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""demo.py - 24 hours of immersion, from twenty meetings to the ranked ideas.

usage: demo.py TANDEM

Two tablets of the ambassadors and the facilitators' device: the plan goes
out, what was heard comes back over 127.0.0.1, the group sorts it and votes.
KEEP=1 keeps the folder.
"""
import pathlib
import sys

HOME = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HOME.parent))

import story  # noqa: E402
from device import Device, hold  # noqa: E402
from stage import (detail, join, meet, run, same_digest, say,  # noqa: E402
                   take_in)

SECTOR = "DUNKERQUE"
HALVES = ["paires-1-5", "paires-6-10"]
SECONDS_IN_ALL = 200
FIGURES = ["F36", "F37", "F38"]


def begin(table):
    """The session, its matrix, its twenty meetings; how many rows."""
    table.new_key()
    table.one("init", "--workspace", "Immersion", "--name", table.name)
    table.one("sector", "add", SECTOR)
    return (take_in(table, HOME / "avant", story.COMMON, "common")
            + take_in(table, HOME / "avant", story.BEFORE, SECTOR))


def field(device, half):
    return take_in(device, HOME / half, story.FIELD, SECTOR)


def end(table):
    return take_in(table, HOME / "apres", story.AFTER, SECTOR)


def verbatims(table):
    """What is emblematic, as it was said."""
    return [x["fields"]["words"] for x in table.lines(
        "list", "verbatim", "--where", "emblematic=yes")]


def personas(table):
    """Each persona with its two stories."""
    told = {}
    for x in table.lines("list", "scenario"):
        told.setdefault(x["fields"]["persona"], []).append(x["fields"])
    return [(x["fields"]["name"], sorted(told.get(x["record"], []),
                                         key=lambda s: s["scenario_kind"]))
            for x in table.lines("list", "persona")]


def ranked(table):
    """The ideas with their points, most first: (rank, points, statement)."""
    said = {x["record"]: x["fields"]["statement"]
            for x in table.lines("list", "improvement")}
    rows = table.one("report", "figures", "F39")["figures"][0]["rows"]
    return [(r["rank"], r["n"], said[r["name"].removeprefix("idea.")])
            for r in rows if r["name"].startswith("idea.")]


def show(table):
    say("17/01", "Ce que l'on garde de ce qui fut dit :")
    for words in sorted(verbatims(table)):
        detail(f"« {words} »")
    say("17/01", "Quatre personas, deux scénarios chacun :")
    for name, stories in personas(table):
        hold([s["scenario_kind"] for s in stories]
             == ["catastrophe", "ideal"], f"{name} : {stories}")
        detail(name)
        for s in stories:
            detail(f"  {s['scenario_kind']:<11}  {s['story']}")
    say("17/01", "Les chiffres de la session :")
    for line in table.text("report", "figures", *FIGURES).splitlines():
        print(f"  {line}" if line else "")
    say("17/01", "Le vote, et les pistes dans son ordre :")
    for rank, points, statement in ranked(table):
        detail(f"{rank}.  {points:>2} points  {statement}")
    print()


def play(tandem, home):
    table = Device(tandem, home, "animation")
    tablets = [Device(tandem, home, half) for half in HALVES]
    say("15/01", "Les animatrices préparent : équipes, matrice, vingt "
        "rencontres.")
    detail(f"{begin(table)} lignes")
    for tablet in tablets:
        digits = join(table, tablet, SECTOR)
        detail(f"{tablet.name:<11} entre par code, {digits} des deux côtés.")
    say("16/01", "Vingt-quatre heures chez les habitants, hors ligne.")
    for tablet in tablets:
        detail(f"{tablet.name:<11} {field(tablet, tablet.name)} lignes")
    say("17/01", "Mise en commun : les deux tablettes à la fois.")
    for tablet, report in zip(tablets, meet(table, tablets)):
        detail(f"{tablet.name:<11} {report['changes_sent']} changements, "
               f"{report['bytes_out']} octets")
    say("17/01", "Le groupe classe, imagine, vote.")
    detail(f"{end(table)} lignes")
    meet(table, tablets)
    digest = same_digest(SECTOR, [table, *tablets])
    detail(f"{digest['records']} fiches, la même empreinte sur les trois.")
    show(table)


if __name__ == "__main__":
    run(play, __doc__, SECONDS_IN_ALL)
