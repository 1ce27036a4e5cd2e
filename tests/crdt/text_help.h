// SPDX-License-Identifier: Apache-2.0
// text_help.h - operations as data, a plain oracle of the tree rule, and what
// the tests of the text type ask again and again.
#ifndef TESTS_CRDT_TEXT_HELP_H
#define TESTS_CRDT_TEXT_HELP_H

#include "base/faulty.h"

#include "base/buf.h"
#include "base/slice.h"
#include "crdt/text.h"

struct op { // an insertion, or (utf8.len == 0) a deletion
    struct td_dot dot;
    bool has_left, has_right;
    struct td_char left, right;
    tandem_slice utf8;
    const struct td_char_range *range;
    size_t range_count;
};

static inline struct td_dot
dot(unsigned log, uint64_t seq, unsigned change, unsigned op)
{
    struct td_dot d;

    memset(&d, 0, sizeof d);
    d.log.b[0] = (uint8_t)log;
    d.seq = seq;
    d.change = (uint16_t)change;
    d.op = (uint16_t)op;
    return d;
}

static inline struct td_char
at_char(struct td_dot d, uint32_t offset)
{
    struct td_char c;

    memset(&c, 0, sizeof c);
    c.dot = d;
    c.offset = offset;
    return c;
}

static inline struct td_text *
text_new(void)
{
    struct td_text *t = NULL;

    assert_int_equal(td_text_new(NULL, &t), TANDEM_OK);
    return t;
}

static inline tandem_err
apply(struct td_text *t, const struct op *o)
{
    if (o->utf8.len == 0) {
        return td_text_delete(t, o->range, o->range_count);
    }
    return td_text_insert(t, &o->dot, o->has_left ? &o->left : NULL,
        o->has_right ? &o->right : NULL, o->utf8, false);
}

static inline void
assert_text(const struct td_text *t, tandem_slice want)
{
    struct td_buf b;

    td_buf_init(&b, NULL, SIZE_MAX);
    assert_int_equal(td_text_read(t, &b), TANDEM_OK);
    assert_int_equal(b.len, want.len);
    if (want.len > 0) {
        assert_memory_equal(b.ptr, want.ptr, want.len);
    }
    assert_int_equal(td_text_count(t), td_utf8_count(want));
    td_buf_deinit(&b);
}

static inline void
encode_into(const struct td_text *t, struct td_buf *b)
{
    td_buf_reset(b);
    td_text_encode(t, b);
    assert_int_equal(b->err, TANDEM_OK);
}

static inline void
assert_same_bytes(const struct td_buf *a, const struct td_buf *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->ptr, b->ptr, a->len);
}

// decode(encode(t)), with its bytes and text compared.
static inline struct td_text *
reborn(const struct td_text *t)
{
    struct td_buf a, b, text;
    struct td_text *d = NULL;
    tandem_slice peek;

    td_buf_init(&a, NULL, SIZE_MAX);
    td_buf_init(&b, NULL, SIZE_MAX);
    td_buf_init(&text, NULL, SIZE_MAX);
    encode_into(t, &a);
    assert_int_equal(td_text_decode(NULL, td_buf_slice(&a), &d), TANDEM_OK);
    encode_into(d, &b);
    assert_same_bytes(&a, &b);
    assert_int_equal(td_text_read(t, &text), TANDEM_OK);
    assert_int_equal(td_text_peek(td_buf_slice(&a), &peek), TANDEM_OK);
    assert_true(td_slice_eq(peek, td_buf_slice(&text)));
    assert_text(d, peek);
    td_buf_deinit(&a);
    td_buf_deinit(&b);
    td_buf_deinit(&text);
    return d;
}

// The rule as the paper states it, one node per code point, no shortcuts.
enum { ORACLE_MAX = 128 };

struct oracle_node {
    struct td_char id;
    int parent, right; // -1 = none
    bool left_side;
};

struct oracle {
    struct oracle_node node[ORACLE_MAX];
    int count;
    int order[ORACLE_MAX]; // document order
};

static inline int
oracle_find(const struct oracle *o, const struct td_char *c)
{
    for (int i = 0; i < o->count; i++) {
        if (td_char_cmp(&o->node[i].id, c) == 0) {
            return i;
        }
    }
    return -1;
}

static inline int
oracle_place(const struct oracle *o, int n)
{
    for (int i = 0; i < o->count; i++) {
        if (o->order[i] == n) {
            return i;
        }
    }
    return o->count; // -1, the end
}

static inline bool
oracle_before(
    const struct oracle *o, const int *old, int old_count, int a, int b)
{
    const struct oracle_node *x = &o->node[a], *y = &o->node[b];

    if (!x->left_side && x->right != y->right) {
        int i = old_count, j = old_count;
        for (int k = 0; k < old_count; k++) {
            i = old[k] == x->right ? k : i;
            j = old[k] == y->right ? k : j;
        }
        return i > j;
    }
    return td_char_cmp(&x->id, &y->id) < 0;
}

static inline void
oracle_walk(struct oracle *o, const int *old, int old_count, int n, int *out)
{
    for (int pass = 0; pass < 2; pass++) {
        int kids[ORACLE_MAX], count = 0;
        for (int i = 0; i < o->count; i++) {
            if (o->node[i].parent == n && o->node[i].left_side == !pass) {
                int k = count++;
                while (
                    k > 0 && oracle_before(o, old, old_count, i, kids[k - 1])) {
                    kids[k] = kids[k - 1];
                    k--;
                }
                kids[k] = i;
            }
        }
        for (int i = 0; i < count; i++) {
            oracle_walk(o, old, old_count, kids[i], out);
        }
        if (pass == 0 && n >= 0) {
            o->order[(*out)++] = n;
        }
    }
}

static inline void
oracle_insert(struct oracle *o, const struct op *op)
{
    int left = op->has_left ? oracle_find(o, &op->left) : -1;
    int right = op->has_right ? oracle_find(o, &op->right) : -1;
    uint32_t len = (uint32_t)td_utf8_count(op->utf8);

    for (uint32_t i = 0; i < len; i++) {
        int n = o->count, up = right, old[ORACLE_MAX], out = 0;
        struct oracle_node *x = &o->node[n];

        assert_true(n < ORACLE_MAX);
        x->id = at_char(op->dot, i);
        x->right = right;
        x->parent = left;
        x->left_side = false;
        up = right >= 0 ? o->node[right].parent : -2;
        while (up >= 0 && up != left) {
            up = o->node[up].parent;
        }
        if (right >= 0 && up == left) {
            x->parent = right;
            x->left_side = true;
        }
        memcpy(old, o->order, sizeof old);
        o->count++;
        oracle_walk(o, old, n, -1, &out);
        assert_int_equal(out, o->count);
        left = n;
    }
}

static inline void
assert_order(const struct td_text *t, const struct oracle *o)
{
    struct td_buf b;
    const struct td_char *c;
    const void *p;

    td_buf_init(&b, NULL, SIZE_MAX);
    assert_int_equal(td_text_order(t, &b), TANDEM_OK);
    assert_int_equal(b.len, (size_t)o->count * sizeof *c);
    p = b.ptr;
    c = p;
    for (int i = 0; i < o->count; i++) {
        assert_int_equal(td_char_cmp(&c[i], &o->node[o->order[i]].id), 0);
    }
    td_buf_deinit(&b);
}

#endif
