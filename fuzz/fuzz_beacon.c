// SPDX-License-Identifier: Apache-2.0
// fuzz_beacon.c - any bytes as a beacon's datagram, under keys that fit and
// keys that do not: refused, or what a member wrote, which written again opens
// to the same.
//
// First byte: 0 the rest is the datagram; 1 the rest is what is sealed in one,
// under the second of two keys; else as 1, and then the byte of that number is
// changed. What is opened is as long as the rest says, or less.
#include <stdlib.h>
#include <string.h>

#include "node/beacon_message.h"

#include "base/sys.h"
#include "crypto/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool x)
{
    if (!x) {
        abort();
    }
}

static tandem_err
fill(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    memset(p, 0xa5, n);
    return TANDEM_OK;
}

static const struct td_rng rng = {NULL, fill};

// Opened: the same again, by the same key alone.
static void
look(const struct td_key keys[2], tandem_slice in)
{
    uint8_t again[TD_BEACON_BYTES];
    struct td_beacon_message m = {.said_ms = 7}, same;

    if (!td_beacon_read(keys, 2, in, &m)) {
        must(m.said_ms == 7 && m.port == 0); // untouched
        return;
    }
    must(in.len == TD_BEACON_BYTES && m.port != 0);
    must(td_beacon_put(&keys[1], &m, rng, again) == TANDEM_OK);
    must(!td_beacon_read(
        &keys[0], 1, (tandem_slice){again, sizeof(again)}, &same));
    must(td_beacon_read(
        &keys[1], 1, (tandem_slice){again, sizeof(again)}, &same));
    must(memcmp(&m.device, &same.device, sizeof(m.device)) == 0);
    must(m.said_ms == same.said_ms && m.port == same.port);
}

static void
sealed(const struct td_key keys[2], uint8_t change, tandem_slice plain)
{
    static const uint8_t version = 1;
    uint8_t bytes[1 + TD_SEAL_OVERHEAD + 64];
    struct td_buf b;
    struct td_beacon_message m;

    if (plain.len > 64) {
        return;
    }
    td_buf_over(&b, bytes, sizeof(bytes));
    td_buf_put_u8(&b, version);
    must(td_seal(&keys[1], (tandem_slice){&version, 1}, plain, rng, &b) ==
         TANDEM_OK);
    if (change > 1) {
        bytes[change % b.len] ^= change;
        must(!td_beacon_read(keys, 2, td_buf_slice(&b), &m));
    } else if (plain.len == TD_BEACON_PLAIN) {
        bool port =
            plain.ptr[plain.len - 1] != 0 || plain.ptr[plain.len - 2] != 0;

        must(td_beacon_read(keys, 2, td_buf_slice(&b), &m) == port);
    }
    look(keys, td_buf_slice(&b));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct td_key epochs[2] = {{{1}}, {{2}}};
    struct td_key keys[2];
    uint8_t *copy;

    must(td_crypto_init() == TANDEM_OK);
    keys[0] = td_beacon_key(&epochs[0]);
    keys[1] = td_beacon_key(&epochs[1]);
    if (size < 1) {
        return 0;
    }
    copy = malloc(size > 1 ? size - 1 : 1); // its end is the sanitizer's
    must(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    if (data[0] == 0) {
        look(keys, (tandem_slice){copy, size - 1});
    } else {
        sealed(keys, data[0], (tandem_slice){copy, size - 1});
    }
    free(copy);
    return 0;
}
