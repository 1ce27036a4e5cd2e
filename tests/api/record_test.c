// SPDX-License-Identifier: Apache-2.0
// record_test.c - reading and editing through the public interface.

#include "help.h"

// Set one register from a snapshot.
static void
set_from(struct world *w, const tandem_record *seen, const char *field,
    const char *value)
{
    tandem_txn *t;
    tandem_edit *d;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_edit(t, seen, &d));
    GOOD(w, tandem_edit_set(d, field, tandem_str(value)));
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
}

static void
test_a_new_record_reads_back_and_gets_a_code(void **state)
{
    struct world *w = *state;
    tandem_record *r = world_read(w, world_contact(w, "Mme L."));
    tandem_value code;
    tandem_id id;

    assert_text(r, "name", "Mme L.");
    assert_string_equal(tandem_record_kind(r)->id, "contact");
    assert_int_equal(tandem_record_versions(r, "name", NULL), 1);
    assert_int_equal(tandem_record_get(r, "short_code", &code), TANDEM_OK);
    assert_int_equal(code.type, TANDEM_STR);
    assert_int_equal(tandem_record_get(r, "nonsense", &code), TANDEM_EKIND);
    {
        char text[16];

        (void)snprintf(text, sizeof(text), "%.*s", (int)code.u.s.len,
            (const char *)code.u.s.ptr);
        GOOD(w, tandem_lookup(w->s, text, &id, &w->e));
        assert_true(tandem_id_equal(id, tandem_record_id(r)));
    }
    tandem_record_free(r);
}

static void
test_an_older_snapshot_conflicts_and_is_resolved(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *old = world_read(w, id), *r;
    tandem_field_version v0, v1;
    tandem_conflict c;
    tandem_txn *t;
    tandem_edit *d;

    set_from(w, old, "email", "a@example.org");
    set_from(w, old, "email", "b@example.org");
    r = world_read(w, id);
    assert_int_equal(tandem_record_versions(r, "email", NULL), 2);
    GOOD(w, tandem_record_version(r, "email", NULL, 0, &v0));
    GOOD(w, tandem_record_version(r, "email", NULL, 1, &v1));
    assert_string_not_equal(v0.dot, v1.dot);
    assert_false(tandem_value_equal(&v0.value, &v1.value));
    GOOD(w, tandem_record_conflict(r, 0, &c));
    assert_string_equal(c.field, "email");
    assert_int_equal(tandem_record_conflict(r, 1, &c), TANDEM_ENOTFOUND);

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_edit(t, r, &d));
    GOOD(w, tandem_edit_resolve(d, "email", NULL, v1.value, "appelée"));
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
    tandem_record_free(r);
    r = world_read(w, id);
    assert_int_equal(tandem_record_versions(r, "email", NULL), 1);
    GOOD(w, tandem_record_version(r, "email", NULL, 0, &v0));
    assert_int_equal(v0.why.len, strlen("appelée"));
    tandem_record_free(r);
    tandem_record_free(old);
}

// Many screens of one state, saved one after the other: as many values side by
// side, equal ones shown as one, each listed once.
static void
test_many_values_side_by_side_are_listed_once_each(void **state)
{
    enum { MANY = 90 };
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *old = world_read(w, id), *r;
    tandem_field_version v, before;
    tandem_conflict c;
    char text[16];

    for (int i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof(text), "%d", i / 2);
        set_from(w, old, "alias", text);
    }
    r = world_read(w, id);
    assert_int_equal(tandem_record_versions(r, "alias", NULL), MANY / 2);
    GOOD(w, tandem_record_version(r, "alias", NULL, 0, &before));
    assert_memory_equal(before.value.u.s.ptr, "44", 2); // the latest first
    for (size_t i = 1; i < MANY / 2; i++) {
        GOOD(w, tandem_record_version(r, "alias", NULL, i, &v));
        assert_true(v.wall_ms <= before.wall_ms);
        assert_string_equal(strchr(v.dot, '.'), strchr(before.dot, '.'));
        for (size_t k = 0; k < i; k++) {
            tandem_field_version other;

            GOOD(w, tandem_record_version(r, "alias", NULL, k, &other));
            assert_false(tandem_value_equal(&v.value, &other.value));
        }
        before = v;
    }
    assert_int_equal(tandem_record_version(r, "alias", NULL, MANY / 2, &v),
        TANDEM_ENOTFOUND);
    GOOD(w, tandem_record_conflict(r, 0, &c));
    assert_int_equal(c.versions, MANY / 2);
    assert_int_equal(tandem_record_conflict(r, 1, &c), TANDEM_ENOTFOUND);
    tandem_record_free(r);
    tandem_record_free(old);
}

static void
test_saving_twice_is_no_conflict_with_oneself(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *seen = world_read(w, id), *after, *now;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_edit(t, seen, &d));
    GOOD(w, tandem_edit_set(d, "alias", tandem_str("3e étage")));
    GOOD(w, tandem_txn_commit(t, &w->e));
    GOOD(w, tandem_edit_record(d, &after, &w->e));
    assert_text(after, "alias", "3e étage");
    tandem_txn_free(t);
    set_from(w, after, "alias", "porte bleue");
    now = world_read(w, id);
    assert_int_equal(tandem_record_versions(now, "alias", NULL), 1);
    assert_text(now, "alias", "porte bleue");
    tandem_record_free(now);
    tandem_record_free(after);
    tandem_record_free(seen);
}

// The screen was older than this device's own last change: what was typed on
// it stands alone there, and the other value stays beside it in the store.
static void
test_a_saved_edit_shows_nothing_that_was_written_meanwhile(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *seen = world_read(w, id), *after, *again, *now;
    tandem_txn *t;
    tandem_edit *d;

    set_from(w, seen, "email", "meanwhile@example.org");
    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_edit(t, seen, &d));
    GOOD(w, tandem_edit_set(d, "email", tandem_str("typed@example.org")));
    GOOD(w, tandem_txn_commit(t, &w->e));
    GOOD(w, tandem_edit_record(d, &after, &w->e));
    tandem_txn_free(t);
    assert_int_equal(tandem_record_versions(after, "email", NULL), 1);
    assert_text(after, "email", "typed@example.org");
    GOOD(w, tandem_record_open_seen(
                w->s, id, tandem_record_seen(after), &again, &w->e));
    assert_int_equal(tandem_record_versions(again, "email", NULL), 1);
    assert_string_equal(tandem_record_seen(again), tandem_record_seen(after));
    set_from(w, again, "email", "again@example.org");
    now = world_read(w, id);
    assert_int_equal(tandem_record_versions(now, "email", NULL), 2);
    tandem_record_free(now);
    tandem_record_free(again);
    tandem_record_free(after);
    tandem_record_free(seen);
}

static void
test_texts_merge_from_two_snapshots(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *r = world_read(w, id), *a, *b;

    set_from(w, r, "remarks", "Les joints sont usés.");
    tandem_record_free(r);
    a = world_read(w, id);
    b = world_read(w, id);
    set_from(w, a, "remarks", "Cuisine : les joints sont usés.");
    set_from(w, b, "remarks", "Les joints sont usés. Revenir mardi.");
    r = world_read(w, id);
    assert_text(r, "remarks", "Cuisine : les joints sont usés. Revenir mardi.");
    tandem_record_free(r);
    tandem_record_free(a);
    tandem_record_free(b);
}

static void
test_sets_add_and_remove(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *r = world_read(w, id);
    tandem_value item;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_edit(t, r, &d));
    GOOD(w, tandem_edit_add(d, "phones", tandem_str("+33320000001")));
    GOOD(w, tandem_edit_add(d, "phones", tandem_str("+33320000002")));
    GOOD(w, tandem_edit_remove(d, "phones", tandem_str("+33320000001")));
    GOOD(w, tandem_edit_put(d, "consents", tandem_enum(1), tandem_enum(2)));
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
    tandem_record_free(r);
    r = world_read(w, id);
    assert_int_equal(tandem_record_items(r, "phones"), 1);
    GOOD(w, tandem_record_item(r, "phones", 0, &item, NULL));
    assert_memory_equal(item.u.s.ptr, "+33320000002", 12);
    assert_int_equal(tandem_record_items(r, "consents"), 1);
    tandem_record_free(r);
}

static void
test_a_record_deleted_and_restored(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");

    for (int deleted = 1; deleted >= 0; deleted--) {
        tandem_record *r = world_read(w, id);
        tandem_txn *t;
        tandem_edit *d;

        GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
        GOOD(w, tandem_txn_edit(t, r, &d));
        GOOD(w, tandem_edit_delete(d, deleted == 1));
        GOOD(w, tandem_txn_commit(t, &w->e));
        tandem_txn_free(t);
        tandem_record_free(r);
        r = world_read(w, id);
        assert_int_equal(
            tandem_record_deleted(r), deleted ? TANDEM_TRASHED : TANDEM_LIVE);
        tandem_record_free(r);
    }
}

static void
test_the_first_failed_edit_fails_the_commit_and_nothing_is_written(void **state)
{
    struct world *w = *state;
    tandem_stats before, after;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(w, tandem_store_stats(w->s, &before, &w->e));
    w->e.lang = TANDEM_FR;
    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_create(t, "contact", w->sector, &d));
    assert_int_equal(tandem_edit_set(d, "name", tandem_int(3)), TANDEM_EVALUE);
    GOOD(w, tandem_edit_set(d, "met_by", tandem_enum(1)));
    assert_int_equal(tandem_txn_commit(t, &w->e), TANDEM_EVALUE);
    assert_string_equal(w->e.field, "name");
    assert_true(strlen(w->e.msg) > 0);
    tandem_txn_free(t);
    w->e.lang = TANDEM_EN;
    GOOD(w, tandem_store_stats(w->s, &after, &w->e));
    assert_int_equal(before.lsn, after.lsn);
}

static void
test_a_missing_required_field_is_named(void **state)
{
    struct world *w = *state;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_create(t, "contact", w->sector, &d));
    GOOD(w, tandem_edit_set(d, "name", tandem_str("Mme L.")));
    assert_int_equal(tandem_txn_commit(t, &w->e), TANDEM_EVALUE);
    assert_string_equal(w->e.field, "met_by");
    tandem_txn_free(t);
}

static void
test_a_computed_field_is_refused_with_a_sentence(void **state)
{
    struct world *w = *state;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_create(t, "contact", w->sector, &d));
    assert_int_equal(
        tandem_edit_set(d, "degree", tandem_int(1)), TANDEM_EUNSUPPORTED);
    assert_int_equal(tandem_txn_failed(t, &w->e), TANDEM_EUNSUPPORTED);
    assert_string_equal(w->e.field, "degree");
    assert_non_null(strstr(w->e.msg, "computed"));
    tandem_txn_free(t);
}

static void
test_two_edits_of_one_record_from_two_snapshots_are_misuse(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *old = world_read(w, id), *new_one;
    tandem_edit *a, *b;
    tandem_txn *t;

    set_from(w, old, "alias", "porte bleue");
    new_one = world_read(w, id);
    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_edit(t, new_one, &a));
    GOOD(w, tandem_txn_edit(t, new_one, &b));
    assert_ptr_equal(a, b);
    assert_int_equal(tandem_txn_edit(t, old, &b), TANDEM_EMISUSE);
    tandem_txn_free(t);
    tandem_record_free(new_one);
    tandem_record_free(old);
}

static void
test_a_seen_token_gives_the_snapshot_again(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *old = world_read(w, id), *again;

    set_from(w, old, "alias", "porte bleue");
    GOOD(w, tandem_record_open_seen(
                w->s, id, tandem_record_seen(old), &again, &w->e));
    assert_string_equal(tandem_record_seen(again), tandem_record_seen(old));
    assert_int_equal(tandem_record_versions(again, "alias", NULL), 0);
    assert_int_equal(
        tandem_record_open_seen(w->s, id, "zz", &again, &w->e), TANDEM_EVALUE);
    tandem_record_free(again);
    tandem_record_free(old);
}

static void
test_a_transaction_keeps_to_one_sector(void **state)
{
    struct world *w = *state;
    tandem_id other;
    tandem_edit *d;
    tandem_txn *t;

    GOOD(w, tandem_sector_add(w->s, "WAZEMMES", &other, &w->e));
    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_create(t, "contact", w->sector, &d));
    assert_int_equal(tandem_txn_create(t, "contact", other, &d), TANDEM_ELIMIT);
    tandem_txn_free(t);
}

static void
test_the_same_key_gives_the_same_record(void **state)
{
    struct world *w = *state;
    tandem_slice key = tandem_bytes("papier-12", 9);
    tandem_id first, second;
    tandem_edit *d;
    tandem_txn *t;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_create_keyed(t, "contact", w->sector, key, &d, &first));
    GOOD(w, tandem_edit_set(d, "met_by", tandem_enum(1)));
    GOOD(w, tandem_txn_commit(t, &w->e));
    assert_int_equal(
        tandem_txn_create_keyed(t, "contact", w->sector, key, &d, &second),
        TANDEM_EEXIST);
    assert_true(tandem_id_equal(first, second));
    GOOD(w, tandem_keyed_id(w->s, "contact", w->sector, key, &second, &w->e));
    assert_true(tandem_id_equal(first, second));
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
}

int
main(void)
{
#define WITH(test)                                                             \
    cmocka_unit_test_setup_teardown(test, world_open, world_close)
    const struct CMUnitTest tests[] = {
        WITH(test_a_new_record_reads_back_and_gets_a_code),
        WITH(test_an_older_snapshot_conflicts_and_is_resolved),
        WITH(test_many_values_side_by_side_are_listed_once_each),
        WITH(test_saving_twice_is_no_conflict_with_oneself),
        WITH(test_a_saved_edit_shows_nothing_that_was_written_meanwhile),
        WITH(test_texts_merge_from_two_snapshots),
        WITH(test_sets_add_and_remove),
        WITH(test_a_record_deleted_and_restored),
        WITH(
            test_the_first_failed_edit_fails_the_commit_and_nothing_is_written),
        WITH(test_a_missing_required_field_is_named),
        WITH(test_a_computed_field_is_refused_with_a_sentence),
        WITH(test_two_edits_of_one_record_from_two_snapshots_are_misuse),
        WITH(test_a_seen_token_gives_the_snapshot_again),
        WITH(test_a_transaction_keeps_to_one_sector),
        WITH(test_the_same_key_gives_the_same_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
