// SPDX-License-Identifier: Apache-2.0
// outside.c - small numbers of households are hidden, and what would give them
// away.
// Tables by sector, week and month: outside_series.c.
#include "outside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"

// --------------------------------------------------------------------- figures

// The row of that name, and whatever else says the number.
static void
hide_whole(struct figure *f, const char *name, int64_t n)
{
    struct figure_row *whole = figure_named(f, name);

    if (whole != NULL) {
        whole->hidden = true;
    }
    for (size_t i = 0; i < f->count; i++) {
        f->rows[i].hidden = f->rows[i].hidden || f->rows[i].of == n;
    }
}

// The numbers of a part's rows, or their wholes.
static void
protect_part(struct figure *f, size_t part, bool wholes, struct cell *room)
{
    const struct figure_row *whole = figure_named(f, f->wholes[part]);
    int64_t sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < f->count; i++) {
        struct figure_row *row = &f->rows[i];

        if ((row->parts >> part & 1) != 0 && (!wholes || row->of >= 0)) {
            room[n] = (struct cell){wholes ? row->of : row->n, &row->hidden};
            sum += room[n++].n;
        }
    }
    if (whole != NULL && whole->hidden) {
        return; // nothing to subtract from
    }
    if (!cells_protect(room, n)) {
        hide_whole(f, f->wholes[part], sum);
    }
}

// Do the rows of a part have wholes of their own, which add up too?
static bool
has_wholes(const struct figure *f, size_t part)
{
    int64_t of = -1;

    for (size_t i = 0; i < f->count; i++) {
        const struct figure_row *row = &f->rows[i];

        if ((row->parts >> part & 1) != 0 && row->of >= 0) {
            if (of >= 0 && row->of != of) {
                return true;
            }
            of = row->of;
        }
    }
    return false;
}

static size_t
count_hidden(const struct figure *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->count; i++) {
        n += f->rows[i].hidden;
    }
    return n;
}

// What one part hides may leave another too little.
static void
protect_parts(struct figure *f, struct cell *room)
{
    size_t before;

    do {
        before = count_hidden(f);
        for (size_t part = 0; part < f->part_count; part++) {
            protect_part(f, part, false, room);
            if (has_wholes(f, part)) {
                protect_part(f, part, true, room);
            }
        }
    } while (count_hidden(f) > before);
}

// In the place of its text, or of what tells the same text again: the number
// of those told apart so far.
static void
number_text(struct figure *f, size_t at)
{
    struct figure_row *row = &f->rows[at];
    char *dot = strchr(row->name, '.'), *end, rest[64];

    row->nth = 1;
    for (size_t i = at; i-- > 0;) {
        const struct figure_row *before = &f->rows[i];

        if (before->noun.en == NULL ||
            strcmp(before->noun.en, row->noun.en) != 0) {
            continue;
        }
        // The rows of one follow each other.
        row->nth = before->nth +
                   (tandem_id_equal(before->record, row->record) ? 0 : 1);
        break;
    }
    if (dot != NULL) {
        end = strchr(dot + 1, '.');
        (void)snprintf(rest, sizeof(rest), "%s", end != NULL ? end : "");
        (void)snprintf(dot + 1,
            sizeof(row->name) - (size_t)(dot + 1 - row->name), "%d%s",
            (int)row->nth, rest);
    }
}

static void
number_texts(struct figure *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->rows[i].noun.en != NULL) {
            number_text(f, i);
        }
    }
    for (size_t i = 0; i < f->count; i++) {
        if (f->rows[i].noun.en != NULL) {
            f->rows[i].record = (tandem_id){{0}};
            f->rows[i].field = NULL;
        }
    }
}

tandem_err
outside_figure(struct figure *f)
{
    struct cell *room = calloc(f->count + 1, sizeof(*room));

    if (room == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; f->info->households && i < f->count; i++) {
        struct figure_row *row = &f->rows[i];

        if (row->unit == UNIT_COUNT && !row->nobody) {
            row->hidden =
                cell_tells(row->n, row->of) ||
                (row->beside >= 0 && cell_is_apart(row->beside, row->n));
        }
    }
    if (f->info->households) {
        protect_parts(f, room);
        f->conflicts = f->late = 0;
    }
    free(room);
    number_texts(f);
    return TANDEM_OK;
}

// ------------------------------------------------------------- other tables

void
outside_funnel(struct funnel *f)
{
    for (int s = 0; s < FUNNEL_STAGES; s++) {
        struct funnel_row *row = &f->row[s];

        row->hidden = cell_is_small(row->n);
        // Who came to this stage another way is few, or who did not come.
        row->share_hidden =
            row->before >= 0 &&
            (row->hidden || cell_tells(row->through, row->before) ||
                cell_is_small(row->n - row->through));
    }
    f->conflicts = f->late = 0;
}

// Of one measure: what is counted in all, and in sectors apart; what they leave
// is another cell.
static void
protect_measure(struct objective *all, size_t count,
    const struct objective *one, struct cell *room)
{
    struct objective *whole = NULL;
    int64_t sum = 0;
    bool rest = false;
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (all[i].metric != one->metric || all[i].n < 0) {
            continue;
        }
        if (!all[i].one_sector) {
            whole = &all[i];
        } else {
            room[n++] = (struct cell){all[i].n, &all[i].hidden};
            sum += all[i].n;
        }
    }
    if (whole == NULL || whole->hidden || n == 0) {
        return;
    }
    if (whole->n > sum) {
        rest = cell_is_small(whole->n - sum);
        room[n++] = (struct cell){whole->n - sum, &rest};
    }
    if (!cells_protect(room, n)) {
        whole->hidden = true;
    }
}

tandem_err
outside_objectives(struct objective *all, size_t count)
{
    struct cell *room = calloc(count + 1, sizeof(*room));

    if (room == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct objective *o = &all[i];
        const struct figure_info *info = figure_find(o->figure);

        if (info != NULL && info->households) {
            o->hidden = cell_is_small(o->n);
            o->beside_hidden =
                cell_is_small(o->beside) || cell_is_apart(o->beside, o->n);
            o->conflicts = 0;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (figure_find(all[i].figure) != NULL &&
            figure_find(all[i].figure)->households) {
            protect_measure(all, count, &all[i], room);
        }
    }
    free(room);
    return TANDEM_OK;
}
