// SPDX-License-Identifier: Apache-2.0
// reader_test.c - bounded reading: order, ends, sticky failure.
#include "base/faulty.h"

#include "base/reader.h"

static const uint8_t sample[] = {
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 'a', 'b', 'c', 'd'};

static void
test_reader_reads_every_field_in_order(void **state)
{
    struct td_reader r;
    tandem_slice s;
    char c[2];

    (void)state;
    td_reader_init(&r, tandem_bytes(sample, sizeof(sample)));
    assert_int_equal(td_read_u8(&r), 1);
    assert_int_equal(td_read_be16(&r), 0x0203);
    assert_int_equal(td_read_be32(&r), 0x04050607);
    assert_true(td_read_be64(&r) == UINT64_C(0x08090a0b0c0d0e0f));
    s = td_read_bytes(&r, 2);
    assert_int_equal(s.len, 2);
    assert_memory_equal(s.ptr, "ab", 2);
    assert_false(td_reader_done(&r));
    td_read_copy(&r, c, 2);
    assert_memory_equal(c, "cd", 2);
    assert_true(td_reader_done(&r));
}

// One byte short anywhere fails that field and every later one.
static void
test_reader_fails_on_every_truncation(void **state)
{
    size_t len;

    (void)state;
    for (len = 0; len < sizeof(sample); len++) {
        uint8_t *copy = malloc(len + 1); // exact for ASan
        uint8_t c[2] = {9, 9};
        struct td_reader r;

        assert_non_null(copy);
        memcpy(copy, sample, len);
        td_reader_init(&r, tandem_bytes(copy, len));
        (void)td_read_u8(&r);
        (void)td_read_be16(&r);
        (void)td_read_be32(&r);
        (void)td_read_be64(&r);
        (void)td_read_bytes(&r, 2);
        td_read_copy(&r, c, 2);
        assert_true(r.failed);
        assert_false(td_reader_done(&r));
        assert_int_equal(c[0], 0);
        assert_int_equal(c[1], 0);
        free(copy);
    }
}

static void
test_reader_failure_stays(void **state)
{
    struct td_reader r;
    tandem_slice s;

    (void)state;
    td_reader_init(&r, tandem_bytes(sample, sizeof(sample)));
    s = td_read_bytes(&r, SIZE_MAX);
    assert_null(s.ptr);
    assert_int_equal(s.len, 0);
    assert_int_equal(td_read_u8(&r), 0); // bytes are left; it failed before
    assert_int_equal(td_read_be16(&r), 0);
    assert_int_equal(td_read_be32(&r), 0);
    assert_true(td_read_be64(&r) == 0);
    assert_false(td_reader_done(&r));

    td_reader_init(&r, tandem_bytes(NULL, 0));
    assert_true(td_reader_done(&r));
    (void)td_read_bytes(&r, 0);
    assert_true(td_reader_done(&r));
    td_reader_fail(&r);
    assert_false(td_reader_done(&r));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader_reads_every_field_in_order),
        cmocka_unit_test(test_reader_fails_on_every_truncation),
        cmocka_unit_test(test_reader_failure_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
