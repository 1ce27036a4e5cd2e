// SPDX-License-Identifier: Apache-2.0
// query_test.c - what a query may ask, tokens, look-up by what people write,
// and arguments no caller should pass.

#include "help.h"

static void
test_a_token_is_checked_and_pages_resume_behind_it(void **state)
{
    struct world *w = *state;
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *p = NULL;
    uint8_t token[24];
    tandem_id first;

    (void)world_contact(w, "Mme A.");
    (void)world_contact(w, "Mme B.");
    q.kind = "contact";
    q.limit = 1;
    GOOD(w, tandem_find(w->s, &q, &p, &w->e));
    first = tandem_record_id(tandem_page_record(p, 0));
    assert_null(tandem_page_record(p, 1));
    assert_int_equal(tandem_page_next(p).len, sizeof(token));
    memcpy(token, tandem_page_next(p).ptr, sizeof(token));
    tandem_page_free(p);
    (void)world_contact(w, "Mme C."); // meanwhile: behind all others
    q.after = tandem_bytes(token, sizeof(token));
    q.limit = 10;
    GOOD(w, tandem_find(w->s, &q, &p, &w->e));
    assert_int_equal(tandem_page_count(p), 2);
    assert_false(
        tandem_id_equal(first, tandem_record_id(tandem_page_record(p, 0))));
    assert_int_equal(tandem_page_next(p).len, 0);
    tandem_page_free(p);
    p = NULL;
    q.after.len--;
    assert_int_equal(tandem_find(w->s, &q, &p, &w->e), TANDEM_EVALUE);
    assert_null(p);
    memset(token, 0xff, sizeof(token));
    q.after.len++;
    GOOD(w, tandem_find(w->s, &q, &p, &w->e)); // behind the last
    assert_int_equal(tandem_page_count(p), 0);
    tandem_page_free(p);
}

static void
test_deleted_records_are_listed_only_when_asked_for(void **state)
{
    struct world *w = *state;
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *r = world_read(w, id);
    tandem_page *p;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_edit(t, r, &d));
    GOOD(w, tandem_edit_delete(d, true));
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
    tandem_record_free(r);
    q.kind = "contact";
    for (uint64_t flags = 0; flags <= TANDEM_QUERY_TRASHED; flags++) {
        q.flags = flags;
        GOOD(w, tandem_find(w->s, &q, &p, &w->e));
        assert_int_equal(tandem_page_count(p), flags);
        tandem_page_free(p);
    }
}

static void
test_queries_that_make_no_sense_are_refused(void **state)
{
    struct world *w = *state;
    const tandem_query fresh = TANDEM_QUERY_INIT;
    tandem_query q = fresh;
    tandem_page *p = NULL;

    q.field = "name";
    assert_int_equal(tandem_find(w->s, &q, &p, &w->e), TANDEM_EMISUSE);
    q = fresh;
    q.limit = 1001;
    assert_int_equal(tandem_find(w->s, &q, &p, &w->e), TANDEM_EMISUSE);
    q = fresh;
    q.size = 4; // not even a size
    assert_int_equal(tandem_find(w->s, &q, &p, &w->e), TANDEM_EMISUSE);
    q = fresh;
    q.kind = "contact";
    q.field = "name";
    q.value = tandem_int(3);
    assert_int_equal(tandem_find(w->s, &q, &p, &w->e), TANDEM_EVALUE);
    assert_string_equal(w->e.field, "name");
    q.field = "remarks";
    q.value = tandem_str("x");
    assert_int_equal(tandem_find(w->s, &q, &p, &w->e), TANDEM_EVALUE);
    assert_int_equal(tandem_find(NULL, &q, &p, &w->e), TANDEM_EMISUSE);
    assert_int_equal(tandem_find(w->s, NULL, &p, NULL), TANDEM_EMISUSE);
    assert_null(p);
    assert_int_equal(tandem_page_count(NULL), 0);
    tandem_page_free(NULL);
}

static void
test_a_code_two_records_bear_is_not_guessed(void **state)
{
    struct world *w = *state;
    tandem_id ids[2], found = {{5}};
    char text[37];

    for (size_t i = 0; i < 2; i++) {
        tandem_txn *t;
        tandem_edit *d;

        GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
        GOOD(w, tandem_txn_create(t, "contact", w->sector, &d));
        GOOD(w, tandem_edit_set(d, "met_by", tandem_enum(1)));
        GOOD(w, tandem_edit_set(d, "short_code", tandem_str("PAPIER1")));
        ids[i] = tandem_edit_id(d);
        GOOD(w, tandem_txn_commit(t, &w->e));
        tandem_txn_free(t);
    }
    assert_int_equal(
        tandem_lookup(w->s, "papier1", &found, &w->e), TANDEM_ECONFLICT);
    assert_int_equal(found.b[0], 5);
    tandem_id_text(ids[0], text);
    assert_non_null(strstr(w->e.msg, text));
    GOOD(w, tandem_lookup(w->s, text, &found, &w->e));
    assert_true(tandem_id_equal(found, ids[0]));
    assert_int_equal(
        tandem_lookup(w->s, "\xff", &found, &w->e), TANDEM_ENOTFOUND);
    assert_int_equal(tandem_lookup(w->s, "", &found, &w->e), TANDEM_ENOTFOUND);
}

static void
test_a_token_of_another_record_or_store_gives_nothing(void **state)
{
    struct world *w = *state;
    tandem_record *a = world_read(w, world_contact(w, "Mme A.")), *out = NULL;
    tandem_id b = world_contact(w, "Mme B.");
    char *token;

    assert_int_equal(
        tandem_record_open_seen(w->s, b, tandem_record_seen(a), &out, &w->e),
        TANDEM_ENOTFOUND);
    // One digit of the hash another: an entry this store does not hold.
    token = strdup(tandem_record_seen(a));
    assert_non_null(token);
    token[strlen(token) - 3] = token[strlen(token) - 3] == '0' ? '1' : '0';
    assert_int_equal(
        tandem_record_open_seen(w->s, tandem_record_id(a), token, &out, &w->e),
        TANDEM_ENOTFOUND);
    assert_null(out);
    free(token);
    tandem_record_free(a);
}

static void
test_records_of_ids_stand_in_their_order_and_absent_ones_are_null(void **state)
{
    struct world *w = *state;
    const tandem_id a = world_contact(w, "Mme L.");
    const tandem_id b = world_contact(w, "M. B.");
    const tandem_id nobody = {{9, 9, 9}};
    tandem_id ids[200];
    tandem_page *p = NULL;

    for (size_t i = 0; i < 200; i++) { // more than one transaction reads
        ids[i] = i % 3 == 0 ? b : i % 3 == 1 ? nobody : a;
    }
    GOOD(w, tandem_open_some(w->s, ids, 200, &p, &w->e));
    assert_int_equal(tandem_page_count(p), 200);
    assert_int_equal(tandem_page_next(p).len, 0);
    for (size_t i = 0; i < 200; i++) {
        const tandem_record *r = tandem_page_record(p, i);

        if (i % 3 == 1) {
            assert_null(r);
        } else {
            assert_true(tandem_id_equal(tandem_record_id(r), ids[i]));
            assert_text(r, "name", i % 3 == 0 ? "M. B." : "Mme L.");
        }
    }
    tandem_page_free(p);
    GOOD(w, tandem_open_some(w->s, NULL, 0, &p, &w->e));
    assert_int_equal(tandem_page_count(p), 0);
    tandem_page_free(p);
    p = NULL;
    assert_int_equal(
        tandem_open_some(w->s, ids, 1001, &p, &w->e), TANDEM_EMISUSE);
    assert_null(p);
}

static void
test_times_are_those_of_the_origins(void **state)
{
    struct world *w = *state;
    tandem_record *r = world_read(w, world_contact(w, "Mme L."));
    tandem_origin created, changed;
    int64_t a, b;

    tandem_record_created(r, &created);
    tandem_record_changed(r, &changed);
    tandem_record_times(r, &a, &b);
    assert_true(a > 0);
    assert_int_equal(a, created.wall_ms);
    assert_int_equal(b, changed.wall_ms);
    tandem_record_free(r);
}

int
main(void)
{
#define WITH(test)                                                             \
    cmocka_unit_test_setup_teardown(test, world_open, world_close)
    const struct CMUnitTest tests[] = {
        WITH(test_a_token_is_checked_and_pages_resume_behind_it),
        WITH(test_deleted_records_are_listed_only_when_asked_for),
        WITH(test_queries_that_make_no_sense_are_refused),
        WITH(test_a_code_two_records_bear_is_not_guessed),
        WITH(test_a_token_of_another_record_or_store_gives_nothing),
        WITH(test_records_of_ids_stand_in_their_order_and_absent_ones_are_null),
        WITH(test_times_are_those_of_the_origins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
