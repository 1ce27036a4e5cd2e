// SPDX-License-Identifier: Apache-2.0
// iter.c - rows of a table in key order.
//
// The position is a key, not a place in LMDB's pages: after a write in the
// same transaction the cursor is moved to that key again. Nothing is ever
// written at a cursor.
#include <string.h>
#include <unistd.h>

#include "store/env.h"
#include "store/row.h"

enum state {
    AT_FROM, // before the first row with key >= `key`
    AT_KEY,  // `key` was returned
    AT_END
};

struct td_iter {
    struct td_txn *t; // NULL once the transaction has ended
    const tandem_sys *sys;
    enum td_table table;
    MDB_cursor *cursor;
    enum state state;
    uint64_t writes; // of the transaction, when the cursor was placed
    uint8_t key[TD_KEY_BYTES_MAX];
    size_t key_len;
    struct td_buf value;
    struct td_iter *next;
};

static void
set_from(struct td_iter *i, tandem_slice from)
{
    i->state = AT_FROM;
    i->key_len = from.len;
    if (from.len > 0) {
        memcpy(i->key, from.ptr, from.len);
    }
}

tandem_err
td_iter_open(struct td_txn *t, enum td_table table, tandem_slice from,
    struct td_iter **out)
{
    struct td_store *s = t->store;
    struct td_iter *i;
    int rc;

    TD_ASSERT((unsigned)table < TD_T_COUNT);
    TD_TRY(t->err);
    if (from.len > TD_KEY_BYTES_MAX) {
        return TANDEM_ELIMIT;
    }
    i = td_alloc(&s->sys, sizeof(*i));
    if (i == NULL) {
        return TANDEM_ENOMEM;
    }
    rc = mdb_cursor_open(t->mdb, s->dbi[table], &i->cursor);
    if (rc != 0) {
        td_free(&s->sys, i, sizeof(*i));
        return td_env_err(rc);
    }
    i->t = t;
    i->sys = &s->sys;
    i->table = table;
    set_from(i, from);
    td_buf_init(&i->value, &s->sys, TD_ROW_BYTES_MAX);
    i->next = t->iters;
    t->iters = i;
    *out = i;
    return TANDEM_OK;
}

tandem_err
td_iter_move(struct td_iter *i, tandem_slice from)
{
    if (i->t == NULL) {
        return TANDEM_EMISUSE;
    }
    if (from.len > TD_KEY_BYTES_MAX) {
        return TANDEM_ELIMIT;
    }
    set_from(i, from);
    return TANDEM_OK;
}

// The first row with a key >= ours.
static int
seek(struct td_iter *i, MDB_val *k, MDB_val *v)
{
    *k = (MDB_val){.mv_size = i->key_len, .mv_data = i->key};
    return mdb_cursor_get(
        i->cursor, k, v, i->key_len > 0 ? MDB_SET_RANGE : MDB_FIRST);
}

static int
step(struct td_iter *i, MDB_val *k, MDB_val *v)
{
    int rc;

    if (i->state == AT_KEY && i->writes == i->t->writes) {
        return mdb_cursor_get(i->cursor, k, v, MDB_NEXT);
    }
    rc = seek(i, k, v);
    if (rc == 0 && i->state == AT_KEY && k->mv_size == i->key_len &&
        memcmp(k->mv_data, i->key, i->key_len) == 0) {
        rc = mdb_cursor_get(i->cursor, k, v, MDB_NEXT);
    }
    return rc;
}

tandem_err
td_iter_next(struct td_iter *i, tandem_slice *key, tandem_slice *value)
{
    MDB_val k, v;
    tandem_err err;
    int rc;

    *key = (tandem_slice){NULL, 0};
    if (i->t == NULL) {
        return TANDEM_EMISUSE;
    }
    if (i->state == AT_END) {
        return TANDEM_ENOTFOUND;
    }
    if (i->t->err != TANDEM_OK) {
        i->state = AT_END; // who steps over damage comes to an end
        return i->t->err;
    }
    rc = step(i, &k, &v);
    if (rc != 0) {
        i->state = AT_END; // a bad page: there is no way past it
        return td_env_err(rc);
    }
    i->state = AT_KEY;
    i->writes = i->t->writes;
    i->t->reads++;
    if (k.mv_size == 0 || k.mv_size > TD_KEY_BYTES_MAX ||
        !td_env_readable(i->t, &k)) {
        i->state = AT_END; // not a key of ours: a damaged node
        return TANDEM_ECORRUPT;
    }
    memcpy(i->key, k.mv_data, k.mv_size);
    i->key_len = k.mv_size;
    *key = (tandem_slice){i->key, i->key_len};
    td_buf_reset(&i->value);
    if (!td_env_readable(i->t, &v)) {
        return TANDEM_ECORRUPT;
    }
    err = td_row_open(i->t->store->keys, &(struct td_row_at){i->table, *key},
        (tandem_slice){v.mv_data, v.mv_size}, NULL, &i->value);
    if (err == TANDEM_OK) {
        *value = td_buf_slice(&i->value);
    }
    return err == TANDEM_ELIMIT ? TANDEM_ECORRUPT : err;
}

void
td_iter_close(struct td_iter *i)
{
    if (i == NULL) {
        return;
    }
    if (i->t != NULL) {
        for (struct td_iter **p = &i->t->iters; *p != NULL; p = &(*p)->next) {
            if (*p == i) {
                *p = i->next;
                break;
            }
        }
        if (i->t->store->pid == getpid()) {
            mdb_cursor_close(i->cursor);
        }
    }
    td_buf_deinit(&i->value);
    td_free(i->sys, i, sizeof(*i));
}

void
td_iter_detach(struct td_txn *t)
{
    while (t->iters != NULL) {
        struct td_iter *i = t->iters;

        t->iters = i->next;
        if (t->store->pid == getpid()) {
            mdb_cursor_close(i->cursor);
        }
        i->cursor = NULL;
        i->t = NULL;
    }
}

// Where the keys that begin with `prefix` end: the smallest key above all of
// them. 0 when there is none (the prefix is all 0xff, or empty).
static size_t
above(tandem_slice prefix, uint8_t out[TD_KEY_BYTES_MAX])
{
    size_t n = prefix.len;

    while (n > 0 && prefix.ptr[n - 1] == 0xff) {
        n--;
    }
    if (n > 0) {
        memcpy(out, prefix.ptr, n);
        out[n - 1]++;
    }
    return n;
}

static int
seek_last(MDB_cursor *c, tandem_slice prefix, MDB_val *k, MDB_val *v)
{
    uint8_t end[TD_KEY_BYTES_MAX];
    size_t n = above(prefix, end);
    int rc;

    if (n > 0) {
        *k = (MDB_val){.mv_size = n, .mv_data = end};
        rc = mdb_cursor_get(c, k, v, MDB_SET_RANGE);
        if (rc != MDB_NOTFOUND) {
            return rc != 0 ? rc : mdb_cursor_get(c, k, v, MDB_PREV);
        }
    }
    return mdb_cursor_get(c, k, v, MDB_LAST);
}

// What the cursor found, opened, if its key shares the first `prefix` bytes of
// `want`.
static tandem_err
give(struct td_txn *t, enum td_table table, tandem_slice want, MDB_val *k,
    MDB_val *v, struct td_buf *key, struct td_buf *value)
{
    t->reads++;
    if (k->mv_size == 0 || k->mv_size > TD_KEY_BYTES_MAX ||
        !td_env_readable(t, k)) {
        return TANDEM_ECORRUPT;
    }
    if (k->mv_size < want.len ||
        (want.len > 0 && memcmp(k->mv_data, want.ptr, want.len) != 0)) {
        return TANDEM_ENOTFOUND;
    }
    td_buf_put(key, k->mv_data, k->mv_size);
    TD_TRY(key->err);
    if (!td_env_readable(t, v)) {
        return TANDEM_ECORRUPT;
    }
    return td_row_open(t->store->keys,
        &(struct td_row_at){table, td_buf_slice(key)},
        (tandem_slice){v->mv_data, v->mv_size}, NULL, value);
}

// The last key at or below `key`.
static int
seek_floor(MDB_cursor *c, tandem_slice key, MDB_val *k, MDB_val *v)
{
    uint8_t room[TD_KEY_BYTES_MAX];
    int rc;

    memcpy(room, key.ptr, key.len);
    *k = (MDB_val){.mv_size = key.len, .mv_data = room};
    rc = mdb_cursor_get(c, k, v, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND) {
        return mdb_cursor_get(c, k, v, MDB_LAST);
    }
    if (rc == 0 &&
        (k->mv_size != key.len || memcmp(k->mv_data, key.ptr, key.len) != 0)) {
        rc = mdb_cursor_get(c, k, v, MDB_PREV);
    }
    return rc;
}

static tandem_err
cursor_on(
    struct td_txn *t, enum td_table table, size_t key_len, MDB_cursor **out)
{
    TD_ASSERT((unsigned)table < TD_T_COUNT);
    TD_TRY(t->err);
    if (key_len > TD_KEY_BYTES_MAX) {
        return TANDEM_ELIMIT;
    }
    return td_env_err(mdb_cursor_open(t->mdb, t->store->dbi[table], out));
}

tandem_err
td_floor(struct td_txn *t, enum td_table table, tandem_slice key, size_t prefix,
    struct td_buf *found, struct td_buf *value)
{
    MDB_cursor *c;
    MDB_val k, v;
    int rc;

    TD_ASSERT(key.len > 0 && prefix <= key.len);
    td_buf_reset(found);
    td_buf_reset(value);
    TD_TRY(cursor_on(t, table, key.len, &c));
    rc = seek_floor(c, key, &k, &v);
    mdb_cursor_close(c);
    TD_TRY(td_env_err(rc));
    return give(
        t, table, (tandem_slice){key.ptr, prefix}, &k, &v, found, value);
}

tandem_err
td_last(struct td_txn *t, enum td_table table, tandem_slice prefix,
    struct td_buf *key, struct td_buf *value)
{
    MDB_cursor *c;
    MDB_val k, v;
    int rc;

    td_buf_reset(key);
    td_buf_reset(value);
    TD_TRY(cursor_on(t, table, prefix.len, &c));
    rc = seek_last(c, prefix, &k, &v);
    mdb_cursor_close(c);
    TD_TRY(td_env_err(rc));
    return give(t, table, prefix, &k, &v, key, value);
}
