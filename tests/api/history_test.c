// SPDX-License-Identifier: Apache-2.0
// history_test.c - what was changed in a record, and putting it back, on two
// stores.

#include "pair.h"
#include "types.h"

#include "tandem/history.h"

static tandem_history *
open_on(struct pair *p, tandem_store *s, tandem_id id)
{
    tandem_history *h = NULL;

    GOOD(p->w, tandem_history_open(s, id, &h, &p->w->e));
    return h;
}

static tandem_record *
read_on(struct pair *p, tandem_store *s, tandem_id id)
{
    tandem_record *r;

    GOOD(p->w, tandem_record_open(s, id, &r, &p->w->e));
    return r;
}

// One edit of the record as the store holds it.
static void
write_on(struct pair *p, tandem_store *s, tandem_id id, const char *field,
    const char *value, const char *why)
{
    tandem_record *r = read_on(p, s, id);
    tandem_txn *t;
    tandem_edit *d;

    GOOD(p->w, tandem_txn_new(s, TANDEM_ME, &t, &p->w->e));
    GOOD(p->w, tandem_txn_edit(t, r, &d));
    GOOD(p->w, tandem_edit_why(d, why));
    GOOD(p->w, tandem_edit_set(d, field, tandem_str(value)));
    GOOD(p->w, tandem_txn_commit(t, &p->w->e));
    tandem_txn_free(t);
    tandem_record_free(r);
}

static tandem_err
undo_on(struct pair *p, tandem_store *s, tandem_history *h, size_t i,
    uint64_t flags, tandem_error *e)
{
    tandem_txn *t;
    tandem_edit *d;
    tandem_err err;

    GOOD(p->w, tandem_txn_new(s, TANDEM_ME, &t, e));
    GOOD(p->w, tandem_txn_edit(t, tandem_history_record(h), &d));
    GOOD(p->w, tandem_edit_why(d, "undo"));
    err = tandem_edit_undo(d, h, i, flags);
    if (err == TANDEM_OK) {
        GOOD(p->w, tandem_txn_commit(t, e));
    } else {
        assert_int_equal(tandem_txn_failed(t, e), err);
        assert_int_equal(tandem_txn_commit(t, e), err);
    }
    tandem_txn_free(t);
    return err;
}

static bool
reads(const tandem_record *r, const char *field, const char *text)
{
    tandem_value v;

    return tandem_record_get(r, field, &v) == TANDEM_OK &&
           (text == NULL ? v.type == TANDEM_NONE
                         : v.type == TANDEM_STR && v.u.s.len == strlen(text) &&
                               memcmp(v.u.s.ptr, text, v.u.s.len) == 0);
}

static void
test_changes_are_listed_with_who_when_and_what(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_record *before = NULL, *after = NULL;
    tandem_workspace office, tablet;
    tandem_touched touched;
    tandem_history *h;
    tandem_past one, two;

    GOOD(p->w, tandem_workspace_get(p->w->s, &office, &p->w->e));
    GOOD(p->w, tandem_workspace_get(p->tablet, &tablet, &p->w->e));
    (void)pair_meet(p);
    write_on(p, p->tablet, id, "name", "Mme Le.", "spelt out");
    (void)pair_meet(p);
    h = open_on(p, p->w->s, id);
    assert_int_equal(tandem_history_count(h), 2);
    GOOD(p->w, tandem_history_at(h, 0, &one));
    GOOD(p->w, tandem_history_at(h, 1, &two));
    assert_true(one.made && one.read && one.counts && one.reason == 0);
    assert_false(two.made);
    assert_true(two.read && two.counts);
    assert_memory_equal(&one.device, &office.device, sizeof(one.device));
    assert_memory_equal(&two.device, &tablet.device, sizeof(two.device));
    assert_true(two.wall_ms >= one.wall_ms);
    assert_int_equal(two.why.len, strlen("spelt out"));
    assert_int_equal(two.touched, 1);
    GOOD(p->w, tandem_history_touched(h, 1, 0, &touched));
    assert_string_equal(touched.field, "name");
    assert_int_equal(touched.key.type, TANDEM_NONE);
    assert_int_equal(
        tandem_history_touched(h, 1, 1, &touched), TANDEM_ENOTFOUND);
    assert_int_equal(tandem_history_at(h, 2, &one), TANDEM_ENOTFOUND);

    assert_int_equal(
        tandem_history_seen(h, 0, 0, &before, &p->w->e), TANDEM_ENOTFOUND);
    GOOD(p->w, tandem_history_seen(h, 1, 0, &before, &p->w->e));
    GOOD(p->w, tandem_history_seen(h, 1, TANDEM_WITH_CHANGE, &after, &p->w->e));
    assert_true(reads(before, "name", "Mme L."));
    assert_true(reads(after, "name", "Mme Le."));
    assert_string_equal(tandem_record_seen(after),
        tandem_record_seen(tandem_history_record(h)));
    tandem_record_free(before);
    tandem_record_free(after);
    tandem_history_free(h);

    // The same on the other store, by the same name.
    h = open_on(p, p->tablet, id);
    GOOD(p->w, tandem_history_at(h, 1, &one));
    assert_string_equal(one.name, two.name);
    tandem_history_free(h);
}

// What each had before them is told, not what was merged since.
static void
test_of_two_at_the_same_time_each_had_the_old_value(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_record *r = NULL;
    tandem_history *h;

    (void)pair_meet(p);
    write_on(p, p->w->s, id, "name", "A", NULL);
    write_on(p, p->tablet, id, "name", "B", NULL);
    (void)pair_meet(p);
    h = open_on(p, p->tablet, id);
    assert_int_equal(tandem_history_count(h), 3);
    for (size_t i = 1; i < 3; i++) {
        GOOD(p->w, tandem_history_seen(h, i, 0, &r, &p->w->e));
        assert_true(reads(r, "name", "Mme L."));
        assert_int_equal(tandem_record_versions(r, "name", NULL), 1);
        tandem_record_free(r);
        GOOD(p->w, tandem_history_seen(h, i, TANDEM_WITH_CHANGE, &r, &p->w->e));
        assert_int_equal(tandem_record_versions(r, "name", NULL), 1);
        assert_false(reads(r, "name", "Mme L."));
        tandem_record_free(r);
    }
    assert_int_equal(
        tandem_record_versions(tandem_history_record(h), "name", NULL), 2);
    tandem_history_free(h);
}

static void
test_an_undo_is_a_change_and_can_be_undone(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_history *h;
    tandem_record *r;

    write_on(p, p->w->s, id, "name", "Mme Le.", NULL);
    h = open_on(p, p->w->s, id);
    GOOD(p->w, undo_on(p, p->w->s, h, 1, 0, &p->w->e));
    tandem_history_free(h);
    r = read_on(p, p->w->s, id);
    assert_true(reads(r, "name", "Mme L."));
    tandem_record_free(r);
    h = open_on(p, p->w->s, id);
    assert_int_equal(tandem_history_count(h), 3);
    GOOD(p->w, undo_on(p, p->w->s, h, 2, 0, &p->w->e));
    tandem_history_free(h);
    (void)pair_meet(p);
    r = read_on(p, p->tablet, id);
    assert_true(reads(r, "name", "Mme Le."));
    assert_int_equal(tandem_record_versions(r, "name", NULL), 1);
    tandem_record_free(r);
}

static void
test_what_others_wrote_since_is_not_undone_unless_asked(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    tandem_history *h;
    tandem_record *r;

    write_on(p, p->w->s, id, "name", "A", NULL);
    (void)pair_meet(p);
    write_on(p, p->tablet, id, "name", "B", NULL);
    write_on(p, p->tablet, id, "alias", "porte bleue", NULL);
    (void)pair_meet(p);
    h = open_on(p, p->w->s, id);
    assert_int_equal(undo_on(p, p->w->s, h, 1, 0, &e), TANDEM_ECONFLICT);
    assert_string_equal(e.field, "name");
    assert_non_null(strstr(e.msg, "depuis"));
    r = read_on(p, p->w->s, id);
    assert_true(reads(r, "name", "B"));
    tandem_record_free(r);
    // The other field is nobody else's.
    GOOD(p->w, undo_on(p, p->w->s, h, 3, 0, &p->w->e));
    tandem_history_free(h);
    h = open_on(p, p->w->s, id);
    GOOD(p->w, undo_on(p, p->w->s, h, 1, TANDEM_UNDO_OVER, &p->w->e));
    tandem_history_free(h);
    r = read_on(p, p->w->s, id);
    assert_true(reads(r, "name", "Mme L."));
    assert_true(reads(r, "alias", NULL));
    assert_int_equal(tandem_record_versions(r, "name", NULL), 1);
    tandem_record_free(r);
}

// At the same time counts as since: the other value is not taken away.
static void
test_a_value_at_the_same_time_stands_in_the_way(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_history *h;

    (void)pair_meet(p);
    write_on(p, p->w->s, id, "name", "A", NULL);
    write_on(p, p->tablet, id, "name", "B", NULL);
    (void)pair_meet(p);
    h = open_on(p, p->w->s, id);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(
            undo_on(p, p->w->s, h, i, 0, &p->w->e), TANDEM_ECONFLICT);
    }
    tandem_history_free(h);
}

static void
fill(tandem_edit *d)
{
    const tandem_value photo = tandem_enum(1);

    assert_int_equal(
        tandem_edit_add(d, "phones", tandem_str("+33320000002")), TANDEM_OK);
    assert_int_equal(
        tandem_edit_remove(d, "phones", tandem_str("+33320000001")), TANDEM_OK);
    assert_int_equal(
        tandem_edit_put(d, "consents", photo, tandem_enum(1)), TANDEM_OK);
    assert_int_equal(
        tandem_edit_text(d, "remarks", 0, 0, tandem_bytes("Vu. ", 4)),
        TANDEM_OK);
    assert_int_equal(tandem_edit_set(d, "language", tandem_none()), TANDEM_OK);
    assert_int_equal(tandem_edit_set(d, "autonomy", tandem_tri(1)), TANDEM_OK);
}

static void
test_every_field_of_a_change_is_put_back(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_record *was = read_on(p, p->w->s, id), *r;
    uint8_t a[32], b[32];
    tandem_history *h;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(p->w, tandem_txn_new(p->w->s, TANDEM_ME, &t, &p->w->e));
    GOOD(p->w, tandem_txn_edit(t, was, &d));
    GOOD(p->w, tandem_edit_add(d, "phones", tandem_str("+33320000001")));
    GOOD(p->w, tandem_edit_set(d, "remarks", tandem_str("Rappeler.")));
    GOOD(p->w, tandem_edit_set(d, "language", tandem_str("fr")));
    GOOD(p->w, tandem_txn_commit(t, &p->w->e));
    tandem_record_free(was);
    was = read_on(p, p->w->s, id);
    GOOD(p->w, tandem_digest(p->w->s, NULL, a, NULL, &p->w->e));
    GOOD(p->w, tandem_txn_edit(t, was, &d));
    fill(d);
    GOOD(p->w, tandem_txn_commit(t, &p->w->e));
    GOOD(p->w, tandem_digest(p->w->s, NULL, b, NULL, &p->w->e));
    assert_memory_not_equal(a, b, 32);
    tandem_txn_free(t);

    h = open_on(p, p->w->s, id);
    GOOD(p->w, undo_on(p, p->w->s, h, 2, 0, &p->w->e));
    tandem_history_free(h);
    r = read_on(p, p->w->s, id);
    assert_true(reads(r, "remarks", "Rappeler."));
    assert_true(reads(r, "language", "fr"));
    assert_true(reads(r, "autonomy", NULL));
    assert_int_equal(tandem_record_items(r, "phones"), 1);
    assert_int_equal(tandem_record_items(r, "consents"), 0);
    tandem_record_free(r);
    tandem_record_free(was);
}

static void
test_a_record_that_was_made_goes_to_the_bin_and_back(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_history *h = open_on(p, p->w->s, id);
    tandem_touched touched;
    tandem_record *r;

    GOOD(p->w, undo_on(p, p->w->s, h, 0, 0, &p->w->e));
    tandem_history_free(h);
    r = read_on(p, p->w->s, id);
    assert_int_equal(tandem_record_deleted(r), TANDEM_TRASHED);
    tandem_record_free(r);
    h = open_on(p, p->w->s, id);
    GOOD(p->w, tandem_history_touched(h, 1, 0, &touched));
    assert_string_equal(touched.field, "");
    assert_int_equal( // it was deleted since
        undo_on(p, p->w->s, h, 0, 0, &p->w->e), TANDEM_ECONFLICT);
    GOOD(p->w, undo_on(p, p->w->s, h, 1, 0, &p->w->e));
    tandem_history_free(h);
    r = read_on(p, p->w->s, id);
    assert_int_equal(tandem_record_deleted(r), TANDEM_LIVE);
    tandem_record_free(r);
}

static void
test_an_edit_begun_elsewhere_is_refused(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_record *r = read_on(p, p->w->s, id), *out = NULL;
    tandem_history *h, *none = NULL;
    tandem_txn *t;
    tandem_edit *d;

    write_on(p, p->w->s, id, "name", "A", NULL);
    h = open_on(p, p->w->s, id);
    GOOD(p->w, tandem_txn_new(p->w->s, TANDEM_ME, &t, &p->w->e));
    GOOD(p->w, tandem_txn_edit(t, r, &d));
    assert_int_equal(tandem_edit_undo(d, h, 1, 0), TANDEM_EMISUSE);
    tandem_txn_free(t);
    GOOD(p->w, tandem_txn_new(p->w->s, TANDEM_ME, &t, &p->w->e));
    GOOD(p->w, tandem_txn_edit(t, tandem_history_record(h), &d));
    assert_int_equal(tandem_edit_undo(d, h, 1, 2), TANDEM_EMISUSE);
    assert_int_equal(tandem_edit_undo(d, h, 7, 0), TANDEM_ENOTFOUND);
    tandem_txn_free(t);
    assert_int_equal(tandem_history_seen(h, 1, 2, &out, NULL), TANDEM_EMISUSE);
    assert_int_equal(
        tandem_history_seen(h, 9, 0, &out, NULL), TANDEM_ENOTFOUND);
    assert_int_equal(
        tandem_history_open(p->w->s, (tandem_id){{1}}, &none, NULL),
        TANDEM_ENOTFOUND);
    assert_int_equal(
        tandem_history_open(NULL, id, &none, NULL), TANDEM_EMISUSE);
    assert_int_equal(tandem_history_count(NULL), 0);
    tandem_history_free(NULL);
    tandem_history_free(h);
    tandem_record_free(r);
}

// An older screen: what was typed on this device in between is not in what its
// author had before them.
static void
test_an_older_screen_shows_what_stood_on_it(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_record *old = read_on(p, p->w->s, id), *r = NULL;
    tandem_history *h;
    tandem_txn *t;
    tandem_edit *d;

    write_on(p, p->w->s, id, "alias", "porte bleue", NULL);
    GOOD(p->w, tandem_txn_new(p->w->s, TANDEM_ME, &t, &p->w->e));
    GOOD(p->w, tandem_txn_edit(t, old, &d));
    GOOD(p->w, tandem_edit_set(d, "name", tandem_str("A")));
    GOOD(p->w, tandem_txn_commit(t, &p->w->e));
    tandem_txn_free(t);
    h = open_on(p, p->w->s, id);
    GOOD(p->w, tandem_history_seen(h, 2, 0, &r, &p->w->e));
    assert_true(reads(r, "alias", NULL));
    tandem_record_free(r);
    GOOD(p->w, tandem_history_seen(h, 2, TANDEM_WITH_CHANGE, &r, &p->w->e));
    assert_true(reads(r, "alias", NULL));
    assert_true(reads(r, "name", "A"));
    tandem_record_free(r);
    tandem_history_free(h);
    tandem_record_free(old);
}

// ------------------------------------------------- lists, logs, states

// One edit by `fn`, then its undo: what the undo says, and the record as it
// stands then.
static tandem_err
do_and_undo(struct world *w, tandem_id id, void (*fn)(tandem_edit *d),
    const char *why, tandem_record **out)
{
    tandem_record *r = world_read(w, id);
    tandem_txn *t = types_begin(w);
    tandem_history *h;
    tandem_edit *d;
    tandem_err err;

    GOOD(w, tandem_txn_edit(t, r, &d));
    fn(d);
    GOOD(w, tandem_txn_commit(t, &w->e));
    GOOD(w, tandem_history_open(w->s, id, &h, &w->e));
    GOOD(w, tandem_txn_edit(t, tandem_history_record(h), &d));
    GOOD(w, tandem_edit_why(d, why));
    err = tandem_edit_undo(d, h, tandem_history_count(h) - 1, 0);
    if (err == TANDEM_OK) {
        err = tandem_txn_commit(t, &w->e);
    } else {
        (void)tandem_txn_failed(t, &w->e);
    }
    tandem_txn_free(t);
    tandem_history_free(h);
    tandem_record_free(r);
    *out = world_read(w, id);
    return err;
}

static void
three_steps(tandem_edit *d)
{
    assert_int_equal(tandem_edit_add(d, "steps", tandem_str("one")), TANDEM_OK);
    assert_int_equal(tandem_edit_add(d, "steps", tandem_str("two")), TANDEM_OK);
    assert_int_equal(
        tandem_edit_add(d, "steps", tandem_str("three")), TANDEM_OK);
}

static void
other_steps(tandem_edit *d)
{
    assert_int_equal(tandem_edit_move(d, "steps", 1, 0), TANDEM_OK);
    assert_int_equal(tandem_edit_drop(d, "steps", 1), TANDEM_OK);
    assert_int_equal(
        tandem_edit_insert(d, "steps", 1, tandem_str("new")), TANDEM_OK);
}

static void
a_line(tandem_edit *d)
{
    assert_int_equal(
        tandem_edit_add(d, "lines", tandem_str("Seen.")), TANDEM_OK);
}

static void
a_step_forward(tandem_edit *d)
{
    assert_int_equal(tandem_edit_set(d, "stage", tandem_enum(KEPT)), TANDEM_OK);
}

static void
a_first_step(tandem_edit *d)
{
    assert_int_equal(
        tandem_edit_set(d, "stage", tandem_enum(ASKED)), TANDEM_OK);
}

static void
test_a_list_has_its_elements_and_their_order_again(void **state)
{
    const char *const was[] = {"one", "two", "three"};
    struct world *w = *state;
    tandem_id id = types_new(w);
    tandem_record *r = world_read(w, id);
    tandem_txn *t = types_begin(w);
    tandem_edit *d;
    tandem_value v;

    GOOD(w, tandem_txn_edit(t, r, &d));
    three_steps(d);
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
    tandem_record_free(r);
    GOOD(w, do_and_undo(w, id, other_steps, NULL, &r));
    assert_int_equal(tandem_record_items(r, "steps"), 3);
    for (size_t i = 0; i < 3; i++) {
        GOOD(w, tandem_record_item(r, "steps", i, &v, NULL));
        assert_int_equal(v.u.s.len, strlen(was[i]));
        assert_memory_equal(v.u.s.ptr, was[i], v.u.s.len);
    }
    tandem_record_free(r);
}

static void
test_a_line_of_a_log_stays(void **state)
{
    struct world *w = *state;
    tandem_record *r;

    assert_int_equal(
        do_and_undo(w, types_new(w), a_line, NULL, &r), TANDEM_EVALUE);
    assert_int_equal(tandem_record_items(r, "lines"), 1);
    tandem_record_free(r);
}

static void
test_a_state_goes_back_with_a_reason(void **state)
{
    struct world *w = *state;
    tandem_id id = types_new(w);
    tandem_record *r;
    tandem_value v;

    GOOD(w, do_and_undo(w, id, a_first_step, "typed wrongly", &r));
    GOOD(w, tandem_record_get(r, "stage", &v));
    assert_int_equal(v.type, TANDEM_NONE);
    GOOD(w, types_set(w, r, "stage", tandem_enum(ASKED), NULL));
    tandem_record_free(r);
    assert_int_equal(
        do_and_undo(w, id, a_step_forward, NULL, &r), TANDEM_EVALUE);
    tandem_record_free(r);
    r = world_read(w, id);
    GOOD(w, types_set(w, r, "stage", tandem_enum(ASKED), "typed wrongly"));
    tandem_record_free(r);
    GOOD(w, do_and_undo(w, id, a_step_forward, "typed wrongly", &r));
    GOOD(w, tandem_record_get(r, "stage", &v));
    assert_int_equal(v.u.i, ASKED);
    tandem_record_free(r);
}

int
main(void)
{
#define TYPES(test)                                                            \
    cmocka_unit_test_setup_teardown(test, types_open, world_close)
#define PAIR(test) cmocka_unit_test_setup_teardown(test, pair_open, pair_close)
    const struct CMUnitTest tests[] = {
        PAIR(test_changes_are_listed_with_who_when_and_what),
        PAIR(test_of_two_at_the_same_time_each_had_the_old_value),
        PAIR(test_an_undo_is_a_change_and_can_be_undone),
        PAIR(test_what_others_wrote_since_is_not_undone_unless_asked),
        PAIR(test_a_value_at_the_same_time_stands_in_the_way),
        PAIR(test_every_field_of_a_change_is_put_back),
        PAIR(test_a_record_that_was_made_goes_to_the_bin_and_back),
        PAIR(test_an_edit_begun_elsewhere_is_refused),
        PAIR(test_an_older_screen_shows_what_stood_on_it),
        TYPES(test_a_list_has_its_elements_and_their_order_again),
        TYPES(test_a_line_of_a_log_stays),
        TYPES(test_a_state_goes_back_with_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
