// SPDX-License-Identifier: Apache-2.0
// row_test.c - rows of the store that hold a run: their known bytes, and that
// commits read the same however they were put.
#include "codec/writer.h"
#include "crypto/hash.h"
#include "log/node_help.h"
#include "log/row.h"

static void
raw_row(
    struct node *n, enum td_table table, tandem_slice key, const char *vector)
{
    uint8_t room[2048];
    struct td_txn *t;
    struct td_buf b;

    td_buf_init(&b, NULL, 1 << 16);
    assert_err(TANDEM_OK, td_store_read(n->s, &t));
    assert_err(TANDEM_OK, td_get(t, table, key, &b));
    td_store_read_end(t);
    help_same(help_vector(vector, room, sizeof(room)), td_buf_slice(&b));
    td_buf_deinit(&b);
}

static tandem_err
put_known(struct td_txn *t, void *ctx)
{
    const struct help_known *k = ctx;
    struct td_hash chains[2];
    struct td_feed_item items[3] = {{.kind = 2}, {.kind = 300}, {.kind = 2}};
    struct td_feed_run f;
    struct td_buf b;

    td_buf_init(&b, NULL, TD_HEADER_BYTES_MAX);
    for (size_t i = 0; i < 2; i++) {
        td_buf_reset(&b);
        td_header_encode(&k->h[i], &b);
        chains[i] = td_header_chain(td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    TD_TRY(td_commits_put(t, 7, k->h, chains, 2, 40));
    memset(items[0].record.b, 0xa1, 16);
    memset(items[1].record.b, 0xb2, 16);
    memset(items[2].record.b, 0xb2, 16);
    for (size_t i = 0; i < 3; i++) {
        memset(items[i].sector.b, 0x22, 16);
        memset(items[i].pack, 0x99, 8);
    }
    td_feed_run_begin(&f, t);
    for (uint64_t i = 0; i < 3; i++) {
        const struct td_feed_row row = {.lsn = 40 + i,
            .number = 7,
            .has_seq = true,
            .seq = i,
            .items = i == 2 ? items + 2 : items,
            .count = i == 1 ? 2 : i / 2};

        TD_TRY(td_feed_run_add(&f, &row));
    }
    return td_feed_run_end(&f);
}

static void
test_rows_of_a_run_are_their_known_answers(void **state)
{
    static const uint8_t commit[12] = {0, 0, 0, 7};
    static const uint8_t feed[8] = {0, 0, 0, 0, 0, 0, 0, 40};
    struct help_known k;
    struct node n;

    (void)state;
    help_known_init(&k);
    node_init(&n, 3);
    assert_err(TANDEM_OK, td_store_write(n.s, put_known, &k, NULL));
    raw_row(&n, TD_T_COMMITS, (tandem_slice){commit, sizeof(commit)},
        "commits_row");
    raw_row(&n, TD_T_FEED, (tandem_slice){feed, sizeof(feed)}, "feed_row");
    node_deinit(&n);
}

// ------------------------------------------------ rows that are not believed

static tandem_err
read_log_again(const struct td_log_info *in, struct td_log_info *out)
{
    uint8_t key[TD_LOG_INFO_BRANCH_KEY];
    const size_t n = td_log_info_key(in, key);
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, NULL, 1024);
    td_log_info_write(in, &b);
    assert_err(TANDEM_OK, b.err);
    err = td_log_info_read((tandem_slice){key, n}, td_buf_slice(&b), out);
    td_buf_deinit(&b);
    return err;
}

static void
test_row_of_a_log_with_unsound_numbers_is_damaged(void **state)
{
    const struct td_log_info sound = {.number = 9,
        .head_seq = 7,
        .head_lsn = 40,
        .signed_seq = 7,
        .forked = true,
        .further = true,
        .parent = 3,
        .base_seq = 2};
    struct td_log_info bad[8], out;

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        bad[i] = sound;
    }
    bad[0].number = 0;
    bad[1].number = TD_LOG_NUMBER_MAX + 1;
    bad[2].head_seq = bad[2].signed_seq = UINT64_MAX; // it has no next
    bad[3].head_lsn = TD_LSN_MAX + 1;
    bad[4].signed_seq = 8;
    bad[5].parent = 9; // its own: a way without end
    bad[6].parent = 0; // leaves nothing, behind an entry
    bad[7].forked = false;
    assert_err(TANDEM_OK, read_log_again(&sound, &out));
    assert_int_equal(9, out.number);
    assert_true(out.further);
    for (size_t i = 0; i < 8; i++) {
        assert_err(TANDEM_ECORRUPT, read_log_again(&bad[i], &out));
    }
}

// Two commits of `changes` each, the first of them at `first` and `lsn`.
static tandem_err
read_commits_again(uint64_t first, uint64_t lsn, size_t changes, bool present)
{
    static const struct td_hash chains[2];
    static const uint8_t byte[1] = {7};
    struct td_payload_ref refs[TD_COMMIT_CHANGES_MAX];
    tandem_slice payloads[TD_COMMIT_CHANGES_MAX] = {{NULL, 0}};
    struct td_header h[2] = {{.seq = first}, {.seq = first + 1}};
    struct td_commits out = {0};
    struct td_arena arena;
    struct td_buf b, with;
    uint8_t key[TD_ENTRY_KEY];
    tandem_err err;

    for (size_t i = 0; i < changes; i++) {
        refs[i] = (struct td_payload_ref){.length = 1};
        refs[i].hash = td_hash_of((tandem_slice){byte, 1});
    }
    h[0].changes = h[1].changes = refs;
    h[0].change_count = h[1].change_count = changes;
    td_buf_init(&b, NULL, 1 << 20);
    td_buf_init(&with, NULL, 1 << 20);
    td_commits_write(h, chains, 2, lsn, &b);
    if (present) { // the last commit again, its last payload in it
        td_wire_encode(&h[1], &h[0], NULL, &with);
        b.len -= with.len;
        payloads[changes - 1] = (tandem_slice){byte, 1};
        td_wire_encode(&h[1], &h[0], payloads, &b);
    }
    assert_err(TANDEM_OK, b.err);
    td_entry_key(7, first, key);
    td_arena_init(&arena, NULL, TD_COMMITS_MAX);
    err = td_commits_read(
        (tandem_slice){key, sizeof(key)}, td_buf_slice(&b), &arena, &out);
    assert_true(err != TANDEM_OK || out.headers[1].seq == first + 1);
    td_arena_deinit(&arena);
    td_buf_deinit(&with);
    td_buf_deinit(&b);
    return err;
}

static void
test_row_of_commits_is_taken_within_its_bounds_only(void **state)
{
    const size_t most = TD_COMMIT_CHANGES_MAX;

    (void)state;
    assert_err(TANDEM_OK, read_commits_again(5, 40, 2, false));
    assert_err(TANDEM_ECORRUPT, read_commits_again(5, 40, 2, true));
    assert_err(TANDEM_OK, read_commits_again(UINT64_MAX - 1, 40, most, false));
    assert_err(TANDEM_ECORRUPT, read_commits_again(UINT64_MAX, 40, 1, false));
    assert_err(TANDEM_OK, read_commits_again(5, TD_LSN_MAX - 1, 1, false));
    assert_err(TANDEM_ECORRUPT, read_commits_again(5, TD_LSN_MAX, 1, false));
}

// What `items` and `number` say as a row of FEED, `count` lsns from `first` on,
// `each` records a piece.
static tandem_err
read_feed_again(uint64_t first, uint32_t number, size_t count, size_t each)
{
    struct td_feed_run f;
    struct td_feed_row *rows = NULL;
    struct td_arena arena;
    struct td_buf b;
    tandem_err err;
    size_t n = 0;

    td_feed_run_begin(&f, NULL);
    f.number = number;
    f.count = count;
    memset(f.items, 0, sizeof(f.items));
    for (size_t i = 0; i < count; i++) {
        f.counts[i] = (uint16_t)each;
    }
    f.item_count = count * each;
    td_buf_init(&b, NULL, 1 << 20);
    td_arena_init(&arena, NULL, TD_FEED_ARENA_MAX);
    td_feed_write(&f, number != 0, false, &b);
    assert_err(TANDEM_OK, b.err);
    err = td_feed_read(td_buf_slice(&b), first, &arena, &rows, &n);
    assert_true(err != TANDEM_OK || (n == count && rows[0].count == each));
    td_arena_deinit(&arena);
    td_buf_deinit(&b);
    return err;
}

static void
test_row_of_the_feed_is_taken_within_its_bounds_only(void **state)
{
    (void)state;
    assert_err(TANDEM_OK, read_feed_again(1, 7, 2, TD_FEED_ITEMS_MAX / 2));
    assert_err(TANDEM_ECORRUPT, read_feed_again(0, 7, 2, 1));
    assert_err(TANDEM_OK, read_feed_again(TD_LSN_MAX - 1, 7, 2, 1));
    assert_err(TANDEM_ECORRUPT, read_feed_again(TD_LSN_MAX, 7, 2, 1));
    assert_err(
        TANDEM_ECORRUPT, read_feed_again(1, TD_LOG_NUMBER_MAX + 1, 2, 1));
    assert_err(TANDEM_OK, read_feed_again(1, 0, 1, 3));
    assert_err(TANDEM_ECORRUPT, read_feed_again(1, 0, 2, 1)); // no commits
    assert_err(TANDEM_ECORRUPT, read_feed_again(1, 7, 0, 0));
}

// [1, 7, 4, false, abouts of kinds, [[record 16, about, record 16, about]]]
static tandem_err
read_abouts(uint64_t kind0, uint64_t kind1, uint64_t at0, uint64_t at1)
{
    static const uint8_t zero[16];
    struct td_feed_row *rows = NULL;
    struct td_arena arena;
    struct td_buf b;
    tandem_err err;
    size_t n = 0;

    td_buf_init(&b, NULL, 1024);
    td_mp_array(&b, 6);
    td_mp_uint(&b, 1);
    td_mp_uint(&b, 7);
    td_mp_uint(&b, 4);
    td_mp_bool(&b, false);
    td_mp_array(&b, 2);
    for (size_t i = 0; i < 2; i++) {
        td_mp_array(&b, 3);
        td_mp_bin(&b, zero, 16);
        td_mp_bin(&b, zero, 8);
        td_mp_uint(&b, i == 0 ? kind0 : kind1);
    }
    td_mp_array(&b, 1);
    td_mp_array(&b, 4);
    td_mp_bin(&b, zero, 16);
    td_mp_uint(&b, at0);
    td_mp_bin(&b, zero, 16);
    td_mp_uint(&b, at1);
    assert_err(TANDEM_OK, b.err);
    td_arena_init(&arena, NULL, TD_FEED_ARENA_MAX);
    err = td_feed_read(td_buf_slice(&b), 9, &arena, &rows, &n);
    td_arena_deinit(&arena);
    td_buf_deinit(&b);
    return err;
}

static void
test_row_of_the_feed_says_each_about_once_and_in_order(void **state)
{
    (void)state;
    assert_err(TANDEM_OK, read_abouts(2, 3, 0, 1));
    assert_err(TANDEM_ECORRUPT, read_abouts(2, 3, 1, 0)); // out of order
    assert_err(TANDEM_ECORRUPT, read_abouts(2, 2, 0, 1)); // twice
    assert_err(TANDEM_ECORRUPT, read_abouts(2, 3, 0, 0)); // one unused
    assert_err(TANDEM_ECORRUPT, read_abouts(2, 3, 0, 2)); // none such
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row_of_a_log_with_unsound_numbers_is_damaged),
        cmocka_unit_test(test_row_of_commits_is_taken_within_its_bounds_only),
        cmocka_unit_test(test_row_of_the_feed_is_taken_within_its_bounds_only),
        cmocka_unit_test(
            test_row_of_the_feed_says_each_about_once_and_in_order),
        cmocka_unit_test(test_rows_of_a_run_are_their_known_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
