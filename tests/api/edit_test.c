// SPDX-License-Identifier: Apache-2.0
// edit_test.c - the edges of typing: positions, limits, failures, misuse.

#include "help.h"

static tandem_txn *
begin(struct world *w)
{
    tandem_txn *t;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    return t;
}

static tandem_edit *
sheet(struct world *w, tandem_txn *t)
{
    tandem_edit *d;

    GOOD(w, tandem_txn_create(t, "contact", w->sector, &d));
    GOOD(w, tandem_edit_set(d, "met_by", tandem_enum(1)));
    return d;
}

static void
assert_saved_text(struct world *w, tandem_edit *d, const char *text)
{
    tandem_record *r;

    GOOD(w, tandem_edit_record(d, &r, &w->e));
    assert_text(r, "remarks", text);
    tandem_record_free(r);
}

static void
test_a_text_is_spliced_by_code_points(void **state)
{
    struct world *w = *state;
    tandem_txn *t = begin(w);
    tandem_edit *d = sheet(w, t);

    GOOD(w, tandem_edit_text(d, "remarks", 0, 0, tandem_bytes("", 0)));
    GOOD(w, tandem_edit_text(d, "remarks", 0, 0, tandem_bytes("été", 5)));
    GOOD(w, tandem_edit_text(d, "remarks", 3, 0, tandem_bytes("!", 1)));
    GOOD(w, tandem_edit_text(d, "remarks", 0, 1, tandem_bytes("É", 2)));
    GOOD(w, tandem_edit_text(d, "remarks", 1, 2, tandem_bytes("", 0)));
    GOOD(w, tandem_edit_text(d, "remarks", 1, 0, tandem_bytes("😀", 4)));
    GOOD(w, tandem_txn_commit(t, &w->e));
    assert_saved_text(w, d, "É😀!");
    tandem_txn_free(t);
}

static void
test_a_splice_outside_or_of_bad_bytes_is_refused(void **state)
{
    static const struct {
        size_t at, remove;
        const char *bytes;
        size_t len;
    } bad[] = {
        {4, 0, "x", 1},                // behind the end
        {0, 4, "", 0},                 // longer than the text
        {3, 1, "", 0},                 // from the end on
        {SIZE_MAX, 1, "", 0},          // wraps
        {1, SIZE_MAX, "", 0},          // wraps
        {0, 0, "\xc3", 1},             // cut sequence
        {0, 0, "\xed\xa0\x80", 3},     // a surrogate
        {0, 0, "\xf4\x90\x80\x80", 4}, // beyond Unicode
        {0, 0, "a\0b", 3},             // NUL
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        tandem_txn *t = begin(w);
        tandem_edit *d = sheet(w, t);

        GOOD(w, tandem_edit_text(d, "remarks", 0, 0, tandem_bytes("abc", 3)));
        assert_int_equal(
            tandem_edit_text(d, "remarks", bad[i].at, bad[i].remove,
                tandem_bytes(bad[i].bytes, bad[i].len)),
            TANDEM_EVALUE);
        assert_int_equal(tandem_txn_commit(t, &w->e), TANDEM_EVALUE);
        assert_string_equal(w->e.field, "remarks");
        assert_true(tandem_id_equal(w->e.record, tandem_edit_id(d)));
        tandem_txn_free(t);
    }
}

static void
test_a_long_text_is_typed_and_replaced_whole(void **state)
{
    enum { LONG = 100 << 10 };
    struct world *w = *state;
    char *text = malloc(LONG + 2);
    tandem_txn *t = begin(w);
    tandem_edit *d = sheet(w, t);

    assert_non_null(text);
    memset(text, 'n', LONG + 1);
    text[LONG + 1] = '\0';
    GOOD(w, tandem_edit_text(d, "remarks", 0, 0, tandem_bytes(text, LONG)));
    GOOD(w, tandem_edit_set(d, "remarks", tandem_str(text)));
    GOOD(w, tandem_txn_commit(t, &w->e));
    assert_saved_text(w, d, text);
    tandem_txn_free(t);
    free(text);
}

static void
test_the_129th_record_of_a_batch_is_refused_and_128_are_written(void **state)
{
    struct world *w = *state;
    tandem_stats before, after;
    tandem_txn *t = begin(w);
    tandem_edit *d;

    GOOD(w, tandem_store_stats(w->s, &before, &w->e));
    for (int i = 0; i < 128; i++) {
        (void)sheet(w, t);
    }
    GOOD(w, tandem_txn_commit(t, &w->e));
    GOOD(w, tandem_store_stats(w->s, &after, &w->e));
    assert_int_equal(after.records, before.records + 128);
    assert_int_equal(after.commits, before.commits + 2); // entry 0, this one
    for (int i = 0; i < 128; i++) {
        (void)sheet(w, t);
    }
    assert_int_equal(
        tandem_txn_create(t, "contact", w->sector, &d), TANDEM_ELIMIT);
    assert_int_equal(tandem_txn_commit(t, &w->e), TANDEM_ELIMIT);
    assert_true(strlen(w->e.msg) > 0);
    tandem_txn_free(t);
    GOOD(w, tandem_store_stats(w->s, &after, &w->e));
    assert_int_equal(after.records, before.records + 128);
}

static void
test_more_than_a_commit_holds_is_refused_and_the_next_is_written(void **state)
{
    enum { LONG = 500 << 10 };
    struct world *w = *state;
    tandem_stats before, after;
    char *text = malloc(LONG);
    tandem_txn *t = begin(w);

    assert_non_null(text);
    memset(text, 'n', LONG);
    GOOD(w, tandem_store_stats(w->s, &before, &w->e));
    for (int i = 0; i < 3; i++) {
        GOOD(w, tandem_edit_text(
                    sheet(w, t), "remarks", 0, 0, tandem_bytes(text, LONG)));
    }
    assert_int_equal(tandem_txn_commit(t, &w->e), TANDEM_ELIMIT);
    assert_non_null(strstr(w->e.msg, "several steps"));
    tandem_txn_free(t);
    free(text);
    GOOD(w, tandem_store_stats(w->s, &after, &w->e));
    assert_int_equal(after.lsn, before.lsn);
    (void)world_contact(w, "Mme L.");
    GOOD(w, tandem_store_stats(w->s, &after, &w->e));
    assert_int_equal(after.records, before.records + 1);
}

static void
test_a_commit_that_missed_a_field_succeeds_once_it_is_filled(void **state)
{
    struct world *w = *state;
    tandem_txn *t = begin(w);
    tandem_record *r;
    tandem_edit *d;

    GOOD(w, tandem_txn_create(t, "contact", w->sector, &d));
    GOOD(w, tandem_edit_set(d, "name", tandem_str("Mme L.")));
    assert_int_equal(tandem_txn_commit(t, &w->e), TANDEM_EVALUE);
    assert_int_equal(tandem_txn_commit(t, &w->e), TANDEM_EVALUE);
    assert_int_equal(tandem_edit_record(d, &r, &w->e), TANDEM_EMISUSE);
    GOOD(w, tandem_edit_set(d, "met_by", tandem_enum(1)));
    GOOD(w, tandem_txn_commit(t, &w->e));
    GOOD(w, tandem_edit_record(d, &r, &w->e));
    assert_text(r, "name", "Mme L.");
    tandem_record_free(r);
    tandem_txn_free(t);
}

static void
test_a_committed_edit_takes_nothing_more(void **state)
{
    struct world *w = *state;
    tandem_txn *t = begin(w);
    tandem_edit *d = sheet(w, t);

    GOOD(w, tandem_txn_commit(t, &w->e));
    assert_int_equal(
        tandem_edit_set(d, "name", tandem_str("late")), TANDEM_EMISUSE);
    assert_int_equal(tandem_edit_why(d, "late"), TANDEM_EMISUSE);
    assert_int_equal(tandem_edit_delete(d, true), TANDEM_EMISUSE);
    assert_int_equal(tandem_txn_failed(t, &w->e), TANDEM_EMISUSE);
    assert_non_null(strstr(w->e.msg, "committed"));
    tandem_txn_free(t);
    assert_int_equal(
        tandem_edit_set(NULL, "name", tandem_none()), TANDEM_EMISUSE);
    assert_int_equal(tandem_edit_delete(NULL, true), TANDEM_EMISUSE);
}

static void
test_an_edit_without_effect_writes_nothing(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *r = world_read(w, id), *after;
    tandem_stats before, now;
    tandem_txn *t = begin(w);
    tandem_edit *d;

    GOOD(w, tandem_store_stats(w->s, &before, &w->e));
    GOOD(w, tandem_txn_edit(t, r, &d));
    GOOD(w, tandem_edit_set(d, "name", tandem_str("Mme L.")));
    GOOD(w, tandem_edit_set(d, "alias", tandem_none()));
    GOOD(w, tandem_edit_remove(d, "phones", tandem_str("+33320000001")));
    GOOD(w, tandem_edit_delete(d, false));
    GOOD(w, tandem_txn_commit(t, &w->e));
    GOOD(w, tandem_edit_record(d, &after, &w->e));
    assert_string_equal(tandem_record_seen(after), tandem_record_seen(r));
    GOOD(w, tandem_store_stats(w->s, &now, &w->e));
    assert_int_equal(now.lsn, before.lsn);
    tandem_record_free(after);
    tandem_record_free(r);
    tandem_txn_free(t);
}

static void
test_a_record_that_exists_binds_the_batch_to_no_sector(void **state)
{
    struct world *w = *state;
    const tandem_slice key = tandem_bytes("papier-12", 9);
    tandem_id other, id, untouched = {{5}};
    tandem_txn *t = begin(w);
    tandem_edit *d;
    char longer[65] = {0};

    GOOD(w, tandem_sector_add(w->s, "WAZEMMES", &other, &w->e));
    GOOD(w, tandem_txn_create_keyed(t, "contact", w->sector, key, &d, &id));
    GOOD(w, tandem_edit_set(d, "met_by", tandem_enum(1)));
    GOOD(w, tandem_txn_commit(t, &w->e));
    assert_int_equal(
        tandem_txn_create_keyed(t, "contact", w->sector, key, &d, &id),
        TANDEM_EEXIST);
    GOOD(w, tandem_txn_create(t, "contact", other, &d));
    tandem_txn_free(t);
    t = begin(w);
    assert_int_equal(tandem_txn_create_keyed(t, "contact", w->sector,
                         tandem_bytes(longer, 65), &d, &untouched),
        TANDEM_EVALUE);
    assert_int_equal(untouched.b[0], 5);
    tandem_txn_free(t);
    assert_int_equal(tandem_keyed_id(w->s, "contact", w->sector,
                         tandem_bytes("", 0), &untouched, &w->e),
        TANDEM_EVALUE);
    assert_int_equal(
        tandem_keyed_id(w->s, "nonsense", w->sector, key, &untouched, &w->e),
        TANDEM_EKIND);
    assert_non_null(strstr(w->e.msg, "nonsense"));
}

static void
test_no_record_is_made_in_the_control_or_an_unknown_sector(void **state)
{
    struct world *w = *state;
    tandem_id sectors[2] = {{{0}}, {{9}}};

    for (size_t i = 0; i < 2; i++) {
        tandem_txn *t = begin(w);
        tandem_edit *d = NULL;

        assert_int_equal(
            tandem_txn_create(t, "contact", sectors[i], &d), TANDEM_EWORKSPACE);
        assert_null(d);
        assert_int_equal(tandem_txn_failed(t, &w->e), TANDEM_EWORKSPACE);
        tandem_txn_free(t);
    }
}

int
main(void)
{
#define WITH(test)                                                             \
    cmocka_unit_test_setup_teardown(test, world_open, world_close)
    const struct CMUnitTest tests[] = {
        WITH(test_a_text_is_spliced_by_code_points),
        WITH(test_a_splice_outside_or_of_bad_bytes_is_refused),
        WITH(test_a_long_text_is_typed_and_replaced_whole),
        WITH(test_the_129th_record_of_a_batch_is_refused_and_128_are_written),
        WITH(test_more_than_a_commit_holds_is_refused_and_the_next_is_written),
        WITH(test_a_commit_that_missed_a_field_succeeds_once_it_is_filled),
        WITH(test_a_committed_edit_takes_nothing_more),
        WITH(test_an_edit_without_effect_writes_nothing),
        WITH(test_no_record_is_made_in_the_control_or_an_unknown_sector),
        WITH(test_a_record_that_exists_binds_the_batch_to_no_sector),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
