// SPDX-License-Identifier: Apache-2.0
// relay_test.c - an enrolment with somebody in the middle, as three real
// processes: inviter, relay, newcomer. The relay holds the code and hands the
// newcomer one that differs only in the one-time key and the endpoint; it
// plays the inviter to one and the newcomer to the other. The digits differ.
#include "node/node_help.h"

#include <signal.h>
#include <sys/wait.h>

#include "member/enrol.h"
#include "node/wire.h"

enum { DIGITS_ROOM = 8, PATIENCE_S = 60 };

static void
tell(int fd, const void *p, size_t n)
{
    if (write(fd, p, n) != (ssize_t)n) {
        _exit(2);
    }
}

static void
hear(int fd, void *p, size_t n)
{
    uint8_t *at = p;

    while (n > 0) {
        ssize_t got = read(fd, at, n);

        if (got <= 0) {
            _exit(3);
        }
        at += got;
        n -= (size_t)got;
    }
}

// ----------------------------------------------------------------- honest ends

// Tells the code, then its digits; says no; tells how many devices it knows.
static void
inviter(int to_test, int to_relay)
{
    tandem_grant g = grant_of(TANDEM_RIGHT_ADMIN);
    tandem_enrol *x;
    tandem_device d;
    struct post a;
    char code[400] = "";
    uint8_t devices;

    post_found(&a, "Bureau");
    if (tandem_invite_new(a.node, &g, "tcp://127.0.0.1:*", NULL, code,
            sizeof(code), &x, NULL) != TANDEM_OK) {
        _exit(4);
    }
    tell(to_relay, code, sizeof(code));
    while (tandem_enrol_digits(x) == NULL) {
        post_step(&a, STEP_MS);
    }
    tell(to_test, tandem_enrol_digits(x), 7);
    if (tandem_enrol_confirm(x, false) != TANDEM_OK) {
        _exit(5);
    }
    while (tandem_enrol_status(x) != TANDEM_ENROL_FAILED) {
        post_step(&a, STEP_MS);
    }
    devices = tandem_device_at(a.store, 1, &d, NULL) == TANDEM_OK ? 2 : 1;
    tell(to_test, &devices, 1);
    tandem_enrol_free(x);
    post_free(&a);
}

static void
newcomer(int to_test, int from_relay)
{
    tandem_workspace w;
    tandem_enrol *x;
    char code[400];
    struct post b;
    uint8_t joined;

    post_new(&b);
    hear(from_relay, code, sizeof(code));
    if (tandem_join_new(b.node, code, "tablette", &x, NULL) != TANDEM_OK) {
        _exit(4);
    }
    while (tandem_enrol_digits(x) == NULL) {
        post_step(&b, STEP_MS);
    }
    tell(to_test, tandem_enrol_digits(x), 7);
    while (tandem_enrol_status(x) != TANDEM_ENROL_FAILED) {
        post_step(&b, STEP_MS);
    }
    if (tandem_workspace_get(b.store, &w, NULL) != TANDEM_OK) {
        _exit(5);
    }
    joined = w.joined;
    tell(to_test, &joined, 1);
    tandem_enrol_free(x);
    post_free(&b);
}

// ------------------------------------------------------------------------
// relay

struct side {
    struct td_enrol *machine;
    struct td_line *line;
    uint8_t route[TD_ROUTE_MAX];
    size_t route_len;
    bool spoken; // a route to answer on, or a line we dialled
};

static void
side_give(struct side *s)
{
    static const uint8_t kind = 'E';
    tandem_slice m = s->spoken ? td_enrol_give(s->machine) : (tandem_slice){0};

    if (m.len > 0 &&
        td_line_send(s->line, (tandem_slice){s->route, s->route_len},
            (tandem_slice){&kind, 1}, m) != TANDEM_OK) {
        _exit(6);
    }
}

static void
side_take(struct side *s)
{
    struct td_frame f;

    while (td_line_recv(s->line, &f) == TANDEM_OK) {
        if (f.body.len < 2 || f.body.ptr[0] != 'E') {
            continue;
        }
        s->spoken = true;
        memcpy(s->route, f.route, f.route_len);
        s->route_len = f.route_len;
        (void)td_enrol_take(
            s->machine, (tandem_slice){f.body.ptr + 1, f.body.len - 1});
    }
}

static struct td_enrol *
relay_machine(
    const struct td_code *c, const struct td_device_keys *keys, bool as_inviter)
{
    struct td_enrol_side s = {.sys = td_sys_default(),
        .keys = keys->pub,
        .workspace = c->workspace,
        .rng = td_sys_rng(td_sys_default()),
        .inviter = as_inviter,
        .right = TANDEM_RIGHT_ADMIN,
        .name = "tablette"};
    struct td_enrol *x;

    memcpy(s.secret, c->secret, sizeof(s.secret));
    if (td_enrol_new(&s, &x) != TANDEM_OK) {
        _exit(7);
    }
    return x;
}

static struct td_curve
curve_of(const struct td_device_keys *k)
{
    struct td_curve c;

    memcpy(c.pub, k->pub.curve, 32);
    memcpy(c.sec, k->sec.curve, 32);
    return c;
}

static void
relay(int from_inviter, int to_newcomer)
{
    struct td_rng rng = td_sys_rng(td_sys_default());
    struct td_device_keys keys, once;
    struct side front = {0}, back = {0};
    struct td_curve mine, door;
    struct td_code c;
    struct td_wire *w;
    char code[400] = "", bound[192];
    int sys;

    hear(from_inviter, code, sizeof(code));
    if (td_code_read(code, &c, NULL) != TANDEM_OK ||
        td_device_keys_new(rng, &keys) != TANDEM_OK ||
        td_device_keys_new(rng, &once) != TANDEM_OK ||
        td_wire_new(td_sys_default(), 0, &w, NULL) != TANDEM_OK) {
        _exit(8);
    }
    mine = curve_of(&keys);
    door = curve_of(&once);
    back.machine = relay_machine(&c, &keys, false);
    front.machine = relay_machine(&c, &keys, true);
    back.spoken = true;
    if (td_line_dial(w, c.endpoint, &mine, c.curve, &back.line, &sys) !=
            TANDEM_OK ||
        td_line_bind(w, "tcp://127.0.0.1:*", &door, "enrol", bound,
            sizeof(bound), &front.line, &sys) != TANDEM_OK) {
        _exit(9);
    }
    memcpy(c.curve, once.pub.curve, 32);
    memset(c.endpoint, 0, sizeof(c.endpoint));
    (void)snprintf(c.endpoint, sizeof(c.endpoint), "%.127s", bound);
    if (td_code_write(&c, code, sizeof(code)) != TANDEM_OK) {
        _exit(10);
    }
    tell(to_newcomer, code, sizeof(code));
    for (;;) { // until the test ends it
        struct td_knock k;
        bool woken;

        while (td_wire_knock(w, &k)) {
            td_wire_answer(w, &k, TD_LET_IN);
        }
        side_take(&front);
        side_take(&back);
        side_give(&front);
        side_give(&back);
        // The inviter's no is passed on, as a careful relay would, once the
        // newcomer has its digits.
        if (td_enrol_error(back.machine) != TANDEM_OK &&
            td_enrol_digits(front.machine) != NULL) {
            td_enrol_refuse(front.machine, TANDEM_EREFUSED);
        }
        if (td_wire_wait(w, STEP_MS, &woken) != TANDEM_OK) {
            _exit(11);
        }
    }
}

static pid_t
begin(void (*fn)(int a, int b), int a, int b)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)alarm(PATIENCE_S); // a process that waits in vain ends itself
        fn(a, b);
        _exit(0);
    }
    return pid;
}

static void
test_relay_with_its_own_keys_shows_other_digits_to_each(void **state)
{
    char seen_by_inviter[DIGITS_ROOM] = "", seen_by_newcomer[DIGITS_ROOM] = "";
    int a[2], b[2], code[2], wrong[2], status;
    uint8_t devices, joined;
    pid_t pid[3];

    (void)state;
    assert_int_equal(0, pipe(a));
    assert_int_equal(0, pipe(b));
    assert_int_equal(0, pipe(code));
    assert_int_equal(0, pipe(wrong));
    pid[0] = begin(inviter, a[1], code[1]);
    pid[1] = begin(newcomer, b[1], wrong[0]);
    pid[2] = begin(relay, code[0], wrong[1]);
    // Closed here, so that a process that dies early is seen as an end.
    assert_int_equal(0, close(a[1]) | close(b[1]));
    assert_int_equal(7, read(a[0], seen_by_inviter, 7));
    assert_int_equal(7, read(b[0], seen_by_newcomer, 7));
    assert_int_equal(6, strlen(seen_by_inviter));
    assert_int_equal(6, strlen(seen_by_newcomer));
    assert_string_not_equal(seen_by_inviter, seen_by_newcomer);
    assert_int_equal(1, read(a[0], &devices, 1));
    assert_int_equal(1, devices);
    assert_int_equal(1, read(b[0], &joined, 1));
    assert_int_equal(0, joined);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pid[i], waitpid(pid[i], &status, 0));
        assert_true(WIFEXITED(status));
        assert_int_equal(0, WEXITSTATUS(status));
    }
    assert_int_equal(0, kill(pid[2], SIGKILL));
    assert_int_equal(pid[2], waitpid(pid[2], NULL, 0));
    assert_int_equal(0, close(a[0]) | close(b[0]));
    assert_int_equal(0, close(code[0]) | close(code[1]));
    assert_int_equal(0, close(wrong[0]) | close(wrong[1]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_relay_with_its_own_keys_shows_other_digits_to_each),
    };

    return td_crypto_init() != TANDEM_OK
               ? 1
               : cmocka_run_group_tests(tests, NULL, NULL);
}
