// SPDX-License-Identifier: Apache-2.0
// zap_test.c - requests at the door: read as they are, refused when they are
// anything else.
#include "support/store_help.h"

#include "node/zap.h"

static void
set(struct td_zap_frame *f, const char *text, size_t n)
{
    memset(f->bytes, 0, sizeof(f->bytes));
    memcpy(f->bytes, text, n);
    f->len = n;
}

static struct td_zap
request(void)
{
    static const char *const text[TD_ZAP_FRAMES] = {"\x01route", "", "1.0",
        "77", "member", "10.0.0.1", "", "CURVE",
        "0123456789abcdef0123456789ABCDEF"};
    struct td_zap r = {.count = TD_ZAP_FRAMES};

    for (size_t i = 0; i < TD_ZAP_FRAMES; i++) {
        set(&r.frame[i], text[i], strlen(text[i]));
    }
    return r;
}

static void
test_zap_request_is_read_and_answered(void **state)
{
    static const char user[] = "30313233343536373839616263646566"
                               "30313233343536373839414243444546";
    struct td_zap r = request(), reply;
    struct td_knock k;

    (void)state;
    assert_true(td_zap_read(&r, &k));
    assert_string_equal("member", k.domain);
    assert_memory_equal("0123456789abcdef0123456789ABCDEF", k.key, 32);
    for (int how = TD_LET_IN; how <= TD_REFUSED; how += 100) {
        td_zap_reply(&k, (enum td_welcome)how, &reply);
        assert_int_equal(8, reply.count);
        assert_memory_equal("\x01route", reply.frame[0].bytes, 6);
        assert_int_equal(0, reply.frame[1].len);
        assert_memory_equal("77", reply.frame[3].bytes, 2);
        assert_int_equal(3, reply.frame[4].len);
        assert_int_equal('0' + how / 100, reply.frame[4].bytes[0]);
        // Nobody but who is let in has a name.
        assert_int_equal(how == TD_LET_IN ? 64 : 0, reply.frame[6].len);
        if (how == TD_LET_IN) {
            assert_memory_equal(user, reply.frame[6].bytes, 64);
        }
    }
}

static void
test_zap_request_of_another_shape_is_not_answered(void **state)
{
    struct td_knock k;

    (void)state;
    for (size_t count = 0; count < TD_ZAP_FRAMES; count++) {
        struct td_zap r = request();

        r.count = count;
        assert_false(td_zap_read(&r, &k));
    }
    {
        struct td_zap r = request();

        r.more = true;
        assert_false(td_zap_read(&r, &k));
    }
    for (size_t i = 0; i < TD_ZAP_FRAMES; i++) {
        static const size_t lengths[] = {0, 1, 15, 16, 31, 33, 256, 70000};
        const bool any = i == 5 || i == 6; // address, identity: not believed

        for (size_t n = 0; n < sizeof(lengths) / sizeof(lengths[0]); n++) {
            struct td_zap r = request();
            const size_t len = lengths[n];
            bool fits = any || ((i == 0 || i == 3) && len <= 255) ||
                        (i == 1 && len == 0) || (i == 4 && len <= 15);

            memset(r.frame[i].bytes, 'x', sizeof(r.frame[i].bytes));
            r.frame[i].len = len;
            assert_int_equal(fits, td_zap_read(&r, &k));
        }
    }
    {
        struct td_zap r = request();

        set(&r.frame[4], "enrol\0x", 7); // a domain that ends early
        assert_false(td_zap_read(&r, &k));
        r = request();
        set(&r.frame[7], "PLAIN", 5);
        assert_false(td_zap_read(&r, &k));
        r = request();
        set(&r.frame[2], "1.1", 3);
        assert_false(td_zap_read(&r, &k));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zap_request_is_read_and_answered),
        cmocka_unit_test(test_zap_request_of_another_shape_is_not_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
