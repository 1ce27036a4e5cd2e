// SPDX-License-Identifier: Apache-2.0
// trie.c - the 64-ary Merkle trie over a set of heads; see trie.h.
//
// Over a sorted array a subtree is a range, so nothing is built: one walk,
// depth first, with a stack of at most TD_TRIE_DEPTH_MAX branches.
#include "log/trie.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "crypto/hash.h"

int
td_trie_order(const struct td_head *a, const struct td_head *b)
{
    int order = td_log_id_cmp(a->log, b->log);

    return order != 0 ? order : td_hash_cmp(&a->hash, &b->hash);
}

static int
compare(const void *a, const void *b)
{
    return td_trie_order(a, b);
}

size_t
td_trie_sort(struct td_head *heads, size_t count)
{
    size_t kept = 0;

    if (count > 1) {
        qsort(heads, count, sizeof(*heads), compare);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare(&heads[kept - 1], &heads[i]) != 0) {
            heads[kept++] = heads[i];
        }
    }
    return kept;
}

unsigned
td_trie_step(const struct td_log_id *id, size_t depth)
{
    size_t bit = 6 * depth;
    unsigned two;

    TD_ASSERT(depth < TD_TRIE_DEPTH_MAX);
    if (depth == TD_TRIE_DEPTH_MAX - 1) {
        return id->b[15] & 3u;
    }
    two = (unsigned)id->b[bit / 8] << 8;
    two |= bit / 8 + 1 < sizeof(id->b) ? id->b[bit / 8 + 1] : 0u;
    return two >> (10 - bit % 8) & 63u;
}

bool
td_trie_is_leaf(size_t count, size_t depth)
{
    return count <= TD_TRIE_LEAF_MAX || depth == TD_TRIE_DEPTH_MAX;
}

// Beyond 64 heads (one log with as many branches) each further 64 are hashed
// behind the hash of those before.
static struct td_hash16
leaf_hash(const struct td_head *heads, size_t count)
{
    tandem_slice parts[1 + 2 * TD_TRIE_LEAF_MAX];
    struct td_hash hash = {{0}};
    size_t done = 0;

    while (done < count) {
        size_t n = 0;

        if (done > 0) {
            parts[n++] = (tandem_slice){hash.b, sizeof(hash.b)};
        }
        for (size_t i = 0; i < TD_TRIE_LEAF_MAX && done < count; i++, done++) {
            parts[n++] = (tandem_slice){heads[done].log.b, 16};
            parts[n++] = (tandem_slice){heads[done].hash.b, 32};
        }
        hash = td_hash_parts(0x02, parts, n);
    }
    return td_hash_short(&hash);
}

struct td_hash16
td_trie_branch(uint64_t bitmap, const struct td_hash16 child[TD_TRIE_FANOUT])
{
    tandem_slice parts[1 + 64];
    size_t count = 1;
    uint8_t map[8];
    struct td_hash hash;

    td_put_be64(map, bitmap);
    parts[0] = (tandem_slice){map, sizeof(map)};
    for (size_t i = 0; i < 64; i++) {
        if ((bitmap >> i & 1) != 0) {
            parts[count++] = (tandem_slice){child[i].b, sizeof(child[i].b)};
        }
    }
    hash = td_hash_parts(0x03, parts, count);
    return td_hash_short(&hash);
}

// A branch being hashed: heads[at..to) are still to come.
struct branch {
    size_t at, to;
    uint64_t bitmap;
    struct td_hash16 child[64];
};

static size_t
child_end(const struct td_head *heads, const struct branch *b, size_t depth)
{
    unsigned step = td_trie_step(&heads[b->at].log, depth);
    size_t end = b->at + 1;

    while (end < b->to && td_trie_step(&heads[end].log, depth) == step) {
        end++;
    }
    return end;
}

static void
set_child(
    struct branch *b, unsigned step, const struct td_hash16 *hash, size_t end)
{
    b->bitmap |= UINT64_C(1) << step;
    b->child[step] = *hash;
    b->at = end;
}

struct td_hash16
td_trie_hash(const struct td_head *heads, size_t count, size_t depth)
{
    struct branch stack[TD_TRIE_DEPTH_MAX];
    struct td_hash16 hash;
    size_t base = depth;

    if (td_trie_is_leaf(count, depth)) { // of none: maybe no array at all
        return leaf_hash(heads, count);
    }
    stack[0] = (struct branch){.at = 0, .to = count};
    for (;;) {
        struct branch *top = &stack[depth - base];

        if (top->at < top->to) {
            size_t end = child_end(heads, top, depth);
            size_t begin = top->at;
            unsigned step = td_trie_step(&heads[begin].log, depth);

            if (!td_trie_is_leaf(end - begin, depth + 1)) {
                depth++;
                stack[depth - base] = (struct branch){.at = begin, .to = end};
                continue;
            }
            hash = leaf_hash(heads + begin, end - begin);
            set_child(top, step, &hash, end);
            continue;
        }
        hash = td_trie_branch(top->bitmap, top->child);
        if (depth == base) {
            return hash;
        }
        // Complete: into its parent, whose range goes on behind it.
        depth--;
        set_child(top - 1, td_trie_step(&heads[top[-1].at].log, depth), &hash,
            top->to);
    }
}

struct td_hash16
td_heads_root(struct td_head *heads, size_t count)
{
    count = td_trie_sort(heads, count);
    return td_trie_hash(heads, count, 0);
}
