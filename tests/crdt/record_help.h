// SPDX-License-Identifier: Apache-2.0
// record_help.h - changes by the dozen, honest and lying, and the two ways to
// a record's state: change by change with a waiting list, or one build.
#ifndef TESTS_CRDT_RECORD_HELP_H
#define TESTS_CRDT_RECORD_HELP_H

#include "base/faulty.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/slice.h"
#include "codec/writer.h"
#include "crdt/record.h"

#define WORLD_MAX 600
#define LOGS_MAX  8

static const uint8_t help_pack[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static const tandem_id help_id = {{0xaa, 1}};
#define HELP_KIND 4

struct world {
    struct td_arena arena;
    uint64_t random;
    const struct td_change *c[WORLD_MAX];
    bool admitted[WORLD_MAX];
    size_t count;
    size_t logs;
    uint64_t next_seq[LOGS_MAX];
    bool knows[LOGS_MAX][WORLD_MAX]; // what each device holds
    bool holds[LOGS_MAX][WORLD_MAX]; // ... and what it keeps in quarantine
};

static inline void
world_init(struct world *w, uint64_t seed, size_t logs)
{
    memset(w, 0, sizeof *w);
    td_arena_init(&w->arena, NULL, (size_t)64 << 20);
    w->random = seed;
    w->logs = logs;
    for (size_t i = 0; i < LOGS_MAX; i++) {
        w->next_seq[i] = 1;
    }
}

static inline void
world_deinit(struct world *w)
{
    td_arena_deinit(&w->arena);
}

static inline uint64_t
below(struct world *w, uint64_t n)
{
    return next_random(&w->random) % n;
}

static inline struct td_log_id
log_of(size_t n)
{
    struct td_log_id id = {{0}};

    id.b[0] = (uint8_t)(16 * (n + 1));
    id.b[15] = (uint8_t)n;
    return id;
}

static inline struct td_hash16
hash_of(size_t log, uint64_t seq)
{
    struct td_hash16 h = {{0}};

    h.b[0] = (uint8_t)(0x80 + log);
    td_put_be64(h.b + 8, seq);
    return h;
}

static inline tandem_id
person_of(size_t n)
{
    tandem_id id = {{0x77}};

    id.b[15] = (uint8_t)n;
    return id;
}

static inline tandem_slice
bytes_of(struct td_arena *a, const void *p, size_t n)
{
    return td_arena_dup(a, (tandem_slice){p, n});
}

// A small canonical value: 0..15.
static inline tandem_slice
number(unsigned n)
{
    static const uint8_t n16[16] = {
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    return (tandem_slice){&n16[n % 16], 1};
}

static inline struct td_op
op_set(uint64_t field, tandem_slice value, const char *why)
{
    struct td_op op = {.code = TD_OP_SET, .field = field, .value = value};

    op.why = td_slice_str(why == NULL ? "" : why);
    return op;
}

static inline struct td_op
op_value(uint64_t code, uint64_t field, tandem_slice value)
{
    return (struct td_op){.code = code, .field = field, .value = value};
}

static inline struct td_op
op_put(uint64_t field, tandem_slice key, tandem_slice value)
{
    return (struct td_op){
        .code = TD_OP_PUT, .field = field, .key = key, .value = value};
}

static inline struct td_op
op_drop(uint64_t field, tandem_slice key)
{
    return (struct td_op){.code = TD_OP_DROP, .field = field, .key = key};
}

static inline struct td_op
op_count(uint64_t field, int64_t delta)
{
    return (struct td_op){.code = TD_OP_COUNT, .field = field, .delta = delta};
}

static inline struct td_op
op_mark(bool deleted)
{
    return (struct td_op){.code = TD_OP_MARK, .deleted = deleted};
}

static inline struct td_op
op_why(const char *why)
{
    return (struct td_op){.code = TD_OP_WHY, .why = td_slice_str(why)};
}

// Characters of logs that it does not name itself: by some path to them.
static inline void
some_refs(struct world *w, struct td_change *c)
{
    struct td_ref *refs = td_arena_array(&w->arena, w->logs, sizeof *refs);

    assert_non_null(refs);
    for (size_t i = 0; i < w->logs; i++) {
        refs[i] = (struct td_ref){.name = log_of(i),
            .log = log_of(i),
            .seq = UINT32_MAX,
            .hash = hash_of(i, 0)};
        for (size_t k = 0; k < c->ref_count; k++) {
            if (td_log_id_cmp(c->refs[k].name, refs[i].name) == 0) {
                refs[i] = c->refs[k];
            }
        }
    }
    c->refs = refs;
    c->ref_count = w->logs;
}

// Writes the body, reads it back into the world's memory. NULL: refused.
static inline const struct td_change *
through_bytes(struct world *w, const struct td_change *made)
{
    struct td_change named = *made;
    const struct td_change *c = &named;
    struct td_change *out = td_arena_alloc(&w->arena, sizeof *out);
    struct td_buf body;
    struct td_buf again;
    tandem_err err;

    assert_non_null(out);
    some_refs(w, &named);
    td_buf_init(&body, NULL, TD_PAYLOAD_BYTES_MAX);
    td_buf_init(&again, NULL, TD_PAYLOAD_BYTES_MAX);
    assert_int_equal(td_change_encode(c, &body), TANDEM_OK);
    err = td_change_decode(
        bytes_of(&w->arena, body.ptr, body.len), c, NULL, &w->arena, out);
    if (err == TANDEM_OK) {
        assert_int_equal(td_change_encode(out, &again), TANDEM_OK);
        assert_int_equal(again.len, body.len);
        assert_memory_equal(again.ptr, body.ptr, body.len);
    } else {
        assert_int_equal(err, TANDEM_ECORRUPT);
        out = NULL;
    }
    td_buf_deinit(&body);
    td_buf_deinit(&again);
    return out;
}

static inline size_t
world_add(struct world *w, const struct td_change *c, bool admitted)
{
    assert_true(w->count < WORLD_MAX);
    w->c[w->count] = c;
    w->admitted[w->count] = admitted;
    return w->count++;
}

// The state of the changes for which `have` (NULL = all) is true.
static inline struct td_record *
world_build(
    const struct world *w, const bool *have, const bool *held, bool *applied)
{
    static struct td_held set[WORLD_MAX];
    struct td_record *r = NULL;
    size_t n = 0;

    for (size_t i = 0; i < w->count; i++) {
        if (have == NULL || have[i]) {
            set[n++] = (struct td_held){.change = w->c[i],
                .admitted = held == NULL ? w->admitted[i] : !held[i]};
        }
    }
    assert_int_equal(
        td_record_build(NULL, set, n, help_id, help_pack, HELP_KIND, &r),
        TANDEM_OK);
    for (size_t i = 0; applied != NULL && i < w->count; i++) {
        applied[i] = false;
        for (size_t k = 0; k < n; k++) {
            applied[i] |= set[k].change == w->c[i] && set[k].applied;
        }
    }
    return r;
}

static inline struct td_record *
record_new(void)
{
    struct td_record *r = NULL;

    assert_int_equal(
        td_record_new(NULL, help_id, help_pack, HELP_KIND, &r), TANDEM_OK);
    return r;
}

static inline void
record_bytes(const struct td_record *r, struct td_buf *out)
{
    td_buf_init(out, NULL, TD_RECORD_BYTES_MAX);
    assert_int_equal(td_record_encode(r, out), TANDEM_OK);
}

static inline void
assert_same_record(const struct td_record *a, const struct td_record *b)
{
    struct td_buf x;
    struct td_buf y;

    record_bytes(a, &x);
    record_bytes(b, &y);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.ptr, y.ptr, x.len);
    td_buf_deinit(&x);
    td_buf_deinit(&y);
}

// To bytes and back; the bytes are the same again.
static inline struct td_record *
record_again(struct td_record *r)
{
    struct td_record *out = NULL;
    struct td_buf bytes;

    record_bytes(r, &bytes);
    assert_int_equal(
        td_record_decode(NULL, td_buf_slice(&bytes), &out), TANDEM_OK);
    assert_same_record(r, out);
    td_buf_deinit(&bytes);
    td_record_free(r);
    return out;
}

// One change of `log` with the given context; seq is the log's next.
static inline struct td_change
change_of(struct world *w, size_t log, const struct td_op *ops, size_t count)
{
    struct td_change c = {0};

    c.log = c.prev_log = log_of(log);
    c.seq = w->next_seq[log]++;
    c.hash = hash_of(log, c.seq);
    c.version = TD_BODY_VERSION;
    c.record = help_id;
    c.person = person_of(log);
    memcpy(c.pack, help_pack, sizeof c.pack);
    c.kind = HELP_KIND;
    c.clock = 1000 + w->count;
    c.ops = ops;
    c.op_count = count;
    return c;
}

// Device `log` writes `ops`, having seen all it knows; it knows the result.
// Operations on text must have been typed on a snapshot of its own.
static inline const struct td_change *
device_writes(
    struct world *w, size_t log, const struct td_op *ops, size_t count)
{
    struct td_record *now = world_build(w, w->knows[log], w->holds[log], NULL);
    struct td_change c = change_of(w, log, ops, count);
    const struct td_change *out;

    assert_int_equal(
        td_record_context(now, now, log_of(log), &w->arena, &c), TANDEM_OK);
    out = through_bytes(w, &c);
    assert_non_null(out);
    w->knows[log][world_add(w, out, true)] = true;
    td_record_free(now);
    return out;
}

// Device `to` learns all that `from` knows.
static inline void
device_learns(struct world *w, size_t to, size_t from)
{
    for (size_t i = 0; i < w->count; i++) {
        w->knows[to][i] |= w->knows[from][i];
    }
}

// ------------------------------------------------------ change by change

struct arrivals {
    struct world *w;
    struct td_record *r;
    bool have[WORLD_MAX];
    bool waits[WORLD_MAX];
    size_t rebuilds, waited;
};

static inline int
place_cmp(const struct td_change *a, const struct td_change *b)
{
    if (a->index != b->index) {
        return a->index < b->index ? -1 : 1;
    }
    return memcmp(a->hash.b, b->hash.b, sizeof a->hash.b);
}

// A lower index of the same commit has come: this one does not count.
static inline bool
shadowed(const struct arrivals *a, size_t i)
{
    for (size_t k = 0; k < a->w->count; k++) {
        if (a->have[k] &&
            td_log_id_cmp(a->w->c[k]->log, a->w->c[i]->log) == 0 &&
            a->w->c[k]->seq == a->w->c[i]->seq &&
            place_cmp(a->w->c[k], a->w->c[i]) < 0) {
            return true;
        }
    }
    return false;
}

static inline void
offer(struct arrivals *a, size_t i)
{
    enum td_applied how = TD_APPLY_WAITS;
    struct td_wait_for wait = {0};

    a->waits[i] = false;
    if (shadowed(a, i)) {
        return;
    }
    assert_int_equal(
        td_record_apply(a->r, a->w->c[i], a->w->admitted[i], &how, &wait),
        TANDEM_OK);
    if (how == TD_APPLY_WAITS) {
        a->waits[i] = true;
        a->waited++;
    } else if (how == TD_APPLY_REBUILD) {
        bool applied[WORLD_MAX];

        a->rebuilds++;
        td_record_free(a->r);
        a->r = world_build(a->w, a->have, NULL, applied);
        for (size_t k = 0; k < a->w->count; k++) {
            a->waits[k] = a->have[k] && !applied[k];
        }
    }
}

static inline void
arrive(struct arrivals *a, size_t i)
{
    bool moved = true;

    a->have[i] = true;
    offer(a, i);
    while (moved) {
        moved = false;
        for (size_t k = 0; k < a->w->count; k++) {
            if (a->waits[k]) {
                offer(a, k);
                moved = moved || !a->waits[k];
            }
        }
    }
}

#endif
