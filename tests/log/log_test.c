// SPDX-License-Identifier: Apache-2.0
// log_test.c - random logs told and heard: properties.
#include "log/scene_help.h"

static void
random_writes(struct node *n, uint64_t *state, size_t rounds)
{
    for (size_t i = 0; i < rounds; i++) {
        uint64_t sector = help_next(state) % 4;
        struct write w = {.n = n,
            .commits = help_next(state) % 40,
            .state = help_next(state) | 1,
            .count_max = 1 + help_next(state) % 5,
            .len_max = 1 + help_next(state) % 400,
            .absent = help_next(state) % 3 == 0 ? 4 : 0,
            .sign = help_next(state) % 2 == 0,
            .plain = sector == 0,
            .epoch = (uint8_t)(help_next(state) % 3),
            .seen_count = help_next(state) % 4};

        if (help_next(state) % 12 == 0) {
            w.commits = 1;
            w.count_max = 2;
            w.len_max = 500000;
        }
        w.sector =
            sector == 0 ? td_sector_control : node_sector((uint8_t)sector);
        for (size_t k = 0; k < w.seen_count; k++) {
            memset(w.seen[k].b, (int)(help_next(state) % 5), 32);
        }
        node_write(&w);
        if (help_next(state) % 4 == 0) {
            node_reopen(n);
        }
    }
}

static tandem_err
sign_all(struct td_txn *t, void *ctx)
{
    struct node *n = ctx;
    struct td_log_info *logs;
    struct td_signed_head h;
    struct td_arena arena;
    size_t count;
    tandem_err err;

    td_arena_init(&arena, NULL, 1 << 20);
    err = td_log_list(t, NULL, &arena, &logs, &count);
    for (size_t i = 0; err == TANDEM_OK && i < count; i++) {
        if (td_device_cmp(logs[i].device, n->keys.pub.sign) == 0) {
            err = td_head_sign(t, &n->author, &logs[i], &h);
        }
    }
    td_arena_deinit(&arena);
    return err;
}

// Every row of the tables that both must hold alike.
static void
same_entries(struct node *a, struct node *b)
{
    struct td_log_info *logs, other;
    struct td_feed_row row;
    struct td_arena arena;
    struct td_txn *ta, *tb;
    uint64_t lsn = 0;
    size_t count;

    td_arena_init(&arena, NULL, 64 << 20);
    assert_err(TANDEM_OK, td_store_read(a->s, &ta));
    assert_err(TANDEM_OK, td_store_read(b->s, &tb));
    assert_err(TANDEM_OK, td_log_list(ta, NULL, &arena, &logs, &count));
    for (size_t i = 0; i < count; i++) {
        assert_err(TANDEM_OK, td_log_get(tb, logs[i].id, &other));
        assert_int_equal(logs[i].head_seq, other.head_seq);
        assert_memory_equal(logs[i].seen_mark.b, other.seen_mark.b, 32);
        assert_int_equal(logs[i].seen_seq, other.seen_seq);
        assert_int_equal(logs[i].has_epoch, other.has_epoch);
        for (uint64_t seq = 0; seq <= other.head_seq; seq++) {
            struct td_hash x, y;
            struct td_header h;

            assert_err(TANDEM_OK,
                td_commit_get(ta, logs[i].number, seq, &arena, &h, &x, NULL));
            assert_err(TANDEM_OK, td_commit_chain(tb, other.number, seq, &y));
            assert_memory_equal(x.b, y.b, 32);
            // The row, its lsn and the feed name each other.
            assert_err(TANDEM_OK,
                td_commit_get(tb, other.number, seq, &arena, &h, NULL, &lsn));
            assert_err(TANDEM_OK, help_feed_get(tb, lsn, &row));
            assert_int_equal(other.number, row.number);
            assert_int_equal(seq, row.seq);
        }
        assert_int_equal(other.head_lsn, lsn);
        assert_int_equal(other.head_seq, other.signed_seq);
    }
    td_store_read_end(ta);
    td_store_read_end(tb);
    td_arena_deinit(&arena);
}

// Random logs over several sectors, told segment by segment from wherever the
// other side stands, also through a third store: equal heads, equal roots.
static void
prop_log_told_and_heard_gives_equal_heads_and_roots(void **state)
{
    uint64_t rng = help_seed();
    struct node a, b, c;
    struct td_hash16 ra, rb, rc;
    size_t na, nb, nc;

    (void)state;
    node_init(&a, 3);
    node_init(&b, 100);
    node_init(&c, 180);
    for (int round = 0; round < 4; round++) {
        random_writes(&a, &rng, 8);
        random_writes(&b, &rng, 3);
        node_sync(&a, &b); // what is signed so far
        node_reopen(&b);
        node_sync(&b, &c);
    }
    assert_err(TANDEM_OK, td_store_write(a.s, sign_all, &a, NULL));
    assert_err(TANDEM_OK, td_store_write(b.s, sign_all, &b, NULL));
    node_sync(&a, &b);
    node_sync(&b, &a);
    node_sync(&b, &c);
    ra = node_root(&a, &na);
    rb = node_root(&b, &nb);
    rc = node_root(&c, &nc);
    assert_true(na > 4);
    assert_int_equal(na, nb);
    assert_int_equal(na, nc);
    assert_memory_equal(ra.b, rb.b, 16);
    assert_memory_equal(ra.b, rc.b, 16);
    same_entries(&a, &b);
    same_entries(&b, &c);
    node_deinit(&a);
    node_deinit(&b);
    node_deinit(&c);
}

// From every signed head to every later one within reach: the same chain.
static void
prop_log_resumes_from_any_signed_head(void **state)
{
    uint64_t rng = help_seed();
    struct td_signed_head heads[64];
    struct scene s;
    struct td_txn *t;
    size_t count = 0;

    (void)state;
    scene_init(&s, 1);
    for (int i = 0; i < 12; i++) {
        s.w.commits = 1 + help_next(&rng) % 60;
        s.w.epoch = (uint8_t)(help_next(&rng) % 2);
        node_write(&s.w);
    }
    assert_err(TANDEM_OK, td_store_read(s.n.s, &t));
    for (uint64_t from = 0; count < 64 && td_head_next(t, &s.w.log, from,
                                              &heads[count]) == TANDEM_OK;
         count++) {
        from = heads[count].head.seq + 1;
    }
    td_store_read_end(t);
    assert_true(count >= 13);
    for (size_t i = 0; i + 1 < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            struct td_log_info known = s.w.log;

            if (heads[k].head.seq - heads[i].head.seq > TD_SIGN_COMMITS) {
                break;
            }
            known.head_seq = heads[i].head.seq;
            known.head = heads[i].head.hash;
            td_buf_reset(&s.bytes);
            node_tell(&s.n, &s.w.log, false, known.head_seq, heads[k].head.seq,
                &s.bytes);
            assert_err(
                TANDEM_OK, read_one(td_buf_slice(&s.bytes), &known, &heads[k]));
            known.head.b[0] ^= 1; // behind another entry it is not
            assert_err(TANDEM_EPROTO,
                read_one(td_buf_slice(&s.bytes), &known, &heads[k]));
        }
    }
    scene_deinit(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_log_told_and_heard_gives_equal_heads_and_roots),
        cmocka_unit_test(prop_log_resumes_from_any_signed_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
