// SPDX-License-Identifier: Apache-2.0
// row.h - one row of a table, bound to its place.
#ifndef TD_STORE_ROW_H
#define TD_STORE_ROW_H

#include "crypto/kept.h"
#include "store/keyfile.h"
#include "store/store.h"

#define TD_ROW_OVERHEAD (2 + 4 + TD_SEAL_OVERHEAD) // at most

struct td_row_at {
    enum td_table table;
    tandem_slice key;
};
struct td_row_with {
    uint16_t seal;
    struct td_rng rng;          // for a fresh salt
    const struct td_hash *hash; // of PAYLOADS: behind the head; NULL: unknown
};

// 1..TD_KEY_BYTES_MAX bytes: EVALUE when empty, ELIMIT when longer.
tandem_err td_row_key_check(tandem_slice key);
// Seals under the newest key of the class. EMISUSE: no such class, a value in
// the table indexes, or none behind a head in PAYLOADS.
tandem_err td_row_seal(const struct td_keyring *k, const struct td_row_at *at,
    tandem_slice value, const struct td_row_with *how, struct td_buf *out);
// ECORRUPT when it does not authenticate at this place. `hash` (may be NULL)
// receives that of what stands behind the head, in PAYLOADS.
tandem_err td_row_open(const struct td_keyring *k, const struct td_row_at *at,
    tandem_slice row, struct td_hash *hash, struct td_buf *out);

#endif
