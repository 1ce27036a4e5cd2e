// SPDX-License-Identifier: Apache-2.0
// text_save.c - a text's state as bytes; the layout is in text_blob.h.
//
// The runs in memory depend on how the operations came; what is written does
// not: runs are taken apart at insertions and joined again as far as ranks
// follow.
#include "base/fail.h"
#include "codec/writer.h"
#include "crdt/text_blob.h"
#include "crdt/text_node.h"

struct item {
    struct td_text_ref first, last;
    uint32_t op; // the insertion its last code point is of
    size_t rank, last_rank;
    uint32_t offset, len;
    bool deleted;
    struct td_text_ref parent, right;
    uint32_t hang;
    uint8_t side;
};

struct saver {
    const struct td_text *t;
    struct td_buf *out;
    struct item open; // not yet written
    bool has_open, has_before;
    struct item before; // written last
};

static void
put_num(struct td_buf *b, uint64_t v)
{
    while (v >= 0x80) {
        td_buf_put_u8(b, (uint8_t)(v | 0x80));
        v >>= 7;
    }
    td_buf_put_u8(b, (uint8_t)v);
}

static void
put_insertions(const struct td_text_author *a, struct td_buf *b)
{
    uint64_t seq = 0;

    put_num(b, a->op_count);
    for (size_t i = 0; i < a->op_count; i++) {
        const struct td_text_op *o = &a->op[a->rank[i]];
        uint32_t len = td_text_op_end(a, a->rank[i]) - o->num;
        bool named = o->change != 0 || o->op != 0;
        uint64_t flags = (uint64_t)named << 1 | (len != 1);
        uint64_t step = o->seq - seq;

        if (step >= TD_TEXT_LONG_STEP) {
            put_num(b, TD_TEXT_LONG_STEP << 2 | flags);
            put_num(b, step);
        } else {
            put_num(b, step << 2 | flags);
        }
        if (named) {
            put_num(b, o->change);
            put_num(b, o->op);
        }
        if (len != 1) {
            put_num(b, len);
        }
        seq = o->seq;
    }
}

static void
put_name(struct saver *s, struct td_text_ref r)
{
    const struct td_text_author *a = &s->t->author[r.author];
    uint32_t op = td_text_op_at(a, r.num);

    put_num(s->out, a->place);
    put_num(s->out, td_text_op_rank(a, op));
    put_num(s->out, r.num - a->op[op].num);
}

static bool
follows(const struct td_text *t, const struct item *x)
{
    const struct td_text_author *a = &t->author[x->first.author];
    struct td_text_ref r = {x->first.author, 0};

    if (x->side != TD_TEXT_RIGHT || x->rank == 0) {
        return false;
    }
    r.num = td_text_op_end(a, a->rank[x->rank - 1]) - 1;
    return td_text_ref_eq(r, x->parent) &&
           td_text_ref_eq(x->right, t->node[td_text_holder(t, r)].right);
}

static enum td_text_origin
origin_of(const struct saver *s, const struct item *x, struct td_text_ref next)
{
    bool beside = s->has_before && td_text_ref_eq(x->parent, s->before.last);

    if (td_text_ref_null(x->parent)) {
        return x->hang == TD_TEXT_ROOT ? TD_TEXT_O_ROOT : TD_TEXT_O_ADRIFT;
    }
    if (follows(s->t, x)) {
        return TD_TEXT_O_FOLLOWS;
    }
    if (x->side == TD_TEXT_LEFT) {
        return td_text_ref_eq(x->parent, next) ? TD_TEXT_O_BEFORE_NEXT
                                               : TD_TEXT_O_BEFORE;
    }
    if (td_text_ref_null(x->right)) {
        return beside ? TD_TEXT_O_PREV_END : TD_TEXT_O_NAMED_END;
    }
    if (td_text_ref_eq(x->right, next)) {
        return beside ? TD_TEXT_O_PREV_NEXT : TD_TEXT_O_NAMED_NEXT;
    }
    return beside ? TD_TEXT_O_PREV_NAMED : TD_TEXT_O_NAMED_NAMED;
}

static void
put_origin_names(struct saver *s, const struct item *x, enum td_text_origin o)
{
    if (o == TD_TEXT_O_BEFORE || o == TD_TEXT_O_NAMED_END ||
        o == TD_TEXT_O_NAMED_NEXT || o == TD_TEXT_O_NAMED_NAMED) {
        put_name(s, x->parent);
    }
    if (o == TD_TEXT_O_PREV_NAMED || o == TD_TEXT_O_NAMED_NAMED) {
        put_name(s, x->right);
    }
}

// Write the open item; `next` is what follows it in the document.
static void
flush(struct saver *s, struct td_text_ref next)
{
    const struct item *x = &s->open;
    enum td_text_origin o = TD_TEXT_O_FOLLOWS;
    bool same = s->has_before && s->before.first.author == x->first.author;
    unsigned flags = 0;

    if (!s->has_open) {
        return;
    }
    flags |= x->deleted ? TD_TEXT_F_DELETED : 0;
    flags |= same ? TD_TEXT_F_SAME : 0;
    if (x->offset > 0) {
        flags |= TD_TEXT_F_INSIDE;
    } else {
        o = origin_of(s, x, next);
        flags |= (unsigned)o << 4;
    }
    td_buf_put_u8(s->out, (uint8_t)flags);
    if (same) {
        int64_t step = (int64_t)x->rank - (int64_t)s->before.last_rank;
        put_num(s->out, (uint64_t)step << 1 ^ (uint64_t)(step >> 63));
    } else {
        put_num(s->out, s->t->author[x->first.author].place);
        put_num(s->out, x->rank);
    }
    if (x->offset > 0) {
        put_num(s->out, x->offset);
    }
    put_num(s->out, x->len);
    if (x->offset == 0) {
        put_origin_names(s, x, o);
    }
    s->before = *x;
    s->has_before = true;
}

static bool
joins(const struct td_text *t, const struct item *a, const struct item *b)
{
    const struct td_text_author *who = &t->author[a->first.author];

    if (a->first.author != b->first.author || a->deleted != b->deleted) {
        return false;
    }
    if (b->offset > 0) {
        return a->op == b->op && a->last.num + 1 == b->first.num;
    }
    return b->rank == a->last_rank + 1 &&
           a->last.num + 1 == td_text_op_end(who, a->op) &&
           b->side == TD_TEXT_RIGHT && td_text_ref_eq(b->parent, a->last) &&
           td_text_ref_eq(b->right, a->right);
}

// The part of run `x` from `num` on that is of one insertion.
static struct item
part(const struct td_text *t, const struct td_text_node *x, uint32_t num)
{
    const struct td_text_author *a = &t->author[x->author];
    uint32_t op = td_text_op_at(a, num);
    uint32_t end = td_text_op_end(a, op), stop = x->num + x->len;
    struct item i = {.deleted = x->deleted, .op = op};

    end = end < stop ? end : stop;
    i.first = (struct td_text_ref){x->author, num};
    i.last = (struct td_text_ref){x->author, end - 1};
    i.len = end - num;
    i.rank = td_text_op_rank(a, op);
    i.last_rank = i.rank;
    i.offset = num - a->op[op].num;
    i.right = x->right;
    if (num == x->num) {
        i.parent = x->parent;
        i.side = x->side;
        i.hang = x->hang;
    } else {
        i.parent = (struct td_text_ref){x->author, num - 1};
        i.side = TD_TEXT_RIGHT;
    }
    return i;
}

static void
put_items(const struct td_text *t, struct td_buf *out)
{
    struct saver s = {.t = t, .out = out};
    uint32_t n = td_text_tree_end(t, TD_TEXT_DOC, 0);

    for (; n != TD_TEXT_NONE; n = td_text_tree_step(t, TD_TEXT_DOC, n, 1)) {
        const struct td_text_node *x = &t->node[n];
        uint32_t num = x->num, end = x->num + x->len;

        while (num < end) {
            struct item i = part(t, x, num);
            num = i.last.num + 1;
            if (s.has_open && joins(t, &s.open, &i)) {
                // Its numbers need not follow ours: operations may have
                // come in another order than that of their ids.
                s.open.len += i.len;
                s.open.op = i.op;
                s.open.last_rank = i.last_rank;
                s.open.last = i.last;
                continue;
            }
            flush(&s, i.first);
            s.open = i;
            s.has_open = true;
        }
    }
    flush(&s, (struct td_text_ref){TD_TEXT_NONE, 0});
}

void
td_text_encode(const struct td_text *t, struct td_buf *out)
{
    struct td_buf tmp;

    td_buf_init(&tmp, &t->sys, out->max);
    td_mp_array(out, 5);
    td_mp_uint(out, TD_TEXT_VERSION);
    if (td_text_read(t, &tmp) == TANDEM_OK) {
        td_mp_str(out, td_buf_slice(&tmp));
        td_buf_reset(&tmp);
    }
    for (size_t i = 0; i < t->author_count; i++) {
        td_buf_put(
            &tmp, t->author[t->by_log[i]].log.b, sizeof t->author[0].log.b);
    }
    if (tmp.err == TANDEM_OK) {
        td_mp_bin(out, tmp.ptr, tmp.len);
        td_buf_reset(&tmp);
    }
    for (size_t i = 0; i < t->author_count; i++) {
        put_insertions(&t->author[t->by_log[i]], &tmp);
    }
    if (tmp.err == TANDEM_OK) {
        td_mp_bin(out, tmp.ptr, tmp.len);
        td_buf_reset(&tmp);
    }
    put_items(t, &tmp);
    if (tmp.err == TANDEM_OK) {
        td_mp_bin(out, tmp.ptr, tmp.len);
    } else if (out->err == TANDEM_OK) {
        out->err = tmp.err;
    }
    td_buf_deinit(&tmp);
}
