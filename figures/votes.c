// SPDX-License-Identifier: Apache-2.0
// votes.c - which ballots count, and the points they give.
#include "votes.h"

#include <stdlib.h>
#include <string.h>

// A ballot that passes, by who voted where and when it was changed last.
struct cast {
    int64_t session, voter, changed_ms;
    tandem_id id;
    uint32_t handle;
};

static int
by_voter(const void *a, const void *b)
{
    const struct cast *x = a, *y = b;

    if (x->session != y->session) {
        return x->session < y->session ? -1 : 1;
    }
    if (x->voter != y->voter) {
        return x->voter < y->voter ? -1 : 1;
    }
    if (x->changed_ms != y->changed_ms) {
        return x->changed_ms < y->changed_ms ? -1 : 1;
    }
    return memcmp(x->id.b, y->id.b, sizeof(x->id.b));
}

// Sorted, so that the last of a voter at a session counts. malloc'ed.
static struct cast *
casts_find(const struct view *v, size_t *count)
{
    const struct handles *all = &v->of[FACT_BALLOT];
    struct cast *casts = malloc((all->count + 1) * sizeof(*casts));

    *count = 0;
    for (size_t i = 0; casts != NULL && i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (view_passes(v, h)) {
            casts[(*count)++] = (struct cast){view_get(v, h, BALLOT_SESSION),
                view_get(v, h, BALLOT_VOTER), view_fact(v, h)->changed_ms,
                v->f->ids[h], h};
        }
    }
    if (casts != NULL && *count > 0) {
        qsort(casts, *count, sizeof(*casts), by_voter);
    }
    return casts;
}

static bool
is_last(const struct cast *casts, size_t count, size_t i)
{
    return i + 1 == count || casts[i + 1].session != casts[i].session ||
           casts[i + 1].voter != casts[i].voter;
}

static void
add_points(const struct view *v, uint32_t h, int64_t *points)
{
    size_t n;
    const int64_t *at = fact_points(v->f, view_fact(v, h), BALLOT_POINTS, &n);

    for (size_t i = 0; i < n; i++, at += 2) {
        points[v->kept[at[0]]] += at[1];
    }
}

tandem_err
votes_open(const struct view *v, struct votes *out)
{
    size_t count;
    struct cast *casts = casts_find(v, &count);

    *out = (struct votes){calloc(v->f->count + 1, sizeof(*out->points)),
        malloc((count + 1) * sizeof(*out->ballots)), 0};
    if (casts == NULL || out->points == NULL || out->ballots == NULL) {
        free(casts);
        votes_close(out);
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_last(casts, count, i) && view_counts(v, casts[i].handle)) {
            out->ballots[out->count++] = casts[i].handle;
            add_points(v, casts[i].handle, out->points);
        }
    }
    free(casts);
    return TANDEM_OK;
}

void
votes_close(struct votes *w)
{
    free(w->points);
    free(w->ballots);
    *w = (struct votes){NULL, NULL, 0};
}
