// SPDX-License-Identifier: Apache-2.0
// text_tree.c - two AVL trees over the runs of a text.
//
// Balanced by height and not by chance: a peer chooses where it inserts, and
// so could choose the shape of a tree whose priorities it can compute.
#include "crdt/text_node.h"

#include "base/fail.h"

static struct td_text_link *
link_of(struct td_text *t, enum td_text_tree which, uint32_t n)
{
    return &t->node[n].link[which];
}

static uint32_t
height(const struct td_text *t, enum td_text_tree which, uint32_t n)
{
    return n == TD_TEXT_NONE ? 0 : t->node[n].link[which].height;
}

static uint32_t
live_of(const struct td_text_node *n)
{
    return n->deleted ? 0 : n->len;
}

static void
refresh(struct td_text *t, enum td_text_tree which, uint32_t n)
{
    struct td_text_node *x = &t->node[n];
    const struct td_text_link *l = &x->link[which];
    uint32_t a = height(t, which, l->kid[0]);
    uint32_t b = height(t, which, l->kid[1]);

    x->link[which].height = (a > b ? a : b) + 1;
    if (which != TD_TEXT_DOC) {
        return;
    }
    x->sum_live = live_of(x);
    x->sum_nodes = 1;
    for (int i = 0; i < 2; i++) {
        if (l->kid[i] != TD_TEXT_NONE) {
            x->sum_live += t->node[l->kid[i]].sum_live;
            x->sum_nodes += t->node[l->kid[i]].sum_nodes;
        }
    }
}

// The kid of `n` on side `dir` takes its place; returns it.
static uint32_t
rotate(struct td_text *t, enum td_text_tree which, uint32_t n, int dir)
{
    struct td_text_link *a = link_of(t, which, n);
    uint32_t k = a->kid[dir];
    struct td_text_link *b = link_of(t, which, k);
    uint32_t inner = b->kid[1 - dir];

    a->kid[dir] = inner;
    if (inner != TD_TEXT_NONE) {
        link_of(t, which, inner)->up = n;
    }
    b->up = a->up;
    if (a->up == TD_TEXT_NONE) {
        t->root[which] = k;
    } else {
        struct td_text_link *up = link_of(t, which, a->up);
        up->kid[up->kid[1] == n] = k;
    }
    b->kid[1 - dir] = n;
    a->up = k;
    refresh(t, which, n);
    refresh(t, which, k);
    return k;
}

static void
rebalance(struct td_text *t, enum td_text_tree which, uint32_t n)
{
    while (n != TD_TEXT_NONE) {
        const struct td_text_link *l = link_of(t, which, n);
        uint32_t a = height(t, which, l->kid[0]);
        uint32_t b = height(t, which, l->kid[1]);

        if (a > b + 1 || b > a + 1) {
            int dir = b > a;
            uint32_t k = l->kid[dir];
            const struct td_text_link *kl = link_of(t, which, k);
            if (height(t, which, kl->kid[1 - dir]) >
                height(t, which, kl->kid[dir])) {
                (void)rotate(t, which, k, 1 - dir);
            }
            n = rotate(t, which, n, dir);
        } else {
            refresh(t, which, n);
        }
        n = link_of(t, which, n)->up;
    }
}

void
td_text_tree_put(struct td_text *t, enum td_text_tree which, uint32_t at,
    int dir, uint32_t x)
{
    struct td_text_link *l = link_of(t, which, x);

    l->kid[0] = TD_TEXT_NONE;
    l->kid[1] = TD_TEXT_NONE;
    l->up = TD_TEXT_NONE;
    l->height = 1;
    if (at == TD_TEXT_NONE) {
        TD_ASSERT(t->root[which] == TD_TEXT_NONE);
        t->root[which] = x;
    } else if (link_of(t, which, at)->kid[dir] == TD_TEXT_NONE) {
        link_of(t, which, at)->kid[dir] = x;
        l->up = at;
    } else {
        at = link_of(t, which, at)->kid[dir];
        while (link_of(t, which, at)->kid[1 - dir] != TD_TEXT_NONE) {
            at = link_of(t, which, at)->kid[1 - dir];
        }
        link_of(t, which, at)->kid[1 - dir] = x;
        l->up = at;
    }
    rebalance(t, which, x);
}

uint32_t
td_text_tree_step(
    const struct td_text *t, enum td_text_tree which, uint32_t n, int dir)
{
    const struct td_text_link *l = &t->node[n].link[which];

    if (l->kid[dir] != TD_TEXT_NONE) {
        n = l->kid[dir];
        while (t->node[n].link[which].kid[1 - dir] != TD_TEXT_NONE) {
            n = t->node[n].link[which].kid[1 - dir];
        }
        return n;
    }
    while (l->up != TD_TEXT_NONE) {
        uint32_t up = l->up;
        l = &t->node[up].link[which];
        if (l->kid[1 - dir] == n) {
            return up;
        }
        n = up;
    }
    return TD_TEXT_NONE;
}

uint32_t
td_text_tree_end(const struct td_text *t, enum td_text_tree which, int dir)
{
    uint32_t n = t->root[which];

    while (
        n != TD_TEXT_NONE && t->node[n].link[which].kid[dir] != TD_TEXT_NONE) {
        n = t->node[n].link[which].kid[dir];
    }
    return n;
}

uint32_t
td_text_tree_find(const struct td_text *t, struct td_text_ref r)
{
    uint32_t n = t->root[TD_TEXT_ID], best = TD_TEXT_NONE;

    while (n != TD_TEXT_NONE) {
        const struct td_text_node *x = &t->node[n];
        if (x->author < r.author ||
            (x->author == r.author && x->num <= r.num)) {
            best = n;
            n = x->link[TD_TEXT_ID].kid[1];
        } else {
            n = x->link[TD_TEXT_ID].kid[0];
        }
    }
    return best;
}

uint32_t
td_text_tree_live(const struct td_text *t, size_t *at)
{
    uint32_t n = t->root[TD_TEXT_DOC];

    TD_ASSERT(*at < t->node[n].sum_live);
    for (;;) {
        const struct td_text_node *x = &t->node[n];
        uint32_t kid = x->link[TD_TEXT_DOC].kid[0];
        size_t before = kid == TD_TEXT_NONE ? 0 : t->node[kid].sum_live;

        if (*at < before) {
            n = kid;
        } else if (*at - before < live_of(x)) {
            *at -= before;
            return n;
        } else {
            *at -= before + live_of(x);
            n = x->link[TD_TEXT_DOC].kid[1];
        }
    }
}

uint32_t
td_text_tree_rank(const struct td_text *t, uint32_t n)
{
    const struct td_text_link *l = &t->node[n].link[TD_TEXT_DOC];
    uint32_t rank =
        l->kid[0] == TD_TEXT_NONE ? 0 : t->node[l->kid[0]].sum_nodes;

    while (l->up != TD_TEXT_NONE) {
        uint32_t up = l->up;
        l = &t->node[up].link[TD_TEXT_DOC];
        if (l->kid[1] == n) {
            rank += 1;
            if (l->kid[0] != TD_TEXT_NONE) {
                rank += t->node[l->kid[0]].sum_nodes;
            }
        }
        n = up;
    }
    return rank;
}

void
td_text_tree_touch(struct td_text *t, uint32_t n)
{
    while (n != TD_TEXT_NONE) {
        refresh(t, TD_TEXT_DOC, n);
        n = t->node[n].link[TD_TEXT_DOC].up;
    }
}
