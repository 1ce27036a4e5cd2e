# SPDX-License-Identifier: Apache-2.0
"""office.py - what the office writes for all sectors.

Keys that begin with `ready:` are of records that `tandem ready add` made: the
row says what the office changed in them.
"""
from tables import Folder, day, moment

FILES = [("secteurs", "sector"), ("partenaires", "partner"),
         ("etapes", "prep_step"), ("experimentation", "experiment"),
         ("objectifs", "objective"), ("agents", "agent"), ("binomes", "pair"),
         ("carnet-adresses", "address_entry"), ("materiel", "equipment"),
         ("utilitaire", "vehicle_loan"), ("fonds", "advance_fund"),
         ("points-etape", "checkpoint")]
# Once the sectors have come in: what they bring to light, and where it is seen.
AFTER = [("situations", "target_situation"), ("questions", "open_question")]

AGENTS = [("AG-A", "Agente A.", "agent", "0353010091"),
          ("AG-B", "Agent B.", "agent", "0353010092"),
          ("AG-C", "Agente C.", "agent", "0353010093"),
          ("AG-D", "Agent D.", "agent", "0353010094"),
          ("AG-E", "Agente E.", "agent", "0353010095"),
          ("AG-F", "Agent F.", "agent", "0353010096"),
          ("AG-N", "Conseillère N.", "adviser", "0353010097")]

# Evidence stands in the sectors: SECTOR/key. All markets were of one type, so
# one of the seventeen situations was not met.
SITUATIONS = [
    ("regular_markets", "FIVES/F-M01 FIVES/F-M02 WAZEMMES/W-M01 "
     "WAZEMMES/W-M02 MOULINS/M-M01 MOULINS/M-M02"),
    ("light_session", "FIVES/F-M02 FIVES/F-M03 WAZEMMES/W-M03 MOULINS/M-M01 "
     "MOULINS/M-M03"),
    ("fixed_session", "FIVES/F-M01 WAZEMMES/W-M01 WAZEMMES/W-M02 "
     "MOULINS/M-M02"),
    ("short_talk", "FIVES/F-T01-6 MOULINS/M-T01-1"),
    ("long_talk", "FIVES/F-T01-4 WAZEMMES/W-T01-5"),
    ("talk_to_intervention", "FIVES/F-T01-10 WAZEMMES/W-T01-11 "
     "MOULINS/M-T01-5"),
    ("went_well", "FIVES/F-I01 MOULINS/M-I01"),
    ("complicated", "FIVES/F-I03 FIVES/F-I08 WAZEMMES/W-I03"),
    ("simple", "FIVES/F-I01 FIVES/F-I06 WAZEMMES/W-I09"),
    ("went_badly", "WAZEMMES/W-I08"),
    ("low_autonomy", "WAZEMMES/W-I06"),
    ("over_soliciting", "WAZEMMES/W-I08"),
    ("no_material", "FIVES/F-I04 WAZEMMES/W-I04"),
    ("adviser_exchanges", "FIVES/F-G01 WAZEMMES/W-G05"),
    ("file_follow_up", "FIVES/F-U02 WAZEMMES/W-U02"),
    ("visits_after", "FIVES/F-U04"),
]
ANSWERS = [
    ("tours_interventions", "answered", "FIVES/F-T01-10 MOULINS/M-T01-5",
     "Oui : une porte sur six environ, surtout quand le kit est proposé "
     "aussitôt."),
    ("tours_appointments", "answered", "FIVES/F-D01 WAZEMMES/W-D01",
     "Oui, et le rendez-vous pris à la porte est presque toujours tenu."),
    ("most_asked", "answered", "FIVES/F-J01 MOULINS/M-J01",
     "Le kit, de loin ; puis Amelio."),
    ("market_yield", "partly", "FIVES/F-M01 WAZEMMES/W-M02",
     "Peu de visites, mais des personnes déjà décidées pour Amelio."),
    ("other_places", "partly", "FIVES/F-M03 WAZEMMES/W-M03 MOULINS/M-M03",
     "Un café, une laverie, un pied d'immeuble."),
    ("difficulties", "partly", "WAZEMMES/W-J01",
     "Le chauffage était sous-estimé."),
]


def office():
    f = Folder("bureau", FILES)
    for code, name, iris in (("FIVES", "Fives", "593500801"),
                             ("WAZEMMES", "Wazemmes", "593500901"),
                             ("MOULINS", "Moulins", "593501001")):
        f.add("secteurs", f"SEC-{code}", code=code, name=name, town="59350",
              iris=[iris])
    f.add("partenaires", "PART-1", name="Ville d'accueil",
          partner_kind="host_town", contributions=["sector", "comm_tools"])
    f.add("partenaires", "PART-2", name="Conseillers info-énergie",
          partner_kind="energy_advisers", contributions=["expertise"])
    f.add("partenaires", "PART-3", name="Régie de quartier",
          partner_kind="zero_unemployment", contributions=["beta_tester"])
    f.add("etapes", "ETAPE-1", step="improvement_session",
          held_on=day("14/01"), **{"with": ["PART-1", "PART-3"]},
          conclusions="Trois secteurs, un binôme chacun, trois mois.")
    f.add("etapes", "ETAPE-2", step="project_group", held_on=day("11/02"),
          **{"with": ["PART-1", "PART-2"]},
          conclusions="Rendez-vous des conseillers pris sur place.")
    f.add("experimentation", "ready:experiment", starts_on=day("01/03"),
          ends_on=day("15/06"), towns=["59350"], charter="ready:charter/service",
          hypothesis="Entrer par un petit service utile mène plus de ménages "
          "aux aides qu'une campagne d'information.")
    # After the first month the office asked for two kits more.
    for metric, at_least in (("doors_knocked", 100), ("sectors_covered", 3),
                             ("months_active", 3), ("kits_fitted", 12),
                             ("amelio_dossiers", 15)):
        f.add("objectifs", f"ready:objective/{metric}", at_least=at_least,
              due_on=day("15/06"))
    for key, name, role, phone in AGENTS:
        f.add("agents", key, display_name=name, roles=[role],
              work_phone=phone, languages=["fr"],
              safety_training=["habilitation B0"] if role == "agent" else [])
    for code, one, two in (("FIVES", "AG-A", "AG-B"),
                           ("WAZEMMES", "AG-C", "AG-D"),
                           ("MOULINS", "AG-E", "AG-F")):
        f.add("binomes", f"BIN-{code}", members=[one, two])
    f.add("carnet-adresses", "CONS-1", name="Permanence info-énergie",
          category="amelio_adviser", phones=["0353010080"])
    f.add("carnet-adresses", "PRO-1", name="Artisan couvreur V.",
          category="professional", trades=["couverture", "isolation"],
          phones=["0353010081"])
    f.add("carnet-adresses", "PRO-2", name="Électricité S.",
          category="professional", trades=["électricité"],
          phones=["0353010082"])
    f.add("carnet-adresses", "SECOURS-1", name="Urgence gaz",
          category="rescue", phones=["0353010083"])
    for i, (kind, holder) in enumerate([("bike", "AG-A"), ("bike", "AG-C"),
                                        ("bike", "AG-E"), ("tablet", "AG-A"),
                                        ("tablet", "AG-C"),
                                        ("tablet", "AG-E")]):
        f.add("materiel", f"MAT-{i + 1}", equipment_kind=kind,
              tag=f"BC-{i + 1:03}", holder=holder, usable="yes")
    f.add("utilitaire", "UTIL-1", **{"from": moment("22/04 08:00")},
          to=moment("22/04 18:00"), reason="installation à Moulins",
          source="location")
    f.add("fonds", "FONDS-1", experiment="ready:experiment", amount="300,00",
          per_case_cap="60,00")
    f.add("points-etape", "POINT-1", held_at=moment("01/04 09:00"),
          present=["AG-A", "AG-B", "AG-C", "AG-D"], decision="adjust",
          heard="L'après-midi, une porte sur quatre ne répond pas.",
          changes="Repasser à 17 h ; douze kits au lieu de dix.")
    f.add("points-etape", "POINT-2", held_at=moment("07/05 09:00"),
          present=[key for key, _, _, _ in AGENTS], decision="keep",
          heard="Les permanences amènent des personnes déjà décidées.")
    f.add("points-etape", "POINT-3", held_at=moment("12/06 14:00"),
          present=[key for key, _, _, _ in AGENTS], decision="new_mode",
          heard="Le chauffage revient partout.",
          changes="Une demi-journée par semaine avec un chauffagiste.")
    return f


def light():
    f = Folder("bureau-apres", AFTER)
    for key, evidence in SITUATIONS:
        f.add("situations", f"ready:situation/{key}",
              evidence=evidence.split())
    for key, state, evidence, answer in ANSWERS:
        f.add("questions", f"ready:question/{key}", state=state,
              answer=answer, evidence=evidence.split())
    return f
