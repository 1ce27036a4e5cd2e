// SPDX-License-Identifier: Apache-2.0
// incarnation_test.c - a copy of a store, or an older state put back, begins
// logs of its own: nothing is written twice, nothing typed is lost.
#include <sys/wait.h>
#include <unistd.h>

#include "codec/writer.h"
#include "log/row.h"
#include "replica/incarnation.h"
#include "world.h"

// A note kept in memory, outside every folder; counts what is asked of it.
struct kept {
    uint8_t bytes[TD_SENT_BYTES_MAX];
    size_t len; // 0: none
    size_t saves;
    size_t die_before, die_after; // the n-th save; 0: never
    struct td_keeper keeper;
};

static tandem_err
kept_load(void *ctx, struct td_buf *out)
{
    struct kept *k = ctx;

    if (k->len == 0) {
        return TANDEM_ENOTFOUND;
    }
    td_buf_put(out, k->bytes, k->len);
    return out->err;
}

static tandem_err
kept_save(void *ctx, tandem_slice bytes)
{
    struct kept *k = ctx;

    k->saves++;
    if (k->saves == k->die_before) {
        _exit(7);
    }
    assert_true(bytes.len <= sizeof(k->bytes));
    memcpy(k->bytes, bytes.ptr, bytes.len);
    k->len = bytes.len;
    if (k->saves == k->die_after) {
        _exit(7);
    }
    return TANDEM_OK;
}

static void
kept_init(struct kept *k)
{
    memset(k, 0, sizeof(*k));
    k->keeper = (struct td_keeper){kept_load, kept_save, k};
}

static void
copy_files(const char *from, const char *to)
{
    static const char *const names[] = {"data.mdb", "keys"};

    for (size_t i = 0; i < 2; i++) {
        char command[1200];

        // Over what stands there: the file's identity stays.
        (void)snprintf(command, sizeof(command), "cat '%s/%s' > '%s/%s'", from,
            names[i], to, names[i]);
        assert_int_equal(0, system(command));
        (void)snprintf(
            command, sizeof(command), "chmod 600 '%s/%s'", to, names[i]);
        assert_int_equal(0, system(command));
    }
}

static void
keep_copy(const struct device *d, struct help_dir *out)
{
    char command[700];

    help_dir_new(out);
    (void)snprintf(command, sizeof(command), "mkdir -m 700 '%s'", out->path);
    assert_int_equal(0, system(command));
    copy_files(d->dir.path, out->path);
}

// An office, and a device that keeps a note from its first day.
static void
begin(struct world *w, struct kept *k)
{
    struct device *d;

    world_init(w, 61);
    kept_init(k);
    world_found(w, 2, 1, TANDEM_RIGHT_AGENT);
    (void)world_push(w, w->d[0].r, w->d[1].r);
    d = &w->d[1];
    device_close(d);
    d->keeper = &k->keeper;
    device_open(d, false); // it had none: it begins anew, once
    assert_int_equal(1, k->saves);
}

static void
tell(struct device *d)
{
    tandem_error e = {0};

    ok(td_replica_tells(d->r, &e));
}

// Every log at d[0] is a path, and all it was given is found there.
static void
assert_no_fork(struct world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->d[i].r != NULL) {
            assert_int_equal(0, world_stats(w->d[i].r).forks);
            assert_int_equal(0, world_verify(w->d[i].r));
        }
    }
}

static void
test_a_store_that_stayed_in_place_goes_on(void **state)
{
    uint8_t before[16], id[16];
    struct world w;
    struct kept k;

    (void)state;
    begin(&w, &k);
    for (int i = 0; i < 3; i++) {
        memcpy(before, w.d[1].r->incarnation, 16);
        memcpy(id, w.d[1].r->store_id, 16);
        (void)world_sheet(&w, w.d[1].r, 0, "sheet");
        tell(&w.d[1]);
        device_close(&w.d[1]);
        device_open(&w.d[1], false);
        assert_memory_equal(before, w.d[1].r->incarnation, 16);
        assert_memory_equal(id, w.d[1].r->store_id, 16);
    }
    world_deinit(&w);
}

static void
test_the_note_is_written_only_when_ours_grew(void **state)
{
    struct world w;
    struct kept k;
    size_t before;

    (void)state;
    begin(&w, &k);
    tell(&w.d[1]);
    before = k.saves;
    tell(&w.d[1]);
    (void)world_sheet(&w, w.d[0].r, 0, "theirs");
    (void)world_push(&w, w.d[0].r, w.d[1].r);
    tell(&w.d[1]);
    assert_int_equal(before, k.saves); // what was heard does not count
    (void)world_sheet(&w, w.d[1].r, 0, "ours");
    tell(&w.d[1]);
    assert_int_equal(before + 1, k.saves);
    world_deinit(&w);
}

static void
test_an_older_state_put_back_begins_anew(void **state)
{
    for (int told = 0; told < 2; told++) {
        uint8_t before[16];
        struct help_dir old;
        struct world w;
        struct kept k;

        (void)state;
        begin(&w, &k);
        (void)world_sheet(&w, w.d[1].r, 0, "kept");
        tell(&w.d[1]);
        device_close(&w.d[1]);
        keep_copy(&w.d[1], &old);
        device_open(&w.d[1], false);
        memcpy(before, w.d[1].r->incarnation, 16);
        (void)world_sheet(&w, w.d[1].r, 0, "after");
        if (told == 1) {
            tell(&w.d[1]);
            (void)world_push(&w, w.d[1].r, w.d[0].r);
        }
        device_close(&w.d[1]);
        copy_files(old.path, w.d[1].dir.path);
        device_open(&w.d[1], false);
        // Nobody knows of what was not told: it may be written again.
        assert_int_equal(
            told == 0, memcmp(before, w.d[1].r->incarnation, 16) == 0);
        (void)world_sheet(&w, w.d[1].r, 0, "again");
        tell(&w.d[1]);
        (void)world_push(&w, w.d[1].r, w.d[0].r);
        (void)world_push(&w, w.d[0].r, w.d[1].r);
        assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "again"));
        assert_int_equal(told, world_found_by(w.d[1].r, F_NAME, "after"));
        assert_no_fork(&w);
        world_assert_equal(w.d[0].r, w.d[1].r);
        help_dir_free(&old);
        world_deinit(&w);
    }
}

// The folder copied, the note not: the copy begins anew, the store goes on.
static void
test_a_copy_begins_anew_and_the_original_goes_on(void **state)
{
    uint8_t before[16];
    struct device *copy;
    struct world w;
    struct kept k, none;

    (void)state;
    begin(&w, &k);
    (void)world_sheet(&w, w.d[1].r, 0, "common");
    tell(&w.d[1]);
    memcpy(before, w.d[1].r->incarnation, 16);
    device_close(&w.d[1]);
    copy = &w.d[w.count++];
    copy->sys = w.d[1].sys;
    kept_init(&none);
    copy->keeper = &none.keeper;
    keep_copy(&w.d[1], &copy->dir);
    device_open(&w.d[1], false);
    device_open(copy, false);
    assert_memory_equal(before, w.d[1].r->incarnation, 16);
    assert_memory_not_equal(before, copy->r->incarnation, 16);
    assert_memory_not_equal(w.d[1].r->store_id, copy->r->store_id, 16);
    (void)world_sheet(&w, w.d[1].r, 0, "original");
    (void)world_sheet(&w, copy->r, 0, "copy");
    (void)world_push(&w, w.d[1].r, w.d[0].r);
    (void)world_push(&w, copy->r, w.d[0].r);
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "original"));
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "copy"));
    assert_no_fork(&w);
    // Even one that took the note along: the file is another one.
    device_close(copy);
    copy->keeper = &k.keeper;
    device_open(copy, false);
    assert_memory_not_equal(before, copy->r->incarnation, 16);
    world_deinit(&w);
}

// Whatever moment the process dies at, the next opening is a new incarnation
// or the finished one, and the original's log is never written.
static void
test_dying_while_beginning_anew_leaves_nothing_half_done(void **state)
{
    for (size_t at = 1; at <= 4; at++) {
        uint8_t before[16], again[16];
        struct device *copy;
        struct world w;
        struct kept k, none;
        int status;
        pid_t pid;

        (void)state;
        begin(&w, &k);
        (void)world_sheet(&w, w.d[1].r, 0, "common");
        tell(&w.d[1]);
        memcpy(before, w.d[1].r->incarnation, 16);
        device_close(&w.d[1]);
        copy = &w.d[w.count++];
        copy->sys = w.d[1].sys;
        kept_init(&none);
        none.die_before = at == 1 ? 1 : at == 3 ? 2 : 0;
        none.die_after = at == 2 ? 1 : at == 4 ? 2 : 0;
        copy->keeper = &none.keeper;
        keep_copy(&w.d[1], &copy->dir);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            device_open(copy, false);
            (void)world_sheet(&w, copy->r, 0, "copy");
            tell(copy);
            _exit(8);
        }
        assert_int_equal(pid, waitpid(pid, &status, 0));
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        // The child's note died with it: as if it had never been written.
        none.die_before = none.die_after = 0;
        device_open(copy, false);
        assert_memory_not_equal(before, copy->r->incarnation, 16);
        memcpy(again, copy->r->incarnation, 16);
        device_close(copy);
        device_open(copy, false);
        assert_memory_equal(again, copy->r->incarnation, 16);
        device_open(&w.d[1], false);
        assert_memory_equal(before, w.d[1].r->incarnation, 16);
        (void)world_sheet(&w, w.d[1].r, 0, "original");
        (void)world_sheet(&w, copy->r, 0, "copy again");
        (void)world_push(&w, copy->r, w.d[0].r);
        (void)world_push(&w, w.d[1].r, w.d[0].r);
        assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "copy again"));
        assert_int_equal(at > 2, world_found_by(w.d[0].r, F_NAME, "copy"));
        assert_no_fork(&w);
        world_deinit(&w);
    }
}

// No note at all: a peer that has more of our log tells.
static void
test_hearing_our_own_later_entries_begins_anew(void **state)
{
    uint8_t before[16];
    struct help_dir old;
    struct world w;

    (void)state;
    world_init(&w, 62);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    (void)world_push(&w, w.d[0].r, w.d[1].r);
    (void)world_sheet(&w, w.d[1].r, 0, "kept");
    device_close(&w.d[1]);
    keep_copy(&w.d[1], &old);
    device_open(&w.d[1], false);
    (void)world_sheet(&w, w.d[1].r, 0, "later");
    (void)world_push(&w, w.d[1].r, w.d[0].r);
    device_close(&w.d[1]);
    copy_files(old.path, w.d[1].dir.path);
    device_open(&w.d[1], false);
    memcpy(before, w.d[1].r->incarnation, 16);
    (void)world_push(&w, w.d[0].r, w.d[1].r);
    assert_memory_not_equal(before, w.d[1].r->incarnation, 16);
    (void)world_sheet(&w, w.d[1].r, 0, "again");
    (void)world_push(&w, w.d[1].r, w.d[0].r);
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "later"));
    assert_int_equal(1, world_found_by(w.d[0].r, F_NAME, "again"));
    assert_no_fork(&w);
    help_dir_free(&old);
    world_deinit(&w);
}

struct others {
    tandem_id sector;
    size_t count;
    uint64_t random;
};

static tandem_err
add_logs(struct td_txn *t, void *ctx)
{
    struct others *o = ctx;

    for (size_t i = 0; i < o->count; i++) {
        struct td_log_info log = {.sector = o->sector, .head_lsn = 1};

        ok(help_rng_fill(&o->random, log.id.b, sizeof(log.id.b)));
        ok(help_rng_fill(&o->random, log.head.b, sizeof(log.head.b)));
        ok(help_rng_fill(&o->random, log.device.b, sizeof(log.device.b)));
        TD_TRY(td_log_add(t, &log));
        TD_TRY(td_log_put(t, &log));
    }
    return TANDEM_OK;
}

static tandem_err
anew(struct td_work *w, void *ctx)
{
    (void)ctx;
    return td_incarnation_begin(w);
}

// Of the logs of a sector only ours are kept in memory while one is opened:
// however many others write, whoever begins anew can.
static void
test_a_new_log_takes_no_memory_for_those_of_others(void **state)
{
    struct others o = {.count = 4000, .random = 5};
    struct typing t;
    struct world w;
    size_t before;

    (void)state;
    world_init(&w, 64);
    world_found(&w, 2, 1, TANDEM_RIGHT_AGENT);
    (void)world_sheet(&w, w.d[0].r, 0, "Mme D.");
    o.sector = w.sectors[0];
    ok(td_store_write(w.d[0].store, add_logs, &o, NULL));
    ok(td_work_write(w.d[0].r, anew, NULL, NULL));
    before = meter_begin(&w.d[0].meter);
    typing_init(&t);
    typing_set(&t, F_NAME, "Mme E.");
    ok(typing_commit(&t, &w, w.d[0].r, w.sectors[0], world_id(&w), NULL));
    typing_deinit(&t);
    assert_in_range(w.d[0].meter.most - before, 0,
        o.count * sizeof(struct td_log_info) / 2);
    world_deinit(&w);
}

// What a note says, with one of its numbers another.
static void
note_put(struct kept *k, int which)
{
    struct td_file_id file;
    uint8_t store_id[16];
    uint64_t own;
    struct td_buf b;

    assert_true(td_incarnation_read(
        (tandem_slice){k->bytes, k->len}, &file, &own, store_id));
    store_id[15] ^= which == 0 ? 1 : 0;
    file.born += which == 1 ? 1 : 0;
    file.number += which == 2 ? 1 : 0;
    own += which == 3 ? 1 : 0;
    td_buf_over(&b, k->bytes, sizeof(k->bytes));
    td_mp_array(&b, 5);
    td_mp_uint(&b, 1);
    td_mp_bin(&b, store_id, sizeof(store_id));
    td_mp_uint(&b, file.born);
    td_mp_uint(&b, file.number);
    td_mp_uint(&b, own);
    ok(b.err);
    k->len = b.len;
}

// Each of them alone: a copy may have the inode of a file that is gone, or its
// file system may not know when a file was made.
static void
test_each_number_of_the_note_finds_a_copy(void **state)
{
    enum { SAME = 4 };
    uint8_t before[16];
    struct world w;
    struct kept k;

    (void)state;
    begin(&w, &k);
    for (int which = 0; which <= SAME; which++) {
        memcpy(before, w.d[1].r->incarnation, 16);
        device_close(&w.d[1]);
        note_put(&k, which);
        device_open(&w.d[1], false);
        assert_true((memcmp(before, w.d[1].r->incarnation, 16) == 0) ==
                    (which == SAME));
        (void)world_sheet(&w, w.d[1].r, 0, "sheet");
        tell(&w.d[1]);
    }
    assert_no_fork(&w);
    world_deinit(&w);
}

static void
test_a_note_that_is_none_counts_as_missing(void **state)
{
    struct td_file_id file;
    uint8_t before[16], id[16];
    struct world w;
    struct kept k;
    uint64_t own;

    (void)state;
    begin(&w, &k);
    assert_true(
        td_incarnation_read((tandem_slice){k.bytes, k.len}, &file, &own, id));
    assert_memory_equal(id, w.d[1].r->store_id, 16);
    for (size_t n = 0; n < k.len; n++) {
        assert_false(
            td_incarnation_read((tandem_slice){k.bytes, n}, &file, &own, id));
    }
    memcpy(before, w.d[1].r->incarnation, 16);
    device_close(&w.d[1]);
    k.len--;
    device_open(&w.d[1], false);
    assert_memory_not_equal(before, w.d[1].r->incarnation, 16);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_store_that_stayed_in_place_goes_on),
        cmocka_unit_test(test_the_note_is_written_only_when_ours_grew),
        cmocka_unit_test(test_an_older_state_put_back_begins_anew),
        cmocka_unit_test(test_a_copy_begins_anew_and_the_original_goes_on),
        cmocka_unit_test(
            test_dying_while_beginning_anew_leaves_nothing_half_done),
        cmocka_unit_test(test_hearing_our_own_later_entries_begins_anew),
        cmocka_unit_test(test_a_new_log_takes_no_memory_for_those_of_others),
        cmocka_unit_test(test_each_number_of_the_note_finds_a_copy),
        cmocka_unit_test(test_a_note_that_is_none_counts_as_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
