// SPDX-License-Identifier: Apache-2.0
// meets.c - what a first meeting led to.
#include "meets.h"

#include <stdlib.h>
#include <string.h>

uint32_t *
meets_sheets(const struct view *v)
{
    uint32_t *sheets = calloc(v->f->count, sizeof(*sheets));

    for (size_t i = 0; sheets != NULL && i < v->of[FACT_CONTACT].count; i++) {
        const uint32_t h = v->kept[v->of[FACT_CONTACT].at[i]];
        const uint32_t in = view_link(
            v, v->of[FACT_CONTACT].at[i], CONTACT_MET_IN, FACT_ENCOUNTER);

        // Of several sheets the one with the smallest id.
        if (in != 0 &&
            (sheets[in] == 0 || memcmp(v->f->ids[h].b, v->f->ids[sheets[in]].b,
                                    sizeof(tandem_id)) < 0)) {
            sheets[in] = h;
        }
    }
    for (size_t i = 0; sheets != NULL && i < v->of[FACT_ENCOUNTER].count; i++) {
        const uint32_t h = v->of[FACT_ENCOUNTER].at[i];
        const uint32_t to = view_link(v, h, ENCOUNTER_CONTACT, FACT_CONTACT);

        if (to != 0 && v->kept[h] == h) {
            sheets[h] = to;
        }
    }
    return sheets;
}

static int
by_sheet(const void *a, const void *b)
{
    const struct dated *x = a, *y = b;

    if (x->sheet != y->sheet) {
        return x->sheet < y->sheet ? -1 : 1;
    }
    return (x->day > y->day) - (x->day < y->day);
}

tandem_err
meets_find(
    const struct view *v, enum fact_kind kind, int column, struct meets *out)
{
    const struct handles *all = &v->of[kind];

    out->count = 0;
    out->at = malloc((all->count + 1) * sizeof(*out->at));
    if (out->at == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t sheet = view_link(v, all->at[i], column, FACT_CONTACT);

        if (sheet != 0 && v->day[all->at[i]] != NO_DAY) {
            out->at[out->count++] =
                (struct dated){sheet, v->day[all->at[i]], all->at[i]};
        }
    }
    qsort(out->at, out->count, sizeof(*out->at), by_sheet);
    return TANDEM_OK;
}

void
meets_free(struct meets *m)
{
    free(m->at);
    m->at = NULL;
}

const struct dated *
meets_first(const struct meets *m, uint32_t sheet, int32_t from, int32_t to)
{
    const struct dated wanted = {sheet, from, 0};
    size_t low = 0, high = m->count;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (by_sheet(&m->at[mid], &wanted) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < m->count && m->at[low].sheet == sheet && m->at[low].day <= to
               ? &m->at[low]
               : NULL;
}
