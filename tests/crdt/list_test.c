// SPDX-License-Identifier: Apache-2.0
// list_test.c - what concurrent changes of one list become.
#include "crdt/record_world.h"

static struct world world;

enum { ANNA, BEN, CARL };
enum { LIST = 1 };

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

// The list as one device has it: elements in order, in `out`.
static struct td_record *
list_of(const bool *knows, struct td_buf *out)
{
    struct td_record *r = world_build(&world, knows, NULL, NULL);
    const struct td_list *l = td_record_list(r, LIST);

    td_buf_init(out, NULL, 1 << 20);
    if (l != NULL) {
        assert_int_equal(td_list_read(l, out), TANDEM_OK);
    }
    return r;
}

static const struct td_listed *
listed_at(const struct td_buf *all, size_t i)
{
    const struct td_listed *l = (const void *)all->ptr;

    assert_true(i < all->len / sizeof *l);
    return &l[i];
}

// Stand at `at` among the elements, the one being moved left out of the count.
static void
aim(const struct td_record *r, const struct td_buf *all, size_t at,
    struct td_op *op)
{
    const struct td_list *l = td_record_list(r, LIST);

    if (l != NULL) {
        assert_int_equal(
            td_text_neighbours(l->places,
                at == 0 ? 0 : listed_at(all, at - 1)->place + 1, &op->has_left,
                &op->left, &op->has_right, &op->right),
            TANDEM_OK);
    }
}

static void
insert(size_t who, size_t at, unsigned value)
{
    struct td_op op = op_value(TD_OP_PLACE, LIST, number(value));
    struct td_buf all;
    struct td_record *r = list_of(world.knows[who], &all);

    aim(r, &all, at, &op);
    td_buf_deinit(&all);
    td_record_free(r);
    (void)device_writes(&world, who, &op, 1);
}

// To behind the element that stands before place `behind`.
static void
move(size_t who, size_t from, size_t behind)
{
    struct td_op op = op_value(TD_OP_PLACE, LIST, (tandem_slice){0});
    struct td_buf all;
    struct td_record *r = list_of(world.knows[who], &all);

    op.has_element = true;
    op.element.dot = listed_at(&all, from)->element;
    op.value = bytes_of(&world.arena, listed_at(&all, from)->value.ptr,
        listed_at(&all, from)->value.len);
    aim(r, &all, behind, &op);
    td_buf_deinit(&all);
    td_record_free(r);
    (void)device_writes(&world, who, &op, 1);
}

static void
leave(size_t who, size_t at)
{
    struct td_op op = {.code = TD_OP_LEAVE, .field = LIST};
    struct td_buf all;
    struct td_record *r = list_of(world.knows[who], &all);

    op.has_element = true;
    op.element.dot = listed_at(&all, at)->element;
    td_buf_deinit(&all);
    td_record_free(r);
    (void)device_writes(&world, who, &op, 1);
}

// All that was written gives this list (values as digits), also through bytes.
static void
assert_list(const char *want)
{
    struct td_buf all;
    struct td_record *r = record_again(list_of(NULL, &all));
    const struct td_list *l = td_record_list(r, LIST);
    char is[32] = "";

    td_buf_reset(&all);
    if (l != NULL) {
        assert_int_equal(td_list_read(l, &all), TANDEM_OK);
    }
    for (size_t i = 0; i < all.len / sizeof(struct td_listed); i++) {
        is[i] = (char)('0' + listed_at(&all, i)->value.ptr[0]);
    }
    assert_string_equal(is, want);
    assert_false(td_record_unread(r));
    td_buf_deinit(&all);
    td_record_free(r);
}

static void
three(void)
{
    insert(ANNA, 0, 1);
    insert(ANNA, 1, 2);
    insert(ANNA, 2, 3);
    device_learns(&world, BEN, ANNA);
    device_learns(&world, CARL, ANNA);
}

static void
test_elements_stand_where_they_were_put(void **state)
{
    (void)state;
    three();
    insert(ANNA, 0, 4);
    insert(ANNA, 2, 5);
    assert_list("41523");
}

static void
test_two_runs_do_not_mix(void **state)
{
    (void)state;
    three();
    insert(ANNA, 1, 4);
    insert(ANNA, 2, 5);
    insert(BEN, 1, 6);
    insert(BEN, 2, 7);
    assert_list("1456723");
}

static void
test_an_element_moves_and_is_no_other(void **state)
{
    struct td_buf before;
    struct td_buf after;

    (void)state;
    three();
    td_record_free(list_of(NULL, &before));
    move(ANNA, 0, 3);
    assert_list("231");
    td_record_free(list_of(NULL, &after));
    assert_int_equal(td_dot_cmp(&listed_at(&before, 0)->element,
                         &listed_at(&after, 2)->element),
        0);
    td_buf_deinit(&before);
    td_buf_deinit(&after);
}

static void
test_an_element_moved_twice_at_once_stands_once(void **state)
{
    (void)state;
    three();
    move(ANNA, 0, 3);
    move(BEN, 0, 2); // the later clock
    assert_list("213");
    device_learns(&world, CARL, ANNA);
    device_learns(&world, CARL, BEN);
    move(CARL, 1, 3);
    assert_list("231");
}

// It takes away what it saw: the element at the place it had.
static void
test_a_removal_leaves_a_place_it_had_not_seen(void **state)
{
    (void)state;
    three();
    leave(ANNA, 1);
    assert_list("13");
    move(BEN, 1, 0);
    assert_list("213");
    device_learns(&world, CARL, BEN);
    device_learns(&world, CARL, ANNA);
    leave(CARL, 0);
    assert_list("13");
}

static void
test_what_is_put_beside_a_removed_element_stays(void **state)
{
    (void)state;
    three();
    leave(ANNA, 1);
    insert(BEN, 2, 4);
    assert_list("143");
    leave(BEN, 0);
    leave(BEN, 0);
    assert_list("43");
}

static void
test_equal_values_are_elements_of_their_own(void **state)
{
    (void)state;
    insert(ANNA, 0, 7);
    insert(BEN, 0, 7);
    assert_list("77");
}

static void
test_a_place_in_quarantine_holds_nothing_and_keeps_its_neighbours(void **state)
{
    (void)state;
    three();
    insert(ANNA, 1, 4);
    world.admitted[3] = false;
    assert_list("123");
    insert(ANNA, 1, 5); // left of the held one
    assert_list("1523");
    world.admitted[3] = true;
    assert_list("15423");
}

// An element nobody made, or not seen: without effect, and said.
static void
test_an_element_its_author_had_not_seen_is_not_moved(void **state)
{
    struct td_op op = op_value(TD_OP_PLACE, LIST, number(9));
    struct td_record *r;

    (void)state;
    three();
    op.has_element = true;
    op.element.dot = (struct td_dot){.log = log_of(BEN), .seq = 1};
    insert(BEN, 3, 4);
    (void)device_writes(&world, CARL, &op, 1);
    r = world_build(&world, NULL, NULL, NULL);
    assert_true(td_record_unread(r));
    td_record_free(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_elements_stand_where_they_were_put, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_two_runs_do_not_mix, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_an_element_moves_and_is_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_an_element_moved_twice_at_once_stands_once, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_removal_leaves_a_place_it_had_not_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_what_is_put_beside_a_removed_element_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_equal_values_are_elements_of_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_place_in_quarantine_holds_nothing_and_keeps_its_neighbours,
            setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_an_element_its_author_had_not_seen_is_not_moved, setup,
            teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
