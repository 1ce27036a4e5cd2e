// SPDX-License-Identifier: Apache-2.0
// row.c - the RECORDS row. Layout: row.h.
#include "replica/row.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "log/log.h"

void
td_row_key(tandem_id record, tandem_id sector, const uint8_t pack[8],
    uint64_t kind, uint8_t out[TD_ROW_KEY_BYTES])
{
    uint8_t about[32];
    struct td_hash h;

    memcpy(about, sector.b, 16);
    memcpy(about + 16, pack, 8);
    td_put_be64(about + 24, kind);
    h = td_hash_of((tandem_slice){about, sizeof(about)});
    memcpy(out, record.b, 16);
    memcpy(out + 16, h.b, 8);
}

int
td_row_change_cmp(const struct td_row_change *a, const struct td_row_change *b)
{
    if (a->number != b->number) {
        return a->number < b->number ? -1 : 1;
    }
    if (a->seq != b->seq) {
        return a->seq < b->seq ? -1 : 1;
    }
    if (a->index != b->index) {
        return a->index < b->index ? -1 : 1;
    }
    return 0;
}

// First position whose change is not below `c`.
static size_t
lower_bound(const struct td_row *row, const struct td_row_change *c)
{
    size_t low = 0, high = row->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (td_row_change_cmp(&row->changes[mid], c) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

bool
td_row_has(const struct td_row *row, const struct td_row_change *c)
{
    size_t i = lower_bound(row, c);

    return i < row->count && td_row_change_cmp(&row->changes[i], c) == 0;
}

bool
td_row_has_lower(const struct td_row *row, const struct td_row_change *c)
{
    const struct td_row_change first = {.number = c->number, .seq = c->seq};
    size_t i = lower_bound(row, &first);

    return i < row->count && row->changes[i].number == c->number &&
           row->changes[i].seq == c->seq && row->changes[i].index < c->index;
}

tandem_err
td_row_add(
    struct td_row *row, struct td_arena *arena, const struct td_row_change *c)
{
    struct td_row_change *grown;
    size_t i = lower_bound(row, c);

    if (i < row->count && td_row_change_cmp(&row->changes[i], c) == 0) {
        return TANDEM_OK;
    }
    if (row->count >= row->cap) {
        const size_t cap = row->count < 4 ? 8 : row->count * 2;

        grown = td_arena_array(arena, cap, sizeof(*grown));
        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        if (row->count > 0) {
            memcpy(grown, row->changes, row->count * sizeof(*grown));
        }
        row->changes = grown;
        row->cap = cap;
    }
    memmove(&row->changes[i + 1], &row->changes[i],
        (row->count - i) * sizeof(*row->changes));
    row->changes[i] = *c;
    row->count++;
    return TANDEM_OK;
}

void
td_row_remove(struct td_row *row, const struct td_row_change *c)
{
    size_t i = lower_bound(row, c);

    if (i < row->count && td_row_change_cmp(&row->changes[i], c) == 0) {
        row->count--;
        memmove(&row->changes[i], &row->changes[i + 1],
            (row->count - i) * sizeof(*row->changes));
    }
}

static size_t
run_end(const struct td_row *row, size_t at)
{
    uint32_t number = row->changes[at].number;

    while (at < row->count && row->changes[at].number == number) {
        at++;
    }
    return at;
}

enum { PLACE_MARK = 0xc1, PLACE_BYTES = 1 + 4 + 8 + 2 }; // no MessagePack

static void
encode_place(const struct td_row_change *c, struct td_buf *out)
{
    uint8_t b[PLACE_BYTES];

    b[0] = PLACE_MARK;
    td_put_be32(b + 1, c->number);
    td_put_be64(b + 5, c->seq);
    b[13] = (uint8_t)(c->index >> 8);
    b[14] = (uint8_t)c->index;
    td_buf_put(out, b, sizeof(b));
}

static tandem_err
decode_place(tandem_slice in, struct td_arena *arena, struct td_row *out)
{
    struct td_row_change *c = td_arena_alloc(arena, sizeof(*c));
    const uint8_t *p = in.ptr;

    if (in.len != PLACE_BYTES || td_be32(p + 1) == 0 ||
        td_be32(p + 1) > TD_LOG_NUMBER_MAX) {
        return TANDEM_ECORRUPT;
    }
    if (c == NULL) {
        return TANDEM_ENOMEM;
    }
    *c = (struct td_row_change){.number = td_be32(p + 1),
        .seq = td_be64(p + 5),
        .index = (uint16_t)((unsigned)p[13] << 8 | p[14])};
    *out = (struct td_row){.changes = c, .count = 1, .pointer = true};
    return TANDEM_OK;
}

void
td_row_encode(const struct td_row *row, struct td_buf *out)
{
    size_t logs = 0;

    if (row->pointer) {
        TD_ASSERT(row->count == 1);
        encode_place(&row->changes[0], out);
        return;
    }
    for (size_t i = 0; i < row->count; i = run_end(row, i)) {
        logs++;
    }
    td_mp_array(out, 6);
    td_mp_uint(out, TD_ROW_VERSION);
    td_mp_bin(out, row->sector.b, 16);
    td_mp_bin(out, row->pack, 8);
    td_mp_uint(out, row->kind);
    td_mp_array(out, logs);
    for (size_t i = 0; i < row->count;) {
        size_t end = run_end(row, i);
        uint64_t before = 0;

        td_mp_array(out, 1 + 2 * (end - i));
        td_mp_uint(out, row->changes[i].number);
        for (; i < end; i++) {
            td_mp_uint(out, row->changes[i].seq - before);
            td_mp_uint(out, row->changes[i].index);
            before = row->changes[i].seq;
        }
    }
    td_mp_bin(out, row->state.ptr, row->state.len);
}

// One log's run of changes, appended to out->changes.
static void
decode_run(struct td_cur *c, struct td_row *out, size_t room)
{
    size_t n = td_cur_array(c, SIZE_MAX);
    uint32_t number = (uint32_t)td_cur_uint_max(c, TD_LOG_NUMBER_MAX);
    uint64_t seq = 0;

    if (number == 0 || n < 3 || n % 2 == 0 || (n - 1) / 2 > room - out->count) {
        td_cur_fail(c);
        return;
    }
    if (out->count > 0 && out->changes[out->count - 1].number >= number) {
        td_cur_fail(c);
        return;
    }
    for (size_t i = 0; i < (n - 1) / 2; i++) {
        uint64_t delta = td_cur_uint(c);
        uint16_t index = (uint16_t)td_cur_uint_max(c, UINT16_MAX);

        if (td_cur_failed(c) || delta > UINT64_MAX - seq ||
            (i > 0 && delta == 0 &&
                index <= out->changes[out->count - 1].index)) {
            td_cur_fail(c);
            return;
        }
        seq += delta;
        out->changes[out->count++] = (struct td_row_change){
            .number = number, .seq = seq, .index = index};
    }
}

tandem_err
td_row_decode(tandem_slice in, struct td_arena *arena, struct td_row *out)
{
    struct td_row row = {0};
    struct td_cur c;
    size_t logs, room;
    uint64_t version;

    if (in.len > 0 && in.ptr[0] == PLACE_MARK) {
        return decode_place(in, arena, out);
    }
    if (!td_cur_open(&c, in)) {
        return TANDEM_ECORRUPT;
    }
    td_cur_array_exact(&c, 6);
    version = td_cur_uint(&c);
    if (td_cur_failed(&c)) {
        return TANDEM_ECORRUPT;
    }
    if (version != TD_ROW_VERSION) {
        return TANDEM_EVERSION;
    }
    td_cur_bin_exact(&c, row.sector.b, 16);
    td_cur_bin_exact(&c, row.pack, 8);
    row.kind = td_cur_uint(&c);
    // Two bytes a change at least: the room follows from the input's length,
    // less the state, which is the larger part of a long row.
    {
        struct td_cur ahead = c;

        room = td_cur_raw(&ahead).len / 2 + 1;
    }
    row.changes = td_arena_array(arena, room, sizeof(*row.changes));
    if (row.changes == NULL) {
        return TANDEM_ENOMEM;
    }
    logs = td_cur_array(&c, SIZE_MAX);
    for (size_t i = 0; i < logs && !td_cur_failed(&c); i++) {
        decode_run(&c, &row, room);
    }
    row.state = td_cur_bin(&c, TD_RECORD_BYTES_MAX);
    if (!td_cur_done(&c) || row.count == 0) {
        return TANDEM_ECORRUPT;
    }
    *out = row;
    return TANDEM_OK;
}
