#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""story.py - three months of the service, in three sectors.

usage: story.py [--check]

The source of the CSV files beside it: run it after a change, and it writes
them; with --check it says whether they are what it would write. Nobody in it
exists: people are initials, streets are invented, telephone numbers are of
those that ARCEP keeps for works of fiction (03 53 01, 06 39 98).
"""
import pathlib
import sys

HOME = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HOME.parent))

from office import light, office  # noqa: E402
from sector import Sector  # noqa: E402
from tables import Packs, day, write_or_check  # noqa: E402

DRAUGHT = "Joint à changer tous les cinq ans, brosser le bois avant de coller."
DAMP = "Aérer cinq minutes matin et soir, décoller les meubles du mur froid."
TAP = "Dévisser et détartrer le mousseur deux fois l'an, au vinaigre."
FUSE = "Ne rien rebrancher sur cette prise avant le passage de l'électricien."


def fives():
    s = Sector("FIVES", "F", "Lille", "59800", ["AG-A", "AG-B"])
    s.launch("newspaper", "24/02")
    s.launch("schedule_posters", "28/02", "mairie de quartier", 12)
    s.stock("flyers", 200, "dotation")
    s.stock("notices", 50, "dotation")
    s.stock("eco_bulb", 40, "dotation")

    s.tour("04/03 14:00", "rue des Fileuses",
           "2n 4P 6p 8r 10E 12a 14n 16p 18v")
    s.tour("11/03 14:00", "cour du Peignage",
           "1p 2n 3E 4p 5r 6n 7P 8l 9p")
    s.tour("18/03 14:00", "rue du Rouet",
           "3p 5n 7P 9a 11r 13E 15p 17n 19l")
    # Back to where nobody had answered, and four doors more.
    s.tour("08/04 17:00", "rue des Fileuses",
           "2p 14P 12a 18o 6p 20n 22r 24p 26P")
    s.market("08/03 09:00", "marché de la place du Métier", "market",
             "fixed_stand", 45, 60, 4)
    s.market("15/03 09:00", "marché de la place du Métier", "market",
             "light_wandering", 30, 40, 3)
    s.market("29/03 10:00", "café associatif de la Navette", "other",
             "light_wandering", 15, 20, 2)

    c1 = s.sheet("Mme B.", "T01-4", "0353010001")
    s.ask("04/03 14:25", "door", "standard_kit")
    d = s.rdv("06/03 14:00", "kept", channel="at_tour",
              expected_type="standard")
    s.kit("06/03 14:00", "eco_bulb 2, window_seal 2, tap_aerator 1",
          "draught séjour normal yes", origin="door", appointment=d,
          advice=DRAUGHT, feel=["went_well", "simple"])
    s.amelio("followed", "18/03 10:00", opened="27/03",
             exchanges=["27/03 : dossier ouvert, devis d'isolation demandé"])
    s.follow("phone_callback", "27/03", "27/03 11:00", "reached")
    s.hear("user", "intervention",
           "On ne m'a rien vendu, et la fenêtre ne siffle plus.")

    s.sheet("M. C.", "T01-10", "0353010002")
    s.ask("04/03 15:05", "door", "standard_kit", "see_a_problem",
          problem="damp")
    first = s.kit("04/03 15:10", "eco_bulb 3, tap_aerator 2",
                  "damp chambre normal no", origin="door", advice=DAMP)
    s.write_down("04/03", most_asked=["standard_kit"],
                 works=["entrer par le kit"],
                 lesson="Le kit ouvre la porte, l'humidité fait parler.")
    s.visit("20/03 10:00", "advice", found="ventilation cuisine urgent no",
            results=["oriented_to_pro"], previous=first, pro_needed="yes",
            oriented_to=["PRO-1"], feel=["complicated"], advice=DAMP)
    s.refer("professional")
    s.amelio("works_started", "25/03 14:00", opened="03/04",
             exchanges=["03/04 : ouvert", "22/05 : chantier commencé"])
    s.follow("courtesy_visit", "10/04", "11/04 15:00", "dossier_progressed",
             asked_by="AG-N")

    s.sheet("Mme D.", "T02-3", "0353010003")
    s.ask("11/03 14:40", "door", "danger", urgency="danger")
    s.visit("11/03 14:45", "emergency", found="electricity cuisine danger no",
            results=["made_safe", "oriented_to_pro"], danger="yes",
            urgency="danger", origin="door", feel=["complex_no_material"],
            oriented_to=["PRO-2"], advice=FUSE,
            temporary_repair="Prise isolée et condamnée, disjoncteur repéré.")
    s.buy("11/03", "interrupteur et boîtier étanche", "38,90", "bought")
    s.refer("professional")
    s.amelio("opened", "27/03 09:00", opened="10/04")

    s.sheet("M. et Mme F.", "T02-7", "0353010004")
    s.ask("11/03 15:40", "door", "standard_kit")
    d = s.rdv("14/03 10:00", "missed", channel="at_tour")
    s.follow("nudge", "17/03", "17/03 17:30", "reached")
    d = s.rdv("21/03 10:00", "kept")
    s.kit("21/03 10:00", "window_seal 3, standby_plug 1", origin="door",
          appointment=d, advice=DRAUGHT)

    s.sheet("Mme G.", "T03-7", "0639980005")
    s.ask("18/03 14:40", "door", "self_repair_help", has_material="partial")
    d = s.rdv("24/03 16:00", "kept", channel="at_tour",
              expected_type="advice")
    s.visit("24/03 16:00", "advice", found="door_lock entrée normal yes",
            results=["self_repair"], origin="door", appointment=d,
            self_repairable="yes", feel=["simple"])
    s.amelio("adviser_booked", "16/06 10:00", "booked")

    s.sheet("M. H.", "T03-13", "0353010006")
    s.ask("18/03 15:25", "door", "standard_kit")
    s.kit("18/03 15:30", "eco_bulb 1, standby_plug 1, tap_aerator 1",
          "water_use cuisine minor yes", origin="door", advice=TAP)
    s.amelio("completed", "01/04 11:00", opened="09/04",
             exchanges=["09/04 : ouvert", "30/05 : travaux terminés"])
    s.follow("post_visit", "08/04", "08/04 16:45", "reached")

    c7 = s.sheet("Mme J.", "M01-1", "0353010007", ("rue du Rouet", "30"))
    s.ask("08/03 09:25", "market", "amelio_info", "adviser_appointment")
    s.amelio("opened", "20/03 10:00", opened="02/04", met="M01-1")

    s.sheet("M. L.", "M02-1", "0353010008", ("cour du Peignage", "12"))
    s.ask("15/03 09:25", "market", "see_a_problem", problem="thermal")
    d = s.rdv("19/03 09:00", "cancelled", channel="at_permanence")

    s.sheet("Mme N.", "notice_return", "0353010009",
            ("rue des Fileuses", "14"))
    s.ask("07/03 18:10", "notice_return", "standard_kit", notice=2)
    d = s.rdv("13/03 14:00", "kept")
    s.visit("13/03 14:00", "standard", "eco_bulb! 2, tap_aerator! 1",
            origin="notice_return", appointment=d, feel=["complicated"])
    s.amelio("not_eligible", "26/03 15:00")

    s.sheet("M. P.", "word_of_mouth", "0353010010", ("rue du Rouet", "42"),
            brought_by=c1)
    s.ask("31/03 10:00", "word_of_mouth", "amelio_info")
    d = s.rdv("03/04 14:00", "kept")
    s.visit("03/04 14:00", "advice", found="thermal combles urgent no",
            results=["oriented_to_pro"], pro_needed="yes",
            origin="word_of_mouth", appointment=d, oriented_to=["PRO-1"])
    s.amelio("followed", "15/04 09:00", opened="24/04")

    # The same person, met twice: one sheet each time, linked and counted once.
    c11 = s.sheet("Mme J.", "T04-26", "0353010007")
    s.link(c7, c11, "same")
    s.note("Revue à sa porte le 8 avril : la même personne qu'au marché.")
    s.hear("agent", "first_contact",
           "À 17 heures on trouve du monde là où l'après-midi était vide.")
    return s


def wazemmes():
    s = Sector("WAZEMMES", "W", "Lille", "59000", ["AG-C", "AG-D"])
    s.launch("official_letter", "17/03", copies=400)
    s.launch("facebook_post", "20/03")
    s.stock("flyers", 150, "dotation")
    s.stock("window_seal", 30, "dotation")

    s.tour("25/03 14:00", "rue du Cardage",
           "1n 3p 5P 7r 9n 11E 13p 15a 17p")
    s.tour("01/04 14:00", "impasse de la Bobine",
           "2P 4n 6p 8r 10l 12E 14n 16p 18v")
    s.tour("15/04 14:00", "rue de l'Ourdissoir",
           "5p 7E 9n 11r 13P 15p 17a 19n 21p")
    s.tour("06/05 17:00", "rue du Cardage",
           "1P 9p 15a 3p 19n 21r 23p 25E 27p")
    s.market("27/03 08:30", "marché de la halle aux Toiles", "market",
             "fixed_stand", 60, 90, 4)
    s.market("12/04 08:30", "marché de la halle aux Toiles", "market",
             "fixed_stand", 50, 75, 3)
    s.market("26/04 10:00", "laverie de la rue du Cardage", "other",
             "light_wandering", 12, 18, 2)

    s.sheet("Mme R.", "T01-5", "0353010021")
    s.ask("25/03 14:40", "door", "standard_kit")
    d = s.rdv("28/03 10:00", "kept", channel="at_tour")
    s.kit("28/03 10:00", "eco_bulb 2, window_seal 1, tap_aerator 1",
          "draught chambre normal yes", origin="door", appointment=d,
          advice=DRAUGHT)
    s.amelio("opened", "08/04 10:00", opened="17/04")
    s.follow("phone_callback", "18/04", "18/04 10:30", "reached")
    s.hear("user", "first_contact",
           "Deux personnes en tenue et un vélo : j'ai ouvert sans crainte.")

    s.sheet("M. S.", "T01-11", "0353010022")
    s.ask("25/03 15:20", "door", "standard_kit")
    s.kit("25/03 15:30", "window_seal 2, standby_plug 2", origin="door",
          advice=DRAUGHT)
    s.amelio("followed", "09/04 11:00", opened="22/04")

    s.sheet("Mme T.", "T02-2", "0639980023")
    s.ask("01/04 14:10", "door", "see_a_problem", problem="heating",
          urgency="urgent")
    d = s.rdv("02/04 09:00", "kept", channel="at_tour",
              expected_type="advice")
    v = s.visit("02/04 09:00", "advice", found="heating séjour urgent no",
                results=["escalated"], origin="door", appointment=d,
                feel=["complicated"])
    s.visit("02/04 17:00", "emergency", found="gas cuisine danger no",
            results=["made_safe", "oriented_to_pro"], previous=v,
            danger="yes", urgency="danger", feel=["complex_no_material"],
            oriented_to=["SECOURS-1"],
            temporary_repair="Robinet de gaz fermé, pièce aérée.")
    s.buy("03/04", "radiateur d'appoint", "59,00", "bought")
    s.refer("public_service")
    s.amelio("opened", "10/04 14:00", opened="25/04")
    s.follow("courtesy_visit", "24/04", "24/04 11:00", "reached",
             asked_by="AG-N")

    s.sheet("M. V.", "T02-12", "0353010024")
    s.ask("01/04 15:20", "door", "standard_kit")
    s.kit("01/04 15:25", "eco_bulb 2, tap_aerator 1",
          "lighting couloir minor yes", origin="door", advice=TAP,
          amelio="not_done")

    s.sheet("Mme W.", "T03-7", "0353010025", autonomy="yes")
    s.ask("15/04 14:25", "door", "self_repair_help", has_material="no")
    s.visit("15/04 14:30", "advice", found="broken_window cuisine urgent yes",
            results=["agent_repaired"], origin="door", person_able="no",
            feel=["complex_low_autonomy"], support_needed="yes")
    s.buy("16/04", "vitre et mastic", "27,40", "bought")
    s.amelio("dropped", "29/04 10:00")
    s.follow("keep_in_touch", "06/05", "06/05 16:30", "reached")

    s.sheet("M. Y.", "T03-13", "0353010026")
    s.ask("15/04 15:05", "door", "standard_kit")
    d = s.rdv("18/04 14:00", "missed", channel="at_tour")
    s.follow("nudge", "22/04", "22/04 18:00", "no_answer")

    s.sheet("Mme Z.", "M01-1", "0353010027", ("rue du Cardage", "40"))
    s.ask("27/03 08:55", "market", "standard_kit", "amelio_info")
    d = s.rdv("31/03 16:00", "kept", channel="at_permanence")
    s.kit("31/03 16:00", "eco_bulb 2, standby_plug 1", origin="market",
          appointment=d)
    s.amelio("works_started", "11/04 09:00", opened="23/04",
             exchanges=["23/04 : ouvert", "26/05 : échafaudage posé"])

    s.sheet("M. K.", "M02-1", "0353010028", ("impasse de la Bobine", "20"))
    s.ask("12/04 08:55", "market", "adviser_appointment")
    s.amelio("opened", "24/04 10:00", opened="07/05", met="M02-1")

    c9 = s.sheet("Mme Q.", "T04-1", "0353010029", over_soliciting="yes",
                 charter_given=day("23/05"))
    s.ask("06/05 17:10", "door", "standard_kit", "see_a_problem")
    s.ask("13/05 08:40", "phone", "follow_up")
    s.ask("16/05 21:15", "phone", "other", judgement="unclear")
    d = s.rdv("12/05 10:00", "kept", channel="at_tour")
    s.visit("12/05 10:00", "advice", found="damp chambre normal no",
            results=["no_solution"], origin="door", appointment=d,
            feel=["complex_over_soliciting", "went_badly"], moved="no",
            advice=DAMP)
    s.note("Charte de sollicitation relue ensemble le 23 mai.")

    c10 = s.sheet("Mme Q.", "T04-25", "0353010030")
    s.ask("06/05 19:05", "door", "standard_kit")
    s.visit("06/05 19:10", "standard", "eco_bulb! 2",
            origin="door", feel=["simple"])
    # The same initial, not the same person.
    s.link(c9, c10, "not_same")

    s.sheet("M. E.", "word_of_mouth", "0353010031", ("rue du Cardage", "44"),
            brought_by="W-C07")
    s.ask("14/04 12:00", "word_of_mouth", "amelio_info")
    s.amelio("oriented")
    s.follow("phone_callback", "12/05")
    s.write_down("02/04", most_asked=["see_a_problem"],
                 fails=["chauffage : rien à faire sans chauffagiste"],
                 difficulty="Les pannes de chauffage étaient sous-estimées.")
    s.hear("adviser", "referral_follow_up",
           "Les gens arrivent avec leurs pièces : on gagne un rendez-vous.")
    return s


def moulins():
    s = Sector("MOULINS", "M", "Lille", "59000", ["AG-E", "AG-F"])
    s.launch("schedule_posters", "22/04", "bibliothèque", 8)
    s.stock("flyers", 150, "dotation")
    s.stock("tap_aerator", 25, "dotation")

    s.tour("29/04 14:00", "rue de la Meunière",
           "1p 3n 5E 7r 9p 11P 13n 15a 17p")
    s.tour("13/05 14:00", "rue du Blutoir",
           "2n 4p 6P 8E 10r 12l 14n 16p 18p")
    s.tour("20/05 14:00", "cité de la Trémie",
           "1P 2p 3n 4r 5E 6p 7v 8n 9p")
    s.tour("03/06 17:00", "rue de la Meunière",
           "3P 13p 15a 1p 19n 21p 23r 25l 27p")
    s.market("03/05 09:00", "marché du pont aux Sacs", "market",
             "light_wandering", 25, 35, 3)
    s.market("17/05 09:00", "marché du pont aux Sacs", "market",
             "fixed_stand", 40, 55, 3)
    s.market("31/05 10:00", "pied de la tour des Ailes", "key_place",
             "light_wandering", 10, 25, 2)

    c1 = s.sheet("M. O.", "T01-5", "0353010041")
    s.ask("29/04 14:35", "door", "standard_kit")
    s.kit("29/04 14:40", "eco_bulb 3, tap_aerator 1",
          "water_use salle_de_bains minor yes", origin="door", advice=TAP)
    s.amelio("opened", "12/05 10:00", opened="22/05")
    s.follow("phone_callback", "20/05", "20/05 18:00", "reached")

    s.sheet("Mme U.", "T01-11", "0353010042")
    s.ask("29/04 15:20", "door", "see_a_problem", problem="damp")
    d = s.rdv("05/05 14:00", "kept", channel="at_tour")
    s.visit("05/05 14:00", "advice", found="damp cuisine urgent no, "
            "ventilation cuisine normal yes", results=["problem_found"],
            origin="door", appointment=d, advice=DAMP)
    s.amelio("followed", "14/05 11:00", opened="26/05")

    s.sheet("M. I.", "T02-6", "0353010043")
    s.ask("13/05 14:40", "door", "standard_kit")
    d = s.rdv("15/05 10:00", "kept", channel="at_tour")
    s.kit("15/05 10:00", "window_seal 2, tap_aerator 1", origin="door",
          appointment=d, advice=DRAUGHT)
    s.amelio("opened", "27/05 09:00", opened="05/06")

    s.sheet("Mme X.", "T02-8", "0639980044")
    s.ask("13/05 14:55", "door", "danger", urgency="danger")
    s.visit("13/05 15:00", "emergency", found="water_use cave danger yes",
            results=["made_safe"], danger="yes", urgency="danger",
            origin="door", temporary_repair="Arrivée d'eau coupée, collier posé.")
    s.refer("professional")

    s.sheet("M. A.", "T03-1", "0353010045")
    s.ask("20/05 14:10", "door", "professional_needed")
    d = s.rdv("23/05 09:00", "kept", channel="at_tour")
    s.visit("23/05 09:00", "advice", found="thermal façade normal no",
            results=["oriented_to_pro"], pro_needed="yes", origin="door",
            appointment=d, oriented_to=["PRO-1"])
    s.amelio("adviser_booked", "17/06 14:00", "booked")

    s.sheet("Mme B.", "T03-5", "0353010046")
    s.ask("20/05 15:05", "door", "standard_kit")
    s.kit("20/05 15:10", "eco_bulb 2, standby_plug 1, tap_aerator 1",
          origin="door", advice=TAP)
    s.follow("phone_callback", "10/06", "11/06 10:00", "asked_to_stop")

    s.sheet("M. D.", "M02-1", "0353010047", ("rue du Blutoir", "30"))
    s.ask("17/05 09:25", "market", "amelio_info")
    s.amelio("opened", "26/05 15:00", opened="06/06", met="M02-1")

    s.sheet("Mme G.", "M03-1", "0353010048", ("cité de la Trémie", "30"))
    s.ask("31/05 10:25", "other_place", "self_repair_help")
    d = s.rdv("04/06 14:00", "kept", channel="wandering")
    s.visit("04/06 14:00", "advice", found="draught entrée minor yes",
            results=["self_repair"], origin="other_place", appointment=d,
            self_repairable="yes", feel=["simple"])

    s.sheet("M. L.", "word_of_mouth", "0353010049",
            ("rue de la Meunière", "32"), brought_by=c1)
    s.ask("22/05 17:00", "word_of_mouth", "amelio_info")
    s.amelio("not_eligible", "30/05 10:00")

    s.sheet("Mme P.", "notice_return", "0353010050",
            ("rue du Blutoir", "14"))
    s.ask("16/05 12:30", "notice_return", "standard_kit", notice=4)
    s.rdv("06/06 10:00", "booked")
    s.hear("user", "referral_follow_up",
           "Le conseiller savait déjà ce que vous aviez vu chez moi.")
    s.write_down("29/04", most_asked=["standard_kit"],
                 works=["porte-à-porte après 17 h"],
                 how_it_goes="Court, une pièce à la fois.")
    return s



def main():
    packs = Packs()
    texts = office().texts(packs) | light().texts(packs)
    for sector in (fives(), wazemmes(), moulins()):
        texts.update(sector.folder.texts(packs))
    return 1 if write_or_check(HOME, texts, sys.argv[1:]) else 0


if __name__ == "__main__":
    sys.exit(main())
