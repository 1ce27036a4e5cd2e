// SPDX-License-Identifier: Apache-2.0
// row.h - keys and rows shared by the files of log/. Private to log/.
#ifndef TD_LOG_ROW_H
#define TD_LOG_ROW_H

#include "log/trie.h"

// number be32 || seq be64 [|| index be16]
enum { TD_ENTRY_KEY = 12, TD_PAYLOAD_KEY = 14 };
void td_entry_key(uint32_t number, uint64_t seq, uint8_t out[TD_ENTRY_KEY]);
void td_payload_key(
    uint32_t number, uint64_t seq, uint16_t index, uint8_t out[TD_PAYLOAD_KEY]);
// A counter of META, `size` 4 or 8 bytes big-endian; 0 before the first use.
// ECORRUPT.
tandem_err td_counter_get(
    struct td_txn *t, tandem_slice key, size_t size, uint64_t *out);
// The row of MISSING with that key, if there is one, of the log with that
// number.
tandem_err td_missing_drop(struct td_txn *t, uint32_t number, tandem_slice key);
// A row's plaintext never exceeds what one payload and its form take.
void td_row_buf(struct td_txn *t, struct td_buf *out);

// The row of LOGS that says what a log is: its key is log 16, and for a further
// branch number be32 behind it. @return the key's length.
enum { TD_LOG_INFO_KEY = 16, TD_LOG_INFO_BRANCH_KEY = 20 };
size_t td_log_info_key(
    const struct td_log_info *i, uint8_t out[TD_LOG_INFO_BRANCH_KEY]);
bool td_log_info_is(tandem_slice key); // by its length alone
void td_log_info_write(const struct td_log_info *i, struct td_buf *out);
// ECORRUPT.
tandem_err td_log_info_read(
    tandem_slice key, tandem_slice row, struct td_log_info *out);

// Writes what LOGS and TRIE say of a log.
tandem_err td_log_put(struct td_txn *t, const struct td_log_info *info);
// Whose rows hold entry `seq` of a branch, and the last entry of which that
// is so before the branch goes on in another's. ENOTFOUND beyond its head.
tandem_err td_log_stretch(struct td_txn *t, const struct td_log_info *log,
    uint64_t seq, uint32_t *number, uint64_t *last);
// The last `seen` at or below an entry of a branch, into out->seen_*.
tandem_err td_log_seen_at(struct td_txn *t, const struct td_log_info *from,
    uint64_t seq, struct td_log_info *out);
// Is there a row of a further branch?
bool td_log_has_further(struct td_txn *t, struct td_log_id id);
// How many logs are held of the device and in the sector that `like` names.
tandem_err td_log_count(
    struct td_txn *t, const struct td_log_info *like, uint32_t *out);
// Gives `info` the next number and writes it.
tandem_err td_log_add(struct td_txn *t, struct td_log_info *info);
// What TRIE says of it.
struct td_trie_head td_log_trie_head(const struct td_log_info *info);
tandem_err td_lsn_own_put(struct td_txn *t, uint64_t lsn);
tandem_err td_lsn_take(struct td_txn *t, uint64_t count, uint64_t *first);
// The last number given to a log; 0: none.
tandem_err td_log_last(struct td_txn *t, uint32_t *out);
// What a damaged row of LOGS said, worked out again. ECORRUPT when it cannot.
tandem_err td_log_mend(
    struct td_txn *t, struct td_log_id id, struct td_log_info *out);
tandem_err td_log_mend_number(
    struct td_txn *t, uint32_t number, struct td_log_info *out);
// Over sorted hashes.
struct td_hash td_seen_mark(const struct td_hash *seen, size_t count);

// A row of COMMITS (commit.c). Reading: into out->first, lsn, count, headers
// and chains, memory from `arena`. ECORRUPT.
void td_commits_write(const struct td_header *headers,
    const struct td_hash *chains, size_t count, uint64_t lsn,
    struct td_buf *out);
tandem_err td_commits_read(tandem_slice key, tandem_slice row,
    struct td_arena *arena, struct td_commits *out);
// Commits that follow each other, the first with that lsn: as few rows as hold
// them.
tandem_err td_commits_put(struct td_txn *t, uint32_t number,
    const struct td_header *headers, const struct td_hash *chains, size_t count,
    uint64_t lsn);
// Of the rows of that number alone: what a branch shares with its parent is
// not found (td_commit_get, td_commit_chain, td_commits_get find it).
tandem_err td_commit_row_get(struct td_txn *t, uint32_t number, uint64_t seq,
    struct td_arena *arena, struct td_header *out, struct td_hash *chain,
    uint64_t *lsn);
tandem_err td_commit_row_chain(
    struct td_txn *t, uint32_t number, uint64_t seq, struct td_hash *chain);
tandem_err td_commits_row_get(struct td_commits *c, uint32_t number,
    uint64_t seq, const struct td_header **out, struct td_hash *chain,
    uint64_t *lsn);
// A row of FEED (feed.c), read in an arena of this size. What was gathered, and
// is not ended; `has_seq` and `local` go for all of it. Reading: memory from
// `arena`. ECORRUPT.
#define TD_FEED_ARENA_MAX ((size_t)1 << 20)
void td_feed_write(
    const struct td_feed_run *f, bool has_seq, bool local, struct td_buf *out);
tandem_err td_feed_read(tandem_slice row, uint64_t first,
    struct td_arena *arena, struct td_feed_row **out, size_t *count);
tandem_err td_head_put(
    struct td_txn *t, uint32_t number, uint64_t seq, const struct td_sig *sig);
// Sign the head of our own log and store it; `log` is not written.
tandem_err td_head_make(
    struct td_txn *t, const struct td_author *a, struct td_log_info *log);

#endif
