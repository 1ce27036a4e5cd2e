// SPDX-License-Identifier: Apache-2.0
// fault_test.c - memory that runs out at every allocation, and a map that must
// grow in the middle: nothing half done, nothing leaked.
#include "replica/world.h"

#define TRIES_MAX 20000

static void
oom_a_commit_is_whole_or_not_at_all(void **state)
{
    struct world w;
    struct td_replica *r;
    size_t tries = 0;
    bool done;
    tandem_err err;
    tandem_id id;

    (void)state;
    world_init(&w, 40);
    world_found(&w, 1, 1, TANDEM_RIGHT_AGENT);
    r = w.d[0].r;
    id = world_sheet(&w, r, 0, "Anne");
    do {
        const tandem_stats before = world_stats(r);
        struct td_snapshot s;
        struct typing t;

        assert_true(++tries < TRIES_MAX);
        ok(td_replica_read(r, id, &s));
        typing_init(&t);
        typing_set(&t, F_NAME, "Bea");
        typing_set(&t, F_NOTE, "more");
        world_fail_at = tries;
        err = typing_commit(&t, &w, r, s.sector, id, s.state);
        done = world_fail_at > 0; // never reached: the last try
        world_fail_at = 0;
        if (done) {
            ok(err);
        } else {
            const tandem_stats after = world_stats(r);

            // Some failures only cost an optional buffer.
            assert_true(err == TANDEM_OK || err == TANDEM_ENOMEM);
            assert_int_equal(
                before.changes + (err == TANDEM_OK), after.changes);
        }
        typing_deinit(&t);
        td_snapshot_deinit(&s);
        if (tries % 16 == 0) {
            assert_int_equal(0, world_verify(r));
        }
    } while (!done);
    assert_true(tries > 10);
    assert_int_equal(0, world_verify(r));
    world_deinit(&w);
}

static void
oom_a_segment_is_heard_whole_or_not_at_all(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    struct td_log_id logs[64];
    struct td_log_info log;
    struct td_heard heard;
    size_t n, tries = 0;
    bool done = false;

    (void)state;
    world_init(&w, 41);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    a = w.d[0].r;
    b = w.d[1].r;
    (void)world_sheet(&w, a, 0, "Anne");
    (void)world_sheet(&w, a, 0, "Bea");
    n = world_logs(a, DATA, logs);
    for (size_t i = 0; i < n; i++) {
        assert_true(world_known(a, logs[i], &log));
        if (td_id_cmp(log.sector, w.sectors[0]) == 0) {
            logs[0] = logs[i];
            break;
        }
    }
    while (!done) {
        struct world_push p = {.author = td_replica_author(a), .id = logs[0]};
        struct td_signed_head head;
        struct td_segment segment;
        struct td_arena arena;
        struct td_txn *t;
        struct td_buf bytes;
        uint64_t changes;
        tandem_err err;

        assert_true(++tries < TRIES_MAX);
        ok(td_store_write(a->store, world_sign, &p, NULL));
        ok(td_store_read(a->store, &t));
        ok(td_head_reach(t, &p.log, true, 0, &head));
        td_buf_init(&bytes, NULL, TD_SEGMENT_BYTES_MAX);
        ok(td_replica_tell(
            a, t, &p.log, true, 0, head.head.seq, &bytes, &changes, NULL));
        td_store_read_end(t);
        td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
        ok(td_segment_read(td_buf_slice(&bytes), &b->workspace, NULL, &head,
            &arena, &segment));
        world_fail_at = tries;
        err = td_replica_hear(b, &segment, 1, w.now_ms, &heard, NULL);
        world_fail_at = 0;
        assert_true(err == TANDEM_OK || err == TANDEM_ENOMEM);
        done = err == TANDEM_OK;
        assert_int_equal(done, world_found_by(b, F_NAME, "anne"));
        td_arena_deinit(&arena);
        td_buf_deinit(&bytes);
    }
    assert_true(tries > 10);
    assert_int_equal(0, world_verify(b));
    world_push(&w, a, b);
    world_assert_equal(a, b);
    world_deinit(&w);
}

static void
test_a_map_that_grows_in_the_middle_changes_nothing_else(void **state)
{
    struct world w;
    struct typing t;

    (void)state;
    world_map_bytes = (uint64_t)256 << 10;
    world_init(&w, 42);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    for (int i = 0; i < 60; i++) {
        char text[4000];

        memset(text, 'a' + i % 26, sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        typing_init(&t);
        typing_set(&t, F_NAME, "long");
        typing_set(&t, F_NOTE, text);
        ok(typing_commit(&t, &w, w.d[0].r, w.sectors[0], world_id(&w), NULL));
        typing_deinit(&t);
    }
    assert_true(td_store_bytes(w.d[0].store) > world_map_bytes);
    world_push(&w, w.d[0].r, w.d[1].r);
    world_map_bytes = 0;
    world_assert_equal(w.d[0].r, w.d[1].r);
    assert_int_equal(60, world_found_by(w.d[1].r, F_NAME, "long"));
    assert_int_equal(0, world_verify(w.d[0].r));
    assert_int_equal(0, world_verify(w.d[1].r));
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oom_a_commit_is_whole_or_not_at_all),
        cmocka_unit_test(oom_a_segment_is_heard_whole_or_not_at_all),
        cmocka_unit_test(
            test_a_map_that_grows_in_the_middle_changes_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
