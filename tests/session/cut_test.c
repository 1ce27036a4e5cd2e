// SPDX-License-Identifier: Apache-2.0
// cut_test.c - links that are cut, messages that are cut, out of place or of an
// older session: the store is as good as before, and the next session
// completes.
#include "session/carry.h"
#include "session/samples.h"

static void
test_a_link_cut_after_any_message_is_made_good_by_the_next(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    size_t total = SIZE_MAX;

    (void)state;
    world_begin(&w, 11, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    for (size_t limit = 1; limit <= total; limit++) {
        struct carry c;
        tandem_error e = {0};

        both_type(&w);
        // Membership too: both rounds are cut.
        ok(td_replica_sector_add(
            a, "VIEUX-LILLE", w.now_ms, &w.sectors[3], &e));
        carry_init(&c, &w, b, a);
        c.limit = limit;
        c.one_by_one = limit % 2 == 0;
        carry_run(&c);
        if (c.carried < limit) {
            total = limit;
            carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        }
        carry_deinit(&c);
        (void)meet(&w, a, b);
        world_assert_equal(a, b);
        assert_true(meet(&w, b, a).equal);
    }
    assert_true(total > 15);
    assert_int_equal(0, world_verify(a));
    assert_int_equal(0, world_verify(b));
    world_deinit(&w);
}

static void
test_a_newcomer_cut_after_any_message_goes_on(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    size_t limit = 1;
    tandem_error e = {0};
    bool done = false;

    (void)state;
    world_begin(&w, 12, 1, 1);
    a = w.d[0].r;
    (void)world_sheet(&w, a, 0, "Mme L.");
    b = world_enrol(&w, a, TANDEM_RIGHT_AGENT, w.sectors, 1);
    ok(td_replica_join(b, &a->workspace, &e));
    while (!done) {
        struct carry c;

        carry_init(&c, &w, b, a);
        c.limit = limit++;
        carry_run(&c);
        done = carry_report(&c, 0).state == TANDEM_SESSION_DONE &&
               carry_report(&c, 1).state == TANDEM_SESSION_DONE;
        if (c.limit <= 1) { // nobody came to the end, where roots are said
            tandem_report r = carry_report(&c, 0);

            assert_memory_equal(((uint8_t[16]){0}), r.root, sizeof(r.root));
        }
        carry_deinit(&c);
        assert_true(limit < 100);
    }
    world_assert_equal(a, b);
    world_deinit(&w);
}

// ------------------------------------------------------- what does not belong

// After `limit` good messages, give `bytes` to `side`.
static tandem_err
interrupt(struct world *w, size_t limit, size_t side, const uint8_t *bytes,
    size_t n, tandem_report *out)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    struct carry c;
    tandem_err err;

    assert_non_null(copy);
    memcpy(copy, bytes, n);
    carry_init(&c, w, w->d[0].r, w->d[1].r);
    c.limit = limit;
    if (limit > 0) {
        carry_run(&c);
    }
    err = td_session_take(c.s[side], (tandem_slice){copy, n}, w->now_ms);
    if (err != TANDEM_OK && err != TANDEM_EMISUSE) {
        tandem_slice m = td_session_give(c.s[side], w->now_ms);
        struct td_msg bye;

        if (m.len > 0) { // none after the peer's own BYE
            ok(td_msg_decode(m, &bye));
            assert_int_equal(TD_MSG_BYE, bye.type);
        }
        assert_int_equal(0, td_session_give(c.s[side], w->now_ms).len);
        assert_int_equal(err,
            td_session_take(c.s[side], (tandem_slice){copy, n}, w->now_ms));
    }
    *out = carry_report(&c, side);
    carry_deinit(&c);
    free(copy);
    return err;
}

static void
test_cut_and_swollen_messages_change_nothing(void **state)
{
    struct world w;
    struct td_buf bytes;
    size_t runs = 0;

    (void)state;
    world_begin(&w, 13, 2, 1);
    td_buf_init(&bytes, NULL, TD_MESSAGE_BYTES_MAX * 2);
    for (size_t i = 0; i < SAMPLES; i++) {
        td_buf_reset(&bytes);
        sample_put(&bytes, i);
        for (size_t n = 0; n < bytes.len; n += 1 + bytes.len / 5) {
            struct td_hash16 before[2] = {
                heads_of(w.d[0].r), heads_of(w.d[1].r)};
            tandem_report r;

            // Every phase before anything is committed.
            for (size_t limit = 1; limit < 6; limit++) {
                assert_err(TANDEM_EPROTO,
                    interrupt(&w, limit, runs++ % 2, bytes.ptr, n, &r));
                assert_int_equal(TANDEM_SESSION_FAILED, r.state);
            }
            assert_memory_equal(before[0].b, heads_of(w.d[0].r).b, 16);
            assert_memory_equal(before[1].b, heads_of(w.d[1].r).b, 16);
        }
        if (i == 8) {
            both_type(&w); // from now on something is to be moved
        }
    }
    td_buf_deinit(&bytes);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

static void
test_any_message_at_any_place_is_taken_or_ends_the_session(void **state)
{
    struct world w;
    struct td_buf bytes;

    (void)state;
    world_begin(&w, 14, 2, 1);
    td_buf_init(&bytes, NULL, TD_MESSAGE_BYTES_MAX);
    for (size_t limit = 0; limit < 24; limit++) {
        both_type(&w);
        for (size_t i = 0; i < SAMPLES; i++) {
            for (size_t side = 0; side < 2; side++) {
                tandem_report r;
                tandem_err err;

                td_buf_reset(&bytes);
                sample_put(&bytes, i);
                err = interrupt(&w, limit, side, bytes.ptr, bytes.len, &r);
                if (err != TANDEM_OK && err != TANDEM_EPROTO &&
                    err != TANDEM_EMISUSE) {
                    fail_msg("sample %zu after %zu: %s", i, limit,
                        tandem_err_name(err));
                }
                if (i == SAMPLES - 1 && err != TANDEM_EMISUSE) {
                    assert_err(TANDEM_EPROTO, err); // BYE names it
                }
            }
        }
    }
    td_buf_deinit(&bytes);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

static void
test_random_frames_never_harm(void **state)
{
    struct world w;
    uint64_t seed = help_seed();
    struct carry c;

    (void)state;
    world_begin(&w, seed, 2, 1);
    both_type(&w);
    carry_init(&c, &w, w.d[0].r, w.d[1].r);
    carry_run(&c);
    for (size_t i = 0; i < 400; i++) {
        size_t at = 0, n, skip = help_next(&seed) % (c.carried - 1);
        uint8_t bytes[512];
        tandem_report r;

        for (; skip > 0; skip--) {
            at += 5 + td_be32(c.wire.ptr + at);
        }
        n = td_be32(c.wire.ptr + at);
        n = n < sizeof(bytes) ? n : sizeof(bytes);
        memcpy(bytes, c.wire.ptr + at + 5, n);
        for (size_t k = help_next(&seed) % 4; k > 0; k--) {
            bytes[help_next(&seed) % n] = (uint8_t)help_next(&seed);
        }
        if (i % 20 == 0) {
            both_type(&w);
        }
        (void)!interrupt(
            &w, help_next(&seed) % 20, help_next(&seed) % 2, bytes, n, &r);
    }
    carry_deinit(&c);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    world_assert_equal(w.d[0].r, w.d[1].r);
    assert_int_equal(0, world_verify(w.d[0].r));
    assert_int_equal(0, world_verify(w.d[1].r));
    world_deinit(&w);
}

static void
test_an_older_session_replayed_ends_nowhere(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    struct td_hash16 before;
    struct td_session *x;
    struct td_peer was, is;
    struct carry c;
    tandem_report r;

    (void)state;
    world_begin(&w, 15, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    for (int k = 0; k < 2; k++) { // one in which entries moved, one equal
        if (k == 0) {
            both_type(&w);
        }
        carry_init(&c, &w, a, b);
        carry_run(&c);
        carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        before = heads_of(b);
        was.device = is.device = td_replica_device(a);
        ok(td_peer_get(b, &was.device, &was));
        w.now_ms += 5000;
        x = session_of(&w, b, a, false, TANDEM_OK);
        for (size_t at = 0; at < c.wire.len;) {
            size_t n = td_be32(c.wire.ptr + at);

            if (c.wire.ptr[at + 4] == 0) {
                (void)!td_session_take(
                    x, (tandem_slice){c.wire.ptr + at + 5, n}, w.now_ms);
                while (td_session_give(x, w.now_ms).len > 0) {
                }
            }
            at += 5 + n;
        }
        td_session_report(x, &r);
        assert_int_equal(TANDEM_SESSION_FAILED, r.state);
        assert_err(TANDEM_EPROTO, r.error.code);
        assert_memory_equal(before.b, heads_of(b).b, 16);
        ok(td_peer_get(b, &is.device, &is));
        assert_int_equal(was.last_sync_ms, is.last_sync_ms);
        td_session_free(x);
        carry_deinit(&c);
    }
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_link_cut_after_any_message_is_made_good_by_the_next),
        cmocka_unit_test(test_a_newcomer_cut_after_any_message_goes_on),
        cmocka_unit_test(test_cut_and_swollen_messages_change_nothing),
        cmocka_unit_test(
            test_any_message_at_any_place_is_taken_or_ends_the_session),
        cmocka_unit_test(test_random_frames_never_harm),
        cmocka_unit_test(test_an_older_session_replayed_ends_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
