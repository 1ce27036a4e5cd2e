// SPDX-License-Identifier: Apache-2.0
// header_test.c - headers, chain hashes and the wire form of commits.
#include "log/log_help.h"

#include "codec/writer.h"

#define ARENA ((size_t)1 << 20)

static void
same_as_vector(const char *name, const struct td_buf *b)
{
    uint8_t room[2048];

    assert_err(TANDEM_OK, b->err);
    help_same(help_vector(name, room, sizeof(room)), td_buf_slice(b));
}

static void
test_header_known_answers(void **state)
{
    struct help_known k;
    struct td_buf b;
    struct td_hash chain;
    uint8_t room[64];

    (void)state;
    help_known_init(&k);
    td_buf_init(&b, NULL, TD_HEADER_BYTES_MAX);
    help_same(
        help_vector("device", room, 32), (tandem_slice){k.keys.pub.sign.b, 32});
    help_same(
        help_vector("log_id", room, 16), (tandem_slice){k.h[0].log.b, 16});
    help_same(
        help_vector("chain0", room, 32), (tandem_slice){k.h[1].prev.b, 32});
    td_header_encode(&k.h[0], &b);
    same_as_vector("header0", &b);
    td_buf_reset(&b);
    td_header_encode(&k.h[1], &b);
    same_as_vector("header1", &b);
    chain = td_header_chain(td_buf_slice(&b));
    help_same(help_vector("chain1", room, 32), (tandem_slice){chain.b, 32});
    td_buf_deinit(&b);
}

static void
test_wire_known_answers(void **state)
{
    struct help_known k;
    struct td_header plain;
    tandem_slice absent[2];
    struct td_buf b;

    (void)state;
    help_known_init(&k);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_wire_encode(&k.h[0], NULL, NULL, &b);
    same_as_vector("wire0", &b);
    td_buf_reset(&b);
    td_wire_encode(&k.h[1], &k.h[0], k.payloads, &b);
    same_as_vector("wire1", &b);
    absent[0] = k.payloads[0];
    absent[1] = (tandem_slice){NULL, 0};
    td_buf_reset(&b);
    td_wire_encode(&k.h[1], NULL, absent, &b);
    same_as_vector("wire1_absent", &b);
    td_buf_reset(&b);
    td_wire_encode(&k.h[1], &k.h[1], k.payloads, &b);
    same_as_vector("wire1_same_epoch", &b);
    plain = k.h[1];
    plain.has_epoch = false;
    td_buf_reset(&b);
    td_wire_encode(&plain, NULL, k.payloads, &b);
    same_as_vector("wire1_no_epoch", &b);
    td_buf_deinit(&b);
}

// What decodes, encodes to the same bytes: there is one form only.
static tandem_err
decode_again(tandem_slice in)
{
    struct td_arena arena;
    struct td_header h;
    struct td_buf b;
    tandem_err err;

    td_arena_init(&arena, NULL, ARENA);
    td_buf_init(&b, NULL, TD_HEADER_BYTES_MAX);
    err = td_header_decode(in, &arena, &h);
    if (err == TANDEM_OK) {
        td_header_encode(&h, &b);
        help_same(in, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
    return err;
}

static void
test_header_decodes_what_it_encodes(void **state)
{
    uint8_t room[1024];

    (void)state;
    assert_err(
        TANDEM_OK, decode_again(help_vector("header0", room, sizeof(room))));
    assert_err(
        TANDEM_OK, decode_again(help_vector("header1", room, sizeof(room))));
}

static void
test_header_rejects_every_truncation_and_excess(void **state)
{
    static const char *const names[] = {"header0", "header1"};
    uint8_t room[1024];

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        tandem_slice all = help_vector(names[n], room, sizeof(room) - 1);

        for (size_t len = 0; len < all.len; len++) {
            uint8_t *copy = malloc(len + 1); // its end is the sanitizer's

            assert_non_null(copy);
            memcpy(copy + 1, all.ptr, len);
            assert_err(
                TANDEM_ECORRUPT, decode_again((tandem_slice){copy + 1, len}));
            free(copy);
        }
        room[all.len] = 0;
        assert_err(TANDEM_ECORRUPT,
            decode_again((tandem_slice){all.ptr, all.len + 1}));
    }
}

// A flip in a hash is another header; anywhere else it is an error. Never is
// it the same header or one with a second form.
static void
test_header_bit_flips_are_errors_or_other_headers(void **state)
{
    static const char *const names[] = {"header0", "header1"};
    size_t errors = 0;
    uint8_t room[1024];

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        tandem_slice all = help_vector(names[n], room, sizeof(room));

        for (size_t bit = 0; bit < all.len * 8; bit++) {
            room[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (decode_again(all) != TANDEM_OK) {
                errors++;
            }
            room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    assert_true(errors > 1000);
}

static tandem_err
encode_and_decode(const struct td_header *h)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, NULL, 1 << 20);
    td_header_encode(h, &b);
    assert_err(TANDEM_OK, b.err);
    err = decode_again(td_buf_slice(&b));
    td_buf_deinit(&b);
    return err;
}

static void
test_header_refuses_what_entry_zero_may_not_say(void **state)
{
    struct help_known k;
    struct td_header h;

    (void)state;
    help_known_init(&k);
    assert_err(TANDEM_OK, encode_and_decode(&k.h[0]));
    h = k.h[0];
    h.prev.b[0] = 1;
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
    h = k.h[0];
    h.has_epoch = true;
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
    h = k.h[0];
    h.has_seen = false;
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
    h = k.h[0];
    h.changes = k.refs;
    h.change_count = 1;
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
    h = k.h[0];
    h.log.b[3] ^= 1; // not the hash of the opening
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
    h = k.h[1];
    h.change_count = 0;
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
}

static void
test_header_refuses_counts_and_lengths_beyond_their_bounds(void **state)
{
    struct td_payload_ref refs[TD_COMMIT_CHANGES_MAX + 1] = {0};
    struct td_hash seen[TD_SEEN_MAX + 1] = {0};
    struct help_known k;
    struct td_header h;

    (void)state;
    help_known_init(&k);
    h = k.h[1];
    h.changes = refs;
    for (size_t i = 0; i <= TD_COMMIT_CHANGES_MAX; i++) {
        refs[i].length = TD_COMMIT_BYTES_MAX / TD_COMMIT_CHANGES_MAX;
    }
    h.change_count = TD_COMMIT_CHANGES_MAX;
    assert_err(TANDEM_OK, encode_and_decode(&h));
    refs[5].length++; // together one byte too many
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
    refs[5].length = 0;
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
    refs[5].length = 1;
    h.change_count++;
    refs[7].length = 1;
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
    h = k.h[1];
    h.has_seen = true;
    h.seen = seen;
    for (size_t i = 0; i <= TD_SEEN_MAX; i++) {
        seen[i].b[0] = (uint8_t)i;
    }
    h.seen_count = TD_SEEN_MAX;
    assert_err(TANDEM_OK, encode_and_decode(&h));
    h.seen_count++;
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
    h.seen_count = 2;
    seen[1] = seen[0]; // twice
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
    seen[0].b[0] = 9; // falling
    assert_err(TANDEM_ECORRUPT, encode_and_decode(&h));
}

static void
test_header_names_a_newer_version(void **state)
{
    uint8_t room[1024];
    tandem_slice all = help_vector("header1", room, sizeof(room));

    (void)state;
    assert_int_equal(1, room[1]);
    room[1] = 2;
    assert_err(TANDEM_EVERSION, decode_again(all));
    room[1] = 0;
    assert_err(TANDEM_ECORRUPT, decode_again(all));
}

// Decode a wire commit behind `before` and check it against `want`.
static tandem_err
wire_again(tandem_slice in, const struct td_header *before,
    const struct td_header *want)
{
    struct td_header h = {
        .log = want->log, .seq = want->seq, .prev = want->prev};
    tandem_slice *payloads = NULL;
    struct td_arena arena;
    struct td_buf a, b;
    struct td_cur c;
    tandem_err err;

    td_arena_init(&arena, NULL, ARENA);
    td_buf_init(&a, NULL, 1 << 21);
    td_buf_init(&b, NULL, 1 << 21);
    err = td_cur_open(&c, in) ? TANDEM_OK : TANDEM_EPROTO;
    if (err == TANDEM_OK) {
        err = td_wire_decode(&c, before, &arena, &h, &payloads);
    }
    if (err == TANDEM_OK) {
        td_wire_encode(&h, before, payloads, &a);
        help_same(in, td_buf_slice(&a));
        td_buf_reset(&a);
        td_header_encode(&h, &a);
        td_header_encode(want, &b);
        if (!td_slice_eq(td_buf_slice(&a), td_buf_slice(&b))) {
            err = TANDEM_EVALUE; // well formed, but another header
        }
    }
    td_buf_deinit(&a);
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
    return err;
}

static void
test_wire_completes_the_header_it_came_from(void **state)
{
    struct help_known k;
    struct td_header before, plain;
    uint8_t room[1024];
    tandem_slice in;

    (void)state;
    help_known_init(&k);
    in = help_vector("wire0", room, sizeof(room));
    assert_err(TANDEM_OK, wire_again(in, NULL, &k.h[0]));
    in = help_vector("wire1", room, sizeof(room));
    assert_err(TANDEM_OK, wire_again(in, &k.h[0], &k.h[1]));
    assert_err(TANDEM_OK, wire_again(in, NULL, &k.h[1]));
    in = help_vector("wire1_absent", room, sizeof(room));
    assert_err(TANDEM_OK, wire_again(in, NULL, &k.h[1]));
    before = k.h[1];
    before.seq = 0;
    in = help_vector("wire1_same_epoch", room, sizeof(room));
    assert_err(TANDEM_OK, wire_again(in, &before, &k.h[1]));
    plain = k.h[1];
    plain.has_epoch = false;
    in = help_vector("wire1_no_epoch", room, sizeof(room));
    assert_err(TANDEM_OK, wire_again(in, NULL, &plain));
}

static void
test_wire_has_one_form_for_the_epoch(void **state)
{
    struct help_known k;
    struct td_header before, plain;
    uint8_t room[1024];
    tandem_slice in;

    (void)state;
    help_known_init(&k);
    before = k.h[1];
    before.seq = 0;
    plain = k.h[1];
    plain.has_epoch = false;
    // The same epoch repeated, "none" repeated, nothing to repeat.
    in = help_vector("wire1", room, sizeof(room));
    assert_err(TANDEM_EPROTO, wire_again(in, &before, &k.h[1]));
    in = help_vector("wire1_no_epoch", room, sizeof(room));
    assert_err(TANDEM_EPROTO, wire_again(in, &k.h[0], &plain));
    in = help_vector("wire1_same_epoch", room, sizeof(room));
    assert_err(TANDEM_EPROTO, wire_again(in, NULL, &k.h[1]));
    // `true` is no epoch at all.
    in = help_vector("wire1_no_epoch", room, sizeof(room));
    room[1] = 0xc3;
    assert_err(TANDEM_EPROTO, wire_again(in, NULL, &plain));
}

static void
test_wire_rejects_truncations_and_flips(void **state)
{
    static const char *const names[] = {
        "wire0", "wire1", "wire1_absent", "wire1_no_epoch"};
    struct help_known k;
    uint8_t room[1024];

    (void)state;
    help_known_init(&k);
    for (size_t n = 0; n < 4; n++) {
        tandem_slice in = help_vector(names[n], room, sizeof(room));
        struct td_header want = k.h[n > 0];

        want.has_epoch = n == 1 || n == 2;
        for (size_t len = 0; len < in.len; len++) {
            assert_err(TANDEM_EPROTO,
                wire_again((tandem_slice){in.ptr, len}, NULL, &want));
        }
        for (size_t bit = 0; bit < in.len * 8; bit++) {
            tandem_err err;

            room[bit / 8] ^= (uint8_t)(1u << bit % 8);
            err = wire_again(in, NULL, &want);
            assert_true(err == TANDEM_EPROTO || err == TANDEM_EVALUE);
            room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_known_answers),
        cmocka_unit_test(test_wire_known_answers),
        cmocka_unit_test(test_header_decodes_what_it_encodes),
        cmocka_unit_test(test_header_rejects_every_truncation_and_excess),
        cmocka_unit_test(test_header_bit_flips_are_errors_or_other_headers),
        cmocka_unit_test(test_header_refuses_what_entry_zero_may_not_say),
        cmocka_unit_test(
            test_header_refuses_counts_and_lengths_beyond_their_bounds),
        cmocka_unit_test(test_header_names_a_newer_version),
        cmocka_unit_test(test_wire_completes_the_header_it_came_from),
        cmocka_unit_test(test_wire_has_one_form_for_the_epoch),
        cmocka_unit_test(test_wire_rejects_truncations_and_flips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
