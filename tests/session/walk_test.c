// SPDX-License-Identifier: Apache-2.0
// walk_test.c - peers that lie in a walk or about where a log was written
// twice: out of turn, twice, nowhere, without end.
#include "session/carry.h"
#include "session/state.h"

enum { LOGS = 300 };

struct logs {
    struct td_author author;
    tandem_id sector;
};

static tandem_err
open_logs(struct td_txn *t, void *ctx)
{
    struct logs *l = ctx;

    for (uint64_t i = 0; i < LOGS; i++) {
        struct td_author a = l->author;
        struct td_log_info log;

        td_put_be64(a.incarnation, i + 1);
        TD_TRY(td_log_own(t, &a, l->sector, NULL, 0, &log));
    }
    return TANDEM_OK;
}

// A session of d[0] that has said STATUS, its messages in `q`.
static struct td_session *
status_said(struct world *w)
{
    struct td_msg_hello hello = {
        1, 1, {1}, {2}, 1 << 20, {{3}}, {{4}}, 0, {0}, false};
    struct td_session *x =
        session_of(w, w->d[0].r, w->d[1].r, false, TANDEM_OK);
    struct td_session *y = session_of(w, w->d[0].r, w->d[1].r, true, TANDEM_OK);
    bool said = false;
    struct td_buf b;
    struct td_msg m;
    tandem_slice s;

    ok(td_msg_decode(td_session_give(y, w->now_ms), &m));
    hello.control_root = m.u.hello.control_root;
    td_session_free(y);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    td_msg_put_hello(&b, &hello);
    ok(td_session_take(x, td_buf_slice(&b), w->now_ms));
    while ((s = td_session_give(x, w->now_ms)).len > 0) {
        ok(td_msg_decode(s, &m));
        said = said || m.type == TD_MSG_STATUS;
    }
    assert_true(said);
    td_buf_deinit(&b);
    return x;
}

static tandem_err
tell(struct td_session *x, struct world *w, struct td_buf *b)
{
    tandem_err err = td_session_take(x, td_buf_slice(b), w->now_ms);

    td_buf_reset(b);
    return err;
}

static void
begin(struct world *w, uint64_t seed)
{
    struct logs l;

    world_begin(w, seed, 2, 1);
    l.author = td_replica_author(w->d[0].r);
    l.sector = w->sectors[0];
    ok(td_store_write(w->d[0].r->store, open_logs, &l, NULL));
}

static void
test_items_out_of_place_end_the_walk(void **state)
{
    uint8_t hashes[32] = {1};
    struct td_msg_node node = {0, 3, {hashes, 32}};
    struct td_msg_leaf leaf = {0, 0};
    struct td_session *x;
    struct td_buf b;
    struct world w;

    (void)state;
    begin(&w, 70);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    for (int lie = 0; lie < 9; lie++) {
        x = status_said(&w);
        node.at = leaf.at = 0;
        switch (lie) {
        case 0: // no such sector
            node.at = 1000;
            td_msg_put_node(&b, true, &node, 1);
            break;
        case 1:
            leaf.at = UINT64_MAX;
            td_msg_put_leaf(&b, true, &leaf, 1, NULL);
            break;
        case 2: // once more, in another message
            td_msg_put_node(&b, false, &node, 1);
            ok(tell(x, &w, &b));
            td_msg_put_node(&b, true, &node, 1);
            break;
        case 3: // as a leaf too
            td_msg_put_node(&b, false, &node, 1);
            ok(tell(x, &w, &b));
            td_msg_put_leaf(&b, true, &leaf, 1, NULL);
            break;
        case 4: // nodes come first
            td_msg_put_leaf(&b, false, &leaf, 1, NULL);
            ok(tell(x, &w, &b));
            node.at = 1;
            td_msg_put_node(&b, true, &node, 1);
            break;
        case 5: // the walk is over
            td_msg_put_advert(&b, true, NULL, 0);
            ok(tell(x, &w, &b));
            td_msg_put_node(&b, true, &node, 1);
            break;
        case 6: // a few heads, told as leaves: nothing is left to answer
            td_msg_put_node(&b, true, &node, 1);
            ok(tell(x, &w, &b));
            while (td_session_give(x, w.now_ms).len > 0) {
            }
            td_msg_put_leaf(&b, true, &leaf, 1, NULL);
            break;
        case 7: // STATUS in answer to STATUS
            td_msg_put_status(&b, true, NULL, 0);
            break;
        default: // wants before any head was told
            td_msg_put_want(&b, true, NULL, 0);
            break;
        }
        assert_err(TANDEM_EPROTO, tell(x, &w, &b));
        td_session_free(x);
    }
    td_buf_deinit(&b);
    world_deinit(&w);
}

// Every node is answered with a node of nonsense: it ends, and no head is told
// more than once.
static void
test_a_walk_without_end_ends(void **state)
{
    uint8_t hashes[1024];
    uint64_t random = help_seed();
    size_t heads = 0;
    size_t nodes = 1;
    int turns = 0;
    struct td_session *x;
    struct td_buf b;
    struct world w;

    (void)state;
    begin(&w, 71);
    x = status_said(&w);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    while (nodes > 0) {
        size_t count = 0;

        // One child of each node we were told; at first, of each sector.
        assert_true(turns++ <= 23);
        for (size_t i = 0; i < (turns == 1 ? 2 : nodes); i++) {
            struct td_msg_node node = {
                turns == 1 ? i : i * 64 + help_next(&random) % 64, UINT64_MAX,
                {hashes, sizeof(hashes)}};

            for (size_t k = 0; k < sizeof(hashes); k++) {
                hashes[k] = (uint8_t)(help_next(&random) >> 9);
            }
            td_msg_put_node(&b, i + 1 == (turns == 1 ? 2 : nodes), &node, 1);
            ok(tell(x, &w, &b));
            count++;
        }
        nodes = 0;
        for (tandem_slice s; (s = td_session_give(x, w.now_ms)).len > 0;) {
            struct td_msg_leaf leaf;
            struct td_msg_place p;
            struct td_msg m;

            ok(td_msg_decode(s, &m));
            nodes += m.type == TD_MSG_NODE ? m.count : 0;
            for (size_t i = 0; m.type == TD_MSG_LEAF && i < m.count; i++) {
                td_msg_next_leaf(&m, &leaf);
                heads += leaf.count;
                for (size_t k = 0; k < leaf.count; k++) {
                    td_msg_next_place(&m, &p);
                }
            }
        }
        assert_true(count > 0);
    }
    assert_true(heads <= LOGS + 16);
    td_buf_deinit(&b);
    td_session_free(x);
    world_deinit(&w);
}

// ------------------------------------------------------------------- located

// d[0] wants d[1]'s new entry: as far as its WANT.
static struct td_session *
wanting(struct world *w)
{
    struct carry c;
    struct td_session *x;

    (void)world_sheet(w, w->d[1].r, 0, "M. B.");
    carry_init(&c, w, w->d[0].r, w->d[1].r);
    c.limit = 5; // HELLO, HELLO, ADVERT, ADVERT, WANT
    carry_run(&c);
    x = c.s[0];
    c.s[0] = NULL;
    carry_deinit(&c);
    return x;
}

static void
test_branches_are_located_once_and_only_when_asked(void **state)
{
    struct td_msg_point point = {0, {{1}}};
    struct td_msg_found found = {.from_start = true};
    struct td_session *x;
    struct td_buf b;
    struct world w;

    (void)state;
    world_begin(&w, 72, 2, 1);
    both_type(&w);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    for (int lie = 0; lie < 8; lie++) {
        tandem_slice s;
        struct td_msg m;
        bool asked = false;

        x = wanting(&w);
        while (td_session_give(x, w.now_ms).len > 0) {
        }
        if (lie >= 3) {
            td_msg_put_apart(&b, 0);
            ok(tell(x, &w, &b));
            while ((s = td_session_give(x, w.now_ms)).len > 0) {
                ok(td_msg_decode(s, &m));
                asked = asked || (m.type == TD_MSG_LOCATE && m.count >= 1);
            }
            assert_true(asked);
        }
        found.n = 0;
        found.from_start = lie != 5;
        found.at = (struct td_msg_point){1, {{0xee}}};
        switch (lie) {
        case 0: // nobody asked for that
            td_msg_put_apart(&b, 7);
            break;
        case 1: // nobody was asked where
            td_msg_put_found(&b, &found);
            break;
        case 2: // nothing was said to be apart
            td_msg_put_locate(&b, 0, &point, 1);
            break;
        case 3: // twice
            td_msg_put_apart(&b, 0);
            break;
        case 4: // the end, though we asked where
            td_msg_put_sent(&b);
            break;
        case 5: // an entry we have not
        case 6: // or twice
            if (lie == 6) {
                td_msg_put_found(&b, &found);
                ok(tell(x, &w, &b));
            }
            td_msg_put_found(&b, &found);
            break;
        default: { // a segment before it said from where
            struct td_msg_head head = {.last = true, .bytes = 10};

            td_msg_put_head(&b, &head);
            break;
        }
        }
        assert_err(TANDEM_EPROTO, tell(x, &w, &b));
        td_session_free(x);
        (void)meet(&w, w.d[0].r, w.d[1].r);
    }
    td_buf_deinit(&b);
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

// d[0] heard HELLO, and is to hear more of us; `log`: one of its data sector.
static struct td_session *
greeted(struct world *w, struct td_log_info *log)
{
    struct td_msg_hello hello = {
        1, 1, {1}, {2}, 1 << 20, {{3}}, {{4}}, 0, {0}, false};
    struct td_session *x = session_of(w, w->d[0].r, w->d[1].r, true, TANDEM_OK);
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_buf b;
    struct td_msg m;
    struct td_txn *t;
    size_t count;

    ok(td_msg_decode(td_session_give(x, w->now_ms), &m));
    hello.control_root = m.u.hello.control_root;
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    td_msg_put_hello(&b, &hello);
    ok(tell(x, w, &b));
    td_buf_deinit(&b);
    td_arena_init(&arena, NULL, (size_t)8 << 20);
    ok(td_store_read(w->d[0].r->store, &t));
    ok(td_log_list(t, &w->sectors[0], &arena, &logs, &count));
    td_store_read_end(t);
    *log = logs[0];
    td_arena_deinit(&arena);
    return x;
}

// Heads of one log: no more than it can have. Where the branches leave it is
// worked out one by one, as it is taken.
static void
test_heads_of_one_log_are_few_and_located_one_by_one(void **state)
{
    enum { N = TD_SESSION_SAME_MAX };
    struct td_msg_place places[N + 1];
    struct td_log_info log;
    struct td_session *x;
    struct td_buf b;
    struct td_msg m;
    struct world w;

    (void)state;
    world_begin(&w, 73, 2, 1);
    both_type(&w);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    for (int lie = 0; lie < 3; lie++) {
        uint64_t located = 0;

        x = greeted(&w, &log);
        for (size_t i = 0; i <= N; i++) {
            places[i] = (struct td_msg_place){
                .log = log.id, .seq = 1000, .hash = {{1, (uint8_t)i}}};
        }
        td_msg_put_advert(&b, true, places, lie == 0 ? N + 1 : N);
        assert_err(lie == 0 ? TANDEM_EPROTO : TANDEM_OK, tell(x, &w, &b));
        while (td_session_give(x, w.now_ms).len > 0) {
        }
        for (uint64_t n = 0; n < N && lie > 0; n++) {
            td_msg_put_apart(&b, n);
            ok(tell(x, &w, &b));
            assert_int_equal(0, x->queue.len);
        }
        if (lie == 1) { // the other way round
            td_msg_put_apart(&b, 0);
            assert_err(TANDEM_EPROTO, tell(x, &w, &b));
        }
        while (lie == 2 && located < N) {
            ok(td_msg_decode(td_session_give(x, w.now_ms), &m));
            assert_int_equal(TD_MSG_LOCATE, m.type);
            assert_int_equal(located, m.u.n);
            located++;
        }
        td_session_free(x);
    }
    td_buf_deinit(&b);
    world_deinit(&w);
}

static void
test_a_head_told_where_it_does_not_lie_ends_the_walk(void **state)
{
    struct td_msg_sector status;
    struct td_msg_place place = {{{0}}, 3, {{1}}};
    struct td_msg_leaf leaf = {0, 1};
    struct td_log_info log;
    struct td_session *x;
    struct td_buf b;
    struct world w;

    (void)state;
    begin(&w, 74);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    for (unsigned lie = 0; lie < 2; lie++) {
        x = greeted(&w, &log);
        status = (struct td_msg_sector){w.sectors[0], {{9}}};
        td_msg_put_status(&b, true, &status, 1);
        ok(tell(x, &w, &b));
        while (td_session_give(x, w.now_ms).len > 0) {
        }
        leaf.at = 7;
        place.log.b[0] = (uint8_t)((7 + lie) << 2);
        td_msg_put_leaf(&b, true, &leaf, 1, &place);
        assert_err(lie == 0 ? TANDEM_OK : TANDEM_EPROTO, tell(x, &w, &b));
        td_session_free(x);
    }
    td_buf_deinit(&b);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items_out_of_place_end_the_walk),
        cmocka_unit_test(test_a_walk_without_end_ends),
        cmocka_unit_test(test_branches_are_located_once_and_only_when_asked),
        cmocka_unit_test(test_heads_of_one_log_are_few_and_located_one_by_one),
        cmocka_unit_test(test_a_head_told_where_it_does_not_lie_ends_the_walk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
