// SPDX-License-Identifier: Apache-2.0
// io_test.c - the nth write, sync or rename fails, for n = 1... until it
// passes; a disk that is really full.
#define _GNU_SOURCE
#include "support/store_help.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "support/fault.h"

#define ALL_KINDS (FAULT_WRITE | FAULT_SYNC | FAULT_SIZE | FAULT_RENAME)

struct state {
    struct help_dir dir;
};

static int
setup(void **state)
{
    struct state *st = calloc(1, sizeof(*st));

    assert_non_null(st);
    help_dir_new(&st->dir);
    *state = st;
    return 0;
}

static int
teardown(void **state)
{
    struct state *st = *state;

    (void)fault_disarm();
    fault.torn = false;
    help_dir_free(&st->dir);
    free(st);
    return 0;
}

// Rows first..first+count-1 are all there (OK) or all absent (ENOTFOUND).
static void
assert_rows(
    struct td_store *s, uint32_t first, uint32_t count, tandem_err expect)
{
    struct td_txn *t;
    struct td_buf b;

    td_buf_init(&b, NULL, 1024);
    assert_err(TANDEM_OK, td_store_read(s, &t));
    for (uint32_t i = first; i < first + count; i++) {
        assert_err(expect, help_check(t, TD_T_RECORDS, i, 1, &b));
    }
    td_store_read_end(t);
    td_buf_deinit(&b);
}

// Every commit with its nth call failing. @return how many n there were.
static int
sweep_commit(const char *dir, unsigned kinds, int code, bool torn,
    tandem_err told, tandem_err after)
{
    struct help_batch old = {TD_T_RECORDS, 0, 100, 1, 0};
    struct td_store *s;
    tandem_err err = TANDEM_EIO;
    int n = 0, panics = 0;

    assert_err(TANDEM_OK, help_open(dir, true, 0, &s));
    assert_err(TANDEM_OK, td_store_write(s, help_put_batch, &old, NULL));
    td_store_close(s);
    fault.torn = torn;
    while (err != TANDEM_OK && n < 50) {
        struct help_batch b = {TD_T_RECORDS, 1000, 300, 1, 0};
        tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

        assert_err(TANDEM_OK, help_open(dir, false, 0, &s));
        assert_rows(s, 0, 100, TANDEM_OK);
        fault_arm(kinds, ++n, code);
        err = td_store_write(s, help_put_batch, &b, &e);
        assert_int_equal(err == TANDEM_OK ? 0 : 1, fault_disarm());
        if (err != TANDEM_OK) {
            assert_err(told, err);
            assert_err(told, e.code);
            assert_true(e.msg[0] != '\0' && e.sys == code);
            // The write of the meta page itself leaves LMDB undecided,
            // whatever the reason.
            panics += td_store_usable(s) != after;
        }
        if (td_store_usable(s) == TANDEM_OK) {
            assert_rows(
                s, 1000, 300, err == TANDEM_OK ? TANDEM_OK : TANDEM_ENOTFOUND);
        } else {
            struct td_txn *t;

            assert_err(TANDEM_EFAILED, td_store_read(s, &t));
            assert_err(
                TANDEM_EFAILED, td_store_write(s, help_put_batch, &b, NULL));
        }
        td_store_close(s);
        assert_err(TANDEM_OK, td_store_check(dir, NULL));
        // What was told to have failed is not there after opening either.
        assert_err(TANDEM_OK, help_open(dir, false, 0, &s));
        assert_rows(
            s, 1000, 300, err == TANDEM_OK ? TANDEM_OK : TANDEM_ENOTFOUND);
        td_store_close(s);
    }
    assert_err(TANDEM_OK, err);
    assert_true(panics <= (after == TANDEM_OK ? 1 : 0));
    return n;
}

static void
io_store_failed_sync_fails_the_commit_and_the_handle(void **state)
{
    struct state *st = *state;

    assert_true(sweep_commit(st->dir.path, FAULT_SYNC, EIO, false, TANDEM_EIO,
                    TANDEM_EFAILED) >= 2);
}

static void
io_store_failed_write_fails_the_commit_and_the_handle(void **state)
{
    struct state *st = *state;

    assert_true(sweep_commit(st->dir.path, FAULT_WRITE, EIO, false, TANDEM_EIO,
                    TANDEM_EFAILED) >= 2);
}

static void
io_store_torn_write_fails_the_commit_and_the_handle(void **state)
{
    struct state *st = *state;

    assert_true(sweep_commit(st->dir.path, FAULT_WRITE, EIO, true, TANDEM_EIO,
                    TANDEM_EFAILED) >= 2);
}

static void
sweep_making(const char *root, bool torn)
{
    tandem_err err = TANDEM_EIO;
    int n = 0;

    fault.torn = torn;
    while (err != TANDEM_OK && n < 60) {
        char dir[300];
        struct td_store *s = NULL;

        (void)snprintf(dir, sizeof(dir), "%s/m%d%d", root, torn, n);
        n++;
        fault_arm(ALL_KINDS, n, n % 2 == 0 ? EIO : ENOSPC);
        err = help_open(dir, true, 0, &s);
        if (fault_disarm() == 0) {
            assert_err(TANDEM_OK, err);
        }
        assert_true((s != NULL) == (err == TANDEM_OK));
        td_store_close(s);
        assert_err(TANDEM_OK, help_open(dir, true, 0, &s));
        td_store_close(s);
        err = fault.failed == 0 ? TANDEM_OK : TANDEM_EIO;
    }
    assert_true(n >= 5 && n < 60);
}

static void
io_store_making_cut_short_at_any_call_can_be_done_again(void **state)
{
    struct state *st = *state;

    sweep_making(st->dir.root, false);
    sweep_making(st->dir.root, true);
}

static void
io_store_rewrap_cut_short_opens_with_one_of_both_keys(void **state)
{
    struct state *st = *state;
    struct td_key other = {{99}};
    tandem_err err = TANDEM_EIO;
    int n = 0;

    while (err != TANDEM_OK && n < 20) {
        char dir[300];
        struct td_store *s = NULL;
        struct td_store_opts o = {.sys = td_sys_default(),
            .master = &other,
            .dir = dir,
            .any_fs = true};
        tandem_err a, b;

        (void)snprintf(dir, sizeof(dir), "%s/r%d", st->dir.root, n);
        assert_err(TANDEM_OK, help_open(dir, true, 0, &s));
        fault_arm(ALL_KINDS, ++n, EIO);
        err = td_store_rewrap(s, &other, NULL);
        (void)fault_disarm();
        td_store_close(s);
        s = NULL;
        a = help_open(dir, false, 0, &s);
        td_store_close(s);
        s = NULL;
        b = td_store_open(&o, &s, NULL);
        td_store_close(s);
        assert_true((a == TANDEM_OK) != (b == TANDEM_OK));
        assert_err(TANDEM_EKEY, a == TANDEM_OK ? b : a);
        assert_true(err != TANDEM_OK || b == TANDEM_OK);
    }
    assert_err(TANDEM_OK, err);
    assert_true(n >= 4);
}

static tandem_err
delete_rows(struct td_txn *t, void *ctx)
{
    struct help_batch *b = ctx;

    for (uint32_t i = b->first; i < b->first + b->count; i++) {
        uint8_t key[4];
        tandem_err err = td_del(t, TD_T_RECORDS, help_u32(i, key));

        if (err != TANDEM_OK) {
            return err;
        }
    }
    return TANDEM_OK;
}

// Fill the disk, delete, continue. 0, or the step that went wrong; 100 when
// this process may not mount.
static int
fill_small_disk(const char *dir)
{
    struct help_batch b = {TD_T_RECORDS, 0, 1000, 1, 0};
    struct td_store *s;
    struct td_txn *t;
    struct td_buf buf;
    tandem_err err;
    char sub[300];

    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", dir, "tmpfs", 0, "size=12m") != 0) {
        return 100;
    }
    (void)snprintf(sub, sizeof(sub), "%s/s", dir);
    if (help_open(sub, true, 0, &s) != TANDEM_OK) {
        return 1;
    }
    do {
        err = td_store_write(s, help_put_batch, &b, NULL);
        b.first += err == TANDEM_OK ? b.count : 0;
    } while (err == TANDEM_OK && b.first < 1000000);
    if (err != TANDEM_EFULL || b.first < 10000) {
        return 2;
    }
    if (td_store_usable(s) != TANDEM_OK || td_store_read(s, &t) != TANDEM_OK) {
        return 3;
    }
    td_buf_init(&buf, NULL, 1024);
    for (uint32_t i = 0; i < b.first; i++) {
        if (help_check(t, TD_T_RECORDS, i, 1, &buf) != TANDEM_OK) {
            return 4;
        }
    }
    td_store_read_end(t);
    td_buf_deinit(&buf);
    b.first = 0;
    b.count = 5000;
    for (int i = 0; i < 2; i++) { // pages free up one transaction later
        if (td_store_write(s, delete_rows, &b, NULL) != TANDEM_OK) {
            return 5;
        }
        b.first += b.count;
    }
    b.first = 0;
    b.count = 1000;
    if (td_store_write(s, help_put_batch, &b, NULL) != TANDEM_OK) {
        return 6;
    }
    td_store_close(s);
    if (help_open(sub, false, 0, &s) != TANDEM_OK) {
        return 7;
    }
    td_store_close(s);
    return 0;
}

static void
test_store_on_a_full_disk_reads_deletes_and_goes_on(void **state)
{
    struct state *st = *state;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        _exit(fill_small_disk(st->dir.root));
    }
    assert_int_equal(pid, waitpid(pid, &status, 0));
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 100) {
        skip(); // mounting is not allowed here; the next test has no need
    }
    assert_int_equal(0, WEXITSTATUS(status));
}

static void
io_store_without_room_says_so_and_goes_on(void **state)
{
    struct state *st = *state;

    assert_true(sweep_commit(st->dir.path, FAULT_WRITE, ENOSPC, false,
                    TANDEM_EFULL, TANDEM_OK) >= 2);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(io_store_failed_sync_fails_the_commit_and_the_handle),
        T(io_store_failed_write_fails_the_commit_and_the_handle),
        T(io_store_torn_write_fails_the_commit_and_the_handle),
        T(io_store_making_cut_short_at_any_call_can_be_done_again),
        T(io_store_rewrap_cut_short_opens_with_one_of_both_keys),
        T(test_store_on_a_full_disk_reads_deletes_and_goes_on),
        T(io_store_without_room_says_so_and_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
