// SPDX-License-Identifier: Apache-2.0
// memory_test.c - memory that runs out at any point of reading and saving: an
// error, nothing lost, nothing half done, nothing leaked.

#include "help.h"

#include "tandem/history.h"

static size_t fail_at; // the nth allocation from now fails; 0 = none does

static void *
resize(void *ctx, void *p, size_t was, size_t now)
{
    (void)ctx;
    (void)was;
    if (now == 0) {
        free(p);
        return NULL;
    }
    if (fail_at > 0 && --fail_at == 0) {
        return NULL;
    }
    return realloc(p, now);
}

static int
open_scarce(void **state)
{
    static uint8_t seed = 7;
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;
    tandem_sys sys = TANDEM_SYS_INIT;
    struct world *w;

    assert_int_equal(world_open(state), 0);
    w = *state;
    tandem_store_close(w->s);
    sys.resize = resize;
    o.sys = &sys;
    o.key = world_key;
    o.key_ctx = &seed;
    GOOD(w, tandem_store_open(w->dir, &o, &w->s, &w->e));
    return 0;
}

// Read two screens, save both: two values side by side; read what was saved.
static tandem_err
save_twice(struct world *w, tandem_id id, const tandem_record *old)
{
    tandem_record *now = NULL, *after = NULL;
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *p = NULL;
    tandem_txn *t = NULL;
    tandem_edit *d;
    tandem_field_version v;
    tandem_err err = tandem_txn_new(w->s, TANDEM_ME, &t, NULL);

    if (err == TANDEM_OK) {
        err = tandem_txn_edit(t, old, &d);
    }
    if (err == TANDEM_OK) {
        (void)tandem_edit_set(d, "alias", tandem_str("bleue"));
        (void)tandem_edit_set(d, "remarks", tandem_str("Revenir mardi."));
        (void)tandem_edit_add(d, "phones", tandem_str("+33320000001"));
        err = tandem_txn_commit(t, NULL);
    }
    if (err == TANDEM_OK) {
        err = tandem_edit_record(d, &after, NULL);
    }
    if (err == TANDEM_OK) {
        err = tandem_record_open(w->s, id, &now, NULL);
    }
    if (err == TANDEM_OK && tandem_record_versions(now, "alias", NULL) > 0) {
        err = tandem_record_version(now, "alias", NULL, 0, &v);
    }
    q.kind = "contact";
    q.field = "name";
    q.value = tandem_str("mme l.");
    if (err == TANDEM_OK) {
        err = tandem_find(w->s, &q, &p, NULL);
    }
    tandem_page_free(p);
    tandem_record_free(after);
    tandem_record_free(now);
    tandem_txn_free(t);
    return err;
}

static void
oom_reading_and_saving_leaves_nothing_half_done(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *old = world_read(w, id);
    tandem_verify_report report;
    tandem_err err = TANDEM_ENOMEM;
    size_t failed = 0;

    for (size_t n = 1; err != TANDEM_OK; n += 1 + n / 32) {
        fail_at = n;
        err = save_twice(w, id, old);
        if (fail_at > 0) {
            fail_at = 0; // it was never reached
            assert_int_equal(err, TANDEM_OK);
        } else if (err != TANDEM_OK) {
            assert_int_equal(err, TANDEM_ENOMEM);
            failed++;
        } else {
            err = TANDEM_ENOMEM; // done without: go on
        }
    }
    assert_true(failed > 20);
    tandem_record_free(old);
    GOOD(w, tandem_verify(w->s, TANDEM_EN, NULL, NULL, &report, &w->e));
    assert_int_equal(report.problems, 0);
}

// Look through the changes of a record, and put the last one back.
static tandem_err
look_and_undo(struct world *w, tandem_id id)
{
    tandem_history *h = NULL;
    tandem_record *before = NULL;
    tandem_txn *t = NULL;
    tandem_edit *d;
    tandem_err err = tandem_history_open(w->s, id, &h, NULL);
    size_t last = tandem_history_count(h);

    if (err == TANDEM_OK) {
        err = tandem_history_seen(h, --last, 0, &before, NULL);
    }
    if (err == TANDEM_OK) {
        err = tandem_txn_new(w->s, TANDEM_ME, &t, NULL);
    }
    if (err == TANDEM_OK) {
        err = tandem_txn_edit(t, tandem_history_record(h), &d);
    }
    if (err == TANDEM_OK) {
        err = tandem_edit_undo(d, h, last, 0);
    }
    if (err == TANDEM_OK) {
        err = tandem_txn_commit(t, NULL);
    }
    tandem_txn_free(t);
    tandem_record_free(before);
    tandem_history_free(h);
    return err;
}

static void
oom_an_undo_is_whole_or_not_at_all(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_record *old = world_read(w, id);
    tandem_verify_report report;
    tandem_history *h;
    tandem_err err = TANDEM_ENOMEM;
    size_t changes = 2, failed = 0;

    GOOD(w, save_twice(w, id, old)); // the one its undo begins from
    for (size_t n = 1; err != TANDEM_OK; n += 1 + n / 32) {
        fail_at = n;
        err = look_and_undo(w, id);
        if (fail_at > 0) {
            fail_at = 0; // it was never reached
            assert_int_equal(err, TANDEM_OK);
            changes++;
        } else if (err != TANDEM_OK) {
            assert_int_equal(err, TANDEM_ENOMEM);
            failed++;
        } else {
            err = TANDEM_ENOMEM; // done without: go on
            changes++;
        }
        GOOD(w, tandem_history_open(w->s, id, &h, &w->e));
        assert_int_equal(tandem_history_count(h), changes);
        tandem_history_free(h);
    }
    assert_true(failed > 20);
    tandem_record_free(old);
    GOOD(w, tandem_verify(w->s, TANDEM_EN, NULL, NULL, &report, &w->e));
    assert_int_equal(report.problems, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            oom_reading_and_saving_leaves_nothing_half_done, open_scarce,
            world_close),
        cmocka_unit_test_setup_teardown(
            oom_an_undo_is_whole_or_not_at_all, open_scarce, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
