// SPDX-License-Identifier: Apache-2.0
// branch_test.c - a sheet edited on both branches of a log, and by people who
// had seen one of them or both: whatever order the logs come in, the same
// bytes, which a rebuild gives too, and nothing typed is lost.
#include "replica/state.h"
#include "world.h"

enum { PIECES = 5, F_LINES = 40, F_WORDS = 41, F_SUM = 42 };

// A branch from entry 0 to its head, as it travels.
struct piece {
    struct td_buf bytes;
    struct td_signed_head head;
};

static void
take_piece(struct device *d, tandem_id sector, struct piece *out)
{
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;
    uint64_t changes;
    size_t count;
    bool found = false;

    td_arena_init(&arena, NULL, (size_t)4 << 20);
    ok(td_store_read(d->store, &t));
    ok(td_log_list(t, &sector, &arena, &logs, &count));
    td_store_read_end(t);
    for (size_t i = 0; i < count && !found; i++) {
        struct world_push p = {
            .author = td_replica_author(d->r), .id = logs[i].id};

        if (memcmp(logs[i].incarnation, d->r->incarnation, 16) != 0 ||
            td_device_cmp(logs[i].device, td_replica_device(d->r)) != 0) {
            continue;
        }
        ok(td_store_write(d->store, world_sign, &p, NULL));
        td_buf_init(&out->bytes, NULL, TD_SEGMENT_BYTES_MAX);
        ok(td_store_read(d->store, &t));
        ok(td_head_reach(t, &p.log, true, 0, &out->head));
        assert_int_equal(p.log.head_seq, out->head.head.seq);
        ok(td_replica_tell(d->r, t, &p.log, true, 0, p.log.head_seq,
            &out->bytes, &changes, NULL));
        td_store_read_end(t);
        found = true;
    }
    assert_true(found);
    td_arena_deinit(&arena);
}

static void
hear_piece(struct world *w, struct td_replica *r, const struct piece *p)
{
    struct td_segment segment;
    struct td_heard heard;
    struct td_arena arena;
    tandem_error e = {0};

    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    ok(td_segment_read(td_buf_slice(&p->bytes), &r->workspace, NULL, &p->head,
        &arena, &segment));
    ok(td_replica_hear(r, &segment, 1, w->now_ms, &heard, &e));
    td_arena_deinit(&arena);
}

// Fields no pack describes.
enum { F_STATE = 21, F_LOG, F_LIST };

// The first element of a list, whoever made it, to the end.
static void
move_first(struct typing *t, const struct td_list *list)
{
    struct td_op *op;
    struct td_buf all;

    td_buf_init(&all, NULL, 1 << 20);
    ok(td_list_read(list, &all));
    if (all.len > 0) {
        const struct td_listed *first = (const void *)all.ptr;
        tandem_slice kept = td_arena_dup(&t->arena, first->value);

        op = typing_op(t, TD_OP_PLACE, F_LIST);
        op->has_element = true;
        op->element.dot = first->element;
        op->value = kept;
        ok(td_text_neighbours(list->places, td_text_count(list->places),
            &op->has_left, &op->left, &op->has_right, &op->right));
    }
    td_buf_deinit(&all);
}

// A bit of everything, by one on whose screen the sheet stands like that.
static void
edit_seen(struct world *w, struct td_replica *r, tandem_id id, const char *word,
    const struct td_record *seen)
{
    const struct td_text *text = NULL;
    const struct td_list *list = NULL;
    struct typing t;
    struct td_op *op;

    typing_init(&t);
    typing_set(&t, F_NAME, word);
    typing_op(&t, TD_OP_ADD, F_WORDS)->value = typing_value(&t, word);
    typing_op(&t, TD_OP_COUNT, F_SUM)->delta = 1;
    op = typing_op(&t, TD_OP_INSERT, F_LINES);
    op->utf8 = td_slice_str(word);
    text = seen == NULL ? NULL : td_record_text(seen, F_LINES);
    if (text != NULL) {
        ok(td_text_neighbours(text, td_text_count(text) / 2, &op->has_left,
            &op->left, &op->has_right, &op->right));
    }
    typing_op(&t, TD_OP_MOVE, F_STATE)->value = typing_value(&t, word);
    typing_op(&t, TD_OP_LINE, F_LOG)->value = typing_value(&t, word);
    list = seen == NULL ? NULL : td_record_list(seen, F_LIST);
    if (list != NULL) {
        move_first(&t, list);
    }
    op = typing_op(&t, TD_OP_PLACE, F_LIST);
    op->value = typing_value(&t, word);
    if (list != NULL) {
        ok(td_text_neighbours(list->places, td_text_count(list->places) / 2,
            &op->has_left, &op->left, &op->has_right, &op->right));
    }
    ok(typing_commit(&t, w, r, w->sectors[0], id, seen));
    typing_deinit(&t);
}

// ... who has seen it as it stands there now.
static void
edit_all(struct world *w, struct td_replica *r, tandem_id id, const char *word)
{
    struct td_snapshot s = {.state = NULL};
    tandem_err err = td_replica_read(r, id, &s);

    assert_true(err == TANDEM_OK || err == TANDEM_ENOTFOUND);
    edit_seen(w, r, id, word, s.state);
    td_record_free(s.state);
}

static struct device *
copy_of(struct world *w, size_t i)
{
    struct device *d = &w->d[w->count++];
    char command[700];

    device_close(&w->d[i]);
    d->sys = w->d[i].sys;
    help_dir_new(&d->dir);
    (void)snprintf(command, sizeof(command), "cp -r '%s' '%s'",
        w->d[i].dir.path, d->dir.path);
    assert_int_equal(0, system(command));
    device_open(&w->d[i], false);
    device_open(d, false);
    return d;
}

static void
state_of(struct td_replica *r, tandem_id id, struct td_buf *stored,
    struct td_buf *built)
{
    struct td_record *a, *b;
    struct td_held *set;
    struct td_arena arena;
    tandem_slice key, value;
    struct td_work *k;
    struct td_iter *i;
    struct td_row row;
    size_t n;

    td_arena_init(&arena, NULL, TD_REPLICA_ARENA_MAX);
    ok(td_work_read(r, &k));
    ok(td_iter_open(k->t, TD_T_RECORDS, (tandem_slice){id.b, 16}, &i));
    ok(td_iter_next(i, &key, &value));
    ok(td_row_decode(value, &arena, &row));
    ok(td_state_of(k, id, &row, &arena, &a));
    ok(td_state_gather(k, &row, &arena, &set, &n));
    ok(td_record_build(k->sys, set, n, id, row.pack, row.kind, &b));
    td_iter_close(i);
    ok(td_record_encode(a, stored));
    ok(td_record_encode(b, built));
    td_work_read_end(k);
    td_record_free(a);
    td_record_free(b);
    td_arena_deinit(&arena);
}

static void
assert_all_there(struct td_replica *r, tandem_id id)
{
    static const char *const words[] = {
        "left", "right", "seen left", "seen right", "seen both"};
    struct td_snapshot s;
    int64_t sum;

    ok(td_replica_read(r, id, &s));
    assert_int_equal(6, td_record_elements(s.state, F_WORDS));
    assert_int_equal(
        6, td_record_versions(s.state, F_LOG, TD_OP_LINE, (tandem_slice){0}));
    assert_int_equal(6, td_record_list(s.state, F_LIST)->items.count);
    assert_true(td_record_counter(s.state, F_SUM, &sum));
    assert_int_equal(6, sum);
    for (size_t i = 0; i < 5; i++) {
        struct td_buf b;

        td_buf_init(&b, NULL, 1 << 16);
        ok(td_text_read(td_record_text(s.state, F_LINES), &b));
        td_buf_put_u8(&b, 0);
        // Somebody may have typed inside a word; none of it is gone.
        for (const char *p = words[i]; *p != '\0'; p++) {
            assert_non_null(strchr((const char *)b.ptr, *p));
        }
        td_buf_deinit(&b);
    }
    // Who saw both replaced both; who saw one stands beside it, replaced too.
    assert_int_equal(
        1, td_record_distinct(s.state, F_NAME, TD_OP_SET, (tandem_slice){0}));
    td_snapshot_deinit(&s);
}

static void
test_every_order_of_branches_gives_the_same_state(void **state)
{
    struct device *left, *right;
    struct piece piece[PIECES];
    struct td_buf first, stored, built;
    struct world w;
    tandem_id id;

    (void)state;
    world_init(&w, 71);
    world_found(&w, 5, 1, TANDEM_RIGHT_AGENT); // 1 writes twice, 2-4 see it
    for (size_t i = 1; i < 5; i++) {
        (void)world_push(&w, w.d[0].r, w.d[i].r);
    }
    id = world_id(&w);
    edit_all(&w, w.d[1].r, id, "common");
    left = &w.d[1];
    right = copy_of(&w, 1);
    (void)copy_of(&w, 0); // who hears all orders starts from here
    edit_all(&w, left->r, id, "left");
    edit_all(&w, right->r, id, "right");
    take_piece(left, w.sectors[0], &piece[0]);
    take_piece(right, w.sectors[0], &piece[1]);
    hear_piece(&w, w.d[2].r, &piece[0]);
    edit_all(&w, w.d[2].r, id, "seen left");
    take_piece(&w.d[2], w.sectors[0], &piece[2]);
    hear_piece(&w, w.d[3].r, &piece[1]);
    edit_all(&w, w.d[3].r, id, "seen right");
    take_piece(&w.d[3], w.sectors[0], &piece[3]);
    for (size_t i = 0; i < 4; i++) {
        hear_piece(&w, w.d[4].r, &piece[i]);
    }
    edit_all(&w, w.d[4].r, id, "seen both");
    take_piece(&w.d[4], w.sectors[0], &piece[4]);
    td_buf_init(&first, NULL, 1 << 20);
    td_buf_init(&stored, NULL, 1 << 20);
    td_buf_init(&built, NULL, 1 << 20);
    for (size_t order = 0; order < 120; order++) {
        size_t left_over[PIECES] = {0, 1, 2, 3, 4};
        size_t code = order;
        struct device *d;

        d = copy_of(&w, w.count - 1); // the last one still knows nothing
        for (size_t n = PIECES; n > 0; n--) {
            size_t at = code % n;

            code /= n;
            hear_piece(&w, w.d[w.count - 2].r, &piece[left_over[at]]);
            memmove(&left_over[at], &left_over[at + 1],
                (n - at - 1) * sizeof(left_over[0]));
            td_buf_reset(&stored);
            td_buf_reset(&built);
            if (world_stats(w.d[w.count - 2].r).records > 0) {
                state_of(w.d[w.count - 2].r, id, &stored, &built);
                assert_true(
                    td_slice_eq(td_buf_slice(&stored), td_buf_slice(&built)));
            }
        }
        assert_int_equal(0, world_stats(w.d[w.count - 2].r).waiting);
        assert_int_equal(1, world_stats(w.d[w.count - 2].r).forks);
        if (order == 0) {
            td_buf_put_slice(&first, td_buf_slice(&stored));
            assert_all_there(w.d[w.count - 2].r, id);
        }
        assert_true(td_slice_eq(td_buf_slice(&first), td_buf_slice(&stored)));
        if (order % 20 == 0) {
            assert_int_equal(0, world_verify(w.d[w.count - 2].r));
        }
        // Its place is the next one's.
        device_close(&w.d[w.count - 2]);
        help_dir_free(&w.d[w.count - 2].dir);
        w.d[w.count - 2] = *d;
        w.count--;
    }
    td_buf_deinit(&built);
    td_buf_deinit(&stored);
    td_buf_deinit(&first);
    for (size_t i = 0; i < PIECES; i++) {
        td_buf_deinit(&piece[i].bytes);
    }
    world_deinit(&w);
}

// A branch is cut when a seventeenth comes: a record that it alone made, of
// which the store has but a place, is no more, and nothing else is touched.
static void
test_a_record_of_a_branch_that_is_cut_goes_with_it(void **state)
{
    enum { COPIES = TD_BRANCHES_MAX + 2 };
    struct piece piece[COPIES];
    struct world w;
    uint64_t before;
    tandem_id id;

    (void)state;
    world_init(&w, 72);
    world_found(&w, 3, 1, TANDEM_RIGHT_AGENT); // 1 writes, 2 hears
    (void)world_push(&w, w.d[0].r, w.d[1].r);
    (void)world_push(&w, w.d[0].r, w.d[2].r);
    before = world_stats(w.d[2].r).records;
    id = world_sheet(&w, w.d[1].r, 0, "common");
    for (size_t i = 0; i < COPIES; i++) {
        struct device *d = copy_of(&w, 1);

        (void)world_sheet(&w, d->r, 0, "of one branch");
        world_set(&w, d->r, id, F_NAME, "seen by one");
        take_piece(d, w.sectors[0], &piece[i]);
    }
    for (size_t i = 0; i < COPIES; i++) {
        const size_t branches = i < TD_BRANCHES_MAX ? i + 1 : TD_BRANCHES_MAX;

        hear_piece(&w, w.d[2].r, &piece[i]);
        assert_int_equal(before + 1 + branches, world_stats(w.d[2].r).records);
        assert_int_equal(0, world_verify(w.d[2].r));
    }
    for (size_t i = 0; i < COPIES; i++) {
        td_buf_deinit(&piece[i].bytes);
    }
    world_deinit(&w);
}

static tandem_err
break_payload(struct td_txn *t, void *ctx)
{
    const struct td_log_info *log = ctx;
    uint8_t key[14] = {0};

    td_put_be32(key, log->number);
    td_put_be64(key + 4, 1);
    assert_true(td_has(t, TD_T_PAYLOADS, (tandem_slice){key, sizeof(key)}));
    return td_payload_put(t, log->number, 1, 0, TD_SEAL_TRANSIT,
        &(struct td_payload){.bytes = td_slice_str("another")});
}

// What two branches share stands in the rows of one; told as the other's it is
// found damaged, and there the new one has to come.
static void
test_a_damaged_payload_that_branches_share_is_replaced(void **state)
{
    struct td_missing_at at = {{0}};
    struct td_missing missing[4];
    struct td_log_info *logs;
    struct piece piece[2];
    struct td_arena arena;
    struct td_hash16 name;
    tandem_error e = {0};
    uint64_t changes;
    struct td_txn *t;
    struct world w;
    struct td_buf b;
    size_t n;

    (void)state;
    world_init(&w, 73);
    world_found(&w, 3, 1, TANDEM_RIGHT_AGENT); // 1 writes, 2 hears
    (void)world_push(&w, w.d[0].r, w.d[1].r);
    (void)world_push(&w, w.d[0].r, w.d[2].r);
    (void)world_sheet(&w, w.d[1].r, 0, "common");
    (void)copy_of(&w, 1);
    for (size_t i = 0; i < 2; i++) {
        (void)world_sheet(&w, w.d[1 + 2 * i].r, 0, "of one branch");
        take_piece(&w.d[1 + 2 * i], w.sectors[0], &piece[i]);
        hear_piece(&w, w.d[2].r, &piece[i]);
        td_buf_deinit(&piece[i].bytes);
    }
    td_arena_init(&arena, NULL, (size_t)4 << 20);
    ok(td_store_read(w.d[2].store, &t));
    ok(td_log_list(t, &w.sectors[0], &arena, &logs, &n));
    td_store_read_end(t);
    assert_int_equal(2, n);
    n = logs[0].further ? 0 : 1;
    name = world_entry(w.d[1].r, logs[0].id, 1);
    ok(td_store_write(w.d[2].store, break_payload, &logs[1 - n], NULL));
    td_buf_init(&b, NULL, 1 << 20);
    ok(td_store_read(w.d[2].store, &t));
    ok(td_replica_tell(
        w.d[2].r, t, &logs[n], true, 0, logs[n].head_seq, &b, &changes, NULL));
    td_store_read_end(t);
    ok(td_replica_me_set(w.d[2].r, w.d[2].r->me, &e)); // any write notes it
    ok(td_replica_missing(w.d[2].r, &at, missing, 4, &n));
    assert_int_equal(1, n);
    td_buf_reset(&b);
    ok(td_replica_payload(w.d[1].r, &logs[0].id, 1, &name, 0, &b));
    ok(td_replica_hear_payload(
        w.d[2].r, &logs[0].id, 1, &name, 0, td_buf_slice(&b), w.now_ms, &e));
    assert_int_equal(0, world_stats(w.d[2].r).missing);
    assert_int_equal(0, world_verify(w.d[2].r));
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
    world_deinit(&w);
}

static size_t
letters(struct td_replica *r, tandem_id id)
{
    struct td_snapshot s;
    size_t n;

    ok(td_replica_read(r, id, &s));
    n = td_text_count(td_record_text(s.state, F_LINES));
    td_snapshot_deinit(&s);
    return n;
}

// An edit from an older screen has seen less of its own log than its prev. The
// next one has seen all of it again, also where a fork point lies in between.
static void
test_an_older_screen_hides_nothing_of_its_branch_from_the_next_edit(
    void **state)
{
    struct device *left, *right;
    struct td_buf stored[2], built;
    struct td_snapshot older;
    struct piece piece[2];
    struct world w;
    tandem_id id;

    (void)state;
    world_init(&w, 72);
    world_found(&w, 4, 1, TANDEM_RIGHT_AGENT); // 1 writes twice, 2 and 3 hear
    for (size_t i = 1; i < 4; i++) {
        (void)world_push(&w, w.d[0].r, w.d[i].r);
    }
    id = world_id(&w);
    edit_all(&w, w.d[1].r, id, "common");
    ok(td_replica_read(w.d[1].r, id, &older));
    edit_all(&w, w.d[1].r, id, "more");
    left = &w.d[1];
    right = copy_of(&w, 1);
    edit_seen(&w, left->r, id, "old", older.state);
    edit_all(&w, left->r, id, "again"); // in the middle, at "more"
    edit_all(&w, right->r, id, "right");
    take_piece(left, w.sectors[0], &piece[0]);
    take_piece(right, w.sectors[0], &piece[1]);
    td_buf_init(&built, NULL, 1 << 20);
    for (size_t i = 0; i < 2; i++) {
        struct td_replica *r = w.d[2 + i].r;

        hear_piece(&w, r, &piece[i]);
        assert_int_equal(i == 0 ? 18 : 15, letters(r, id));
        hear_piece(&w, r, &piece[1 - i]);
        assert_int_equal(23, letters(r, id));
        assert_int_equal(0, world_stats(r).waiting);
        assert_int_equal(0, world_verify(r));
        td_buf_init(&stored[i], NULL, 1 << 20);
        td_buf_reset(&built);
        state_of(r, id, &stored[i], &built);
        assert_true(
            td_slice_eq(td_buf_slice(&stored[i]), td_buf_slice(&built)));
    }
    assert_true(
        td_slice_eq(td_buf_slice(&stored[0]), td_buf_slice(&stored[1])));
    for (size_t i = 0; i < 2; i++) {
        td_buf_deinit(&stored[i]);
        td_buf_deinit(&piece[i].bytes);
    }
    td_buf_deinit(&built);
    td_snapshot_deinit(&older);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_damaged_payload_that_branches_share_is_replaced),
        cmocka_unit_test(test_a_record_of_a_branch_that_is_cut_goes_with_it),
        cmocka_unit_test(test_every_order_of_branches_gives_the_same_state),
        cmocka_unit_test(
            test_an_older_screen_hides_nothing_of_its_branch_from_the_next_edit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
