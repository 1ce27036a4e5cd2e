// SPDX-License-Identifier: Apache-2.0
// raw.h - the raw limit: what ZeroMQ, CURVE and LMDB alone would take.
//
// The rows the receiver's store holds after the first exchange are written
// again, same tables, keys, value sizes and number of transactions, into an
// empty LMDB, each transaction synced, while as many bytes as the exchange
// took come over CURVE in frames of 32 KiB. Nothing is sealed, hashed,
// verified or merged, and nothing is read before it is written.
#ifndef TANDEM_BENCH_RAW_H
#define TANDEM_BENCH_RAW_H

#include "post.h"

#include <lmdb.h>
#include <zmq.h>

enum {
    RAW_TABLES = 5,
    RAW_RECORDS = 2,
    RAW_INDEXES = 3,
    RAW_FRAME = 32 << 10,
    RAW_RECORD_KEY = 24, // an index row's key ends with it
    RAW_VALUE_MAX = 1 << 20
};

static const char *const raw_tables[RAW_TABLES] = {
    "commits", "payloads", "records", "indexes", "feed"};

struct raw_row {
    uint32_t group; // which record it came with
    uint32_t value_bytes;
    uint16_t key_bytes;
    uint16_t table;
    uint32_t key; // where in `keys`
};

struct raw {
    struct raw_row *rows;
    size_t count, cap;
    uint8_t *keys;
    size_t key_bytes, key_cap;
    size_t records;    // how many groups
    size_t record_row; // the first row of RAW_RECORDS
    size_t bytes, transactions;
    char dir[64];
    int port;
    double seconds;
};

static inline MDB_env *
raw_env(const char *dir, const char *name, unsigned flags, size_t map)
{
    MDB_env *env = NULL;
    char path[160];

    (void)snprintf(path, sizeof(path), "%s%s", dir, name);
    if (mdb_env_create(&env) != 0 || mdb_env_set_maxdbs(env, 32) != 0 ||
        mdb_env_set_mapsize(env, map) != 0 ||
        mdb_env_open(env, path, flags, 0600) != 0) {
        if (env != NULL) {
            mdb_env_close(env);
        }
        return NULL;
    }
    return env;
}

// Transactions committed so far in the store of another process.
static inline size_t
raw_transactions(const char *dir)
{
    MDB_env *env = raw_env(dir, "", MDB_RDONLY, 0);
    MDB_envinfo info = {0};

    if (env != NULL) {
        (void)mdb_env_info(env, &info);
        mdb_env_close(env);
    }
    return info.me_last_txnid;
}

static inline bool
raw_add(struct raw *r, uint16_t table, const MDB_val *k, const MDB_val *v)
{
    if (r->count == r->cap) {
        r->cap = r->cap == 0 ? 4096 : r->cap * 2;
        r->rows = realloc(r->rows, r->cap * sizeof(*r->rows));
    }
    if (r->key_bytes + k->mv_size > r->key_cap) {
        r->key_cap = (r->key_cap + k->mv_size) * 2 + 65536;
        r->keys = realloc(r->keys, r->key_cap);
    }
    if (r->rows == NULL || r->keys == NULL || r->key_bytes > UINT32_MAX ||
        v->mv_size > RAW_VALUE_MAX) {
        return false;
    }
    r->rows[r->count++] = (struct raw_row){.table = table,
        .key_bytes = (uint16_t)k->mv_size,
        .value_bytes = (uint32_t)v->mv_size,
        .key = (uint32_t)r->key_bytes};
    memcpy(r->keys + r->key_bytes, k->mv_data, k->mv_size);
    r->key_bytes += k->mv_size;
    return true;
}

static inline bool
raw_table(struct raw *r, MDB_txn *t, uint16_t table)
{
    MDB_cursor *c = NULL;
    MDB_val k, v;
    MDB_dbi dbi;
    bool good = true;

    if (mdb_dbi_open(t, raw_tables[table], 0, &dbi) != 0 ||
        mdb_cursor_open(t, dbi, &c) != 0) {
        return false;
    }
    while (good && mdb_cursor_get(c, &k, &v, MDB_NEXT) == 0) {
        good = raw_add(r, table, &k, &v);
    }
    mdb_cursor_close(c);
    return good;
}

// The record an index row belongs to; records stand in order of their keys.
static inline uint32_t
raw_record_of(const struct raw *r, const struct raw_row *row)
{
    const uint8_t *key = r->keys + row->key + (row->key_bytes - RAW_RECORD_KEY);
    size_t low = 0, high = r->records;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct raw_row *m = &r->rows[r->record_row + mid];

        if (memcmp(r->keys + m->key, key, RAW_RECORD_KEY) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return (uint32_t)low;
}

static inline int
raw_order(const void *a, const void *b)
{
    const struct raw_row *x = a, *y = b;

    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    return (int)x->table - (int)y->table;
}

// Rows of ordered tables came in their order; an index row with its record.
static inline void
raw_group(struct raw *r)
{
    size_t counts[RAW_TABLES] = {0}, seen[RAW_TABLES] = {0};

    for (size_t i = 0; i < r->count; i++) {
        if (counts[r->rows[i].table]++ == 0 &&
            r->rows[i].table == RAW_RECORDS) {
            r->record_row = i;
        }
    }
    r->records = counts[RAW_RECORDS];
    for (size_t i = 0; i < r->count; i++) {
        struct raw_row *row = &r->rows[i];
        size_t rank = seen[row->table]++;

        row->group =
            row->table == RAW_INDEXES && row->key_bytes > RAW_RECORD_KEY
                ? raw_record_of(r, row)
                : (uint32_t)(rank * r->records / counts[row->table]);
    }
    qsort(r->rows, r->count, sizeof(*r->rows), raw_order);
}

// The rows of a store another process has open.
static inline bool
raw_read(struct raw *r, const char *dir)
{
    MDB_env *env = raw_env(dir, "", MDB_RDONLY, 0);
    MDB_txn *t;
    bool good = env != NULL;

    if (good && mdb_txn_begin(env, NULL, MDB_RDONLY, &t) == 0) {
        for (uint16_t i = 0; good && i < RAW_TABLES; i++) {
            good = raw_table(r, t, i);
        }
        mdb_txn_abort(t);
    }
    if (env != NULL) {
        mdb_env_close(env);
    }
    if (good) {
        raw_group(r);
    }
    return good;
}

// ------------------------------------------------------------- the exchange

// Both ends know the keys: they are made for this measure.
static const char raw_public[] = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
static const char raw_secret[] = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

static inline void *
raw_socket(void *context, int type, bool server)
{
    void *s = zmq_socket(context, type);
    int yes = 1;

    (void)zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, raw_secret, 41);
    if (server) {
        (void)zmq_setsockopt(s, ZMQ_CURVE_SERVER, &yes, sizeof(yes));
    } else {
        (void)zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, raw_public, 41);
        (void)zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, raw_public, 41);
    }
    return s;
}

static inline int
raw_send(const char *address, size_t bytes)
{
    static uint8_t frame[RAW_FRAME];
    void *context = zmq_ctx_new();
    void *s = raw_socket(context, ZMQ_PUSH, false);
    int rc = zmq_connect(s, address);

    for (size_t left = bytes; rc == 0 && left > 0;) {
        size_t n = left < RAW_FRAME ? left : RAW_FRAME;

        rc = zmq_send(s, frame, n, 0) == (int)n ? 0 : -1;
        left -= n;
    }
    (void)zmq_close(s);
    (void)zmq_ctx_term(context);
    return rc;
}

static inline bool
raw_put(
    const struct raw *r, MDB_txn *t, const MDB_dbi *dbi, size_t from, size_t to)
{
    static uint8_t value[RAW_VALUE_MAX];

    for (size_t i = from; i < to; i++) {
        const struct raw_row *row = &r->rows[i];
        MDB_val k = {row->key_bytes, r->keys + row->key};
        MDB_val v = {row->value_bytes, value};

        if (mdb_put(t, dbi[row->table], &k, &v, 0) != 0) {
            return false;
        }
    }
    return true;
}

static inline bool
raw_receive(const struct raw *r, void *s, MDB_env *env)
{
    static uint8_t frame[RAW_FRAME];
    const size_t frames = (r->bytes + RAW_FRAME - 1) / RAW_FRAME;
    MDB_dbi dbi[RAW_TABLES];
    MDB_txn *t = NULL;
    bool good = mdb_txn_begin(env, NULL, 0, &t) == 0;

    for (size_t i = 0; good && i < RAW_TABLES; i++) {
        good = mdb_dbi_open(t, raw_tables[i], MDB_CREATE, &dbi[i]) == 0;
    }
    for (size_t i = 0; good && i < frames; i++) {
        good = zmq_recv(s, frame, sizeof(frame), 0) > 0 &&
               (t != NULL || mdb_txn_begin(env, NULL, 0, &t) == 0) &&
               raw_put(r, t, dbi, i * r->count / frames,
                   (i + 1) * r->count / frames);
        if (good && ((i + 1) * r->transactions / frames >
                            i * r->transactions / frames ||
                        i + 1 == frames)) {
            good = mdb_txn_commit(t) == 0;
            t = NULL;
        }
    }
    if (t != NULL) {
        mdb_txn_abort(t);
    }
    return good;
}

// Seconds from the first connection to the last synced commit; < 0: failed.
static inline double
raw_run(const struct raw *r)
{
    char address[128] = "", dir[64];
    size_t room = sizeof(address);
    void *context = zmq_ctx_new();
    void *s = raw_socket(context, ZMQ_PULL, true);
    MDB_env *env = NULL;
    double start = 0, end = -1;
    int patience = POST_PATIENCE_MS;
    pid_t pid = -1;

    (void)zmq_setsockopt(s, ZMQ_RCVTIMEO, &patience, sizeof(patience));
    if (folder_new(dir)) {
        env = raw_env(dir, "", 0, (size_t)8 << 30);
    }
    if (env != NULL && zmq_bind(s, "tcp://127.0.0.1:*") == 0 &&
        zmq_getsockopt(s, ZMQ_LAST_ENDPOINT, address, &room) == 0) {
        start = now_s();
        pid = fork();
        if (pid == 0) {
            _exit(raw_send(address, r->bytes) == 0 ? 0 : 1);
        }
        if (pid > 0 && raw_receive(r, s, env)) {
            end = now_s();
        }
    }
    if (pid > 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
    }
    (void)zmq_close(s);
    (void)zmq_ctx_term(context);
    if (env != NULL) {
        mdb_env_close(env);
    }
    folder_remove(dir);
    return end < 0 ? -1 : end - start;
}

static inline void
raw_free(struct raw *r)
{
    free(r->rows);
    free(r->keys);
}

#endif
