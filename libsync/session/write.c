// SPDX-License-Identifier: Apache-2.0
// write.c - what a session has to write: batches heard, our heads signed, the
// peer's row. Each is one transaction, in three steps, so that a carrier may
// let others read, and this session go on taking, while it runs.
//
// READY -> begin (both locks) -> run (the writer's alone) -> end (both locks)
#include "session/state.h"

#include <string.h>

#include "log/trie.h"

enum td_write_kind {
    WRITE_HEAR,
    WRITE_SETTLE,
    WRITE_SIGN,
    WRITE_PEER,
    WRITE_STAGE
};

struct td_session_write {
    struct td_session *x;
    struct td_replica *r;
    enum td_write_kind kind;
    tandem_err err;
    tandem_error error; // of a run; the report's is read meanwhile
    struct td_hearing *hearing;
    struct td_settling *settling;
    struct td_touched_list touched; // by the hearing
    uint64_t lsn;                   // before it
    struct td_peer peer;
    struct td_staged staged;
    uint32_t *numbers; // of logs to sign
    tandem_id *sectors;
    size_t number_count, sector_count;
    uint64_t since; // ... as they were then
};

// ----------------------------------------------------------------------- heard

static void
say_durable(struct td_session *x, const struct td_batch *b)
{
    struct td_msg_place items[64];
    size_t n = 0;
    size_t mark;
    struct td_buf *q;

    x->credit_out += b->total;
    // Less than half of it is left; a batch, and the segment that fills it, fit
    // in the other half.
    if (x->credit_said - x->data_in < TD_SESSION_CREDIT / 2) {
        q = td_session_begin(x, &mark);
        x->credit_said = x->credit_out;
        td_msg_put_credit(q, x->credit_said);
        td_session_end(x, mark);
    }
    if (x->sent_in && b->next == NULL) {
        return; // FIN follows
    }
    // The last segment of each log of the batch, as far as one message of
    // modest size goes: what counts is the receipt.
    for (size_t i = 0; i < b->count && n < 64; i++) {
        const struct td_head *h = &b->segments[i].head.head;

        if (i + 1 < b->count &&
            td_log_id_cmp(h->log, b->segments[i + 1].head.head.log) == 0) {
            continue;
        }
        items[n++] =
            (struct td_msg_place){h->log, h->seq, td_hash_short(&h->hash)};
    }
    if (n == 0) {
        return;
    }
    q = td_session_begin(x, &mark);
    td_msg_put_ack(q, items, n);
    td_session_end(x, mark);
}

static tandem_err
sign_begin(struct td_session *x, struct td_session_write *w)
{
    w->since = x->since;
    w->number_count = x->unsigned_count;
    w->sector_count = x->damaged_count;
    w->numbers = td_alloc(x->sys, (w->number_count + 1) * sizeof(*w->numbers));
    w->sectors = td_alloc(x->sys, (w->sector_count + 1) * sizeof(*w->sectors));
    if (w->numbers == NULL || w->sectors == NULL) {
        return TANDEM_ENOMEM;
    }
    if (w->number_count > 0) {
        memcpy(
            w->numbers, x->unsigned_own, w->number_count * sizeof(*w->numbers));
    }
    if (w->sector_count > 0) {
        memcpy(w->sectors, x->damaged, w->sector_count * sizeof(*w->sectors));
    }
    return TANDEM_OK;
}

static void
write_free(struct td_session *x, struct td_session_write *w)
{
    if (w == NULL) {
        return;
    }
    td_free(x->sys, w->numbers, (w->number_count + 1) * sizeof(*w->numbers));
    td_free(x->sys, w->sectors, (w->sector_count + 1) * sizeof(*w->sectors));
    td_free(x->sys, w, sizeof(*w));
}

static tandem_err
lsn_now(struct td_session *x, uint64_t *out)
{
    struct td_txn *t;
    tandem_err err;

    TD_TRY(td_store_read(x->r->store, &t));
    err = td_lsn(t, out);
    td_store_read_end(t);
    return err;
}

static tandem_err
settle_begin(struct td_session *x, struct td_session_write *w, int64_t now_ms)
{
    TD_TRY(lsn_now(x, &w->lsn));
    return td_settling_begin(x->r, now_ms, &w->error, &w->settling);
}

static tandem_err
hear_begin(struct td_session *x, struct td_session_write *w, int64_t now_ms)
{
    struct td_batch *b = x->batches;

    TD_TRY(lsn_now(x, &w->lsn));
    TD_TRY(td_hearing_begin(
        x->r, b->segments, b->count, now_ms, &w->hearing, &w->error));
    td_hearing_late(w->hearing, b->lates, b->late_count);
    td_hearing_keys(w->hearing, b->keys, b->key_count);
    td_hearing_touched(w->hearing, &w->touched);
    return TANDEM_OK;
}

// Did anybody else write between our writes?
static void
note_lsn(struct td_session *x, uint64_t before)
{
    uint64_t lsn = 0;
    tandem_err err = lsn_now(x, &lsn);

    x->lsn_broken = x->lsn_broken || err != TANDEM_OK || before != x->lsn_end;
    x->lsn_end = lsn;
}

// What was set apart, and why: the first reason of each head says it.
static void
note_apart(struct td_session *x, const struct td_batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        struct td_wanted *w;

        if (b->segments[i].apart == TANDEM_OK) {
            continue;
        }
        TD_ASSERT(b->parts[i].wanted < x->wanted_count);
        w = &x->wanted[b->parts[i].wanted];
        if (w->why == TANDEM_OK || w->why == TANDEM_ENOTFOUND) {
            w->why = (int8_t)b->segments[i].apart;
        }
    }
}

static tandem_err
hear_end(struct td_session *x, struct td_session_write *w)
{
    struct td_batch *b = x->batches;
    struct td_heard heard = {0};
    // What it says of what is durable holds even if something failed after.
    tandem_err err = td_hearing_end(w->hearing, &heard);

    x->arrived += b->commits;
    x->report.commits_received += heard.commits;
    x->report.changes_received += heard.changes + heard.late;
    if (err == TANDEM_OK && heard.wrong > 0) {
        err = td_session_say(x, TANDEM_EPROTO,
            "the other device gave something else than what was asked for",
            "l'appareil d'en face a donné autre chose que ce qui était "
            "demandé");
    }
    x->report.records_changed += heard.records;
    if (x->control) {
        x->report.control_received += heard.changes;
    }
    x->report.forks += heard.forked; // held and applied: news, no failure
    note_apart(x, b);
    td_tally(x, &w->touched, false);
    note_lsn(x, w->lsn);
    if (err == TANDEM_OK && x->phase != TD_PHASE_FAILED) {
        say_durable(x, b);
        err = x->queue.err;
    }
    x->batches = b->next;
    td_batch_free(x, b);
    x->enough_bytes = x->enough_bytes * 2 < TD_SESSION_BATCH_BYTES
                          ? x->enough_bytes * 2
                          : TD_SESSION_BATCH_BYTES;
    x->enough_commits = x->enough_commits * 2 < TD_SESSION_BATCH_COMMITS
                            ? x->enough_commits * 2
                            : TD_SESSION_BATCH_COMMITS;
    return err;
}

// ------------------------------------------------------------------------ run

// Our heads of when the session began, where no signature covers them; and the
// lists of heads are made whole where they are damaged.
static tandem_err
sign_own(struct td_txn *t, void *ctx)
{
    const struct td_session_write *w = ctx;
    struct td_author author = td_replica_author(w->r);

    for (size_t i = 0; i < w->number_count; i++) {
        struct td_log_info log;
        tandem_err err;

        TD_TRY(td_log_number(t, w->numbers[i], &log));
        err = td_head_sign_as_of(t, &author, &log, w->since);
        if (err != TANDEM_ENOTFOUND && err != TANDEM_ECORRUPT) {
            TD_TRY(err); // else nothing of it is told (front_load.c)
        }
    }
    for (size_t i = 0; i < w->sector_count; i++) {
        TD_TRY(td_trie_mend(t, &w->sectors[i]));
    }
    return TANDEM_OK;
}

// What a cut left of a segment, or what of it proved bad.
static bool
stage_ready(const struct td_session *x)
{
    return x->unstage_due ||
           (x->cut && x->phase == TD_PHASE_ROUND && x->segment_on &&
               !x->stage_done && x->segment.len > 0);
}

static void
stage_begin(struct td_session *x, struct td_session_write *w, int64_t now_ms)
{
    const struct td_wanted *wanted;

    w->staged.peer = x->peer;
    if (x->unstage_due) {
        return; // no bytes: it goes
    }
    wanted = &x->wanted[x->segment_at];
    w->staged = (struct td_staged){.peer = x->peer,
        .at_ms = now_ms,
        .log = wanted->log,
        .from_start = !wanted->held,
        .from = wanted->from,
        .from_hash = td_hash_short(&wanted->from_hash),
        .seq = x->segment_head.head.seq,
        .bytes = td_buf_slice(&x->segment)}; // nothing comes after a cut
}

static tandem_err
stage(struct td_txn *t, void *ctx)
{
    const struct td_session_write *w = ctx;

    return w->staged.bytes.len > 0 ? td_staged_put(t, &w->staged)
                                   : td_staged_del(t, &w->staged.peer);
}

// What waited for a membership that was heard, by this session or another one
// that came to no end of it.
bool
td_write_settles(const struct td_session *x)
{
    return x->r->unsettled && !x->settle_failed;
}

bool
td_write_hears(const struct td_session *x)
{
    return x->write != NULL && x->write->kind == WRITE_HEAR;
}

bool
td_session_write_ready(const struct td_session *x)
{
    if (x->write != NULL) {
        return false;
    }
    // Verified is verified, whatever the link or the peer did afterwards.
    return td_batch_ripe(x) || stage_ready(x) || td_write_settles(x) ||
           (x->peer_due && x->phase == TD_PHASE_FIN) ||
           (x->sign_due && x->phase == TD_PHASE_ROUND && !x->cut);
}

bool
td_session_write_first(const struct td_session *x)
{
    return x->phase == TD_PHASE_ROUND && !x->cut &&
           (x->sign_due || td_batch_too_many(x) || td_batch_ours(x) ||
               (x->control && x->sent_in && x->batches != NULL));
}

void
td_session_cut(struct td_session *x)
{
    x->cut = true;
}

tandem_err
td_session_write_begin(
    struct td_session *x, int64_t now_ms, struct td_session_write **out)
{
    struct td_session_write *w = td_alloc(x->sys, sizeof(*w));
    tandem_err err = w == NULL ? TANDEM_ENOMEM : TANDEM_OK;

    TD_ASSERT(td_session_write_ready(x));
    if (w != NULL) {
        w->x = x;
        w->r = x->r;
        w->error.lang = x->report.error.lang;
        w->kind = td_batch_ripe(x)      ? WRITE_HEAR
                  : stage_ready(x)      ? WRITE_STAGE
                  : td_write_settles(x) ? WRITE_SETTLE
                  : x->sign_due         ? WRITE_SIGN
                                        : WRITE_PEER;
        w->peer = x->row;
        if (w->kind == WRITE_HEAR) {
            err = hear_begin(x, w, now_ms);
        } else if (w->kind == WRITE_SETTLE) {
            err = settle_begin(x, w, now_ms);
        } else if (w->kind == WRITE_SIGN) {
            err = sign_begin(x, w);
        } else if (w->kind == WRITE_STAGE) {
            stage_begin(x, w, now_ms);
        }
    }
    if (err != TANDEM_OK) {
        write_free(x, w);
        td_batches_deinit(x); // what cannot be written is not tried for ever
        x->unstage_due = x->sign_due = false;
        x->settle_failed = true;
        return td_session_fail(x, err);
    }
    x->write = w;
    *out = w;
    return TANDEM_OK;
}

void
td_session_write_run(struct td_session_write *w)
{
    switch (w->kind) {
    case WRITE_SETTLE:
        td_settling_run(w->settling);
        return;
    case WRITE_SIGN:
        w->err = td_store_write(w->r->store, sign_own, w, &w->error);
        return;
    case WRITE_STAGE:
        w->err = td_store_write(w->r->store, stage, w, &w->error);
        return;
    case WRITE_PEER:
        w->err = td_peer_put(w->r, &w->peer);
        return;
    case WRITE_HEAR:
    default:
        td_hearing_run(w->hearing);
        return;
    }
}

tandem_err
td_session_write_end(struct td_session_write *w, int64_t now_ms)
{
    struct td_session *x = w->x;
    tandem_err err = w->err;

    x->write = NULL;
    switch (w->kind) {
    case WRITE_SETTLE:
        err = td_settling_end(w->settling, &x->report.records_changed);
        x->settle_failed = err != TANDEM_OK;
        note_lsn(x, w->lsn);
        break;
    case WRITE_SIGN:
        x->sign_due = false;
        break;
    case WRITE_STAGE:
        x->unstage_due = false;
        x->stage_done = true;
        break;
    case WRITE_PEER:
        x->peer_due = false;
        x->peer_put = true;
        break;
    case WRITE_HEAR:
    default:
        err = hear_end(x, w);
        break;
    }
    if (err != TANDEM_OK) {
        td_batches_deinit(x);
    }
    if (x->phase == TD_PHASE_FAILED) {
        err = x->report.error.code;
    } else if (err == TANDEM_OK) {
        err = td_session_progress(x, now_ms);
    }
    if (err != TANDEM_OK && x->phase != TD_PHASE_FAILED) {
        tandem_error said = w->error;

        if (said.code == err) {
            x->report.error = said;
        }
        (void)td_session_fail(x, err);
    }
    write_free(x, w);
    return err;
}

tandem_err
td_session_write_all(struct td_session *x, int64_t now_ms)
{
    struct td_session_write *w = NULL;
    tandem_err err = TANDEM_OK;

    while (err == TANDEM_OK && td_session_write_ready(x)) {
        err = td_session_write_begin(x, now_ms, &w);
        if (err == TANDEM_OK) {
            TD_ASSERT(w != NULL);
            td_session_write_run(w);
            err = td_session_write_end(w, now_ms);
        }
    }
    return err;
}
