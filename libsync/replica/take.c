// SPDX-License-Identifier: Apache-2.0
// take.c - one heard payload. See take.h.
#include "replica/take.h"

#include <string.h>

#include "base/limits.h"
#include "replica/apply.h"
#include "replica/branch.h"
#include "replica/payload.h"
#include "replica/wait.h"

struct taking {
    struct td_work *w;
    const struct td_log_info *log;
    struct td_row_change place;
    struct td_at at;
    struct td_arena *arena;
};

static struct taking
taking_of(struct td_work *w, const struct td_log_info *log,
    const struct td_row_change *place, struct td_arena *arena)
{
    return (struct taking){.w = w,
        .log = log,
        .place = *place,
        .at = {.log = log, .seq = place->seq, .index = place->index},
        .arena = arena};
}

static tandem_err
keep(const struct taking *k, uint16_t seal, const struct td_payload *p)
{
    return td_payload_put(
        k->w->t, k->place.number, k->place.seq, k->place.index, seal, p);
}

// Held, without effect.
static tandem_err
keep_apart(const struct taking *k, const struct td_payload *p,
    tandem_wait_reason reason)
{
    TD_TRY(keep(k, TD_SEAL_TRANSIT, p));
    return td_apply_apart(k->w, &k->place, reason);
}

static tandem_err
wait_for_verdict(const struct taking *k, const struct td_change *change)
{
    struct td_wait wait = {.reason = TD_WAIT_VERDICT, .has_record = true};

    td_row_key(
        change->record, k->log->sector, change->pack, change->kind, wait.key);
    return td_wait_put(k->w, &k->place, &wait);
}

// Its payload stands: judge its author, then apply.
static tandem_err
judge(const struct taking *k, const struct td_change *change)
{
    enum td_admission verdict;
    tandem_err err;

    TD_TRY(td_work_admits(k->w, k->log, k->place.seq, &verdict));
    if (verdict == TD_ADMISSION_WAITS) {
        return wait_for_verdict(k, change);
    }
    if (verdict == TD_ADMITTED) {
        td_clock_heard(&k->w->clock, change->clock, k->w->now_ms);
    }
    err = td_apply(k->w, &k->at, verdict == TD_ADMITTED, change);
    if (err == TANDEM_ELIMIT || err == TANDEM_ECORRUPT) {
        return td_apply_apart(k->w, &k->place, TANDEM_WAIT_DAMAGED);
    }
    if (err == TANDEM_ENOKEY) { // of another change of its record
        return td_apply_apart(k->w, &k->place, TANDEM_WAIT_KEY);
    }
    return err;
}

static bool
is_bad(tandem_err err)
{
    return err == TANDEM_ECORRUPT || err == TANDEM_EVERSION ||
           err == TANDEM_ELIMIT;
}

static tandem_err
decode(const struct taking *k, const struct td_payload *p,
    struct td_change *change)
{
    const struct td_change place = {.log = k->log->id,
        .seq = k->place.seq,
        .index = k->place.index,
        .hash = p->chain};
    tandem_slice body;

    td_arena_reset(k->arena);
    td_buf_reset(&k->w->payload);
    TD_TRY(td_payload_body(k->w, k->log, &k->place, p, &k->w->payload, &body));
    return td_branch_decode(
        k->w, k->place.number, &place, body, k->arena, change);
}

static tandem_err
take(struct taking *k, const struct td_payload *p)
{
    struct td_change change;
    tandem_err err = decode(k, p, &change);

    if (err == TANDEM_ENOKEY) {
        return keep_apart(k, p, TANDEM_WAIT_KEY);
    }
    if (is_bad(err)) {
        return keep_apart(k, p, TANDEM_WAIT_DAMAGED);
    }
    TD_TRY(err);
    TD_TRY(keep(k, td_store_bucket(change.record), p));
    TD_TRY(td_payload_key_keep(k->w, &p->epoch));
    k->at.hash = p->chain;
    return judge(k, &change);
}

tandem_err
td_take(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, const struct td_hash *chain, uint16_t index,
    tandem_slice sealed, struct td_arena *arena)
{
    const struct td_row_change place = {
        .number = log->number, .seq = h->seq, .index = index};
    const struct td_payload p = td_payload_of(h, chain, index, sealed);
    struct taking k = taking_of(w, log, &place, arena);

    return take(&k, &p);
}

tandem_err
td_take_missing(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, uint16_t index)
{
    const struct td_row_change place = {
        .number = log->number, .seq = h->seq, .index = index};

    TD_TRY(td_payload_missing(
        w->t, place.number, place.seq, place.index, &h->changes[index]));
    return td_apply_apart(w, &place, TANDEM_WAIT_PAYLOAD);
}

tandem_err
td_take_again(
    struct td_work *w, const struct td_row_change *at, struct td_arena *arena)
{
    const struct td_log_info *known;
    struct td_log_info log;
    struct td_payload p;
    struct td_buf row;
    struct taking k;
    tandem_err err;

    err = td_work_log(w, at->number, &known);
    if (err == TANDEM_ENOTFOUND) {
        return TANDEM_OK; // a damaged row's key: nothing is there
    }
    TD_TRY(err);
    log = *known;
    k = taking_of(w, &log, at, arena);
    td_buf_init(&row, w->sys, TD_PAYLOAD_BYTES_MAX + TD_KEPT_HEAD);
    err = td_payload_get(w->t, at->number, at->seq, at->index, &row, &p);
    if (err == TANDEM_OK) {
        err = take(&k, &p);
    }
    if (err == TANDEM_ECORRUPT || err == TANDEM_ENOTFOUND) {
        err = td_apply_apart(w, at, TANDEM_WAIT_DAMAGED);
    }
    td_buf_deinit(&row);
    return err;
}
