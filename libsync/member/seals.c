// SPDX-License-Identifier: Apache-2.0
// seals.c - the keys an enrolment or a grant hands to a device: the newest
// epochs held of its sectors, from which it reaches the older ones.
#include <stdlib.h>

#include "base/fail.h"
#include "member/inside.h"

tandem_err
td_seals_key_held(const struct td_member *m, tandem_id sector)
{
    bool any = false;

    for (size_t i = 0; i < m->epochs.count; i++) {
        if (td_id_cmp(m->epochs.at[i].sector, sector) == 0) {
            if (m->epochs.at[i].have_key) {
                return TANDEM_OK;
            }
            any = true;
        }
    }
    return any ? TANDEM_ENOKEY : TANDEM_OK;
}

tandem_err
td_seals_keys_held(const struct td_member *m)
{
    for (size_t i = 0; i <= m->sector_count; i++) { // common is the last
        TD_TRY(td_seals_key_held(m, m->sectors[i].sector));
    }
    return TANDEM_OK;
}

bool
td_seals_listed(tandem_id sector, const tandem_id *sectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (td_id_cmp(sectors[i], sector) == 0) {
            return true;
        }
    }
    return false;
}

// An epoch to be sealed. `rank`: how many newer ones its author has among
// them in that sector.
struct choice {
    const struct td_epoch *epoch;
    const tandem_device_id *author;
    const struct td_entry *entry;
    size_t rank;
};

static int
author_cmp(const void *a, const void *b)
{
    const struct choice *x = a;
    const struct choice *y = b;
    int cmp = td_device_cmp(*x->author, *y->author);

    if (cmp == 0) {
        cmp = td_id_cmp(x->epoch->sector, y->epoch->sector);
    }
    if (cmp != 0) {
        return cmp;
    }
    return x->entry > y->entry ? -1 : x->entry < y->entry ? 1 : 0;
}

static int
rank_cmp(const void *a, const void *b)
{
    const struct choice *x = a;
    const struct choice *y = b;

    if (x->rank != y->rank) {
        return x->rank < y->rank ? -1 : 1;
    }
    return x->epoch < y->epoch ? -1 : x->epoch > y->epoch ? 1 : 0;
}

// The table of epochs is sorted by id.
static int
id_cmp(const void *a, const void *b)
{
    const struct choice *x = a;
    const struct choice *y = b;

    return x->epoch < y->epoch ? -1 : x->epoch > y->epoch ? 1 : 0;
}

// More than an entry holds: every author's newest first, then every author's
// next. A reader that makes thousands crowds out its own; what is left out can
// be shared later.
static size_t
cut(struct choice *list, size_t n)
{
    if (n <= TD_SEALS_MAX) {
        return n;
    }
    qsort(list, n, sizeof(*list), author_cmp);
    for (size_t i = 1; i < n; i++) {
        bool same =
            td_device_cmp(*list[i - 1].author, *list[i].author) == 0 &&
            td_id_cmp(list[i - 1].epoch->sector, list[i].epoch->sector) == 0;

        list[i].rank = same ? list[i - 1].rank + 1 : 0;
    }
    qsort(list, n, sizeof(*list), rank_cmp);
    qsort(list, TD_SEALS_MAX, sizeof(*list), id_cmp);
    return TD_SEALS_MAX;
}

tandem_err
td_seals_to(const struct td_member *m, const struct td_device_public *device,
    const tandem_id *sectors, size_t count, bool all, struct td_arena *scratch,
    struct td_control *c)
{
    struct choice *list =
        td_arena_array(scratch, m->epochs.count, sizeof(*list));
    struct td_control_seal *seals;
    size_t n = 0;

    if (list == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < m->epochs.count; i++) {
        const struct td_epoch *e = &m->epochs.at[i];

        if (td_epoch_newest_held(e) &&
            (all || td_seals_listed(e->sector, sectors, count))) {
            const struct td_entry *own = td_epoch_own_entry(m, e);

            list[n++] =
                (struct choice){e, &m->dag.nodes[own->at.node].author, own, 0};
        }
    }
    n = cut(list, n);
    seals = td_arena_array(scratch, n, sizeof(*seals));
    if (seals == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        seals[i].device = device->sign;
        seals[i].epoch = list[i].epoch->id;
        TD_TRY(td_wrap(&list[i].epoch->key, device->box, seals[i].wrapped));
    }
    c->seals = seals;
    c->seal_count = n;
    return TANDEM_OK;
}
