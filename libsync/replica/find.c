// SPDX-License-Identifier: Apache-2.0
// find.c - records by kind, by an indexed value, by their conflicts, by the
// beginning of their id. Pages come in key order: record 16 || tag 8, which
// for UUIDv7 is the order of creation.
//
// Index rows say nothing of a record's sector: its tag does, compared with the
// tags of the sectors this store knows.
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "crypto/hash.h"
#include "replica/face.h"
#include "replica/index.h"
#include "replica/state.h"

#define PREFIX_DIGITS_MIN 4
#define FIND_LIMIT_MAX    1000

struct finding {
    struct td_work *w;
    const struct td_query *q;
    struct td_arena *arena; // results
    struct td_hit *hits;    // `limit` + 1 of them: one more says "go on"
    size_t count, limit;
    tandem_id *sectors; // common first
    size_t sector_count;
    uint8_t after[TD_ROW_KEY_BYTES];
    bool has_after;
};

static int
by_key(const void *a, const void *b)
{
    const struct td_hit *p = a, *q = b;

    return memcmp(p->key, q->key, TD_ROW_KEY_BYTES);
}

// The sector whose tag this key carries.
static bool
sector_of(const struct finding *f, const uint8_t key[TD_ROW_KEY_BYTES],
    tandem_id *out)
{
    uint8_t other[TD_ROW_KEY_BYTES];
    tandem_id id;

    memcpy(id.b, key, 16);
    for (size_t i = 0; i < f->sector_count; i++) {
        td_row_key(id, f->sectors[i], f->q->pack, f->q->kind, other);
        if (memcmp(other + 16, key + 16, 8) == 0) {
            *out = f->sectors[i];
            return true;
        }
    }
    return false;
}

static bool
wanted(const struct finding *f, tandem_id sector)
{
    return f->q->sector == NULL || td_id_cmp(*f->q->sector, sector) == 0;
}

static void
add(struct finding *f, const uint8_t key[TD_ROW_KEY_BYTES], tandem_id sector)
{
    struct td_hit *h = &f->hits[f->count++];

    memcpy(h->key, key, TD_ROW_KEY_BYTES);
    memcpy(h->id.b, key, 16);
    h->sector = sector;
}

// Where to begin in a table whose keys are `prefix` || record || tag.
static size_t
begin_at(const struct finding *f, const uint8_t *prefix, size_t n,
    uint8_t out[TD_INDEX_KEY_BYTES + 1])
{
    if (n > 0) {
        memcpy(out, prefix, n);
    }
    if (!f->has_after) {
        return n;
    }
    memcpy(out + n, f->after, TD_ROW_KEY_BYTES);
    out[n + TD_ROW_KEY_BYTES] = 0; // the first key behind it
    return n + TD_ROW_KEY_BYTES + 1;
}

// Index rows of one blind, at most limit + 1; `sector` if the blind says it.
static tandem_err
walk_blind(struct finding *f, struct td_hash16 blind, const tandem_id *sector)
{
    uint8_t from[TD_INDEX_KEY_BYTES + 1];
    const size_t first = f->count;
    const tandem_slice start = {from, begin_at(f, blind.b, 16, from)};
    tandem_slice key, value;
    struct td_iter *i;
    tandem_id where;
    tandem_err err;

    TD_TRY(td_iter_open(f->w->t, TD_T_INDEXES, start, &i));
    while (f->count - first <= f->limit) {
        err = td_iter_next(i, &key, &value);
        if (err != TANDEM_OK && err != TANDEM_ECORRUPT) {
            break;
        }
        if (key.len != TD_INDEX_KEY_BYTES ||
            memcmp(key.ptr, blind.b, 16) != 0) {
            err = TANDEM_ENOTFOUND;
            break;
        }
        // A damaged row's key still says it; its value says nothing.
        if (sector != NULL) {
            add(f, key.ptr + 16, *sector);
        } else if (sector_of(f, key.ptr + 16, &where) && wanted(f, where)) {
            add(f, key.ptr + 16, where);
        }
        err = TANDEM_OK;
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

// A kind in each sector: the smallest of all, limit + 1.
static tandem_err
walk_kind(struct finding *f)
{
    const struct td_store *s = f->w->r->store;

    for (size_t i = 0; i < f->sector_count; i++) {
        if (!wanted(f, f->sectors[i])) {
            continue;
        }
        TD_TRY(walk_blind(f,
            td_index_kind(s, f->sectors[i], f->q->pack, f->q->kind),
            &f->sectors[i]));
        qsort(f->hits, f->count, sizeof(*f->hits), by_key);
        if (f->count > f->limit + 1) {
            f->count = f->limit + 1;
        }
    }
    return TANDEM_OK;
}

// Rows of RECORDS, or of CONFLICTS with the record's row beside: what has no
// index says its sector and kind itself.
static tandem_err
consider(struct finding *f, tandem_slice key, struct td_arena *arena)
{
    struct td_record *state;
    struct td_row row;
    struct td_buf *b = &f->w->bytes;
    tandem_id id;
    tandem_err err;

    td_arena_reset(arena);
    td_buf_reset(b);
    err = td_get(f->w->t, TD_T_RECORDS, key, b);
    if (err == TANDEM_OK) {
        err = td_state_row(f->w, key, td_buf_slice(b), arena, &row);
    }
    if (err == TANDEM_ECORRUPT || err == TANDEM_ENOTFOUND ||
        err == TANDEM_ENOKEY) {
        return TANDEM_OK; // verify names it
    }
    TD_TRY(err);
    if (!wanted(f, row.sector) ||
        (f->q->has_kind &&
            (row.kind != f->q->kind || memcmp(row.pack, f->q->pack, 8) != 0))) {
        return TANDEM_OK;
    }
    memcpy(id.b, key.ptr, 16);
    if (!row.pointer) {
        err = td_state_of(f->w, id, &row, arena, &state);
        if (err != TANDEM_OK) {
            return err == TANDEM_ECORRUPT ? TANDEM_OK : err;
        }
        if (td_record_changes(state) == 0) {
            td_record_free(state);
            return TANDEM_OK;
        }
        td_record_free(state);
    }
    add(f, key.ptr, row.sector);
    return TANDEM_OK;
}

static tandem_err
walk_table(struct finding *f, enum td_table table)
{
    uint8_t from[TD_INDEX_KEY_BYTES + 1];
    const tandem_slice start = {from, begin_at(f, NULL, 0, from)};
    struct td_arena arena;
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err;

    TD_TRY(td_iter_open(f->w->t, table, start, &i));
    td_arena_init(&arena, f->w->sys, TD_REPLICA_ARENA_MAX);
    while (f->count <= f->limit) {
        err = td_iter_next(i, &key, &value);
        if (err != TANDEM_OK && err != TANDEM_ECORRUPT) {
            break;
        }
        if (key.len == TD_ROW_KEY_BYTES) {
            err = consider(f, key, &arena);
            if (err != TANDEM_OK) {
                break;
            }
        }
        err = TANDEM_OK;
    }
    td_arena_deinit(&arena);
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
prepare(struct finding *f)
{
    const struct td_member *m = f->w->member;
    const size_t n = m != NULL ? td_member_sectors(m) : 0;

    if (f->q->after.len > 0) {
        if (f->q->after.len != TD_ROW_KEY_BYTES) {
            return TANDEM_EVALUE;
        }
        memcpy(f->after, f->q->after.ptr, TD_ROW_KEY_BYTES);
        f->has_after = true;
    }
    f->limit = f->q->limit == 0 || f->q->limit > FIND_LIMIT_MAX ? FIND_LIMIT_MAX
                                                                : f->q->limit;
    // Two pages: the best so far, and one sector's more.
    f->hits = td_arena_array(f->arena, 2 * (f->limit + 1), sizeof(*f->hits));
    f->sectors = td_arena_array(f->arena, n + 1, sizeof(*f->sectors));
    if (f->hits == NULL || f->sectors == NULL) {
        return TANDEM_ENOMEM;
    }
    f->sectors[f->sector_count++] = td_sector_common;
    for (size_t i = 0; i < n; i++) {
        f->sectors[f->sector_count++] = td_member_sector_at(m, i);
    }
    return TANDEM_OK;
}

static tandem_err
find(struct finding *f)
{
    TD_TRY(prepare(f));
    if (f->q->conflicts) {
        return walk_table(f, TD_T_CONFLICTS);
    }
    if (f->q->has_field) {
        if (!f->q->has_kind) {
            return TANDEM_EMISUSE;
        }
        return walk_blind(f,
            td_index_field(f->w->r->store, f->q->pack, f->q->kind, f->q->field,
                f->q->value),
            NULL);
    }
    return f->q->has_kind ? walk_kind(f) : walk_table(f, TD_T_RECORDS);
}

tandem_err
td_replica_find(struct td_replica *r, const struct td_query *q,
    struct td_arena *a, struct td_hit **out, size_t *count, tandem_slice *next)
{
    struct finding f = {.q = q, .arena = a};
    tandem_err err;

    TD_TRY(td_work_read(r, &f.w));
    err = find(&f);
    td_work_read_end(f.w);
    TD_TRY(err);
    *next = (tandem_slice){0};
    if (f.count > f.limit) {
        f.count = f.limit;
        next->ptr = f.hits[f.count - 1].key;
        next->len = TD_ROW_KEY_BYTES;
    }
    *out = f.hits;
    *count = f.count;
    return TANDEM_OK;
}

// ------------------------------------------------------------- short ids

// Hex digits, dashes passed over, into the lowest id they can begin.
static bool
read_prefix(const char *hex, tandem_id *low, size_t *digits)
{
    size_t n = 0;

    memset(low, 0, sizeof(*low));
    for (; *hex != '\0'; hex++) {
        const char c = *hex;
        unsigned v;

        if (c == '-') {
            continue;
        }
        v = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
            : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
            : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                   : 16;
        if (v > 15 || n == 32) {
            return false;
        }
        low->b[n / 2] = (uint8_t)(low->b[n / 2] | (n % 2 == 0 ? v << 4 : v));
        n++;
    }
    *digits = n;
    return n >= PREFIX_DIGITS_MIN;
}

static bool
begins(const uint8_t *id, const tandem_id *low, size_t digits)
{
    if (memcmp(id, low->b, digits / 2) != 0) {
        return false;
    }
    return digits % 2 == 0 || (id[digits / 2] & 0xf0) == low->b[digits / 2];
}

tandem_err
td_replica_prefix(struct td_replica *r, const char *hex, tandem_id *out,
    size_t max, size_t *count)
{
    tandem_slice key, value;
    struct td_txn *t;
    struct td_iter *i;
    tandem_id low;
    size_t digits, n = 0;
    tandem_err err;

    if (!read_prefix(hex, &low, &digits)) {
        return TANDEM_EVALUE;
    }
    TD_TRY(td_store_read(r->store, &t));
    err = td_iter_open(t, TD_T_RECORDS, (tandem_slice){low.b, 16}, &i);
    if (err == TANDEM_OK) {
        while (n < max) {
            err = td_iter_next(i, &key, &value);
            if ((err != TANDEM_OK && err != TANDEM_ECORRUPT) ||
                key.len != TD_ROW_KEY_BYTES || !begins(key.ptr, &low, digits)) {
                break;
            }
            if (n == 0 || memcmp(out[n - 1].b, key.ptr, 16) != 0) {
                memcpy(out[n++].b, key.ptr, 16);
            }
        }
        td_iter_close(i);
        err =
            err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
    }
    td_store_read_end(t);
    if (err == TANDEM_OK) {
        *count = n;
    }
    return err;
}

tandem_err
td_replica_keyed_id(struct td_replica *r, tandem_id sector,
    const uint8_t pack[8], uint64_t kind, tandem_slice key, tandem_id *out)
{
    uint8_t number[8], secret[32] = {0};
    const tandem_slice parts[4] = {
        {(const uint8_t *)"td.id", 5}, {pack, 8}, {number, 8}, key};
    uint8_t id[16];

    if (r->member == NULL) {
        return TANDEM_EWORKSPACE;
    }
    TD_TRY(td_member_id_secret(r->member, sector, secret));
    td_put_be64(number, kind);
    td_hash_keyed(secret, parts, 4, id, sizeof(id));
    td_wipe(secret, sizeof(secret));
    *out = td_id_v8(id);
    return TANDEM_OK;
}
