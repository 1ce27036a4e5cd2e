// SPDX-License-Identifier: Apache-2.0
// env.c - the open environment behind a store.
//
// The gate. LMDB must not change its map while any transaction of the process
// uses it, and does not look. Every transaction is on the list `inside` while
// it lives. Growth raises `growing`, waits for the list to be empty, changes
// the map, and lets everybody in again. While it waits, newcomers wait too,
// except a thread that is inside already: it could never leave otherwise. So
// neither growth nor a reader can starve. The writer grows while it holds
// `write` and is not inside; a thread that reads must not write (EMISUSE),
// for its own snapshot would block the growth.
//
// LMDB's assertions abort the process and its callback cannot be left by a
// jump without leaving its locks behind, so it is not set: a damaged file is
// to be found before (pages.h) or by the seal of each row (row.h).
#include "store/env.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/file.h"
#include "store/space.h"

enum { READERS_MAX = 512 };

tandem_err
td_env_err(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return TANDEM_OK;
    case MDB_NOTFOUND:
        return TANDEM_ENOTFOUND;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
    case MDB_BAD_TXN: // LMDB marks a transaction that met a bad page
    case MDB_PAGE_FULL:
    case MDB_CURSOR_FULL:
    case MDB_BAD_VALSIZE:
        return TANDEM_ECORRUPT;
    case MDB_VERSION_MISMATCH:
        return TANDEM_EVERSION;
    case MDB_PANIC:
        return TANDEM_EFAILED;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case MDB_READERS_FULL:
    case MDB_DBS_FULL:
        return TANDEM_ELIMIT;
    case EAGAIN:
    case EBUSY:
        return TANDEM_EBUSY;
    default:
        return td_file_err(rc);
    }
}

tandem_err
td_env_open(struct td_store *s, const char *path, uint64_t bytes, int *raw)
{
    int dead;
    int rc;

    if (bytes > SIZE_MAX) {
        return TANDEM_ENOMEM; // the file is larger than this address space
    }
    rc = mdb_env_create(&s->env);
    if (rc != 0) {
        s->env = NULL;
        *raw = rc;
        return td_env_err(rc);
    }
    rc = mdb_env_set_maxdbs(s->env, TD_T_COUNT + 1);
    if (rc == 0) {
        rc = mdb_env_set_maxreaders(s->env, READERS_MAX);
    }
    if (rc == 0) {
        rc = mdb_env_set_mapsize(s->env, (size_t)bytes);
    }
    if (rc == 0) {
        rc = mdb_env_open(s->env, path, MDB_NOTLS, 0600);
    }
    if (rc == 0) {
        rc = mdb_reader_check(s->env, &dead);
    }
    if (rc != 0) {
        mdb_env_close(s->env);
        s->env = NULL;
        *raw = rc;
        return td_env_err(rc);
    }
    s->map_bytes = bytes;
    return TANDEM_OK;
}

void
td_env_close(struct td_store *s)
{
    // In a forked child closing would clear the parent's reader slots.
    if (s->env != NULL && s->pid == getpid()) {
        mdb_env_close(s->env);
    }
    s->env = NULL;
}

static bool
mine(const struct td_store *s)
{
    for (const struct td_txn *t = s->inside; t != NULL; t = t->next) {
        if (pthread_equal(t->thread, pthread_self())) {
            return true;
        }
    }
    return false;
}

bool
td_env_inside(struct td_store *s)
{
    bool yes;

    (void)pthread_mutex_lock(&s->gate);
    yes = mine(s);
    (void)pthread_mutex_unlock(&s->gate);
    return yes;
}

static void
enter(struct td_store *s, struct td_txn *t)
{
    (void)pthread_mutex_lock(&s->gate);
    while (s->growing && !mine(s)) {
        (void)pthread_cond_wait(&s->turn, &s->gate);
    }
    t->next = s->inside;
    s->inside = t;
    (void)pthread_mutex_unlock(&s->gate);
}

void
td_env_leave(struct td_txn *t)
{
    struct td_store *s = t->store;

    (void)atomic_fetch_add(&s->reads, t->reads);
    (void)pthread_mutex_lock(&s->gate);
    for (struct td_txn **p = &s->inside; *p != NULL; p = &(*p)->next) {
        if (*p == t) {
            *p = t->next;
            break;
        }
    }
    if (s->inside == NULL && s->growing) {
        (void)pthread_cond_broadcast(&s->turn);
    }
    (void)pthread_mutex_unlock(&s->gate);
}

tandem_err
td_env_begin(struct td_store *s, struct td_txn *t, bool write)
{
    MDB_envinfo info;
    MDB_stat stat;
    int rc;

    *t = (struct td_txn){.store = s, .write = write, .thread = pthread_self()};
    enter(s, t);
    if (atomic_load(&s->failed)) { // while this thread waited
        td_env_leave(t);
        return TANDEM_EFAILED;
    }
    rc = mdb_txn_begin(s->env, NULL, write ? 0 : MDB_RDONLY, &t->mdb);
    if (rc == 0) {
        // Of the last commit; a reader's own snapshot is not newer than it,
        // for the file never shrinks.
        rc = mdb_env_info(s->env, &info);
        if (rc == 0) {
            rc = mdb_env_stat(s->env, &stat);
        }
        if (rc != 0) {
            mdb_txn_abort(t->mdb);
        }
    }
    if (rc != 0) {
        td_env_leave(t);
        t->raw = rc;
        if (rc == MDB_PANIC) {
            atomic_store(&s->failed, true);
        }
        return td_env_err(rc);
    }
    t->map_used = (info.me_last_pgno + 1) * stat.ms_psize;
    return TANDEM_OK;
}

// Every page begins with its own number, so the page of any row tells where
// page 0 is.
static int
locate(struct td_store *s)
{
    char name[] = "format";
    MDB_val k = {.mv_size = 6, .mv_data = name};
    MDB_txn *t;
    MDB_stat stat;
    MDB_val v;
    size_t number;
    int rc;

    rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &t);
    if (rc != 0) {
        return rc;
    }
    rc = mdb_env_stat(s->env, &stat);
    if (rc == 0) {
        rc = mdb_get(t, s->own, &k, &v);
    }
    if (rc == 0) {
        uintptr_t at = (uintptr_t)v.mv_data;
        uintptr_t page = at - at % stat.ms_psize;

        memcpy(&number, (const char *)v.mv_data - (at - page), sizeof(number));
        s->map_base = page - number * stat.ms_psize;
    }
    mdb_txn_abort(t);
    return rc;
}

tandem_err
td_env_locate(struct td_store *s, int *raw)
{
    *raw = locate(s);
    return td_env_err(*raw);
}

// Is there address space for a map of that size beside the present one? LMDB
// drops the old map before it asks for the new one and cannot go back.
static bool
can_map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        return false;
    }
    (void)munmap(p, bytes);
    return true;
}

tandem_err
td_env_grow(struct td_store *s, int *raw)
{
    uint64_t bytes = s->map_bytes * 2;
    int dead;
    int rc;

    if (bytes > SIZE_MAX / 2) {
        return TANDEM_ELIMIT;
    }
    (void)pthread_mutex_lock(&s->gate);
    s->growing = true;
    while (s->inside != NULL) {
        (void)pthread_cond_wait(&s->turn, &s->gate);
    }
    rc = mdb_reader_check(s->env, &dead);
    if (rc == 0 && !can_map((size_t)bytes)) {
        rc = ENOMEM;
    }
    if (rc == 0) {
        rc = mdb_env_set_mapsize(s->env, (size_t)bytes);
        if (rc == 0) {
            s->map_bytes = bytes;
            rc = locate(s);
        }
        if (rc != 0) {
            atomic_store(&s->failed, true); // perhaps without any map
        }
    }
    s->growing = false;
    (void)pthread_cond_broadcast(&s->turn);
    (void)pthread_mutex_unlock(&s->gate);
    *raw = rc;
    return td_env_err(rc);
}

bool
td_env_readable(const struct td_txn *t, const MDB_val *v)
{
    const uintptr_t base = t->store->map_base;
    const uintptr_t at = (uintptr_t)v->mv_data;
    size_t off;

    if (base == 0) {
        return true;
    }
    if (at < base || at - base >= t->store->map_bytes) {
        return t->write; // a page this transaction wrote, in its own memory
    }
    off = (size_t)(at - base);
    return off <= t->map_used && v->mv_size <= t->map_used - off;
}

tandem_err
td_env_commit_failed(struct td_store *s, int rc, tandem_error *e)
{
    MDB_txn *probe;

    if (rc == ENOMEM) {
        return td_fail_sys(e, TANDEM_ENOMEM, rc);
    }
    if (!td_space_full(s->dir, rc)) {
        // A write or a sync failed: what the kernel still holds for this
        // file is unknown from here on.
        atomic_store(&s->failed, true);
        (void)td_fail(e, td_env_err(rc),
            "the disk refused to store what was written; nothing of it is "
            "saved: close, check the disk, open again",
            "le disque a refusé l'enregistrement ; rien n'en est gardé : "
            "fermez, vérifiez le disque, rouvrez");
        if (e != NULL) {
            e->sys = rc;
        }
        return td_env_err(rc);
    }
    // The transaction was given up before its meta page was written; if not,
    // LMDB says so when asked for the next one.
    if (mdb_txn_begin(s->env, NULL, 0, &probe) == 0) {
        mdb_txn_abort(probe);
    } else {
        atomic_store(&s->failed, true);
    }
    (void)td_reserve_release(s->dir);
    (void)td_fail(e, TANDEM_EFULL,
        "the disk is full; nothing was saved: make room and try again",
        "le disque est plein ; rien n'a été enregistré : libérez de la place "
        "puis recommencez");
    if (e != NULL) {
        e->sys = rc;
    }
    return TANDEM_EFULL;
}
