// SPDX-License-Identifier: Apache-2.0
// past.c - the pasts of the DAG's nodes as bitsets.
#include "member/dag.h"

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
td_dag_leave(struct td_dag *dag, struct td_arena *arena, uint32_t n,
    enum td_matters matters)
{
    struct td_node *node = &dag->nodes[n];
    struct td_dag_row *closed;

    if (matters == TD_MATTERS_NOT) {
        node->closed = node->past;
        return TANDEM_OK;
    }
    closed = row_new(arena, dag->marks + 1);
    if (closed == NULL) {
        return TANDEM_ENOMEM;
    }
    node->mark = (uint32_t)dag->marks++;
    node->rights = matters == TD_MATTERS_RIGHTS;
    td_dag_row_join(closed, node->past);
    closed->w[node->mark / 64] |= UINT64_C(1) << (node->mark % 64);
    node->closed = closed;
    return TANDEM_OK;
}
