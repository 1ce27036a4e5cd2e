// SPDX-License-Identifier: Apache-2.0
// dag.c - control commits in an order of their own.
//
// Copies of one commit are one vertex; a payload present in any of them is
// present. A vertex is taken once all it names were taken (Kahn, 1962), so a
// cycle, which hashes exclude but a caller's array does not, just waits.
#include "member/dag.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"

struct ref {
    struct td_hash hash;
    size_t commit;
};

struct vertex {
    const struct ref *refs; // copies of the same commit
    size_t ref_count;
    const struct td_control_commit *commit;
    size_t parent, parent_count; // in `parents`
    size_t child, child_count;   // in `children`
    size_t left;                 // parents not taken yet, plus what is missing
    uint32_t depth;
    uint32_t node;
};

struct builder {
    struct td_arena *keep;
    struct td_arena scratch;
    const struct td_control_commit *commits;
    size_t count;
    struct ref *refs;
    struct vertex *at;
    size_t vertices;
    uint32_t *parents;
    size_t parent_count;
    uint32_t *children;
    uint32_t *taken; // vertices in the order they became complete
    size_t taken_count;
};

static int
ref_cmp(const void *a, const void *b)
{
    const struct ref *x = a;
    const struct ref *y = b;

    return td_hash_cmp(&x->hash, &y->hash);
}

static tandem_err
find_vertices(struct builder *b)
{
    b->refs = td_arena_array(&b->scratch, b->count, sizeof(*b->refs));
    b->at = td_arena_array(&b->scratch, b->count, sizeof(*b->at));
    if (b->refs == NULL || b->at == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < b->count; i++) {
        b->refs[i] = (struct ref){b->commits[i].hash, i};
    }
    if (b->count > 0) {
        qsort(b->refs, b->count, sizeof(*b->refs), ref_cmp);
    }
    for (size_t i = 0; i < b->count; i++) {
        struct vertex *v;

        if (i > 0 && td_hash_eq(&b->refs[i - 1].hash, &b->refs[i].hash)) {
            b->at[b->vertices - 1].ref_count++;
            continue;
        }
        v = &b->at[b->vertices++];
        v->refs = &b->refs[i];
        v->ref_count = 1;
        v->commit = &b->commits[b->refs[i].commit];
        v->node = TD_NO_NODE;
    }
    return TANDEM_OK;
}

static uint32_t
find_vertex(const struct builder *b, const struct td_hash *hash)
{
    size_t low = 0;
    size_t high = b->vertices;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int cmp = td_hash_cmp(&b->at[mid].refs->hash, hash);

        if (cmp == 0) {
            return (uint32_t)mid;
        }
        if (cmp < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return TD_NO_NODE;
}

static tandem_slice
payload_of(const struct builder *b, const struct vertex *v, size_t i)
{
    for (size_t r = 0; r < v->ref_count; r++) {
        const struct td_control_commit *c = &b->commits[v->refs[r].commit];

        if (i < c->payload_count && c->payloads[i].ptr != NULL) {
            return c->payloads[i];
        }
    }
    return (tandem_slice){NULL, 0};
}

static bool
payloads_held(const struct builder *b, const struct vertex *v)
{
    for (size_t i = 0; i < v->commit->payload_count; i++) {
        if (payload_of(b, v, i).ptr == NULL) {
            return false;
        }
    }
    return true;
}

static void
add_parent(struct builder *b, struct vertex *v, uint32_t parent)
{
    v->left++;
    if (parent != TD_NO_NODE) {
        b->parents[v->parent + v->parent_count++] = parent;
        b->at[parent].child_count++;
    } // else never taken
}

// The commit before in the log, if it is that: the log room vouches for the
// chain, and this is looked at twice.
static uint32_t
find_prev(const struct builder *b, const struct td_control_commit *c)
{
    uint32_t prev = find_vertex(b, &c->prev);

    if (prev != TD_NO_NODE &&
        (td_log_id_cmp(b->at[prev].commit->log, c->log) != 0 ||
            b->at[prev].commit->seq != c->seq - 1)) {
        return TD_NO_NODE;
    }
    return prev;
}

static tandem_err
link_vertices(struct builder *b)
{
    size_t total = 0;
    size_t children = 0;

    for (size_t i = 0; i < b->vertices; i++) {
        total += b->at[i].commit->seen_count + 1;
    }
    b->parents = td_arena_array(&b->scratch, total, sizeof(*b->parents));
    b->children = td_arena_array(&b->scratch, total, sizeof(*b->children));
    if (b->parents == NULL || b->children == NULL) {
        return TANDEM_ENOMEM;
    }
    total = 0;
    for (size_t i = 0; i < b->vertices; i++) {
        struct vertex *v = &b->at[i];

        v->parent = total;
        if (v->commit->seen_count > TD_SEEN_MAX) {
            v->left++; // no header holds so many: never taken
            continue;
        }
        if (!payloads_held(b, v)) {
            v->left++;
        }
        if (v->commit->seq > 0) {
            add_parent(b, v, find_prev(b, v->commit));
        }
        for (size_t s = 0; s < v->commit->seen_count; s++) {
            add_parent(b, v, find_vertex(b, &v->commit->seen[s]));
        }
        total += v->parent_count;
    }
    for (size_t i = 0; i < b->vertices; i++) {
        b->at[i].child = children;
        children += b->at[i].child_count;
        b->at[i].child_count = 0;
    }
    for (size_t i = 0; i < b->vertices; i++) {
        for (size_t p = 0; p < b->at[i].parent_count; p++) {
            struct vertex *v = &b->at[b->parents[b->at[i].parent + p]];

            b->children[v->child + v->child_count++] = (uint32_t)i;
        }
    }
    return TANDEM_OK;
}

static tandem_err
take_complete(struct builder *b)
{
    b->taken = td_arena_array(&b->scratch, b->vertices, sizeof(*b->taken));
    if (b->taken == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < b->vertices; i++) {
        if (b->at[i].left == 0) {
            b->taken[b->taken_count++] = (uint32_t)i;
        }
    }
    for (size_t i = 0; i < b->taken_count; i++) {
        const struct vertex *v = &b->at[b->taken[i]];

        for (size_t c = 0; c < v->child_count; c++) {
            struct vertex *child = &b->at[b->children[v->child + c]];

            if (child->depth <= v->depth) {
                child->depth = v->depth + 1;
            }
            child->left--;
            if (child->left == 0) {
                b->taken[b->taken_count++] = b->children[v->child + c];
            }
        }
    }
    return TANDEM_OK;
}

// Vertices are sorted by hash, so (depth, vertex) is (depth, hash).
struct place {
    uint32_t depth, vertex;
};

static int
place_cmp(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;

    if (x->depth != y->depth) {
        return x->depth < y->depth ? -1 : 1;
    }
    return x->vertex < y->vertex ? -1 : x->vertex > y->vertex ? 1 : 0;
}

static tandem_err
fill_node(struct builder *b, struct td_dag *dag, const struct vertex *v)
{
    struct td_node *node = &dag->nodes[v->node];
    uint32_t *parents;
    tandem_slice *payloads;

    parents = td_arena_array(b->keep, v->parent_count, sizeof(*parents));
    payloads =
        td_arena_array(b->keep, v->commit->payload_count, sizeof(*payloads));
    if (parents == NULL || payloads == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < v->parent_count; i++) {
        parents[i] = b->at[b->parents[v->parent + i]].node;
        TD_ASSERT(parents[i] < v->node);
        dag->nodes[parents[i]].followed = true;
    }
    for (size_t i = 0; i < v->commit->payload_count; i++) {
        payloads[i] = td_arena_dup(b->keep, payload_of(b, v, i));
        if (payloads[i].ptr == NULL) {
            return TANDEM_ENOMEM;
        }
    }
    node->hash = v->refs->hash;
    node->author = v->commit->author;
    node->parents = parents;
    node->parent_count = v->parent_count;
    node->payloads = payloads;
    node->payload_count = v->commit->payload_count;
    node->mark = TD_NO_MARK;
    return TANDEM_OK;
}

static tandem_err
fill_dag(struct builder *b, struct td_dag *dag)
{
    size_t n = b->taken_count;
    struct place *places = td_arena_array(&b->scratch, n, sizeof(*places));
    uint32_t *by_hash = td_arena_array(b->keep, n, sizeof(*by_hash));
    size_t at = 0;

    dag->nodes = td_arena_array(b->keep, n, sizeof(*dag->nodes));
    if (places == NULL || by_hash == NULL || dag->nodes == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        places[i] = (struct place){b->at[b->taken[i]].depth, b->taken[i]};
    }
    if (n > 0) {
        qsort(places, n, sizeof(*places), place_cmp);
    }
    for (size_t i = 0; i < n; i++) {
        b->at[places[i].vertex].node = (uint32_t)i;
    }
    for (size_t i = 0; i < n; i++) {
        TD_TRY(fill_node(b, dag, &b->at[places[i].vertex]));
    }
    for (size_t i = 0; i < b->vertices; i++) {
        if (b->at[i].node != TD_NO_NODE) {
            by_hash[at++] = b->at[i].node;
        }
    }
    dag->by_hash = by_hash;
    dag->count = n;
    dag->waiting = b->vertices - n;
    return TANDEM_OK;
}

tandem_err
td_dag_build(struct td_dag *dag, struct td_arena *arena,
    const struct td_control_commit *commits, size_t count)
{
    struct builder b = {.keep = arena, .commits = commits, .count = count};
    tandem_err err;

    if (count > TD_CONTROL_COMMITS_MAX) {
        return TANDEM_ELIMIT;
    }
    td_arena_init(&b.scratch, arena->sys, TD_CONTROL_MEMORY_MAX);
    err = find_vertices(&b);
    if (err == TANDEM_OK) {
        err = link_vertices(&b);
    }
    if (err == TANDEM_OK) {
        err = take_complete(&b);
    }
    if (err == TANDEM_OK) {
        err = fill_dag(&b, dag);
    }
    td_arena_deinit(&b.scratch);
    return err;
}

uint32_t
td_dag_find(const struct td_dag *dag, const struct td_hash *hash)
{
    size_t low = 0;
    size_t high = dag->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int cmp = td_hash_cmp(&dag->nodes[dag->by_hash[mid]].hash, hash);

        if (cmp == 0) {
            return dag->by_hash[mid];
        }
        if (cmp < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return TD_NO_NODE;
}
