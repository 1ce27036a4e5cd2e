// SPDX-License-Identifier: Apache-2.0
// format.h - the row that says which format a store has, and whose it is: key
// "format" of LMDB's table "store", the only row that is not sealed (it must be
// readable before anything is known, and says nothing of the content).
//
//   format u32      TD_STORE_FORMAT, big-endian
//   tag 16          random; also in the key file: a data file and a key file
//                   of two stores do not open together
//   sum 16          first half of BLAKE2b-256 of the 20 bytes before
#ifndef TD_STORE_FORMAT_H
#define TD_STORE_FORMAT_H

#include "tandem/base.h"

enum { TD_FORMAT_BYTES = 4 + 16 + 16 };

void td_format_write(const uint8_t tag[16], uint8_t out[TD_FORMAT_BYTES]);
// EVERSION: a newer one, perhaps a longer row. ECORRUPT: damage, or another
// store's.
tandem_err td_format_check(const uint8_t tag[16], tandem_slice row);

#endif
