// SPDX-License-Identifier: Apache-2.0
// log.h - logs in the store: append our own, hold others', heads, roots.
//
// Rows (values are canonical MessagePack; all sealed by the store)
//   LOGS      log 16                       -> [number, device 32, sector 16,
//             incarnation 16, head seq, head 32, head lsn, signed seq,
//             unsigned bytes, epoch 16 or nil, seen mark 32, seen seq,
//             forked bool, parent number or 0, base seq, cut bool]
//             log 16 || number be32        -> the same, of a further branch
//             0x00 || number be32          -> the key of its row above
//             0x02 || BLAKE2b-128(device 32 || sector 16) -> be32: how many
//                                             logs of it are held there
//             0x01 || id 16                -> log 16, whose stretch behind a
//                                             fork point has that id (tree.h)
//             number counts from 1, to TD_LOG_NUMBER_MAX
//   COMMITS   number be32 || seq be64      -> a run of commits (commit.c)
//   PAYLOADS  number be32 || seq be64 || index be16 -> head 48 || payload as
//             it travels (payload.c; the record's bucket key once it was
//             opened)
//   HEADS     number be32 || seq be64      -> signature 64
//   FEED      lsn be64                     -> what a run of lsns did (feed.c)
//   TRIE      see trie.h
//   MISSING   number be32 || seq be64 || index be16 -> [hash 32, length]
//             (missing.c)
//   META      "lsn"                        -> last lsn, be64
//             "logs"                       -> last log number, be32
//             "own"                        -> last lsn of a commit of ours,
//                                             be64
//             "branches"                   -> rows that are a further branch
//                                             of their log, be32
//             "missing" || sector 16       -> rows of MISSING of its logs, be64
// All but payloads that were opened stand under the transit key.
//
// Signed head: td_sign (crypto/device.c) by the log's device, domain
//              TD_DOMAIN_HEAD, of log 16 || seq be64 || chain hash 32.
// Segment:     canonical [wire commit...] (see header.h), 1..TD_SIGN_COMMITS
//              of them, read against a signed head of its last commit.
//
// Invariants
// (1) A commit is held only if a verified signature of its author covers it
//     and its chain reaches entry 0, which states what the log id hashes.
// (2) Held commits of a log are 0..head without a gap. Those of a further
//     branch (a log written twice, branch.c) are its parent's up to
//     `base_seq`, then its own: rows of a number are one stretch.
// (3) Between two neighbouring signed heads lie at most TD_SIGN_COMMITS
//     commits and TD_SIGN_BYTES of weight before the last commit; also
//     from entry 0 to the first one after it. Entry 0 itself is signed when
//     it is written.
// (4) Rows of a commit, its head and its lsn change in one transaction.
#ifndef TD_LOG_LOG_H
#define TD_LOG_LOG_H

#include "log/header.h"
#include "store/store.h"

// A log's number: keys that begin with a higher one are none of a log.
#define TD_LOG_NUMBER_MAX UINT32_C(0xfeffffff)
// A feed number is lsn * 128 + index, in 64 bits.
#define TD_LSN_MAX (UINT64_MAX / 128)

struct td_log_info {
    struct td_log_id id;
    uint32_t number; // local, permanent
    tandem_device_id device;
    tandem_id sector;
    uint8_t incarnation[16];
    uint64_t head_seq;   // last held entry
    struct td_hash head; // its chain hash
    uint64_t head_lsn;
    uint64_t signed_seq;     // last entry a stored signature covers
    uint64_t unsigned_bytes; // weight after it (own logs)
    bool has_epoch;          // epoch of the last commit (own logs reuse it)
    struct td_epoch_id epoch;
    struct td_hash seen_mark; // hash over the last `seen`, sorted
    uint64_t seen_seq;        // the entry that states it
    bool forked;              // it was written twice (every branch says so)
    bool further;             // not the branch of its log held first
    uint32_t parent;          // the number it leaves; 0: from entry 0 on
    uint64_t base_seq;        // with a parent: the last entry that is not its
    bool cut;                 // beyond TD_BRANCHES_MAX: its rows stay, unused
};

// A damaged row of LOGS is worked out again from the log's commits; ECORRUPT
// where that fails too, and the list goes on without that log.
// Of a forked log this is the branch that was held first.
tandem_err td_log_get(struct td_txn *t, struct td_log_id id,
    struct td_log_info *out); // ENOTFOUND
tandem_err td_log_number(struct td_txn *t, uint32_t number,
    struct td_log_info *out); // ENOTFOUND
// Logs of one sector (NULL = all), sorted by id, then head; each branch that
// is not cut is one; array in the arena.
tandem_err td_log_list(struct td_txn *t, const tandem_id *sector,
    struct td_arena *arena, struct td_log_info **out, size_t *count);

// Those of one device alone: memory for these.
tandem_err td_log_list_of(struct td_txn *t, const tandem_id *sector,
    const tandem_device_id *device, struct td_arena *arena,
    struct td_log_info **out, size_t *count);

// How many rows of LOGS cannot be read, whether worked out again or not.
tandem_err td_log_damaged(struct td_txn *t, size_t *out);

tandem_err td_lsn(struct td_txn *t, uint64_t *out);      // last used
tandem_err td_lsn_next(struct td_txn *t, uint64_t *out); // takes one
// The lsn of the last commit written here; 0: none.
tandem_err td_lsn_own(struct td_txn *t, uint64_t *out);

// ----------------------------------------------------------------- branches

// The branches of one log that are not cut, sorted by head. ENOTFOUND.
tandem_err td_log_branches(struct td_txn *t, struct td_log_id id,
    struct td_log_info out[TD_BRANCHES_MAX], size_t *count);
// A branch, not cut, on which entry `seq` has that hash. ENOTFOUND; ECORRUPT
// when that of some branch cannot be read.
tandem_err td_log_on_path(struct td_txn *t, struct td_log_id id, uint64_t seq,
    const struct td_hash16 *hash, struct td_log_info *out);
// The same of cut ones too, behind the others: what is held without effect can
// still be passed on.
tandem_err td_log_on_any(struct td_txn *t, struct td_log_id id, uint64_t seq,
    const struct td_hash16 *hash, struct td_log_info *out);
// The chain hash of an entry of that branch, up to its head: of one whose row
// cannot be read what the next one follows. ECORRUPT: that cannot be read too.
tandem_err td_log_chain(struct td_txn *t, const struct td_log_info *log,
    uint64_t seq, struct td_hash *out);
// The last entry of that branch that was held when `lsn` was the store's last.
// ENOTFOUND: none was; ECORRUPT.
tandem_err td_log_as_of(struct td_txn *t, const struct td_log_info *log,
    uint64_t lsn, struct td_head *out);
// Every row of one log, cut branches too: TD_BRANCH_ROWS_MAX at most.
tandem_err td_log_rows(struct td_txn *t, struct td_log_id id,
    struct td_arena *arena, struct td_log_info **out, size_t *count);
#define TD_LOG_ROWS_ARENA ((size_t)1 << 20)
// Whose rows hold entry `seq` of the branch `number`: itself, or the one it
// leaves; and the last entry of which that is so. ENOTFOUND.
tandem_err td_log_owner(struct td_txn *t, uint32_t number, uint64_t seq,
    uint32_t *out, uint64_t *last);
// Of a list by td_log_list: the first entry of logs[at] that none before it
// has. 0 but for a forked log.
tandem_err td_log_unshared(struct td_txn *t, const struct td_log_info *logs,
    size_t at, uint64_t *first);
// How many branches there are beside the first of each log: 0 in a store that
// never met a fork.
tandem_err td_log_branched(struct td_txn *t, uint32_t *out);

// ---------------------------------------------------------------- own logs

struct td_author { // who writes here; borrowed
    const struct td_device_keys *keys;
    struct td_hash workspace;
    uint8_t incarnation[16];
};
// Our log in a sector, opening it (entry 0, naming our earlier logs and the
// control heads `seen`) if we never wrote there.
tandem_err td_log_own(struct td_txn *t, const struct td_author *a,
    tandem_id sector, const struct td_hash *seen, size_t seen_count,
    struct td_log_info *out);
// Append one commit. `payloads` as on the wire (or clear in the control
// sector), 1..128, together <= TD_COMMIT_BYTES_MAX. `seen` is written only if
// it changed; in any order. Signs when invariant (3) asks for it. The payload
// and FEED rows are NOT written: the caller puts them (td_payload_put,
// td_feed_put...). `log` as read in this transaction (td_log_own, td_log_get);
// brought up to date. *hash: the chain hash. ELIMIT; EVALUE for an empty
// payload.
tandem_err td_log_append(struct td_txn *t, const struct td_author *a,
    struct td_log_info *log, const struct td_epoch_id *epoch,
    const struct td_hash *seen, size_t seen_count, const tandem_slice *payloads,
    size_t count, uint64_t *seq, struct td_hash *hash, uint64_t *lsn);
// What the next append would be chained to: needed to seal before appending.
void td_log_next(
    const struct td_log_info *log, uint64_t *seq, struct td_hash *prev);

// -------------------------------------------------------------------- heads

struct td_signed_head {
    struct td_head head;
    struct td_sig sig;
};
// The signature over the present head: stored, or made now for our own log
// (then also stored, which needs a write transaction). ENOTFOUND when there is
// none and `a` (may be NULL) is not the author.
tandem_err td_head_sign(struct td_txn *t, const struct td_author *a,
    struct td_log_info *log, struct td_signed_head *out);
// Of our own log the entry that was its head then (td_log_as_of) is signed,
// whatever follows it. ENOTFOUND: there was none.
tandem_err td_head_sign_as_of(struct td_txn *t, const struct td_author *a,
    struct td_log_info *log, uint64_t lsn);
// The first signed head with seq >= from. ENOTFOUND.
tandem_err td_head_next(struct td_txn *t, const struct td_log_info *log,
    uint64_t from, struct td_signed_head *out);
// The last signed head with seq <= `to`. Between two of them lie no more than
// TD_SIGN_COMMITS commits, so none further back is looked for. ENOTFOUND.
tandem_err td_head_before(struct td_txn *t, const struct td_log_info *log,
    uint64_t to, struct td_signed_head *out);
// The furthest signed head that one segment beginning after `from` (or with
// entry 0) may reach: spares a verification per send. ENOTFOUND.
tandem_err td_head_reach(struct td_txn *t, const struct td_log_info *log,
    bool from_start, uint64_t from, struct td_signed_head *out);
bool td_head_verify(
    const tandem_device_id *author, const struct td_signed_head *h);
// How a signed head of a held log lies to what is held: OK held; ENOTFOUND
// beyond our head; EFORK another hash at a seq we hold; EPROTO not signed by
// the log's device.
tandem_err td_head_place(struct td_txn *t, const struct td_log_info *log,
    const struct td_signed_head *h);
// Merkle root of the set of (log, head hash): the 64-ary trie of sync.md. See
// trie.h. Zero for the empty set. `heads` in any order; sorted in place.
struct td_hash16 td_heads_root(struct td_head *heads, size_t count);

// ---------------------------------------------------------- commits, payloads

// ENOTFOUND. Memory from the arena, for the whole row it stands in. Also what
// the branch `number` shares with the one it leaves.
tandem_err td_commit_get(struct td_txn *t, uint32_t number, uint64_t seq,
    struct td_arena *arena, struct td_header *out, struct td_hash *chain,
    uint64_t *lsn);
// Many commits, one after another or nearly so: the row looked at last stays
// decoded.
struct td_commits {
    struct td_txn *t;
    struct td_arena arena;
    struct td_buf key, row;
    uint32_t number; // of the log
    uint64_t first, lsn;
    size_t count; // 0: none yet
    struct td_header *headers;
    struct td_hash *chains;
};
#define TD_COMMITS_MAX ((size_t)8 << 20)
void td_commits_init(struct td_commits *c, struct td_txn *t);
void td_commits_deinit(struct td_commits *c);
// ENOTFOUND. *out is borrowed until the next call.
tandem_err td_commits_get(struct td_commits *c, uint32_t number, uint64_t seq,
    const struct td_header **out, struct td_hash *chain, uint64_t *lsn);
// A payload as it travels (in the control sector: an entry, in clear), with
// what opening it and naming its change asks of its commit.
struct td_payload {
    struct td_hash16 chain, prev; // of its commit, and of the one before
    struct td_epoch_id epoch;     // zeros: none
    struct td_hash hash;          // of the bytes
    tandem_slice bytes;
};
struct td_payload td_payload_of(const struct td_header *h,
    const struct td_hash *chain, uint16_t index, tandem_slice bytes);
// All but the bytes.
bool td_payload_same(const struct td_payload *a, const struct td_payload *b);
// Under the bucket of its record once that is known, else TD_SEAL_TRANSIT. What
// was missing no longer is.
tandem_err td_payload_put(struct td_txn *t, uint32_t number, uint64_t seq,
    uint16_t index, uint16_t seal, const struct td_payload *p);
// As it was put, borrowed from `row`. ENOTFOUND; ECORRUPT.
tandem_err td_payload_get(struct td_txn *t, uint32_t number, uint64_t seq,
    uint16_t index, struct td_buf *row, struct td_payload *out);
// Only the chain hash: cheaper than td_commit_get. ENOTFOUND.
tandem_err td_commit_chain(
    struct td_txn *t, uint32_t number, uint64_t seq, struct td_hash *chain);
tandem_err td_payload_missing(struct td_txn *t, uint32_t number, uint64_t seq,
    uint16_t index, const struct td_payload_ref *ref); // notes it in MISSING
bool td_payload_is_missing(
    struct td_txn *t, uint32_t number, uint64_t seq, uint16_t index);
// It is asked of nobody any more.
tandem_err td_payload_given_up(
    struct td_txn *t, uint32_t number, uint64_t seq, uint16_t index);
// How many are missing, of the sectors for which `of` says so (NULL: of all): a
// row for each sector in which something is, however much. *sound is false
// where these were not to be believed and all that is missing was looked at;
// td_missing_mend makes them whole.
tandem_err td_missing_count(struct td_txn *t,
    bool (*of)(void *ctx, tandem_id sector), void *ctx, uint64_t *out,
    bool *sound);
tandem_err td_missing_mend(struct td_txn *t);
// Do they say what MISSING says, sector by sector? For verify.
tandem_err td_missing_check(struct td_txn *t, bool *same);

// ----------------------------------------------------------------- receiving

// A segment: the wire commits after `from` (or from entry 0) up to a signed
// head. Bytes bounded by TD_SEGMENT_BYTES_MAX.
struct td_segment {
    struct td_log_info log; // as known; fresh: what the opening states
    bool fresh;             // the log is not held yet: begins with entry 0
    struct td_signed_head head;
    size_t count; // commits
    struct td_header *headers;
    struct td_hash *chains;
    tandem_slice **payloads; // [count][change_count]; borrowed from `bytes`
    uint32_t added;          // after holding: the branch it began, or 0
    uint32_t cut;            // ... and the one that counts no more for it
    size_t mended;           // ... and entries whose damaged row it replaced
    tandem_err apart;        // why it was set apart when it was heard, or OK
};
// An arena of this size reads any segment.
#define TD_SEGMENT_ARENA_MAX ((size_t)1 << 20)
// Decode and verify: every chain link, the opening and log id of a fresh log,
// the workspace, the final hash, the signature of the log's device.
// `known` NULL for a segment that begins with entry 0, else the log, with
// head_seq and head of the entry the segment follows (our head, or an earlier
// held one). EPROTO; EWORKSPACE; EEXIST when `head` is `known`'s; EFORK when
// it is another entry of that seq, signed. A head's hash may be left zero, to
// be worked out: the signature covers it. Memory: arena (ENOMEM).
tandem_err td_segment_read(tandem_slice bytes, const struct td_hash *workspace,
    const struct td_log_info *known, const struct td_signed_head *head,
    struct td_arena *arena, struct td_segment *out);
// Hold it: rows of logs, commits, heads, lsn; payload, MISSING and FEED rows
// are the caller's (it opens them first). *lsns
// receives `count` lsns, 0 for what was held already. s->log is brought up to
// date: the branch that holds it, whose rows begin behind what it shares.
// A segment that leaves what is held at some entry begins a branch (s->added);
// of more than TD_BRANCHES_MAX those are held that come first in td_branch_cmp
// (tree.h): one is cut for it (s->cut), it or another. EFORK: it follows an
// entry of a branch that is not held (ask for what lies before), or the log has
// TD_BRANCH_ROWS_MAX branches, cut ones counted, and gets no more. ENOTFOUND
// when it leaves a gap behind all heads: who read it knew an entry before it,
// which was not held after all. ECORRUPT: what is held of the log cannot be
// read where that matters. EDENIED: of that device TD_DEVICE_LOGS_MAX logs are
// held in that sector. Nothing is held of it then. A damaged row of COMMITS
// whose entry the segment brings again is written anew.
tandem_err td_segment_hold(
    struct td_txn *t, struct td_segment *s, uint64_t *lsns);
// Write the wire commits (from, to] of a log, to = a signed head. Payload i
// of a commit is asked of `payload` (which appends to `out`, and gives only
// what hashes to what the header says: replica/payload.c); ENOTFOUND from it,
// another length, and `payload` NULL = absent. ELIMIT beyond TD_SIGN_COMMITS.
// Other codes: as the callback says.
tandem_err td_segment_write(struct td_txn *t, const struct td_log_info *log,
    bool from_start, uint64_t from, uint64_t to,
    tandem_err (*payload)(void *ctx, const struct td_header *h, uint16_t index,
        struct td_buf *out),
    void *ctx, struct td_buf *out);

// ---------------------------------------------------------------------- feed

// What one lsn did: a commit (log number, seq), or a list of records changed
// without one. Every lsn has a row: put it in the transaction that took it.
struct td_feed_item {
    tandem_id record, sector;
    uint8_t pack[8];
    uint64_t kind;
};
struct td_feed_row {
    uint64_t lsn;
    uint32_t number; // of the log; 0 = none
    bool has_seq;
    uint64_t seq;
    bool local;                       // typed here, not heard
    const struct td_feed_item *items; // feed number: lsn * 128 + index
    size_t count;                     // <= TD_COMMIT_CHANGES_MAX
};
tandem_err td_feed_put(struct td_txn *t, const struct td_feed_row *row);
// Heard commits that follow each other (lsn and seq rising by one, one log):
// gathered, and written as few rows. What is begun must be ended.
struct td_feed_run {
    struct td_txn *t;
    uint64_t lsn, seq; // of the first
    uint32_t number;
    size_t count; // lsns
    uint16_t counts[TD_FEED_RUN];
    struct td_feed_item items[TD_FEED_ITEMS_MAX];
    size_t item_count;
};
void td_feed_run_begin(struct td_feed_run *f, struct td_txn *t);
tandem_err td_feed_run_add(
    struct td_feed_run *f, const struct td_feed_row *row);
tandem_err td_feed_run_end(struct td_feed_run *f);
// Reading: the row looked at last stays decoded.
struct td_feed {
    struct td_txn *t;
    struct td_arena arena;
    struct td_buf key, row;
    uint64_t first; // lsn
    size_t count;   // 0: none yet
    struct td_feed_row *rows;
};
void td_feed_init(struct td_feed *f, struct td_txn *t);
void td_feed_deinit(struct td_feed *f);
// The first lsn after that one. Items are borrowed until the next call.
// ENOTFOUND at the end; ECORRUPT for a damaged row, with out->lsn set so that
// reading can go on behind it.
tandem_err td_feed_after(
    struct td_feed *f, uint64_t lsn, struct td_feed_row *out);

#endif
