// SPDX-License-Identifier: Apache-2.0
// work.c - what one transaction of a replica works with.
#include "replica/work.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "replica/branch.h"
#include "replica/doubt.h"
#include "replica/face.h"
#include "replica/hand.h"
#include "replica/incarnation.h"
#include "replica/meta.h"
#include "replica/packs.h"
#include "replica/run.h"

tandem_err
td_work_begin(
    struct td_work *w, struct td_replica *r, struct td_txn *t, bool write)
{
    *w = (struct td_work){.r = r, .t = t, .write = write};
    w->sys = r->sys;
    w->author = td_replica_author(r);
    w->member = r->member;
    w->schema = r->schema;
    w->clock = r->clock;
    w->runs_left = r->runs_left;
    td_feed_run_begin(&w->feed, t);
    w->doubts = &r->doubts;
    td_arena_init(&w->arena, w->sys, TD_REPLICA_ARENA_MAX);
    td_buf_init(&w->bytes, w->sys, TD_REPLICA_ROW_MAX);
    td_buf_init(&w->state, w->sys, TD_RECORD_BYTES_MAX);
    td_buf_init(&w->payload, w->sys, TD_PAYLOAD_BYTES_MAX + TD_KEPT_HEAD);
    if (write) {
        TD_TRY(td_meta_counts(t, &w->counts));
        w->counts_before = w->counts;
    }
    return TANDEM_OK;
}

void
td_work_end(struct td_work *w)
{
    if (w->r == NULL) {
        return;
    }
    if (w->own_member) {
        td_member_free(w->member);
    }
    if (w->own_schema) {
        tandem_schema_free(w->schema);
    }
    td_branch_forget(w);
    td_hand_free(w);
    td_arena_deinit(&w->arena);
    td_buf_deinit(&w->bytes);
    td_buf_deinit(&w->state);
    td_buf_deinit(&w->payload);
    td_free(w->sys, w->queue, w->queue_cap * sizeof(*w->queue));
    td_free(w->sys, w->run, w->run_cap * sizeof(*w->run));
    td_wipe(&w->key, sizeof(w->key));
    w->r = NULL;
}

// What the transaction itself leaves behind, last of all.
static tandem_err
finish(struct td_work *w)
{
    uint8_t clock[8];

    TD_ASSERT(w->queue_count == 0);
    TD_ASSERT(w->touched_count == 0);
    TD_TRY(td_hand_put(w));
    TD_TRY(td_feed_run_end(&w->feed));
    TD_TRY(td_run_write(w));
    if (memcmp(&w->counts, &w->counts_before, sizeof(w->counts)) != 0) {
        TD_TRY(td_meta_counts_put(w->t, &w->counts));
    }
    if (w->clock.last != w->r->clock.last) {
        td_put_be64(clock, w->clock.last);
        TD_TRY(td_meta_put(
            w->t, TD_META_CLOCK, (tandem_slice){clock, sizeof(clock)}));
    }
    return TANDEM_OK;
}

struct td_deed {
    struct td_replica *r;
    tandem_err (*fn)(struct td_work *w, void *ctx);
    void *ctx;
    tandem_error *e;
    struct td_doubts noted; // before it: this write tells them
    struct td_doubts found; // while it ran
    tandem_err err;
    struct td_work w;
};

tandem_err
td_deed_begin(struct td_replica *r,
    tandem_err (*fn)(struct td_work *w, void *ctx), void *ctx, tandem_error *e,
    struct td_deed **out)
{
    struct td_deed *d = td_alloc(r->sys, sizeof(*d));

    if (d == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    d->r = r;
    d->fn = fn;
    d->ctx = ctx;
    d->e = e;
    d->noted = r->doubts;
    *out = d;
    return TANDEM_OK;
}

static tandem_err
run(struct td_txn *t, void *ctx)
{
    struct td_deed *d = ctx;

    td_work_end(&d->w); // what an earlier run left
    d->found = (struct td_doubts){.count = 0};
    TD_TRY(td_work_begin(&d->w, d->r, t, true));
    d->w.e = d->e;
    d->w.doubts = &d->found;
    TD_TRY(td_doubt_write(&d->w, &d->noted));
    TD_TRY(d->fn(&d->w, d->ctx));
    return finish(&d->w);
}

void
td_deed_run(struct td_deed *d)
{
    d->err = td_store_write(d->r->store, run, d, d->e);
}

static void
adopt(struct td_replica *r, struct td_deed *d)
{
    struct td_work *w = &d->w;

    if (w->clock.last > r->clock.last) { // another write may have ended first
        r->clock = w->clock;
    }
    if (w->anew) {
        memcpy(r->incarnation, w->author.incarnation, sizeof(r->incarnation));
        memcpy(r->store_id, w->store_id, sizeof(r->store_id));
        r->noted = false;
    }
    r->runs_left = w->runs_left;
    // Those found while it ran, by it or by others, are for the next one.
    r->doubts.counts = r->doubts.counts && !d->noted.counts;
    r->doubts.count -= d->noted.count;
    memmove(r->doubts.at, r->doubts.at + d->noted.count,
        r->doubts.count * sizeof(r->doubts.at[0]));
    for (size_t i = 0; i < d->found.count; i++) {
        td_doubt_add(&r->doubts, &d->found.at[i]);
    }
    if (w->own_member) {
        td_member_free(r->member);
        r->member = w->member;
        r->members++;
        w->own_member = false;
    }
    if (w->own_schema) {
        tandem_schema_free(r->schema);
        r->schema = w->schema;
        w->own_schema = false;
    }
}

tandem_err
td_deed_end(struct td_deed *d)
{
    const tandem_sys *sys = d->r->sys;
    tandem_err err = d->err;

    if (err == TANDEM_OK) {
        adopt(d->r, d);
    }
    td_work_end(&d->w);
    td_free(sys, d, sizeof(*d));
    return err;
}

tandem_err
td_work_write(struct td_replica *r,
    tandem_err (*fn)(struct td_work *w, void *ctx), void *ctx, tandem_error *e)
{
    struct td_deed *d = NULL;

    TD_TRY(td_deed_begin(r, fn, ctx, e, &d));
    TD_ASSERT(d != NULL);
    td_deed_run(d);
    return td_deed_end(d);
}

tandem_err
td_work_read(struct td_replica *r, struct td_work **out)
{
    // td_work_begin sets all of it: 36 KiB that need not be cleared twice.
    struct td_work *w = td_grow(r->sys, NULL, 0, sizeof(*w));
    struct td_txn *t;
    tandem_err err;

    if (w == NULL) {
        return TANDEM_ENOMEM;
    }
    err = td_store_read(r->store, &t);
    if (err == TANDEM_OK) {
        err = td_work_begin(w, r, t, false);
        if (err == TANDEM_OK) {
            *out = w;
            return TANDEM_OK;
        }
        td_work_end(w);
        td_store_read_end(t);
    }
    td_free(r->sys, w, sizeof(*w));
    return err;
}

void
td_work_read_end(struct td_work *w)
{
    struct td_txn *t;
    const tandem_sys *sys;

    if (w == NULL) {
        return;
    }
    t = w->t;
    sys = w->sys;
    td_work_end(w);
    td_store_read_end(t);
    td_free(sys, w, sizeof(*w));
}

tandem_err
td_work_reload(struct td_work *w, const struct td_hash *workspace)
{
    struct td_member *member;
    struct td_schema *schema;
    bool same;

    TD_TRY(td_hand_put(w)); // what it shows is by the present schema
    TD_TRY(td_member_load(w->t, workspace, &member));
    if (w->own_member) {
        td_member_free(w->member);
    }
    w->member = member;
    w->own_member = true;
    w->control = true;
    memset(w->admits, 0, sizeof(w->admits));
    TD_TRY(td_packs_schema(w->sys, member, w->schema, &schema, &same));
    if (same) {
        return TANDEM_OK;
    }
    {
        struct td_schema *before = w->schema;
        bool own = w->own_schema;
        tandem_err err;

        w->schema = schema;
        w->own_schema = true;
        err = td_face_recount(w, before);
        if (own) {
            tandem_schema_free(before);
        }
        return err;
    }
}

tandem_err
td_work_log(struct td_work *w, uint32_t number, const struct td_log_info **out)
{
    size_t slot = number % TD_WORK_LOGS;

    if (!w->logs_valid[slot] || w->logs[slot].number != number) {
        w->logs_valid[slot] = false;
        TD_TRY(td_log_number(w->t, number, &w->logs[slot]));
        w->logs_valid[slot] = true;
    }
    *out = &w->logs[slot];
    return TANDEM_OK;
}

void
td_work_forget_logs(struct td_work *w)
{
    memset(w->logs_valid, 0, sizeof(w->logs_valid));
    td_branch_forget(w);
}

void
td_work_know(struct td_work *w, const struct td_log_info *log)
{
    size_t slot = log->number % TD_WORK_LOGS;

    w->logs[slot] = *log;
    w->logs_valid[slot] = true;
}

static bool
covers(const struct td_admit_span *span, uint32_t number, uint64_t seq)
{
    return span->valid && span->number == number && span->from <= seq &&
           seq <= span->to;
}

// Walk back from `seq` to the commit that states control heads, or to one
// whose answer is known. The log's row spares the walk behind its last one.
static tandem_err
judge(struct td_work *w, const struct td_log_info *log, uint64_t seq,
    struct td_commits *commits, struct td_admit_span *span)
{
    uint64_t at = log->seen_seq <= seq ? log->seen_seq : seq;

    for (;;) {
        const struct td_header *header;

        if (covers(span, log->number, at)) {
            span->to = seq > span->to ? seq : span->to;
            return TANDEM_OK;
        }
        TD_TRY(td_commits_get(commits, log->number, at, &header, NULL, NULL));
        if (header->has_seen) {
            *span = (struct td_admit_span){.valid = true,
                .number = log->number,
                .from = at,
                .to = seq,
                .verdict = td_member_admits(w->member, &log->device,
                    log->sector, header->seen, header->seen_count)};
            return TANDEM_OK;
        }
        if (at == 0) {
            return TANDEM_ECORRUPT;
        }
        at--;
    }
}

tandem_err
td_work_admits(struct td_work *w, const struct td_log_info *log, uint64_t seq,
    enum td_admission *out)
{
    struct td_admit_span *span = &w->admits[log->number % TD_ADMIT_CACHE];
    struct td_commits commits;
    tandem_err err = TANDEM_OK;

    if (w->member == NULL) {
        *out = TD_ADMISSION_WAITS;
        return TANDEM_OK;
    }
    if (!covers(span, log->number, seq)) {
        td_commits_init(&commits, w->t);
        err = judge(w, log, seq, &commits, span);
        td_commits_deinit(&commits);
    }
    if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
        *out = TD_ADMISSION_WAITS; // until that entry is heard again
        return TANDEM_OK;
    }
    TD_TRY(err);
    *out = span->verdict;
    return TANDEM_OK;
}

void
td_touched_add(const tandem_sys *sys, struct td_touched_list *l,
    tandem_id record, const uint8_t pack[8], uint64_t kind)
{
    if (l->count == l->cap) {
        const size_t cap = l->cap == 0 ? 64 : l->cap * 2;
        void *grown =
            td_grow(sys, l->at, l->cap * sizeof(*l->at), cap * sizeof(*l->at));

        if (grown == NULL) {
            return;
        }
        l->at = grown;
        l->cap = cap;
    }
    l->at[l->count] = (struct td_touched){.record = record, .kind = kind};
    memcpy(l->at[l->count++].pack, pack, 8);
}

void
td_touched_free(const tandem_sys *sys, struct td_touched_list *l)
{
    td_free(sys, l->at, l->cap * sizeof(*l->at));
    *l = (struct td_touched_list){0};
}

void
td_work_touch(struct td_work *w, const struct td_feed_item *item)
{
    for (size_t i = 0; i < w->touched_count; i++) {
        if (memcmp(&w->touched[i], item, sizeof(*item)) == 0) {
            return;
        }
    }
    // A commit has at most as many changes, each of one record.
    TD_ASSERT(w->touched_count < TD_COMMIT_CHANGES_MAX);
    w->touched[w->touched_count++] = *item;
    w->records++;
    if (w->touched_all != NULL) {
        td_touched_add(
            w->sys, w->touched_all, item->record, item->pack, item->kind);
    }
}

tandem_err
td_work_feed(
    struct td_work *w, uint64_t lsn, uint32_t number, uint64_t seq, bool local)
{
    const struct td_feed_row row = {.lsn = lsn,
        .number = number,
        .has_seq = number != 0,
        .seq = seq,
        .local = local,
        .items = w->touched,
        .count = w->touched_count};

    w->touched_count = 0;
    return number != 0 && !local ? td_feed_run_add(&w->feed, &row)
                                 : td_feed_put(w->t, &row);
}

tandem_err
td_work_feed_recount(struct td_work *w)
{
    uint64_t lsn;

    if (w->touched_count == 0) {
        return TANDEM_OK;
    }
    TD_TRY(td_lsn_next(w->t, &lsn));
    return td_work_feed(w, lsn, 0, 0, false);
}

void
td_work_row_key(struct td_work *w, const struct td_change *c, tandem_id sector,
    uint8_t out[TD_ROW_KEY_BYTES])
{
    struct td_row_tag *g = &w->tag;

    if (!g->valid || g->kind != c->kind || td_id_cmp(g->sector, sector) != 0 ||
        memcmp(g->pack, c->pack, sizeof(g->pack)) != 0) {
        td_row_key(c->record, sector, c->pack, c->kind, out);
        *g = (struct td_row_tag){
            .valid = true, .sector = sector, .kind = c->kind};
        memcpy(g->pack, c->pack, sizeof(g->pack));
        memcpy(g->tag, out + 16, sizeof(g->tag));
        return;
    }
    memcpy(out, c->record.b, 16);
    memcpy(out + 16, g->tag, sizeof(g->tag));
}
