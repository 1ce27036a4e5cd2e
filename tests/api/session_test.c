// SPDX-License-Identifier: Apache-2.0
// session_test.c - two stores that meet: what the handles say of it.

#include "pair.h"

static void
set_on(struct pair *p, tandem_store *s, const tandem_record *seen,
    const char *field, const char *value, tandem_record **after)
{
    tandem_txn *t;
    tandem_edit *d;

    GOOD(p->w, tandem_txn_new(s, TANDEM_ME, &t, &p->w->e));
    GOOD(p->w, tandem_txn_edit(t, seen, &d));
    GOOD(p->w, tandem_edit_set(d, field, tandem_str(value)));
    GOOD(p->w, tandem_txn_commit(t, &p->w->e));
    if (after != NULL) {
        GOOD(p->w, tandem_edit_record(d, after, &p->w->e));
    }
    tandem_txn_free(t);
}

static tandem_record *
read_on(struct pair *p, tandem_store *s, tandem_id id)
{
    tandem_record *r;

    GOOD(p->w, tandem_record_open(s, id, &r, &p->w->e));
    return r;
}

static void
assert_same(struct pair *p)
{
    uint8_t a[32], b[32];
    tandem_verify_report report;

    GOOD(p->w, tandem_digest(p->w->s, NULL, a, NULL, &p->w->e));
    GOOD(p->w, tandem_digest(p->tablet, NULL, b, NULL, &p->w->e));
    assert_memory_equal(a, b, 32);
    GOOD(p->w,
        tandem_verify(p->tablet, TANDEM_EN, NULL, NULL, &report, &p->w->e));
    assert_int_equal(report.problems, 0);
}

static void
count(void *ctx)
{
    (*(int *)ctx)++;
}

static void
test_two_stores_meet_and_hold_the_same(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_report report;
    tandem_record *r;
    int heard = 0;

    tandem_store_notify(p->tablet, count, &heard);
    report = pair_meet(p);
    assert_int_equal(report.state, TANDEM_SESSION_DONE);
    assert_true(report.receipt);
    assert_true(report.changes_received > 0 && report.changes_sent > 0);
    assert_true(heard > 0);
    r = read_on(p, p->tablet, id);
    assert_text(r, "name", "Mme L.");
    tandem_record_free(r);
    assert_same(p);
    heard = 0;
    report = pair_meet(p);
    assert_true(report.equal);
    assert_int_equal(report.round_trips, 1);
    assert_int_equal(heard, 0);
}

static void
test_a_session_counts_records_by_kind(void **state)
{
    struct pair *p = *state;
    tandem_session_opts o = TANDEM_SESSION_OPTS_INIT;
    tandem_session *x = NULL;
    tandem_workspace ws;
    uint64_t in, out;
    char kind[64];

    assert_int_equal(tandem_session_new(p->w->s, &o, &x, &p->w->e),
        TANDEM_EAUTH); // nobody's device
    assert_null(x);
    o.size = 4;
    assert_int_equal(
        tandem_session_new(p->w->s, &o, &x, &p->w->e), TANDEM_EMISUSE);
    o.size = sizeof(o);
    GOOD(p->w, tandem_workspace_get(p->tablet, &ws, &p->w->e));
    o.peer = ws.device;
    GOOD(p->w, tandem_session_new(p->w->s, &o, &x, &p->w->e));
    assert_int_equal(
        tandem_session_kind(x, 0, kind, &in, &out), TANDEM_ENOTFOUND);
    assert_int_equal(
        tandem_session_take(x, tandem_bytes("noise", 5)), TANDEM_EPROTO);
    {
        tandem_report report;

        tandem_session_report(x, &report);
        assert_int_equal(report.state, TANDEM_SESSION_FAILED);
        assert_int_equal(report.error.code, TANDEM_EPROTO);
        assert_true(strlen(report.error.msg) > 0);
    }
    tandem_session_free(x);
    tandem_session_free(NULL);
    assert_int_equal(tandem_session_give(NULL).len, 0);
}

static void
test_a_conflict_of_two_devices_is_listed_and_named(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L."), other;
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_field_version v[2];
    tandem_workspace office, tablet;
    tandem_record *a, *b;
    tandem_page *page;

    other = world_contact(p->w, "M. D.");
    (void)pair_meet(p);
    a = read_on(p, p->w->s, id);
    b = read_on(p, p->tablet, id);
    set_on(p, p->w->s, a, "name", "Mme Lange", NULL);
    set_on(p, p->tablet, b, "name", "Mme Langue", NULL);
    tandem_record_free(a);
    tandem_record_free(b);
    a = read_on(p, p->w->s, other);
    b = read_on(p, p->tablet, other);
    set_on(p, p->w->s, a, "alias", "3e", NULL);
    set_on(p, p->tablet, b, "alias", "4e", NULL);
    tandem_record_free(a);
    tandem_record_free(b);
    assert_int_equal(pair_meet(p).conflicts, 2);
    assert_same(p);
    a = read_on(p, p->w->s, id);
    assert_int_equal(tandem_record_versions(a, "name", NULL), 2);
    GOOD(p->w, tandem_workspace_get(p->w->s, &office, &p->w->e));
    GOOD(p->w, tandem_workspace_get(p->tablet, &tablet, &p->w->e));
    for (size_t i = 0; i < 2; i++) {
        GOOD(p->w, tandem_record_version(a, "name", NULL, i, &v[i]));
        assert_memory_equal(v[i].device.b,
            v[i].value.u.s.len == 9 ? office.device.b : tablet.device.b, 32);
    }
    assert_int_equal(
        tandem_record_version(a, "name", NULL, 2, &v[0]), TANDEM_ENOTFOUND);
    tandem_record_free(a);
    q.flags = TANDEM_QUERY_CONFLICTS;
    GOOD(p->w, tandem_find(p->w->s, &q, &page, &p->w->e));
    assert_int_equal(tandem_page_count(page), 2);
    tandem_page_free(page);
    q.kind = "contact";
    q.field = "name"; // indexed; both conditions hold
    q.value = tandem_str("mme lange");
    GOOD(p->w, tandem_find(p->w->s, &q, &page, &p->w->e));
    assert_int_equal(tandem_page_count(page), 1);
    assert_true(
        tandem_id_equal(id, tandem_record_id(tandem_page_record(page, 0))));
    tandem_page_free(page);
}

// The tablet's edit begins on a screen older than its own last change, which
// had seen what the office wrote: neither shows in what was saved.
static void
test_a_saved_edit_stands_on_what_was_seen_though_more_was_heard(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_record *old, *fresh, *after, *again, *now;

    (void)pair_meet(p);
    old = read_on(p, p->tablet, id);
    now = read_on(p, p->w->s, id);
    set_on(p, p->w->s, now, "alias", "office", NULL);
    tandem_record_free(now);
    (void)pair_meet(p);
    fresh = read_on(p, p->tablet, id);
    set_on(p, p->tablet, fresh, "name", "Mme Fresh", NULL);
    set_on(p, p->tablet, old, "name", "Mme Old", &after);
    assert_text(after, "name", "Mme Old");
    assert_int_equal(tandem_record_versions(after, "name", NULL), 1);
    assert_int_equal(tandem_record_versions(after, "alias", NULL), 0);
    GOOD(p->w, tandem_record_open_seen(
                   p->tablet, id, tandem_record_seen(after), &again, &p->w->e));
    assert_int_equal(tandem_record_versions(again, "name", NULL), 1);
    assert_int_equal(tandem_record_versions(again, "alias", NULL), 0);
    set_on(p, p->tablet, again, "name", "Mme Older", NULL);
    now = read_on(p, p->tablet, id);
    assert_int_equal(tandem_record_versions(now, "name", NULL), 2);
    assert_int_equal(tandem_record_versions(now, "alias", NULL), 1);
    tandem_record_free(now);
    tandem_record_free(again);
    tandem_record_free(after);
    tandem_record_free(fresh);
    tandem_record_free(old);
    (void)pair_meet(p);
    assert_same(p);
}

static void
test_a_record_of_one_store_is_not_edited_in_another(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_record *r = read_on(p, p->w->s, id);
    tandem_txn *t;
    tandem_edit *d = NULL;

    GOOD(p->w, tandem_txn_new(p->tablet, TANDEM_ME, &t, &p->w->e));
    assert_int_equal(tandem_txn_edit(t, r, &d), TANDEM_EMISUSE);
    assert_null(d);
    tandem_txn_free(t);
    tandem_record_free(r);
}

static void
test_a_device_without_right_is_told_at_its_first_edit(void **state)
{
    struct pair *p = *state;
    tandem_id hidden;
    tandem_waiting_entry entry;
    tandem_edit *d = NULL;
    uint64_t at = 0;
    tandem_txn *t;
    size_t n;

    GOOD(p->w, tandem_sector_add(p->w->s, "WAZEMMES", &hidden, &p->w->e));
    (void)pair_meet(p);
    p->w->e.lang = TANDEM_FR;
    GOOD(p->w, tandem_txn_new(p->tablet, TANDEM_ME, &t, &p->w->e));
    assert_int_equal(
        tandem_txn_create(t, "contact", hidden, &d), TANDEM_EDENIED);
    assert_null(d);
    assert_int_equal(tandem_txn_commit(t, &p->w->e), TANDEM_EDENIED);
    assert_non_null(strstr(p->w->e.msg, "coordinateur"));
    tandem_txn_free(t);
    GOOD(p->w, tandem_waiting(p->tablet, &at, &entry, 1, &n, &p->w->e));
    assert_int_equal(n, 0);
    assert_int_equal(at, 0);
}

static void
test_rights_are_given_taken_and_found_by_name(void **state)
{
    struct pair *p = *state;
    tandem_device_id tablet, found;
    tandem_workspace ws;
    tandem_device d;
    tandem_id id;
    char hex[65];

    (void)pair_meet(p);
    GOOD(p->w, tandem_workspace_get(p->tablet, &ws, &p->w->e));
    tablet = ws.device;
    GOOD(p->w, tandem_device_find(p->w->s, "tablette", &found, &p->w->e));
    assert_memory_equal(found.b, tablet.b, 32);
    tandem_device_text(tablet, hex);
    hex[8] = '\0';
    GOOD(p->w, tandem_device_find(p->w->s, hex, &found, &p->w->e));
    assert_memory_equal(found.b, tablet.b, 32);
    hex[7] = '\0';
    assert_int_equal(
        tandem_device_find(p->w->s, hex, &found, &p->w->e), TANDEM_ENOTFOUND);
    assert_int_equal(
        tandem_device_find(p->w->s, "", &found, &p->w->e), TANDEM_ENOTFOUND);
    assert_int_equal(
        tandem_device_at(p->w->s, 2, &d, &p->w->e), TANDEM_ENOTFOUND);
    assert_int_equal(
        tandem_device_right(p->w->s, tablet, p->w->sector), TANDEM_RIGHT_AGENT);
    // An agent changes nobody's right.
    assert_int_equal(tandem_device_grant(p->tablet, tablet, p->w->sector,
                         TANDEM_RIGHT_OFFICE, &p->w->e),
        TANDEM_EDENIED);
    GOOD(p->w, tandem_device_grant(p->w->s, tablet, p->w->sector,
                   TANDEM_RIGHT_READER, &p->w->e));
    assert_int_equal(tandem_device_right(p->w->s, tablet, p->w->sector),
        TANDEM_RIGHT_READER);
    GOOD(p->w, tandem_device_grant(
                   p->w->s, tablet, p->w->sector, TANDEM_RIGHT_NONE, &p->w->e));
    assert_int_equal(
        tandem_device_right(p->w->s, tablet, p->w->sector), TANDEM_RIGHT_NONE);
    assert_int_not_equal(tandem_device_grant(p->w->s, tablet, p->w->sector,
                             (tandem_right)99, &p->w->e),
        TANDEM_OK);
    memset(&found, 3, sizeof(found));
    assert_int_equal(tandem_device_grant(p->w->s, found, p->w->sector,
                         TANDEM_RIGHT_READER, &p->w->e),
        TANDEM_EWORKSPACE);
    memset(&id, 3, sizeof(id));
    assert_int_equal(
        tandem_device_grant(p->w->s, tablet, id, TANDEM_RIGHT_READER, &p->w->e),
        TANDEM_EWORKSPACE);
}

static void
test_two_sectors_of_one_name_are_told_apart_by_id_only(void **state)
{
    struct pair *p = *state;
    tandem_id again, found;
    char text[37];

    assert_int_equal(
        tandem_sector_add(p->w->s, "FIVES", &again, &p->w->e), TANDEM_EEXIST);
    // As two offices would make it apart: below the call that looks first.
    td_api_lock_writing(p->w->s);
    assert_int_equal(
        td_replica_sector_add(p->w->s->replica, "FIVES", 1, &again, &p->w->e),
        TANDEM_OK);
    td_api_unlock_writing(p->w->s, true);
    assert_int_equal(tandem_sector_find(p->w->s, "FIVES", &found, &p->w->e),
        TANDEM_ECONFLICT);
    tandem_id_text(again, text);
    GOOD(p->w, tandem_sector_find(p->w->s, text, &found, &p->w->e));
    assert_true(tandem_id_equal(again, found));
    // The tablet cannot read the names yet: no name is no match.
    assert_int_equal(
        tandem_sector_find(p->tablet, "", &found, &p->w->e), TANDEM_ENOTFOUND);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, pair_open, pair_close)
    const struct CMUnitTest tests[] = {
        WITH(test_two_stores_meet_and_hold_the_same),
        WITH(test_a_session_counts_records_by_kind),
        WITH(test_a_conflict_of_two_devices_is_listed_and_named),
        WITH(test_a_saved_edit_stands_on_what_was_seen_though_more_was_heard),
        WITH(test_a_record_of_one_store_is_not_edited_in_another),
        WITH(test_a_device_without_right_is_told_at_its_first_edit),
        WITH(test_rights_are_given_taken_and_found_by_name),
        WITH(test_two_sectors_of_one_name_are_told_apart_by_id_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
