// SPDX-License-Identifier: Apache-2.0
// outside.c - small numbers of households are hidden, and what would give them
// away.
//
// Of cells that add up to a number that is told, those that are hidden must not
// be worked out from it: not one alone, nor several whose sum leaves them no
// choice (two that make 2 are 1 and 1). Then the next smallest joins them, and
// when there is none the whole goes.
#include "outside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_small(int64_t n)
{
    return n > 0 && n < OUTSIDE_LEAST;
}

static bool
tells(int64_t n, int64_t of)
{
    return is_small(n) || (of >= 0 && (is_small(of) || is_small(of - n)));
}

// -------------------------------------------------------- cells of one whole

struct cell {
    int64_t n;
    bool *hidden;
};

static bool
is_apart(int64_t a, int64_t b)
{
    return is_small(a - b) || is_small(b - a);
}

// Do those that are hidden have no choice, their sum being known?
static bool
is_determined(const struct cell *cells, size_t count)
{
    int64_t sum = 0, hidden = 0;
    bool all_small = true; // and so at most 4 each

    for (size_t i = 0; i < count; i++) {
        if (*cells[i].hidden) {
            hidden++;
            sum += cells[i].n;
            all_small = all_small && is_small(cells[i].n);
        }
    }
    return hidden > 0 &&
           (hidden == 1 || sum < OUTSIDE_LEAST || sum == hidden ||
               (all_small && sum == hidden * (OUTSIDE_LEAST - 1)));
}

// Zero is told, so it hides nothing.
static struct cell *
next_smallest(struct cell *cells, size_t count)
{
    struct cell *least = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!*cells[i].hidden && cells[i].n > 0 &&
            (least == NULL || cells[i].n < least->n)) {
            least = &cells[i];
        }
    }
    return least;
}

// false: the whole must not be told either.
static bool
protect(struct cell *cells, size_t count)
{
    while (is_determined(cells, count)) {
        struct cell *next = next_smallest(cells, count);

        if (next == NULL) {
            return false;
        }
        *next->hidden = true;
    }
    return true;
}

// --------------------------------------------------------------------- figures

static struct figure_row *
row_of(struct figure *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->rows[i].name, name) == 0) {
            return &f->rows[i];
        }
    }
    return NULL;
}

// The row of that name, and whatever else says the number.
static void
hide_whole(struct figure *f, const char *name, int64_t n)
{
    struct figure_row *whole = row_of(f, name);

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
    const struct figure_row *whole = row_of(f, f->wholes[part]);
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
    if (!protect(room, n)) {
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
            row->hidden = tells(row->n, row->of) ||
                          (row->beside >= 0 && is_apart(row->beside, row->n));
        }
    }
    if (f->info->households) {
        protect_parts(f, room);
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

        row->hidden = is_small(row->n);
        // Who came to this stage another way is few, or who did not come.
        row->share_hidden = row->before >= 0 &&
                            (row->hidden || tells(row->through, row->before) ||
                                is_small(row->n - row->through));
    }
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
        rest = is_small(whole->n - sum);
        room[n++] = (struct cell){whole->n - sum, &rest};
    }
    if (!protect(room, n)) {
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
            o->hidden = is_small(o->n);
            o->beside_hidden = is_small(o->beside) || is_apart(o->beside, o->n);
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

// --------------------------------------------------------------------- series

// What a cell shows. NULL: a figure that counts no people nor homes.
static struct figure_row *
cell_of(const struct series *s, size_t row, size_t k)
{
    const struct figure *f = &s->rows[row].figures[k];

    return s->infos[k]->households && f->count > 0 &&
                   f->rows[0].unit == UNIT_COUNT && !f->rows[0].nobody
               ? &f->rows[0]
               : NULL;
}

// Each figure's first row alone: what they break down into adds up both ways,
// which no table of ours keeps apart.
static void
keep_first_rows(struct series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        for (size_t k = 0; k < s->info_count; k++) {
            struct figure *f = &s->rows[i].figures[k];
            struct figure_row *first = cell_of(s, i, k);

            f->count = f->count > 0 ? 1 : 0;
            if (first != NULL) {
                first->hidden = tells(first->n, first->of);
            }
        }
    }
}

// The numbers of a column, or the wholes they are shares of, against what they
// add up to: the last row of a table by sector, else a number that stands
// elsewhere in the report. false: that must not be told.
static bool
protect_column(
    struct series *s, size_t k, bool sectors, bool wholes, struct cell *room)
{
    const size_t rows = s->count - (sectors ? 1 : 0);
    int64_t sum = 0, left;
    bool rest = false;
    size_t n = 0;

    for (size_t i = 0; i < rows; i++) {
        struct figure_row *at = cell_of(s, i, k);

        if (at != NULL && (!wholes || at->of >= 0)) {
            room[n] = (struct cell){wholes ? at->of : at->n, &at->hidden};
            sum += room[n++].n;
        }
    }
    if (sectors && n > 0) {
        const struct figure_row *all = cell_of(s, rows, k);

        if (all == NULL || all->hidden) {
            return true;
        }
        left = (wholes ? all->of : all->n) - sum;
        if (left > 0) { // of what is common
            rest = is_small(left);
            room[n++] = (struct cell){left, &rest};
        }
    }
    return protect(room, n);
}

static void
protect_columns(struct series *s, bool sectors, struct cell *room)
{
    for (size_t k = 0; k < s->info_count; k++) {
        struct figure_row *all = sectors ? cell_of(s, s->count - 1, k) : NULL;

        for (int wholes = 0; wholes < 2; wholes++) {
            if (!protect_column(s, k, sectors, wholes == 1, room)) {
                s->whole_hidden[k] = true;
                if (all != NULL) {
                    all->hidden = true;
                }
            }
        }
    }
}

// What one figure hides of a row no other says there, as its number or as the
// whole it is a share of: the doors of a week, and those of them that answered.
static void
hide_said_again(struct series *s, size_t row, size_t k)
{
    const struct figure_row *hidden = cell_of(s, row, k);

    for (size_t j = 0; j < s->info_count; j++) {
        struct figure_row *at = cell_of(s, row, j);

        if (at != NULL && (at->n == hidden->n || at->of == hidden->n)) {
            at->hidden = true;
        }
    }
}

static size_t
hide_in_rows(struct series *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++) {
        for (size_t k = 0; k < s->info_count; k++) {
            const struct figure_row *at = cell_of(s, i, k);

            if (at != NULL && at->hidden && at->n > 0) {
                hide_said_again(s, i, k);
            }
        }
        for (size_t k = 0; k < s->info_count; k++) {
            const struct figure_row *at = cell_of(s, i, k);

            n += at != NULL && at->hidden;
        }
    }
    return n;
}

tandem_err
outside_series(struct series *s, bool sectors)
{
    struct cell *room = calloc(s->count + 2, sizeof(*room));
    size_t before, after = 0;

    if (room == NULL) {
        return TANDEM_ENOMEM;
    }
    keep_first_rows(s);
    do { // each hides more, or nothing
        before = after;
        if (s->count > 0) {
            protect_columns(s, sectors, room);
        }
        after = hide_in_rows(s);
    } while (after > before);
    free(room);
    return TANDEM_OK;
}
