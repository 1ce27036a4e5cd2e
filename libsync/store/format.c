// SPDX-License-Identifier: Apache-2.0
// format.c - the format row of a store. Layout: format.h.
#include "store/format.h"

#include <string.h>

#include "base/buf.h"
#include "crypto/hash.h"
#include "store/store.h"

enum { SUMMED = 4 + 16 };

void
td_format_write(const uint8_t tag[16], uint8_t out[TD_FORMAT_BYTES])
{
    struct td_hash sum;

    td_put_be32(out, TD_STORE_FORMAT);
    memcpy(out + 4, tag, 16);
    sum = td_hash_of((tandem_slice){out, SUMMED});
    memcpy(out + SUMMED, sum.b, 16);
}

tandem_err
td_format_check(const uint8_t tag[16], tandem_slice row)
{
    struct td_hash sum;
    uint32_t format;

    if (row.len < TD_FORMAT_BYTES) {
        return TANDEM_ECORRUPT;
    }
    sum = td_hash_of((tandem_slice){row.ptr, SUMMED});
    if (memcmp(sum.b, row.ptr + SUMMED, 16) != 0) {
        return TANDEM_ECORRUPT;
    }
    format = td_be32(row.ptr);
    if (format > TD_STORE_FORMAT) {
        return TANDEM_EVERSION;
    }
    // A key file of another store: whoever exchanged it holds its master key.
    return format == TD_STORE_FORMAT && row.len == TD_FORMAT_BYTES &&
                   memcmp(row.ptr + 4, tag, 16) == 0
               ? TANDEM_OK
               : TANDEM_ECORRUPT;
}
