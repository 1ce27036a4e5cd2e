// SPDX-License-Identifier: Apache-2.0
// segment_test.c - what a reader of segments accepts, and never does.
#include "log/scene_help.h"

#include "codec/writer.h"

static void
test_segment_known_answer(void **state)
{
    struct td_signed_head head = {.head.seq = 1};
    struct help_known k;
    uint8_t room[1024], sig[64], hash[32];

    (void)state;
    help_known_init(&k);
    head.head.log = k.h[0].log;
    memcpy(head.head.hash.b, help_vector("chain1", hash, 32).ptr, 32);
    memcpy(head.sig.b, help_vector("head_signature", sig, 64).ptr, 64);
    assert_err(TANDEM_OK,
        read_one(help_vector("segment", room, sizeof(room)), NULL, &head));
}

static void
test_segment_truncated_anywhere_breaks_the_protocol(void **state)
{
    struct scene s;

    (void)state;
    scene_init(&s, 6);
    assert_err(TANDEM_OK, read_one(td_buf_slice(&s.bytes), NULL, &s.w.head));
    for (size_t len = 0; len < s.bytes.len; len++) {
        uint8_t *copy = malloc(len + 1); // its end is the sanitizer's

        assert_non_null(copy);
        memcpy(copy + 1, s.bytes.ptr, len);
        assert_err(TANDEM_EPROTO,
            read_one((tandem_slice){copy + 1, len}, NULL, &s.w.head));
        free(copy);
    }
    td_buf_put_u8(&s.bytes, 0xc0);
    assert_err(
        TANDEM_EPROTO, read_one(td_buf_slice(&s.bytes), NULL, &s.w.head));
    scene_deinit(&s);
}

static void
test_segment_with_any_bit_flipped_is_an_error(void **state)
{
    struct scene s;

    (void)state;
    scene_init(&s, 6);
    for (size_t bit = 0; bit < s.bytes.len * 8; bit++) {
        s.bytes.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(
            TANDEM_EPROTO, read_one(td_buf_slice(&s.bytes), NULL, &s.w.head));
        s.bytes.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < sizeof(s.w.head) * 8; bit++) {
        struct td_signed_head h = s.w.head;
        uint8_t *p = (uint8_t *)&h;

        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (memcmp(&h.head.log, &s.w.head.head.log, 16) == 0 &&
            h.head.seq == s.w.head.head.seq &&
            memcmp(&h.head.hash, &s.w.head.head.hash, 32) == 0 &&
            memcmp(&h.sig, &s.w.head.sig, 64) == 0) {
            continue; // padding
        }
        assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&s.bytes), NULL, &h));
    }
    assert_err(TANDEM_OK, read_one(td_buf_slice(&s.bytes), NULL, &s.w.head));
    scene_deinit(&s);
}

static void
test_segment_of_a_foreign_workspace_is_named_so(void **state)
{
    struct scene s;
    struct td_hash other = {{7}};
    struct td_segment out;
    struct td_arena arena;

    (void)state;
    scene_init(&s, 2);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    assert_err(TANDEM_EWORKSPACE, td_segment_read(td_buf_slice(&s.bytes),
                                      &other, NULL, &s.w.head, &arena, &out));
    td_arena_deinit(&arena);
    scene_deinit(&s);
}

// Somebody signs, with a key of its own, a log whose opening claims another
// device's: the id it hashes to is not the one the head names.
static void
test_segment_with_a_liars_opening_breaks_the_protocol(void **state)
{
    struct help_known k;
    struct td_signed_head head = {.head.seq = 0};
    struct td_opening o;
    struct td_buf b;

    (void)state;
    help_known_init(&k);
    o = k.h[0].opening;
    o.incarnation[0] ^= 1;
    head.head.log = td_log_id_of(&o); // what it says it is
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_mp_array(&b, 1);
    td_wire_encode(&k.h[0], NULL, NULL, &b);
    head.head.hash = k.h[1].prev;
    assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&b), NULL, &head));
    // The right id, but no signature of that device.
    head.head.log = k.h[0].log;
    assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&b), NULL, &head));
    td_buf_deinit(&b);
}

static void
test_segment_counts_must_be_what_the_head_says(void **state)
{
    struct scene s;
    struct td_buf b;

    (void)state;
    scene_init(&s, 6);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_mp_array(&b, 0);
    assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&b), NULL, &s.w.head));
    td_buf_reset(&b);
    node_tell(&s.n, &s.w.log, true, 0, 5, &b); // one commit short
    assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&b), NULL, &s.w.head));
    td_buf_reset(&b);
    node_tell(&s.n, &s.w.log, false, 0, 6, &b); // without entry 0
    assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&b), NULL, &s.w.head));
    td_buf_deinit(&b);
    scene_deinit(&s);
}

// Allocation n fails, for every n: ENOMEM, nothing leaked.
struct failing {
    size_t left;
};

static void *
fail_after(void *ctx, void *p, size_t was, size_t now)
{
    struct failing *f = ctx;

    (void)was;
    if (now == 0) {
        free(p);
        return NULL;
    }
    if (f->left == 0) {
        return NULL;
    }
    f->left--;
    return realloc(p, now);
}

static void
oom_segment_read_fails_whole(void **state)
{
    struct td_hash ws = workspace();
    struct td_segment seg;
    struct failing f;
    tandem_sys given = TANDEM_SYS_INIT;
    tandem_sys sys;
    struct td_arena arena;
    tandem_err err = TANDEM_ENOMEM;
    struct scene s;
    size_t n;

    (void)state;
    scene_init(&s, 200);
    given.ctx = &f;
    given.resize = fail_after;
    td_sys_fill(&sys, &given);
    for (n = 0; err == TANDEM_ENOMEM; n++) {
        f.left = n;
        td_arena_init(&arena, &sys, TD_SEGMENT_ARENA_MAX);
        err = td_segment_read(
            td_buf_slice(&s.bytes), &ws, NULL, &s.w.head, &arena, &seg);
        td_arena_deinit(&arena);
    }
    assert_err(TANDEM_OK, err);
    assert_true(n > 5);
    scene_deinit(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segment_known_answer),
        cmocka_unit_test(test_segment_truncated_anywhere_breaks_the_protocol),
        cmocka_unit_test(test_segment_with_any_bit_flipped_is_an_error),
        cmocka_unit_test(test_segment_of_a_foreign_workspace_is_named_so),
        cmocka_unit_test(test_segment_with_a_liars_opening_breaks_the_protocol),
        cmocka_unit_test(test_segment_counts_must_be_what_the_head_says),
        cmocka_unit_test(oom_segment_read_fails_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
