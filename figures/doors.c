// SPDX-License-Identifier: Apache-2.0
// doors.c - which knocks were at one door.
#include "doors.h"

#include <stdlib.h>

#include "words.h"

static size_t
door_of(struct knock *knocks, size_t i)
{
    while (knocks[i].door != i) {
        i = knocks[i].door = knocks[knocks[i].door].door;
    }
    return i;
}

static void
join(struct knock *knocks, size_t a, size_t b)
{
    knocks[door_of(knocks, a)].door = door_of(knocks, b);
}

// The place in `table` of the first knock with this mark, or where it goes.
static size_t
place_of(const struct doors *d, const uint32_t *table, size_t size, size_t i)
{
    const uint64_t mark = d->knocks[i].mark;
    size_t at = (size_t)(mark ^ mark >> 32);

    for (;; at++) {
        const uint32_t first = table[at &= size - 1];

        if (first == 0 || d->knocks[first - 1].mark == mark) {
            return at;
        }
    }
}

// Each knock joins the first of its mark and the first of its dwelling.
static tandem_err
group(struct doors *d, size_t handles)
{
    size_t size = 64;
    uint32_t *by_mark, *by_dwelling;

    while (size < d->count * 2) {
        size *= 2;
    }
    by_mark = calloc(size, sizeof(*by_mark));
    by_dwelling = calloc(handles, sizeof(*by_dwelling));
    for (size_t i = 0; by_mark != NULL && by_dwelling != NULL && i < d->count;
         i++) {
        const struct knock *k = &d->knocks[i];
        uint32_t *first =
            k->mark != 0 ? &by_mark[place_of(d, by_mark, size, i)] : NULL;

        if (first != NULL && *first == 0) {
            *first = (uint32_t)i + 1;
        } else if (first != NULL) {
            join(d->knocks, i, *first - 1);
        }
        first = &by_dwelling[k->dwelling];
        if (k->dwelling != 0 && *first == 0) {
            *first = (uint32_t)i + 1;
        } else if (k->dwelling != 0) {
            join(d->knocks, i, *first - 1);
        }
    }
    for (size_t i = 0; i < d->count; i++) {
        d->knocks[i].door = door_of(d->knocks, i);
        d->doors += d->knocks[i].door == i;
    }
    free(by_mark);
    free(by_dwelling);
    return by_mark != NULL && by_dwelling != NULL ? TANDEM_OK : TANDEM_ENOMEM;
}

tandem_err
doors_find(const struct view *v, struct figure *f, struct doors *out)
{
    const struct handles *all = &v->of[FACT_ENCOUNTER];
    struct doors d = {malloc((all->count + 1) * sizeof(*d.knocks)), 0, 0};
    tandem_err err;

    if (d.knocks == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (view_get(v, h, ENCOUNTER_CHANNEL) == CHANNEL_DOOR &&
            figure_take(v, f, h)) {
            d.knocks[d.count] = (struct knock){.handle = h,
                .door = d.count,
                .mark = (uint64_t)view_get(v, h, ENCOUNTER_DOOR),
                .dwelling = view_link(v, h, ENCOUNTER_DWELLING, FACT_DWELLING)};
            d.count++;
        }
    }
    err = group(&d, v->f->count);
    if (err != TANDEM_OK) {
        doors_free(&d);
        return err;
    }
    *out = d;
    return TANDEM_OK;
}

void
doors_free(struct doors *d)
{
    free(d->knocks);
    d->knocks = NULL;
}
