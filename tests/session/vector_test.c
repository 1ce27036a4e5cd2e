// SPDX-License-Identifier: Apache-2.0
// vector_test.c - each message of a session, the cursor's mark and a receipt
// against the known answers of tests/vectors/session.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/vector.h"

#include "base/limits.h"
#include "crypto/hash.h"
#include "session/state.h"

static void
fill(void *p, uint8_t byte, size_t n)
{
    memset(p, byte, n);
}

static void
assert_message(const char *name, struct td_buf *b)
{
    struct td_msg m;

    assert_int_equal(TANDEM_OK, b->err);
    vector_same("session", name, td_buf_slice(b));
    assert_int_equal(TANDEM_OK, td_msg_decode(td_buf_slice(b), &m));
    assert_int_equal(b->ptr[1], m.type);
    td_buf_reset(b);
}

static struct td_buf
buf(void)
{
    struct td_buf b;

    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    return b;
}

static void
test_hello_and_its_mark_are_their_known_answers(void **state)
{
    struct td_msg_hello h = {.proto_min = 1, .proto_max = 1};
    uint8_t sectors[32] = {[15] = 1};
    const tandem_slice list = {sectors, sizeof(sectors)};
    struct td_hash16 mark;
    struct td_buf b = buf();

    (void)state;
    fill(sectors + 16, 0x22, 16);
    fill(h.store_id, 0x31, 16);
    fill(h.session, 0x32, 8);
    fill(h.control_root.b, 0x41, 16);
    fill(h.data_root.b, 0x42, 16);
    h.credit = 6 << 20;
    h.have_lsn = 70000;
    mark = td_hash16_parts(&list, 1);
    vector_same("session", "sectors_mark", (tandem_slice){mark.b, 16});
    td_view_cursor_mark(h.store_id, &mark, h.mark);
    vector_same("session", "mark", (tandem_slice){h.mark, 8});
    td_msg_put_hello(&b, &h);
    assert_message("hello", &b);
    fill(h.control_root.b, 0, 16);
    h.have_lsn = 0;
    h.lacks = true;
    td_msg_put_hello(&b, &h);
    assert_message("hello_new", &b);
    td_buf_deinit(&b);
}

static void
test_lists_are_their_known_answers(void **state)
{
    struct td_msg_sector sectors[2] = {{{{[15] = 1}}, {{0}}}};
    struct td_msg_place places[2] = {{.seq = 255}, {.seq = 256}};
    struct td_msg_want wants[2] = {
        {.from_start = true}, {.n = 300, .from = 12}};
    struct td_buf b = buf();

    (void)state;
    fill(sectors[1].sector.b, 0x22, 16);
    fill(sectors[0].root.b, 0x61, 16);
    fill(sectors[1].root.b, 0x62, 16);
    td_msg_put_status(&b, true, sectors, 2);
    assert_message("status", &b);
    for (size_t i = 0; i < 2; i++) {
        fill(places[i].log.b, (uint8_t)(0x51 + i), 16);
        fill(places[i].hash.b, (uint8_t)(0x71 + i), 16);
    }
    fill(wants[1].hash.b, 0x73, 16);
    td_msg_put_advert(&b, true, places, 2);
    assert_message("advert", &b);
    td_msg_put_want(&b, false, wants, 2);
    assert_message("want", &b);
    wants[0].staged = true;
    wants[0].seq = 255;
    wants[0].offset = 32768;
    fill(wants[0].part.b, 0x78, 16);
    td_msg_put_want(&b, true, wants, 1);
    assert_message("want_staged", &b);
    fill(places[0].hash.b, 0x74, 16);
    td_msg_put_ack(&b, places, 1);
    assert_message("ack", &b);
    td_buf_deinit(&b);
}

static void
test_stream_messages_are_their_known_answers(void **state)
{
    static const char text[] = "wire commits";
    struct td_msg_head h = {.n = 300, .last = true, .bytes = 70000};
    struct td_buf b = buf();

    (void)state;
    fill(h.sig.b, 0x75, 64);
    td_msg_put_head(&b, &h);
    assert_message("head", &b);
    h.last = false;
    h.seq = 255;
    h.offset = 32768;
    td_msg_put_head(&b, &h);
    assert_message("head_between", &b);
    td_msg_put_data(&b, 32768, td_slice_str(text));
    assert_message("data", &b);
    td_msg_put_credit(&b, 12 << 20);
    assert_message("credit", &b);
    td_msg_put_sent(&b);
    assert_message("sent", &b);
    td_msg_put_bye(&b, TANDEM_EAUTH);
    assert_message("bye", &b);
    td_buf_deinit(&b);
}

static void
test_walk_messages_are_their_known_answers(void **state)
{
    struct td_msg_leaf leaves[2] = {{3, 0}, {67, 1}};
    struct td_msg_found f = {.n = 300, .at = {.seq = 9}};
    struct td_msg_point points[2] = {{.seq = 9}, {.seq = 0}};
    struct td_msg_place place = {.seq = 255};
    struct td_msg_node node = {.at = 1, .bitmap = 5};
    struct td_buf b = buf();
    uint8_t hashes[32];

    (void)state;
    fill(hashes, 0x81, 16);
    fill(hashes + 16, 0x82, 16);
    node.hashes = (tandem_slice){hashes, 32};
    td_msg_put_node(&b, false, &node, 1);
    assert_message("node", &b);
    fill(place.log.b, 0x51, 16);
    fill(place.hash.b, 0x71, 16);
    td_msg_put_leaf(&b, true, leaves, 2, &place);
    assert_message("leaf", &b);
    td_msg_put_apart(&b, 300);
    assert_message("apart", &b);
    fill(points[0].hash.b, 0x76, 16);
    fill(points[1].hash.b, 0x77, 16);
    td_msg_put_locate(&b, 300, points, 2);
    assert_message("locate", &b);
    f.at.hash = points[0].hash;
    td_msg_put_found(&b, &f);
    assert_message("found", &b);
    f.from_start = true;
    td_msg_put_found(&b, &f);
    assert_message("found_none", &b);
    td_buf_deinit(&b);
}

static void
test_questions_are_their_known_answers(void **state)
{
    struct td_msg_payload p = {3, 70000, {(const uint8_t *)"sealed", 6}};
    struct td_msg_change c = {.seq = 255, .index = 2};
    struct td_epoch_id epochs[2];
    struct td_msg_key keys[2] = {{.held = false}, {.held = true}};
    struct td_buf b = buf();

    (void)state;
    fill(c.log.b, 0x51, 16);
    fill(c.hash.b, 0x74, 16);
    td_msg_put_wantpayload(&b, &c, 1);
    assert_message("wantpayload", &b);
    fill(epochs[0].b, 0x79, 16);
    fill(epochs[1].b, 0x7a, 16);
    td_msg_put_wantepoch(&b, epochs, 2);
    assert_message("wantepoch", &b);
    fill(keys[1].wrapped, 0x7b, TD_WRAP_BYTES);
    td_msg_put_epoch(&b, keys, 2);
    assert_message("epoch", &b);
    td_msg_put_payload(&b, &p);
    assert_message("payload", &b);
    p = (struct td_msg_payload){.i = 3};
    td_msg_put_payload(&b, &p);
    assert_message("payload_none", &b);
    td_buf_deinit(&b);
}

static tandem_err
all_11(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    memset(p, 0x11, n);
    return TANDEM_OK;
}

static void
test_fin_and_its_receipt_are_their_known_answers(void **state)
{
    tandem_slice message = vector("session", "receipt_message");
    struct td_msg_fin f = {.lsn = 70012, .missing = 1, .moved = 3, .apart = 2};
    const struct td_rng rng = {NULL, all_11};
    struct td_device_keys k;
    struct td_buf b = buf();

    (void)state;
    assert_int_equal(TANDEM_OK, td_crypto_init());
    assert_int_equal(TANDEM_OK, td_device_keys_new(rng, &k));
    f.receipt = td_sign(&k, TD_DOMAIN_RECEIPT, message);
    vector_same("session", "receipt", (tandem_slice){f.receipt.b, 64});
    f.has_receipt = true;
    fill(f.echo, 0x33, 8);
    fill(f.control_root.b, 0x41, 16);
    fill(f.data_root.b, 0x42, 16);
    td_msg_put_fin(&b, &f);
    assert_message("fin", &b);
    f.same_data = f.same_control = true;
    f.has_receipt = false;
    f.missing = f.moved = f.apart = 0;
    td_msg_put_fin(&b, &f);
    assert_message("fin_same", &b);
    td_buf_deinit(&b);
    vector_free(message);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello_and_its_mark_are_their_known_answers),
        cmocka_unit_test(test_lists_are_their_known_answers),
        cmocka_unit_test(test_stream_messages_are_their_known_answers),
        cmocka_unit_test(test_walk_messages_are_their_known_answers),
        cmocka_unit_test(test_questions_are_their_known_answers),
        cmocka_unit_test(test_fin_and_its_receipt_are_their_known_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
