// SPDX-License-Identifier: Apache-2.0
// digest.c - one hash over what a store's records show.
//
// d_0 = 32 zero bytes
// d_i = BLAKE2b-256(0x64 || d_{i-1} || record_i), the records that have a
//       settled, admitted change, in order of (id, tag) of their row
// record_i, canonical MessagePack:
//   [id 16, sector 16, pack 8, kind, deletion, fields]
//   deletion  0 live, 1 trashed, 2 disputed
//   fields    [[field, merge, content]...] in rising (field, merge)
//             1 register  the distinct live values, sorted by their bytes
//             2 set       the elements, sorted
//             4 map       [[key, [distinct values, sorted]]...] by key
//             6 counter   the sum
//             7 text      the live text
// No dot, clock, person or order of arrival is in it: stores that show the
// same values have the same digest, however they came by them.
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "replica/state.h"

#define DIGEST_DOMAIN 0x64

static int
by_bytes(const void *a, const void *b)
{
    const tandem_slice *p = a, *q = b;

    return td_slice_cmp(*p, *q);
}

// The distinct values of one register.
static tandem_err
put_values(const struct td_record *state, uint64_t field, uint64_t merge,
    tandem_slice key, struct td_arena *arena, struct td_buf *out)
{
    const size_t n = td_record_versions(state, field, merge, key);
    tandem_slice *values = td_arena_array(arena, n, sizeof(*values));
    size_t kept = 0;

    if (values == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        struct td_version v;

        if (td_record_version(state, field, merge, key, i, &v)) {
            values[kept++] = v.value;
        }
    }
    if (kept > 1) {
        size_t last = 0;

        qsort(values, kept, sizeof(*values), by_bytes);
        for (size_t i = 1; i < kept; i++) {
            if (!td_slice_eq(values[i], values[last])) {
                values[++last] = values[i];
            }
        }
        kept = last + 1;
    }
    td_mp_array(out, kept);
    for (size_t i = 0; i < kept; i++) {
        td_mp_raw(out, values[i]);
    }
    return out->err;
}

static tandem_err
put_map(const struct td_record *state, uint64_t field, struct td_arena *arena,
    struct td_buf *out)
{
    const size_t n = td_record_keys(state, field);

    td_mp_array(out, n);
    for (size_t i = 0; i < n; i++) {
        const tandem_slice key = td_record_key(state, field, i);

        td_mp_array(out, 2);
        td_mp_raw(out, key);
        TD_TRY(put_values(state, field, TD_OP_PUT, key, arena, out));
    }
    return out->err;
}

static tandem_err
put_text(const struct td_record *state, uint64_t field, struct td_buf *out)
{
    const struct td_text *text = td_record_text(state, field);
    struct td_buf b;
    tandem_err err = TANDEM_OK;

    td_buf_init(&b, out->sys, TD_RECORD_BYTES_MAX);
    if (text != NULL) {
        err = td_text_read(text, &b);
    }
    if (err == TANDEM_OK) {
        td_mp_str(out, td_buf_slice(&b));
        err = out->err;
    }
    td_buf_deinit(&b);
    return err;
}

static tandem_err
put_lines(const struct td_record *state, uint64_t field, struct td_buf *out)
{
    const tandem_slice none = {0};
    struct td_version v;

    td_mp_array(out, td_record_versions(state, field, TD_OP_LINE, none));
    for (size_t i = 0; td_record_version(state, field, TD_OP_LINE, none, i, &v);
         i++) {
        td_mp_raw(out, v.value);
    }
    return out->err;
}

static tandem_err
put_list(const struct td_record *state, uint64_t field, struct td_buf *out)
{
    const struct td_listed *listed;
    struct td_buf b;
    tandem_err err;
    size_t n;

    td_buf_init(&b, out->sys, SIZE_MAX);
    err = td_list_read(td_record_list(state, field), &b);
    listed = (const struct td_listed *)(const void *)b.ptr;
    n = b.len / sizeof(*listed);
    if (err == TANDEM_OK) {
        td_mp_array(out, n);
        for (size_t i = 0; i < n; i++) {
            td_mp_raw(out, listed[i].value);
        }
        err = out->err;
    }
    td_buf_deinit(&b);
    return err;
}

static tandem_err
put_field(const struct td_record *state, uint64_t field, uint64_t merge,
    struct td_arena *arena, struct td_buf *out)
{
    int64_t sum = 0;

    td_mp_array(out, 3);
    td_mp_uint(out, field);
    td_mp_uint(out, merge);
    switch (merge) {
    case TD_OP_SET:
    case TD_OP_MOVE:
        return put_values(state, field, merge, (tandem_slice){0}, arena, out);
    case TD_OP_ADD:
        td_mp_array(out, td_record_elements(state, field));
        for (size_t i = 0; i < td_record_elements(state, field); i++) {
            td_mp_raw(out, td_record_element(state, field, i));
        }
        return out->err;
    case TD_OP_PUT:
        return put_map(state, field, arena, out);
    case TD_OP_COUNT:
        (void)td_record_counter(state, field, &sum);
        td_mp_int(out, sum);
        return out->err;
    case TD_OP_INSERT:
        return put_text(state, field, out);
    case TD_OP_LINE:
        return put_lines(state, field, out);
    case TD_OP_PLACE:
        return put_list(state, field, out);
    default:
        td_mp_nil(out);
        return out->err;
    }
}

static tandem_err
put_record(const struct td_record *state, tandem_id sector,
    struct td_arena *arena, struct td_buf *out)
{
    const tandem_id id = td_record_id(state);
    uint64_t field, merge;
    size_t n = 0;

    while (td_record_field(state, n, &field, &merge)) {
        n++;
    }
    td_mp_array(out, 6);
    td_mp_bin(out, id.b, 16);
    td_mp_bin(out, sector.b, 16);
    td_mp_bin(out, td_record_pack(state), 8);
    td_mp_uint(out, td_record_kind(state));
    td_mp_uint(out, (uint64_t)td_record_deletion(state));
    td_mp_array(out, n);
    for (size_t i = 0; td_record_field(state, i, &field, &merge); i++) {
        TD_TRY(put_field(state, field, merge, arena, out));
    }
    return out->err;
}

struct digesting {
    struct td_work *w;
    const tandem_id *sector;
    struct td_arena arena;
    struct td_buf bytes;
    struct td_hash hash;
    uint64_t records;
};

static tandem_err
take_row(struct digesting *d, tandem_slice key, tandem_slice value)
{
    struct td_record *state;
    struct td_row row;
    tandem_id id;
    tandem_err err = TANDEM_OK;

    td_arena_reset(&d->arena);
    TD_TRY(td_state_row(d->w, key, value, &d->arena, &row));
    if (d->sector != NULL && td_id_cmp(*d->sector, row.sector) != 0) {
        return TANDEM_OK;
    }
    memcpy(id.b, key.ptr, 16);
    TD_TRY(td_state_of(d->w, id, &row, &d->arena, &state));
    if (td_record_changes(state) > 0) {
        td_buf_reset(&d->bytes);
        err = put_record(state, row.sector, &d->arena, &d->bytes);
        if (err == TANDEM_OK) {
            const tandem_slice parts[2] = {
                {d->hash.b, 32}, td_buf_slice(&d->bytes)};

            d->hash = td_hash_parts(DIGEST_DOMAIN, parts, 2);
            d->records++;
        }
    }
    td_record_free(state);
    return err;
}

tandem_err
td_replica_digest(struct td_replica *r, const tandem_id *sector,
    struct td_hash *out, uint64_t *records)
{
    struct digesting d = {.sector = sector};
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err;

    TD_TRY(td_work_read(r, &d.w));
    td_arena_init(&d.arena, r->sys, TD_REPLICA_ARENA_MAX);
    td_buf_init(&d.bytes, r->sys, 2 * (size_t)TD_RECORD_BYTES_MAX);
    err = td_iter_open(d.w->t, TD_T_RECORDS, (tandem_slice){0}, &i);
    if (err == TANDEM_OK) {
        while (err == TANDEM_OK) {
            err = td_iter_next(i, &key, &value);
            if (err == TANDEM_OK) {
                err = key.len == TD_ROW_KEY_BYTES ? take_row(&d, key, value)
                                                  : TANDEM_ECORRUPT;
                // A row's payload that is gone is damage, not the end.
                err = err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
            }
        }
        td_iter_close(i);
    }
    td_buf_deinit(&d.bytes);
    td_arena_deinit(&d.arena);
    td_work_read_end(d.w);
    if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    *out = d.hash;
    *records = d.records;
    return TANDEM_OK;
}
