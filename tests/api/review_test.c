// SPDX-License-Identifier: Apache-2.0
// review_test.c - what is said of a record that was saved all the same, and
// what keeps one from being saved.

#include "help.h"

#include "tandem/schema.h"

enum { NOTICES = 16 };

#define NOW INT64_C(1774000000000) // 20 March 2026

struct field {
    const char *id;
    tandem_value value;
    bool add;
};

static tandem_record *
saved(struct world *w, const char *kind, const struct field *fields, size_t n)
{
    tandem_record *r;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_create(t, kind, w->sector, &d));
    for (size_t i = 0; i < n; i++) {
        GOOD(w, fields[i].add
                    ? tandem_edit_add(d, fields[i].id, fields[i].value)
                    : tandem_edit_set(d, fields[i].id, fields[i].value));
    }
    GOOD(w, tandem_txn_commit(t, &w->e));
    GOOD(w, tandem_edit_record(d, &r, &w->e));
    tandem_txn_free(t);
    return r;
}

// In both languages; `want` is NULL-ended.
static void
says(tandem_record *r, const char *const *want)
{
    tandem_notice en[NOTICES], fr[NOTICES];
    size_t n = tandem_record_review(r, NOW, TANDEM_EN, en, NOTICES);

    assert_int_equal(n, tandem_record_review(r, NOW, TANDEM_FR, fr, NOTICES));
    assert_int_equal(n, tandem_record_review(r, NOW, TANDEM_FR, NULL, 0));
    for (size_t i = 0; i < n; i++) {
        if (want[i] == NULL || strcmp(want[i], en[i].what) != 0) {
            fail_msg("%s: %s", en[i].what, en[i].msg);
        }
        assert_string_equal(en[i].what, fr[i].what);
        assert_string_equal(en[i].field, fr[i].field);
        assert_true(strcmp(en[i].msg, fr[i].msg) != 0);
    }
    assert_null(want[n]);
    tandem_record_free(r);
}

static void
test_rules_and_what_is_to_come_are_said(void **state)
{
    struct world *w = *state;
    struct field f[] = {{"channel", tandem_enum(1), false},
        {"outcome", tandem_enum(1), false},
        {"at", tandem_time(NOW + 7200000, 60), false},
        {"remark", tandem_str("une Dépression"), false}};
    const char *const all[] = {
        "future", "health", "door_tour", "no_answer_notice", NULL};
    const char *const none[] = {NULL};
    tandem_id id = {{1}};

    says(saved(w, "encounter", f, 4), all);
    f[1].value = tandem_enum(2);
    f[2].value = tandem_time(NOW, 60);
    f[3] = (struct field){"tour", tandem_ref(id), false};
    says(saved(w, "encounter", f, 4), none);
}

static void
test_unusual_numbers_and_orders_are_said(void **state)
{
    struct world *w = *state;
    tandem_id a = {{1}}, b = {{2}};
    const struct field pair[] = {
        {"members", tandem_ref(a), true}, {"members", tandem_ref(b), true}};
    const struct field shift[] = {{"day", tandem_date(20500), false},
        {"half_day", tandem_enum(1), false},
        {"activity", tandem_enum(1), false},
        {"started_at", tandem_time(NOW - 1000, 60), false},
        {"ended_at", tandem_time(NOW - 2000, 60), false}};
    const struct field move[] = {{"item", tandem_str("flyer"), false},
        {"quantity", tandem_int(900), false}, {"holder", tandem_ref(a), false}};
    const char *const unusual[] = {"unusual", NULL};
    const char *const order[] = {"order", NULL};
    const char *const none[] = {NULL};

    says(saved(w, "pair", pair, 1), unusual);
    says(saved(w, "pair", pair, 2), none);
    says(saved(w, "shift", shift, 5), order);
    says(saved(w, "shift", shift, 4), none);
    says(saved(w, "stock_move", move, 3), unusual);
}

// Typed in pieces, none of which is wrong: the whole is, and is not saved.
static void
test_what_must_not_be_noted_is_found_in_the_whole_text(void **state)
{
    struct world *w = *state;
    tandem_id about = {{1}};
    tandem_txn *t;
    tandem_edit *d;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_create(t, "note", w->sector, &d));
    GOOD(w, tandem_edit_set(d, "about", tandem_ref(about)));
    GOOD(w, tandem_edit_text(d, "text", 0, 0, tandem_bytes("digicode ", 9)));
    GOOD(w, tandem_edit_text(d, "text", 9, 0, tandem_bytes("1234A", 5)));
    assert_int_equal(tandem_txn_commit(t, &w->e), TANDEM_EVALUE);
    assert_string_equal(w->e.field, "text");
    assert_non_null(strstr(w->e.msg, "entry code"));
    tandem_txn_free(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_rules_and_what_is_to_come_are_said, world_open, world_close),
        cmocka_unit_test_setup_teardown(
            test_unusual_numbers_and_orders_are_said, world_open, world_close),
        cmocka_unit_test_setup_teardown(
            test_what_must_not_be_noted_is_found_in_the_whole_text, world_open,
            world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
