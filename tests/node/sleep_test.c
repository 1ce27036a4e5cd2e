// SPDX-License-Identifier: Apache-2.0
// sleep_test.c - hosts that sleep: suspend and resume, and a peer that is
// stopped for a while.
#include "node/cutter.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "api/handles.h"
#include "node/talk.h"

enum { PERSONS = 200 };

static void
persons(struct post *p)
{
    char name[32];

    for (int i = 0; i < PERSONS; i++) {
        (void)snprintf(name, sizeof(name), "personne %d", i);
        add_person(p, name);
    }
}

static void
suspend(struct post *p)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    assert_good(tandem_node_suspend(p->node, &e), e);
}

static void
resume(struct post *p)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    assert_good(tandem_node_resume(p->node, &e), e);
}

// As far as b's session has begun.
static void
begun(struct post *a, struct post *b)
{
    uint64_t end = now_ms() + PATIENCE_MS;

    post_meet(b, a->address);
    while (b->started == 0 || a->started == 0) {
        assert_true(now_ms() < end);
        post_step(b, STEP_MS);
        post_step(a, STEP_MS);
    }
    assert_int_equal(0, b->finished);
}

static int
knock(const struct post *p)
{
    struct sockaddr_in in = loopback(port_of(p->address));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int code = connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0 ? 0 : errno;

    (void)close(fd);
    return code;
}

static void
test_sleep_of_who_called_is_gone_on_from(void **state)
{
    struct post a, b;

    (void)state;
    two(&a, &b);
    persons(&a);
    begun(&a, &b);
    suspend(&b);
    suspend(&b);
    until_finished(&a, NULL);
    assert_failed_with(&a, TANDEM_ECUT);
    for (int i = 0; i < 10; i++) {
        post_step(&b, STEP_MS);
    }
    assert_int_equal(0, b.finished);
    assert_int_equal(1, tandem_node_active(b.node));
    post_forget(&a);
    b.node->talks[0].tries = TD_TALK_TRIES; // whatever it had come to:
    b.node->talks[0].heard_ms = 0;          // it begins anew
    resume(&b);
    assert_int_equal(0, b.node->talks[0].tries);
    resume(&b);
    until_finished(&b, &a);
    assert_done(&b);
    assert_done(&a);
    assert_int_equal(1, b.started);
    assert_int_equal(1, b.finished);
    assert_same(&a, &b);
    free_two(&a, &b);
}

static void
test_sleep_of_who_listens_ends_at_the_same_address(void **state)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    struct post a, b;

    (void)state;
    two(&a, &b);
    persons(&b);
    begun(&a, &b);
    suspend(&a);
    until_finished(&a, NULL);
    assert_failed_with(&a, TANDEM_ECUT);
    while (knock(&a) == 0) { // libzmq lets go of it a moment later
        assert_true(now_ms() < end);
    }
    assert_int_equal(ECONNREFUSED, knock(&a));
    post_forget(&a);
    resume(&a);
    assert_int_equal(0, knock(&a));
    until_finished(&b, &a);
    assert_done(&b);
    assert_int_equal(1, b.finished);
    assert_same(&a, &b);
    free_two(&a, &b);
}

// Whoever sleeps takes no turn. Its peer knows all the same that the line is
// gone, and does not wait for the idle time.
static void
test_sleep_of_who_listens_ends_its_connections_by_itself(void **state)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    struct td_talk *t;
    struct post a, b;

    (void)state;
    two(&a, &b);
    persons(&b);
    begun(&a, &b);
    t = &b.node->talks[0];
    suspend(&a);
    while (t->state == TD_TALK_RUNNING || t->state == TD_TALK_ENDING) {
        assert_true(now_ms() < end);
        post_step(&b, STEP_MS);
    }
    assert_int_equal(0, b.finished);
    assert_true(t->state == TD_TALK_BACKOFF || t->state == TD_TALK_DIALLING);
    resume(&a);
    until_beside(&b, &a);
    assert_done(&b);
    assert_same(&a, &b);
    free_two(&a, &b);
}

// Somebody who writes: what the worker is at waits for that.
struct writer {
    pthread_t thread;
    tandem_store *store;
    atomic_bool writes, ends;
};

static void *
writes_a_while(void *ctx)
{
    struct writer *w = ctx;

    (void)pthread_mutex_lock(&w->store->writer);
    atomic_store(&w->writes, true);
    while (!atomic_load(&w->ends)) {
        (void)poll(NULL, 0, 1);
    }
    (void)poll(NULL, 0, 100); // while the node is put to sleep
    (void)pthread_mutex_unlock(&w->store->writer);
    return NULL;
}

// What came whole is committed before it sleeps, by the worker too.
static void
test_sleep_waits_for_what_the_worker_is_at(void **state)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    struct writer w = {.store = NULL};
    struct td_talk *t;
    struct post a, b;

    (void)state;
    two(&a, &b);
    persons(&b);
    w.store = a.store;
    t = &a.node->talks[0];
    assert_int_equal(0, pthread_create(&w.thread, NULL, writes_a_while, &w));
    while (!atomic_load(&w.writes)) {
        (void)poll(NULL, 0, 1);
    }
    post_meet(&b, a.address);
    while (!td_worker_busy(a.node->worker, &t->job)) {
        assert_true(now_ms() < end);
        post_step(&b, STEP_MS);
        post_step(&a, STEP_MS);
    }
    atomic_store(&w.ends, true);
    suspend(&a);
    assert_false(td_worker_busy(a.node->worker, &t->job));
    assert_int_equal(0, pthread_join(w.thread, NULL));
    until_finished(&a, NULL);
    assert_failed_with(&a, TANDEM_ECUT);
    assert_true(a.last.report.commits_received > 0);
    resume(&a);
    until_beside(&b, &a);
    assert_done(&b);
    assert_same(&a, &b);
    free_two(&a, &b);
}

static void
test_sleep_meetings_wait_and_enrolments_end(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_grant g = grant_of(TANDEM_RIGHT_ADMIN);
    char code[400], address[192];
    tandem_enrol *x, *y;
    struct post a, b;

    (void)state;
    two(&a, &b);
    assert_good(tandem_invite_new(b.node, &g, "tcp://127.0.0.1:*", NULL, code,
                    sizeof(code), &x, &e),
        e);
    suspend(&b);
    assert_int_equal(TANDEM_ENROL_FAILED, tandem_enrol_status(x));
    assert_err(TANDEM_ECUT, tandem_enrol_error(x, NULL));
    tandem_enrol_free(x);
    assert_err(
        TANDEM_EMISUSE, tandem_invite_new(b.node, &g, "tcp://127.0.0.1:*", NULL,
                            code, sizeof(code), &y, &e));
    assert_err(TANDEM_EMISUSE, tandem_node_listen(b.node, "tcp://127.0.0.1:*",
                                   address, sizeof(address), &e));
    post_meet(&b, a.address);
    for (int i = 0; i < 20; i++) {
        post_step(&b, STEP_MS);
        post_step(&a, STEP_MS);
    }
    assert_int_equal(0, a.started);
    assert_int_equal(1, tandem_node_active(b.node));
    resume(&b);
    until_finished(&b, &a);
    assert_done(&b);
    free_two(&a, &b);
}

static void
test_sleep_goes_on_while_somebody_has_the_port(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    uint64_t end = now_ms() + PATIENCE_MS;
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in in;
    struct post a, b;

    (void)state;
    two(&a, &b);
    in = loopback(port_of(a.address));
    suspend(&a);
    assert_int_equal(
        0, setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
    while (bind(fd, (struct sockaddr *)&in, sizeof(in)) != 0) {
        assert_true(now_ms() < end);
    }
    assert_int_equal(0, listen(fd, 1));
    assert_err(TANDEM_EIO, tandem_node_resume(a.node, &e));
    assert_int_not_equal(0, e.sys);
    assert_int_equal(0, close(fd));
    resume(&a);
    post_meet(&b, a.address);
    until_finished(&b, &a);
    assert_done(&b);
    free_two(&a, &b);
}

// ------------------------------------------------------------ stopped by force

// A child that serves `a`'s store until it is told to end, by its pid.
static pid_t
serve(struct post *a, char address[192])
{
    int fd[2];
    pid_t pid;

    assert_int_equal(0, pipe(fd));
    post_close(a); // one process per store
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        post_open(a);
        post_node(a, 0, 0, 0);
        post_listen(a);
        if (write(fd[1], a->address, sizeof(a->address)) < 0) {
            _exit(1);
        }
        for (;;) {
            post_step(a, 1000);
        }
    }
    assert_int_equal(192, read(fd[0], address, 192));
    (void)close(fd[0]);
    (void)close(fd[1]);
    return pid;
}

// It stands still for longer than the heartbeats bear: the connection is given
// up and dialled again, in vain at first.
static void
test_sleep_of_a_stopped_peer_is_waited_for(void **state)
{
    struct td_talk *t;
    struct post a, b;
    char address[192];
    uint64_t end;
    pid_t pid;

    (void)state;
    two(&a, &b);
    persons(&b);
    tandem_node_free(b.node);
    post_node(&b, 8000, 1200, 0);      // heartbeats each 300 ms, for 600 ms
    b.node->idle_timeout_ms = 1000000; // and nobody else gives up
    pid = serve(&a, address);
    post_meet(&b, address);
    t = &b.node->talks[0];
    end = now_ms() + PATIENCE_MS;
    while (b.started == 0) {
        assert_true(now_ms() < end);
        post_step(&b, STEP_MS);
    }
    assert_int_equal(0, kill(pid, SIGSTOP));
    while (t->state != TD_TALK_BACKOFF) { // it is the heartbeats that say so
        assert_true(now_ms() < end);
        post_step(&b, STEP_MS);
    }
    while (t->state == TD_TALK_BACKOFF) {
        post_step(&b, STEP_MS);
    }
    assert_int_equal(0, b.finished);
    assert_int_equal(0, kill(pid, SIGCONT));
    until_finished(&b, NULL);
    assert_int_equal(0, kill(pid, SIGKILL));
    assert_int_equal(pid, waitpid(pid, NULL, 0));
    assert_done(&b);
    assert_int_equal(1, b.started);
    post_open(&a);
    post_node(&a, 0, 0, 0);
    assert_same(&a, &b);
    free_two(&a, &b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sleep_of_who_called_is_gone_on_from),
        cmocka_unit_test(test_sleep_of_who_listens_ends_at_the_same_address),
        cmocka_unit_test(
            test_sleep_of_who_listens_ends_its_connections_by_itself),
        cmocka_unit_test(test_sleep_waits_for_what_the_worker_is_at),
        cmocka_unit_test(test_sleep_meetings_wait_and_enrolments_end),
        cmocka_unit_test(test_sleep_goes_on_while_somebody_has_the_port),
        cmocka_unit_test(test_sleep_of_a_stopped_peer_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
