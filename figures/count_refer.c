// SPDX-License-Identifier: Apache-2.0
// count_refer.c - referrals, files, word of mouth, follow-ups, feedback.
#include <stdlib.h>

#include "charter.h"
#include "counts.h"
#include "derived.h"
#include "words.h"

void
count_referrals(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_REFERRAL];
    int64_t target[FIGURE_WORDS] = {0}, n = 0, direct = 0;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t booking =
            view_get(v, h, REFERRAL_STEPS) >> 4 * CLOSING_ADVISER_BOOKING & 15;

        if (figure_take(v, out, h)) {
            n++;
            direct += view_get(v, h, REFERRAL_APPOINTMENT) != 0 ||
                      booking == STEP_DONE;
            target[figure_place(view_get(v, h, REFERRAL_TARGET))]++;
        }
    }
    (void)figure_number(out, "total", "orientations", "referrals", n, -1);
    (void)figure_number(out, "direct", "dont rdv pris en direct",
        "of these booked directly", direct, n);
    figure_by_word(v, out, "target.", FACT_REFERRAL, REFERRAL_TARGET, target,
        figure_part(out, "total"));
}

// Those from one state up to another, which they leave out.
static void
state_rows(const struct view *v, struct figure *out, const int64_t *state,
    int64_t from, int64_t to, uint32_t part)
{
    int64_t some[FIGURE_WORDS] = {0};

    for (int64_t i = from; i < to; i++) {
        some[i] = state[i];
    }
    figure_by_word(v, out, "state.", FACT_DOSSIER, DOSSIER_STATE, some, part);
}

void
count_files(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_DOSSIER];
    int64_t state[FIGURE_WORDS] = {0}, opened = 0, oriented = 0;
    struct figure_row *row;

    for (size_t i = 0; i < all->count; i++) {
        const int64_t is = view_get(v, all->at[i], DOSSIER_STATE);

        if (figure_take(v, out, all->at[i])) {
            state[figure_place(is)]++;
            opened += is >= DOSSIER_IS_OPENED && is <= DOSSIER_IS_COMPLETED;
            oriented += is >= DOSSIER_IS_ORIENTED && is <= DOSSIER_IS_COMPLETED;
        }
    }
    (void)figure_number(
        out, "total", "dossiers ouverts", "files opened", opened, -1);
    row = figure_number(out, "oriented", "orientés ou plus loin",
        "directed or further", oriented, -1);
    if (row != NULL) {
        row->beside = opened;
    }
    state_rows(v, out, state, 0, DOSSIER_IS_ORIENTED, 0);
    state_rows(v, out, state, DOSSIER_IS_ORIENTED, DOSSIER_IS_OPENED,
        figure_part(out, "oriented"));
    state_rows(v, out, state, DOSSIER_IS_OPENED, DOSSIER_IS_COMPLETED + 1,
        figure_part(out, "total"));
    state_rows(v, out, state, DOSSIER_IS_COMPLETED + 1, FIGURE_WORDS, 0);
}

// --------------------------------------------------------------- word of mouth

void
count_mouth(const struct view *v, struct figure *out)
{
    static const struct figure_words degrees[DERIVED_DEGREE_MOST + 1] = {
        {"rencontrés directement", "met directly"},
        {"un intermédiaire", "through one"},
        {"deux intermédiaires", "through two"},
        {"trois intermédiaires ou plus", "through three or more"},
    };
    static const char *const names[DERIVED_DEGREE_MOST + 1] = {
        "degree.0", "degree.1", "degree.2", "degree.3"};
    const struct handles *all = &v->of[FACT_CONTACT];
    int64_t by[DERIVED_DEGREE_MOST + 1] = {0}, n = 0, mouth = 0, said = 0;
    struct figure_row *row;
    uint32_t part;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const size_t degree = derived_degree(v, h);
        const bool is = view_get(v, h, CONTACT_MET_BY) == CHANNEL_WORD_OF_MOUTH;

        if (figure_take(v, out, h)) {
            n++;
            by[degree]++;
            said += is;
            mouth += is || degree > 0;
        }
    }
    (void)figure_number(out, "total", "fiches par bouche-à-oreille",
        "sheets by word of mouth", mouth, n);
    row = figure_number(out, "met_by", "dont premier canal bouche-à-oreille",
        "of these first met by word of mouth", said, n);
    if (row != NULL) {
        row->beside = mouth;
    }
    part = figure_part(out, "total");
    for (size_t i = 0; i <= DERIVED_DEGREE_MOST; i++) {
        row = figure_number(
            out, names[i], degrees[i].fr, degrees[i].en, by[i], n);
        if (row != NULL) {
            row->parts = part;
        }
    }
}

// ------------------------------------------------------------------ follow-ups

void
count_follow_ups(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_FOLLOW_UP];
    int64_t due = 0, done = 0, late = 0, refused = 0, to_come = 0;
    struct charter charter;

    out->err = charter_read(v, &charter);
    for (size_t i = 0; out->err == TANDEM_OK && i < all->count; i++) {
        const uint32_t h = all->at[i];
        const bool is = view_get(v, h, FOLLOW_UP_DONE_AT) != FACT_NONE;

        if (!figure_take(v, out, h)) {
            continue;
        }
        if (v->day[h] == NO_DAY || v->day[h] > v->today) {
            to_come += !is;
            due += is;
            done += is;
            continue;
        }
        due++;
        done += is;
        late += !is && v->day[h] < v->today;
        refused += !is && !charter_allows(v, &charter, h);
    }
    charter_free(&charter);
    if (out->err == TANDEM_OK) {
        (void)figure_number(out, "total", "suivis dus ou faits",
            "follow-ups due or done", due, -1);
        (void)figure_number(out, "done", "faits", "done", done, due);
        (void)figure_number(out, "late", "en retard", "late", late, due);
        (void)figure_number(out, "refused", "refusés par la charte",
            "refused by the charter", refused, due);
        (void)figure_number(out, "to_come", "à venir", "to come", to_come, -1);
    }
}

// -------------------------------------------------------------------- feedback

#define CHAPTERS 8

void
count_feedbacks(const struct view *v, struct figure *out)
{
    static const struct figure_field source = {FACT_FEEDBACK, FEEDBACK_SOURCE};
    static const struct figure_field chapter = {
        FACT_FEEDBACK, FEEDBACK_CHAPTER};
    const struct handles *all = &v->of[FACT_FEEDBACK];
    int64_t by[FIGURE_WORDS][CHAPTERS] = {{0}}, n = 0;
    uint32_t part;

    for (size_t i = 0; i < all->count; i++) {
        const int64_t c = view_get(v, all->at[i], FEEDBACK_CHAPTER);

        if (figure_take(v, out, all->at[i])) {
            n++;
            by[figure_place(view_get(v, all->at[i], FEEDBACK_SOURCE))]
              [c > 0 && c < CHAPTERS ? c : 0]++;
        }
    }
    (void)figure_number(out, "total", "retours", "feedback", n, -1);
    part = figure_part(out, "total");
    for (int64_t s = 0; s < FIGURE_WORDS; s++) {
        for (int64_t c = 0; c < CHAPTERS; c++) {
            struct figure_row *row =
                by[s][c] == 0
                    ? NULL
                    : figure_words_row(v, out, &source, s, &chapter, c);

            if (row != NULL) {
                row->n = by[s][c];
                row->parts = part;
            }
        }
    }
}

void
count_over(const struct view *v, struct figure *out)
{
    int64_t sheets = 0, visits = 0;

    for (size_t i = 0; i < v->of[FACT_CONTACT].count; i++) {
        const uint32_t h = v->of[FACT_CONTACT].at[i];

        sheets += view_get(v, h, CONTACT_OVER_SOLICITING) == 1 &&
                  figure_take(v, out, h);
    }
    for (size_t i = 0; i < v->of[FACT_VISIT].count; i++) {
        const uint32_t h = v->of[FACT_VISIT].at[i];

        visits += (view_get(v, h, VISIT_FEEL) >> FEEL_COMPLEX_OVER_SOLICITING &
                      1) != 0 &&
                  figure_take(v, out, h);
    }
    (void)figure_number(out, "total", "fiches où elle est constatée",
        "sheets on which it is noted", sheets, -1);
    (void)figure_number(out, "interventions",
        "interventions avec une personne sur-sollicitante",
        "interventions with an over-soliciting person", visits, -1);
}
