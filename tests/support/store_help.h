// SPDX-License-Identifier: Apache-2.0
// store_help.h - what the tests of stores share: a folder under /tmp that is
// removed at the end, a seeded source of random bytes, an open store.
#ifndef TD_TESTS_STORE_HELP_H
#define TD_TESTS_STORE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "store/store.h"

#define assert_err(expected, call)                                             \
    assert_string_equal(tandem_err_name(expected), tandem_err_name(call))

struct help_dir {
    char path[256]; // of the store's folder
    char root[64];  // what is removed at the end
};

static inline void
help_dir_new(struct help_dir *d)
{
    char root[sizeof(d->root)] = "/tmp/tandem-store-XXXXXX";

    assert_non_null(mkdtemp(root));
    memcpy(d->root, root, sizeof(root));
    (void)snprintf(d->path, sizeof(d->path), "%s/s", root);
}

// The folder `name` in `at` and all in it, three levels deep.
static inline void
help_remove(int at, const char *name, int depth)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;

    while (dir != NULL && (e = readdir(dir)) != NULL) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            unlinkat(fd, e->d_name, 0) != 0 && depth > 0) {
            help_remove(fd, e->d_name, depth - 1);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)unlinkat(at, name, AT_REMOVEDIR);
}

static inline void
help_dir_free(const struct help_dir *d)
{
    help_remove(AT_FDCWD, d->root, 3);
}

// xorshift64*: the same numbers from the same seed on every machine.
static inline uint64_t
help_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static inline uint64_t
help_seed(void)
{
    const char *given = getenv("TANDEM_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : 20260801;

    (void)fprintf(stderr, "TANDEM_SEED=%llu\n", (unsigned long long)seed);
    return seed == 0 ? 1 : seed;
}

static inline tandem_err
help_rng_fill(void *ctx, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(help_next(ctx) >> 32);
    }
    return TANDEM_OK;
}

static inline struct td_rng
help_rng(uint64_t *state)
{
    return (struct td_rng){state, help_rng_fill};
}

static const struct td_key help_master = {{1, 2, 3, 4, 5, 6, 7, 8}};

static inline tandem_err
help_open(const char *dir, bool create, uint64_t map, struct td_store **out)
{
    struct td_store_opts o = {.sys = td_sys_default(),
        .master = &help_master,
        .dir = dir,
        .create = create,
        .map_bytes = map,
        .any_fs = true};

    return td_store_open(&o, out, NULL);
}

static inline tandem_slice
help_u32(uint32_t n, uint8_t room[4])
{
    td_put_be32(room, n);
    return (tandem_slice){room, 4};
}

// The value that key `n` of version `v` must have: 20..219 bytes.
static inline size_t
help_value(uint32_t n, uint32_t v, uint8_t room[220])
{
    uint64_t state = ((uint64_t)n << 32 | v) + 0x9e3779b97f4a7c15U;
    size_t len = 20 + help_next(&state) % 200;

    for (size_t i = 0; i < len; i++) {
        room[i] = (uint8_t)(help_next(&state) >> 40);
    }
    return len;
}

struct help_batch {
    enum td_table table;
    uint32_t first, count, version;
    int runs; // how often the function ran
};

static inline tandem_err
help_put_batch(struct td_txn *t, void *ctx)
{
    struct help_batch *b = ctx;
    uint8_t key[4], value[220];

    b->runs++;
    for (uint32_t i = b->first; i < b->first + b->count; i++) {
        size_t len = help_value(i, b->version, value);
        tandem_err err = td_put(t, b->table, help_u32(i, key),
            (uint16_t)(i % TD_BUCKETS), (tandem_slice){value, len});

        if (err != TANDEM_OK) {
            return err;
        }
    }
    return TANDEM_OK;
}

// OK when the row is there and right; ENOTFOUND; ECORRUPT; EPROTO when a
// wrong value came back as if it were right.
static inline tandem_err
help_check(struct td_txn *t, enum td_table table, uint32_t n, uint32_t version,
    struct td_buf *b)
{
    uint8_t key[4], value[220];
    size_t len = help_value(n, version, value);
    tandem_err err = td_get(t, table, help_u32(n, key), b);

    if (err != TANDEM_OK) {
        return err;
    }
    return b->len == len && memcmp(b->ptr, value, len) == 0 ? TANDEM_OK
                                                            : TANDEM_EPROTO;
}

static inline void
help_read_file(const char *dir, const char *name, uint8_t **out, size_t *len)
{
    char path[512];
    struct stat st;
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(0, stat(path, &st));
    *len = (size_t)st.st_size;
    *out = malloc(*len + 1);
    assert_non_null(*out);
    f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(*len, fread(*out, 1, *len, f));
    assert_int_equal(0, fclose(f));
}

static inline void
help_write_file(
    const char *dir, const char *name, const uint8_t *bytes, size_t len)
{
    char path[512];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(len, fwrite(bytes, 1, len, f));
    assert_int_equal(0, fclose(f));
}

#endif
