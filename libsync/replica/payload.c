// SPDX-License-Identifier: Apache-2.0
// payload.c - a change's payload. Layout: payload.h.
#include "replica/payload.h"

#include <string.h>

#include "base/limits.h"
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
    td_mp_bin(out, about->prev.b, 32);
    td_mp_bin(out, about->epoch.b, 16);
}

enum way { WAY_SEAL, WAY_OPEN, WAY_AGAIN };

// A run of payloads is of one log and epoch: their key is worked out once.
static void
key_of(const struct td_payload_about *about, const struct td_key *epoch,
    struct td_key *out)
{
    struct td_payload_key *k = about->keep;

    if (k != NULL && k->valid && td_log_id_cmp(k->log, about->log) == 0 &&
        memcmp(k->epoch.b, about->epoch.b, sizeof(k->epoch.b)) == 0) {
        *out = k->key;
        return;
    }
    *out = td_key_for_log(epoch, about->log);
    if (k != NULL) {
        *k = (struct td_payload_key){.valid = true,
            .epoch = about->epoch,
            .log = about->log,
            .key = *out};
    }
}

// The three ways differ in one call; the key and what it is bound to do not.
static tandem_err
pass(enum way way, const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice in, struct td_rng rng,
    struct td_buf *out)
{
    uint8_t room[AD_BYTES_MAX];
    struct td_salt salt = {{0}};
    tandem_slice text = in;
    struct td_key key;
    struct td_buf ad;
    tandem_err err;

    td_buf_over(&ad, room, sizeof(room));
    td_payload_ad(about, &ad);
    TD_ASSERT(ad.err == TANDEM_OK);
    if (way != WAY_SEAL) {
        if (in.len < TD_SEAL_SALT) {
            return TANDEM_ECORRUPT;
        }
        memcpy(salt.b, in.ptr, TD_SEAL_SALT);
        text.ptr += TD_SEAL_SALT;
        text.len -= TD_SEAL_SALT;
    }
    key_of(about, epoch, &key);
    if (way == WAY_SEAL) {
        err = td_seal(&key, td_buf_slice(&ad), in, rng, out);
    } else if (way == WAY_AGAIN) {
        err = td_seal_again(&key, td_buf_slice(&ad), text, salt, out);
    } else {
        size_t was = out->len;

        td_buf_put(out, salt.b, TD_SEAL_SALT);
        err = td_open(&key, td_buf_slice(&ad), in, out);
        if (err != TANDEM_OK) {
            out->len = was;
        }
    }
    td_wipe(&key, sizeof(key));
    return err == TANDEM_OK ? out->err : err;
}

tandem_err
td_payload_seal(const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice plain, struct td_rng rng,
    struct td_buf *sealed)
{
    return pass(WAY_SEAL, about, epoch, plain, rng, sealed);
}

tandem_err
td_payload_open(const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice sealed, struct td_buf *opened)
{
    struct td_rng none = {0};

    return pass(WAY_OPEN, about, epoch, sealed, none, opened);
}

tandem_err
td_payload_again(const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice opened, struct td_buf *sealed)
{
    struct td_rng none = {0};

    return pass(WAY_AGAIN, about, epoch, opened, none, sealed);
}

tandem_err
td_payload_body(tandem_slice opened, tandem_slice *body)
{
    if (opened.len < TD_SEAL_SALT) {
        return TANDEM_ECORRUPT;
    }
    opened.ptr += TD_SEAL_SALT;
    opened.len -= TD_SEAL_SALT;
    return td_unpad32(opened, body);
}

// Its body, in the arena; *out with its place.
static tandem_err
load_body(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, tandem_slice *bytes, struct td_change **out)
{
    const struct td_log_info *log;
    struct td_change place = {0};
    enum td_payload_form form;
    struct td_buf row;
    tandem_slice body;
    tandem_err err;

    TD_TRY(td_work_log(w, at->number, &log));
    td_buf_init(&row, w->sys, TD_PAYLOAD_BYTES_MAX);
    err = td_payload_get(
        w->t, at->number, at->seq, at->index, &form, &place.hash, &row);
    if (err == TANDEM_OK && form != TD_FORM_BODY) {
        err = TANDEM_ENOTFOUND;
    }
    if (err == TANDEM_OK) {
        err = td_payload_body(td_buf_slice(&row), &body);
    }
    if (err == TANDEM_OK) {
        body = td_arena_dup(arena, body);
        *out = td_arena_alloc(arena, sizeof(**out));
        if (body.ptr == NULL || *out == NULL) {
            err = TANDEM_ENOMEM;
        }
    }
    td_buf_deinit(&row);
    if (err == TANDEM_ECORRUPT) {
        td_doubt_note(w, at);
    }
    TD_TRY(err);
    place.log = log->id;
    place.seq = at->seq;
    place.index = at->index;
    **out = place;
    *bytes = body;
    return TANDEM_OK;
}

tandem_err
td_payload_change(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, struct td_change **out)
{
    struct td_change place;
    tandem_slice body;

    TD_TRY(load_body(w, at, arena, &body, out));
    place = **out;
    return td_branch_decode(w, at->number, &place, body, arena, *out);
}

tandem_err
td_payload_any(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, struct td_change **out)
{
    struct td_change place;
    tandem_slice body;

    TD_TRY(load_body(w, at, arena, &body, out));
    place = **out;
    return td_change_decode(body, &place, NULL, arena, *out);
}

static bool
is_wanted(tandem_slice bytes, const struct td_payload_ref *want)
{
    struct td_hash h = td_hash_of(bytes);

    return bytes.len == want->length && td_hash_eq(&h, &want->hash);
}

tandem_err
td_payload_wire(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, uint16_t index, struct td_buf *out)
{
    struct td_payload_about about = {.workspace = &w->author.workspace,
        .sector = log->sector,
        .log = h->log,
        .seq = h->seq,
        .index = index,
        .prev = h->prev,
        .epoch = h->epoch,
        .keep = &w->key};
    const struct td_key *key;
    enum td_payload_form form = TD_FORM_WIRE;
    size_t was = out->len;
    struct td_buf *row = &w->opened;
    tandem_err err;

    err = td_payload_get(w->t, log->number, h->seq, index, &form, NULL, row);
    w->opened_form = form;
    if (err == TANDEM_OK && form == TD_FORM_BODY) {
        key = h->has_epoch ? td_member_key(w->member, &h->epoch) : NULL;
        err = key == NULL
                  ? TANDEM_ENOTFOUND
                  : td_payload_again(&about, key, td_buf_slice(row), out);
    } else if (err == TANDEM_OK) {
        td_buf_put_slice(out, td_buf_slice(row));
        err = out->err;
    }
    if (err == TANDEM_OK &&
        !is_wanted((tandem_slice){out->ptr + was, out->len - was},
            &h->changes[index])) {
        err = TANDEM_ECORRUPT;
    }
    if (err == TANDEM_ECORRUPT) {
        const struct td_row_change at = {
            .number = log->number, .seq = h->seq, .index = index};

        out->len = was;
        td_doubt_note(w, &at);
        return TANDEM_ENOTFOUND; // a damaged row is as good as absent
    }
    return err;
}
