// SPDX-License-Identifier: Apache-2.0
// replica.h - a store's meaning: typed and heard changes become records.
//
// Typed and heard meet in one function (apply.c: td_apply); there is no second
// path by which a record's state changes.
//
// Rows, each laid out where it is written
//   RECORDS    row.h        which changes of a record are held, and its state
//   INDEXES    index.h      kind, fields marked for equality, short codes
//   WAITING    wait.h       held changes without effect, and why
//   CONFLICTS  conflict.h   how many open conflicts a record has
//   META       work.h       who this store is, clock, counts, work to resume
//   PEERS      peer.c       the stores we met
// The seal of a payload: payload.h. The digest: digest.c. Names: names.h.
//
// One replica per open store; not thread-safe. Api holds two locks around it:
// whoever touches the replica holds the store's, whoever writes holds the
// writer's besides. While a hearing runs (td_hearing_run) its thread holds the
// writer's alone, so others read meanwhile: what stands in a td_replica is
// changed by writers under both; doubts, noted and told by anybody under
// the store's, and a running hearing looks at none of them.
#ifndef TD_REPLICA_REPLICA_H
#define TD_REPLICA_REPLICA_H

#include "base/clock.h"
#include "crdt/record.h"
#include "member/member.h"
#include "replica/apart.h"
#include "schema/schema.h"

// What was found damaged: payloads, to be asked for again, and counts
// (doubt.h).
#define TD_DOUBTS_MAX 64
struct td_doubt {
    uint32_t number; // of the log
    uint64_t seq;
    uint16_t index;
};
struct td_doubts {
    struct td_doubt at[TD_DOUBTS_MAX];
    size_t count;
    bool counts; // of what is missing: they do not say what MISSING says
};

struct td_replica {
    struct td_store *store;
    const tandem_sys *sys;
    bool joined; // the store belongs to a workspace
    struct td_hash workspace;
    uint8_t incarnation[16];
    uint8_t store_id[16];     // names this store's lsn numbering
    struct td_member *member; // NULL until joined
    uint64_t members;         // memberships so far: another one, other rights
    struct td_schema *schema; // never NULL; rebuilt when packs arrive
    struct td_clock clock;
    tandem_id me; // who types by default
    struct td_doubts doubts;
    bool runs_left; // index rows are behind (run.h)
    bool noted;     // the note outside the store says this one, and ...
    uint64_t told;  // ... that peers may know our commits up to this lsn
    bool unsettled; // membership changed, and not all that waited was tried
    uint64_t unsettled_times; // ... so often; it may again beside a settling
};

// Takes the store (not owned). Reads meta, membership, packs.
tandem_err td_replica_open(
    struct td_store *store, struct td_replica **out, tandem_error *e);
void td_replica_close(struct td_replica *r);
struct td_author td_replica_author(const struct td_replica *r);
tandem_device_id td_replica_device(const struct td_replica *r);

// -------------------------------------------------------- copies and restores

// Before anything of ours is told: the note outside the store (incarnation.h)
// says so first. One fsync where something was written here since, else none.
tandem_err td_replica_tells(struct td_replica *r, tandem_error *e);
// Does this log go on here: is it a present one of ours? What others bring of
// it that is not held was signed by a copy of us (incarnation.h).
bool td_replica_writes(
    const struct td_replica *r, const struct td_log_info *log);

// ------------------------------------------------------------- workspace (own)

tandem_err td_replica_found(struct td_replica *r, const char *name,
    const char *device, int64_t now_ms, tandem_error *e);
// A newcomer: remember the workspace and wait for its control sector.
tandem_err td_replica_join(
    struct td_replica *r, const struct td_hash *workspace, tandem_error *e);
// After the control sector came: write this device's name and person into the
// common sector (once). ENOKEY until it can.
tandem_err td_replica_introduce(
    struct td_replica *r, const char *device, int64_t now_ms, tandem_error *e);
tandem_err td_replica_sector_add(struct td_replica *r, const char *name,
    int64_t now_ms, tandem_id *out, tandem_error *e);
tandem_err td_replica_enrol(struct td_replica *r,
    const struct td_device_public *newcomer, tandem_right right,
    const tandem_id *sectors, size_t count, int64_t now_ms, tandem_error *e);
tandem_err td_replica_grant(struct td_replica *r, const tandem_device_id *d,
    tandem_id sector, tandem_right right, tandem_error *e);
tandem_err td_replica_pack_publish(
    struct td_replica *r, tandem_slice pack, tandem_error *e);
// Names (of the workspace, sectors, devices) and persons: records of the
// built-in pack (names.c) in the common sector. "" / ENOTFOUND when unread.
tandem_err td_replica_name(
    struct td_replica *r, tandem_slice thing, char out[256]);
tandem_err td_replica_person_add(struct td_replica *r, const char *name,
    int64_t now_ms, tandem_id *out, tandem_error *e);
tandem_err td_replica_persons(struct td_replica *r, struct td_arena *a,
    tandem_person **out, size_t *count); // sorted by id
tandem_err td_replica_me_set(
    struct td_replica *r, tandem_id person, tandem_error *e);

// ---------------------------------------------------------------------- typed

// One record's part of a local commit.
struct td_typed {
    tandem_id record;
    uint8_t pack[8];
    uint64_t kind;
    const struct td_record *seen; // the snapshot; NULL = a new record
    const struct td_op *ops;
    size_t op_count;
};
// Seal, append, apply: one LMDB transaction, durable on return. `at` receives
// where it stands (log, seq, hash), for snapshots after the commit.
struct td_place {
    struct td_log_id log;
    uint64_t seq;
    struct td_hash hash;
    uint64_t clock;
};
tandem_err td_replica_commit(struct td_replica *r, tandem_id sector,
    tandem_id person, const struct td_typed *typed, size_t count,
    int64_t now_ms, struct td_place *at, tandem_error *e);

// ---------------------------------------------------------------------- heard

// What a received segment did.
// Records that changed, one after another, and what they are; a record may
// stand there again. Best effort: without memory some are left out.
struct td_touched {
    tandem_id record;
    uint8_t pack[8];
    uint64_t kind;
};
struct td_touched_list {
    struct td_touched *at;
    size_t count, cap;
};
void td_touched_free(const tandem_sys *sys, struct td_touched_list *l);

struct td_heard {
    uint64_t commits, changes, records;
    uint64_t forked;      // branches met: logs found written twice, once more
    uint64_t apart;       // segments set apart: each says why (s->apart)
    uint64_t mended;      // entries held already, whose damaged row is whole
    bool control;         // membership, keys or packs changed
    uint64_t late, wrong; // payloads that were missing; that are others
};
// Hold and apply verified segments in one transaction. Control segments
// reload membership and packs, and apply what waited for them. *out is set as
// soon as they are durable, also when what follows fails.
tandem_err td_replica_hear(struct td_replica *r, struct td_segment *segments,
    size_t count, int64_t now_ms, struct td_heard *out, tandem_error *e);
// The same in three steps, for who lets others read meanwhile: begin and end
// under both locks, run under the writer's alone. `segments` are borrowed
// until end, which frees and is due after every begin that succeeded, however
// run ended; what it returns is the outcome of all. Sentences go to `e` of
// begin, which is kept.
struct td_hearing;
// Payloads that were missing go into the same transaction (between begin and
// run); what is not what its header names is counted as `wrong`.
struct td_late {
    struct td_log_id log;
    uint64_t seq;
    struct td_hash16 hash; // of its commit
    uint16_t index;
    tandem_slice sealed;
};
void td_hearing_late(
    struct td_hearing *x, const struct td_late *lates, size_t count);
// And keys of epochs that a peer gave, checked before (td_member_check_key):
// they stand before anything of the segments is opened.
void td_hearing_keys(
    struct td_hearing *x, const struct td_epoch_key *keys, size_t count);
tandem_err td_hearing_begin(struct td_replica *r, struct td_segment *segments,
    size_t count, int64_t now_ms, struct td_hearing **out, tandem_error *e);
// Which records changed is told in `l`, which begins empty (between begin and
// run; the caller frees it).
void td_hearing_touched(struct td_hearing *x, struct td_touched_list *l);
void td_hearing_run(struct td_hearing *x);
tandem_err td_hearing_end(struct td_hearing *x, struct td_heard *out);
// Where it changed the membership (r->unsettled), what waited for that is tried
// again behind it: one transaction a settling, in the same three steps, until
// nothing is left. *records: how many changed (added to).
struct td_settling;
tandem_err td_settling_begin(struct td_replica *r, int64_t now_ms,
    tandem_error *e, struct td_settling **out);
void td_settling_run(struct td_settling *x);
tandem_err td_settling_end(struct td_settling *x, uint64_t *records);
// A payload that was missing when its commit, the entry with this hash, was
// held. EPROTO: it is not the
// one the header names; ENOTFOUND: no such commit; EEXIST: it is held.
tandem_err td_replica_hear_payload(struct td_replica *r,
    const struct td_log_id *log, uint64_t seq, const struct td_hash16 *hash,
    uint16_t index, tandem_slice sealed, int64_t now_ms, tandem_error *e);
// One payload as on the wire, appended to `out`. ENOTFOUND: it is not held, or
// is not what its author sealed any more.
tandem_err td_replica_payload(struct td_replica *r, const struct td_log_id *log,
    uint64_t seq, const struct td_hash16 *hash, uint16_t index,
    struct td_buf *out);
// What is missing here, in key order after `*at` (zeroed to start; moved on),
// at most `max`: to be asked of every peer.
struct td_missing {
    struct td_log_id log;
    tandem_id sector;
    uint64_t seq;
    struct td_hash16 hash; // of the entry: a log may have two of one seq
    uint16_t index;
};
struct td_missing_at {
    uint8_t key[14];
};
tandem_err td_replica_missing(struct td_replica *r, struct td_missing_at *at,
    struct td_missing *out, size_t max, size_t *n);
// How many that is, of the sectors for which `of` says so; looks at a row for
// each sector.
tandem_err td_replica_missing_count(struct td_replica *r,
    bool (*of)(void *ctx, tandem_id sector), void *ctx, uint64_t *out);
// Epochs of which this device knows the entry but lacks the key, and payloads
// that are held wait for it.
struct td_lacking_query {
    bool (*wanted)(void *ctx, tandem_id sector); // of these sectors
    void *ctx;
    struct td_epoch_id from; // ids rise from here on, once round
    size_t max;
    bool any; // whichever are found first: a short look where one will do
};
tandem_err td_replica_lacking(struct td_replica *r,
    const struct td_lacking_query *q, struct td_epoch_id *out, size_t *n);
// The wire commits (from, to] of a log, payloads sealed as on the wire.
// `touched`: the records of the payloads that were held opened, appended.
tandem_err td_replica_tell(struct td_replica *r, struct td_txn *t,
    const struct td_log_info *log, bool from_start, uint64_t from, uint64_t to,
    struct td_buf *out, uint64_t *changes, struct td_touched_list *touched);

// --------------------------------------------------------------------- staged

// The first bytes of a segment that a cut left, by the peer they came from.
struct td_staged {
    tandem_device_id peer;
    int64_t at_ms;
    struct td_log_id log;
    bool from_start; // else it lies after:
    uint64_t from;
    struct td_hash16 from_hash;
    uint64_t seq; // of the signed entry it ends with
    tandem_slice bytes;
};
// In the place of what stood there; of more than TD_STAGED_MAX the oldest goes.
tandem_err td_staged_put(struct td_txn *t, const struct td_staged *s);
// Its bytes stand in `room`. ENOTFOUND, also when it is damaged.
tandem_err td_staged_get(struct td_txn *t, const tandem_device_id *peer,
    struct td_buf *room, struct td_staged *out);
tandem_err td_staged_del(struct td_txn *t, const tandem_device_id *peer);
// The value of a row. ECORRUPT.
tandem_err td_staged_read(tandem_slice in, struct td_staged *out);
void td_staged_write(const struct td_staged *s, struct td_buf *out);

// -------------------------------------------------------------------- reading

struct td_snapshot { // owned by the caller
    tandem_id id, sector;
    struct td_record *state;
    bool unbranched; // no log here had branches: what it saw is named as it is
};
tandem_err td_replica_read(struct td_replica *r, tandem_id id,
    struct td_snapshot *out); // ENOTFOUND
// Several in one transaction: `out` has room for them, a snapshot without a
// state stands where td_replica_read would say ENOTFOUND, ENOKEY or ECORRUPT.
// On failure nothing is left in it.
tandem_err td_replica_read_some(struct td_replica *r, const tandem_id *ids,
    size_t count, struct td_snapshot *out);
// As a `seen` frontier (td_replica_seen) saw it: rebuilt from the entries at or
// below it.
// ENOTFOUND, also when an entry it names is not held.
tandem_err td_replica_read_seen(struct td_replica *r, tandem_id id,
    const struct td_seen *seen, size_t count, struct td_snapshot *out);
// The same, by what a state had seen, with the change this device wrote at
// `edit` added, and nothing of what its log held in between.
tandem_err td_replica_read_edit(struct td_replica *r, tandem_id id,
    const struct td_seen *seen, size_t count, const struct td_place *edit,
    struct td_snapshot *out);
void td_snapshot_deinit(struct td_snapshot *s);
// What a state has seen, as it is named outside of states (branch.h). In `a`,
// or borrowed from the state.
tandem_err td_replica_seen(struct td_replica *r, const struct td_record *state,
    struct td_arena *a, const struct td_seen **out, size_t *count);
// One held change, decoded: memory from `a`. ENOTFOUND, also when it is
// held sealed.
tandem_err td_replica_change(struct td_replica *r, const struct td_place *at,
    uint16_t index, struct td_arena *a, struct td_change *out);
// The author of a log of a state, for showing who wrote a version.
tandem_err td_replica_log_device(
    struct td_replica *r, struct td_log_id log, tandem_device_id *out);

struct td_query {
    const tandem_id *sector;
    bool has_kind;
    uint8_t pack[8];
    uint64_t kind;
    bool has_field; // an indexed field, normalised bytes
    uint64_t field;
    tandem_slice value;
    bool conflicts;     // from CONFLICTS
    tandem_slice after; // key to go on after; empty = start
    size_t limit;
};
// Record ids (with sector) in key order, at most `limit`; *next: the key to go
// on after, empty at the end. Memory from the arena.
struct td_hit {
    tandem_id id, sector;
    uint8_t key[24];
};
// What index rows that are behind lead to is not found: as long as `runs_left`,
// td_run_settle first (run.h), as a writer.
tandem_err td_replica_find(struct td_replica *r, const struct td_query *q,
    struct td_arena *a, struct td_hit **out, size_t *count, tandem_slice *next);
// Ids beginning with `hex` (>= 4 digits), at most `max`.
tandem_err td_replica_prefix(struct td_replica *r, const char *hex,
    tandem_id *out, size_t max, size_t *count);
tandem_err td_replica_keyed_id(struct td_replica *r, tandem_id sector,
    const uint8_t pack[8], uint64_t kind, tandem_slice key, tandem_id *out);
// The normalised bytes an index row stands for (str: trimmed, ASCII lower
// case, inner blanks single; others: the canonical value).
tandem_err td_index_normalise(
    const tandem_field_info *f, tandem_slice value, struct td_buf *out);

// The host's own bytes, each under its name, sealed, never sent; none: taken
// away. One transaction.
tandem_err td_replica_local_put(struct td_replica *r,
    const tandem_local_value *values, size_t count, tandem_error *e);
// ENOTFOUND; ECORRUPT. Into `out`, which bounds it.
tandem_err td_replica_local_get(
    struct td_replica *r, const char *name, struct td_buf *out);

tandem_err td_replica_digest(struct td_replica *r, const tandem_id *sector,
    struct td_hash *out, uint64_t *records);
tandem_err td_replica_stats(struct td_replica *r, tandem_stats *out);
// The same without what takes a look at all logs: commits, logs, lsn, bytes.
tandem_err td_replica_stats_open(struct td_replica *r, tandem_stats *out);
tandem_err td_replica_waiting(struct td_replica *r, uint64_t *at,
    tandem_waiting_entry *out, size_t max, size_t *n);
tandem_err td_replica_feed(struct td_replica *r, uint64_t after,
    tandem_change *out, size_t max, size_t *n);
tandem_err td_replica_verify(struct td_replica *r, tandem_lang lang,
    void (*problem)(void *ctx, const char *sentence), void *ctx,
    tandem_verify_report *out, tandem_error *e);

// ---------------------------------------------------------------------- peers

struct td_peer {
    tandem_device_id device;
    uint8_t store_id[16];
    uint64_t their_lsn;    // we hold all of theirs up to it, in the sectors
    struct td_hash16 root; // the cursor covers: sectors_mark
    struct td_hash16 sectors_mark; // hash of the list of shared sectors
    int64_t last_sync_ms;
    struct td_missing_at asked; // the last payload this peer was asked for
    char address[192];
    struct td_apart apart[TD_PEER_APART_MAX]; // of what it holds (apart.h)
    size_t apart_count;
};
tandem_err td_peer_get(struct td_replica *r, const tandem_device_id *d,
    struct td_peer *out); // ENOTFOUND
tandem_err td_peer_put(struct td_replica *r, const struct td_peer *p);
// A row of PEERS, but for the device, which is its key. ECORRUPT.
tandem_err td_peer_read(tandem_slice row, struct td_peer *out);
void td_peer_write(const struct td_peer *p, struct td_buf *out);

#endif
