// SPDX-License-Identifier: Apache-2.0
// list_test.c - lists and logs as a person edits and reads them.

#include "types.h"

static void
assert_items(const tandem_record *r, const char *field, const char *want)
{
    char is[64] = "";

    for (size_t i = 0; i < tandem_record_items(r, field); i++) {
        tandem_value v;

        assert_int_equal(tandem_record_item(r, field, i, &v, NULL), TANDEM_OK);
        assert_int_equal(v.type, TANDEM_STR);
        (void)snprintf(is + strlen(is), sizeof(is) - strlen(is), "%.*s",
            (int)v.u.s.len, (const char *)v.u.s.ptr);
    }
    assert_string_equal(is, want);
}

// What one edit makes of what `seen` showed.
struct doing {
    char what; // i insert, m move, d drop, a add, r remove
    size_t at, to;
    const char *value;
};

static tandem_err
do_it(tandem_edit *d, const struct doing *x)
{
    switch (x->what) {
    case 'i':
        return tandem_edit_insert(d, "steps", x->at, tandem_str(x->value));
    case 'm':
        return tandem_edit_move(d, "steps", x->at, x->to);
    case 'd':
        return tandem_edit_drop(d, "steps", x->at);
    case 'a':
        return tandem_edit_add(d, "steps", tandem_str(x->value));
    default:
        return tandem_edit_remove(d, "steps", tandem_str(x->value));
    }
}

static void
edit(struct world *w, const tandem_record *seen, const struct doing *x)
{
    tandem_txn *t = types_begin(w);
    tandem_edit *d;

    GOOD(w, tandem_txn_edit(t, seen, &d));
    for (; x->what != '\0'; x++) {
        GOOD(w, do_it(d, x));
    }
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
}

// A thing with the steps A, B, C.
static tandem_record *
abc(struct world *w)
{
    const struct doing make[] = {{'a', 0, 0, "A"}, {'i', 1, 0, "C"},
        {'i', 1, 0, "B"}, {'\0', 0, 0, NULL}};
    tandem_id id = types_new(w);
    tandem_record *r = world_read(w, id);

    edit(w, r, make);
    tandem_record_free(r);
    r = world_read(w, id);
    assert_items(r, "steps", "ABC");
    return r;
}

static void
must_become(struct world *w, const struct doing *x, const char *want)
{
    tandem_record *r = abc(w), *after;

    edit(w, r, x);
    after = world_read(w, tandem_record_id(r));
    assert_items(after, "steps", want);
    tandem_record_free(after);
    tandem_record_free(r);
}

static void
test_elements_are_put_moved_and_taken_away(void **state)
{
    static const struct {
        struct doing x[2];
        const char *want;
    } cases[] = {
        {{{'m', 0, 2, NULL}}, "BCA"},
        {{{'m', 2, 0, NULL}}, "CAB"},
        {{{'m', 0, 1, NULL}}, "BAC"},
        {{{'m', 1, 2, NULL}}, "ACB"},
        {{{'m', 1, 1, NULL}}, "ABC"},
        {{{'d', 1, 0, NULL}}, "AC"},
        {{{'r', 0, 0, "B"}}, "AC"},
        {{{'r', 0, 0, "Z"}}, "ABC"},
        {{{'a', 0, 0, "B"}}, "ABCB"},
        {{{'i', TANDEM_END, 0, "D"}}, "ABCD"},
        {{{'i', 0, 0, "D"}}, "DABC"},
        {{{'i', 3, 0, "D"}}, "ABCD"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        must_become(*state, cases[i].x, cases[i].want);
    }
}

static void
test_one_edit_goes_on_from_its_own_list(void **state)
{
    const struct doing x[] = {{'m', 2, 0, NULL}, {'i', 1, 0, "D"},
        {'m', 1, 3, NULL}, {'d', 0, 0, NULL}, {'a', 0, 0, "E"},
        {'\0', 0, 0, NULL}};

    must_become(*state, x, "ABDE"); // CAB CDAB CABD ABD ABDE
}

static void
test_two_peoples_changes_both_stand(void **state)
{
    const struct doing move[] = {{'m', 0, 2, NULL}, {'\0', 0, 0, NULL}};
    const struct doing put[] = {{'i', 1, 0, "D"}, {'\0', 0, 0, NULL}};
    const struct doing drop[] = {{'d', 2, 0, NULL}, {'\0', 0, 0, NULL}};
    struct world *w = *state;
    tandem_record *r = abc(w), *after;

    edit(w, r, move);
    edit(w, r, put);
    edit(w, r, drop);
    after = world_read(w, tandem_record_id(r));
    assert_items(after, "steps", "DBA");
    assert_int_equal(types_conflicts(after), 0);
    tandem_record_free(after);
    tandem_record_free(r);
}

static void
test_an_element_moved_while_taken_away_stands_where_it_was_moved(void **state)
{
    const struct doing move[] = {{'m', 0, 2, NULL}, {'\0', 0, 0, NULL}};
    const struct doing drop[] = {{'d', 0, 0, NULL}, {'\0', 0, 0, NULL}};
    struct world *w = *state;
    tandem_record *r = abc(w), *after;

    edit(w, r, drop);
    edit(w, r, move);
    after = world_read(w, tandem_record_id(r));
    assert_items(after, "steps", "BCA");
    tandem_record_free(r);
    edit(w, after, drop);
    r = world_read(w, tandem_record_id(after));
    assert_items(r, "steps", "CA");
    tandem_record_free(after);
    tandem_record_free(r);
}

static void
test_a_place_outside_is_refused(void **state)
{
    static const struct doing bad[] = {{'i', 4, 0, "D"}, {'m', 3, 0, NULL},
        {'m', 0, 3, NULL}, {'d', 3, 0, NULL}, {'i', 0, 0, "a\nb"}};
    struct world *w = *state;
    tandem_record *r = abc(w);

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        tandem_txn *t = types_begin(w);
        tandem_edit *d;

        GOOD(w, tandem_txn_edit(t, r, &d));
        assert_int_equal(do_it(d, &bad[i]), TANDEM_EVALUE);
        assert_int_equal(tandem_txn_commit(t, &w->e), TANDEM_EVALUE);
        assert_string_equal(w->e.field, "steps");
        tandem_txn_free(t);
    }
    tandem_record_free(r);
}

static void
add_line(struct world *w, const tandem_record *seen, const char *text)
{
    tandem_txn *t = types_begin(w);
    tandem_edit *d;

    GOOD(w, tandem_txn_edit(t, seen, &d));
    GOOD(w, tandem_edit_add(d, "lines", tandem_str(text)));
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
}

static void
test_lines_of_two_people_all_stand_with_their_authors(void **state)
{
    struct world *w = *state;
    tandem_id id = types_new(w);
    tandem_record *r = world_read(w, id), *after;
    tandem_field_version v;
    tandem_origin made;

    add_line(w, r, "a");
    add_line(w, r, "b"); // had not seen the first
    add_line(w, r, "b");
    after = world_read(w, id);
    assert_items(after, "lines", "abb");
    GOOD(w, tandem_record_line(after, "lines", 0, &v));
    tandem_record_created(after, &made);
    assert_memory_equal(v.device.b, made.device.b, sizeof(v.device.b));
    assert_true(tandem_id_equal(v.person, made.person));
    assert_true(v.wall_ms >= made.wall_ms);
    assert_string_equal(v.dot, "");
    assert_int_equal(
        tandem_record_line(after, "lines", 3, &v), TANDEM_ENOTFOUND);
    assert_int_equal(tandem_record_line(after, "steps", 0, &v), TANDEM_EMISUSE);
    tandem_record_free(after);
    tandem_record_free(r);
}

static void
test_a_line_is_not_removed_nor_two_lines(void **state)
{
    struct world *w = *state;
    tandem_record *r = world_read(w, types_new(w));
    tandem_txn *t = types_begin(w);
    tandem_edit *d;

    GOOD(w, tandem_txn_edit(t, r, &d));
    assert_int_equal(
        tandem_edit_remove(d, "lines", tandem_str("a")), TANDEM_EVALUE);
    assert_int_equal(
        tandem_edit_add(d, "lines", tandem_str("a\nb")), TANDEM_EVALUE);
    assert_int_equal(
        tandem_edit_set(d, "lines", tandem_str("a")), TANDEM_EVALUE);
    assert_int_equal(tandem_edit_add(d, "lines", tandem_none()), TANDEM_EVALUE);
    assert_int_equal(
        tandem_edit_add(d, "score", tandem_int(1)), TANDEM_EUNSUPPORTED);
    tandem_txn_free(t);
    tandem_record_free(r);
}

static void
test_a_store_with_lists_and_logs_is_whole(void **state)
{
    const struct doing move[] = {{'m', 0, 2, NULL}, {'\0', 0, 0, NULL}};
    const struct doing drop[] = {{'d', 0, 0, NULL}, {'\0', 0, 0, NULL}};
    struct world *w = *state;
    tandem_record *r = abc(w);
    tandem_verify_report report;
    uint8_t before[32], after[32];

    edit(w, r, drop);
    edit(w, r, move);
    GOOD(w, tandem_digest(w->s, NULL, before, NULL, &w->e));
    add_line(w, r, "a");
    GOOD(w, tandem_digest(w->s, NULL, after, NULL, &w->e));
    assert_memory_not_equal(before, after, 32);
    GOOD(w, tandem_verify(w->s, TANDEM_EN, NULL, NULL, &report, &w->e));
    assert_int_equal(report.problems, 0);
    tandem_record_free(r);
}

#define IN_A_WORLD(test)                                                       \
    cmocka_unit_test_setup_teardown(test, types_open, world_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(test_elements_are_put_moved_and_taken_away),
        IN_A_WORLD(test_one_edit_goes_on_from_its_own_list),
        IN_A_WORLD(test_two_peoples_changes_both_stand),
        IN_A_WORLD(
            test_an_element_moved_while_taken_away_stands_where_it_was_moved),
        IN_A_WORLD(test_a_place_outside_is_refused),
        IN_A_WORLD(test_lines_of_two_people_all_stand_with_their_authors),
        IN_A_WORLD(test_a_line_is_not_removed_nor_two_lines),
        IN_A_WORLD(test_a_store_with_lists_and_logs_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
