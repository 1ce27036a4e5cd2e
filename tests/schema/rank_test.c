// SPDX-License-Identifier: Apache-2.0
// rank_test.c - which of the values that stand side by side counts.
#include "schema/rank.h"

#include "base/limits.h"
#include "build.h"

// asked < (kept, missed) < closed; gone, a stop after asked; banned, a stop
// after gone; lost, a stop after nothing.
static struct obj
a_stage(int64_t n, const char *id, const char *a, const char *b, bool stop)
{
    const char *const list[] = {a, b, NULL};
    struct obj o = a_word(n, id);

    if (a != NULL) {
        obj_list(&o, "after", list);
    }
    if (stop) {
        obj_bool(&o, "stop", true);
    }
    return o;
}

enum { ASKED = 10, KEPT = 3, MISSED = 4, CLOSED = 2, GONE = 7, BANNED, LOST };

static struct td_pack *
staged(const char *type, const char *merge)
{
    struct obj words[] = {a_stage(ASKED, "asked", NULL, NULL, false),
        a_stage(KEPT, "kept", "asked", NULL, false),
        a_stage(MISSED, "missed", "asked", NULL, false),
        a_stage(CLOSED, "closed", "kept", "missed", false),
        a_stage(GONE, "gone", "asked", NULL, true),
        a_stage(BANNED, "banned", "gone", NULL, true),
        a_stage(LOST, "lost", NULL, NULL, true)};
    struct obj f = a_field(1, "f", type, merge);
    struct obj k = a_kind(1, "thing", &f, 1);
    struct obj o = a_pack(1, &k, 1);
    struct td_pack *p = NULL;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    only_enum(&o, "stage", words, sizeof words / sizeof words[0]);
    if (parse_obj(&o, &p, &e) != TANDEM_OK) {
        fail_msg("%s", e.msg);
    }
    return p;
}

static const tandem_field_info *
field_of(const struct td_pack *p)
{
    return &p->kinds[0].info.fields[0];
}

static bool
beats(const tandem_field_info *f, int64_t a, int64_t b)
{
    tandem_value x = a == 0 ? tandem_none() : tandem_enum(a);
    tandem_value y = b == 0 ? tandem_none() : tandem_enum(b);

    return tandem_value_beats(f, &x, &y);
}

static bool
forward(const tandem_field_info *f, int64_t a, int64_t b)
{
    tandem_value x = a == 0 ? tandem_none() : tandem_enum(a);
    tandem_value y = b == 0 ? tandem_none() : tandem_enum(b);

    return tandem_value_forward(f, &x, &y);
}

static void
test_what_follows_follows_through_others(void **state)
{
    struct td_pack *p = staged("enum:stage", "state");
    const tandem_enum_info *e = &p->enums[0];

    (void)state;
    assert_true(tandem_enum_before(e, ASKED, KEPT));
    assert_true(tandem_enum_before(e, ASKED, CLOSED));
    assert_true(tandem_enum_before(e, ASKED, BANNED));
    assert_false(tandem_enum_before(e, CLOSED, ASKED));
    assert_false(tandem_enum_before(e, KEPT, MISSED));
    assert_false(tandem_enum_before(e, MISSED, KEPT));
    assert_false(tandem_enum_before(e, KEPT, KEPT));
    assert_false(tandem_enum_before(e, KEPT, GONE));
    assert_false(tandem_enum_before(e, ASKED, 99));
    assert_false(tandem_enum_before(e, 99, ASKED));
    assert_false(tandem_enum_before(NULL, ASKED, KEPT));
    td_pack_release(p);
}

static void
test_the_further_state_beats_and_a_stop_beats_all(void **state)
{
    struct td_pack *p = staged("enum:stage", "state");
    const tandem_field_info *f = field_of(p);
    static const int64_t all[] = {
        0, ASKED, KEPT, MISSED, CLOSED, GONE, BANNED, LOST, 99};

    (void)state;
    assert_true(td_field_ranked(f));
    assert_true(beats(f, CLOSED, KEPT));
    assert_true(beats(f, KEPT, 0));
    assert_false(beats(f, KEPT, MISSED));
    assert_false(beats(f, MISSED, KEPT));
    assert_true(beats(f, GONE, CLOSED));
    assert_true(beats(f, LOST, CLOSED));
    assert_true(beats(f, BANNED, GONE));
    assert_false(beats(f, LOST, GONE));
    assert_false(beats(f, GONE, LOST));
    // A word of a newer pack is beaten by a stop alone.
    assert_false(beats(f, CLOSED, 99));
    assert_true(beats(f, GONE, 99));
    assert_true(beats(f, 99, 0));
    // A strict partial order: the front of any set is never empty.
    for (size_t a = 0; a < 9; a++) {
        for (size_t b = 0; b < 9; b++) {
            assert_false(beats(f, all[a], all[b]) && beats(f, all[b], all[a]));
            for (size_t c = 0; c < 9; c++) {
                assert_true(!beats(f, all[a], all[b]) ||
                            !beats(f, all[b], all[c]) ||
                            beats(f, all[a], all[c]));
            }
        }
    }
    td_pack_release(p);
}

static void
test_back_sideways_and_away_from_a_stop_need_a_reason(void **state)
{
    struct td_pack *p = staged("enum:stage", "state");
    const tandem_field_info *f = field_of(p);

    (void)state;
    assert_true(forward(f, 0, ASKED));
    assert_true(forward(f, 0, CLOSED));
    assert_true(forward(f, ASKED, CLOSED));
    assert_true(forward(f, KEPT, KEPT));
    assert_true(forward(f, CLOSED, GONE));
    assert_true(forward(f, GONE, BANNED));
    assert_false(forward(f, GONE, LOST));
    assert_false(forward(f, BANNED, GONE));
    assert_false(forward(f, CLOSED, KEPT));
    assert_false(forward(f, KEPT, MISSED));
    assert_false(forward(f, KEPT, 0));
    assert_false(forward(f, GONE, ASKED));
    assert_false(forward(f, GONE, CLOSED));
    td_pack_release(p);
}

// Of many values those are beaten that one of the others beats.
static void
prop_many_are_ranked_as_each_two_of_them(void **state)
{
    static const int64_t words[] = {
        0, ASKED, KEPT, MISSED, CLOSED, GONE, BANNED, LOST, 99};
    struct td_pack *p = staged("enum:stage", "state");
    const tandem_field_info *f = field_of(p);

    (void)state;
    for (unsigned set = 0; set < 1U << 9; set++) {
        tandem_value values[9];
        bool beaten[9];
        size_t n = 0;
        size_t front = 0;

        for (size_t i = 0; i < 9; i++) {
            if ((set >> i & 1) != 0) {
                values[n++] =
                    words[i] == 0 ? tandem_none() : tandem_enum(words[i]);
            }
        }
        td_rank(f, values, n, beaten);
        for (size_t i = 0; i < n; i++) {
            bool by_one = false;

            for (size_t k = 0; k < n; k++) {
                by_one =
                    by_one || tandem_value_beats(f, &values[k], &values[i]);
            }
            assert_int_equal(beaten[i], by_one);
            front += !beaten[i];
        }
        assert_true(n == 0 || front > 0);
    }
    td_pack_release(p);
}

// The same words without an order between them: only the stop counts.
static void
test_a_stop_counts_under_a_key_and_in_a_register(void **state)
{
    static const char *const types[][2] = {
        {"map:int:enum:stage", "map"}, {"enum:stage", "vis"}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct td_pack *p = staged(types[i][0], types[i][1]);
        const tandem_field_info *f = field_of(p);

        assert_true(td_field_ranked(f));
        assert_true(beats(f, GONE, CLOSED));
        assert_false(beats(f, CLOSED, ASKED));
        assert_false(beats(f, CLOSED, 0));
        assert_true(forward(f, CLOSED, ASKED));
        assert_true(forward(f, CLOSED, 0));
        assert_true(forward(f, CLOSED, GONE));
        assert_false(forward(f, GONE, CLOSED));
        assert_false(forward(f, GONE, 0));
        td_pack_release(p);
    }
}

static void
test_what_is_written_once_has_no_rank(void **state)
{
    struct td_pack *p = staged("enum:stage", "once");
    struct td_pack *q = one_field("enum:colour", "vis");

    (void)state;
    assert_false(td_field_ranked(field_of(p)));
    assert_false(beats(field_of(p), GONE, CLOSED));
    assert_false(td_field_ranked(field_of(q)));
    td_pack_release(p);
    td_pack_release(q);
}

static void
test_yes_beats_no_and_may_be_a_stop(void **state)
{
    struct obj f = a_field(1, "f", "bool", "state");
    struct obj k;
    struct obj o;
    struct td_pack *p = one_field("bool", "state");
    const tandem_field_info *g = field_of(p);
    tandem_value yes = tandem_bool(true);
    tandem_value no = tandem_bool(false);
    tandem_value none = tandem_none();

    (void)state;
    assert_int_equal(g->flags & TANDEM_FIELD_STOP, 0);
    assert_true(tandem_value_beats(g, &yes, &no));
    assert_true(tandem_value_beats(g, &no, &none));
    assert_false(tandem_value_beats(g, &no, &yes));
    assert_true(tandem_value_forward(g, &no, &yes));
    assert_false(tandem_value_forward(g, &yes, &no));
    td_pack_release(p);
    obj_bool(&f, "stop", true);
    k = a_kind(1, "thing", &f, 1);
    o = a_pack(1, &k, 1);
    assert_int_equal(parse_obj(&o, &p, NULL), TANDEM_OK);
    g = field_of(p);
    assert_int_equal(g->flags & TANDEM_FIELD_STOP, TANDEM_FIELD_STOP);
    assert_true(tandem_value_beats(g, &yes, &no));
    assert_false(tandem_value_forward(g, &yes, &no));
    td_pack_release(p);
}

static void
refused(struct obj *words, size_t count, tandem_err want, const char *says)
{
    struct obj o = a_pack(1, NULL, 0);
    struct td_pack *p = NULL;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    only_enum(&o, "stage", words, count);
    assert_int_equal(parse_obj(&o, &p, &e), want);
    assert_null(p);
    if (strstr(e.msg, says) == NULL) {
        fail_msg("%s", e.msg);
    }
}

static void
test_a_word_comes_after_earlier_ones_alone(void **state)
{
    static const char *const itself[] = {"b", NULL};
    static const char *const none[] = {"z", NULL};
    const char *many[TD_WORD_AFTER_MAX + 2];
    struct obj w[2];

    (void)state;
    for (size_t i = 0; i < TD_WORD_AFTER_MAX + 1; i++) {
        many[i] = "a";
    }
    many[TD_WORD_AFTER_MAX + 1] = NULL;
    // A circle would need one that comes after a later one.
    w[0] = a_stage(1, "a", "b", NULL, false);
    w[1] = a_stage(2, "b", "a", NULL, false);
    refused(w, 2, TANDEM_EVALUE, "before it");
    w[0] = a_word(1, "a");
    w[1] = a_word(2, "b");
    obj_list(&w[1], "after", itself);
    refused(w, 2, TANDEM_EVALUE, "before it");
    w[0] = a_word(1, "a");
    w[1] = a_word(2, "b");
    obj_list(&w[1], "after", none);
    refused(w, 2, TANDEM_EVALUE, "before it");
    w[0] = a_word(1, "a");
    w[1] = a_word(2, "b");
    obj_list(&w[1], "after", many);
    refused(w, 2, TANDEM_ELIMIT, "after");
    w[0] = a_word(1, "a");
    obj_int(&w[0], "after", 1);
    refused(w, 1, TANDEM_ECORRUPT, "after");
    w[0] = a_word(1, "a");
    obj_int(&w[0], "stop", 1);
    refused(w, 1, TANDEM_ECORRUPT, "stop");
}

static void
test_only_a_bool_state_has_a_stop_of_its_own(void **state)
{
    static const char *const types[][2] = {
        {"bool", "vis"}, {"enum:colour", "state"}, {"int", "vis"}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct obj f = a_field(1, "f", types[i][0], types[i][1]);
        struct obj k;
        struct obj o;
        struct td_pack *p = NULL;
        tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);

        obj_bool(&f, "stop", true);
        k = a_kind(1, "thing", &f, 1);
        o = a_pack(1, &k, 1);
        assert_int_equal(parse_obj(&o, &p, &e), TANDEM_EVALUE);
        assert_non_null(strstr(e.msg, "marquez le mot"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_follows_follows_through_others),
        cmocka_unit_test(test_the_further_state_beats_and_a_stop_beats_all),
        cmocka_unit_test(test_back_sideways_and_away_from_a_stop_need_a_reason),
        cmocka_unit_test(prop_many_are_ranked_as_each_two_of_them),
        cmocka_unit_test(test_a_stop_counts_under_a_key_and_in_a_register),
        cmocka_unit_test(test_what_is_written_once_has_no_rank),
        cmocka_unit_test(test_yes_beats_no_and_may_be_a_stop),
        cmocka_unit_test(test_a_word_comes_after_earlier_ones_alone),
        cmocka_unit_test(test_only_a_bool_state_has_a_stop_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
