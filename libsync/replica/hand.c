// SPDX-License-Identifier: Apache-2.0
// hand.c - the record in hand. See hand.h.
#include "replica/hand.h"

#include <string.h>

#include "base/limits.h"

// So many changes fit in a row beside any state, whatever they are.
#define LIST_SURE ((TD_REPLICA_ROW_MAX - TD_RECORD_BYTES_MAX) / 32)

struct td_hand *
td_hand_of(struct td_work *w, const uint8_t *key)
{
    struct td_hand *h = w->hand;

    return h != NULL && h->valid && memcmp(h->key, key, sizeof(h->key)) == 0
               ? h
               : NULL;
}

static struct td_hand *
hand(struct td_work *w)
{
    if (w->hand == NULL) {
        w->hand = td_alloc(w->sys, sizeof(*w->hand));
        if (w->hand != NULL) {
            td_arena_init(&w->hand->arena, w->sys, TD_REPLICA_ARENA_MAX);
            td_buf_init(&w->hand->bytes, w->sys, TD_RECORD_BYTES_MAX);
        }
    }
    return w->hand;
}

tandem_err
td_hand_take(struct td_work *w, const struct td_about *about,
    struct td_hand **out, enum td_loaded *how)
{
    struct td_hand *h = hand(w);

    if (h == NULL) {
        return TANDEM_ENOMEM;
    }
    TD_TRY(td_hand_put(w));
    td_arena_reset(&h->arena);
    TD_TRY(
        td_state_load(w, about, &w->bytes, &h->arena, &h->row, &h->state, how));
    td_row_key(about->record, about->sector, about->pack, about->kind, h->key);
    h->record = about->record;
    h->before = (struct td_face){0};
    h->changed = false;
    h->valid = true;
    *out = h;
    return TANDEM_OK;
}

static tandem_err
encode_row(struct td_work *w, struct td_hand *h)
{
    h->row.state = td_buf_slice(&h->bytes);
    td_buf_reset(&w->bytes);
    td_row_encode(&h->row, &w->bytes);
    return w->bytes.err;
}

tandem_err
td_hand_keep(struct td_work *w, bool pointer)
{
    struct td_hand *h = w->hand;

    if (!pointer) {
        td_buf_reset(&w->state);
        TD_TRY(td_record_encode(h->state, &w->state));
        TD_TRY(w->state.err);
        td_buf_reset(&h->bytes);
        td_buf_put_slice(&h->bytes, td_buf_slice(&w->state));
        TD_TRY(h->bytes.err);
    }
    h->row.pointer = pointer;
    if (h->row.count > LIST_SURE) { // the row, too, has its bounds
        TD_TRY(encode_row(w, h));
    }
    h->changed = true;
    return TANDEM_OK;
}

tandem_err
td_hand_undo(struct td_work *w, const struct td_row_change *change, bool listed)
{
    struct td_hand *h = w->hand;

    if (h == NULL || !h->valid) {
        return TANDEM_OK;
    }
    if (!h->changed) {
        td_hand_drop(w);
        return TANDEM_OK;
    }
    if (!listed) {
        td_row_remove(&h->row, change);
    }
    td_record_free(h->state);
    h->state = NULL; // read again from what was kept
    return td_hand_put(w);
}

// The row, and what it shows outside itself.
static tandem_err
write(struct td_work *w, struct td_hand *h)
{
    struct td_face after;

    TD_TRY(encode_row(w, h));
    TD_TRY(td_put(w->t, TD_T_RECORDS, (tandem_slice){h->key, sizeof(h->key)},
        h->row.pointer ? TD_SEAL_PLACE : td_store_bucket(h->record),
        td_buf_slice(&w->bytes)));
    if (h->state == NULL) {
        TD_TRY(td_state_of(w, h->record, &h->row, &h->arena, &h->state));
    }
    TD_TRY(
        td_face_of(w, w->schema, h->state, h->row.sector, &h->arena, &after));
    return td_face_change(w, h->key, &h->before, &after);
}

tandem_err
td_hand_put(struct td_work *w)
{
    struct td_hand *h = w->hand;
    tandem_err err = TANDEM_OK;

    if (h == NULL || !h->valid) {
        return TANDEM_OK;
    }
    h->valid = false;
    if (h->changed) {
        err = write(w, h);
    }
    td_hand_drop(w);
    return err;
}

void
td_hand_drop(struct td_work *w)
{
    struct td_hand *h = w->hand;

    if (h != NULL) {
        td_record_free(h->state);
        h->state = NULL;
        h->valid = h->changed = false;
    }
}

void
td_hand_free(struct td_work *w)
{
    struct td_hand *h = w->hand;

    if (h != NULL) {
        td_hand_drop(w);
        td_arena_deinit(&h->arena);
        td_buf_deinit(&h->bytes);
        td_free(w->sys, h, sizeof(*h));
        w->hand = NULL;
    }
}
