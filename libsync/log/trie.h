// SPDX-License-Identifier: Apache-2.0
// trie.h - the 64-ary Merkle trie over a set of heads.
//
// A head's path is its log id, 6 bits per level from the most significant:
// 21 levels of 6 bits, a last one of 2. A subtree of at most 64 heads is a
// leaf (below the last level: whatever its size). Node hashes, 16 bytes:
//   empty    16 zero bytes
//   leaf     first 16 of BLAKE2b-256(0x02 || (log 16 || hash 32)...)
//            sorted by log, then hash; of more than 64 (one log with as many
//            branches) each further 64 hash behind the 32 bytes before:
//            0x02 || hash 32 || (log 16 || hash 32)...
//   branch   first 16 of BLAKE2b-256(0x03 || bitmap be64 || child hash 16...)
//            bit n (value 1 << n) = child n is not empty; children rising
// Only log and hash count: a chain hash fixes its seq.
//
// The heads held of a sector stand in table TRIE as well (trie_row.c), so that
// a root is read and not worked out, and heads are listed without LOGS:
//   TRIE   sector 16 || step u8 ... -> [0, [[log 16, seq, hash 32, lsn, number,
//                                       signed bool]...]]           a leaf
//                                   -> [1, bitmap, [[hash 16, heads, lsn]...]]
// step: 0..63, one for each level above. heads, lsn: how many stand below, and
// the greatest lsn of them. An empty sector has no row. td_log_put keeps it.
#ifndef TD_LOG_TRIE_H
#define TD_LOG_TRIE_H

#include "log/log.h"

enum { TD_TRIE_FANOUT = 64, TD_TRIE_LEAF_MAX = 64, TD_TRIE_DEPTH_MAX = 22 };

// ------------------------------------------------------------------ in memory

int td_trie_order(const struct td_head *a, const struct td_head *b);
// Sort by (log, hash) and drop what stands twice. @return the new count.
size_t td_trie_sort(struct td_head *heads, size_t count);
// Bits 6 * depth .. 6 * depth + 5 of a log id, most significant first.
unsigned td_trie_step(const struct td_log_id *id, size_t depth);
bool td_trie_is_leaf(size_t count, size_t depth);
// Of sorted heads that share their first `depth` steps.
struct td_hash16 td_trie_hash(
    const struct td_head *heads, size_t count, size_t depth);
struct td_hash16 td_trie_branch(
    uint64_t bitmap, const struct td_hash16 child[TD_TRIE_FANOUT]);

// --------------------------------------------------------------- in the store

struct td_trie_head {
    struct td_head head;
    uint64_t lsn;
    uint32_t number; // of the log; names the entry
    bool is_signed;  // a stored signature covers the head
};
// What a sector holds. All zero when there is nothing.
struct td_trie_sum {
    struct td_hash16 root;
    uint64_t count, lsn;
};
// ECORRUPT, here and below: a row is damaged, or says what the ones below it
// do not; td_trie_mend makes it whole.
tandem_err td_trie_sum(
    struct td_txn *t, const tandem_id *sector, struct td_trie_sum *out);
// The heads with a greater lsn (0: all), sorted; reads only what leads there.
tandem_err td_trie_list(struct td_txn *t, const tandem_id *sector,
    uint64_t after, struct td_arena *arena, struct td_trie_head **out,
    size_t *count);
// The entry of that number, new or in the place of the one that stands there.
tandem_err td_trie_put(
    struct td_txn *t, const tandem_id *sector, const struct td_trie_head *h);
tandem_err td_trie_drop(struct td_txn *t, const tandem_id *sector,
    const struct td_log_id *log, uint32_t number);
// All rows of a sector, from LOGS.
tandem_err td_trie_mend(struct td_txn *t, const tandem_id *sector);
// Does it say what LOGS says? For verify.
tandem_err td_trie_check(struct td_txn *t, const tandem_id *sector, bool *same);

#endif
