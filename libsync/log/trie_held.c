// SPDX-License-Identifier: Apache-2.0
// trie_held.c - the trie of the heads held of a sector, row by row. See trie.h.
//
// A change rewrites the leaf it falls in and the branches above it, at most
// TD_TRIE_DEPTH_MAX of them. A row that is damaged, or that is not what the row
// above says, makes all rows of its sector be written anew from LOGS: they are
// a summary, nothing is known from them alone.
//
// (1) A node of at most 64 heads is a leaf, and only such a one: what stands
//     here is the trie of trie.h, whatever order the heads came and went in.
// (2) A leaf never holds more than 64 heads: those of one log, which alone
//     share all steps, are fewer.
#include "log/trie.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "log/row.h"
#include "log/trie_row.h"

// All heads of a sector, and what LOGS needs to list them.
#define SECTOR_BYTES_MAX ((size_t)512 << 20)
// The rows from a root to a leaf.
#define PATH_BYTES_MAX ((size_t)1 << 20)
// Of more, room is made as they come.
#define HEADS_AT_ONCE ((size_t)1 << 20)

static tandem_err
damaged(tandem_err err)
{
    return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
}

// ----------------------------------------------------------------------- read

tandem_err
td_trie_sum(struct td_txn *t, const tandem_id *sector, struct td_trie_sum *out)
{
    const struct td_trie_key root = td_trie_key(sector);
    struct td_trie_child sum = {.count = 0};
    struct td_trie_row row;
    struct td_arena arena;
    tandem_err err;

    td_arena_init(&arena, td_store_sys(td_txn_store(t)), PATH_BYTES_MAX);
    err = td_trie_row_get(t, &root, &arena, &row);
    if (err == TANDEM_OK) {
        sum = td_trie_row_sum(&row, 0);
    }
    td_arena_deinit(&arena);
    if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
        return err;
    }
    *out = (struct td_trie_sum){sum.hash, sum.count, sum.lsn};
    return TANDEM_OK;
}

struct list {
    struct td_txn *t;
    uint64_t after;
    struct td_arena *arena;  // of what is listed
    struct td_arena scratch; // of one row
    struct td_trie_head *at;
    size_t count, cap;
};

static tandem_err
list_room(struct list *l, size_t cap)
{
    struct td_trie_head *at = td_arena_array(l->arena, cap, sizeof(*at));

    if (at == NULL) {
        return TANDEM_ENOMEM;
    }
    if (l->count > 0) {
        memcpy(at, l->at, l->count * sizeof(*at));
    }
    l->at = at;
    l->cap = cap;
    return TANDEM_OK;
}

static tandem_err
list_add(struct list *l, const struct td_trie_head *h)
{
    if (l->count == l->cap) {
        TD_TRY(list_room(l, l->cap == 0 ? 64 : l->cap * 2));
    }
    l->at[l->count++] = *h;
    return TANDEM_OK;
}

// The root says how many there are: of all of them room is made once.
static tandem_err
list_begin(struct list *l, const struct td_trie_row *root)
{
    const uint64_t count = td_trie_row_sum(root, 0).count;

    return l->after == 0 && count > 0 && count <= HEADS_AT_ONCE
               ? list_room(l, (size_t)count)
               : TANDEM_OK;
}

// Is this row what the row above said?
static bool
as_said(const struct td_trie_row *row, const struct td_trie_child *said,
    size_t depth)
{
    const struct td_trie_child is = td_trie_row_sum(row, depth);

    return is.count == said->count && is.lsn == said->lsn &&
           memcmp(is.hash.b, said->hash.b, sizeof(is.hash.b)) == 0;
}

static tandem_err
list_leaf(struct list *l, const struct td_trie_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        if (row->heads[i].lsn > l->after) {
            TD_TRY(list_add(l, &row->heads[i]));
        }
    }
    return TANDEM_OK;
}

// A branch on the way down, and which of its children is next.
struct stop {
    struct td_trie_row row;
    unsigned next;
};

// `k` moves to the next child with a greater lsn; false: none is left.
static bool
next_child(const struct list *l, struct stop *s, struct td_trie_key *k,
    const struct td_trie_child **said)
{
    for (; s->next < TD_TRIE_FANOUT; s->next++) {
        *said = &s->row.child[s->next];
        if ((s->row.bitmap >> s->next & 1) != 0 && (*said)->lsn > l->after) {
            td_trie_down(k, s->next++);
            return true;
        }
    }
    return false;
}

// Depth first, children rising: the heads come sorted.
static tandem_err
list_below(struct list *l, struct td_trie_key *k, struct stop *stack)
{
    const struct td_trie_child *said = NULL;
    size_t depth = 0;
    struct td_trie_row row;

    for (;;) {
        tandem_err err;

        td_arena_reset(&l->scratch);
        err = td_trie_row_get(l->t, k, &l->scratch, &row);
        if (err == TANDEM_ENOTFOUND && said == NULL) {
            return TANDEM_OK; // nothing is held
        }
        TD_TRY(damaged(err));
        if (said != NULL && !as_said(&row, said, td_trie_depth(k))) {
            return TANDEM_ECORRUPT;
        }
        if (row.branch && td_trie_depth(k) == TD_TRIE_DEPTH_MAX) {
            return TANDEM_ECORRUPT;
        }
        if (said == NULL) {
            TD_TRY(list_begin(l, &row));
        }
        if (row.branch) {
            stack[depth++] = (struct stop){.row = row};
        } else {
            TD_TRY(list_leaf(l, &row));
            k->len -= depth > 0 ? 1 : 0;
        }
        while (depth > 0 && !next_child(l, &stack[depth - 1], k, &said)) {
            depth--;
            k->len -= depth > 0 ? 1 : 0;
        }
        if (depth == 0) {
            return TANDEM_OK;
        }
    }
}

tandem_err
td_trie_list(struct td_txn *t, const tandem_id *sector, uint64_t after,
    struct td_arena *arena, struct td_trie_head **out, size_t *count)
{
    const tandem_sys *sys = td_store_sys(td_txn_store(t));
    const size_t bytes = TD_TRIE_DEPTH_MAX * sizeof(struct stop);
    struct stop *stack = td_alloc(sys, bytes);
    struct list l = {.t = t, .after = after, .arena = arena};
    struct td_trie_key k = td_trie_key(sector);
    tandem_err err;

    if (stack == NULL) {
        return TANDEM_ENOMEM;
    }
    td_arena_init(&l.scratch, sys, PATH_BYTES_MAX);
    err = list_below(&l, &k, stack);
    td_arena_deinit(&l.scratch);
    td_free(sys, stack, bytes);
    if (err == TANDEM_OK) {
        *out = l.at;
        *count = l.count;
    }
    return err;
}

// ---------------------------------------------------------------------- write

// The rows of sorted heads that share the steps of `k`. As deep as the trie.
static tandem_err
write_below(struct td_txn *t, const struct td_trie_key *k,
    struct td_trie_head *heads, size_t count, struct td_trie_child *sum)
{
    const size_t depth = td_trie_depth(k);
    struct td_trie_row row = {.branch = false, .heads = heads, .count = count};
    size_t at = 0;

    if (td_trie_is_leaf(count, depth)) {
        if (count > TD_TRIE_LEAF_MAX) {
            return TANDEM_ELIMIT;
        }
        *sum = td_trie_row_sum(&row, depth);
        return td_trie_row_put(t, k, &row);
    }
    row.branch = true;
    while (at < count) {
        struct td_trie_key below = *k;
        unsigned step = td_trie_step(&heads[at].head.log, depth);
        size_t end = at + 1;

        while (
            end < count && td_trie_step(&heads[end].head.log, depth) == step) {
            end++;
        }
        td_trie_down(&below, step);
        TD_TRY(write_below(t, &below, heads + at, end - at, &row.child[step]));
        row.bitmap |= UINT64_C(1) << step;
        at = end;
    }
    *sum = td_trie_row_sum(&row, depth);
    return td_trie_row_put(t, k, &row);
}

// The way from the root to where a log's heads stand.
struct way {
    struct td_txn *t;
    struct td_arena arena;
    struct td_trie_key key[TD_TRIE_DEPTH_MAX + 1];
    struct td_trie_row row[TD_TRIE_DEPTH_MAX + 1];
    size_t depth; // of the last row
};

// The last row is the leaf; a new, empty one where there is none.
static tandem_err
way_down(struct way *w, const tandem_id *sector, const struct td_log_id *log)
{
    const struct td_trie_child *said = NULL;

    w->key[0] = td_trie_key(sector);
    for (w->depth = 0;; w->depth++) {
        struct td_trie_row *row = &w->row[w->depth];
        tandem_err err =
            td_trie_row_get(w->t, &w->key[w->depth], &w->arena, row);
        unsigned step;

        if (err == TANDEM_ENOTFOUND && said == NULL) {
            *row = (struct td_trie_row){.branch = false};
            row->heads = td_arena_array(&w->arena, 1, sizeof(*row->heads));
            return row->heads == NULL ? TANDEM_ENOMEM : TANDEM_OK;
        }
        TD_TRY(damaged(err));
        if (said != NULL && !as_said(row, said, w->depth)) {
            return TANDEM_ECORRUPT;
        }
        if (!row->branch) {
            return TANDEM_OK;
        }
        if (w->depth == TD_TRIE_DEPTH_MAX) {
            return TANDEM_ECORRUPT;
        }
        step = td_trie_step(log, w->depth);
        w->key[w->depth + 1] = w->key[w->depth];
        td_trie_down(&w->key[w->depth + 1], step);
        said = (row->bitmap >> step & 1) != 0 ? &row->child[step] : NULL;
    }
}

// Where in the leaf the log of that number stands; `count` if nowhere.
static size_t
place_of(const struct td_trie_row *leaf, uint32_t number)
{
    size_t i = 0;

    while (i < leaf->count && leaf->heads[i].number != number) {
        i++;
    }
    return i;
}

static void
take_out(struct td_trie_row *leaf, size_t at)
{
    leaf->count--;
    memmove(&leaf->heads[at], &leaf->heads[at + 1],
        (leaf->count - at) * sizeof(*leaf->heads));
}

static void
put_in(struct td_trie_row *leaf, const struct td_trie_head *h)
{
    size_t at = leaf->count++;

    for (; at > 0 && td_trie_order(&leaf->heads[at - 1].head, &h->head) > 0;
         at--) {
        leaf->heads[at] = leaf->heads[at - 1];
    }
    leaf->heads[at] = *h;
}

// The leaf as it is now, and what follows above it.
static tandem_err
way_up(struct way *w)
{
    struct td_trie_row *row = &w->row[w->depth];
    struct td_trie_child sum = {.count = 0};

    if (row->count > 0) {
        TD_TRY(
            write_below(w->t, &w->key[w->depth], row->heads, row->count, &sum));
    } else {
        TD_TRY(td_trie_rows_del(w->t, &w->key[w->depth]));
    }
    while (w->depth > 0) {
        const struct td_trie_key *key = &w->key[w->depth];
        unsigned step = key->b[key->len - 1];

        row = &w->row[--w->depth];
        row->bitmap |= UINT64_C(1) << step;
        row->child[step] = sum;
        if (sum.count == 0) {
            row->bitmap &= ~(UINT64_C(1) << step);
        }
        sum = td_trie_row_sum(row, w->depth);
        TD_TRY(td_trie_row_put(w->t, &w->key[w->depth], row));
    }
    return TANDEM_OK;
}

static bool
same(const struct td_trie_head *a, const struct td_trie_head *b)
{
    return td_trie_order(&a->head, &b->head) == 0 &&
           a->head.seq == b->head.seq && a->lsn == b->lsn &&
           a->number == b->number && a->is_signed == b->is_signed;
}

static tandem_err
put(struct way *w, const tandem_id *sector, const struct td_trie_head *h)
{
    struct td_trie_row *leaf;
    size_t at;

    TD_TRY(way_down(w, sector, &h->head.log));
    leaf = &w->row[w->depth];
    at = place_of(leaf, h->number);
    if (at < leaf->count && same(&leaf->heads[at], h)) {
        return TANDEM_OK;
    }
    if (at < leaf->count) {
        take_out(leaf, at);
    }
    put_in(leaf, h);
    return way_up(w);
}

// A branch of which 64 heads are left becomes a leaf.
static tandem_err
collapse(struct way *w, size_t depth, uint32_t number)
{
    const size_t bytes = TD_TRIE_DEPTH_MAX * sizeof(struct stop);
    struct stop *stack = td_alloc(w->arena.sys, bytes);
    struct list l = {.t = w->t, .arena = &w->arena};
    struct td_trie_key k = w->key[depth];
    struct td_trie_row *leaf = &w->row[depth];
    tandem_err err;

    if (stack == NULL) {
        return TANDEM_ENOMEM;
    }
    td_arena_init(&l.scratch, w->arena.sys, PATH_BYTES_MAX);
    err = list_below(&l, &k, stack);
    td_arena_deinit(&l.scratch);
    td_free(w->arena.sys, stack, bytes);
    TD_TRY(err);
    *leaf = (struct td_trie_row){.heads = l.at, .count = l.count};
    take_out(leaf, place_of(leaf, number));
    w->depth = depth;
    TD_TRY(td_trie_rows_del(w->t, &w->key[depth]));
    return way_up(w);
}

static tandem_err
drop(struct way *w, const tandem_id *sector, const struct td_log_id *log,
    uint32_t number)
{
    struct td_trie_row *leaf;
    size_t at;

    TD_TRY(way_down(w, sector, log));
    leaf = &w->row[w->depth];
    at = place_of(leaf, number);
    if (at == leaf->count) {
        return TANDEM_OK;
    }
    for (size_t i = 0; i < w->depth; i++) {
        if (td_trie_row_sum(&w->row[i], i).count <= TD_TRIE_LEAF_MAX + 1) {
            return collapse(w, i, number);
        }
    }
    take_out(leaf, at);
    return way_up(w);
}

// Anew, in the shape that LOGS gives it.
static tandem_err
mended(struct td_txn *t, const tandem_id *sector, tandem_err err)
{
    return err == TANDEM_ECORRUPT ? td_trie_mend(t, sector) : err;
}

tandem_err
td_trie_put(
    struct td_txn *t, const tandem_id *sector, const struct td_trie_head *h)
{
    const tandem_sys *sys = td_store_sys(td_txn_store(t));
    struct way *w = td_alloc(sys, sizeof(*w));
    tandem_err err;

    if (w == NULL) {
        return TANDEM_ENOMEM;
    }
    w->t = t;
    td_arena_init(&w->arena, sys, PATH_BYTES_MAX);
    err = put(w, sector, h);
    td_arena_deinit(&w->arena);
    td_free(sys, w, sizeof(*w));
    return mended(t, sector, err);
}

tandem_err
td_trie_drop(struct td_txn *t, const tandem_id *sector,
    const struct td_log_id *log, uint32_t number)
{
    const tandem_sys *sys = td_store_sys(td_txn_store(t));
    struct way *w = td_alloc(sys, sizeof(*w));
    tandem_err err;

    if (w == NULL) {
        return TANDEM_ENOMEM;
    }
    w->t = t;
    td_arena_init(&w->arena, sys, PATH_BYTES_MAX);
    err = drop(w, sector, log, number);
    td_arena_deinit(&w->arena);
    td_free(sys, w, sizeof(*w));
    return mended(t, sector, err);
}

// ----------------------------------------------------------------- from LOGS

static int
compare(const void *a, const void *b)
{
    const struct td_trie_head *x = a;
    const struct td_trie_head *y = b;

    return td_trie_order(&x->head, &y->head);
}

// Sorted.
static tandem_err
from_logs(struct td_txn *t, const tandem_id *sector, struct td_arena *arena,
    struct td_trie_head **out, size_t *count)
{
    struct td_log_info *logs;
    struct td_trie_head *heads;

    TD_TRY(td_log_list(t, sector, arena, &logs, count));
    heads = td_arena_array(arena, *count + 1, sizeof(*heads));
    if (heads == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < *count; i++) {
        heads[i] = td_log_trie_head(&logs[i]);
    }
    if (*count > 1) {
        qsort(heads, *count, sizeof(*heads), compare);
    }
    *out = heads;
    return TANDEM_OK;
}

tandem_err
td_trie_mend(struct td_txn *t, const tandem_id *sector)
{
    const struct td_trie_key root = td_trie_key(sector);
    struct td_trie_child sum;
    struct td_trie_head *heads;
    struct td_arena arena;
    size_t count;
    tandem_err err;

    td_arena_init(&arena, td_store_sys(td_txn_store(t)), SECTOR_BYTES_MAX);
    err = from_logs(t, sector, &arena, &heads, &count);
    if (err == TANDEM_OK) {
        err = td_trie_rows_del(t, &root);
    }
    if (err == TANDEM_OK && count > 0) {
        err = write_below(t, &root, heads, count, &sum);
    }
    td_arena_deinit(&arena);
    return err;
}

tandem_err
td_trie_check(struct td_txn *t, const tandem_id *sector, bool *is_same)
{
    struct td_trie_head *held, *is;
    struct td_head *heads = NULL;
    struct td_trie_sum sum;
    struct td_arena arena;
    size_t held_count = 0;
    size_t count = 0;
    tandem_err err;

    td_arena_init(&arena, td_store_sys(td_txn_store(t)), SECTOR_BYTES_MAX);
    err = from_logs(t, sector, &arena, &is, &count);
    if (err == TANDEM_OK) {
        heads = td_arena_array(&arena, count + 1, sizeof(*heads));
        err = heads == NULL ? TANDEM_ENOMEM : td_trie_sum(t, sector, &sum);
    }
    if (err == TANDEM_OK) {
        err = td_trie_list(t, sector, 0, &arena, &held, &held_count);
    }
    *is_same = err == TANDEM_OK && held_count == count && sum.count == count;
    for (size_t i = 0; *is_same && i < count; i++) {
        *is_same = same(&held[i], &is[i]);
        heads[i] = is[i].head;
    }
    if (*is_same) {
        struct td_hash16 root = td_trie_hash(heads, count, 0);

        *is_same = memcmp(root.b, sum.root.b, sizeof(root.b)) == 0;
    }
    td_arena_deinit(&arena);
    return err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}
