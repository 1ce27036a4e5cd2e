// SPDX-License-Identifier: Apache-2.0
// links.c - records that are "the same".
#include "links.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

// While they are joined `kept` leads to one of a ring, in some steps.
static uint32_t
ring_of(struct view *v, uint32_t h)
{
    while (v->kept[h] != h) {
        h = v->kept[h] = v->kept[v->kept[h]];
    }
    return h;
}

static bool
joins(const struct view *v, uint32_t link, uint32_t *keep, uint32_t *other)
{
    *keep = (uint32_t)view_get(v, link, LINK_KEEP);
    *other = (uint32_t)view_get(v, link, LINK_OTHER);
    return view_get(v, link, LINK_DECIDED) == DECIDED_SAME && *keep != 0 &&
           *other != 0 && v->f->at[*keep].kind == v->f->at[*other].kind &&
           v->f->at[*keep].kind != FACT_NOTHING && !v->f->at[*keep].trashed &&
           !v->f->at[*other].trashed;
}

// Better to stand for the others than `b`?
static bool
better(const struct view *v, const uint8_t *doubles, uint32_t a, uint32_t b)
{
    if (doubles[a] != doubles[b]) {
        return !doubles[a];
    }
    return memcmp(v->f->ids[a].b, v->f->ids[b].b, sizeof(tandem_id)) < 0;
}

// The best of a ring, for all of it.
static void
choose(struct view *v, const uint8_t *doubles, uint8_t *chosen, uint32_t first)
{
    uint32_t best = first, at = first;

    do {
        best = better(v, doubles, at, best) ? at : best;
        at = v->next[at];
    } while (at != first);
    do {
        v->kept[at] = best;
        chosen[at] = 1;
        at = v->next[at];
    } while (at != first);
}

static void
join(struct view *v, uint32_t a, uint32_t b)
{
    const uint32_t next = v->next[a];

    if (ring_of(v, a) != ring_of(v, b)) { // two rings become one
        v->kept[ring_of(v, a)] = ring_of(v, b);
        v->next[a] = v->next[b];
        v->next[b] = next;
    }
}

tandem_err
links_join(struct view *v)
{
    const struct handles *links = &v->of[FACT_LINK];
    uint8_t *doubles = calloc(v->f->count, 2);
    uint8_t *chosen;
    uint32_t keep, other;

    if (doubles == NULL) {
        return TANDEM_ENOMEM;
    }
    chosen = doubles + v->f->count;
    for (size_t i = 0; i < links->count; i++) {
        if (joins(v, links->at[i], &keep, &other)) {
            doubles[other] = 1;
            join(v, keep, other);
        }
    }
    for (uint32_t h = 1; links->count > 0 && h < v->f->count; h++) {
        if (v->next[h] != h && !chosen[h]) {
            choose(v, doubles, chosen, h);
        }
    }
    free(doubles);
    return TANDEM_OK;
}
