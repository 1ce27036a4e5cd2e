#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""story.py - 24 hours with the people of a town, from the first meeting to the
ranked ideas.

usage: story.py [--check]

The source of the CSV files beside it: run it after a change, and it writes
them; with --check it says whether they are what it would write. Nobody in it
exists, no sentence was said: people are initials, personas have names of
things, streets are invented.
"""
import pathlib
import sys

HOME = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HOME.parent))

from tables import Folder, Packs, day, moment, write_or_check  # noqa: E402

# Before the field day, written in common and in the session's sector.
COMMON = [("agents", "agent"), ("binomes", "pair")]
BEFORE = [("session", "session"), ("matrices", "question_matrix"),
          ("rencontres", "home_meeting")]
# What half of the group writes; `etapes` puts a journey's points in order.
FIELD = [("tenues", "home_meeting"), ("entretiens", "interview"),
         ("parcours", "user_journey"), ("points-contact", "touchpoint"),
         ("etapes", "user_journey"), ("verbatims", "verbatim")]
# What all of them make of it, the second day.
AFTER = [("presences", "attendance"), ("classements", "cluster"),
         ("problematiques", "problem"), ("hypotheses", "work_hypothesis"),
         ("personas", "persona"), ("scenarios", "scenario"),
         ("pistes", "improvement"), ("votes", "ballot"),
         ("paroles", "group_talk")]

FIRST, SECOND = "16/01", "17/01"
LETTERS = "ABCDEFGHIJKLMNOPQRST"  # the twenty ambassadors
ABSENT = {FIRST: "DM", SECOND: "DKQ"}

QUESTIONS = [
    "Qu'est-ce qui vous a fait penser à l'énergie chez vous ?",
    "Qui avez-vous appelé en premier, et que s'est-il passé ?",
    "Qu'auriez-vous voulu savoir plus tôt ?",
    "Qu'est-ce qui vous ferait continuer, ou arrêter ?",
]

# A meeting: pair, time, who, how, and what was said, with the cluster of the
# sentence; `!` marks an emblematic one. Nothing said: nobody was there.
MEETINGS = [
    (1, "14:00", "user", "user_journey", "guichet",
     "!On m'a renvoyé trois fois le même formulaire."),
    (1, "16:00", "non_user", "interview", "savoir",
     "!Je croyais que c'était réservé aux autres."),
    (2, "14:00", "user", "user_journey", "delais",
     "!Entre le devis et le chantier, deux hivers ont passé."),
    (2, "17:00", "contractor", "interview", "metiers",
     "Je passe plus de temps au dossier qu'au chantier."),
    (3, "14:30", "user", "user_journey", "confiance",
     "!Au quatrième démarchage, je n'ouvre plus."),
    (3, "16:30", "association", "interview", "savoir",
     "Les gens arrivent chez nous quand il est déjà tard."),
    (4, "15:00", "user", "interview", "guichet",
     "Au guichet on m'a dit d'aller sur le site."),
    (4, "17:30", "non_user", "interview", "confiance",
     "Je préfère attendre que le voisin ait essayé."),
    (5, "14:00", "user", "user_journey", "humain",
     "!Elle est venue chez moi, et tout s'est débloqué."),
    (5, "18:00", "institutional_relay", "interview", "metiers",
     "Chacun a son dispositif, personne n'a la carte."),
    (6, "14:00", "user", "user_journey", "delais",
     "J'ai refait ma demande parce que la règle avait changé."),
    (6, "16:00", "contractor", "interview", "", ""),
    (7, "14:30", "user", "user_journey", "humain",
     "Une voix au téléphone, la même à chaque fois."),
    (7, "17:00", "association", "interview", "confiance",
     "Le premier contact passe par quelqu'un que l'on connaît."),
    (8, "15:00", "user", "interview", "savoir",
     "Le mot « bouquet de travaux » m'a fait rire, puis fuir."),
    (8, "18:00", "non_user", "interview", "", ""),
    (9, "14:00", "user", "user_journey", "guichet",
     "!Mon dossier était complet, sauf pour l'ordinateur."),
    (9, "16:30", "non_user", "interview", "savoir",
     "Personne ne m'en a jamais parlé, j'habite là depuis toujours."),
    (10, "14:30", "contractor", "interview", "metiers",
     "Payé huit mois après : je n'y reviendrai pas."),
    (10, "17:30", "institutional_relay", "interview", "humain",
     "Ce qui marche, c'est un nom et un numéro."),
]

# The points of a journey, in order.
POINTS = [("letter", "courrier reçu"),
          ("phone", "appel au numéro du courrier"),
          ("counter", "rendez-vous au guichet"),
          ("home_visit", "visite chez soi")]
FELT = ["very_bad", "bad", "neutral", "good", "very_good"]
# By meeting: how each point felt, from 1 to 5, and what the group said of it.
JOURNEYS = {
    1: ("3115", "Le formulaire revient trois fois, par trois bureaux."),
    3: ("4224", "L'attente ne se voit sur aucun des papiers."),
    5: ("1224", "Le courrier ressemble à une réclame de plus."),
    9: ("2335", "Tout tient à la visite."),
    11: ("3213", "La règle change en route, personne ne prévient."),
    13: ("3545", "La même voix au téléphone porte tout le reste."),
    17: ("3214", "L'écran dit « incomplet » sans dire quoi."),
}
# By meeting: how the person felt, and what would have them go on (or stop).
INTERVIEWS = {
    2: ("bad", "Qu'on vienne m'expliquer, sans rien vendre."),
    4: ("bad", "Un paiement à date fixe."),
    6: ("neutral", "Un nom à donner aux familles."),
    7: ("bad", "Quelqu'un qui remplit avec moi."),
    8: ("neutral", "Voir le résultat chez un autre."),
    10: ("neutral", "Une seule porte d'entrée."),
    14: ("good", "Venir ensemble la première fois."),
    15: ("bad", "Des mots que je comprends."),
    18: ("neutral", "Qu'on me le dise en face."),
    19: ("very_bad", "Plus rien, j'arrête."),
    20: ("good", "Garder la personne qui répond."),
}

CLUSTERS = {
    "guichet": "le guichet et l'écran", "savoir": "savoir que cela existe",
    "delais": "le temps qui passe", "confiance": "à qui se fier",
    "metiers": "les métiers entre eux", "humain": "une personne, un nom",
}
PROBLEMS = [
    ("Comment savoir à qui s'adresser avant d'en avoir besoin ?",
     ["savoir", "confiance"]),
    ("Comment suivre sa demande sans la refaire ?", ["guichet", "delais"]),
    ("Comment garder le même visage d'un bout à l'autre ?", ["humain"]),
    ("Comment les métiers se passent-ils un dossier ?", ["metiers"]),
]
HYPOTHESES = [
    (1, "Le voisin convaincu vaut mieux que l'affiche.", "confirmed", ""),
    (1, "Les non-recourants se croient non concernés.", "completed",
     "Surtout les propriétaires âgés, selon les gestionnaires."),
    (2, "Une pièce manquante fait perdre un mois.", "confirmed", ""),
    (2, "Le site décourage plus qu'il ne trie.", "refuted",
     "Il trie bien ; c'est la reprise par téléphone qui manque."),
    (3, "Un seul référent suffit.", "proposed", ""),
    (4, "L'entrepreneur attend d'être payé plus que d'être aidé.",
     "confirmed", ""),
]
PERSONAS = [
    ("Galet", "Propriétaire depuis quarante ans, chauffe une pièce sur deux, "
     "n'ouvre pas aux démarcheurs.", [1]),
    ("Brise", "Locataire, deux enfants, sait se servir du site mais n'a pas "
     "le temps de recommencer.", [2]),
    ("Ardoise", "Entrepreneur seul, bon ouvrier, fâché avec les dossiers.",
     [4]),
    ("Dune", "A commencé des travaux, a perdu son interlocutrice en route.",
     [2, 3]),
]
SCENARIOS = [
    (1, "catastrophe", "Un faux démarcheur passe avant nous ; plus personne "
     "dans la rue n'ouvre.", ["démarchage", "plainte", "portes closes"]),
    (1, "ideal", "La voisine montre sa fenêtre, et la rue suit.",
     ["voisine", "visite", "kit", "dossier"]),
    (2, "catastrophe", "Le compte en ligne expire, tout est à refaire en "
     "plein hiver.", ["site", "compte fermé", "abandon"]),
    (2, "ideal", "Un message dit où en est la demande, sans rien demander.",
     ["dépôt", "message", "accord"]),
    (3, "catastrophe", "Impayé, il quitte le métier ; les chantiers "
     "s'arrêtent.", ["chantier", "impayé", "fermeture"]),
    (3, "ideal", "Il envoie trois photos, le reste se remplit seul.",
     ["photos", "dossier", "paiement"]),
    (4, "catastrophe", "Chaque appel tombe sur quelqu'un d'autre.",
     ["appel", "attente", "renoncement"]),
    (4, "ideal", "Le même nom du premier coup de sonnette à la clé rendue.",
     ["visite", "référente", "fin de chantier"]),
]
# Statement, nature, the scenario it comes from, and how far it went.
IDEAS = [
    ("Un référent par ménage, avec un nom et un numéro", "adjustment", 8,
     "prioritised"),
    ("Une visite de dépannage qui ouvre la porte aux aides", "prospective", 2,
     "prioritised"),
    ("Le suivi de la demande par message", "adjustment", 4, "prioritised"),
    ("Le dossier rempli à partir de trois photos", "prospective", 6, "idea"),
    ("La rue témoin : on visite chez le voisin", "offbeat", 2, "idea"),
    ("Un timbre « déjà fourni » sur chaque pièce", "offbeat", 3, "idea"),
    ("Payer l'entrepreneur en trente jours", "adjustment", 5, "idea"),
    ("Une carte d'agent que l'on peut vérifier au téléphone", "adjustment",
     1, "idea"),
    ("Une cabane d'accueil qui change de place chaque mois", "offbeat", 7,
     "dropped"),
]
# Three points a voter, one figure each: "112" gives two to the first idea and
# one to the second. In the order of the letters, without who was absent.
VOTES = ["112", "123", "124", "223", "115", "138", "127", "335", "112",
         "246", "137", "223", "145", "118", "227", "133", "126"]


def before():
    f = Folder("avant", COMMON + BEFORE)
    for letter in LETTERS:
        f.add("agents", f"AMB-{letter}", display_name=f"Agent {letter}.",
              roles=["ambassador"])
    for name in "UV":
        f.add("agents", f"ANIM-{name}", display_name=f"Animatrice {name}.",
              roles=["facilitator"])
    for i in range(10):
        f.add("binomes", f"PAIRE-{i + 1}", day=day(FIRST),
              members=[f"AMB-{x}" for x in LETTERS[2 * i:2 * i + 2]])
    f.add("session", "SESSION-2", title="Immersion auprès des habitants",
          starts_on=day(FIRST), service="aide à la rénovation",
          members=[f"AMB-{x}" for x in LETTERS],
          steps__warm_up=moment(f"{FIRST} 09:30"),
          steps__field_day=moment(f"{FIRST} 14:00"),
          steps__sharing=moment(f"{SECOND} 09:00"),
          steps__analysis=moment(f"{SECOND} 10:00"),
          steps__projection=moment(f"{SECOND} 11:00"),
          steps__cooperative_game=moment(f"{SECOND} 13:30"),
          steps__vote=moment(f"{SECOND} 14:00"),
          steps__group_care=moment(f"{SECOND} 15:00"))
    f.add("matrices", "MATRICE-1", title="Entretien", version=1,
          for_interlocutors=["user", "non_user", "contractor", "association",
                             "institutional_relay"], questions=QUESTIONS)
    for i, (pair, hour, who, how, _, _) in enumerate(MEETINGS):
        f.add("rencontres", f"R{i + 1:02}", session="SESSION-2",
              interlocutor=who, method=how, pair_ref=f"PAIRE-{pair}",
              starts_at=moment(f"{FIRST} {hour}"), state="confirmed",
              address=f"{4 * i + 3} rue des Haubans, 59140 Dunkerque")
    return f


def verbatim(f, i, words, who, **source):
    """What was said at meeting `i`."""
    f.add("verbatims", f"V{i:02}", words=words.strip("!"), speaker=who,
          emblematic="yes" if words[0] == "!" else "no", cleared="yes",
          **source)


def journey(f, i, words, who):
    """A journey of four points, and how each felt."""
    key = f"P{i:02}"
    felt, comment = JOURNEYS[i]
    f.add("parcours", key, meeting=f"R{i:02}", service="aide à la rénovation",
          comments=[comment])
    points = [f.add("points-contact", f"{key}-{n + 1}", journey=key,
                    touchpoint_kind=kind, label=label,
                    felt=FELT[int(felt[n]) - 1])
              for n, (kind, label) in enumerate(POINTS)]
    f.add("etapes", key, points=points)
    verbatim(f, i, words, who, journey=key)


def interview(f, i, words, who):
    """An interview by the matrix: the second and the last of its answers."""
    key = f"E{i:02}"
    felt, wish = INTERVIEWS[i]
    f.add("entretiens", key, meeting=f"R{i:02}", matrix="MATRICE-1",
          felt=felt, answers__2=words.strip("!"), answers__4=wish)
    verbatim(f, i, words, who, interview=key)


def field(half):
    """What five of the ten pairs bring back."""
    f = Folder(half, FIELD)
    pairs = range(1, 6) if half == "paires-1-5" else range(6, 11)
    for i, (pair, _, who, how, _, words) in enumerate(MEETINGS, 1):
        if pair in pairs:
            f.add("tenues", f"R{i:02}", state="done" if words else "no_show")
            if words:
                (journey if how == "user_journey" else interview)(
                    f, i, words, who)
    return f


def after():
    f = Folder("apres", AFTER)
    for when in (FIRST, SECOND):
        for letter in LETTERS:
            absent = letter in ABSENT[when]
            f.add("presences", f"PR-{when[:2]}-{letter}", session="SESSION-2",
                  agent=f"AMB-{letter}", day=day(when),
                  presence="absent" if absent else "present",
                  reason="dossier urgent" if absent else "")
    for cluster, label in CLUSTERS.items():
        f.add("classements", f"CL-{cluster}", session="SESSION-2",
              label=label,
              members=[f"V{i:02}" for i, m in enumerate(MEETINGS, 1)
                       if m[4] == cluster])
    for i, (statement, clusters) in enumerate(PROBLEMS, 1):
        f.add("problematiques", f"PB{i}", session="SESSION-2",
              statement=statement, clusters=[f"CL-{c}" for c in clusters])
    for i, (problem, statement, state, comment) in enumerate(HYPOTHESES, 1):
        f.add("hypotheses", f"H{i}", problem=f"PB{problem}", state=state,
              statement=statement, manager_comment=comment)
    for i, (name, profile, problems) in enumerate(PERSONAS, 1):
        f.add("personas", f"PE{i}", name=name, profile=profile,
              problems=[f"PB{p}" for p in problems])
    for i, (persona, kind, story, steps) in enumerate(SCENARIOS, 1):
        f.add("scenarios", f"SC{i}", persona=f"PE{persona}",
              scenario_kind=kind, story=story, touchpoints=steps)
    for i, (statement, nature, scenario, state) in enumerate(IDEAS, 1):
        f.add("pistes", f"IDEE{i}", statement=statement, nature=nature,
              from_scenario=f"SC{scenario}", state=state)
    voters = [x for x in LETTERS if x not in ABSENT[SECOND]]
    for letter, vote in zip(voters, VOTES, strict=True):
        f.add("votes", f"VOTE-{letter}", session="SESSION-2",
              voter=f"AMB-{letter}",
              **{f"points__IDEE{i}": vote.count(i) for i in "123456789"
                 if i in vote})
    f.add("paroles", "PAROLE-1", session="SESSION-2",
          topics=["listening", "daily_files"],
          said="Le téléphone posé à l'entrée, on s'est mieux écouté.",
          frame="Une heure sans écran au début de chaque journée.")
    f.add("paroles", "PAROLE-2", session="SESSION-2",
          topics=["explain_manager", "explain_colleagues", "common_frame"],
          said="Dire à son service ce que l'on a fait de ces deux jours.")
    return f


def main():
    packs, texts = Packs(), {}
    for folder in (before(), field("paires-1-5"), field("paires-6-10"), after()):
        texts.update(folder.texts(packs))
    return 1 if write_or_check(HOME, texts, sys.argv[1:]) else 0


if __name__ == "__main__":
    sys.exit(main())
