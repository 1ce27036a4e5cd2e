// SPDX-License-Identifier: Apache-2.0
// record_world.h - random worlds: devices that type, meet, quarantine, lie.
#ifndef TESTS_CRDT_RECORD_WORLD_H
#define TESTS_CRDT_RECORD_WORLD_H

#include "crdt/record_help.h"

#define TYPED_MAX 6

static inline const char *
word(struct world *w)
{
    static const char *const words[] = {"a", "bc", "d\xc3\xa9", "fgh"};

    return words[below(w, 4)];
}

// Text operations name what stands in the snapshot `r` (with what was typed).
static inline bool
type_text(struct world *w, const struct td_record *r, struct td_op *op)
{
    const struct td_text *t = td_record_text(r, op->field);
    size_t count = t == NULL ? 0 : td_text_count(t);
    struct td_buf ranges;

    if (op->code == TD_OP_INSERT) {
        op->utf8 = td_slice_str(word(w));
        if (t != NULL) {
            assert_int_equal(
                td_text_neighbours(t, below(w, count + 1), &op->has_left,
                    &op->left, &op->has_right, &op->right),
                TANDEM_OK);
        }
        return true;
    }
    if (count == 0) {
        return false;
    }
    td_buf_init(&ranges, NULL, 1 << 16);
    assert_int_equal(td_text_ranges(t, below(w, count), 1, &ranges), TANDEM_OK);
    op->range_count = ranges.len / sizeof *op->ranges;
    op->ranges = (const void *)bytes_of(&w->arena, ranges.ptr, ranges.len).ptr;
    td_buf_deinit(&ranges);
    return true;
}

// Places and elements of the list as the snapshot has them; some new element
// where it has none.
static inline bool
type_list(struct world *w, const struct td_record *r, struct td_op *op)
{
    const struct td_list *l = td_record_list(r, op->field);
    struct td_listed *listed;
    struct td_buf all;

    td_buf_init(&all, NULL, 1 << 16);
    if (l != NULL) {
        assert_int_equal(td_list_read(l, &all), TANDEM_OK);
    }
    listed = (struct td_listed *)(void *)all.ptr;
    if (all.len > 0 && (op->code == TD_OP_LEAVE || below(w, 2) == 0)) {
        op->has_element = true;
        op->element.dot = listed[below(w, all.len / sizeof *listed)].element;
    }
    td_buf_deinit(&all);
    if (l != NULL && op->code == TD_OP_PLACE) {
        assert_int_equal(
            td_text_neighbours(l->places,
                below(w, td_text_count(l->places) + 1), &op->has_left,
                &op->left, &op->has_right, &op->right),
            TANDEM_OK);
    }
    return op->code == TD_OP_PLACE || op->has_element;
}

static inline bool
random_op(struct world *w, const struct td_record *r, struct td_op *op)
{
    static const uint8_t unknown[] = {0x93, 0x63, 1, 2};

    *op = (struct td_op){
        .code = 1 + below(w, TD_OP_LAST), .field = 1 + below(w, 2)};
    op->value = number((unsigned)below(w, 4));
    op->key = number((unsigned)below(w, 3));
    op->delta = (int64_t)next_random(&w->random);
    op->deleted = below(w, 3) > 0;
    switch (op->code) {
    case TD_OP_INSERT:
    case TD_OP_ERASE:
        return type_text(w, r, op);
    case TD_OP_PLACE:
    case TD_OP_LEAVE:
        return type_list(w, r, op);
    case TD_OP_WHY:
    case TD_OP_MARK:
        op->field = 0;
        op->why = td_slice_str(op->code == TD_OP_WHY ? word(w) : "");
        if (below(w, 10) == 0) {
            op->code = 99;
            op->raw = (tandem_slice){unknown, sizeof unknown};
            return true;
        }
        return below(w, 2) == 0;
    case TD_OP_SET:
    case TD_OP_PUT:
    case TD_OP_MOVE:
        if (below(w, 3) == 0) {
            op->why = td_slice_str(word(w));
        }
        return true;
    default:
        return true;
    }
}

// Types up to TYPED_MAX operations on a copy of the snapshot.
static inline size_t
random_edit(struct world *w, const struct td_record *snapshot, size_t log,
    struct td_op *ops)
{
    size_t want = 1 + below(w, TYPED_MAX);
    struct td_record *r = NULL;
    size_t n = 0;

    assert_int_equal(td_record_dup(snapshot, &r), TANDEM_OK);
    while (n < want) {
        if (!random_op(w, r, &ops[n])) {
            want--;
            continue;
        }
        if (ops[n].code <= TD_OP_LAST) {
            assert_int_equal(td_record_type(r, log_of(log), &ops[n], 1, n,
                                 person_of(log), 5),
                TANDEM_OK);
        }
        n++;
    }
    td_record_free(r);
    return n;
}

// A context that no honest author would write.
static inline void
lie(struct world *w, struct td_change *c)
{
    struct td_seen *list =
        td_arena_array(&w->arena, c->context_count + 1, sizeof *list);
    size_t n = 0;

    assert_non_null(list);
    if (below(w, 2) == 0 && c->has_prev) {
        c->has_prev = below(w, 3) > 0;
        c->prev = below(w, c->prev) + 1;
    }
    for (size_t i = 0; i < c->context_count; i++) {
        if (below(w, 4) > 0) {
            list[n] = c->context[i];
            if (!list[n].none && below(w, 3) == 0) {
                list[n].seq = 1 + below(w, list[n].seq + 2);
                list[n].hash = hash_of(list[n].log.b[15], list[n].seq);
                list[n].skipped_count = 0;
            }
            n++;
        }
    }
    if (n == 0 && below(w, 2) == 0) {
        size_t log = below(w, w->logs);

        list[n].log = log_of(log);
        list[n].seq = 1 + below(w, w->next_seq[log] + 1);
        list[n].hash = hash_of(log, list[n].seq);
        list[n].hash.b[1] = below(w, 4) == 0;
        n++;
    }
    c->context = list;
    c->context_count = n;
    if (below(w, 4) == 0 && w->next_seq[c->log.b[15]] > 2) {
        c->seq = 1 + below(w, c->seq);
        c->index = (uint16_t)below(w, 3);
        c->hash = hash_of(c->log.b[15], c->seq);
        c->hash.b[2] = below(w, 4) == 0; // another branch
    }
}

// One id never names two changes: the chain hash sees to that.
static inline bool
is_new(const struct world *w, const struct td_change *c)
{
    for (size_t i = 0; i < w->count; i++) {
        if (td_log_id_cmp(w->c[i]->log, c->log) == 0 &&
            w->c[i]->seq == c->seq && place_cmp(w->c[i], c) == 0) {
            return false;
        }
    }
    return true;
}

// One random device writes one change; `lies` of 100 are lies.
static inline void
random_write(struct world *w, unsigned lies)
{
    size_t log = below(w, w->logs);
    struct td_op ops[TYPED_MAX];
    struct td_record *now = world_build(w, w->knows[log], w->holds[log], NULL);
    struct td_record *old = now;
    bool older[WORLD_MAX];
    struct td_change c;
    const struct td_change *made;
    size_t n;

    if (below(w, 4) == 0) { // an edit begun from an older snapshot
        size_t cut = below(w, w->count + 1);

        for (size_t i = 0; i < w->count; i++) {
            older[i] = w->knows[log][i] && i < cut;
        }
        old = world_build(w, older, w->holds[log], NULL);
    }
    n = random_edit(w, old, log, ops);
    c = change_of(w, log, ops, n);
    c.clock = 1000 + below(w, 40);
    assert_int_equal(
        td_record_context(old, now, log_of(log), &w->arena, &c), TANDEM_OK);
    if (below(w, 100) < lies) {
        lie(w, &c);
    }
    made = is_new(w, &c) ? through_bytes(w, &c) : NULL;
    if (made != NULL) {
        w->knows[log][world_add(w, made, below(w, 8) > 0)] = true;
    }
    if (old != now) {
        td_record_free(old);
    }
    td_record_free(now);
}

// A device learns some log of another, all that the other has of it.
static inline void
random_meeting(struct world *w)
{
    size_t to = below(w, w->logs);
    size_t from = below(w, w->logs);
    size_t log = below(w, w->logs + 1);

    for (size_t i = 0; i < w->count; i++) {
        if (w->knows[from][i] && !w->knows[to][i] &&
            (log == w->logs || w->c[i]->log.b[15] == log)) {
            w->knows[to][i] = true;
            w->holds[to][i] = below(w, 10) == 0;
        }
    }
}

static inline void
random_world(struct world *w, size_t changes, unsigned lies)
{
    size_t tries = 0;

    while (w->count < changes && tries++ < 4 * changes) {
        random_write(w, lies);
        for (size_t i = below(w, 3); i > 0; i--) {
            random_meeting(w);
        }
    }
}

#endif
