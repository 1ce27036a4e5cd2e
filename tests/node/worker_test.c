// SPDX-License-Identifier: Apache-2.0
// worker_test.c - the worker: turns, settling, what it tells, and a session
// that goes on while it writes. Without sockets, so that ThreadSanitizer sees
// all of it (./dev soak).
#include "node/worker.h"

#include <stdatomic.h>

#include "api/pair.h"
#include "session/session.h"

enum { JOBS = 5, ROUNDS = 200 };

struct bench {
    struct td_worker *worker;
    atomic_int done;
    // A gate that jobs wait at.
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool shut, inside;
    // Who ran, in order; the worker's alone until all are settled.
    int order[JOBS * ROUNDS];
    size_t ran;
};

struct deed {
    struct bench *b;
    struct td_job job;
    int name;
    int runs; // the worker's, until settled
};

static void
done(void *ctx)
{
    atomic_fetch_add(&((struct bench *)ctx)->done, 1);
}

static void
run(void *ctx)
{
    struct deed *d = ctx;
    struct bench *b = d->b;

    (void)pthread_mutex_lock(&b->lock);
    b->inside = true;
    (void)pthread_cond_broadcast(&b->moved);
    while (b->shut) {
        (void)pthread_cond_wait(&b->moved, &b->lock);
    }
    b->inside = false;
    (void)pthread_mutex_unlock(&b->lock);
    b->order[b->ran++] = d->name;
    d->runs++;
}

static void
gate(struct bench *b, bool shut)
{
    (void)pthread_mutex_lock(&b->lock);
    b->shut = shut;
    (void)pthread_cond_broadcast(&b->moved);
    (void)pthread_mutex_unlock(&b->lock);
}

static void
until_inside(struct bench *b)
{
    (void)pthread_mutex_lock(&b->lock);
    while (!b->inside) {
        (void)pthread_cond_wait(&b->moved, &b->lock);
    }
    (void)pthread_mutex_unlock(&b->lock);
}

static void
bench_open(struct bench *b, struct deed *deeds)
{
    tandem_sys sys;
    int code;

    td_sys_fill(&sys, NULL);
    memset(b, 0, sizeof(*b));
    atomic_init(&b->done, 0);
    assert_int_equal(0, pthread_mutex_init(&b->lock, NULL));
    assert_int_equal(0, pthread_cond_init(&b->moved, NULL));
    assert_int_equal(
        TANDEM_OK, td_worker_new(&sys, done, b, &b->worker, &code));
    for (int i = 0; i < JOBS; i++) {
        deeds[i] = (struct deed){.b = b, .name = i};
        deeds[i].job.run = run;
        deeds[i].job.ctx = &deeds[i];
    }
}

static void
bench_close(struct bench *b)
{
    td_worker_free(b->worker);
    (void)pthread_cond_destroy(&b->moved);
    (void)pthread_mutex_destroy(&b->lock);
}

static void
test_worker_runs_jobs_in_the_order_they_came(void **state)
{
    struct deed deeds[JOBS];
    struct bench b;

    (void)state;
    bench_open(&b, deeds);
    gate(&b, true);
    for (int i = 0; i < JOBS; i++) {
        td_worker_post(b.worker, &deeds[i].job);
        assert_true(td_worker_busy(b.worker, &deeds[i].job));
    }
    until_inside(&b);
    gate(&b, false);
    // The last posted is the last to run.
    while (td_worker_busy(b.worker, &deeds[JOBS - 1].job)) {
    }
    for (int i = 0; i < JOBS; i++) {
        assert_false(td_worker_busy(b.worker, &deeds[i].job));
        assert_int_equal(i, b.order[i]);
    }
    bench_close(&b);
    assert_int_equal(JOBS, atomic_load(&b.done));
}

// Who has many deeds posts the next one when the last has run: between any two
// of it every other that waits has its turn.
static void
test_worker_gives_everybody_a_turn(void **state)
{
    struct deed deeds[JOBS];
    struct bench b;
    int left = JOBS * ROUNDS;

    (void)state;
    bench_open(&b, deeds);
    gate(&b, true);
    for (int i = 0; i < JOBS; i++) {
        td_worker_post(b.worker, &deeds[i].job);
    }
    gate(&b, false);
    for (left -= JOBS; left > 0;) {
        for (int i = 0; i < JOBS && left > 0; i++) {
            if (!td_worker_busy(b.worker, &deeds[i].job)) {
                td_worker_post(b.worker, &deeds[i].job);
                left--;
            }
        }
    }
    for (int i = 0; i < JOBS; i++) {
        while (td_worker_busy(b.worker, &deeds[i].job)) {
        }
    }
    assert_int_equal(JOBS * ROUNDS, b.ran);
    bench_close(&b);
    assert_int_equal(JOBS * ROUNDS, atomic_load(&b.done));
}

static void
test_worker_settles_what_waits_and_what_runs(void **state)
{
    struct deed deeds[JOBS];
    struct bench b;

    (void)state;
    bench_open(&b, deeds);
    gate(&b, true);
    for (int i = 0; i < JOBS; i++) {
        td_worker_post(b.worker, &deeds[i].job);
    }
    until_inside(&b);
    // Never begun: out of the row, from its middle and its end.
    td_worker_settle(b.worker, &deeds[2].job);
    td_worker_settle(b.worker, &deeds[JOBS - 1].job);
    assert_false(td_worker_busy(b.worker, &deeds[2].job));
    td_worker_post(b.worker, &deeds[2].job); // and again, at the end
    gate(&b, false);
    td_worker_settle(b.worker, &deeds[0].job);
    while (td_worker_busy(b.worker, &deeds[2].job)) {
    }
    assert_int_equal(1, deeds[0].runs);
    assert_int_equal(1, deeds[2].runs);
    assert_int_equal(0, deeds[JOBS - 1].runs);
    assert_int_equal(4, b.ran);
    assert_int_equal(2, b.order[3]);
    td_worker_settle(b.worker, &deeds[1].job); // idle: nothing happens
    bench_close(&b);
}

static void
test_worker_leaves_with_nothing_to_do(void **state)
{
    struct deed deeds[JOBS];
    struct bench b;

    (void)state;
    bench_open(&b, deeds);
    bench_close(&b);
    assert_int_equal(0, atomic_load(&b.done));
    td_worker_free(NULL);
}

// -------------------------------------------------------------------- session

struct writing {
    tandem_store *store;
    struct td_session *session;
    struct td_job job;
    size_t taken_meanwhile;
};

static void
write_one(void *ctx)
{
    struct writing *x = ctx;

    (void)td_api_session_write(x->store, x->session);
}

static void
nothing(void *ctx)
{
    (void)ctx;
}

static struct td_session *
open_outside(struct pair *p)
{
    struct td_session_setup setup = {
        .initiator = true, .outside = true, .rng = td_sys_rng(&p->tablet->sys)};
    struct td_session *x;
    tandem_workspace office;

    GOOD(p->w, tandem_workspace_get(p->w->s, &office, &p->w->e));
    setup.peer = office.device;
    GOOD(p->w, td_session_new(p->tablet->replica, &setup, &x, &p->w->e));
    return x;
}

static tandem_session *
open_office(struct pair *p)
{
    tandem_session_opts o = TANDEM_SESSION_OPTS_INIT;
    tandem_workspace tablet;
    tandem_session *x;

    GOOD(p->w, tandem_workspace_get(p->tablet, &tablet, &p->w->e));
    o.peer = tablet.device;
    GOOD(p->w, tandem_session_new(p->w->s, &o, &x, &p->w->e));
    return x;
}

static void
many_sheets(struct pair *p, int n)
{
    tandem_txn *t;
    tandem_edit *d;

    GOOD(p->w, tandem_txn_new(p->w->s, TANDEM_ME, &t, &p->w->e));
    for (int i = 0; i < n; i++) {
        GOOD(p->w, tandem_txn_create(t, "contact", p->w->sector, &d));
        GOOD(p->w, tandem_edit_set(d, "name", tandem_str("Mme L.")));
        GOOD(p->w, tandem_edit_set(d, "met_by", tandem_enum(1)));
        if (i % 50 == 49) {
            GOOD(p->w, tandem_txn_commit(t, &p->w->e));
        }
    }
    tandem_txn_free(t);
}

static bool
from_tablet(struct pair *p, struct writing *x, tandem_session *office)
{
    tandem_slice m;

    td_api_lock(p->tablet);
    m = td_session_give(x->session, td_api_now(p->tablet));
    td_api_unlock(p->tablet);
    if (m.len > 0) {
        GOOD(p->w, tandem_session_take(office, m));
    }
    return m.len > 0;
}

static bool
from_office(struct pair *p, struct writing *x, tandem_session *office,
    struct td_worker *worker)
{
    tandem_slice m = tandem_session_give(office);
    tandem_err err;

    if (m.len == 0) {
        return false;
    }
    td_api_lock(p->tablet);
    err = td_session_take(x->session, m, td_api_now(p->tablet));
    td_api_unlock(p->tablet);
    assert_int_equal(TANDEM_OK, err);
    x->taken_meanwhile += td_worker_busy(worker, &x->job) ? 1 : 0;
    return true;
}

static void
test_worker_writes_while_the_session_goes_on(void **state)
{
    struct pair *p = *state;
    struct writing x = {.store = p->tablet};
    tandem_session *office;
    struct td_worker *worker;
    tandem_report r = {.state = TANDEM_SESSION_RUNNING};
    int code;

    (void)pair_meet(p);
    many_sheets(p, 3000);
    office = open_office(p);
    x.session = open_outside(p);
    x.job.run = write_one;
    x.job.ctx = &x;
    GOOD(p->w, td_worker_new(&p->tablet->sys, nothing, NULL, &worker, &code));
    while (r.state == TANDEM_SESSION_RUNNING) {
        bool ready;

        (void)from_tablet(p, &x, office);
        (void)from_office(p, &x, office, worker);
        td_api_lock(p->tablet);
        td_session_report(x.session, &r);
        ready = td_session_write_ready(x.session);
        td_api_unlock(p->tablet);
        if (ready && !td_worker_busy(worker, &x.job)) {
            td_worker_post(worker, &x.job);
        }
    }
    assert_int_equal(TANDEM_SESSION_DONE, r.state);
    assert_int_equal(3000, r.changes_received);
    assert_true(r.receipt || r.commits_sent == 0);
    assert_true(x.taken_meanwhile > 0);
    td_worker_settle(worker, &x.job);
    td_worker_free(worker);
    td_session_free(x.session);
    tandem_session_free(office);
    r = pair_meet(p);
    assert_true(r.equal);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worker_runs_jobs_in_the_order_they_came),
        cmocka_unit_test(test_worker_gives_everybody_a_turn),
        cmocka_unit_test(test_worker_settles_what_waits_and_what_runs),
        cmocka_unit_test(test_worker_leaves_with_nothing_to_do),
        cmocka_unit_test_setup_teardown(
            test_worker_writes_while_the_session_goes_on, pair_open,
            pair_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
