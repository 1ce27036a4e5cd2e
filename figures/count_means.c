// SPDX-License-Identifier: Apache-2.0
// count_means.c - money, stock, hours.
#include <stdlib.h>

#include "counts.h"
#include "stock.h"
#include "words.h"

// What stands at the end of the period, whenever it began.
static bool
stands(const struct view *v, uint32_t h)
{
    struct view all = *v;

    all.filter.from = NO_DAY;
    return view_counts(&all, h);
}

// At whatever time: of what has no day of its own.
static bool
is_ever(const struct view *v, uint32_t h)
{
    struct view all = *v;

    all.filter.from = NO_DAY;
    all.filter.to = NO_DAY;
    return view_counts(&all, h);
}

static int
by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int64_t
distinct(uint32_t *of, size_t n)
{
    int64_t count = 0;

    if (n > 0) {
        qsort(of, n, sizeof(*of), by_number);
    }
    for (size_t i = 0; i < n; i++) {
        count += i == 0 || of[i] != of[i - 1];
    }
    return count;
}

static void
cents(struct figure *out, const char *name, const char *fr, const char *en,
    int64_t n)
{
    struct figure_row *row = figure_number(out, name, fr, en, n, -1);

    if (row != NULL) {
        row->unit = UNIT_CENTS;
    }
}

void
count_fund(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_PURCHASE];
    uint32_t *cases = malloc((all->count + 1) * sizeof(*cases));
    int64_t amount = 0, spent = 0, ever = 0, case_count;
    size_t n = 0;

    if (cases == NULL) {
        out->err = TANDEM_ENOMEM;
        return;
    }
    for (size_t i = 0; i < v->of[FACT_FUND].count; i++) {
        const uint32_t h = v->of[FACT_FUND].at[i];
        const int64_t is = view_get(v, h, FUND_AMOUNT);

        amount += is != FACT_NONE && is_ever(v, h) ? is : 0;
    }
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t state = view_get(v, h, PURCHASE_STATE);
        const int64_t is = view_get(v, h, PURCHASE_AMOUNT);
        const uint32_t visit = view_link(v, h, PURCHASE_VISIT, FACT_VISIT);

        if (is == FACT_NONE ||
            (state != BOUGHT_BOUGHT && state != BOUGHT_SETTLED)) {
            continue;
        }
        ever += stands(v, h) ? is : 0;
        if (figure_take(v, out, h)) {
            spent += is;
            // A purchase for no intervention is a case of its own.
            cases[n++] = visit != 0 ? visit : v->kept[h];
        }
    }
    case_count = distinct(cases, n);
    free(cases);
    cents(out, "total", "dépensé", "spent", spent);
    cents(out, "amount", "montant du fonds", "amount of the fund", amount);
    cents(out, "left", "reste", "left", amount - ever);
    (void)figure_number(out, "cases", "cas", "cases", case_count, -1);
    cents(out, "per_case", "par cas", "a case",
        case_count > 0 ? spent / case_count : 0);
}

void
count_stock(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_STOCK];
    int64_t by[STOCK_ITEMS] = {0}, moves = 0;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t item = view_get(v, h, STOCK_ITEM);
        const int64_t quantity = view_get(v, h, STOCK_QUANTITY);

        moves += figure_take(v, out, h);
        if (quantity != FACT_NONE && stands(v, h)) {
            by[item > 0 && item < STOCK_ITEMS ? item : 0] += quantity;
        }
    }
    (void)figure_number(out, "total", "mouvements", "moves", moves, -1);
    for (int i = 0; i < STOCK_ITEMS; i++) {
        const int which = (i + 1) % STOCK_ITEMS; // "other" last
        const struct stock_name *name = stock_name((enum stock_item)which);

        if (by[which] != 0) {
            (void)figure_number(
                out, name->id, name->fr, name->en, by[which], -1);
        }
    }
}

#define HALF_DAYS  8
#define SHIFT_MOST (INT64_C(24) * 60 * 60 * 1000)

void
count_hours(const struct view *v, struct figure *out)
{
    static const struct figure_field activity = {FACT_SHIFT, SHIFT_ACTIVITY};
    static const struct figure_field half_day = {FACT_SHIFT, SHIFT_HALF_DAY};
    const struct handles *all = &v->of[FACT_SHIFT];
    int64_t by[FIGURE_WORDS][HALF_DAYS] = {{0}}, total = 0, untimed = 0;
    struct figure_row *row;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t from = view_get(v, h, SHIFT_STARTED_AT);
        const int64_t to = view_get(v, h, SHIFT_ENDED_AT);
        const int64_t half = view_get(v, h, SHIFT_HALF_DAY);

        if (!figure_take(v, out, h)) {
            continue;
        }
        if (from == FACT_NONE || to == FACT_NONE || to <= from ||
            to - from > SHIFT_MOST) {
            untimed++;
            continue;
        }
        total += (to - from) / 60000;
        by[figure_place(view_get(v, h, SHIFT_ACTIVITY))]
          [half > 0 && half < HALF_DAYS ? half : 0] += (to - from) / 60000;
    }
    row = figure_number(out, "total", "heures", "hours", total, -1);
    if (row != NULL) {
        row->unit = UNIT_MINUTES;
    }
    for (int64_t a = 0; a < FIGURE_WORDS; a++) {
        for (int64_t d = 0; d < HALF_DAYS; d++) {
            row = by[a][d] == 0
                      ? NULL
                      : figure_words_row(v, out, &activity, a, &half_day, d);
            if (row != NULL) {
                row->n = by[a][d];
                row->unit = UNIT_MINUTES;
            }
        }
    }
    (void)figure_number(out, "untimed", "créneaux sans heures utilisables",
        "shifts without usable times", untimed, -1);
}
