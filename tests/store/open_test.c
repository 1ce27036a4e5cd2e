// SPDX-License-Identifier: Apache-2.0
// open_test.c - a store's folder: made, opened, locked, left by a killed or
// forked process; nothing of the content in clear.
//
// Run with two arguments, "open" and a folder, this program opens that store
// and exits with the code's number: the other process of the lock's test.
#include "support/store_help.h"

#include <errno.h>
#include <limits.h>
#include <lmdb.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/slice.h"
#include "store/space.h"

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

    help_dir_free(&st->dir);
    free(st);
    return 0;
}

static tandem_err
open_with(const char *dir, const struct td_key *key, struct td_store **out)
{
    struct td_store_opts o = {.sys = td_sys_default(),
        .master = key,
        .dir = dir,
        .create = true,
        .any_fs = true};

    return td_store_open(&o, out, NULL);
}

static void
make(const char *dir, uint32_t rows)
{
    struct help_batch b = {TD_T_RECORDS, 0, rows, 1, 0};
    struct td_store *s;

    assert_err(TANDEM_OK, help_open(dir, true, 0, &s));
    assert_err(TANDEM_OK, td_store_write(s, help_put_batch, &b, NULL));
    td_store_close(s);
}

static void
remove_file(const char *dir, const char *name)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(0, unlink(path));
}

static void
copy_file(const char *from, const char *to, const char *name)
{
    uint8_t *bytes;
    size_t len;

    help_read_file(from, name, &bytes, &len);
    help_write_file(to, name, bytes, len);
    free(bytes);
}

static int
exit_of(pid_t pid)
{
    int status;

    assert_int_equal(pid, waitpid(pid, &status, 0));
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
test_store_keeps_its_device_and_rows_from_open_to_open(void **state)
{
    struct state *st = *state;
    struct td_device_keys first;
    struct td_store *s;
    struct td_txn *t;
    struct td_buf b;
    struct td_hash16 blind;
    tandem_slice part = {(const uint8_t *)"Paris", 5};

    assert_err(TANDEM_ENOTFOUND, help_open(st->dir.path, false, 0, &s));
    assert_err(TANDEM_OK, help_open(st->dir.path, true, 0, &s));
    first = *td_store_device(s);
    blind = td_store_blind(s, &part, 1);
    td_store_close(s);
    make(st->dir.path, 50);
    assert_err(TANDEM_OK, help_open(st->dir.path, false, 0, &s));
    assert_memory_equal(&first, td_store_device(s), sizeof(first));
    assert_true(memcmp(blind.b, td_store_blind(s, &part, 1).b, 16) == 0);
    td_buf_init(&b, td_sys_default(), 1024);
    assert_err(TANDEM_OK, td_store_read(s, &t));
    for (uint32_t i = 0; i < 50; i++) {
        assert_err(TANDEM_OK, help_check(t, TD_T_RECORDS, i, 1, &b));
    }
    td_store_read_end(t);
    td_buf_deinit(&b);
    td_store_close(s);
    td_store_close(NULL);
    assert_err(TANDEM_OK, td_store_check(st->dir.path, NULL));
}

static void
test_store_not_there_leaves_an_empty_folder_empty(void **state)
{
    struct state *st = *state;
    struct td_store *s = NULL;

    assert_err(TANDEM_ENOTFOUND, help_open(st->dir.root, false, 0, &s));
    assert_null(s);
    assert_int_equal(0, rmdir(st->dir.root));
    assert_err(TANDEM_ENOTFOUND, help_open(st->dir.path, true, 0, &s));
    assert_err(TANDEM_ENOTFOUND, td_store_check(st->dir.path, NULL));
}

static void
test_store_wrong_key_is_told_and_a_new_key_replaces_the_old(void **state)
{
    struct state *st = *state;
    struct td_key other = {{99}};
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    struct td_store *s;
    struct td_store_opts o = {.sys = td_sys_default(),
        .master = &other,
        .dir = st->dir.path,
        .any_fs = true};

    make(st->dir.path, 1);
    assert_err(TANDEM_EKEY, td_store_open(&o, &s, &e));
    assert_int_equal(TANDEM_EKEY, e.code);
    assert_non_null(strstr(e.msg, st->dir.path));
    assert_err(TANDEM_OK, help_open(st->dir.path, false, 0, &s));
    assert_err(TANDEM_OK, td_store_rewrap(s, &other, NULL));
    td_store_close(s);
    assert_err(TANDEM_EKEY, help_open(st->dir.path, false, 0, &s));
    assert_err(TANDEM_OK, open_with(st->dir.path, &other, &s));
    td_store_close(s);
}

static void
test_store_is_open_once_even_through_a_symlink(void **state)
{
    struct state *st = *state;
    char link[300], dots[300];
    struct td_store *s, *second = NULL;
    pid_t pid;

    make(st->dir.path, 1);
    (void)snprintf(link, sizeof(link), "%s/link", st->dir.root);
    (void)snprintf(dots, sizeof(dots), "%s/../s/.", st->dir.path);
    assert_int_equal(0, symlink(st->dir.path, link));
    assert_err(TANDEM_OK, help_open(st->dir.path, false, 0, &s));
    assert_err(TANDEM_EBUSY, help_open(st->dir.path, false, 0, &second));
    assert_err(TANDEM_EBUSY, help_open(link, false, 0, &second));
    assert_err(TANDEM_EBUSY, help_open(dots, true, 0, &second));
    assert_err(TANDEM_EBUSY, td_store_check(link, NULL));
    assert_null(second);

    // The refusals dropped no lock: another process still finds it held.
    pid = fork();
    if (pid == 0) {
        (void)execl(
            "/proc/self/exe", "open_test", "open", st->dir.path, (char *)NULL);
        _exit(100);
    }
    assert_int_equal(-TANDEM_EBUSY, exit_of(pid));
    td_store_close(s);
    pid = fork();
    if (pid == 0) {
        (void)execl(
            "/proc/self/exe", "open_test", "open", st->dir.path, (char *)NULL);
        _exit(100);
    }
    assert_int_equal(0, exit_of(pid));
    assert_err(TANDEM_OK, help_open(link, false, 0, &s));
    td_store_close(s);
}

// Each call that begins something, in a forked child (a transaction is ended in
// the call that began it, so none is ever met in a child). 0, or the number of
// the first that was wrong.
static int
in_child(struct td_store *s, struct td_txn *t, struct td_iter *i)
{
    struct help_batch b = {TD_T_RECORDS, 0, 1, 1, 0};
    struct td_key other = {{99}};
    struct td_txn *fresh;
    struct td_store *second;
    const char *dir = getenv("STORE_DIR");

#define MISUSE(n, call)                                                        \
    if ((call) != TANDEM_EMISUSE) {                                            \
        return n;                                                              \
    }
    MISUSE(1, td_store_usable(s))
    MISUSE(2, td_store_read(s, &fresh))
    MISUSE(3, td_store_write(s, help_put_batch, &b, NULL))
    MISUSE(4, td_store_rewrap(s, &other, NULL))
#undef MISUSE
    if (help_open(dir, false, 0, &second) != TANDEM_EBUSY) {
        return 5;
    }
    td_iter_close(i);
    td_store_read_end(t);
    td_store_close(s);
    // The child's close freed nothing of the parent's.
    return help_open(dir, false, 0, &second) == TANDEM_EBUSY ? 0 : 6;
}

static void
test_store_of_a_forked_child_is_misuse_and_the_parent_goes_on(void **state)
{
    struct state *st = *state;
    struct help_batch b = {TD_T_RECORDS, 100, 10, 1, 0};
    struct td_store *s;
    struct td_txn *t;
    struct td_iter *i;
    struct td_buf buf;
    pid_t pid;

    make(st->dir.path, 10);
    assert_int_equal(0, setenv("STORE_DIR", st->dir.path, 1));
    assert_err(TANDEM_OK, help_open(st->dir.path, false, 0, &s));
    assert_err(TANDEM_OK, td_store_read(s, &t));
    assert_err(TANDEM_OK, td_iter_open(t, TD_T_RECORDS, (tandem_slice){0}, &i));
    pid = fork();
    if (pid == 0) {
        _exit(in_child(s, t, i));
    }
    assert_int_equal(0, exit_of(pid));
    td_buf_init(&buf, td_sys_default(), 1024);
    assert_err(TANDEM_OK, help_check(t, TD_T_RECORDS, 5, 1, &buf));
    td_iter_close(i);
    td_store_read_end(t);
    assert_err(TANDEM_OK, td_store_write(s, help_put_batch, &b, NULL));
    td_buf_deinit(&buf);
    td_store_close(s);
}

static void
write_until_killed(const char *dir, int to, uint32_t from)
{
    struct td_store *s;

    if (help_open(dir, true, 1 << 20, &s) != TANDEM_OK) {
        _exit(1);
    }
    for (uint32_t n = from;; n++) {
        struct help_batch b = {TD_T_RECORDS, n * 20, 20, 1, 0};

        if (td_store_write(s, help_put_batch, &b, NULL) != TANDEM_OK ||
            write(to, &n, sizeof(n)) != (ssize_t)sizeof(n)) {
            _exit(2);
        }
    }
}

static void
test_store_killed_during_commits_has_every_acknowledged_row(void **state)
{
    struct state *st = *state;
    uint64_t seed = help_seed();
    uint32_t acked = 0;
    struct td_buf b;

    td_buf_init(&b, td_sys_default(), 1024);
    for (int round = 0; round < 12; round++) {
        uint32_t want = acked + 1 + (uint32_t)(help_next(&seed) % 25);
        struct td_store *s;
        struct td_txn *t;
        uint32_t n;
        int fd[2];
        pid_t pid;

        assert_int_equal(0, pipe(fd));
        pid = fork();
        if (pid == 0) {
            (void)close(fd[0]);
            write_until_killed(st->dir.path, fd[1], acked);
        }
        assert_int_equal(0, close(fd[1]));
        while (acked < want && read(fd[0], &n, sizeof(n)) == sizeof(n)) {
            acked = n + 1;
        }
        assert_int_equal(0, kill(pid, SIGKILL));
        assert_int_equal(pid, waitpid(pid, NULL, 0));
        while (read(fd[0], &n, sizeof(n)) == sizeof(n)) {
            acked = n + 1;
        }
        assert_int_equal(0, close(fd[0]));
        assert_true(acked >= want);

        assert_err(TANDEM_OK, td_store_check(st->dir.path, NULL));
        assert_err(TANDEM_OK, help_open(st->dir.path, false, 0, &s));
        assert_err(TANDEM_OK, td_store_read(s, &t));
        for (uint32_t i = 0; i < acked * 20; i++) {
            assert_err(TANDEM_OK, help_check(t, TD_T_RECORDS, i, 1, &b));
        }
        // The one that was under way is whole or absent.
        for (uint32_t i = 1; i < 20; i++) {
            assert_err(help_check(t, TD_T_RECORDS, acked * 20, 1, &b),
                help_check(t, TD_T_RECORDS, acked * 20 + i, 1, &b));
        }
        td_store_read_end(t);
        td_store_close(s);
    }
    td_buf_deinit(&b);
}

static void
test_store_in_a_folder_without_right_to_write_is_readonly(void **state)
{
    struct state *st = *state;
    struct td_store *s;
    pid_t pid;

    make(st->dir.path, 1);
    assert_int_equal(0, chmod(st->dir.root, 0755));
    assert_int_equal(0, chmod(st->dir.path, 0555));
    pid = fork();
    if (pid == 0) {
        // The superuser may write anywhere: become nobody.
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(100);
        }
        _exit(help_open(st->dir.path, false, 0, &s) == TANDEM_EREADONLY &&
                      help_open(st->dir.path, true, 0, &s) == TANDEM_EREADONLY
                  ? 0
                  : 1);
    }
    assert_int_equal(0, exit_of(pid));
    assert_int_equal(0, chmod(st->dir.path, 0700));
}

static void
test_store_with_a_file_missing_or_foreign_is_damaged(void **state)
{
    struct state *st = *state;
    char other[300];
    struct td_store *s;

    (void)snprintf(other, sizeof(other), "%s/other", st->dir.root);
    make(st->dir.path, 5);
    make(other, 5);
    copy_file(other, st->dir.path, "keys");
    assert_err(TANDEM_ECORRUPT, help_open(st->dir.path, true, 0, &s));
    remove_file(st->dir.path, "keys");
    assert_err(TANDEM_ECORRUPT, help_open(st->dir.path, false, 0, &s));
    // Making a store again over rows whose keys are lost would destroy them.
    assert_err(TANDEM_ECORRUPT, help_open(st->dir.path, true, 0, &s));
    remove_file(other, "data.mdb");
    assert_err(TANDEM_ECORRUPT, help_open(other, true, 0, &s));
    help_write_file(other, "data.mdb", (const uint8_t *)"", 0);
    assert_err(TANDEM_ECORRUPT, help_open(other, true, 0, &s));
}

static void
test_store_whose_making_was_cut_short_is_made_again(void **state)
{
    struct state *st = *state;
    struct td_store *s;

    make(st->dir.path, 0);
    // What a power cut before the last rename leaves.
    remove_file(st->dir.path, "keys");
    help_write_file(st->dir.path, "keys.new", (const uint8_t *)"half", 4);
    assert_err(TANDEM_OK, help_open(st->dir.path, true, 0, &s));
    td_store_close(s);
    assert_err(TANDEM_OK, help_open(st->dir.path, false, 0, &s));
    td_store_close(s);
}

static void
test_store_whose_data_file_is_a_symlink_is_refused(void **state)
{
    struct state *st = *state;
    char from[300], to[300], other[280];
    struct td_store *s;

    (void)snprintf(other, sizeof(other), "%s/other", st->dir.root);
    make(st->dir.path, 1);
    make(other, 1);
    (void)snprintf(from, sizeof(from), "%s/data.mdb", st->dir.path);
    (void)snprintf(to, sizeof(to), "%s/data.mdb", other);
    assert_int_equal(0, unlink(to));
    assert_int_equal(0, symlink(from, to));
    assert_err(TANDEM_EUNSUPPORTED, help_open(other, false, 0, &s));
}

// Put a format row into a closed store, as another version would.
static void
put_format(const char *dir, uint32_t format, bool sum_right)
{
    char name[] = "format";
    MDB_val k = {.mv_size = 6, .mv_data = name}, v;
    uint8_t row[36];
    struct td_hash sum;
    MDB_env *env;
    MDB_txn *t;
    MDB_dbi dbi;

    assert_int_equal(0, mdb_env_create(&env));
    assert_int_equal(0, mdb_env_set_maxdbs(env, 4));
    assert_int_equal(0, mdb_env_open(env, dir, 0, 0600));
    assert_int_equal(0, mdb_txn_begin(env, NULL, 0, &t));
    assert_int_equal(0, mdb_dbi_open(t, "store", 0, &dbi));
    assert_int_equal(0, mdb_get(t, dbi, &k, &v));
    assert_int_equal(sizeof(row), v.mv_size);
    memcpy(row, v.mv_data, sizeof(row));
    td_put_be32(row, format);
    sum = td_hash_of((tandem_slice){row, 20});
    memcpy(row + 20, sum.b, 16);
    row[20] = (uint8_t)(row[20] ^ (sum_right ? 0 : 1));
    v.mv_data = row;
    assert_int_equal(0, mdb_put(t, dbi, &k, &v, 0));
    assert_int_equal(0, mdb_txn_commit(t));
    mdb_env_close(env);
}

static void
test_store_of_a_newer_format_is_left_alone(void **state)
{
    struct state *st = *state;
    struct td_store *s;

    make(st->dir.path, 1);
    put_format(st->dir.path, TD_STORE_FORMAT + 1, true);
    assert_err(TANDEM_EVERSION, help_open(st->dir.path, true, 0, &s));
    put_format(st->dir.path, TD_STORE_FORMAT + 1, false);
    assert_err(TANDEM_ECORRUPT, help_open(st->dir.path, true, 0, &s));
    put_format(st->dir.path, 0, true);
    assert_err(TANDEM_ECORRUPT, help_open(st->dir.path, true, 0, &s));
    put_format(st->dir.path, TD_STORE_FORMAT, true);
    assert_err(TANDEM_OK, help_open(st->dir.path, true, 0, &s));
    td_store_close(s);
}

static tandem_err
put_markers(struct td_txn *t, void *ctx)
{
    for (uint32_t i = 0; i < 200; i++) {
        uint8_t key[4];
        tandem_err err = td_put(t, i % 2 == 0 ? TD_T_RECORDS : TD_T_META,
            help_u32(i, key), i % 3 == 0 ? TD_SEAL_INDEX : (uint16_t)i,
            tandem_bytes(ctx, strlen(ctx)));

        if (err != TANDEM_OK) {
            return err;
        }
    }
    return TANDEM_OK;
}

static void
assert_nowhere(const char *dir, const void *what, size_t n)
{
    static const char *const files[] = {
        "data.mdb", "lock.mdb", "keys", "lock", "reserve"};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        uint8_t *bytes;
        size_t len;

        help_read_file(dir, files[i], &bytes, &len);
        for (size_t at = 0; at + n <= len; at++) {
            if (memcmp(bytes + at, what, n) == 0) {
                fail_msg("found in %s at %zu", files[i], at);
            }
        }
        free(bytes);
    }
}

static void
test_store_markers_and_keys_stand_in_no_file(void **state)
{
    struct state *st = *state;
    char marker[] = "MARKER-Madame-Untel-12-rue-des-Lilas";
    struct td_device_keys d;
    struct td_store *s;

    assert_err(TANDEM_OK, help_open(st->dir.path, true, 0, &s));
    assert_err(TANDEM_OK, td_store_write(s, put_markers, marker, NULL));
    d = *td_store_device(s);
    td_store_close(s);
    assert_nowhere(st->dir.path, marker, 12);
    assert_nowhere(st->dir.path, help_master.b, 32);
    assert_nowhere(st->dir.path, d.sec.sign, 32);
    assert_nowhere(st->dir.path, d.sec.box, 32);
    assert_nowhere(st->dir.path, d.sec.curve, 32);
    assert_nowhere(st->dir.path, d.pub.sign.b, 32);
}

static void
test_store_kinds_of_remote_file_systems(void **state)
{
    (void)state;
    assert_true(td_space_remote_type(0x6969));      // nfs
    assert_true(td_space_remote_type(0x65735546));  // fuse
    assert_true(td_space_remote_type(0xff534d42));  // cifs
    assert_true(td_space_remote_type(0x01021997));  // 9p
    assert_false(td_space_remote_type(0xef53));     // ext
    assert_false(td_space_remote_type(0x01021994)); // tmpfs
    assert_false(td_space_remote_type(0x9123683e)); // btrfs
    assert_false(td_space_remote_type(0x58465342)); // xfs
    assert_false(td_space_remote_type(0xf2f52010)); // f2fs
    assert_false(td_space_remote_type(0x794c7630)); // overlay
}

static void
test_kdf_is_made_once_checked_and_bounded(void **state)
{
    struct state *st = *state;
    struct td_rng rng = td_sys_rng(td_sys_default());
    struct td_argon a, b;
    uint8_t *bytes;
    size_t len;

    assert_err(TANDEM_EVALUE,
        td_store_kdf(st->dir.path, rng, (64 << 10) - 1, 2, &a, NULL));
    assert_err(
        TANDEM_EVALUE, td_store_kdf(st->dir.path, rng, 64 << 10, 1, &a, NULL));
    assert_err(TANDEM_EVALUE,
        td_store_kdf(st->dir.path, rng, (1 << 20) + 1, 2, &a, NULL));
    assert_err(
        TANDEM_EVALUE, td_store_kdf(st->dir.path, rng, 64 << 10, 17, &a, NULL));
    assert_err(
        TANDEM_ENOTFOUND, td_store_kdf(st->dir.path, rng, 0, 0, &a, NULL));
    assert_err(
        TANDEM_OK, td_store_kdf(st->dir.path, rng, 64 << 10, 3, &a, NULL));
    assert_int_equal(3, a.passes);
    assert_err(
        TANDEM_OK, td_store_kdf(st->dir.path, rng, 128 << 10, 2, &b, NULL));
    assert_memory_equal(&a, &b, sizeof(a));
    assert_err(TANDEM_OK, td_store_kdf(st->dir.path, rng, 0, 0, &b, NULL));
    assert_memory_equal(&a, &b, sizeof(a));

    help_read_file(st->dir.path, "kdf", &bytes, &len);
    for (size_t bit = 0; bit < len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        help_write_file(st->dir.path, "kdf", bytes, len);
        assert_err(TANDEM_ECORRUPT,
            td_store_kdf(st->dir.path, rng, 64 << 10, 2, &b, NULL));
        bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
    }
    for (size_t n = 0; n < len; n++) {
        help_write_file(st->dir.path, "kdf", bytes, n);
        assert_err(TANDEM_ECORRUPT,
            td_store_kdf(st->dir.path, rng, 64 << 10, 2, &b, NULL));
    }
    // Weakened on purpose, with the sum mended.
    td_put_be32(bytes + 28, 1024);
    {
        struct td_hash sum = td_hash_of((tandem_slice){bytes, len - 32});

        memcpy(bytes + len - 32, sum.b, 32);
    }
    help_write_file(st->dir.path, "kdf", bytes, len);
    assert_err(
        TANDEM_ECORRUPT, td_store_kdf(st->dir.path, rng, 0, 0, &b, NULL));
    free(bytes);
    remove_file(st->dir.path, "kdf");
    make(st->dir.path, 1);
    assert_err(TANDEM_ENOTFOUND,
        td_store_kdf(st->dir.path, rng, 64 << 10, 2, &b, NULL));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef SANITIZED
// 0, or the step that went wrong.
static int
grow_without_address_space(const char *dir)
{
    struct help_batch b = {TD_T_RECORDS, 0, 500, 1, 0};
    struct rlimit l = {256 << 20, 256 << 20};
    struct td_store *s;
    struct td_txn *t;
    struct td_buf buf;
    tandem_err err = TANDEM_OK;

    if (help_open(dir, true, 1 << 20, &s) != TANDEM_OK ||
        setrlimit(RLIMIT_AS, &l) != 0) {
        return 1;
    }
    while (err == TANDEM_OK && b.first < 4000000) {
        err = td_store_write(s, help_put_batch, &b, NULL);
        b.first += err == TANDEM_OK ? b.count : 0;
    }
    if (err != TANDEM_ENOMEM || b.first < 5000) {
        return 2;
    }
    td_buf_init(&buf, NULL, 1024);
    if (td_store_usable(s) != TANDEM_OK || td_store_read(s, &t) != TANDEM_OK) {
        return 3;
    }
    for (uint32_t i = 0; i < b.first; i += 7) {
        if (help_check(t, TD_T_RECORDS, i, 1, &buf) != TANDEM_OK) {
            return 4;
        }
    }
    td_store_read_end(t);
    td_store_close(s);
    return 0;
}
#endif

static void
test_store_that_cannot_grow_any_more_stays_readable(void **state)
{
#ifdef SANITIZED
    (void)state;
    skip(); // an address space limit stops the sanitizer itself
#else
    struct state *st = *state;
    pid_t pid = fork();

    if (pid == 0) {
        _exit(grow_without_address_space(st->dir.path));
    }
    assert_int_equal(0, exit_of(pid));
#endif
}

// The process goes elsewhere while the store is open: the note does not.
static void
test_store_note_stays_where_it_was_said(void **state)
{
    struct state *st = *state;
    struct td_store_opts o = {.sys = td_sys_default(),
        .master = &help_master,
        .create = true,
        .any_fs = true,
        .sent = "a.note"};
    char here[PATH_MAX];
    struct td_store *s;
    struct td_buf b;

    td_buf_init(&b, NULL, TD_SENT_BYTES_MAX);
    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(0, chdir(st->dir.root));
    o.dir = st->dir.path;
    assert_err(TANDEM_OK, td_store_open(&o, &s, NULL));
    assert_int_equal(0, chdir(st->dir.path));
    assert_err(TANDEM_ENOTFOUND, td_store_sent_load(s, &b));
    assert_err(TANDEM_OK, td_store_sent_save(s, td_slice_str("one"), NULL));
    td_store_close(s);
    assert_int_equal(0, chdir(st->dir.root));
    assert_int_equal(0, access("a.note", F_OK));
    assert_err(TANDEM_OK, td_store_open(&o, &s, NULL));
    assert_err(TANDEM_OK, td_store_sent_load(s, &b));
    assert_true(td_slice_eq(td_slice_str("one"), td_buf_slice(&b)));
    td_store_close(s);
    assert_int_equal(0, chdir(here));
    td_buf_deinit(&b);
}

static struct td_file_id
file_of(const char *dir)
{
    struct td_file_id id = {0};
    struct td_store *s;

    assert_err(TANDEM_OK, help_open(dir, false, 0, &s));
    assert_err(TANDEM_OK, td_store_file_id(s, &id));
    td_store_close(s);
    return id;
}

// The same file at each opening; another one once it was taken away and put
// back, though a file system gives the number again that was just freed.
static void
test_store_file_is_known_by_when_it_was_made(void **state)
{
    struct state *st = *state;
    struct td_file_id before, after;
    struct td_store *s;
    uint8_t *bytes;
    char path[512];
    size_t n;

    assert_err(TANDEM_OK, help_open(st->dir.path, true, 0, &s));
    td_store_close(s);
    before = file_of(st->dir.path);
    after = file_of(st->dir.path);
    assert_true(before.born == after.born && before.number == after.number);
    help_read_file(st->dir.path, "data.mdb", &bytes, &n);
    (void)snprintf(path, sizeof(path), "%s/data.mdb", st->dir.path);
    assert_int_equal(0, unlink(path));
    help_write_file(st->dir.path, "data.mdb", bytes, n);
    assert_int_equal(0, chmod(path, 0600));
    free(bytes);
    after = file_of(st->dir.path);
    assert_false(before.born == after.born && before.number == after.number);
}

int
main(int argc, char **argv)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_store_keeps_its_device_and_rows_from_open_to_open),
        T(test_store_not_there_leaves_an_empty_folder_empty),
        T(test_store_wrong_key_is_told_and_a_new_key_replaces_the_old),
        T(test_store_is_open_once_even_through_a_symlink),
        T(test_store_of_a_forked_child_is_misuse_and_the_parent_goes_on),
        T(test_store_killed_during_commits_has_every_acknowledged_row),
        T(test_store_in_a_folder_without_right_to_write_is_readonly),
        T(test_store_with_a_file_missing_or_foreign_is_damaged),
        T(test_store_whose_making_was_cut_short_is_made_again),
        T(test_store_whose_data_file_is_a_symlink_is_refused),
        T(test_store_of_a_newer_format_is_left_alone),
        T(test_store_markers_and_keys_stand_in_no_file),
        T(test_store_kinds_of_remote_file_systems),
        T(test_store_that_cannot_grow_any_more_stays_readable),
        T(test_kdf_is_made_once_checked_and_bounded),
        T(test_store_note_stays_where_it_was_said),
        T(test_store_file_is_known_by_when_it_was_made),
    };

    if (argc == 3 && strcmp(argv[1], "open") == 0) {
        struct td_store *s = NULL;
        int code = -(int)help_open(argv[2], false, 0, &s);

        td_store_close(s);
        return code;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
