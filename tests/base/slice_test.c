// SPDX-License-Identifier: Apache-2.0
// slice_test.c - comparison, hex, strict UTF-8.
#include "base/faulty.h"

#include "base/slice.h"

static void
test_slice_order_is_that_of_byte_strings(void **state)
{
    static const char *const rising[] = {
        "", "a", "aa", "ab", "b", "\x7f", "\x80", "\xff"};
    const size_t n = sizeof(rising) / sizeof(rising[0]);
    size_t i, j;

    (void)state;
    for (i = 0; i < n; i++) {
        for (j = 0; j < n; j++) {
            tandem_slice a = td_slice_str(rising[i]);
            tandem_slice b = td_slice_str(rising[j]);

            assert_int_equal(td_slice_cmp(a, b), (i > j) - (i < j));
            assert_int_equal(td_slice_eq(a, b), i == j);
        }
    }
    assert_true(td_slice_eq(tandem_bytes(NULL, 0), td_slice_str("")));
    assert_int_equal(td_slice_str(NULL).len, 0);
}

static void
test_slice_hex_there_and_back(void **state)
{
    uint8_t bytes[256], back[256];
    char hex[513];
    size_t i;

    (void)state;
    for (i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
    }
    td_hex(tandem_bytes(bytes, 256), hex);
    assert_int_equal(strlen(hex), 512);
    assert_true(td_unhex(hex, back, 256));
    assert_memory_equal(bytes, back, 256);
    assert_true(td_unhex("AbCdEF", back, 3));
    assert_memory_equal(back, "\xab\xcd\xef", 3);
    td_hex(tandem_bytes(NULL, 0), hex);
    assert_string_equal(hex, "");
}

static void
test_slice_malformed_hex_changes_nothing(void **state)
{
    static const char *const bad[] = {
        "", "0", "010", "01020", "010203", "0g02", "01 2", "01-2", "é01"};
    uint8_t out[2] = {7, 8};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(td_unhex(bad[i], out, 2));
        assert_int_equal(out[0], 7);
        assert_int_equal(out[1], 8);
    }
    assert_false(td_unhex(NULL, out, 2));
    assert_true(td_unhex("", out, 0));
}

static size_t
put_code_point(uint8_t *p, uint32_t c)
{
    if (c < 0x80) {
        p[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        p[0] = (uint8_t)(0xc0 | c >> 6);
        p[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        p[0] = (uint8_t)(0xe0 | c >> 12);
        p[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        p[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    p[0] = (uint8_t)(0xf0 | c >> 18);
    p[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    p[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    p[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

static void
test_utf8_accepts_every_code_point_but_surrogates(void **state)
{
    uint32_t c;

    (void)state;
    for (c = 0; c < 0x120000; c++) {
        uint8_t p[4];
        size_t n = put_code_point(p, c);
        bool good = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);

        if (td_utf8_valid(tandem_bytes(p, n)) != good) {
            fail_msg("U+%04X", (unsigned)c);
        }
    }
}

// All sequences of up to three bytes: accepted exactly when they are the
// encoding of code points.
static void
test_utf8_refuses_every_other_short_sequence(void **state)
{
    static bool two[256][256];
    static bool three[256][256][256];
    uint32_t c, a, b, d;
    size_t wrong = 0;

    (void)state;
    for (c = 0x80; c < 0x10000; c++) {
        uint8_t p[4];

        if (c >= 0xd800 && c <= 0xdfff) {
            continue;
        }
        if (put_code_point(p, c) == 2) {
            two[p[0]][p[1]] = true;
        } else {
            three[p[0]][p[1]][p[2]] = true;
        }
    }
    for (a = 0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            bool ab = two[a][b] || (a < 0x80 && b < 0x80);
            uint8_t p[3] = {(uint8_t)a, (uint8_t)b, 0};

            wrong += td_utf8_valid(tandem_bytes(p, 2)) != ab;
            for (d = 0; d < 256; d++) {
                bool good = three[a][b][d] || (ab && d < 0x80) ||
                            (a < 0x80 && two[b][d]);

                p[2] = (uint8_t)d;
                wrong += td_utf8_valid(tandem_bytes(p, 3)) != good;
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void
test_utf8_finds_a_fault_anywhere_in_long_text(void **state)
{
    uint8_t text[40];
    size_t at;

    (void)state;
    for (at = 0; at < sizeof(text); at++) {
        memset(text, 'x', sizeof(text));
        assert_true(td_utf8_valid(tandem_bytes(text, sizeof(text))));
        text[at] = 0xc3; // begins a character that does not come
        assert_false(td_utf8_valid(tandem_bytes(text, sizeof(text))));
        text[at] = 0xff;
        assert_false(td_utf8_valid(tandem_bytes(text, sizeof(text))));
    }
    assert_true(td_utf8_valid(tandem_bytes(NULL, 0)));
}

static void
test_utf8_counts_and_finds_code_points(void **state)
{
    tandem_slice s = td_slice_str("aé€\xf0\x9f\x99\x82z"); // 1+2+3+4+1 bytes

    (void)state;
    assert_int_equal(td_utf8_count(s), 5);
    assert_int_equal(td_utf8_offset(s, 0), 0);
    assert_int_equal(td_utf8_offset(s, 1), 1);
    assert_int_equal(td_utf8_offset(s, 2), 3);
    assert_int_equal(td_utf8_offset(s, 3), 6);
    assert_int_equal(td_utf8_offset(s, 4), 10);
    assert_int_equal(td_utf8_offset(s, 5), 11);
    assert_int_equal(td_utf8_count(td_slice_str("")), 0);
    assert_int_equal(td_utf8_offset(td_slice_str(""), 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice_order_is_that_of_byte_strings),
        cmocka_unit_test(test_slice_hex_there_and_back),
        cmocka_unit_test(test_slice_malformed_hex_changes_nothing),
        cmocka_unit_test(test_utf8_accepts_every_code_point_but_surrogates),
        cmocka_unit_test(test_utf8_refuses_every_other_short_sequence),
        cmocka_unit_test(test_utf8_finds_a_fault_anywhere_in_long_text),
        cmocka_unit_test(test_utf8_counts_and_finds_code_points),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
