// SPDX-License-Identifier: Apache-2.0
// row.h - one row of a table, sealed with its place.
#ifndef TD_STORE_ROW_H
#define TD_STORE_ROW_H

#include "store/keyfile.h"
#include "store/store.h"

#define TD_ROW_OVERHEAD (2 + 4 + TD_SEAL_OVERHEAD)

// 1..TD_KEY_BYTES_MAX bytes: EVALUE when empty, ELIMIT when longer.
tandem_err td_row_key_check(tandem_slice key);
// Seals under the newest key of the class. EMISUSE: no such class.
tandem_err td_row_seal(const struct td_keyring *k, enum td_table table,
    tandem_slice key, uint16_t seal, tandem_slice value, struct td_rng rng,
    struct td_buf *out);
// ECORRUPT when it does not authenticate at this place.
tandem_err td_row_open(const struct td_keyring *k, enum td_table table,
    tandem_slice key, tandem_slice row, struct td_buf *out);

#endif
