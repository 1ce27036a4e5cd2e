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

// ---------------------------------------------------------- half a segment

static void
type_texts(struct world *w, struct td_replica *r, int count)
{
    char *text = calloc(1, 60001);

    assert_non_null(text);
    memset(text, 'x', 60000);
    for (int i = 0; i < count; i++) {
        struct typing t;
        struct td_buf v;
        struct td_op *op;

        typing_init(&t);
        td_buf_init(&v, NULL, 70000);
        put_text(&v, text);
        op = typing_op(&t, TD_OP_SET, F_NAME);
        op->value = td_buf_slice(&v);
        ok(typing_commit(&t, w, r, w->sectors[0], world_id(w), NULL));
        td_buf_deinit(&v);
        typing_deinit(&t);
    }
    free(text);
}

static void
type_large(struct world *w, struct td_replica *r)
{
    type_texts(w, r, 3); // one segment of six frames
}

static uint64_t
data_bytes(const struct carry *c)
{
    uint64_t bytes = 0;

    for (size_t at = 0; at < c->wire.len;) {
        size_t n = td_be32(c->wire.ptr + at);
        struct td_msg m;

        ok(td_msg_decode((tandem_slice){c->wire.ptr + at + 5, n}, &m));
        bytes += m.type == TD_MSG_DATA ? m.u.data.bytes.len : 0;
        at += 5 + n;
    }
    return bytes;
}

// As its carrier ends a session whose link is gone.
static void
cut_off(struct world *w, struct td_session *x)
{
    struct td_session_write *write;

    td_session_cut(x);
    while (td_session_write_ready(x)) {
        ok(td_session_write_begin(x, w->now_ms, &write));
        td_session_write_run(write);
        ok(td_session_write_end(write, w->now_ms));
    }
}

// A session cut after `limit` messages, 0 never. @return the bytes of entries.
static uint64_t
run_cut(struct world *w, size_t limit, bool *whole)
{
    struct carry c;
    uint64_t bytes;

    carry_init(&c, w, w->d[1].r, w->d[0].r);
    c.limit = limit;
    carry_run(&c);
    *whole = limit == 0 || c.carried < limit;
    if (*whole) {
        carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    } else {
        cut_off(w, c.s[0]);
        cut_off(w, c.s[1]);
    }
    bytes = data_bytes(&c);
    carry_deinit(&c);
    return bytes;
}

static void
test_half_a_segment_goes_on_at_the_frame(void **state)
{
    struct td_replica *a, *b;
    struct world w;
    uint64_t all;
    size_t cuts = 0;
    bool whole = false;

    (void)state;
    world_begin(&w, 16, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    type_large(&w, a); // opens its log
    (void)meet(&w, a, b);
    type_large(&w, a);
    all = run_cut(&w, 0, &whole);
    assert_true(all > 180000);
    whole = false;
    for (size_t limit = 1; !whole; limit++) {
        uint64_t bytes;
        bool rest;

        type_large(&w, a);
        bytes = run_cut(&w, limit, &whole);
        cuts += bytes > 0 && bytes < all - 100;
        if (!whole) {
            bytes += run_cut(&w, 0, &rest);
        }
        // Not a frame twice; the seqs may need a byte more than at first.
        assert_true(bytes + 100 >= all && bytes <= all + 100);
        world_assert_equal(a, b);
    }
    assert_true(cuts >= 5);
    // Cut twice in one segment.
    type_large(&w, a);
    (void)run_cut(&w, 8, &whole);
    assert_false(whole);
    (void)run_cut(&w, 8, &whole);
    assert_false(whole);
    assert_true(run_cut(&w, 0, &whole) < all - TD_FRAME_BYTES_MAX);
    world_assert_equal(a, b);
    assert_int_equal(0, world_verify(b));
    world_deinit(&w);
}

static bool
has_staged(struct td_replica *r, struct td_replica *peer)
{
    tandem_device_id d = td_replica_device(peer);
    struct td_staged s;
    struct td_buf b;
    struct td_txn *t;
    tandem_err err;

    td_buf_init(&b, NULL, (size_t)2 << 20);
    ok(td_store_read(r->store, &t));
    err = td_staged_get(t, &d, &b, &s);
    td_store_read_end(t);
    td_buf_deinit(&b);
    return err == TANDEM_OK;
}

// What was missing behind the bytes that came is there now, at who gives them:
// the segment is longer than it was, and goes on.
static void
test_half_a_segment_goes_on_though_the_rest_grew(void **state)
{
    struct td_replica *giver, *asker, *author;
    struct world w;
    uint64_t all;
    bool whole;

    (void)state;
    world_begin(&w, 20, 3, 1);
    giver = w.d[0].r;
    asker = w.d[1].r;
    author = w.d[2].r;
    (void)world_sheet(&w, author, 0, "Mme L."); // opens its log
    (void)meet(&w, author, giver);
    (void)meet(&w, asker, giver);
    type_texts(&w, author, 2);
    (void)meet(&w, author, giver);
    (void)world_sheet(&w, author, 0, "M. N.");
    (void)world_push_some(&w, author, giver, DATA, true);
    assert_int_equal(1, world_stats(giver).missing);
    all = run_cut(&w, 9, &whole);
    assert_false(whole);
    assert_true(all > TD_FRAME_BYTES_MAX / 2);
    assert_true(has_staged(asker, giver));
    (void)meet(&w, author, giver);
    assert_int_equal(0, world_stats(giver).missing);
    all += run_cut(&w, 0, &whole);
    assert_true(all > 120000 && all < 120000 + TD_FRAME_BYTES_MAX / 2);
    assert_false(has_staged(asker, giver));
    assert_int_equal(0, world_stats(asker).missing);
    world_assert_equal(asker, giver);
    world_deinit(&w);
}

static tandem_err
spoil(struct td_txn *t, void *ctx)
{
    struct td_replica *peer = ctx;
    tandem_device_id d = td_replica_device(peer);
    struct td_staged s;
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, NULL, (size_t)2 << 20);
    err = td_staged_get(t, &d, &b, &s);
    if (err == TANDEM_OK) {
        b.ptr[b.len - 1] ^= 1;
        err = td_staged_put(t, &s);
    }
    td_buf_deinit(&b);
    return err;
}

// The second session is cut too, wherever, and it has more to bring than what
// the first left half: that goes on first, for there is room for one half.
static void
half_and_half(
    struct world *w, struct td_replica *first, struct td_replica *then)
{
    struct td_replica *giver = w->d[0].r, *asker = w->d[1].r;
    bool whole = false;

    for (size_t limit = 1; !whole; limit++) {
        uint64_t bytes;
        bool ended;

        type_texts(w, first, 2);
        (void)meet(w, first, giver);
        bytes = run_cut(w, 9, &ended);
        assert_false(ended);
        assert_true(has_staged(asker, giver));
        type_texts(w, then, 2);
        (void)meet(w, then, giver);
        bytes += run_cut(w, limit, &whole);
        if (!whole) {
            bytes += run_cut(w, 0, &ended);
        }
        assert_true(bytes > 240000 && bytes < 240000 + TD_FRAME_BYTES_MAX / 2);
        world_assert_equal(asker, giver);
    }
}

static void
test_what_is_half_here_goes_before_what_is_not(void **state)
{
    struct world w;

    (void)state;
    world_begin(&w, 21, 4, 1);
    for (size_t i = 2; i < 4; i++) {
        (void)world_sheet(&w, w.d[i].r, 0, "Mme L."); // opens its log
        (void)meet(&w, w.d[i].r, w.d[0].r);
    }
    (void)meet(&w, w.d[1].r, w.d[0].r);
    half_and_half(&w, w.d[2].r, w.d[3].r); // whichever of them is told first
    half_and_half(&w, w.d[3].r, w.d[2].r);
    world_deinit(&w);
}

// What stands there is not what the peer sends: all of it comes again.
static void
test_bytes_that_are_others_are_not_gone_on_from(void **state)
{
    struct td_replica *a, *b;
    struct world w;
    uint64_t all;
    bool whole;

    (void)state;
    world_begin(&w, 17, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    type_large(&w, a); // opens its log
    (void)meet(&w, a, b);
    type_large(&w, a);
    all = run_cut(&w, 0, &whole);
    assert_false(has_staged(b, a));
    type_large(&w, a);
    (void)run_cut(&w, 9, &whole);
    assert_true(has_staged(b, a));
    ok(td_store_write(b->store, spoil, a, NULL));
    assert_true(run_cut(&w, 0, &whole) >= all - 100);
    assert_false(has_staged(b, a));
    world_assert_equal(a, b);
    world_deinit(&w);
}

// A peer that goes on with other bytes: refused, and not asked to go on again.
static void
test_a_segment_gone_on_with_lies_is_asked_for_anew(void **state)
{
    for (int lie = 0; lie < 2; lie++) {
        struct td_replica *a, *b;
        struct world w;
        struct carry c;
        uint64_t all;
        bool whole;
        tandem_err err = TANDEM_OK;

        (void)state;
        world_begin(&w, 18, 2, 1);
        a = w.d[0].r;
        b = w.d[1].r;
        type_large(&w, a);
        (void)meet(&w, a, b);
        type_large(&w, a);
        all = run_cut(&w, 0, &whole);
        type_large(&w, a);
        (void)run_cut(&w, 9, &whole);
        carry_init(&c, &w, b, a);
        for (int turn = 0; turn < 20 && err == TANDEM_OK; turn++) {
            for (size_t side = 0; side < 2 && err == TANDEM_OK; side++) {
                tandem_slice s;

                while (err == TANDEM_OK &&
                       (s = td_session_give(c.s[side], w.now_ms)).len > 0) {
                    struct td_buf copy;
                    struct td_msg m;

                    ok(td_msg_decode(s, &m));
                    td_buf_init(&copy, NULL, TD_MESSAGE_BYTES_MAX);
                    td_buf_put_slice(&copy, s);
                    if (lie == 0 && m.type == TD_MSG_DATA) {
                        copy.ptr[copy.len - 1] ^= 1;
                    } else if (lie == 1 && m.type == TD_MSG_HEAD) {
                        assert_true(m.u.head.offset > 0);
                        m.u.head.offset--; // nobody has that much
                        td_buf_reset(&copy);
                        td_msg_put_head(&copy, &m.u.head);
                    }
                    err = td_session_take(
                        c.s[1 - side], td_buf_slice(&copy), w.now_ms);
                    td_buf_deinit(&copy);
                }
            }
        }
        assert_err(TANDEM_EPROTO, err);
        carry_deinit(&c);
        assert_true(has_staged(b, a) == (lie == 1));
        assert_true((run_cut(&w, 0, &whole) >= all - 100) == (lie == 0));
        world_assert_equal(a, b);
        world_deinit(&w);
    }
}

// One for each peer, so many in all; the oldest goes.
static tandem_err
stage_many(struct td_txn *t, void *ctx)
{
    struct td_staged s = {
        .from_start = true, .bytes = {(const uint8_t *)"abc", 3}};
    struct td_buf b;

    (void)ctx;
    td_buf_init(&b, NULL, 1 << 20);
    for (uint8_t i = 0; i < TD_STAGED_MAX + 3; i++) {
        s.peer.b[0] = i;
        s.at_ms = i == 5 ? 0 : 100 + i; // the sixth is the oldest
        TD_TRY(td_staged_put(t, &s));
        TD_TRY(td_staged_put(t, &s));
    }
    for (uint8_t i = 0; i < TD_STAGED_MAX + 3; i++) {
        bool gone = i == 5 || i == 0 || i == 1;

        s.peer.b[0] = i;
        assert_err(gone ? TANDEM_ENOTFOUND : TANDEM_OK,
            td_staged_get(t, &s.peer, &b, &s));
    }
    td_buf_deinit(&b);
    return TANDEM_OK;
}

static void
test_what_is_kept_of_cut_segments_is_bounded(void **state)
{
    struct world w;

    (void)state;
    world_begin(&w, 19, 1, 1);
    ok(td_store_write(w.d[0].r->store, stage_many, NULL, NULL));
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
    for (size_t limit = 0; limit < 16; limit++) { // of 14 messages
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_link_cut_after_any_message_is_made_good_by_the_next),
        cmocka_unit_test(test_a_newcomer_cut_after_any_message_goes_on),
        cmocka_unit_test(test_half_a_segment_goes_on_at_the_frame),
        cmocka_unit_test(test_half_a_segment_goes_on_though_the_rest_grew),
        cmocka_unit_test(test_what_is_half_here_goes_before_what_is_not),
        cmocka_unit_test(test_bytes_that_are_others_are_not_gone_on_from),
        cmocka_unit_test(test_a_segment_gone_on_with_lies_is_asked_for_anew),
        cmocka_unit_test(test_what_is_kept_of_cut_segments_is_bounded),
        cmocka_unit_test(test_cut_and_swollen_messages_change_nothing),
        cmocka_unit_test(
            test_any_message_at_any_place_is_taken_or_ends_the_session),
        cmocka_unit_test(test_random_frames_never_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
