// SPDX-License-Identifier: Apache-2.0
// state_test.c - states and stops as a person meets them: what is shown, when
// somebody has to choose, when a reason is due.

#include "types.h"

static int64_t
shown(const tandem_record *r, const char *field)
{
    tandem_value v;

    assert_int_equal(tandem_record_get(r, field, &v), TANDEM_OK);
    return v.type == TANDEM_NONE ? 0 : v.u.i;
}

static void
must_set(struct world *w, const tandem_record *seen, const char *field,
    tandem_value v, const char *why)
{
    GOOD(w, types_set(w, seen, field, v, why));
}

static void
move(struct world *w, const tandem_record *seen, int64_t to, const char *why)
{
    must_set(w, seen, "stage", tandem_enum(to), why);
}

// The thing as it stands after these two were written side by side.
static tandem_record *
after_both(struct world *w, int64_t first, int64_t a, int64_t b)
{
    tandem_id id = types_new(w);
    tandem_record *r = world_read(w, id), *seen;

    move(w, r, first, NULL);
    tandem_record_free(r);
    seen = world_read(w, id);
    move(w, seen, a, "why not");
    move(w, seen, b, "why not");
    tandem_record_free(seen);
    return world_read(w, id);
}

static void
test_the_further_of_two_moves_is_shown_and_is_no_conflict(void **state)
{
    struct world *w = *state;
    tandem_record *r = after_both(w, ASKED, CLOSED, KEPT);
    tandem_field_version v;

    assert_int_equal(shown(r, "stage"), CLOSED);
    assert_int_equal(types_conflicts(r), 0);
    assert_int_equal(tandem_record_versions(r, "stage", NULL), 2);
    GOOD(w, tandem_record_version(r, "stage", NULL, 1, &v));
    assert_int_equal(v.value.u.i, KEPT);
    tandem_record_free(r);
}

static void
test_states_that_cannot_be_compared_are_a_conflict(void **state)
{
    struct world *w = *state;
    tandem_record *r = after_both(w, ASKED, KEPT, MISSED), *after;
    tandem_txn *t = types_begin(w);
    tandem_stats stats;
    tandem_conflict x;
    tandem_edit *d;

    GOOD(w, tandem_record_conflict(r, 0, &x));
    assert_string_equal(x.field, "stage");
    assert_int_equal(x.versions, 2);
    assert_false(x.anomaly);
    GOOD(w, tandem_store_stats(w->s, &stats, &w->e));
    assert_int_equal(stats.conflicts, 1);
    // Choosing one takes the other back: with a reason, by who saw both.
    assert_int_equal(
        types_set(w, r, "stage", tandem_enum(KEPT), NULL), TANDEM_EVALUE);
    GOOD(w, tandem_txn_edit(t, r, &d));
    GOOD(w, tandem_edit_resolve(
                d, "stage", NULL, tandem_enum(KEPT), "she was there"));
    GOOD(w, tandem_txn_commit(t, &w->e));
    GOOD(w, tandem_edit_record(d, &after, &w->e));
    assert_int_equal(shown(after, "stage"), KEPT);
    assert_int_equal(types_conflicts(after), 0);
    GOOD(w, tandem_store_stats(w->s, &stats, &w->e));
    assert_int_equal(stats.conflicts, 0);
    tandem_record_free(after);
    tandem_txn_free(t);
    tandem_record_free(r);
}

static void
test_a_further_state_settles_both(void **state)
{
    struct world *w = *state;
    tandem_record *r = after_both(w, ASKED, KEPT, MISSED), *after;

    move(w, r, CLOSED, NULL);
    after = world_read(w, tandem_record_id(r));
    assert_int_equal(shown(after, "stage"), CLOSED);
    assert_int_equal(tandem_record_versions(after, "stage", NULL), 1);
    tandem_record_free(after);
    tandem_record_free(r);
}

static void
test_a_step_back_needs_a_reason_and_keeps_it(void **state)
{
    struct world *w = *state;
    tandem_record *r = after_both(w, ASKED, KEPT, CLOSED), *after;
    tandem_field_version v;

    assert_int_equal(
        types_set(w, r, "stage", tandem_enum(ASKED), NULL), TANDEM_EVALUE);
    assert_string_equal(w->e.field, "stage");
    assert_non_null(strstr(w->e.msg, "reason"));
    assert_int_equal(
        types_set(w, r, "stage", tandem_none(), NULL), TANDEM_EVALUE);
    move(w, r, ASKED, "wrong sheet");
    after = world_read(w, tandem_record_id(r));
    assert_int_equal(shown(after, "stage"), ASKED);
    GOOD(w, tandem_record_version(after, "stage", NULL, 0, &v));
    assert_int_equal(v.why.len, strlen("wrong sheet"));
    tandem_record_free(after);
    tandem_record_free(r);
}

// A step back takes back what its author had seen, not what came meanwhile.
static void
test_a_step_back_does_not_undo_a_move_it_had_not_seen(void **state)
{
    struct world *w = *state;
    tandem_record *r = after_both(w, KEPT, ASKED, CLOSED);

    assert_int_equal(shown(r, "stage"), CLOSED);
    assert_int_equal(types_conflicts(r), 0);
    tandem_record_free(r);
}

static void
test_a_stop_beats_moves_beside_it_until_who_saw_it_lifts_it(void **state)
{
    struct world *w = *state;
    tandem_record *r = after_both(w, ASKED, GONE, CLOSED), *after;

    assert_int_equal(shown(r, "stage"), GONE);
    assert_int_equal(types_conflicts(r), 0);
    assert_int_equal(
        types_set(w, r, "stage", tandem_enum(CLOSED), NULL), TANDEM_EVALUE);
    move(w, r, CLOSED, "came back");
    after = world_read(w, tandem_record_id(r));
    assert_int_equal(shown(after, "stage"), CLOSED);
    tandem_record_free(after);
    tandem_record_free(r);
}

static void
test_a_yes_that_is_a_stop_needs_no_reason_and_its_end_does(void **state)
{
    struct world *w = *state;
    tandem_id id = types_new(w);
    tandem_record *old = world_read(w, id), *r;

    must_set(w, old, "bell", tandem_bool(true), NULL);
    must_set(w, old, "bell", tandem_bool(false), NULL); // had not seen it
    r = world_read(w, id);
    assert_int_equal(shown(r, "bell"), 1);
    assert_int_equal(types_conflicts(r), 0);
    assert_int_equal(
        types_set(w, r, "bell", tandem_bool(false), NULL), TANDEM_EVALUE);
    must_set(w, r, "bell", tandem_bool(false), "she asked us in");
    tandem_record_free(r);
    r = world_read(w, id);
    assert_int_equal(shown(r, "bell"), 0);
    tandem_record_free(r);
    tandem_record_free(old);
}

static tandem_err
put(struct world *w, const tandem_record *seen, tandem_value v, const char *why)
{
    tandem_txn *t = types_begin(w);
    tandem_edit *d;
    tandem_err err;

    GOOD(w, tandem_txn_edit(t, seen, &d));
    GOOD(w, tandem_edit_why(d, why));
    (void)tandem_edit_put(d, "consents", tandem_str("photo"), v);
    err = tandem_txn_commit(t, &w->e);
    tandem_txn_free(t);
    return err;
}

static void
test_a_stop_under_a_key_beats_what_is_beside_it(void **state)
{
    struct world *w = *state;
    tandem_id id = types_new(w);
    tandem_record *old = world_read(w, id), *r;
    tandem_value key, value, photo = tandem_str("photo");

    GOOD(w, put(w, old, tandem_enum(WITHDRAWN), NULL));
    GOOD(w, put(w, old, tandem_enum(GIVEN), NULL));
    r = world_read(w, id);
    GOOD(w, tandem_record_item(r, "consents", 0, &key, &value));
    assert_int_equal(value.u.i, WITHDRAWN);
    assert_int_equal(types_conflicts(r), 0);
    assert_int_equal(tandem_record_versions(r, "consents", &photo), 2);
    assert_int_equal(put(w, r, tandem_enum(GIVEN), NULL), TANDEM_EVALUE);
    assert_int_equal(put(w, r, tandem_none(), NULL), TANDEM_EVALUE);
    GOOD(w, put(w, r, tandem_enum(GIVEN), "asked again"));
    tandem_record_free(r);
    r = world_read(w, id);
    GOOD(w, tandem_record_item(r, "consents", 0, &key, &value));
    assert_int_equal(value.u.i, GIVEN);
    tandem_record_free(r);
    tandem_record_free(old);
}

// Without a stop between them, two words under a key are a conflict as ever.
static void
test_words_under_a_key_that_are_no_stop_are_a_conflict(void **state)
{
    struct world *w = *state;
    tandem_id id = types_new(w);
    tandem_record *old = world_read(w, id), *r;

    GOOD(w, put(w, old, tandem_enum(REFUSED), NULL));
    GOOD(w, put(w, old, tandem_enum(GIVEN), NULL));
    r = world_read(w, id);
    assert_int_equal(types_conflicts(r), 1);
    tandem_record_free(r);
    tandem_record_free(old);
}

static size_t
found(struct world *w, int64_t stage)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *page;
    size_t n;

    q.kind = "test.pack/thing";
    q.field = "stage";
    q.value = tandem_enum(stage);
    GOOD(w, tandem_find(w->s, &q, &page, &w->e));
    n = tandem_page_count(page);
    tandem_page_free(page);
    return n;
}

static void
test_a_state_is_found_by_what_it_says_not_by_what_it_beat(void **state)
{
    struct world *w = *state;

    tandem_record_free(after_both(w, ASKED, CLOSED, KEPT));
    tandem_record_free(after_both(w, ASKED, KEPT, MISSED));
    assert_int_equal(found(w, CLOSED), 1);
    assert_int_equal(found(w, KEPT), 1);
    assert_int_equal(found(w, MISSED), 1);
    assert_int_equal(found(w, ASKED), 0);
}

// What a person corrects before saving is compared with what was seen.
static void
test_a_slip_within_one_edit_needs_no_reason(void **state)
{
    struct world *w = *state;
    tandem_id id = types_new(w);
    tandem_record *r = world_read(w, id);
    tandem_txn *t = types_begin(w);
    tandem_edit *d;

    GOOD(w, tandem_txn_edit(t, r, &d));
    GOOD(w, tandem_edit_set(d, "stage", tandem_enum(CLOSED)));
    GOOD(w, tandem_edit_set(d, "stage", tandem_enum(ASKED)));
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_record_free(r);
    r = world_read(w, id);
    assert_int_equal(shown(r, "stage"), ASKED);
    assert_int_equal(tandem_record_versions(r, "stage", NULL), 1);
    tandem_record_free(r);
    tandem_txn_free(t);
}

static void
test_a_store_with_states_is_whole(void **state)
{
    struct world *w = *state;
    tandem_verify_report report;

    tandem_record_free(after_both(w, ASKED, KEPT, MISSED));
    tandem_record_free(after_both(w, ASKED, GONE, CLOSED));
    GOOD(w, tandem_verify(w->s, TANDEM_EN, NULL, NULL, &report, &w->e));
    assert_int_equal(report.problems, 0);
}

#define IN_A_WORLD(test)                                                       \
    cmocka_unit_test_setup_teardown(test, types_open, world_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(test_the_further_of_two_moves_is_shown_and_is_no_conflict),
        IN_A_WORLD(test_states_that_cannot_be_compared_are_a_conflict),
        IN_A_WORLD(test_a_further_state_settles_both),
        IN_A_WORLD(test_a_step_back_needs_a_reason_and_keeps_it),
        IN_A_WORLD(test_a_step_back_does_not_undo_a_move_it_had_not_seen),
        IN_A_WORLD(test_a_stop_beats_moves_beside_it_until_who_saw_it_lifts_it),
        IN_A_WORLD(test_a_yes_that_is_a_stop_needs_no_reason_and_its_end_does),
        IN_A_WORLD(test_a_stop_under_a_key_beats_what_is_beside_it),
        IN_A_WORLD(test_words_under_a_key_that_are_no_stop_are_a_conflict),
        IN_A_WORLD(test_a_state_is_found_by_what_it_says_not_by_what_it_beat),
        IN_A_WORLD(test_a_slip_within_one_edit_needs_no_reason),
        IN_A_WORLD(test_a_store_with_states_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
