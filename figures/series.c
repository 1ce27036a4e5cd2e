// SPDX-License-Identifier: Apache-2.0
// series.c - the figures by week, by month or by sector.
#include "series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---------------------------------------------------------- what is left whole

static const struct whole {
    const char *id;
    bool sectors; // not by sector either
    struct figure_words why;
} wholes[] = {
    {"F23", false,
        {"des mois entiers, du premier jour au dernier : un mois seul en a un "
         "ou aucun",
            "whole months, from the first day to the last: a month alone has "
            "one or none"}},
    {"F31", true,
        {"une liste pour tout l'essai ; une preuve peut venir de partout",
            "one list for the whole trial; a proof may come from anywhere"}},
    {"F32", true,
        {"une liste pour tout l'essai, telle qu'elle est aujourd'hui",
            "one list for the whole trial, as it stands today"}},
    {"F40", false,
        {"l'état des données aujourd'hui", "how the data stand today"}},
};

const struct figure_words *
series_whole(const struct figure_info *info, enum series_by by)
{
    for (size_t i = 0; i < sizeof(wholes) / sizeof(*wholes); i++) {
        if (strcmp(wholes[i].id, info->id) == 0) {
            return by != SERIES_SECTORS || wholes[i].sectors ? &wholes[i].why
                                                             : NULL;
        }
    }
    return NULL;
}

// -------------------------------------------------------------------- periods

// The first day that is not to come of anything that passes and is counted.
static int32_t
first_day(const struct view *v)
{
    static const enum fact_kind kinds[] = {FACT_SHIFT, FACT_STOCK,
        FACT_PURCHASE, FACT_TOUR, FACT_MARKET, FACT_ENCOUNTER, FACT_NOTICE,
        FACT_REQUEST, FACT_CONTACT, FACT_APPOINTMENT, FACT_VISIT, FACT_FINDING,
        FACT_FITTED, FACT_REFERRAL, FACT_DOSSIER, FACT_FOLLOW_UP, FACT_FEEDBACK,
        FACT_ATTENDANCE, FACT_MEETING, FACT_VERBATIM, FACT_CLUSTER,
        FACT_PROBLEM, FACT_IDEA, FACT_BALLOT};
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

// ------------------------------------------------------------------- counting

// What is open and late in all that passes, whatever figure counts it.
static void
count_inside(const struct view *v, struct series_row *row)
{
    struct figure all;

    figure_begin(v, &all);
    for (int k = 1; k < FACT_KINDS; k++) {
        for (size_t i = 0; i < v->of[k].count; i++) {
            (void)figure_take(v, &all, v->of[k].at[i]);
        }
    }
    row->conflicts = all.conflicts;
    row->late = all.late;
}

static tandem_err
count_figures(
    const struct view *v, const struct series *s, struct series_row *row)
{
    tandem_err err = TANDEM_OK;

    row->figures = calloc(s->info_count + 1, sizeof(*row->figures));
    if (row->figures == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; err == TANDEM_OK && i < s->info_count; i++) {
        err = figure_make(v, s->infos[i], &row->figures[i]);
    }
    count_inside(v, row);
    return err;
}

static tandem_err
count_period(
    const struct view *v, const struct series *s, struct series_row *row)
{
    struct view part = *v;

    // A period that is cut by the filter counts what is inside.
    part.filter.from = v->filter.from != NO_DAY && v->filter.from > row->first
                           ? v->filter.from
                           : row->first;
    part.filter.to = v->filter.to != NO_DAY && v->filter.to < row->last
                         ? v->filter.to
                         : row->last;
    return count_figures(&part, s, row);
}

static tandem_err
count_periods(const struct view *v, bool months, struct series *s)
{
    int32_t day = first_day(v);
    const int32_t last = v->filter.to != NO_DAY && v->filter.to < v->today
                             ? v->filter.to
                             : v->today;
    tandem_err err = TANDEM_OK;
    int32_t begin;

    if (day == NO_DAY || day > last) {
        return TANDEM_OK;
    }
    s->rows = calloc(SERIES_MOST, sizeof(*s->rows));
    if (s->rows == NULL) {
        return TANDEM_ENOMEM;
    }
    begin = begin_of(last, months);
    for (int n = 1; n < SERIES_MOST && begin > day; n++) {
        begin = begin_of(begin - 1, months);
    }
    s->cut = begin > day;
    for (day = begin; err == TANDEM_OK && day <= last;
         day = next_of(day, months)) {
        struct series_row *row = &s->rows[s->count++];

        row->first = day;
        row->last = next_of(day, months) - 1;
        name_of(day, months, row->name);
        err = count_period(v, s, row);
    }
    return err;
}

// -------------------------------------------------------------------- sectors

static int
by_sector(const void *a, const void *b)
{
    const struct series_row *x = a, *y = b;

    return memcmp(x->sector.b, y->sector.b, sizeof(x->sector.b));
}

// Of those this device may look into, and those of which it holds something.
static bool
has_column(const struct view *v, const tandem_sector *sector)
{
    bool is_held = sector->right != TANDEM_RIGHT_NONE;

    for (size_t i = 0; !is_held && i < v->f->sector_count; i++) {
        is_held = tandem_id_equal(v->f->sectors[i], sector->id);
    }
    return is_held &&
           (!v->filter.one_sector || tandem_id_equal(sector->id, v->filter.id));
}

// One nobody was heard from in has a row too.
static tandem_err
name_sectors(const struct view *v, struct series *s)
{
    tandem_err err = TANDEM_OK;
    tandem_sector sector;

    for (size_t i = 0; err == TANDEM_OK; i++) {
        struct series_row *more =
            realloc(s->rows, (s->count + 2) * sizeof(*more));

        if (more == NULL) {
            return TANDEM_ENOMEM;
        }
        s->rows = more;
        err = tandem_sector_at(v->f->store, i, &sector, NULL);
        if (err == TANDEM_OK && has_column(v, &sector)) {
            memset(&more[s->count], 0, sizeof(*more));
            more[s->count++].sector = sector.id;
        }
    }
    if (s->count > 1) {
        qsort(s->rows, s->count, sizeof(*s->rows), by_sector);
    }
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
count_sectors(const struct view *v, struct series *s)
{
    tandem_err err = name_sectors(v, s);

    for (size_t i = 0; err == TANDEM_OK && i < s->count; i++) {
        struct view part = *v;

        view_in(&part, s->rows[i].sector);
        err = count_figures(&part, s, &s->rows[i]);
    }
    if (err == TANDEM_OK) {
        memset(&s->rows[s->count], 0, sizeof(*s->rows));
        err = count_figures(v, s, &s->rows[s->count++]);
    }
    return err;
}

// ------------------------------------------------------------------ all of it

static tandem_err
name_figures(enum series_by by, const struct figure_info *const *infos,
    size_t count, struct series *s)
{
    const size_t n = infos != NULL ? count : figure_count();

    s->infos = calloc(n + 1, sizeof(const struct figure_info *));
    s->whole_hidden = calloc(n + 1, sizeof(bool));
    if (s->infos == NULL || s->whole_hidden == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        const struct figure_info *info =
            infos != NULL ? infos[i] : figure_at(i);

        if (series_whole(info, by) == NULL) {
            s->infos[s->info_count++] = info;
        }
    }
    return TANDEM_OK;
}

tandem_err
series_make(const struct view *v, enum series_by by,
    const struct figure_info *const *infos, size_t count, struct series *out)
{
    tandem_err err;

    memset(out, 0, sizeof(*out));
    err = name_figures(by, infos, count, out);
    if (err == TANDEM_OK) {
        err = by == SERIES_SECTORS ? count_sectors(v, out)
                                   : count_periods(v, by == SERIES_MONTHS, out);
    }
    if (err != TANDEM_OK) {
        series_free(out);
    }
    return err;
}

void
series_free(struct series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        for (size_t k = 0; s->rows[i].figures != NULL && k < s->info_count;
             k++) {
            figure_free(&s->rows[i].figures[k]);
        }
        free(s->rows[i].figures);
    }
    free(s->rows);
    free(s->infos);
    free(s->whole_hidden);
    memset(s, 0, sizeof(*s));
}

// ---------------------------------------------------------------------- lines

bool
series_is_empty(const struct series *s, size_t row)
{
    const struct series_row *at = &s->rows[row];

    for (size_t k = 0; k < s->info_count; k++) {
        const struct figure *f = &at->figures[k];

        if (f->count > 0 && (f->rows[0].n != 0 || f->rows[0].hidden)) {
            return false;
        }
    }
    return at->conflicts == 0 && at->late == 0;
}

static bool
is_among(const struct figure_row *const *lines, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

const struct figure_row **
series_lines(const struct series *s, size_t k, size_t *count)
{
    const struct figure_row **lines;
    size_t most = 1;

    for (size_t i = 0; i < s->count; i++) {
        most += s->rows[i].figures[k].count;
    }
    lines = calloc(most, sizeof(const struct figure_row *));
    *count = 0;
    for (size_t i = 0; lines != NULL && i < s->count; i++) {
        const struct figure *f = &s->rows[i].figures[k];

        for (size_t n = 0; n < f->count; n++) {
            if (!is_among(lines, *count, f->rows[n].name)) {
                lines[(*count)++] = &f->rows[n];
            }
        }
    }
    return lines;
}

struct figure_row
series_cell(
    const struct series *s, size_t row, size_t k, const struct figure_row *line)
{
    const struct figure_row *at =
        figure_named(&s->rows[row].figures[k], line->name);
    struct figure_row none = *line;

    none.n = 0;
    none.of = -1;
    none.rank = 0;
    none.hidden = false;
    return at != NULL ? *at : none;
}
