// SPDX-License-Identifier: Apache-2.0
// count_trial.c - how far the trial is: sectors, months, situations, questions.
#include <stdlib.h>

#include "counts.h"
#include "words.h"

static bool
was_held(const struct view *v, struct figure *out, uint32_t h)
{
    return v->day[h] != NO_DAY && v->day[h] <= v->today &&
           figure_take(v, out, h);
}

void
count_sectors(const struct view *v, struct figure *out)
{
    static const enum fact_kind kinds[] = {FACT_TOUR, FACT_MARKET};
    uint8_t *seen = calloc(v->f->sector_count + 1, 1);
    int64_t n = 0, held[2] = {0};

    if (seen == NULL) {
        out->err = TANDEM_ENOMEM;
        return;
    }
    for (size_t k = 0; k < 2; k++) {
        const struct handles *all = &v->of[kinds[k]];

        for (size_t i = 0; i < all->count; i++) {
            const uint16_t sector = view_fact(v, all->at[i])->sector;

            if (was_held(v, out, all->at[i])) {
                held[k]++;
                n += seen[sector] == 0;
                seen[sector] = 1;
            }
        }
    }
    free(seen);
    (void)figure_number(
        out, "total", "secteurs couverts", "sectors covered", n, -1);
    (void)figure_number(out, "tours", "tournées", "tours", held[0], -1);
    (void)figure_number(
        out, "sessions", "permanences", "market sessions", held[1], -1);
}

static int
by_day(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

// The days of whatever was done in the field, sorted. malloc'ed.
static int32_t *
field_days(const struct view *v, struct figure *out, size_t *count)
{
    static const enum fact_kind kinds[] = {FACT_TOUR, FACT_MARKET,
        FACT_ENCOUNTER, FACT_NOTICE, FACT_REQUEST, FACT_VISIT};
    const size_t kind_count = sizeof(kinds) / sizeof(*kinds);
    size_t most = 1;
    int32_t *days;

    for (size_t k = 0; k < kind_count; k++) {
        most += v->of[kinds[k]].count;
    }
    *count = 0;
    days = malloc(most * sizeof(*days));
    for (size_t k = 0; days != NULL && k < kind_count; k++) {
        const struct handles *all = &v->of[kinds[k]];

        for (size_t i = 0; i < all->count; i++) {
            if (was_held(v, out, all->at[i])) {
                days[(*count)++] = v->day[all->at[i]];
            }
        }
    }
    if (days != NULL && *count > 0) {
        qsort(days, *count, sizeof(*days), by_day);
    }
    return days;
}

void
count_months(const struct view *v, struct figure *out)
{
    size_t n;
    int32_t *days = field_days(v, out, &n);
    int64_t months = 0;

    if (days == NULL) {
        out->err = TANDEM_ENOMEM;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        months +=
            i == 0 || calendar_month(days[i]) != calendar_month(days[i - 1]);
    }
    (void)figure_number(out, "total", "mois entiers", "whole months",
        n > 0 ? calendar_months_between(days[0], days[n - 1]) : 0, -1);
    (void)figure_number(out, "with_records", "mois avec au moins une fiche",
        "months with at least one record", months, -1);
    free(days);
}

// What stands for the whole trial has no day: the sector alone is asked.
static bool
take_ever(const struct view *v, struct figure *out, uint32_t h)
{
    struct view all = *v;

    all.filter.from = all.filter.to = NO_DAY;
    return figure_take(&all, out, h);
}

void
count_situations(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_SITUATION];
    struct figure_row *total = figure_number(
        out, "total", "situations rencontrées", "situations met", 0, 0);
    int64_t n = 0, met = 0;

    for (size_t i = 0; total != NULL && i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t proofs = view_get(v, h, SITUATION_EVIDENCE);
        struct figure_row *row;

        if (!take_ever(v, out, h)) {
            continue;
        }
        n++;
        met += proofs > 0;
        row = figure_number(out, "", "preuves", "proofs", proofs, -1);
        if (row == NULL) {
            return;
        }
        tandem_id_text(v->f->ids[h], row->name);
        row->record = v->f->ids[h];
        row->field = "label";
    }
    if (out->err == TANDEM_OK) {
        out->rows[0].n = met; // rows may have moved
        out->rows[0].of = n;
    }
}

void
count_questions(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_QUESTION];
    int64_t state[FIGURE_WORDS] = {0}, n = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (take_ever(v, out, all->at[i])) {
            n++;
            state[figure_place(view_get(v, all->at[i], QUESTION_STATE))]++;
        }
    }
    (void)figure_number(out, "total", "questions éclairées",
        "questions answered", state[QUESTION_IS_ANSWERED], n);
    figure_by_word(v, out, "state.", FACT_QUESTION, QUESTION_STATE, state,
        figure_part(out, "total"));
}
