// SPDX-License-Identifier: Apache-2.0
// load.c - the control sector, and the keys that peers gave, between the store
// and a membership.
//
// Reading: a commit or payload that is damaged or does not match its hash is
// taken as not held; what follows it waits until it is fetched again.
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "member/inside.h"

struct loader {
    struct td_txn *t;
    struct td_arena arena;
    struct td_commits at; // the row of COMMITS looked at last
    struct td_control_commit *commits;
    size_t count, cap;
};

static tandem_err
load_payload(struct loader *l, uint32_t number, const struct td_header *h,
    size_t index, tandem_slice *out)
{
    struct td_payload p;
    struct td_buf row;
    tandem_err err;

    td_buf_init(&row, l->arena.sys, TD_CONTROL_BYTES_MAX + 64);
    err = td_payload_get(l->t, number, h->seq, (uint16_t)index, &row, &p);
    *out = (tandem_slice){NULL, 0};
    if (err == TANDEM_OK && td_hash_eq(&p.hash, &h->changes[index].hash)) {
        *out = td_arena_dup(&l->arena, p.bytes);
        err = out->ptr == NULL ? TANDEM_ENOMEM : TANDEM_OK;
    }
    td_buf_deinit(&row);
    return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

// What of a header outlives its row: a row holds many.
static tandem_err
keep_header(
    struct loader *l, const struct td_header *h, struct td_control_commit *out)
{
    struct td_hash *seen;

    out->seq = h->seq;
    out->prev = h->prev;
    if (!h->has_seen || h->seen_count == 0) {
        return TANDEM_OK;
    }
    seen = td_arena_array(&l->arena, h->seen_count, sizeof(*seen));
    if (seen == NULL) {
        return TANDEM_ENOMEM;
    }
    memcpy(seen, h->seen, h->seen_count * sizeof(*seen));
    out->seen = seen;
    out->seen_count = h->seen_count;
    return TANDEM_OK;
}

static tandem_err
load_commit(struct loader *l, const struct td_log_info *log, uint64_t seq)
{
    struct td_control_commit c = {.log = log->id, .author = log->device};
    const struct td_header *h;
    tandem_slice *payloads;
    tandem_err err;

    err = td_commits_get(&l->at, log->number, seq, &h, &c.hash, NULL);
    if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
        return TANDEM_OK;
    }
    TD_TRY(err);
    TD_TRY(keep_header(l, h, &c));
    payloads = td_arena_array(&l->arena, h->change_count, sizeof(*payloads));
    if (payloads == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < h->change_count; i++) {
        TD_TRY(load_payload(l, log->number, h, i, &payloads[i]));
    }
    c.payloads = payloads;
    c.payload_count = h->change_count;
    l->commits[l->count++] = c;
    return TANDEM_OK;
}

// ELIMIT: more than a membership is made of.
static tandem_err
count_commits(struct td_txn *t, const struct td_log_info *logs,
    size_t log_count, size_t *out)
{
    *out = 0;
    for (size_t i = 0; i < log_count; i++) {
        uint64_t first;

        TD_TRY(td_log_unshared(t, logs, i, &first));
        if (logs[i].head_seq - first >= TD_CONTROL_COMMITS_MAX - *out) {
            return TANDEM_ELIMIT;
        }
        *out += (size_t)(logs[i].head_seq - first) + 1;
    }
    return TANDEM_OK;
}

tandem_err
td_control_room(struct td_txn *t, size_t *out)
{
    struct td_log_info *logs;
    struct td_arena arena;
    size_t log_count;
    size_t held = 0;
    tandem_err err;

    td_arena_init(&arena, td_store_sys(td_txn_store(t)), TD_CONTROL_MEMORY_MAX);
    err = td_log_list(t, &td_sector_control, &arena, &logs, &log_count);
    if (err == TANDEM_OK) {
        err = count_commits(t, logs, log_count, &held);
    }
    td_arena_deinit(&arena);
    *out = err == TANDEM_ELIMIT ? 0 : TD_CONTROL_COMMITS_MAX - held;
    return err == TANDEM_ELIMIT ? TANDEM_OK : err;
}

static tandem_err
load_all(struct loader *l)
{
    struct td_log_info *logs;
    size_t log_count;

    TD_TRY(td_log_list(l->t, &td_sector_control, &l->arena, &logs, &log_count));
    TD_TRY(count_commits(l->t, logs, log_count, &l->cap));
    l->commits = td_arena_array(&l->arena, l->cap, sizeof(*l->commits));
    if (l->commits == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < log_count; i++) {
        uint64_t first;

        TD_TRY(td_log_unshared(l->t, logs, i, &first));
        for (uint64_t seq = first; seq <= logs[i].head_seq; seq++) {
            TD_TRY(load_commit(l, &logs[i], seq));
        }
    }
    return TANDEM_OK;
}

static tandem_err
load(struct loader *l)
{
    tandem_err err;

    td_commits_init(&l->at, l->t);
    err = load_all(l);
    td_commits_deinit(&l->at);
    return err;
}

static int
compare(const void *a, const void *b)
{
    return td_hash_cmp(&((const struct td_control_commit *)a)->hash,
        &((const struct td_control_commit *)b)->hash);
}

// Only these heads, and what comes before them in their logs.
static tandem_err
keep_below(struct loader *l, const struct td_head *heads, size_t count)
{
    bool *below = td_arena_array(&l->arena, l->count + 1, sizeof(*below));
    size_t kept = 0;

    if (below == NULL) {
        return TANDEM_ENOMEM;
    }
    if (l->count > 0) {
        qsort(l->commits, l->count, sizeof(*l->commits), compare);
    }
    for (size_t i = 0; i < count; i++) {
        struct td_control_commit key = {.hash = heads[i].hash};
        const struct td_control_commit *c;

        while (l->count > 0 &&
               (c = bsearch(&key, l->commits, l->count, sizeof(*l->commits),
                    compare)) != NULL &&
               !below[c - l->commits]) {
            below[c - l->commits] = true;
            key.hash = c->prev;
        }
    }
    for (size_t i = 0; i < l->count; i++) {
        if (below[i]) {
            l->commits[kept++] = l->commits[i];
        }
    }
    l->count = kept;
    return TANDEM_OK;
}

tandem_err
td_member_load_at(struct td_txn *t, const struct td_hash *workspace,
    const struct td_head *heads, size_t count, struct td_member **out)
{
    const tandem_sys *sys = td_store_sys(td_txn_store(t));
    struct loader l = {.t = t};
    tandem_err err;

    td_arena_init(&l.arena, sys, TD_CONTROL_MEMORY_MAX);
    err = load(&l);
    if (err == TANDEM_OK) {
        err = keep_below(&l, heads, count);
    }
    if (err == TANDEM_OK) {
        err = td_member_build(
            sys, workspace, NULL, NULL, 0, l.commits, l.count, out);
    }
    td_arena_deinit(&l.arena);
    return err;
}

tandem_err
td_member_load(
    struct td_txn *t, const struct td_hash *workspace, struct td_member **out)
{
    const struct td_store *s = td_txn_store(t);
    struct loader l = {.t = t};
    struct td_epoch_key *given = NULL;
    size_t given_count = 0;
    tandem_err err;

    td_arena_init(&l.arena, td_store_sys(s), TD_CONTROL_MEMORY_MAX);
    err = load(&l);
    if (err == TANDEM_OK) {
        err = td_epoch_key_list(t, &l.arena, &given, &given_count);
    }
    if (err == TANDEM_OK) {
        err = td_member_build(td_store_sys(s), workspace, td_store_device(s),
            given, given_count, l.commits, l.count, out);
    }
    td_arena_deinit(&l.arena);
    return err;
}

tandem_err
td_control_commit_write(struct td_txn *t, const struct td_author *a,
    const struct td_hash *heads, size_t head_count, const tandem_slice *entries,
    size_t count)
{
    struct td_log_info log;
    struct td_hash hash, prev;
    uint64_t seq;
    uint64_t lsn;

    TD_ASSERT(count >= 1 && count <= TD_COMMIT_CHANGES_MAX);
    TD_TRY(td_log_own(t, a, td_sector_control, heads, head_count, &log));
    td_log_next(&log, &seq, &prev);
    TD_TRY(td_log_append(t, a, &log, NULL, heads, head_count, entries, count,
        &seq, &hash, &lsn));
    for (size_t i = 0; i < count; i++) {
        const struct td_payload p = {.chain = td_hash_short(&hash),
            .prev = td_hash_short(&prev),
            .hash = td_hash_of(entries[i]),
            .bytes = entries[i]};

        TD_TRY(td_payload_put(
            t, log.number, seq, (uint16_t)i, TD_SEAL_TRANSIT, &p));
    }
    return td_feed_put(t, &(struct td_feed_row){.lsn = lsn,
                              .number = log.number,
                              .has_seq = true,
                              .seq = seq,
                              .local = true});
}
