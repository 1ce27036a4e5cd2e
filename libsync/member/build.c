// SPDX-License-Identifier: Apache-2.0
// build.c - from a set of control commits to a membership.
//
//   commits -> DAG -> entries decoded -> judged in the DAG's order -> rights
//           -> epochs and keys -> tables sorted by id
//
// Nothing here depends on the order of the input: nodes come in the DAG's own
// order, and each table is sorted by what it is about.
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/slice.h"
#include "crypto/hash.h"
#include "member/inside.h"

static tandem_err
decode_entry(struct td_member *m, tandem_slice bytes, struct td_entry *e)
{
    struct td_control *c = td_arena_alloc(&m->arena, sizeof(*c));

    if (c == NULL) {
        return TANDEM_ENOMEM;
    }
    e->verdict = td_control_decode(bytes, &m->arena, c);
    if (e->verdict == TANDEM_ENOMEM) {
        return TANDEM_ENOMEM;
    }
    if (e->verdict == TANDEM_OK) {
        e->type = c->type;
        e->c = c;
        if (c->type > TD_CONTROL_SHARE) {
            e->verdict = TANDEM_EVERSION;
            e->c = NULL;
        }
    }
    return TANDEM_OK;
}

static tandem_err
decode_entries(struct td_member *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->dag.count; i++) {
        n += m->dag.nodes[i].payload_count;
    }
    m->entries = td_arena_array(&m->arena, n, sizeof(*m->entries));
    if (m->entries == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < m->dag.count; i++) {
        const struct td_node *node = &m->dag.nodes[i];

        for (size_t p = 0; p < node->payload_count; p++) {
            struct td_entry *e = &m->entries[m->entry_count++];

            e->at = (struct td_place){(uint32_t)i, (uint32_t)p};
            TD_TRY(decode_entry(m, node->payloads[p], e));
        }
    }
    return TANDEM_OK;
}

static tandem_err
ready_rights(struct td_member *m, struct td_arena *scratch)
{
    const struct td_control **entries =
        td_arena_array(scratch, m->entry_count, sizeof(const void *));
    const tandem_device_id **authors =
        td_arena_array(scratch, m->entry_count, sizeof(const void *));
    size_t n = 0;

    if (entries == NULL || authors == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < m->entry_count; i++) {
        if (m->entries[i].c != NULL) {
            entries[n] = m->entries[i].c;
            authors[n] = &m->dag.nodes[m->entries[i].at.node].author;
            n++;
        }
    }
    return td_rights_init(&m->rights, &m->dag, &m->arena, entries, authors, n);
}

// Packs and shares are asked for in no one's past.
static enum td_matters
matters(uint64_t type)
{
    if (type == TD_CONTROL_PACK || type == TD_CONTROL_SHARE) {
        return TD_MATTERS_NOT;
    }
    return type == TD_CONTROL_EPOCH ? TD_MATTERS_KEYS : TD_MATTERS_RIGHTS;
}

static tandem_err
judge_all(struct td_member *m)
{
    size_t at = 0;

    for (uint32_t n = 0; n < m->dag.count; n++) {
        enum td_matters most = TD_MATTERS_NOT;

        TD_TRY(td_dag_enter(&m->dag, &m->arena, n));
        for (; at < m->entry_count && m->entries[at].at.node == n; at++) {
            struct td_entry *e = &m->entries[at];

            if (e->verdict == TANDEM_OK) {
                e->verdict = td_judge(m, e);
            }
            if (e->verdict == TANDEM_OK) {
                enum td_matters one = matters(e->type);

                most = one > most ? one : most;
            } else {
                m->inert_count++;
            }
        }
        TD_TRY(td_dag_leave(&m->dag, &m->arena, n, most));
    }
    return TANDEM_OK;
}

static tandem_err
list_inert(struct td_member *m)
{
    size_t n = 0;

    m->inert = td_arena_array(&m->arena, m->inert_count, sizeof(*m->inert));
    if (m->inert == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < m->entry_count; i++) {
        const struct td_entry *e = &m->entries[i];

        if (e->verdict != TANDEM_OK) {
            const struct td_node *node = &m->dag.nodes[e->at.node];

            m->inert[n++] = (struct td_member_inert){
                node->hash, e->at.index, node->author, e->type, e->verdict};
        }
    }
    TD_ASSERT(n == m->inert_count);
    return TANDEM_OK;
}

static tandem_err
list_sectors(struct td_member *m)
{
    const struct td_view all = TD_VIEW_ALL;
    size_t n = 0;

    m->sectors = td_arena_array(
        &m->arena, m->rights.where_count + 1, sizeof(*m->sectors));
    if (m->sectors == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < m->rights.where_count; i++) {
        tandem_id id = m->rights.wheres[i].id;

        if (td_rights_sector_known(&m->rights, &all, id)) {
            m->sectors[n++].sector = id;
        }
    }
    m->sector_count = n;
    m->sectors[n].sector = td_sector_common;
    return TANDEM_OK;
}

static tandem_err
list_devices(struct td_member *m)
{
    const struct td_view all = TD_VIEW_ALL;

    m->devices =
        td_arena_array(&m->arena, m->rights.who_count, sizeof(*m->devices));
    if (m->devices == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < m->rights.who_count; i++) {
        const struct td_enrolment *e =
            td_rights_member(&m->rights, &all, &m->rights.whos[i].id);

        if (e != NULL) {
            struct td_member_device *d = &m->devices[m->device_count++];

            d->keys = *e->keys;
            d->enrolled_ms = e->wall_ms;
            td_rights_sum(
                &m->rights, &all, &d->keys.sign, &d->highest, &d->grants);
            if (d->highest == TANDEM_RIGHT_ADMIN) {
                d->grants = (uint32_t)m->sector_count;
            }
        }
    }
    return TANDEM_OK;
}

struct by_curve {
    uint8_t curve[32];
    bool genesis;
    tandem_right by;
    uint32_t device;
};

// Two devices enrolled at the same time with one transport key: the founders'
// first, then the higher enroller's, then by id.
static int
curve_cmp(const void *a, const void *b)
{
    const struct by_curve *x = a;
    const struct by_curve *y = b;
    int cmp = memcmp(x->curve, y->curve, sizeof(x->curve));

    if (cmp != 0) {
        return cmp;
    }
    if (x->genesis != y->genesis) {
        return x->genesis ? -1 : 1;
    }
    if (x->by != y->by) {
        return x->by > y->by ? -1 : 1;
    }
    return x->device < y->device ? -1 : x->device > y->device ? 1 : 0;
}

static tandem_err
list_curves(struct td_member *m, struct td_arena *scratch)
{
    const struct td_view all = TD_VIEW_ALL;
    struct by_curve *list =
        td_arena_array(scratch, m->device_count, sizeof(*list));
    uint32_t *out = td_arena_array(&m->arena, m->device_count, sizeof(*out));

    if (list == NULL || out == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < m->device_count; i++) {
        const struct td_enrolment *e =
            td_rights_member(&m->rights, &all, &m->devices[i].keys.sign);

        TD_ASSERT(e != NULL);
        memcpy(list[i].curve, e->keys->curve, sizeof(list[i].curve));
        list[i].genesis = e->genesis;
        list[i].by = e->by;
        list[i].device = (uint32_t)i;
    }
    if (m->device_count > 0) {
        qsort(list, m->device_count, sizeof(*list), curve_cmp);
    }
    for (size_t i = 0; i < m->device_count; i++) {
        out[i] = list[i].device;
    }
    m->by_curve = out;
    return TANDEM_OK;
}

static int
pack_cmp(const void *a, const void *b)
{
    return td_hash_cmp(&((const struct td_member_pack *)a)->hash,
        &((const struct td_member_pack *)b)->hash);
}

static tandem_err
list_packs(struct td_member *m)
{
    size_t n = 0;
    size_t kept = 0;

    for (size_t i = 0; i < m->entry_count; i++) {
        n += m->entries[i].type == TD_CONTROL_PACK &&
                     m->entries[i].verdict == TANDEM_OK
                 ? 1
                 : 0;
    }
    m->packs = td_arena_array(&m->arena, n, sizeof(*m->packs));
    if (m->packs == NULL) {
        return TANDEM_ENOMEM;
    }
    n = 0;
    for (size_t i = 0; i < m->entry_count; i++) {
        const struct td_entry *e = &m->entries[i];

        if (e->type == TD_CONTROL_PACK && e->verdict == TANDEM_OK) {
            m->packs[n++] =
                (struct td_member_pack){td_hash_of(e->c->pack), e->c->pack};
        }
    }
    if (n > 0) {
        qsort(m->packs, n, sizeof(*m->packs), pack_cmp);
    }
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 ||
            !td_hash_eq(&m->packs[kept - 1].hash, &m->packs[i].hash)) {
            m->packs[kept++] = m->packs[i];
        }
    }
    m->pack_count = kept;
    return TANDEM_OK;
}

static tandem_err
fill(struct td_member *m, struct td_arena *scratch,
    const struct td_control_commit *commits, size_t count)
{
    TD_TRY(td_dag_build(&m->dag, &m->arena, commits, count));
    TD_TRY(decode_entries(m));
    TD_TRY(ready_rights(m, scratch));
    TD_TRY(judge_all(m));
    TD_TRY(td_dag_find_heads(&m->dag, &m->arena));
    TD_TRY(list_inert(m));
    TD_TRY(list_sectors(m));
    TD_TRY(list_devices(m));
    TD_TRY(list_curves(m, scratch));
    return list_packs(m);
}

tandem_err
td_member_build(const tandem_sys *sys, const struct td_hash *workspace,
    const struct td_device_keys *mine, const struct td_epoch_key *given,
    size_t given_count, const struct td_control_commit *commits, size_t count,
    struct td_member **out)
{
    struct td_member *m;
    struct td_arena scratch;
    tandem_err err;

    TD_TRY(td_crypto_init());
    m = td_alloc(sys, sizeof(*m));
    if (m == NULL) {
        return TANDEM_ENOMEM;
    }
    td_sys_fill(&m->sys, sys);
    m->workspace = *workspace;
    m->have_mine = mine != NULL;
    if (mine != NULL) {
        m->mine = mine->pub.sign;
    }
    td_arena_init(&m->arena, &m->sys, TD_CONTROL_MEMORY_MAX);
    td_arena_init(&scratch, &m->sys, TD_CONTROL_MEMORY_MAX);
    err = fill(m, &scratch, commits, count);
    if (err == TANDEM_OK) {
        err = td_epochs_build(m, mine, given, given_count);
    }
    td_arena_deinit(&scratch);
    if (err != TANDEM_OK) {
        td_member_free(m);
        return err;
    }
    *out = m;
    return TANDEM_OK;
}

void
td_member_free(struct td_member *m)
{
    tandem_sys sys;

    if (m == NULL) {
        return;
    }
    for (size_t i = 0; i < m->epochs.count; i++) {
        td_wipe(&m->epochs.at[i].key, sizeof(m->epochs.at[i].key));
        td_wipe(m->epochs.at[i].secret, sizeof(m->epochs.at[i].secret));
    }
    for (size_t i = 0; i < m->epochs.lone_count; i++) {
        td_wipe(&m->epochs.lone[i].key, sizeof(m->epochs.lone[i].key));
    }
    td_arena_deinit(&m->arena);
    sys = m->sys;
    td_free(&sys, m, sizeof(*m));
}
