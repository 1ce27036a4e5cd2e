// SPDX-License-Identifier: Apache-2.0
// past.c - the pasts of the DAG's nodes as bitsets, and its heads.
#include "member/dag.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/limits.h"

// ---------------------------------------------------------------------- rows

bool
td_dag_row_has(const struct td_dag_row *row, uint32_t mark)
{
    return row != NULL && mark / 64 < row->words &&
           (row->w[mark / 64] >> (mark % 64) & 1) != 0;
}

static bool
holds(const struct td_dag_row *a, const struct td_dag_row *b)
{
    if (a == b || b == NULL) {
        return true;
    }
    for (size_t i = 0; i < b->words; i++) {
        uint64_t mine = a != NULL && i < a->words ? a->w[i] : 0;

        if ((b->w[i] & ~mine) != 0) {
            return false;
        }
    }
    return true;
}

bool
td_dag_row_largest(const struct td_dag_row *const *rows, size_t count,
    const struct td_dag_row **out)
{
    const struct td_dag_row *best = NULL;

    for (size_t i = 0; i < count; i++) {
        if (holds(best, rows[i])) {
            continue;
        }
        if (!holds(rows[i], best)) {
            return false;
        }
        best = rows[i];
    }
    *out = best;
    return true;
}

void
td_dag_row_join(struct td_dag_row *into, const struct td_dag_row *from)
{
    size_t words = from == NULL ? 0 : from->words;

    TD_ASSERT(words <= into->words);
    for (size_t i = 0; i < words; i++) {
        into->w[i] |= from->w[i];
    }
}

static struct td_dag_row *
row_new(struct td_arena *arena, size_t marks)
{
    size_t words = (marks + 63) / 64;
    struct td_dag_row *row =
        td_arena_alloc(arena, sizeof(*row) + words * sizeof(row->w[0]));

    if (row != NULL) {
        row->words = words;
    }
    return row;
}

// --------------------------------------------------------------------- pasts

tandem_err
td_dag_enter(struct td_dag *dag, struct td_arena *arena, uint32_t n)
{
    const struct td_dag_row *rows[TD_SEEN_MAX + 1];
    struct td_node *node = &dag->nodes[n];
    struct td_dag_row *joined;

    TD_ASSERT(node->parent_count <= TD_SEEN_MAX + 1);
    for (size_t i = 0; i < node->parent_count; i++) {
        rows[i] = dag->nodes[node->parents[i]].closed;
    }
    if (td_dag_row_largest(rows, node->parent_count, &node->past)) {
        return TANDEM_OK;
    }
    joined = row_new(arena, dag->marks);
    if (joined == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < node->parent_count; i++) {
        td_dag_row_join(joined, rows[i]);
    }
    node->past = joined;
    return TANDEM_OK;
}

tandem_err
td_dag_leave(
    struct td_dag *dag, struct td_arena *arena, uint32_t n, bool marked)
{
    struct td_node *node = &dag->nodes[n];
    struct td_dag_row *closed;

    if (!marked) {
        node->closed = node->past;
        return TANDEM_OK;
    }
    closed = row_new(arena, dag->marks + 1);
    if (closed == NULL) {
        return TANDEM_ENOMEM;
    }
    node->mark = (uint32_t)dag->marks++;
    td_dag_row_join(closed, node->past);
    closed->w[node->mark / 64] |= UINT64_C(1) << (node->mark % 64);
    node->closed = closed;
    return TANDEM_OK;
}

// --------------------------------------------------------------------- heads

struct head {
    size_t bits;
    uint32_t node;
    struct td_hash hash;
};

static int
head_cmp_bits(const void *a, const void *b)
{
    const struct head *x = a;
    const struct head *y = b;

    if (x->bits != y->bits) {
        return x->bits > y->bits ? -1 : 1;
    }
    return td_hash_cmp(&x->hash, &y->hash);
}

static int
hash_cmp(const void *a, const void *b)
{
    return td_hash_cmp(a, b);
}

static size_t
row_bits(const struct td_dag_row *row)
{
    size_t n = 0;

    for (size_t i = 0; row != NULL && i < row->words; i++) {
        for (uint64_t w = row->w[i]; w != 0; w &= w - 1) {
            n++;
        }
    }
    return n;
}

// Of more heads than a header may name, those with the most entries that
// matter behind them: whoever floods us with branches hides nobody's rights.
tandem_err
td_dag_find_heads(struct td_dag *dag, struct td_arena *arena)
{
    struct head *all;
    struct td_hash *heads;
    size_t n = 0;

    for (size_t i = 0; i < dag->count; i++) {
        n += dag->nodes[i].followed ? 0 : 1;
    }
    all = td_arena_array(arena, n, sizeof(*all));
    heads = td_arena_array(arena, n, sizeof(*heads));
    if (all == NULL || heads == NULL) {
        return TANDEM_ENOMEM;
    }
    n = 0;
    for (size_t i = 0; i < dag->count; i++) {
        if (!dag->nodes[i].followed) {
            all[n++] = (struct head){row_bits(dag->nodes[i].closed),
                (uint32_t)i, dag->nodes[i].hash};
        }
    }
    if (n > TD_SEEN_MAX) {
        qsort(all, n, sizeof(*all), head_cmp_bits);
        n = TD_SEEN_MAX;
    }
    for (size_t i = 0; i < n; i++) {
        heads[i] = all[i].hash;
    }
    if (n > 0) {
        qsort(heads, n, sizeof(*heads), hash_cmp);
    }
    dag->heads = heads;
    dag->head_count = n;
    return TANDEM_OK;
}
