// SPDX-License-Identifier: Apache-2.0
// doubles.c - sheets that may be the same.
#include "doubles.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

struct hinted {
    uint64_t hint;
    uint32_t sheet; // the one kept
    bool named;     // a name in a dwelling, else a phone
    tandem_id id;
};

static int
by_hint(const void *a, const void *b)
{
    const struct hinted *x = a, *y = b;

    if (x->named != y->named) {
        return x->named ? 1 : -1;
    }
    if (x->hint != y->hint) {
        return x->hint < y->hint ? -1 : 1;
    }
    return memcmp(x->id.b, y->id.b, sizeof(x->id.b));
}

static size_t
put(const struct view *v, struct hinted *at, size_t n, uint32_t h,
    uint64_t hint, bool named)
{
    if (hint != 0) {
        const uint32_t kept = v->kept[h];

        at[n++] = (struct hinted){hint, kept, named, v->f->ids[kept]};
    }
    return n;
}

static struct hinted *
hints_find(const struct view *v, size_t *count)
{
    const struct handles *all = &v->of[FACT_CONTACT];
    struct hinted *at = malloc((all->count + 1) * 3 * sizeof(*at));
    size_t n = 0;

    for (size_t i = 0; at != NULL && i < all->count; i++) {
        const uint32_t h = all->at[i];
        const uint64_t phones = (uint64_t)view_get(v, h, CONTACT_PHONES);
        const uint64_t name = (uint32_t)view_get(v, h, CONTACT_NAME);
        const uint32_t home = view_link(v, h, CONTACT_DWELLING, FACT_DWELLING);

        n = put(v, at, n, h, phones & UINT32_MAX, false);
        n = put(v, at, n, h, phones >> 32, false);
        n = put(v, at, n, h,
            name != 0 && home != 0 ? (uint64_t)home << 32 | name : 0, true);
    }
    if (at != NULL && n > 0) {
        qsort(at, n, sizeof(*at), by_hint);
    }
    *count = n;
    return at;
}

// Two sheets of which somebody decided that they are two.
struct pair {
    uint32_t low, high;
};

static struct pair
pair_of(uint32_t a, uint32_t b)
{
    return a < b ? (struct pair){a, b} : (struct pair){b, a};
}

static int
by_pair(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    if (x->low != y->low) {
        return x->low < y->low ? -1 : 1;
    }
    return (x->high > y->high) - (x->high < y->high);
}

static struct pair *
pairs_find(const struct view *v, size_t *count)
{
    const struct handles *links = &v->of[FACT_LINK];
    struct pair *pairs = malloc((links->count + 1) * sizeof(*pairs));

    *count = 0;
    for (size_t i = 0; pairs != NULL && i < links->count; i++) {
        const uint32_t h = links->at[i];

        if (view_get(v, h, LINK_DECIDED) == DECIDED_NOT_SAME) {
            pairs[(*count)++] = pair_of(v->kept[view_get(v, h, LINK_KEEP)],
                v->kept[view_get(v, h, LINK_OTHER)]);
        }
    }
    if (pairs != NULL && *count > 0) {
        qsort(pairs, *count, sizeof(*pairs), by_pair);
    }
    return pairs;
}

tandem_err
doubles_find(const struct view *v, struct doubles *out)
{
    size_t n, pair_count;
    struct hinted *at = hints_find(v, &n);
    struct pair *pairs = pairs_find(v, &pair_count);
    const bool there = at != NULL && pairs != NULL;

    out->count = 0;
    out->at = there ? malloc((n + 1) * sizeof(*out->at)) : NULL;
    for (size_t i = 1; out->at != NULL && i < n; i++) {
        const struct hinted *a = &at[i - 1], *b = &at[i];
        const struct pair pair = pair_of(a->sheet, b->sheet);

        if (a->named == b->named && a->hint == b->hint &&
            a->sheet != b->sheet &&
            bsearch(&pair, pairs, pair_count, sizeof(pair), by_pair) == NULL) {
            out->at[out->count++] =
                (struct doubled){a->sheet, b->sheet, a->named};
        }
    }
    free(at);
    free(pairs);
    return out->at != NULL ? TANDEM_OK : TANDEM_ENOMEM;
}

void
doubles_free(struct doubles *d)
{
    free(d->at);
    d->at = NULL;
}
