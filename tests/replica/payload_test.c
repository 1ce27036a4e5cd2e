// SPDX-License-Identifier: Apache-2.0
// payload_test.c - payloads at rest: as they travel, and yet not to be
// recognised; told without being opened; readable as long as their epoch's key
// is anywhere.
#include "member/control.h"
#include "replica/payload.h"
#include "replica/world.h"

static struct td_log_info
log_of(struct td_replica *r, tandem_id sector)
{
    struct td_log_info log;
    struct td_txn *t;
    uint32_t n = 0;

    ok(td_store_read(r->store, &t));
    do {
        ok(td_log_number(t, ++n, &log));
    } while (td_id_cmp(log.sector, sector) != 0);
    td_store_read_end(t);
    return log;
}

static bool
stands_in(const uint8_t *p, size_t n, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i + n <= len; i++) {
        if (data[i] == p[0] && memcmp(data + i, p, n) == 0) {
            return true;
        }
    }
    return false;
}

// Neither the author nor who heard it: not its salt, no 16 bytes of it.
static void
test_no_part_of_what_travelled_stands_on_disk(void **state)
{
    struct td_log_info log;
    struct td_hash16 name;
    struct td_buf wire;
    struct world w;

    (void)state;
    world_init(&w, 50);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    (void)world_sheet(&w, w.d[0].r, 0, "Anne");
    world_push(&w, w.d[0].r, w.d[1].r);
    log = log_of(w.d[0].r, w.sectors[0]);
    name = world_entry(w.d[0].r, log.id, 1);
    td_buf_init(&wire, NULL, 1 << 20);
    ok(td_replica_payload(w.d[0].r, &log.id, 1, &name, 0, &wire));
    assert_true(wire.len > 64);
    for (size_t k = 0; k < 2; k++) {
        uint8_t *data;
        size_t len;

        help_read_file(w.d[k].dir.path, "data.mdb", &data, &len);
        for (size_t i = 0; i + 16 <= wire.len; i++) {
            assert_false(stands_in(wire.ptr + i, 16, data, len));
        }
        free(data);
    }
    td_buf_deinit(&wire);
    world_deinit(&w);
}

static tandem_err
no_keys(struct td_txn *t, void *ctx)
{
    const tandem_slice from = td_slice_str(TD_META_EPOCH);
    tandem_slice key, value;
    struct td_iter *i;
    size_t *gone = ctx;

    ok(td_iter_open(t, TD_T_META, from, &i));
    while (td_iter_next(i, &key, &value) == TANDEM_OK &&
           key.len == from.len + 16 &&
           memcmp(key.ptr, from.ptr, from.len) == 0) {
        uint8_t copy[TD_KEY_BYTES_MAX];
        const size_t n = key.len;

        memcpy(copy, key.ptr, n);
        ok(td_del(t, TD_T_META, (tandem_slice){copy, n}));
        (*gone)++;
    }
    td_iter_close(i);
    return TANDEM_OK;
}

// The entry that states the sector's epoch.
struct stating {
    struct td_log_info log;
    tandem_id sector;
    uint64_t seq;
    uint16_t index;
};

static bool
states(const struct stating *s, tandem_slice entry, struct td_arena *arena)
{
    struct td_control c;

    return td_control_decode(entry, arena, &c) == TANDEM_OK &&
           c.type == TD_CONTROL_EPOCH && td_id_cmp(c.sector, s->sector) == 0;
}

static tandem_err
break_entry(struct td_txn *t, void *ctx)
{
    struct stating *s = ctx;
    struct td_arena arena;
    struct td_payload p;
    struct td_buf row;
    bool found = false;

    td_arena_init(&arena, NULL, 1 << 20);
    td_buf_init(&row, NULL, 1 << 20);
    for (s->seq = 1; s->seq <= s->log.head_seq; s->seq++) {
        for (s->index = 0; td_payload_get(t, s->log.number, s->seq, s->index,
                               &row, &p) == TANDEM_OK;
             s->index++) {
            if (states(s, p.bytes, &arena)) {
                found = true;
                break;
            }
        }
        if (found) {
            break;
        }
    }
    assert_true(found);
    row.ptr[row.len - 1] ^= 1; // what its hash says it is not
    ok(td_payload_put(t, s->log.number, s->seq, s->index, TD_SEAL_TRANSIT, &p));
    td_buf_deinit(&row);
    td_arena_deinit(&arena);
    return TANDEM_OK;
}

static tandem_err
ask_for_it(struct td_txn *t, void *ctx)
{
    const struct stating *s = ctx;
    struct td_arena arena;
    struct td_header h;

    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    ok(td_commit_get(t, s->log.number, s->seq, &arena, &h, NULL, NULL));
    ok(td_payload_missing(
        t, s->log.number, s->seq, s->index, &h.changes[s->index]));
    td_arena_deinit(&arena);
    return TANDEM_OK;
}

static void
again(struct device *d)
{
    device_close(d);
    device_open(d, false);
}

// From whoever has it, as any payload that was found damaged.
static void
replace_entry(struct world *w, const struct stating *s)
{
    const struct td_hash16 name = world_entry(w->d[0].r, s->log.id, s->seq);
    struct td_buf b;
    tandem_error e = {0};

    td_buf_init(&b, NULL, 1 << 20);
    ok(td_replica_payload(w->d[0].r, &s->log.id, s->seq, &name, s->index, &b));
    ok(td_store_write(w->d[1].store, ask_for_it, (void *)(uintptr_t)s, NULL));
    ok(td_replica_hear_payload(w->d[1].r, &s->log.id, s->seq, &name, s->index,
        td_buf_slice(&b), w->now_ms, &e));
    td_buf_deinit(&b);
}

static void
begin(struct world *w, uint64_t seed, tandem_id id[2], struct stating *s)
{
    world_init(w, seed);
    world_found(w, 2, 1, TANDEM_RIGHT_AGENT);
    id[0] = world_sheet(w, w->d[0].r, 0, "Anne"); // a place, later a state
    id[1] = world_sheet(w, w->d[0].r, 0, "Bea");
    world_set(w, w->d[0].r, id[1], F_NOTE, "a state");
    world_push(w, w->d[0].r, w->d[1].r);
    *s = (struct stating){
        .log = log_of(w->d[1].r, td_sector_control), .sector = w->sectors[0]};
    ok(td_store_write(w->d[1].store, break_entry, s, NULL));
    again(&w->d[1]);
}

static void
test_a_record_is_read_though_the_entry_of_its_epoch_is_damaged(void **state)
{
    struct td_snapshot snap;
    struct stating s;
    struct world w;
    tandem_id id[2];

    (void)state;
    begin(&w, 51, id, &s);
    for (size_t i = 0; i < 2; i++) {
        ok(td_replica_read(w.d[1].r, id[i], &snap));
        td_snapshot_deinit(&snap);
        assert_int_equal(1, world_versions(w.d[1].r, id[i], F_NAME));
    }
    replace_entry(&w, &s);
    assert_int_equal(0, world_verify(w.d[1].r));
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

static void
test_what_comes_while_a_key_is_lost_waits_for_it(void **state)
{
    struct td_snapshot snap;
    struct stating s;
    struct world w;
    tandem_id id[2];
    size_t gone = 0;

    (void)state;
    begin(&w, 52, id, &s);
    ok(td_store_write(w.d[1].store, no_keys, &gone, NULL));
    assert_true(gone > 0);
    again(&w.d[1]);
    assert_err(TANDEM_ENOKEY, td_replica_read(w.d[1].r, id[0], &snap));
    assert_true(world_verify(w.d[1].r) > 0);
    for (size_t i = 0; i < 2; i++) {
        world_set(&w, w.d[0].r, id[i], F_NAME, "Carl");
    }
    world_push(&w, w.d[0].r, w.d[1].r);
    assert_true(world_stats(w.d[1].r).waiting >= 2);
    replace_entry(&w, &s);
    assert_int_equal(0, world_stats(w.d[1].r).waiting);
    assert_int_equal(0, world_verify(w.d[1].r));
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_part_of_what_travelled_stands_on_disk),
        cmocka_unit_test(
            test_a_record_is_read_though_the_entry_of_its_epoch_is_damaged),
        cmocka_unit_test(test_what_comes_while_a_key_is_lost_waits_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
