// SPDX-License-Identifier: Apache-2.0
// vector_test.c - the key file, the kdf file, a sealed row and the format row
// against the known answers of tests/vectors/store.py: all random bytes 0xa5,
// master key 0, 1, 2...
#include "support/store_help.h"

#include "support/vector.h"

#include "store/row.h"

static tandem_err
a5(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    memset(p, 0xa5, n);
    return TANDEM_OK;
}

static const struct td_rng fixed = {NULL, a5};

static struct td_keyring *
ring(void)
{
    struct td_keyring *k;

    assert_err(TANDEM_OK, td_crypto_init());
    assert_err(TANDEM_OK, td_keyring_new(NULL, fixed, &k));
    return k;
}

static void
test_keyfile_is_written_as_its_known_answer(void **state)
{
    struct td_keyring *k = ring();
    struct td_key master;
    struct td_hash hash;
    struct td_buf b;
    uint8_t length[4];

    (void)state;
    for (size_t i = 0; i < 32; i++) {
        master.b[i] = (uint8_t)i;
    }
    td_buf_init(&b, NULL, TD_KEYFILE_BYTES_MAX);
    assert_err(TANDEM_OK, td_keyfile_encode(NULL, k, &master, fixed, &b));
    vector_same("store", "keyfile_head", (tandem_slice){b.ptr, 48});
    td_put_be32(length, (uint32_t)b.len);
    vector_same("store", "keyfile_length", (tandem_slice){length, 4});
    hash = td_hash_of(td_buf_slice(&b));
    vector_same("store", "keyfile_hash", (tandem_slice){hash.b, 32});
    td_buf_deinit(&b);
    td_keyring_free(NULL, k);
}

static tandem_slice
read_file(const char *path)
{
    static uint8_t room[1 << 12];
    FILE *f = fopen(path, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(room, 1, sizeof(room), f);
    assert_int_equal(0, fclose(f));
    return (tandem_slice){room, n};
}

static void
test_kdf_file_is_written_as_its_known_answer(void **state)
{
    struct help_dir dir;
    struct td_argon a;
    char path[300];

    (void)state;
    help_dir_new(&dir);
    assert_err(TANDEM_OK, td_store_kdf(dir.path, fixed, 64 << 10, 2, &a, NULL));
    (void)snprintf(path, sizeof(path), "%s/kdf", dir.path);
    vector_same("store", "kdf", read_file(path));
    help_dir_free(&dir);
}

static void
test_row_is_sealed_as_its_known_answer(void **state)
{
    static const uint8_t value[] = {'v', 'a', 'l', 'u', 'e'};
    uint8_t key[24];
    const struct td_row_at at = {TD_T_RECORDS, {key, sizeof(key)}};
    const struct td_row_with how = {.seal = 517, .rng = fixed};
    struct td_keyring *k = ring();
    struct td_buf b, plain;

    (void)state;
    memset(key, 0xaa, 14);
    key[14] = 517 >> 8;
    key[15] = 517 & 0xff;
    memset(key + 16, 0xbb, 8);
    td_buf_init(&b, NULL, 1 << 12);
    td_buf_init(&plain, NULL, 1 << 12);
    assert_err(TANDEM_OK,
        td_row_seal(k, &at, (tandem_slice){value, sizeof(value)}, &how, &b));
    vector_same("store", "row", td_buf_slice(&b));
    assert_err(TANDEM_OK, td_row_open(k, &at, td_buf_slice(&b), NULL, &plain));
    assert_int_equal(sizeof(value), plain.len);
    td_buf_deinit(&plain);
    td_buf_deinit(&b);
    td_keyring_free(NULL, k);
}

static void
kept_row(const struct td_keyring *k, tandem_slice value, struct td_buf *b)
{
    static const uint8_t key[14] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 2};
    const struct td_row_at at = {TD_T_PAYLOADS, {key, sizeof(key)}};
    const tandem_slice body = {
        value.ptr + TD_KEPT_HEAD, value.len - TD_KEPT_HEAD};
    const struct td_hash hash = td_hash_of(body);
    struct td_hash is;
    struct td_buf again, plain;

    td_buf_init(&again, NULL, 1 << 12);
    td_buf_init(&plain, NULL, 1 << 12);
    assert_err(TANDEM_OK,
        td_row_seal(k, &at, value, &(struct td_row_with){.seal = 517}, b));
    assert_err(TANDEM_OK,
        td_row_seal(k, &at, value,
            &(struct td_row_with){.seal = 517, .hash = &hash}, &again));
    assert_true(td_slice_eq(td_buf_slice(b), td_buf_slice(&again)));
    assert_err(TANDEM_OK, td_row_open(k, &at, td_buf_slice(b), &is, &plain));
    assert_true(td_slice_eq(value, td_buf_slice(&plain)));
    assert_true(td_hash_eq(&hash, &is));
    td_buf_deinit(&plain);
    td_buf_deinit(&again);
}

static void
test_row_of_a_payload_is_kept_as_its_known_answer(void **state)
{
    uint8_t value[TD_KEPT_HEAD + 1100];
    struct td_keyring *k = ring();
    struct td_hash hash;
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, 1 << 12);
    memset(value, 0x11, 16);
    memset(value + 16, 0x22, 16);
    memset(value + 32, 0x33, 16);
    memcpy(value + TD_KEPT_HEAD, "sealed", 6);
    kept_row(k, (tandem_slice){value, TD_KEPT_HEAD + 6}, &b);
    vector_same("store", "kept", td_buf_slice(&b));
    for (size_t i = 0; i < 1100; i++) {
        value[TD_KEPT_HEAD + i] = (uint8_t)(i % 251);
    }
    kept_row(k, (tandem_slice){value, sizeof(value)}, &b);
    hash = td_hash_of(td_buf_slice(&b));
    vector_same("store", "kept_long_hash", (tandem_slice){hash.b, 32});
    td_buf_deinit(&b);
    td_keyring_free(NULL, k);
}

static void
test_bucket_of_a_record_is_its_known_answer(void **state)
{
    tandem_id record;
    uint16_t bucket;
    uint8_t bytes[2];

    (void)state;
    memset(record.b, 0xaa, sizeof(record.b));
    bucket = td_store_bucket(record);
    bytes[0] = (uint8_t)(bucket >> 8);
    bytes[1] = (uint8_t)bucket;
    vector_same("store", "bucket", (tandem_slice){bytes, 2});
}

// The only row in clear, found in the data file as it is.
static void
test_format_row_stands_in_the_data_file(void **state)
{
    tandem_slice want = vector("store", "format");
    tandem_sys sys = *td_sys_default();
    struct td_key master = {{7}};
    struct td_store_opts o = {.sys = &sys, .master = &master, .create = true};
    static uint8_t room[1 << 20];
    struct help_dir dir;
    struct td_store *s;
    char path[300];
    bool found = false;
    size_t n;
    FILE *f;

    (void)state;
    sys.random = a5;
    help_dir_new(&dir);
    o.dir = dir.path;
    assert_err(TANDEM_OK, td_store_open(&o, &s, NULL));
    td_store_close(s);
    (void)snprintf(path, sizeof(path), "%s/data.mdb", dir.path);
    f = fopen(path, "rb");
    assert_non_null(f);
    n = fread(room, 1, sizeof(room), f);
    assert_int_equal(0, fclose(f));
    for (size_t i = 0; i + want.len <= n && !found; i++) {
        found = memcmp(room + i, want.ptr, want.len) == 0;
    }
    assert_true(found);
    vector_free(want);
    help_dir_free(&dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyfile_is_written_as_its_known_answer),
        cmocka_unit_test(test_kdf_file_is_written_as_its_known_answer),
        cmocka_unit_test(test_row_is_sealed_as_its_known_answer),
        cmocka_unit_test(test_row_of_a_payload_is_kept_as_its_known_answer),
        cmocka_unit_test(test_bucket_of_a_record_is_its_known_answer),
        cmocka_unit_test(test_format_row_stands_in_the_data_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
