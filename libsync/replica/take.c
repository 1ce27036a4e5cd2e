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
    const struct td_header *h;
    struct td_row_change place;
    struct td_at at;
    struct td_arena *arena;
};

static struct taking
taking_of(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, const struct td_hash *chain, uint16_t index,
    struct td_arena *arena)
{
    struct taking k = {.w = w, .log = log, .h = h, .arena = arena};

    k.place = (struct td_row_change){
        .number = log->number, .seq = h->seq, .index = index};
    k.at = (struct td_at){.log = log, .seq = h->seq, .index = index};
    if (chain != NULL) {
        k.at.hash = td_hash_short(chain);
    }
    return k;
}

// Held as it came, without effect.
static tandem_err
keep_sealed(
    const struct taking *k, tandem_slice sealed, tandem_wait_reason reason)
{
    TD_TRY(td_payload_put(k->w->t, k->place.number, k->place.seq,
        k->place.index, TD_FORM_WIRE, sealed));
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

// The body stands opened: judge its author, then apply.
static tandem_err
judge(const struct taking *k, const struct td_change *change)
{
    enum td_admission verdict;
    tandem_err err;

    TD_TRY(td_work_admits(k->w, k->log, k->h->seq, &verdict));
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
    return err;
}

static bool
is_bad(tandem_err err)
{
    return err == TANDEM_ECORRUPT || err == TANDEM_EVERSION ||
           err == TANDEM_ELIMIT;
}

static tandem_err
open_body(const struct taking *k, const struct td_key *key, tandem_slice sealed,
    struct td_buf *opened, struct td_change *change)
{
    const struct td_payload_about about = {.workspace = &k->w->author.workspace,
        .sector = k->log->sector,
        .log = k->log->id,
        .seq = k->h->seq,
        .index = k->place.index,
        .prev = k->h->prev,
        .epoch = k->h->epoch,
        .keep = &k->w->key};
    struct td_change place = {.log = k->log->id,
        .seq = k->h->seq,
        .index = k->place.index,
        .hash = k->at.hash};
    tandem_slice body;

    TD_TRY(td_payload_open(&about, key, sealed, opened));
    TD_TRY(td_payload_body(td_buf_slice(opened), &body));
    return td_branch_decode(
        k->w, k->place.number, &place, body, k->arena, change);
}

static tandem_err
take_sealed(const struct taking *k, tandem_slice sealed)
{
    const struct td_key *key = NULL;
    struct td_change change;
    struct td_buf *opened = &k->w->opened;
    tandem_id sector;
    tandem_err err;

    if (!k->h->has_epoch) {
        return keep_sealed(k, sealed, TANDEM_WAIT_DAMAGED);
    }
    if (k->w->member != NULL) {
        key = td_member_key(k->w->member, &k->h->epoch);
    }
    if (key == NULL) {
        return keep_sealed(k, sealed, TANDEM_WAIT_KEY);
    }
    if (td_member_epoch_known(k->w->member, &k->h->epoch, &sector) &&
        td_id_cmp(sector, k->log->sector) != 0) {
        return keep_sealed(k, sealed, TANDEM_WAIT_DAMAGED);
    }
    td_arena_reset(k->arena);
    td_buf_reset(opened);
    err = open_body(k, key, sealed, opened, &change);
    if (err == TANDEM_OK) {
        err = td_payload_put_opened(k->w->t, k->place.number, k->place.seq,
            k->place.index, td_store_bucket(change.record), &k->at.hash,
            td_buf_slice(opened));
        if (err == TANDEM_OK) {
            err = judge(k, &change);
        }
    } else if (is_bad(err)) {
        err = keep_sealed(k, sealed, TANDEM_WAIT_DAMAGED);
    }
    return err;
}

tandem_err
td_take(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, const struct td_hash *chain, uint16_t index,
    tandem_slice sealed, struct td_arena *arena)
{
    struct taking k = taking_of(w, log, h, chain, index, arena);

    return take_sealed(&k, sealed);
}

tandem_err
td_take_missing(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, uint16_t index)
{
    struct taking k = taking_of(w, log, h, NULL, index, NULL);

    TD_TRY(td_payload_missing(
        w->t, k.place.number, k.place.seq, k.place.index, &h->changes[index]));
    return td_apply_apart(w, &k.place, TANDEM_WAIT_PAYLOAD);
}

tandem_err
td_take_again(
    struct td_work *w, const struct td_row_change *at, struct td_arena *arena)
{
    const struct td_log_info *known;
    struct td_log_info log;
    struct td_arena own; // the header outlives resets of `arena`
    struct td_header h;
    struct td_hash chain;
    enum td_payload_form form;
    struct td_change *change;
    struct td_buf row;
    struct taking k;
    tandem_err err;

    err = td_work_log(w, at->number, &known);
    if (err == TANDEM_ENOTFOUND) {
        return TANDEM_OK; // a damaged row's key: nothing is there
    }
    TD_TRY(err);
    log = *known;
    td_arena_init(&own, w->sys, TD_SEGMENT_ARENA_MAX);
    td_buf_init(&row, w->sys, TD_PAYLOAD_BYTES_MAX + 64);
    err = td_commit_get(w->t, at->number, at->seq, &own, &h, &chain, NULL);
    if (err == TANDEM_OK) {
        k = taking_of(w, &log, &h, &chain, at->index, arena);
        err = td_payload_get(
            w->t, at->number, at->seq, at->index, &form, NULL, &row);
    }
    if (err == TANDEM_OK && form == TD_FORM_WIRE) {
        err = take_sealed(&k, td_buf_slice(&row));
    } else if (err == TANDEM_OK && form == TD_FORM_BODY) {
        td_arena_reset(arena);
        err = td_payload_change(w, at, arena, &change);
        if (err == TANDEM_OK) {
            err = judge(&k, change);
        }
    }
    if (err == TANDEM_ECORRUPT || err == TANDEM_ENOTFOUND) {
        err = td_apply_apart(w, at, TANDEM_WAIT_DAMAGED);
    }
    td_buf_deinit(&row);
    td_arena_deinit(&own);
    return err;
}
