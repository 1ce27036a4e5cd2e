// SPDX-License-Identifier: Apache-2.0
// bounds_test.c - segments that a real author signed and nobody takes.
#include "log/scene_help.h"

#include "codec/writer.h"

// A segment of `commits` commits, each with `changes` absent payloads of
// `length` bytes (the last of 1 byte each when `small_last`), well chained and
// signed by its author: only a bound can refuse it.
struct fat {
    size_t commits, changes;
    uint32_t length;
    bool small_last;
};

static tandem_err
read_fat(struct fat f)
{
    struct td_payload_ref refs[TD_COMMIT_CHANGES_MAX + 1] = {0};
    struct td_log_info known = {.head_seq = 4};
    struct td_signed_head head = {.head.seq = 4 + f.commits};
    struct td_header h = {.changes = refs, .change_count = f.changes};
    struct td_header before;
    struct td_device_keys keys;
    uint8_t message[56] = {0};
    struct td_buf b, one;
    tandem_err err;

    help_keys(3, &keys);
    known.device = keys.pub.sign;
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_buf_init(&one, NULL, 1 << 20);
    td_mp_array(&b, f.commits);
    for (size_t i = 0; i < f.commits; i++) {
        bool last = i + 1 == f.commits;

        for (size_t k = 0; k < f.changes; k++) {
            refs[k].length = last && f.small_last ? 1 : f.length;
        }
        h.seq = 5 + i;
        td_wire_encode(&h, i > 0 ? &before : NULL, NULL, &b);
        td_buf_reset(&one);
        td_header_encode(&h, &one);
        before = h;
        h.prev = td_header_chain(td_buf_slice(&one));
    }
    assert_err(TANDEM_OK, b.err);
    head.head.hash = h.prev;
    td_put_be64(message + 16, head.head.seq);
    memcpy(message + 24, h.prev.b, 32);
    head.sig = td_sign(&keys, TD_DOMAIN_HEAD, (tandem_slice){message, 56});
    err = read_one(td_buf_slice(&b), &known, &head);
    td_buf_deinit(&one);
    td_buf_deinit(&b);
    return err;
}

static void
test_segment_refuses_commits_beyond_their_bounds_though_signed(void **state)
{
    (void)state;
    assert_err(TANDEM_OK, read_fat((struct fat){1, 128, 8192, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){1, 128, 8193, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){1, 129, 1, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){1, 1, 0, false}));
    assert_err(TANDEM_EPROTO,
        read_fat((struct fat){1, 1, TD_PAYLOAD_BYTES_MAX + 1, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){1, 0, 0, false}));
}

// TD_SIGN_COMMITS commits, and TD_SIGN_BYTES before the last: what is more
// could not be passed on as one segment later.
static void
test_segment_refuses_more_than_one_signature_should_cover(void **state)
{
    (void)state;
    assert_err(TANDEM_OK, read_fat((struct fat){TD_SIGN_COMMITS, 1, 9, false}));
    assert_err(TANDEM_EPROTO,
        read_fat((struct fat){TD_SIGN_COMMITS + 1, 1, 9, false}));
    // A commit weighs 25 + 128 * (length + 5).
    assert_err(TANDEM_OK, read_fat((struct fat){2, 128, 1018, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){2, 128, 1019, false}));
    assert_err(TANDEM_OK, read_fat((struct fat){3, 128, 506, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){3, 128, 507, false}));
    // As much as if they were all absent: 25 + 128 * 40.
    assert_err(TANDEM_OK, read_fat((struct fat){26, 128, 1, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){27, 128, 1, false}));
}

enum { HEAVY = 18 }; // 25 + 34 * 64 + 40 * 128 each

static void
test_segment_memory_stays_within_its_arena(void **state)
{
    struct td_hash ws = workspace();
    struct td_log_info known = {.head_seq = 4};
    struct td_signed_head head = {.head.seq = 4 + HEAVY};
    struct td_segment out;
    struct td_arena arena;
    struct td_buf b;

    (void)state;
    // The most that one segment can make the reader hold: commits of 128
    // changes of one byte each, as many as their weight allows.
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_mp_array(&b, HEAVY);
    for (size_t i = 0; i < HEAVY; i++) {
        td_mp_array(&b, 3);
        if (i == 0) {
            td_mp_bool(&b, false);
        } else {
            td_mp_nil(&b);
        }
        td_mp_array(&b, TD_SEEN_MAX);
        for (size_t k = 0; k < TD_SEEN_MAX; k++) {
            uint8_t hash[32] = {(uint8_t)k};

            td_mp_bin(&b, hash, 32);
        }
        td_mp_array(&b, TD_COMMIT_CHANGES_MAX);
        for (size_t k = 0; k < TD_COMMIT_CHANGES_MAX; k++) {
            td_mp_bin(&b, "x", 1);
        }
    }
    assert_err(TANDEM_OK, b.err);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    // Read to the end: only the chain hash refuses it.
    assert_err(TANDEM_EPROTO,
        td_segment_read(td_buf_slice(&b), &ws, &known, &head, &arena, &out));
    assert_true(arena.used > 128u << 10);
    assert_true(arena.used < TD_SEGMENT_ARENA_MAX / 2);
    td_arena_deinit(&arena);
    td_arena_init(&arena, NULL, 64 << 10);
    assert_err(TANDEM_ENOMEM,
        td_segment_read(td_buf_slice(&b), &ws, &known, &head, &arena, &out));
    td_arena_deinit(&arena);
    td_buf_deinit(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_segment_refuses_commits_beyond_their_bounds_though_signed),
        cmocka_unit_test(
            test_segment_refuses_more_than_one_signature_should_cover),
        cmocka_unit_test(test_segment_memory_stays_within_its_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
