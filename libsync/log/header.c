// SPDX-License-Identifier: Apache-2.0
// header.c - a commit's header: canonical bytes, chain hash, log id.
//
// A header is written once by its author and hashed by everybody after, so
// there is exactly one form of it: what decodes encodes to the same bytes.
// Beyond the layout in header.h:
//   seq 0      prev is zero, epoch nil, seen present (it may be empty),
//              no change; the log id is the hash of the opening
//   seq > 0    1..128 changes, each 1..TD_PAYLOAD_BYTES_MAX bytes, together
//              at most TD_COMMIT_BYTES_MAX
//   seen       at most TD_SEEN_MAX, rising, none twice
//   earlier    at most TD_EARLIER_MAX, rising by log id, then hash: a log that
//              was written twice has a head for each branch
#include "log/header.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "log/part.h"

struct td_log_id
td_log_id_of(const struct td_opening *o)
{
    const tandem_slice parts[] = {
        {o->workspace.b, sizeof(o->workspace.b)},
        {o->device.b, sizeof(o->device.b)},
        {o->sector.b, sizeof(o->sector.b)},
        {o->incarnation, sizeof(o->incarnation)},
    };
    struct td_hash16 hash = td_hash16_parts(parts, 4);
    struct td_log_id id;

    memcpy(id.b, hash.b, sizeof(id.b));
    return id;
}

struct td_hash
td_header_chain(tandem_slice header)
{
    return td_hash_parts(0x01, &header, 1);
}

// On the wire: three arrays and an epoch, a hash for each of `seen`, and for
// each change its payload in a bin, or its hash and length.
uint64_t
td_header_weight(const struct td_header *h)
{
    uint64_t weight = 7 + 18 + (h->has_seen ? 34 * (uint64_t)h->seen_count : 0);

    for (size_t i = 0; i < h->change_count; i++) {
        const uint64_t there = h->changes[i].length + (uint64_t)5;

        weight += there > 40 ? there : 40;
    }
    return h->seq == 0 ? 0 : weight;
}

// ------------------------------------------------------------------- writing

void
td_part_seen_put(struct td_buf *out, const struct td_header *h)
{
    if (!h->has_seen) {
        td_mp_nil(out);
        return;
    }
    td_mp_array(out, h->seen_count);
    for (size_t i = 0; i < h->seen_count; i++) {
        td_mp_bin(out, h->seen[i].b, sizeof(h->seen[i].b));
    }
}

void
td_part_opening_put(struct td_buf *out, const struct td_opening *o)
{
    td_mp_array(out, 5);
    td_mp_bin(out, o->workspace.b, sizeof(o->workspace.b));
    td_mp_bin(out, o->device.b, sizeof(o->device.b));
    td_mp_bin(out, o->sector.b, sizeof(o->sector.b));
    td_mp_bin(out, o->incarnation, sizeof(o->incarnation));
    td_mp_array(out, o->earlier_count);
    for (size_t i = 0; i < o->earlier_count; i++) {
        const struct td_head *e = &o->earlier[i];

        td_mp_array(out, 3);
        td_mp_bin(out, e->log.b, sizeof(e->log.b));
        td_mp_uint(out, e->seq);
        td_mp_bin(out, e->hash.b, sizeof(e->hash.b));
    }
}

void
td_header_encode(const struct td_header *h, struct td_buf *out)
{
    td_mp_array(out, h->seq == 0 ? 8 : 7);
    td_mp_uint(out, TD_HEADER_VERSION);
    td_mp_bin(out, h->log.b, sizeof(h->log.b));
    td_mp_uint(out, h->seq);
    td_mp_bin(out, h->prev.b, sizeof(h->prev.b));
    if (h->has_epoch) {
        td_mp_bin(out, h->epoch.b, sizeof(h->epoch.b));
    } else {
        td_mp_nil(out);
    }
    td_part_seen_put(out, h);
    td_mp_array(out, h->change_count);
    for (size_t i = 0; i < h->change_count; i++) {
        td_mp_array(out, 2);
        td_mp_bin(out, h->changes[i].hash.b, sizeof(h->changes[i].hash.b));
        td_mp_uint(out, h->changes[i].length);
    }
    if (h->seq == 0) {
        td_part_opening_put(out, &h->opening);
    }
}

// ------------------------------------------------------------------- reading

tandem_err
td_part_seen_get(struct td_cur *c, struct td_arena *arena, struct td_header *h)
{
    struct td_hash *seen;

    h->has_seen = false;
    h->seen = NULL;
    h->seen_count = 0;
    if (td_cur_nil(c)) {
        return TANDEM_OK;
    }
    h->seen_count = td_cur_array(c, TD_SEEN_MAX);
    seen = td_arena_array(arena, h->seen_count, sizeof(*seen));
    if (seen == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < h->seen_count; i++) {
        td_cur_bin_exact(c, seen[i].b, sizeof(seen[i].b));
        if (i > 0 && td_hash_cmp(&seen[i - 1], &seen[i]) >= 0) {
            td_cur_fail(c);
        }
    }
    h->has_seen = true;
    h->seen = seen;
    return TANDEM_OK;
}

static bool
rises(const struct td_head *a, const struct td_head *b)
{
    int cmp = td_log_id_cmp(a->log, b->log);

    return cmp < 0 || (cmp == 0 && td_hash_cmp(&a->hash, &b->hash) < 0);
}

tandem_err
td_part_opening_get(
    struct td_cur *c, struct td_arena *arena, struct td_opening *o)
{
    struct td_head *earlier;

    td_cur_array_exact(c, 5);
    td_cur_bin_exact(c, o->workspace.b, sizeof(o->workspace.b));
    td_cur_bin_exact(c, o->device.b, sizeof(o->device.b));
    td_cur_bin_exact(c, o->sector.b, sizeof(o->sector.b));
    td_cur_bin_exact(c, o->incarnation, sizeof(o->incarnation));
    o->earlier_count = td_cur_array(c, TD_EARLIER_MAX);
    earlier = td_arena_array(arena, o->earlier_count, sizeof(*earlier));
    if (earlier == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < o->earlier_count; i++) {
        struct td_head *e = &earlier[i];

        td_cur_array_exact(c, 3);
        td_cur_bin_exact(c, e->log.b, sizeof(e->log.b));
        e->seq = td_cur_uint(c);
        td_cur_bin_exact(c, e->hash.b, sizeof(e->hash.b));
        if (i > 0 && !rises(&earlier[i - 1], e)) {
            td_cur_fail(c);
        }
    }
    o->earlier = earlier;
    return TANDEM_OK;
}

tandem_err
td_part_ref_get(struct td_cur *c, struct td_payload_ref *ref)
{
    td_cur_array_exact(c, 2);
    td_cur_bin_exact(c, ref->hash.b, sizeof(ref->hash.b));
    ref->length = (uint32_t)td_cur_uint_max(c, TD_PAYLOAD_BYTES_MAX);
    return td_cur_failed(c) || ref->length == 0 ? TANDEM_EPROTO : TANDEM_OK;
}

static tandem_err
read_changes(struct td_cur *c, struct td_arena *arena, struct td_header *h)
{
    struct td_payload_ref *changes;
    size_t bytes = 0;

    h->change_count = td_cur_array(c, TD_COMMIT_CHANGES_MAX);
    changes = td_arena_array(arena, h->change_count, sizeof(*changes));
    if (changes == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < h->change_count; i++) {
        if (td_part_ref_get(c, &changes[i]) != TANDEM_OK) {
            return TANDEM_ECORRUPT;
        }
        bytes += changes[i].length;
    }
    h->changes = changes;
    return bytes > TD_COMMIT_BYTES_MAX ? TANDEM_ECORRUPT : TANDEM_OK;
}

bool
td_part_rules(const struct td_header *h)
{
    static const struct td_hash zero;
    struct td_log_id id;

    if (h->seq > 0) {
        return h->change_count > 0;
    }
    if (!td_hash_eq(&h->prev, &zero) || h->has_epoch || !h->has_seen ||
        h->change_count > 0) {
        return false;
    }
    id = td_log_id_of(&h->opening);
    return td_log_id_cmp(id, h->log) == 0;
}

static tandem_err
read_fields(
    struct td_cur *c, size_t count, struct td_arena *arena, struct td_header *h)
{
    uint64_t version = td_cur_uint(c);

    if (td_cur_failed(c)) {
        return TANDEM_ECORRUPT;
    }
    if (version > TD_HEADER_VERSION) {
        return TANDEM_EVERSION;
    }
    if (version != TD_HEADER_VERSION) {
        return TANDEM_ECORRUPT;
    }
    td_cur_bin_exact(c, h->log.b, sizeof(h->log.b));
    h->seq = td_cur_uint(c);
    td_cur_bin_exact(c, h->prev.b, sizeof(h->prev.b));
    h->has_epoch = !td_cur_nil(c);
    if (h->has_epoch) {
        td_cur_bin_exact(c, h->epoch.b, sizeof(h->epoch.b));
    }
    if (td_cur_failed(c) || count != (h->seq == 0 ? 8 : 7)) {
        return TANDEM_ECORRUPT;
    }
    TD_TRY(td_part_seen_get(c, arena, h));
    TD_TRY(read_changes(c, arena, h));
    if (h->seq == 0) {
        TD_TRY(td_part_opening_get(c, arena, &h->opening));
    }
    return td_cur_done(c) && td_part_rules(h) ? TANDEM_OK : TANDEM_ECORRUPT;
}

tandem_err
td_header_decode(tandem_slice in, struct td_arena *arena, struct td_header *out)
{
    struct td_header h = {0};
    struct td_cur c;
    size_t count;

    if (in.len > TD_HEADER_BYTES_MAX || !td_cur_open(&c, in)) {
        return TANDEM_ECORRUPT;
    }
    count = td_cur_array(&c, SIZE_MAX);
    if (td_cur_failed(&c) || count == 0) {
        return TANDEM_ECORRUPT;
    }
    TD_TRY(read_fields(&c, count, arena, &h));
    *out = h;
    return TANDEM_OK;
}
