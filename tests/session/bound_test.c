// SPDX-License-Identifier: Apache-2.0
// bound_test.c - what a session does beside its messages has an end, whatever
// ids the peer's authors chose and whether there is memory or not.
#include "session/carry.h"

#include "log/row.h"

#include "session/state.h"

// Ids that differ in their high bits only, as many as are counted: with slots
// by an id's own bits each would be looked for behind all before it.
static void
test_chosen_ids_are_counted_once_each(void **state)
{
    struct td_session *x = calloc(1, sizeof(*x));
    struct td_touched_list l = {0};
    uint8_t pack[8] = {1};

    (void)state;
    assert_non_null(x);
    memset(x->tally.key.b, 9, sizeof(x->tally.key.b));
    for (uint64_t twice = 0; twice < 2; twice++) {
        for (uint64_t i = 0; i < TD_SESSION_RECORDS_MAX / 2; i++) {
            tandem_id id = {{0}};

            td_put_be64(id.b + 8, i << 20);
            td_touched_add(NULL, &l, id, pack, 1);
        }
    }
    td_tally(x, &l, false);
    assert_int_equal(1, x->tally.count);
    assert_int_equal(TD_SESSION_RECORDS_MAX / 2, x->tally.kinds[0].received);
    assert_int_equal(0, x->tally.kinds[0].sent);
    td_tally_deinit(x);
    free(x);
}

static void
test_what_cannot_be_written_is_not_tried_for_ever(void **state)
{
    struct td_session_setup o = {.initiator = true, .outside = true};
    struct td_session_write *write;
    struct td_session *x;
    struct world w;
    tandem_error e = {0};
    int tries = 0;

    (void)state;
    world_begin(&w, 102, 2, 1);
    o.peer = td_replica_device(w.d[1].r);
    o.rng = help_rng(&w.random);
    ok(td_session_new(w.d[0].r, &o, &x, &e));
    x->unstage_due = true; // a part proved bad
    while (tries < 10 && td_session_write_ready(x)) {
        world_fail_at = 1; // there is no memory, and will be none
        assert_err(TANDEM_ENOMEM, td_session_write_begin(x, 0, &write));
        tries++;
    }
    world_fail_at = 0;
    assert_int_equal(1, tries);
    td_session_free(x);
    world_deinit(&w);
}

// A right taken in the middle is seen at the next message: the membership is
// another one.
static void
test_rights_are_asked_again_when_the_membership_changed(void **state)
{
    struct td_session_setup o = {.initiator = true};
    struct td_session *x;
    struct world w;
    tandem_error e = {0};
    tandem_device_id peer;

    (void)state;
    world_begin(&w, 103, 2, 1);
    peer = td_replica_device(w.d[1].r);
    o.peer = peer;
    o.rng = help_rng(&w.random);
    ok(td_session_new(w.d[0].r, &o, &x, &e));
    (void)td_session_give(x, w.now_ms);
    assert_true(x->view.count > 0);
    assert_true(td_view_stands(x));
    ok(td_replica_grant(w.d[0].r, &peer, w.sectors[0], TANDEM_RIGHT_NONE, &e));
    assert_false(td_view_stands(x));
    assert_false(td_view_stands(x));
    td_session_free(x);
    world_deinit(&w);
}

// As a node with a worker does: one transaction at a time, and between two of
// them the locks are free.
static size_t
write_some(struct td_session *x, struct world *w, uint64_t *most)
{
    size_t settled = 0;

    while (td_session_write_ready(x)) {
        uint64_t waited = world_stats(x->r).waiting;
        bool settles = td_write_settles(x) && x->batches == NULL;
        struct td_session_write *write = NULL;
        uint64_t left;

        ok(td_session_write_begin(x, w->now_ms, &write));
        td_session_write_run(write);
        ok(td_session_write_end(write, w->now_ms));
        left = world_stats(x->r).waiting;
        if (settles) {
            settled++;
            *most = waited - left > *most ? waited - left : *most;
        }
    }
    return settled;
}

// A session that `a` begins; the carrier of `b` writes.
static void
begin_outside(struct world *w, struct carry *c, struct td_replica *a,
    struct td_replica *b)
{
    struct td_session_setup o = {.outside = true,
        .peer = td_replica_device(a),
        .rng = help_rng(&w->random)};

    carry_init(c, w, a, b);
    td_session_free(c->s[1]);
    ok(td_session_new(b, &o, &c->s[1], NULL));
}

static size_t
run_outside(struct world *w, struct carry *c, uint64_t *most)
{
    size_t settled = 0;
    bool moved = true;

    while (moved) {
        size_t some = settled;

        moved = carry_one(c, 0) || carry_one(c, 1);
        settled += write_some(c->s[1], w, most);
        moved = moved || settled > some;
    }
    return settled;
}

// Device 2 holds what 1 wrote by rights that 2 has not heard of yet, and is
// about to hear them from 1; its carrier writes.
static void
rights_come_late(struct world *w, struct carry *c, int sheets)
{
    tandem_device_id other;
    tandem_error e = {0};

    world_begin(w, 97, 3, 1);
    ok(td_replica_sector_add(
        w->d[0].r, "LOIN", w->now_ms, &w->sectors[w->sector_count++], &e));
    for (size_t i = 1; i < 3; i++) {
        other = td_replica_device(w->d[i].r);
        ok(td_replica_grant(
            w->d[0].r, &other, w->sectors[1], TANDEM_RIGHT_AGENT, &e));
    }
    meet(w, w->d[1].r, w->d[0].r);
    for (int i = 0; i < sheets; i++) {
        (void)world_sheet(w, w->d[1].r, 1, "x");
    }
    (void)world_push_some(w, w->d[1].r, w->d[2].r, DATA, false);
    assert_true(world_stats(w->d[2].r).waiting >= (uint64_t)sheets);
    begin_outside(w, c, w->d[1].r, w->d[2].r);
}

// What waited for the rights is tried again by bounded transactions of the
// session, and is all there when it ends.
static void
test_what_waited_for_rights_is_settled_piece_by_piece(void **state)
{
    enum { SHEETS = 1100, BATCH = 1024 };
    uint64_t most = 0;
    struct carry c;
    struct world w;

    (void)state;
    rights_come_late(&w, &c, SHEETS);
    assert_true(run_outside(&w, &c, &most) >= 2);
    assert_in_range(most, 1, BATCH);
    assert_int_equal(0, world_stats(w.d[2].r).waiting);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    assert_true(carry_report(&c, 1).records_changed >= SHEETS);
    carry_deinit(&c);
    world_deinit(&w);
}

// The session that heard the rights did not come to it, for want of memory
// perhaps.
static void
leave_unsettled(struct world *w, int sheets)
{
    struct carry c;

    rights_come_late(w, &c, sheets);
    while (!td_write_settles(c.s[1])) {
        struct td_session_write *write = NULL;

        if (td_session_write_ready(c.s[1])) {
            ok(td_session_write_begin(c.s[1], w->now_ms, &write));
            td_session_write_run(write);
            ok(td_session_write_end(write, w->now_ms));
        } else {
            assert_true(carry_one(&c, 0) || carry_one(&c, 1));
        }
    }
    carry_deinit(&c);
    assert_true(world_stats(w->d[2].r).waiting >= (uint64_t)sheets);
}

// Another one, which hears nothing, does.
static void
test_what_one_session_left_unsettled_the_next_one_settles(void **state)
{
    struct world w;

    (void)state;
    leave_unsettled(&w, 5);
    meet(&w, w.d[2].r, w.d[0].r);
    assert_int_equal(0, world_stats(w.d[2].r).waiting);
    world_deinit(&w);
}

// It may come to it before its HELLO. What it brings afterwards is its own all
// the same: the cursor stands behind it.
static void
test_what_is_settled_before_hello_holds_no_cursor_back(void **state)
{
    tandem_device_id me;
    uint64_t most = 0;
    struct td_peer row;
    struct carry c;
    struct world w;

    (void)state;
    leave_unsettled(&w, 5);
    (void)world_sheet(&w, w.d[0].r, 1, "Mme N.");
    begin_outside(&w, &c, w.d[0].r, w.d[2].r);
    assert_true(write_some(c.s[1], &w, &most) > 0);
    (void)run_outside(&w, &c, &most);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    assert_true(carry_report(&c, 1).commits_received > 0);
    carry_deinit(&c);
    me = td_replica_device(w.d[2].r);
    ok(td_peer_get(w.d[0].r, &me, &row));
    assert_int_equal(world_stats(w.d[2].r).lsn, row.their_lsn);
    world_deinit(&w);
}

struct crowd { // logs of one device, as good as held
    tandem_device_id device;
    tandem_id sector;
};

static tandem_err
add_logs(struct td_txn *t, void *ctx)
{
    const struct crowd *c = ctx;

    for (size_t i = 0; i < TD_DEVICE_LOGS_MAX; i++) {
        struct td_log_info log = {.device = c->device, .sector = c->sector};

        td_put_be64(log.id.b, i);
        log.id.b[0] |= 2; // no number's row
        TD_TRY(td_log_add(t, &log));
    }
    return TANDEM_OK;
}

// Of a device that began anew ever so often no further log is held: that one is
// set apart, with its code, what it wrote elsewhere comes; and as long as
// nothing new is told of it, it is neither told nor given again.
static void
test_a_log_beyond_what_is_held_of_a_device_is_set_apart(void **state)
{
    struct crowd c;
    tandem_report r;
    struct world w;

    (void)state;
    world_begin(&w, 41, 2, 2);
    c = (struct crowd){td_replica_device(w.d[1].r), w.sectors[0]};
    ok(td_store_write(w.d[0].store, add_logs, &c, NULL));
    for (size_t i = 1; i <= 4; i++) {
        if (i % 2 == 1) {
            (void)world_sheet(&w, w.d[1].r, 0, "M. TROP");
        }
        (void)world_sheet(&w, w.d[1].r, 1, "M. B.");
        r = meet(&w, w.d[0].r, w.d[1].r);
        assert_int_equal(1, r.apart_limit);
        assert_int_equal(0, r.apart_forked + r.apart_damaged + r.apart_there);
        assert_int_equal(i, world_found_by(w.d[0].r, F_NAME, "m. b."));
        assert_int_equal(0, world_found_by(w.d[0].r, F_NAME, "m. trop"));
        if (i % 2 == 0) {
            assert_int_equal(3, r.round_trips);
        }
        r = meet(&w, w.d[1].r, w.d[0].r);
        assert_int_equal(0, r.apart_limit);
        assert_int_equal(1, r.apart_there);
        assert_int_equal(0, r.commits_sent);
        assert_int_equal(3, r.round_trips);
    }
    world_deinit(&w);
}

// As good as held: the control sector has room for so many more commits.
struct fill {
    tandem_device_id device;
    size_t room;
};

static tandem_err
fill_control(struct td_txn *t, void *ctx)
{
    const struct fill *f = ctx;
    struct td_log_info log = {
        .id = {{2}}, .device = f->device, .sector = td_sector_control};
    size_t room;

    TD_TRY(td_control_room(t, &room));
    log.head_seq = room - f->room - 1;
    return td_log_add(t, &log);
}

// A member fills the control sector. What others write there is set apart then,
// and what they write elsewhere comes; where it was written by who knew of an
// entry that is not held, it waits for that.
static void
test_a_full_control_sector_stops_nothing_else(void **state)
{
    enum { ROOM = 4 }; // two commits a sector: of itself, and its epoch's
    size_t known = 0;
    struct fill f;
    tandem_report r;
    struct world w;

    (void)state;
    world_begin(&w, 44, 3, 1);
    (void)meet(&w, w.d[1].r, w.d[0].r);
    f = (struct fill){td_replica_device(w.d[2].r), ROOM};
    ok(td_store_write(w.d[1].store, fill_control, &f, NULL));
    for (size_t i = 1; i <= 4; i++) {
        const bool fits = 2 * i <= ROOM;

        ok(td_replica_sector_add(
            w.d[0].r, "LOIN", w.now_ms, &w.sectors[1], NULL));
        (void)world_sheet(&w, w.d[0].r, 0, "Mme B.");
        r = meet(&w, w.d[1].r, w.d[0].r);
        assert_int_equal(fits ? 0 : 1, r.apart_limit);
        assert_int_equal(0, r.apart_forked + r.apart_damaged);
        known += fits ? 1 : 0;
        assert_int_equal(known, world_found_by(w.d[1].r, F_NAME, "mme b."));
        // The sheet, and the sector's name.
        assert_int_equal(2 * (i - known), world_stats(w.d[1].r).waiting);
        (void)world_sheet(&w, w.d[1].r, 0, "M. C.");
        r = meet(&w, w.d[0].r, w.d[1].r);
        assert_int_equal(fits ? 0 : 1, r.apart_there);
        assert_int_equal(i, world_found_by(w.d[0].r, F_NAME, "m. c."));
    }
    // Nor is anything written there here.
    f.room = 1;
    ok(td_store_write(w.d[0].store, fill_control, &f, NULL));
    assert_err(TANDEM_ELIMIT,
        td_replica_sector_add(w.d[0].r, "ICI", w.now_ms, &w.sectors[1], NULL));
    (void)world_sheet(&w, w.d[0].r, 0, "M. D.");
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "m. d."));
    world_deinit(&w);
}

// What is held takes no room: our own log that comes again is not one that
// went on elsewhere, and nothing of it is set apart.
static void
test_a_full_control_sector_takes_what_it_holds(void **state)
{
    struct td_log_id ids[64];
    uint8_t incarnation[16];
    struct td_heard heard;
    struct fill f = {.room = 0};
    struct world w;

    (void)state;
    world_begin(&w, 46, 2, 1);
    (void)meet(&w, w.d[1].r, w.d[0].r);
    assert_true(world_logs(w.d[0].r, CONTROL, ids) > 0);
    f.device = td_replica_device(w.d[1].r);
    ok(td_store_write(w.d[0].store, fill_control, &f, NULL));
    memcpy(incarnation, w.d[0].r->incarnation, sizeof(incarnation));
    world_force(&w, w.d[1].r, w.d[0].r, ids[0], false, &heard);
    assert_int_equal(0, heard.apart);
    assert_memory_equal(
        incarnation, w.d[0].r->incarnation, sizeof(incarnation));
    world_deinit(&w);
}

// Two logs come at once, and only one of them fits.
static void
test_what_of_the_control_sector_fits_is_held(void **state)
{
    tandem_device_id other;
    tandem_id sector;
    tandem_report r;
    struct fill f;
    struct world w;

    (void)state;
    world_begin(&w, 45, 3, 1);
    other = td_replica_device(w.d[2].r);
    ok(td_replica_grant(
        w.d[0].r, &other, td_sector_control, TANDEM_RIGHT_ADMIN, NULL));
    (void)meet(&w, w.d[2].r, w.d[0].r);
    (void)meet(&w, w.d[1].r, w.d[0].r);
    f = (struct fill){td_replica_device(w.d[1].r), 3};
    ok(td_store_write(w.d[1].store, fill_control, &f, NULL));
    for (size_t i = 0; i <= 2; i += 2) { // two commits each
        ok(td_replica_sector_add(w.d[i].r, "LOIN", w.now_ms, &sector, NULL));
    }
    (void)meet(&w, w.d[2].r, w.d[0].r);
    r = meet(&w, w.d[1].r, w.d[0].r);
    assert_int_equal(1, r.apart_limit);
    assert_true(r.control_received > 0);
    world_deinit(&w);
}

struct logs {
    struct td_author author;
    tandem_id sector;
    const struct td_hash *seen;
    size_t seen_count, count;
};

// Entry 0 as td_log_own writes it, but that it names none of those before it:
// to look for them each time would be thousands of times thousands of rows.
static tandem_err
begin_one(struct td_txn *t, const struct td_author *a, const struct logs *l)
{
    struct td_log_info log = {.sector = l->sector};
    struct td_header h = {
        .has_seen = true, .seen = l->seen, .seen_count = l->seen_count};
    struct td_buf b;

    log.device = h.opening.device = a->keys->pub.sign;
    h.opening.workspace = a->workspace;
    h.opening.sector = l->sector;
    memcpy(h.opening.incarnation, a->incarnation, sizeof(a->incarnation));
    memcpy(log.incarnation, a->incarnation, sizeof(a->incarnation));
    log.id = h.log = td_log_id_of(&h.opening);
    TD_TRY(td_log_add(t, &log));
    TD_TRY(td_lsn_next(t, &log.head_lsn));
    td_buf_init(&b, NULL, TD_HEADER_BYTES_MAX);
    td_header_encode(&h, &b);
    ok(b.err);
    log.head = td_header_chain(td_buf_slice(&b));
    td_buf_deinit(&b);
    log.seen_mark = td_seen_mark(h.seen, h.seen_count);
    TD_TRY(td_commits_put(t, log.number, &h, &log.head, 1, log.head_lsn));
    TD_TRY(td_head_make(t, a, &log));
    return td_log_put(t, &log);
}

static tandem_err
begin_anew(struct td_txn *t, void *ctx)
{
    struct logs *l = ctx;

    for (size_t i = 0; i < l->count; i++) {
        struct td_author a = l->author;

        td_put_be64(a.incarnation, i + 1);
        TD_TRY(begin_one(t, &a, l));
    }
    return TANDEM_OK;
}

// More heads than one exchange counts are set apart: who judges first says so,
// the other one is cut off by it, nobody is called a liar; everything else was
// exchanged.
static void
test_more_logs_set_apart_than_are_counted_are_said(void **state)
{
    struct carry carry;
    size_t limits = 0;
    struct crowd c;
    struct logs l;
    struct world w;

    (void)state;
    world_begin(&w, 42, 2, 2);
    c = (struct crowd){td_replica_device(w.d[1].r), w.sectors[0]};
    ok(td_store_write(w.d[0].store, add_logs, &c, NULL));
    l = (struct logs){.author = td_replica_author(w.d[1].r),
        .sector = w.sectors[0],
        .count = TD_SESSION_ASIDES_MAX + 1};
    l.seen_count = td_member_heads(w.d[1].r->member, &l.seen);
    assert_int_equal(1, l.seen_count); // sorted, so
    ok(td_store_write(w.d[1].store, begin_anew, &l, NULL));
    for (size_t i = 0; i < 2; i++) {
        (void)world_sheet(&w, w.d[1].r, 1, "M. B.");
        (void)world_sheet(&w, w.d[0].r, 1, "M. C.");
        carry_init(&carry, &w, w.d[i].r, w.d[1 - i].r);
        carry_run(&carry);
        for (size_t k = 0; k < 2; k++) {
            tandem_report r = carry_report(&carry, k);

            assert_int_equal(TANDEM_SESSION_FAILED, r.state);
            limits += r.error.code == TANDEM_ELIMIT ? 1 : 0;
            assert_true(
                r.error.code == TANDEM_ELIMIT || r.error.code == TANDEM_ECUT);
        }
        carry_deinit(&carry);
        assert_int_equal(i + 1, world_found_by(w.d[0].r, F_NAME, "m. b."));
        assert_int_equal(i + 1, world_found_by(w.d[1].r, F_NAME, "m. c."));
    }
    assert_true(limits >= 2);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_log_beyond_what_is_held_of_a_device_is_set_apart),
        cmocka_unit_test(test_more_logs_set_apart_than_are_counted_are_said),
        cmocka_unit_test(test_a_full_control_sector_stops_nothing_else),
        cmocka_unit_test(test_a_full_control_sector_takes_what_it_holds),
        cmocka_unit_test(test_what_of_the_control_sector_fits_is_held),
        cmocka_unit_test(test_chosen_ids_are_counted_once_each),
        cmocka_unit_test(test_what_cannot_be_written_is_not_tried_for_ever),
        cmocka_unit_test(
            test_rights_are_asked_again_when_the_membership_changed),
        cmocka_unit_test(test_what_waited_for_rights_is_settled_piece_by_piece),
        cmocka_unit_test(
            test_what_one_session_left_unsettled_the_next_one_settles),
        cmocka_unit_test(
            test_what_is_settled_before_hello_holds_no_cursor_back),
    };

    return td_crypto_init() != TANDEM_OK
               ? 1
               : cmocka_run_group_tests(tests, NULL, NULL);
}
