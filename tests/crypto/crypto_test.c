// SPDX-License-Identifier: Apache-2.0
// crypto_test.c - hashes, seals, signatures, wrapped keys, passphrases.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/slice.h"
#include "crypto/device.h"
#include "crypto/hash.h"
#include "crypto/kept.h"

#define S(text)                                                                \
    (tandem_slice)                                                             \
    {                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                              \
    }

// What a copied device has: the same random bytes again and again.
static tandem_err
fixed_fill(void *ctx, uint8_t *p, size_t n)
{
    memset(p, *(const uint8_t *)ctx, n);
    return TANDEM_OK;
}

static tandem_err
failing_fill(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    (void)p;
    (void)n;
    return TANDEM_EIO;
}

static uint8_t fill_with;
static const struct td_rng fixed = {&fill_with, fixed_fill};
static const struct td_rng failing = {NULL, failing_fill};

static void *
init_thread(void *arg)
{
    (void)arg;
    return td_crypto_init() == TANDEM_OK ? arg : NULL;
}

static void
test_crypto_init_from_16_threads_and_after_another_library(void **state)
{
    pthread_t threads[16];
    int token;

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(
            0, pthread_create(&threads[i], NULL, init_thread, &token));
    }
    for (size_t i = 0; i < 16; i++) {
        void *r;

        assert_int_equal(0, pthread_join(threads[i], &r));
        assert_ptr_equal(&token, r);
    }
    assert_int_equal(1, sodium_init()); // as libzmq does
    assert_int_equal(TANDEM_OK, td_crypto_init());
}

static void
test_hash_parts_equal_their_concatenation(void **state)
{
    tandem_slice parts[3] = {S("ab"), {NULL, 0}, S("c")};
    struct td_hash a = td_hash_parts(0x01, parts, 3);
    struct td_hash b = td_hash_of(S("\x01"
                                    "abc"));
    uint8_t key[32] = {9};
    uint8_t x[32], y[32];

    (void)state;
    assert_memory_equal(a.b, b.b, 32);
    a = td_hash_parts(0x02, parts, 3);
    assert_memory_not_equal(a.b, b.b, 32);
    td_hash_keyed(key, parts, 3, x, 32);
    assert_int_equal(0,
        crypto_generichash(y, 32, (const uint8_t *)"abc", 3, key, sizeof(key)));
    assert_memory_equal(x, y, 32);
}

static void
test_seal_opens_only_with_its_key_and_its_data(void **state)
{
    struct td_key key = {{1}}, other = {{2}};
    struct td_buf sealed, plain;

    (void)state;
    td_buf_init(&sealed, NULL, 4096);
    td_buf_init(&plain, NULL, 4096);
    for (size_t len = 0; len < 70; len++) {
        uint8_t text[70];

        memset(text, 'x', sizeof(text));
        td_buf_reset(&sealed);
        td_buf_reset(&plain);
        td_buf_put_u8(&plain, 7);
        assert_int_equal(
            TANDEM_OK, td_seal(&key, S("ad"), (tandem_slice){text, len},
                           td_sys_rng(td_sys_default()), &sealed));
        assert_int_equal(len + TD_SEAL_OVERHEAD, sealed.len);
        assert_int_equal(TANDEM_ECORRUPT,
            td_open(&other, S("ad"), td_buf_slice(&sealed), &plain));
        assert_int_equal(TANDEM_ECORRUPT,
            td_open(&key, S("ae"), td_buf_slice(&sealed), &plain));
        assert_int_equal(1, plain.len); // untouched
        assert_int_equal(
            TANDEM_OK, td_open(&key, S("ad"), td_buf_slice(&sealed), &plain));
        assert_int_equal(len + 1, plain.len);
        assert_int_equal(7, plain.ptr[0]);
        assert_memory_equal(text, plain.ptr + 1, len);
    }
    td_buf_deinit(&sealed);
    td_buf_deinit(&plain);
}

static void
test_seal_with_any_bit_or_length_changed_does_not_open(void **state)
{
    struct td_key key = {{1}};
    struct td_buf sealed, plain;
    uint8_t copy[64];
    size_t len;

    (void)state;
    td_buf_init(&sealed, NULL, 4096);
    td_buf_init(&plain, NULL, 4096);
    assert_int_equal(TANDEM_OK,
        td_seal(&key, S("ad"), S("hello"), td_sys_rng(NULL), &sealed));
    len = sealed.len;
    memcpy(copy, sealed.ptr, len);
    for (size_t bit = 0; bit < len * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        assert_int_equal(TANDEM_ECORRUPT,
            td_open(&key, S("ad"), (tandem_slice){copy, len}, &plain));
        copy[bit / 8] ^= (uint8_t)(1 << (bit % 8));
    }
    for (size_t n = 0; n < len; n++) {
        assert_int_equal(TANDEM_ECORRUPT,
            td_open(&key, S("ad"), (tandem_slice){copy, n}, &plain));
    }
    assert_int_equal(0, plain.len);
    td_buf_deinit(&sealed);
    td_buf_deinit(&plain);
}

static void
test_peek_shows_the_beginning_of_what_a_seal_covers(void **state)
{
    struct td_key key = {{1}};
    uint8_t text[200], start[TD_PEEK_BYTES];
    struct td_buf b;

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)(i * 7);
    }
    td_buf_init(&b, NULL, 4096);
    assert_int_equal(
        TANDEM_OK, td_seal(&key, S("ad"), S("short"), td_sys_rng(NULL), &b));
    assert_int_equal(TANDEM_ECORRUPT, td_peek(&key, td_buf_slice(&b), start));
    for (size_t len = TD_PEEK_BYTES; len <= sizeof(text); len++) {
        td_buf_reset(&b);
        assert_int_equal(
            TANDEM_OK, td_seal(&key, S("ad"), (tandem_slice){text, len},
                           td_sys_rng(NULL), &b));
        assert_int_equal(TANDEM_OK, td_peek(&key, td_buf_slice(&b), start));
        assert_memory_equal(text, start, sizeof(start));
    }
    td_buf_deinit(&b);
}

// ----------------------------------------------------------------------- kept

enum { KEPT_HEAD = 5, KEPT_TEXT = 1100 };

static uint8_t kept_text[KEPT_TEXT];

static void
keep(const struct td_key *key, tandem_slice ad, size_t len, struct td_buf *b)
{
    for (size_t i = 0; i < KEPT_TEXT; i++) {
        kept_text[i] = (uint8_t)(i * 11 + 3);
    }
    td_buf_reset(b);
    assert_int_equal(TANDEM_OK,
        td_keep(key, ad, (tandem_slice){kept_text, len}, KEPT_HEAD, NULL, b));
    assert_int_equal(len + TD_KEPT_TAG, b->len);
}

static void
test_kept_bytes_of_every_length_come_back_and_their_hash(void **state)
{
    struct td_key key = {{1}}, other = {{1, 1}};
    struct td_buf b, plain;

    (void)state;
    td_buf_init(&b, NULL, 4096);
    td_buf_init(&plain, NULL, 4096);
    for (size_t len = KEPT_HEAD; len <= KEPT_TEXT; len++) {
        const tandem_slice body = {kept_text + KEPT_HEAD, len - KEPT_HEAD};
        struct td_hash hash, is;

        keep(&key, S("ad"), len, &b);
        hash = td_hash_of(body);
        td_buf_reset(&plain);
        assert_int_equal(
            TANDEM_ECORRUPT, td_kept_open(&other, S("ad"), td_buf_slice(&b),
                                 KEPT_HEAD, NULL, &plain));
        assert_int_equal(
            TANDEM_ECORRUPT, td_kept_open(&key, S("ae"), td_buf_slice(&b),
                                 KEPT_HEAD, NULL, &plain));
        assert_int_equal(0, plain.len);
        assert_int_equal(
            TANDEM_OK, td_kept_open(&key, S("ad"), td_buf_slice(&b), KEPT_HEAD,
                           &is, &plain));
        assert_int_equal(len, plain.len);
        assert_memory_equal(kept_text, plain.ptr, len);
        assert_true(td_hash_eq(&hash, &is));
    }
    td_buf_reset(&b);
    assert_int_equal(
        TANDEM_EMISUSE, td_keep(&key, S("ad"), S("head"), 5, NULL, &b));
    td_buf_deinit(&plain);
    td_buf_deinit(&b);
}

static void
test_kept_bytes_with_any_bit_or_length_changed_are_refused(void **state)
{
    struct td_key key = {{1}};
    struct td_buf b, plain;

    (void)state;
    td_buf_init(&b, NULL, 4096);
    td_buf_init(&plain, NULL, 4096);
    keep(&key, S("ad"), 40, &b);
    for (size_t bit = 0; bit < b.len * 8; bit++) {
        b.ptr[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_int_equal(
            TANDEM_ECORRUPT, td_kept_open(&key, S("ad"), td_buf_slice(&b),
                                 KEPT_HEAD, NULL, &plain));
        b.ptr[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    for (size_t len = 0; len < b.len; len++) {
        assert_int_equal(TANDEM_ECORRUPT,
            td_kept_open(&key, S("ad"), (tandem_slice){b.ptr, len}, KEPT_HEAD,
                NULL, &plain));
    }
    assert_int_equal(0, plain.len);
    td_buf_deinit(&plain);
    td_buf_deinit(&b);
}

// Two values under one keystream would show their difference.
static void
test_kept_bytes_that_differ_anywhere_share_no_keystream(void **state)
{
    static const char *const places[] = {"ad", "ae"};
    static uint8_t streams[2 * 60][60];
    struct td_key key = {{1}};
    struct td_buf b;
    size_t n = 0;

    (void)state;
    td_buf_init(&b, NULL, 4096);
    for (size_t p = 0; p < 2; p++) {
        for (size_t i = 0; i < 60; i++) {
            uint8_t text[60] = {0};

            text[i] = 1;
            td_buf_reset(&b);
            assert_int_equal(TANDEM_OK,
                td_keep(&key, td_slice_str(places[p]),
                    (tandem_slice){text, sizeof(text)}, KEPT_HEAD, NULL, &b));
            for (size_t k = 0; k < sizeof(text); k++) {
                streams[n][k] = b.ptr[TD_KEPT_TAG + k] ^ text[k];
            }
            n++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            size_t same = 0;

            for (size_t k = 0; k < sizeof(streams[i]); k++) {
                same += streams[i][k] == streams[j][k];
            }
            assert_true(same < 16); // of 60: by chance 0 or 1
        }
    }
    td_buf_deinit(&b);
}

static void
test_seal_repeated_random_bytes_repeat_no_nonce(void **state)
{
    enum { COUNT = 600 };
    static uint8_t salts[2 * COUNT][TD_SEAL_SALT];
    struct td_key key = {{1}};
    struct td_buf b;
    size_t n = 0;

    (void)state;
    fill_with = 0x55;
    td_buf_init(&b, NULL, 4096);
    // Two ways to split the same bytes.
    assert_int_equal(TANDEM_OK, td_seal(&key, S("ab"), S("c"), fixed, &b));
    assert_int_equal(TANDEM_OK, td_seal(&key, S("a"), S("bc"), fixed, &b));
    assert_memory_not_equal(b.ptr, b.ptr + TD_SEAL_OVERHEAD + 1, TD_SEAL_SALT);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint8_t text[4];
        tandem_slice t = {text, sizeof(text)};

        td_put_be32(text, i);
        td_buf_reset(&b);
        assert_int_equal(TANDEM_OK, td_seal(&key, S("ad"), t, fixed, &b));
        memcpy(salts[n++], b.ptr, TD_SEAL_SALT);
        td_buf_reset(&b);
        assert_int_equal(TANDEM_OK, td_seal(&key, t, S("x"), fixed, &b));
        memcpy(salts[n++], b.ptr, TD_SEAL_SALT);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(salts[i], salts[j], TD_SEAL_SALT);
        }
    }
    td_buf_deinit(&b);
}

static void
test_seal_passes_up_a_failing_random_source_and_a_full_buffer(void **state)
{
    struct td_key key = {{1}}, out = {{3}};
    struct td_device_keys d;
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, 36);
    assert_int_equal(
        TANDEM_EIO, td_seal(&key, S("ad"), S("text"), failing, &b));
    assert_int_equal(0, b.len);
    assert_int_equal(TANDEM_EIO, td_key_new(failing, &out));
    assert_int_equal(3, out.b[0]);
    assert_int_equal(TANDEM_EIO, td_device_keys_new(failing, &d));
    assert_int_equal(TANDEM_ELIMIT,
        td_seal(&key, S("ad"), S("text5"), td_sys_rng(NULL), &b));
    assert_int_equal(TANDEM_ELIMIT, // sticky
        td_seal(&key, S("ad"), S("t"), td_sys_rng(NULL), &b));
    td_buf_deinit(&b);
}

static void
test_seal_commitment_refuses_a_second_key(void **state)
{
    struct td_key a = {{1}}, b = {{1}};
    struct td_hash x = td_key_commitment(&a), y;

    (void)state;
    b.b[31] = 1;
    y = td_key_commitment(&b);
    assert_memory_not_equal(x.b, y.b, 32);
    assert_memory_not_equal(x.b, a.b, 32);
    y = td_key_commitment(&a);
    assert_memory_equal(x.b, y.b, 32);
}

static void
test_pad_is_undone_and_wrong_padding_refused(void **state)
{
    tandem_slice out;
    uint8_t bad[64];

    (void)state;
    for (size_t len = 0; len < 100; len++) {
        struct td_buf b;

        td_buf_init(&b, NULL, 4096);
        for (size_t i = 0; i < len; i++) {
            td_buf_put_u8(&b, 0x80);
        }
        td_pad32(&b);
        assert_int_equal(0, b.len % 32);
        assert_true(b.len > len && b.len <= len + 32);
        assert_int_equal(TANDEM_OK, td_unpad32(td_buf_slice(&b), &out));
        assert_int_equal(len, out.len);
        td_buf_deinit(&b);
    }
    memset(bad, 0, sizeof(bad));
    assert_int_equal(TANDEM_ECORRUPT, td_unpad32((tandem_slice){bad, 0}, &out));
    assert_int_equal(
        TANDEM_ECORRUPT, td_unpad32((tandem_slice){bad, 31}, &out));
    assert_int_equal(
        TANDEM_ECORRUPT, td_unpad32((tandem_slice){bad, 64}, &out));
    bad[31] = 0x80; // more than a block of padding
    assert_int_equal(
        TANDEM_ECORRUPT, td_unpad32((tandem_slice){bad, 64}, &out));
    bad[63] = 0x81;
    assert_int_equal(
        TANDEM_ECORRUPT, td_unpad32((tandem_slice){bad, 64}, &out));
}

static void
test_signature_holds_for_its_message_domain_and_author_only(void **state)
{
    struct td_device_keys a, b;
    struct td_sig sig;

    (void)state;
    assert_int_equal(TANDEM_OK, td_device_keys_new(td_sys_rng(NULL), &a));
    assert_int_equal(TANDEM_OK, td_device_keys_new(td_sys_rng(NULL), &b));
    sig = td_sign(&a, TD_DOMAIN_HEAD, S("message"));
    assert_true(td_verify(&a.pub.sign, TD_DOMAIN_HEAD, S("message"), &sig));
    assert_false(td_verify(&a.pub.sign, TD_DOMAIN_HEAD, S("massage"), &sig));
    assert_false(td_verify(&a.pub.sign, TD_DOMAIN_RECEIPT, S("message"), &sig));
    assert_false(td_verify(&b.pub.sign, TD_DOMAIN_HEAD, S("message"), &sig));
    for (size_t bit = 0; bit < 512; bit++) {
        struct td_sig bad = sig;

        bad.b[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        assert_false(
            td_verify(&a.pub.sign, TD_DOMAIN_HEAD, S("message"), &bad));
    }
    sig = td_sign(&a, TD_DOMAIN_RECEIPT, (tandem_slice){NULL, 0});
    assert_true(td_verify(
        &a.pub.sign, TD_DOMAIN_RECEIPT, (tandem_slice){NULL, 0}, &sig));
}

static void
test_signature_of_a_low_order_author_is_refused(void **state)
{
    // y = 1 (neutral), y = 0, y = -1: points of order 1, 4, 2.
    tandem_device_id bad[3] = {{{1}}, {{0}}, {{0}}};
    struct td_sig sig = {{0}};

    (void)state;
    memset(bad[2].b, 0xff, 32);
    bad[2].b[0] = 0xec;
    bad[2].b[31] = 0x7f;
    for (size_t i = 0; i < 3; i++) {
        sig.b[0] = 1; // R neutral, s = 0
        assert_false(td_verify(&bad[i], TD_DOMAIN_HEAD, S("m"), &sig));
        memcpy(sig.b, bad[i].b, 32);
        assert_false(td_verify(&bad[i], TD_DOMAIN_HEAD, S("m"), &sig));
    }
}

static void
test_device_keys_are_three_different_pairs(void **state)
{
    struct td_device_keys k;
    uint8_t pub[32];

    (void)state;
    assert_int_equal(TANDEM_OK, td_device_keys_new(td_sys_rng(NULL), &k));
    assert_int_equal(0, crypto_scalarmult_base(pub, k.sec.box));
    assert_memory_equal(pub, k.pub.box, 32);
    assert_int_equal(0, crypto_scalarmult_base(pub, k.sec.curve));
    assert_memory_equal(pub, k.pub.curve, 32);
    assert_memory_not_equal(k.sec.box, k.sec.curve, 32);
    assert_int_equal(0, crypto_sign_ed25519_sk_to_pk(pub, k.sec.sign));
    assert_memory_equal(pub, k.pub.sign.b, 32);
    td_device_keys_wipe(&k);
    assert_true(sodium_is_zero((const uint8_t *)&k, sizeof(k)));
}

static void
test_wrapped_key_opens_for_its_recipient_and_is_the_same_for_all(void **state)
{
    struct td_key key = {{42}}, out = {{0}};
    struct td_device_keys a, b;
    uint8_t x[TD_WRAP_BYTES], y[TD_WRAP_BYTES], m[32];

    (void)state;
    assert_int_equal(TANDEM_OK, td_device_keys_new(td_sys_rng(NULL), &a));
    assert_int_equal(TANDEM_OK, td_device_keys_new(td_sys_rng(NULL), &b));
    assert_int_equal(TANDEM_OK, td_wrap(&key, a.pub.box, x));
    assert_int_equal(TANDEM_OK, td_wrap(&key, a.pub.box, y));
    assert_memory_equal(x, y, sizeof(x));
    assert_int_equal(TANDEM_OK, td_wrap(&key, b.pub.box, y));
    assert_memory_not_equal(x, y, 32);
    assert_int_equal(TANDEM_OK, td_unwrap(&a, x, &out));
    assert_memory_equal(key.b, out.b, 32);
    assert_int_equal(
        0, crypto_box_seal_open(m, x, sizeof(x), a.pub.box, a.sec.box));
    assert_memory_equal(key.b, m, 32);

    memset(out.b, 7, sizeof(out.b));
    assert_int_equal(TANDEM_ECORRUPT, td_unwrap(&b, x, &out));
    for (size_t i = 0; i < sizeof(x); i++) {
        x[i] ^= 4;
        assert_int_equal(TANDEM_ECORRUPT, td_unwrap(&a, x, &out));
        x[i] ^= 4;
    }
    assert_int_equal(7, out.b[0]); // untouched
}

static void
test_wrap_for_a_low_order_point_is_refused(void **state)
{
    // Orders 1, 2, 4 and 8 of Curve25519 and its twist, as libsodium lists.
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    struct td_key key = {{42}};
    uint8_t out[TD_WRAP_BYTES] = {9};

    (void)state;
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        uint8_t p[32];

        assert_true(td_unhex(points[i], p, sizeof(p)));
        assert_int_equal(TANDEM_EVALUE, td_wrap(&key, p, out));
        assert_int_equal(9, out[0]);
    }
}

static void
test_passphrase_parameters_have_a_floor_and_change_the_key(void **state)
{
    struct td_argon p = {{1}, 64 * 1024, 2}, q;
    struct td_key a, b;

    (void)state;
    assert_int_equal(TANDEM_OK, td_key_argon(S("secret"), &p, &a));
    q = p;
    q.mem_kib++;
    assert_int_equal(TANDEM_OK, td_key_argon(S("secret"), &q, &b));
    assert_memory_not_equal(a.b, b.b, 32);
    q = p;
    q.mem_kib = 64 * 1024 - 1;
    assert_int_equal(TANDEM_ECORRUPT, td_key_argon(S("secret"), &q, &b));
    q.mem_kib = 4 * 1024 * 1024 + 1;
    assert_int_equal(TANDEM_ECORRUPT, td_key_argon(S("secret"), &q, &b));
    q = p;
    q.passes = 1;
    assert_int_equal(TANDEM_ECORRUPT, td_key_argon(S("secret"), &q, &b));
    q.passes = 65;
    assert_int_equal(TANDEM_ECORRUPT, td_key_argon(S("secret"), &q, &b));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ASAN 1
#endif
#endif

static void
test_passphrase_without_memory_gives_no_key(void **state)
{
#ifdef ASAN
    (void)state;
    skip(); // an address space limit stops the sanitizer itself
#else
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        struct rlimit l = {60 << 20, 60 << 20};
        struct td_argon p = {{1}, 64 * 1024, 2};
        struct td_key k = {{5}};

        _exit(setrlimit(RLIMIT_AS, &l) == 0 &&
                      td_key_argon(S("secret"), &p, &k) == TANDEM_ENOMEM &&
                      k.b[0] == 5
                  ? 0
                  : 1);
    }
    assert_int_equal(pid, waitpid(pid, &status, 0));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#endif
}

// ---------------------------------------------------------------- vectors

#define VECTORS TEST_SOURCE_DIR "/tests/vectors/crypto.txt"

// The value of `name` in the file of known answers.
static size_t
vector(const char *name, uint8_t *out, size_t max)
{
    char line[1024];
    size_t len = 0;
    bool found = false;
    FILE *f = fopen(VECTORS, "r");

    assert_non_null(f);
    while (!found && fgets(line, sizeof(line), f) != NULL) {
        char *space = strchr(line, ' ');

        if (line[0] == '#' || space == NULL) {
            continue;
        }
        *space = '\0';
        space[1 + strcspn(space + 1, "\n")] = '\0';
        if (strcmp(line, name) == 0) {
            len = strlen(space + 1) / 2;
            assert_true(len <= max);
            assert_true(td_unhex(space + 1, out, len));
            found = true;
        }
    }
    assert_int_equal(0, fclose(f));
    if (!found) {
        fail_msg("no vector named %s", name);
    }
    return len;
}

static void
expect(const char *name, const uint8_t *got, size_t len)
{
    uint8_t want[256];
    char hex[513];

    td_hex((tandem_slice){got, len}, hex);
    if (vector(name, want, sizeof(want)) != len ||
        memcmp(want, got, len) != 0) {
        fail_msg("%s is %s", name, hex);
    }
}

static void
test_vectors_of_hashes_and_keys(void **state)
{
    tandem_slice parts[2] = {S("one"), S("two")};
    struct td_key key, k;
    struct td_log_id log;
    struct td_hash h;
    struct td_hash16 short_hash;
    struct td_blind_key blind;
    uint8_t out[32], many[200];
    struct td_argon p = {.mem_kib = 64 * 1024, .passes = 2};

    (void)state;
    assert_int_equal(32, vector("key", key.b, sizeof(key.b)));
    assert_int_equal(16, vector("log", log.b, sizeof(log.b)));
    h = td_hash_of(S("abc"));
    expect("hash.abc", h.b, 32);
    h = td_hash_parts(1, parts, 2);
    expect("hash.parts", h.b, 32);
    td_hash_keyed(key.b, parts, 2, out, 16);
    expect("hash.keyed16", out, 16);
    td_hash_keyed(key.b, parts, 2, out, 32);
    expect("hash.keyed32", out, 32);
    memcpy(blind.b, key.b, sizeof(blind.b));
    short_hash = td_blind(&blind, parts, 2);
    expect("blind", short_hash.b, 16);
    for (size_t i = 0; i < sizeof(many); i++) {
        many[i] = (uint8_t)i;
    }
    parts[1] = (tandem_slice){many, sizeof(many)};
    short_hash = td_blind(&blind, parts, 2);
    expect("blind.long", short_hash.b, 16);
    k = td_key_for_log(&key, log);
    expect("key.log", k.b, 32);
    h = td_key_commitment(&key);
    expect("key.commitment", h.b, 32);
    memcpy(p.salt, log.b, 16);
    assert_int_equal(TANDEM_OK, td_key_argon(S("phrase"), &p, &k));
    expect("key.argon", k.b, 32);
}

static void
test_vectors_of_seals(void **state)
{
    uint8_t sealed[256];
    struct td_key key;
    struct td_buf b;
    size_t n;

    (void)state;
    fill_with = 0xa5;
    assert_int_equal(32, vector("key", key.b, sizeof(key.b)));
    td_buf_init(&b, NULL, 4096);
    assert_int_equal(
        TANDEM_OK, td_seal(&key, S("associated"), S("Bonjour"), fixed, &b));
    expect("seal", b.ptr, b.len);
    n = vector("seal", sealed, sizeof(sealed));
    td_buf_reset(&b);
    assert_int_equal(TANDEM_OK,
        td_open(&key, S("associated"), (tandem_slice){sealed, n}, &b));
    assert_int_equal(7, b.len);
    assert_memory_equal("Bonjour", b.ptr, 7);
    td_pad32(&b);
    expect("pad", b.ptr, b.len);
    td_buf_deinit(&b);
}

static void
test_vectors_of_devices(void **state)
{
    uint8_t wrapped[TD_WRAP_BYTES];
    struct td_device_keys d;
    struct td_key key;
    struct td_sig sig;

    (void)state;
    fill_with = 0x11;
    assert_int_equal(32, vector("key", key.b, sizeof(key.b)));
    assert_int_equal(TANDEM_OK, td_device_keys_new(fixed, &d));
    expect("device.sign", d.pub.sign.b, 32);
    expect("device.box", d.pub.box, 32);
    expect("device.curve", d.pub.curve, 32);
    sig = td_sign(&d, TD_DOMAIN_HEAD, S("head"));
    expect("device.signature", sig.b, 64);
    assert_int_equal(TANDEM_OK, td_wrap(&key, d.pub.box, wrapped));
    expect("device.wrapped", wrapped, sizeof(wrapped));
}

static int
group_setup(void **state)
{
    (void)state;
    return td_crypto_init() == TANDEM_OK ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_crypto_init_from_16_threads_and_after_another_library),
        cmocka_unit_test(test_hash_parts_equal_their_concatenation),
        cmocka_unit_test(test_seal_opens_only_with_its_key_and_its_data),
        cmocka_unit_test(
            test_seal_with_any_bit_or_length_changed_does_not_open),
        cmocka_unit_test(test_peek_shows_the_beginning_of_what_a_seal_covers),
        cmocka_unit_test(
            test_kept_bytes_of_every_length_come_back_and_their_hash),
        cmocka_unit_test(
            test_kept_bytes_with_any_bit_or_length_changed_are_refused),
        cmocka_unit_test(
            test_kept_bytes_that_differ_anywhere_share_no_keystream),
        cmocka_unit_test(test_seal_repeated_random_bytes_repeat_no_nonce),
        cmocka_unit_test(
            test_seal_passes_up_a_failing_random_source_and_a_full_buffer),
        cmocka_unit_test(test_seal_commitment_refuses_a_second_key),
        cmocka_unit_test(test_pad_is_undone_and_wrong_padding_refused),
        cmocka_unit_test(
            test_signature_holds_for_its_message_domain_and_author_only),
        cmocka_unit_test(test_signature_of_a_low_order_author_is_refused),
        cmocka_unit_test(test_device_keys_are_three_different_pairs),
        cmocka_unit_test(
            test_wrapped_key_opens_for_its_recipient_and_is_the_same_for_all),
        cmocka_unit_test(test_wrap_for_a_low_order_point_is_refused),
        cmocka_unit_test(
            test_passphrase_parameters_have_a_floor_and_change_the_key),
        cmocka_unit_test(test_passphrase_without_memory_gives_no_key),
        cmocka_unit_test(test_vectors_of_hashes_and_keys),
        cmocka_unit_test(test_vectors_of_seals),
        cmocka_unit_test(test_vectors_of_devices),
    };

    return cmocka_run_group_tests(tests, group_setup, NULL);
}
