// SPDX-License-Identifier: Apache-2.0
// utf8_test.c - every character there is, and no sequence besides.
#include "cli/page/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

// As Unicode writes it; how many bytes.
static size_t
encode(uint32_t c, unsigned char out[4])
{
    if (c < 0x80) {
        out[0] = (unsigned char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (unsigned char)(0xc0 | c >> 6);
        out[1] = (unsigned char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (unsigned char)(0xe0 | c >> 12);
        out[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (unsigned char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (unsigned char)(0xf0 | c >> 18);
    out[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (unsigned char)(0x80 | (c & 0x3f));
    return 4;
}

static void
test_every_character_is_taken_whole(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x120000; c++) {
        const int is_one = c < 0xd800 || (c > 0xdfff && c < 0x110000);
        unsigned char s[4];
        const size_t len = encode(c, s);
        uint32_t code = 0xffffffff;

        assert_int_equal(utf8_take(s, len, &code), is_one ? len : 0);
        assert_int_equal(code, is_one ? c : 0xffffffff);
        // Cut off it is none.
        assert_int_equal(utf8_take(s, len - 1, &code), 0);
    }
}

// All sequences of three bytes, with a fourth that goes on and one that does
// not: as many are taken as there are characters so long.
static void
test_nothing_else_is_one(void **state)
{
    size_t count[5] = {0};
    uint32_t code;

    (void)state;
    for (uint32_t x = 0; x < 1 << 24; x++) {
        unsigned char s[4] = {(unsigned char)(x >> 16), (unsigned char)(x >> 8),
            (unsigned char)x, 0x80};
        const size_t len = utf8_take(s, 4, &code);

        count[len]++;
        if (len == 4) {
            s[3] = 'x';
            assert_int_equal(utf8_take(s, 4, &code), 0);
        }
    }
    assert_int_equal(count[1], (size_t)0x80 << 16);
    assert_int_equal(count[2], (size_t)(0x800 - 0x80) << 8);
    assert_int_equal(count[3], 0x10000 - 0x800 - 0x800);
    assert_int_equal(count[4], 0x100000 / 64);
}

static void
test_a_text_ends_with_a_zero(void **state)
{
    static const char cut[] = "\xf0\x9f\x98\0\x80";
    uint32_t code;

    (void)state;
    assert_int_equal(utf8_next("", &code), 0);
    assert_int_equal(utf8_next("a", &code), 1);
    assert_int_equal(utf8_next("\xf0\x9f\x98\x80", &code), 4);
    assert_int_equal(code, 0x1f600);
    assert_int_equal(utf8_next(cut, &code), 0);
    assert_int_equal(utf8_take("\0", 1, &code), 1); // a byte like others there
    assert_int_equal(code, 0);
}

static void
test_a_text_is_cut_between_characters(void **state)
{
    static const char *const known[] = {"", "", "\xc3\xa9", "\xc3\xa9x",
        "\xc3\xa9x", "\xc3\xa9x", "\xc3\xa9x\xe2\x82\xac"};

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        char s[] = "\xc3\xa9x\xe2\x82\xac";

        utf8_cut(s, i);
        assert_string_equal(s, known[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_character_is_taken_whole),
        cmocka_unit_test(test_nothing_else_is_one),
        cmocka_unit_test(test_a_text_ends_with_a_zero),
        cmocka_unit_test(test_a_text_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
