// SPDX-License-Identifier: Apache-2.0
// fuzz_kdf.c - the file of a passphrase's parameters: refused and left as it
// is, or parameters within their bounds.
//
// A sum stops almost every mutation: an odd first byte has it mended.
#include <string.h>

#include "one_file.h"

#include "crypto/hash.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SUM = 32, BYTES_MAX = 8192 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bytes[BYTES_MAX];
    struct td_argon a = {.mem_kib = 1, .passes = 1};
    tandem_err err;

    if (size < 1 || size > sizeof(bytes) || td_crypto_init() != TANDEM_OK) {
        return 0;
    }
    size--;
    memcpy(bytes, data + 1, size);
    if ((data[0] & 1) != 0 && size >= SUM) {
        struct td_hash sum = td_hash_of((tandem_slice){bytes, size - SUM});

        memcpy(bytes + size - SUM, sum.b, SUM);
    }
    one_put("kdf", bytes, size);
    err = td_store_kdf(one.dir, td_sys_rng(td_sys_default()), 0, 0, &a, NULL);
    if (err == TANDEM_OK) {
        must(a.mem_kib >= 64 << 10 && a.mem_kib <= 1 << 20);
        must(a.passes >= 2 && a.passes <= 16);
    } else {
        must(err == TANDEM_ECORRUPT || err == TANDEM_EVERSION ||
             err == TANDEM_ELIMIT);
        must(a.mem_kib == 1 && a.passes == 1);
    }
    return 0;
}
