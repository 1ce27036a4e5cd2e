// SPDX-License-Identifier: Apache-2.0
// outside.c - small numbers of households are hidden.
#include "outside.h"

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

// One alone that is hidden is what the others leave: the next smallest joins.
static void
hide_another(struct figure *f, uint32_t part)
{
    struct figure_row *least = NULL;
    size_t hidden = 0;

    for (size_t i = 0; i < f->count; i++) {
        struct figure_row *row = &f->rows[i];

        if (row->part != part) {
            continue;
        }
        hidden += row->hidden;
        if (!row->hidden && row->n > 0 &&
            (least == NULL || row->n < least->n)) {
            least = row;
        }
    }
    if (hidden == 1 && least != NULL) {
        least->hidden = true;
    }
}

void
outside_figure(struct figure *f)
{
    if (!f->info->households) {
        return;
    }
    for (size_t i = 0; i < f->count; i++) {
        if (f->rows[i].unit == UNIT_COUNT) {
            f->rows[i].hidden = tells(f->rows[i].n, f->rows[i].of);
        }
    }
    for (uint32_t part = 1; part <= f->parts; part++) {
        hide_another(f, part);
    }
}

void
outside_funnel(struct funnel *f)
{
    for (int s = 0; s < FUNNEL_STAGES; s++) {
        struct funnel_row *row = &f->row[s];

        row->hidden = is_small(row->n) ||
                      (row->before >= 0 && tells(row->through, row->before));
    }
}

void
outside_objective(struct objective *o)
{
    const struct figure_info *info = figure_find(o->figure);

    if (info != NULL && info->households) {
        o->hidden = is_small(o->n);
        o->beside_hidden = is_small(o->beside);
    }
}

void
outside_series(struct series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        for (size_t k = 0; k < SERIES_FIGURES; k++) {
            s->rows[i].hidden[k] = figure_find(series_figures[k])->households &&
                                   is_small(s->rows[i].n[k]);
        }
    }
}
