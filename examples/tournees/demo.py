#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""demo.py - the day of two pairs: office, tablets, tours, meetings.

usage: demo.py TANDEM

Plays the day with the command alone, on fresh stores in a temporary folder,
and checks what it promises. KEEP=1 keeps the folder.
"""
import pathlib
import sys
import textwrap

TOURS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOURS.parent))

import search  # noqa: E402
from device import Device, enrol, hold  # noqa: E402
from stage import detail, run, say, take_in  # noqa: E402

SECONDS_IN_ALL = 300

# Each file after what it refers to.
FILES = [("tournees", "tour"), ("logements", "dwelling"),
         ("avis", "visit_notice"), ("rencontres", "encounter"),
         ("fiches", "contact"), ("rdv", "appointment"),
         ("interventions", "intervention"), ("equipements", "item_fitted"),
         ("notes", "note"), ("orientations", "referral")]
OFFICE_FILES = [("agents", "agent"), ("binomes", "pair")]
KINDS = [kind for _, kind in OFFICE_FILES + FILES]

WORKSPACE = "Brico-concierges de Lille"
WHY = "relu avec elle au téléphone : la seconde adresse ne marche plus"

# What the two of a pair write about one household, apart from each other.
SHARED = [
    {"sector": "FIVES", "pair": ("fives-1", "fives-2"),
     "agents": ("Agente A.", "Agent B."), "name": "Mme L.",
     "start": "23/11/2026 16:40",
     "emails": ("l.metier@example.org", "cour.metier@example.org"),
     "phones": ("03 20 00 00 18", "03 20 00 00 19"),
     "first": "16 h 40. Porte sur cour ajustée : gâche remontée de trois "
              "millimètres, le pêne accroche de nouveau sans forcer. Joint "
              "à lèvre posé sur les deux fenêtres, quatre mètres vingt en "
              "tout, la feuille de papier tient partout.\n",
     "last": "\nRelevés de fin de visite : 17,8 degrés au centre du séjour, "
             "15,2 sous la fenêtre avant joint et 17,1 après. Radiateur "
             "de la chambre purgé, un litre d'eau noire au seau. Pression "
             "de la chaudière remise à 1,4 bar avec l'occupante."},
    {"sector": "WAZEMMES", "pair": ("wazemmes-1", "wazemmes-2"),
     "agents": ("Agente C.", "Agent D."),
     "name": "M. et Mme R.", "start": "23/11/2026 16:30",
     "emails": ("navette.r@example.org", "r.jardinieres@example.org"),
     "phones": ("03 20 00 00 28", "03 20 00 00 29"),
     "first": "16 h 30. Angle nord de la chambre lavé à la brosse souple, "
              "humidimètre à 24 % en bas et 13 % à un mètre : remontée par "
              "le pied du mur, pas de pont thermique au plafond.\n",
     "last": "\nGrille d'aération retrouvée derrière le rideau, peinte et "
             "collée ; décollée au couteau, elle aspire de nouveau la "
             "feuille. Gouttière du balcon percée au-dessus de l'angle : "
             "photo prise pour le bailleur avec leur accord."},
]


class Day:
    """The devices, the figures of each exchange, all that was typed."""

    def __init__(self, tandem, home):
        self.home = home
        self.office = Device(tandem, home, "bureau")
        self.tablets = [Device(tandem, home, name) for shared in SHARED
                        for name in shared["pair"]]
        self.exchanges = []
        self.typed = [WORKSPACE, WHY]
        self.imported = 0

    def devices(self):
        return [self.office] + self.tablets

    def tablet(self, name):
        return next(t for t in self.tablets if t.name == name)

    def of(self, sector):
        """The tablets of a sector."""
        shared = next(s for s in SHARED if s["sector"] == sector)
        return [self.tablet(name) for name in shared["pair"]]

    def take_in(self, device, folder, files, sector):
        """A folder of CSV files, not one row set apart."""
        count = take_in(device, TOURS / folder, files, sector)
        self.imported += count
        return count

    def note_down(self, label, report):
        hold(report["state"] == "done" and "error" not in report,
             f"{label} : {report}")
        # Who gave nothing gets no receipt.
        hold(report["receipt"] is (report["commits_sent"] > 0),
             f"{label} : pas de reçu signé : {report}")
        hold(report["missing"] == 0,
             f"{label} : {report['missing']} contenus manquent")
        self.exchanges.append({
            "label": label, "sent": sum(report["sent"].values()),
            "received": sum(report["received"].values()),
            "out": report["bytes_out"], "in": report["bytes_in"],
            "trips": report["round_trips"], "seconds": report["seconds"]})

    def meet(self, server, clients, what):
        """Devices meet another over loopback; all at once if several."""
        with server.serving() as address:
            running = [(c, c.start("sync", address)) for c in clients]
            try:
                for client, process in running:
                    reports = process.end()
                    hold(len(reports) == 1, f"{client.name} : {reports}")
                    self.note_down(f"{client.name} - {server.name}, {what}",
                                   reports[0])
            finally:
                for _, process in running:
                    process.kill()

    def type(self, device, *words, values):
        """A command whose values are looked for in the bytes at the end."""
        self.typed += values
        return device.text(*words)


def morning_office(day):
    say("07:50", "Bureau. Un espace neuf, deux secteurs, deux binômes.")
    office = day.office
    office.new_key()
    office.one("init", "--workspace", WORKSPACE, "--name", office.name)
    for shared in SHARED:
        office.one("sector", "add", shared["sector"])
    count = day.take_in(office, "bureau", OFFICE_FILES, "common")
    detail(f"{count} fiches d'agents et de binômes, lues par tous.")


def enrol_all(day):
    say("08:05", "Quatre tablettes entrent par code ; on compare six "
        "chiffres.")
    for shared in SHARED:
        for tablet, agent in zip(day.of(shared["sector"]), shared["agents"]):
            digits = enrol(day.office, tablet, shared["sector"])
            tablet.one("as", agent)
            detail(f"{tablet.name:<10}  {shared['sector']:<8}  {agent:<9}  "
                   f"{digits} des deux côtés")
    say("08:20", "Chacune passe au bureau : équipes, secteurs, noms.")
    for tablet in day.tablets:
        day.meet(day.office, [tablet], "matin")


def morning_pairs(day):
    say("08:40", "Chaque binôme prépare une visite commune et la partage.")
    for shared in SHARED:
        first, second = day.of(shared["sector"])
        day.take_in(first, f"{first.name}/matin", FILES, shared["sector"])
        day.meet(first, [second], "préparation")
        shared["contact"] = first.record("contact", "name", shared["name"],
                                         shared["sector"])
        shared["visit"] = first.record("intervention", "started_at",
                                       shared["start"], shared["sector"])
        hold(second.record("contact", "name", shared["name"],
                           shared["sector"]) == shared["contact"],
             f"{second.name} n'a pas la fiche de {shared['name']}")
        detail(f"{shared['sector']} : {shared['name']}, chez les deux.")


def tours(day):
    say("09:00", "En tournée, sans réseau : chacun tape ce qu'il voit.")
    for shared in SHARED:
        for tablet in day.of(shared["sector"]):
            count = day.take_in(tablet, tablet.name, FILES,
                                shared["sector"])
            detail(f"{tablet.name:<10}  {count} fiches")


def same_sheet(day):
    say("16:30", "Chez le même ménage, les deux écrivent chacun de leur "
        "côté.")
    for shared in SHARED:
        first, second = day.of(shared["sector"])
        base = first.one("show", shared["visit"])["fields"]["notes"]
        for tablet, email, phone in zip((first, second), shared["emails"],
                                        shared["phones"]):
            day.type(tablet, "set", shared["contact"], f"email={email}",
                     f"phones+={phone}", values=[email, phone])
        day.type(first, "edit", shared["visit"], "notes", "--insert", "0",
                 shared["first"], values=[shared["first"]])
        day.type(second, "edit", shared["visit"], "notes", "--insert",
                 str(len(base)), shared["last"], values=[shared["last"]])
        shared["notes"] = shared["first"] + base + shared["last"]
        detail(f"{shared['name']} : un mail chacun, un passage chacun.")


def versions(device, shared):
    """The concurrent e-mails of the sheet, as `show` gives them."""
    sheet = device.one("show", shared["contact"])
    found = [c for c in sheet["conflicts"] if c["field"] == "email"]
    return {v["value"]: v["version"] for c in found for v in c["versions"]}


def check_merged(shared, device):
    notes = device.one("show", shared["visit"])["fields"]["notes"]
    hold(notes == shared["notes"], f"{device.name} : les deux passages ne "
         f"sont pas entiers :\n{notes}")
    phones = device.one("show", shared["contact"])["fields"]["phones"]
    for typed in shared["phones"]:
        hold(international(typed) in phones,
             f"{device.name} : {typed} manque dans {phones}")
    hold(set(versions(device, shared)) == set(shared["emails"]),
         f"{device.name} : {shared['name']} n'a pas les deux mails côte à "
         f"côte")
    hold([c["record"] for c in device.lines("conflicts")]
         == [shared["contact"]],
         f"{device.name} : `conflicts` ne montre pas la seule fiche attendue")


def international(phone):
    return "+33" + phone.replace(" ", "").removeprefix("0")


def pairs_meet(day):
    say("17:40", "Les binômes se retrouvent : l'un répond, l'autre vient.")
    for shared in SHARED:
        first, second = day.of(shared["sector"])
        day.meet(first, [second], "soir")
        for device in (first, second):
            check_merged(shared, device)
        detail(f"{shared['sector']} : les deux passages entiers, chez les "
               "deux :")
        for part in shared["notes"].splitlines():
            for line in textwrap.wrap(part, 68):
                detail(f"  | {line}")
        detail("Deux mails, gardés côte à côte :")
        for line in second.text("conflicts").rstrip().splitlines():
            detail(f"  | {line}")
        chosen = shared["emails"][0]
        second.text("resolve", shared["contact"], "email",
                    versions(second, shared)[chosen], "--why", WHY)
        day.meet(first, [second], "conflit réglé")
        for device in (first, second):
            sheet = device.one("show", shared["contact"])
            hold(not sheet["conflicts"] and not device.lines("conflicts")
                 and sheet["fields"]["email"] == chosen,
                 f"{device.name} : le conflit n'est pas réglé")
        detail(f"Choisi, avec la raison : {chosen}")


def evening_office(day):
    say("18:30", "Au bureau, deux tablettes à la fois.")
    for turn in zip(*(day.of(s["sector"]) for s in SHARED)):
        day.meet(day.office, turn, "soir")
        for tablet, x in zip(turn, day.exchanges[-len(turn):]):
            detail(f"{tablet.name:<10}  {x['sent']:>3} fiches, {x['out']} "
                   "octets" + ("" if x["sent"] else " : l'autre du binôme "
                               "avait tout porté"))
    say("18:45", "Second passage : ce que les autres ont apporté entre-temps.")
    for tablet in day.tablets:
        day.meet(day.office, [tablet], "second passage")
    day.meet(day.office, [day.tablets[0]], "rien de neuf")
    last = day.exchanges[-1]
    hold(last["sent"] == last["received"] == 0,
         f"tout était échangé, et pourtant : {last}")


def check_digests(day):
    for sector, devices in [(s["sector"], [day.office, *day.of(s["sector"])])
                            for s in SHARED] + [("common", day.devices())]:
        seen = {d.name: d.one("digest", "--sector", sector) for d in devices}
        hold(len({x["digest"] for x in seen.values()}) == 1,
             f"{sector} : les empreintes diffèrent : {seen}")
        one = seen[day.office.name]
        detail(f"{sector:<8}  {one['digest'][:16]}  {one['records']} fiches, "
               f"la même sur {len(devices)} appareils")


def check_all(day):
    say("19:00", "Tout le monde a-t-il la même chose, et saine ?")
    check_digests(day)
    for device in day.devices():
        found = device.one("verify")["problems"]
        hold(found in (0, []), f"{device.name} : verify trouve {found}")
        waiting = device.lines("waiting")
        hold(not waiting, f"{device.name} : en attente : {waiting}")
        hold(not device.lines("conflicts"), f"{device.name} : un conflit")
    detail("Cinq magasins vérifiés, rien d'abîmé, rien en attente, aucun "
           "conflit.")


def strings_of(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from strings_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_of(inner)
    elif isinstance(value, str):
        yield value


def at_the_office(day):
    """All that the office can read, as lines of plain text."""
    records, lines = 0, []
    for kind in KINDS:
        for record in day.office.lines("list", kind, "--limit", "1000"):
            records += 1
            lines += strings_of(record["fields"])
    hold(records == day.imported,
         f"le bureau lit {records} fiches sur {day.imported}")
    detail(f"Le bureau lit les {records} fiches, mot pour mot.")
    return "\n".join(lines)


def check_words(day):
    """Every long text reads as typed; no typed word rests in clear."""
    say("19:10", "Ce qui fut tapé se lit au bureau, et nulle part en clair.")
    cells = list(search.cells(TOURS))
    read = at_the_office(day)
    texts = [c.strip() for c in cells if len(c) > 60 and "|" not in c]
    for text in texts:
        hold(text in read, f"le bureau ne lit pas : {text}")
    names = [d.name for d in day.devices()] + [s["sector"] for s in SHARED]
    phones = [international(p) for s in SHARED for p in s["phones"]]
    typed = cells + day.typed + names + phones
    words = search.words_of(typed)

    hits, files, size = search.search(words, [d.store for d in day.devices()])
    hold(files >= 5, f"{files} fichiers seulement dans les magasins")
    for word, path in sorted(hits.items()):
        detail(f"EN CLAIR : « {word.decode()} » dans {path}")
    hold(not hits, f"{len(hits)} mots tapés se lisent dans les magasins")
    detail(f"{len(words)} mots et nombres cherchés dans {files} fichiers "
           f"({size:,} octets) : 0 trouvé.".replace(",", " "))

    plain = day.home / "plain"
    plain.mkdir()
    (plain / "copy.txt").write_text("\n".join(typed), encoding="utf-8")
    hits, _, _ = search.search(words, [plain])
    hold(len(hits) == len(words) > 0, f"copie en clair : {len(hits)} mots "
         f"trouvés sur {len(words)}")
    detail(f"La même recherche dans une copie en clair : {len(hits)} "
           f"trouvés sur {len(words)}.")


def table(day):
    say("19:15", "Les échanges du jour.")
    print(f"\n  {'échange':<38} {'envoyé':>7} {'reçu':>6} {'octets >':>9} "
          f"{'octets <':>9} {'allers-r.':>9} {'s':>6}")
    for x in day.exchanges:
        print(f"  {x['label']:<38} {x['sent']:>7} {x['received']:>6} "
              f"{x['out']:>9} {x['in']:>9} {x['trips']:>9} "
              f"{x['seconds']:>6.3f}")
    print("\n  envoyé, reçu : en fiches ; octets > : du premier nommé au "
          "second, < : retour\n")


def play(tandem, home):
    day = Day(tandem, home)
    for scene in (morning_office, enrol_all, morning_pairs, tours, same_sheet,
                  pairs_meet, evening_office, check_all, check_words, table):
        scene(day)


if __name__ == "__main__":
    run(play, __doc__, SECONDS_IN_ALL)
