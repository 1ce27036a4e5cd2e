// SPDX-License-Identifier: Apache-2.0
// env.h - the open environment behind a store: who is inside a transaction,
// growth of the map, LMDB's codes as ours. Private to this room.
#ifndef TD_STORE_ENV_H
#define TD_STORE_ENV_H

#include <limits.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "crypto/hash.h"
#include "store/keyfile.h"
#include "store/lock.h"
#include "store/store.h"

struct td_txn {
    struct td_store *store;
    MDB_txn *mdb;
    bool write;
    bool full;       // the map is too small: abort, grow, run again
    tandem_err err;  // sticky, of a write transaction
    int raw;         // LMDB's code behind `err`
    uint64_t writes; // how often it wrote; iterators look at it
    uint64_t reads;  // rows looked up or iterated over
    struct td_iter *iters;
    pthread_t thread;
    struct td_txn *next;
    size_t map_used; // bytes of the map that the file covers
};

struct td_store {
    tandem_sys sys;
    pid_t pid;
    int dir;
    struct td_lock lock;
    struct td_keyring *keys;
    struct td_blind_key blind; // from the index key
    MDB_env *env;
    MDB_dbi dbi[TD_T_COUNT];
    MDB_dbi own; // table "store"
    _Atomic bool failed;
    _Atomic uint64_t reads;    // of transactions that ended
    uintptr_t map_base;        // where the map begins; 0 = not known yet
    uint64_t map_bytes;        // both written under `gate`, by the writer only
    struct td_buf scratch;     // one sealed row; the writer's
    struct td_buf room;        // one value; td_txn_room
    struct td_rng_pool random; // the writer's
    pthread_mutex_t write;     // one writer, from begin to commit and growth
    pthread_mutex_t gate;      // guards the three below
    pthread_cond_t turn;
    struct td_txn *inside; // transactions that use the map
    bool growing;          // newcomers wait
    bool threads;          // the mutexes exist
    struct td_keeper keeper;
    char sent[PATH_MAX]; // the note's file; empty: none
};

// s->keeper, s->sent, once the folder exists.
tandem_err td_sent_place(
    struct td_store *s, const struct td_store_opts *o, int *raw);

// LMDB's or errno's code to ours.
tandem_err td_env_err(int rc);
// Open the environment of s->dir at `path`, with a map of at least `bytes`.
tandem_err td_env_open(
    struct td_store *s, const char *path, uint64_t bytes, int *raw);
void td_env_close(struct td_store *s);
// Begin a transaction; waits while the map grows. `t` is on the list until
// td_env_leave, which must follow the end of the LMDB transaction.
tandem_err td_env_begin(struct td_store *s, struct td_txn *t, bool write);
void td_env_leave(struct td_txn *t);
// Has the calling thread a transaction open?
bool td_env_inside(struct td_store *s);
// Double the map once nobody is inside. The writer calls it, outside.
tandem_err td_env_grow(struct td_store *s, int *raw);
// Find out where the map is: LMDB does not tell. Once the format row exists.
tandem_err td_env_locate(struct td_store *s, int *raw);
// May these bytes, which LMDB returned, be read? A damaged node can point
// past the end of the file.
bool td_env_readable(const struct td_txn *t, const MDB_val *v);
// After a failed commit: the code, and whether the handle can go on.
tandem_err td_env_commit_failed(struct td_store *s, int rc, tandem_error *e);
// Iterators of a transaction that ends lose their cursors.
void td_iter_detach(struct td_txn *t);

#endif
