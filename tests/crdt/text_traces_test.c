// SPDX-License-Identifier: Apache-2.0
// text_traces_test.c - conformance cases of FugueMax, and real typing.
//
// Under a sanitizer the long traces are cut to their first CUT transactions
// and compared with a plain array of code points; other builds play them to
// the end and compare with the trace's own end text too.
#include "crdt/text_help.h"
#include "crdt/trace.h"

#if defined(__SANITIZE_ADDRESS__)
enum { CUT = 8000 };
#else
enum { CUT = 1000000 };
#endif

// An agent's character (agent, number) as an id: log = the agent's name,
// seq = the number its insertion began with.
static struct td_dot
agent_dot(tandem_slice agent, long seq)
{
    struct td_dot d;

    memset(&d, 0, sizeof d);
    assert_true(agent.len <= sizeof d.log.b);
    memcpy(d.log.b, agent.ptr, agent.len);
    d.seq = (uint64_t)seq;
    return d;
}

// Operations as data, owned by an arena.
struct ops {
    struct op op[512];
    size_t count;
};

static struct op *
add_insert(struct ops *o, struct td_dot d, tandem_slice text)
{
    struct op *op = &o->op[o->count++];

    assert_true(o->count <= 512);
    memset(op, 0, sizeof *op);
    op->dot = d;
    op->utf8 = text;
    return op;
}

static void
add_delete(struct ops *o, struct td_dot d, struct td_arena *a,
    const struct td_buf *ranges)
{
    struct op *op = add_insert(o, d, tandem_bytes(NULL, 0));
    tandem_slice copy = td_arena_dup(a, td_buf_slice(ranges));
    const void *p = copy.ptr;

    op->range = p;
    op->range_count = copy.len / sizeof(struct td_char_range);
}

// ---- id form

static struct td_char
find_char(const struct ops *o, const struct json *j)
{
    struct td_dot d = agent_dot(json_at(j, 0)->s, 0);
    uint64_t n = (uint64_t)json_at(j, 1)->num;

    for (size_t i = 0; i < o->count; i++) {
        const struct op *op = &o->op[i];
        size_t len = td_utf8_count(op->utf8);
        if (len > 0 && td_log_id_cmp(op->dot.log, d.log) == 0 &&
            n >= op->dot.seq && n - op->dot.seq < len) {
            return at_char(op->dot, (uint32_t)(n - op->dot.seq));
        }
    }
    fail();
    return at_char(d, 0);
}

static void
put_char_range(const struct ops *o, const struct json *j, struct td_buf *b)
{
    struct json agent = *json_at(j, 0), seq = *json_at(j, 1), pair = {0};
    long len = json_at(j, 2)->num;

    pair.first = &agent;
    agent.next = &seq;
    for (long i = 0; i < len; i++, seq.num++) {
        struct td_char_range r;
        memset(&r, 0, sizeof r);
        r.first = find_char(o, &pair);
        r.len = 1;
        td_buf_put(b, &r, sizeof r);
    }
}

static void
read_ops(const struct json *list, struct ops *o, struct td_arena *a)
{
    o->count = 0;
    for (const struct json *j = list->first; j != NULL; j = j->next) {
        struct td_dot d = agent_dot(json_at(j, 1)->s, json_at(j, 2)->num);
        if (json_at(j, 0)->s.ptr[0] == 'i') {
            const struct json *l = json_at(j, 3), *r = json_at(j, 4);
            struct op op;
            memset(&op, 0, sizeof op);
            op.has_left = l->kind == J_LIST;
            op.has_right = r->kind == J_LIST;
            if (op.has_left) {
                op.left = find_char(o, l);
            }
            if (op.has_right) {
                op.right = find_char(o, r);
            }
            op.dot = d;
            op.utf8 = json_at(j, 5)->s;
            *add_insert(o, d, op.utf8) = op;
        } else {
            struct td_buf b;
            td_buf_init(&b, NULL, SIZE_MAX);
            for (const struct json *k = json_at(j, 3)->first; k != NULL;
                 k = k->next) {
                put_char_range(o, k, &b);
            }
            add_delete(o, d, a, &b);
            td_buf_deinit(&b);
        }
    }
}

static bool
names_done(const struct ops *o, const bool *done, const struct td_char *c)
{
    for (size_t i = 0; i < o->count; i++) {
        if (o->op[i].utf8.len > 0 && td_dot_cmp(&o->op[i].dot, &c->dot) == 0) {
            return done[i];
        }
    }
    return false;
}

static bool
ready(const struct ops *o, const bool *done, const struct op *op)
{
    bool fine = true;

    for (size_t i = 0; i < o->count; i++) { // its author's earlier numbers
        if (td_log_id_cmp(o->op[i].dot.log, op->dot.log) == 0 &&
            o->op[i].dot.seq < op->dot.seq) {
            fine = fine && done[i];
        }
    }
    fine = fine && (!op->has_left || names_done(o, done, &op->left));
    fine = fine && (!op->has_right || names_done(o, done, &op->right));
    for (size_t i = 0; fine && i < op->range_count; i++) {
        fine = names_done(o, done, &op->range[i].first);
    }
    return fine;
}

static void
deliver_list(const struct ops *o, const struct json *order, tandem_slice want,
    struct td_buf *bytes)
{
    struct td_text *t = text_new();
    bool done[512] = {false}, here[512] = {false};
    struct td_buf b;

    for (const struct json *j = order->first; j != NULL; j = j->next) {
        bool more = true;
        here[j->num] = true;
        if (done[j->num]) { // a duplicate
            assert_int_equal(apply(t, &o->op[j->num]), TANDEM_OK);
        }
        while (more) {
            more = false;
            for (size_t i = 0; i < o->count; i++) {
                if (here[i] && !done[i] && ready(o, done, &o->op[i])) {
                    assert_int_equal(apply(t, &o->op[i]), TANDEM_OK);
                    done[i] = more = true;
                }
            }
        }
    }
    assert_text(t, want);
    td_buf_init(&b, NULL, SIZE_MAX);
    encode_into(t, &b);
    if (bytes->len == 0) {
        td_buf_put_slice(bytes, td_buf_slice(&b));
        td_text_free(reborn(t));
    }
    assert_same_bytes(bytes, &b);
    td_buf_deinit(&b);
    td_text_free(t);
}

static void
test_conformance_ids(void **state)
{
    struct td_buf file =
        unzip("conformance/gen-fuguemax-unicode.idops.jsonl.gz");
    tandem_slice all = td_buf_slice(&file);
    struct ops *o = calloc(1, sizeof *o);
    struct td_arena a;
    unsigned cases = 0;

    (void)state;
    assert_non_null(o);
    td_arena_init(&a, NULL, SIZE_MAX);
    for (; all.len > 0; cases++, td_arena_reset(&a)) {
        tandem_slice line = next_line(&all);
        const struct json *c = json_read(&a, &line);
        struct td_buf bytes;

        td_buf_init(&bytes, NULL, SIZE_MAX);
        read_ops(json_get(c, "ops"), o, &a);
        for (const struct json *d = json_get(c, "deliver")->first; d != NULL;
             d = d->next) {
            deliver_list(o, d, json_get(c, "end_fuguemax")->s, &bytes);
        }
        td_buf_deinit(&bytes);
    }
    assert_int_equal(cases, 600);
    td_arena_deinit(&a);
    td_buf_deinit(&file);
    free(o);
}

// ---- index form

// One patch of a transaction, made on `t` and kept as operations. *seq is
// the author's next number.
static void
make_patch(struct td_text *t, struct ops *o, struct td_arena *a,
    const struct json *patch, tandem_slice agent, long *seq)
{
    size_t at = (size_t)json_at(patch, 0)->num;
    size_t del = (size_t)json_at(patch, 1)->num;
    tandem_slice ins = json_at(patch, 2)->s;

    if (del > 0) {
        struct td_buf b;
        td_buf_init(&b, NULL, SIZE_MAX);
        assert_int_equal(td_text_ranges(t, at, del, &b), TANDEM_OK);
        add_delete(o, agent_dot(agent, *seq), a, &b);
        td_buf_deinit(&b);
        assert_int_equal(apply(t, &o->op[o->count - 1]), TANDEM_OK);
        *seq += (long)del;
    }
    if (ins.len > 0) {
        struct op *op = add_insert(o, agent_dot(agent, *seq), ins);
        assert_int_equal(td_text_neighbours(t, at, &op->has_left, &op->left,
                             &op->has_right, &op->right),
            TANDEM_OK);
        assert_int_equal(apply(t, op), TANDEM_OK);
        *seq += (long)td_utf8_count(ins);
    }
}

enum { TXNS = 64 };

struct graph {
    struct ops ops;
    uint64_t seen[TXNS]; // ancestors, itself included
    size_t from[TXNS + 1];
};

static struct td_text *
at_version(const struct graph *g, uint64_t seen)
{
    struct td_text *t = text_new();

    for (size_t i = 0; i < TXNS; i++) {
        for (size_t k = g->from[i]; (seen >> i & 1) != 0 && k < g->from[i + 1];
             k++) {
            assert_int_equal(apply(t, &g->ops.op[k]), TANDEM_OK);
        }
    }
    return t;
}

static void
play_graph(const struct json *c, struct graph *g, struct td_arena *a)
{
    const struct json *want = json_get(c, "at")->first;
    struct td_text *t;
    uint64_t all = 0;
    size_t i = 0;

    memset(g, 0, sizeof *g);
    for (const struct json *x = json_get(c, "txns")->first; x != NULL;
         x = x->next, i++) {
        long seq = json_get(x, "s")->num;

        assert_true(i < TXNS);
        g->from[i] = g->ops.count;
        for (const struct json *p = json_get(x, "p")->first; p != NULL;
             p = p->next) {
            g->seen[i] |= g->seen[p->num];
        }
        t = at_version(g, g->seen[i]);
        for (const struct json *d = json_get(x, "d")->first; d != NULL;
             d = d->next) {
            make_patch(t, &g->ops, a, d, json_get(x, "a")->s, &seq);
        }
        g->seen[i] |= UINT64_C(1) << i;
        g->from[i + 1] = g->ops.count;
        all |= g->seen[i];
        if (want != NULL) {
            assert_text(t, want->s);
            want = want->next;
        }
        td_text_free(t);
    }
    t = at_version(g, all);
    assert_text(t, json_get(c, "end")->s);
    td_text_free(reborn(t));
    td_text_free(t);
}

static void
play_graphs(const char *name, unsigned count)
{
    struct td_buf file = unzip(name);
    tandem_slice all = td_buf_slice(&file);
    struct graph *g = calloc(1, sizeof *g);
    struct td_arena a;
    unsigned cases = 0;

    assert_non_null(g);
    td_arena_init(&a, NULL, SIZE_MAX);
    for (; all.len > 0; cases++, td_arena_reset(&a)) {
        tandem_slice line = next_line(&all);
        play_graph(json_read(&a, &line), g, &a);
    }
    assert_int_equal(cases, count);
    td_arena_deinit(&a);
    td_buf_deinit(&file);
    free(g);
}

static void
test_conformance_versions(void **state)
{
    (void)state;
    play_graphs("conformance/gen-fuguemax-unicode.jsonl.gz", 600);
    play_graphs("conformance/dt-fuguemax-1000.jsonl.gz", 1000);
}

// ---- traces of real typing

struct trace {
    struct td_buf ops;    // struct op, in the order of the file
    struct td_buf from;   // size_t per transaction: its first operation
    struct td_buf ranges; // bytes the operations borrow
    struct td_arena arena;
    struct td_text *t[2]; // one replica per agent
    struct td_buf seen[2];
    struct td_buf plain; // uint32_t: what the text should be (sequential)
    size_t txns;
    bool concurrent;
};

static struct op *
op_at(const struct trace *r, size_t i)
{
    void *p = r->ops.ptr + i * sizeof(struct op);

    return p;
}

static size_t
from_of(const struct trace *r, size_t txn)
{
    size_t v;

    memcpy(&v, r->from.ptr + txn * sizeof v, sizeof v);
    return v;
}

// The same edit on the plain array.
static void
edit_plain(struct td_buf *b, size_t at, size_t del, tandem_slice ins)
{
    size_t n = td_utf8_count(ins), was = b->len / 4, i = 0;

    assert_true(at + del <= was);
    (void)td_buf_room(b, n * 4);
    memmove(
        b->ptr + 4 * (at + n), b->ptr + 4 * (at + del), 4 * (was - at - del));
    b->len = 4 * (was - del + n);
    for (uint8_t *p = b->ptr + 4 * at; i < ins.len; p += 4) {
        memset(p, 0, 4);
        for (size_t k = 0;
             k == 0 || (i < ins.len && (ins.ptr[i] & 0xc0) == 0x80); k++) {
            p[k] = ins.ptr[i++];
        }
    }
}

static void
assert_plain(const struct td_text *t, const struct td_buf *plain)
{
    struct td_buf b;

    td_buf_init(&b, NULL, SIZE_MAX);
    for (size_t i = 0; i < plain->len; i++) {
        if (plain->ptr[i] != 0 || (i % 4 == 0)) {
            td_buf_put_u8(&b, plain->ptr[i]);
        }
    }
    assert_text(t, td_buf_slice(&b));
    td_buf_deinit(&b);
}

static void
put_op(struct trace *r, struct td_text *t, struct op *o)
{
    assert_int_equal(apply(t, o), TANDEM_OK);
    td_buf_put(&r->ops, o, sizeof *o);
}

static void
play_patch(struct trace *r, struct td_text *t, unsigned agent,
    const struct json *patch)
{
    size_t at = (size_t)json_at(patch, 0)->num;
    size_t del = (size_t)json_at(patch, 1)->num;
    tandem_slice ins = json_at(patch, 2)->s;
    struct op o;

    memset(&o, 0, sizeof o);
    o.dot = dot(agent, r->ops.len / sizeof o, 0, 0);
    if (del > 0) {
        struct td_buf b;
        const void *p;
        td_buf_init(&b, NULL, SIZE_MAX);
        assert_int_equal(td_text_ranges(t, at, del, &b), TANDEM_OK);
        p = td_arena_dup(&r->arena, td_buf_slice(&b)).ptr;
        o.range = p;
        o.range_count = b.len / sizeof *o.range;
        td_buf_deinit(&b);
        put_op(r, t, &o);
        o.dot.seq++;
    }
    if (ins.len > 0) {
        o.utf8 = td_arena_dup(&r->arena, ins);
        assert_int_equal(td_text_neighbours(t, at, &o.has_left, &o.left,
                             &o.has_right, &o.right),
            TANDEM_OK);
        put_op(r, t, &o);
    }
    if (!r->concurrent) {
        edit_plain(&r->plain, at, del, ins);
    }
}

// Brings replica `k` up to transaction `txn` and all it rests on: a walk
// back over parents (kept per transaction), then forward.
struct parents {
    size_t of[2];
    size_t count;
};

static void
catch_up(struct trace *r, unsigned k, const struct td_buf *parents,
    struct parents start)
{
    struct td_buf todo, found;
    size_t n;

    td_buf_init(&todo, NULL, SIZE_MAX);
    td_buf_init(&found, NULL, SIZE_MAX);
    td_buf_put(&todo, start.of, start.count * sizeof start.of[0]);
    while (todo.len > 0) {
        struct parents p;
        todo.len -= sizeof n;
        memcpy(&n, todo.ptr + todo.len, sizeof n);
        if (r->seen[k].ptr[n] != 0) {
            continue;
        }
        r->seen[k].ptr[n] = 1;
        td_buf_put(&found, &n, sizeof n);
        memcpy(&p, parents->ptr + n * sizeof p, sizeof p);
        td_buf_put(&todo, p.of, p.count * sizeof p.of[0]);
    }
    // Parents stand earlier in the file: in rising order all is there.
    while (found.len > 0) {
        size_t least = 0, v, w;
        for (size_t i = 1; i < found.len / sizeof n; i++) {
            memcpy(&v, found.ptr + i * sizeof n, sizeof v);
            memcpy(&w, found.ptr + least * sizeof n, sizeof w);
            least = v < w ? i : least;
        }
        memcpy(&n, found.ptr + least * sizeof n, sizeof n);
        found.len -= sizeof n;
        memmove(found.ptr + least * sizeof n,
            found.ptr + (least + 1) * sizeof n, found.len - least * sizeof n);
        for (size_t i = from_of(r, n); i < from_of(r, n + 1); i++) {
            assert_int_equal(apply(r->t[k], op_at(r, i)), TANDEM_OK);
        }
    }
    td_buf_deinit(&todo);
    td_buf_deinit(&found);
}

static void
play_lines(struct trace *r, tandem_slice all, bool concurrent)
{
    struct td_buf parents;
    struct td_arena line_arena;
    struct parents heads = {.count = 0};
    size_t n = 0;

    td_buf_init(&parents, NULL, SIZE_MAX);
    td_arena_init(&line_arena, NULL, SIZE_MAX);
    td_buf_put(&r->from, &n, sizeof n);
    for (; all.len > 0 && r->txns < CUT; r->txns++) {
        tandem_slice line = next_line(&all);
        const struct json *x = json_read(&line_arena, &line);
        unsigned agent = (unsigned)json_get(x, "a")->num;
        struct parents p = {.count = 0};

        for (const struct json *j = json_get(x, "p")->first; j != NULL;
             j = j->next) {
            p.of[p.count++] = (size_t)j->num;
        }
        if (concurrent) {
            catch_up(r, agent, &parents, p);
            r->seen[agent].ptr[r->txns] = 1;
        }
        for (const struct json *d = json_get(x, "d")->first; d != NULL;
             d = d->next) {
            play_patch(r, r->t[agent], agent, d);
        }
        td_buf_put(&parents, &p, sizeof p);
        n = r->ops.len / sizeof(struct op);
        td_buf_put(&r->from, &n, sizeof n);
        td_arena_reset(&line_arena);
        heads = (struct parents){.of = {r->txns}, .count = 1};
    }
    for (unsigned k = 0; concurrent && k < 2; k++) {
        for (size_t i = 0; i < r->txns; i++) {
            heads = (struct parents){.of = {i}, .count = 1};
            catch_up(r, k, &parents, heads);
        }
    }
    td_buf_deinit(&parents);
    td_arena_deinit(&line_arena);
}

// Every operation on a new replica, in a random order that keeps to what
// operations name; among the first `count`.
static void
shuffle_into(
    const struct trace *r, size_t count, struct td_text *t, uint64_t *rng)
{
    bool *done = calloc(count, 1);
    size_t *left = calloc(count, sizeof *left), n = count;

    assert_non_null(done);
    assert_non_null(left);
    for (size_t i = 0; i < count; i++) {
        left[i] = i;
    }
    while (n > 0) {
        // A window keeps this near linear: operations name recent ones.
        size_t k = (size_t)(next_random(rng) % (n < 64 ? n : 64));
        size_t i = left[k];
        const struct op *o = op_at(r, i);
        bool fine = (!o->has_left || done[o->left.dot.seq]) &&
                    (!o->has_right || done[o->right.dot.seq]);

        for (size_t j = 0; fine && j < o->range_count; j++) {
            fine = done[o->range[j].first.dot.seq];
        }
        if (!fine) {
            continue;
        }
        assert_int_equal(apply(t, o), TANDEM_OK);
        done[i] = true;
        n--;
        memmove(left + k, left + k + 1, (n - k) * sizeof *left);
    }
    free(done);
    free(left);
}

static void
compare_replicas(const struct trace *r, bool concurrent)
{
    uint64_t rng = seed_of_run();
    size_t ops = r->ops.len / sizeof(struct op);
    struct td_buf want, got;

    td_buf_init(&want, NULL, SIZE_MAX);
    td_buf_init(&got, NULL, SIZE_MAX);
    for (int k = 0; k < 3; k++) { // whole and in order; a part, shuffled
        size_t count = k == 0 || ops < 4000 ? ops : 4000;
        struct td_text *a = text_new();
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(apply(a, op_at(r, i)), TANDEM_OK);
        }
        encode_into(a, &want);
        if (k == 0) {
            encode_into(r->t[0], &got);
            assert_same_bytes(&want, &got);
            if (concurrent) {
                encode_into(r->t[1], &got);
                assert_same_bytes(&want, &got);
            }
            td_text_free(reborn(a));
        } else {
            struct td_text *b = text_new();
            shuffle_into(r, count, b, &rng);
            encode_into(b, &got);
            assert_same_bytes(&want, &got);
            td_text_free(b);
        }
        td_text_free(a);
    }
    td_buf_deinit(&want);
    td_buf_deinit(&got);
}

static void
play(const char *name, bool concurrent)
{
    char path[128];
    struct trace r = {.concurrent = concurrent};
    struct td_buf file, end;
    tandem_slice all;
    bool whole;

    snprintf(path, sizeof path, "%s.jsonl.gz", name);
    file = unzip(path);
    snprintf(path, sizeof path, "%s.end.txt.gz", name);
    end = unzip(path);
    all = td_buf_slice(&file);
    (void)next_line(&all);
    td_buf_init(&r.ops, NULL, SIZE_MAX);
    td_buf_init(&r.from, NULL, SIZE_MAX);
    td_buf_init(&r.plain, NULL, SIZE_MAX);
    td_arena_init(&r.arena, NULL, SIZE_MAX);
    for (int k = 0; k < 2; k++) {
        r.t[k] = text_new();
        td_buf_init(&r.seen[k], NULL, SIZE_MAX);
        memset(td_buf_room(&r.seen[k], file.len), 0, file.len);
    }
    play_lines(&r, all, concurrent);
    whole = r.txns < CUT;
    if (whole) {
        assert_text(r.t[0], td_buf_slice(&end));
    }
    if (!concurrent) {
        assert_plain(r.t[0], &r.plain);
    }
    compare_replicas(&r, concurrent);
    printf("%s: %zu transactions%s\n", name, r.txns, whole ? "" : " (cut)");
    td_text_free(r.t[0]);
    td_text_free(r.t[1]);
    td_buf_deinit(&r.seen[0]);
    td_buf_deinit(&r.seen[1]);
    td_buf_deinit(&r.ops);
    td_buf_deinit(&r.from);
    td_buf_deinit(&r.plain);
    td_arena_deinit(&r.arena);
    td_buf_deinit(&file);
    td_buf_deinit(&end);
}

static void
test_trace_note(void **state)
{
    (void)state;
    play("note2k-500e", false);
}

static void
test_trace_sequential(void **state)
{
    static const char *const name[] = {"sveltecomponent", "rustcode",
        "json-crdt-blog-post", "friendsforever_flat", "automerge-paper"};

    (void)state;
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        play(name[i], false);
    }
}

static void
test_trace_two_people_at_once(void **state)
{
    (void)state;
    play("friendsforever", true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance_ids),
        cmocka_unit_test(test_conformance_versions),
        cmocka_unit_test(test_trace_note),
        cmocka_unit_test(test_trace_sequential),
        cmocka_unit_test(test_trace_two_people_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
