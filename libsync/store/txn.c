// SPDX-License-Identifier: Apache-2.0
// txn.c - transactions and single rows.
//
// A write runs as often as the map must grow: begin, function, commit; when
// the map was full anywhere, abort, double, again. A failed put poisons the
// transaction (`err`), so a function that forgets to pass an error up cannot
// commit half of its work.
#include <string.h>
#include <unistd.h>

#include "store/env.h"
#include "store/row.h"

enum {
    SCRATCH_KEEP = 256 << 10 // a rare large row does not stay in memory
};

tandem_err
td_store_usable(const struct td_store *s)
{
    if (s->pid != getpid()) {
        return TANDEM_EMISUSE;
    }
    return atomic_load(&s->failed) ? TANDEM_EFAILED : TANDEM_OK;
}

// One try. `again` when the map must grow first.
static tandem_err
attempt(struct td_store *s, tandem_err (*fn)(struct td_txn *t, void *ctx),
    void *ctx, bool *again, tandem_error *e)
{
    struct td_txn t;
    tandem_err err;
    int rc = 0;

    err = td_env_begin(s, &t, true);
    if (err != TANDEM_OK) {
        return td_fail_sys(e, err, t.raw);
    }
    err = fn(&t, ctx);
    td_iter_detach(&t);
    if (t.full || t.err != TANDEM_OK || err != TANDEM_OK) {
        mdb_txn_abort(t.mdb);
        if (t.err != TANDEM_OK) {
            err = td_fail_sys(e, t.err, t.raw);
        }
        *again = t.full;
    } else {
        rc = mdb_txn_commit(t.mdb); // ends it, whatever it returns
    }
    td_env_leave(&t);
    if (rc == MDB_MAP_FULL) {
        *again = true;
    } else if (rc != 0) {
        err = td_env_commit_failed(s, rc, e);
    }
    return err;
}

tandem_err
td_store_write(struct td_store *s,
    tandem_err (*fn)(struct td_txn *t, void *ctx), void *ctx, tandem_error *e)
{
    tandem_err err = td_store_usable(s);
    bool again;
    int raw = 0;

    if (err == TANDEM_OK && td_env_inside(s)) {
        err = TANDEM_EMISUSE; // it would wait for itself
    }
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    (void)pthread_mutex_lock(&s->write);
    do {
        again = false;
        err = td_store_usable(s); // another writer may have failed it
        if (err != TANDEM_OK) {
            (void)td_fail_code(e, err);
            break;
        }
        err = attempt(s, fn, ctx, &again, e);
        if (again) {
            err = td_env_grow(s, &raw);
            if (err != TANDEM_OK) {
                (void)td_fail_sys(e, err, raw);
                break;
            }
            td_fail_clear(e); // what made room necessary is no failure
        }
    } while (again);
    if (s->scratch.cap > SCRATCH_KEEP) {
        td_buf_deinit(&s->scratch);
    }
    if (s->room.cap > SCRATCH_KEEP) {
        td_buf_deinit(&s->room);
    }
    (void)pthread_mutex_unlock(&s->write);
    return err;
}

tandem_err
td_store_read(struct td_store *s, struct td_txn **out)
{
    struct td_txn *t;
    tandem_err err;

    TD_TRY(td_store_usable(s));
    t = td_alloc(&s->sys, sizeof(*t));
    if (t == NULL) {
        return TANDEM_ENOMEM;
    }
    err = td_env_begin(s, t, false);
    if (err != TANDEM_OK) {
        td_free(&s->sys, t, sizeof(*t));
        return err;
    }
    *out = t;
    return TANDEM_OK;
}

void
td_store_read_end(struct td_txn *t)
{
    struct td_store *s;

    if (t == NULL) {
        return;
    }
    TD_ASSERT(!t->write);
    s = t->store;
    td_iter_detach(t);
    if (s->pid == getpid()) {
        mdb_txn_abort(t->mdb);
        td_env_leave(t);
    }
    td_free(&s->sys, t, sizeof(*t));
}

struct td_store *
td_txn_store(struct td_txn *t)
{
    return t->store;
}

struct td_buf *
td_txn_room(struct td_txn *t)
{
    TD_ASSERT(t->write);
    td_buf_reset(&t->store->room);
    return &t->store->room;
}

uint64_t
td_txn_reads(const struct td_txn *t)
{
    return t->reads;
}

uint64_t
td_store_reads(const struct td_store *s)
{
    return atomic_load(&s->reads);
}

// Before every call on a row. Whether this is the process that opened the store
// was looked at when the transaction began, and is at its end.
static tandem_err
ready(struct td_txn *t, enum td_table table, tandem_slice key)
{
    TD_ASSERT((unsigned)table < TD_T_COUNT);
    if (t->err != TANDEM_OK) {
        return t->err;
    }
    return td_row_key_check(key);
}

// LMDB reads keys only; its type has no const.
static MDB_val
key_val(tandem_slice key, uint8_t room[TD_KEY_BYTES_MAX])
{
    memcpy(room, key.ptr, key.len);
    return (MDB_val){.mv_size = key.len, .mv_data = room};
}

// A write transaction that failed once is given up.
static tandem_err
poison(struct td_txn *t, tandem_err err, int rc)
{
    if (rc == MDB_MAP_FULL) {
        t->full = true;
    }
    t->err = err;
    t->raw = rc;
    return err;
}

static tandem_err
find(struct td_txn *t, enum td_table table, tandem_slice key, MDB_val *v)
{
    uint8_t room[TD_KEY_BYTES_MAX];
    MDB_val k = key_val(key, room);
    int rc = mdb_get(t->mdb, t->store->dbi[table], &k, v);

    t->reads++;
    if (rc == 0 && !td_env_readable(t, v)) {
        return TANDEM_ECORRUPT;
    }
    return td_env_err(rc);
}

tandem_err
td_get_hashed(struct td_txn *t, enum td_table table, tandem_slice key,
    struct td_hash *hash, struct td_buf *out)
{
    const struct td_row_at at = {table, key};
    MDB_val v;

    TD_ASSERT(hash == NULL || table == TD_T_PAYLOADS);
    td_buf_reset(out);
    TD_TRY(ready(t, table, key));
    TD_TRY(find(t, table, key, &v));
    return td_row_open(
        t->store->keys, &at, (tandem_slice){v.mv_data, v.mv_size}, hash, out);
}

tandem_err
td_get(
    struct td_txn *t, enum td_table table, tandem_slice key, struct td_buf *out)
{
    return td_get_hashed(t, table, key, NULL, out);
}

bool
td_has(struct td_txn *t, enum td_table table, tandem_slice key)
{
    tandem_err err;
    MDB_val v;

    if (ready(t, table, key) != TANDEM_OK) {
        return false;
    }
    err = find(t, table, key, &v);
    if (t->write && err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
        // "not there" would be a guess; let nothing be written upon it.
        (void)poison(t, err, 0);
    }
    return err == TANDEM_OK;
}

static tandem_err
put(struct td_txn *t, enum td_table table, tandem_slice key, tandem_slice value,
    const struct td_row_with *how)
{
    const struct td_row_at at = {table, key};
    struct td_store *s = t->store;
    uint8_t room[TD_KEY_BYTES_MAX];
    MDB_val k, v;
    tandem_err err;
    int rc;

    TD_TRY(ready(t, table, key));
    if (!t->write) {
        return TANDEM_EMISUSE;
    }
    if (value.len > TD_ROW_BYTES_MAX) {
        return poison(t, TANDEM_ELIMIT, 0);
    }
    err = td_row_seal(s->keys, &at, value, how, &s->scratch);
    if (err != TANDEM_OK) {
        return poison(t, err, 0);
    }
    k = key_val(key, room);
    v = (MDB_val){.mv_size = s->scratch.len, .mv_data = s->scratch.ptr};
    t->writes++;
    rc = mdb_put(t->mdb, s->dbi[table], &k, &v, 0);
    return rc == 0 ? TANDEM_OK : poison(t, td_env_err(rc), rc);
}

tandem_err
td_put(struct td_txn *t, enum td_table table, tandem_slice key, uint16_t seal,
    tandem_slice value)
{
    const struct td_row_with how = {
        .seal = seal, .rng = td_rng_pooled(&t->store->random)};

    return put(t, table, key, value, &how);
}

tandem_err
td_put_hashed(struct td_txn *t, enum td_table table, tandem_slice key,
    uint16_t seal, const struct td_hash *hash, tandem_slice value)
{
    const struct td_row_with how = {.seal = seal, .hash = hash};

    TD_ASSERT(table == TD_T_PAYLOADS);
    return put(t, table, key, value, &how);
}

tandem_err
td_del(struct td_txn *t, enum td_table table, tandem_slice key)
{
    uint8_t room[TD_KEY_BYTES_MAX];
    MDB_val k;
    int rc;

    TD_TRY(ready(t, table, key));
    if (!t->write) {
        return TANDEM_EMISUSE;
    }
    k = key_val(key, room);
    t->writes++;
    rc = mdb_del(t->mdb, t->store->dbi[table], &k, NULL);
    if (rc == 0 || rc == MDB_NOTFOUND) {
        return td_env_err(rc);
    }
    return poison(t, td_env_err(rc), rc);
}

tandem_err
td_rows(struct td_txn *t, enum td_table table, uint64_t *out)
{
    MDB_stat stat;
    int rc;

    TD_ASSERT((unsigned)table < TD_T_COUNT);
    TD_TRY(t->err);
    rc = mdb_stat(t->mdb, t->store->dbi[table], &stat);
    TD_TRY(td_env_err(rc));
    *out = stat.ms_entries;
    return TANDEM_OK;
}
