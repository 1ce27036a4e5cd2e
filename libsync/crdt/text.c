// SPDX-License-Identifier: Apache-2.0
// text.c - a text's life, and the two operations that change it.
//
// An operation first asks for all the memory it can need, then changes; so
// a failure leaves the text as it was.
#include "crdt/text.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"
#include "crdt/text_node.h"

tandem_err
td_text_new(const tandem_sys *sys, struct td_text **out)
{
    struct td_text *t = td_alloc(sys, sizeof *t);
    uint32_t n;

    if (t == NULL) {
        return TANDEM_ENOMEM;
    }
    td_sys_fill(&t->sys, sys);
    t->root[TD_TEXT_DOC] = TD_TEXT_NONE;
    t->root[TD_TEXT_ID] = TD_TEXT_NONE;
    if (td_text_node_room(t, TD_TEXT_FIRST) != TANDEM_OK) {
        td_text_free(t);
        return TANDEM_ENOMEM;
    }
    n = td_text_node_new(t);
    TD_ASSERT(n == TD_TEXT_ROOT);
    td_text_tree_put(t, TD_TEXT_DOC, TD_TEXT_NONE, 1, n);
    n = td_text_node_new(t);
    TD_ASSERT(n == TD_TEXT_ADRIFT);
    td_text_tree_put(t, TD_TEXT_DOC, TD_TEXT_ROOT, 1, n);
    *out = t;
    return TANDEM_OK;
}

void
td_text_free(struct td_text *t)
{
    tandem_sys sys;

    if (t == NULL) {
        return;
    }
    sys = t->sys;
    for (size_t i = 0; i < t->author_count; i++) {
        struct td_text_author *a = &t->author[i];
        td_free(&sys, a->op, a->op_cap * sizeof *a->op);
        td_free(&sys, a->rank, a->rank_cap * sizeof *a->rank);
        td_free(&sys, a->bytes, a->byte_cap);
    }
    td_free(&sys, t->author, t->author_cap * sizeof *t->author);
    td_free(&sys, t->by_log, t->by_log_cap * sizeof *t->by_log);
    td_free(&sys, t->node, t->node_cap * sizeof *t->node);
    td_free(&sys, t, sizeof *t);
}

static bool
copy(const tandem_sys *sys, void **out, size_t *cap, const void *from,
    size_t count, size_t size)
{
    *out = NULL;
    *cap = 0;
    if (count == 0) {
        return true;
    }
    *out = td_alloc(sys, count * size);
    if (*out == NULL) {
        return false;
    }
    memcpy(*out, from, count * size);
    *cap = count;
    return true;
}

static bool
copy_author(const tandem_sys *sys, struct td_text_author *b,
    const struct td_text_author *a)
{
    void *p;
    bool fine;

    *b = *a;
    fine = copy(sys, &p, &b->op_cap, a->op, a->op_count, sizeof *a->op);
    b->op = p;
    fine &= copy(sys, &p, &b->rank_cap, a->rank, a->op_count, sizeof *a->rank);
    b->rank = p;
    fine &= copy(sys, &p, &b->byte_cap, a->bytes, a->byte_count, 1);
    b->bytes = p;
    return fine;
}

tandem_err
td_text_dup(const struct td_text *t, struct td_text **out)
{
    struct td_text *d = td_alloc(&t->sys, sizeof *d);
    void *p;
    bool fine;

    if (d == NULL) {
        return TANDEM_ENOMEM;
    }
    d->sys = t->sys;
    d->root[0] = t->root[0];
    d->root[1] = t->root[1];
    d->chars = t->chars;
    fine = copy(
        &t->sys, &p, &d->node_cap, t->node, t->node_count, sizeof *t->node);
    d->node = p;
    d->node_count = t->node_count;
    fine &= copy(&t->sys, &p, &d->by_log_cap, t->by_log, t->author_count,
        sizeof *t->by_log);
    d->by_log = p;
    fine &= copy(&t->sys, &p, &d->author_cap, t->author, t->author_count,
        sizeof *t->author);
    d->author = p;
    for (size_t i = 0; fine && i < t->author_count; i++) {
        d->author_count = i + 1; // what free() has to look at
        fine = copy_author(&t->sys, &d->author[i], &t->author[i]);
    }
    if (!fine) {
        td_text_free(d);
        return TANDEM_ENOMEM;
    }
    *out = d;
    return TANDEM_OK;
}

// What an insertion's names came to.
struct place {
    struct td_text_ref left, right; // author NONE = null
    bool adrift;
};

static tandem_err
resolve(const struct td_text *t, const struct td_dot *op,
    const struct td_char *c, struct td_text_ref *out, bool *adrift)
{
    out->author = TD_TEXT_NONE;
    out->num = 0;
    if (c == NULL) {
        return TANDEM_OK;
    }
    if (td_log_id_cmp(c->dot.log, op->log) == 0 &&
        td_dot_cmp(&c->dot, op) >= 0) {
        return TANDEM_EVALUE;
    }
    switch (td_text_resolve(t, c, out)) {
    case TD_TEXT_KNOWN:
        return TANDEM_OK;
    case TD_TEXT_UNKNOWN:
        *adrift = true;
        return TANDEM_OK;
    case TD_TEXT_BEYOND:
    default:
        return TANDEM_EVALUE;
    }
}

// The author, with memory for one more operation and `bytes` of text; a new
// author is only added once nothing can fail any more.
static tandem_err
make_room(
    struct td_text *t, uint32_t *who, size_t bytes, const struct td_dot *op)
{
    struct td_text_author fresh = {0};
    struct td_text_author *a = &fresh;
    void *ops, *ranks, *text;
    tandem_err err;

    TD_TRY(td_text_node_room(t, 3)); // itself and a cut at either neighbour
    TD_TRY(td_text_author_room(t));
    if (*who != TD_TEXT_NONE) {
        a = &t->author[*who];
    }
    if (a->byte_count > UINT32_MAX - bytes) {
        return TANDEM_ELIMIT;
    }
    ops = a->op;
    ranks = a->rank;
    text = a->bytes;
    err =
        td_text_room(&t->sys, &ops, &a->op_cap, sizeof *a->op, a->op_count + 1);
    if (err == TANDEM_OK) {
        err = td_text_room(
            &t->sys, &ranks, &a->rank_cap, sizeof *a->rank, a->op_count + 1);
    }
    if (err == TANDEM_OK) {
        err = td_text_room(
            &t->sys, &text, &a->byte_cap, 1, a->byte_count + bytes);
    }
    a->op = ops;
    a->rank = ranks;
    a->bytes = text;
    if (*who == TD_TEXT_NONE) {
        if (err != TANDEM_OK) {
            td_free(&t->sys, fresh.op, fresh.op_cap * sizeof *fresh.op);
            td_free(&t->sys, fresh.rank, fresh.rank_cap * sizeof *fresh.rank);
            td_free(&t->sys, fresh.bytes, fresh.byte_cap);
            return err;
        }
        *who =
            td_text_author_add(t, &op->log, td_text_author_place(t, &op->log));
        fresh.log = op->log;
        fresh.place = t->author[*who].place;
        t->author[*who] = fresh;
    }
    return err;
}

// The new run continues the one it was typed behind: the same item.
static bool
extend(struct td_text *t, const struct td_text_node *x)
{
    struct td_text_author *a = &t->author[x->author];
    struct td_text_node *p;
    uint32_t n;

    if (x->side != TD_TEXT_RIGHT || x->num == 0 ||
        !td_text_ref_eq(
            x->parent, (struct td_text_ref){x->author, x->num - 1})) {
        return false;
    }
    n = td_text_holder(t, x->parent);
    p = &t->node[n];
    if (p->deleted != x->deleted || !td_text_ref_eq(p->right, x->right) ||
        !td_text_ref_eq(td_text_last(p), x->parent) ||
        p->kids[TD_TEXT_RIGHT].first != TD_TEXT_NONE ||
        (!p->deleted && p->byte + p->byte_count != a->byte_count)) {
        return false;
    }
    p->len += x->len;
    p->byte_count += x->byte_count;
    td_text_tree_touch(t, n);
    return true;
}

// The tree rule.
static void
choose_parent(
    const struct td_text *t, const struct place *at, struct td_text_node *x)
{
    bool left = !td_text_ref_null(at->left);
    bool right = !td_text_ref_null(at->right);

    x->side = TD_TEXT_RIGHT;
    x->parent = at->left;
    x->right = at->right;
    x->hang = TD_TEXT_ROOT;
    if (at->adrift) {
        x->hang = TD_TEXT_ADRIFT;
        x->side = TD_TEXT_LEFT;
        x->parent.author = TD_TEXT_NONE;
        x->right.author = TD_TEXT_NONE;
    } else if (right && (!left || td_text_descends(t, at->right, at->left))) {
        x->side = TD_TEXT_LEFT;
        x->parent = at->right;
    }
}

static void
put_op(struct td_text_author *a, const struct td_dot *op, uint32_t count)
{
    struct td_text_op *o = &a->op[a->op_count];
    bool found;
    size_t rank = td_text_rank_of(a, op->seq, op->change, op->op, &found);

    TD_ASSERT(!found);
    o->seq = op->seq;
    o->change = op->change;
    o->op = op->op;
    o->num = a->chars;
    memmove(a->rank + rank + 1, a->rank + rank,
        (a->op_count - rank) * sizeof *a->rank);
    a->rank[rank] = (uint32_t)a->op_count;
    a->op_count++;
    a->chars += count;
}

static void
put_run(struct td_text *t, const struct td_text_node *run)
{
    struct td_text_node *x;
    uint32_t n;

    if (extend(t, run)) {
        return;
    }
    if (!td_text_ref_null(run->parent)) {
        (void)td_text_cut(t, run->parent, run->side);
    }
    n = td_text_node_new(t);
    x = &t->node[n];
    x->author = run->author;
    x->num = run->num;
    x->len = run->len;
    x->parent = run->parent;
    x->right = run->right;
    x->hang = run->hang;
    x->side = run->side;
    x->deleted = run->deleted;
    x->byte = run->byte;
    x->byte_count = run->byte_count;
    td_text_attach(t, n);
}

tandem_err
td_text_insert(struct td_text *t, const struct td_dot *op,
    const struct td_char *left, const struct td_char *right, tandem_slice utf8,
    bool hidden)
{
    struct td_char self = {.dot = *op};
    struct place at = {.adrift = false};
    struct td_text_node run = {0};
    struct td_text_author *a;
    uint32_t who = td_text_author_find(t, &op->log);
    struct td_text_ref ref;
    size_t count;

    if (td_text_resolve(t, &self, &ref) == TD_TEXT_KNOWN) {
        return TANDEM_OK;
    }
    if (utf8.len == 0 || utf8.len > TD_TEXT_BYTES_MAX || !td_utf8_valid(utf8)) {
        return TANDEM_EVALUE;
    }
    TD_TRY(resolve(t, op, left, &at.left, &at.adrift));
    TD_TRY(resolve(t, op, right, &at.right, &at.adrift));
    count = td_utf8_count(utf8);
    if (t->chars > TD_TEXT_CHARS_MAX - count) {
        return TANDEM_ELIMIT;
    }
    TD_TRY(make_room(t, &who, hidden ? 0 : utf8.len, op));

    choose_parent(t, &at, &run);
    a = &t->author[who];
    run.author = who;
    run.num = a->chars;
    run.len = (uint32_t)count;
    run.deleted = hidden;
    run.byte = (uint32_t)a->byte_count;
    run.byte_count = hidden ? 0 : (uint32_t)utf8.len;
    put_op(a, op, run.len);
    t->chars += run.len;
    put_run(t, &run);
    if (!hidden) {
        memcpy(a->bytes + a->byte_count, utf8.ptr, utf8.len);
        a->byte_count += utf8.len;
    }
    return TANDEM_OK;
}

tandem_err
td_text_delete(struct td_text *t, const struct td_char_range *r, size_t count)
{
    struct td_text_ref ref;

    for (size_t i = 0; i < count; i++) {
        struct td_char last = r[i].first;
        if (r[i].len == 0 || r[i].len - 1 > UINT32_MAX - last.offset) {
            return TANDEM_EVALUE;
        }
        last.offset += r[i].len - 1;
        if (td_text_resolve(t, &last, &ref) == TD_TEXT_BEYOND) {
            return TANDEM_EVALUE;
        }
    }
    if (count > TD_TEXT_CHARS_MAX / 2) {
        return TANDEM_ELIMIT;
    }
    TD_TRY(td_text_node_room(t, 2 * count));
    for (size_t i = 0; i < count; i++) {
        if (td_text_resolve(t, &r[i].first, &ref) == TD_TEXT_KNOWN) {
            td_text_wipe(t, ref.author, ref.num, ref.num + r[i].len);
        }
    }
    return TANDEM_OK;
}
