// SPDX-License-Identifier: Apache-2.0
// liar_test.c - members whose contexts are not true: the records are the same
// everywhere all the same, and cost no more than others.

#include "world.h"

#include "crdt/record_state.h"
#include "replica/commit.h"

// The data logs of `from` that `author` wrote, to `to`.
static void
push_of(struct world *w, struct td_replica *from, struct td_replica *to,
    struct td_replica *author)
{
    struct td_log_id logs[64];
    struct td_heard heard;
    size_t n = world_logs(from, DATA, logs);

    for (size_t i = 0; i < n; i++) {
        tandem_device_id device;

        ok(td_replica_log_device(from, logs[i], &device));
        if (td_device_cmp(device, td_replica_device(author)) == 0) {
            while (world_push_segment(w, from, to, logs[i], false, &heard)) {
            }
        }
    }
}

// `devices` of them, who all know of each other.
static void
begin(struct world *w, uint64_t seed, size_t devices)
{
    world_init(w, seed);
    world_found(w, devices, 1, TANDEM_RIGHT_AGENT);
    for (size_t i = 1; i < devices; i++) {
        (void)world_push(w, w->d[0].r, w->d[i].r);
    }
}

static void
write_name(struct world *w, struct td_replica *r, tandem_id id,
    const struct td_record *seen, const char *name)
{
    struct typing t;

    typing_init(&t);
    typing_set(&t, F_NAME, name);
    ok(typing_commit(&t, w, r, w->sectors[0], id, seen));
    typing_deinit(&t);
}

// Its author claims to have seen an entry between two of the sheet's, which is
// another sheet's.
static void
test_a_name_that_is_not_the_records_settles_in_every_order(void **state)
{
    struct world w;
    struct td_snapshot s;
    tandem_id id;

    (void)state;
    begin(&w, 41, 4);
    id = world_sheet(&w, w.d[0].r, 0, "first");
    world_push(&w, w.d[0].r, w.d[1].r);
    (void)world_sheet(&w, w.d[0].r, 0, "another");
    world_set(&w, w.d[0].r, id, F_NOTE, "third");
    ok(td_replica_read(w.d[1].r, id, &s));
    assert_int_equal(1, s.state->tip_count);
    push_of(&w, w.d[0].r, w.d[1].r, w.d[0].r);
    s.state->seen[0].seq++;
    s.state->seen[0].hash =
        world_entry(w.d[1].r, s.state->seen[0].log, s.state->seen[0].seq);
    write_name(&w, w.d[1].r, id, s.state, "the liar's");
    td_snapshot_deinit(&s);

    push_of(&w, w.d[1].r, w.d[2].r, w.d[0].r); // in order
    push_of(&w, w.d[1].r, w.d[2].r, w.d[1].r);
    push_of(&w, w.d[1].r, w.d[3].r, w.d[1].r); // the liar first
    assert_int_equal(1, world_stats(w.d[3].r).waiting);
    push_of(&w, w.d[1].r, w.d[3].r, w.d[0].r);
    assert_int_equal(0, world_stats(w.d[2].r).waiting);
    assert_int_equal(0, world_stats(w.d[3].r).waiting);
    world_push(&w, w.d[0].r, w.d[2].r);
    world_push(&w, w.d[0].r, w.d[3].r);
    world_assert_equal(w.d[2].r, w.d[3].r);
    assert_int_equal(0, world_verify(w.d[2].r));
    assert_int_equal(0, world_verify(w.d[3].r));
    world_deinit(&w);
}

struct twice {
    const struct td_typed *typed;
    tandem_id sector;
    int64_t now_ms;
};

static tandem_err
write_twice(struct td_work *w, void *ctx)
{
    const struct twice *x = ctx;
    struct td_place at;

    return td_commit_typed(w, x->sector, w->r->me, x->typed, 2, x->now_ms, &at);
}

// Two changes of one record in one commit: the lower counts, also where it
// still waits when the other could be placed.
static void
test_of_two_changes_in_one_commit_the_first_counts_in_every_order(void **state)
{
    struct world w;
    struct td_snapshot old, now;
    struct typing a, b;
    struct td_typed typed[2];
    struct twice x = {.typed = typed};
    tandem_id id;

    (void)state;
    begin(&w, 42, 4);
    id = world_sheet(&w, w.d[0].r, 0, "first");
    world_push(&w, w.d[0].r, w.d[1].r);
    world_push(&w, w.d[0].r, w.d[3].r);
    ok(td_replica_read(w.d[1].r, id, &old));
    world_set(&w, w.d[0].r, id, F_NOTE, "second");
    world_push(&w, w.d[0].r, w.d[1].r);
    ok(td_replica_read(w.d[1].r, id, &now));
    typing_init(&a);
    typing_set(&a, F_NAME, "having seen all");
    typing_init(&b);
    typing_set(&b, F_NAME, "having seen less");
    typed[0] = (struct td_typed){.record = id,
        .kind = KIND_SHEET,
        .seen = now.state,
        .ops = a.ops,
        .op_count = 1};
    td_pack_tag("test.pack", typed[0].pack);
    typed[1] = typed[0];
    typed[1].seen = old.state;
    typed[1].ops = b.ops;
    x.sector = w.sectors[0];
    x.now_ms = w.now_ms;
    ok(td_work_write(w.d[1].r, write_twice, &x, NULL));

    push_of(&w, w.d[1].r, w.d[2].r, w.d[0].r);
    push_of(&w, w.d[1].r, w.d[2].r, w.d[1].r);
    push_of(&w, w.d[1].r, w.d[3].r, w.d[1].r);
    assert_int_equal(1, world_stats(w.d[3].r).waiting);
    assert_int_equal(0, world_verify(w.d[3].r));
    push_of(&w, w.d[1].r, w.d[3].r, w.d[0].r);
    for (size_t i = 1; i < 4; i++) {
        assert_int_equal(1, world_versions(w.d[i].r, id, F_NAME));
        assert_int_equal(
            1, world_found_by(w.d[i].r, F_NAME, "having seen all"));
        assert_int_equal(0, world_verify(w.d[i].r));
    }
    world_assert_equal(w.d[2].r, w.d[3].r);
    typing_deinit(&a);
    typing_deinit(&b);
    td_snapshot_deinit(&old);
    td_snapshot_deinit(&now);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_name_that_is_not_the_records_settles_in_every_order),
        cmocka_unit_test(
            test_of_two_changes_in_one_commit_the_first_counts_in_every_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
