// SPDX-License-Identifier: Apache-2.0
// wire.c - a commit as it travels: its header without what the receiver can
// recompute, with its payloads.
//
// Layout in header.h. There is one form here too: an epoch equal to the one
// of the commit before is nil, never repeated; entry 0 has none and writes
// nil. So a wire commit that decodes encodes to the same bytes.
#include "log/header.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "log/part.h"

static bool
same_epoch(const struct td_header *a, const struct td_header *b)
{
    return a->has_epoch == b->has_epoch &&
           (!a->has_epoch ||
               memcmp(a->epoch.b, b->epoch.b, sizeof(a->epoch.b)) == 0);
}

static void
put_epoch(struct td_buf *out, const struct td_header *h,
    const struct td_header *before)
{
    if (h->seq == 0 || (before != NULL && same_epoch(h, before))) {
        td_mp_nil(out);
    } else if (h->has_epoch) {
        td_mp_bin(out, h->epoch.b, sizeof(h->epoch.b));
    } else {
        td_mp_bool(out, false);
    }
}

void
td_wire_encode(const struct td_header *h, const struct td_header *before,
    const tandem_slice *payloads, struct td_buf *out)
{
    td_mp_array(out, h->seq == 0 ? 4 : 3);
    put_epoch(out, h, before);
    td_part_seen_put(out, h);
    td_mp_array(out, h->change_count);
    for (size_t i = 0; i < h->change_count; i++) {
        const struct td_payload_ref *ref = &h->changes[i];

        if (payloads != NULL && payloads[i].ptr != NULL) {
            td_mp_bin(out, payloads[i].ptr, payloads[i].len);
            continue;
        }
        td_mp_array(out, 2);
        td_mp_bin(out, ref->hash.b, sizeof(ref->hash.b));
        td_mp_uint(out, ref->length);
    }
    if (h->seq == 0) {
        td_part_opening_put(out, &h->opening);
    }
}

static void
get_epoch(struct td_cur *c, const struct td_header *before, struct td_header *h)
{
    h->has_epoch = false;
    if (td_cur_nil(c)) {
        if (before != NULL) {
            h->has_epoch = before->has_epoch;
            h->epoch = before->epoch;
        } else if (h->seq != 0) {
            td_cur_fail(c);
        }
        return;
    }
    if (td_cur_peek(c) == TD_MP_BOOL) {
        if (td_cur_bool(c)) {
            td_cur_fail(c);
        }
    } else {
        td_cur_bin_exact(c, h->epoch.b, sizeof(h->epoch.b));
        h->has_epoch = true;
    }
    if (h->seq == 0 || (before != NULL && same_epoch(h, before))) {
        td_cur_fail(c);
    }
}

// One change: its payload, or its hash and length where that is absent.
static void
get_change(struct td_cur *c, struct td_payload_ref *ref, tandem_slice *payload)
{
    if (td_cur_peek(c) == TD_MP_ARRAY) {
        if (td_part_ref_get(c, ref) != TANDEM_OK) {
            td_cur_fail(c);
        }
        *payload = (tandem_slice){NULL, 0};
        return;
    }
    *payload = td_cur_bin(c, TD_PAYLOAD_BYTES_MAX);
    if (td_cur_failed(c) || payload->len == 0) {
        td_cur_fail(c);
        return;
    }
    ref->length = (uint32_t)payload->len;
    ref->hash = td_hash_of(*payload);
}

static tandem_err
get_changes(struct td_cur *c, struct td_arena *arena, struct td_header *h,
    tandem_slice **payloads)
{
    size_t count = td_cur_array(c, TD_COMMIT_CHANGES_MAX);
    struct td_payload_ref *refs;
    size_t bytes = 0;

    refs = td_arena_array(arena, count, sizeof(*refs));
    *payloads = td_arena_array(arena, count, sizeof(**payloads));
    if (refs == NULL || *payloads == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count && !td_cur_failed(c); i++) {
        get_change(c, &refs[i], &(*payloads)[i]);
        bytes += refs[i].length;
    }
    if (bytes > TD_COMMIT_BYTES_MAX) {
        td_cur_fail(c);
    }
    h->changes = refs;
    h->change_count = count;
    return TANDEM_OK;
}

tandem_err
td_wire_decode(struct td_cur *c, const struct td_header *before,
    struct td_arena *arena, struct td_header *h, tandem_slice **payloads)
{
    TD_ASSERT(before == NULL || before->seq + 1 == h->seq);
    td_cur_array_exact(c, h->seq == 0 ? 4 : 3);
    get_epoch(c, before, h);
    if (td_cur_failed(c)) {
        return TANDEM_EPROTO;
    }
    TD_TRY(td_part_seen_get(c, arena, h));
    TD_TRY(get_changes(c, arena, h, payloads));
    if (h->seq == 0 && !td_cur_failed(c)) {
        TD_TRY(td_part_opening_get(c, arena, &h->opening));
    }
    return td_cur_failed(c) || !td_part_rules(h) ? TANDEM_EPROTO : TANDEM_OK;
}
