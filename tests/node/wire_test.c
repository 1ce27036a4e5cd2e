// SPDX-License-Identifier: Apache-2.0
// wire_test.c - as many lines as a node may be asked for; and a line whose
// other end does not read.
#include "support/store_help.h"

#include <poll.h>
#include <sys/resource.h>

#include "base/slice.h"
#include "node/wire.h"

enum {
    LINES = 400,        // more than a third of libzmq's own limit of sockets
    DESCRIPTORS = 2048, // a socket has one, a connection another
    FRAME = 32 << 10,
    FRAMES_MAX = 20000, // no system keeps so many unread
    TURNS_MAX = 60000   // of a millisecond: a guard
};

static bool
many_descriptors(void)
{
    struct rlimit l;

    if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_max < DESCRIPTORS) {
        return false;
    }
    l.rlim_cur = l.rlim_cur < DESCRIPTORS ? DESCRIPTORS : l.rlim_cur;
    return setrlimit(RLIMIT_NOFILE, &l) == 0;
}

static struct td_wire *
wire_of(struct td_curve *curve, uint64_t seed)
{
    struct td_device_keys keys;
    struct td_wire *w = NULL;
    tandem_error e = {0};
    tandem_sys sys;

    td_sys_fill(&sys, NULL);
    assert_err(TANDEM_OK, td_device_keys_new(help_rng(&seed), &keys));
    memcpy(curve->pub, keys.pub.curve, 32);
    memcpy(curve->sec, keys.sec.curve, 32);
    assert_err(TANDEM_OK, td_wire_new(&sys, 0, &w, &e));
    return w;
}

static void
test_more_lines_than_libzmq_has_sockets_by_itself(void **state)
{
    static struct td_line *lines[LINES];
    struct td_curve curve;
    struct td_wire *w;
    int code = 0;

    (void)state;
    if (!many_descriptors()) {
        skip();
    }
    w = wire_of(&curve, 7);
    for (size_t i = 0; i < LINES; i++) { // nobody listens on port 9
        assert_err(TANDEM_OK, td_line_dial(w, "tcp://127.0.0.1:9", &curve,
                                  curve.pub, &lines[i], &code));
    }
    for (size_t i = 0; i < LINES; i++) {
        td_line_close(lines[i]);
    }
    td_wire_free(w);
}

// The first frame that comes over a line, whoever knocks before it let in.
static void
until_heard(struct td_wire *w, struct td_line *l, struct td_frame *f)
{
    struct td_knock k;

    for (int i = 0; td_line_recv(l, f) != TANDEM_OK; i++) {
        assert_true(i < TURNS_MAX);
        if (w != NULL && td_wire_knock(w, &k)) {
            td_wire_answer(w, &k, TD_LET_IN);
        }
        (void)poll(NULL, 0, 1);
    }
}

// A door, and a line to it that does not read.
struct pair {
    struct td_wire *w, *peer;
    struct td_line *door, *line;
};

static void
pair_new(struct pair *p)
{
    struct td_curve here, there;
    char bound[192];
    int code = 0;

    p->w = wire_of(&here, 8);
    p->peer = wire_of(&there, 9);
    assert_err(TANDEM_OK, td_line_bind(p->w, "tcp://127.0.0.1:*", &here,
                              "member", bound, sizeof(bound), &p->door, &code));
    assert_err(TANDEM_OK,
        td_line_dial(p->peer, bound, &there, here.pub, &p->line, &code));
}

// Numbered frames until it is full. @return how many it took.
static uint32_t
pair_fill(struct pair *p)
{
    static const uint8_t body[FRAME];
    uint32_t taken = 0;
    struct td_frame f;
    tandem_err err;

    assert_err(TANDEM_OK, td_line_send(p->line, (tandem_slice){0},
                              td_slice_str("hello"), (tandem_slice){0}));
    until_heard(p->w, p->door, &f);
    do {
        uint8_t number[4];

        td_put_be32(number, taken);
        err = td_line_send(p->door, (tandem_slice){f.route, f.route_len},
            (tandem_slice){number, 4}, (tandem_slice){body, sizeof(body)});
        taken += err == TANDEM_OK ? 1 : 0;
    } while (err == TANDEM_OK && taken < FRAMES_MAX);
    assert_err(TANDEM_EBUSY, err);
    return taken;
}

// ROUTER drops what it has no room for, unless it is told not to: all that it
// took arrives, in order, and when it takes no more it says so.
static void
test_a_line_that_is_full_says_so_and_loses_nothing(void **state)
{
    struct td_frame got;
    struct pair p;
    uint32_t taken;

    (void)state;
    pair_new(&p);
    taken = pair_fill(&p);
    for (uint32_t i = 0; i < taken; i++) {
        until_heard(NULL, p.line, &got);
        assert_int_equal(4 + FRAME, got.body.len);
        assert_int_equal(i, td_be32(got.body.ptr));
    }
    td_line_close(p.line);
    td_line_close(p.door);
    td_wire_free(p.peer);
    td_wire_free(p.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_lines_than_libzmq_has_sockets_by_itself),
        cmocka_unit_test(test_a_line_that_is_full_says_so_and_loses_nothing),
    };

    return td_crypto_init() != TANDEM_OK
               ? 1
               : cmocka_run_group_tests(tests, NULL, NULL);
}
