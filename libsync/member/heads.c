// SPDX-License-Identifier: Apache-2.0
// heads.c - the DAG's maximal nodes: what the next commit follows, and what a
// change names as seen.
//
// A header names at most TD_SEEN_MAX of them. A flood of branches, which any
// device can write, must hide nobody's rights: so first, one by one, the head
// that brings most entries about rights which the ones before do not. Only
// who has authority makes such entries, and a branch that merely follows
// others' brings none. What room is left goes to the heads with most behind
// them, so that the flood is joined in the end.
#include "member/dag.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/limits.h"

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

// How many marks of `row` are in `among`.
static size_t
common_bits(const struct td_dag_row *row, const struct td_dag_row *among)
{
    size_t n = 0;

    for (size_t i = 0; row != NULL && i < row->words; i++) {
        for (uint64_t w = row->w[i] & among->w[i]; w != 0; w &= w - 1) {
            n++;
        }
    }
    return n;
}

static struct td_dag_row *
row_of_marks(const struct td_dag *dag, struct td_arena *arena, bool rights)
{
    size_t words = (dag->marks + 63) / 64;
    struct td_dag_row *row =
        td_arena_alloc(arena, sizeof(*row) + words * sizeof(row->w[0]));

    if (row == NULL) {
        return NULL;
    }
    row->words = words;
    for (size_t i = 0; i < dag->count; i++) {
        const struct td_node *node = &dag->nodes[i];

        if (node->mark != TD_NO_MARK && (node->rights || !rights)) {
            row->w[node->mark / 64] |= UINT64_C(1) << (node->mark % 64);
        }
    }
    return row;
}

// The head that brings most of `missing`; n: none brings any.
static size_t
best_head(const struct td_dag *dag, const struct head *all, size_t from,
    size_t n, const struct td_dag_row *missing)
{
    size_t best = n;
    size_t most = 0;

    for (size_t i = from; i < n; i++) {
        size_t bits = common_bits(dag->nodes[all[i].node].closed, missing);

        if (bits > most) {
            most = bits;
            best = i;
        }
    }
    return best;
}

// Bring the heads to be named to the front; *kept: how many they are.
static tandem_err
choose(const struct td_dag *dag, struct td_arena *arena, struct head *all,
    size_t n, size_t *kept)
{
    struct td_dag_row *every = row_of_marks(dag, arena, false);
    struct td_dag_row *missing = row_of_marks(dag, arena, true);
    size_t at = 0;

    if (every == NULL || missing == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        all[i].bits = common_bits(dag->nodes[all[i].node].closed, every);
    }
    qsort(all, n, sizeof(*all), head_cmp_bits);
    while (at < TD_SEEN_MAX) {
        size_t best = best_head(dag, all, at, n, missing);
        const struct td_dag_row *row;
        struct head first;

        if (best == n) {
            break;
        }
        row = dag->nodes[all[best].node].closed;
        for (size_t i = 0; i < row->words; i++) {
            missing->w[i] &= ~row->w[i];
        }
        first = all[at];
        all[at++] = all[best];
        all[best] = first;
    }
    qsort(all + at, n - at, sizeof(*all), head_cmp_bits);
    *kept = TD_SEEN_MAX;
    return TANDEM_OK;
}

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
            all[n++] = (struct head){0, (uint32_t)i, dag->nodes[i].hash};
        }
    }
    if (n > TD_SEEN_MAX) {
        TD_TRY(choose(dag, arena, all, n, &n));
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
