// SPDX-License-Identifier: Apache-2.0
// keyfile_test.c - the key file: every damage told, no wrong key taken.
#include "support/store_help.h"

#include "store/keyfile.h"

struct state {
    struct td_keyring *ring;
    struct td_buf file;
};

static int
setup(void **state)
{
    struct state *st = calloc(1, sizeof(*st));
    uint64_t seed = 7;

    assert_non_null(st);
    assert_err(TANDEM_OK, td_crypto_init());
    assert_err(TANDEM_OK, td_keyring_new(NULL, help_rng(&seed), &st->ring));
    td_buf_init(&st->file, NULL, TD_KEYFILE_BYTES_MAX);
    assert_err(TANDEM_OK, td_keyfile_encode(NULL, st->ring, &help_master,
                              help_rng(&seed), &st->file));
    *state = st;
    return 0;
}

static int
teardown(void **state)
{
    struct state *st = *state;

    td_keyring_free(NULL, st->ring);
    td_buf_deinit(&st->file);
    free(st);
    return 0;
}

static void
mend_sum(uint8_t *bytes, size_t len)
{
    struct td_hash sum = td_hash_of((tandem_slice){bytes, len - 32});

    memcpy(bytes + len - 32, sum.b, 32);
}

static void
test_keyfile_is_read_as_written(void **state)
{
    struct state *st = *state;
    struct td_keyring *k;

    assert_err(TANDEM_OK,
        td_keyfile_decode(NULL, td_buf_slice(&st->file), &help_master, &k));
    assert_memory_equal(st->ring->tag, k->tag, 16);
    assert_memory_equal(&st->ring->device, &k->device, sizeof(k->device));
    for (size_t i = 0; i < TD_KEY_CLASSES; i++) {
        assert_int_equal(1, k->classes[i].count);
        assert_int_equal(1, k->classes[i].gen[0]);
        assert_memory_equal(
            st->ring->classes[i].key[0].b, k->classes[i].key[0].b, 32);
    }
    td_keyring_free(NULL, k);
    td_keyring_free(NULL, NULL);
}

static void
test_keyfile_holds_old_and_new_keys_while_an_erasure_runs(void **state)
{
    struct state *st = *state;
    uint64_t seed = 9;
    struct td_keyring *k;
    const struct td_key *now;
    uint32_t gen;

    for (size_t i = 0; i < TD_KEY_CLASSES; i++) {
        struct td_class_key *c = &st->ring->classes[i];

        c->gen[1] = 5;
        c->count = 2;
        assert_err(TANDEM_OK, td_key_new(help_rng(&seed), &c->key[1]));
    }
    assert_err(TANDEM_OK, td_keyfile_encode(NULL, st->ring, &help_master,
                              help_rng(&seed), &st->file));
    assert_err(TANDEM_OK,
        td_keyfile_decode(NULL, td_buf_slice(&st->file), &help_master, &k));
    now = td_keyring_now(k, TD_SEAL_TRANSIT, &gen);
    assert_int_equal(5, gen);
    assert_ptr_equal(now, td_keyring_find(k, TD_SEAL_TRANSIT, 5));
    assert_non_null(td_keyring_find(k, TD_SEAL_TRANSIT, 1));
    assert_null(td_keyring_find(k, TD_SEAL_TRANSIT, 2));
    assert_null(td_keyring_find(k, TD_BUCKETS, 1));
    assert_null(td_keyring_now(k, 0xfffd, &gen));
    td_keyring_free(NULL, k);

    // A generation that does not rise is no key file of ours.
    st->ring->classes[3].gen[1] = 1;
    assert_err(TANDEM_OK, td_keyfile_encode(NULL, st->ring, &help_master,
                              help_rng(&seed), &st->file));
    assert_err(TANDEM_ECORRUPT,
        td_keyfile_decode(NULL, td_buf_slice(&st->file), &help_master, &k));
}

static void
test_keyfile_with_every_wrong_master_key_is_a_wrong_key(void **state)
{
    struct state *st = *state;
    struct td_keyring *k = NULL;

    for (size_t bit = 0; bit < 256; bit++) {
        struct td_key wrong = help_master;

        wrong.b[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        assert_err(TANDEM_EKEY,
            td_keyfile_decode(NULL, td_buf_slice(&st->file), &wrong, &k));
    }
    assert_null(k);
}

static void
test_keyfile_cut_at_every_length_is_damaged(void **state)
{
    struct state *st = *state;
    struct td_keyring *k = NULL;
    uint8_t *copy;

    for (size_t n = 0; n < st->file.len; n += n < 400 ? 1 : 61) {
        // In memory of exactly that size, so that reading beyond is seen.
        copy = malloc(n > 0 ? n : 1);
        assert_non_null(copy);
        memcpy(copy, st->file.ptr, n);
        assert_err(TANDEM_ECORRUPT,
            td_keyfile_decode(NULL, (tandem_slice){copy, n}, &help_master, &k));
        if (n > 100) {
            mend_sum(copy, n);
            assert_err(TANDEM_ECORRUPT,
                td_keyfile_decode(
                    NULL, (tandem_slice){copy, n}, &help_master, &k));
        }
        free(copy);
    }
    assert_null(k);
}

static void
test_keyfile_with_a_flipped_bit_is_damaged(void **state)
{
    struct state *st = *state;
    uint64_t seed = help_seed();
    struct td_keyring *k = NULL;
    uint8_t *p = st->file.ptr;

    for (size_t i = 0; i < 3000; i++) {
        // All of the clear part, then anywhere.
        size_t bit = i < 50 * 8 ? i : help_next(&seed) % (st->file.len * 8);

        p[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        assert_err(TANDEM_ECORRUPT,
            td_keyfile_decode(NULL, td_buf_slice(&st->file), &help_master, &k));
        p[bit / 8] ^= (uint8_t)(1 << (bit % 8));
    }
    assert_null(k);
}

static void
test_keyfile_altered_on_purpose_never_opens(void **state)
{
    struct state *st = *state;
    uint64_t seed = help_seed();
    struct td_keyring *k = NULL;
    uint8_t *p = st->file.ptr;

    for (size_t i = 0; i < 1000; i++) {
        size_t bit =
            i < 50 * 8 ? i : help_next(&seed) % ((st->file.len - 32) * 8);
        tandem_err err;

        p[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        mend_sum(p, st->file.len);
        err =
            td_keyfile_decode(NULL, td_buf_slice(&st->file), &help_master, &k);
        assert_true(err == TANDEM_ECORRUPT || err == TANDEM_EKEY ||
                    err == TANDEM_EVERSION);
        p[bit / 8] ^= (uint8_t)(1 << (bit % 8));
    }
    assert_null(k);
}

static void
test_keyfile_of_a_newer_version_is_told(void **state)
{
    struct state *st = *state;
    struct td_keyring *k = NULL;

    td_put_be32(st->file.ptr + 8, TD_KEYFILE_VERSION + 1);
    mend_sum(st->file.ptr, st->file.len);
    assert_err(TANDEM_EVERSION,
        td_keyfile_decode(NULL, td_buf_slice(&st->file), &help_master, &k));
    // Whatever else a newer version may have changed.
    mend_sum(st->file.ptr, 80);
    assert_err(TANDEM_EVERSION,
        td_keyfile_decode(
            NULL, (tandem_slice){st->file.ptr, 80}, &help_master, &k));
    assert_null(k);
}

static void *
starved(void *ctx, void *p, size_t was, size_t now)
{
    int *left = ctx;

    (void)was;
    if (now == 0) {
        free(p);
        return NULL;
    }
    return (*left)-- > 0 ? realloc(p, now) : NULL;
}

static void
oom_keyfile_without_memory_leaks_nothing(void **state)
{
    struct state *st = *state;
    int n = 0;
    tandem_err err = TANDEM_ENOMEM;

    while (err == TANDEM_ENOMEM && n < 100) {
        int left = n++;
        tandem_sys given = TANDEM_SYS_INIT, sys;
        struct td_keyring *k = NULL;
        struct td_buf b;
        uint64_t seed = 7;

        given.ctx = &left;
        given.resize = starved;
        td_sys_fill(&sys, &given);
        td_buf_init(&b, &sys, TD_KEYFILE_BYTES_MAX);
        err =
            td_keyfile_decode(&sys, td_buf_slice(&st->file), &help_master, &k);
        if (err == TANDEM_OK) {
            err = td_keyfile_encode(&sys, k, &help_master, help_rng(&seed), &b);
        }
        td_keyring_free(&sys, k);
        td_buf_deinit(&b);
    }
    assert_err(TANDEM_OK, err);
    assert_true(n > 3);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_keyfile_is_read_as_written),
        T(test_keyfile_holds_old_and_new_keys_while_an_erasure_runs),
        T(test_keyfile_with_every_wrong_master_key_is_a_wrong_key),
        T(test_keyfile_cut_at_every_length_is_damaged),
        T(test_keyfile_with_a_flipped_bit_is_damaged),
        T(test_keyfile_altered_on_purpose_never_opens),
        T(test_keyfile_of_a_newer_version_is_told),
        T(oom_keyfile_without_memory_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
