// SPDX-License-Identifier: Apache-2.0
// series.c - the main figures by week, by month or by sector.
#include "series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const series_figures[SERIES_FIGURES] = {
    "F01", "F06", "F08", "F09", "F12", "F19", "F20"};

// The first day that is not to come of anything that passes.
static int32_t
first_day(const struct view *v)
{
    static const enum fact_kind kinds[] = {FACT_ENCOUNTER, FACT_TOUR,
        FACT_MARKET, FACT_VISIT, FACT_REQUEST, FACT_CONTACT, FACT_APPOINTMENT,
        FACT_REFERRAL, FACT_DOSSIER};
    int32_t first = NO_DAY;

    for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
        const struct handles *all = &v->of[kinds[k]];

        for (size_t i = 0; i < all->count; i++) {
            const int32_t day = v->day[all->at[i]];

            if (day != NO_DAY && day <= v->today &&
                (first == NO_DAY || day < first) &&
                view_passes(v, all->at[i])) {
                first = day;
            }
        }
    }
    return first;
}

static int32_t
begin_of(int32_t day, bool months)
{
    return months ? calendar_month_begin(calendar_month(day))
                  : calendar_monday(day);
}

static int32_t
next_of(int32_t begin, bool months)
{
    return months ? calendar_month_begin(calendar_month(begin) + 1) : begin + 7;
}

static void
name_of(int32_t begin, bool months, char out[16])
{
    const struct date d = calendar_date(begin);
    int32_t year, week;

    if (months) {
        (void)snprintf(
            out, 16, "%04d-%02d", (int)d.year % 10000, (int)d.month % 100);
        return;
    }
    calendar_week(begin, &year, &week);
    (void)snprintf(out, 16, "%04d-W%02d", (int)year % 10000, (int)week % 100);
}

static tandem_err
count_figures(const struct view *v, struct series_row *row)
{
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; err == TANDEM_OK && i < SERIES_FIGURES; i++) {
        struct figure f;

        err = figure_make(v, figure_find(series_figures[i]), &f);
        if (err == TANDEM_OK) {
            row->n[i] = f.rows[0].n;
            figure_free(&f);
        }
    }
    return err;
}

static tandem_err
count_row(const struct view *v, struct series_row *row)
{
    struct view part = *v;

    // A period that is cut by the filter counts what is inside.
    part.filter.from = v->filter.from != NO_DAY && v->filter.from > row->first
                           ? v->filter.from
                           : row->first;
    part.filter.to = v->filter.to != NO_DAY && v->filter.to < row->last
                         ? v->filter.to
                         : row->last;
    return count_figures(&part, row);
}

tandem_err
series_make(const struct view *v, bool months, struct series *out)
{
    int32_t day = first_day(v);
    const int32_t last = v->filter.to != NO_DAY && v->filter.to < v->today
                             ? v->filter.to
                             : v->today;
    tandem_err err = TANDEM_OK;

    memset(out, 0, sizeof(*out));
    if (day == NO_DAY || day > last) {
        return TANDEM_OK;
    }
    out->rows = calloc(SERIES_MOST, sizeof(*out->rows));
    if (out->rows == NULL) {
        return TANDEM_ENOMEM;
    }
    // A step over many empty years is a step too: bounded by the calendar.
    if (last - day > SERIES_MOST * (months ? 31 : 7)) {
        day = last - SERIES_MOST * (months ? 28 : 7) + 31;
        out->cut = true;
    }
    for (day = begin_of(day, months);
         err == TANDEM_OK && day <= last && out->count < SERIES_MOST;
         day = next_of(day, months)) {
        struct series_row *row = &out->rows[out->count++];

        row->first = day;
        row->last = next_of(day, months) - 1;
        name_of(day, months, row->name);
        err = count_row(v, row);
    }
    return err;
}

static int
by_sector(const void *a, const void *b)
{
    const struct series_row *x = a, *y = b;

    return memcmp(x->sector.b, y->sector.b, sizeof(x->sector.b));
}

tandem_err
series_sectors(const struct view *v, struct series *out)
{
    const size_t sectors = v->f->sector_count;
    tandem_err err = TANDEM_OK;

    memset(out, 0, sizeof(*out));
    out->rows = calloc(sectors + 1, sizeof(*out->rows));
    if (out->rows == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; err == TANDEM_OK && i < sectors; i++) {
        struct view part = *v;
        struct series_row *row = &out->rows[out->count];

        if (tandem_id_equal(v->f->sectors[i], tandem_sector_common()) ||
            (v->filter.one_sector && v->filter.sector != i)) {
            continue; // what is common is nobody's field
        }
        view_in(&part, v->f->sectors[i]);
        row->sector = v->f->sectors[i];
        err = count_figures(&part, row);
        out->count++;
    }
    qsort(out->rows, out->count, sizeof(*out->rows), by_sector);
    return err == TANDEM_OK ? count_figures(v, &out->rows[out->count++]) : err;
}

void
series_free(struct series *s)
{
    free(s->rows);
    memset(s, 0, sizeof(*s));
}
