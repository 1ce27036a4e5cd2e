// SPDX-License-Identifier: Apache-2.0
// author.h - devices that are not there: enrolled by the office, their logs
// written here and heard as if a tour had brought them. Linked with the
// library's rooms, unlike the rest of a measure.
#ifndef TANDEM_BENCH_AUTHOR_H
#define TANDEM_BENCH_AUTHOR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "base/limits.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "replica/packs.h"
#include "replica/payload.h"

enum { AUTHOR_BATCH = 200, AUTHOR_KIND_CONTACT = 26 };

// One log of one incarnation, as far as it is written.
struct author_log {
    const struct td_device_keys *keys;
    struct td_log_id id;
    uint8_t incarnation[16];
    bool begun;
    uint64_t seq;
    struct td_hash hash; // of its last entry
};

// What an author needs to know of the workspace.
struct author_world {
    struct td_replica *r;
    tandem_id sector;
    struct td_epoch_id epoch;
    const struct td_key *key;
    const struct td_hash *seen;
    size_t seen_count;
    uint8_t pack[8];
};

static inline tandem_err
author_world(struct author_world *w, struct td_replica *r, tandem_id sector)
{
    w->r = r;
    w->sector = sector;
    w->seen_count = td_member_heads(r->member, &w->seen);
    td_pack_tag("fr.terrain", w->pack);
    TD_TRY(td_member_usable_epoch(r->member, sector, &w->epoch));
    w->key = td_member_key(r->member, &w->epoch);
    return w->key == NULL ? TANDEM_ENOKEY : TANDEM_OK;
}

// A new device, enrolled without being there.
static inline tandem_err
author_enrol(struct td_replica *r, tandem_id sector, struct td_device_keys *out,
    int64_t now_ms, tandem_error *e)
{
    TD_TRY(td_device_keys_new(td_sys_rng(r->sys), out));
    return td_replica_enrol(
        r, &out->pub, TANDEM_RIGHT_AGENT, &sector, 1, now_ms, e);
}

// The padded body of a new contact sheet: a name and a note.
static inline tandem_err
author_body(const struct author_world *w, const struct author_log *log,
    uint64_t number, int64_t now_ms, struct td_buf *out)
{
    static const char note[] = "Revenir avec la mallette, après la visite.";
    char name[40];
    struct td_buf values;
    struct td_op ops[2] = {
        {.code = TD_OP_SET, .field = 2}, {.code = TD_OP_SET, .field = 3}};
    struct td_change c = {.log = log->id,
        .seq = 1,
        .version = TD_BODY_VERSION,
        .kind = AUTHOR_KIND_CONTACT,
        .clock = td_clock_at(now_ms),
        .ops = ops,
        .op_count = 2};
    size_t split;
    tandem_err err;

    memcpy(c.pack, w->pack, 8);
    TD_TRY(td_id_new(td_sys_rng(w->r->sys), now_ms, &c.record));
    c.person = w->r->me;
    (void)snprintf(name, sizeof(name), "Mme %llu", (unsigned long long)number);
    td_buf_init(&values, w->r->sys, 4096);
    td_mp_str(&values, (tandem_slice){(const uint8_t *)name, strlen(name)});
    split = values.len;
    td_mp_str(&values, (tandem_slice){(const uint8_t *)note, strlen(note)});
    err = values.err;
    if (err == TANDEM_OK) {
        ops[0].value = (tandem_slice){values.ptr, split};
        ops[1].value = (tandem_slice){values.ptr + split, values.len - split};
        err = td_change_encode(&c, out);
    }
    td_buf_deinit(&values);
    if (err == TANDEM_OK) {
        td_pad32(out);
        err = out->err;
    }
    return err;
}

// The header's chain hash.
static inline tandem_err
author_chain(const struct author_world *w, const struct td_header *h,
    struct td_hash *out)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, w->r->sys, TD_HEADER_BYTES_MAX);
    td_header_encode(h, &b);
    *out = td_header_chain(td_buf_slice(&b));
    err = b.err;
    td_buf_deinit(&b);
    return err;
}

// Entry 0, if the log has none yet.
static inline tandem_err
author_begin(const struct author_world *w, struct author_log *log,
    struct td_header *h, struct td_buf *out)
{
    struct td_opening *o = &h->opening;

    o->workspace = w->r->workspace;
    o->device = log->keys->pub.sign;
    o->sector = w->sector;
    memcpy(o->incarnation, log->incarnation, 16);
    h->log = log->id = td_log_id_of(o);
    h->has_seen = true;
    h->seen = w->seen;
    h->seen_count = w->seen_count;
    td_wire_encode(h, NULL, NULL, out);
    TD_TRY(author_chain(w, h, &log->hash));
    log->seq = 0;
    return TANDEM_OK;
}

// The commit behind it: one new sheet.
static inline tandem_err
author_commit(const struct author_world *w, struct author_log *log,
    const struct td_header *before, uint64_t number, int64_t now_ms,
    struct td_buf *out)
{
    const struct td_payload_about about = {.workspace = &w->r->workspace,
        .sector = w->sector,
        .log = log->id,
        .seq = log->seq + 1,
        .prev = td_hash_short(&log->hash),
        .epoch = w->epoch};
    struct td_payload_ref ref;
    struct td_header h = {.log = log->id,
        .seq = log->seq + 1,
        .prev = log->hash,
        .has_epoch = true,
        .epoch = w->epoch,
        .changes = &ref,
        .change_count = 1};
    struct td_buf plain, sealed;
    tandem_slice payload;
    tandem_err err;

    td_buf_init(&plain, w->r->sys, TD_PAYLOAD_BYTES_MAX);
    td_buf_init(&sealed, w->r->sys, TD_PAYLOAD_BYTES_MAX);
    err = author_body(w, log, number, now_ms, &plain);
    if (err == TANDEM_OK) {
        err = td_payload_seal(&about, w->key, td_buf_slice(&plain),
            td_sys_rng(w->r->sys), &sealed);
    }
    if (err == TANDEM_OK) {
        payload = td_buf_slice(&sealed);
        ref =
            (struct td_payload_ref){td_hash_of(payload), (uint32_t)payload.len};
        td_wire_encode(&h, before, &payload, out);
        err = author_chain(w, &h, &log->hash);
        log->seq++;
    }
    td_buf_deinit(&sealed);
    td_buf_deinit(&plain);
    return err;
}

static inline void
author_sign(const struct author_log *log, struct td_signed_head *out)
{
    uint8_t m[56];

    out->head = (struct td_head){log->id, log->seq, log->hash};
    memcpy(m, log->id.b, 16);
    td_put_be64(m + 16, log->seq);
    memcpy(m + 24, log->hash.b, 32);
    out->sig = td_sign(log->keys, TD_DOMAIN_HEAD, (tandem_slice){m, sizeof(m)});
}

// The log one sheet further: a verified segment; memory from `arena`.
static inline tandem_err
author_segment(const struct author_world *w, struct author_log *log,
    uint64_t number, int64_t now_ms, struct td_arena *arena,
    struct td_segment *out, size_t *bytes)
{
    const bool fresh = !log->begun;
    struct td_header opening = {.seq = 0};
    struct td_log_info known = {.id = log->id,
        .device = log->keys->pub.sign,
        .sector = w->sector,
        .head_seq = log->seq,
        .head = log->hash};
    struct td_signed_head head;
    struct td_buf b;
    tandem_slice copy;
    tandem_err err = TANDEM_OK;

    td_buf_init(&b, w->r->sys, TD_SEGMENT_BYTES_MAX);
    td_mp_array(&b, fresh ? 2 : 1);
    if (fresh) {
        err = author_begin(w, log, &opening, &b);
    } else {
        struct td_txn *t;

        err = td_store_read(w->r->store, &t);
        if (err == TANDEM_OK) {
            err = td_log_get(t, log->id, &known);
            td_store_read_end(t);
        }
    }
    if (err == TANDEM_OK) {
        err =
            author_commit(w, log, fresh ? &opening : NULL, number, now_ms, &b);
    }
    copy = td_arena_dup(arena, td_buf_slice(&b));
    *bytes += b.len;
    err = err != TANDEM_OK ? err : copy.ptr == NULL ? TANDEM_ENOMEM : b.err;
    td_buf_deinit(&b);
    TD_TRY(err);
    log->begun = true;
    author_sign(log, &head);
    return td_segment_read(
        copy, &w->r->workspace, fresh ? NULL : &known, &head, arena, out);
}

// Each of `logs` one sheet further, heard by this store in batches. *bytes:
// of the segments, as they will go on the wire.
static inline tandem_err
author_write(const struct author_world *w, struct author_log **logs,
    size_t count, int64_t now_ms, size_t *bytes, tandem_error *e)
{
    struct td_segment *batch = calloc(AUTHOR_BATCH, sizeof(*batch));
    struct td_arena arena;
    tandem_err err = batch == NULL ? TANDEM_ENOMEM : TANDEM_OK;

    td_arena_init(&arena, w->r->sys, (size_t)64 << 20);
    for (size_t i = 0; err == TANDEM_OK && i < count; i += AUTHOR_BATCH) {
        const size_t n = count - i < AUTHOR_BATCH ? count - i : AUTHOR_BATCH;
        struct td_heard heard;

        td_arena_reset(&arena);
        for (size_t j = 0; err == TANDEM_OK && j < n; j++) {
            err = author_segment(
                w, logs[i + j], i + j, now_ms, &arena, &batch[j], bytes);
        }
        if (err == TANDEM_OK) {
            err = td_replica_hear(w->r, batch, n, now_ms, &heard, e);
        }
        if (err == TANDEM_OK && heard.changes != n) {
            err = TANDEM_EFORK;
        }
    }
    td_arena_deinit(&arena);
    free(batch);
    return err;
}

#endif
