// SPDX-License-Identifier: Apache-2.0
// hear.c - verified segments of other devices enter the store.
//
// One transaction: the control sector's and keys given first, then membership
// anew, then the others; each commit's records stand in the feed under its lsn.
// What waited for membership follows in transactions of its own (settle.c).
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "replica/fork.h"
#include "replica/incarnation.h"
#include "replica/settle.h"
#include "replica/take.h"
#include "replica/wait.h"

struct td_hearing {
    struct td_replica *r;
    struct td_segment *segments;
    size_t count;
    const struct td_late *lates;
    size_t late_count;
    const struct td_epoch_key *keys;
    size_t key_count;
    int64_t now_ms;
    tandem_error *e;
    struct td_deed *deed;
    struct td_heard heard;
    struct td_touched_list *touched;
    bool room_known; // how much of the control sector may still be held
    size_t room;
};

static bool
is_control(const struct td_log_info *log)
{
    return td_id_cmp(log->sector, td_sector_control) == 0;
}

// Held as it came: a control entry, or what is of no branch that counts.
static tandem_err
keep(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, const struct td_hash *chain, uint16_t index,
    tandem_slice bytes)
{
    const struct td_payload p = td_payload_of(h, chain, index, bytes);

    return td_payload_put(
        w->t, log->number, h->seq, index, TD_SEAL_TRANSIT, &p);
}

// Held already: only a payload that was missing then is news.
static bool
is_news(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, uint16_t index, uint64_t lsn)
{
    return lsn != 0 || td_payload_is_missing(w->t, log->number, h->seq, index);
}

// A commit's log, with the number whose rows hold it: of one that was held
// before maybe that of the branch its own leaves.
static tandem_err
rows_of(struct td_work *w, const struct td_segment *s,
    const struct td_header *h, uint64_t lsn, struct td_log_info *out)
{
    uint64_t last;

    *out = s->log;
    return lsn == 0 && s->log.forked
               ? td_log_owner(w->t, s->log.number, h->seq, &out->number, &last)
               : TANDEM_OK;
}

static tandem_err
hear_change(struct td_work *w, const struct td_log_info *log,
    const struct td_segment *s, size_t i, uint16_t index,
    struct td_arena *arena)
{
    const struct td_header *h = &s->headers[i];
    const struct td_hash *chain = &s->chains[i];
    const tandem_slice bytes = s->payloads[i][index];

    if (s->log.cut) { // for who may ask for it; without effect
        return bytes.ptr == NULL ? TANDEM_OK
                                 : keep(w, log, h, chain, index, bytes);
    }
    if (bytes.ptr == NULL) {
        return td_take_missing(w, log, h, index);
    }
    return is_control(log) ? keep(w, log, h, chain, index, bytes)
                           : td_take(w, log, h, chain, index, bytes, arena);
}

static tandem_err
hear_commit(struct td_work *w, struct td_hearing *x, const struct td_segment *s,
    size_t i, uint64_t lsn, struct td_arena *arena)
{
    const struct td_header *h = &s->headers[i];
    struct td_log_info log;

    TD_TRY(rows_of(w, s, h, lsn, &log));
    for (size_t j = 0; j < h->change_count; j++) {
        const uint16_t index = (uint16_t)j;

        if (!is_news(w, &log, h, index, lsn) ||
            (lsn == 0 && s->payloads[i][j].ptr == NULL)) {
            continue;
        }
        x->heard.changes++;
        TD_TRY(hear_change(w, &log, s, i, index, arena));
    }
    if (lsn == 0) {
        return td_work_feed_recount(w);
    }
    x->heard.commits++;
    return td_work_feed(w, lsn, log.number, h->seq, false);
}

// A store that held more of the control sector than a membership is made of
// would hear nothing any more, of anybody: that segment is not held instead.
static tandem_err
hold_control(struct td_work *w, struct td_hearing *x, struct td_segment *s,
    uint64_t *lsns)
{
    struct td_log_info held;
    struct td_hash16 hash;

    if (!x->room_known) {
        TD_TRY(td_control_room(w->t, &x->room));
        x->room_known = true;
    }
    // What is held already takes no room, and mends what is damaged of it.
    hash = td_hash_short(&s->head.head.hash);
    if (s->count > x->room && td_log_on_any(w->t, s->log.id, s->head.head.seq,
                                  &hash, &held) != TANDEM_OK) {
        return TANDEM_EDENIED;
    }
    TD_TRY(td_segment_hold(w->t, s, lsns));
    for (size_t i = 0; i < s->count; i++) {
        x->room -= lsns[i] != 0 && x->room > 0 ? 1 : 0;
    }
    return TANDEM_OK;
}

static tandem_err
hear_segment(struct td_work *w, struct td_hearing *x, struct td_segment *in,
    struct td_arena *arena)
{
    struct td_segment s = *in; // holding changes it; we may be run again
    uint64_t *lsns;
    tandem_err err;

    lsns = td_alloc(w->sys, s.count * sizeof(*lsns));
    if (lsns == NULL) {
        return TANDEM_ENOMEM;
    }
    err = is_control(&s.log) ? hold_control(w, x, &s, lsns)
                             : td_segment_hold(w->t, &s, lsns);
    in->apart = td_apart_why(err);
    if (in->apart != TANDEM_OK) { // the rest goes on
        x->heard.apart++;
        err = td_incarnation_heard(w, &s, NULL);
    } else if (err == TANDEM_OK) {
        if (s.added != 0) {
            x->heard.forked++;
            // Cut at once, it changes no name.
            err = s.cut == s.added ? TANDEM_OK : td_fork_met(w, &s);
        }
        if (err == TANDEM_OK) {
            err = td_incarnation_heard(w, &s, lsns);
        }
        x->heard.mended += s.mended;
        td_work_know(w, &s.log);
        for (size_t i = 0; i < s.count && err == TANDEM_OK; i++) {
            err = hear_commit(w, x, &s, i, lsns[i], arena);
        }
    }
    td_free(w->sys, lsns, s.count * sizeof(*lsns));
    return err;
}

static tandem_err
hear_all(struct td_work *w, struct td_hearing *x, bool control,
    struct td_arena *arena)
{
    for (size_t i = 0; i < x->count; i++) {
        struct td_segment *s = &x->segments[i];

        if (is_control(&s->log) == control) {
            TD_TRY(hear_segment(w, x, s, arena));
        }
    }
    return TANDEM_OK;
}

struct late {
    struct td_late at;
    int64_t now_ms;
    bool control;
};

static tandem_err
late_at(struct td_work *w, const struct td_late *l, struct td_arena *arena,
    struct td_arena *scratch, bool *control)
{
    struct td_log_info log;
    struct td_header h;
    struct td_hash chain, hash;
    uint64_t last;

    TD_TRY(td_log_on_path(w->t, l->log, l->seq, &l->hash, &log));
    TD_TRY(td_log_owner(w->t, log.number, l->seq, &log.number, &last));
    TD_TRY(td_commit_get(w->t, log.number, l->seq, arena, &h, &chain, NULL));
    if (l->index >= h.change_count) {
        return TANDEM_ENOTFOUND;
    }
    hash = td_hash_of(l->sealed);
    if (l->sealed.len != h.changes[l->index].length ||
        !td_hash_eq(&hash, &h.changes[l->index].hash)) {
        return TANDEM_EPROTO;
    }
    if (!is_news(w, &log, &h, l->index, 0)) {
        return TANDEM_EEXIST;
    }
    if (!is_control(&log)) {
        TD_TRY(td_take(w, &log, &h, &chain, l->index, l->sealed, scratch));
        return td_work_feed_recount(w);
    }
    TD_TRY(td_wait_clear(
        w, &(struct td_row_change){
               .number = log.number, .seq = l->seq, .index = l->index}));
    *control = true; // membership is to be read anew
    return keep(w, &log, &h, &chain, l->index, l->sealed);
}

static tandem_err
hear_lates(struct td_work *w, struct td_hearing *x, struct td_arena *scratch)
{
    bool control = false;
    struct td_arena arena;
    tandem_err err = TANDEM_OK;

    td_arena_init(&arena, w->sys, TD_SEGMENT_ARENA_MAX);
    for (size_t i = 0; i < x->late_count && err == TANDEM_OK; i++) {
        td_arena_reset(&arena);
        err = late_at(w, &x->lates[i], &arena, scratch, &control);
        if (err == TANDEM_OK) {
            x->heard.late++;
        } else if (err == TANDEM_EPROTO) {
            x->heard.wrong++; // nothing of it was kept; the others are
            err = TANDEM_OK;
        } else if (err == TANDEM_EEXIST || err == TANDEM_ENOTFOUND) {
            err = TANDEM_OK; // another one was faster
        }
    }
    td_arena_deinit(&arena);
    if (err == TANDEM_OK && control) { // once for all of them
        x->heard.control = true;
        err = td_work_reload(w, &w->author.workspace);
    }
    return err;
}

// What waits may be judged now.
static bool
unsettles(const struct td_heard *h)
{
    return h->control || h->mended > 0;
}

static tandem_err
hear(struct td_work *w, void *ctx)
{
    struct td_hearing *x = ctx;
    struct td_arena arena;
    tandem_err err;

    memset(&x->heard, 0, sizeof(x->heard));
    x->room_known = false; // of an earlier run
    w->touched_all = x->touched;
    if (x->touched != NULL) {
        x->touched->count = 0; // of an earlier run
    }
    w->now_ms = x->now_ms;
    td_arena_init(&arena, w->sys, TD_REPLICA_ARENA_MAX);
    err = hear_all(w, x, true, &arena);
    for (size_t i = 0; i < x->key_count && err == TANDEM_OK; i++) {
        err = td_epoch_key_put(w->t, &x->keys[i]);
    }
    if (err == TANDEM_OK && (x->heard.commits > 0 || x->heard.changes > 0 ||
                                x->heard.mended > 0 || x->key_count > 0)) {
        x->heard.control = true;
        err = td_work_reload(w, &w->author.workspace);
    }
    if (err == TANDEM_OK) {
        err = hear_all(w, x, false, &arena);
    }
    if (err == TANDEM_OK) {
        err = hear_lates(w, x, &arena);
    }
    if (err == TANDEM_OK && unsettles(&x->heard)) {
        err = td_settle_note(w);
    }
    td_arena_deinit(&arena);
    x->heard.records = w->records;
    return err;
}

tandem_err
td_hearing_begin(struct td_replica *r, struct td_segment *segments,
    size_t count, int64_t now_ms, struct td_hearing **out, tandem_error *e)
{
    struct td_hearing *x;
    tandem_err err;

    if (!r->joined) {
        return td_fail_code(e, TANDEM_EWORKSPACE);
    }
    x = td_alloc(r->sys, sizeof(*x));
    if (x == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    x->r = r;
    x->segments = segments;
    x->count = count;
    x->now_ms = now_ms;
    x->e = e;
    err = td_deed_begin(r, hear, x, e, &x->deed);
    if (err != TANDEM_OK) {
        td_free(r->sys, x, sizeof(*x));
        return err;
    }
    *out = x;
    return TANDEM_OK;
}

void
td_hearing_late(struct td_hearing *x, const struct td_late *lates, size_t count)
{
    x->lates = lates;
    x->late_count = count;
}

void
td_hearing_keys(
    struct td_hearing *x, const struct td_epoch_key *keys, size_t count)
{
    x->keys = keys;
    x->key_count = count;
}

void
td_hearing_touched(struct td_hearing *x, struct td_touched_list *l)
{
    x->touched = l;
}

void
td_hearing_run(struct td_hearing *x)
{
    td_deed_run(x->deed);
}

tandem_err
td_hearing_end(struct td_hearing *x, struct td_heard *out)
{
    struct td_replica *r = x->r;
    tandem_error *e = x->e;
    tandem_err err = td_deed_end(x->deed);

    if (err == TANDEM_OK) {
        *out = x->heard; // durable from here on, whatever follows
        if (unsettles(&x->heard)) {
            r->unsettled = true;
            r->unsettled_times++;
        }
    }
    td_free(r->sys, x, sizeof(*x));
    return err == TANDEM_OK ? TANDEM_OK : td_fail_code(e, err);
}

tandem_err
td_replica_hear(struct td_replica *r, struct td_segment *segments, size_t count,
    int64_t now_ms, struct td_heard *out, tandem_error *e)
{
    struct td_hearing *x = NULL;

    TD_TRY(td_hearing_begin(r, segments, count, now_ms, &x, e));
    TD_ASSERT(x != NULL);
    td_hearing_run(x);
    TD_TRY(td_hearing_end(x, out));
    return td_settle(r, now_ms, &out->records, e);
}

static tandem_err
hear_late(struct td_work *w, void *ctx)
{
    struct late *l = ctx;
    struct td_arena arena, scratch;
    tandem_err err;

    w->now_ms = l->now_ms;
    td_arena_init(&arena, w->sys, TD_SEGMENT_ARENA_MAX);
    td_arena_init(&scratch, w->sys, TD_REPLICA_ARENA_MAX);
    err = late_at(w, &l->at, &arena, &scratch, &l->control);
    td_arena_deinit(&scratch);
    td_arena_deinit(&arena);
    if (err == TANDEM_OK && l->control) {
        TD_TRY(td_work_reload(w, &w->author.workspace));
        err = td_settle_note(w);
    }
    return err;
}

tandem_err
td_replica_hear_payload(struct td_replica *r, const struct td_log_id *log,
    uint64_t seq, const struct td_hash16 *hash, uint16_t index,
    tandem_slice sealed, int64_t now_ms, tandem_error *e)
{
    struct late l = {.at = {*log, seq, *hash, index, sealed}, .now_ms = now_ms};
    uint64_t records = 0;
    tandem_err err;

    if (!r->joined) {
        return td_fail_code(e, TANDEM_EWORKSPACE);
    }
    err = td_work_write(r, hear_late, &l, e);
    if (err == TANDEM_OK) {
        r->unsettled = r->unsettled || l.control;
        r->unsettled_times += l.control ? 1 : 0;
        err = td_settle(r, now_ms, &records, e);
    }
    return err == TANDEM_OK ? TANDEM_OK : td_fail_code(e, err);
}
