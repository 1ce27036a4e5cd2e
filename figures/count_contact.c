// SPDX-License-Identifier: Apache-2.0
// count_contact.c - first contact: doors, answers, notices, pitches, sheets.
#include "counts.h"
#include "doors.h"
#include "words.h"

static bool
is_door(const struct view *v, uint32_t h)
{
    return view_get(v, h, ENCOUNTER_CHANNEL) == CHANNEL_DOOR;
}

void
count_doors(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_ENCOUNTER];
    int64_t by[FIGURE_WORDS] = {0}, n = 0;

    for (size_t i = 0; i < all->count; i++) {
        const int64_t outcome = view_get(v, all->at[i], ENCOUNTER_OUTCOME);

        if (is_door(v, all->at[i]) && figure_take(v, out, all->at[i])) {
            n++;
            by[figure_place(outcome)]++;
        }
    }
    (void)figure_number(
        out, "total", "portes frappées", "doors knocked", n, -1);
    figure_by_word(v, out, "outcome.", FACT_ENCOUNTER, ENCOUNTER_OUTCOME, by,
        figure_part(out, "total"));
}

void
count_distinct_doors(const struct view *v, struct figure *out)
{
    struct figure_row *row;
    struct doors d;
    int64_t unknown = 0;

    out->err = doors_find(v, out, &d);
    if (out->err != TANDEM_OK) {
        return;
    }
    for (size_t i = 0; i < d.count; i++) {
        unknown += d.knocks[i].mark == 0 && d.knocks[i].dwelling == 0;
    }
    (void)figure_number(out, "total", "portes distinctes", "distinct doors",
        (int64_t)d.doors, -1);
    row =
        figure_number(out, "unknown", "dont sans clé ni logement, une chacune",
            "of these without key or dwelling, one each", unknown, -1);
    if (row != NULL) {
        row->beside = (int64_t)d.doors;
    }
    doors_free(&d);
}

// --------------------------------------------------- answers, notices, pitches

void
count_answers(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_ENCOUNTER];
    int64_t n = 0, answered = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (is_door(v, all->at[i]) && figure_take(v, out, all->at[i])) {
            n++;
            answered +=
                view_get(v, all->at[i], ENCOUNTER_OUTCOME) != OUTCOME_NO_ANSWER;
        }
    }
    (void)figure_number(out, "total", "toutes sauf « personne ne répond »",
        "all but \"nobody answers\"", answered, n);
}

void
count_notices(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_NOTICE];
    int64_t n = 0, returned = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (figure_take(v, out, all->at[i])) {
            n++;
            returned += view_get(v, all->at[i], NOTICE_RETURNED);
        }
    }
    (void)figure_number(out, "total", "avis laissés", "notices left", n, -1);
    (void)figure_number(out, "returned", "revenus", "returned", returned, n);
}

static void
paper(struct figure_row *row)
{
    if (row != NULL) {
        row->nobody = true;
    }
}

void
count_pitches(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_ENCOUNTER];
    int64_t pitches = 0, entered = 0, by_length[FIGURE_WORDS] = {0};
    int64_t flyers = 0, stands = 0;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t outcome = view_get(v, h, ENCOUNTER_OUTCOME);
        const int64_t talk = view_get(v, h, ENCOUNTER_TALK);

        if (!figure_take(v, out, h)) {
            continue;
        }
        flyers += view_get(v, h, ENCOUNTER_FLYERS);
        if (outcome == OUTCOME_PITCH_GIVEN ||
            outcome == OUTCOME_PITCH_THEN_ENTERED) {
            pitches++;
            entered += outcome == OUTCOME_PITCH_THEN_ENTERED;
            by_length[figure_place(talk)]++;
        }
    }
    for (size_t i = 0; i < v->of[FACT_MARKET].count; i++) {
        if (figure_take(v, out, v->of[FACT_MARKET].at[i])) {
            stands += view_get(v, v->of[FACT_MARKET].at[i], MARKET_FLYERS);
        }
    }
    (void)figure_number(out, "total", "présentations", "pitches", pitches, -1);
    (void)figure_number(out, "entered", "puis entrée chez l'habitant",
        "then entered the home", entered, pitches);
    figure_by_word(v, out, "talk.", FACT_ENCOUNTER, ENCOUNTER_TALK, by_length,
        figure_part(out, "total"));
    paper(figure_number(out, "flyers", "flyers remis", "flyers handed over",
        flyers + stands, -1));
    paper(figure_number(out, "flyers.permanence", "dont aux permanences",
        "of these at sessions", stands, flyers + stands));
}

void
count_sheets(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_CONTACT];
    int64_t n = 0, by[FIGURE_WORDS] = {0};

    for (size_t i = 0; i < all->count; i++) {
        const int64_t met = view_get(v, all->at[i], CONTACT_MET_BY);

        if (figure_take(v, out, all->at[i])) {
            n++;
            by[figure_place(met)]++;
        }
    }
    (void)figure_number(out, "total", "fiches", "sheets", n, -1);
    figure_by_word(v, out, "met_by.", FACT_CONTACT, CONTACT_MET_BY, by,
        figure_part(out, "total"));
}

// ------------------------------------------------------------------ proposals

#define ANSWERS 8

void
count_proposals(const struct view *v, struct figure *out)
{
    static const struct figure_field proposal = {
        FACT_ENCOUNTER, ENCOUNTER_PROPOSALS};
    static const struct figure_field answer = {
        FACT_ENCOUNTER, ENCOUNTER_ANSWER};
    const struct handles *all = &v->of[FACT_ENCOUNTER];
    int64_t by[ANSWERS][FIGURE_WORDS] = {{0}}, n = 0;

    for (size_t i = 0; i < all->count; i++) {
        const int64_t set = view_get(v, all->at[i], ENCOUNTER_PROPOSALS);
        const int64_t said = view_get(v, all->at[i], ENCOUNTER_ANSWER);

        if (set != 0 && figure_take(v, out, all->at[i])) {
            n++;
            figure_add_set(by[said > 0 && said < ANSWERS ? said : 0], set);
        }
    }
    (void)figure_number(out, "total", "rencontres avec une proposition",
        "encounters with a proposal", n, -1);
    for (int64_t p = 1; p < FIGURE_WORDS; p++) {
        for (int64_t a = 0; a < ANSWERS; a++) {
            struct figure_row *row =
                by[a][p] == 0
                    ? NULL
                    : figure_words_row(v, out, &proposal, p, &answer, a);

            if (row != NULL) {
                row->n = by[a][p];
            }
        }
    }
}
