// SPDX-License-Identifier: Apache-2.0
// thread_test.c - a store used from several threads at once: writers, readers,
// a notifier, one that hears. ThreadSanitizer looks on in ./dev soak.

#include "pair.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, SHEETS = 12, HEARD = 3000 };

struct worker {
    tandem_store *s;
    tandem_id sector;
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
    tandem_err err = tandem_txn_new(x->s, TANDEM_ME, &t, NULL);

    if (err == TANDEM_OK) {
        err = tandem_txn_create(t, "contact", x->sector, &d);
    }
    if (err == TANDEM_OK) {
        x->ids[i] = tandem_edit_id(d);
        (void)tandem_edit_set(d, "name", tandem_str("Mme L."));
        (void)tandem_edit_set(d, "met_by", tandem_enum(1));
        err = tandem_txn_commit(t, NULL);
    }
    if (err == TANDEM_OK) {
        err = tandem_record_open(x->s, x->ids[i], &r, NULL);
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
            x->err = tandem_store_stats(x->s, &stats, NULL);
        }
        if (x->err == TANDEM_OK && i % 4 == 0) {
            x->err = tandem_digest(x->s, NULL, digest, NULL, NULL);
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
        workers[i] = (struct worker){.s = w->s, .sector = w->sector};
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

// ----------------------------------------------------------------------- hear

struct hearer {
    tandem_session *office, *tablet;
    tandem_err err;
    atomic_bool over;
};

static size_t
carry(struct hearer *x, tandem_session *from, tandem_session *to)
{
    tandem_slice m;
    size_t n = 0;

    while (x->err == TANDEM_OK && (m = tandem_session_give(from)).len > 0) {
        x->err = tandem_session_take(to, m);
        n++;
    }
    return n;
}

static void *
hear(void *arg)
{
    struct hearer *x = arg;

    while (
        carry(x, x->tablet, x->office) + carry(x, x->office, x->tablet) > 0) {
    }
    atomic_store(&x->over, true);
    return NULL;
}

// A hundred an entry: several batches to hear.
static void
many_sheets(struct pair *p)
{
    tandem_txn *t;
    tandem_edit *d;

    GOOD(p->w, tandem_txn_new(p->w->s, TANDEM_ME, &t, &p->w->e));
    for (int i = 0; i < HEARD; i++) {
        GOOD(p->w, tandem_txn_create(t, "contact", p->w->sector, &d));
        GOOD(p->w, tandem_edit_set(d, "name", tandem_str("Mme L.")));
        GOOD(p->w, tandem_edit_set(d, "met_by", tandem_enum(1)));
        if (i % 100 == 99) {
            GOOD(p->w, tandem_txn_commit(t, &p->w->e));
        }
    }
    tandem_txn_free(t);
}

static void
sessions_open(struct pair *p, struct hearer *x)
{
    tandem_session_opts oa = TANDEM_SESSION_OPTS_INIT, ob = oa;
    tandem_workspace office, tablet;

    GOOD(p->w, tandem_workspace_get(p->w->s, &office, &p->w->e));
    GOOD(p->w, tandem_workspace_get(p->tablet, &tablet, &p->w->e));
    oa.peer = tablet.device;
    ob.peer = office.device;
    ob.initiator = true;
    GOOD(p->w, tandem_session_new(p->w->s, &oa, &x->office, &p->w->e));
    GOOD(p->w, tandem_session_new(p->tablet, &ob, &x->tablet, &p->w->e));
}

// Finds, reads and edits what has arrived so far.
static void
look_on(struct pair *p, const struct hearer *x)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *page;
    tandem_txn *t;
    tandem_edit *d;

    do {
        q.kind = "contact";
        q.limit = 8;
        GOOD(p->w, tandem_find(p->tablet, &q, &page, &p->w->e));
        if (tandem_page_count(page) > 0) {
            GOOD(p->w, tandem_txn_new(p->tablet, TANDEM_ME, &t, &p->w->e));
            GOOD(p->w, tandem_txn_edit(t, tandem_page_record(page, 0), &d));
            GOOD(p->w, tandem_edit_set(d, "name", tandem_str("M. B.")));
            GOOD(p->w, tandem_txn_commit(t, &p->w->e));
            tandem_txn_free(t);
        }
        tandem_page_free(page);
    } while (!atomic_load(&x->over));
}

static void
test_a_thread_reads_and_writes_while_another_hears(void **state)
{
    struct pair *p = *state;
    struct hearer x = {.err = TANDEM_OK};
    struct worker writer = {.s = p->tablet, .sector = p->w->sector};
    tandem_verify_report report;
    pthread_t hearing, writing;
    tandem_report r;

    atomic_init(&x.over, false);
    (void)pair_meet(p); // packs
    many_sheets(p);
    sessions_open(p, &x);
    assert_int_equal(pthread_create(&hearing, NULL, hear, &x), 0);
    assert_int_equal(pthread_create(&writing, NULL, work, &writer), 0);
    look_on(p, &x);
    assert_int_equal(pthread_join(hearing, NULL), 0);
    assert_int_equal(pthread_join(writing, NULL), 0);
    assert_int_equal(writer.err, TANDEM_OK);
    assert_int_equal(x.err, TANDEM_OK);
    tandem_session_report(x.tablet, &r);
    assert_int_equal(r.changes_received, HEARD);
    tandem_session_free(x.office);
    tandem_session_free(x.tablet);
    r = pair_meet(p); // what was written meanwhile
    assert_int_equal(r.state, TANDEM_SESSION_DONE);
    GOOD(p->w,
        tandem_verify(p->tablet, TANDEM_EN, NULL, NULL, &report, &p->w->e));
    assert_int_equal(report.problems, 0);
    GOOD(
        p->w, tandem_verify(p->w->s, TANDEM_EN, NULL, NULL, &report, &p->w->e));
    assert_int_equal(report.problems, 0);
}

// As while a hearing's transaction runs.
static void
test_who_reads_does_not_wait_for_who_writes(void **state)
{
    struct pair *p = *state;
    tandem_id id = world_contact(p->w, "Mme L.");
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *page;
    tandem_record *r;

    assert_int_equal(pthread_mutex_lock(&p->w->s->writer), 0);
    GOOD(p->w, tandem_record_open(p->w->s, id, &r, &p->w->e));
    tandem_record_free(r);
    GOOD(p->w, tandem_find(p->w->s, &q, &page, &p->w->e));
    assert_true(tandem_page_count(page) > 0);
    tandem_page_free(page);
    assert_int_equal(pthread_mutex_unlock(&p->w->s->writer), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_threads_write_and_read_one_store, world_open, world_close),
        cmocka_unit_test_setup_teardown(
            test_a_thread_reads_and_writes_while_another_hears, pair_open,
            pair_close),
        cmocka_unit_test_setup_teardown(
            test_who_reads_does_not_wait_for_who_writes, pair_open, pair_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
