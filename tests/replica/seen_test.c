// SPDX-License-Identifier: Apache-2.0
// seen_test.c - what the author of a change had before them: on three devices
// with screens of any age, every device tells of every change, byte for byte,
// the state that its author's screen held and what it became.
#include "replica/world.h"

#include "replica/history.h"

#define EDITS_MAX   160
#define RECORDS_MAX 6
#define DEVICES     3

struct expected {
    struct td_hash16 hash; // of the commit
    tandem_id id;
    struct td_hash before, after;
};

struct screens {
    struct world w;
    tandem_id ids[RECORDS_MAX];
    size_t count;
    struct td_snapshot old[DEVICES][RECORDS_MAX]; // state NULL: none kept
    struct expected e[EDITS_MAX];
    size_t edits;
};

static uint64_t
below(struct screens *x, uint64_t n)
{
    return help_next(&x->w.random) % n;
}

static struct td_hash
bytes_of(const struct td_record *state)
{
    struct td_hash hash;
    struct td_buf b;

    td_buf_init(&b, NULL, TD_RECORD_BYTES_MAX);
    ok(td_record_encode(state, &b));
    hash = td_hash_of(td_buf_slice(&b));
    td_buf_deinit(&b);
    return hash;
}

static void
type_something(struct screens *x, struct typing *t)
{
    static const char *const words[] = {"Anne", "Bruno", "Chloe", "Djamel"};
    const char *word = words[below(x, 4)];
    struct td_op *op;

    switch (below(x, 6)) {
    case 0:
    case 1:
        typing_set(t, F_NAME, below(x, 6) == 0 ? NULL : word);
        break;
    case 2:
        typing_op(t, below(x, 3) == 0 ? TD_OP_REMOVE : TD_OP_ADD, F_TAGS)
            ->value = typing_value(t, word);
        break;
    case 3:
        op = typing_op(t, TD_OP_PUT, F_CALLS);
        op->key = typing_value(t, word);
        op->value = typing_value(t, words[below(x, 4)]);
        break;
    case 4:
        typing_op(t, TD_OP_COUNT, F_COUNT)->delta = (int64_t)below(x, 9) - 4;
        break;
    default:
        typing_op(t, TD_OP_MARK, 0)->deleted = below(x, 2) > 0;
        break;
    }
}

// Commit what was typed on this screen, and note both states.
static void
save(struct screens *x, struct td_replica *r, const struct td_snapshot *seen,
    struct typing *t)
{
    struct expected *e = &x->e[x->edits++];
    struct td_typed typed = {.record = seen->id,
        .kind = KIND_SHEET,
        .seen = seen->state,
        .ops = t->ops,
        .op_count = t->count};
    const struct td_seen *names;
    struct td_snapshot after;
    struct td_place at;
    tandem_error error = {0};
    size_t n;

    td_pack_tag("test.pack", typed.pack);
    x->w.now_ms += 1000;
    ok(td_replica_commit(
        r, seen->sector, r->me, &typed, 1, x->w.now_ms, &at, &error));
    n = td_record_seen(seen->state, &names);
    ok(td_replica_read_edit(r, seen->id, names, n, &at, &after));
    e->hash = td_hash_short(&at.hash);
    e->id = seen->id;
    e->before = bytes_of(seen->state);
    e->after = bytes_of(after.state);
    td_snapshot_deinit(&after);
}

// On the record as it is, or on a screen that was left open.
static void
edit(struct screens *x)
{
    const size_t d = below(x, DEVICES), i = below(x, x->count);
    struct td_snapshot *old = &x->old[d][i], now;
    struct typing t;

    if (td_replica_read(x->w.d[d].r, x->ids[i], &now) != TANDEM_OK) {
        return; // not heard of here yet
    }
    typing_init(&t);
    type_something(x, &t);
    save(x, x->w.d[d].r, old->state != NULL && below(x, 3) == 0 ? old : &now,
        &t);
    typing_deinit(&t);
    if (old->state == NULL || below(x, 4) == 0) {
        td_snapshot_deinit(old);
        *old = now;
    } else {
        td_snapshot_deinit(&now);
    }
}

static const struct td_history_entry *
find_entry(const struct td_history *h, const struct td_hash16 *hash)
{
    for (size_t i = 0; i < h->count; i++) {
        if (memcmp(h->at[i].hash.b, hash->b, sizeof(hash->b)) == 0) {
            return &h->at[i];
        }
    }
    return NULL;
}

static void
assert_told(struct screens *x, struct td_replica *r, const struct expected *e)
{
    const struct td_history_entry *entry;
    struct td_record *state;
    struct td_history h;
    struct td_arena a;
    struct td_hash told;

    td_arena_init(&a, NULL, TD_REPLICA_ARENA_MAX);
    ok(td_replica_history(r, e->id, &a, &h));
    entry = find_entry(&h, &e->hash);
    assert_non_null(entry);
    assert_true(entry->settled && entry->admitted && entry->reason == 0);
    ok(td_history_state(&x->w.d[0].sys, &h, entry->change, false, &state));
    told = bytes_of(state);
    assert_memory_equal(told.b, e->before.b, sizeof(told.b));
    td_record_free(state);
    ok(td_history_state(&x->w.d[0].sys, &h, entry->change, true, &state));
    told = bytes_of(state);
    assert_memory_equal(told.b, e->after.b, sizeof(told.b));
    td_record_free(state);
    td_arena_deinit(&a);
}

static void
meet_all(struct screens *x)
{
    for (size_t i = 0; i < DEVICES; i++) {
        for (size_t k = 0; k < DEVICES; k++) {
            if (i != k) {
                (void)world_push(&x->w, x->w.d[i].r, x->w.d[k].r);
            }
        }
    }
}

static void
prop_every_device_tells_what_each_author_saw(void **state)
{
    struct screens *x = calloc(1, sizeof(*x));

    (void)state;
    assert_non_null(x);
    world_init(&x->w, help_seed());
    world_found(&x->w, DEVICES, 1, TANDEM_RIGHT_AGENT);
    for (; x->count < RECORDS_MAX; x->count++) {
        x->ids[x->count] =
            world_sheet(&x->w, x->w.d[below(x, DEVICES)].r, 0, "first");
    }
    for (int i = 0; i < EDITS_MAX; i++) {
        if (below(x, 5) == 0) {
            (void)world_push(&x->w, x->w.d[below(x, DEVICES)].r,
                x->w.d[below(x, DEVICES)].r);
        } else {
            edit(x);
        }
    }
    meet_all(x);
    meet_all(x);
    assert_true(x->edits > EDITS_MAX / 3);
    for (size_t d = 0; d < DEVICES; d++) {
        for (size_t i = 0; i < x->edits; i++) {
            assert_told(x, x->w.d[d].r, &x->e[i]);
        }
    }
    for (size_t d = 0; d < DEVICES; d++) {
        for (size_t i = 0; i < x->count; i++) {
            td_snapshot_deinit(&x->old[d][i]);
        }
    }
    world_deinit(&x->w);
    free(x);
}

// ----------------------------------------------------------- without effect

static tandem_err
lose_payload(struct td_txn *t, void *ctx)
{
    const uint8_t *key = ctx;

    return td_del(t, TD_T_PAYLOADS, (tandem_slice){key, 14});
}

static void
test_a_change_that_cannot_be_read_is_listed_by_its_place(void **state)
{
    struct td_log_id logs[64];
    struct td_log_info log = {0};
    struct td_history h;
    struct td_arena a;
    struct world w;
    uint8_t key[14] = {0};
    tandem_id id;
    size_t n;

    (void)state;
    world_init(&w, 31);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    id = world_sheet(&w, w.d[0].r, 0, "Anne");
    world_set(&w, w.d[0].r, id, F_NAME, "Bea");
    (void)world_push(&w, w.d[0].r, w.d[1].r);
    world_set(&w, w.d[1].r, id, F_NOTE, "Seen.");
    n = world_logs(w.d[1].r, DATA, logs);
    for (size_t i = 0; i < n; i++) {
        struct td_log_info one;

        if (world_known(w.d[1].r, logs[i], &one) &&
            td_id_cmp(one.sector, w.sectors[0]) == 0 && one.head_seq > 0) {
            log = one; // the office's, which has two
        }
    }
    td_put_be32(key, log.number);
    td_put_be64(key + 4, log.head_seq);
    ok(td_store_write(w.d[1].r->store, lose_payload, key, NULL));
    td_arena_init(&a, NULL, TD_REPLICA_ARENA_MAX);
    ok(td_replica_history(w.d[1].r, id, &a, &h));
    assert_int_equal(3, h.count);
    assert_true(h.at[0].settled);
    assert_null(h.at[2].change);
    assert_int_equal(TANDEM_WAIT_PAYLOAD, h.at[2].reason);
    assert_int_equal(log.head_seq, h.at[2].seq);
    assert_int_equal(
        0, td_device_cmp(h.at[2].device, td_replica_device(w.d[0].r)));
    // Without it, what was typed on it waits.
    assert_false(h.at[1].settled);
    assert_int_equal(TANDEM_WAIT_CHANGE, h.at[1].reason);
    td_arena_deinit(&a);
    for (size_t i = 0; i < w.count; i++) {
        device_close(&w.d[i]); // one is damaged: nothing is counted there
        help_dir_free(&w.d[i].dir);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_every_device_tells_what_each_author_saw),
        cmocka_unit_test(
            test_a_change_that_cannot_be_read_is_listed_by_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
