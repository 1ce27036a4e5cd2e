// SPDX-License-Identifier: Apache-2.0
/*
 * store.h - a store on disk: open and close, look for records, follow what
 * changes, check everything.
 *
 * A store is safe from any thread; pages, records and transactions belong to
 * one thread at a time (a const one may be read by several). One lock per
 * store: a call waits while another writes. No read transaction crosses this
 * interface: lists are pages resumed by a token. After fork() only the parent
 * may use a store.
 *
 * Every call that reads the disk can also return EIO, ENOMEM and ECORRUPT,
 * every call that writes EFULL; NULL where a handle or output must be is
 * EMISUSE. The comments name what is particular to a call.
 */
#ifndef TANDEM_STORE_H
#define TANDEM_STORE_H

#include "tandem/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tandem_store tandem_store;
typedef struct tandem_page tandem_page;
typedef struct tandem_record tandem_record;

/** Open an existing store only; without it, an empty folder becomes one. */
#define TANDEM_OPEN_EXISTING 1u

typedef struct tandem_store_opts {
    size_t size;
    const tandem_sys *sys; /**< NULL = the system's; copied */
    /** Gives the 32-byte master key, e.g. from the host's keystore. Called
     *  once, inside open, on its thread; the library wipes its copy. Its
     *  failure is open's. */
    tandem_err (*key)(void *ctx, uint8_t out[32]);
    void *key_ctx;
    /** Where the note stands that tells the store from a copy of its folder or
     *  an older state put back: a file outside the folder that neither copies
     *  nor backups of the folder take along. NULL: `dir`.sent. A store whose
     *  note is missing or speaks of another begins logs of its own, and goes on
     *  as before otherwise: nothing typed is lost, here or in the copy. */
    const char *sent;
    /** The host keeps it instead (both or none): at most 256 bytes. `load`
     * gives what `save` was last given, or ENOTFOUND; what was saved is durable
     * on return. Called inside open and sessions, on their threads, under the
     *  store's lock: they must not call the library. */
    tandem_err (*sent_load)(void *ctx, uint8_t *out, size_t max, size_t *len);
    tandem_err (*sent_save)(void *ctx, const uint8_t *bytes, size_t len);
    void *sent_ctx;
    uint64_t flags; /**< TANDEM_OPEN_... */
} tandem_store_opts;

#ifdef __cplusplus
#define TANDEM_STORE_OPTS_INIT                                                 \
    tandem_store_opts                                                          \
    {                                                                          \
        sizeof(tandem_store_opts), nullptr, nullptr, nullptr, nullptr,         \
            nullptr, nullptr, nullptr, 0                                       \
    }
#else
#define TANDEM_STORE_OPTS_INIT                                                 \
    {                                                                          \
        sizeof(tandem_store_opts), 0, 0, 0, 0, 0, 0, 0, 0                      \
    }
#endif

/**
 * Open the store in folder `dir`, creating it (mode 0700) unless
 * TANDEM_OPEN_EXISTING.
 *
 * @return EKEY wrong key; EVERSION written by a newer version; EBUSY open in
 *   another program or handle; ECORRUPT damaged or truncated; EFULL;
 *   EREADONLY; ENOTFOUND no store there; EUNSUPPORTED a network file system;
 *   EMISUSE no key callback; EIO, ENOMEM. The note (`o->sent`) cannot be read
 *   or written: EREADONLY, EFULL, EIO, or what the host's callback says.
 * Reads the key file and the control entries, and finishes what a crash had
 * interrupted (a commit then); no Argon2id by itself. `dir` and `o` are copied;
 * `o->sys->ctx` and what it points to live as long as the store.
 *
 * A file damaged inside LMDB's own pages can raise SIGSEGV, SIGBUS or
 * SIGABRT in LMDB (it has no page checksums): a program that must survive
 * that runs tandem_verify() in a child process first.
 */
TANDEM_API tandem_err tandem_store_open(const char *dir,
    const tandem_store_opts *o, tandem_store **out,
    tandem_error *e) TANDEM_CHECK;
/** All pages, records, txns, sessions and nodes of it must be freed before, and
 *  no other thread be in a call. NULL is allowed. Nothing is left to write:
 * what was committed is durable. */
TANDEM_API void tandem_store_close(tandem_store *s);

/**
 * A master key from a passphrase by Argon2id (64 MiB, 3 passes), with the
 * salt and parameters kept in folder `dir` (created if absent), so that the
 * same passphrase gives the same key there. About 0.1 s and 64 MiB of memory;
 * the first call in a folder writes a file (durable on return). The caller
 * wipes `out` and the passphrase. Any thread.
 * @return EVALUE an empty passphrase; ECORRUPT altered parameters; ENOMEM,
 *   EIO, EFULL, EREADONLY.
 */
TANDEM_API tandem_err tandem_key_passphrase(const char *dir,
    tandem_slice passphrase, uint8_t out[32], tandem_error *e) TANDEM_CHECK;
/**
 * A new key file (0600, fails if it exists: EEXIST) with 32 random bytes as
 * 64 hex digits. Durable on return, its name too: two fsyncs.
 * @return EEXIST; ENOTFOUND no such folder; EREADONLY; EFULL; EIO. On failure
 *   no file is left.
 */
TANDEM_API tandem_err tandem_key_file_new(
    const char *path, tandem_error *e) TANDEM_CHECK;
/** Read it; the caller wipes `out`. ENOTFOUND; EREADONLY it may not be read;
 *  EKEY when it is not such a file or others may read it. */
TANDEM_API tandem_err tandem_key_file_read(
    const char *path, uint8_t out[32], tandem_error *e) TANDEM_CHECK;

/**
 * `fn` runs after each commit, on the thread that committed, without locks
 * held: only wake something there, and do not close the store. NULL removes
 * it; a call that is running on another thread may still end after that. `ctx`
 * is the caller's.
 */
TANDEM_API void tandem_store_notify(
    tandem_store *s, void (*fn)(void *ctx), void *ctx);

/* ----------------------------------------------------------------- queries */

#define TANDEM_QUERY_TRASHED   1u /**< also records that are deleted */
#define TANDEM_QUERY_CONFLICTS 2u /**< only records with open conflicts */

typedef struct tandem_query {
    size_t size;
    const char *kind;        /**< "contact" or "pack/contact"; NULL = all */
    const tandem_id *sector; /**< NULL = all sectors */
    const char *field;       /**< with `value`: equality; NULL = none */
    tandem_value value;      /**< any element matches for sets */
    tandem_slice after;      /**< a page's token, 24 bytes; empty = the start */
    size_t limit;            /**< 1..1000 records a page; 0 = 100 */
    uint64_t flags;          /**< TANDEM_QUERY_... */
} tandem_query;

#ifdef __cplusplus
#define TANDEM_QUERY_INIT                                                      \
    tandem_query                                                               \
    {                                                                          \
        sizeof(tandem_query), nullptr, nullptr, nullptr, {0, 0, {0}},          \
            {nullptr, 0}, 0, 0                                                 \
    }
#else
#define TANDEM_QUERY_INIT                                                      \
    {                                                                          \
        sizeof(tandem_query), 0, 0, 0, {0, 0, {0}}, {0, 0}, 0, 0               \
    }
#endif

/**
 * One page of records in order of creation time (their UUIDv7). Everything in
 * `q` is read inside the call only.
 * An indexed field is looked up (a str ignores ASCII case, blanks around and
 * repeated); any other is scanned over the kind, at most 4,096 records a page:
 * a page may then be short, or empty, and still have a next one. With
 * TANDEM_QUERY_CONFLICTS a field is compared, not looked up. Records written
 * meanwhile with a later id are met by later pages.
 * @return EKIND unknown kind or field; EVALUE a value the field cannot have, a
 *   field that is a map, text or counter, or a damaged token; EMISUSE field
 *   without kind, a limit over 1,000 or a wrong `size`.
 * Reads one row a record; holds copies until the page is freed.
 */
TANDEM_API tandem_err tandem_find(tandem_store *s, const tandem_query *q,
    tandem_page **out, tandem_error *e) TANDEM_CHECK;
/**
 * The records of these ids, at most 1,000, as one page in their order, deleted
 * ones too; NULL stands where tandem_record_open would say ENOTFOUND or
 * ECORRUPT. It has no next page. EMISUSE more than 1,000. Reads one row a
 * record, in fewer transactions than so many single calls.
 */
TANDEM_API tandem_err tandem_open_some(tandem_store *s, const tandem_id *ids,
    size_t n, tandem_page **out, tandem_error *e) TANDEM_CHECK;
TANDEM_API size_t tandem_page_count(const tandem_page *p);
/** Borrowed from the page: tandem_record_free() is not for it. NULL beyond the
 *  count. */
TANDEM_API const tandem_record *tandem_page_record(
    const tandem_page *p, size_t i);
/** Token of the next page (24 bytes, plain data: copy it, keep it as long as
 *  the store lives), borrowed from the page; empty after the last page. */
TANDEM_API tandem_slice tandem_page_next(const tandem_page *p);
TANDEM_API void tandem_page_free(tandem_page *p);

/**
 * A record by what a person writes: a whole id, a unique prefix of at least
 * four hex digits, or a short code (any field a pack marks as code). Codes
 * are tried first. Deleted records are found too.
 * @return ENOTFOUND; ECONFLICT several match (the sentence names two).
 * Reads an index row for each kind with a code.
 */
TANDEM_API tandem_err tandem_lookup(tandem_store *s, const char *text,
    tandem_id *out, tandem_error *e) TANDEM_CHECK;

/* -------------------------------------------------------------------- feed */

/** One record changed. Numbers rise; several changes of one commit follow. */
typedef struct tandem_change {
    uint64_t number; /**< lsn * 128 + index; pass the last one to go on */
    tandem_id record;
    tandem_id sector;
    char kind[64]; /**< "fr.terrain/contact"; "" when its pack is unknown */
    tandem_device_id device; /**< who wrote it; zero for a local recount */
    bool local;
} tandem_change;

/**
 * Changes after `after` (0 = all), at most `max` (> 0), into `out`, which has
 * room for them. Keep the last number together with what you derived from it
 * and each change counts once. *n == 0: nothing new. Numbers are this store's
 * own. Reads one row a commit.
 */
TANDEM_API tandem_err tandem_feed_read(tandem_store *s, uint64_t after,
    tandem_change *out, size_t max, size_t *n, tandem_error *e) TANDEM_CHECK;

/* ------------------------------------------------------------ local values */

#define TANDEM_LOCAL_NAME_MAX  64          /**< bytes of a name */
#define TANDEM_LOCAL_BYTES_MAX (16u << 20) /**< bytes of a value */

/** What was kept under a name: a copy, the caller's. */
typedef struct tandem_local tandem_local;

/**
 * Keep bytes of the host's own under a name, in the place of what stood there:
 * what it derived from records and would rather not derive again. Sealed like
 * every row, its name too; never sent, in no digest, no change for the feed,
 * not told to notify. It stands and falls with the store: a copy or a backup
 * put back has what goes with its feed numbers. Keep nothing here that cannot
 * be made again, and nothing of a person that may have to be erased: an
 * erasure knows records.
 *
 * @param name   1..64 bytes, e.g. "figures"; programs share one store: choose
 *               names that are yours
 * @param bytes  at most 16 MiB; empty takes the value away
 * @return EVALUE a name; ELIMIT too many bytes. Durable on return, whole or not
 *   at all: one LMDB commit.
 */
TANDEM_API tandem_err tandem_local_put(tandem_store *s, const char *name,
    tandem_slice bytes, tandem_error *e) TANDEM_CHECK;
/** One of several values that go together. */
typedef struct tandem_local_value {
    const char *name;
    tandem_slice bytes; /**< empty takes the value away */
} tandem_local_value;
/**
 * The same for `count` values in one commit: all of them stand afterwards or
 * none. What is larger than one value may be is kept in several so. Of two with
 * one name the last stands.
 */
TANDEM_API tandem_err tandem_local_put_all(tandem_store *s,
    const tandem_local_value *values, size_t count,
    tandem_error *e) TANDEM_CHECK;
/** ENOTFOUND nothing is kept under this name; ECORRUPT it is damaged: make it
 *  again; EVALUE a name. Reads one row. */
TANDEM_API tandem_err tandem_local_get(tandem_store *s, const char *name,
    tandem_local **out, tandem_error *e) TANDEM_CHECK;
/** Borrowed until it is freed. Memory only. */
TANDEM_API tandem_slice tandem_local_bytes(const tandem_local *l);
/** NULL is allowed; the store must still be open. */
TANDEM_API void tandem_local_free(tandem_local *l);

/* -------------------------------------------- what stands, waits, is wrong */

/** Why an entry held here has no effect yet. */
typedef enum tandem_wait_reason {
    TANDEM_WAIT_CHANGE = 1, /**< another change of the same record */
    TANDEM_WAIT_KEY,        /**< the sector's key has not arrived */
    TANDEM_WAIT_PAYLOAD,    /**< the payload is missing */
    TANDEM_WAIT_RIGHT,      /**< its author had no right: quarantined */
    TANDEM_WAIT_DAMAGED     /**< does not open or is malformed: set apart */
} tandem_wait_reason;

typedef struct tandem_waiting_entry {
    tandem_wait_reason reason;
    tandem_id sector;
    tandem_id record; /**< zero when sealed */
    tandem_device_id device;
    uint64_t seq;   /**< the commit in its log */
    uint32_t index; /**< the change in its commit */
} tandem_waiting_entry;

/**
 * Entries after position *at (start with 0; moved on), at most `max` into
 * `out`; *n == 0: no more. A position counts entries: what settles between two
 * calls moves those behind it. Reads the entries up to the position again.
 */
TANDEM_API tandem_err tandem_waiting(tandem_store *s, uint64_t *at,
    tandem_waiting_entry *out, size_t max, size_t *n,
    tandem_error *e) TANDEM_CHECK;

typedef struct tandem_stats {
    uint64_t records;       /**< visible, deleted ones included */
    uint64_t trashed;       /**< ... of them deleted */
    uint64_t conflicts;     /**< open ones, of all records */
    uint64_t changes;       /**< settled in those records */
    uint64_t commits, logs; /**< held, control sector included */
    uint64_t forks;         /**< logs written twice, by a copied device */
    uint64_t waiting;       /**< held without effect, quarantine apart */
    uint64_t missing;       /**< payloads to be asked for */
    uint64_t quarantined;   /**< their authors had no right */
    uint64_t bytes_on_disk;
    uint64_t lsn; /**< of the newest commit held */
} tandem_stats;
/** Kept with every write; reads a row a log and a row a missing payload. */
TANDEM_API tandem_err tandem_store_stats(
    tandem_store *s, tandem_stats *out, tandem_error *e) TANDEM_CHECK;

/**
 * BLAKE2b-256 over the values of all records of one sector (NULL = all the
 * store holds): equal on stores that show the same values, whatever the
 * order they heard them in. `records` (may be NULL) receives how many. Reads
 * every record and holds the store's lock meanwhile. ECORRUPT a record's row is
 * damaged: tandem_verify() names it. Layout: docs/format.md.
 */
TANDEM_API tandem_err tandem_digest(tandem_store *s, const tandem_id *sector,
    uint8_t out[32], uint64_t *records, tandem_error *e) TANDEM_CHECK;

typedef struct tandem_verify_report {
    uint64_t commits, signatures, payloads, records, index_rows, problems;
} tandem_verify_report;
/**
 * Check every chain, signature, seal, state and index against a rebuild from
 * the entries. `problem` (may be NULL) hears one sentence per problem found,
 * in `lang`, valid for the length of its call; it runs under the store's lock
 * and must not call the library with this store. Reads everything; changes
 * nothing.
 * @return TANDEM_OK also when problems were found: see the report.
 */
TANDEM_API tandem_err tandem_verify(tandem_store *s, tandem_lang lang,
    void (*problem)(void *ctx, const char *sentence), void *ctx,
    tandem_verify_report *out, tandem_error *e) TANDEM_CHECK;

#ifdef __cplusplus
}
#endif

#endif /* TANDEM_STORE_H */
