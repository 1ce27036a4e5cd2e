# SPDX-License-Identifier: Apache-2.0
"""sector.py - what a pair does in its sector, as rows of its files."""
import hashlib

from tables import Folder, day, moment

# Each file after what its rows refer to; `retours` adds to the notices.
FILES = [("tournees", "tour"), ("permanences", "market_session"),
         ("logements", "dwelling"), ("avis", "visit_notice"),
         ("rencontres", "encounter"), ("fiches", "contact"),
         ("sollicitations", "solicitation"), ("retours", "visit_notice"),
         ("rdv", "appointment"), ("interventions", "intervention"),
         ("constats", "finding"), ("equipements", "item_fitted"),
         ("achats", "advance_purchase"), ("orientations", "referral"),
         ("dossiers", "dossier"), ("suivis", "follow_up"),
         ("experiences", "feedback"), ("carnet", "journal_entry"),
         ("notes", "note"), ("doublons", "merge_link"),
         ("creneaux", "shift"), ("stock", "stock_move"),
         ("lancement", "launch_action")]

# A knock, by one letter: outcome, length of the talk, what was proposed, what
# was answered. `o` is `n` with the notice forgotten: the command warns.
KNOCKS = {
    "n": ("no_answer", "", [], ""),
    "o": ("no_answer", "", [], ""),
    "p": ("pitch_given", "short", ["go_to_permanence"], "waiting"),
    "P": ("pitch_given", "long", ["appointment"], "accepted"),
    "E": ("pitch_then_entered", "long", ["direct_intervention"], "accepted"),
    "r": ("refused", "", [], ""),
    "l": ("come_back_later", "", [], ""),
    "a": ("no_access", "", [], ""),
    "v": ("vacant", "", [], ""),
}
PITCHED = "pPE"

STEPS = {
    "standard": ("standard_steps", ["scouting", "listening",
                                    "three_items_fitted", "eye_diagnosis"]),
    "advice": ("advice_steps", ["problem_identified", "pro_needed_asked",
                                "self_repair_asked", "how_to_explained"]),
    "emergency": ("emergency_steps", ["onsite_analysis", "make_safe",
                                      "material_asked", "pro_orientation"]),
}


# A tablet's key would be a secret of its sector; nobody lives here.
DOOR_SECRET = b"trois mois"


def door_key(street, number):
    """The same door again, without its address: whoever may not see where
    people live sees this (class P1)."""
    return hashlib.blake2b(f"{street} {number}".encode(), key=DOOR_SECRET,
                           digest_size=10).hexdigest()


class Sector:
    """One device's folder; every word of the story adds its rows."""

    def __init__(self, code, letter, town, postcode, agents):
        self.code, self.letter = code, letter
        self.town, self.postcode, self.agents = town, postcode, agents
        self.folder = Folder(code.lower(), FILES)
        self.dwellings = {}
        self.counts = {}
        self.at = None      # the sheet that the story speaks of
        self.visited = None  # its last intervention

    def key(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return f"{self.letter}-{kind}{self.counts[kind]:02}"

    def add(self, file, kind, **fields):
        return self.folder.add(file, self.key(kind), **fields)

    # ------------------------------------------------------------- first contact

    def dwelling(self, street, number):
        where = (street, number)
        if where not in self.dwellings:
            self.dwellings[where] = self.add(
                "logements", "L",
                address=f"{number} {street}, {self.postcode} {self.town}",
                house_number=number, street=street, postcode=self.postcode)
        return self.dwellings[where]

    def tour(self, start, street, doors):
        """`doors` is "2n 4P": house numbers, each with a knock's letter."""
        at, hour = start.split()
        tour = self.add("tournees", "T", day=day(at),
                        pair_ref=f"BIN-{self.code}", streets=[street],
                        started_at=moment(start),
                        ended_at=moment(start, 150))
        self.shift(at, "afternoon", "presentation_tour", hour, 180)
        for i, door in enumerate(doors.split()):
            self.knock(tour, moment(start, 5 + 15 * i), street, door[:-1],
                       door[-1])

    def knock(self, tour, at, street, number, letter):
        outcome, talk, proposals, answer = KNOCKS[letter]
        home = self.dwelling(street, number)
        notice = ""
        if letter == "n":
            count = self.counts.get("A", 0) + 1
            notice = self.add("avis", "A", left_at=at, dwelling=home,
                              number=f"{self.code[:3]}-{count:04}",
                              offers=["appointment", "go_to_permanence"])
        key = f"{tour}-{number}"
        self.folder.add(
            "rencontres", key, channel="door", tour=tour, at=at,
            door_key=door_key(street, number), dwelling=home,
            outcome=outcome, talk_length=talk, proposals=proposals,
            answer=answer, notice=notice,
            flyers=1 if letter in PITCHED else "",
            interest="yes" if letter in "PE" else "")

    def market(self, start, place, place_kind, form, flyers, passers, talks):
        """A session with `talks` people talked to."""
        at, hour = start.split()
        session = self.add("permanences", "M", day=day(at), place=place,
                           place_kind=place_kind, form=form,
                           from_fair_calendar="yes"
                           if place_kind == "market" else "",
                           started_at=moment(start),
                           ended_at=moment(start, 180), flyers=flyers,
                           passers_by=passers)
        self.shift(at, "morning", "market_session"
                   if place_kind == "market" else "other_permanence", hour,
                   180)
        for i in range(talks):
            self.folder.add("rencontres", f"{session}-{i + 1}",
                            channel="market" if place_kind == "market"
                            else "other_place", session=session,
                            at=moment(start, 20 + 25 * i), outcome="talked",
                            talk_length="short" if i % 2 else "long")

    def shift(self, at, half_day, activity, hour, minutes):
        self.add("creneaux", "Z", day=day(at), half_day=half_day,
                 activity=activity, pair_ref=f"BIN-{self.code}",
                 started_at=moment(f"{at} {hour}"),
                 ended_at=moment(f"{at} {hour}", minutes))

    # ------------------------------------------------------------------ household

    def sheet(self, name, met, phone, home=None, brought_by="", share="given",
              **fields):
        """`met` is "T01-4" or "M02-1", a key of an encounter, or a channel."""
        first = dict(self.folder.tables["rencontres"].rows).get(
            f"{self.letter}-{met}")
        channel = first["channel"] if first else met
        if home is not None:
            home = self.dwelling(*home)
        elif first:
            home = first.get("dwelling", "")
        self.at = self.add(
            "fiches", "C", name=name, phones=[phone], dwelling=home or "",
            met_by=channel, met_in=f"{self.letter}-{met}" if first else "",
            brought_by=brought_by, consents__contact_again="given",
            consents__share_with_adviser=share,
            consent_how="fiche lue ensemble", **fields)
        self.visited = None
        return self.at

    def ask(self, at, channel, *reasons, notice=None, **fields):
        """A request; `notice` is the number of the paper that brought it."""
        key = self.add("sollicitations", "S", channel=channel, at=moment(at),
                       reasons=reasons, contact=self.at, **fields)
        if notice:
            self.folder.add("retours", f"{self.letter}-A{notice:02}",
                            returned="yes", returned_by=channel,
                            solicitation=key)

    def rdv(self, at, state, kind="intervention", channel="phone", **fields):
        return self.add("rdv", "D", appointment_kind=kind, contact=self.at,
                        channel=channel, starts_at=moment(at), minutes=60,
                        with_agents=self.agents, state=state, **fields)

    def visit(self, at, what, fitted="", found="", results=(), origin="phone",
              feel=("went_well",), moved="yes", amelio="done",
              appointment="", advice="", **fields):
        """An intervention, closed; `fitted` is "eco_bulb 2, window_seal 1"
        (an item with `!` is handed over), `found` "draught séjour normal yes".
        """
        column, steps = STEPS[what]
        done = {f"{column}__{step}": "done" for step in steps}
        done.update({"closing_steps__discussion": "done",
                     "closing_steps__good_habits": "done",
                     "closing_steps__amelio_talk": amelio})
        self.visited = self.add(
            "interventions", "I", contact=self.at, intervention_type=what,
            origin=origin, appointment=appointment, started_at=moment(at),
            ended_at=moment(at, 60), agents=self.agents, results=results,
            situation_moved=moved, feel=feel, signed_off="yes",
            advice_given=advice, **done, **fields)
        for part in filter(None, fitted.split(", ")):
            item, quantity = part.split()
            self.add("equipements", "E", intervention=self.visited,
                     kit="ready:kit/standard", item=item.strip("!"),
                     action="handed_over" if item.endswith("!") else "fitted",
                     quantity=quantity, who_fitted=self.agents[0])
        for part in filter(None, found.split(", ")):
            family, room, severity, solved = part.split()
            self.add("constats", "P", intervention=self.visited,
                     family=family, room=room.replace("_", " "),
                     severity=severity,
                     found_by="eye_diagnosis", solved=solved)
        return self.visited

    def kit(self, at, fitted, found="", **fields):
        """A standard intervention whose kit was fitted."""
        return self.visit(at, "standard", fitted, found,
                          results=["kit_fitted"], **fields)

    def buy(self, at, what, amount, state, has="no"):
        self.add("achats", "B", fund="FONDS-1", intervention=self.visited,
                 what=what, amount=amount, state=state, person_has_material=has,
                 bought_on=day(at) if state == "bought" else "")

    def refer(self, target, met=""):
        return self.add("orientations", "O", contact=self.at, target=target,
                        intervention=self.visited or "",
                        encounter=f"{self.letter}-{met}" if met else "",
                        steps__amelio_talk="done", steps__amelio_doc="done")

    def amelio(self, state, adviser="", kept="kept", opened="", met="",
               **fields):
        """Referred to Amelio: the adviser's appointment, and the file."""
        booked = ""
        if adviser:
            booked = self.rdv(adviser, kept, kind="adviser",
                              channel="at_permanence",
                              place="Maison de l'habitat",
                              with_adviser="CONS-1",
                              papers=["avis d'imposition",
                                      "deux factures d'énergie"])
        booking = "done" if booked else "deferred"
        referral = self.add(
            "orientations", "O", contact=self.at, target="amelio",
            intervention=self.visited or "",
            encounter=f"{self.letter}-{met}" if met else "",
            steps__amelio_talk="done", steps__amelio_doc="done",
            steps__adviser_booking=booking,
            steps__papers_explained=booking, appointment=booked,
            likely_eligible="yes")
        return self.add(
            "dossiers", "G", contact=self.at, referral=referral, state=state,
            amelio_ref=f"AM-{self.letter}{self.counts.get('G', 0) + 1:02}",
            adviser="CONS-1", opened_on=day(opened) if opened else "",
            **fields)

    def follow(self, kind, due, done="", result="", **fields):
        self.add("suivis", "U", follow_up_kind=kind, contact=self.at,
                 intervention=self.visited or "", due_on=day(due),
                 done_at=moment(done) if done else "",
                 done_by=self.agents[0] if done else "", result=result,
                 **fields)

    # --------------------------------------------------------------- around them

    def hear(self, source, chapter, said, about=True):
        self.add("experiences", "X", source=source, chapter=chapter,
                 said=said, quotable="yes",
                 contact=self.at if about and source == "user" else "")

    def write_down(self, at, **fields):
        self.add("carnet", "J", day=day(at), intervention=self.visited or "",
                 shared_with_office="yes", **fields)

    def note(self, text):
        self.add("notes", "N", about=self.visited or self.at, text=text)

    def link(self, keep, other, decided):
        self.add("doublons", "K", keep=keep, other=other, decided=decided)

    def stock(self, item, quantity, why):
        self.add("stock", "Q", item=item, quantity=quantity, why=why,
                 holder=self.agents[0])

    def launch(self, action, done_on, place="", copies=""):
        self.add("lancement", "Y", sector_ref=f"SEC-{self.code}",
                 action=action, done_on=day(done_on), place=place,
                 copies=copies)
