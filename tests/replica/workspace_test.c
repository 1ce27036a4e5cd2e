// SPDX-License-Identifier: Apache-2.0
// workspace_test.c - founding, joining, naming; sectors, rights, packs.
#include "replica/world.h"

static void
test_founding_leaves_a_workspace_with_names_and_a_person(void **state)
{
    struct world w;
    char name[256];
    tandem_person *people;
    struct td_arena arena;
    size_t n;
    struct td_replica *r;
    tandem_device_id me;

    (void)state;
    world_init(&w, 1);
    world_found(&w, 1, 1, TANDEM_RIGHT_AGENT);
    r = w.d[0].r;
    me = td_replica_device(r);
    ok(td_replica_name(r, (tandem_slice){r->workspace.b, 32}, name));
    assert_string_equal("Nord", name);
    ok(td_replica_name(r, (tandem_slice){me.b, 32}, name));
    assert_string_equal("bureau", name);
    ok(td_replica_name(r, (tandem_slice){w.sectors[0].b, 16}, name));
    assert_string_equal("FIVES", name);
    td_arena_init(&arena, NULL, 1 << 20);
    ok(td_replica_persons(r, &arena, &people, &n));
    assert_int_equal(1, n);
    assert_string_equal("bureau", people[0].name);
    assert_true(tandem_id_equal(people[0].id, r->me));
    td_arena_deinit(&arena);
    assert_int_equal(0, world_verify(r));
    world_deinit(&w);
}

static void
test_a_store_remembers_who_it_is_after_it_was_closed(void **state)
{
    struct world w;
    struct td_hash workspace, before, after;
    uint8_t incarnation[16];
    uint64_t n, clock;
    tandem_id me, id;

    (void)state;
    world_init(&w, 2);
    world_found(&w, 1, 1, TANDEM_RIGHT_AGENT);
    id = world_sheet(&w, w.d[0].r, 0, "Mme L.");
    workspace = w.d[0].r->workspace;
    me = w.d[0].r->me;
    clock = w.d[0].r->clock.last;
    memcpy(incarnation, w.d[0].r->incarnation, 16);
    before = world_digest(w.d[0].r, &n);
    device_close(&w.d[0]);
    device_open(&w.d[0], false);
    assert_memory_equal(workspace.b, w.d[0].r->workspace.b, 32);
    assert_memory_equal(incarnation, w.d[0].r->incarnation, 16);
    assert_true(tandem_id_equal(me, w.d[0].r->me));
    assert_int_equal(clock, w.d[0].r->clock.last);
    after = world_digest(w.d[0].r, &n);
    assert_memory_equal(before.b, after.b, 32);
    assert_int_equal(1, world_versions(w.d[0].r, id, F_NAME));
    world_deinit(&w);
}

static void
test_a_second_founding_is_refused(void **state)
{
    struct world w;
    tandem_error e = {0};

    (void)state;
    world_init(&w, 3);
    world_found(&w, 1, 0, TANDEM_RIGHT_AGENT);
    assert_err(
        TANDEM_EEXIST, td_replica_found(w.d[0].r, "Sud", "x", w.now_ms, &e));
    assert_true(strlen(e.msg) > 0);
    world_deinit(&w);
}

static void
test_names_are_checked_in_both_languages(void **state)
{
    struct world w;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);

    (void)state;
    world_init(&w, 4);
    (void)world_add(&w);
    assert_err(
        TANDEM_EVALUE, td_replica_found(w.d[0].r, "", "x", w.now_ms, &e));
    assert_non_null(strstr(e.msg, "un nom"));
    assert_false(w.d[0].r->joined);
    world_deinit(&w);
}

static void
test_a_newcomer_introduces_itself_once(void **state)
{
    struct world w;
    char name[256];
    tandem_device_id id;
    tandem_error e = {0};

    (void)state;
    world_init(&w, 5);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    id = td_replica_device(w.d[1].r);
    ok(td_replica_introduce(w.d[1].r, "tablette", w.now_ms, &e));
    ok(td_replica_introduce(w.d[1].r, "autre", w.now_ms, &e));
    assert_false(tandem_id_is_none(w.d[1].r->me));
    world_push(&w, w.d[1].r, w.d[0].r);
    ok(td_replica_name(w.d[0].r, (tandem_slice){id.b, 32}, name));
    assert_string_equal("tablette", name);
    assert_int_equal(0, world_verify(w.d[0].r));
    world_deinit(&w);
}

static void
test_a_newcomer_without_the_control_sector_cannot_write(void **state)
{
    struct world w;
    tandem_error e = {0};
    struct td_replica *r;

    (void)state;
    world_init(&w, 6);
    world_found(&w, 1, 1, TANDEM_RIGHT_AGENT);
    r = world_add(&w);
    assert_err(
        TANDEM_EWORKSPACE, td_replica_introduce(r, "tablette", w.now_ms, &e));
    ok(td_replica_join(r, &w.d[0].r->workspace, &e));
    assert_err(
        TANDEM_ENOKEY, td_replica_introduce(r, "tablette", w.now_ms, &e));
    world_deinit(&w);
}

static void
test_a_reader_may_not_write_and_is_told_so(void **state)
{
    struct world w;
    struct typing t;

    (void)state;
    world_init(&w, 7);
    world_found(&w, 2, 1, TANDEM_RIGHT_READER);
    typing_init(&t);
    typing_set(&t, F_NAME, "x");
    assert_err(TANDEM_EDENIED,
        typing_commit(&t, &w, w.d[1].r, w.sectors[0], world_id(&w), NULL));
    typing_deinit(&t);
    world_deinit(&w);
}

static void
test_packs_follow_and_only_admins_publish(void **state)
{
    struct world w;
    tandem_error e = {0};
    struct td_buf b;

    (void)state;
    world_init(&w, 8);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    td_buf_init(&b, NULL, TD_PACK_BYTES_MAX);
    sheet_pack(&b, 1);
    assert_err(
        TANDEM_EEXIST, td_replica_pack_publish(w.d[0].r, td_buf_slice(&b), &e));
    td_buf_reset(&b);
    sheet_pack(&b, 2);
    assert_err(TANDEM_EDENIED,
        td_replica_pack_publish(w.d[1].r, td_buf_slice(&b), &e));
    ok(td_replica_pack_publish(w.d[0].r, td_buf_slice(&b), &e));
    td_buf_reset(&b);
    sheet_pack(&b, 1);
    assert_err(
        TANDEM_EVALUE, td_replica_pack_publish(w.d[0].r, td_buf_slice(&b), &e));
    td_buf_reset(&b);
    td_names_pack(&b);
    assert_err(
        TANDEM_EVALUE, td_replica_pack_publish(w.d[0].r, td_buf_slice(&b), &e));
    td_buf_deinit(&b);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_founding_leaves_a_workspace_with_names_and_a_person),
        cmocka_unit_test(test_a_store_remembers_who_it_is_after_it_was_closed),
        cmocka_unit_test(test_a_second_founding_is_refused),
        cmocka_unit_test(test_names_are_checked_in_both_languages),
        cmocka_unit_test(test_a_newcomer_introduces_itself_once),
        cmocka_unit_test(
            test_a_newcomer_without_the_control_sector_cannot_write),
        cmocka_unit_test(test_a_reader_may_not_write_and_is_told_so),
        cmocka_unit_test(test_packs_follow_and_only_admins_publish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
