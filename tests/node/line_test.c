// SPDX-License-Identifier: Apache-2.0
// line_test.c - what can stand at the other end of a line: each failure has
// its code and its sentence in both languages; and a line cut at any byte.
#include "node/cutter.h"

#include "node/reach.h"
#include "node/talk.h"

enum { RANDOM_CUTS = 10 };

// ------------------------------------------------------------------ the parts

enum part {
    SHUTS,     // takes connections and closes them
    WEB,       // speaks HTTP
    OPEN,      // ZMTP without CURVE
    REFUSES,   // CURVE, and an ERROR with `status`
    SHUTS_ONCE // the first in the middle of the handshake; then nobody
};

struct player {
    enum part part;
    const char *status;
    int fd;
    struct sockaddr_in at;
    pthread_t thread;
    atomic_bool stop;
};

static void
greet(int fd, const char *mechanism)
{
    uint8_t greeting[64] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0};

    memcpy(greeting + 12, mechanism, strlen(mechanism));
    (void)send(fd, greeting, sizeof(greeting), MSG_NOSIGNAL);
}

// Until `n` bytes have come; false: it went.
static bool
swallow(int fd, size_t n)
{
    uint8_t room[512];

    while (n > 0) {
        ssize_t k = recv(fd, room, n < sizeof(room) ? n : sizeof(room), 0);

        if (k <= 0) {
            return false;
        }
        n -= (size_t)k;
    }
    return true;
}

static void
refuse(int fd, const char *status)
{
    uint8_t command[12] = {0x04, 10, 5, 'E', 'R', 'R', 'O', 'R', 3};

    greet(fd, "CURVE");
    if (swallow(fd, 64 + 200)) { // greeting, HELLO
        memcpy(command + 9, status, 3);
        (void)send(fd, command, sizeof(command), MSG_NOSIGNAL);
        (void)swallow(fd, 1); // until it goes
    }
}

static void
play(struct player *p, int fd)
{
    static const char web[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

    switch (p->part) {
    case WEB:
        (void)swallow(fd, 10);
        (void)send(fd, web, sizeof(web) - 1, MSG_NOSIGNAL);
        break;
    case OPEN:
        greet(fd, "NULL");
        (void)swallow(fd, 1000);
        break;
    case REFUSES:
        refuse(fd, p->status);
        break;
    case SHUTS_ONCE:
        greet(fd, "CURVE");
        (void)swallow(fd, 64 + 200);
        (void)close(p->fd);
        p->fd = -1;
        break;
    case SHUTS:
    default:
        break;
    }
    drop(fd, false);
}

static void *
player_run(void *arg)
{
    struct player *p = arg;

    while (!atomic_load(&p->stop) && p->fd >= 0) {
        struct pollfd q = {p->fd, POLLIN, 0};

        if (poll(&q, 1, 20) > 0) {
            struct timeval patience = {.tv_sec = 1};
            int fd = accept(p->fd, NULL, NULL);

            (void)setsockopt(
                fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
            play(p, fd);
        }
    }
    return NULL;
}

// b meets who plays a's device.
static void
meet_player(struct post *a, struct post *b, enum part part, const char *status)
{
    struct player p = {.part = part, .status = status};
    char address[192];

    p.fd = listen_here(&p.at);
    atomic_init(&p.stop, false);
    assert_int_equal(0, pthread_create(&p.thread, NULL, player_run, &p));
    address_at(a->address, &p.at, address);
    post_forget(b);
    post_meet(b, address);
    until_finished(b, NULL);
    atomic_store(&p.stop, true);
    assert_int_equal(0, pthread_join(p.thread, NULL));
    if (p.fd >= 0) {
        (void)close(p.fd);
    }
}

static void
meet_at(struct post *a, struct post *b, const char *endpoint)
{
    char address[192];

    (void)snprintf(
        address, sizeof(address), "%s%s", endpoint, strchr(a->address, '#'));
    post_forget(b);
    post_meet(b, address);
    until_finished(b, NULL);
}

// A node of b's whose sentences are in that language.
static void
speak(struct post *b, tandem_lang lang)
{
    tandem_node_opts o = TANDEM_NODE_OPTS_INIT;
    tandem_error e = TANDEM_ERROR_INIT(lang);

    tandem_node_free(b->node);
    o.connect_timeout_ms = 10 * PATIENCE_MS;
    assert_good(tandem_node_new(b->store, &o, &b->node, &e), e);
}

static void
test_line_every_failure_has_its_code_and_sentence(void **state)
{
    static const struct {
        enum part part;
        const char *status, *endpoint;
        tandem_err code;
    } cases[] = {
        {SHUTS, NULL, NULL, TANDEM_EAUTH},
        {WEB, NULL, NULL, TANDEM_EPROTO},
        {OPEN, NULL, NULL, TANDEM_EPROTO},
        {REFUSES, "400", NULL, TANDEM_EREVOKED},
        {REFUSES, "500", NULL, TANDEM_EUNKNOWN},
        {SHUTS_ONCE, NULL, NULL, TANDEM_ECUT},
        {SHUTS, NULL, "tcp://255.255.255.255:9", TANDEM_ENETWORK},
        {SHUTS, NULL, "tcp://nobody.invalid:9", TANDEM_ENETWORK},
    };
    char said[2][320];
    struct post a, b;

    (void)state;
    two(&a, &b);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int lang = 0; lang < 2; lang++) {
            speak(&b, lang == 0 ? TANDEM_EN : TANDEM_FR);
            if (cases[i].endpoint != NULL) {
                meet_at(&a, &b, cases[i].endpoint);
            } else {
                meet_player(&a, &b, cases[i].part, cases[i].status);
            }
            assert_failed_with(&b, cases[i].code);
            assert_int_equal(0, b.started);
            assert_non_null(strstr(b.last.report.error.msg, "tcp://"));
            (void)snprintf(
                said[lang], sizeof(said[lang]), "%s", b.last.report.error.msg);
        }
        assert_string_not_equal(said[0], said[1]);
    }
    free_two(&a, &b);
}

static void
test_line_a_way_is_looked_for_before_it_is_missed(void **state)
{
    (void)state;
    assert_int_equal(TD_REACH_YES, td_reach("tcp://127.0.0.1:9", false));
    assert_int_equal(
        TD_REACH_YES, td_reach("tcp://[::ffff:127.0.0.1]:9", false));
    assert_int_equal(
        TD_REACH_NO_ROUTE, td_reach("tcp://255.255.255.255:9", false));
    assert_int_equal(
        TD_REACH_NO_NAME, td_reach("tcp://nobody.invalid:9", true));
    // Without asking the name service nothing can be told of a name.
    assert_int_equal(TD_REACH_YES, td_reach("tcp://nobody.invalid:9", false));
    assert_int_equal(TD_REACH_YES, td_reach("", true));
}

// The other side's last word is the session's outcome: also of a newer version.
static void
test_line_what_the_other_side_says_last_is_heard(void **state)
{
    static const tandem_err said[] = {
        TANDEM_EVERSION, TANDEM_EREVOKED, TANDEM_EUNKNOWN, TANDEM_EREFUSED};
    const struct td_device_keys *keys;
    char bound[192], address[192];
    struct post a, b;
    struct td_curve curve;
    struct td_wire *w;
    struct td_line *l;
    tandem_sys sys;
    int code;

    (void)state;
    two(&a, &b);
    tandem_node_free(a.node);
    a.node = NULL;
    td_sys_fill(&sys, NULL);
    keys = td_store_device(a.store->store);
    memcpy(curve.pub, keys->pub.curve, 32);
    memcpy(curve.sec, keys->sec.curve, 32);
    assert_err(TANDEM_OK, td_wire_new(&sys, 0, &w, NULL));
    assert_err(TANDEM_OK, td_line_bind(w, "tcp://127.0.0.1:*", &curve, "member",
                              bound, sizeof(bound), &l, &code));
    (void)snprintf(
        address, sizeof(address), "%s%s", bound, strchr(a.address, '#'));
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        uint64_t end = now_ms() + PATIENCE_MS;

        post_forget(&b);
        post_meet(&b, address);
        while (b.finished == 0) {
            struct td_knock k;
            struct td_frame f;

            assert_true(now_ms() < end);
            while (td_wire_knock(w, &k)) {
                td_wire_answer(w, &k, TD_LET_IN);
            }
            if (td_line_recv(l, &f) == TANDEM_OK) {
                td_talk_refuse(l, &f, said[i]);
            }
            post_step(&b, STEP_MS);
        }
        assert_failed_with(&b, said[i]);
        assert_int_equal(1, b.started);
    }
    td_line_close(l);
    td_wire_free(w);
    post_node(&a, 0, 0, 0);
    free_two(&a, &b);
}

// ----------------------------------------------------------------------- cuts

static void
write_persons(struct post *a, struct post *b, int n)
{
    char name[32];

    for (int i = 0; i < n; i++) {
        (void)snprintf(name, sizeof(name), "personne %d", i);
        add_person(i % 2 == 0 ? a : b, name);
    }
}

// How many bytes one whole exchange takes over a line that is never cut.
static size_t
whole_exchange(struct post *a, struct post *b, int persons)
{
    struct cutter c = {.cuts = 0};
    char address[192];
    size_t bytes;

    write_persons(a, b, persons);
    cutter_open(&c, a->address);
    address_at(a->address, &c.here, address);
    post_meet(b, address);
    until_finished(b, a);
    assert_done(b);
    bytes = atomic_load(&c.bytes);
    cutter_close(&c);
    return bytes;
}

// One cut at a byte of the handshake, one somewhere in the session: the same
// meeting goes on and ends with the same on both sides.
static void
test_line_cut_at_any_byte_resumes(void **state)
{
    uint64_t seed = help_seed();
    struct post a, b;
    size_t bytes;

    (void)state;
    two(&a, &b);
    bytes = whole_exchange(&a, &b, 40);
    for (int i = 0; i < RANDOM_CUTS; i++) {
        struct cutter c = {.cuts = 2, .reset = i % 2 == 0};
        char address[192];

        c.cut[0] = 1 + help_next(&seed) % 700;
        c.cut[1] = 1 + help_next(&seed) % bytes;
        write_persons(&a, &b, 40);
        post_forget(&a);
        post_forget(&b);
        cutter_open(&c, a.address);
        address_at(a.address, &c.here, address);
        post_meet(&b, address);
        until_beside(&b, &a);
        if (b.last.report.state != TANDEM_SESSION_DONE) {
            fail_msg("cut at %zu, then %zu of %zu: %s", c.cut[0], c.cut[1],
                bytes, b.last.report.error.msg);
        }
        assert_int_equal(1, b.finished);
        assert_true(atomic_load(&c.served) >= 2);
        cutter_close(&c);
        assert_same(&a, &b);
    }
    free_two(&a, &b);
}

static void
test_line_cut_for_good_is_ecut(void **state)
{
    struct cutter c = {.cuts = 1, .last = true};
    char address[192];
    struct post a, b;
    size_t bytes;

    (void)state;
    two(&a, &b);
    bytes = whole_exchange(&a, &b, 40);
    write_persons(&a, &b, 40);
    post_forget(&a);
    post_forget(&b);
    c.cut[0] = bytes / 2;
    cutter_open(&c, a.address);
    address_at(a.address, &c.here, address);
    post_meet(&b, address);
    until_finished(&b, &a);
    assert_failed_with(&b, TANDEM_ECUT);
    assert_failed_with(&a, TANDEM_ECUT);
    cutter_close(&c);
    // And nothing is lost by it.
    post_forget(&a);
    post_forget(&b);
    post_meet(&b, a.address);
    until_finished(&b, &a);
    assert_done(&b);
    assert_same(&a, &b);
    free_two(&a, &b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_every_failure_has_its_code_and_sentence),
        cmocka_unit_test(test_line_a_way_is_looked_for_before_it_is_missed),
        cmocka_unit_test(test_line_what_the_other_side_says_last_is_heard),
        cmocka_unit_test(test_line_cut_at_any_byte_resumes),
        cmocka_unit_test(test_line_cut_for_good_is_ecut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
