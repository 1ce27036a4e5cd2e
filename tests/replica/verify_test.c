// SPDX-License-Identifier: Apache-2.0
// verify_test.c - what is damaged is named, in either language; the rest goes
// on, and a damaged record's row is found again among the entries.
#include "replica/index.h"
#include "replica/row.h"
#include "replica/wait.h"
#include "replica/world.h"

struct hearing {
    size_t count;
    char first[400];
};

static void
keep(void *ctx, const char *sentence)
{
    struct hearing *h = ctx;

    if (h->count++ == 0) {
        (void)snprintf(h->first, sizeof(h->first), "%s", sentence);
    }
}

static struct hearing
verify(struct td_replica *r, tandem_lang lang)
{
    struct hearing h = {0};
    tandem_verify_report report;
    tandem_error e = {0};

    ok(td_replica_verify(r, lang, keep, &h, &report, &e));
    assert_int_equal(h.count, report.problems);
    return h;
}

struct damage {
    enum td_table table;
    tandem_slice prefix;
    bool remove;
    size_t done;
};

// Replace (or remove) the first row whose key begins so.
static tandem_err
do_damage(struct td_txn *t, void *ctx)
{
    struct damage *d = ctx;
    tandem_slice key, value;
    uint8_t copy[TD_KEY_BYTES_MAX];
    struct td_buf bytes;
    struct td_iter *i;
    size_t len;

    d->done = 0;
    ok(td_iter_open(t, d->table, d->prefix, &i));
    ok(td_iter_next(i, &key, &value));
    assert_true(key.len >= d->prefix.len);
    assert_memory_equal(key.ptr, d->prefix.ptr, d->prefix.len);
    len = key.len;
    memcpy(copy, key.ptr, len);
    td_buf_init(&bytes, NULL, 1 << 20);
    td_buf_put_slice(&bytes, value);
    if (bytes.len > 0) {
        bytes.ptr[bytes.len / 2] ^= 0x40;
    }
    td_iter_close(i);
    if (d->remove) {
        ok(td_del(t, d->table, (tandem_slice){copy, len}));
    } else {
        ok(td_put(t, d->table, (tandem_slice){copy, len}, TD_SEAL_TRANSIT,
            td_buf_slice(&bytes)));
    }
    td_buf_deinit(&bytes);
    d->done++;
    return TANDEM_OK;
}

static void
damage(
    struct td_replica *r, enum td_table table, tandem_slice prefix, bool remove)
{
    struct damage d = {.table = table, .prefix = prefix, .remove = remove};

    ok(td_store_write(r->store, do_damage, &d, NULL));
    assert_int_equal(1, d.done);
}

static tandem_err
break_log(struct td_txn *t, void *ctx)
{
    const struct td_log_info *log = ctx;

    return td_put(t, TD_T_LOGS, (tandem_slice){log->id.b, 16}, TD_SEAL_TRANSIT,
        (tandem_slice){0});
}

static void
begin(struct world *w, uint64_t seed, tandem_id *id)
{
    world_init(w, seed);
    world_found(w, 2, 1, TANDEM_RIGHT_AGENT);
    *id = world_sheet(w, w->d[0].r, 0, "Anne");
    world_set(w, w->d[0].r, *id, F_NAME, "Bea");
    world_push(w, w->d[0].r, w->d[1].r);
    assert_int_equal(0, verify(w->d[1].r, TANDEM_EN).count);
}

static void
test_a_damaged_payload_is_named_and_not_sent(void **state)
{
    struct world w;
    struct hearing h;
    struct td_replica *third;
    tandem_error e = {0};
    tandem_device_id author;
    char hex[9], start[14] = {0};
    tandem_id id;
    struct td_log_id logs[64];
    struct td_log_info log = {0};
    size_t n;

    (void)state;
    begin(&w, 30, &id);
    author = td_replica_device(w.d[0].r);
    n = world_logs(w.d[1].r, DATA, logs);
    for (size_t i = 0; i < n; i++) {
        struct td_log_info one;

        assert_true(world_known(w.d[1].r, logs[i], &one));
        if (td_id_cmp(one.sector, w.sectors[0]) == 0) {
            log = one;
        }
    }
    td_put_be32((uint8_t *)start, log.number);
    td_put_be64((uint8_t *)start + 4, 1);
    damage(w.d[1].r, TD_T_PAYLOADS,
        (tandem_slice){(const uint8_t *)start, sizeof(start)}, false);
    h = verify(w.d[1].r, TANDEM_EN);
    assert_true(h.count >= 1);
    td_hex((tandem_slice){author.b, 4}, hex);
    assert_non_null(strstr(h.first, hex));
    assert_non_null(strstr(h.first, "entry 1, change 0"));
    assert_non_null(strstr(verify(w.d[1].r, TANDEM_FR).first, "changement 0"));
    // Passed on, it is absent there, and nothing else is.
    third = world_add(&w);
    ok(td_replica_enrol(w.d[0].r, &td_store_device(third->store)->pub,
        TANDEM_RIGHT_AGENT, w.sectors, 1, w.now_ms, &e));
    ok(td_replica_join(third, &w.d[0].r->workspace, &e));
    world_push_some(&w, w.d[0].r, third, CONTROL, false);
    world_push_some(&w, w.d[1].r, third, DATA, false);
    assert_int_equal(1, world_stats(third).missing);
    world_deinit(&w);
}

static void
test_a_damaged_payload_is_asked_for_and_replaced(void **state)
{
    struct world w;
    struct td_replica *r;
    struct td_missing missing[4];
    struct td_hash16 name;
    struct td_missing_at at = {{0}};
    struct td_log_info log;
    struct td_log_id logs[64];
    uint8_t start[14] = {0};
    struct td_buf b;
    tandem_error e = {0};
    tandem_id id;
    size_t n;

    (void)state;
    begin(&w, 34, &id);
    r = w.d[1].r;
    n = world_logs(r, DATA, logs);
    for (size_t i = 0; i < n; i++) {
        assert_true(world_known(r, logs[i], &log));
        if (td_id_cmp(log.sector, w.sectors[0]) == 0) {
            break;
        }
    }
    td_put_be32(start, log.number);
    td_put_be64(start + 4, 1);
    damage(r, TD_T_PAYLOADS, (tandem_slice){start, sizeof(start)}, false);
    assert_true(verify(r, TANDEM_EN).count > 0);
    assert_int_equal(0, world_stats(r).missing); // verify changes nothing
    ok(td_replica_me_set(r, r->me, &e));         // any write notes it
    ok(td_replica_missing(r, &at, missing, 4, &n));
    assert_int_equal(1, n);
    assert_int_equal(1, missing[0].seq);
    assert_int_equal(0, td_log_id_cmp(log.id, missing[0].log));
    td_buf_init(&b, NULL, 1 << 20);
    name = world_entry(w.d[0].r, log.id, 1);
    ok(td_replica_payload(w.d[0].r, &log.id, 1, &name, 0, &b));
    ok(td_replica_hear_payload(
        r, &log.id, 1, &name, 0, td_buf_slice(&b), w.now_ms, &e));
    td_buf_deinit(&b);
    assert_int_equal(0, world_stats(r).missing);
    assert_int_equal(0, world_verify(r));
    world_deinit(&w);
}

static tandem_err
miscount(struct td_txn *t, void *ctx)
{
    const tandem_id *sector = ctx;
    uint8_t key[23] = "missing";
    uint8_t row[8];

    memcpy(key + 7, sector->b, 16);
    td_put_be64(row, 7);
    return td_put(t, TD_T_META, (tandem_slice){key, sizeof(key)},
        TD_SEAL_TRANSIT, (tandem_slice){row, sizeof(row)});
}

// Nothing is missing, whatever the count says; the next write sets it right.
static void
test_a_wrong_count_of_what_is_missing_is_named_and_made_whole(void **state)
{
    struct td_replica *r;
    tandem_error e = {0};
    struct world w;
    tandem_id id;

    (void)state;
    begin(&w, 38, &id);
    r = w.d[1].r;
    ok(td_store_write(r->store, miscount, &w.sectors[0], NULL));
    assert_int_equal(0, world_stats(r).missing);
    assert_int_equal(1, verify(r, TANDEM_EN).count);
    assert_non_null(strstr(verify(r, TANDEM_EN).first, "missing"));
    ok(td_replica_me_set(r, r->me, &e));
    assert_int_equal(0, world_verify(r));
    world_deinit(&w);
}

static void
test_a_lost_or_foreign_index_row_is_noticed(void **state)
{
    struct world w;
    struct td_hash16 blind;
    uint8_t pack[8];
    tandem_id id;

    (void)state;
    begin(&w, 31, &id);
    td_pack_tag("test.pack", pack);
    blind = td_index_field(
        w.d[1].store, pack, KIND_SHEET, F_NAME, td_slice_str("bea"));
    damage(w.d[1].r, TD_T_INDEXES, (tandem_slice){blind.b, 16}, true);
    assert_non_null(strstr(verify(w.d[1].r, TANDEM_EN).first, "search"));
    world_deinit(&w);
}

static void
test_a_damaged_entry_is_named(void **state)
{
    struct world w;
    uint8_t start[12] = {0};
    tandem_id id;

    (void)state;
    begin(&w, 32, &id);
    td_put_be32(start, 1);
    damage(w.d[1].r, TD_T_COMMITS, (tandem_slice){start, 12}, false);
    assert_non_null(strstr(verify(w.d[1].r, TANDEM_EN).first, "entry 1"));
    world_deinit(&w);
}

// What the row said stands in the entries too: all goes on, and says so.
static void
test_a_damaged_log_is_named_and_mended_by_its_next_entry(void **state)
{
    struct td_log_info log = {0};
    struct td_txn *t;
    struct world w;
    tandem_id id;

    (void)state;
    begin(&w, 36, &id);
    ok(td_store_read(w.d[1].r->store, &t));
    for (uint32_t n = 1; td_id_cmp(log.sector, w.sectors[0]) != 0; n++) {
        ok(td_log_number(t, n, &log));
    }
    td_store_read_end(t);
    ok(td_store_write(w.d[1].r->store, break_log, &log, NULL));
    assert_non_null(strstr(verify(w.d[1].r, TANDEM_EN).first, "list of logs"));
    world_set(&w, w.d[0].r, id, F_NOTE, "again");
    world_push(&w, w.d[0].r, w.d[1].r);
    assert_int_equal(0, world_verify(w.d[1].r));
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

static void
test_a_damaged_record_is_named_and_mended_by_its_next_change(void **state)
{
    struct world w;
    tandem_id id;
    char text[37];
    struct td_snapshot s;

    (void)state;
    begin(&w, 33, &id);
    tandem_id_text(id, text);
    damage(w.d[1].r, TD_T_RECORDS, (tandem_slice){id.b, 16}, false);
    assert_non_null(strstr(verify(w.d[1].r, TANDEM_EN).first, text));
    assert_true(td_replica_read(w.d[1].r, id, &s) != TANDEM_OK ||
                (td_snapshot_deinit(&s), true));
    world_set(&w, w.d[0].r, id, F_NOTE, "again");
    world_push(&w, w.d[0].r, w.d[1].r);
    assert_int_equal(0, world_verify(w.d[1].r));
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

static tandem_err
exchange_place(struct td_txn *t, void *ctx)
{
    const tandem_id *id = ctx; // the first's row gets the second's place
    struct td_buf key;
    struct td_buf place;

    td_buf_init(&key, NULL, TD_KEY_BYTES_MAX);
    td_buf_init(&place, NULL, 1 << 20);
    ok(td_last(t, TD_T_RECORDS, (tandem_slice){id[1].b, 16}, &key, &place));
    assert_int_equal(TD_PLACE_BYTES, place.len);
    {
        struct td_buf was;

        td_buf_init(&was, NULL, 1 << 20);
        ok(td_last(t, TD_T_RECORDS, (tandem_slice){id[0].b, 16}, &key, &was));
        assert_int_equal(TD_PLACE_BYTES, was.len);
        td_buf_deinit(&was);
    }
    ok(td_put(t, TD_T_RECORDS, td_buf_slice(&key), TD_SEAL_PLACE,
        td_buf_slice(&place)));
    td_buf_deinit(&place);
    td_buf_deinit(&key);
    return TANDEM_OK;
}

// A place is not sealed: a bit of it flipped may lead to another record's.
static void
test_a_place_of_another_record_is_named_and_mended(void **state)
{
    struct world w;
    tandem_id id, two[2];

    (void)state;
    begin(&w, 37, &id);
    two[0] = world_sheet(&w, w.d[0].r, 0, "Carl");
    two[1] = world_sheet(&w, w.d[0].r, 0, "Dora");
    world_push(&w, w.d[0].r, w.d[1].r);
    ok(td_store_write(w.d[1].r->store, exchange_place, two, NULL));
    assert_true(verify(w.d[1].r, TANDEM_EN).count > 0);
    world_set(&w, w.d[0].r, two[0], F_NOTE, "again");
    world_push(&w, w.d[0].r, w.d[1].r);
    assert_int_equal(0, world_verify(w.d[1].r));
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

// A third device in which a change waits for the one it follows.
static void
begin_waiting(struct world *w, uint64_t seed, tandem_id *id)
{
    tandem_error e = {0};
    struct td_log_id logs[64];
    struct td_replica *third;
    struct td_heard heard;

    begin(w, seed, id);
    (void)world_add(w);
    third = w->d[2].r;
    ok(td_replica_enrol(w->d[0].r, &td_store_device(third->store)->pub,
        TANDEM_RIGHT_AGENT, w->sectors, 1, w->now_ms, &e));
    ok(td_replica_join(third, &w->d[0].r->workspace, &e));
    world_push_some(w, w->d[0].r, w->d[1].r, CONTROL, false);
    world_push_some(w, w->d[0].r, third, CONTROL, false);
    world_set(w, w->d[1].r, *id, F_NAME, "Zoe");
    for (size_t i = 0, n = world_logs(w->d[1].r, DATA, logs); i < n; i++) {
        tandem_device_id device;

        ok(td_replica_log_device(w->d[1].r, logs[i], &device));
        if (td_device_cmp(device, td_replica_device(w->d[1].r)) == 0) {
            (void)world_push_segment(
                w, w->d[1].r, third, logs[i], false, &heard);
        }
    }
    assert_int_equal(1, world_stats(third).waiting);
}

// Its reason is lost; the entry says it anew, and the store opens.
static void
test_a_damaged_waiting_row_stops_nothing(void **state)
{
    struct world w;
    tandem_id id;

    (void)state;
    begin_waiting(&w, 34, &id);
    damage(
        w.d[2].r, TD_T_WAITING, (tandem_slice){(const uint8_t *)"", 1}, false);
    device_close(&w.d[2]);
    device_open(&w.d[2], false);
    world_push(&w, w.d[0].r, w.d[2].r);
    assert_int_equal(0, world_stats(w.d[2].r).waiting);
    assert_int_equal(1, world_versions(w.d[2].r, id, F_NAME));
    world_assert_equal(w.d[1].r, w.d[2].r);
    world_deinit(&w);
}

static const uint32_t no_log = 0x7f000001, no_log_ever = 0xff000001u;

// One that waits, and its row.
struct one_waiting {
    struct td_row_change at;
    struct td_wait wait;
};

static tandem_err
put_link(
    struct td_txn *t, const struct td_wait *wait, uint32_t number, uint64_t seq)
{
    uint8_t key[1 + TD_ROW_KEY_BYTES + 16 + 8 + TD_WAIT_KEY_BYTES] = {0xff};
    uint8_t *place = key + sizeof(key) - TD_WAIT_KEY_BYTES;

    memcpy(key + 1, wait->key, TD_ROW_KEY_BYTES);
    memcpy(key + 1 + TD_ROW_KEY_BYTES, wait->what.log.b, 16);
    td_put_be64(place - 8, wait->what.seq);
    td_put_be32(place, number);
    td_put_be64(place + 4, seq);
    return td_put(t, TD_T_WAITING, (tandem_slice){key, sizeof(key)},
        TD_SEAL_TRANSIT, (tandem_slice){0});
}

// Keys that were hit: its row is now one of no log, and there are links to it
// and to others that are not.
static tandem_err
hit_keys(struct td_txn *t, void *ctx)
{
    const struct one_waiting *one = ctx;
    struct td_row_change at = one->at;
    uint8_t key[TD_WAIT_KEY_BYTES];

    td_wait_key(&at, key);
    TD_TRY(td_del(t, TD_T_WAITING, (tandem_slice){key, sizeof(key)}));
    at.number = no_log;
    td_wait_key(&at, key);
    TD_TRY(td_put(t, TD_T_WAITING, (tandem_slice){key, sizeof(key)},
        TD_SEAL_TRANSIT, td_slice_str("?")));
    TD_TRY(put_link(t, &one->wait, no_log, at.seq));
    TD_TRY(put_link(t, &one->wait, no_log_ever, at.seq));
    return put_link(t, &one->wait, one->at.number, UINT64_MAX);
}

static tandem_err
only_waiting(struct td_txn *t, void *ctx)
{
    struct one_waiting *one = ctx;
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err;

    TD_TRY(td_iter_open(t, TD_T_WAITING, (tandem_slice){0}, &i));
    err = td_iter_next(i, &key, &value);
    ok(err);
    assert_int_equal(TD_WAIT_KEY_BYTES, key.len);
    one->at = td_wait_place(key);
    ok(td_wait_decode(value, &one->wait));
    td_iter_close(i);
    return TANDEM_OK;
}

// `control`: membership changes before, and all that waits is tried again.
static void
meet_foreign_waiting(bool control)
{
    tandem_error e = {0};
    struct world w;
    struct one_waiting one;
    tandem_waiting_entry entry;
    uint64_t at = 0;
    size_t n = 0;
    tandem_id id, sector;

    begin_waiting(&w, 35, &id);
    ok(td_store_write(w.d[2].r->store, only_waiting, &one, NULL));
    assert_int_equal(TANDEM_WAIT_CHANGE, one.wait.reason);
    ok(td_store_write(w.d[2].r->store, hit_keys, &one, NULL));
    ok(td_replica_waiting(w.d[2].r, &at, &entry, 1, &n));
    assert_int_equal(1, n);
    assert_int_equal(TANDEM_WAIT_DAMAGED, entry.reason);
    if (control) {
        ok(td_replica_sector_add(w.d[0].r, "WAZEMMES", w.now_ms, &sector, &e));
        world_push_some(&w, w.d[0].r, w.d[2].r, CONTROL, false);
    }
    device_close(&w.d[2]);
    device_open(&w.d[2], false);
    world_push(&w, w.d[0].r, w.d[1].r);
    world_push(&w, w.d[0].r, w.d[2].r);
    assert_int_equal(1, world_versions(w.d[2].r, id, F_NAME));
    world_assert_equal(w.d[1].r, w.d[2].r);
    assert_true(verify(w.d[2].r, TANDEM_EN).count > 0);
    world_deinit(&w);
}

static void
test_a_waiting_row_of_no_log_stops_nothing(void **state)
{
    (void)state;
    meet_foreign_waiting(false);
    meet_foreign_waiting(true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_damaged_payload_is_named_and_not_sent),
        cmocka_unit_test(test_a_damaged_payload_is_asked_for_and_replaced),
        cmocka_unit_test(
            test_a_wrong_count_of_what_is_missing_is_named_and_made_whole),
        cmocka_unit_test(test_a_lost_or_foreign_index_row_is_noticed),
        cmocka_unit_test(test_a_damaged_entry_is_named),
        cmocka_unit_test(
            test_a_damaged_log_is_named_and_mended_by_its_next_entry),
        cmocka_unit_test(
            test_a_damaged_record_is_named_and_mended_by_its_next_change),
        cmocka_unit_test(test_a_damaged_waiting_row_stops_nothing),
        cmocka_unit_test(test_a_waiting_row_of_no_log_stops_nothing),
        cmocka_unit_test(test_a_place_of_another_record_is_named_and_mended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
