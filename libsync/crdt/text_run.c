// SPDX-License-Identifier: Apache-2.0
// text_run.c - runs in the tree: order of siblings, splitting, attaching.
//
// Everything here follows from the tree alone, never from what stands next
// to what in the list: neighbours that a faulty peer names need not be
// adjacent, and the order must not depend on delivery even then. The walks
// up and down are loops; a chain may be as deep as the text is long.
#include "crdt/text_node.h"

#include <string.h>

#include "base/fail.h"
#include "base/slice.h"

bool
td_text_ref_null(struct td_text_ref r)
{
    return r.author == TD_TEXT_NONE;
}

bool
td_text_ref_eq(struct td_text_ref a, struct td_text_ref b)
{
    return a.author == b.author && (a.num == b.num || td_text_ref_null(a));
}

struct td_text_ref
td_text_first(const struct td_text_node *n)
{
    return (struct td_text_ref){n->author, n->num};
}

struct td_text_ref
td_text_last(const struct td_text_node *n)
{
    return (struct td_text_ref){n->author, n->num + n->len - 1};
}

uint32_t
td_text_holder(const struct td_text *t, struct td_text_ref r)
{
    uint32_t n = td_text_tree_find(t, r);

    TD_ASSERT(n != TD_TEXT_NONE);
    TD_ASSERT(t->node[n].author == r.author);
    TD_ASSERT(r.num - t->node[n].num < t->node[n].len);
    return n;
}

uint32_t
td_text_parent(const struct td_text *t, const struct td_text_node *n)
{
    return td_text_ref_null(n->parent) ? n->hang : td_text_holder(t, n->parent);
}

int
td_text_place_cmp(
    const struct td_text *t, struct td_text_ref a, struct td_text_ref b)
{
    uint32_t x, y;

    if (td_text_ref_null(a) || td_text_ref_null(b)) {
        return (int)td_text_ref_null(a) - (int)td_text_ref_null(b);
    }
    x = td_text_holder(t, a);
    y = td_text_holder(t, b);
    if (x == y) {
        return (a.num > b.num) - (a.num < b.num);
    }
    return td_text_tree_rank(t, x) < td_text_tree_rank(t, y) ? -1 : 1;
}

int
td_text_sibling_cmp(const struct td_text *t, const struct td_text_node *a,
    const struct td_text_node *b)
{
    struct td_char x, y;

    if (a->side == TD_TEXT_RIGHT && !td_text_ref_eq(a->right, b->right)) {
        return td_text_place_cmp(t, b->right, a->right);
    }
    x = td_text_name(t, td_text_first(a));
    y = td_text_name(t, td_text_first(b));
    return td_char_cmp(&x, &y);
}

tandem_err
td_text_node_room(struct td_text *t, size_t more)
{
    void *p = t->node;
    tandem_err err;

    if (more > TD_TEXT_CHARS_MAX || t->node_count > TD_TEXT_CHARS_MAX - more) {
        return TANDEM_ELIMIT;
    }
    err = td_text_room(
        &t->sys, &p, &t->node_cap, sizeof *t->node, t->node_count + more);
    t->node = p;
    return err;
}

uint32_t
td_text_node_new(struct td_text *t)
{
    uint32_t n = (uint32_t)t->node_count;
    struct td_text_node *x = &t->node[n];

    TD_ASSERT(t->node_count < t->node_cap);
    t->node_count++;
    memset(x, 0, sizeof *x);
    x->author = TD_TEXT_NONE;
    x->parent.author = TD_TEXT_NONE;
    x->right.author = TD_TEXT_NONE;
    x->side = TD_TEXT_RIGHT;
    x->prev = TD_TEXT_NONE;
    x->next = TD_TEXT_NONE;
    for (int i = 0; i < 2; i++) {
        x->kids[i].first = TD_TEXT_NONE;
        x->kids[i].last = TD_TEXT_NONE;
    }
    return n;
}

// The bytes of `n`'s first `count` code points.
static uint32_t
bytes_of(const struct td_text *t, const struct td_text_node *n, uint32_t count)
{
    tandem_slice s;

    if (n->deleted) {
        return 0;
    }
    if (n->byte_count == n->len) {
        return count;
    }
    s.ptr = t->author[n->author].bytes + n->byte;
    s.len = n->byte_count;
    return (uint32_t)td_utf8_offset(s, count);
}

uint32_t
td_text_split(struct td_text *t, uint32_t n, uint32_t keep)
{
    uint32_t m = td_text_node_new(t);
    struct td_text_node *a = &t->node[n], *b = &t->node[m];
    uint32_t bytes = bytes_of(t, a, keep);

    TD_ASSERT(keep > 0);
    TD_ASSERT(keep < a->len);
    b->author = a->author;
    b->num = a->num + keep;
    b->len = a->len - keep;
    b->parent = (struct td_text_ref){a->author, b->num - 1};
    b->right = a->right;
    b->deleted = a->deleted;
    b->byte = a->byte + bytes;
    b->byte_count = a->byte_count - bytes;
    b->kids[TD_TEXT_RIGHT] = a->kids[TD_TEXT_RIGHT];
    a->kids[TD_TEXT_RIGHT].first = m;
    a->kids[TD_TEXT_RIGHT].last = m;
    a->len = keep;
    a->byte_count = bytes;
    td_text_tree_touch(t, n);
    td_text_tree_put(t, TD_TEXT_DOC, n, 1, m);
    td_text_tree_put(t, TD_TEXT_ID, n, 1, m);
    return m;
}

uint32_t
td_text_cut(struct td_text *t, struct td_text_ref r, int side)
{
    uint32_t n = td_text_holder(t, r);
    uint32_t keep = r.num - t->node[n].num + (side == TD_TEXT_RIGHT);

    if (keep == 0 || keep == t->node[n].len) {
        return n;
    }
    if (side == TD_TEXT_RIGHT) {
        (void)td_text_split(t, n, keep);
        return n;
    }
    return td_text_split(t, n, keep);
}

// Where the document order of `x` is: beside *dir of the returned node.
static uint32_t
doc_place(const struct td_text *t, uint32_t x, uint32_t parent, int *dir)
{
    uint32_t n = t->node[x].next;

    if (n != TD_TEXT_NONE) {
        while (t->node[n].kids[TD_TEXT_LEFT].first != TD_TEXT_NONE) {
            n = t->node[n].kids[TD_TEXT_LEFT].first;
        }
        *dir = 0;
        return n;
    }
    if (t->node[x].side == TD_TEXT_LEFT) {
        *dir = 0;
        return parent;
    }
    n = t->node[x].prev;
    if (n == TD_TEXT_NONE) {
        n = parent;
    } else {
        while (t->node[n].kids[TD_TEXT_RIGHT].last != TD_TEXT_NONE) {
            n = t->node[n].kids[TD_TEXT_RIGHT].last;
        }
    }
    *dir = 1;
    return n;
}

void
td_text_attach(struct td_text *t, uint32_t x)
{
    struct td_text_node *n = &t->node[x];
    uint32_t parent = td_text_parent(t, n);
    struct td_text_list *list = &t->node[parent].kids[n->side];
    uint32_t before = list->last, at;
    int dir;

    while (before != TD_TEXT_NONE &&
           td_text_sibling_cmp(t, n, &t->node[before]) < 0) {
        before = t->node[before].prev;
    }
    n->prev = before;
    if (before == TD_TEXT_NONE) {
        n->next = list->first;
        list->first = x;
    } else {
        n->next = t->node[before].next;
        t->node[before].next = x;
    }
    if (n->next == TD_TEXT_NONE) {
        list->last = x;
    } else {
        t->node[n->next].prev = x;
    }
    at = doc_place(t, x, parent, &dir);
    td_text_tree_put(t, TD_TEXT_DOC, at, dir, x);
    at = td_text_tree_find(t, td_text_first(n));
    if (at == TD_TEXT_NONE) {
        td_text_tree_put(
            t, TD_TEXT_ID, td_text_tree_end(t, TD_TEXT_ID, 0), 0, x);
    } else {
        td_text_tree_put(t, TD_TEXT_ID, at, 1, x);
    }
}

// Is `r` a (strict) descendant of `l` in the tree?
bool
td_text_descends(
    const struct td_text *t, struct td_text_ref r, struct td_text_ref l)
{
    uint32_t holder = td_text_holder(t, l);
    const struct td_text_node *a = &t->node[holder];
    bool ends = td_text_ref_eq(l, td_text_last(a));

    if (td_text_ref_eq(r, l)) {
        return false;
    }
    // The two usual cases without a walk: nothing hangs at `l`, or `r` is
    // the very next one.
    if (ends && a->kids[TD_TEXT_RIGHT].first == TD_TEXT_NONE &&
        (a->len > 1 || a->kids[TD_TEXT_LEFT].first == TD_TEXT_NONE)) {
        return false;
    }
    if (ends && a->kids[TD_TEXT_RIGHT].first != TD_TEXT_NONE) {
        uint32_t next = td_text_tree_step(t, TD_TEXT_DOC, holder, 1);
        if (next != TD_TEXT_NONE && next >= TD_TEXT_FIRST &&
            td_text_ref_eq(r, td_text_first(&t->node[next]))) {
            return true;
        }
    }
    for (;;) {
        uint32_t n = td_text_holder(t, r);
        if (n == holder && l.num <= r.num) {
            return true;
        }
        r = t->node[n].parent;
        if (td_text_ref_null(r)) {
            return false;
        }
    }
}

// The run after `n` if it is nothing but its deleted continuation.
static uint32_t
gone_after(const struct td_text *t, const struct td_text_node *n)
{
    uint32_t k = n->kids[TD_TEXT_RIGHT].first;
    const struct td_text_node *m;

    if (k == TD_TEXT_NONE || k != n->kids[TD_TEXT_RIGHT].last) {
        return TD_TEXT_NONE;
    }
    m = &t->node[k];
    return m->deleted && m->author == n->author && m->num == n->num + n->len &&
                   td_text_ref_eq(m->right, n->right) &&
                   m->kids[TD_TEXT_LEFT].first == TD_TEXT_NONE
               ? k
               : TD_TEXT_NONE;
}

// The run before `n` if `n` is nothing but the continuation of a deleted one.
static uint32_t
gone_before(const struct td_text *t, uint32_t x)
{
    const struct td_text_node *n = &t->node[x], *p;
    uint32_t k;

    if (n->side != TD_TEXT_RIGHT || n->num == 0 ||
        !td_text_ref_eq(
            n->parent, (struct td_text_ref){n->author, n->num - 1})) {
        return TD_TEXT_NONE;
    }
    k = td_text_holder(t, n->parent);
    p = &t->node[k];
    return p->deleted && p->kids[TD_TEXT_RIGHT].first == x &&
                   p->kids[TD_TEXT_RIGHT].last == x &&
                   td_text_ref_eq(p->right, n->right) &&
                   n->kids[TD_TEXT_LEFT].first == TD_TEXT_NONE
               ? k
               : TD_TEXT_NONE;
}

static void
forget_bytes(
    struct td_text *t, const struct td_text_node *n, uint32_t from, uint32_t to)
{
    if (to > from) { // what is deleted leaves memory too
        memset(t->author[n->author].bytes + n->byte + from, 0, to - from);
    }
}

// The last `count` code points of live `n` go to its deleted continuation.
static void
shift_after(struct td_text *t, uint32_t n, uint32_t m, uint32_t count)
{
    struct td_text_node *a = &t->node[n], *b = &t->node[m];
    uint32_t bytes = bytes_of(t, a, a->len - count);

    forget_bytes(t, a, bytes, a->byte_count);
    a->byte_count = bytes;
    a->len -= count;
    b->num -= count;
    b->len += count;
    b->parent = td_text_last(a);
    td_text_tree_touch(t, n);
    td_text_tree_touch(t, m);
}

static void
shift_before(struct td_text *t, uint32_t p, uint32_t n, uint32_t count)
{
    struct td_text_node *a = &t->node[p], *b = &t->node[n];
    uint32_t bytes = bytes_of(t, b, count);

    forget_bytes(t, b, 0, bytes);
    b->byte += bytes;
    b->byte_count -= bytes;
    b->num += count;
    b->len -= count;
    a->len += count;
    b->parent = td_text_last(a);
    td_text_tree_touch(t, p);
    td_text_tree_touch(t, n);
}

// One live run's part [num, end): marked, its bytes forgotten.
static void
wipe_part(struct td_text *t, uint32_t n, uint32_t num, uint32_t end)
{
    struct td_text_node *x = &t->node[n];
    uint32_t stop = x->num + x->len, beside;

    if (num > x->num && end == stop) {
        beside = gone_after(t, x);
        if (beside != TD_TEXT_NONE) {
            shift_after(t, n, beside, end - num);
            return;
        }
    }
    if (num == x->num && end < stop) {
        beside = gone_before(t, n);
        if (beside != TD_TEXT_NONE) {
            shift_before(t, beside, n, end - num);
            return;
        }
    }
    if (num > x->num) {
        n = td_text_split(t, n, num - x->num);
    }
    if (end < stop) {
        (void)td_text_split(t, n, end - num);
    }
    x = &t->node[n];
    forget_bytes(t, x, 0, x->byte_count);
    x->deleted = true;
    x->byte_count = 0;
    td_text_tree_touch(t, n);
}

// Memory for two more nodes must be there.
void
td_text_wipe(struct td_text *t, uint32_t author, uint32_t num, uint32_t end)
{
    while (num < end) {
        uint32_t n = td_text_holder(t, (struct td_text_ref){author, num});
        const struct td_text_node *x = &t->node[n];
        uint32_t stop = x->num + x->len;
        uint32_t part = stop < end ? stop : end;

        if (!x->deleted) {
            wipe_part(t, n, num, part);
        }
        num = part;
    }
}
