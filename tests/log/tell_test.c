// SPDX-License-Identifier: Apache-2.0
// tell_test.c - which commits are told, and how.
#include "log/scene_help.h"

static void
test_segment_is_told_from_signed_head_to_signed_head(void **state)
{
    struct scene s;
    struct td_signed_head head;
    struct td_txn *t;
    struct td_buf b;

    (void)state;
    scene_init(&s, 1);
    s.w.sign = false;
    s.w.commits = 300;
    node_write(&s.w); // signed at 257 on its own
    s.w.sign = true;
    s.w.commits = 1;
    node_write(&s.w);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    assert_err(TANDEM_OK, td_store_read(s.n.s, &t));
    assert_err(TANDEM_ELIMIT,
        td_segment_write(t, &s.w.log, true, 0, 256, NULL, NULL, &b));
    assert_int_equal(0, b.len);
    assert_err(TANDEM_ELIMIT,
        td_segment_write(t, &s.w.log, false, 5, 5, NULL, NULL, &b));
    assert_err(TANDEM_ENOTFOUND,
        td_segment_write(t, &s.w.log, false, 300, 303, NULL, NULL, &b));
    assert_err(TANDEM_OK, td_head_next(t, &s.w.log, 2, &head));
    assert_int_equal(257, head.head.seq);
    assert_err(TANDEM_OK, td_head_next(t, &s.w.log, 258, &head));
    assert_int_equal(302, head.head.seq);
    assert_err(TANDEM_ENOTFOUND, td_head_next(t, &s.w.log, 303, &head));
    // What a peer may ask: the last number there is has no next.
    assert_err(TANDEM_ENOTFOUND, td_head_next(t, &s.w.log, UINT64_MAX, &head));
    assert_err(
        TANDEM_ENOTFOUND, td_head_reach(t, &s.w.log, false, UINT64_MAX, &head));
    assert_err(TANDEM_ENOTFOUND, td_head_reach(t, &s.w.log, false, 302, &head));
    assert_err(TANDEM_ELIMIT,
        td_segment_write(t, &s.w.log, false, UINT64_MAX, 1, NULL, NULL, &b));
    assert_err(TANDEM_OK, td_head_reach(t, &s.w.log, true, 0, &head));
    assert_int_equal(1, head.head.seq);
    assert_err(TANDEM_OK, td_head_reach(t, &s.w.log, false, 46, &head));
    assert_int_equal(302, head.head.seq);
    assert_err(TANDEM_OK, td_head_reach(t, &s.w.log, false, 45, &head));
    assert_int_equal(257, head.head.seq);
    td_store_read_end(t);
    td_buf_deinit(&b);
    scene_deinit(&s);
}

// Signed after each large commit: as many as one segment may carry.
static void
test_head_reach_stays_within_the_bytes_of_a_segment(void **state)
{
    struct td_signed_head head;
    struct td_txn *t;
    struct scene s;
    struct node other;

    (void)state;
    scene_init(&s, 0);
    node_init(&other, 8);
    s.w.commits = 1;
    s.w.count_max = 1;
    s.w.state = 1;
    for (int i = 0; i < 12; i++) {
        s.w.len_max = 60000;
        node_write(&s.w);
    }
    assert_int_equal(12, s.w.log.head_seq);
    assert_err(TANDEM_OK, td_store_read(s.n.s, &t));
    assert_err(TANDEM_OK, td_head_reach(t, &s.w.log, true, 0, &head));
    td_store_read_end(t);
    assert_true(head.head.seq > 1 && head.head.seq < 12);
    assert_err(TANDEM_OK, node_sync_log(&s.n, &other, s.w.log.id));
    assert_err(TANDEM_OK, node_log(&other, s.w.log.id, &s.w.log));
    assert_int_equal(12, s.w.log.head_seq);
    node_deinit(&other);
    scene_deinit(&s);
}

static tandem_err
lost_payload(
    void *ctx, const struct td_header *h, uint16_t index, struct td_buf *out)
{
    struct tell *w = ctx;
    tandem_err err = tell_payload(w, h, index, out);

    // Its holder does not vouch for it.
    return h->seq == 2 && index == 0 ? TANDEM_ENOTFOUND : err;
}

static void
test_segment_sends_a_damaged_payload_as_absent(void **state)
{
    struct scene s;
    struct tell w;
    struct td_buf b;

    (void)state;
    scene_init(&s, 4);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    w.number = s.w.log.number;
    assert_err(TANDEM_OK, td_store_read(s.n.s, &w.t));
    assert_err(TANDEM_OK,
        td_segment_write(w.t, &s.w.log, true, 0, 4, lost_payload, &w, &b));
    td_store_read_end(w.t);
    assert_false(td_slice_eq(td_buf_slice(&b), td_buf_slice(&s.bytes)));
    assert_err(TANDEM_OK, read_one(td_buf_slice(&b), NULL, &s.w.head));
    td_buf_deinit(&b);
    scene_deinit(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segment_is_told_from_signed_head_to_signed_head),
        cmocka_unit_test(test_head_reach_stays_within_the_bytes_of_a_segment),
        cmocka_unit_test(test_segment_sends_a_damaged_payload_as_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
