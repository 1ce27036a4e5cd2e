// SPDX-License-Identifier: Apache-2.0
// usable.c - what is asked about epochs: their keys, the secret of a sector,
// and which epoch to write with.
#include <string.h>

#include "base/fail.h"
#include "crypto/hash.h"
#include "member/inside.h"

const struct td_key *
td_member_key(const struct td_member *m, const struct td_epoch_id *id)
{
    const struct td_epoch *e = td_epochs_find(m, id);

    if (e != NULL) {
        return e->have_key ? &e->key : NULL;
    }
    for (size_t i = 0; i < m->epochs.lone_count; i++) { // hardly any
        if (memcmp(m->epochs.lone[i].epoch.b, id->b, sizeof(id->b)) == 0) {
            return &m->epochs.lone[i].key;
        }
    }
    return NULL;
}

bool
td_member_epoch_known(
    const struct td_member *m, const struct td_epoch_id *id, tandem_id *sector)
{
    const struct td_epoch *e = td_epochs_find(m, id);

    if (e == NULL) {
        return false;
    }
    *sector = e->sector;
    return true;
}

bool
td_epoch_newest_held(const struct td_epoch *e)
{
    return e->have_key && !e->covered;
}

bool
td_member_reads(const struct td_member *m, const tandem_device_id *device,
    tandem_id sector, bool fresh)
{
    return td_member_right(m, device, fresh ? td_sector_control : sector) >=
           TANDEM_RIGHT_READER;
}

// The secret of the first epoch of the sector in the DAG's order: later ones
// pass it on, and of two first ones everybody who holds both takes the same.
tandem_err
td_member_id_secret(
    const struct td_member *m, tandem_id sector, uint8_t out[16])
{
    const struct td_epoch *first = NULL;

    for (size_t i = 0; i < m->epochs.count; i++) {
        const struct td_epoch *e = &m->epochs.at[i];

        if (e->have_secret && td_id_cmp(e->sector, sector) == 0 &&
            (first == NULL ||
                m->epochs.stated[e->first] < m->epochs.stated[first->first])) {
            first = e;
        }
    }
    if (first == NULL) {
        return TANDEM_ENOKEY;
    }
    memcpy(out, first->secret, sizeof(first->secret));
    return TANDEM_OK;
}

// Both lists are sorted by device.
static bool
recipients_are_readers(const struct td_member *m, const struct td_epoch *e)
{
    const struct td_wrapped *s = &m->epochs.seals[e->seal];
    const struct td_wrapped *end = s + e->seal_count;

    for (size_t i = 0; i < m->device_count; i++) {
        const tandem_device_id *device = &m->devices[i].keys.sign;

        if (!td_member_reads(m, device, e->sector, false)) {
            continue; // a seal to it then stays, and is none of a reader
        }
        if (s == end || td_device_cmp(s->device, *device) != 0) {
            return false;
        }
        while (s != end && td_device_cmp(s->device, *device) == 0) {
            s++;
        }
    }
    return s == end;
}

// Whoever made the key knows it, sealed to it or not: from an old place a
// device that lost the sector could offer an epoch to all who stayed.
static bool
author_reads(const struct td_member *m, const struct td_epoch *e)
{
    uint32_t node = td_epoch_own_entry(m, e)->at.node;

    return td_member_reads(m, &m->dag.nodes[node].author, e->sector, false);
}

// All that took the sector, or everything, from a device that does not read it
// now: does it stand before the epoch? Until its loss that device may have been
// given the key, in a later epoch or by a peer, whoever this one was sealed to.
static bool
follows_losses(const struct td_member *m, const struct td_epoch *e)
{
    const struct td_rights *r = &m->rights;
    struct td_place own = td_epoch_own_entry(m, e)->at;

    for (size_t i = 0; i < r->pair_count; i++) {
        const struct td_pair *p = &r->pairs[i];

        if (p->taken == TD_NONE ||
            (td_id_cmp(p->sector, e->sector) != 0 &&
                td_id_cmp(p->sector, td_sector_control) != 0) ||
            td_member_reads(m, &p->device, e->sector, false)) {
            continue;
        }
        for (uint32_t t = p->taken; t != TD_NONE; t = r->taken[t].next) {
            if (!td_place_before(r, r->taken[t].at, own)) {
                return false;
            }
        }
    }
    return true;
}

// Do the readers, and nobody else, hold its key, by all that is known here?
static bool
held_by_readers(const struct td_member *m, const struct td_epoch *e)
{
    return author_reads(m, e) && recipients_are_readers(m, e) &&
           follows_losses(m, e);
}

static bool
seals_right(const struct td_member *m, struct td_epoch *e)
{
    for (uint32_t i = 0; i < e->seal_count && e->checked == TD_UNCHECKED; i++) {
        const struct td_wrapped *s = &m->epochs.seals[e->seal + i];
        const struct td_member_device *d = td_member_device(m, &s->device);
        uint8_t right[TD_WRAP_BYTES];

        if (d == NULL || td_wrap(&e->key, d->keys.box, right) != TANDEM_OK ||
            memcmp(right, s->bytes, sizeof(right)) != 0) {
            e->checked = TD_WRONG;
        }
    }
    if (e->checked == TD_UNCHECKED) {
        e->checked = TD_RIGHT;
    }
    return e->checked == TD_RIGHT;
}

static uint32_t
stated_at(const struct td_member *m, const struct td_epoch *e)
{
    return m->epochs.stated[e->first];
}

// The newest held one before `than` in the DAG's order; NULL: of all.
static const struct td_epoch *
next_older(
    const struct td_member *m, tandem_id sector, const struct td_epoch *than)
{
    const struct td_epoch *found = NULL;

    for (size_t i = 0; i < m->epochs.count; i++) {
        const struct td_epoch *e = &m->epochs.at[i];

        if (e->have_key && td_id_cmp(e->sector, sector) == 0 &&
            (than == NULL || stated_at(m, e) < stated_at(m, than)) &&
            (found == NULL || stated_at(m, e) > stated_at(m, found))) {
            found = e;
        }
    }
    return found;
}

size_t
td_member_newest_keys(const struct td_member *m, tandem_id sector,
    const struct td_key **out, size_t max)
{
    const struct td_epoch *e = NULL;
    size_t n = 0;

    while (n < max && (e = next_older(m, sector, e)) != NULL) {
        out[n++] = &e->key;
    }
    return n;
}

const struct td_key *
td_member_closed_key(const struct td_member *m, tandem_id sector)
{
    const struct td_epoch *e = next_older(m, sector, NULL);

    // An older one's key was handed on within the newer ones.
    return e != NULL && held_by_readers(m, e) ? &e->key : NULL;
}

struct walk {
    bool *usable;
    bool *older; // followed, in one or more steps, by a usable one
    uint32_t *stack;
    size_t depth;
};

static void
push_parents(
    const struct td_member *m, struct walk *w, const struct td_epoch *e)
{
    const struct td_control *c = td_epoch_own_entry(m, e)->c;

    for (size_t i = 0; i < c->parent_count; i++) {
        const struct td_epoch *parent = td_epochs_find(m, &c->parents[i]);
        size_t at = parent == NULL ? 0 : (size_t)(parent - m->epochs.at);

        if (parent != NULL && !w->older[at] && td_epoch_follows(m, e, parent)) {
            w->older[at] = true;
            w->stack[w->depth++] = (uint32_t)at;
        }
    }
}

static uint32_t
newest(const struct td_member *m, struct walk *w)
{
    for (size_t i = 0; i < m->epochs.count; i++) {
        if (w->usable[i]) {
            push_parents(m, w, &m->epochs.at[i]);
        }
        while (w->depth > 0) {
            push_parents(m, w, &m->epochs.at[w->stack[--w->depth]]);
        }
    }
    for (size_t i = 0; i < m->epochs.count; i++) { // by id: the smallest
        if (w->usable[i] && !w->older[i]) {
            return (uint32_t)i;
        }
    }
    return TD_NONE;
}

static tandem_err
find_usable(struct td_member *m, struct td_usable *u)
{
    struct td_arena scratch;
    struct walk w = {0};
    tandem_err err = TANDEM_ENOMEM;
    size_t n = m->epochs.count;

    td_arena_init(&scratch, &m->sys, TD_CONTROL_MEMORY_MAX);
    w.usable = td_arena_array(&scratch, n, sizeof(*w.usable));
    w.older = td_arena_array(&scratch, n, sizeof(*w.older));
    w.stack = td_arena_array(&scratch, n, sizeof(*w.stack));
    if (w.usable != NULL && w.older != NULL && w.stack != NULL) {
        for (size_t i = 0; i < n; i++) {
            struct td_epoch *e = &m->epochs.at[i];

            w.usable[i] = e->have_key && e->seal_count > 0 &&
                          td_id_cmp(e->sector, u->sector) == 0 &&
                          held_by_readers(m, e) && seals_right(m, e);
        }
        u->epoch = newest(m, &w);
        u->known = true;
        err = TANDEM_OK;
    }
    td_arena_deinit(&scratch);
    return err;
}

tandem_err
td_member_usable_epoch(
    struct td_member *m, tandem_id sector, struct td_epoch_id *out)
{
    for (size_t i = 0; i <= m->sector_count; i++) { // the last is the common
        struct td_usable *u = &m->sectors[i];

        if (td_id_cmp(u->sector, sector) != 0) {
            continue;
        }
        if (!u->known) {
            TD_TRY(find_usable(m, u));
        }
        if (u->epoch == TD_NONE) {
            return TANDEM_ENOTFOUND;
        }
        *out = m->epochs.at[u->epoch].id;
        return TANDEM_OK;
    }
    return TANDEM_ENOTFOUND;
}
