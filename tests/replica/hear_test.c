// SPDX-License-Identifier: Apache-2.0
// hear_test.c - what two or three devices typed meets: any order, late keys,
// missing and damaged payloads, quarantine, unknown packs.
#include <sys/wait.h>

#include "replica/commit.h"
#include "replica/history.h"
#include "replica/payload.h"
#include "replica/world.h"

static void
test_a_sheet_typed_on_one_device_is_read_on_another(void **state)
{
    struct world w;
    tandem_id id;

    (void)state;
    world_init(&w, 10);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    id = world_sheet(&w, w.d[0].r, 0, "  Mme   GRAND-L. ");
    world_push(&w, w.d[0].r, w.d[1].r);
    assert_int_equal(1, world_versions(w.d[1].r, id, F_NAME));
    assert_int_equal(1, world_found_by(w.d[1].r, F_NAME, "mme grand-l."));
    assert_int_equal(0, world_found_by(w.d[1].r, F_NAME, "mme"));
    world_assert_equal(w.d[0].r, w.d[1].r);
    assert_int_equal(0, world_verify(w.d[1].r));
    // Heard again, nothing moves.
    assert_int_equal(0, world_push(&w, w.d[0].r, w.d[1].r));
    world_deinit(&w);
}

static void
test_concurrent_names_stand_side_by_side_until_somebody_chooses(void **state)
{
    struct world w;
    tandem_id id;
    struct td_query q = {.conflicts = true, .limit = 10};
    struct td_arena arena;
    struct td_hit *hits;
    tandem_slice next;
    size_t n;

    (void)state;
    world_init(&w, 11);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    id = world_sheet(&w, w.d[0].r, 0, "Legrand");
    world_push(&w, w.d[0].r, w.d[1].r);
    world_set(&w, w.d[0].r, id, F_NAME, "Le Grand");
    world_set(&w, w.d[1].r, id, F_NAME, "Legrant");
    world_set(&w, w.d[0].r, id, F_NOTE, "a");
    world_push(&w, w.d[0].r, w.d[1].r);
    world_push(&w, w.d[1].r, w.d[0].r);
    assert_int_equal(2, world_versions(w.d[0].r, id, F_NAME));
    world_assert_equal(w.d[0].r, w.d[1].r);
    assert_int_equal(1, world_stats(w.d[0].r).conflicts);
    assert_int_equal(1, world_stats(w.d[1].r).conflicts);
    td_arena_init(&arena, NULL, 1 << 20);
    ok(td_replica_find(w.d[1].r, &q, &arena, &hits, &n, &next));
    assert_int_equal(1, n);
    assert_true(tandem_id_equal(id, hits[0].id));
    td_arena_deinit(&arena);
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "le grand"));
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "legrant"));
    assert_int_equal(0, world_found_by(w.d[0].r, F_NAME, "legrand"));
    assert_int_equal(0, world_verify(w.d[0].r));
    world_set(&w, w.d[1].r, id, F_NAME, "Le Grand"); // having seen both
    world_push(&w, w.d[1].r, w.d[0].r);
    assert_int_equal(1, world_versions(w.d[0].r, id, F_NAME));
    assert_int_equal(0, world_stats(w.d[0].r).conflicts);
    assert_int_equal(0, world_verify(w.d[0].r));
    world_deinit(&w);
}

static void
test_quiet_fields_are_no_conflict_once_fields_are(void **state)
{
    struct world w;
    tandem_id id;

    (void)state;
    world_init(&w, 12);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    id = world_sheet(&w, w.d[0].r, 0, "x");
    world_push(&w, w.d[0].r, w.d[1].r);
    world_set(&w, w.d[0].r, id, F_NOTE, "a");
    world_set(&w, w.d[1].r, id, F_NOTE, "b");
    world_push(&w, w.d[1].r, w.d[0].r);
    assert_int_equal(0, world_stats(w.d[0].r).conflicts);
    world_set(&w, w.d[0].r, id, F_CODE, "AB12");
    world_set(&w, w.d[1].r, id, F_CODE, "CD34");
    world_push(&w, w.d[1].r, w.d[0].r);
    assert_int_equal(1, world_stats(w.d[0].r).conflicts);
    assert_int_equal(1, world_found_by(w.d[0].r, F_CODE, "ab12"));
    assert_int_equal(0, world_verify(w.d[0].r));
    world_deinit(&w);
}

static void
test_a_change_waits_for_what_it_had_seen_and_is_released(void **state)
{
    struct world w;
    tandem_id id;
    tandem_waiting_entry entry[4];
    uint64_t at = 0;
    size_t n;
    struct td_heard heard;
    struct td_log_id logs[64];
    struct td_replica *third;

    (void)state;
    world_init(&w, 13);
    world_found(&w, 3, 1, TANDEM_RIGHT_AGENT);
    third = w.d[2].r;
    id = world_sheet(&w, w.d[0].r, 0, "first");
    world_push(&w, w.d[0].r, w.d[1].r);
    world_set(&w, w.d[1].r, id, F_NAME, "second");
    // Only what device 1 wrote reaches the third.
    n = world_logs(w.d[1].r, DATA, logs);
    for (size_t i = 0; i < n; i++) {
        tandem_device_id device;

        ok(td_replica_log_device(w.d[1].r, logs[i], &device));
        if (td_device_cmp(device, td_replica_device(w.d[1].r)) == 0) {
            while (world_push_segment(
                &w, w.d[1].r, third, logs[i], false, &heard)) {
            }
        }
    }
    ok(td_replica_waiting(third, &at, entry, 4, &n));
    assert_int_equal(1, n);
    assert_int_equal(TANDEM_WAIT_CHANGE, entry[0].reason);
    assert_true(tandem_id_equal(id, entry[0].record));
    assert_int_equal(1, world_stats(third).waiting);
    {
        struct td_snapshot s;

        assert_err(TANDEM_ENOTFOUND, td_replica_read(third, id, &s));
    }
    assert_int_equal(0, world_verify(third));
    world_push(&w, w.d[0].r, third);
    assert_int_equal(0, world_stats(third).waiting);
    assert_int_equal(1, world_versions(third, id, F_NAME));
    assert_int_equal(1, world_found_by(third, F_NAME, "second"));
    assert_int_equal(0, world_found_by(third, F_NAME, "first"));
    assert_int_equal(0, world_verify(third));
    world_assert_equal(w.d[1].r, third);
    world_deinit(&w);
}

static void
test_records_heard_before_the_control_sector_open_when_it_comes(void **state)
{
    struct world w;
    struct td_replica *late;
    tandem_error e = {0};
    tandem_stats s;

    (void)state;
    world_init(&w, 14);
    world_found(&w, 1, 1, TANDEM_RIGHT_AGENT);
    late = world_add(&w);
    ok(td_replica_enrol(w.d[0].r, &td_store_device(late->store)->pub,
        TANDEM_RIGHT_AGENT, w.sectors, 1, w.now_ms, &e));
    for (int i = 0; i < 5; i++) {
        (void)world_sheet(&w, w.d[0].r, 0, "a");
    }
    ok(td_replica_join(late, &w.d[0].r->workspace, &e));
    world_push_some(&w, w.d[0].r, late, DATA, false);
    s = world_stats(late);
    assert_int_equal(0, s.records);
    assert_true(s.waiting >= 5);
    world_push_some(&w, w.d[0].r, late, CONTROL, false);
    s = world_stats(late);
    assert_int_equal(0, s.waiting);
    world_assert_equal(w.d[0].r, late);
    assert_int_equal(5, world_found_by(late, F_NAME, "a"));
    assert_int_equal(0, world_verify(late));
    world_deinit(&w);
}

// `count` new sheets in one commit.
static void
many_sheets(struct world *w, struct td_replica *r, size_t count)
{
    struct td_typed typed[100];
    struct typing t;
    struct td_place at;
    tandem_error e = {0};

    assert_true(count <= 100);
    memset(typed, 0, sizeof(typed));
    typing_init(&t);
    typing_set(&t, F_NAME, "many");
    for (size_t i = 0; i < count; i++) {
        typed[i].record = world_id(w);
        typed[i].kind = KIND_SHEET;
        typed[i].ops = t.ops;
        typed[i].op_count = t.count;
        td_pack_tag("test.pack", typed[i].pack);
    }
    w->now_ms += 1000;
    ok(td_replica_commit(
        r, w->sectors[0], r->me, typed, count, w->now_ms, &at, &e));
    typing_deinit(&t);
}

static void
test_thousands_that_waited_for_a_key_open_in_bounded_steps(void **state)
{
    struct world w;
    struct td_replica *late;
    tandem_error e = {0};
    tandem_change feed[100];
    uint64_t after = 0;
    size_t n, fed = 0;

    (void)state;
    world_init(&w, 23);
    world_found(&w, 1, 1, TANDEM_RIGHT_AGENT);
    late = world_add(&w);
    ok(td_replica_enrol(w.d[0].r, &td_store_device(late->store)->pub,
        TANDEM_RIGHT_AGENT, w.sectors, 1, w.now_ms, &e));
    for (int i = 0; i < 22; i++) {
        many_sheets(&w, w.d[0].r, 100);
    }
    ok(td_replica_join(late, &w.d[0].r->workspace, &e));
    world_push_some(&w, w.d[0].r, late, DATA, false);
    assert_true(world_stats(late).waiting >= 2200);
    world_push_some(&w, w.d[0].r, late, CONTROL, false);
    assert_int_equal(0, world_stats(late).waiting);
    assert_false(late->unsettled);
    world_assert_equal(w.d[0].r, late);
    do {
        ok(td_replica_feed(late, after, feed, 100, &n));
        fed += n;
        after = n > 0 ? feed[n - 1].number : after;
    } while (n > 0);
    assert_int_equal(world_stats(late).records, fed);
    assert_int_equal(0, world_verify(late));
    world_deinit(&w);
}

static void
test_pages_follow_each_other_without_gap_or_repeat(void **state)
{
    struct world w;
    struct td_query q = {.has_kind = true, .kind = KIND_SHEET, .limit = 7};
    struct td_arena arena;
    uint8_t last[24] = {0};
    size_t got = 0;

    (void)state;
    world_init(&w, 24);
    world_found(&w, 1, 2, TANDEM_RIGHT_AGENT);
    for (int i = 0; i < 23; i++) {
        (void)world_sheet(&w, w.d[0].r, (size_t)i % 2, "x");
    }
    td_pack_tag("test.pack", q.pack);
    td_arena_init(&arena, NULL, 1 << 20);
    do {
        struct td_hit *hits;
        size_t n;

        ok(td_replica_find(w.d[0].r, &q, &arena, &hits, &n, &q.after));
        for (size_t i = 0; i < n; i++) {
            assert_true(memcmp(hits[i].key, last, 24) > 0);
            assert_true(tandem_id_equal(hits[i].sector, w.sectors[0]) ||
                        tandem_id_equal(hits[i].sector, w.sectors[1]));
            memcpy(last, hits[i].key, 24);
        }
        got += n;
    } while (q.after.len > 0);
    assert_int_equal(23, got);
    q.sector = &w.sectors[1];
    q.limit = 100;
    {
        struct td_hit *hits;
        tandem_id by_prefix[4];
        char hex[37];
        size_t n;

        ok(td_replica_find(w.d[0].r, &q, &arena, &hits, &n, &q.after));
        assert_int_equal(11, n);
        tandem_id_text(hits[0].id, hex);
        ok(td_replica_prefix(w.d[0].r, hex, by_prefix, 4, &n));
        assert_int_equal(1, n);
        hex[6] = '\0';
        ok(td_replica_prefix(w.d[0].r, hex, by_prefix, 4, &n));
        assert_int_equal(4, n); // one moment's records begin alike
        assert_err(TANDEM_EVALUE,
            td_replica_prefix(w.d[0].r, "01g", by_prefix, 4, &n));
    }
    td_arena_deinit(&arena);
    world_deinit(&w);
}

static void
test_a_copied_device_forks_its_log_and_both_branches_stand(void **state)
{
    struct world w;
    struct device *copy;
    struct td_log_id logs[64];
    struct td_log_info log = {0};
    struct td_signed_head head;
    struct td_segment segment;
    struct td_arena arena;
    struct td_heard heard;
    struct td_txn *t;
    struct td_buf b;
    tandem_error e = {0};
    uint64_t changes;
    char command[700];
    size_t n;

    (void)state;
    world_init(&w, 25);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    (void)world_sheet(&w, w.d[1].r, 0, "common past");
    device_close(&w.d[1]);
    copy = &w.d[w.count++];
    copy->sys = w.d[1].sys;
    help_dir_new(&copy->dir);
    (void)snprintf(command, sizeof(command), "cp -r %s %s", w.d[1].dir.path,
        copy->dir.path);
    assert_int_equal(0, system(command));
    device_open(&w.d[1], false);
    device_open(copy, false);
    (void)world_sheet(&w, w.d[1].r, 0, "original");
    (void)world_sheet(&w, copy->r, 0, "copy");
    world_push(&w, w.d[1].r, w.d[0].r);
    n = world_logs(copy->r, DATA, logs);
    for (size_t i = 0; i < n; i++) {
        struct world_push p = {
            .author = td_replica_author(copy->r), .id = logs[i]};

        ok(td_store_write(copy->store, world_sign, &p, NULL));
        if (td_id_cmp(p.log.sector, w.sectors[0]) == 0) {
            log = p.log;
        }
    }
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    ok(td_store_read(copy->store, &t));
    ok(td_head_reach(t, &log, true, 0, &head));
    ok(td_replica_tell(
        copy->r, t, &log, true, 0, head.head.seq, &b, &changes, NULL));
    td_store_read_end(t);
    ok(td_segment_read(
        td_buf_slice(&b), &w.d[0].r->workspace, NULL, &head, &arena, &segment));
    ok(td_replica_hear(w.d[0].r, &segment, 1, w.now_ms, &heard, &e));
    assert_int_equal(1, heard.forked);
    assert_int_equal(1, heard.commits);
    assert_true(world_known(w.d[0].r, log.id, &log));
    assert_true(log.forked);
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "original"));
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "copy"));
    assert_int_equal(0, world_verify(w.d[0].r));
    td_arena_deinit(&arena);
    td_buf_deinit(&b);
    world_deinit(&w);
}

static void
test_a_courier_without_keys_holds_all_and_passes_it_on(void **state)
{
    struct world w;
    struct td_replica *courier, *reader;
    tandem_error e = {0};

    (void)state;
    world_init(&w, 15);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    reader = w.d[1].r;
    courier = world_add(&w);
    ok(td_replica_join(courier, &w.d[0].r->workspace, &e));
    (void)world_sheet(&w, w.d[0].r, 0, "sealed");
    world_push(&w, w.d[0].r, courier);
    assert_true(world_stats(courier).waiting > 0);
    assert_int_equal(0, world_stats(courier).records);
    assert_int_equal(0, world_verify(courier));
    world_push(&w, courier, reader);
    world_assert_equal(w.d[0].r, reader);
    world_deinit(&w);
}

struct forging {
    struct world *w;
    struct td_replica *r;
    tandem_id sector;
    struct td_epoch_id epoch;
    const struct td_change *change;
};

// What an honest replica refuses: a sealed commit that states the very heads
// which took its author's right away.
static tandem_err
append_forged(struct td_txn *t, void *ctx)
{
    struct forging *f = ctx;
    const struct td_author a = td_replica_author(f->r);
    const struct td_hash *heads;
    const size_t n = td_member_heads(f->r->member, &heads);
    struct td_payload_about about = {
        .workspace = &f->r->workspace, .sector = f->sector};
    struct td_payload p = {.epoch = f->epoch};
    struct td_log_info log;
    struct td_change c = *f->change;
    struct td_buf plain, sealed;
    struct td_hash hash, prev;
    uint64_t seq, lsn;

    ok(td_log_own(t, &a, f->sector, heads, n, &log));
    td_log_next(&log, &about.seq, &prev);
    about.prev = td_hash_short(&prev);
    about.log = log.id;
    about.epoch = f->epoch;
    c.log = log.id;
    c.seq = about.seq;
    td_buf_init(&plain, NULL, 1 << 16);
    td_buf_init(&sealed, NULL, 1 << 16);
    ok(td_change_encode(&c, &plain));
    td_pad32(&plain);
    ok(td_payload_seal(&about, td_member_key(f->r->member, &f->epoch),
        td_buf_slice(&plain), help_rng(&f->w->random), &sealed));
    p.bytes = td_buf_slice(&sealed);
    ok(td_log_append(
        t, &a, &log, &f->epoch, heads, n, &p.bytes, 1, &seq, &hash, &lsn));
    p.chain = td_hash_short(&hash);
    p.prev = about.prev;
    p.hash = td_hash_of(p.bytes);
    ok(td_payload_put(t, log.number, seq, 0, TD_SEAL_TRANSIT, &p));
    ok(td_feed_put(
        t, &(struct td_feed_row){
               .lsn = lsn, .number = log.number, .has_seq = true, .seq = seq}));
    td_buf_deinit(&sealed);
    td_buf_deinit(&plain);
    return TANDEM_OK;
}

static void
forge(struct world *w, struct td_replica *r, tandem_id sector, tandem_id id,
    const char *name)
{
    struct td_log_id logs[64];
    struct td_log_info log;
    struct td_change c = {.version = TD_BODY_VERSION,
        .record = id,
        .kind = KIND_SHEET,
        .clock = td_clock_at(w->now_ms)};
    struct forging f = {.w = w, .r = r, .sector = sector, .change = &c};
    struct typing t;
    const size_t n = world_logs(r, DATA, logs);

    // The key it still holds: that of its own last commit.
    for (size_t i = 0; i < n; i++) {
        assert_true(world_known(r, logs[i], &log));
        if (td_id_cmp(log.sector, sector) == 0 && log.has_epoch) {
            f.epoch = log.epoch;
        }
    }
    td_pack_tag("test.pack", c.pack);
    typing_init(&t);
    typing_set(&t, F_NAME, name);
    c.ops = t.ops;
    c.op_count = t.count;
    ok(td_store_write(r->store, append_forged, &f, NULL));
    typing_deinit(&t);
}

static void
assert_without_right(struct td_replica *r, tandem_id id)
{
    struct td_history h;
    struct td_arena a;
    size_t bad = 0;

    td_arena_init(&a, NULL, TD_REPLICA_ARENA_MAX);
    ok(td_replica_history(r, id, &a, &h));
    assert_int_equal(3, h.count);
    for (size_t i = 0; i < h.count; i++) {
        assert_non_null(h.at[i].change);
        assert_int_equal(
            h.at[i].admitted ? 0 : TANDEM_WAIT_RIGHT, h.at[i].reason);
        bad += !h.at[i].admitted;
    }
    assert_int_equal(1, bad);
    td_arena_deinit(&a);
}

static void
test_what_a_device_without_right_writes_is_held_in_quarantine(void **state)
{
    struct world w;
    tandem_id id, mine;
    tandem_error e = {0};
    tandem_device_id agent;
    tandem_waiting_entry entry[4];
    struct td_snapshot s;
    uint64_t at = 0;
    size_t n;

    (void)state;
    world_init(&w, 16);
    world_found(&w, 3, 1, TANDEM_RIGHT_AGENT);
    agent = td_replica_device(w.d[1].r);
    mine = world_sheet(&w, w.d[1].r, 0, "before");
    world_push(&w, w.d[1].r, w.d[0].r);
    ok(td_replica_grant(w.d[0].r, &agent, w.sectors[0], TANDEM_RIGHT_NONE, &e));
    world_push(&w, w.d[0].r, w.d[2].r);
    // The agent has not heard of it and writes on: admitted, for it could not
    // know. What it writes after it has heard is refused here already.
    world_set(&w, w.d[1].r, mine, F_NAME, "unknowing");
    world_push_some(&w, w.d[0].r, w.d[1].r, CONTROL, false);
    world_push_some(&w, w.d[1].r, w.d[2].r, DATA, false);
    assert_int_equal(1, world_found_by(w.d[2].r, F_NAME, "unknowing"));
    id = world_id(&w);
    {
        struct typing t;

        typing_init(&t);
        typing_set(&t, F_NAME, "after");
        assert_err(TANDEM_EDENIED,
            typing_commit(&t, &w, w.d[1].r, w.sectors[0], id, NULL));
        typing_deinit(&t);
    }
    // One that breaks the rule appends all the same.
    forge(&w, w.d[1].r, w.sectors[0], id, "forged");
    world_push_some(&w, w.d[1].r, w.d[2].r, DATA, false);
    assert_err(TANDEM_ENOTFOUND, td_replica_read(w.d[2].r, id, &s));
    ok(td_replica_waiting(w.d[2].r, &at, entry, 4, &n));
    assert_int_equal(1, n);
    assert_int_equal(TANDEM_WAIT_RIGHT, entry[0].reason);
    assert_true(tandem_id_equal(id, entry[0].record));
    assert_int_equal(0, td_device_cmp(agent, entry[0].device));
    assert_int_equal(1, world_stats(w.d[2].r).quarantined);
    assert_int_equal(0, world_found_by(w.d[2].r, F_NAME, "forged"));
    assert_int_equal(0, world_verify(w.d[2].r));
    // A record's history lists it, and says why it does not count.
    forge(&w, w.d[1].r, w.sectors[0], mine, "forged");
    world_push_some(&w, w.d[1].r, w.d[2].r, DATA, false);
    assert_without_right(w.d[2].r, mine);
    world_deinit(&w);
}

static void
test_payloads_left_out_are_missing_and_come_later(void **state)
{
    struct world w;
    tandem_id id;
    struct td_log_id logs[64];
    struct td_log_info from, to;
    struct td_txn *t;
    struct td_buf b;
    tandem_error e = {0};
    size_t n, came = 0;

    (void)state;
    world_init(&w, 17);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    id = world_sheet(&w, w.d[0].r, 0, "gap");
    world_push_some(&w, w.d[0].r, w.d[1].r, DATA, true);
    assert_true(world_stats(w.d[1].r).missing > 0);
    assert_int_equal(0, world_found_by(w.d[1].r, F_NAME, "gap"));
    assert_int_equal(0, world_verify(w.d[1].r));
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    n = world_logs(w.d[0].r, DATA, logs);
    for (size_t i = 0; i < n; i++) {
        assert_true(world_known(w.d[0].r, logs[i], &from));
        assert_true(world_known(w.d[1].r, logs[i], &to));
        for (uint64_t seq = 1; seq <= from.head_seq; seq++) {
            struct td_hash16 name = world_entry(w.d[0].r, logs[i], seq);
            struct td_header h;
            struct td_arena arena;

            td_arena_init(&arena, NULL, 1 << 20);
            ok(td_store_read(w.d[0].store, &t));
            ok(td_commit_get(t, from.number, seq, &arena, &h, NULL, NULL));
            td_store_read_end(t);
            for (uint16_t j = 0; j < h.change_count; j++) {
                td_buf_reset(&b);
                ok(td_replica_payload(w.d[0].r, &logs[i], seq, &name, j, &b));
                b.ptr[b.len - 1] ^= 1;
                assert_true(
                    td_replica_hear_payload(w.d[1].r, &logs[i], seq, &name, j,
                        td_buf_slice(&b), w.now_ms, &e) != TANDEM_OK);
                b.ptr[b.len - 1] ^= 1;
                if (td_replica_hear_payload(w.d[1].r, &logs[i], seq, &name, j,
                        td_buf_slice(&b), w.now_ms, &e) == TANDEM_OK) {
                    came++;
                }
                assert_err(TANDEM_EEXIST,
                    td_replica_hear_payload(w.d[1].r, &logs[i], seq, &name, j,
                        td_buf_slice(&b), w.now_ms, &e));
            }
            td_arena_deinit(&arena);
        }
    }
    td_buf_deinit(&b);
    assert_true(came > 0);
    assert_int_equal(0, world_stats(w.d[1].r).missing);
    assert_int_equal(1, world_versions(w.d[1].r, id, F_NAME));
    world_assert_equal(w.d[0].r, w.d[1].r);
    assert_int_equal(0, world_verify(w.d[1].r));
    world_deinit(&w);
}

// However many come at once, membership is read anew once.
static void
test_control_payloads_that_come_late_cost_one_reload(void **state)
{
    enum { LATE_MAX = 128 };
    static struct td_missing missing[LATE_MAX];
    static struct td_late lates[LATE_MAX];
    struct td_missing_at at = {{0}};
    struct td_hearing *x = NULL;
    struct td_replica *office, *tablet;
    struct td_heard heard;
    struct td_arena arena;
    struct world w;
    struct td_buf b;
    uint64_t reads;
    size_t n;

    (void)state;
    world_init(&w, 26);
    world_found(&w, 1, 1, TANDEM_RIGHT_AGENT);
    office = w.d[0].r;
    tablet = world_add(&w);
    ok(td_replica_join(tablet, &office->workspace, NULL));
    for (int i = 0; i < 60; i++) {
        tandem_id id;

        ok(td_replica_sector_add(office, "S", w.now_ms, &id, NULL));
    }
    (void)world_push_some(&w, office, tablet, CONTROL, true);
    ok(td_replica_missing(tablet, &at, missing, LATE_MAX, &n));
    assert_in_range(n, 61, LATE_MAX - 1);
    td_arena_init(&arena, NULL, (size_t)8 << 20);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct td_missing *m = &missing[i];

        td_buf_reset(&b);
        ok(td_replica_payload(office, &m->log, m->seq, &m->hash, m->index, &b));
        lates[i] = (struct td_late){m->log, m->seq, m->hash, m->index,
            td_arena_dup(&arena, td_buf_slice(&b))};
    }
    reads = td_store_reads(tablet->store);
    ok(td_hearing_begin(tablet, NULL, 0, w.now_ms, &x, NULL));
    td_hearing_late(x, lates, n);
    td_hearing_run(x);
    ok(td_hearing_end(x, &heard));
    assert_int_equal(n, heard.late);
    assert_true(heard.control);
    assert_int_equal(0, world_stats(tablet).missing);
    assert_in_range(td_store_reads(tablet->store) - reads, n, 20 * n);
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
    world_deinit(&w);
}

static tandem_err
write_control(struct td_work *w, void *ctx)
{
    const size_t *count = ctx;
    const struct td_hash *heads = NULL;
    const size_t n = td_member_heads(w->member, &heads);
    uint8_t bytes[16];

    for (size_t i = 0; i < *count; i++) {
        struct td_buf b;
        tandem_slice entry;

        td_buf_over(&b, bytes, sizeof(bytes));
        td_mp_array(&b, 3);
        td_mp_uint(&b, 1);
        td_mp_uint(&b, 99); // a type of tomorrow
        td_mp_uint(&b, i);
        entry = td_buf_slice(&b);
        TD_TRY(td_control_commit_write(w->t, &w->author, heads, n, &entry, 1));
    }
    return TANDEM_OK;
}

// Membership is read with what it keeps of a commit in memory, not with all
// that stands in the row of 64 commits, for each of them.
static void
test_many_control_commits_of_a_member_take_little_memory(void **state)
{
    size_t count = 3000;
    struct world w;
    size_t before;

    (void)state;
    world_init(&w, 27);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    ok(td_work_write(w.d[1].r, write_control, &count, NULL));
    before = meter_begin(&w.d[0].meter);
    assert_int_equal(
        count + 1, world_push_some(&w, w.d[1].r, w.d[0].r, CONTROL, false));
    assert_in_range(w.d[0].meter.most - before, 0, count * 4096);
    assert_int_equal(0, world_verify(w.d[0].r));
    world_deinit(&w);
}

// All that one device lacks of a log, in one transaction.
static void
hear_at_once(struct world *w, struct td_replica *from, struct td_replica *to,
    struct td_log_id id)
{
    enum { SEGMENTS_MAX = 32 };
    static struct td_segment segments[SEGMENTS_MAX];
    static struct td_arena arenas[SEGMENTS_MAX];
    static struct td_buf bytes[SEGMENTS_MAX];
    struct world_push p = {.author = td_replica_author(from), .id = id};
    struct td_log_info known;
    struct td_heard heard;
    struct td_txn *t;
    size_t n = 0;
    bool has = world_known(to, id, &known);

    ok(td_store_write(from->store, world_sign, &p, NULL));
    while (!has || known.head_seq < p.log.head_seq) {
        const uint64_t after = has ? known.head_seq : 0;
        struct td_signed_head head;
        uint64_t changes;

        assert_true(n < SEGMENTS_MAX);
        td_buf_init(&bytes[n], NULL, TD_SEGMENT_BYTES_MAX);
        td_arena_init(&arenas[n], NULL, TD_SEGMENT_ARENA_MAX);
        ok(td_store_read(from->store, &t));
        ok(td_head_reach(t, &p.log, !has, after, &head));
        ok(td_replica_tell(from, t, &p.log, !has, after, head.head.seq,
            &bytes[n], &changes, NULL));
        td_store_read_end(t);
        ok(td_segment_read(td_buf_slice(&bytes[n]), &to->workspace,
            has ? &known : NULL, &head, &arenas[n], &segments[n]));
        known = segments[n].log;
        known.head_seq = head.head.seq;
        known.head = head.head.hash;
        has = true;
        n++;
    }
    ok(td_replica_hear(to, segments, n, w->now_ms, &heard, NULL));
    while (n-- > 0) {
        td_arena_deinit(&arenas[n]);
        td_buf_deinit(&bytes[n]);
    }
}

static uint64_t
changes_of(struct td_replica *r, tandem_id id)
{
    struct td_snapshot s;
    uint64_t n;

    ok(td_replica_read(r, id, &s));
    n = td_record_changes(s.state);
    td_snapshot_deinit(&s);
    return n;
}

// Two devices make one record as large as it may get, and a third hears of
// both. The change that passes the bound is set apart, amid a transaction; what
// came before it in the same one stands.
static void
test_a_change_beyond_a_records_bound_takes_nothing_with_it(void **state)
{
    enum { EACH = 19, BYTES = TD_TEXT_BYTES_MAX };
    struct td_snapshot s;
    char *text = malloc(BYTES);
    struct typing t;
    struct world w;
    tandem_id id;
    uint64_t n;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', BYTES);
    world_init(&w, 29);
    world_found(&w, 3, 1, TANDEM_RIGHT_AGENT);
    id = world_sheet(&w, w.d[0].r, 0, "x");
    typing_init(&t);
    *typing_op(&t, TD_OP_INSERT, F_TEXT) = (struct td_op){.code = TD_OP_INSERT,
        .field = F_TEXT,
        .utf8 = {(const uint8_t *)text, BYTES}};
    (void)world_push(&w, w.d[0].r, w.d[1].r);
    (void)world_push(&w, w.d[0].r, w.d[2].r);
    for (size_t d = 1; d < 3; d++) {
        struct td_log_id logs[64];

        for (size_t i = 0; i < EACH; i++) {
            ok(td_replica_read(w.d[d].r, id, &s));
            ok(typing_commit(&t, &w, w.d[d].r, w.sectors[0], id, s.state));
            td_snapshot_deinit(&s);
        }
        n = world_logs(w.d[d].r, DATA, logs);
        for (size_t i = 0; i < n; i++) {
            struct td_log_info log;

            assert_true(world_known(w.d[d].r, logs[i], &log));
            if (td_device_cmp(log.device, td_replica_device(w.d[d].r)) == 0 &&
                td_id_cmp(log.sector, w.sectors[0]) == 0) {
                hear_at_once(&w, w.d[d].r, w.d[0].r, log.id);
            }
        }
    }
    n = changes_of(w.d[0].r, id);
    assert_in_range(n, 1 + EACH + 1, EACH + EACH); // some of the second's
    assert_true(world_stats(w.d[0].r).waiting > 0);
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "x"));
    world_set(&w, w.d[0].r, id, F_NAME, "y"); // it goes on
    assert_int_equal(n + 1, changes_of(w.d[0].r, id));
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "y"));
    assert_int_equal(0, world_verify(w.d[0].r));
    typing_deinit(&t);
    world_deinit(&w);
    free(text);
}

struct counting {
    tandem_id sector, record;
    const struct td_op *op;
    int64_t now_ms;
    size_t count;
};

// So many commits, each one more change of one record.
static tandem_err
count_up(struct td_work *w, void *ctx)
{
    const struct counting *c = ctx;

    for (size_t i = 0; i < c->count; i++) {
        struct td_typed typed = {.record = c->record,
            .kind = KIND_SHEET,
            .ops = c->op,
            .op_count = 1};
        struct td_place at;

        td_pack_tag("test.pack", typed.pack);
        TD_TRY(
            td_commit_typed(w, c->sector, w->r->me, &typed, 1, c->now_ms, &at));
    }
    return TANDEM_OK;
}

// A record is read once and written once for all its changes that come
// together: each more of them costs the same few reads. What stands is what
// building it from them gives (world_verify).
static void
test_many_changes_of_one_record_are_applied_at_once(void **state)
{
    uint64_t reads[2];
    struct typing t;
    struct world w;

    (void)state;
    world_init(&w, 28);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    typing_init(&t);
    typing_op(&t, TD_OP_COUNT, 42)->delta = 1;
    for (size_t i = 0; i < 2; i++) {
        struct counting c = {.sector = w.sectors[0],
            .record = world_sheet(&w, w.d[1].r, 0, "x"),
            .op = t.ops,
            .now_ms = w.now_ms,
            .count = i == 0 ? 120 : 240};

        (void)world_push(&w, w.d[1].r, w.d[0].r);
        ok(td_work_write(w.d[1].r, count_up, &c, NULL));
        reads[i] = td_store_reads(w.d[0].store);
        assert_int_equal(c.count, world_push(&w, w.d[1].r, w.d[0].r));
        reads[i] = td_store_reads(w.d[0].store) - reads[i];
    }
    assert_true(reads[1] - reads[0] <= (uint64_t)4 * 120);
    assert_int_equal(0, world_verify(w.d[0].r));
    world_assert_equal(w.d[0].r, w.d[1].r);
    typing_deinit(&t);
    world_deinit(&w);
}

static void
test_records_of_a_pack_not_heard_yet_are_kept_and_found_later(void **state)
{
    struct world w;
    struct td_replica *office, *tablet;
    tandem_error e = {0};
    tandem_id id;
    tandem_change feed[64];
    size_t n;

    (void)state;
    world_init(&w, 18);
    office = world_add(&w);
    ok(td_replica_found(office, "Nord", "bureau", w.now_ms, &e));
    ok(td_replica_sector_add(office, "F", w.now_ms, &w.sectors[0], &e));
    w.sector_count = 1;
    tablet = world_add(&w);
    ok(td_replica_enrol(office, &td_store_device(tablet->store)->pub,
        TANDEM_RIGHT_AGENT, w.sectors, 1, w.now_ms, &e));
    ok(td_replica_join(tablet, &office->workspace, &e));
    world_push(&w, office, tablet);
    // The tablet types with a pack the office publishes only later.
    id = world_sheet(&w, tablet, 0, "Early Bird");
    world_push(&w, tablet, office);
    ok(td_replica_feed(office, 0, feed, 64, &n));
    assert_true(n > 0);
    assert_string_equal("", feed[n - 1].kind);
    assert_int_equal(0, world_found_by(office, F_NAME, "early bird"));
    assert_int_equal(1, world_versions(office, id, F_NAME));
    assert_int_equal(0, world_verify(office));
    world_publish(office, 1);
    assert_int_equal(1, world_found_by(office, F_NAME, "early bird"));
    assert_int_equal(0, world_verify(office));
    world_push(&w, office, tablet);
    assert_int_equal(1, world_found_by(tablet, F_NAME, "early bird"));
    assert_int_equal(0, world_verify(tablet));
    ok(td_replica_feed(office, 0, feed, 64, &n));
    assert_string_equal("test.pack/sheet", feed[n - 1].kind);
    world_deinit(&w);
}

static void
test_the_feed_resumes_and_names_each_change_once(void **state)
{
    struct world w;
    tandem_change all[64], some[64];
    size_t n, m, got = 0;
    uint64_t after = 0;

    (void)state;
    world_init(&w, 19);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    for (int i = 0; i < 7; i++) {
        (void)world_sheet(&w, w.d[0].r, 0, "x");
    }
    world_push(&w, w.d[0].r, w.d[1].r);
    ok(td_replica_feed(w.d[1].r, 0, all, 64, &n));
    assert_true(n >= 7);
    do {
        ok(td_replica_feed(w.d[1].r, after, some, 2, &m));
        for (size_t i = 0; i < m; i++) {
            assert_memory_equal(&some[i].record, &all[got].record, 16);
            assert_true(some[i].number > after);
            after = some[i].number;
            got++;
        }
    } while (m > 0);
    assert_int_equal(n, got);
    assert_false(all[n - 1].local);
    world_deinit(&w);
}

static void
test_deleted_here_changed_there_is_disputed_until_decided(void **state)
{
    struct world w;
    struct td_snapshot s;
    struct typing t;
    tandem_id id;

    (void)state;
    world_init(&w, 20);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    id = world_sheet(&w, w.d[0].r, 0, "x");
    world_push(&w, w.d[0].r, w.d[1].r);
    ok(td_replica_read(w.d[0].r, id, &s));
    typing_init(&t);
    typing_op(&t, TD_OP_MARK, 0)->deleted = true;
    ok(typing_commit(&t, &w, w.d[0].r, s.sector, id, s.state));
    typing_deinit(&t);
    td_snapshot_deinit(&s);
    assert_int_equal(1, world_stats(w.d[0].r).trashed);
    world_set(&w, w.d[1].r, id, F_NOTE, "still there");
    world_push(&w, w.d[1].r, w.d[0].r);
    ok(td_replica_read(w.d[0].r, id, &s));
    assert_int_equal(TD_DISPUTED, td_record_deletion(s.state));
    td_snapshot_deinit(&s);
    assert_int_equal(0, world_stats(w.d[0].r).trashed);
    assert_int_equal(1, world_stats(w.d[0].r).conflicts);
    assert_int_equal(0, world_verify(w.d[0].r));
    world_deinit(&w);
}

static void
test_a_record_is_read_as_somebody_saw_it(void **state)
{
    struct world w;
    struct td_snapshot then, now, again;
    const struct td_seen *seen;
    struct td_buf a, b;
    tandem_id id;
    size_t n;

    (void)state;
    world_init(&w, 21);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    id = world_sheet(&w, w.d[0].r, 0, "one");
    ok(td_replica_read(w.d[0].r, id, &then));
    world_set(&w, w.d[0].r, id, F_NAME, "two");
    n = td_record_seen(then.state, &seen);
    ok(td_replica_read_seen(w.d[0].r, id, seen, n, &again));
    td_buf_init(&a, NULL, 1 << 20);
    td_buf_init(&b, NULL, 1 << 20);
    ok(td_record_encode(then.state, &a));
    ok(td_record_encode(again.state, &b));
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    td_snapshot_deinit(&again);
    // Another device that does not hold it says so.
    ok(td_replica_read(w.d[0].r, id, &now));
    n = td_record_seen(now.state, &seen);
    assert_err(
        TANDEM_ENOTFOUND, td_replica_read_seen(w.d[1].r, id, seen, n, &again));
    td_snapshot_deinit(&now);
    td_snapshot_deinit(&then);
    td_buf_deinit(&a);
    td_buf_deinit(&b);
    world_deinit(&w);
}

static void
test_a_program_killed_between_transactions_resumes(void **state)
{
    struct world w;
    struct td_hash before;
    uint64_t records;
    pid_t child;
    int status;
    tandem_id id;

    (void)state;
    world_init(&w, 22);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    id = world_sheet(&w, w.d[0].r, 0, "kept");
    before = world_digest(w.d[0].r, &records);
    device_close(&w.d[0]);
    child = fork();
    if (child == 0) {
        device_open(&w.d[0], false);
        world_set(&w, w.d[0].r, id, F_NOTE, "by the child");
        _exit(0); // nothing closed
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    device_open(&w.d[0], false);
    assert_int_equal(1, world_versions(w.d[0].r, id, F_NOTE));
    {
        struct td_hash after = world_digest(w.d[0].r, &records);

        assert_true(memcmp(before.b, after.b, 32) != 0);
    }
    assert_int_equal(0, world_verify(w.d[0].r));
    world_set(&w, w.d[0].r, id, F_NOTE, "and on");
    world_push(&w, w.d[0].r, w.d[1].r);
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sheet_typed_on_one_device_is_read_on_another),
        cmocka_unit_test(
            test_concurrent_names_stand_side_by_side_until_somebody_chooses),
        cmocka_unit_test(test_quiet_fields_are_no_conflict_once_fields_are),
        cmocka_unit_test(
            test_a_change_waits_for_what_it_had_seen_and_is_released),
        cmocka_unit_test(
            test_records_heard_before_the_control_sector_open_when_it_comes),
        cmocka_unit_test(
            test_thousands_that_waited_for_a_key_open_in_bounded_steps),
        cmocka_unit_test(test_pages_follow_each_other_without_gap_or_repeat),
        cmocka_unit_test(
            test_a_copied_device_forks_its_log_and_both_branches_stand),
        cmocka_unit_test(
            test_a_courier_without_keys_holds_all_and_passes_it_on),
        cmocka_unit_test(
            test_what_a_device_without_right_writes_is_held_in_quarantine),
        cmocka_unit_test(test_payloads_left_out_are_missing_and_come_later),
        cmocka_unit_test(test_control_payloads_that_come_late_cost_one_reload),
        cmocka_unit_test(
            test_many_control_commits_of_a_member_take_little_memory),
        cmocka_unit_test(test_many_changes_of_one_record_are_applied_at_once),
        cmocka_unit_test(
            test_a_change_beyond_a_records_bound_takes_nothing_with_it),
        cmocka_unit_test(
            test_records_of_a_pack_not_heard_yet_are_kept_and_found_later),
        cmocka_unit_test(test_the_feed_resumes_and_names_each_change_once),
        cmocka_unit_test(
            test_deleted_here_changed_there_is_disputed_until_decided),
        cmocka_unit_test(test_a_record_is_read_as_somebody_saw_it),
        cmocka_unit_test(test_a_program_killed_between_transactions_resumes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
