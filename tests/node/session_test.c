// SPDX-License-Identifier: Apache-2.0
// session_test.c - sessions between nodes: both ends, codes, cuts, limits.
#include "node/node_help.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "node/talk.h"

static void
test_session_both_ends_finish_with_the_same_numbers(void **state)
{
    struct post a, b;

    (void)state;
    two(&a, &b);
    add_person(&a, "Ana");
    add_person(&b, "Bruno");
    add_person(&b, "Benoît");
    post_meet(&b, a.address);
    assert_int_equal(1, tandem_node_active(b.node));
    until_finished(&b, &a);
    assert_done(&a);
    assert_done(&b);
    assert_int_equal(1, a.started);
    assert_int_equal(1, b.started);
    assert_true(a.last.incoming);
    assert_false(b.last.incoming);
    assert_string_equal(a.address, b.last.address);
    assert_int_equal(
        a.last.report.commits_received, b.last.report.commits_sent);
    assert_int_equal(
        b.last.report.commits_received, a.last.report.commits_sent);
    assert_true(a.last.report.commits_received > 0);
    assert_true(knows_person(&a, "Benoît"));
    assert_true(knows_person(&b, "Ana"));
    assert_same(&a, &b);
    assert_int_equal(0, tandem_node_active(a.node));
    assert_int_equal(0, tandem_node_active(b.node));
    free_two(&a, &b);
}

static void
test_session_again_finds_nothing_to_move(void **state)
{
    struct post a, b;

    (void)state;
    two(&a, &b);
    for (int i = 0; i < 3; i++) {
        post_forget(&a);
        post_forget(&b);
        post_meet(&b, a.address);
        until_finished(&b, &a);
        assert_done(&b);
    }
    assert_true(b.last.report.equal);
    assert_int_equal(0, b.last.report.commits_received);
    free_two(&a, &b);
}

// So many, each typed half of them.
static void
persons(struct post *a, struct post *b, int count)
{
    char name[32];

    for (int i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), "personne %d", i);
        add_person(i % 2 == 0 ? a : b, name);
    }
}

static void
test_session_many_messages_flow_both_ways(void **state)
{
    struct post a, b;

    (void)state;
    two(&a, &b);
    persons(&a, &b, 300);
    post_meet(&b, a.address);
    until_finished(&b, &a);
    assert_done(&a);
    assert_done(&b);
    assert_same(&a, &b);
    assert_int_equal(1, b.last.kind_count);
    assert_int_equal(150, b.last.kinds[0].received);
    free_two(&a, &b);
}

// What has moved by now; nothing of it is ever taken back.
static uint64_t
moved(struct post *p, uint64_t before)
{
    tandem_event x;
    uint64_t n = 0;

    if (tandem_node_progress(p->node, 0, &x) == TANDEM_ENOTFOUND) {
        return before;
    }
    assert_int_equal(TANDEM_EVENT_NONE, x.kind);
    // Done already, it waits for the other side's last word.
    assert_true(x.report.state != TANDEM_SESSION_FAILED);
    for (size_t i = 0; i < x.kind_count; i++) {
        n += x.kinds[i].received + x.kinds[i].sent;
    }
    assert_true(n >= before);
    assert_int_equal(TANDEM_ENOTFOUND, tandem_node_progress(p->node, 1, &x));
    return n;
}

static void
test_session_says_how_far_it_is(void **state)
{
    struct post a, b;
    uint64_t of_a = 0, end = now_ms() + PATIENCE_MS;
    tandem_event x;

    (void)state;
    two(&a, &b);
    persons(&a, &b, 200);
    assert_int_equal(TANDEM_ENOTFOUND, tandem_node_progress(a.node, 0, &x));
    assert_int_equal(TANDEM_EMISUSE, tandem_node_progress(NULL, 0, &x));
    post_meet(&b, a.address);
    while (a.finished == 0 || b.finished == 0) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
        of_a = moved(&a, of_a);
        post_step(&b, STEP_MS);
    }
    assert_done(&a);
    assert_true(of_a >= 100); // all that went was under way before it was over
    assert_true(of_a <= a.last.kinds[0].received + a.last.kinds[0].sent);
    assert_int_equal(TANDEM_ENOTFOUND, tandem_node_progress(a.node, 0, &x));
    free_two(&a, &b);
}

static void
test_session_both_may_call_each_other_at_once(void **state)
{
    struct post a, b;
    uint64_t end;

    (void)state;
    two(&a, &b);
    post_listen(&b);
    add_person(&a, "Ana");
    add_person(&b, "Bruno");
    post_meet(&b, a.address);
    post_meet(&a, b.address);
    end = now_ms() + PATIENCE_MS;
    while (a.finished < 2 || b.finished < 2) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
        post_step(&b, STEP_MS);
    }
    assert_true(knows_person(&a, "Bruno"));
    assert_true(knows_person(&b, "Ana"));
    assert_same(&a, &b);
    free_two(&a, &b);
}

static void
test_session_address_may_be_a_prefix_of_the_device(void **state)
{
    struct post a, b;
    char shorter[192];

    (void)state;
    two(&a, &b);
    (void)snprintf(shorter, sizeof(shorter), "%s", a.address);
    strchr(shorter, '#')[17] = '\0';
    post_meet(&b, shorter);
    until_finished(&b, &a);
    assert_done(&b);
    free_two(&a, &b);
}

static void
test_session_addresses_that_cannot_be_are_refused_at_once(void **state)
{
    static const char *const wrong[] = {"", "tcp://127.0.0.1:1",
        "tcp://127.0.0.1:1#abc", "tcp://127.0.0.1:*#0123456789abcdef",
        "tcp://:1#0123456789abcdef", "tcp://127.0.0.1:70000#0123456789abcdef",
        "tcp://127.0.0.1:1#0123456789abcdeg", "ipc://x:1#0123456789abcdef",
        "tcp://a;b:1#0123456789abcdef"};
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    struct post a, b;
    char text[65], address[192];
    tandem_workspace w;

    (void)state;
    two(&a, &b);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_err(TANDEM_EVALUE, tandem_node_meet(b.node, wrong[i], &e));
    }
    assert_err(TANDEM_EAUTH,
        tandem_node_meet(b.node, "tcp://127.0.0.1:1#0123456789abcdef", &e));
    assert_err(TANDEM_OK, tandem_workspace_get(b.store, &w, NULL));
    tandem_device_text(w.device, text);
    (void)snprintf(address, sizeof(address), "tcp://127.0.0.1:1#%s", text);
    assert_err(TANDEM_EVALUE, tandem_node_meet(b.node, address, &e));
    assert_int_equal(0, tandem_node_active(b.node));
    free_two(&a, &b);
}

static void
test_session_listening_twice_or_at_a_taken_port_is_refused(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    char address[192], endpoint[192];
    struct post a, b, c;

    (void)state;
    two(&a, &b);
    assert_err(TANDEM_EMISUSE, tandem_node_listen(a.node, "tcp://127.0.0.1:*",
                                   address, sizeof(address), &e));
    (void)snprintf(endpoint, sizeof(endpoint), "%s", a.address);
    *strchr(endpoint, '#') = '\0';
    assert_err(TANDEM_EIO,
        tandem_node_listen(b.node, endpoint, address, sizeof(address), &e));
    assert_int_not_equal(0, e.sys);
    assert_err(TANDEM_EVALUE, tandem_node_listen(b.node, "tcp://127.0.0.1:x",
                                  address, sizeof(address), &e));
    assert_err(TANDEM_ELIMIT,
        tandem_node_listen(b.node, "tcp://127.0.0.1:*", address, 10, &e));
    post_new(&c);
    assert_err(
        TANDEM_EWORKSPACE, tandem_node_listen(c.node, "tcp://127.0.0.1:*",
                               address, sizeof(address), &e));
    post_free(&c);
    free_two(&a, &b);
}

// A port of this test's own: it refuses, or, when `takes`, it takes connections
// and never says a word. @return its socket; `address` is a's device there.
static int
mute_port(const struct post *a, bool takes, char address[192])
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t len = sizeof(in);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(0, bind(fd, (struct sockaddr *)&in, sizeof(in)));
    assert_int_equal(0, takes ? listen(fd, 8) : 0);
    assert_int_equal(0, getsockname(fd, (struct sockaddr *)&in, &len));
    (void)snprintf(address, 192, "tcp://127.0.0.1:%u%s",
        (unsigned)ntohs(in.sin_port), strchr(a->address, '#'));
    return fd;
}

static void
test_session_nobody_there_is_epeer(void **state)
{
    struct post a, b;
    char address[192];
    int fd;

    (void)state;
    two(&a, &b);
    fd = mute_port(&a, false, address);
    post_meet(&b, address);
    until_finished(&b, NULL); // without waiting for the dial's time
    assert_failed_with(&b, TANDEM_EPEER);
    assert_int_equal(0, b.started);
    assert_non_null(strstr(b.last.report.error.msg, "127.0.0.1"));
    (void)close(fd);
    free_two(&a, &b);
}

static void
test_session_silent_host_is_given_up_in_time(void **state)
{
    struct post a, b;
    char address[192];
    int fd;

    (void)state;
    two(&a, &b);
    fd = mute_port(&a, true, address);
    tandem_node_free(b.node);
    post_node(&b, 1000, 0, 0);
    post_meet(&b, address);
    until_finished(&b, NULL);
    assert_failed_with(&b, TANDEM_EPEER);
    (void)close(fd);
    free_two(&a, &b);
}

static void
test_session_wrong_device_at_the_address_is_eauth(void **state)
{
    struct post a, b, c;
    char address[192];

    (void)state;
    two(&a, &b);
    post_new(&c);
    enrol(&a, &c);
    post_listen(&c);
    post_meet(&b, a.address); // b hears of c
    until_finished(&b, &a);
    post_forget(&b);
    // The port of c with the id of a.
    (void)snprintf(address, sizeof(address), "%.*s%s",
        (int)(strchr(c.address, '#') - c.address), c.address,
        strchr(a.address, '#'));
    post_meet(&b, address);
    until_finished(&b, NULL); // c need not even take a turn
    assert_failed_with(&b, TANDEM_EAUTH);
    post_free(&c);
    free_two(&a, &b);
}

static void
test_session_of_another_workspace_is_eauth_at_once(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    struct post a, b, c;

    (void)state;
    two(&a, &b);
    post_found(&c, "Autre");
    assert_err(TANDEM_EAUTH, tandem_node_meet(c.node, a.address, &e));
    assert_non_null(strstr(e.msg, "no member"));
    assert_int_equal(0, tandem_node_active(c.node));
    post_free(&c);
    free_two(&a, &b);
}

// b has never heard of c, whom a enrolled after they last met.
static void
test_session_unknown_device_is_not_let_in_until_it_is_known(void **state)
{
    uint64_t begun = now_ms(), end;
    struct post a, b, c;

    (void)state;
    two(&a, &b);
    post_listen(&b);
    post_new(&c);
    enrol(&a, &c);
    post_forget(&b);
    post_forget(&c);
    post_meet(&c, b.address);
    end = now_ms() + PATIENCE_MS;
    while (c.finished == 0) {
        assert_true(now_ms() < end);
        post_step(&c, STEP_MS);
        post_step(&b, STEP_MS);
    }
    assert_failed_with(&c, TANDEM_EUNKNOWN);
    assert_int_equal(0, b.started);
    // Told at most every five seconds, however often it knocked.
    assert_in_range(b.strangers, 1, 1 + (now_ms() - begun) / 5000);
    // a tells b of c; then c is welcome, within seconds.
    post_forget(&a);
    post_forget(&b);
    post_meet(&b, a.address);
    until_finished(&b, &a);
    assert_done(&b);
    post_forget(&b);
    post_forget(&c);
    post_meet(&c, b.address);
    until_finished(&c, &b);
    assert_done(&c);
    assert_same(&b, &c);
    post_free(&c);
    free_two(&a, &b);
}

static void
test_session_more_at_once_than_allowed_are_refused(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    struct post a, b;

    (void)state;
    two(&a, &b);
    tandem_node_free(b.node);
    post_node(&b, 0, 0, 1);
    post_meet(&b, a.address);
    assert_err(TANDEM_ELIMIT, tandem_node_meet(b.node, a.address, &e));
    until_finished(&b, &a);
    assert_done(&b);
    post_forget(&b);
    post_meet(&b, a.address);
    until_finished(&b, &a);
    assert_done(&b);
    free_two(&a, &b);
}

static void
test_session_full_house_says_so(void **state)
{
    struct post a, b;
    char address[192];
    int fd;

    (void)state;
    two(&a, &b);
    post_listen(&b); // so that it has an address
    fd = mute_port(&b, true, address);
    tandem_node_free(a.node);
    post_node(&a, 0, 0, 1);
    post_listen(&a);
    // a's only place is taken by a call of its own that nobody answers.
    post_meet(&a, address);
    post_meet(&b, a.address);
    until_beside(&b, &a);
    assert_int_equal(0, a.finished);
    assert_failed_with(&b, TANDEM_EREFUSED);
    (void)close(fd);
    free_two(&a, &b);
}

// ------------------------------------------------------------------ processes

// A child that serves `a`'s store on its own port, told through a pipe.
static pid_t
serve_in_child(struct post *a, char address[192])
{
    char port[192] = "";
    int fd[2];
    pid_t pid;
    ssize_t n;

    assert_int_equal(0, pipe(fd));
    post_close(a); // one process per store
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(fd[0]);
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
    (void)close(fd[1]);
    n = read(fd[0], port, sizeof(port));
    (void)close(fd[0]);
    assert_int_equal(sizeof(port), n);
    memcpy(address, port, sizeof(port));
    return pid;
}

static void
end_child(pid_t pid)
{
    assert_int_equal(0, kill(pid, SIGKILL));
    assert_int_equal(pid, waitpid(pid, NULL, 0));
}

static void
endpoint_of(const char *address, char out[192])
{
    (void)snprintf(out, 192, "%s", address);
    *strchr(out, '#') = '\0';
}

// `a` is served by a child that is stopped as soon as `b`'s session began: it
// has heard HELLO at most, so nothing can be complete.
static pid_t
stopped_in_the_middle(struct post *a, struct post *b, char address[192])
{
    uint64_t end = now_ms() + PATIENCE_MS;
    char name[32];
    pid_t pid;

    for (int i = 0; i < 200; i++) {
        (void)snprintf(name, sizeof(name), "personne %d", i);
        add_person(b, name);
    }
    pid = serve_in_child(a, address);
    post_meet(b, address);
    while (b->started == 0) {
        assert_true(now_ms() < end);
        post_step(b, STEP_MS);
    }
    assert_int_equal(0, kill(pid, SIGSTOP));
    for (int i = 0; i < 20; i++) {
        post_step(b, STEP_MS);
    }
    assert_int_equal(0, b->finished);
    return pid;
}

static void
reopen(struct post *p, const char *endpoint)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    post_open(p);
    post_node(p, 0, 0, 0);
    assert_good(tandem_node_listen(
                    p->node, endpoint, p->address, sizeof(p->address), &e),
        e);
}

static void
test_session_peer_killed_is_ecut_and_a_later_one_resumes(void **state)
{
    struct post a, b;
    char address[192];

    (void)state;
    two(&a, &b);
    end_child(stopped_in_the_middle(&a, &b, address));
    until_finished(&b, NULL);
    assert_failed_with(&b, TANDEM_ECUT);
    assert_int_equal(1, b.finished);
    reopen(&a, "tcp://127.0.0.1:*");
    post_forget(&a);
    post_forget(&b);
    post_meet(&b, a.address);
    until_finished(&b, &a);
    assert_done(&b);
    assert_same(&a, &b);
    free_two(&a, &b);
}

static void
test_session_peer_that_comes_back_is_resumed_in_the_same_meeting(void **state)
{
    struct post a, b;
    char address[192], endpoint[192];

    (void)state;
    two(&a, &b);
    end_child(stopped_in_the_middle(&a, &b, address));
    endpoint_of(address, endpoint);
    reopen(&a, endpoint);
    post_forget(&a);
    until_finished(&b, &a);
    assert_done(&b);
    assert_int_equal(1, b.started);
    assert_int_equal(1, b.finished);
    assert_true(knows_person(&a, "personne 199"));
    assert_same(&a, &b);
    free_two(&a, &b);
}

static void
test_session_caller_killed_is_ecut_at_the_other_end(void **state)
{
    struct post a, b;
    uint64_t end = now_ms() + PATIENCE_MS;
    pid_t pid;

    (void)state;
    two(&a, &b);
    add_person(&b, "Bruno");
    post_close(&b);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        post_open(&b);
        post_node(&b, 0, 0, 0);
        post_meet(&b, a.address);
        while (b.started == 0) {
            post_step(&b, STEP_MS);
        }
        for (;;) {
            (void)pause(); // it began, and says no more
        }
    }
    while (a.started == 0) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
    }
    end_child(pid);
    until_finished(&a, NULL);
    assert_failed_with(&a, TANDEM_ECUT);
    assert_true(a.last.incoming);
    post_open(&b);
    post_node(&b, 0, 0, 0);
    free_two(&a, &b);
}

static void
test_session_silent_peer_is_given_up_after_the_idle_time(void **state)
{
    enum { IDLE_MS = 20 * PATIENCE_MS };
    struct post a, b;
    pid_t pid;
    char address[192];

    (void)state;
    two(&a, &b);
    tandem_node_free(b.node);
    post_node(&b, 0, IDLE_MS, 0);
    pid = stopped_in_the_middle(&a, &b, address);
    post_ahead_ms += IDLE_MS;
    until_finished(&b, NULL);
    post_ahead_ms = 0;
    assert_failed_with(&b, TANDEM_ECUT);
    end_child(pid);
    post_open(&a);
    post_node(&a, 0, 0, 0);
    free_two(&a, &b);
}

// What the session it is in has heard by now.
static uint64_t
heard_by(struct post *p)
{
    tandem_event ev;

    return tandem_node_progress(p->node, 0, &ev) == TANDEM_OK
               ? ev.report.bytes_in
               : UINT64_MAX;
}

// Each frame of the peer's begins it anew: what is long is not silent.
static void
test_session_that_is_heard_of_outlasts_the_idle_time(void **state)
{
    enum { IDLE_MS = 20 * PATIENCE_MS };
    uint64_t end = now_ms() + PATIENCE_MS;
    struct post a, b;

    (void)state;
    two(&a, &b);
    add_person(&a, "Mme L.");
    a.node->idle_timeout_ms = b.node->idle_timeout_ms = IDLE_MS;
    post_meet(&b, a.address);
    while (b.started == 0) {
        assert_true(now_ms() < end);
        post_step(&b, STEP_MS);
        post_step(&a, STEP_MS);
    }
    for (int i = 0; i < 2; i++) {
        uint64_t heard = heard_by(&b);

        post_ahead_ms += IDLE_MS / 10 * 6;
        while (heard_by(&b) == heard) {
            assert_true(now_ms() < end);
            post_step(&b, STEP_MS);
            post_step(&a, STEP_MS);
        }
    }
    until_finished(&b, &a);
    post_ahead_ms = 0;
    assert_done(&b);
    assert_true(knows_person(&b, "Mme L."));
    free_two(&a, &b);
}

static void
test_node_free_returns_at_once_with_messages_queued(void **state)
{
    struct post a, b;
    uint64_t begun;
    pid_t pid;
    char address[192];

    (void)state;
    two(&a, &b);
    pid = stopped_in_the_middle(&a, &b, address);
    begun = now_ms();
    tandem_node_free(b.node);
    assert_true(now_ms() - begun < PATIENCE_MS); // the peer is never back
    b.node = NULL;
    end_child(pid);
    post_open(&a);
    post_node(&a, 0, 0, 0);
    free_two(&a, &b);
}

static void
test_node_in_a_forked_child_is_misuse_and_can_be_freed(void **state)
{
    struct post a, b;
    int status = 0;
    pid_t pid;

    (void)state;
    two(&a, &b);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char address[192];
        tandem_event ev;
        bool more;
        int wrong = 0;

        wrong +=
            tandem_node_step(b.node, 0, &ev, &more, NULL) != TANDEM_EMISUSE;
        wrong += tandem_node_meet(b.node, a.address, NULL) != TANDEM_EMISUSE;
        wrong += tandem_node_listen(b.node, "tcp://127.0.0.1:*", address,
                     sizeof(address), NULL) != TANDEM_EMISUSE;
        tandem_node_free(b.node);
        _exit(wrong);
    }
    assert_int_equal(pid, waitpid(pid, &status, 0));
    assert_true(WIFEXITED(status));
    assert_int_equal(0, WEXITSTATUS(status));
    // The parent's is as it was.
    post_meet(&b, a.address);
    until_finished(&b, &a);
    assert_done(&b);
    free_two(&a, &b);
}

static volatile sig_atomic_t waker_ran;
static tandem_node *to_wake;

static void
waker(int sig)
{
    (void)sig;
    waker_ran = 1;
    tandem_node_wake(to_wake);
}

static void
test_node_wake_ends_a_step_that_waits(void **state)
{
    struct sigaction sa = {.sa_handler = waker}, was;
    struct post a;
    uint64_t begun;

    (void)state;
    post_found(&a, "Bureau");
    to_wake = a.node;
    assert_int_equal(0, sigaction(SIGALRM, &sa, &was));
    (void)alarm(1);
    begun = now_ms();
    post_step(&a, 10 * PATIENCE_MS);
    assert_true(now_ms() - begun < PATIENCE_MS);
    assert_int_equal(1, waker_ran);
    assert_int_equal(0, sigaction(SIGALRM, &was, NULL));
    // A wake before the step counts for it.
    tandem_node_wake(a.node);
    begun = now_ms();
    post_step(&a, 10 * PATIENCE_MS);
    assert_true(now_ms() - begun < PATIENCE_MS);
    post_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session_both_ends_finish_with_the_same_numbers),
        cmocka_unit_test(test_session_again_finds_nothing_to_move),
        cmocka_unit_test(test_session_many_messages_flow_both_ways),
        cmocka_unit_test(test_session_says_how_far_it_is),
        cmocka_unit_test(test_session_both_may_call_each_other_at_once),
        cmocka_unit_test(test_session_address_may_be_a_prefix_of_the_device),
        cmocka_unit_test(
            test_session_addresses_that_cannot_be_are_refused_at_once),
        cmocka_unit_test(
            test_session_listening_twice_or_at_a_taken_port_is_refused),
        cmocka_unit_test(test_session_nobody_there_is_epeer),
        cmocka_unit_test(test_session_silent_host_is_given_up_in_time),
        cmocka_unit_test(test_session_wrong_device_at_the_address_is_eauth),
        cmocka_unit_test(test_session_of_another_workspace_is_eauth_at_once),
        cmocka_unit_test(
            test_session_unknown_device_is_not_let_in_until_it_is_known),
        cmocka_unit_test(test_session_more_at_once_than_allowed_are_refused),
        cmocka_unit_test(test_session_full_house_says_so),
        cmocka_unit_test(
            test_session_peer_killed_is_ecut_and_a_later_one_resumes),
        cmocka_unit_test(
            test_session_peer_that_comes_back_is_resumed_in_the_same_meeting),
        cmocka_unit_test(test_session_caller_killed_is_ecut_at_the_other_end),
        cmocka_unit_test(
            test_session_silent_peer_is_given_up_after_the_idle_time),
        cmocka_unit_test(test_session_that_is_heard_of_outlasts_the_idle_time),
        cmocka_unit_test(test_node_free_returns_at_once_with_messages_queued),
        cmocka_unit_test(
            test_node_in_a_forked_child_is_misuse_and_can_be_freed),
        cmocka_unit_test(test_node_wake_ends_a_step_that_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
