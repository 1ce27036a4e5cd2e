// SPDX-License-Identifier: Apache-2.0
// branch_test.c - a member that writes its log over and over, each time from a
// copy of its store: more branches than are held, and what others do of it.
#include "session/carry.h"

#include "replica/commit.h"

struct forger {
    struct world w;
    struct td_replica *a, *b; // honest
    struct help_dir base;     // what every copy begins with
};

static void
copy_folder(const struct help_dir *from, struct help_dir *to)
{
    char command[700];

    help_dir_new(to);
    (void)snprintf(
        command, sizeof(command), "cp -r '%s' '%s'", from->path, to->path);
    assert_int_equal(0, system(command));
}

static void
forger_begin(struct forger *f)
{
    memset(f, 0, sizeof(*f));
    world_begin(&f->w, 92, 3, 1);
    f->a = f->w.d[0].r;
    f->b = f->w.d[1].r;
    (void)world_sheet(&f->w, f->w.d[2].r, 0, "first");
    (void)meet(&f->w, f->w.d[2].r, f->a);
    (void)meet(&f->w, f->b, f->a);
    device_close(&f->w.d[2]);
    copy_folder(&f->w.d[2].dir, &f->base);
    device_open(&f->w.d[2], false);
}

static void
forger_deinit(struct forger *f)
{
    help_dir_free(&f->base);
    world_deinit(&f->w);
}

// ------------------------------------------------------------------- writing

struct many {
    struct world *w;
    struct td_typed *typed;
    size_t count;
};

static tandem_err
write_many(struct td_work *work, void *ctx)
{
    struct many *m = ctx;
    struct td_place at;

    for (size_t i = 0; i < m->count; i++) {
        m->typed->record = world_id(m->w);
        TD_TRY(td_commit_typed(work, m->w->sectors[0], work->r->me, m->typed, 1,
            m->w->now_ms, &at));
    }
    return TANDEM_OK;
}

// So many sheets, a commit each, in one transaction.
static void
type_many(struct world *w, struct td_replica *r, size_t count)
{
    struct td_typed typed = {.kind = KIND_SHEET};
    struct many m = {.w = w, .typed = &typed, .count = count};
    struct typing t;

    typing_init(&t);
    typing_set(&t, F_NAME, "x");
    typed.ops = t.ops;
    typed.op_count = t.count;
    td_pack_tag("test.pack", typed.pack);
    ok(td_work_write(r, write_many, &m, NULL));
    typing_deinit(&t);
}

// --------------------------------------------------------------------- telling

static struct td_log_id
own_log(struct td_replica *r, tandem_id sector)
{
    struct td_log_id id = {{0}};
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;
    size_t count;

    td_arena_init(&arena, NULL, (size_t)4 << 20);
    ok(td_store_read(r->store, &t));
    ok(td_log_list(t, &sector, &arena, &logs, &count));
    td_store_read_end(t);
    for (size_t i = 0; i < count; i++) {
        if (td_device_cmp(logs[i].device, td_replica_device(r)) == 0) {
            id = logs[i].id;
        }
    }
    td_arena_deinit(&arena);
    return id;
}

// Its whole log, from entry 0, as a liar would send it.
static void
force(
    struct world *w, struct td_replica *from, struct td_replica *to, bool drop)
{
    struct td_heard heard;

    world_force(w, from, to, own_log(from, w->sectors[0]), drop, &heard);
}

// One more copy writes `count` sheets and tells them to `to`.
static void
branch_to(struct forger *f, struct td_replica *to, size_t count, bool drop)
{
    struct device *d = &f->w.d[f->w.count];

    memset(d, 0, sizeof(*d));
    d->sys = f->w.d[2].sys;
    copy_folder(&f->base, &d->dir);
    device_open(d, false);
    type_many(&f->w, d->r, count);
    force(&f->w, d->r, to, drop);
    device_close(d);
    help_dir_free(&d->dir);
}

// ------------------------------------------------------------------- behaviour

// Of the one log that was written many times.
static uint32_t
rows_of(struct td_replica *r)
{
    struct td_txn *t;
    uint32_t n;

    ok(td_store_read(r->store, &t));
    ok(td_log_branched(t, &n));
    td_store_read_end(t);
    return n + 1;
}

static struct td_peer
peer_of(struct td_replica *at, struct td_replica *of)
{
    tandem_device_id id = td_replica_device(of);
    struct td_peer p;

    ok(td_peer_get(at, &id, &p));
    return p;
}

// One device holds as many branches as it ever will; the other one others, of
// `count` entries, which so never go over: that log is set apart, both say so,
// and all the rest is exchanged, as soon and as often as ever.
static void
refused(size_t count)
{
    struct forger f;
    struct carry c;
    tandem_report r[2];
    uint64_t lsn = 0;

    forger_begin(&f);
    for (size_t i = 0; i < 100 && rows_of(f.a) < TD_BRANCH_ROWS_MAX; i++) {
        branch_to(&f, f.a, 1, false);
    }
    assert_int_equal(TD_BRANCH_ROWS_MAX, rows_of(f.a));
    for (size_t i = 0; i < 4; i++) { // some of which the other's do not cut
        branch_to(&f, f.b, count, false);
    }
    for (size_t i = 1; i <= 5; i++) {
        (void)world_sheet(&f.w, f.b, 0, "honest");
        f.w.now_ms += 1000;
        carry_init(&c, &f.w, f.b, f.a);
        carry_run(&c);
        carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        r[0] = carry_report(&c, 0);
        r[1] = carry_report(&c, 1);
        carry_deinit(&c);
        assert_int_equal(1, r[1].apart_forked);
        assert_int_equal(1, r[0].apart_there);
        assert_int_equal(0, r[0].apart_forked + r[1].apart_there);
        assert_int_equal(0, r[1].apart_limit + r[1].apart_damaged);
        assert_memory_equal(r[0].root, r[1].root, sizeof(r[0].root));
        assert_true(r[0].receipt);
        assert_int_equal(i, world_found_by(f.a, F_NAME, "honest"));
        assert_int_equal(f.w.now_ms, peer_of(f.a, f.b).last_sync_ms);
        assert_true(peer_of(f.a, f.b).their_lsn > lsn);
        lsn = peer_of(f.a, f.b).their_lsn;
        if (i > 2) { // what either set apart is not said again, nor given
            assert_int_equal(1, r[0].commits_sent);
            assert_int_equal(3, r[0].round_trips);
        }
    }
    assert_int_equal(TD_BRANCH_ROWS_MAX, rows_of(f.a));
    assert_int_equal(0, world_verify(f.a));
    forger_deinit(&f);
}

static void
test_a_branch_that_is_refused_stops_nothing_else(void **state)
{
    (void)state;
    refused(1);
}

// Its second segment follows what was refused.
static void
test_a_branch_that_is_refused_in_two_segments_stops_nothing_else(void **state)
{
    (void)state;
    refused(TD_SIGN_COMMITS + 4);
}

// Each holds as many branches as it ever will, and none of the other's.
static void
test_two_that_refuse_each_others_branches_come_to_one_set(void **state)
{
    struct forger f;
    tandem_report r;

    (void)state;
    forger_begin(&f);
    for (size_t i = 0; i < 100 && rows_of(f.b) < TD_BRANCH_ROWS_MAX; i++) {
        branch_to(&f, f.a, 1, false);
        branch_to(&f, f.b, 1, false);
    }
    assert_int_equal(TD_BRANCH_ROWS_MAX, rows_of(f.a));
    for (size_t i = 1; i <= 3; i++) {
        (void)world_sheet(&f.w, f.a, 0, "here");
        (void)world_sheet(&f.w, f.b, 0, "there");
        r = meet(&f.w, f.a, f.b);
        assert_int_equal(1, r.apart_forked);
        assert_int_equal(1, r.apart_there);
        assert_int_equal(i, world_found_by(f.a, F_NAME, "there"));
        assert_int_equal(i, world_found_by(f.b, F_NAME, "here"));
        if (i > 1) {
            assert_int_equal(1, r.commits_sent);
            assert_int_equal(1, r.commits_received);
            assert_int_equal(3, r.round_trips);
        }
    }
    assert_int_equal(0, world_verify(f.a));
    assert_int_equal(0, world_verify(f.b));
    forger_deinit(&f);
}

// Two honest devices hold as many branches as can be held, each others than the
// other one: of those that each tells some are cut while it does.
static void
test_a_branch_that_is_cut_after_it_was_told_ends_no_session(void **state)
{
    struct forger f;
    tandem_report r;

    (void)state;
    forger_begin(&f);
    for (size_t i = 0; i < TD_BRANCHES_MAX; i++) {
        branch_to(&f, f.a, 1, false);
        branch_to(&f, f.b, 1, false);
    }
    (void)world_sheet(&f.w, f.a, 0, "here");
    (void)world_sheet(&f.w, f.b, 0, "there");
    r = meet(&f.w, f.b, f.a);
    assert_int_equal(TD_BRANCHES_MAX, r.forks);
    assert_int_equal(2 * TD_BRANCHES_MAX, rows_of(f.a));
    assert_int_equal(2 * TD_BRANCHES_MAX, rows_of(f.b));
    assert_int_equal(1, world_found_by(f.a, F_NAME, "there"));
    assert_int_equal(1, world_found_by(f.b, F_NAME, "here"));
    r = meet(&f.w, f.a, f.b);
    assert_true(r.equal);
    assert_int_equal(1, r.round_trips);
    world_assert_equal(f.a, f.b);
    assert_int_equal(0, world_verify(f.a));
    assert_int_equal(0, world_verify(f.b));
    forger_deinit(&f);
}

// Branches that come while a session goes on are for the next one; what they
// leave is told once.
static void
test_branches_that_come_meanwhile_are_for_the_next_session(void **state)
{
    (void)state;
    for (size_t limit = 1; limit <= 4; limit++) { // 1: its HELLO is out
        struct forger f;
        struct carry c;

        forger_begin(&f);
        (void)world_sheet(&f.w, f.a, 0, "here");
        carry_init(&c, &f.w, f.a, f.b);
        c.one_by_one = true;
        c.limit = limit;
        carry_run(&c);
        for (size_t i = 0; i < 3; i++) {
            branch_to(&f, f.a, 2, false);
        }
        (void)world_sheet(&f.w, f.a, 0, "meanwhile");
        c.limit = 0;
        carry_run(&c);
        carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        assert_int_equal(0, carry_report(&c, 0).forks);
        carry_deinit(&c);
        assert_int_equal(1, world_found_by(f.b, F_NAME, "here"));
        assert_int_equal(0, world_found_by(f.b, F_NAME, "meanwhile"));
        assert_int_equal(1, rows_of(f.b));
        assert_true(meet(&f.w, f.b, f.a).forks > 0);
        assert_int_equal(1, world_found_by(f.b, F_NAME, "meanwhile"));
        assert_int_equal(rows_of(f.a), rows_of(f.b));
        assert_true(meet(&f.w, f.a, f.b).equal);
        world_assert_equal(f.a, f.b);
        forger_deinit(&f);
    }
}

// What a branch lacks that was cut is nobody's to give.
static void
test_nothing_is_missing_of_a_branch_that_was_cut(void **state)
{
    struct forger f;

    (void)state;
    forger_begin(&f);
    for (size_t i = 0; i < (size_t)2 * TD_BRANCHES_MAX; i++) {
        branch_to(&f, f.a, 1, true);
    }
    assert_int_equal(2 * TD_BRANCHES_MAX, rows_of(f.a));
    assert_int_equal(TD_BRANCHES_MAX, world_stats(f.a).missing);
    assert_int_equal(0, world_verify(f.a));
    forger_deinit(&f);
}

static struct td_hash
chain_at(struct td_replica *r, const struct td_log_info *log, uint64_t seq)
{
    struct td_hash h;
    struct td_txn *t;

    ok(td_store_read(r->store, &t));
    ok(td_log_chain(t, log, seq, &h));
    td_store_read_end(t);
    return h;
}

static struct device *
copy_open(struct forger *f, const struct help_dir *of)
{
    struct device *d = &f->w.d[f->w.count];

    memset(d, 0, sizeof(*d));
    d->sys = f->w.d[2].sys;
    copy_folder(of, &d->dir);
    device_open(d, false);
    return d;
}

static struct td_log_info
own_info(struct forger *f, struct td_replica *r)
{
    struct td_log_info log;
    struct td_txn *t;
    struct td_log_id id = own_log(r, f->w.sectors[0]);

    ok(td_store_read(r->store, &t));
    ok(td_log_get(t, id, &log));
    td_store_read_end(t);
    return log;
}

static bool
is_cut(struct td_replica *r, struct td_log_id id, uint64_t seq,
    const struct td_hash *h)
{
    struct td_log_info log;
    struct td_hash16 mark = td_hash_short(h);
    struct td_txn *t;

    ok(td_store_read(r->store, &t));
    ok(td_log_on_any(t, id, seq, &mark, &log));
    td_store_read_end(t);
    return log.cut;
}

static void
test_a_branch_cut_between_hello_and_the_listing_ends_no_session(void **state)
{
    struct help_dir best = {0}, middle = {0};
    struct forger f;
    struct carry c;
    struct td_hash most = {{0}}, head;
    struct td_log_info log = {0};
    struct device *d;
    int tries = 0;

    (void)state;
    forger_begin(&f);
    for (size_t i = 0; i < TD_BRANCHES_MAX; i++) {
        struct td_hash h;

        d = copy_open(&f, &f.base);
        type_many(&f.w, d->r, 1);
        force(&f.w, d->r, f.a, false);
        log = own_info(&f, d->r);
        h = chain_at(d->r, &log, log.head_seq);
        device_close(d);
        if (td_hash_cmp(&h, &most) > 0) {
            most = h;
            if (i > 0) {
                help_dir_free(&best);
            }
            best = d->dir;
        } else {
            help_dir_free(&d->dir);
        }
    }
    d = copy_open(&f, &best);
    type_many(&f.w, d->r, 1);
    force(&f.w, d->r, f.a, false);
    device_close(d);
    copy_folder(&d->dir, &middle);
    device_open(d, false);
    type_many(&f.w, d->r, 1);
    force(&f.w, d->r, f.a, false);
    log = own_info(&f, d->r);
    head = log.head;
    device_close(d);
    help_dir_free(&d->dir);
    (void)meet(&f.w, f.b, f.a);
    (void)meet(&f.w, f.a, f.b);
    world_assert_equal(f.a, f.b);
    assert_false(is_cut(f.a, log.id, log.head_seq, &head));
    (void)world_sheet(&f.w, f.a, 0, "here");
    carry_init(&c, &f.w, f.a, f.b);
    c.one_by_one = true;
    c.limit = 1;
    carry_run(&c);
    while (!is_cut(f.a, log.id, log.head_seq, &head) && tries++ < 20) {
        d = copy_open(&f, &middle);
        type_many(&f.w, d->r, 1);
        force(&f.w, d->r, f.a, false);
        device_close(d);
        help_dir_free(&d->dir);
    }
    assert_true(is_cut(f.a, log.id, log.head_seq, &head));
    c.limit = 0;
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    carry_deinit(&c);
    (void)meet(&f.w, f.a, f.b);
    world_assert_equal(f.a, f.b);
    help_dir_free(&best);
    help_dir_free(&middle);
    forger_deinit(&f);
}

// ------------------------------------------------------------- control sector

enum { OFFICE, GIVER, HEARER, AUTHOR, GONE, MEMBERS, MORE_LOGS = 80 };

struct anew {
    struct td_author author;
    struct td_hash seen; // the control head before
};

// Logs that a device began in the control sector, each after the one before.
static tandem_err
begin_anew(struct td_txn *t, void *ctx)
{
    struct anew *x = ctx;

    for (size_t i = 0; i < MORE_LOGS; i++) {
        struct td_author a = x->author;
        struct td_signed_head head;
        struct td_log_info log;

        td_put_be64(a.incarnation, i + 1);
        TD_TRY(td_log_own(t, &a, td_sector_control, &x->seen, 1, &log));
        TD_TRY(td_head_sign(t, &a, &log, &head));
        x->seen = log.head;
    }
    return TANDEM_OK;
}

// More control heads than are listed without asking first, and somebody lost
// two sectors, of which all have heard.
static void
begin_wide(struct world *w)
{
    const struct td_hash *seen;
    tandem_device_id gone;
    struct anew x;

    world_begin(w, 98, MEMBERS, 2);
    x.author = td_replica_author(w->d[OFFICE].r);
    assert_true(td_member_heads(w->d[OFFICE].r->member, &seen) > 0);
    x.seen = seen[0];
    ok(td_store_write(w->d[OFFICE].store, begin_anew, &x, NULL));
    device_close(&w->d[OFFICE]); // the membership is to be read anew
    device_open(&w->d[OFFICE], false);
    gone = td_replica_device(w->d[GONE].r);
    for (size_t i = 0; i < 2; i++) {
        ok(td_replica_grant(
            w->d[OFFICE].r, &gone, w->sectors[i], TANDEM_RIGHT_NONE, NULL));
    }
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = GIVER; i <= AUTHOR; i++) {
            (void)meet(w, w->d[i].r, w->d[OFFICE].r);
        }
    }
}

// A control log was written twice, and the peer lists a later head of it than
// ours: ours is told in the first pass all the same, for what was typed on its
// branch goes under an epoch that stands there, and would wait.
static void
test_a_branch_of_control_goes_ahead_of_what_it_seals(void **state)
{
    (void)state;
    for (size_t first = 0; first < 2; first++) {
        struct td_replica *copy, *side[2];
        struct carry c;
        struct world w;

        begin_wide(&w);
        copy = world_copy(&w, &w.d[AUTHOR]);
        (void)world_sheet(&w, w.d[AUTHOR].r, 0, "short");
        (void)world_sheet(&w, copy, 0, "long"); // an epoch each
        (void)world_sheet(&w, copy, 1, "long");
        (void)meet(&w, w.d[GIVER].r, w.d[AUTHOR].r);
        (void)meet(&w, w.d[HEARER].r, copy);
        side[first] = w.d[GIVER].r;
        side[1 - first] = w.d[HEARER].r;
        carry_init(&c, &w, side[0], side[1]);
        c.one_by_one = true;
        while (carry_one(&c, 0) || carry_one(&c, 1)) {
            assert_int_equal(0, world_stats(w.d[GIVER].r).waiting);
            assert_int_equal(0, world_stats(w.d[HEARER].r).waiting);
        }
        carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        assert_true(carry_count(&c, TD_MSG_LEAF) > 0); // it was by walk
        assert_int_equal(2, carry_count(&c, TD_MSG_FIN));
        carry_deinit(&c);
        for (size_t i = GIVER; i <= HEARER; i++) {
            assert_int_equal(1, world_found_by(w.d[i].r, F_NAME, "short"));
            assert_int_equal(2, world_found_by(w.d[i].r, F_NAME, "long"));
        }
        world_assert_equal(w.d[GIVER].r, w.d[HEARER].r);
        world_deinit(&w);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_branch_cut_between_hello_and_the_listing_ends_no_session),
        cmocka_unit_test(test_a_branch_that_is_refused_stops_nothing_else),
        cmocka_unit_test(
            test_a_branch_that_is_refused_in_two_segments_stops_nothing_else),
        cmocka_unit_test(
            test_two_that_refuse_each_others_branches_come_to_one_set),
        cmocka_unit_test(
            test_a_branch_that_is_cut_after_it_was_told_ends_no_session),
        cmocka_unit_test(
            test_branches_that_come_meanwhile_are_for_the_next_session),
        cmocka_unit_test(test_nothing_is_missing_of_a_branch_that_was_cut),
        cmocka_unit_test(test_a_branch_of_control_goes_ahead_of_what_it_seals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
