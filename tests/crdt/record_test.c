// SPDX-License-Identifier: Apache-2.0
// record_test.c - what concurrent changes of one record become.
#include "crdt/record_world.h"

static struct world world;
static const tandem_slice no_key = {NULL, 0};

enum { ANNA, BEN, CARL };

static int
setup(void **state)
{
    (void)state;
    world_init(&world, 1, 3);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_deinit(&world);
    return 0;
}

static void
writes(size_t who, struct td_op op)
{
    (void)device_writes(&world, who, &op, 1);
}

static struct td_record *
all(void)
{
    return record_again(world_build(&world, NULL, NULL, NULL));
}

static struct td_version
version(const struct td_record *r, uint64_t field, tandem_slice key, size_t i)
{
    struct td_version v;

    assert_true(td_record_version(
        r, field, key.len == 0 ? TD_OP_SET : TD_OP_PUT, key, i, &v));
    return v;
}

static void
assert_value(tandem_slice got, unsigned n)
{
    assert_true(td_slice_eq(got, number(n)));
}

static void
test_register_keeps_what_the_write_had_not_seen(void **state)
{
    struct td_record *r;

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    device_learns(&world, BEN, ANNA);
    writes(ANNA, op_set(1, number(2), NULL));
    writes(BEN, op_set(1, number(3), NULL));
    r = all();
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 2);
    assert_int_equal(td_record_distinct(r, 1, TD_OP_SET, no_key), 2);
    assert_value(version(r, 1, no_key, 0).value, 3); // the later clock first
    assert_value(version(r, 1, no_key, 1).value, 2);
    td_record_free(r);
    device_learns(&world, CARL, ANNA);
    device_learns(&world, CARL, BEN);
    writes(CARL, op_set(1, number(2), "asked her"));
    r = all();
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 1);
    assert_true(
        td_slice_eq(version(r, 1, no_key, 0).why, td_slice_str("asked her")));
    td_record_free(r);
}

static void
test_equal_concurrent_values_are_one_distinct(void **state)
{
    struct td_record *r;

    (void)state;
    writes(ANNA, op_set(1, number(5), NULL));
    writes(BEN, op_set(1, number(5), NULL));
    r = all();
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 2);
    assert_int_equal(td_record_distinct(r, 1, TD_OP_SET, no_key), 1);
    td_record_free(r);
}

static void
test_clearing_is_a_version_too(void **state)
{
    static const uint8_t nil[] = {0xc0};
    struct td_record *r;

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    writes(ANNA, op_set(1, (tandem_slice){nil, 1}, NULL));
    writes(BEN, op_set(1, number(2), NULL));
    r = all();
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 2);
    assert_int_equal(version(r, 1, no_key, 1).value.ptr[0], 0xc0);
    td_record_free(r);
}

static void
test_reason_is_the_operations_own_else_its_changes(void **state)
{
    struct td_op ops[] = {op_set(1, number(1), NULL),
        op_set(2, number(2), "own"), op_why("all of it"),
        op_put(3, number(1), number(1))};
    struct td_record *r;

    (void)state;
    (void)device_writes(&world, ANNA, ops, 4);
    r = all();
    assert_true(
        td_slice_eq(version(r, 1, no_key, 0).why, td_slice_str("all of it")));
    assert_true(td_slice_eq(version(r, 2, no_key, 0).why, td_slice_str("own")));
    assert_true(td_slice_eq(
        version(r, 3, number(1), 0).why, td_slice_str("all of it")));
    td_record_free(r);
}

static void
test_set_addition_beats_concurrent_removal(void **state)
{
    struct td_record *r;

    (void)state;
    writes(ANNA, op_value(TD_OP_ADD, 1, number(1)));
    writes(ANNA, op_value(TD_OP_ADD, 1, number(2)));
    device_learns(&world, BEN, ANNA);
    writes(ANNA, op_value(TD_OP_ADD, 1, number(1)));
    writes(BEN, op_value(TD_OP_REMOVE, 1, number(1)));
    writes(BEN, op_value(TD_OP_REMOVE, 1, number(2)));
    r = all();
    assert_int_equal(td_record_elements(r, 1), 1);
    assert_value(td_record_element(r, 1, 0), 1);
    td_record_free(r);
    device_learns(&world, BEN, ANNA);
    writes(BEN, op_value(TD_OP_REMOVE, 1, number(1)));
    r = all();
    assert_int_equal(td_record_elements(r, 1), 0);
    assert_false(td_record_field(r, 0, &(uint64_t){0}, &(uint64_t){0}));
    td_record_free(r);
}

static void
test_map_keys_merge_alone_and_drop_what_was_seen(void **state)
{
    struct td_record *r;

    (void)state;
    writes(ANNA, op_put(1, number(1), number(1)));
    writes(ANNA, op_put(1, number(2), number(2)));
    device_learns(&world, BEN, ANNA);
    writes(BEN, op_drop(1, number(1)));
    writes(BEN, op_drop(1, number(2)));
    writes(ANNA, op_put(1, number(2), number(3)));
    r = all();
    assert_int_equal(td_record_keys(r, 1), 1);
    assert_value(td_record_key(r, 1, 0), 2);
    assert_int_equal(td_record_versions(r, 1, TD_OP_PUT, number(2)), 1);
    assert_value(version(r, 1, number(2), 0).value, 3);
    assert_int_equal(td_record_versions(r, 1, TD_OP_PUT, number(1)), 0);
    td_record_free(r);
}

static void
test_counter_sums_exactly_and_saturates_only_when_read(void **state)
{
    struct td_record *r;
    int64_t sum = 0;

    (void)state;
    writes(ANNA, op_count(1, INT64_MAX));
    writes(BEN, op_count(1, INT64_MAX));
    r = all();
    assert_true(td_record_counter(r, 1, &sum));
    assert_true(sum == INT64_MAX);
    td_record_free(r);
    writes(CARL, op_count(1, -INT64_MAX));
    r = all();
    assert_true(td_record_counter(r, 1, &sum));
    assert_true(sum == INT64_MAX);
    td_record_free(r);
    writes(CARL, op_count(1, INT64_MIN));
    writes(CARL, op_count(1, -7));
    r = all();
    assert_true(td_record_counter(r, 1, &sum));
    assert_true(sum == -8);
    td_record_free(r);
    writes(CARL, op_count(1, INT64_MIN));
    r = all();
    assert_true(td_record_counter(r, 1, &sum));
    assert_true(sum == INT64_MIN);
    assert_false(td_record_counter(r, 2, &sum));
    td_record_free(r);
}

static void
test_same_field_with_another_merge_disturbs_nobody(void **state)
{
    struct td_record *r;
    uint64_t field;
    uint64_t merge;

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    writes(BEN, op_count(1, 3));
    writes(BEN, op_value(TD_OP_ADD, 1, number(3)));
    r = all();
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 1);
    assert_true(td_record_field(r, 2, &field, &merge));
    assert_int_equal(merge, TD_OP_COUNT);
    assert_false(td_record_field(r, 3, &field, &merge));
    td_record_free(r);
}

static void
test_deleted_record_comes_back_when_the_deleter_had_not_seen_all(void **state)
{
    struct td_record *r;
    struct td_version v;

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    device_learns(&world, BEN, ANNA);
    writes(BEN, op_mark(true));
    r = all();
    assert_int_equal(td_record_deletion(r), TD_TRASHED);
    assert_true(td_record_mark(r, 0, &v));
    assert_int_equal(v.value.ptr[0], 0xc3);
    td_record_free(r);
    writes(ANNA, op_set(1, number(2), NULL)); // had not seen the mark
    r = all();
    assert_int_equal(td_record_deletion(r), TD_DISPUTED);
    td_record_free(r);
    device_learns(&world, ANNA, BEN);
    writes(ANNA, op_mark(true)); // having seen all
    r = all();
    assert_int_equal(td_record_marks(r), 1);
    assert_int_equal(td_record_deletion(r), TD_TRASHED);
    td_record_free(r);
    writes(BEN, op_mark(false)); // restored, not knowing of the second
    r = all();
    assert_int_equal(td_record_marks(r), 2);
    assert_int_equal(td_record_deletion(r), TD_DISPUTED);
    td_record_free(r);
    device_learns(&world, BEN, ANNA);
    writes(BEN, op_mark(false));
    r = all();
    assert_int_equal(td_record_deletion(r), TD_LIVE);
    td_record_free(r);
}

static void
test_content_of_the_marking_change_itself_was_seen(void **state)
{
    struct td_op ops[] = {op_mark(true), op_set(1, number(1), NULL)};
    struct td_record *r;

    (void)state;
    (void)device_writes(&world, ANNA, ops, 2);
    r = all();
    assert_int_equal(td_record_deletion(r), TD_TRASHED);
    td_record_free(r);
    writes(ANNA, op_set(1, number(2), NULL));
    r = all();
    assert_int_equal(td_record_deletion(r), TD_DISPUTED);
    td_record_free(r);
}

// Anna deletes from a screen that was older than her own last change.
static void
test_content_the_deleter_had_not_seen_counts_in_its_own_log_too(void **state)
{
    struct td_op ops[] = {op_mark(true), op_set(2, number(1), NULL)};
    struct td_record *old, *now, *r;
    struct td_change c;

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    old = all();
    writes(ANNA, op_set(1, number(2), NULL));
    now = all();
    c = change_of(&world, ANNA, ops, 2);
    assert_int_equal(
        td_record_context(old, now, log_of(ANNA), &world.arena, &c), TANDEM_OK);
    (void)world_add(&world, through_bytes(&world, &c), true);
    r = all();
    assert_int_equal(td_record_deletion(r), TD_DISPUTED);
    td_record_free(r);
    td_record_free(now);
    td_record_free(old);
}

// A log that always says it saw nothing of itself could ask for a rebuild with
// every change.
static void
test_changes_that_deny_their_own_log_are_applied_in_place(void **state)
{
    struct td_op op = op_set(1, number(1), NULL);
    struct td_record *r = record_new(), *built;
    struct td_wait_for wait;
    enum td_applied how;

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        struct td_change c = change_of(&world, ANNA, &op, 1);
        size_t at = world_add(&world, through_bytes(&world, &c), true);

        assert_int_equal(
            td_record_apply(r, world.c[at], true, &how, &wait), TANDEM_OK);
        assert_int_equal(how, TD_APPLIED);
    }
    built = all();
    assert_same_record(r, built);
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 20);
    td_record_free(built);
    td_record_free(r);
}

static void
test_two_deleters_may_have_seen_all_together(void **state)
{
    struct td_record *r;

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    writes(ANNA, op_mark(true));
    writes(BEN, op_set(1, number(2), NULL));
    writes(BEN, op_mark(true));
    r = all();
    assert_int_equal(td_record_deletion(r), TD_TRASHED);
    td_record_free(r);
}

static void
test_quarantined_change_counts_as_context_only(void **state)
{
    const struct td_seen *seen;
    struct td_record *r;

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    device_learns(&world, BEN, ANNA);
    writes(BEN, op_set(1, number(2), NULL));
    world.admitted[1] = false;
    r = all();
    assert_int_equal(td_record_changes(r), 1);
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 1);
    assert_value(version(r, 1, no_key, 0).value, 1);
    assert_int_equal(td_record_seen(r, &seen), 2);
    assert_int_equal(seen[1].skipped_count, 1);
    assert_int_equal(seen[1].skipped[0], seen[1].seq);
    td_record_free(r);
}

// Carl deletes while Ben's change is in quarantine at his place; accepted
// later, it keeps the record visible, and Carl's write did not replace it.
static void
test_what_was_skipped_was_not_seen(void **state)
{
    struct td_op ops[] = {op_set(1, number(3), NULL), op_mark(true)};
    struct td_record *r;

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    writes(BEN, op_set(1, number(2), NULL));
    writes(BEN, op_set(2, number(2), NULL));
    device_learns(&world, CARL, ANNA);
    device_learns(&world, CARL, BEN);
    world.holds[CARL][1] = true;
    (void)device_writes(&world, CARL, ops, 2);
    r = all();
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 2);
    assert_int_equal(td_record_versions(r, 2, TD_OP_SET, no_key), 1);
    assert_int_equal(td_record_deletion(r), TD_DISPUTED);
    td_record_free(r);
    world.admitted[1] = false;
    r = all();
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 1);
    assert_int_equal(td_record_deletion(r), TD_TRASHED);
    td_record_free(r);
}

// An edit begun before the person's other tablet window saved: its own log
// is seen lower than prev.
static void
test_edit_from_an_older_snapshot_leaves_own_later_value(void **state)
{
    struct td_op op = op_set(1, number(3), NULL);
    struct td_record *old;
    struct td_record *now;
    struct td_record *r;
    struct td_change c;

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    old = all();
    writes(ANNA, op_set(1, number(2), NULL));
    now = all();
    c = change_of(&world, ANNA, &op, 1);
    assert_int_equal(
        td_record_context(old, now, log_of(ANNA), &world.arena, &c), TANDEM_OK);
    assert_int_equal(c.prev, 2);
    assert_int_equal(c.context_count, 1);
    assert_int_equal(c.context[0].seq, 1);
    (void)world_add(&world, through_bytes(&world, &c), true);
    r = all();
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 2);
    td_record_free(old);
    td_record_free(now);
    td_record_free(r);
}

static void
test_change_waits_for_what_it_names(void **state)
{
    struct td_record *r = record_new();
    enum td_applied how = TD_APPLIED;
    struct td_wait_for wait = {0};

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    device_learns(&world, BEN, ANNA);
    writes(BEN, op_set(1, number(2), NULL));
    writes(BEN, op_set(1, number(4), NULL));
    assert_int_equal(
        td_record_apply(r, world.c[1], true, &how, &wait), TANDEM_OK);
    assert_int_equal(how, TD_APPLY_WAITS);
    assert_int_equal(td_log_id_cmp(wait.log, log_of(ANNA)), 0);
    assert_int_equal(wait.seq, 1);
    assert_int_equal(
        td_record_apply(r, world.c[2], true, &how, &wait), TANDEM_OK);
    assert_int_equal(how, TD_APPLY_WAITS);
    assert_int_equal(td_log_id_cmp(wait.log, log_of(BEN)), 0);
    assert_int_equal(
        td_record_apply(r, world.c[0], true, &how, &wait), TANDEM_OK);
    assert_int_equal(how, TD_APPLIED);
    assert_int_equal(
        td_record_apply(r, world.c[0], true, &how, &wait), TANDEM_OK);
    assert_int_equal(how, TD_APPLIED_OLD);
    assert_int_equal(
        td_record_apply(r, world.c[1], true, &how, &wait), TANDEM_OK);
    assert_int_equal(how, TD_APPLIED);
    td_record_free(r);
}

static void
test_another_branch_is_waited_for(void **state)
{
    struct td_op op = op_set(1, number(2), NULL);
    struct td_record *r = record_new();
    enum td_applied how = TD_APPLIED;
    struct td_wait_for wait = {0};
    struct td_seen seen = {.log = log_of(ANNA), .seq = 1};
    struct td_change c;

    (void)state;
    writes(ANNA, op_set(1, number(1), NULL));
    seen.hash = hash_of(ANNA, 1);
    seen.hash.b[5] = 1;
    c = change_of(&world, BEN, &op, 1);
    c.context = &seen;
    c.context_count = 1;
    assert_int_equal(
        td_record_apply(r, world.c[0], true, &how, &wait), TANDEM_OK);
    assert_int_equal(td_record_apply(r, &c, true, &how, &wait), TANDEM_OK);
    assert_int_equal(how, TD_APPLY_WAITS);
    assert_int_equal(wait.seq, 1);
    td_record_free(r);
}

static void
test_only_the_lowest_index_of_a_commit_counts(void **state)
{
    struct td_op op = op_set(1, number(1), NULL);
    struct td_op op2 = op_set(1, number(2), NULL);
    struct td_change a = change_of(&world, ANNA, &op, 1);
    struct td_change b = a;
    struct td_record *r = record_new();
    enum td_applied how = TD_APPLIED;
    struct td_wait_for wait = {0};

    (void)state;
    b.index = 1;
    b.ops = &op2;
    (void)world_add(&world, &b, true);
    (void)world_add(&world, &a, true);
    assert_int_equal(td_record_apply(r, &b, true, &how, &wait), TANDEM_OK);
    assert_int_equal(how, TD_APPLIED);
    assert_int_equal(td_record_apply(r, &a, true, &how, &wait), TANDEM_OK);
    assert_int_equal(how, TD_APPLY_REBUILD);
    td_record_free(r);
    r = all();
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 1);
    assert_value(version(r, 1, no_key, 0).value, 1);
    assert_int_equal(td_record_apply(r, &b, true, &how, &wait), TANDEM_OK);
    assert_int_equal(how, TD_APPLIED_OLD);
    td_record_free(r);
}

static void
test_unknown_operation_is_kept_and_reported(void **state)
{
    static const uint8_t raw[] = {0x93, 0x63, 1, 0xc0};
    struct td_op ops[] = {
        {.code = 99, .raw = {raw, sizeof raw}}, op_set(1, number(1), NULL)};
    struct td_record *r;

    (void)state;
    (void)device_writes(&world, ANNA, ops, 2);
    assert_int_equal(world.c[0]->ops[0].code, 99);
    assert_true(
        td_slice_eq(world.c[0]->ops[0].raw, (tandem_slice){raw, sizeof raw}));
    r = all();
    assert_true(td_record_unread(r));
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 1);
    td_record_free(r);
    world.admitted[0] = false;
    r = all();
    assert_false(td_record_unread(r));
    td_record_free(r);
}

static void
test_deeply_nested_value_has_no_effect(void **state)
{
    static const uint8_t deep[] = {0x91, 0x91, 0x91, 1};
    static const uint8_t flat[] = {0x92, 1, 2};
    struct td_record *r;

    (void)state;
    writes(ANNA, op_set(1, (tandem_slice){deep, sizeof deep}, NULL));
    writes(ANNA, op_put(2, (tandem_slice){deep, sizeof deep}, number(1)));
    writes(ANNA, op_set(3, (tandem_slice){flat, sizeof flat}, NULL));
    r = all();
    assert_true(td_record_unread(r));
    assert_int_equal(td_record_versions(r, 1, TD_OP_SET, no_key), 0);
    assert_int_equal(td_record_keys(r, 2), 0);
    assert_int_equal(td_record_versions(r, 3, TD_OP_SET, no_key), 1);
    td_record_free(r);
}

static void
test_text_naming_unseen_characters_has_no_effect(void **state)
{
    struct td_op insert = {
        .code = TD_OP_INSERT, .field = 1, .utf8 = td_slice_str("ab")};
    struct td_char_range range = {{{log_of(ANNA), 1, 0, 0}, 0}, 1};
    struct td_op erase = {
        .code = TD_OP_ERASE, .field = 1, .ranges = &range, .range_count = 1};
    struct td_record *r;

    (void)state;
    writes(ANNA, insert);
    writes(BEN, erase); // knows nothing of Anna
    r = all();
    assert_true(td_record_unread(r));
    assert_int_equal(td_text_count(td_record_text(r, 1)), 2);
    td_record_free(r);
    device_learns(&world, BEN, ANNA);
    writes(BEN, erase);
    r = all();
    assert_int_equal(td_text_count(td_record_text(r, 1)), 1);
    td_record_free(r);
}

static void
test_origin_is_the_first_and_the_latest_by_clock(void **state)
{
    struct td_record *r;
    tandem_id person;
    struct td_dot dot;
    uint64_t clock;

    (void)state;
    writes(BEN, op_set(1, number(1), NULL));
    writes(ANNA, op_set(1, number(2), NULL));
    r = all();
    td_record_origin(r, false, &person, &dot, &clock);
    assert_true(tandem_id_equal(person, person_of(BEN)));
    td_record_origin(r, true, &person, &dot, &clock);
    assert_true(tandem_id_equal(person, person_of(ANNA)));
    assert_int_equal(dot.seq, 1);
    td_record_free(r);
}

static void
test_reason_typed_late_reaches_earlier_values(void **state)
{
    struct td_op ops[] = {op_set(1, number(1), NULL), op_why("late"),
        op_set(2, number(1), NULL), op_mark(true)};
    struct td_record *r = record_new();

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(
            td_record_type(r, log_of(0), &ops[i], 1, i, person_of(0), 3),
            TANDEM_OK);
    }
    assert_true(
        td_slice_eq(version(r, 1, no_key, 0).why, td_slice_str("late")));
    assert_true(
        td_slice_eq(version(r, 2, no_key, 0).why, td_slice_str("late")));
    assert_int_equal(td_record_deletion(r), TD_TRASHED);
    td_record_free(r);
}

// ------------------------------------------------------------------- bytes

static void
test_record_bytes_cut_anywhere_are_refused(void **state)
{
    struct td_record *r;
    struct td_record *none = NULL;
    struct td_buf b;

    (void)state;
    random_world(&world, 12, 0);
    r = world_build(&world, NULL, NULL, NULL);
    record_bytes(r, &b);
    for (size_t n = 0; n < b.len; n++) {
        // An exact copy, so that a read beyond it is seen.
        uint8_t *cut = malloc(n + 1);

        assert_non_null(cut);
        memcpy(cut, b.ptr, n);
        cut = realloc(cut, n == 0 ? 1 : n);
        assert_int_equal(td_record_decode(NULL, (tandem_slice){cut, n}, &none),
            TANDEM_ECORRUPT);
        free(cut);
    }
    assert_null(none);
    td_buf_deinit(&b);
    td_record_free(r);
}

// Whatever is accepted is exactly what would be written.
static void
prop_changed_record_bytes_are_refused_or_canonical(void **state)
{
    uint64_t seed = seed_of_run();
    struct td_record *r;
    struct td_buf b;
    size_t accepted = 0;

    (void)state;
    world.random = seed;
    random_world(&world, 12, 0);
    r = world_build(&world, NULL, NULL, NULL);
    record_bytes(r, &b);
    for (size_t i = 0; i < 20000; i++) {
        size_t at = below(&world, b.len);
        uint8_t was = b.ptr[at];
        struct td_record *other = NULL;

        b.ptr[at] = (uint8_t)below(&world, 256);
        if (td_record_decode(NULL, td_buf_slice(&b), &other) == TANDEM_OK) {
            struct td_buf again;

            record_bytes(other, &again);
            assert_int_equal(again.len, b.len);
            assert_memory_equal(again.ptr, b.ptr, b.len);
            td_buf_deinit(&again);
            (void)td_record_deletion(other);
            td_record_free(other);
            accepted++;
        }
        b.ptr[at] = was;
    }
    assert_true(accepted > 0);
    td_buf_deinit(&b);
    td_record_free(r);
}

static void
test_newer_state_is_told_apart(void **state)
{
    static const uint8_t newer[] = {0x92, 0x02, 0xc0};
    static const uint8_t zero[] = {0x92, 0x00, 0xc0};
    struct td_record *r = NULL;

    (void)state;
    assert_int_equal(
        td_record_decode(NULL, (tandem_slice){newer, sizeof newer}, &r),
        TANDEM_EVERSION);
    assert_int_equal(
        td_record_decode(NULL, (tandem_slice){zero, sizeof zero}, &r),
        TANDEM_ECORRUPT);
}

// ------------------------------------------------------------------ memory

static void
oom_every_allocation_of_a_life_may_fail(void **state)
{
    struct faulty f = {0};
    tandem_sys sys = faulty_sys(&f);
    struct td_record *whole;
    struct td_buf want;
    static struct td_held set[WORLD_MAX];
    bool done = false;

    (void)state;
    random_world(&world, 14, 20);
    whole = world_build(&world, NULL, NULL, NULL);
    record_bytes(whole, &want);
    for (size_t i = 0; i < world.count; i++) {
        set[i] =
            (struct td_held){world.c[i], world.admitted[i], false, {{{0}}, 0}};
    }
    for (long n = 1; !done; n++) {
        struct td_record *r = NULL;
        struct td_record *d = NULL;
        struct td_record *again = NULL;
        struct td_buf bytes;
        tandem_err err;

        f = (struct faulty){.fail_at = n};
        td_buf_init(&bytes, &sys, TD_RECORD_BYTES_MAX);
        err = td_record_build(
            &sys, set, world.count, help_id, help_pack, HELP_KIND, &r);
        if (err == TANDEM_OK) {
            err = td_record_dup(r, &d);
        }
        if (err == TANDEM_OK) {
            err = td_record_encode(d, &bytes);
        }
        if (err == TANDEM_OK) {
            err = td_record_decode(&sys, td_buf_slice(&bytes), &again);
        }
        assert_true(err == TANDEM_OK || err == TANDEM_ENOMEM);
        done = f.failed == 0;
        if (done) {
            assert_int_equal(err, TANDEM_OK);
            assert_true(td_slice_eq(td_buf_slice(&bytes), td_buf_slice(&want)));
        }
        td_record_free(r);
        td_record_free(d);
        td_record_free(again);
        td_buf_deinit(&bytes);
        assert_int_equal(f.live, 0);
    }
    td_buf_deinit(&want);
    td_record_free(whole);
}

static void
oom_an_edit_and_its_change_may_fail_anywhere(void **state)
{
    struct faulty f = {0};
    tandem_sys sys = faulty_sys(&f);
    struct td_record *base;
    struct td_buf bytes;
    bool done = false;
    struct td_op ops[TYPED_MAX];
    size_t count;

    (void)state;
    random_world(&world, 10, 0);
    base = world_build(&world, NULL, NULL, NULL);
    record_bytes(base, &bytes);
    count = random_edit(&world, base, 0, ops);
    for (long n = 1; !done; n++) {
        struct td_record *r = NULL;
        struct td_record *d = NULL;
        struct td_change c = {.seq = 999, .log = log_of(0)};
        struct td_arena arena;
        enum td_applied how = TD_APPLIED;
        struct td_wait_for wait;
        struct td_buf body;
        tandem_err err;

        f = (struct faulty){.fail_at = n};
        td_arena_init(&arena, &sys, 1 << 20);
        td_buf_init(&body, &sys, 1 << 20);
        err = td_record_decode(&sys, td_buf_slice(&bytes), &r);
        if (err == TANDEM_OK) {
            err = td_record_dup(r, &d);
        }
        for (size_t i = 0; i < count && err == TANDEM_OK; i++) {
            if (ops[i].code <= TD_OP_LAST) {
                err = td_record_type(
                    d, log_of(0), &ops[i], 1, i, person_of(0), 9);
            }
        }
        if (err == TANDEM_OK) {
            err = td_record_context(r, r, log_of(0), &arena, &c);
        }
        c.ops = ops;
        c.op_count = count;
        if (err == TANDEM_OK) {
            err = td_change_encode(&c, &body);
        }
        if (err == TANDEM_OK) {
            err = td_change_decode(td_buf_slice(&body), &c, NULL, &arena, &c);
        }
        if (err == TANDEM_OK) {
            err = td_record_apply(r, &c, true, &how, &wait);
        }
        assert_true(err == TANDEM_OK || err == TANDEM_ENOMEM);
        done = f.failed == 0;
        td_record_free(r);
        td_record_free(d);
        td_buf_deinit(&body);
        td_arena_deinit(&arena);
        assert_int_equal(f.live, 0);
    }
    td_buf_deinit(&bytes);
    td_record_free(base);
}

// Ben's log continues Anna's behind 2, as a branch does. Its first change was
// typed before 2 was on the screen, and says so; the next says nothing of its
// own log: it saw all of it, what it continues included.
static void
test_a_log_is_seen_through_prev_with_what_it_continues(void **state)
{
    struct td_op ops[] = {op_set(1, number(1), NULL),
        op_set(1, number(2), NULL), op_set(1, number(3), NULL),
        op_set(1, number(4), NULL)};
    struct td_seen stale[] = {
        {.log = log_of(ANNA), .seq = 1, .hash = hash_of(ANNA, 1)},
        {.log = log_of(BEN), .none = true}};
    struct td_record *r = record_new(), *built;
    enum td_applied how = TD_APPLY_WAITS;
    struct td_wait_for wait = {0};
    struct td_change c[4];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        world.next_seq[i < 2 ? ANNA : BEN] = i + 1;
        c[i] = change_of(&world, i < 2 ? ANNA : BEN, &ops[i], 1);
        c[i].has_prev = i > 0;
        c[i].prev_log = log_of(i < 3 ? ANNA : BEN);
        c[i].prev = i;
        (void)world_add(&world, &c[i], true);
    }
    c[2].context = stale;
    c[2].context_count = 2;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(
            td_record_apply(r, &c[i], true, &how, &wait), TANDEM_OK);
        assert_int_equal(how, TD_APPLIED);
        assert_int_equal(
            td_record_versions(r, 1, TD_OP_SET, no_key), i == 2 ? 2 : 1);
    }
    assert_value(version(r, 1, no_key, 0).value, 4);
    built = all();
    assert_same_record(r, built);
    td_record_free(built);
    td_record_free(r);
}

// Logs arriving device by device, each naming the other's changes in turn:
// a scan of all that waits at each arrival would take minutes.
static void
test_build_of_many_entangled_changes_is_near_linear(void **state)
{
    enum { PAIRS = 20000 };
    struct td_change *c = calloc(2 * PAIRS, sizeof *c);
    struct td_seen *seen = calloc(2 * PAIRS, sizeof *seen);
    struct td_held *set = calloc(2 * PAIRS, sizeof *set);
    struct td_op op = op_count(1, 1);
    struct td_record *r = NULL;
    int64_t sum = 0;

    (void)state;
    assert_true(c != NULL && seen != NULL && set != NULL);
    for (size_t i = 0; i < 2 * PAIRS; i++) {
        c[i].log = c[i].prev_log = log_of(i % 2);
        c[i].seq = i + 1;
        c[i].hash = hash_of(i % 2, i + 1);
        c[i].ops = &op;
        c[i].op_count = 1;
        c[i].has_prev = i > 1;
        c[i].prev = i > 1 ? i - 1 : 0;
        if (i > 0) {
            seen[i] = (struct td_seen){.log = log_of((i + 1) % 2),
                .seq = i,
                .hash = hash_of((i + 1) % 2, i)};
            c[i].context = &seen[i];
            c[i].context_count = 1;
        }
        set[i] = (struct td_held){.change = &c[i], .admitted = true};
    }
    assert_int_equal(td_record_build(NULL, set, 2 * PAIRS, help_id, help_pack,
                         HELP_KIND, &r),
        TANDEM_OK);
    assert_true(td_record_counter(r, 1, &sum));
    assert_int_equal(sum, 2 * PAIRS);
    td_record_free(r);
    free(set);
    free(seen);
    free(c);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_register_keeps_what_the_write_had_not_seen),
        T(test_equal_concurrent_values_are_one_distinct),
        T(test_clearing_is_a_version_too),
        T(test_reason_is_the_operations_own_else_its_changes),
        T(test_set_addition_beats_concurrent_removal),
        T(test_map_keys_merge_alone_and_drop_what_was_seen),
        T(test_counter_sums_exactly_and_saturates_only_when_read),
        T(test_same_field_with_another_merge_disturbs_nobody),
        T(test_deleted_record_comes_back_when_the_deleter_had_not_seen_all),
        T(test_content_of_the_marking_change_itself_was_seen),
        T(test_content_the_deleter_had_not_seen_counts_in_its_own_log_too),
        T(test_changes_that_deny_their_own_log_are_applied_in_place),
        T(test_two_deleters_may_have_seen_all_together),
        T(test_quarantined_change_counts_as_context_only),
        T(test_what_was_skipped_was_not_seen),
        T(test_edit_from_an_older_snapshot_leaves_own_later_value),
        T(test_change_waits_for_what_it_names),
        T(test_another_branch_is_waited_for),
        T(test_a_log_is_seen_through_prev_with_what_it_continues),
        T(test_only_the_lowest_index_of_a_commit_counts),
        T(test_unknown_operation_is_kept_and_reported),
        T(test_deeply_nested_value_has_no_effect),
        T(test_text_naming_unseen_characters_has_no_effect),
        T(test_origin_is_the_first_and_the_latest_by_clock),
        T(test_reason_typed_late_reaches_earlier_values),
        T(test_record_bytes_cut_anywhere_are_refused),
        T(prop_changed_record_bytes_are_refused_or_canonical),
        T(test_newer_state_is_told_apart),
        T(oom_every_allocation_of_a_life_may_fail),
        T(oom_an_edit_and_its_change_may_fail_anywhere),
        T(test_build_of_many_entangled_changes_is_near_linear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
