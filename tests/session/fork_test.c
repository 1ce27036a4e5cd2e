// SPDX-License-Identifier: Apache-2.0
// fork_test.c - a log written twice, by a device and its copy: said, proven,
// and no hindrance to the rest.
#include "session/carry.h"
#include "session/state.h"

static size_t
forked_logs(struct td_replica *r)
{
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;
    size_t count, n = 0;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    ok(td_store_read(r->store, &t));
    ok(td_log_list(t, NULL, &arena, &logs, &count));
    td_store_read_end(t);
    for (size_t i = 0; i < count; i++) {
        n += logs[i].forked ? 1 : 0;
    }
    td_arena_deinit(&arena);
    return n;
}

static tandem_right
right_of(struct td_replica *at, struct td_replica *of, tandem_id sector)
{
    tandem_device_id id = td_replica_device(of);

    return td_member_right(at->member, &id, sector);
}

// Two devices that met, and a third that is a copy of the second.
static void
begin_copied(struct world *w)
{
    world_begin(w, 22, 2, 1);
    (void)world_sheet(w, w->d[0].r, 0, "M. A.");
    (void)world_sheet(w, w->d[1].r, 0, "M. B.");
    (void)meet(w, w->d[0].r, w->d[1].r);
    (void)world_copy(w, &w->d[1]);
}

static void
test_a_log_written_twice_is_said_and_the_rest_goes_on(void **state)
{
    struct world w;
    struct td_replica *a, *b, *copy;
    tandem_report r;

    (void)state;
    for (int longer = 0; longer < 2; longer++) {
        begin_copied(&w);
        a = w.d[0].r;
        b = w.d[1].r;
        copy = w.d[2].r;
        (void)world_sheet(&w, b, 0, "M. ICI");
        (void)world_sheet(&w, copy, 0, "M. LÀ");
        if (longer == 1) {
            (void)world_sheet(&w, copy, 0, "M. LÀ-BAS");
        }
        (void)meet(&w, a, b);
        (void)world_sheet(&w, a, 0, "M. A.");
        r = meet(&w, a, copy);
        assert_true(r.commits_sent >= 2); // the rest went, and a branch
        assert_int_equal(1, r.forks);
        assert_true(r.receipt);
        // Each was given the other branch, which proves it.
        assert_int_equal(2, forked_logs(copy));
        assert_int_equal(2, forked_logs(a));
        r = meet(&w, copy, a);
        assert_int_equal(0, r.forks);
        (void)meet(&w, a, b);
        for (size_t i = 0; i < w.count; i++) {
            struct td_replica *one = w.d[i].r;

            assert_int_equal(1, world_found_by(one, F_NAME, "m. ici"));
            assert_int_equal(1, world_found_by(one, F_NAME, "m. lÀ"));
            assert_int_equal(1, world_stats(one).forks);
            assert_int_equal(0, world_verify(one));
        }
        world_assert_equal(a, b);
        world_assert_equal(a, copy);
        world_deinit(&w);
    }
}

static void
test_who_meets_a_fork_knows_it_whatever_its_clock_says(void **state)
{
    struct td_replica *a;
    struct world w;
    tandem_id id;

    (void)state;
    begin_copied(&w);
    a = w.d[0].r;
    a->clock.last = td_clock_at(w.now_ms + (int64_t)9 * 86400 * 1000);
    id = world_sheet(&w, w.d[1].r, 0, "M. ICI");
    (void)world_sheet(&w, w.d[2].r, 0, "M. LÀ");
    (void)meet(&w, a, w.d[1].r);
    (void)meet(&w, a, w.d[2].r);
    world_set(&w, a, id, F_NOTE, "vu");
    (void)meet(&w, a, w.d[1].r);
    (void)meet(&w, a, w.d[2].r);
    for (size_t i = 0; i < w.count; i++) {
        assert_int_equal(0, world_verify(w.d[i].r));
        world_assert_equal(a, w.d[i].r);
    }
    world_deinit(&w);
}

// The office itself was copied: each makes a sector and gives it to another
// device, in one control log. Whoever met both knows both.
static void
test_a_control_log_written_twice_counts_on_both_branches(void **state)
{
    struct td_replica *office, *copy, *one, *two;
    struct world w;
    tandem_device_id id;
    tandem_id here, there;

    (void)state;
    world_begin(&w, 23, 3, 1);
    copy = world_copy(&w, &w.d[0]);
    office = w.d[0].r;
    one = w.d[1].r;
    two = w.d[2].r;
    ok(td_replica_sector_add(office, "ICI", w.now_ms, &here, NULL));
    ok(td_replica_sector_add(copy, "LÀ", w.now_ms, &there, NULL));
    id = td_replica_device(one);
    ok(td_replica_grant(office, &id, here, TANDEM_RIGHT_AGENT, NULL));
    id = td_replica_device(two);
    ok(td_replica_grant(copy, &id, there, TANDEM_RIGHT_AGENT, NULL));
    (void)meet(&w, one, office);
    (void)meet(&w, two, copy);
    assert_int_equal(TANDEM_RIGHT_AGENT, right_of(one, one, here));
    assert_int_equal(TANDEM_RIGHT_NONE, right_of(one, two, there));
    for (int round = 0; round < 2; round++) {
        (void)meet(&w, one, two);
        (void)meet(&w, one, office);
        (void)meet(&w, two, copy);
    }
    for (size_t i = 0; i < w.count; i++) {
        assert_int_equal(TANDEM_RIGHT_AGENT, right_of(w.d[i].r, one, here));
        assert_int_equal(TANDEM_RIGHT_AGENT, right_of(w.d[i].r, two, there));
        assert_true(world_stats(w.d[i].r).forks >= 1);
        assert_int_equal(0, world_verify(w.d[i].r));
    }
    world_assert_equal(office, copy);
    world_deinit(&w);
}

// The office holds the point where a log parts amid a segment, with no
// signature there, and so many entries on either side of it that only together
// they are more than a segment takes. It passes both branches on all the same.
static void
test_a_branch_that_begins_amid_a_segment_is_passed_on(void **state)
{
    enum { SOME = TD_SIGN_COMMITS / 2 + 2 };
    struct td_replica *office, *copy, *signs, *late;
    struct world w;

    (void)state;
    world_begin(&w, 25, 4, 1);
    office = w.d[0].r;
    signs = w.d[2].r;
    late = w.d[3].r;
    (void)world_sheet(&w, w.d[1].r, 0, "M. B.");
    (void)meet(&w, w.d[1].r, office);
    (void)meet(&w, office, late);
    for (size_t i = 0; i < SOME; i++) {
        (void)world_sheet(&w, w.d[1].r, 0, "M. B.");
    }
    copy = world_copy(&w, &w.d[1]);
    (void)world_sheet(&w, w.d[1].r, 0, "M. ICI");
    (void)meet(&w, w.d[1].r, office);
    (void)meet(&w, copy, signs); // where it leaves the other one
    for (size_t i = 0; i < SOME; i++) {
        (void)world_sheet(&w, copy, 0, i == 0 ? "M. LÀ" : "M. B.");
    }
    (void)meet(&w, copy, office);
    (void)meet(&w, office, late);
    (void)meet(&w, late, signs);
    (void)meet(&w, signs, w.d[1].r);
    (void)meet(&w, signs, copy);
    for (size_t i = 0; i < w.count; i++) {
        assert_int_equal(1, world_found_by(w.d[i].r, F_NAME, "m. ici"));
        assert_int_equal(1, world_found_by(w.d[i].r, F_NAME, "m. lÀ"));
        assert_int_equal(0, world_verify(w.d[i].r));
        world_assert_equal(office, w.d[i].r);
    }
    world_deinit(&w);
}

// A note kept in memory.
struct kept {
    uint8_t bytes[TD_SENT_BYTES_MAX];
    size_t len; // 0: none
    struct td_keeper keeper;
};

static tandem_err
kept_load(void *ctx, struct td_buf *out)
{
    struct kept *k = ctx;

    td_buf_put(out, k->bytes, k->len);
    return k->len == 0 ? TANDEM_ENOTFOUND : out->err;
}

static tandem_err
kept_save(void *ctx, tandem_slice bytes)
{
    struct kept *k = ctx;

    assert_true(bytes.len <= sizeof(k->bytes));
    memcpy(k->bytes, bytes.ptr, bytes.len);
    k->len = bytes.len;
    return TANDEM_OK;
}

static void
put_back(const struct help_dir *from, const struct help_dir *to)
{
    static const char *names[] = {"data.mdb", "keys"};

    for (size_t i = 0; i < 2; i++) { // into the files that stand there
        char command[1200];

        (void)snprintf(command, sizeof(command), "cat '%s/%s' > '%s/%s'",
            from->path, names[i], to->path, names[i]);
        assert_int_equal(0, system(command));
    }
}

// What a store had told nobody leaves with a copy of its folder, and an older
// state is put back: its note cannot know. Its log is written twice, until it
// hears of that; nothing is lost.
static void
test_a_copy_tells_what_the_store_put_back_had_told_nobody(void **state)
{
    struct kept k = {.len = 0}, none = {.len = 0};
    struct device *copy;
    struct help_dir old;
    uint8_t before[16];
    struct world w;

    (void)state;
    k.keeper = (struct td_keeper){kept_load, kept_save, &k};
    none.keeper = (struct td_keeper){kept_load, kept_save, &none};
    world_begin(&w, 24, 2, 1);
    device_close(&w.d[1]);
    w.d[1].keeper = &k.keeper;
    device_open(&w.d[1], false);
    (void)world_sheet(&w, w.d[1].r, 0, "M. B.");
    (void)meet(&w, w.d[0].r, w.d[1].r);
    memcpy(before, w.d[1].r->incarnation, sizeof(before));
    device_close(&w.d[1]);
    world_copy_store(&w.d[1].dir, &old);
    device_open(&w.d[1], false);
    (void)world_sheet(&w, w.d[1].r, 0, "M. PARTI");
    device_close(&w.d[1]);
    copy = &w.d[w.count++];
    copy->sys = w.d[1].sys;
    copy->keeper = &none.keeper;
    world_copy_store(&w.d[1].dir, &copy->dir);
    put_back(&old, &w.d[1].dir);
    device_open(&w.d[1], false);
    device_open(copy, false);
    assert_memory_equal(before, w.d[1].r->incarnation, sizeof(before));
    assert_memory_not_equal(before, copy->r->incarnation, sizeof(before));
    (void)meet(&w, w.d[0].r, copy->r);
    (void)world_sheet(&w, w.d[1].r, 0, "M. ICI"); // where the other one stood
    (void)meet(&w, w.d[0].r, w.d[1].r);
    assert_memory_not_equal(before, w.d[1].r->incarnation, sizeof(before));
    (void)world_sheet(&w, w.d[1].r, 0, "M. APRÈS");
    (void)meet(&w, w.d[0].r, w.d[1].r);
    (void)meet(&w, w.d[0].r, copy->r);
    for (size_t i = 0; i < w.count; i++) {
        assert_int_equal(1, world_found_by(w.d[i].r, F_NAME, "m. parti"));
        assert_int_equal(1, world_found_by(w.d[i].r, F_NAME, "m. ici"));
        assert_int_equal(1, world_stats(w.d[i].r).forks);
        assert_int_equal(0, world_verify(w.d[i].r));
        world_assert_equal(w.d[0].r, w.d[i].r);
    }
    help_dir_free(&old);
    world_deinit(&w);
}

// Sessions that are cut later and later: the first after which it is known here
// that a log of ours went on.
static struct carry
until_known(struct world *w, const uint8_t before[16])
{
    struct carry c = {.limit = 0};

    for (size_t limit = 1; limit < 40; limit++) {
        carry_init(&c, w, w->d[1].r, w->d[0].r);
        c.one_by_one = true;
        c.limit = limit;
        carry_run(&c);
        if (memcmp(before, w->d[1].r->incarnation, 16) != 0) {
            return c;
        }
        carry_deinit(&c);
    }
    fail_msg("never known");
    return c;
}

// A store was put back behind what it told, and keeps no note.
static void
put_back_behind(struct world *w, uint64_t seed, uint8_t before[16])
{
    struct help_dir old;

    world_begin(w, seed, 2, 1);
    (void)world_sheet(w, w->d[1].r, 0, "M. A.");
    (void)meet(w, w->d[1].r, w->d[0].r);
    device_close(&w->d[1]);
    world_copy_store(&w->d[1].dir, &old);
    device_open(&w->d[1], false);
    (void)world_sheet(w, w->d[1].r, 0, "M. PARTI");
    (void)meet(w, w->d[1].r, w->d[0].r);
    (void)world_sheet(w, w->d[0].r, 0, "M. AUTRE");
    device_close(&w->d[1]);
    put_back(&old, &w->d[1].dir);
    help_dir_free(&old);
    device_open(&w->d[1], false);
    memcpy(before, w->d[1].r->incarnation, 16);
}

static void
assert_known_first(struct world *w, const uint8_t before[16])
{
    assert_memory_not_equal(before, w->d[1].r->incarnation, 16);
    assert_int_equal(1, world_found_by(w->d[1].r, F_NAME, "m. parti"));
    assert_int_equal(0, world_found_by(w->d[1].r, F_NAME, "m. autre"));
}

// The office says so, the link breaks, the program ends: what is typed next is
// in another log. It is known before anything else of what the office brings.
static void
test_that_our_log_went_on_is_known_before_all_else(void **state)
{
    uint8_t before[16];
    struct world w;
    struct carry c;

    (void)state;
    for (uint64_t seed = 26; seed < 30; seed++) { // whatever log is first by id
        put_back_behind(&w, seed, before);
        c = until_known(&w, before);
        assert_known_first(&w, before);
        carry_deinit(&c);
        device_close(&w.d[1]);
        device_open(&w.d[1], false);
        assert_memory_not_equal(before, w.d[1].r->incarnation, sizeof(before));
        (void)world_sheet(&w, w.d[1].r, 0, "M. APRÈS");
        (void)meet(&w, w.d[1].r, w.d[0].r);
        for (size_t i = 0; i < w.count; i++) {
            assert_int_equal(0, world_stats(w.d[i].r).forks);
            assert_int_equal(0, world_verify(w.d[i].r));
        }
        world_assert_equal(w.d[0].r, w.d[1].r);
        world_deinit(&w);
    }
}

// A carrier that writes elsewhere has to, once that segment is whole, before it
// takes or gives anything more.
static void
test_that_our_log_went_on_is_written_first(void **state)
{
    struct td_session_setup o = {.initiator = true, .outside = true};
    struct td_session_write *write;
    bool ours = false;
    uint8_t before[16];
    struct world w;
    struct carry c;

    (void)state;
    put_back_behind(&w, 30, before);
    carry_init(&c, &w, w.d[1].r, w.d[0].r);
    td_session_free(c.s[0]);
    o.peer = td_replica_device(w.d[0].r);
    o.rng = help_rng(&w.random);
    ok(td_session_new(w.d[1].r, &o, &c.s[0], NULL));
    while (!ours) {
        ours = td_batch_ours(c.s[0]);
        if (!ours && !td_session_write_first(c.s[0])) {
            assert_true(carry_one(&c, 0) || carry_one(&c, 1));
            continue;
        }
        assert_true(td_session_write_first(c.s[0]));
        assert_int_equal(0, td_session_give(c.s[0], w.now_ms).len);
        ok(td_session_write_begin(c.s[0], w.now_ms, &write));
        td_session_write_run(write);
        ok(td_session_write_end(write, w.now_ms));
    }
    assert_known_first(&w, before);
    carry_deinit(&c);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_log_written_twice_is_said_and_the_rest_goes_on),
        cmocka_unit_test(
            test_who_meets_a_fork_knows_it_whatever_its_clock_says),
        cmocka_unit_test(
            test_a_control_log_written_twice_counts_on_both_branches),
        cmocka_unit_test(test_a_branch_that_begins_amid_a_segment_is_passed_on),
        cmocka_unit_test(
            test_a_copy_tells_what_the_store_put_back_had_told_nobody),
        cmocka_unit_test(test_that_our_log_went_on_is_known_before_all_else),
        cmocka_unit_test(test_that_our_log_went_on_is_written_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
