// SPDX-License-Identifier: Apache-2.0
// meet_test.c - real replicas meet: what moves, how many bytes and waits it
// takes, and that both end with the same.
#include "session/carry.h"
#include "session/state.h"

static void
test_a_newcomer_gets_everything(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    tandem_error e = {0};
    tandem_report r;

    (void)state;
    world_init(&w, 1);
    world_found(&w, 1, 2, TANDEM_RIGHT_AGENT);
    a = w.d[0].r;
    for (int i = 0; i < 20; i++) {
        (void)world_sheet(&w, a, (size_t)i % 2, "Mme L.");
    }
    b = world_enrol(&w, a, TANDEM_RIGHT_AGENT, w.sectors, 2);
    ok(td_replica_join(b, &a->workspace, &e));
    r = meet(&w, b, a);
    assert_true(r.commits_received > 20);
    assert_true(r.control_received >= 4);
    assert_int_equal(0, r.commits_sent);
    assert_false(r.receipt);
    assert_false(r.equal);
    assert_true(r.records_changed >= 20);
    assert_int_equal(0, r.missing);
    assert_int_equal(0, r.waiting);
    world_assert_equal(a, b);
    assert_int_equal(0, world_verify(b));
    world_deinit(&w);
}

static void
test_meeting_again_is_one_round_trip_and_300_bytes(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    tandem_report r;
    struct carry c;

    (void)state;
    world_begin(&w, 2, 2, 2);
    a = w.d[0].r;
    b = w.d[1].r;
    for (int i = 0; i < 300; i++) {
        (void)world_sheet(&w, i % 2 == 0 ? a : b, (size_t)i % 2, "Mme L.");
    }
    (void)meet(&w, a, b);
    for (int i = 0; i < 4; i++) {
        bool turned = i % 2 == 1;

        carry_init(&c, &w, turned ? b : a, turned ? a : b);
        c.one_by_one = i >= 2;
        carry_run(&c);
        carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        for (size_t side = 0; side < 2; side++) {
            r = carry_report(&c, side);
            assert_true(r.equal);
            assert_false(r.receipt);
            assert_int_equal(1, r.round_trips);
            assert_true(r.bytes_in + r.bytes_out <= 300);
        }
        assert_int_equal(4, c.carried);
        print_message("nothing new: %llu bytes, %u round trip\n",
            (unsigned long long)(r.bytes_in + r.bytes_out), r.round_trips);
        carry_deinit(&c);
    }
    world_deinit(&w);
}

static void
test_both_sides_typed_both_get_all(void **state)
{
    static const uint8_t zero[16] = {0};
    struct world w;
    struct td_replica *a, *b;
    tandem_report r[2];
    struct carry c;
    tandem_id shared;

    (void)state;
    world_begin(&w, 3, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    shared = world_sheet(&w, a, 0, "Mme L.");
    (void)world_sheet(&w, b, 0, "M. Z."); // opens its log
    (void)meet(&w, a, b);
    world_set(&w, a, shared, F_NAME, "Mme C.");
    world_set(&w, b, shared, F_NAME, "Mme D.");
    (void)world_sheet(&w, a, 0, "M. A.");
    (void)world_sheet(&w, b, 0, "M. B.");
    carry_init(&c, &w, b, a);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    r[0] = carry_report(&c, 0);
    r[1] = carry_report(&c, 1);
    assert_int_equal(2, r[0].commits_sent);
    assert_int_equal(2, r[0].commits_received);
    assert_int_equal(2, r[0].changes_sent);
    assert_int_equal(2, r[0].changes_received);
    assert_int_equal(2, r[1].commits_received);
    assert_int_equal(2, r[0].records_changed);
    assert_int_equal(r[0].bytes_out, r[1].bytes_in);
    assert_int_equal(r[0].bytes_in, r[1].bytes_out);
    assert_true(r[0].receipt && r[1].receipt);
    assert_int_equal(1, r[0].conflicts);
    assert_int_equal(1, r[1].conflicts);
    assert_memory_equal(r[0].root, r[1].root, sizeof(r[0].root));
    assert_memory_not_equal(zero, r[0].root, sizeof(zero));
    assert_int_equal(3, r[0].round_trips);
    assert_true(r[1].round_trips <= 3);
    world_assert_equal(a, b);
    assert_int_equal(2, world_versions(a, shared, F_NAME));
    carry_deinit(&c);
    r[1] = meet(&w, a, b);
    assert_true(r[1].equal);
    assert_memory_equal(r[0].root, r[1].root, sizeof(r[0].root));
    (void)world_sheet(&w, a, 0, "M. C.");
    r[1] = meet(&w, a, b);
    assert_memory_not_equal(r[0].root, r[1].root, sizeof(r[0].root));
    world_deinit(&w);
}

static void
test_kinds_are_counted_by_record(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    uint8_t pack[8], sheet[8];
    uint64_t kind, received, sent, n = 0;
    struct carry c;
    tandem_id id;

    (void)state;
    world_begin(&w, 4, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    (void)meet(&w, a, b);
    id = world_sheet(&w, a, 0, "Mme L.");
    world_set(&w, a, id, F_NOTE, "rappeler");
    (void)world_sheet(&w, a, 0, "M. A.");
    (void)world_sheet(&w, b, 0, "M. B.");
    td_pack_tag("test.pack", sheet);
    carry_init(&c, &w, a, b);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0;
             td_session_kind(c.s[side], i, pack, &kind, &received, &sent);
             i++) {
            if (memcmp(pack, sheet, 8) == 0) {
                assert_int_equal(KIND_SHEET, kind);
                assert_int_equal(side == 0 ? 2 : 1, sent);
                assert_int_equal(side == 0 ? 1 : 2, received);
                n++;
            }
        }
    }
    assert_int_equal(2, n);
    carry_deinit(&c);
    world_deinit(&w);
}

static void
test_three_devices_gossip(void **state)
{
    struct world w;
    struct td_replica *a, *b, *d;
    uint64_t seed = help_seed();
    uint64_t random = seed;
    tandem_id ids[8];

    (void)state;
    world_begin(&w, seed, 3, 2);
    a = w.d[0].r;
    b = w.d[1].r;
    d = w.d[2].r;
    for (size_t i = 0; i < 8; i++) {
        ids[i] = world_sheet(&w, w.d[i % 3].r, i % 2, "Mme L.");
    }
    for (int i = 0; i < 2; i++) {
        (void)meet(&w, a, b);
        (void)meet(&w, b, d);
        (void)meet(&w, d, a);
    }
    for (int step = 0; step < 40; step++) {
        size_t i = help_next(&random) % 3;
        size_t j = (i + 1 + help_next(&random) % 2) % 3;
        char text[16];

        (void)snprintf(text, sizeof(text), "n%d", step);
        world_set(&w, w.d[i].r, ids[help_next(&random) % 8], F_NOTE, text);
        if (help_next(&random) % 3 == 0) {
            (void)meet(&w, w.d[i].r, w.d[j].r);
        }
    }
    // b carries a's to d: they need not meet.
    (void)meet(&w, a, b);
    (void)meet(&w, b, d);
    (void)meet(&w, a, b);
    world_assert_equal(a, b);
    world_assert_equal(b, d);
    assert_true(meet(&w, d, a).equal);
    world_deinit(&w);
}

// -------------------------------------------------------------- many logs

struct opening {
    struct td_author author;
    tandem_id sector;
    const struct td_hash *seen;
    size_t seen_count;
    size_t first, count;
    bool append;
};

static tandem_err
open_logs(struct td_txn *t, void *ctx)
{
    struct opening *o = ctx;
    struct td_log_info log;
    struct td_epoch_id epoch = {{9}};
    tandem_slice payload = {
        (const uint8_t *)"sealed for nobody here, kept", 28};
    struct td_hash hash;
    uint64_t seq, lsn;

    for (size_t i = o->first; i < o->first + o->count; i++) {
        struct td_author a = o->author;

        td_put_be64(a.incarnation, i + 1);
        TD_TRY(td_log_own(t, &a, o->sector, o->seen, o->seen_count, &log));
        if (o->append) {
            TD_TRY(td_log_append(t, &a, &log, &epoch, o->seen, o->seen_count,
                &payload, 1, &seq, &hash, &lsn));
            TD_TRY(td_payload_put(t, log.number, seq, 0, TD_SEAL_TRANSIT,
                &(struct td_payload){
                    .hash = td_hash_of(payload), .bytes = payload}));
            TD_TRY(td_feed_put(t, &(struct td_feed_row){.lsn = lsn,
                                      .number = log.number,
                                      .has_seq = true,
                                      .seq = seq}));
        }
    }
    return TANDEM_OK;
}

static void
add_logs(struct world *w, struct td_replica *r, size_t first, size_t count,
    bool append)
{
    struct opening o = {.author = td_replica_author(r),
        .sector = w->sectors[0],
        .first = first,
        .count = count,
        .append = append};

    o.seen_count = td_member_heads(r->member, &o.seen);
    ok(td_store_write(r->store, open_logs, &o, NULL));
}

static void
test_ten_of_many_logs_are_found_by_cursor(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    uint64_t bytes, entries = 0;
    tandem_report r;
    struct carry c;

    (void)state;
    world_begin(&w, 5, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    add_logs(&w, a, 0, 200, false);
    r = meet(&w, b, a);
    assert_true(r.commits_received >= 200);
    r = meet(&w, b, a);
    assert_true(r.equal && r.bytes_in + r.bytes_out <= 300);
    add_logs(&w, a, 50, 10, true);
    carry_init(&c, &w, b, a);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    r = carry_report(&c, 0);
    assert_int_equal(10, r.commits_received);
    assert_int_equal(3, r.round_trips);
    bytes = r.bytes_in + r.bytes_out;
    for (size_t at = 0; at < c.wire.len;) {
        size_t n = td_be32(c.wire.ptr + at);
        struct td_msg m;

        ok(td_msg_decode((tandem_slice){c.wire.ptr + at + 5, n}, &m));
        entries += m.type == TD_MSG_DATA || m.type == TD_MSG_HEAD ? n : 0;
        at += 5 + n;
    }
    print_message("10 of 200 logs: %llu bytes besides entries, %u round "
                  "trips\n",
        (unsigned long long)(bytes - entries), r.round_trips);
    assert_true(bytes - entries <= 2600);
    carry_deinit(&c);
    assert_memory_equal(heads_of(a).b, heads_of(b).b, 16);
    world_deinit(&w);
}

static void
test_without_a_cursor_the_sectors_that_differ_are_listed(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    struct td_peer p;
    tandem_report r;

    (void)state;
    world_begin(&w, 6, 2, 2);
    a = w.d[0].r;
    b = w.d[1].r;
    add_logs(&w, a, 0, 300, false);
    (void)world_sheet(&w, a, 1, "M. A.");
    (void)world_sheet(&w, b, 1, "M. B.");
    (void)meet(&w, b, a);
    // Both lose what they knew of each other, and one its trust in numbers.
    memset(&p, 0, sizeof(p));
    p.device = td_replica_device(a);
    ok(td_peer_put(b, &p));
    p.device = td_replica_device(b);
    p.their_lsn = 1u << 20;
    ok(td_peer_put(a, &p));
    assert_true(meet(&w, b, a).equal);
    p.their_lsn = 0;
    ok(td_peer_put(a, &p));
    p.device = td_replica_device(a);
    ok(td_peer_put(b, &p));
    (void)world_sheet(&w, b, 1, "M. C.");
    (void)world_sheet(&w, a, 1, "M. D.");
    r = meet(&w, a, b);
    assert_int_equal(1, r.commits_received);
    assert_int_equal(1, r.commits_sent);
    assert_true(r.bytes_in + r.bytes_out < 5000); // not 300 heads
    world_assert_equal(a, b);
    world_deinit(&w);
}

static void
test_a_cursor_that_lies_costs_a_pass_not_data(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    struct td_peer p;
    tandem_report r;

    (void)state;
    world_begin(&w, 7, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    (void)world_sheet(&w, a, 0, "M. A.");
    (void)meet(&w, a, b);
    (void)world_sheet(&w, a, 0, "Mme L.");
    // b believes it holds a's newest, as after a restore of b alone.
    p.device = td_replica_device(a);
    ok(td_peer_get(b, &p.device, &p));
    p.their_lsn = world_stats(a).lsn;
    ok(td_peer_put(b, &p));
    r = meet(&w, a, b);
    assert_int_equal(1, r.commits_sent);
    world_assert_equal(a, b);
    world_deinit(&w);
}

// More of them than the first credit lets through.
enum { LARGE = 170, LARGE_BYTES = 60000 };

static void
type_large(struct world *w, struct td_replica *r)
{
    char *text = calloc(1, LARGE_BYTES + 1);

    assert_non_null(text);
    memset(text, 'x', LARGE_BYTES);
    for (int i = 0; i < LARGE; i++) {
        struct typing t;
        struct td_buf v;
        struct td_op *op;

        typing_init(&t);
        op = typing_op(&t, TD_OP_SET, F_NAME);
        td_buf_init(&v, NULL, 70000);
        put_text(&v, text);
        op->value = td_buf_slice(&v);
        ok(typing_commit(&t, w, r, w->sectors[0], world_id(w), NULL));
        td_buf_deinit(&v);
        typing_deinit(&t);
    }
    free(text);
}

static void
test_many_commits_go_in_segments_within_credit(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    tandem_report r;
    struct carry c;

    (void)state;
    world_begin(&w, 8, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    (void)world_sheet(&w, a, 0, "M. A.");
    (void)meet(&w, a, b);
    type_large(&w, a);
    carry_init(&c, &w, b, a);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    r = carry_report(&c, 0);
    assert_int_equal(LARGE, r.commits_received);
    assert_true(r.bytes_in > TD_SESSION_CREDIT);
    // A batch of 256 KiB, each further one twice as large; credit not for each.
    assert_in_range(carry_count(&c, TD_MSG_ACK), 4, 6);
    assert_in_range(carry_count(&c, TD_MSG_CREDIT), 1, 3);
    assert_true(r.round_trips <= 5);
    carry_deinit(&c);
    world_assert_equal(a, b);
    world_deinit(&w);
}

static uint64_t
data_carried(const struct carry *c)
{
    uint64_t sum = 0;

    for (size_t at = 0; at < c->wire.len;) {
        size_t len = td_be32(c->wire.ptr + at);
        struct td_msg m;

        ok(td_msg_decode((tandem_slice){c->wire.ptr + at + 5, len}, &m));
        sum += m.type == TD_MSG_DATA ? m.u.data.bytes.len : 0;
        at += 5 + len;
    }
    return sum;
}

static void
write_one(struct td_session *x, struct world *w)
{
    struct td_session_write *write = NULL;

    ok(td_session_write_begin(x, w->now_ms, &write));
    td_session_write_run(write);
    ok(td_session_write_end(write, w->now_ms));
}

// A carrier whose writer is elsewhere: the first credit comes, and not a byte
// more. What is written then makes room for as much.
static void
test_credit_is_granted_for_what_is_durable(void **state)
{
    struct td_session_setup o = {.initiator = true, .outside = true};
    uint64_t sent, batch;
    struct world w;
    struct carry c;

    (void)state;
    world_begin(&w, 9, 2, 1);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    type_large(&w, w.d[0].r);
    carry_init(&c, &w, w.d[1].r, w.d[0].r);
    td_session_free(c.s[0]);
    o.peer = td_replica_device(w.d[0].r);
    o.rng = help_rng(&w.random);
    ok(td_session_new(w.d[1].r, &o, &c.s[0], NULL));
    carry_run(&c);
    sent = data_carried(&c);
    assert_int_equal(TD_SESSION_CREDIT, sent);
    assert_int_equal(0, carry_count(&c, TD_MSG_CREDIT));
    assert_int_equal(0, carry_count(&c, TD_MSG_ACK));
    batch = c.s[0]->batches->total;
    write_one(c.s[0], &w);
    carry_run(&c);
    assert_int_equal(1, carry_count(&c, TD_MSG_CREDIT));
    assert_int_equal(1, carry_count(&c, TD_MSG_ACK));
    assert_in_range(data_carried(&c), sent + 1, sent + batch);
    while (td_session_write_ready(c.s[0])) {
        write_one(c.s[0], &w);
        carry_run(&c);
    }
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    carry_deinit(&c);
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_newcomer_gets_everything),
        cmocka_unit_test(test_meeting_again_is_one_round_trip_and_300_bytes),
        cmocka_unit_test(test_both_sides_typed_both_get_all),
        cmocka_unit_test(test_kinds_are_counted_by_record),
        cmocka_unit_test(test_three_devices_gossip),
        cmocka_unit_test(test_ten_of_many_logs_are_found_by_cursor),
        cmocka_unit_test(
            test_without_a_cursor_the_sectors_that_differ_are_listed),
        cmocka_unit_test(test_a_cursor_that_lies_costs_a_pass_not_data),
        cmocka_unit_test(test_many_commits_go_in_segments_within_credit),
        cmocka_unit_test(test_credit_is_granted_for_what_is_durable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
