// SPDX-License-Identifier: Apache-2.0
// row_test.c - rows of the store that hold a run: their known bytes, and that
// commits read the same however they were put.
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_of_a_run_are_their_known_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
