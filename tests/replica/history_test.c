// SPDX-License-Identifier: Apache-2.0
// history_test.c - random histories on three devices and two sectors: however
// the segments travelled, the same records, the same bytes of state, and every
// row as a rebuild would write it.
#include "replica/world.h"

#define HISTORY_OPS 300
#define RECORDS_MAX 24
#define DEVICES     3

struct history {
    struct world w;
    tandem_id ids[RECORDS_MAX];
    size_t count;
};

static uint64_t
below(struct history *h, uint64_t n)
{
    return help_next(&h->w.random) % n;
}

static const char *const words[] = {
    "Anne", "Bruno", "Chloe", "Djamel", "Eve", "Farid"};

static const char *
word(struct history *h)
{
    return words[below(h, sizeof(words) / sizeof(words[0]))];
}

static void
type_text(struct history *h, struct typing *t, const struct td_record *seen)
{
    const struct td_text *text = td_record_text(seen, F_TEXT);
    struct td_op *op = typing_op(t, TD_OP_INSERT, F_TEXT);
    struct td_buf ranges;

    op->utf8 = td_slice_str(word(h));
    if (text == NULL) {
        return; // between the text's begin and end
    }
    ok(td_text_neighbours(text, below(h, td_text_count(text) + 1),
        &op->has_left, &op->left, &op->has_right, &op->right));
    if (td_text_count(text) > 4 && below(h, 2) == 0) {
        tandem_slice copy;

        td_buf_init(&ranges, NULL, 1 << 20);
        ok(td_text_ranges(text, below(h, td_text_count(text) - 2), 2, &ranges));
        copy = td_arena_dup(&t->arena, td_buf_slice(&ranges));
        op = typing_op(t, TD_OP_ERASE, F_TEXT);
        op->ranges = (const struct td_char_range *)(const void *)copy.ptr;
        op->range_count = ranges.len / sizeof(struct td_char_range);
        td_buf_deinit(&ranges);
    }
}

// Fields no pack describes: a device merges what it cannot read yet.
enum { F_STATE = 21, F_LOG, F_LIST };

static void
type_list(struct history *h, struct typing *t, const struct td_record *seen)
{
    const struct td_list *l = td_record_list(seen, F_LIST);
    struct td_op *op = typing_op(t, TD_OP_PLACE, F_LIST);
    struct td_buf all;

    op->value = typing_value(t, word(h));
    if (l == NULL) {
        return; // the first element
    }
    ok(td_text_neighbours(l->places, below(h, td_text_count(l->places) + 1),
        &op->has_left, &op->left, &op->has_right, &op->right));
    td_buf_init(&all, NULL, 1 << 20);
    ok(td_list_read(l, &all));
    if (all.len > 0 && below(h, 2) == 0) {
        const struct td_listed *at = (const void *)all.ptr;

        op->has_element = true;
        op->element.dot = at[below(h, all.len / sizeof(*at))].element;
        op->code = below(h, 3) == 0 ? TD_OP_LEAVE : TD_OP_PLACE;
    }
    td_buf_deinit(&all);
}

static void
type_something(
    struct history *h, struct typing *t, const struct td_record *seen)
{
    struct td_op *op;

    switch (below(h, 12)) {
    case 0:
    case 1:
        typing_set(t, F_NAME, below(h, 8) == 0 ? NULL : word(h));
        break;
    case 2:
        typing_set(t, F_NOTE, word(h));
        break;
    case 3:
        typing_set(t, F_CODE, word(h));
        break;
    case 4:
        typing_op(t, below(h, 3) == 0 ? TD_OP_REMOVE : TD_OP_ADD, F_TAGS)
            ->value = typing_value(t, word(h));
        break;
    case 5:
        op = typing_op(t, below(h, 4) == 0 ? TD_OP_DROP : TD_OP_PUT, F_CALLS);
        op->key = typing_value(t, word(h));
        op->value = typing_value(t, word(h));
        break;
    case 6:
        typing_op(t, TD_OP_COUNT, F_COUNT)->delta = (int64_t)below(h, 11) - 5;
        break;
    case 7:
        type_text(h, t, seen);
        break;
    case 8:
        typing_op(t, TD_OP_MOVE, F_STATE)->value = typing_value(t, word(h));
        break;
    case 9:
        typing_op(t, TD_OP_LINE, F_LOG)->value = typing_value(t, word(h));
        break;
    case 10:
        type_list(h, t, seen);
        break;
    default:
        typing_op(t, TD_OP_MARK, 0)->deleted = below(h, 3) > 0;
        break;
    }
}

static void
edit(struct history *h, struct td_replica *r)
{
    struct td_snapshot s;
    struct typing t;

    if (h->count == 0 || (h->count < RECORDS_MAX && below(h, 6) == 0)) {
        h->ids[h->count++] = world_sheet(&h->w, r, below(h, 2), word(h));
        return;
    }
    if (td_replica_read(r, h->ids[below(h, h->count)], &s) != TANDEM_OK) {
        return; // not heard of here yet
    }
    typing_init(&t);
    type_something(h, &t, s.state);
    ok(typing_commit(&t, &h->w, r, s.sector, s.id, s.state));
    typing_deinit(&t);
    td_snapshot_deinit(&s);
}

// One segment of one log, whichever: others' logs too, in any order.
static void
push_a_little(struct history *h)
{
    struct td_replica *from = h->w.d[below(h, DEVICES)].r;
    struct td_replica *to = h->w.d[below(h, DEVICES)].r;
    struct td_log_id logs[64];
    struct td_heard heard;
    size_t n;

    if (from == to) {
        return;
    }
    n = world_logs(from, ALL, logs);
    (void)world_push_segment(
        &h->w, from, to, logs[below(h, n)], below(h, 12) == 0, &heard);
}

static tandem_slice
state_bytes(struct td_replica *r, tandem_id id, struct td_buf *out)
{
    struct td_snapshot s;

    td_buf_reset(out);
    ok(td_replica_read(r, id, &s));
    ok(td_record_encode(s.state, out));
    td_snapshot_deinit(&s);
    return td_buf_slice(out);
}

// Payloads left out on the way are asked of the others.
static void
fetch_missing(struct history *h, struct td_replica *r)
{
    struct td_missing missing[16];
    struct td_missing_at at = {{0}};
    struct td_buf b;
    tandem_error e = {0};
    size_t n;

    td_buf_init(&b, NULL, 1 << 20);
    do {
        ok(td_replica_missing(r, &at, missing, 16, &n));
        for (size_t i = 0; i < n; i++) {
            for (size_t d = 0; d < DEVICES; d++) {
                td_buf_reset(&b);
                if (td_replica_payload(h->w.d[d].r, &missing[i].log,
                        missing[i].seq, &missing[i].hash, missing[i].index,
                        &b) == TANDEM_OK) {
                    ok(td_replica_hear_payload(r, &missing[i].log,
                        missing[i].seq, &missing[i].hash, missing[i].index,
                        td_buf_slice(&b), h->w.now_ms, &e));
                    break;
                }
            }
        }
    } while (n > 0);
    td_buf_deinit(&b);
    assert_int_equal(0, world_stats(r).missing);
}

static void
assert_same_everywhere(struct history *h)
{
    struct td_buf a, b;

    td_buf_init(&a, NULL, TD_RECORD_BYTES_MAX);
    td_buf_init(&b, NULL, TD_RECORD_BYTES_MAX);
    for (size_t d = 0; d < DEVICES; d++) {
        assert_int_equal(0, world_verify(h->w.d[d].r));
        world_assert_equal(h->w.d[0].r, h->w.d[d].r);
        for (size_t i = 0; i < h->count; i++) {
            const tandem_slice p = state_bytes(h->w.d[0].r, h->ids[i], &a);
            const tandem_slice q = state_bytes(h->w.d[d].r, h->ids[i], &b);

            assert_int_equal(p.len, q.len);
            assert_memory_equal(p.ptr, q.ptr, p.len);
        }
        {
            tandem_stats s = world_stats(h->w.d[0].r);
            tandem_stats t = world_stats(h->w.d[d].r);

            assert_int_equal(s.records, t.records);
            assert_int_equal(s.trashed, t.trashed);
            assert_int_equal(s.conflicts, t.conflicts);
            assert_int_equal(s.changes, t.changes);
            assert_int_equal(0, t.waiting);
        }
    }
    td_buf_deinit(&a);
    td_buf_deinit(&b);
}

static void
prop_any_history_heard_in_any_order_gives_the_same_records(void **state)
{
    struct history *h = calloc(1, sizeof(*h));

    (void)state;
    assert_non_null(h);
    world_init(&h->w, help_seed());
    world_found(&h->w, DEVICES, 2, TANDEM_RIGHT_AGENT);
    for (int i = 0; i < HISTORY_OPS; i++) {
        if (below(h, 3) == 0) {
            push_a_little(h);
        } else {
            edit(h, h->w.d[below(h, DEVICES)].r);
        }
        if (i == HISTORY_OPS / 2) {
            world_publish(h->w.d[0].r, 2);
            for (size_t d = 0; d < DEVICES; d++) {
                assert_int_equal(0, world_verify(h->w.d[d].r));
            }
            device_close(&h->w.d[1]);
            device_open(&h->w.d[1], false);
        }
    }
    for (size_t round = 0; round < 2; round++) {
        for (size_t a = 0; a < DEVICES; a++) {
            for (size_t b = 0; b < DEVICES; b++) {
                if (a != b) {
                    (void)world_push_some(
                        &h->w, h->w.d[a].r, h->w.d[b].r, DATA, false);
                    (void)world_push_some(
                        &h->w, h->w.d[a].r, h->w.d[b].r, CONTROL, false);
                }
            }
        }
    }
    for (size_t d = 0; d < DEVICES; d++) {
        fetch_missing(h, h->w.d[d].r);
    }
    assert_same_everywhere(h);
    world_deinit(&h->w);
    free(h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            prop_any_history_heard_in_any_order_gives_the_same_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
