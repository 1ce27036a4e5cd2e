// SPDX-License-Identifier: Apache-2.0
// store.h - LMDB with every row sealed: environment, tables, transactions,
// growth, the key file beside it. The only room that includes <lmdb.h>.
//
// Folder of a store:
//   data.mdb, lock.mdb   LMDB
//   keys                 key file (see keyfile.h), sealed under the master key
//   lock                 our own exclusive lock (one process per store)
//   reserve              1 MiB to release when the disk is full
//   kdf                  Argon2id salt and parameters, if a passphrase is used
//
// Invariants
// (1) No row's value is ever written in clear; each is authenticated together
//     with its table, key, class and generation (row.c). Rows of INDEXES have
//     no value: their key is a blind. Rows of class PLACE say where another
//     row stands, no more.
// (2) A write is a function of its input: when the map is full the
//     transaction is aborted, the map doubled and the function run again.
// (3) No read transaction crosses a callback, a network wait or the public
//     interface. Memory leaves this room by copy only.
// (4) Default LMDB durability flags, MDB_NOTLS and nothing else.
#ifndef TD_STORE_STORE_H
#define TD_STORE_STORE_H

#include "base/buf.h"
#include "base/fail.h"
#include "base/limits.h"
#include "crypto/device.h"

struct td_store;
struct td_txn;
struct td_iter;

enum td_table {
    TD_T_META,
    TD_T_LOGS,
    TD_T_COMMITS,
    TD_T_PAYLOADS,
    TD_T_HEADS,
    TD_T_RECORDS,
    TD_T_INDEXES,
    TD_T_WAITING,
    TD_T_MISSING,
    TD_T_CONFLICTS,
    TD_T_FEED,
    TD_T_PEERS,
    TD_T_TRIE,
    TD_T_RUNS,
    TD_T_STAGED,
    TD_T_LOCAL,
    TD_T_COUNT
};

#define TD_KEY_BYTES_MAX 120
#define TD_ROW_BYTES_MAX (TD_RECORD_BYTES_MAX + 4096) // a value, unsealed
#define TD_STORE_FORMAT  1
#define TD_KEPT_HEAD     48 // of a value in PAYLOADS

// Which key seals a row: a bucket 0..TD_BUCKETS-1, or one of these. A row of
// RECORDS whose value is TD_PLACE_BYTES long may be of class PLACE, which is
// not sealed: it leads to another row, by numbers that are keys there in clear,
// and whoever follows it compares what is sealed there with where it came from.
#define TD_SEAL_PLACE   0xfffd
#define TD_PLACE_BYTES  15
#define TD_SEAL_INDEX   0xfffe
#define TD_SEAL_TRANSIT 0xffff

// A host that keeps the note: durable where backups of the folder do not reach.
struct td_keeper {
    tandem_err (*load)(void *ctx, struct td_buf *out); // ENOTFOUND: none yet
    tandem_err (*save)(void *ctx, tandem_slice bytes); // durable on return
    void *ctx;
};
#define TD_SENT_BYTES_MAX 256

struct td_store_opts {
    const tandem_sys *sys;       // all members set (td_sys_fill)
    const struct td_key *master; // copied, kept only while opening
    const char *dir;             // created (0700) when `create`
    bool create;                 // EEXIST never; opens what is there
    uint64_t map_bytes;          // 0 = the default first size
    bool any_fs; // also on network and FUSE file systems: at one's own risk
    // Where the note outside the folder stands (sent.c): a path, "" beside the
    // folder (<folder>.sent), NULL none kept. Or the host keeps it.
    const char *sent;
    const struct td_keeper *keeper;
};

// EKEY wrong master key; EVERSION newer format; EBUSY open elsewhere or twice
// here (also through a symlink); ECORRUPT truncated or damaged; EFULL;
// EREADONLY; EUNSUPPORTED network file system; ENOTFOUND no store there and
// !create; EIO.
tandem_err td_store_open(
    const struct td_store_opts *o, struct td_store **out, tandem_error *e);
void td_store_close(struct td_store *s);

// The device's keys, made at creation; borrowed until close.
const struct td_device_keys *td_store_device(const struct td_store *s);
// The note outside the folder, of at most TD_SENT_BYTES_MAX bytes. A save is
// whole and durable, or leaves what was there.
bool td_store_keeps(const struct td_store *s);
tandem_err td_store_sent_load(
    struct td_store *s, struct td_buf *out); // ENOTFOUND
tandem_err td_store_sent_save(
    struct td_store *s, tandem_slice bytes, tandem_error *e);
// Which file holds the rows: another one after a restore, in a copy.
struct td_file_id {
    uint64_t born;   // when, in ns; its device, where nothing says that
    uint64_t number; // inode
};
tandem_err td_store_file_id(const struct td_store *s, struct td_file_id *out);
// Blinds what an index row is about: SipHash-2-4 with 128 bits, under a key
// made from the index key.
struct td_hash16 td_store_blind(
    const struct td_store *s, const tandem_slice *parts, size_t count);
uint16_t td_store_bucket(tandem_id record); // 0..TD_BUCKETS-1
const tandem_sys *td_store_sys(const struct td_store *s);
uint64_t td_store_bytes(const struct td_store *s); // size of data.mdb on disk
// EMISUSE in a forked child; EFAILED after a failed sync. Called by all below.
tandem_err td_store_usable(const struct td_store *s);

// Look at every page of a store that is not open, in this process or another
// (EBUSY): ECORRUPT when the structure is damaged. LMDB itself may abort on
// damaged pages; where that must not happen, check first. Values are checked
// by reading them. Time grows with the file.
tandem_err td_store_check(const char *dir, tandem_error *e);
// The key file sealed under another master key, e.g. a new passphrase.
tandem_err td_store_rewrap(
    struct td_store *s, const struct td_key *master, tandem_error *e);

// Run `fn` in a write transaction and make it durable (one LMDB commit, one
// fdatasync). EMISUSE when the calling thread is inside a transaction already:
// end the read first. `fn` may be run again from the start after growth: it
// must depend on its input only. If fn fails nothing is written and its error
// is returned. `e` gets the sentence of a store failure (disk full...).
tandem_err td_store_write(struct td_store *s,
    tandem_err (*fn)(struct td_txn *t, void *ctx), void *ctx, tandem_error *e);
// A read snapshot; end it in the same call that began it, in the same thread.
tandem_err td_store_read(struct td_store *s, struct td_txn **out);
void td_store_read_end(struct td_txn *t);

// Inside a transaction. `out` is reset first and receives the plaintext.
// ENOTFOUND; ECORRUPT when the row does not authenticate (damaged row).
tandem_err td_get(struct td_txn *t, enum td_table table, tandem_slice key,
    struct td_buf *out);
bool td_has(struct td_txn *t, enum td_table table, tandem_slice key);
// Returns codes that td_store_write understands; just pass them up.
tandem_err td_put(struct td_txn *t, enum td_table table, tandem_slice key,
    uint16_t seal, tandem_slice value);
// In PAYLOADS, where a value is a head of TD_KEPT_HEAD bytes and what is sealed
// already: `hash` is that of what stands behind the head, which else costs one
// more. A false one makes a row that is found damaged.
tandem_err td_put_hashed(struct td_txn *t, enum td_table table,
    tandem_slice key, uint16_t seal, const struct td_hash *hash,
    tandem_slice value);
// td_get that also tells that hash.
tandem_err td_get_hashed(struct td_txn *t, enum td_table table,
    tandem_slice key, struct td_hash *hash, struct td_buf *out);
tandem_err td_del(struct td_txn *t, enum td_table table, tandem_slice key);
// How many rows a table has, damaged ones too, as LMDB keeps it: looks at none.
tandem_err td_rows(struct td_txn *t, enum td_table table, uint64_t *out);
struct td_store *td_txn_store(struct td_txn *t);
// An empty buffer to make a row's value in, of a write transaction; until the
// next call, or its end.
struct td_buf *td_txn_room(struct td_txn *t);
// Rows looked up or iterated over: by this transaction, and by all that ended
// since the store was opened.
uint64_t td_txn_reads(const struct td_txn *t);
uint64_t td_store_reads(const struct td_store *s);

// Rows with key >= from, in key order. next: ENOTFOUND at the end; ECORRUPT
// with `key` set for a damaged row, after which next may go on, or empty for a
// damaged page, which ends it, as a write that failed does. Key and value are
// valid until the following next or close. A write to the table between two
// nexts is allowed: the iterator seeks again by key.
tandem_err td_iter_open(struct td_txn *t, enum td_table table,
    tandem_slice from, struct td_iter **out);
tandem_err td_iter_next(
    struct td_iter *i, tandem_slice *key, tandem_slice *value);
// To another place, as if it were opened there.
tandem_err td_iter_move(struct td_iter *i, tandem_slice from);
void td_iter_close(struct td_iter *i);
// The row with the greatest key <= `key` that shares its first `prefix` bytes.
// ENOTFOUND; ECORRUPT with `found` set for a damaged row.
tandem_err td_floor(struct td_txn *t, enum td_table table, tandem_slice key,
    size_t prefix, struct td_buf *found, struct td_buf *value);
// Last row whose key begins with `prefix`. ENOTFOUND.
tandem_err td_last(struct td_txn *t, enum td_table table, tandem_slice prefix,
    struct td_buf *key, struct td_buf *value);

// Argon2id parameters of a store folder: read `kdf`, or create it (and the
// folder) with a fresh salt and `mem_kib`/`passes` when there is none.
// mem_kib 0: only read, ENOTFOUND. A folder with a key file but no `kdf` was
// not made with a passphrase: ENOTFOUND. EVALUE outside 64 MiB..1 GiB or
// 2..16 passes; ECORRUPT when the file is damaged or outside these bounds.
tandem_err td_store_kdf(const char *dir, struct td_rng rng, uint32_t mem_kib,
    uint32_t passes, struct td_argon *out, tandem_error *e);

#endif
