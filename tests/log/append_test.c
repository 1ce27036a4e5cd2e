// SPDX-License-Identifier: Apache-2.0
// append_test.c - our own logs: opened, appended to, signed, reopened.
#include "log/node_help.h"

static void
read_commit(struct node *n, uint32_t number, uint64_t seq,
    struct td_arena *arena, struct td_header *h, struct td_hash *chain,
    uint64_t *lsn)
{
    struct td_txn *t;

    assert_err(TANDEM_OK, td_store_read(n->s, &t));
    assert_err(TANDEM_OK, td_commit_get(t, number, seq, arena, h, chain, lsn));
    td_store_read_end(t);
}

static void
test_log_opens_with_an_entry_that_states_its_id(void **state)
{
    struct node n;
    struct write w = {.n = &n, .sector = node_sector(1), .seen_count = 2};
    struct td_arena arena;
    struct td_header h;
    struct td_hash chain;
    struct td_log_id id;
    uint64_t lsn;

    (void)state;
    node_init(&n, 3);
    memset(w.seen[0].b, 9, 32); // falling: written sorted
    memset(w.seen[1].b, 5, 32);
    node_write(&w);
    td_arena_init(&arena, NULL, 1 << 16);
    read_commit(&n, w.log.number, 0, &arena, &h, &chain, &lsn);
    id = td_log_id_of(&h.opening);
    assert_memory_equal(id.b, w.log.id.b, 16);
    assert_memory_equal(h.opening.device.b, n.keys.pub.sign.b, 32);
    assert_int_equal(2, h.seen_count);
    assert_int_equal(5, h.seen[0].b[0]);
    assert_int_equal(1, lsn);
    assert_int_equal(0, w.log.head_seq);
    assert_memory_equal(chain.b, w.log.head.b, 32);
    td_arena_deinit(&arena);
    node_deinit(&n);
}

static void
test_log_chains_each_commit_to_the_one_before(void **state)
{
    struct node n;
    struct write w = {.n = &n, .commits = 20, .state = 4};
    struct td_arena arena;
    struct td_hash prev = {{0}};

    (void)state;
    node_init(&n, 3);
    w.sector = node_sector(1);
    node_write(&w);
    td_arena_init(&arena, NULL, 1 << 20);
    for (uint64_t seq = 0; seq <= 20; seq++) {
        struct td_header h;
        struct td_hash chain, again;
        struct td_buf b;
        uint64_t lsn;

        read_commit(&n, w.log.number, seq, &arena, &h, &chain, &lsn);
        assert_memory_equal(prev.b, h.prev.b, 32);
        assert_int_equal(seq + 1, lsn);
        td_buf_init(&b, NULL, TD_HEADER_BYTES_MAX);
        td_header_encode(&h, &b);
        again = td_header_chain(td_buf_slice(&b));
        assert_memory_equal(again.b, chain.b, 32);
        td_buf_deinit(&b);
        prev = chain;
    }
    assert_memory_equal(prev.b, w.log.head.b, 32);
    td_arena_deinit(&arena);
    node_deinit(&n);
}

static void
test_log_writes_seen_only_when_it_changed(void **state)
{
    struct node n;
    struct write w = {.n = &n, .commits = 2, .state = 4, .seen_count = 2};
    struct td_arena arena;
    struct td_header h;

    (void)state;
    node_init(&n, 3);
    memset(w.seen[0].b, 5, 32);
    memset(w.seen[1].b, 9, 32);
    node_write(&w); // 0 states it; 1, 2 do not
    memset(w.seen[0].b, 9, 32);
    memset(w.seen[1].b, 5, 32);
    node_write(&w); // 3, 4: the same set in another order
    w.seen_count = 1;
    node_write(&w); // 5 states it; 6 does not
    td_arena_init(&arena, NULL, 1 << 20);
    for (uint64_t seq = 0; seq <= 6; seq++) {
        read_commit(&n, w.log.number, seq, &arena, &h, NULL, NULL);
        assert_int_equal(seq == 0 || seq == 5, h.has_seen);
    }
    assert_int_equal(5, w.log.seen_seq);
    td_arena_deinit(&arena);
    node_deinit(&n);
}

static void
test_log_goes_on_after_a_reopening(void **state)
{
    struct node n, other;
    struct write w = {.n = &n, .commits = 5, .state = 8, .epoch = 1};
    struct write v = {.n = &other, .commits = 5, .state = 8, .epoch = 1};

    (void)state;
    node_init(&n, 3);
    node_init(&other, 3);
    // The same writes, once with the store closed in between.
    for (int i = 0; i < 3; i++) {
        node_write(&w);
        node_reopen(&n);
        node_write(&v);
    }
    assert_int_equal(15, w.log.head_seq);
    assert_int_equal(v.log.head_seq, w.log.head_seq);
    assert_memory_equal(v.log.head.b, w.log.head.b, 32);
    assert_int_equal(v.log.unsigned_bytes, w.log.unsigned_bytes);
    node_deinit(&n);
    node_deinit(&other);
}

static void
test_log_of_a_new_incarnation_names_the_earlier_ones(void **state)
{
    struct node n;
    struct write w = {.n = &n, .commits = 3, .state = 8};
    struct td_head heads[2];
    struct td_arena arena;
    struct td_header h;

    (void)state;
    node_init(&n, 3);
    for (uint8_t i = 0; i < 3; i++) {
        memset(n.author.incarnation, 0x40 + i, 16);
        w.sector = node_sector(7);
        node_write(&w);
        assert_int_equal(3, w.log.head_seq);
        if (i < 2) {
            heads[i] = (struct td_head){w.log.id, w.log.head_seq, w.log.head};
        }
        w.sector = node_sector(8); // another sector's are not named
        node_write(&w);
    }
    w.sector = node_sector(7);
    w.commits = 0;
    node_write(&w);
    td_arena_init(&arena, NULL, 1 << 16);
    read_commit(&n, w.log.number, 0, &arena, &h, NULL, NULL);
    assert_int_equal(2, h.opening.earlier_count);
    for (size_t i = 0; i < 2; i++) {
        const struct td_head *e = &h.opening.earlier[i];
        size_t k = td_log_id_cmp(e->log, heads[0].log) == 0 ? 0 : 1;

        assert_memory_equal(heads[k].log.b, e->log.b, 16);
        assert_memory_equal(heads[k].hash.b, e->hash.b, 32);
        assert_int_equal(heads[k].seq, e->seq);
    }
    td_arena_deinit(&arena);
    node_deinit(&n);
}

// Neighbouring signed heads: at most TD_SIGN_COMMITS commits, and
// TD_SIGN_BYTES of weight before the last commit.
static void
check_signed(struct node *n, const struct td_log_info *log)
{
    struct td_arena arena;
    struct td_signed_head h = {.head.seq = 0};
    struct td_txn *t;
    uint64_t from = 0;
    uint64_t last = 0;
    uint64_t bytes = 0;

    td_arena_init(&arena, NULL, 1 << 20);
    assert_err(TANDEM_OK, td_store_read(n->s, &t));
    for (uint64_t seq = 0; seq <= log->head_seq; seq++) {
        struct td_header header;

        if (seq >= from && td_head_next(t, log, from, &h) == TANDEM_OK) {
            assert_true(td_head_verify(&log->device, &h));
            from = h.head.seq + 1;
        }
        assert_true(seq - last <= TD_SIGN_COMMITS);
        assert_true(bytes <= TD_SIGN_BYTES);
        td_arena_reset(&arena);
        assert_err(TANDEM_OK,
            td_commit_get(t, log->number, seq, &arena, &header, NULL, NULL));
        bytes += td_header_weight(&header);
        if (seq == h.head.seq) {
            last = seq;
            bytes = 0;
        }
    }
    assert_int_equal(last, log->signed_seq);
    td_store_read_end(t);
    td_arena_deinit(&arena);
}

static void
test_log_signs_after_so_many_commits_and_bytes(void **state)
{
    struct node n;
    struct write w = {.n = &n, .commits = 254, .state = 8, .len_max = 20};

    (void)state;
    node_init(&n, 3);
    node_write(&w);
    assert_int_equal(0, w.log.signed_seq);
    w.commits = 1;
    node_write(&w);
    assert_int_equal(255, w.log.signed_seq); // entries 0..255: one segment
    w.commits = 300;
    node_write(&w);
    assert_int_equal(511, w.log.signed_seq);
    check_signed(&n, &w.log);
    w.len_max = 400000;
    w.count_max = 2;
    w.commits = 12;
    node_write(&w);
    assert_true(w.log.signed_seq > 555);
    check_signed(&n, &w.log);
    node_deinit(&n);
}

static void
test_log_heads_verify_only_as_signed(void **state)
{
    struct node n;
    struct write w = {.n = &n, .commits = 3, .state = 8, .sign = true};
    struct td_device_keys other;
    struct td_signed_head h;

    (void)state;
    node_init(&n, 3);
    node_write(&w);
    help_keys(9, &other);
    assert_true(td_head_verify(&n.keys.pub.sign, &w.head));
    assert_false(td_head_verify(&other.pub.sign, &w.head));
    for (size_t i = 0; i < 64 * 8; i++) {
        h = w.head;
        h.sig.b[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_false(td_head_verify(&n.keys.pub.sign, &h));
    }
    h = w.head;
    h.head.seq++;
    assert_false(td_head_verify(&n.keys.pub.sign, &h));
    h = w.head;
    h.head.hash.b[0] ^= 1;
    assert_false(td_head_verify(&n.keys.pub.sign, &h));
    h = w.head;
    h.head.log.b[0] ^= 1;
    assert_false(td_head_verify(&n.keys.pub.sign, &h));
    node_deinit(&n);
}

static void
test_head_signature_known_answer(void **state)
{
    struct td_signed_head h = {.head.seq = 1};
    struct td_device_keys keys;
    uint8_t room[64];

    (void)state;
    help_keys(0, &keys);
    memcpy(h.head.log.b, help_vector("log_id", room, 16).ptr, 16);
    memcpy(h.head.hash.b, help_vector("chain1", room, 32).ptr, 32);
    memcpy(h.sig.b, help_vector("head_signature", room, 64).ptr, 64);
    assert_true(td_head_verify(&keys.pub.sign, &h));
}

static void
test_log_number_and_list_find_every_log(void **state)
{
    struct node n;
    struct write w = {.n = &n, .commits = 1, .state = 8};
    struct td_log_info info, *logs;
    struct td_arena arena;
    tandem_id third = node_sector(3);
    struct td_txn *t;
    size_t count;
    uint64_t lsn;

    (void)state;
    node_init(&n, 3);
    for (uint8_t i = 0; i < 40; i++) {
        w.sector = node_sector(i);
        node_write(&w);
    }
    td_arena_init(&arena, NULL, 1 << 20);
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    assert_err(TANDEM_OK, td_log_list(t, NULL, &arena, &logs, &count));
    assert_int_equal(40, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || td_log_id_cmp(logs[i - 1].id, logs[i].id) < 0);
        assert_err(TANDEM_OK, td_log_number(t, logs[i].number, &info));
        assert_memory_equal(logs[i].id.b, info.id.b, 16);
        assert_true(info.number >= 1 && info.number <= 40);
    }
    assert_err(TANDEM_OK, td_log_list(t, &third, &arena, &logs, &count));
    assert_int_equal(1, count);
    assert_err(TANDEM_ENOTFOUND, td_log_number(t, 41, &info));
    assert_err(TANDEM_ENOTFOUND, td_log_get(t, (struct td_log_id){{1}}, &info));
    assert_err(TANDEM_OK, td_lsn(t, &lsn));
    assert_int_equal(80, lsn);
    td_store_read_end(t);
    td_arena_deinit(&arena);
    node_deinit(&n);
}

struct bad {
    struct node *n;
    const tandem_slice *payloads;
    size_t count, seen_count;
    tandem_err expect;
};

static tandem_err
append_bad(struct td_txn *t, void *ctx)
{
    struct td_hash seen[TD_SEEN_MAX + 1] = {0};
    struct bad *b = ctx;
    struct td_log_info log, was;
    struct td_hash hash;
    uint64_t seq, lsn;

    TD_TRY(td_log_own(t, &b->n->author, node_sector(1), NULL, 0, &log));
    was = log;
    assert_err(b->expect,
        td_log_append(t, &b->n->author, &log, NULL, seen, b->seen_count,
            b->payloads, b->count, &seq, &hash, &lsn));
    assert_memory_equal(&was, &log, sizeof(was));
    return TANDEM_OK;
}

static void
test_log_append_refuses_what_a_header_may_not_hold(void **state)
{
    static uint8_t bytes[TD_PAYLOAD_BYTES_MAX + 1];
    tandem_slice p[TD_COMMIT_CHANGES_MAX + 1];
    struct node n;
    struct bad b = {.n = &n, .payloads = p, .expect = TANDEM_ELIMIT};

    (void)state;
    node_init(&n, 3);
    for (size_t i = 0; i <= TD_COMMIT_CHANGES_MAX; i++) {
        p[i] = (tandem_slice){bytes, 1};
    }
    assert_err(TANDEM_OK, td_store_write(n.s, append_bad, &b, NULL));
    b.count = TD_COMMIT_CHANGES_MAX + 1;
    assert_err(TANDEM_OK, td_store_write(n.s, append_bad, &b, NULL));
    b.count = 1;
    b.seen_count = TD_SEEN_MAX + 1;
    assert_err(TANDEM_OK, td_store_write(n.s, append_bad, &b, NULL));
    b.seen_count = 0;
    p[0].len = sizeof(bytes);
    assert_err(TANDEM_OK, td_store_write(n.s, append_bad, &b, NULL));
    b.count = 2;
    p[0].len = TD_COMMIT_BYTES_MAX;
    assert_err(TANDEM_OK, td_store_write(n.s, append_bad, &b, NULL));
    p[0].len = 0;
    b.expect = TANDEM_EVALUE;
    assert_err(TANDEM_OK, td_store_write(n.s, append_bad, &b, NULL));
    node_deinit(&n);
}

static struct td_payload
a_payload(const char *text)
{
    return (struct td_payload){.chain = {{9, 8, 7}},
        .prev = {{6, 5}},
        .epoch = {{4}},
        .hash = td_hash_of(td_slice_str(text)),
        .bytes = td_slice_str(text)};
}

static tandem_err
swap_missing(struct td_txn *t, void *ctx)
{
    const struct td_payload_ref ref = {.length = 3};
    const struct td_payload p = a_payload("sealed");
    struct td_iter *i = NULL;
    tandem_slice key, value;

    (void)ctx;
    TD_TRY(td_payload_missing(t, 1, 2, 3, &ref));
    TD_TRY(td_iter_open(t, TD_T_MISSING, (tandem_slice){NULL, 0}, &i));
    assert_err(TANDEM_OK, td_iter_next(i, &key, &value));
    td_iter_close(i);
    TD_TRY(td_payload_put(t, 1, 2, 3, 17, &p));
    TD_TRY(td_iter_open(t, TD_T_MISSING, (tandem_slice){NULL, 0}, &i));
    assert_err(TANDEM_ENOTFOUND, td_iter_next(i, &key, &value));
    td_iter_close(i);
    return TANDEM_OK;
}

static void
test_payload_that_comes_late_is_no_longer_missing(void **state)
{
    const struct td_payload want = a_payload("sealed");
    struct td_payload p;
    struct td_txn *t;
    struct td_buf row;
    struct node n;

    (void)state;
    node_init(&n, 3);
    assert_err(TANDEM_OK, td_store_write(n.s, swap_missing, NULL, NULL));
    td_buf_init(&row, NULL, 1 << 20);
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    assert_err(TANDEM_OK, td_payload_get(t, 1, 2, 3, &row, &p));
    assert_true(td_payload_same(&want, &p));
    help_same(want.bytes, p.bytes);
    assert_err(TANDEM_ENOTFOUND, td_payload_get(t, 1, 2, 4, &row, &p));
    td_store_read_end(t);
    td_buf_deinit(&row);
    node_deinit(&n);
}

static tandem_err
put_with_a_false_hash(struct td_txn *t, void *ctx)
{
    struct td_payload p = a_payload("sealed");

    (void)ctx;
    p.bytes = td_slice_str("sealeD");
    return td_payload_put(t, 1, 2, 3, TD_SEAL_TRANSIT, &p);
}

static void
test_payload_that_is_not_what_was_said_of_it_is_damaged(void **state)
{
    struct td_payload p;
    struct td_txn *t;
    struct td_buf row;
    struct node n;

    (void)state;
    node_init(&n, 3);
    assert_err(
        TANDEM_OK, td_store_write(n.s, put_with_a_false_hash, NULL, NULL));
    td_buf_init(&row, NULL, 1 << 20);
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    assert_err(TANDEM_ECORRUPT, td_payload_get(t, 1, 2, 3, &row, &p));
    td_store_read_end(t);
    td_buf_deinit(&row);
    node_deinit(&n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_opens_with_an_entry_that_states_its_id),
        cmocka_unit_test(test_log_chains_each_commit_to_the_one_before),
        cmocka_unit_test(test_log_writes_seen_only_when_it_changed),
        cmocka_unit_test(test_log_goes_on_after_a_reopening),
        cmocka_unit_test(test_log_of_a_new_incarnation_names_the_earlier_ones),
        cmocka_unit_test(test_log_signs_after_so_many_commits_and_bytes),
        cmocka_unit_test(test_log_heads_verify_only_as_signed),
        cmocka_unit_test(test_head_signature_known_answer),
        cmocka_unit_test(test_log_number_and_list_find_every_log),
        cmocka_unit_test(test_log_append_refuses_what_a_header_may_not_hold),
        cmocka_unit_test(test_payload_that_comes_late_is_no_longer_missing),
        cmocka_unit_test(
            test_payload_that_is_not_what_was_said_of_it_is_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
