// SPDX-License-Identifier: Apache-2.0
// message_test.c - every message: read back, cut at every byte, with counts
// at their maximum, out of its rules.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/fail.h"
#include "session/samples.h"

// From an exact-size copy, so that one byte read beyond it is seen.
static tandem_err
decode(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    struct td_msg m;
    tandem_err err;

    assert_non_null(copy);
    memcpy(copy, p, n);
    err = td_msg_decode((tandem_slice){copy, n}, &m);
    free(copy);
    return err;
}

static void
test_every_message_reads_as_it_was_written(void **state)
{
    struct td_buf a, b;
    struct td_msg m;

    (void)state;
    td_buf_init(&a, NULL, TD_MESSAGE_BYTES_MAX);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    for (size_t i = 0; i < SAMPLES; i++) {
        td_buf_reset(&a);
        td_buf_reset(&b);
        sample_put(&a, i);
        assert_int_equal(TANDEM_OK, a.err);
        assert_int_equal(TANDEM_OK, td_msg_decode(td_buf_slice(&a), &m));
        sample_again(&b, &m);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.ptr, b.ptr, a.len);
    }
    td_buf_deinit(&a);
    td_buf_deinit(&b);
}

static void
test_every_message_cut_at_every_byte_is_refused(void **state)
{
    struct td_buf a;

    (void)state;
    td_buf_init(&a, NULL, TD_MESSAGE_BYTES_MAX);
    for (size_t i = 0; i < SAMPLES; i++) {
        td_buf_reset(&a);
        sample_put(&a, i);
        for (size_t n = 0; n < a.len; n++) {
            assert_int_equal(TANDEM_EPROTO, decode(a.ptr, n));
        }
        td_buf_put_u8(&a, 0xc0);
        assert_int_equal(TANDEM_EPROTO, decode(a.ptr, a.len));
    }
    td_buf_deinit(&a);
}

static void
test_every_count_and_length_at_its_maximum_is_refused(void **state)
{
    static const uint8_t maximal[][9] = {{5, 0xdd, 255, 255, 255, 255},
        {3, 0xdc, 255, 255}, {5, 0xc6, 255, 255, 255, 255}, {3, 0xc5, 255, 255},
        {2, 0xc4, 255}, {5, 0xdb, 255, 255, 255, 255},
        {5, 0xdf, 255, 255, 255, 255}, {1, 0x9f}, {1, 0x8f}};
    struct td_buf a, b;

    (void)state;
    td_buf_init(&a, NULL, TD_MESSAGE_BYTES_MAX);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    for (size_t i = 0; i < SAMPLES; i++) {
        td_buf_reset(&a);
        sample_put(&a, i);
        for (size_t at = 0; at < a.len; at++) {
            for (size_t k = 0; k < sizeof(maximal) / 9; k++) {
                td_buf_reset(&b);
                td_buf_put(&b, a.ptr, at);
                td_buf_put(&b, maximal[k] + 1, maximal[k][0]);
                td_buf_put(&b, a.ptr + at + 1, a.len - at - 1);
                // A byte inside an id may be any byte; all else is refused.
                if (maximal[k][0] > 1) {
                    assert_int_equal(TANDEM_EPROTO, decode(b.ptr, b.len));
                } else if (decode(b.ptr, b.len) == TANDEM_OK) {
                    assert_true(at > 1);
                }
            }
        }
    }
    td_buf_deinit(&a);
    td_buf_deinit(&b);
}

static tandem_err
decode_buf(const struct td_buf *b)
{
    return decode(b->ptr, b->len);
}

static void
test_messages_that_break_their_rules_are_refused(void **state)
{
    struct td_msg_place places[2];
    struct td_msg_sector sectors[2];
    struct td_msg_hello hello = {.proto_min = 2, .proto_max = 1};
    struct td_msg_head head = {.bytes = TD_SEGMENT_BYTES_MAX + 1};
    struct td_msg_point points[2] = {{.seq = 3}, {.seq = 4}};
    struct td_msg_leaf leaves[2] = {{3, 0}, {3, 0}};
    struct td_msg_node nodes[2];
    uint8_t *large = calloc(1, TD_MESSAGE_BYTES_MAX);
    struct td_buf b;

    (void)state;
    assert_non_null(large);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX * 2);
    td_msg_put_hello(&b, &hello);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    hello.proto_min = 0;
    td_msg_put_hello(&b, &hello);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    // Lists must rise, each item once.
    sample_place(&places[0], 4);
    places[1] = places[0];
    memset(sectors, 0, sizeof(sectors));
    td_buf_reset(&b);
    td_msg_put_advert(&b, true, places, 2);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_status(&b, true, sectors, 2);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    // More follow, but nothing came.
    td_buf_reset(&b);
    td_msg_put_advert(&b, false, NULL, 0);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_want(&b, false, NULL, 0);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_ack(&b, NULL, 0);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_leaf(&b, true, leaves, 2, NULL);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_leaf(&b, true, leaves, 0, NULL);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    leaves[0].count = 2; // one place twice
    td_buf_reset(&b);
    td_msg_put_leaf(&b, true, leaves, 1, places);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_locate(&b, 1, points, 2);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    // A hash for each bit, and at least one.
    for (size_t n = 0; n < 4; n++) {
        nodes[0] = (struct td_msg_node){1, 3, {large, 16 * n}};
        td_buf_reset(&b);
        td_msg_put_node(&b, true, nodes, 1);
        assert_int_equal(n == 2 ? TANDEM_OK : TANDEM_EPROTO, decode_buf(&b));
    }
    nodes[0] = (struct td_msg_node){1, 0, {large, 0}};
    td_buf_reset(&b);
    td_msg_put_node(&b, true, nodes, 1);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    nodes[0] = nodes[1] = (struct td_msg_node){1, 1, {large, 16}};
    td_buf_reset(&b);
    td_msg_put_node(&b, true, nodes, 2);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    // A size and bytes, or neither.
    for (uint64_t n = 0; n < 3; n++) {
        struct td_msg_payload p = {0, n, {large, 1 + n / 2}};

        td_buf_reset(&b);
        td_msg_put_payload(&b, &p);
        assert_int_equal(n == 0 ? TANDEM_EPROTO : TANDEM_OK, decode_buf(&b));
        p.bytes.len = n == 0 ? 0 : n + 1;
        td_buf_reset(&b);
        td_msg_put_payload(&b, &p);
        assert_int_equal(n == 0 ? TANDEM_OK : TANDEM_EPROTO, decode_buf(&b));
    }
    td_buf_reset(&b);
    td_msg_put_wantpayload(&b, NULL, 0);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_wantepoch(&b, NULL, 0);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_epoch(&b, NULL, 0);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    for (size_t n = TD_MSG_EPOCHS; n <= TD_MSG_EPOCHS + 1; n++) {
        static const struct td_epoch_id epochs[TD_MSG_EPOCHS + 1];
        static const struct td_msg_key keys[TD_MSG_EPOCHS + 1];
        const tandem_err err = n > TD_MSG_EPOCHS ? TANDEM_EPROTO : TANDEM_OK;

        td_buf_reset(&b);
        td_msg_put_wantepoch(&b, epochs, n);
        assert_int_equal(err, decode_buf(&b));
        td_buf_reset(&b);
        td_msg_put_epoch(&b, keys, n);
        assert_int_equal(err, decode_buf(&b));
    }
    // Beyond the bounds.
    td_buf_reset(&b);
    td_msg_put_head(&b, &head);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    head.bytes = 0;
    td_buf_reset(&b);
    td_msg_put_head(&b, &head);
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_data(&b, 0, (tandem_slice){large, TD_FRAME_BYTES_MAX + 1});
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_data(&b, 0, (tandem_slice){large, 0});
    assert_int_equal(TANDEM_EPROTO, decode_buf(&b));
    td_buf_reset(&b);
    td_msg_put_data(&b, 0, (tandem_slice){large, TD_FRAME_BYTES_MAX});
    assert_int_equal(TANDEM_OK, decode_buf(&b));
    // A type nobody has agreed on.
    assert_int_equal(TANDEM_EPROTO, decode((const uint8_t *)"\x91\x13", 2));
    assert_int_equal(TANDEM_EPROTO, decode((const uint8_t *)"\x91\x00", 2));
    assert_int_equal(TANDEM_EPROTO, decode((const uint8_t *)"\x90", 1));
    td_buf_deinit(&b);
    free(large);
}

static void
test_a_full_list_fits_one_message(void **state)
{
    static struct td_msg_place places[TD_MSG_ITEMS];
    static struct td_msg_want wants[TD_MSG_ITEMS];
    static struct td_msg_node nodes[TD_MSG_NODES];
    static struct td_msg_leaf leaves[TD_MSG_LEAVES];
    static uint8_t hashes[1024];
    struct td_msg m;
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    for (size_t i = 0; i < TD_MSG_ITEMS; i++) {
        memset(&wants[i], 0, sizeof(wants[i]));
        td_put_be64(places[i].log.b, i);
        places[i].seq = UINT64_MAX;
        wants[i].n = UINT64_MAX - TD_MSG_ITEMS + i;
        wants[i].from = UINT64_MAX;
    }
    td_msg_put_advert(&b, false, places, TD_MSG_ITEMS);
    assert_int_equal(TANDEM_OK, b.err);
    assert_int_equal(TANDEM_OK, td_msg_decode(td_buf_slice(&b), &m));
    assert_int_equal(TD_MSG_ITEMS, m.count);
    td_buf_reset(&b);
    td_msg_put_want(&b, true, wants, TD_MSG_ITEMS);
    assert_int_equal(TANDEM_OK, b.err);
    assert_int_equal(TANDEM_OK, td_msg_decode(td_buf_slice(&b), &m));
    for (size_t i = 0; i < TD_MSG_NODES; i++) {
        nodes[i] = (struct td_msg_node){UINT64_MAX - TD_MSG_NODES + i,
            UINT64_MAX, {hashes, sizeof(hashes)}};
    }
    td_buf_reset(&b);
    td_msg_put_node(&b, true, nodes, TD_MSG_NODES);
    assert_int_equal(TANDEM_OK, b.err);
    assert_int_equal(TANDEM_OK, td_msg_decode(td_buf_slice(&b), &m));
    for (size_t i = 0; i < TD_MSG_LEAVES; i++) {
        leaves[i] = (struct td_msg_leaf){UINT64_MAX - TD_MSG_LEAVES + i, 64};
    }
    td_buf_reset(&b);
    td_msg_put_leaf(&b, true, leaves, TD_MSG_LEAVES - 5, places);
    assert_int_equal(TANDEM_OK, b.err);
    assert_int_equal(TANDEM_OK, td_msg_decode(td_buf_slice(&b), &m));
    td_buf_deinit(&b);
}

// What is told of a failure is on one list, whoever tells it and how.
static void
test_bye_says_only_what_is_the_peers_business(void **state)
{
    static const tandem_err told[] = {TANDEM_EPROTO, TANDEM_EDENIED,
        TANDEM_EVERSION, TANDEM_EAUTH, TANDEM_EEXPIRED, TANDEM_ECUT,
        TANDEM_EFORK, TANDEM_EREFUSED, TANDEM_EWORKSPACE};
    static const tandem_err kept[] = {TANDEM_EFULL, TANDEM_EIO, TANDEM_ENOMEM,
        TANDEM_ECORRUPT, TANDEM_EREADONLY, TANDEM_EKEY, TANDEM_EMISUSE};
    struct td_msg m;
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        td_buf_reset(&b);
        td_msg_put_bye(&b, told[i]);
        assert_int_equal(TANDEM_OK, td_msg_decode(td_buf_slice(&b), &m));
        assert_int_equal(told[i], td_fail_heard(m.u.bye));
    }
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        td_buf_reset(&b);
        td_msg_put_bye(&b, kept[i]);
        assert_int_equal(TANDEM_OK, td_msg_decode(td_buf_slice(&b), &m));
        assert_int_equal(TANDEM_ECUT, td_fail_heard(m.u.bye));
        assert_int_equal(
            -TANDEM_EREFUSED, td_fail_tell(kept[i], TANDEM_EREFUSED));
        assert_int_equal(
            TANDEM_EREFUSED, td_fail_heard((uint64_t) - (int)kept[i]));
    }
    assert_int_equal(TANDEM_EREFUSED, td_fail_heard(0));
    assert_int_equal(TANDEM_EREFUSED, td_fail_heard(UINT64_MAX));
    assert_int_equal(TANDEM_EREFUSED, td_fail_heard(256 + 20));
    td_buf_deinit(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bye_says_only_what_is_the_peers_business),
        cmocka_unit_test(test_every_message_reads_as_it_was_written),
        cmocka_unit_test(test_every_message_cut_at_every_byte_is_refused),
        cmocka_unit_test(test_every_count_and_length_at_its_maximum_is_refused),
        cmocka_unit_test(test_messages_that_break_their_rules_are_refused),
        cmocka_unit_test(test_a_full_list_fits_one_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
