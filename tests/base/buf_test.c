// SPDX-License-Identifier: Apache-2.0
// buf_test.c - growing bytes: growth, maximum, sticky failure, wiping.
#include "base/faulty.h"

#include "base/buf.h"
#include "base/slice.h"

static void
test_buf_appends_in_order(void **state)
{
    struct td_buf b;
    char hex[64];

    (void)state;
    td_buf_init(&b, NULL, 100);
    td_buf_put_u8(&b, 0x01);
    td_buf_put_be32(&b, UINT32_C(0x02030405));
    td_buf_put_be64(&b, UINT64_C(0x060708090a0b0c0d));
    td_buf_put_slice(&b, td_slice_str("!"));
    td_buf_put(&b, NULL, 0);
    assert_int_equal(b.err, TANDEM_OK);
    td_hex(td_buf_slice(&b), hex);
    assert_string_equal(hex, "0102030405060708090a0b0c0d21");
    td_buf_deinit(&b);
    td_buf_deinit(&b);
}

static void
test_buf_numbers_come_back(void **state)
{
    uint8_t p[8];

    (void)state;
    td_put_be64(p, UINT64_C(0xfedcba9876543210));
    assert_int_equal(p[0], 0xfe);
    assert_int_equal(p[7], 0x10);
    assert_true(td_be64(p) == UINT64_C(0xfedcba9876543210));
    td_put_be32(p, UINT32_C(0x89abcdef));
    assert_true(td_be32(p) == UINT32_C(0x89abcdef));
}

static void
test_buf_fills_exactly_to_its_maximum(void **state)
{
    struct faulty f = {0};
    tandem_sys sys = faulty_sys(&f);
    struct td_buf b;
    size_t i;

    (void)state;
    td_buf_init(&b, &sys, 1000);
    for (i = 0; i < 1000; i++) {
        td_buf_put_u8(&b, (uint8_t)i);
    }
    assert_int_equal(b.err, TANDEM_OK);
    assert_int_equal(b.len, 1000);
    assert_int_equal(f.live, 1000);
    assert_true(f.calls <= 6); // 64, 128, 256, 512, 1000
    for (i = 0; i < 1000; i++) {
        assert_int_equal(b.ptr[i], (uint8_t)i);
    }
    td_buf_put_u8(&b, 0);
    assert_int_equal(b.err, TANDEM_ELIMIT);
    assert_int_equal(b.len, 1000);
    td_buf_deinit(&b);
    assert_int_equal(f.live, 0);
}

static void
test_buf_failure_stays_until_reset(void **state)
{
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, 4);
    td_buf_put(&b, "abcde", 5);
    assert_int_equal(b.err, TANDEM_ELIMIT);
    td_buf_put_u8(&b, 'x'); // would fit, but would leave a hole
    assert_int_equal(b.len, 0);
    assert_null(td_buf_room(&b, 1));
    td_buf_reset(&b);
    assert_int_equal(b.err, TANDEM_OK);
    td_buf_put(&b, "abcd", 4);
    assert_int_equal(b.err, TANDEM_OK);
    assert_int_equal(b.len, 4);
    td_buf_deinit(&b);
}

static void
test_buf_huge_request_does_not_wrap(void **state)
{
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, 100);
    td_buf_put(&b, "abc", 3);
    assert_null(td_buf_room(&b, SIZE_MAX));
    assert_int_equal(b.err, TANDEM_ELIMIT);
    td_buf_reset(&b);
    td_buf_put(&b, "abc", 3);
    assert_null(td_buf_room(&b, SIZE_MAX - 2));
    assert_int_equal(b.err, TANDEM_ELIMIT);
    assert_int_equal(b.len, 3);
    td_buf_deinit(&b);
}

static void
test_buf_empty_room_has_an_address(void **state)
{
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, 0);
    assert_non_null(td_buf_room(&b, 0));
    td_buf_put_u8(&b, 1);
    assert_int_equal(b.err, TANDEM_ELIMIT);
    td_buf_deinit(&b);
}

static void
test_buf_wipe_leaves_only_zeros(void **state)
{
    struct td_buf b;
    size_t cap, i;

    (void)state;
    td_buf_init(&b, NULL, 1000);
    td_buf_put(&b, "a secret that was longer once", 29);
    td_buf_reset(&b);
    td_buf_put(&b, "short", 5);
    cap = b.cap;
    td_buf_wipe(&b);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, cap);
    assert_true(cap >= 29);
    for (i = 0; i < cap; i++) {
        assert_int_equal(b.ptr[i], 0);
    }
    td_buf_deinit(&b);
}

static void
oom_buf_keeps_what_it_had(void **state)
{
    long n;

    (void)state;
    for (n = 1;; n++) {
        struct faulty f = {.fail_at = n};
        tandem_sys sys = faulty_sys(&f);
        struct td_buf b;
        size_t i;

        td_buf_init(&b, &sys, 5000);
        for (i = 0; i < 5000 && b.err == TANDEM_OK; i++) {
            td_buf_put_u8(&b, (uint8_t)(i * 7));
        }
        if (f.failed > 0) {
            size_t len = b.len;

            assert_int_equal(b.err, TANDEM_ENOMEM);
            td_buf_put(&b, "more", 4);
            assert_int_equal(b.len, len);
        }
        for (i = 0; i < b.len; i++) {
            assert_int_equal(b.ptr[i], (uint8_t)(i * 7));
        }
        td_buf_deinit(&b);
        assert_int_equal(f.live, 0);
        if (f.failed == 0) {
            assert_true(n > 3);
            break;
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_appends_in_order),
        cmocka_unit_test(test_buf_numbers_come_back),
        cmocka_unit_test(test_buf_fills_exactly_to_its_maximum),
        cmocka_unit_test(test_buf_failure_stays_until_reset),
        cmocka_unit_test(test_buf_huge_request_does_not_wrap),
        cmocka_unit_test(test_buf_empty_room_has_an_address),
        cmocka_unit_test(test_buf_wipe_leaves_only_zeros),
        cmocka_unit_test(oom_buf_keeps_what_it_had),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
