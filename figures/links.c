// SPDX-License-Identifier: Apache-2.0
// links.c - records that are "the same".
#include "links.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

static bool
same_ring(const struct view *v, uint32_t a, uint32_t b)
{
    for (uint32_t at = v->next[a]; at != a; at = v->next[at]) {
        if (at == b) {
            return true;
        }
    }
    return a == b;
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

static void
choose(struct view *v, const uint8_t *doubles, uint32_t first)
{
    uint32_t best = first;

    for (uint32_t at = v->next[first]; at != first; at = v->next[at]) {
        if (better(v, doubles, at, best)) {
            best = at;
        }
    }
    v->kept[first] = best;
}

tandem_err
links_join(struct view *v)
{
    const struct handles *links = &v->of[FACT_LINK];
    uint8_t *doubles = calloc(v->f->count, 1);
    uint32_t keep, other;

    if (doubles == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < links->count; i++) {
        if (joins(v, links->at[i], &keep, &other)) {
            doubles[other] = 1;
            if (!same_ring(v, keep, other)) { // two rings become one
                const uint32_t next = v->next[keep];

                v->next[keep] = v->next[other];
                v->next[other] = next;
            }
        }
    }
    for (uint32_t h = 1; links->count > 0 && h < v->f->count; h++) {
        if (v->next[h] != h) {
            choose(v, doubles, h);
        }
    }
    free(doubles);
    return TANDEM_OK;
}
