// SPDX-License-Identifier: Apache-2.0
// row_test.c - rows of this room, and what is refused of them; the RECORDS row,
// what an index row stands for, and the bytes a payload's seal is bound to.
#include "codec/writer.h"
#include "replica/meta.h"
#include "replica/payload.h"
#include "replica/run.h"
#include "replica/wait.h"
#include "replica/world.h"

static void
test_changes_stay_sorted_and_unique_however_they_are_added(void **state)
{
    static const struct td_row_change in[] = {
        {2, 5, 0}, {1, 9, 1}, {1, 9, 0}, {2, 5, 0}, {1, 300, 0}, {2, 4, 7}};
    static const struct td_row_change want[] = {
        {1, 9, 0}, {1, 9, 1}, {1, 300, 0}, {2, 4, 7}, {2, 5, 0}};
    struct td_row row = {.kind = 3, .state = td_slice_str("s")}, back;
    struct td_arena arena;
    struct td_buf b;

    (void)state;
    td_arena_init(&arena, NULL, 1 << 20);
    td_buf_init(&b, NULL, 1 << 20);
    for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
        ok(td_row_add(&row, &arena, &in[i]));
    }
    td_row_encode(&row, &b);
    ok(b.err);
    ok(td_row_decode(td_buf_slice(&b), &arena, &back));
    assert_int_equal(sizeof(want) / sizeof(want[0]), back.count);
    for (size_t i = 0; i < back.count; i++) {
        assert_int_equal(0, td_row_change_cmp(&want[i], &back.changes[i]));
        assert_true(td_row_has(&back, &want[i]));
    }
    assert_false(td_row_has(&back, &(struct td_row_change){2, 6, 0}));
    assert_false(back.pointer);
    assert_int_equal(1, back.state.len);
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
}

static void
test_every_cut_of_a_row_is_refused(void **state)
{
    struct td_row row = {.kind = 3, .pointer = true}, back;
    struct td_arena arena;
    struct td_buf b;

    (void)state;
    td_arena_init(&arena, NULL, 1 << 20);
    td_buf_init(&b, NULL, 1 << 20);
    ok(td_row_add(&row, &arena, &(struct td_row_change){7, 1000000, 3}));
    td_row_encode(&row, &b);
    ok(td_row_decode(td_buf_slice(&b), &arena, &back));
    assert_true(back.pointer);
    for (size_t n = 0; n < b.len; n++) {
        assert_err(TANDEM_ECORRUPT,
            td_row_decode((tandem_slice){b.ptr, n}, &arena, &back));
    }
    assert_int_equal(7, back.changes[0].number);
    assert_int_equal(1000000, back.changes[0].seq);
    assert_int_equal(3, back.changes[0].index);
    row.pointer = false;
    row.state = td_slice_str("state");
    td_buf_reset(&b);
    td_row_encode(&row, &b);
    for (size_t n = 0; n < b.len; n++) {
        assert_err(TANDEM_ECORRUPT,
            td_row_decode((tandem_slice){b.ptr, n}, &arena, &back));
    }
    b.ptr[1] = 2; // a newer row
    assert_err(TANDEM_EVERSION, td_row_decode(td_buf_slice(&b), &arena, &back));
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
}

static void
test_a_record_of_another_sector_or_kind_has_another_key(void **state)
{
    const tandem_id id = {{1}}, a = {{2}}, b = {{3}};
    const uint8_t pack[8] = {4};
    uint8_t k[3][TD_ROW_KEY_BYTES];

    (void)state;
    td_row_key(id, a, pack, 1, k[0]);
    td_row_key(id, b, pack, 1, k[1]);
    td_row_key(id, a, pack, 2, k[2]);
    assert_memory_equal(k[0], id.b, 16);
    assert_memory_not_equal(k[0], k[1], TD_ROW_KEY_BYTES);
    assert_memory_not_equal(k[0], k[2], TD_ROW_KEY_BYTES);
}

static void
normalised(tandem_field_type base, const char *text, const char *want)
{
    const tandem_field_info f = {.value = {.base = base}};
    struct td_buf in, out;

    td_buf_init(&in, NULL, 4096);
    td_buf_init(&out, NULL, 4096);
    put_text(&in, text);
    ok(td_index_normalise(&f, td_buf_slice(&in), &out));
    assert_int_equal(strlen(want), out.len);
    if (out.len > 0) {
        assert_memory_equal(want, out.ptr, out.len);
    }
    td_buf_deinit(&out);
    td_buf_deinit(&in);
}

static void
test_words_are_found_however_they_were_typed(void **state)
{
    (void)state;
    normalised(TANDEM_FIELD_STR, "  Mme\t L. \n", "mme l.");
    normalised(TANDEM_FIELD_STR, "", "");
    normalised(TANDEM_FIELD_STR, "   ", "");
    normalised(TANDEM_FIELD_EMAIL, "A@B.FR", "a@b.fr");
    normalised(TANDEM_FIELD_STR, "\xc3\x89TE", "\xc3\x89te"); // ASCII only
    normalised(TANDEM_FIELD_PHONE, "+33320000001", "\xac+33320000001");
}

static void
test_what_a_seal_is_bound_to_is_eight_things_in_order(void **state)
{
    const struct td_hash workspace = {{0x11}};
    const struct td_payload_about about = {.workspace = &workspace,
        .sector = {{0x22}},
        .log = {{0x33}},
        .seq = 258,
        .index = 3,
        .prev = {{0x44}},
        .epoch = {{0x55}}};
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, 4096);
    td_payload_ad(&about, &b);
    ok(b.err);
    // array, 1, bin 32, bin 16, bin 16, uint16, uint, bin 16, bin 16
    assert_int_equal(1 + 1 + 34 + 18 + 18 + 3 + 1 + 18 + 18, b.len);
    assert_int_equal(0x98, b.ptr[0]);
    assert_int_equal(1, b.ptr[1]);
    assert_int_equal(0x11, b.ptr[4]);
    assert_int_equal(0x22, b.ptr[2 + 34 + 2]);
    assert_int_equal(0x33, b.ptr[2 + 34 + 18 + 2]);
    assert_int_equal(0xcd, b.ptr[2 + 34 + 36]);
    assert_int_equal(3, b.ptr[2 + 34 + 36 + 3]);
    td_buf_deinit(&b);
}

static void
test_a_payload_opens_at_its_place_alone(void **state)
{
    const struct td_hash workspace = {{1}};
    struct td_payload_about about = {.workspace = &workspace, .seq = 1};
    const struct td_key key = {{9}};
    uint64_t random = 5;
    struct td_buf sealed, opened;
    uint8_t plain[64] = "a body, padded";

    (void)state;
    td_buf_init(&sealed, NULL, 4096);
    td_buf_init(&opened, NULL, 4096);
    ok(td_payload_seal(
        &about, &key, (tandem_slice){plain, 64}, help_rng(&random), &sealed));
    ok(td_payload_open(&about, &key, td_buf_slice(&sealed), &opened));
    assert_int_equal(64, opened.len);
    assert_memory_equal(plain, opened.ptr, 64);
    about.index = 1;
    td_buf_reset(&opened);
    assert_err(TANDEM_ECORRUPT,
        td_payload_open(&about, &key, td_buf_slice(&sealed), &opened));
    assert_int_equal(0, opened.len);
    td_buf_deinit(&opened);
    td_buf_deinit(&sealed);
}

static void
test_a_thing_has_one_name_record_per_workspace(void **state)
{
    const struct td_hash a = {{1}}, b = {{2}};
    const tandem_id p = td_names_id(&a, td_slice_str("thing"));

    (void)state;
    assert_true(tandem_id_equal(p, td_names_id(&a, td_slice_str("thing"))));
    assert_false(tandem_id_equal(p, td_names_id(&b, td_slice_str("thing"))));
    assert_int_equal(8, p.b[6] >> 4); // UUIDv8
}

// ------------------------------------------------ rows that are not believed

static void
test_a_row_that_names_no_log_is_refused(void **state)
{
    static const uint32_t numbers[] = {
        0, 1, TD_LOG_NUMBER_MAX, TD_LOG_NUMBER_MAX + 1};
    struct td_arena arena;
    struct td_buf b;

    (void)state;
    td_arena_init(&arena, NULL, 1 << 20);
    td_buf_init(&b, NULL, 1 << 20);
    for (size_t i = 0; i < 8; i++) {
        struct td_row_change at = {.number = numbers[i % 4], .seq = 5};
        struct td_row back, row = {.changes = &at,
                                .count = 1,
                                .pointer = i < 4,
                                .state = td_slice_str("s")};
        const bool one = i % 4 == 1 || i % 4 == 2;

        td_buf_reset(&b);
        td_row_encode(&row, &b);
        assert_err(one ? TANDEM_OK : TANDEM_ECORRUPT,
            td_row_decode(td_buf_slice(&b), &arena, &back));
    }
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
}

// [version, reason, record and tag or nil, log or nil, seq]
static tandem_err
read_wait(
    uint64_t version, uint64_t reason, bool record, bool log, uint64_t seq)
{
    static const uint8_t zero[16];
    struct td_wait wait;
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, NULL, 256);
    td_mp_array(&b, 6);
    td_mp_uint(&b, version);
    td_mp_uint(&b, reason);
    if (record) {
        td_mp_bin(&b, zero, 16);
        td_mp_bin(&b, zero, 8);
    } else {
        td_mp_nil(&b);
        td_mp_nil(&b);
    }
    if (log) {
        td_mp_bin(&b, zero, 16);
    } else {
        td_mp_nil(&b);
    }
    td_mp_uint(&b, seq);
    ok(b.err);
    err = td_wait_decode(td_buf_slice(&b), &wait);
    td_buf_deinit(&b);
    return err;
}

static void
test_a_waiting_row_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    ok(read_wait(1, TANDEM_WAIT_CHANGE, true, true, 7));
    ok(read_wait(1, TANDEM_WAIT_KEY, false, false, 0));
    ok(read_wait(1, TD_WAIT_VERDICT, true, false, 0));
    assert_err(TANDEM_ECORRUPT, read_wait(0, TANDEM_WAIT_KEY, false, false, 0));
    assert_err(TANDEM_ECORRUPT, read_wait(1, 0, false, false, 0));
    assert_err(TANDEM_ECORRUPT, read_wait(1, 7, false, false, 0));
    assert_err(
        TANDEM_ECORRUPT, read_wait(1, TANDEM_WAIT_CHANGE, true, false, 0));
    assert_err(
        TANDEM_ECORRUPT, read_wait(1, TANDEM_WAIT_CHANGE, false, true, 7));
    assert_err(TANDEM_ECORRUPT, read_wait(1, TANDEM_WAIT_KEY, true, true, 7));
    assert_err(TANDEM_ECORRUPT, read_wait(1, TANDEM_WAIT_KEY, true, false, 7));
}

// `apart`: what it ends with.
static tandem_err
read_peer_apart(uint64_t version, tandem_slice address,
    const struct td_apart *apart, size_t count, struct td_peer *out)
{
    static const uint8_t zero[16];
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, NULL, 16384);
    td_mp_array(&b, 9);
    td_mp_uint(&b, version);
    td_mp_bin(&b, zero, 16);
    td_mp_uint(&b, 300);
    td_mp_bin(&b, zero, 16);
    td_mp_bin(&b, zero, 16);
    td_mp_int(&b, -1);
    td_mp_str(&b, address);
    td_mp_bin(&b, zero, 14);
    td_apart_write(apart, count, &b);
    ok(b.err);
    err = td_peer_read(td_buf_slice(&b), out);
    td_buf_deinit(&b);
    return err;
}

static tandem_err
read_peer(uint64_t version, tandem_slice address, struct td_peer *out)
{
    return read_peer_apart(version, address, NULL, 0, out);
}

static void
test_a_peer_with_heads_set_apart_is_read_as_it_was_written(void **state)
{
    const tandem_slice none = {NULL, 0};
    struct td_apart at[TD_PEER_APART_MAX + 1];
    struct td_peer p = {.their_lsn = 1};

    (void)state;
    memset(at, 0, sizeof(at));
    for (size_t i = 0; i <= TD_PEER_APART_MAX; i++) {
        at[i].head.log.b[0] = (uint8_t)(i / 2);
        at[i].head.hash.b[31] = (uint8_t)(i % 2);
        at[i].head.seq = 70000 + i;
        at[i].why = i % 3 == 0   ? TANDEM_EFORK
                    : i % 3 == 1 ? TANDEM_ELIMIT
                                 : TANDEM_OK;
    }
    ok(read_peer_apart(1, none, at, TD_PEER_APART_MAX, &p));
    assert_int_equal(TD_PEER_APART_MAX, p.apart_count);
    for (size_t i = 0; i < TD_PEER_APART_MAX; i++) {
        assert_int_equal(at[i].why, p.apart[i].why);
        assert_int_equal(at[i].head.seq, p.apart[i].head.seq);
        assert_memory_equal(&at[i].head.log, &p.apart[i].head.log, 16);
    }
    assert_err(TANDEM_ECORRUPT,
        read_peer_apart(1, none, at, TD_PEER_APART_MAX + 1, &p));
    at[1].head.hash = at[0].head.hash; // twice
    assert_err(TANDEM_ECORRUPT, read_peer_apart(1, none, at, 2, &p));
    at[0].why = TANDEM_ECORRUPT; // is asked for again
    assert_err(TANDEM_ECORRUPT, read_peer_apart(1, none, at, 1, &p));
}

static void
test_a_peer_whose_address_ends_within_is_refused(void **state)
{
    char address[192];
    struct td_peer p = {.their_lsn = 1};

    (void)state;
    memset(address, 'x', sizeof(address));
    assert_err(TANDEM_ECORRUPT, read_peer(0, td_slice_str("tcp://"), &p));
    assert_err(TANDEM_ECORRUPT,
        read_peer(1, (tandem_slice){(const uint8_t *)"tcp\0x", 5}, &p));
    assert_err(TANDEM_ECORRUPT,
        read_peer(1, (tandem_slice){(const uint8_t *)address, 192}, &p));
    assert_int_equal(1, p.their_lsn); // untouched on failure
    ok(read_peer(1, (tandem_slice){(const uint8_t *)address, 191}, &p));
    assert_int_equal(191, strlen(p.address));
    assert_int_equal(300, p.their_lsn);
    assert_int_equal(-1, p.last_sync_ms);
}

static void
test_a_run_is_taken_whole_or_not_at_all(void **state)
{
    uint8_t row[3 * TD_RUN_OP_BYTES] = {1};
    struct td_run_op op;

    (void)state;
    row[TD_RUN_OP_BYTES + 1] = 7;
    assert_int_equal(3, td_run_count((tandem_slice){row, sizeof(row)}));
    op = td_run_at((tandem_slice){row, sizeof(row)}, 1);
    assert_false(op.there);
    assert_int_equal(7, op.key[0]);
    assert_int_equal(1, op.order);
    assert_int_equal(0, td_run_count((tandem_slice){row, sizeof(row) - 1}));
    assert_int_equal(0, td_run_count((tandem_slice){row, 0}));
    row[2 * TD_RUN_OP_BYTES] = 2;
    assert_int_equal(0, td_run_count((tandem_slice){row, sizeof(row)}));
}

static void
test_a_clock_at_its_end_is_refused(void **state)
{
    uint8_t row[9] = {0};
    uint64_t last = 0;

    (void)state;
    td_put_be64(row, td_clock_at(1780000000000));
    assert_true(td_clock_row_read((tandem_slice){row, 8}, &last));
    assert_int_equal(1780000000000, td_clock_ms(last));
    assert_false(td_clock_row_read((tandem_slice){row, 9}, &last));
    assert_false(td_clock_row_read((tandem_slice){row, 7}, &last));
    memset(row, 0xff, sizeof(row)); // the next commit would have no time
    assert_false(td_clock_row_read((tandem_slice){row, 8}, &last));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_that_names_no_log_is_refused),
        cmocka_unit_test(test_a_waiting_row_that_contradicts_itself_is_refused),
        cmocka_unit_test(test_a_peer_whose_address_ends_within_is_refused),
        cmocka_unit_test(
            test_a_peer_with_heads_set_apart_is_read_as_it_was_written),
        cmocka_unit_test(test_a_run_is_taken_whole_or_not_at_all),
        cmocka_unit_test(test_a_clock_at_its_end_is_refused),
        cmocka_unit_test(
            test_changes_stay_sorted_and_unique_however_they_are_added),
        cmocka_unit_test(test_every_cut_of_a_row_is_refused),
        cmocka_unit_test(
            test_a_record_of_another_sector_or_kind_has_another_key),
        cmocka_unit_test(test_words_are_found_however_they_were_typed),
        cmocka_unit_test(test_what_a_seal_is_bound_to_is_eight_things_in_order),
        cmocka_unit_test(test_a_payload_opens_at_its_place_alone),
        cmocka_unit_test(test_a_thing_has_one_name_record_per_workspace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
