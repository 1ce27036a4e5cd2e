// SPDX-License-Identifier: Apache-2.0
// text_check.c - do document order, tree and origins agree?
//
// (1) Walking the tree in order meets every run, in document order.
// (2) A right child's right origin is not below its parent (it would have
//     become a left child of that origin); a left child's right origin is
//     its parent.
// (3) Nothing rests on itself through parents and right origins.
// Siblings' order is checked where they are linked. Given these, applying
// the runs as operations gives this very document.
#include "base/fail.h"
#include "crdt/text_node.h"

struct walk {
    const struct td_text *t;
    uint32_t *low, *high; // first and last place of a run's subtree
    uint32_t place;       // runs met so far
    uint32_t doc;         // the run that document order expects next
    bool sound;
};

static void
meet(struct walk *w, uint32_t n)
{
    w->sound = w->sound && w->doc == n;
    if (w->sound) {
        w->doc = td_text_tree_step(w->t, TD_TEXT_DOC, n, 1);
    }
    w->place++;
}

// Down to the first run in order of `n`'s subtree, which is met.
static uint32_t
descend(struct walk *w, uint32_t n)
{
    for (;;) {
        w->low[n] = w->place;
        if (w->t->node[n].kids[TD_TEXT_LEFT].first == TD_TEXT_NONE) {
            meet(w, n);
            return n;
        }
        n = w->t->node[n].kids[TD_TEXT_LEFT].first;
    }
}

static void
walk_from(struct walk *w, uint32_t root)
{
    const struct td_text_node *node = w->t->node;
    uint32_t n = descend(w, root);

    while (w->sound) {
        if (node[n].kids[TD_TEXT_RIGHT].first != TD_TEXT_NONE) {
            n = descend(w, node[n].kids[TD_TEXT_RIGHT].first);
            continue;
        }
        for (;;) { // `n` is done: on to what comes after its subtree
            w->high[n] = w->place - 1;
            if (n == root) {
                return;
            }
            if (node[n].next != TD_TEXT_NONE) {
                n = descend(w, node[n].next);
                break;
            }
            if (node[n].side == TD_TEXT_LEFT) {
                n = td_text_parent(w->t, &node[n]);
                meet(w, n);
                break;
            }
            n = td_text_parent(w->t, &node[n]);
        }
    }
}

static bool
origins_fit(const struct walk *w, uint32_t n, const uint32_t *own)
{
    const struct td_text_node *x = &w->t->node[n];
    uint32_t p, r, low;

    if (x->side == TD_TEXT_LEFT) {
        return td_text_ref_eq(x->parent, x->right) &&
               (!td_text_ref_null(x->parent) || x->hang == TD_TEXT_ADRIFT);
    }
    if (td_text_ref_null(x->right)) {
        return true;
    }
    if (td_text_ref_null(x->parent)) {
        return false; // whatever has no left neighbour goes left of its right
    }
    p = td_text_holder(w->t, x->parent);
    r = td_text_holder(w->t, x->right);
    low = w->t->node[p].len > 1 ? own[p] : w->low[p];
    return p == r || own[r] < low || own[r] > w->high[p];
}

// Depth first along parents and right origins, with a stack of our own.
static bool
rests_on_itself(
    const struct td_text *t, uint32_t start, uint32_t *state, uint32_t *stack)
{
    size_t depth = 0;

    stack[depth++] = start;
    while (depth > 0) {
        uint32_t n = stack[depth - 1];
        const struct td_text_node *x = &t->node[n];
        struct td_text_ref r = state[n] == 0 ? x->parent : x->right;
        uint32_t on;

        if (state[n] >= 2) {
            state[n] = 3;
            depth--;
            continue;
        }
        state[n]++;
        if (td_text_ref_null(r)) {
            continue;
        }
        on = td_text_holder(t, r);
        if (state[on] == 0) {
            stack[depth++] = on;
        } else if (state[on] != 3) {
            return true;
        }
    }
    return false;
}

static bool
check(struct walk *w, uint32_t *own, uint32_t *state)
{
    const struct td_text *t = w->t;
    uint32_t i = 0;

    w->doc = td_text_tree_end(t, TD_TEXT_DOC, 0);
    walk_from(w, TD_TEXT_ROOT);
    if (w->sound) {
        walk_from(w, TD_TEXT_ADRIFT);
    }
    if (!w->sound || w->doc != TD_TEXT_NONE) {
        return false;
    }
    for (uint32_t n = td_text_tree_end(t, TD_TEXT_DOC, 0); n != TD_TEXT_NONE;
         n = td_text_tree_step(t, TD_TEXT_DOC, n, 1)) {
        own[n] = i++;
        state[n] = 0;
    }
    for (uint32_t n = TD_TEXT_FIRST; n < t->node_count; n++) {
        if (!origins_fit(w, n, own)) {
            return false;
        }
    }
    // From here on `own` and `low` are not needed: `own` is the stack.
    for (uint32_t n = TD_TEXT_FIRST; n < t->node_count; n++) {
        if (state[n] == 0 && rests_on_itself(t, n, state, own)) {
            return false;
        }
    }
    return true;
}

tandem_err
td_text_check(const struct td_text *t, bool *sound)
{
    size_t size = t->node_count * 4 * sizeof(uint32_t);
    uint32_t *all = td_alloc(&t->sys, size);
    struct walk w = {.t = t, .sound = true};

    if (all == NULL) {
        return TANDEM_ENOMEM;
    }
    w.low = all;
    w.high = all + t->node_count;
    *sound = check(&w, all + 2 * t->node_count, all + 3 * t->node_count);
    td_free(&t->sys, all, size);
    return TANDEM_OK;
}
