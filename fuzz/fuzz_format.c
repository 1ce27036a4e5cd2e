// SPDX-License-Identifier: Apache-2.0
// fuzz_format.c - any bytes as the row that says a store's format: refused, or
// the one row that says this store's.
//
// Input: how u8, tag 16, row. A sum stops almost every mutation: an odd first
// byte has it mended.
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/slice.h"
#include "crypto/hash.h"
#include "store/format.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROW_MAX = 256, SUMMED = 20 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t row[ROW_MAX], mine[TD_FORMAT_BYTES];
    struct td_hash sum;
    tandem_err err;

    if (size < 17 || size - 17 > sizeof(row) || td_crypto_init() != TANDEM_OK) {
        return 0;
    }
    memcpy(row, data + 17, size - 17);
    if ((data[0] & 1) != 0 && size - 17 >= TD_FORMAT_BYTES) {
        sum = td_hash_of((tandem_slice){row, SUMMED});
        memcpy(row + SUMMED, sum.b, 16);
    }
    err = td_format_check(data + 1, (tandem_slice){row, size - 17});
    if (err == TANDEM_OK) {
        td_format_write(data + 1, mine);
        if (!td_slice_eq((tandem_slice){mine, sizeof(mine)},
                (tandem_slice){row, size - 17})) {
            abort();
        }
    } else if (err == TANDEM_EVERSION) {
        if (td_be32(row) <= TD_STORE_FORMAT) {
            abort();
        }
    } else if (err != TANDEM_ECORRUPT) {
        abort();
    }
    return 0;
}
