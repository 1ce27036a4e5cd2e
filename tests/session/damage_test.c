// SPDX-License-Identifier: Apache-2.0
// damage_test.c - a row of commits that cannot be read any more sets its log
// apart where it matters; everything else is exchanged, and what comes again
// makes the row whole.
#include "session/carry.h"
#include "session/state.h"

struct spoil {
    uint32_t number;
    uint64_t seq;
    bool there;
};

static tandem_err
spoil_row(struct td_txn *t, void *ctx)
{
    struct spoil *s = ctx;
    uint8_t key[12];

    td_put_be32(key, s->number);
    td_put_be64(key + 4, s->seq);
    s->there = td_has(t, TD_T_COMMITS, (tandem_slice){key, sizeof(key)});
    // Another's seal: the row does not open as what it is.
    return td_put(t, TD_T_COMMITS, (tandem_slice){key, sizeof(key)},
        TD_SEAL_INDEX, td_slice_str("spoilt"));
}

// The log that `author` writes in a sector, as it stands at `at`.
static struct td_log_info
log_of(struct td_replica *at, struct td_replica *author, tandem_id sector)
{
    struct td_log_info *logs, out = {0};
    struct td_arena arena;
    struct td_txn *t;
    size_t count;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    ok(td_store_read(at->store, &t));
    ok(td_log_list(t, &sector, &arena, &logs, &count));
    td_store_read_end(t);
    for (size_t i = 0; i < count; i++) {
        if (td_device_cmp(logs[i].device, td_replica_device(author)) == 0) {
            out = logs[i];
        }
    }
    td_arena_deinit(&arena);
    return out;
}

static void
spoil(struct td_replica *at, struct td_replica *author, tandem_id sector,
    uint64_t seq)
{
    struct spoil s = {.number = log_of(at, author, sector).number, .seq = seq};

    ok(td_store_write(at->store, spoil_row, &s, NULL));
    assert_true(s.there);
}

static tandem_err
chain_of(struct td_replica *at, const struct td_log_info *log, uint64_t seq)
{
    struct td_hash chain;
    struct td_txn *t;
    tandem_err err;

    ok(td_store_read(at->store, &t));
    err = td_commit_chain(t, log->number, seq, &chain);
    td_store_read_end(t);
    return err;
}

static void
carry(struct world *w, struct td_replica *a, struct td_replica *b,
    tandem_report out[2])
{
    struct carry c;

    carry_init(&c, w, a, b);
    carry_run(&c);
    out[0] = carry_report(&c, 0);
    out[1] = carry_report(&c, 1);
    carry_deinit(&c);
}

// Who gives cannot read an entry of one log, whichever sector comes first: what
// it wrote in the other one goes over.
static void
test_a_damaged_entry_does_not_stop_who_gives(void **state)
{
    tandem_report r[2];
    struct world w;

    (void)state;
    for (size_t spoilt = 0; spoilt < 2; spoilt++) {
        world_begin(&w, 93, 2, 2);
        for (int i = 0; i < 4; i++) {
            (void)world_sheet(&w, w.d[1].r, spoilt, "M. A.");
        }
        (void)world_sheet(&w, w.d[1].r, 1 - spoilt, "M. B.");
        spoil(w.d[1].r, w.d[1].r, w.sectors[spoilt], 2);
        for (int again = 0; again < 2; again++) {
            carry(&w, w.d[0].r, w.d[1].r, r);
            assert_int_equal(0, r[0].apart_damaged);
            assert_int_equal(1, r[0].apart_there);
        }
        assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "m. b."));
        assert_int_equal(0, world_verify(w.d[0].r));
        world_deinit(&w);
    }
}

// Who compares cannot read the entry that the peer's head is: it is asked for,
// and stands again.
static void
test_a_damaged_entry_comes_again_from_who_has_it(void **state)
{
    tandem_report r[2];
    struct td_log_info log;
    struct world w;

    (void)state;
    world_begin(&w, 94, 3, 1);
    (void)world_sheet(&w, w.d[1].r, 0, "M. A.");
    (void)meet(&w, w.d[1].r, w.d[0].r);
    (void)meet(&w, w.d[2].r, w.d[0].r); // which knows the log so far
    (void)world_sheet(&w, w.d[1].r, 0, "M. A.");
    (void)meet(&w, w.d[1].r, w.d[0].r);
    log = log_of(w.d[1].r, w.d[1].r, w.sectors[0]);
    spoil(w.d[1].r, w.d[1].r, w.sectors[0], 1);
    assert_err(TANDEM_ECORRUPT, chain_of(w.d[1].r, &log, 1));
    (void)world_sheet(&w, w.d[2].r, 0, "M. C.");
    carry(&w, w.d[1].r, w.d[2].r, r);
    assert_int_equal(1, world_found_by(w.d[1].r, F_NAME, "m. c."));
    assert_err(TANDEM_OK, chain_of(w.d[1].r, &log, 1));
    (void)meet(&w, w.d[1].r, w.d[2].r);
    world_assert_equal(w.d[1].r, w.d[2].r);
    assert_int_equal(0, world_verify(w.d[1].r));
    world_deinit(&w);
}

// Devices that know each other.
static void
begin_known(struct world *w, uint64_t seed)
{
    world_begin(w, seed, 4, 2);
    for (size_t k = 0; k < 2; k++) { // their names too
        for (size_t i = 1; i < w->count; i++) {
            (void)meet(w, w->d[i].r, w->d[0].r);
        }
    }
}

// Twice, for the second time they have met before.
static void
apart_on_one_side(struct world *w, struct td_replica *damaged,
    struct td_replica *other, const char *name)
{
    tandem_report r[2];

    for (int again = 0; again < 2; again++) {
        (void)world_sheet(w, other, 1, name);
        carry(w, damaged, other, r);
        assert_int_equal(TANDEM_SESSION_DONE, r[0].state);
        assert_int_equal(TANDEM_SESSION_DONE, r[1].state);
        assert_int_equal(1, r[0].apart_damaged);
        assert_int_equal(0, r[0].apart_there);
        assert_int_equal(0, r[1].apart_damaged);
        assert_int_equal(1, r[1].apart_there);
        assert_int_equal(1 + again, world_found_by(damaged, F_NAME, name));
    }
}

// Who hears an entry again can read neither its own row of it nor the next one,
// which would show what it was: the log is set apart, the rest comes.
static void
test_damage_behind_the_end_of_what_is_heard_sets_it_apart(void **state)
{
    struct td_replica *author, *longer, *shorter;
    struct world w;

    (void)state;
    begin_known(&w, 104);
    author = w.d[3].r;
    longer = w.d[1].r;
    shorter = w.d[2].r;
    for (int i = 0; i < 4; i++) { // a row each
        (void)world_sheet(&w, author, 0, "M. A.");
        (void)meet(&w, author, longer);
        if (i == 1) {
            (void)meet(&w, author, shorter);
        }
    }
    spoil(longer, author, w.sectors[0], 2);
    spoil(longer, author, w.sectors[0], 3);
    apart_on_one_side(&w, longer, shorter, "m. b.");
    world_deinit(&w);
}

// Two branches of one log. The other side has the beginning of ours behind a
// longer one, so it asks where ours begins; what comes next cannot be read here
// and nothing of it is given.
static void
test_a_branch_that_cannot_be_read_behind_its_fork_is_set_apart(void **state)
{
    struct td_replica *here, *copy, *office, *other;
    struct world w;

    (void)state;
    for (uint64_t seed = 105; seed < 107; seed++) { // either log first
        begin_known(&w, seed);
        office = w.d[1].r;
        other = w.d[2].r;
        (void)world_sheet(&w, w.d[3].r, 0, "M. A.");
        (void)meet(&w, w.d[3].r, office);
        (void)meet(&w, w.d[3].r, other);
        copy = world_copy(&w, &w.d[3]);
        here = w.d[3].r;
        for (int i = 0; i < 2; i++) {
            (void)world_sheet(&w, here, 0, "M. ICI");
        }
        (void)world_sheet(&w, copy, 0, "M. LÀ");
        (void)meet(&w, copy, other);
        for (int i = 0; i < 3; i++) {
            (void)meet(&w, copy, office);
            (void)world_sheet(&w, copy, 0, "M. LÀ");
        }
        (void)meet(&w, here, other);
        spoil(office, copy, w.sectors[0], 3);
        apart_on_one_side(&w, office, other, "m. b.");
        assert_int_equal(2, world_found_by(office, F_NAME, "m. ici"));
        world_deinit(&w);
    }
}

// Who hears cannot read the entry that says what the author had seen: what
// follows waits, and takes effect once that entry is heard again.
static void
test_what_follows_a_damaged_entry_waits_for_it(void **state)
{
    struct td_log_info log;
    struct td_heard heard;
    tandem_report r[2];
    struct world w;

    (void)state;
    world_begin(&w, 100, 2, 2);
    (void)world_sheet(&w, w.d[1].r, 0, "M. A.");
    (void)meet(&w, w.d[1].r, w.d[0].r);
    log = log_of(w.d[0].r, w.d[1].r, w.sectors[0]);
    spoil(w.d[0].r, w.d[1].r, w.sectors[0], 0);
    (void)world_sheet(&w, w.d[1].r, 0, "M. D.");
    (void)world_sheet(&w, w.d[1].r, 1, "M. B.");
    carry(&w, w.d[1].r, w.d[0].r, r);
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "m. b."));
    assert_int_equal(0, world_found_by(w.d[0].r, F_NAME, "m. d."));
    assert_int_equal(1, world_stats(w.d[0].r).waiting);
    world_force(&w, w.d[1].r, w.d[0].r, log.id, false, &heard); // once more
    assert_int_equal(2, heard.mended); // the two of that row
    assert_int_equal(0, heard.commits);
    assert_err(TANDEM_OK, chain_of(w.d[0].r, &log, 0));
    assert_int_equal(0, world_stats(w.d[0].r).waiting);
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "m. d."));
    world_assert_equal(w.d[0].r, w.d[1].r);
    assert_int_equal(0, world_verify(w.d[0].r));
    world_deinit(&w);
}

// Its commit has no name any more, so it cannot be asked for; others can.
static void
test_a_missing_payload_of_a_damaged_entry_lets_sessions_begin(void **state)
{
    tandem_report r[2];
    struct world w;

    (void)state;
    world_begin(&w, 95, 2, 2);
    (void)world_sheet(&w, w.d[1].r, 0, "M. A.");
    (void)world_sheet(&w, w.d[1].r, 1, "M. B.");
    (void)world_push_some(&w, w.d[1].r, w.d[0].r, DATA, true); // all absent
    spoil(w.d[0].r, w.d[1].r, w.sectors[0], 0);
    carry(&w, w.d[0].r, w.d[1].r, r);
    assert_int_equal(TANDEM_SESSION_DONE, r[0].state);
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "m. b."));
    world_deinit(&w);
}

static void
test_a_damaged_entry_does_not_stop_typing(void **state)
{
    struct world w;

    (void)state;
    world_begin(&w, 101, 2, 1);
    (void)world_sheet(&w, w.d[1].r, 0, "M. A.");
    spoil(w.d[1].r, w.d[1].r, w.sectors[0], 0);
    (void)world_sheet(&w, w.d[1].r, 0, "M. B.");
    assert_int_equal(1, world_found_by(w.d[1].r, F_NAME, "m. b."));
    world_deinit(&w);
}

static void
test_ours_is_given_though_its_list_of_heads_is_damaged(void **state)
{
    struct td_log_info log;
    struct world w;
    struct carry c;

    (void)state;
    world_begin(&w, 95, 2, 1);
    (void)world_sheet(&w, w.d[1].r, 0, "M. A.");
    (void)meet(&w, w.d[0].r, w.d[1].r);
    (void)world_sheet(&w, w.d[1].r, 0, "M. B.");
    log = log_of(w.d[1].r, w.d[1].r, w.sectors[0]);
    spoil_heads(w.d[1].r, w.sectors[0]);
    carry_init(&c, &w, w.d[0].r, w.d[1].r);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    assert_true(c.s[1]->fin_mine.lsn >= log.head_lsn);
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "m. b."));
    carry_deinit(&c);
    assert_int_equal(1, meet(&w, w.d[0].r, w.d[1].r).round_trips);
    world_deinit(&w);
}

static void
test_lsns_still_rise_where_a_row_is_written_again(void **state)
{
    struct td_log_info log, at0, known;
    struct td_heard heard;
    struct td_head head;
    struct td_txn *t;
    struct world w;
    uint64_t lsn;

    (void)state;
    world_begin(&w, 96, 2, 2);
    for (int i = 0; i < 3; i++) {
        (void)world_sheet(&w, w.d[1].r, 0, "M. A.");
    }
    (void)meet(&w, w.d[0].r, w.d[1].r);
    lsn = log_of(w.d[1].r, w.d[1].r, w.sectors[0]).head_lsn;
    for (int i = 0; i < 20; i++) {
        (void)world_sheet(&w, w.d[1].r, 1, "M. B.");
    }
    (void)world_sheet(&w, w.d[1].r, 0, "M. C.");
    log = log_of(w.d[1].r, w.d[1].r, w.sectors[0]);
    ok(td_store_read(w.d[1].r->store, &t));
    ok(td_log_as_of(t, &log, lsn + 5, &head));
    td_store_read_end(t);
    assert_int_equal(3, head.seq);
    spoil(w.d[1].r, w.d[1].r, w.sectors[0], 2);
    at0 = log_of(w.d[0].r, w.d[1].r, w.sectors[0]);
    assert_true(
        world_hand(&w, w.d[0].r, w.d[1].r, &at0, &known, true, false, &heard));
    assert_int_equal(3, at0.head_seq); // and so the entry that is spoilt
    ok(td_store_read(w.d[1].r->store, &t));
    ok(td_log_as_of(t, &log, lsn + 5, &head));
    td_store_read_end(t);
    assert_int_equal(3, head.seq);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lsns_still_rise_where_a_row_is_written_again),
        cmocka_unit_test(
            test_ours_is_given_though_its_list_of_heads_is_damaged),
        cmocka_unit_test(test_a_damaged_entry_does_not_stop_who_gives),
        cmocka_unit_test(test_a_damaged_entry_comes_again_from_who_has_it),
        cmocka_unit_test(
            test_damage_behind_the_end_of_what_is_heard_sets_it_apart),
        cmocka_unit_test(
            test_a_branch_that_cannot_be_read_behind_its_fork_is_set_apart),
        cmocka_unit_test(test_what_follows_a_damaged_entry_waits_for_it),
        cmocka_unit_test(
            test_a_missing_payload_of_a_damaged_entry_lets_sessions_begin),
        cmocka_unit_test(test_a_damaged_entry_does_not_stop_typing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
