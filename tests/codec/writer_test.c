// SPDX-License-Identifier: Apache-2.0
// writer_test.c - what is written is canonical, and msgpack-c reads it.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/slice.h"
#include "codec/gen.h"

static void
expect_hex(struct td_buf *b, const char *want)
{
    char hex[64];

    assert_int_equal(b->err, TANDEM_OK);
    assert_true(b->len < sizeof(hex) / 2);
    td_hex(td_buf_slice(b), hex);
    assert_string_equal(hex, want);
    td_buf_reset(b);
}

static void
test_writer_integers_take_their_shortest_form(void **state)
{
    static const struct {
        int64_t v;
        const char *hex;
    } list[] = {{0, "00"}, {127, "7f"}, {128, "cc80"}, {255, "ccff"},
        {256, "cd0100"}, {65535, "cdffff"}, {65536, "ce00010000"},
        {INT64_C(0xffffffff), "ceffffffff"},
        {INT64_C(0x100000000), "cf0000000100000000"},
        {INT64_MAX, "cf7fffffffffffffff"}, {-1, "ff"}, {-32, "e0"},
        {-33, "d0df"}, {-128, "d080"}, {-129, "d1ff7f"}, {-32768, "d18000"},
        {-32769, "d2ffff7fff"}, {INT32_MIN, "d280000000"},
        {(int64_t)INT32_MIN - 1, "d3ffffffff7fffffff"},
        {INT64_MIN, "d38000000000000000"}};
    struct td_buf b;
    size_t i;

    (void)state;
    td_buf_init(&b, NULL, 64);
    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        td_mp_int(&b, list[i].v);
        assert_int_equal(td_mp_check(td_buf_slice(&b)), TD_MP_FINE);
        expect_hex(&b, list[i].hex);
        if (list[i].v >= 0) {
            td_mp_uint(&b, (uint64_t)list[i].v);
            expect_hex(&b, list[i].hex);
        }
    }
    td_mp_uint(&b, UINT64_MAX);
    expect_hex(&b, "cfffffffffffffffff");
    td_buf_deinit(&b);
}

static void
test_writer_small_values(void **state)
{
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, 64);
    td_mp_nil(&b);
    expect_hex(&b, "c0");
    td_mp_bool(&b, false);
    td_mp_bool(&b, true);
    expect_hex(&b, "c2c3");
    td_mp_str(&b, td_slice_str("é"));
    expect_hex(&b, "a2c3a9");
    td_mp_str(&b, tandem_bytes(NULL, 0));
    expect_hex(&b, "a0");
    td_mp_bin(&b, "\xff", 1);
    expect_hex(&b, "c401ff");
    td_mp_bin(&b, NULL, 0);
    expect_hex(&b, "c400");
    td_mp_array(&b, 1);
    td_mp_map(&b, 0);
    expect_hex(&b, "9180");
    td_mp_array(&b, 2);
    td_mp_raw(&b, tandem_bytes("\x91\x07", 2));
    td_mp_nil(&b);
    expect_hex(&b, "929107c0");
    td_buf_deinit(&b);
}

// Around every change of form of a length.
static void
test_writer_lengths_take_their_shortest_form(void **state)
{
    static const size_t edge[] = {31, 32, 255, 256, 65535, 65536};
    static const size_t str_head[] = {1, 2, 2, 3, 3, 5};
    static const size_t bin_head[] = {2, 2, 2, 3, 3, 5};
    uint8_t *text = malloc(65536);
    struct td_buf b;
    size_t i, k;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', 65536);
    td_buf_init(&b, NULL, 1 << 20);
    for (i = 0; i < sizeof(edge) / sizeof(edge[0]); i++) {
        td_mp_str(&b, tandem_bytes(text, edge[i]));
        assert_int_equal(b.len, str_head[i] + edge[i]);
        assert_true(gen_agrees(td_buf_slice(&b)));
        td_buf_reset(&b);
        td_mp_bin(&b, text, edge[i]);
        assert_int_equal(b.len, bin_head[i] + edge[i]);
        assert_true(gen_agrees(td_buf_slice(&b)));
        td_buf_reset(&b);
    }
    for (i = 14; i < 66000; i = i < 17 ? i + 1 : i == 17 ? 65534 : i + 1) {
        if (i > 65537) {
            break;
        }
        td_mp_array(&b, i);
        for (k = 0; k < i; k++) {
            td_mp_nil(&b);
        }
        assert_int_equal(b.len, i + (i < 16 ? 1 : i < 65536 ? 3 : 5));
        assert_true(gen_agrees(td_buf_slice(&b)));
        td_buf_reset(&b);
        td_mp_map(&b, i);
        for (k = 0; k < i; k++) {
            td_mp_uint(&b, k);
            td_mp_nil(&b);
        }
        assert_true(gen_agrees(td_buf_slice(&b)));
        td_buf_reset(&b);
    }
    td_buf_deinit(&b);
    free(text);
}

static void
test_writer_fails_the_buffer_and_writes_no_more(void **state)
{
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, 64);
    td_mp_str(&b, td_slice_str("a\xff"));
    assert_int_equal(b.err, TANDEM_EVALUE);
    td_mp_nil(&b);
    assert_int_equal(b.len, 0);
    td_buf_reset(&b);
    td_mp_array(&b, (size_t)UINT32_MAX + 1);
    assert_int_equal(b.err, TANDEM_ELIMIT);
    assert_int_equal(b.len, 0);
    td_buf_reset(&b);
    td_mp_map(&b, (size_t)UINT32_MAX + 1);
    assert_int_equal(b.err, TANDEM_ELIMIT);
    td_buf_reset(&b);
    td_mp_bin(&b, "", (size_t)UINT32_MAX + 1);
    assert_int_equal(b.err, TANDEM_ELIMIT);
    td_buf_deinit(&b);

    td_buf_init(&b, NULL, 4);
    td_mp_str(&b, td_slice_str("four"));
    assert_int_equal(b.err, TANDEM_ELIMIT);
    td_buf_deinit(&b);
}

// Random values: read by msgpack-c, written by us, the same bytes; read again
// by msgpack-c, at once and in pieces, the same value.
static void
prop_writer_values_come_back(void **state)
{
    uint8_t room[2000];
    struct gen g = {gen_seed(), room, 0, sizeof(room)};
    struct td_buf b;
    int round;

    (void)state;
    td_buf_init(&b, NULL, 4096);
    for (round = 0; round < 20000; round++) {
        size_t len = gen_input(&g), off = 0, sent = 0;
        msgpack_unpacked value, again;
        msgpack_unpacker stream;
        msgpack_unpack_return got = MSGPACK_UNPACK_CONTINUE;

        msgpack_unpacked_init(&value);
        msgpack_unpacked_init(&again);
        assert_int_equal(
            msgpack_unpack_next(&value, (const char *)room, len, &off),
            MSGPACK_UNPACK_SUCCESS);
        assert_int_equal(off, len);
        td_buf_reset(&b);
        gen_write(&b, &value.data);
        assert_int_equal(b.err, TANDEM_OK);
        assert_int_equal(b.len, len);
        assert_memory_equal(b.ptr, room, len);
        assert_true(gen_agrees(td_buf_slice(&b)));

        assert_true(msgpack_unpacker_init(&stream, 64));
        while (got == MSGPACK_UNPACK_CONTINUE && sent < b.len) {
            size_t n = 1 + gen_below(&g, b.len - sent);

            assert_true(msgpack_unpacker_reserve_buffer(&stream, n));
            memcpy(msgpack_unpacker_buffer(&stream), b.ptr + sent, n);
            msgpack_unpacker_buffer_consumed(&stream, n);
            sent += n;
            got = msgpack_unpacker_next(&stream, &again);
        }
        assert_int_equal(got, MSGPACK_UNPACK_SUCCESS);
        assert_int_equal(sent, b.len);
        assert_true(msgpack_object_equal(value.data, again.data));
        msgpack_unpacker_destroy(&stream);
        msgpack_unpacked_destroy(&again);
        msgpack_unpacked_destroy(&value);
    }
    td_buf_deinit(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writer_integers_take_their_shortest_form),
        cmocka_unit_test(test_writer_small_values),
        cmocka_unit_test(test_writer_lengths_take_their_shortest_form),
        cmocka_unit_test(test_writer_fails_the_buffer_and_writes_no_more),
        cmocka_unit_test(prop_writer_values_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
