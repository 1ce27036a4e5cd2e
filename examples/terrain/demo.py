#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""demo.py - three months of the service: three sectors, their office, figures.

usage: demo.py TANDEM

Three tablets take in what their pair wrote (the CSV files beside this one),
the office takes in its own, they meet over 127.0.0.1, and the office reads
what the service counts. KEEP=1 keeps the folder.
"""
import pathlib
import sys

HOME = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HOME.parent))

import sector as files_of_sector  # noqa: E402
import office as files_of_office  # noqa: E402
from device import Device, hold  # noqa: E402
from stage import (detail, join, meet, run, same_digest, say,  # noqa: E402
                   take_in)

SECTORS = ["FIVES", "WAZEMMES", "MOULINS"]
SECONDS_IN_ALL = 200


def begin(office):
    """A workspace with its sectors, the ready lists and the office's files."""
    office.new_key()
    office.one("init", "--workspace", "Trois mois à Lille", "--name",
               office.name)
    for sector in SECTORS:
        office.one("sector", "add", sector)
    made = office.lines("ready", "add", "--sector", "common")
    count = take_in(office, HOME / "bureau", files_of_office.FILES, "common")
    return len(made), count


def field(tablets):
    """Each device takes in its own sector; how many rows."""
    return [take_in(tablet, HOME / sector.lower(), files_of_sector.FILES,
                    sector) for sector, tablet in zip(SECTORS, tablets)]


def light(office):
    """What the office takes from the sectors, once they have come in."""
    return take_in(office, HOME / "bureau-apres", files_of_office.AFTER,
                   "common")


def gather(tandem, home):
    """The office, once all three sectors have come in."""
    office = Device(tandem, home, "bureau")
    tablets = [Device(tandem, home, s.lower()) for s in SECTORS]
    say("mars ", "Le bureau ouvre l'espace, trois secteurs, ses listes.")
    made, count = begin(office)
    detail(f"{made} fiches des listes prêtes, {count} lignes du bureau.")
    for sector, tablet in zip(SECTORS, tablets):
        digits = join(office, tablet, sector)
        detail(f"{sector:<9} entre par code, {digits} des deux côtés.")
    say("juin ", "Trois mois de terrain, une tablette par secteur, hors ligne.")
    for sector, count in zip(SECTORS, field(tablets)):
        detail(f"{sector:<9} {count} lignes")
    say("12/06", "Les trois au bureau, à la fois, par 127.0.0.1.")
    for sector, report in zip(SECTORS, meet(office, tablets)):
        detail(f"{sector:<9} {report['changes_sent']} changements, "
               f"{report['bytes_out']} octets")
    for sector, tablet in zip(SECTORS, tablets):
        digest = same_digest(sector, [office, tablet])
        detail(f"{sector:<9} {digest['records']} fiches, la même empreinte "
               "des deux côtés")
    detail(f"Le bureau relève {light(office)} situations et questions.")
    return office


def show(office, *words):
    for line in office.text("report", *words).rstrip().splitlines():
        print(f"  {line}" if line else "")


def show_questions(office):
    """Of each question its figures, and of each figure its first number."""
    before = ""
    for line in office.text("report", "questions").splitlines():
        if line and (line[:4].strip() or before.startswith("  F")):
            print(f"  {line}")
        before = line


def missed(office):
    """The objectives that were not reached."""
    return [x for x in office.one("report", "objectives")["objectives"]
            if not x["reached"]]


def play(tandem, home):
    office = gather(tandem, home)
    say("15/06", "Les objectifs :")
    show(office, "objectives")
    short = missed(office)
    hold(len(short) == 1 and short[0]["at_least"] - short[0]["n"] == 1,
         f"un objectif manqué d'un seul, pas : {short}")
    detail("Un seul n'est pas atteint, d'un seul : le bureau avait porté les "
           "kits de dix à douze.")
    say("15/06", "De la porte au dossier :")
    show(office, "funnel")
    detail("« En retard », puisque tout est arrivé à l'instant.")
    say("15/06", "Les situations que l'on voulait rencontrer :")
    show(office, "figures", "F31")
    say("15/06", "Les seize questions, et le premier chiffre de ce qui les "
        "éclaire :")
    show_questions(office)
    print()


if __name__ == "__main__":
    run(play, __doc__, SECONDS_IN_ALL)
