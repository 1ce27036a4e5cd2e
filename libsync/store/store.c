// SPDX-License-Identifier: Apache-2.0
// store.c - a store's folder: opened, made, closed.
//
// Opening, in this order, so that each failure is told apart before the next
// step can be harmed by it: folder, file system, right to write, lock, key
// file (wrong key, newer version, damage), shape and length of the data file,
// LMDB, format row.
//
// Making: the data file with its format row is durable before the key file
// gets its name. So a key file without a data file is damage, and a data file
// without a key file is either an unfinished making (no table has a row) that
// starts over, or damage.
//
// The other tables of LMDB bear the names below.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "crypto/hash.h"
#include "store/env.h"
#include "store/file.h"
#include "store/format.h"
#include "store/pages.h"
#include "store/row.h"
#include "store/space.h"

enum { MAP_MIN = 1 << 20 };
#define MAP_FIRST ((uint64_t)(sizeof(void *) > 4 ? 64 : 16) << 20)

static const char *const table_names[TD_T_COUNT] = {"meta", "logs", "commits",
    "payloads", "heads", "records", "indexes", "waiting", "missing",
    "conflicts", "feed", "peers", "trie", "runs", "staged", "local"};

// The sentence of a failure to open. The formats stand in the calls so that
// the compiler checks them.
static tandem_err
say(tandem_error *e, tandem_err err, const char *dir, int raw)
{
    if (err == TANDEM_EKEY) {
        (void)td_fail(e, err, "the key or passphrase does not fit the store %s",
            "la clé ou la phrase de passe n'ouvre pas le dépôt %s", dir);
    } else if (err == TANDEM_EVERSION) {
        (void)td_fail(e, err,
            "a newer version wrote the store %s; update this program",
            "une version plus récente a écrit le dépôt %s ; mettez à jour ce "
            "programme",
            dir);
    } else if (err == TANDEM_EBUSY) {
        (void)td_fail(e, err,
            "the store %s is open elsewhere; close it there first",
            "le dépôt %s est ouvert ailleurs ; fermez-le d'abord", dir);
    } else if (err == TANDEM_ECORRUPT) {
        (void)td_fail(e, err,
            "the store %s is damaged; restore a copy or enrol again",
            "le dépôt %s est abîmé ; restaurez une copie ou réinscrivez "
            "l'appareil",
            dir);
    } else if (err == TANDEM_EREADONLY) {
        (void)td_fail(e, err,
            "the folder %s cannot be written; change its rights",
            "le dossier %s ne peut être écrit ; changez ses droits", dir);
    } else if (err == TANDEM_EUNSUPPORTED) {
        (void)td_fail(e, err,
            "the folder %s is not on a local disk; choose one that is",
            "le dossier %s n'est pas sur un disque local ; choisissez-en un "
            "qui le soit",
            dir);
    } else if (err == TANDEM_ENOTFOUND) {
        (void)td_fail(e, err, "there is no store in %s",
            "il n'y a pas de dépôt dans %s", dir);
    } else if (err == TANDEM_EFULL) {
        (void)td_fail(e, err, "the disk of %s is full; make room and try again",
            "le disque de %s est plein ; libérez de la place puis recommencez",
            dir);
    } else {
        return td_fail_sys(e, err, raw);
    }
    if (e != NULL) {
        e->sys = raw;
    }
    return err;
}

static tandem_err
open_folder(const struct td_store_opts *o, struct td_store *s, int *raw)
{
    bool made = false;

    if (o->create) {
        made = mkdir(o->dir, 0700) == 0;
        if (!made && errno != EEXIST) {
            *raw = errno;
            return td_file_err(*raw);
        }
    }
    s->dir = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir < 0) {
        *raw = errno;
        return td_file_err(*raw);
    }
    if (made) {
        int up = openat(s->dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (up >= 0) { // where it cannot be opened there is nothing to do
            (void)fsync(up);
            (void)close(up);
        }
    }
    if (!o->any_fs && td_space_remote(s->dir)) {
        return TANDEM_EUNSUPPORTED;
    }
    if (faccessat(s->dir, ".", W_OK, AT_EACCESS) != 0) {
        *raw = errno;
        return td_file_err(*raw);
    }
    return TANDEM_OK;
}

// Is there a file of that name? Nothing is opened.
static bool
there(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

// s->keys, when there is a key file.
static tandem_err
read_keys(const struct td_store_opts *o, struct td_store *s, int *raw)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, &s->sys, TD_KEYFILE_BYTES_MAX);
    err = td_file_read(s->dir, "keys", TD_KEYFILE_BYTES_MAX, &b, raw);
    if (err == TANDEM_OK) {
        err = td_keyfile_decode(&s->sys, td_buf_slice(&b), o->master, &s->keys);
    } else if (err == TANDEM_ENOTFOUND) {
        err = TANDEM_OK;
    }
    td_buf_deinit(&b);
    return err;
}

static tandem_err
write_keys(struct td_store *s, const struct td_key *master, int *raw)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, &s->sys, TD_KEYFILE_BYTES_MAX);
    err = td_keyfile_encode(&s->sys, s->keys, master, td_sys_rng(&s->sys), &b);
    if (err == TANDEM_OK) {
        err =
            td_file_replace(s->dir, "keys", "keys.new", td_buf_slice(&b), raw);
    }
    td_buf_deinit(&b);
    return err;
}

static int
all_empty(struct td_store *s, MDB_txn *t, bool *empty)
{
    MDB_stat stat;

    *empty = true;
    for (size_t i = 0; i < TD_T_COUNT; i++) {
        int rc = mdb_stat(t, s->dbi[i], &stat);

        if (rc != 0) {
            return rc;
        }
        *empty = *empty && stat.ms_entries == 0;
    }
    return 0;
}

// Tables and format row, in one transaction. `fresh`: the store is being made.
static tandem_err
open_tables(struct td_store *s, struct td_txn *t, bool fresh)
{
    uint8_t bytes[TD_FORMAT_BYTES];
    char name[] = "format";
    MDB_val k = {.mv_size = 6, .mv_data = name};
    MDB_val v;
    bool empty;
    int rc;

    rc = mdb_dbi_open(t->mdb, "store", fresh ? MDB_CREATE : 0, &s->own);
    if (!fresh) {
        if (rc == 0) {
            rc = mdb_get(t->mdb, s->own, &k, &v);
        }
        if (rc == MDB_NOTFOUND) {
            return TANDEM_ECORRUPT;
        }
        if (rc == 0) {
            TD_TRY(td_env_readable(t, &v)
                       ? td_format_check(
                             s->keys->tag, (tandem_slice){v.mv_data, v.mv_size})
                       : TANDEM_ECORRUPT);
        }
    }
    for (size_t i = 0; i < TD_T_COUNT && rc == 0; i++) {
        rc = mdb_dbi_open(t->mdb, table_names[i], MDB_CREATE, &s->dbi[i]);
    }
    if (rc == 0 && fresh) {
        rc = all_empty(s, t->mdb, &empty);
        if (rc == 0 && !empty) {
            return TANDEM_ECORRUPT; // its key file is lost
        }
        td_format_write(s->keys->tag, bytes);
        v = (MDB_val){.mv_size = sizeof(bytes), .mv_data = bytes};
        rc = rc != 0 ? rc : mdb_put(t->mdb, s->own, &k, &v, 0);
    }
    t->raw = rc;
    return td_env_err(rc);
}

static tandem_err
set_up(struct td_store *s, bool fresh, int *raw)
{
    struct td_txn t;
    tandem_err err;
    int rc;

    err = td_env_begin(s, &t, true);
    *raw = t.raw;
    if (err != TANDEM_OK) {
        return err;
    }
    err = open_tables(s, &t, fresh);
    *raw = t.raw;
    if (err == TANDEM_OK) {
        rc = mdb_txn_commit(t.mdb);
        *raw = rc;
        err = rc == EIO && td_space_full(s->dir, rc) ? TANDEM_EFULL
                                                     : td_env_err(rc);
    } else {
        mdb_txn_abort(t.mdb);
    }
    td_env_leave(&t);
    return err == TANDEM_OK ? td_env_locate(s, raw) : err;
}

// The map's first size: asked for or usual, doubled until the file fits in
// with room to work.
static uint64_t
first_map(uint64_t asked, uint64_t need)
{
    uint64_t map = asked == 0 ? MAP_FIRST : asked;

    map = map < MAP_MIN ? MAP_MIN : (map + 65535) / 65536 * 65536;
    while (map < need + need / 4 && map < UINT64_MAX / 4) {
        map *= 2;
    }
    return map;
}

// A making cut short inside LMDB's very first write leaves a data file of two
// pages at most: no row fits there, so without a key file nothing is lost.
static void
drop_unborn(struct td_store *s)
{
    long page = sysconf(_SC_PAGESIZE);
    struct stat st;

    if (fstatat(s->dir, "data.mdb", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(st.st_mode) && page > 0 && st.st_size <= 2 * (off_t)page) {
        (void)unlinkat(s->dir, "data.mdb", 0);
    }
}

// The key of blinds, from the index key.
static void
make_blind(struct td_store *s)
{
    const tandem_slice part = td_slice_str("td.blind");
    const struct td_key *key;
    uint32_t gen;

    key = td_keyring_now(s->keys, TD_SEAL_INDEX, &gen);
    TD_ASSERT(key != NULL);
    td_hash_keyed(key->b, &part, 1, s->blind.b, sizeof(s->blind.b));
}

static tandem_err
open_files(const struct td_store_opts *o, struct td_store *s, int *raw)
{
    struct td_pages pages;
    bool fresh;

    TD_TRY(open_folder(o, s, raw));
    if (!o->create && !there(s->dir, "keys") && !there(s->dir, "data.mdb")) {
        return TANDEM_ENOTFOUND; // leave no lock file in a foreign folder
    }
    TD_TRY(td_lock_take(&s->lock, s->dir, raw));
    (void)unlinkat(s->dir, "keys.new", 0); // of a replacement cut short
    TD_TRY(read_keys(o, s, raw));
    fresh = s->keys == NULL;
    if (fresh && o->create) {
        drop_unborn(s);
    }
    TD_TRY(td_pages_look(s->dir, &s->sys, &pages, raw));
    if (fresh ? !o->create : !pages.present) {
        return TANDEM_ECORRUPT; // half of a store
    }
    if (fresh) {
        TD_TRY(td_keyring_new(&s->sys, td_sys_rng(&s->sys), &s->keys));
    }
    TD_TRY(
        td_env_open(s, o->dir, first_map(o->map_bytes, pages.need_bytes), raw));
    TD_TRY(set_up(s, fresh, raw));
    td_reserve_make(s->dir);
    make_blind(s);
    return fresh ? write_keys(s, o->master, raw) : TANDEM_OK;
}

static bool
make_threads(struct td_store *s)
{
    if (pthread_mutex_init(&s->write, NULL) != 0) {
        return false;
    }
    if (pthread_mutex_init(&s->gate, NULL) != 0) {
        (void)pthread_mutex_destroy(&s->write);
        return false;
    }
    if (pthread_cond_init(&s->turn, NULL) != 0) {
        (void)pthread_mutex_destroy(&s->gate);
        (void)pthread_mutex_destroy(&s->write);
        return false;
    }
    s->threads = true;
    return true;
}

tandem_err
td_store_open(
    const struct td_store_opts *o, struct td_store **out, tandem_error *e)
{
    struct td_store *s;
    tandem_err err = td_crypto_init();
    int raw = 0;

    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    s = td_alloc(o->sys, sizeof(*s));
    if (s == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    s->sys = *o->sys;
    s->pid = getpid();
    s->dir = -1;
    s->lock.fd = -1;
    atomic_init(&s->failed, false);
    td_buf_init(&s->scratch, &s->sys, TD_ROW_BYTES_MAX + TD_ROW_OVERHEAD);
    td_buf_init(&s->room, &s->sys, TD_ROW_BYTES_MAX);
    td_rng_pool_init(&s->random, td_sys_rng(&s->sys));
    err = make_threads(s) ? open_files(o, s, &raw) : TANDEM_ENOMEM;
    if (err == TANDEM_OK) {
        err = td_sent_place(s, o, &raw);
    }
    if (err != TANDEM_OK) {
        td_store_close(s);
        return say(e, err, o->dir, raw);
    }
    *out = s;
    return TANDEM_OK;
}

void
td_store_close(struct td_store *s)
{
    tandem_sys sys;

    if (s == NULL) {
        return;
    }
    sys = s->sys;
    if (s->pid == getpid()) {
        TD_ASSERT(s->inside == NULL);
    }
    td_env_close(s);
    td_keyring_free(&sys, s->keys);
    td_wipe(&s->blind, sizeof(s->blind));
    td_buf_deinit(&s->scratch);
    td_buf_deinit(&s->room);
    td_rng_pool_deinit(&s->random);
    if (s->threads && s->pid == getpid()) {
        (void)pthread_cond_destroy(&s->turn);
        (void)pthread_mutex_destroy(&s->gate);
        (void)pthread_mutex_destroy(&s->write);
    }
    td_lock_release(&s->lock); // last: the folder is free from here on
    if (s->dir >= 0) {
        (void)close(s->dir);
    }
    td_free(&sys, s, sizeof(*s));
}

tandem_err
td_store_check(const char *dir, tandem_error *e)
{
    struct td_lock lock = {.fd = -1};
    tandem_err err;
    int raw = 0;
    int fd;

    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        raw = errno;
        return say(e, td_file_err(raw), dir, raw);
    }
    err = there(fd, "data.mdb") ? td_lock_take(&lock, fd, &raw)
                                : TANDEM_ENOTFOUND;
    if (err == TANDEM_OK) {
        err = td_pages_walk(fd, td_sys_default(), &raw);
    }
    td_lock_release(&lock);
    (void)close(fd);
    return err == TANDEM_OK ? err : say(e, err, dir, raw);
}

tandem_err
td_store_rewrap(
    struct td_store *s, const struct td_key *master, tandem_error *e)
{
    tandem_err err = td_store_usable(s);
    int raw = 0;

    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    (void)pthread_mutex_lock(&s->write);
    err = write_keys(s, master, &raw);
    (void)pthread_mutex_unlock(&s->write);
    return err == TANDEM_OK ? err : td_fail_sys(e, err, raw);
}

const struct td_device_keys *
td_store_device(const struct td_store *s)
{
    return &s->keys->device;
}

struct td_hash16
td_store_blind(
    const struct td_store *s, const tandem_slice *parts, size_t count)
{
    return td_blind(&s->blind, parts, count);
}

uint16_t
td_store_bucket(tandem_id record)
{
    // The end of an id is random or a hash.
    return (
        uint16_t)(((unsigned)record.b[14] << 8 | record.b[15]) % TD_BUCKETS);
}

const tandem_sys *
td_store_sys(const struct td_store *s)
{
    return &s->sys;
}

uint64_t
td_store_bytes(const struct td_store *s)
{
    struct stat st;

    return fstatat(s->dir, "data.mdb", &st, 0) == 0 ? (uint64_t)st.st_size : 0;
}
