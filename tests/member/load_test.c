// SPDX-License-Identifier: Apache-2.0
// load_test.c - the control sector written to a store and read back.
#include "support/store_help.h"

#include "base/arena.h"
#include "base/limits.h"
#include "member/member.h"

struct step {
    struct td_hash workspace;
    const struct td_device_keys *mine;
    struct td_device_public newcomer;
    tandem_id sector;
    struct td_epoch_id epoch;
    uint64_t random;
};

static struct td_author
author(const struct step *s)
{
    return (struct td_author){
        .keys = s->mine, .workspace = s->workspace, .incarnation = {1}};
}

static tandem_err
found(struct td_txn *t, void *ctx)
{
    struct step *s = ctx;
    struct td_author a;
    struct td_buf b;
    tandem_slice entry;
    tandem_err err;

    td_buf_init(&b, NULL, TD_CONTROL_BYTES_MAX);
    s->random = 5; // a function of its input
    err = td_member_make_genesis(
        &s->mine->pub, help_rng(&s->random), &b, &s->workspace);
    if (err == TANDEM_OK) {
        a = author(s);
        entry = td_buf_slice(&b);
        err = td_control_commit_write(t, &a, NULL, 0, &entry, 1);
    }
    td_buf_deinit(&b);
    return err;
}

static tandem_err
grow(struct td_txn *t, struct step *s, struct td_member *m)
{
    struct td_author a = author(s);
    const struct td_hash *heads;
    size_t n = td_member_heads(m, &heads);
    struct td_buf b[2];
    struct td_key key;
    tandem_slice entries[2];
    tandem_err err;

    td_buf_init(&b[0], NULL, TD_CONTROL_BYTES_MAX);
    td_buf_init(&b[1], NULL, TD_CONTROL_BYTES_MAX);
    err = td_member_make_sector(
        m, &s->mine->pub.sign, help_rng(&s->random), &b[0], &s->sector);
    if (err == TANDEM_OK) {
        err = td_member_make_epoch(m, s->mine, s->sector, help_rng(&s->random),
            &b[1], &s->epoch, &key);
    }
    if (err == TANDEM_OK) {
        entries[0] = td_buf_slice(&b[0]);
        entries[1] = td_buf_slice(&b[1]);
        err = td_control_commit_write(t, &a, heads, n, entries, 2);
    }
    td_buf_deinit(&b[0]);
    td_buf_deinit(&b[1]);
    return err;
}

static tandem_err
welcome(struct td_txn *t, struct step *s, struct td_member *m)
{
    struct td_author a = author(s);
    const struct td_hash *heads;
    size_t n = td_member_heads(m, &heads);
    struct td_buf b;
    tandem_slice entry;
    tandem_err err;

    td_buf_init(&b, NULL, TD_CONTROL_BYTES_MAX);
    err = td_member_make_enrol(
        m, s->mine, &s->newcomer, TANDEM_RIGHT_AGENT, &s->sector, 1, 77, &b);
    if (err == TANDEM_OK) {
        entry = td_buf_slice(&b);
        err = td_control_commit_write(t, &a, heads, n, &entry, 1);
    }
    td_buf_deinit(&b);
    return err;
}

static tandem_err
with_members(struct td_txn *t, struct step *s,
    tandem_err (*fn)(struct td_txn *, struct step *, struct td_member *))
{
    struct td_member *m = NULL;
    tandem_err err = td_member_load(t, &s->workspace, &m);

    if (err == TANDEM_OK) {
        err = fn(t, s, m);
    }
    td_member_free(m);
    return err;
}

static tandem_err
write_all(struct td_txn *t, void *ctx)
{
    struct step *s = ctx;
    tandem_err err = found(t, s);

    if (err == TANDEM_OK) {
        err = with_members(t, s, grow);
    }
    return err == TANDEM_OK ? with_members(t, s, welcome) : err;
}

static void
check(struct td_store *store, const struct step *s)
{
    struct td_member *m = NULL;
    struct td_epoch_id e;
    const struct td_hash *heads;
    struct td_txn *t = NULL;

    assert_err(TANDEM_OK, td_store_read(store, &t));
    assert_err(TANDEM_OK, td_member_load(t, &s->workspace, &m));
    td_store_read_end(t);
    assert_int_equal(0, td_member_inert(m));
    assert_int_equal(0, td_member_waiting(m));
    assert_int_equal(1, td_member_heads(m, &heads));
    assert_int_equal(2, td_member_devices(m));
    assert_int_equal(TANDEM_RIGHT_ADMIN,
        td_member_right(m, &td_store_device(store)->pub.sign, s->sector));
    assert_int_equal(
        TANDEM_RIGHT_AGENT, td_member_right(m, &s->newcomer.sign, s->sector));
    assert_int_equal(77, td_member_device(m, &s->newcomer.sign)->enrolled_ms);
    assert_err(TANDEM_OK, td_member_usable_epoch(m, s->sector, &e));
    assert_memory_equal(s->epoch.b, e.b, sizeof(e.b));
    td_member_free(m);
}

static void
test_what_is_written_is_read_back_also_after_opening_again(void **state)
{
    struct help_dir dir;
    struct td_store *store = NULL;
    struct td_device_keys newcomer;
    struct step s = {.random = 9};

    (void)state;
    help_dir_new(&dir);
    assert_err(TANDEM_OK, help_open(dir.path, true, 0, &store));
    assert_err(TANDEM_OK, td_device_keys_new(help_rng(&s.random), &newcomer));
    s.newcomer = newcomer.pub;
    s.mine = td_store_device(store);
    assert_err(TANDEM_OK, td_store_write(store, write_all, &s, NULL));
    check(store, &s);
    td_store_close(store);
    assert_err(TANDEM_OK, help_open(dir.path, false, 0, &store));
    check(store, &s);
    td_store_close(store);
    help_dir_free(&dir);
}

static tandem_err
lose_payload(struct td_txn *t, void *ctx)
{
    static const uint8_t other[] = {0xc0};
    const struct step *s = ctx;
    struct td_arena arena;
    struct td_log_info *logs;
    size_t n;
    tandem_err err;

    td_arena_init(&arena, NULL, 1 << 20);
    err = td_log_list(t, &td_sector_control, &arena, &logs, &n);
    if (err == TANDEM_OK && n == 1) { // bytes that do not match their hash
        const tandem_slice bytes = {other, sizeof(other)};
        const struct td_payload p = {.hash = td_hash_of(bytes), .bytes = bytes};

        err = td_payload_put(
            t, logs[0].number, logs[0].head_seq, 0, TD_SEAL_TRANSIT, &p);
    }
    td_arena_deinit(&arena);
    (void)s;
    return err;
}

static void
test_a_payload_that_does_not_match_its_hash_is_not_held(void **state)
{
    struct help_dir dir;
    struct td_store *store = NULL;
    struct td_device_keys newcomer;
    struct td_member *m = NULL;
    struct td_txn *t = NULL;
    struct step s = {.random = 9};

    (void)state;
    help_dir_new(&dir);
    assert_err(TANDEM_OK, help_open(dir.path, true, 0, &store));
    assert_err(TANDEM_OK, td_device_keys_new(help_rng(&s.random), &newcomer));
    s.newcomer = newcomer.pub;
    s.mine = td_store_device(store);
    assert_err(TANDEM_OK, td_store_write(store, write_all, &s, NULL));
    assert_err(TANDEM_OK, td_store_write(store, lose_payload, &s, NULL));
    assert_err(TANDEM_OK, td_store_read(store, &t));
    assert_err(TANDEM_OK, td_member_load(t, &s.workspace, &m));
    td_store_read_end(t);
    assert_int_equal(1, td_member_waiting(m));
    assert_int_equal(0, td_member_inert(m));
    assert_int_equal(1, td_member_devices(m));
    td_member_free(m);
    td_store_close(store);
    help_dir_free(&dir);
}

// Entry 0 opens the log; then the genesis, a sector, a newcomer.
static void
test_it_can_be_asked_how_it_stood_at_any_head(void **state)
{
    static const size_t devices[] = {0, 1, 1, 2};
    static const size_t sectors[] = {0, 0, 1, 1};
    struct help_dir dir;
    struct td_store *store = NULL;
    struct td_device_keys newcomer;
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_member *m, *now;
    struct td_txn *t = NULL;
    struct step s = {.random = 9};
    size_t n;

    (void)state;
    help_dir_new(&dir);
    assert_err(TANDEM_OK, help_open(dir.path, true, 0, &store));
    assert_err(TANDEM_OK, td_device_keys_new(help_rng(&s.random), &newcomer));
    s.newcomer = newcomer.pub;
    s.mine = td_store_device(store);
    assert_err(TANDEM_OK, td_store_write(store, write_all, &s, NULL));
    td_arena_init(&arena, NULL, 1 << 20);
    assert_err(TANDEM_OK, td_store_read(store, &t));
    assert_err(
        TANDEM_OK, td_log_list(t, &td_sector_control, &arena, &logs, &n));
    assert_int_equal(1, n);
    assert_int_equal(3, logs[0].head_seq);
    assert_err(TANDEM_OK, td_member_load(t, &s.workspace, &now));
    for (uint64_t seq = 0; seq <= 3; seq++) {
        struct td_head head = {.log = logs[0].id, .seq = seq};

        assert_err(
            TANDEM_OK, td_commit_chain(t, logs[0].number, seq, &head.hash));
        assert_err(TANDEM_OK, td_member_load_at(t, &s.workspace, &head, 1, &m));
        assert_int_equal(devices[seq], td_member_devices(m));
        assert_int_equal(sectors[seq], td_member_sectors(m));
        assert_int_equal(0, td_member_waiting(m));
        assert_true(td_member_stands_at(m, &head, 1));
        assert_int_equal(seq == 3, td_member_stands_at(now, &head, 1));
        td_member_free(m);
    }
    td_member_free(now);
    assert_err(TANDEM_OK, td_member_load_at(t, &s.workspace, NULL, 0, &m));
    assert_int_equal(0, td_member_devices(m));
    td_member_free(m);
    td_store_read_end(t);
    td_arena_deinit(&arena);
    td_store_close(store);
    help_dir_free(&dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_what_is_written_is_read_back_also_after_opening_again),
        cmocka_unit_test(
            test_a_payload_that_does_not_match_its_hash_is_not_held),
        cmocka_unit_test(test_it_can_be_asked_how_it_stood_at_any_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
