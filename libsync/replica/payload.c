// SPDX-License-Identifier: Apache-2.0
// payload.c - a change's payload. Layout: payload.h.
#include "replica/payload.h"

#include <string.h>

#include "base/limits.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "crypto/seal.h"
#include "replica/branch.h"
#include "replica/doubt.h"

#define AD_BYTES_MAX 256

void
td_payload_ad(const struct td_payload_about *about, struct td_buf *out)
{
    td_mp_array(out, 8);
    td_mp_uint(out, 1);
    td_mp_bin(out, about->workspace->b, 32);
    td_mp_bin(out, about->sector.b, 16);
    td_mp_bin(out, about->log.b, 16);
    td_mp_uint(out, about->seq);
    td_mp_uint(out, about->index);
    td_mp_bin(out, about->prev.b, 16);
    td_mp_bin(out, about->epoch.b, 16);
}

// A run of payloads is of one log and epoch: their key is worked out once.
static void
key_of(struct td_payload_key *k, const struct td_key *epoch,
    const struct td_epoch_id *id, struct td_log_id log, struct td_key *out)
{
    if (k != NULL && k->valid && td_log_id_cmp(k->log, log) == 0 &&
        memcmp(k->epoch.b, id->b, sizeof(id->b)) == 0) {
        *out = k->key;
        return;
    }
    *out = td_key_for_log(epoch, log);
    if (k != NULL) {
        *k = (struct td_payload_key){
            .valid = true, .epoch = *id, .log = log, .key = *out};
    }
}

// Room for a seal's associated data.
struct ad {
    uint8_t room[AD_BYTES_MAX];
    struct td_buf b;
};

static tandem_slice
ad_of(struct ad *ad, const struct td_payload_about *about)
{
    td_buf_over(&ad->b, ad->room, sizeof(ad->room));
    td_payload_ad(about, &ad->b);
    TD_ASSERT(ad->b.err == TANDEM_OK);
    return td_buf_slice(&ad->b);
}

tandem_err
td_payload_seal(const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice plain, struct td_rng rng,
    struct td_buf *sealed)
{
    struct td_key key;
    struct ad ad;
    tandem_err err;

    key_of(about->keep, epoch, &about->epoch, about->log, &key);
    err = td_seal(&key, ad_of(&ad, about), plain, rng, sealed);
    td_wipe(&key, sizeof(key));
    return err;
}

tandem_err
td_payload_open(const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice sealed, struct td_buf *plain)
{
    struct td_key key;
    struct ad ad;
    tandem_err err;

    key_of(about->keep, epoch, &about->epoch, about->log, &key);
    err = td_open(&key, ad_of(&ad, about), sealed, plain);
    td_wipe(&key, sizeof(key));
    return err;
}

// ------------------------------------------------------------------- reading

static const struct td_key *
epoch_key(const struct td_work *w, const struct td_epoch_id *epoch)
{
    return w->member != NULL ? td_member_key(w->member, epoch) : NULL;
}

tandem_err
td_payload_body(struct td_work *w, const struct td_log_info *log,
    const struct td_row_change *at, const struct td_payload *p,
    struct td_buf *plain, tandem_slice *body)
{
    static const struct td_epoch_id none;
    const struct td_payload_about about = {.workspace = &w->author.workspace,
        .sector = log->sector,
        .log = log->id,
        .seq = at->seq,
        .index = at->index,
        .prev = p->prev,
        .epoch = p->epoch,
        .keep = &w->key};
    const struct td_key *key = epoch_key(w, &p->epoch);
    const size_t was = plain->len;
    tandem_id sector;
    tandem_err err;

    if (memcmp(p->epoch.b, none.b, sizeof(none.b)) == 0) {
        return TANDEM_ECORRUPT; // in clear, or by somebody who lies
    }
    if (key == NULL) {
        return TANDEM_ENOKEY;
    }
    if (td_member_epoch_known(w->member, &p->epoch, &sector) &&
        td_id_cmp(sector, log->sector) != 0) {
        return TANDEM_ECORRUPT;
    }
    err = td_payload_open(&about, key, p->bytes, plain);
    if (err == TANDEM_OK) {
        err = td_unpad32(
            (tandem_slice){plain->ptr + was, plain->len - was}, body);
    }
    if (err != TANDEM_OK) {
        plain->len = was;
    }
    return err;
}

tandem_err
td_payload_key_keep(struct td_work *w, const struct td_epoch_id *epoch)
{
    const struct td_key *key = epoch_key(w, epoch);

    if (memcmp(w->key_kept.b, epoch->b, sizeof(epoch->b)) == 0) {
        return TANDEM_OK;
    }
    if (key == NULL) {
        return TANDEM_ENOKEY;
    }
    TD_TRY(td_epoch_key_keep(w->t, w->author.keys, epoch, key));
    w->key_kept = *epoch;
    return TANDEM_OK;
}

// Into the arena, where a change that is read stays.
static tandem_err
body_in(struct td_work *w, const struct td_row_change *at,
    const struct td_payload *p, struct td_arena *arena, tandem_slice *body)
{
    const struct td_log_info *log;
    struct td_buf plain;
    uint8_t *room;
    tandem_err err;

    TD_TRY(td_work_log(w, at->number, &log));
    room = td_arena_alloc(arena, p->bytes.len);
    if (room == NULL) {
        return TANDEM_ENOMEM;
    }
    td_buf_over(&plain, room, p->bytes.len);
    err = td_payload_body(w, log, at, p, &plain, body);
    // The row is whole: what its author sealed is no change, and waits.
    return err == TANDEM_ECORRUPT ? TANDEM_ENOTFOUND : err;
}

// Its body, in the arena; *out with its place.
static tandem_err
load_body(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, tandem_slice *body, struct td_change **out)
{
    const struct td_log_info *log;
    struct td_change *place;
    struct td_payload p;
    struct td_buf row;
    tandem_err err;

    TD_TRY(td_work_log(w, at->number, &log));
    place = td_arena_alloc(arena, sizeof(*place));
    if (place == NULL) {
        return TANDEM_ENOMEM;
    }
    *place =
        (struct td_change){.log = log->id, .seq = at->seq, .index = at->index};
    td_buf_init(&row, w->sys, TD_PAYLOAD_BYTES_MAX + TD_KEPT_HEAD);
    err = td_payload_get(w->t, at->number, at->seq, at->index, &row, &p);
    if (err == TANDEM_ECORRUPT) {
        td_doubt_note(w, at);
    }
    if (err == TANDEM_OK) {
        place->hash = p.chain;
        err = body_in(w, at, &p, arena, body);
    }
    td_buf_deinit(&row);
    *out = place;
    return err;
}

// What does not decode was set apart when it came.
static tandem_err
readable(tandem_err err)
{
    return err == TANDEM_ECORRUPT || err == TANDEM_EVERSION ||
                   err == TANDEM_ELIMIT
               ? TANDEM_ENOTFOUND
               : err;
}

tandem_err
td_payload_change(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, struct td_change **out)
{
    struct td_change place;
    tandem_slice body;

    TD_TRY(load_body(w, at, arena, &body, out));
    place = **out;
    return readable(td_branch_decode(w, at->number, &place, body, arena, *out));
}

tandem_err
td_payload_any(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, struct td_change **out)
{
    struct td_change place;
    tandem_slice body;

    TD_TRY(load_body(w, at, arena, &body, out));
    place = **out;
    return readable(td_change_decode(body, &place, NULL, arena, *out));
}

// ------------------------------------------------------------------- telling

tandem_err
td_payload_wire(struct td_work *w, uint32_t number, const struct td_header *h,
    uint16_t index, tandem_slice *out)
{
    const struct td_payload_ref *want = &h->changes[index];
    struct td_payload p;
    tandem_err err =
        td_payload_get(w->t, number, h->seq, index, &w->payload, &p);

    if (err == TANDEM_OK &&
        (p.bytes.len != want->length || !td_hash_eq(&p.hash, &want->hash))) {
        err = TANDEM_ECORRUPT;
    }
    if (err == TANDEM_ECORRUPT) {
        td_doubt_note(w, &(struct td_row_change){
                             .number = number, .seq = h->seq, .index = index});
        return TANDEM_ENOTFOUND; // a damaged row is as good as absent
    }
    if (err == TANDEM_OK) {
        *out = p.bytes;
    }
    return err;
}

bool
td_payload_glance(struct td_work *w, struct td_log_id log,
    const struct td_header *h, tandem_slice sealed, struct td_touched *out)
{
    const struct td_key *epoch = h->has_epoch ? epoch_key(w, &h->epoch) : NULL;
    uint8_t start[TD_PEEK_BYTES];
    struct td_touched x;
    struct td_key key;
    struct td_cur c;
    tandem_err err;

    if (epoch == NULL) {
        return false;
    }
    key_of(&w->key, epoch, &h->epoch, log, &key);
    err = td_peek(&key, sealed, start);
    td_wipe(&key, sizeof(key));
    if (err != TANDEM_OK) {
        return false;
    }
    td_cur_sub(&c, (tandem_slice){start, sizeof(start)});
    td_cur_array_exact(&c, 10);
    (void)td_cur_uint(&c);
    td_cur_bin_exact(&c, x.record.b, sizeof(x.record.b));
    td_cur_bin_exact(&c, x.pack, sizeof(x.pack));
    x.kind = td_cur_uint(&c);
    if (td_cur_failed(&c)) {
        return false;
    }
    *out = x;
    return true;
}
