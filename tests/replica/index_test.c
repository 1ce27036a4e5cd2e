// SPDX-License-Identifier: Apache-2.0
// index_test.c - the blinded equality index: what is found by it, and what
// its rows tell whoever reads a store's file.
#include "replica/index.h"
#include "replica/world.h"

static struct td_hash16
name_blind(struct device *d, const char *normalised)
{
    uint8_t pack[8];

    td_pack_tag("test.pack", pack);
    return td_index_field(
        d->store, pack, KIND_SHEET, F_NAME, td_slice_str(normalised));
}

// Records of that name, by the index.
static size_t
found(struct device *d, const char *normalised, tandem_id *first)
{
    struct td_query q = {.has_kind = true,
        .kind = KIND_SHEET,
        .has_field = true,
        .field = F_NAME,
        .value = td_slice_str(normalised),
        .limit = 100};
    struct td_arena arena;
    struct td_hit *hits = NULL;
    tandem_slice next;
    size_t n = 0;

    td_arena_init(&arena, NULL, 1 << 20);
    td_pack_tag("test.pack", q.pack);
    ok(td_replica_find(d->r, &q, &arena, &hits, &n, &next));
    if (n > 0) {
        *first = hits[0].id;
    }
    td_arena_deinit(&arena);
    return n;
}

static size_t
rows_under(struct device *d, struct td_hash16 blind)
{
    tandem_slice key, value;
    struct td_iter *i;
    struct td_txn *t;
    size_t n = 0;

    ok(td_store_read(d->store, &t));
    ok(td_iter_open(t, TD_T_INDEXES, (tandem_slice){blind.b, 16}, &i));
    while (td_iter_next(i, &key, &value) == TANDEM_OK && key.len >= 16 &&
           memcmp(key.ptr, blind.b, 16) == 0) {
        assert_int_equal(TD_INDEX_KEY_BYTES, key.len);
        assert_int_equal(0, value.len);
        n++;
    }
    td_iter_close(i);
    td_store_read_end(t);
    return n;
}

static void
test_a_value_is_found_by_equality_on_every_device(void **state)
{
    struct world w;
    tandem_id anne, bea, id = {{0}};

    (void)state;
    world_init(&w, 41);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    anne = world_sheet(&w, w.d[0].r, 0, "Anne");
    bea = world_sheet(&w, w.d[0].r, 0, "Bea");
    world_push(&w, w.d[0].r, w.d[1].r);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(1, found(&w.d[i], "anne", &id));
        assert_true(tandem_id_equal(anne, id));
        assert_int_equal(1, found(&w.d[i], "bea", &id));
        assert_true(tandem_id_equal(bea, id));
        assert_int_equal(0, found(&w.d[i], "ann", &id));
    }
    // The value moves on, and so does what it is found by.
    world_set(&w, w.d[0].r, bea, F_NAME, "Anne");
    assert_int_equal(2, found(&w.d[0], "anne", &id));
    assert_int_equal(0, found(&w.d[0], "bea", &id));
    world_deinit(&w);
}

static void
test_each_value_side_by_side_is_found(void **state)
{
    struct world w;
    tandem_id one, id = {{0}};

    (void)state;
    world_init(&w, 42);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    one = world_sheet(&w, w.d[0].r, 0, "Anne");
    world_push(&w, w.d[0].r, w.d[1].r);
    world_set(&w, w.d[0].r, one, F_NAME, "Bea");
    world_set(&w, w.d[1].r, one, F_NAME, "Chloe");
    world_push(&w, w.d[0].r, w.d[1].r);
    assert_int_equal(2, world_versions(w.d[1].r, one, F_NAME));
    assert_int_equal(1, found(&w.d[1], "bea", &id));
    assert_int_equal(1, found(&w.d[1], "chloe", &id));
    assert_int_equal(0, found(&w.d[1], "anne", &id));
    world_deinit(&w);
}

// Each store blinds with a key of its own: rows of two stores tell nobody
// that they hold the same name; and a guess needs that key.
static void
test_the_same_value_has_another_blind_in_another_store(void **state)
{
    struct world w;
    struct td_hash16 here, there;
    uint8_t pack[8];

    (void)state;
    world_init(&w, 43);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    (void)world_sheet(&w, w.d[0].r, 0, "Anne");
    world_push(&w, w.d[0].r, w.d[1].r);
    here = name_blind(&w.d[0], "anne");
    there = name_blind(&w.d[1], "anne");
    assert_memory_not_equal(here.b, there.b, sizeof(here.b));
    assert_int_equal(1, rows_under(&w.d[0], here));
    assert_int_equal(1, rows_under(&w.d[1], there));
    assert_int_equal(0, rows_under(&w.d[0], there));
    assert_int_equal(0, rows_under(&w.d[1], here));
    // Nor do two fields of one store that hold the same words.
    td_pack_tag("test.pack", pack);
    there = td_index_field(
        w.d[0].store, pack, KIND_SHEET, F_TAGS, td_slice_str("anne"));
    assert_memory_not_equal(here.b, there.b, sizeof(here.b));
    // The key stays the store's when it is opened again.
    device_close(&w.d[0]);
    device_open(&w.d[0], false);
    there = name_blind(&w.d[0], "anne");
    assert_memory_equal(here.b, there.b, sizeof(here.b));
    world_deinit(&w);
}

enum { NOTES = 100000 };

// Every row twice: first there, then (of every other one) gone again.
static tandem_err
note_many(struct td_work *w, void *ctx)
{
    size_t *most = ctx;

    for (size_t i = 0; i < 2 * NOTES; i++) {
        uint8_t key[TD_INDEX_KEY_BYTES] = {0};

        td_put_be64(key, (i % NOTES) * UINT64_C(0x9e3779b97f4a7c15));
        TD_TRY(td_run_note(w, key, i < NOTES || i % 2 == 0));
        *most = w->run_cap > *most ? w->run_cap : *most;
    }
    return TANDEM_OK;
}

static size_t
index_rows(struct device *d)
{
    tandem_slice key, value;
    struct td_iter *i;
    struct td_txn *t;
    size_t n = 0;

    ok(td_store_read(d->store, &t));
    ok(td_iter_open(t, TD_T_INDEXES, (tandem_slice){0}, &i));
    while (td_iter_next(i, &key, &value) == TANDEM_OK) {
        n++;
    }
    td_iter_close(i);
    td_store_read_end(t);
    return n;
}

static void
test_what_one_transaction_notes_is_bounded_and_in_order(void **state)
{
    struct world w;
    size_t most = 0, before;

    (void)state;
    world_init(&w, 48);
    world_found(&w, 1, 1, TANDEM_RIGHT_AGENT);
    before = index_rows(&w.d[0]);
    ok(td_work_write(w.d[0].r, note_many, &most, NULL));
    assert_true(most <= 65536);
    assert_true(w.d[0].r->runs_left);
    assert_int_equal(before, index_rows(&w.d[0]));
    ok(td_run_settle(w.d[0].r, NULL));
    assert_false(w.d[0].r->runs_left);
    assert_int_equal(before + NOTES / 2, index_rows(&w.d[0]));
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_what_one_transaction_notes_is_bounded_and_in_order),
        cmocka_unit_test(test_a_value_is_found_by_equality_on_every_device),
        cmocka_unit_test(test_each_value_side_by_side_is_found),
        cmocka_unit_test(
            test_the_same_value_has_another_blind_in_another_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
