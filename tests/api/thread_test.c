// SPDX-License-Identifier: Apache-2.0
// thread_test.c - a store used from several threads at once: writers, readers,
// a notifier. ThreadSanitizer looks on in ./dev soak.

#include "help.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, SHEETS = 12 };

struct worker {
    struct world *w;
    tandem_id ids[SHEETS];
    tandem_err err;
};

static tandem_err
one_sheet(struct worker *x, size_t i)
{
    tandem_txn *t = NULL;
    tandem_edit *d;
    tandem_record *r = NULL;
    tandem_value v;
    tandem_err err = tandem_txn_new(x->w->s, TANDEM_ME, &t, NULL);

    if (err == TANDEM_OK) {
        err = tandem_txn_create(t, "contact", x->w->sector, &d);
    }
    if (err == TANDEM_OK) {
        x->ids[i] = tandem_edit_id(d);
        (void)tandem_edit_set(d, "name", tandem_str("Mme L."));
        (void)tandem_edit_set(d, "met_by", tandem_enum(1));
        err = tandem_txn_commit(t, NULL);
    }
    if (err == TANDEM_OK) {
        err = tandem_record_open(x->w->s, x->ids[i], &r, NULL);
    }
    if (err == TANDEM_OK) {
        err = tandem_record_get(r, "name", &v);
    }
    tandem_record_free(r);
    tandem_txn_free(t);
    return err;
}

static void *
work(void *arg)
{
    struct worker *x = arg;
    tandem_stats stats;
    uint8_t digest[32];

    for (size_t i = 0; i < SHEETS && x->err == TANDEM_OK; i++) {
        x->err = one_sheet(x, i);
        if (x->err == TANDEM_OK) {
            x->err = tandem_store_stats(x->w->s, &stats, NULL);
        }
        if (x->err == TANDEM_OK && i % 4 == 0) {
            x->err = tandem_digest(x->w->s, NULL, digest, NULL, NULL);
        }
    }
    return NULL;
}

static void
heard(void *ctx)
{
    atomic_fetch_add((atomic_int *)ctx, 1);
}

static void
test_threads_write_and_read_one_store(void **state)
{
    struct world *w = *state;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    atomic_int commits = 0;
    tandem_stats stats;
    tandem_verify_report report;

    tandem_store_notify(w->s, heard, &commits);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.w = w};
        assert_int_equal(
            pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].err, TANDEM_OK);
    }
    assert_int_equal(atomic_load(&commits), THREADS * SHEETS);
    GOOD(w, tandem_store_stats(w->s, &stats, &w->e));
    assert_true(stats.records >= THREADS * SHEETS);
    GOOD(w, tandem_verify(w->s, TANDEM_EN, NULL, NULL, &report, &w->e));
    assert_int_equal(report.problems, 0);
    tandem_store_notify(w->s, NULL, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_threads_write_and_read_one_store, world_open, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
