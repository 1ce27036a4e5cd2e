// SPDX-License-Identifier: Apache-2.0
// work.h - what one transaction of a replica works with.
//
// A write may be run again from its start after the store's map has grown, so
// nothing of the replica changes while it runs: membership, schema, clock and
// counts stand here, and are taken over only once the commit is durable.
//
// META rows of this room
//   "replica"   -> [1, store id 16, incarnation 16]
//   "workspace" -> 32 bytes; absent: no workspace yet
//   "me"        -> 16 bytes
//   "clock"     -> be64, the last hybrid clock given or heard
//   "counts"    -> [1, records, trashed, conflicts, changes, waiting,
//                  quarantined]   of what is visible; waiting includes all
//                  reasons but quarantine
//   "settle"    -> key in WAITING up to which rows were tried again after
//                  membership changed; absent: nothing to do
//   "introduced" -> empty: this device's name and person were written
#ifndef TD_REPLICA_WORK_H
#define TD_REPLICA_WORK_H

#include "base/limits.h"
#include "replica/replica.h"
#include "replica/row.h"

// One record's changes, decoded, at most.
#define TD_REPLICA_ARENA_MAX ((size_t)256 << 20)

// One RECORDS row: a state, and where its changes stand.
#define TD_REPLICA_ROW_MAX ((size_t)TD_RECORD_BYTES_MAX + ((size_t)8 << 20))

struct td_counts {
    uint64_t records, trashed, conflicts, changes, waiting, quarantined;
};

// A change's place, resolved.
struct td_at {
    const struct td_log_info *log;
    uint64_t seq;
    uint16_t index;
    struct td_hash16 hash; // chain hash of its commit
};

// A change to apply later in this transaction.
struct td_queued {
    struct td_row_change place;
};

// A change of the index, noted (run.h).
struct td_run_op {
    uint8_t key[40];
    uint32_t order;
    bool there;
};

// The key that seals the payloads of one log in one epoch, worked out last.
struct td_payload_key {
    bool valid;
    struct td_epoch_id epoch;
    struct td_log_id log;
    struct td_key key;
};

// The tag of what the record looked at last is about (row.h).
struct td_row_tag {
    bool valid;
    tandem_id sector;
    uint8_t pack[8];
    uint64_t kind;
    uint8_t tag[8];
};

#define TD_WORK_LOGS   64
#define TD_ADMIT_CACHE 64

// Commits `from`..`to` of a log share the control heads that `from` names.
struct td_admit_span {
    bool valid;
    uint32_t number;
    uint64_t from, to;
    enum td_admission verdict;
};

struct td_hand;

struct td_work {
    struct td_replica *r;
    struct td_txn *t;
    const tandem_sys *sys;
    tandem_error *e;
    bool write;
    struct td_author author;  // workspace may be set by founding
    bool anew;                // a new incarnation began (incarnation.h)
    uint8_t store_id[16];     // ... and this is the store's id
    struct td_member *member; // borrowed from the replica unless own_member
    bool own_member;
    struct td_schema *schema;
    bool own_schema;
    struct td_doubts *doubts; // of a read the replica's, of a write its own
    bool control;             // control entries were written or heard
    struct td_clock clock;
    struct td_counts counts, counts_before;
    struct td_arena arena; // of one change; reset by td_apply
    struct td_buf bytes;   // scratch of td_apply: a RECORDS row
    struct td_buf state;   // scratch of td_apply: an encoded state
    int64_t now_ms;        // for clocks heard
    // Records changed since the last td_work_feed.
    struct td_feed_item touched[TD_COMMIT_CHANGES_MAX];
    size_t touched_count;
    uint64_t records;                    // changed in all
    struct td_touched_list *touched_all; // where these are told; NULL: nowhere
    struct td_hand *hand; // the record whose changes it is at (hand.h)
    struct td_queued *queue;
    size_t queue_count, queue_cap;
    struct td_run_op *run; // what changes of the index (run.h)
    size_t run_count, run_cap;
    bool runs_left;          // in the table RUNS
    struct td_feed_run feed; // of heard commits, not written yet
    struct td_payload_key key;
    struct td_epoch_id key_kept; // the epoch looked at last (payload.h)
    struct td_row_tag tag;
    struct td_buf payload; // scratch of take.c and td_payload_wire
    struct td_log_info logs[TD_WORK_LOGS]; // by number, modulo
    bool logs_valid[TD_WORK_LOGS];
    struct td_known_tree *trees; // of forked logs (branch.c)
    bool forked, forked_known;   // some log is
    struct td_admit_span admits[TD_ADMIT_CACHE];
};

tandem_err td_work_begin(
    struct td_work *w, struct td_replica *r, struct td_txn *t, bool write);
void td_work_end(struct td_work *w); // frees; safe on a zeroed one

// One write transaction: fn, counts, clock, commit; then the replica takes
// over membership, schema and clock.
tandem_err td_work_write(struct td_replica *r,
    tandem_err (*fn)(struct td_work *w, void *ctx), void *ctx, tandem_error *e);
// The same in three steps (td_hearing_begin says which locks they need). Begin
// takes what others may change meanwhile; run reads of the replica what only
// writers change; end takes over and frees.
struct td_deed;
tandem_err td_deed_begin(struct td_replica *r,
    tandem_err (*fn)(struct td_work *w, void *ctx), void *ctx, tandem_error *e,
    struct td_deed **out);
void td_deed_run(struct td_deed *d);
tandem_err td_deed_end(struct td_deed *d);
// A read transaction; end it in the same call.
tandem_err td_work_read(struct td_replica *r, struct td_work **out);
void td_work_read_end(struct td_work *w);

// Control entries changed: membership and, if packs did, schema and indexes.
tandem_err td_work_reload(struct td_work *w, const struct td_hash *workspace);
// By local number, cached. Borrowed until the next call on `w`'s logs that
// falls on the same slot: copy what outlives that.
tandem_err td_work_log(
    struct td_work *w, uint32_t number, const struct td_log_info **out);
// Rows of logs changed behind its back: ask again.
void td_work_forget_logs(struct td_work *w);
// A log as it stands now, after an append or a hold.
void td_work_know(struct td_work *w, const struct td_log_info *log);
// td_row_key of a change's record, without a hash where the one before was
// about the same.
void td_work_row_key(struct td_work *w, const struct td_change *c,
    tandem_id sector, uint8_t out[TD_ROW_KEY_BYTES]);
// May the author of this log write at `seq`? From the last `seen` at or below.
tandem_err td_work_admits(struct td_work *w, const struct td_log_info *log,
    uint64_t seq, enum td_admission *out);
// A record changed: once a lsn.
void td_work_touch(struct td_work *w, const struct td_feed_item *item);
// Append to such a list.
void td_touched_add(const tandem_sys *sys, struct td_touched_list *l,
    tandem_id record, const uint8_t pack[8], uint64_t kind);
// Say so in the feed under a commit's lsn, and begin the next list.
tandem_err td_work_feed(
    struct td_work *w, uint64_t lsn, uint32_t number, uint64_t seq, bool local);
// The same for changes without a commit of their own: takes a lsn if needed.
tandem_err td_work_feed_recount(struct td_work *w);

#endif
