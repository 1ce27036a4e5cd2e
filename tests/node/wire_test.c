// SPDX-License-Identifier: Apache-2.0
// wire_test.c - as many lines as a node may be asked for.
#include "support/store_help.h"

#include <sys/resource.h>

#include "node/wire.h"

enum {
    LINES = 400,       // more than a third of libzmq's own limit of sockets
    DESCRIPTORS = 2048 // a socket has one, a connection another
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

static void
test_more_lines_than_libzmq_has_sockets_by_itself(void **state)
{
    static struct td_line *lines[LINES];
    struct td_device_keys keys;
    struct td_curve curve;
    struct td_wire *w;
    tandem_error e = {0};
    tandem_sys sys;
    uint64_t seed = 7;
    int code = 0;

    (void)state;
    if (!many_descriptors()) {
        skip();
    }
    td_sys_fill(&sys, NULL);
    assert_err(TANDEM_OK, td_device_keys_new(help_rng(&seed), &keys));
    memcpy(curve.pub, keys.pub.curve, 32);
    memcpy(curve.sec, keys.sec.curve, 32);
    assert_err(TANDEM_OK, td_wire_new(&sys, 0, &w, &e));
    for (size_t i = 0; i < LINES; i++) { // nobody listens on port 9
        assert_err(TANDEM_OK, td_line_dial(w, "tcp://127.0.0.1:9", &curve,
                                  curve.pub, &lines[i], &code));
    }
    for (size_t i = 0; i < LINES; i++) {
        td_line_close(lines[i]);
    }
    td_wire_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_lines_than_libzmq_has_sockets_by_itself),
    };

    return td_crypto_init() != TANDEM_OK
               ? 1
               : cmocka_run_group_tests(tests, NULL, NULL);
}
