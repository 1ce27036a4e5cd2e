// SPDX-License-Identifier: Apache-2.0
// cursor_test.c - what is refused and why; reading; random values and damage.
#include <malloc.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/slice.h"
#include "codec/gen.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif
#ifdef WITH_ASAN
// Of <sanitizer/allocator_interface.h>, which gcc may come without.
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

static size_t
heap_in_use(void)
{
#ifdef WITH_ASAN
    return __sanitizer_get_current_allocated_bytes();
#else
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
#endif
}

// The fault of the bytes written in hex, from memory of exactly that size.
static enum td_mp_fault
check(const char *hex)
{
    size_t len = strlen(hex) / 2;
    uint8_t *p = malloc(len > 0 ? len : 1);
    enum td_mp_fault fault;

    assert_non_null(p);
    if (!td_unhex(hex, p, len)) {
        fail_msg("the test itself: %s", hex);
    }
    fault = td_mp_check(tandem_bytes(p, len));
    free(p);
    return fault;
}

struct expect {
    const char *hex;
    enum td_mp_fault fault;
};

static void
expect_all(const struct expect *e, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        enum td_mp_fault fault = check(e[i].hex);

        if (fault != e[i].fault) {
            fail_msg(
                "%s: fault %d, not %d", e[i].hex, (int)fault, (int)e[i].fault);
        }
    }
}
#define EXPECT_ALL(list) expect_all(list, sizeof(list) / sizeof((list)[0]))

static void
test_cursor_refuses_what_is_cut_off(void **state)
{
    static const struct expect list[] = {
        {"", TD_MP_SHORT},
        {"cc", TD_MP_SHORT},
        {"cd01", TD_MP_SHORT},
        {"ce000100", TD_MP_SHORT},
        {"cf00000001000000", TD_MP_SHORT},
        {"d0", TD_MP_SHORT},
        {"d180", TD_MP_SHORT},
        {"d2800000", TD_MP_SHORT},
        {"d380000000000000", TD_MP_SHORT},
        {"a1", TD_MP_SHORT},
        {"d9", TD_MP_SHORT},
        {"c402ff", TD_MP_SHORT},
        {"91", TD_MP_SHORT},
        {"9201", TD_MP_SHORT},
        {"8101", TD_MP_SHORT},
        {"820102", TD_MP_SHORT},
        {"929101", TD_MP_SHORT},
    };

    (void)state;
    EXPECT_ALL(list);
}

// A header may announce gigabytes in five bytes. None is believed.
static void
test_cursor_refuses_maximal_headers_without_memory(void **state)
{
    static const char *const header[] = {"c4ff", "c5ffff", "c6ffffffff", "bf",
        "d9ff", "daffff", "dbffffffff", "9f", "dcffff", "ddffffffff", "8f",
        "deffff", "dfffffffff"};
    size_t before, i, k;

    (void)state;
    for (i = 0; i < sizeof(header) / sizeof(header[0]); i++) {
        uint8_t in[64] = {0};
        size_t len = strlen(header[i]) / 2;

        assert_true(td_unhex(header[i], in, len));
        for (k = len; k < sizeof(in); k++) {
            struct td_cur c;
            enum td_mp_fault fault;
            bool open;

            if (len == 1 && k > 10) {
                break; // the one-byte forms reach only 15 or 31
            }
            before = heap_in_use();
            fault = td_mp_check(tandem_bytes(in, k));
            open = td_cur_open(&c, tandem_bytes(in, k));
            // And past the check: reading itself believes no header either.
            td_cur_sub(&c, tandem_bytes(in, k));
            (void)td_cur_raw(&c);
            assert_int_equal(heap_in_use(), before);
            assert_int_equal(fault, TD_MP_SHORT);
            assert_false(open);
            assert_true(td_cur_failed(&c));
        }
    }
    // A count of exactly what is left, less one: an array of four.
    assert_int_equal(check("94010203"), TD_MP_SHORT);
    assert_int_equal(check("9401020304"), TD_MP_FINE);
}

// A count is measured when it is read, not when its elements run out: a
// caller may size an array by it at once.
static void
test_cursor_counts_never_exceed_what_is_left(void **state)
{
    static const uint8_t map[] = {0x83, 0, 0, 1, 1, 2, 2};
    static const uint8_t array[] = {0x93, 0, 1, 2};
    struct td_cur c;

    (void)state;
    td_cur_sub(&c, tandem_bytes(map, sizeof(map)));
    assert_int_equal(td_cur_map(&c, 9), 3);
    td_cur_sub(&c, tandem_bytes(map, sizeof(map) - 1));
    assert_int_equal(td_cur_map(&c, 9), 0);
    assert_true(td_cur_failed(&c));
    td_cur_sub(&c, tandem_bytes(array, sizeof(array)));
    assert_int_equal(td_cur_array(&c, 9), 3);
    td_cur_sub(&c, tandem_bytes(array, sizeof(array) - 1));
    assert_int_equal(td_cur_array(&c, 9), 0);
    assert_true(td_cur_failed(&c));
}

static void
test_cursor_refuses_longer_forms_than_needed(void **state)
{
    static const struct expect list[] = {
        {"7f", TD_MP_FINE},
        {"cc7f", TD_MP_LONG_FORM},
        {"cc80", TD_MP_FINE},
        {"cd00ff", TD_MP_LONG_FORM},
        {"cd0100", TD_MP_FINE},
        {"ce0000ffff", TD_MP_LONG_FORM},
        {"ce00010000", TD_MP_FINE},
        {"cf00000000ffffffff", TD_MP_LONG_FORM},
        {"cf0000000100000000", TD_MP_FINE},
        {"cfffffffffffffffff", TD_MP_FINE},
        {"e0", TD_MP_FINE},
        {"d0e0", TD_MP_LONG_FORM},
        {"d0ff", TD_MP_LONG_FORM},
        {"d0df", TD_MP_FINE},
        {"d080", TD_MP_FINE},
        {"d1ff80", TD_MP_LONG_FORM},
        {"d1ff7f", TD_MP_FINE},
        {"d2ffff8000", TD_MP_LONG_FORM},
        {"d2ffff7fff", TD_MP_FINE},
        {"d3ffffffff80000000", TD_MP_LONG_FORM},
        {"d3ffffffff7fffffff", TD_MP_FINE},
        {"d38000000000000000", TD_MP_FINE},
        // Zero or positive in a signed form.
        {"d000", TD_MP_LONG_FORM},
        {"d07f", TD_MP_LONG_FORM},
        {"d17fff", TD_MP_LONG_FORM},
        {"d27fffffff", TD_MP_LONG_FORM},
        {"d37fffffffffffffff", TD_MP_LONG_FORM},
        // Lengths and counts.
        {"d90161", TD_MP_LONG_FORM},
        {"da000161", TD_MP_LONG_FORM},
        {"db0000000161", TD_MP_LONG_FORM},
        {"c40161", TD_MP_FINE},
        {"c50001ff", TD_MP_LONG_FORM},
        {"c600000001ff", TD_MP_LONG_FORM},
        {"dc0000", TD_MP_LONG_FORM},
        {"dc000101", TD_MP_LONG_FORM},
        {"dd0000000101", TD_MP_LONG_FORM},
        {"de0000", TD_MP_LONG_FORM},
        {"df00000000", TD_MP_LONG_FORM},
    };

    (void)state;
    EXPECT_ALL(list);
}

static void
test_cursor_refuses_floats_extensions_and_the_reserved(void **state)
{
    static const struct expect list[] = {
        {"c1", TD_MP_TYPE},
        {"ca3f800000", TD_MP_TYPE},
        {"cb3ff0000000000000", TD_MP_TYPE},
        {"c70001", TD_MP_TYPE},
        {"c8000001", TD_MP_TYPE},
        {"c90000000001", TD_MP_TYPE},
        {"d4ff00", TD_MP_TYPE},
        {"d5ff0000", TD_MP_TYPE},
        {"d6ff00000000", TD_MP_TYPE},
        {"d7ff0000000000000000", TD_MP_TYPE},
        {"d8ff00000000000000000000000000000000", TD_MP_TYPE},
        {"9201c1", TD_MP_TYPE},
        {"8101c1", TD_MP_TYPE},
    };

    (void)state;
    EXPECT_ALL(list);
}

static void
test_cursor_refuses_bytes_after_the_value(void **state)
{
    static const struct expect list[] = {
        {"c0c0", TD_MP_TRAILING},
        {"9000", TD_MP_TRAILING},
        {"800000", TD_MP_TRAILING},
        {"910100", TD_MP_TRAILING},
        {"a16161", TD_MP_TRAILING},
        {"01c1", TD_MP_TRAILING},
    };

    (void)state;
    EXPECT_ALL(list);
}

static void
test_cursor_refuses_text_that_is_not_utf8(void **state)
{
    static const struct expect list[] = {
        {"a180", TD_MP_UTF8}, {"a1ff", TD_MP_UTF8},
        {"a2c080", TD_MP_UTF8},     // overlong NUL
        {"a3eda080", TD_MP_UTF8},   // surrogate
        {"a4f4908080", TD_MP_UTF8}, // beyond U+10FFFF
        {"a2c3a9", TD_MP_FINE},
        {"92a1c3a1a9", TD_MP_UTF8}, // a character split over two strings
        {"81a1ff01", TD_MP_UTF8}, {"9191a1ff", TD_MP_UTF8},
        {"c401ff", TD_MP_FINE}, // bytes may be anything
    };

    (void)state;
    EXPECT_ALL(list);
}

static void
test_cursor_refuses_keys_unsorted_or_twice(void **state)
{
    static const struct expect list[] = {
        {"82a16101a16202", TD_MP_FINE}, {"82a16201a16102", TD_MP_KEYS},
        {"82a16101a16102", TD_MP_KEYS},
        {"82a16201a2616102", TD_MP_FINE}, // "b" before "aa": length leads
        {"82a2616101a16202", TD_MP_KEYS}, {"8200010101", TD_MP_FINE},
        {"8201010001", TD_MP_KEYS}, {"8200010001", TD_MP_KEYS},
        {"827f01cc8001", TD_MP_FINE}, {"82cc80017f01", TD_MP_KEYS},
        {"82ff01fe01", TD_MP_KEYS},
        // Containers as keys, keys of an inner map, keys after an inner map.
        {"83910001910101920001", TD_MP_SHORT},
        {"8391000191010192000001", TD_MP_FINE}, {"82910101910101", TD_MP_KEYS},
        {"8182010100c0c0", TD_MP_KEYS}, {"830001020101c0", TD_MP_KEYS},
        {"918200010001", TD_MP_KEYS}, {"810082010100c0", TD_MP_KEYS},
        {"82018100010001", TD_MP_KEYS},
        {"92810001810001", TD_MP_FINE}, // two maps share no keys
    };

    (void)state;
    EXPECT_ALL(list);
}

// `depth` arrays (or maps, or maps as keys) around a zero.
static enum td_mp_fault
tower(unsigned depth, int kind)
{
    uint8_t in[200];
    size_t len = 0;
    unsigned i;

    for (i = 0; i < depth; i++) {
        if (kind == 0) {
            in[len++] = 0x91;
        } else {
            in[len++] = 0x81;
            if (kind == 1) {
                in[len++] = 0x00;
            }
        }
    }
    in[len++] = 0x00;
    for (i = 0; kind == 2 && i < depth; i++) {
        in[len++] = 0x00;
    }
    return td_mp_check(tandem_bytes(in, len));
}

static void
test_cursor_refuses_depth_beyond_sixteen(void **state)
{
    static const unsigned depths[] = {0, 1, 15, 16, 17, 32, 33};
    size_t i;
    int kind;

    (void)state;
    for (kind = 0; kind < 3; kind++) {
        for (i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
            assert_int_equal(tower(depths[i], kind),
                depths[i] <= 16 ? TD_MP_FINE : TD_MP_DEPTH);
        }
    }
    // An empty array is a container like any other.
    assert_int_equal(check("91919191919191919191919191919190"), TD_MP_FINE);
    assert_int_equal(check("9191919191919191919191919191919190"), TD_MP_DEPTH);
}

static const char sample[] = "8a" // a map of ten, with every type
                             "00c0"
                             "01c2"
                             "02c3"
                             "03d3ffffff0000000000"
                             "04cfffffffffffffffff"
                             "05a5c3a9e282ac"
                             "06c403ff0001"
                             "0793d0dff6cd0100"
                             "088201a002a0"
                             "09d921"
                             "6161616161616161616161616161616161"
                             "61616161616161616161616161616161";

static size_t
make_sample(uint8_t out[sizeof(sample) / 2])
{
    assert_true(td_unhex(sample, out, sizeof(sample) / 2));
    return sizeof(sample) / 2;
}

static void
test_cursor_refuses_every_truncation(void **state)
{
    uint8_t in[sizeof(sample) / 2];
    size_t len = make_sample(in), k;

    (void)state;
    assert_int_equal(td_mp_check(tandem_bytes(in, len)), TD_MP_FINE);
    assert_true(gen_agrees(tandem_bytes(in, len)));
    for (k = 0; k < len; k++) {
        uint8_t *exact = malloc(k > 0 ? k : 1);

        assert_non_null(exact);
        memcpy(exact, in, k);
        assert_int_equal(td_mp_check(tandem_bytes(exact, k)), TD_MP_SHORT);
        free(exact);
    }
}

static void
test_cursor_reads_every_type(void **state)
{
    uint8_t in[sizeof(sample) / 2], three[3];
    struct td_cur c, sub;
    tandem_slice s;
    size_t len = make_sample(in);

    (void)state;
    assert_true(td_cur_open(&c, tandem_bytes(in, len)));
    assert_int_equal(td_cur_peek(&c), TD_MP_MAP);
    assert_int_equal(td_cur_map(&c, 10), 10);
    assert_int_equal(td_cur_uint(&c), 0);
    assert_false(td_cur_bool(&(struct td_cur){c.r})); // on a copy: not a bool
    assert_true(td_cur_nil(&c));
    assert_int_equal(td_cur_uint(&c), 1);
    assert_false(td_cur_nil(&c));
    assert_false(td_cur_bool(&c));
    assert_int_equal(td_cur_int(&c), 2);
    assert_true(td_cur_bool(&c));
    assert_int_equal(td_cur_uint_max(&c, 3), 3);
    assert_true(td_cur_int(&c) == -INT64_C(0x10000000000));
    assert_int_equal(td_cur_uint(&c), 4);
    assert_true(td_cur_uint(&c) == UINT64_MAX);
    assert_int_equal(td_cur_uint(&c), 5);
    s = td_cur_str(&c, 5);
    assert_true(td_slice_eq(s, td_slice_str("é€")));
    assert_int_equal(td_cur_uint(&c), 6);
    td_cur_bin_exact(&c, three, 3);
    assert_memory_equal(three, "\xff\x00\x01", 3);
    assert_int_equal(td_cur_uint(&c), 7);
    s = td_cur_raw(&c);
    assert_int_equal(s.len, 7);
    td_cur_sub(&sub, s);
    td_cur_array_exact(&sub, 3);
    assert_int_equal(td_cur_int(&sub), -33);
    assert_int_equal(td_cur_int(&sub), -10);
    assert_int_equal(td_cur_int(&sub), 256);
    assert_true(td_cur_done(&sub));
    assert_int_equal(td_cur_peek(&sub), TD_MP_NONE);
    assert_int_equal(td_cur_uint(&c), 8);
    s = td_cur_raw(&c);
    assert_int_equal(s.len, 5);
    assert_false(td_cur_done(&c));
    assert_int_equal(td_cur_uint(&c), 9);
    assert_int_equal(td_cur_str(&c, SIZE_MAX).len, 33);
    assert_true(td_cur_done(&c));
}

// Each read that does not fit what is there fails the cursor for good.
static void
test_cursor_failure_stays(void **state)
{
    static const uint8_t in[] = {0x96, 0xff, 0xa2, 'h', 'i', 0xc4, 0x01, 0x07,
        0x05, 0x90, 0xcf, 0xff, 0, 0, 0, 0, 0, 0, 0};
    uint8_t out[2] = {1, 1};
    int way;

    (void)state;
    for (way = 0; way < 16; way++) {
        struct td_cur c;

        assert_true(td_cur_open(&c, tandem_bytes(in, sizeof(in))));
        if (way > 1) {
            td_cur_array_exact(&c, 6);
        }
        if (way > 4) {
            assert_int_equal(td_cur_int(&c), -1);
        }
        if (way > 6) {
            assert_int_equal(td_cur_str(&c, 2).len, 2);
        }
        if (way > 9) {
            assert_int_equal(td_cur_bin(&c, 1).len, 1);
        }
        if (way > 11) {
            assert_int_equal(td_cur_uint(&c), 5);
        }
        if (way > 13) {
            assert_int_equal(td_cur_array(&c, 0), 0);
        }
        assert_false(td_cur_failed(&c));
        switch (way) {
        case 0:
            assert_int_equal(td_cur_array(&c, 5), 0);
            break;
        case 1:
            td_cur_array_exact(&c, 7);
            break;
        case 2:
            assert_true(td_cur_uint(&c) == 0); // negative
            break;
        case 3:
            assert_null(td_cur_str(&c, 9).ptr);
            break;
        case 4:
            assert_int_equal(td_cur_map(&c, 9), 0);
            break;
        case 5:
            assert_null(td_cur_str(&c, 1).ptr);
            break;
        case 6:
            assert_null(td_cur_bin(&c, 9).ptr); // str is not bin
            break;
        case 7:
            td_cur_bin_exact(&c, out, 2);
            assert_int_equal(out[0] | out[1], 0);
            break;
        case 8:
            td_cur_bin_exact(&c, NULL, 0);
            break;
        case 9:
            assert_false(td_cur_bool(&c));
            break;
        case 10:
            assert_true(td_cur_uint_max(&c, 4) == 0);
            break;
        case 11:
            assert_int_equal(td_cur_array(&c, 9), 0);
            break;
        case 12:
            td_cur_fail(&c);
            break;
        case 13:
            assert_int_equal(td_cur_map(&c, 9), 0); // array is not map
            break;
        case 14:
            assert_true(td_cur_int(&c) == 0); // 2^64 - 2^56
            break;
        default:
            (void)td_cur_uint(&c);
            assert_null(td_cur_raw(&c).ptr); // nothing left
            break;
        }
        assert_true(td_cur_failed(&c));
        assert_false(td_cur_done(&c));
        assert_int_equal(td_cur_peek(&c), TD_MP_NONE);
        assert_false(td_cur_nil(&c));
        assert_int_equal(td_cur_uint(&c), 0);
        assert_null(td_cur_raw(&c).ptr);
    }
}

static void
test_cursor_refused_input_opens_failed(void **state)
{
    static const uint8_t in[] = {0x92, 0x01, 0xca, 0, 0, 0, 0};
    struct td_cur c;

    (void)state;
    assert_false(td_cur_open(&c, tandem_bytes(in, sizeof(in))));
    assert_int_equal(td_cur_array(&c, 9), 0);
    assert_true(td_cur_failed(&c));
    assert_false(td_cur_open(&c, tandem_bytes(NULL, 0)));
}

// Damaged canonical bytes are refused, or are canonical again: then writing
// what was read gives them back.
static void
prop_cursor_damage_is_refused_or_canonical(void **state)
{
    uint8_t room[400];
    struct gen g = {gen_seed(), room, 0, sizeof(room)};
    struct td_buf b;
    size_t round, len = 0, accepted = 0, refused = 0;

    (void)state;
    td_buf_init(&b, NULL, 4096);
    for (round = 0; round < 60000; round++) {
        struct td_cur c;

        len = round % 5 == 0 ? gen_input(&g) : gen_mutate(&g, len);
        if (!td_cur_open(&c, tandem_bytes(room, len))) {
            assert_int_not_equal(round % 5, 0);
            refused++;
            continue;
        }
        accepted += round % 5 != 0;
        td_buf_reset(&b);
        gen_copy(&b, &c);
        assert_true(td_cur_done(&c));
        assert_int_equal(b.err, TANDEM_OK);
        assert_int_equal(b.len, len);
        assert_memory_equal(b.ptr, room, len);
    }
    assert_true(accepted > 1000 && refused > 1000);
    td_buf_deinit(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cursor_refuses_what_is_cut_off),
        cmocka_unit_test(test_cursor_refuses_maximal_headers_without_memory),
        cmocka_unit_test(test_cursor_counts_never_exceed_what_is_left),
        cmocka_unit_test(test_cursor_refuses_longer_forms_than_needed),
        cmocka_unit_test(
            test_cursor_refuses_floats_extensions_and_the_reserved),
        cmocka_unit_test(test_cursor_refuses_bytes_after_the_value),
        cmocka_unit_test(test_cursor_refuses_text_that_is_not_utf8),
        cmocka_unit_test(test_cursor_refuses_keys_unsorted_or_twice),
        cmocka_unit_test(test_cursor_refuses_depth_beyond_sixteen),
        cmocka_unit_test(test_cursor_refuses_every_truncation),
        cmocka_unit_test(test_cursor_reads_every_type),
        cmocka_unit_test(test_cursor_failure_stays),
        cmocka_unit_test(test_cursor_refused_input_opens_failed),
        cmocka_unit_test(prop_cursor_damage_is_refused_or_canonical),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
