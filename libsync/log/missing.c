// SPDX-License-Identifier: Apache-2.0
// missing.c - payloads that are missing, and how many are in each sector.
//
// MISSING   number be32 || seq be64 || index be16 -> [hash 32, length]
// META      "missing" || sector 16 -> how many of its logs' rows stand there,
//           be64; absent: none
// A count changes in the transaction that changes the row, so a session asks a
// row a sector, however much is missing. LMDB knows how many rows MISSING has:
// counts that do not add up to them are not believed, the rows are counted
// instead, and td_missing_mend writes the counts anew.
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "codec/writer.h"
#include "log/row.h"

// All sectors of which something is missing, while they are looked at.
#define SECTORS_BYTES_MAX ((size_t)64 << 20)

static const uint8_t name[] = {'m', 'i', 's', 's', 'i', 'n', 'g'};

enum { NAME = sizeof(name), COUNT_KEY = NAME + 16 };

static void
count_key(const tandem_id *sector, uint8_t out[COUNT_KEY])
{
    memcpy(out, name, NAME);
    memcpy(out + NAME, sector->b, sizeof(sector->b));
}

// Of a log that cannot be read any more: a sector of which nobody speaks, so
// that its rows are counted all the same.
static tandem_err
sector_of(struct td_txn *t, uint32_t number, tandem_id *out)
{
    struct td_log_info log;
    tandem_err err = td_log_number(t, number, &log);

    if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
        memset(out->b, 0xff, sizeof(out->b));
        return TANDEM_OK;
    }
    TD_TRY(err);
    *out = log.sector;
    return TANDEM_OK;
}

// --------------------------------------------------------------------- counts

static tandem_err
put_count(struct td_txn *t, const tandem_id *sector, uint64_t count)
{
    uint8_t key[COUNT_KEY];
    const tandem_slice at = {key, sizeof(key)};
    uint8_t row[8];

    count_key(sector, key);
    if (count == 0) {
        return td_has(t, TD_T_META, at) ? td_del(t, TD_T_META, at) : TANDEM_OK;
    }
    td_put_be64(row, count);
    return td_put(
        t, TD_T_META, at, TD_SEAL_TRANSIT, (tandem_slice){row, sizeof(row)});
}

static tandem_err
get_count(struct td_txn *t, const tandem_id *sector, uint64_t *out)
{
    uint8_t key[COUNT_KEY];

    count_key(sector, key);
    return td_counter_get(t, (tandem_slice){key, sizeof(key)}, 8, out);
}

// A row of a log was added, or taken away. A count that this cannot be true of
// is worked out again.
static tandem_err
count_one(struct td_txn *t, uint32_t number, bool added)
{
    tandem_id sector;
    uint64_t count;
    tandem_err err;

    TD_TRY(sector_of(t, number, &sector));
    err = get_count(t, &sector, &count);
    if (err == TANDEM_ECORRUPT || (err == TANDEM_OK && !added && count == 0)) {
        return td_missing_mend(t);
    }
    TD_TRY(err);
    return put_count(t, &sector, added ? count + 1 : count - 1);
}

// The counts, one after another.
struct count {
    tandem_id sector;
    uint64_t n;
};

struct counts {
    struct td_iter *i;
    struct count at;
};

// ENOTFOUND at the end; ECORRUPT for a damaged one.
static tandem_err
next_count(struct counts *c)
{
    tandem_slice key, value;
    tandem_err err = td_iter_next(c->i, &key, &value);

    if (err != TANDEM_OK && (err != TANDEM_ECORRUPT || key.len == 0)) {
        return err;
    }
    if (key.len < NAME || memcmp(key.ptr, name, NAME) != 0) {
        return TANDEM_ENOTFOUND;
    }
    if (err != TANDEM_OK || key.len != COUNT_KEY || value.len != 8) {
        return TANDEM_ECORRUPT;
    }
    memcpy(c->at.sector.b, key.ptr + NAME, sizeof(c->at.sector.b));
    c->at.n = td_be64(value.ptr);
    return TANDEM_OK;
}

static tandem_err
open_counts(struct td_txn *t, struct counts *c)
{
    return td_iter_open(t, TD_T_META, (tandem_slice){name, NAME}, &c->i);
}

// ----------------------------------------------------------------------- rows

// The rows of MISSING, those of one log at a time.
struct runs {
    struct td_txn *t;
    struct td_iter *i;
    bool ahead; // the row looked at last is of the next run
    uint32_t next;
    uint32_t number;
    tandem_id sector;
    uint64_t count;
};

static tandem_err
look_ahead(struct runs *r)
{
    tandem_slice key, value;
    tandem_err err = td_iter_next(r->i, &key, &value);

    r->ahead = err == TANDEM_OK || (err == TANDEM_ECORRUPT && key.len > 0);
    if (r->ahead) { // a damaged row is asked for as well
        r->next = key.len < 4 ? UINT32_MAX : td_be32(key.ptr);
    }
    return r->ahead || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

// ENOTFOUND at the end.
static tandem_err
next_run(struct runs *r)
{
    tandem_err err = TANDEM_OK;

    if (!r->ahead) {
        return TANDEM_ENOTFOUND;
    }
    r->number = r->next;
    r->count = 0;
    do {
        r->count++;
        err = look_ahead(r);
    } while (err == TANDEM_OK && r->ahead && r->next == r->number);
    return err == TANDEM_OK || err == TANDEM_ENOTFOUND
               ? sector_of(r->t, r->number, &r->sector)
               : err;
}

static tandem_err
open_runs(struct td_txn *t, struct runs *r)
{
    tandem_err err;

    r->t = t;
    TD_TRY(td_iter_open(t, TD_T_MISSING, (tandem_slice){NULL, 0}, &r->i));
    err = look_ahead(r);
    if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
        td_iter_close(r->i);
        return err;
    }
    return TANDEM_OK;
}

// --------------------------------------------------------------------- adding

tandem_err
td_payload_missing(struct td_txn *t, uint32_t number, uint64_t seq,
    uint16_t index, const struct td_payload_ref *ref)
{
    uint8_t key[TD_PAYLOAD_KEY];
    const tandem_slice at = {key, sizeof(key)};
    struct td_buf b;
    tandem_err err;
    bool news;

    td_payload_key(number, seq, index, key);
    news = !td_has(t, TD_T_MISSING, at);
    td_row_buf(t, &b);
    td_mp_array(&b, 2);
    td_mp_bin(&b, ref->hash.b, sizeof(ref->hash.b));
    td_mp_uint(&b, ref->length);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(t, TD_T_MISSING, at, TD_SEAL_TRANSIT, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    TD_TRY(err);
    return news ? count_one(t, number, true) : TANDEM_OK;
}

bool
td_payload_is_missing(
    struct td_txn *t, uint32_t number, uint64_t seq, uint16_t index)
{
    uint8_t key[TD_PAYLOAD_KEY];

    td_payload_key(number, seq, index, key);
    return td_has(t, TD_T_MISSING, (tandem_slice){key, sizeof(key)});
}

tandem_err
td_missing_drop(struct td_txn *t, uint32_t number, tandem_slice key)
{
    if (!td_has(t, TD_T_MISSING, key)) {
        return TANDEM_OK;
    }
    TD_TRY(td_del(t, TD_T_MISSING, key));
    return count_one(t, number, false);
}

tandem_err
td_payload_given_up(
    struct td_txn *t, uint32_t number, uint64_t seq, uint16_t index)
{
    uint8_t key[TD_PAYLOAD_KEY];

    td_payload_key(number, seq, index, key);
    return td_missing_drop(t, number, (tandem_slice){key, sizeof(key)});
}

// ------------------------------------------------------------------- how many

struct asked { // which sectors
    bool (*of)(void *ctx, tandem_id sector);
    void *ctx;
};

static bool
is_asked(const struct asked *a, tandem_id sector)
{
    return a->of == NULL || a->of(a->ctx, sector);
}

// By the counts; *sound: they add up.
static tandem_err
add_up(struct td_txn *t, const struct asked *a, uint64_t *out, bool *sound)
{
    struct counts c;
    uint64_t rows = 0;
    uint64_t all = 0;
    tandem_err err;

    *out = 0;
    TD_TRY(open_counts(t, &c));
    while ((err = next_count(&c)) == TANDEM_OK) {
        all += c.at.n;
        *out += is_asked(a, c.at.sector) ? c.at.n : 0;
    }
    td_iter_close(c.i);
    if (err == TANDEM_ENOTFOUND) {
        err = td_rows(t, TD_T_MISSING, &rows);
        *sound = all == rows;
    } else if (err == TANDEM_ECORRUPT) {
        err = TANDEM_OK;
        *sound = false;
    }
    return err;
}

static tandem_err
by_rows(struct td_txn *t, const struct asked *a, uint64_t *out)
{
    struct runs r;
    tandem_err err;

    *out = 0;
    TD_TRY(open_runs(t, &r));
    while ((err = next_run(&r)) == TANDEM_OK) {
        *out += is_asked(a, r.sector) ? r.count : 0;
    }
    td_iter_close(r.i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

tandem_err
td_missing_count(struct td_txn *t, bool (*of)(void *ctx, tandem_id sector),
    void *ctx, uint64_t *out, bool *sound)
{
    const struct asked a = {of, ctx};

    TD_TRY(add_up(t, &a, out, sound));
    return *sound ? TANDEM_OK : by_rows(t, &a, out);
}

// ---------------------------------------------------------------- all of them

static tandem_err
drop_counts(struct td_txn *t)
{
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err;

    TD_TRY(td_iter_open(t, TD_T_META, (tandem_slice){name, NAME}, &i));
    while ((err = td_iter_next(i, &key, &value)) == TANDEM_OK ||
           (err == TANDEM_ECORRUPT && key.len > 0)) {
        if (key.len < NAME || memcmp(key.ptr, name, NAME) != 0) {
            err = TANDEM_ENOTFOUND;
            break;
        }
        err = td_del(t, TD_T_META, key);
        if (err != TANDEM_OK) {
            break;
        }
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

tandem_err
td_missing_mend(struct td_txn *t)
{
    struct runs r;
    tandem_err err;

    TD_TRY(drop_counts(t));
    TD_TRY(open_runs(t, &r));
    while ((err = next_run(&r)) == TANDEM_OK) {
        uint64_t before;

        err = get_count(t, &r.sector, &before);
        if (err == TANDEM_OK) {
            err = put_count(t, &r.sector, before + r.count);
        }
        if (err != TANDEM_OK) {
            break;
        }
    }
    td_iter_close(r.i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

// What the rows say, a sector each.
struct told {
    struct count *at;
    size_t count, cap;
};

static tandem_err
told_add(struct told *x, struct td_arena *arena, tandem_id sector, uint64_t n)
{
    size_t k = x->count;

    while (k > 0 && td_id_cmp(x->at[k - 1].sector, sector) != 0) {
        k--;
    }
    if (k > 0) {
        x->at[k - 1].n += n;
        return TANDEM_OK;
    }
    if (x->count == x->cap) {
        size_t cap = x->cap == 0 ? 16 : x->cap * 2;
        struct count *grown = td_arena_array(arena, cap, sizeof(*grown));

        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        if (x->count > 0) {
            memcpy(grown, x->at, x->count * sizeof(*grown));
        }
        x->at = grown;
        x->cap = cap;
    }
    x->at[x->count++] = (struct count){sector, n};
    return TANDEM_OK;
}

static tandem_err
tell(struct td_txn *t, struct td_arena *arena, struct told *out)
{
    struct runs r;
    tandem_err err;

    TD_TRY(open_runs(t, &r));
    while ((err = next_run(&r)) == TANDEM_OK) {
        err = told_add(out, arena, r.sector, r.count);
        if (err != TANDEM_OK) {
            break;
        }
    }
    td_iter_close(r.i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

tandem_err
td_missing_check(struct td_txn *t, bool *same)
{
    const struct asked all = {NULL, NULL};
    struct told x = {NULL, 0, 0};
    struct td_arena arena;
    uint64_t n;
    tandem_err err;

    // As many as all rows: none is too high unless another one is too low.
    TD_TRY(add_up(t, &all, &n, same));
    td_arena_init(&arena, td_store_sys(td_txn_store(t)), SECTORS_BYTES_MAX);
    err = *same ? tell(t, &arena, &x) : TANDEM_OK;
    for (size_t i = 0; err == TANDEM_OK && *same && i < x.count; i++) {
        err = get_count(t, &x.at[i].sector, &n);
        *same = err == TANDEM_OK && n == x.at[i].n;
    }
    td_arena_deinit(&arena);
    return err;
}
