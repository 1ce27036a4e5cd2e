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

// Did somebody decide that they are two?
static bool
are_two(const struct view *v, uint32_t a, uint32_t b)
{
    const struct handles *links = &v->of[FACT_LINK];

    for (size_t i = 0; i < links->count; i++) {
        const uint32_t keep = v->kept[view_get(v, links->at[i], LINK_KEEP)];
        const uint32_t other = v->kept[view_get(v, links->at[i], LINK_OTHER)];

        if (view_get(v, links->at[i], LINK_DECIDED) == DECIDED_NOT_SAME &&
            ((keep == a && other == b) || (keep == b && other == a))) {
            return true;
        }
    }
    return false;
}

tandem_err
doubles_count(const struct view *v, int64_t *out)
{
    size_t n;
    struct hinted *at = hints_find(v, &n);

    if (at == NULL) {
        return TANDEM_ENOMEM;
    }
    *out = 0;
    for (size_t i = 1; i < n; i++) {
        const struct hinted *a = &at[i - 1], *b = &at[i];

        *out += a->named == b->named && a->hint == b->hint &&
                a->sheet != b->sheet && !are_two(v, a->sheet, b->sheet);
    }
    free(at);
    return TANDEM_OK;
}
