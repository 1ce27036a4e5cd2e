// SPDX-License-Identifier: Apache-2.0
// epochs.c - the epochs of the sectors, and the keys this device can open.
//
// Keys come from seals to this device and from peers (keys.c), then through
// the inner part of epochs already open; each is believed only if its
// commitment matches. That one epoch follows another counts only if it stands
// after it in the DAG, so a liar's cycle of parents is no cycle here.
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "codec/cursor.h"
#include "crypto/hash.h"
#include "member/inside.h"

struct work {
    struct td_member *m;
    const struct td_device_keys *mine;
    const struct td_epoch_key *given;
    size_t given_count;
    struct td_arena *scratch;
    uint32_t *queue; // epochs whose key is held, to be opened
    size_t queued;
};

static int
id_cmp(const struct td_epoch_id *a, const struct td_epoch_id *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}

// ------------------------------------------------------------------ the table

struct stated {
    struct td_epoch_id id;
    uint32_t entry;
};

static int
stated_cmp(const void *a, const void *b)
{
    const struct stated *x = a;
    const struct stated *y = b;
    int cmp = id_cmp(&x->id, &y->id);

    if (cmp != 0) {
        return cmp;
    }
    return x->entry < y->entry ? -1 : x->entry > y->entry ? 1 : 0;
}

static bool
states_epoch(const struct td_entry *e)
{
    return e->type == TD_CONTROL_EPOCH && e->verdict == TANDEM_OK;
}

static void
fill_table(
    struct td_member *m, const struct stated *list, size_t n, uint32_t *stated)
{
    struct td_epochs *es = &m->epochs;

    for (size_t i = 0; i < n; i++) {
        const struct td_control *c = m->entries[list[i].entry].c;
        struct td_epoch *e;

        stated[i] = list[i].entry;
        if (i > 0 && id_cmp(&list[i - 1].id, &list[i].id) == 0) {
            es->at[es->count - 1].count++;
            continue;
        }
        e = &es->at[es->count++];
        e->id = c->epoch;
        e->sector = c->sector;
        e->commitment = c->commitment;
        e->first = (uint32_t)i;
        e->count = 1;
    }
    es->stated = stated;
}

static tandem_err
find_epochs(struct work *w)
{
    struct td_member *m = w->m;
    struct stated *list;
    uint32_t *stated;
    size_t n = 0;

    for (size_t i = 0; i < m->entry_count; i++) {
        n += states_epoch(&m->entries[i]) ? 1 : 0;
    }
    list = td_arena_array(w->scratch, n, sizeof(*list));
    stated = td_arena_array(&m->arena, n, sizeof(*stated));
    m->epochs.at = td_arena_array(&m->arena, n, sizeof(*m->epochs.at));
    if (list == NULL || stated == NULL || m->epochs.at == NULL) {
        return TANDEM_ENOMEM;
    }
    n = 0;
    for (size_t i = 0; i < m->entry_count; i++) {
        if (states_epoch(&m->entries[i])) {
            list[n++] = (struct stated){m->entries[i].c->epoch, (uint32_t)i};
        }
    }
    if (n > 0) {
        qsort(list, n, sizeof(*list), stated_cmp);
    }
    fill_table(m, list, n, stated);
    return TANDEM_OK;
}

static struct td_epoch *
find(const struct td_member *m, const struct td_epoch_id *id)
{
    size_t low = 0;
    size_t high = m->epochs.count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int cmp = id_cmp(&m->epochs.at[mid].id, id);

        if (cmp == 0) {
            return &m->epochs.at[mid];
        }
        if (cmp < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

size_t
td_member_epochs(const struct td_member *m, tandem_id sector)
{
    size_t n = 0;

    for (size_t i = 0; i < m->epochs.count; i++) {
        n += tandem_id_equal(m->epochs.at[i].sector, sector);
    }
    return n;
}

const struct td_epoch *
td_epochs_find(const struct td_member *m, const struct td_epoch_id *id)
{
    return find(m, id);
}

const struct td_entry *
td_epoch_own_entry(const struct td_member *m, const struct td_epoch *e)
{
    return &m->entries[m->epochs.stated[e->first]];
}

bool
td_epoch_follows(const struct td_member *m, const struct td_epoch *later,
    const struct td_epoch *e)
{
    return td_id_cmp(later->sector, e->sector) == 0 &&
           td_place_before(&m->rights, td_epoch_own_entry(m, e)->at,
               td_epoch_own_entry(m, later)->at);
}

// ------------------------------------------------------------------ the seals

// May this entry say something about that epoch's recipients? An enrolment
// only in the sectors it gives.
static bool
speaks_of(const struct td_control *c, const struct td_epoch *e)
{
    switch (c->type) {
    case TD_CONTROL_EPOCH:
    case TD_CONTROL_SHARE:
        return td_id_cmp(c->sector, e->sector) == 0;
    case TD_CONTROL_GRANT:
        return c->right == TANDEM_RIGHT_ADMIN ||
               td_id_cmp(c->sector, e->sector) == 0;
    case TD_CONTROL_ENROL:
        if (c->right == TANDEM_RIGHT_ADMIN ||
            td_id_cmp(e->sector, td_sector_common) == 0) {
            return true;
        }
        for (size_t i = 0; i < c->sector_count; i++) {
            if (td_id_cmp(c->sectors[i], e->sector) == 0) {
                return true;
            }
        }
        return false;
    default:
        return false;
    }
}

// The epoch's own statement, or what stands after it: whoever lost the sector
// could else add a wrong seal, from a place before its loss, to every epoch
// made since, and nobody would ever have one to write with.
static bool
may_seal(const struct td_member *m, const struct td_entry *x,
    const struct td_epoch *e)
{
    const struct td_entry *own = td_epoch_own_entry(m, e);

    return speaks_of(x->c, e) &&
           (x == own || td_place_before(&m->rights, own->at, x->at));
}

static int
wrapped_cmp(const void *a, const void *b)
{
    const struct td_wrapped *x = a;
    const struct td_wrapped *y = b;
    int cmp;

    if (x->epoch != y->epoch) {
        return x->epoch < y->epoch ? -1 : 1;
    }
    cmp = td_device_cmp(x->device, y->device);
    return cmp != 0 ? cmp : memcmp(x->bytes, y->bytes, TD_WRAP_BYTES);
}

static bool
has_seals(const struct td_entry *e)
{
    return e->verdict == TANDEM_OK && e->c != NULL && e->c->seal_count > 0;
}

static tandem_err
find_seals(struct work *w)
{
    struct td_member *m = w->m;
    struct td_epochs *es = &m->epochs;
    size_t n = 0;

    for (size_t i = 0; i < m->entry_count; i++) {
        n += has_seals(&m->entries[i]) ? m->entries[i].c->seal_count : 0;
    }
    es->seals = td_arena_array(&m->arena, n, sizeof(*es->seals));
    if (es->seals == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < m->entry_count; i++) {
        const struct td_control *c = m->entries[i].c;

        if (!has_seals(&m->entries[i])) {
            continue;
        }
        for (size_t s = 0; s < c->seal_count; s++) {
            const struct td_epoch *e = find(m, &c->seals[s].epoch);

            if (e != NULL && may_seal(m, &m->entries[i], e)) {
                es->seals[es->seal_count++] =
                    (struct td_wrapped){(uint32_t)(e - es->at),
                        c->seals[s].device, c->seals[s].wrapped};
            }
        }
    }
    if (es->seal_count > 0) {
        qsort(es->seals, es->seal_count, sizeof(*es->seals), wrapped_cmp);
    }
    for (size_t i = 0; i < es->seal_count; i++) {
        struct td_epoch *e = &es->at[es->seals[i].epoch];

        e->seal = e->seal_count == 0 ? (uint32_t)i : e->seal;
        e->seal_count++;
    }
    return TANDEM_OK;
}

// ------------------------------------------------------------------- the keys

static void
hold_key(struct work *w, struct td_epoch *e, const struct td_key *key)
{
    struct td_hash commitment = td_key_commitment(key);

    if (!e->have_key && td_hash_eq(&commitment, &e->commitment)) {
        e->have_key = true;
        e->key = *key;
        w->queue[w->queued++] = (uint32_t)(e - w->m->epochs.at);
    }
}

static void
unwrap_mine(struct work *w)
{
    struct td_epochs *es = &w->m->epochs;

    for (size_t i = 0; i < es->seal_count; i++) {
        const struct td_wrapped *s = &es->seals[i];
        struct td_epoch *e = &es->at[s->epoch];
        struct td_key key;

        if (!e->have_key && td_device_cmp(s->device, w->mine->pub.sign) == 0 &&
            td_unwrap(w->mine, s->bytes, &key) == TANDEM_OK) {
            hold_key(w, e, &key);
            td_wipe(&key, sizeof(key));
        }
    }
}

// Its entry is not held: the rows are our own, so it is what was used before.
static void
hold_lone(struct work *w, const struct td_epoch_key *given)
{
    struct td_epochs *es = &w->m->epochs;
    struct td_lone_key *k = &es->lone[es->lone_count];

    if (td_unwrap(w->mine, given->wrapped, &k->key) == TANDEM_OK) {
        k->epoch = given->epoch;
        es->lone_count++;
    }
}

static void
unwrap_given(struct work *w)
{
    for (size_t i = 0; i < w->given_count; i++) {
        struct td_epoch *e = find(w->m, &w->given[i].epoch);
        struct td_key key;

        if (e == NULL) {
            hold_lone(w, &w->given[i]);
        } else if (!e->have_key &&
                   td_epoch_key_open(e, w->mine, w->given[i].wrapped, &key) ==
                       TANDEM_OK) {
            hold_key(w, e, &key);
            td_wipe(&key, sizeof(key));
        }
    }
}

// What one entry of an open epoch hands on: [secret 16, [[epoch, key]...]].
static void
take_inner(struct work *w, struct td_epoch *e, bool own, tandem_slice plain)
{
    struct td_cur cur;
    uint8_t secret[16];
    size_t n;

    if (!td_cur_open(&cur, plain)) {
        return;
    }
    td_cur_array_exact(&cur, 2);
    td_cur_bin_exact(&cur, secret, sizeof(secret));
    n = td_cur_array(&cur, TD_EPOCH_PARENTS_MAX);
    if (!td_cur_failed(&cur) && !e->have_secret) {
        e->have_secret = true;
        memcpy(e->secret, secret, sizeof(secret));
    }
    for (size_t i = 0; i < n && !td_cur_failed(&cur); i++) {
        struct td_epoch_id id;
        struct td_key key;
        struct td_epoch *older;

        td_cur_array_exact(&cur, 2);
        td_cur_bin_exact(&cur, id.b, sizeof(id.b));
        td_cur_bin_exact(&cur, key.b, sizeof(key.b));
        older = td_cur_failed(&cur) ? NULL : find(w->m, &id);
        if (older != NULL && td_id_cmp(older->sector, e->sector) == 0) {
            hold_key(w, older, &key);
            if (own && older->have_key &&
                td_secret_eq(older->key.b, key.b, sizeof(key.b)) &&
                td_epoch_follows(w->m, e, older)) {
                older->covered = true;
            }
        }
        td_wipe(&key, sizeof(key));
    }
    td_wipe(secret, sizeof(secret));
}

static tandem_err
open_inner(struct work *w, struct td_epoch *e)
{
    struct td_buf plain;
    tandem_err err = TANDEM_OK;

    td_buf_init(&plain, &w->m->sys, TD_EPOCH_INNER_MAX);
    for (uint32_t i = 0; i < e->count && err == TANDEM_OK; i++) {
        const struct td_control *c =
            w->m->entries[w->m->epochs.stated[e->first + i]].c;

        td_buf_reset(&plain);
        err = td_open(&e->key, (tandem_slice){e->id.b, sizeof(e->id.b)},
            c->inner, &plain);
        if (err == TANDEM_OK) {
            take_inner(w, e, i == 0, td_buf_slice(&plain));
        } else if (err == TANDEM_ECORRUPT) {
            err = TANDEM_OK; // hands nothing on
        }
        td_buf_wipe(&plain);
    }
    td_buf_deinit(&plain);
    return err;
}

static tandem_err
find_keys(struct work *w)
{
    struct td_epochs *es = &w->m->epochs;

    w->queue = td_arena_array(w->scratch, es->count, sizeof(*w->queue));
    es->lone = td_arena_array(&w->m->arena, w->given_count, sizeof(*es->lone));
    if (w->queue == NULL || es->lone == NULL) {
        return TANDEM_ENOMEM;
    }
    unwrap_mine(w);
    unwrap_given(w);
    for (size_t i = 0; i < w->queued; i++) {
        TD_TRY(open_inner(w, &es->at[w->queue[i]]));
    }
    return TANDEM_OK;
}

tandem_err
td_epochs_build(struct td_member *m, const struct td_device_keys *mine,
    const struct td_epoch_key *given, size_t given_count)
{
    struct td_arena scratch;
    struct work w = {.m = m,
        .mine = mine,
        .given = given,
        .given_count = given_count,
        .scratch = &scratch};
    tandem_err err;

    td_arena_init(&scratch, &m->sys, TD_CONTROL_MEMORY_MAX);
    err = find_epochs(&w);
    if (err == TANDEM_OK) {
        err = find_seals(&w);
    }
    if (err == TANDEM_OK && mine != NULL) {
        err = find_keys(&w);
    }
    td_arena_deinit(&scratch);
    return err;
}
