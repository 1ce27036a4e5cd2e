// SPDX-License-Identifier: Apache-2.0
// apply.c - the one function that changes a record's state. Rules: apply.h.
#include "replica/apply.h"

#include <string.h>

#include "base/limits.h"
#include "crdt/plain.h"
#include "replica/branch.h"
#include "replica/hand.h"
#include "replica/index.h"
#include "replica/payload.h"
#include "replica/wait.h"

// One change on its way into its record.
struct doing {
    struct td_work *w;
    struct td_about about;
    struct td_log_id log; // the change's, as on the wire
    struct td_row_change place;
    bool admitted;
    const struct td_change *change;
    uint8_t key[TD_ROW_KEY_BYTES];
    struct td_hand *h;
    bool listed; // the row lists it already
};

static tandem_err
build(struct doing *d, struct td_held **set, size_t *count)
{
    struct td_record *built;

    TD_TRY(td_state_gather(d->w, &d->h->row, &d->w->arena, set, count));
    TD_TRY(td_record_build(d->w->sys, *set, *count, d->about.record,
        d->about.pack, d->about.kind, &built));
    td_record_free(d->h->state);
    d->h->state = built;
    return TANDEM_OK;
}

// A row found again has the change that is about to be applied, if it is held;
// but what the record showed so far is without it.
static tandem_err
without_it(struct doing *d)
{
    struct td_held *set;
    size_t count;

    if (d->change == NULL || !td_row_has(&d->h->row, &d->place)) {
        return TANDEM_OK;
    }
    td_row_remove(&d->h->row, &d->place);
    return build(d, &set, &count);
}

// The row and state as they are, or new ones.
static tandem_err
load(struct doing *d)
{
    const struct td_about *about = &d->about;
    struct td_work *w = d->w;
    enum td_loaded how = TD_LOADED_ROW;

    td_row_key(about->record, about->sector, about->pack, about->kind, d->key);
    d->h = td_hand_of(w, d->key);
    if (d->h != NULL) {
        d->listed = td_row_has(&d->h->row, &d->place);
        return TANDEM_OK;
    }
    TD_TRY(td_hand_take(w, about, &d->h, &how));
    if (how == TD_LOADED_NEW) {
        return TANDEM_OK;
    }
    if (how == TD_LOADED_MENDED) {
        TD_TRY(without_it(d));
    }
    // A mended row is written again whatever becomes of the change.
    d->listed = how == TD_LOADED_ROW && td_row_has(&d->h->row, &d->place);
    return td_face_of(
        w, w->schema, d->h->state, about->sector, &d->h->arena, &d->h->before);
}

static tandem_err
waits(struct doing *d, const struct td_row_change *place,
    tandem_wait_reason reason, const struct td_wait_for *what)
{
    struct td_wait wait = {.reason = reason, .has_record = true};

    memcpy(wait.key, d->key, sizeof(wait.key));
    if (what != NULL) {
        wait.what = *what;
    }
    return td_wait_put(d->w, place, &wait);
}

static tandem_err
settled(struct doing *d, const struct td_row_change *place, bool admitted)
{
    return admitted ? td_wait_clear(d->w, place)
                    : waits(d, place, TANDEM_WAIT_RIGHT, NULL);
}

// Nothing but the whole set can place it: build again, and say anew of every
// change whether it waits. That is the last word on those queued, too: all are
// of this record.
static tandem_err
rebuild(struct doing *d)
{
    struct td_held *set;
    size_t count;

    TD_TRY(build(d, &set, &count));
    TD_TRY(td_hand_keep(d->w, false));
    d->w->queue_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct td_row_change place;

        TD_TRY(td_state_place(d->w, &d->h->row, set[i].change, &place));
        TD_TRY(set[i].applied
                   ? settled(d, &place, set[i].admitted)
                   : waits(d, &place, TANDEM_WAIT_CHANGE, &set[i].wait));
    }
    return TANDEM_OK;
}

static void
touch(const struct doing *d)
{
    struct td_feed_item item = {.record = d->about.record,
        .sector = d->about.sector,
        .kind = d->about.kind};

    memcpy(item.pack, d->about.pack, 8);
    td_work_touch(d->w, &item);
}

// Those that wait for it by its name in the state, or by that on the wire.
static tandem_err
wake(struct doing *d)
{
    TD_TRY(td_wait_wake(d->w, &d->change->log, &d->place, d->key));
    return td_log_id_cmp(d->change->log, d->log) == 0
               ? TANDEM_OK
               : td_wait_wake(d->w, &d->log, &d->place, d->key);
}

// Whatever the state says, a plain change's face says too.
static bool
plain_agrees(struct doing *d, const struct td_face *after)
{
    struct td_record *state = NULL;
    struct td_wait_for wait;
    enum td_applied how = TD_APPLY_REBUILD;
    struct td_face f = {0};
    bool same =
        td_record_new(d->w->sys, d->change->record, d->change->pack,
            d->change->kind, &state) != TANDEM_OK ||
        td_record_apply(state, d->change, true, &how, &wait) != TANDEM_OK ||
        td_face_of(d->w, d->w->schema, state, d->about.sector, &d->w->arena,
            &f) != TANDEM_OK;

    // Without memory there is nothing to compare.
    same = same || (how == TD_APPLIED && f.visible && !f.trashed &&
                       f.conflicts == 0 && f.changes == after->changes &&
                       f.blind_count == after->blind_count &&
                       memcmp(f.blinds, after->blinds,
                           f.blind_count * sizeof(*f.blinds)) == 0);
    td_record_free(state);
    return same;
}

// A new record, made by a change that needs no state to say what it shows: its
// row is the place of that change.
static tandem_err
place_plain(struct doing *d)
{
    const struct td_row row = {
        .changes = &d->place, .count = 1, .pointer = true};
    struct td_face after = {.visible = true, .changes = 1};
    const struct td_face none = {0};
    struct td_work *w = d->w;

    td_buf_reset(&w->bytes);
    td_row_encode(&row, &w->bytes);
    TD_TRY(w->bytes.err);
    TD_TRY(td_put(w->t, TD_T_RECORDS, (tandem_slice){d->key, sizeof(d->key)},
        TD_SEAL_PLACE, td_buf_slice(&w->bytes)));
    TD_TRY(td_index_plain(
        w, d->change, d->about.sector, &after.blinds, &after.blind_count));
    TD_DASSERT(plain_agrees(d, &after));
    TD_TRY(td_face_change(w, d->key, &none, &after));
    TD_TRY(settled(d, &d->place, true));
    touch(d);
    return wake(d);
}

static bool
is_new(struct doing *d)
{
    const struct td_change *c = d->change;

    td_work_row_key(d->w, c, d->about.sector, d->key);
    return td_hand_of(d->w, d->key) == NULL &&
           !td_has(
               d->w->t, TD_T_RECORDS, (tandem_slice){d->key, sizeof(d->key)});
}

static tandem_err
place_it(struct doing *d)
{
    struct td_work *w = d->w;
    struct td_wait_for wait;
    enum td_applied how;

    if (d->admitted && td_change_plain(d->change) && is_new(d)) {
        return place_plain(d);
    }
    TD_TRY(load(d));
    if (td_row_has_lower(&d->h->row, &d->place)) {
        how = TD_APPLIED_OLD; // the lower one counts, even while it waits
    } else {
        TD_TRY(
            td_record_apply(d->h->state, d->change, d->admitted, &how, &wait));
    }
    TD_TRY(td_row_add(&d->h->row, &d->h->arena, &d->place));
    switch (how) {
    case TD_APPLIED:
        TD_TRY(td_hand_keep(w, d->h->row.count == 1 && d->admitted));
        TD_TRY(settled(d, &d->place, d->admitted));
        if (d->admitted) {
            touch(d);
        }
        return wake(d);
    case TD_APPLIED_OLD:
        if (!d->listed) {
            TD_TRY(td_hand_keep(w, false));
        }
        return settled(d, &d->place, d->admitted);
    case TD_APPLY_WAITS:
        if (!d->listed) {
            TD_TRY(td_hand_keep(w, false));
        }
        return waits(d, &d->place, TANDEM_WAIT_CHANGE, &wait);
    case TD_APPLY_REBUILD:
        TD_TRY(rebuild(d));
        touch(d);
        return TANDEM_OK;
    }
    return TANDEM_ECORRUPT;
}

static tandem_err
apply_one(struct td_work *w, const struct td_at *at, bool admitted,
    const struct td_change *change)
{
    struct doing d = {.w = w,
        .log = at->log->id,
        .admitted = admitted,
        .change = change,
        .about = {.record = change->record,
            .sector = at->log->sector,
            .pack = change->pack,
            .kind = change->kind}};
    tandem_err err;

    d.place = (struct td_row_change){
        .number = at->log->number, .seq = at->seq, .index = at->index};
    err = place_it(&d);
    if (err != TANDEM_OK && d.h != NULL) {
        TD_TRY(td_hand_undo(w, &d.place, d.listed));
    }
    return err;
}

// The changes of branches that were cut are not the record's any more.
static tandem_err
leave_cut(struct doing *d)
{
    struct td_row *row = &d->h->row;
    size_t kept = 0;

    for (size_t i = 0; i < row->count; i++) {
        const struct td_row_change at = row->changes[i];
        struct td_log_id id;
        tandem_err err = td_branch_id(d->w, at.number, at.seq, &id);

        if (err == TANDEM_OK) {
            row->changes[kept++] = at;
        } else if (err != TANDEM_ENOTFOUND) {
            return err;
        }
    }
    row->count = kept;
    return TANDEM_OK;
}

// All its changes were of a branch that was cut.
static tandem_err
leave(struct doing *d)
{
    const struct td_face before = d->h->before;
    const struct td_face none = {0};

    TD_TRY(
        td_del(d->w->t, TD_T_RECORDS, (tandem_slice){d->key, sizeof(d->key)}));
    TD_TRY(td_face_change(d->w, d->key, &before, &none));
    td_hand_drop(d->w);
    touch(d);
    return TANDEM_OK;
}

static tandem_err
again(struct doing *d)
{
    TD_TRY(td_hand_put(d->w));
    TD_TRY(load(d));
    if (d->h->row.count == 0) {
        return TANDEM_OK; // no row lists it: its change is set apart
    }
    TD_TRY(leave_cut(d));
    if (d->h->row.count == 0) {
        return leave(d);
    }
    // A pointer says nothing of names: what it points to is its state.
    if (d->h->row.pointer) {
        return TANDEM_OK;
    }
    TD_TRY(rebuild(d));
    touch(d);
    return TANDEM_OK;
}

tandem_err
td_apply_again(struct td_work *w, const struct td_about *about)
{
    struct doing d = {.w = w, .about = *about};
    tandem_err err;

    TD_ASSERT(w->write);
    td_arena_reset(&w->arena);
    err = again(&d);
    if (err != TANDEM_OK) {
        td_hand_drop(w);
    }
    return err;
}

tandem_err
td_apply_apart(struct td_work *w, const struct td_row_change *at,
    tandem_wait_reason reason)
{
    struct td_wait wait = {.reason = reason};

    return td_wait_put(w, at, &wait);
}

// One that waited, and now may not.
static tandem_err
apply_queued(struct td_work *w, const struct td_row_change *place)
{
    const struct td_log_info *known;
    struct td_log_info log;
    enum td_admission verdict;
    struct td_change *change;
    struct td_at at;
    tandem_err err;

    td_arena_reset(&w->arena);
    err = td_work_log(w, place->number, &known);
    if (err == TANDEM_ENOTFOUND ||
        (err == TANDEM_OK && place->seq > known->head_seq)) {
        return TANDEM_OK; // a damaged link's key: nothing is there
    }
    TD_TRY(err);
    log = *known;
    TD_TRY(td_work_admits(w, &log, place->seq, &verdict));
    if (verdict == TD_ADMISSION_WAITS) {
        struct td_wait wait; // settle.c comes back to it

        TD_TRY(td_wait_get(w, place, &wait));
        wait.reason = TD_WAIT_VERDICT;
        return td_wait_put(w, place, &wait);
    }
    err = td_payload_change(w, place, &w->arena, &change);
    if (err == TANDEM_OK) {
        at = (struct td_at){.log = &log,
            .seq = place->seq,
            .index = place->index,
            .hash = change->hash};
        err = apply_one(w, &at, verdict == TD_ADMITTED, change);
    }
    if (err == TANDEM_ECORRUPT || err == TANDEM_ELIMIT ||
        err == TANDEM_ENOTFOUND) {
        err = td_apply_apart(w, place, TANDEM_WAIT_DAMAGED);
    } else if (err == TANDEM_ENOKEY) {
        err = td_apply_apart(w, place, TANDEM_WAIT_KEY);
    }
    return err;
}

tandem_err
td_apply(struct td_work *w, const struct td_at *at, bool admitted,
    const struct td_change *change)
{
    struct td_row_change next;

    TD_ASSERT(w->write);
    td_arena_reset(&w->arena);
    TD_TRY(apply_one(w, at, admitted, change));
    while (td_queue_pop(w, &next)) {
        TD_TRY(apply_queued(w, &next));
    }
    return TANDEM_OK;
}
