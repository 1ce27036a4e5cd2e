// SPDX-License-Identifier: Apache-2.0
// record_order_test.c - the state is a function of the set of changes: any
// order, duplicated, change by change or built at once.
#include "crdt/record_world.h"

// In the given order, some twice, now and then through bytes.
static void
assert_order(
    struct world *w, const size_t *order, const struct td_record *whole)
{
    static struct arrivals a;

    memset(&a, 0, sizeof a);
    a.w = w;
    a.r = record_new();
    for (size_t i = 0; i < w->count; i++) {
        arrive(&a, order[i]);
        if (below(w, 8) == 0) {
            arrive(&a, order[below(w, i + 1)]);
        }
        if (below(w, 8) == 0) {
            a.r = record_again(a.r);
        }
    }
    assert_same_record(a.r, whole);
    td_record_free(a.r);
}

static bool
next_order(size_t *order, size_t n)
{
    size_t i = n - 1;
    size_t k = n - 1;

    while (i > 0 && order[i - 1] >= order[i]) {
        i--;
    }
    if (i == 0) {
        return false;
    }
    while (order[k] <= order[i - 1]) {
        k--;
    }
    size_t t = order[k];
    order[k] = order[i - 1];
    order[i - 1] = t;
    for (k = n - 1; i < k; i++, k--) {
        t = order[k];
        order[k] = order[i];
        order[i] = t;
    }
    return true;
}

static void
all_orders(struct world *w)
{
    struct td_record *whole = world_build(w, NULL, NULL, NULL);
    size_t order[8];

    assert_true(w->count <= 8);
    for (size_t i = 0; i < w->count; i++) {
        order[i] = i;
    }
    do {
        assert_order(w, order, whole);
    } while (w->count > 0 && next_order(order, w->count));
    td_record_free(whole);
}

static void
some_orders(struct world *w, size_t times)
{
    struct td_record *whole = world_build(w, NULL, NULL, NULL);
    static size_t order[WORLD_MAX];

    for (size_t i = 0; i < w->count; i++) {
        order[i] = i;
    }
    for (size_t k = 0; k < times; k++) {
        for (size_t i = w->count; i > 1; i--) {
            size_t j = below(w, i);
            size_t t = order[i - 1];

            order[i - 1] = order[j];
            order[j] = t;
        }
        assert_order(w, order, whole);
    }
    td_record_free(whole);
}

static struct world world;

static void
prop_all_orders_of_few_changes_give_the_same_bytes(void **state)
{
    uint64_t seed = seed_of_run();

    (void)state;
    for (size_t i = 0; i < 60; i++) {
        world_init(&world, seed + i, 1 + i % 3);
        random_world(&world, 1 + i % 5, i % 2 == 0 ? 0 : 60);
        all_orders(&world);
        world_deinit(&world);
    }
}

static void
prop_random_orders_of_many_changes_give_the_same_bytes(void **state)
{
    uint64_t seed = seed_of_run();

    (void)state;
    for (size_t i = 0; i < 24; i++) {
        world_init(&world, seed + 1000 + i, 2 + i % 6);
        random_world(&world, 30, i % 3 == 0 ? 0 : i % 3 == 1 ? 10 : 60);
        some_orders(&world, 4);
        world_deinit(&world);
    }
}

// An honest set needs no rebuild as long as each log comes in its order.
static void
prop_honest_logs_never_ask_for_a_rebuild(void **state)
{
    uint64_t seed = seed_of_run();
    static struct arrivals a;

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        struct td_record *whole;
        bool unknown = false;

        world_init(&world, seed + 2000 + i, 4);
        random_world(&world, 40, 0);
        whole = world_build(&world, NULL, NULL, NULL);
        memset(&a, 0, sizeof a);
        a.w = &world;
        a.r = record_new();
        for (size_t log = world.logs; log > 0; log--) { // device by device
            for (size_t k = 0; k < world.count; k++) {
                if (world.c[k]->log.b[15] == log - 1) {
                    arrive(&a, k);
                }
            }
        }
        assert_int_equal(a.rebuilds, 0);
        assert_same_record(a.r, whole);
        for (size_t k = 0; k < world.count; k++) {
            assert_false(a.waits[k]);
            for (size_t o = 0; o < world.c[k]->op_count; o++) {
                unknown |= world.admitted[k] && world.c[k]->ops[o].raw.len > 0;
            }
        }
        assert_int_equal(td_record_unread(whole), unknown);
        td_record_free(a.r);
        td_record_free(whole);
        world_deinit(&world);
    }
}

// What a quarantine held back and an acceptance lets in: as if it had never
// been held.
static void
prop_acceptance_is_a_build_with_other_flags(void **state)
{
    uint64_t seed = seed_of_run();

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        struct td_record *later;
        static size_t order[WORLD_MAX];

        world_init(&world, seed + 3000 + i, 3);
        random_world(&world, 25, 0);
        for (size_t k = 0; k < world.count; k++) {
            order[k] = k;
        }
        memset(world.admitted, 1, sizeof world.admitted);
        later = world_build(&world, NULL, NULL, NULL);
        assert_int_equal(td_record_changes(later), world.count);
        assert_order(&world, order, later);
        td_record_free(later);
        world_deinit(&world);
    }
}

static void
assert_same_versions(const struct td_record *a, const struct td_record *b,
    uint64_t field, uint64_t merge)
{
    const tandem_slice none = {NULL, 0};
    const size_t n = td_record_versions(a, field, merge, none);

    assert_int_equal(n, td_record_versions(b, field, merge, none));
    for (size_t i = 0; i < n; i++) {
        struct td_version x;
        struct td_version y;

        assert_true(td_record_version(a, field, merge, none, i, &x));
        assert_true(td_record_version(b, field, merge, none, i, &y));
        assert_true(td_slice_eq(x.value, y.value));
        assert_true(td_slice_eq(x.why, y.why));
    }
}

static void
assert_same_list(const struct td_list *a, const struct td_list *b)
{
    const struct td_listed *m;
    const struct td_listed *n;
    struct td_buf x;
    struct td_buf y;

    td_buf_init(&x, NULL, 1 << 20);
    td_buf_init(&y, NULL, 1 << 20);
    assert_int_equal(td_list_read(a, &x), TANDEM_OK);
    assert_int_equal(td_list_read(b, &y), TANDEM_OK);
    assert_int_equal(x.len, y.len);
    m = (const struct td_listed *)(const void *)x.ptr;
    n = (const struct td_listed *)(const void *)y.ptr;
    for (size_t i = 0; i < x.len / sizeof *m; i++) {
        assert_true(td_slice_eq(m[i].value, n[i].value));
        assert_int_equal(m[i].place, n[i].place);
    }
    td_buf_deinit(&x);
    td_buf_deinit(&y);
}

// The person's own copy, typed operation by operation, shows what the
// committed change gives.
static void
prop_typing_shows_what_the_commit_gives(void **state)
{
    uint64_t seed = seed_of_run();

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        struct td_record *snapshot;
        struct td_record *typed = NULL;
        struct td_record *committed = NULL;
        struct td_op ops[TYPED_MAX];
        struct td_change c;
        enum td_applied how = TD_APPLY_WAITS;
        struct td_wait_for wait;
        uint64_t field;
        uint64_t merge;
        uint64_t field2;
        uint64_t merge2;
        size_t n;

        world_init(&world, seed + 4000 + i, 3);
        random_world(&world, 6, 0);
        memset(world.knows[0], 1, world.count);
        snapshot = world_build(&world, world.knows[0], NULL, NULL);
        n = random_edit(&world, snapshot, 0, ops);
        c = change_of(&world, 0, ops, n);
        c.clock = 5000;
        assert_int_equal(
            td_record_context(snapshot, snapshot, log_of(0), &world.arena, &c),
            TANDEM_OK);
        assert_int_equal(td_record_dup(snapshot, &typed), TANDEM_OK);
        assert_int_equal(td_record_dup(snapshot, &committed), TANDEM_OK);
        assert_same_record(snapshot, committed);
        for (size_t k = 0; k < n; k++) {
            if (ops[k].code <= TD_OP_LAST) {
                assert_int_equal(td_record_type(typed, log_of(0), &ops[k], 1, k,
                                     c.person, c.clock),
                    TANDEM_OK);
            }
        }
        assert_int_equal(td_record_apply(committed, through_bytes(&world, &c),
                             true, &how, &wait),
            TANDEM_OK);
        assert_int_equal(how, TD_APPLIED);
        for (size_t k = 0; td_record_field(committed, k, &field, &merge); k++) {
            assert_true(td_record_field(typed, k, &field2, &merge2));
            assert_int_equal(field, field2);
            assert_int_equal(merge, merge2);
            assert_int_equal(td_record_elements(committed, field),
                td_record_elements(typed, field));
            assert_int_equal(
                td_record_keys(committed, field), td_record_keys(typed, field));
            if (merge == TD_OP_SET || merge == TD_OP_MOVE ||
                merge == TD_OP_LINE) {
                assert_same_versions(committed, typed, field, merge);
            }
            if (merge == TD_OP_PLACE) {
                assert_same_list(td_record_list(committed, field),
                    td_record_list(typed, field));
            }
            if (merge == TD_OP_INSERT) {
                struct td_buf x;
                struct td_buf y;

                td_buf_init(&x, NULL, 1 << 20);
                td_buf_init(&y, NULL, 1 << 20);
                assert_int_equal(
                    td_text_read(td_record_text(committed, field), &x),
                    TANDEM_OK);
                assert_int_equal(
                    td_text_read(td_record_text(typed, field), &y), TANDEM_OK);
                assert_true(td_slice_eq(td_buf_slice(&x), td_buf_slice(&y)));
                td_buf_deinit(&x);
                td_buf_deinit(&y);
            }
        }
        td_record_free(snapshot);
        td_record_free(typed);
        td_record_free(committed);
        world_deinit(&world);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_all_orders_of_few_changes_give_the_same_bytes),
        cmocka_unit_test(
            prop_random_orders_of_many_changes_give_the_same_bytes),
        cmocka_unit_test(prop_honest_logs_never_ask_for_a_rebuild),
        cmocka_unit_test(prop_acceptance_is_a_build_with_other_flags),
        cmocka_unit_test(prop_typing_shows_what_the_commit_gives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
