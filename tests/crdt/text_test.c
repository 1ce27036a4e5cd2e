// SPDX-License-Identifier: Apache-2.0
// text_test.c - the text type: order, deletion, state bytes, failures.
#include "crdt/text.h"

#include "base/limits.h"
#include "crdt/text_help.h"
#include "crdt/text_node.h"

static void
type_at(struct td_text *t, size_t at, struct td_dot d, const char *s)
{
    struct op o = {.dot = d, .utf8 = td_slice_str(s)};

    assert_int_equal(
        td_text_neighbours(t, at, &o.has_left, &o.left, &o.has_right, &o.right),
        TANDEM_OK);
    assert_int_equal(apply(t, &o), TANDEM_OK);
}

static void
erase(struct td_text *t, size_t at, size_t n)
{
    struct td_buf b;
    const void *p;

    td_buf_init(&b, NULL, SIZE_MAX);
    assert_int_equal(td_text_ranges(t, at, n, &b), TANDEM_OK);
    p = b.ptr;
    assert_int_equal(
        td_text_delete(t, p, b.len / sizeof(struct td_char_range)), TANDEM_OK);
    td_buf_deinit(&b);
}

static void
assert_sound(const struct td_text *t)
{
    bool sound = false;

    assert_int_equal(td_text_check(t, &sound), TANDEM_OK);
    assert_true(sound);
}

static void
test_text_types_and_erases(void **state)
{
    struct td_text *t = text_new(), *d;

    (void)state;
    assert_text(t, td_slice_str(""));
    d = reborn(t);
    td_text_free(d);
    type_at(t, 0, dot(1, 1, 0, 0), "hello");
    type_at(t, 5, dot(1, 2, 0, 0), " w\xc3\xb6rld");
    type_at(t, 5, dot(2, 1, 0, 0), ",");
    assert_text(t, td_slice_str("hello, w\xc3\xb6rld"));
    erase(t, 8, 2);
    assert_text(t, td_slice_str("hello, wld"));
    erase(t, 0, 1);
    type_at(t, 0, dot(1, 3, 7, 9), "\xf0\x9f\x98\x80J");
    assert_text(t, td_slice_str("\xf0\x9f\x98\x80Jello, wld"));
    assert_sound(t);
    d = reborn(t);
    assert_sound(d);
    type_at(d, 2, dot(2, 2, 0, 0), "!");
    type_at(t, 2, dot(2, 2, 0, 0), "!");
    td_text_free(d);
    d = reborn(t);
    assert_text(d, td_slice_str("\xf0\x9f\x98\x80J!ello, wld"));
    td_text_free(d);
    td_text_free(t);
}

static void
test_text_typing_burst_is_one_item(void **state)
{
    struct td_text *t = text_new();
    struct td_buf b;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        type_at(t, i, dot(1, i * 3, 0, 0), "x");
    }
    assert_int_equal(t->node_count, TD_TEXT_FIRST + 1);
    for (unsigned i = 0; i < 500; i++) { // backspace
        erase(t, 999 - i, 1);
    }
    assert_int_equal(t->node_count, TD_TEXT_FIRST + 2);
    for (unsigned i = 0; i < 250; i++) { // delete key
        erase(t, 100, 1);
    }
    assert_int_equal(t->node_count, TD_TEXT_FIRST + 4);
    assert_sound(t);
    td_buf_init(&b, NULL, SIZE_MAX);
    encode_into(t, &b);
    assert_in_range(b.len, 1250, 1350); // 250 of text, 1,000 insertions
    td_buf_deinit(&b);
    td_text_free(t);
}

static void
test_text_refuses_bad_operations(void **state)
{
    static const uint8_t bad[] = {0xed, 0xa0, 0x80};
    struct td_text *t = text_new();
    struct td_dot a = dot(1, 1, 0, 0), b = dot(1, 2, 0, 0);
    struct td_char in = at_char(a, 1), beyond = at_char(a, 2);
    struct td_char self = at_char(b, 0), later = at_char(dot(1, 3, 0, 0), 0);
    struct td_char_range r = {.first = in, .len = 2};
    tandem_slice s = td_slice_str("ab");
    bool has;

    (void)state;
    assert_int_equal(td_text_insert(t, &a, NULL, NULL, s, false), TANDEM_OK);
    assert_int_equal(td_text_insert(t, &b, NULL, NULL, td_slice_str(""), false),
        TANDEM_EVALUE);
    assert_int_equal(
        td_text_insert(t, &b, NULL, NULL, tandem_bytes(bad, sizeof bad), false),
        TANDEM_EVALUE);
    assert_int_equal(
        td_text_insert(t, &b, &beyond, NULL, s, false), TANDEM_EVALUE);
    assert_int_equal(
        td_text_insert(t, &b, &self, NULL, s, false), TANDEM_EVALUE);
    assert_int_equal(
        td_text_insert(t, &b, NULL, &later, s, false), TANDEM_EVALUE);
    assert_int_equal(td_text_delete(t, &r, 1), TANDEM_EVALUE);
    r.len = 0;
    assert_int_equal(td_text_delete(t, &r, 1), TANDEM_EVALUE);
    r.len = UINT32_MAX;
    assert_int_equal(td_text_delete(t, &r, 1), TANDEM_EVALUE);
    assert_int_equal(
        td_text_neighbours(t, 3, &has, &in, &has, &in), TANDEM_EVALUE);
    assert_text(t, s);
    // The same operation again, even with other content: no change.
    assert_int_equal(
        td_text_insert(t, &a, &in, NULL, td_slice_str("zzz"), false),
        TANDEM_OK);
    assert_text(t, s);
    td_text_free(t);
}

static void
test_text_unknown_neighbour_hangs_at_the_end(void **state)
{
    struct td_text *t[2], *d;
    struct td_char gone = at_char(dot(9, 1, 0, 0), 0);
    struct td_dot x = dot(2, 1, 0, 0), y = dot(1, 5, 0, 0);
    struct td_buf b[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        t[i] = text_new();
        td_buf_init(&b[i], NULL, SIZE_MAX);
        for (int k = 0; k < 2; k++) {
            const struct td_dot *o = (i ^ k) != 0 ? &x : &y;
            assert_int_equal(td_text_insert(t[i], o, &gone, NULL,
                                 td_slice_str(o == &x ? "X" : "Y"), false),
                TANDEM_OK);
        }
        type_at(t[i], 0, dot(3, 1, 0, 0), "main ");
        type_at(t[i], 5, dot(3, 2, 0, 0), "text ");
        assert_true(td_text_adrift(t[i]));
        assert_text(t[i], td_slice_str("main text YX"));
        type_at(t[i], 12, dot(3, 3, 0, 0), "!");
        assert_sound(t[i]);
        encode_into(t[i], &b[i]);
    }
    assert_same_bytes(&b[0], &b[1]);
    d = reborn(t[0]);
    assert_true(td_text_adrift(d));
    td_text_free(d);
    for (int i = 0; i < 2; i++) {
        td_text_free(t[i]);
        td_buf_deinit(&b[i]);
    }
}

static void
test_text_hidden_run_stands_as_deleted(void **state)
{
    struct td_text *t = text_new(), *d;
    struct td_char c = at_char(dot(1, 1, 0, 0), 1);

    (void)state;
    assert_int_equal(
        td_text_insert(t, &c.dot, NULL, NULL, td_slice_str("secret"), true),
        TANDEM_OK);
    assert_text(t, td_slice_str(""));
    c.dot = dot(1, 1, 0, 0);
    {
        struct td_dot o = dot(2, 1, 0, 0);
        assert_int_equal(
            td_text_insert(t, &o, &c, NULL, td_slice_str("seen"), false),
            TANDEM_OK);
    }
    assert_text(t, td_slice_str("seen"));
    assert_false(td_text_adrift(t));
    d = reborn(t);
    td_text_free(d);
    td_text_free(t);
}

static void
test_text_typed_inside_a_concurrent_deletion_survives(void **state)
{
    struct td_text *t = text_new(), *u;

    (void)state;
    type_at(t, 0, dot(1, 1, 0, 0), "delete me");
    assert_int_equal(td_text_dup(t, &u), TANDEM_OK);
    type_at(u, 6, dot(2, 1, 0, 0), "KEEP");
    erase(t, 0, 9);
    {
        struct td_dot o = dot(2, 1, 0, 0);
        struct td_char l = at_char(dot(1, 1, 0, 0), 5), r = l;
        r.offset = 6;
        assert_int_equal(
            td_text_insert(t, &o, &l, &r, td_slice_str("KEEP"), false),
            TANDEM_OK);
    }
    assert_text(t, td_slice_str("KEEP"));
    {
        struct td_char_range all = {
            .first = at_char(dot(1, 1, 0, 0), 0), .len = 9};
        assert_int_equal(td_text_delete(u, &all, 1), TANDEM_OK);
        assert_int_equal(td_text_delete(u, &all, 1), TANDEM_OK);
    }
    assert_text(u, td_slice_str("KEEP"));
    td_text_free(t);
    td_text_free(u);
}

// 100,000 deep, both ways: nothing recurses.
static void
test_text_deep_chains(void **state)
{
    enum { DEEP = 100000 };
    struct td_text *t = text_new(), *d;

    (void)state;
    for (unsigned i = 0; i < DEEP; i++) {
        struct td_dot o = dot(i % 2, i, 0, 0);
        struct td_char c = at_char(dot((i - 1) % 2, i - 1, 0, 0), 0);
        assert_int_equal(td_text_insert(t, &o, NULL, i > 0 ? &c : NULL,
                             td_slice_str("a"), false),
            TANDEM_OK);
    }
    for (unsigned i = DEEP; i < 2 * DEEP; i++) {
        struct td_dot o = dot(i % 2, i, 0, 0);
        struct td_char c = at_char(dot((i - 1) % 2, i - 1, 0, 0), 0);
        assert_int_equal(
            td_text_insert(t, &o, &c, NULL, td_slice_str("b"), false),
            TANDEM_OK);
    }
    assert_int_equal(td_text_count(t), 2 * DEEP);
    d = reborn(t);
    assert_sound(d);
    td_text_free(d);
    td_text_free(t);
}

// All operation graphs of `count` single insertions whose neighbours are any
// earlier ones (most of them no honest editor would name), with authors in
// the order of `rank`; every delivery order that the names allow.
struct graph {
    struct op op[5];
    unsigned need[5]; // operations that must come first
    int count;
    struct oracle oracle;
    struct td_buf want, got;
    unsigned long deliveries;
};

static void
deliver_all(struct graph *g, const struct td_text *t, unsigned done)
{
    if (done == (1u << g->count) - 1) {
        g->deliveries++;
        encode_into(t, &g->got);
        if (g->want.len == 0) {
            td_buf_put_slice(&g->want, td_buf_slice(&g->got));
            assert_sound(t);
            td_text_free(reborn(t));
        }
        assert_same_bytes(&g->want, &g->got);
        assert_order(t, &g->oracle);
        return;
    }
    for (int i = 0; i < g->count; i++) {
        struct td_text *next;
        if ((done & 1u << i) != 0 || (g->need[i] & ~done) != 0) {
            continue;
        }
        assert_int_equal(td_text_dup(t, &next), TANDEM_OK);
        assert_int_equal(apply(next, &g->op[i]), TANDEM_OK);
        deliver_all(g, next, done | 1u << i);
        td_text_free(next);
    }
}

static void
try_graph(struct graph *g, const unsigned *rank, unsigned code)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    struct td_text *t = text_new();

    g->oracle.count = 0;
    td_buf_reset(&g->want);
    for (int i = 0; i < g->count; i++) {
        struct op *o = &g->op[i];
        unsigned left = code % (unsigned)(i + 1);
        unsigned right = code / (unsigned)(i + 1) % (unsigned)(i + 1);

        code /= (unsigned)((i + 1) * (i + 1));
        memset(o, 0, sizeof *o);
        o->dot = dot(rank[i], 1, 0, 0);
        o->utf8 = td_slice_str(names[i]);
        g->need[i] = 0;
        if (left > 0) {
            o->has_left = true;
            o->left = at_char(g->op[left - 1].dot, 0);
            g->need[i] |= 1u << (left - 1);
        }
        if (right > 0) {
            o->has_right = true;
            o->right = at_char(g->op[right - 1].dot, 0);
            g->need[i] |= 1u << (right - 1);
        }
        oracle_insert(&g->oracle, o);
    }
    deliver_all(g, t, 0);
    td_text_free(t);
}

static bool
next_permutation(unsigned *p, int n)
{
    int i = n - 2, j = n - 1;

    while (i >= 0 && p[i] > p[i + 1]) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    while (p[j] < p[i]) {
        j--;
    }
    for (unsigned s = p[i]; s != p[j] && p[i] == s;) {
        p[i] = p[j];
        p[j] = s;
    }
    for (int a = i + 1, b = n - 1; a < b; a++, b--) {
        unsigned s = p[a];
        p[a] = p[b];
        p[b] = s;
    }
    return true;
}

static void
exhaust(int count, unsigned long stride)
{
    struct graph *g = calloc(1, sizeof *g);
    unsigned codes = 1;
    unsigned rank[5] = {0, 1, 2, 3, 4};
    unsigned long n = 0, tried = 0;

    assert_non_null(g);
    g->count = count;
    td_buf_init(&g->want, NULL, SIZE_MAX);
    td_buf_init(&g->got, NULL, SIZE_MAX);
    for (int i = 0; i < count; i++) {
        codes *= (unsigned)((i + 1) * (i + 1));
    }
    do {
        for (unsigned code = 0; code < codes; code++) {
            if (n++ % stride == 0) {
                try_graph(g, rank, code);
                tried++;
            }
        }
    } while (next_permutation(rank, count));
    printf("%d insertions: %lu graphs, %lu delivery orders\n", count, tried,
        g->deliveries);
    assert_true(g->deliveries > tried);
    td_buf_deinit(&g->want);
    td_buf_deinit(&g->got);
    free(g);
}

static void
test_text_order_is_the_tree_for_every_small_graph(void **state)
{
    (void)state;
    exhaust(2, 1);
    exhaust(3, 1);
    exhaust(4, 1);
    exhaust(5, 499); // of 1,728,000 graphs with their ids, every 499th
}

// Random graphs: three authors, runs, honest and hostile neighbours,
// deletions; delivered in random orders with duplicates.
enum { OPS = 14 };

struct session {
    struct op op[OPS];
    unsigned need[OPS];
    struct td_char_range range[OPS];
    char text[OPS][16];
    int count;
    uint64_t rng;
};

static struct td_char
any_char(struct session *s, int before, unsigned *need)
{
    for (;;) {
        int i = (int)(next_random(&s->rng) % (unsigned)before);
        const struct op *o = &s->op[i];
        if (o->utf8.len > 0) {
            *need |= 1u << i;
            return at_char(o->dot,
                (uint32_t)(next_random(&s->rng) % td_utf8_count(o->utf8)));
        }
    }
}

static unsigned
need_of(const struct session *s, const struct td_char *c)
{
    for (int i = 0; i < s->count; i++) {
        if (s->op[i].utf8.len > 0 && td_dot_cmp(&s->op[i].dot, &c->dot) == 0) {
            return 1u << i;
        }
    }
    fail();
    return 0;
}

static void
honest(struct session *s, struct op *o, unsigned *need)
{
    struct td_text *t = text_new();

    // What the author has seen: some operations with all they need.
    for (int i = 0, seen = 0; i < s->count; i++) {
        if ((s->need[i] & ~(unsigned)seen) == 0 &&
            next_random(&s->rng) % 4 > 0) {
            assert_int_equal(apply(t, &s->op[i]), TANDEM_OK);
            seen |= 1 << i;
        }
    }
    assert_int_equal(
        td_text_neighbours(t, next_random(&s->rng) % (td_text_count(t) + 1),
            &o->has_left, &o->left, &o->has_right, &o->right),
        TANDEM_OK);
    *need |= o->has_left ? need_of(s, &o->left) : 0;
    *need |= o->has_right ? need_of(s, &o->right) : 0;
    td_text_free(t);
}

static void
make_session(struct session *s)
{
    static const char *const piece[] = {
        "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    uint64_t seq[3] = {0, 0, 0};

    s->count = 0;
    for (int i = 0; i < OPS; i++, s->count++) {
        struct op *o = &s->op[i];
        unsigned who = (unsigned)(next_random(&s->rng) % 3);

        memset(o, 0, sizeof *o);
        s->need[i] = 0;
        seq[who] += next_random(&s->rng) % 3;
        o->dot = dot(who, seq[who], (unsigned)i, 0);
        if (i > 0 && next_random(&s->rng) % 4 == 0) {
            struct td_char_range *r = &s->range[i];
            r->first = any_char(s, i, &s->need[i]);
            r->len = 1;
            for (int k = 0; k < i; k++) {
                if (td_dot_cmp(&s->op[k].dot, &r->first.dot) == 0) {
                    size_t n = td_utf8_count(s->op[k].utf8);
                    r->len += (uint32_t)(next_random(&s->rng) %
                                         (n - r->first.offset));
                }
            }
            o->range = r;
            o->range_count = 1;
            continue;
        }
        s->text[i][0] = '\0';
        for (size_t k = next_random(&s->rng) % 4 + 1; k > 0; k--) {
            strcat(s->text[i], piece[next_random(&s->rng) % 4]);
        }
        if (i > 0 && next_random(&s->rng) % 3 == 0) {
            o->has_left = next_random(&s->rng) % 4 > 0;
            o->has_right = next_random(&s->rng) % 4 > 0;
            if (o->has_left) {
                o->left = any_char(s, i, &s->need[i]);
            }
            if (o->has_right) {
                o->right = any_char(s, i, &s->need[i]);
            }
        } else {
            honest(s, o, &s->need[i]);
        }
        o->utf8 = td_slice_str(s->text[i]);
    }
}

// Random order; now and then an operation twice, or the text goes through
// its bytes.
static struct td_text *
deliver(struct session *s)
{
    struct td_text *t = text_new();
    unsigned done = 0;

    while (done != (1u << s->count) - 1) {
        int i = (int)(next_random(&s->rng) % (unsigned)s->count);
        if ((s->need[i] & ~done) != 0) {
            continue;
        }
        assert_int_equal(apply(t, &s->op[i]), TANDEM_OK);
        done |= 1u << i;
        if (next_random(&s->rng) % 8 == 0) {
            struct td_text *d = reborn(t);
            td_text_free(t);
            t = d;
        }
    }
    return t;
}

// Each code point an insertion of its own, ids in the same order.
static void
assert_same_as_single_characters(
    const struct session *s, const struct td_text *t)
{
    struct td_text *u = text_new();
    struct td_buf b;

    for (int i = 0; i < s->count; i++) {
        struct op o = s->op[i];
        for (uint32_t k = 0; o.utf8.len == 0 && k < o.range->len; k++) {
            struct td_char_range r = {.first = o.range->first, .len = 1};
            r.first.dot.op = (uint16_t)(r.first.offset + k);
            r.first.offset = 0;
            assert_int_equal(td_text_delete(u, &r, 1), TANDEM_OK);
        }
        o.left.dot.op = (uint16_t)o.left.offset;
        o.right.dot.op = (uint16_t)o.right.offset;
        o.left.offset = 0;
        o.right.offset = 0;
        for (size_t at = 0, n = 0; at < s->op[i].utf8.len; n++) {
            size_t end = at + 1;
            while (end < s->op[i].utf8.len &&
                   (s->op[i].utf8.ptr[end] & 0xc0) == 0x80) {
                end++;
            }
            o.utf8 = tandem_bytes(s->op[i].utf8.ptr + at, end - at);
            o.dot.op = (uint16_t)n;
            assert_int_equal(apply(u, &o), TANDEM_OK);
            o.has_left = true;
            o.left = at_char(o.dot, 0);
            at = end;
        }
    }
    td_buf_init(&b, NULL, SIZE_MAX);
    assert_int_equal(td_text_read(u, &b), TANDEM_OK);
    assert_text(t, td_buf_slice(&b));
    td_buf_deinit(&b);
    td_text_free(u);
}

static void
prop_text_any_delivery_gives_the_same_bytes(void **state)
{
    struct session *s = calloc(1, sizeof *s);
    struct oracle *o = calloc(1, sizeof *o);
    struct td_buf want, got;

    (void)state;
    assert_non_null(s);
    assert_non_null(o);
    s->rng = seed_of_run();
    td_buf_init(&want, NULL, SIZE_MAX);
    td_buf_init(&got, NULL, SIZE_MAX);
    for (int round = 0; round < 150; round++) {
        struct td_text *t = text_new();

        make_session(s);
        o->count = 0;
        for (int i = 0; i < s->count; i++) { // decode(encode) at every prefix
            assert_int_equal(apply(t, &s->op[i]), TANDEM_OK);
            if (s->op[i].utf8.len > 0) {
                oracle_insert(o, &s->op[i]);
            }
            assert_order(t, o);
            td_text_free(reborn(t));
        }
        assert_sound(t);
        encode_into(t, &want);
        assert_same_as_single_characters(s, t);
        td_text_free(t);
        for (int k = 0; k < 8; k++) {
            t = deliver(s);
            encode_into(t, &got);
            assert_same_bytes(&want, &got);
            assert_order(t, o);
            assert_sound(t);
            td_text_free(t);
        }
    }
    td_buf_deinit(&want);
    td_buf_deinit(&got);
    free(s);
    free(o);
}

// Two people type at one place at once, forward, backward or mixed: nobody's
// passage is torn.
static void
prop_text_passages_stay_contiguous(void **state)
{
    uint64_t rng = seed_of_run();

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct td_text *base = text_new(), *t[2], *all;
        struct op op[2][12];
        struct td_buf b;
        const uint8_t *p;
        size_t turns = 0;

        type_at(base, 0, dot(9, 1, 0, 0), "()");
        assert_int_equal(td_text_dup(base, &all), TANDEM_OK);
        for (unsigned w = 0; w < 2; w++) {
            size_t lo = 1, n = 0;
            assert_int_equal(td_text_dup(base, &t[w]), TANDEM_OK);
            for (unsigned i = 0; i < 12; i++, n++) {
                struct op *o = &op[w][i];
                size_t at =
                    lo + (round % 3 == 0      ? n
                             : round % 3 == 1 ? 0
                                              : next_random(&rng) % 2 * n);
                memset(o, 0, sizeof *o);
                o->dot = dot(w, i, 0, 0);
                o->utf8 = td_slice_str(w == 0 ? "a" : "b");
                assert_int_equal(td_text_neighbours(t[w], at, &o->has_left,
                                     &o->left, &o->has_right, &o->right),
                    TANDEM_OK);
                assert_int_equal(apply(t[w], o), TANDEM_OK);
            }
        }
        for (size_t i = 0, j = 0; i + j < 24;) {
            if (j == 12 || (i < 12 && next_random(&rng) % 2 == 0)) {
                assert_int_equal(apply(all, &op[0][i++]), TANDEM_OK);
            } else {
                assert_int_equal(apply(all, &op[1][j++]), TANDEM_OK);
            }
        }
        td_buf_init(&b, NULL, SIZE_MAX);
        assert_int_equal(td_text_read(all, &b), TANDEM_OK);
        p = b.ptr;
        for (size_t i = 1; i < b.len; i++) {
            turns += p[i] != p[i - 1];
        }
        assert_int_equal(b.len, 26);
        assert_int_equal(turns, 3); // ( a b )
        td_buf_deinit(&b);
        td_text_free(base);
        td_text_free(t[0]);
        td_text_free(t[1]);
        td_text_free(all);
    }
}

// Flipped, cut and grown states: refused, or they are what encode() writes.
static void
prop_text_decode_accepts_only_what_encode_writes(void **state)
{
    struct session *s = calloc(1, sizeof *s);
    struct td_buf b, again;
    unsigned long accepted = 0;

    (void)state;
    assert_non_null(s);
    s->rng = seed_of_run();
    td_buf_init(&b, NULL, SIZE_MAX);
    td_buf_init(&again, NULL, SIZE_MAX);
    for (int round = 0; round < 30; round++) {
        struct td_text *t;

        make_session(s);
        t = deliver(s);
        encode_into(t, &b);
        td_text_free(t);
        for (size_t i = 0; i < b.len; i++) {
            for (unsigned k = 0; k < 6; k++) {
                uint8_t was = b.ptr[i];
                uint8_t flip[] = {1, 2, 4, 0x10, 0x20, 0x80};
                b.ptr[i] ^= flip[k];
                t = NULL;
                if (td_text_decode(NULL, td_buf_slice(&b), &t) == TANDEM_OK) {
                    bool sound = false;
                    accepted++;
                    encode_into(t, &again);
                    assert_same_bytes(&b, &again);
                    assert_int_equal(td_text_check(t, &sound), TANDEM_OK);
                    assert_true(sound);
                    type_at(t, 0, dot(7, 1, 0, 0), "new");
                    td_text_free(reborn(t));
                }
                td_text_free(t);
                b.ptr[i] = was;
            }
            t = NULL;
            assert_int_equal(td_text_decode(NULL, tandem_bytes(b.ptr, i), &t),
                TANDEM_ECORRUPT);
            assert_null(t);
        }
    }
    printf("%lu changed states are states too\n", accepted);
    td_buf_deinit(&b);
    td_buf_deinit(&again);
    free(s);
}

// The state's bytes, while no allocation fails and none is counted.
static void
encode_calmly(struct faulty *f, const struct td_text *t, struct td_buf *b)
{
    struct faulty was = *f;

    f->fail_at = 0;
    encode_into(t, b);
    f->fail_at = was.fail_at;
    f->calls = was.calls;
}

static void
oom_text_operations_leave_the_text_as_it_was(void **state)
{
    struct faulty f = {0};
    tandem_sys sys = faulty_sys(&f);
    struct session *s = calloc(1, sizeof *s);
    struct td_buf was, now;

    (void)state;
    assert_non_null(s);
    s->rng = seed_of_run();
    make_session(s);
    td_buf_init(&was, NULL, SIZE_MAX);
    td_buf_init(&now, NULL, SIZE_MAX);
    for (long n = 1;; n++) {
        struct td_text *t = NULL, *d = NULL;
        tandem_err err;

        f = (struct faulty){.fail_at = n};
        if (td_text_new(&sys, &t) != TANDEM_OK) {
            assert_null(t);
            assert_int_equal(f.live, 0);
            continue;
        }
        for (int i = 0; i < s->count; i++) {
            encode_calmly(&f, t, &was);
            err = apply(t, &s->op[i]);
            if (err != TANDEM_OK) {
                assert_int_equal(err, TANDEM_ENOMEM);
                encode_calmly(&f, t, &now);
                assert_same_bytes(&was, &now);
                assert_sound(t);
                assert_int_equal(apply(t, &s->op[i]), TANDEM_OK);
            }
        }
        encode_calmly(&f, t, &was);
        err = td_text_dup(t, &d);
        assert_true((err == TANDEM_OK) == (d != NULL));
        td_text_free(d);
        d = NULL;
        err = td_text_decode(&sys, td_buf_slice(&was), &d);
        assert_true(err == TANDEM_OK || err == TANDEM_ENOMEM);
        assert_true((err == TANDEM_OK) == (d != NULL));
        td_text_free(d);
        td_buf_reset(&now);
        td_text_encode(t, &now);
        assert_true(now.err == TANDEM_OK || now.err == TANDEM_ENOMEM);
        if (now.err == TANDEM_OK) {
            assert_same_bytes(&was, &now);
        }
        td_text_free(t);
        assert_int_equal(f.live, 0);
        if (f.failed == 0) {
            assert_true(n > 40);
            break;
        }
    }
    td_buf_deinit(&was);
    td_buf_deinit(&now);
    free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_types_and_erases),
        cmocka_unit_test(test_text_typing_burst_is_one_item),
        cmocka_unit_test(test_text_refuses_bad_operations),
        cmocka_unit_test(test_text_unknown_neighbour_hangs_at_the_end),
        cmocka_unit_test(test_text_hidden_run_stands_as_deleted),
        cmocka_unit_test(test_text_typed_inside_a_concurrent_deletion_survives),
        cmocka_unit_test(test_text_deep_chains),
        cmocka_unit_test(test_text_order_is_the_tree_for_every_small_graph),
        cmocka_unit_test(prop_text_any_delivery_gives_the_same_bytes),
        cmocka_unit_test(prop_text_passages_stay_contiguous),
        cmocka_unit_test(prop_text_decode_accepts_only_what_encode_writes),
        cmocka_unit_test(oom_text_operations_leave_the_text_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
