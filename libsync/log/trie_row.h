// SPDX-License-Identifier: Apache-2.0
// trie_row.h - one row of table TRIE. Layout: trie.h. Private to log/.
#ifndef TD_LOG_TRIE_ROW_H
#define TD_LOG_TRIE_ROW_H

#include "log/trie.h"

enum { TD_TRIE_KEY_MAX = 16 + TD_TRIE_DEPTH_MAX };

struct td_trie_key {
    uint8_t b[TD_TRIE_KEY_MAX];
    size_t len; // 16 + depth
};
struct td_trie_child {
    struct td_hash16 hash;
    uint64_t count, lsn;
};
struct td_trie_row {
    bool branch;
    // A leaf's heads, from an arena; room for one more.
    struct td_trie_head *heads;
    size_t count;
    // A branch's children, those of the bitmap.
    uint64_t bitmap;
    struct td_trie_child child[TD_TRIE_FANOUT];
};

struct td_trie_key td_trie_key(const tandem_id *sector);
size_t td_trie_depth(const struct td_trie_key *k);
void td_trie_down(struct td_trie_key *k, unsigned step);

// ENOTFOUND; ECORRUPT.
tandem_err td_trie_row_get(struct td_txn *t, const struct td_trie_key *k,
    struct td_arena *arena, struct td_trie_row *out);
tandem_err td_trie_row_read(
    tandem_slice in, struct td_arena *arena, struct td_trie_row *out);
void td_trie_row_write(const struct td_trie_row *r, struct td_buf *out);
tandem_err td_trie_row_put(
    struct td_txn *t, const struct td_trie_key *k, const struct td_trie_row *r);
// All rows at and below a key.
tandem_err td_trie_rows_del(struct td_txn *t, const struct td_trie_key *k);
// What the row says of all below it. `depth` 0: of the sector.
struct td_trie_child td_trie_row_sum(const struct td_trie_row *r, size_t depth);

#endif
