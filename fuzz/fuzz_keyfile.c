// SPDX-License-Identifier: Apache-2.0
// fuzz_keyfile.c - the decoder of key files, under a fixed master key (32
// bytes 0x2a). What it takes must be written back and read again alike.
//
// Sums, check values and tags stop almost every mutation, so the input's
// first byte chooses how much of that is mended: 0 nothing, 1 the sum, 2 also
// seal the rest as the plaintext of a right file, so that the inner parser is
// reached.
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "store/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tandem_err
count_up(void *ctx, uint8_t *p, size_t n)
{
    memset(p, *(const uint8_t *)ctx, n);
    return TANDEM_OK;
}

static void
must(bool x)
{
    if (!x) {
        abort();
    }
}

static void
mend_sum(struct td_buf *b)
{
    struct td_hash sum;

    if (b->len >= 32) {
        sum = td_hash_of((tandem_slice){b->ptr, b->len - 32});
        memcpy(b->ptr + b->len - 32, sum.b, 32);
    }
}

// `plain` sealed in a right frame, by the layout in keyfile.c.
static void
frame(struct td_buf *b, const struct td_key *master, tandem_slice plain,
    struct td_rng rng)
{
    uint8_t random[16] = {0}, check[16], head[44];
    tandem_slice parts[2] = {
        {(const uint8_t *)"td.keys.check", 13}, {random, 16}};
    struct td_key key;

    td_hash_keyed(master->b, parts, 2, check, sizeof(check));
    parts[0] = (tandem_slice){(const uint8_t *)"td.keys.seal", 12};
    td_hash_keyed(master->b, parts, 2, key.b, sizeof(key.b));
    td_buf_put(b, "TDKEYS\r\n", 8);
    td_buf_put_be32(b, TD_KEYFILE_VERSION);
    td_buf_put(b, random, sizeof(random));
    td_buf_put(b, check, sizeof(check));
    memcpy(head, b->ptr, sizeof(head));
    td_buf_put_be32(b, (uint32_t)(plain.len + TD_SEAL_OVERHEAD));
    must(td_seal(&key, (tandem_slice){head, sizeof(head)}, plain, rng, b) ==
         TANDEM_OK);
    (void)td_buf_room(b, 32);
    mend_sum(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_keyring *k = NULL, *again = NULL;
    struct td_key master;
    struct td_buf b;
    uint8_t fill = 1;
    struct td_rng rng = {&fill, count_up};

    if (size < 1 || size > TD_KEYFILE_BYTES_MAX ||
        td_crypto_init() != TANDEM_OK) {
        return 0;
    }
    memset(master.b, 0x2a, sizeof(master.b));
    td_buf_init(&b, NULL, 2 * TD_KEYFILE_BYTES_MAX);
    if (data[0] % 3 == 2) {
        frame(&b, &master, (tandem_slice){data + 1, size - 1}, rng);
    } else {
        td_buf_put(&b, data + 1, size - 1);
        if (data[0] % 3 == 1) {
            mend_sum(&b);
        }
    }
    if (td_keyfile_decode(NULL, td_buf_slice(&b), &master, &k) == TANDEM_OK) {
        must(td_keyfile_encode(NULL, k, &master, rng, &b) == TANDEM_OK);
        must(td_keyfile_decode(NULL, td_buf_slice(&b), &master, &again) ==
             TANDEM_OK);
        must(memcmp(k, again, sizeof(*k)) == 0);
    }
    td_keyring_free(NULL, k);
    td_keyring_free(NULL, again);
    td_buf_deinit(&b);
    return 0;
}
