// SPDX-License-Identifier: Apache-2.0
// record_cases_test.c - what the random worlds of record_world.h hold: every
// operation and every case that decides differently; and sets that come in
// two parts, one of them built at once.
#include "crdt/record_world.h"

enum { WORLDS = 24, CHANGES = 30 };

static struct world world;

struct tally {
    size_t ops[TD_OP_LAST + 1]; // admitted, by code
    size_t unknown, quarantined, reasons;
    size_t typed_inside;     // text, next to another's character
    size_t erased_of_others; // characters
    size_t deleted_with_content, restored;
    size_t none, skipped; // entries of contexts
    size_t forked;
    // Of states.
    size_t side_by_side, live, trashed, disputed;
    size_t elements, keys, texts, counters, unread;
    size_t lines, listed, placed_twice; // elements at two places
};

static bool
has_content(const struct td_change *c)
{
    for (size_t i = 0; i < c->op_count; i++) {
        if (c->ops[i].code != TD_OP_MARK && c->ops[i].code != TD_OP_WHY) {
            return true;
        }
    }
    return false;
}

static void
tally_op(const struct td_change *c, const struct td_op *op, struct tally *t)
{
    if (op->code > TD_OP_LAST) {
        t->unknown++;
        return;
    }
    t->ops[op->code]++;
    t->reasons += op->why.len > 0 && op->code != TD_OP_WHY;
    if (op->code == TD_OP_INSERT || op->code == TD_OP_PLACE) {
        t->typed_inside +=
            (op->has_left && td_log_id_cmp(op->left.dot.log, c->log) != 0) ||
            (op->has_right && td_log_id_cmp(op->right.dot.log, c->log) != 0);
    }
    for (size_t i = 0; i < op->range_count; i++) {
        t->erased_of_others +=
            td_log_id_cmp(op->ranges[i].first.dot.log, c->log) != 0;
    }
    if (op->code == TD_OP_MARK) {
        t->deleted_with_content += op->deleted && has_content(c);
        t->restored += !op->deleted;
    }
}

static void
tally_change(const struct world *w, size_t at, struct tally *t)
{
    const struct td_change *c = w->c[at];

    if (!w->admitted[at]) {
        t->quarantined++;
        return;
    }
    for (size_t i = 0; i < c->op_count; i++) {
        tally_op(c, &c->ops[i], t);
    }
    for (size_t i = 0; i < c->context_count; i++) {
        t->none += c->context[i].none;
        t->skipped += c->context[i].skipped_count > 0;
    }
    for (size_t i = 0; i < at; i++) {
        t->forked += td_log_id_cmp(w->c[i]->log, c->log) == 0 &&
                     w->c[i]->seq == c->seq &&
                     memcmp(w->c[i]->hash.b, c->hash.b, 16) != 0;
    }
}

static void
tally_list(const struct td_list *l, struct tally *t)
{
    for (size_t i = 0; l != NULL && i < l->items.count; i++) {
        t->listed++;
        t->placed_twice += l->items.e[i].reg.count > 1;
    }
}

static void
tally_state(const struct td_record *r, struct tally *t)
{
    uint64_t field, merge;

    for (size_t i = 0; td_record_field(r, i, &field, &merge); i++) {
        const tandem_slice none = {NULL, 0};

        t->side_by_side += td_record_distinct(r, field, TD_OP_SET, none) > 1;
        t->elements += td_record_elements(r, field);
        t->keys += td_record_keys(r, field);
        t->texts += merge == TD_OP_INSERT;
        t->counters += merge == TD_OP_COUNT;
        t->lines += td_record_versions(r, field, TD_OP_LINE, none);
        tally_list(td_record_list(r, field), t);
    }
    t->live += td_record_deletion(r) == TD_LIVE;
    t->trashed += td_record_deletion(r) == TD_TRASHED;
    t->disputed += td_record_deletion(r) == TD_DISPUTED;
    t->unread += td_record_unread(r);
}

// The generator must reach what the properties of record_order_test.c say.
static void
test_random_worlds_hold_every_operation_and_every_case(void **state)
{
    uint64_t seed = seed_of_run();
    struct tally t;

    (void)state;
    memset(&t, 0, sizeof t);
    for (size_t i = 0; i < 12 * WORLDS; i++) {
        struct td_record *r;

        world_init(&world, seed + 1000 + i, 2 + i % 6);
        random_world(&world, i % 2 == 0 ? CHANGES : 4,
            i % 3 == 0   ? 0
            : i % 3 == 1 ? 10
                         : 60);
        for (size_t k = 0; k < world.count; k++) {
            tally_change(&world, k, &t);
        }
        r = world_build(&world, NULL, NULL, NULL);
        tally_state(r, &t);
        td_record_free(r);
        world_deinit(&world);
    }
    for (size_t code = TD_OP_SET; code <= TD_OP_LAST; code++) {
        printf("operation %zu: %zu\n", code, t.ops[code]);
        assert_true(t.ops[code] >= 20);
    }
    printf("beside another's character %zu, of others erased %zu, "
           "deleted with content %zu, restored %zu, skipped %zu, none %zu, "
           "forked %zu; states live %zu, trashed %zu, disputed %zu\n",
        t.typed_inside, t.erased_of_others, t.deleted_with_content, t.restored,
        t.skipped, t.none, t.forked, t.live, t.trashed, t.disputed);
    assert_true(t.unknown > 0 && t.quarantined > 0 && t.reasons > 0);
    assert_true(t.typed_inside >= 5 && t.erased_of_others >= 5);
    assert_true(t.deleted_with_content >= 5 && t.restored >= 5);
    assert_true(t.skipped > 0 && t.none > 0 && t.forked > 0);
    assert_true(t.side_by_side > 0 && t.elements > 0 && t.keys > 0);
    assert_true(t.texts > 0 && t.counters > 0 && t.unread > 0);
    assert_true(t.lines > 0 && t.listed > 0 && t.placed_twice > 0);
    assert_true(t.live > 0 && t.trashed > 0 && t.disputed > 0);
}

// Some of the set at once (then to bytes and back), the rest one by one, some
// of it a second time.
static void
assert_split(struct world *w, const struct td_record *whole)
{
    static struct arrivals a;
    bool applied[WORLD_MAX];
    size_t order[WORLD_MAX];

    memset(&a, 0, sizeof a);
    a.w = w;
    for (size_t i = 0; i < w->count; i++) {
        a.have[i] = below(w, 2) == 0;
        order[i] = i;
    }
    a.r = record_again(world_build(w, a.have, NULL, applied));
    for (size_t i = 0; i < w->count; i++) {
        a.waits[i] = a.have[i] && !applied[i];
    }
    for (size_t i = w->count; i > 0; i--) {
        size_t j = below(w, i);
        size_t at = order[j];

        order[j] = order[i - 1];
        if (!a.have[at] || below(w, 6) == 0) {
            arrive(&a, at);
        }
    }
    assert_same_record(a.r, whole);
    td_record_free(a.r);
}

static void
prop_a_set_in_two_parts_gives_the_same_bytes(void **state)
{
    uint64_t seed = seed_of_run();

    (void)state;
    for (size_t i = 0; i < WORLDS; i++) {
        struct td_record *whole;

        world_init(&world, seed + 5000 + i, 2 + i % 6);
        random_world(&world, CHANGES, i % 3 == 0 ? 0 : i % 3 == 1 ? 10 : 60);
        whole = world_build(&world, NULL, NULL, NULL);
        for (size_t k = 0; k < 6; k++) {
            assert_split(&world, whole);
        }
        td_record_free(whole);
        world_deinit(&world);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_random_worlds_hold_every_operation_and_every_case),
        cmocka_unit_test(prop_a_set_in_two_parts_gives_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
