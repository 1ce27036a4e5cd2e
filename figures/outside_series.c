// SPDX-License-Identifier: Apache-2.0
// outside_series.c - of tables by sector, week and month what is few is hidden,
// and what would give it away: by its column, and by its row.
#include <stdlib.h>

#include "cells.h"
#include "outside.h"

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
// which no table of ours keeps apart. Hidden where the figure of that row, told
// alone, hides it, or its parts would be known.
static tandem_err
keep_first_rows(struct series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        for (size_t k = 0; k < s->info_count; k++) {
            struct figure *f = &s->rows[i].figures[k];
            const tandem_err err = outside_figure(f);

            if (err != TANDEM_OK) {
                return err;
            }
            f->count = f->count > 0 ? 1 : 0;
        }
        s->rows[i].conflicts = s->rows[i].late = 0;
    }
    return TANDEM_OK;
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
    if (s->whole_hidden[k]) {
        cells_leave_doubt(room, n);
        return true;
    }
    if (sectors && n > 0) {
        const struct figure_row *all = cell_of(s, rows, k);

        if (all == NULL || all->hidden) {
            cells_leave_doubt(room, all != NULL ? n : 0);
            return true;
        }
        left = (wholes ? all->of : all->n) - sum;
        if (left > 0) { // of what is common
            rest = cell_is_small(left);
            room[n++] = (struct cell){left, &rest};
        }
    }
    return cells_protect(room, n);
}

static void
protect_columns(struct series *s, bool sectors, struct cell *room)
{
    for (size_t k = 0; k < s->info_count; k++) {
        struct figure_row *all = sectors ? cell_of(s, s->count - 1, k) : NULL;

        for (int wholes = 0; wholes < 2; wholes++) {
            if (!protect_column(s, k, sectors, wholes == 1, room)) {
                s->whole_hidden[k] = true;
            }
        }
        if (all != NULL && s->whole_hidden[k]) {
            all->hidden = true;
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
    tandem_err err;

    if (room == NULL) {
        return TANDEM_ENOMEM;
    }
    err = keep_first_rows(s);
    do { // each hides more, or nothing
        before = after;
        if (err == TANDEM_OK && s->count > 0) {
            protect_columns(s, sectors, room);
        }
        after = err == TANDEM_OK ? hide_in_rows(s) : 0;
    } while (after > before);
    free(room);
    return err;
}
