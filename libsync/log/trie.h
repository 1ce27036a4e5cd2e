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
#ifndef TD_LOG_TRIE_H
#define TD_LOG_TRIE_H

#include "log/header.h"

enum { TD_TRIE_FANOUT = 64, TD_TRIE_LEAF_MAX = 64, TD_TRIE_DEPTH_MAX = 22 };

// Sort by (log, hash) and drop what stands twice. @return the new count.
size_t td_trie_sort(struct td_head *heads, size_t count);

#endif
