// SPDX-License-Identifier: Apache-2.0
// damage_test.c - data files cut short or with flipped bits: an error or the
// right value, never a wrong one.
//
// The damaged files are opened in a child, for LMDB itself may abort on a
// damaged page; how often is counted and printed.
#include "support/store_help.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { ROWS = 300 };

struct base {
    struct help_dir dir;
    uint8_t *data;
    size_t len;
};

static tandem_err
put_blob(struct td_txn *t, void *ctx)
{
    static const uint8_t blob[40000] = {1, 2, 3};

    return td_put(t, TD_T_PAYLOADS, *(tandem_slice *)ctx, 5,
        (tandem_slice){blob, sizeof(blob)});
}

static int
setup(void **state)
{
    struct base *b = calloc(1, sizeof(*b));
    struct help_batch batch = {TD_T_RECORDS, 0, ROWS, 1, 0};
    tandem_slice key = {(const uint8_t *)"blob", 4};
    struct td_store *s;

    assert_non_null(b);
    help_dir_new(&b->dir);
    assert_err(TANDEM_OK, help_open(b->dir.path, true, 0, &s));
    assert_err(TANDEM_OK, td_store_write(s, help_put_batch, &batch, NULL));
    assert_err(TANDEM_OK, td_store_write(s, put_blob, &key, NULL));
    td_store_close(s);
    help_read_file(b->dir.path, "data.mdb", &b->data, &b->len);
    *state = b;
    return 0;
}

static int
teardown(void **state)
{
    struct base *b = *state;

    help_dir_free(&b->dir);
    free(b->data);
    free(b);
    return 0;
}

struct tally {
    uint32_t at; // of the file being tried
    uint32_t refused, damaged, right, silent, signals;
};

// Open the store as it is and read all of it, by key and in order.
static void
read_all(const char *dir, struct tally *y)
{
    struct td_store *s = NULL;
    struct td_txn *t = NULL;
    struct td_iter *i = NULL;
    tandem_slice k, v;
    struct td_buf b;
    bool bad = false;
    tandem_err err;
    uint32_t n = 0;

    if (help_open(dir, false, 0, &s) != TANDEM_OK) {
        y->refused++;
        return;
    }
    td_buf_init(&b, NULL, 1 << 17);
    if (td_store_read(s, &t) != TANDEM_OK) {
        y->refused++;
        td_store_close(s);
        return;
    }
    for (uint32_t r = 0; r < ROWS; r++) {
        err = help_check(t, TD_T_RECORDS, r, 1, &b);
        y->silent += err == TANDEM_EPROTO;
        bad = bad || err != TANDEM_OK;
    }
    err = td_get(
        t, TD_T_PAYLOADS, (tandem_slice){(const uint8_t *)"blob", 4}, &b);
    y->silent += err == TANDEM_OK && (b.len != 40000 || b.ptr[2] != 3);
    bad = bad || err != TANDEM_OK;
    err = td_iter_open(t, TD_T_RECORDS, (tandem_slice){0}, &i);
    while (err == TANDEM_OK && n < 4 * ROWS) {
        uint8_t value[220];

        k = (tandem_slice){NULL, TD_KEY_BYTES_MAX + 1}; // nobody's
        err = td_iter_next(i, &k, &v);
        y->silent += k.len > TD_KEY_BYTES_MAX;
        if (err == TANDEM_OK) {
            size_t len = k.len == 4 ? help_value(td_be32(k.ptr), 1, value) : 0;

            y->silent += v.len != len || memcmp(v.ptr, value, len) != 0;
        } else if (err == TANDEM_ECORRUPT) {
            err = TANDEM_OK; // go on after a damaged row
        }
        n++;
    }
    y->damaged += bad;
    y->right += !bad;
    td_iter_close(i);
    td_store_read_end(t);
    td_store_close(s);
    td_buf_deinit(&b);
}

// `count` damaged files, each made by `make` and read in a child; a child
// that dies is counted and another goes on behind it.
static struct tally
run(struct base *b, uint32_t count,
    void (*make)(struct base *b, uint32_t n, uint8_t *copy, size_t *len))
{
    struct tally out;
    struct tally *y = mmap(NULL, sizeof(*y), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint8_t *copy = malloc(b->len);

    assert_true(y != MAP_FAILED);
    assert_non_null(copy);
    while (y->at < count) {
        int status;
        pid_t pid = fork();

        if (pid == 0) {
            // What LMDB or a sanitizer says of a crash would fill the log,
            // and cmocka's handlers would go on with the next test here.
            static const int deadly[] = {
                SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
            int null = open("/dev/null", O_WRONLY);

            for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
                (void)signal(deadly[i], SIG_DFL);
            }
            (void)dup2(null, 2);
            for (; y->at < count; y->at++) {
                size_t len = b->len;

                memcpy(copy, b->data, b->len);
                make(b, y->at, copy, &len);
                help_write_file(b->dir.path, "data.mdb", copy, len);
                read_all(b->dir.path, y);
            }
            _exit(0);
        }
        assert_int_equal(pid, waitpid(pid, &status, 0));
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            y->signals++;
            y->at++;
        }
    }
    out = *y;
    (void)munmap(y, sizeof(*y));
    free(copy);
    (void)fprintf(stderr,
        "%u files: %u refused, %u damaged rows, %u all right, %u silent, "
        "%u killed\n",
        count, out.refused, out.damaged, out.right, out.silent, out.signals);
    return out;
}

static void
cut_at_page(struct base *b, uint32_t n, uint8_t *copy, size_t *len)
{
    (void)b;
    (void)copy;
    *len = (size_t)n * 4096;
}

static void
test_store_cut_at_every_page_is_refused(void **state)
{
    struct base *b = *state;
    uint32_t pages = (uint32_t)(b->len / 4096);
    struct tally y = run(b, pages, cut_at_page);

    assert_true(pages > 20);
    assert_int_equal(0, y.signals);
    assert_int_equal(0, y.silent);
    // The first cut pages hold something; only unused ones at the end may go.
    assert_int_equal(0, y.damaged);
    assert_true(y.refused + 2 >= pages);
}

static void
cut_inside_page(struct base *b, uint32_t n, uint8_t *copy, size_t *len)
{
    (void)b;
    (void)copy;
    *len = (size_t)n * 4096 + (n * 997) % 4095 + 1;
    *len = *len < b->len ? *len : b->len - 1;
}

static void
test_store_cut_inside_every_page_is_refused(void **state)
{
    struct base *b = *state;
    uint32_t pages = (uint32_t)(b->len / 4096);
    struct tally y = run(b, pages, cut_inside_page);

    assert_int_equal(0, y.signals);
    assert_int_equal(0, y.silent);
    assert_int_equal(0, y.damaged);
}

static uint64_t flips;

static void
flip_anywhere(struct base *b, uint32_t n, uint8_t *copy, size_t *len)
{
    uint64_t state = flips + n * 0x9e3779b97f4a7c15U;
    size_t bit;

    (void)help_next(&state);
    bit = help_next(&state) % (b->len * 8);
    (void)len;
    copy[bit / 8] ^= (uint8_t)(1 << (bit % 8));
}

static void
prop_store_2000_flipped_bits_give_no_wrong_value(void **state)
{
    struct base *b = *state;
    struct tally y;

    flips = help_seed();
    y = run(b, 2000, flip_anywhere);
    assert_int_equal(0, y.silent);
    assert_true(y.damaged > 500);
    assert_true(y.signals < 40); // LMDB trusts its own pages
}

static void
zero_a_page(struct base *b, uint32_t n, uint8_t *copy, size_t *len)
{
    (void)b;
    (void)len;
    memset(copy + (size_t)n * 4096, 0, 4096);
}

static void
prop_store_page_of_zeros_gives_no_wrong_value(void **state)
{
    struct base *b = *state;
    struct tally y = run(b, (uint32_t)(b->len / 4096), zero_a_page);

    assert_int_equal(0, y.silent);
    assert_true(y.signals <= 1);
}

static void
test_store_check_finds_a_damaged_structure(void **state)
{
    struct base *b = *state;
    size_t pages = b->len / 4096;
    uint8_t *copy = malloc(b->len);
    size_t found = 0;

    assert_non_null(copy);
    assert_err(TANDEM_OK, td_store_check(b->dir.path, NULL));
    for (size_t p = 0; p < pages; p++) {
        memcpy(copy, b->data, b->len);
        memset(copy + p * 4096, 0xa5, 16); // the page's own head
        help_write_file(b->dir.path, "data.mdb", copy, b->len);
        found += td_store_check(b->dir.path, NULL) == TANDEM_ECORRUPT;
    }
    // All pages but free ones and the inner ones of the long value (10).
    assert_true(found + 20 >= pages);
    assert_true(found >= 10);
    free(copy);
}

static tandem_err
put_and_drop_blob(struct td_txn *t, void *ctx)
{
    tandem_err err = put_blob(t, ctx);

    return err != TANDEM_OK ? err
                            : td_del(t, TD_T_PAYLOADS, *(tandem_slice *)ctx);
}

static void
test_store_whose_last_pages_were_never_written_opens(void **state)
{
    struct base *b = *state;
    tandem_slice key = {(const uint8_t *)"gone", 4};
    struct tally y = {0};
    struct td_store *s;
    uint64_t short_of;

    // Allocated and dropped in one transaction: LMDB counts these pages and
    // need not write them.
    assert_err(TANDEM_OK, help_open(b->dir.path, false, 0, &s));
    assert_err(TANDEM_OK, td_store_write(s, put_and_drop_blob, &key, NULL));
    short_of = td_store_bytes(s);
    td_store_close(s);
    read_all(b->dir.path, &y);
    assert_err(TANDEM_OK, help_open(b->dir.path, false, 0, &s));
    assert_true(td_store_bytes(s) > short_of); // it was lengthened
    td_store_close(s);
    assert_int_equal(1, y.right);
    assert_int_equal(0, y.refused);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_store_cut_at_every_page_is_refused),
        T(test_store_cut_inside_every_page_is_refused),
        T(prop_store_2000_flipped_bits_give_no_wrong_value),
        T(prop_store_page_of_zeros_gives_no_wrong_value),
        T(test_store_check_finds_a_damaged_structure),
        T(test_store_whose_last_pages_were_never_written_opens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
