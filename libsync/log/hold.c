// SPDX-License-Identifier: Apache-2.0
// hold.c - a verified segment becomes rows: the only way heard commits enter.
//
// The segment may overlap what is held (a replay, a second way, a bundle): the
// overlap is compared hash by hash and skipped. Where it differs, the log was
// written twice: the branch held first stays, the log is flagged.
#include "log/log.h"

#include "base/limits.h"
#include "log/row.h"

static tandem_err
forked(struct td_txn *t, struct td_log_info *log)
{
    TD_TRY(td_log_fork_note(t, log));
    return TANDEM_EFORK;
}

// Compare the part that is held. *held: how many commits of the segment are.
static tandem_err
skip_held(struct td_txn *t, const struct td_segment *s, struct td_log_info *log,
    uint64_t *lsns, size_t *held)
{
    size_t i = 0;

    for (; i < s->count && s->headers[i].seq <= log->head_seq; i++) {
        struct td_hash chain;
        tandem_err err =
            td_commit_chain(t, log->number, s->headers[i].seq, &chain);

        if (err != TANDEM_OK) {
            return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
        }
        if (!td_hash_eq(&chain, &s->chains[i])) {
            return forked(t, log);
        }
        lsns[i] = 0;
    }
    *held = i;
    if (i == s->count) {
        return TANDEM_OK;
    }
    if (s->headers[i].seq != log->head_seq + 1) {
        return TANDEM_EPROTO; // a gap
    }
    return td_hash_eq(&s->headers[i].prev, &log->head) ? TANDEM_OK
                                                       : forked(t, log);
}

static tandem_err
hold_commits(struct td_txn *t, const struct td_segment *s,
    struct td_log_info *log, size_t from, uint64_t *lsns)
{
    uint64_t lsn;

    TD_TRY(td_lsn_take(t, s->count - from, &lsn));
    TD_TRY(td_commits_put(t, log->number, s->headers + from, s->chains + from,
        s->count - from, lsn));
    for (size_t i = from; i < s->count; i++, lsn++) {
        const struct td_header *h = &s->headers[i];

        lsns[i] = lsn;
        log->head_seq = h->seq;
        log->head = s->chains[i];
        log->head_lsn = lsn;
        log->has_epoch = h->has_epoch;
        log->epoch = h->epoch;
        if (h->has_seen) {
            log->seen_mark = td_seen_mark(h->seen, h->seen_count);
            log->seen_seq = h->seq;
        }
    }
    return TANDEM_OK;
}

tandem_err
td_segment_hold(struct td_txn *t, struct td_segment *s, uint64_t *lsns)
{
    struct td_log_info log = {0};
    size_t held = 0;
    tandem_err err;

    TD_ASSERT(s->count > 0);
    err = td_log_get(t, s->log.id, &log);
    if (err == TANDEM_ENOTFOUND) {
        if (s->headers[0].seq != 0) {
            return TANDEM_EPROTO;
        }
        log = s->log;
        TD_TRY(td_log_add(t, &log));
    } else if (err == TANDEM_OK) {
        TD_TRY(skip_held(t, s, &log, lsns, &held));
    } else {
        return err;
    }
    if (held < s->count) {
        TD_TRY(hold_commits(t, s, &log, held, lsns));
    }
    TD_TRY(td_head_put(t, log.number, s->head.head.seq, &s->head.sig));
    if (log.signed_seq < s->head.head.seq) {
        log.signed_seq = s->head.head.seq;
    }
    if (log.signed_seq == log.head_seq) {
        log.unsigned_bytes = 0;
    }
    TD_TRY(td_log_put(t, &log));
    s->log = log;
    return TANDEM_OK;
}
