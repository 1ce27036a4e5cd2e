// SPDX-License-Identifier: Apache-2.0
// value.h - a value and its bytes: what the merge types carry without
// looking inside.
//
//   STR TEXT PHONE EMAIL  str          INT CENTS   int
//   BOOL                  bool         TRI         0 no, 1 yes, 2 unknown
//   ENUM                  n            DATE        days since 1970-01-01
//   TIME  [milliseconds since 1970 UTC, offset in minutes]
//   GEO   [latitude, longitude] in 1e-5 degrees
//   REF                   bin 16       BLOB HASH   bin 32
//   cleared               nil
#ifndef TD_SCHEMA_VALUE_H
#define TD_SCHEMA_VALUE_H

#include "base/buf.h"
#include "tandem/schema.h"

#define TD_LAT_MAX 9000000 // 1e-5 degrees
#define TD_LON_MAX 18000000

// What kind of value a type takes; TANDEM_NONE: a type we do not know.
tandem_type td_value_wanted(tandem_field_type base);

// Append the value's canonical bytes. EVALUE with a sentence that names the
// field when the type, length, words, range or UTF-8 is not right; then
// nothing was appended. TANDEM_NONE is nil: the caller says where clearing
// is allowed.
TANDEM_CHECK tandem_err td_value_encode(const tandem_value_type *type,
    const tandem_value *v, struct td_buf *out, tandem_error *e);

// The value in `bytes` (one whole canonical value; checked here); strings
// borrow from it. EVALUE when the bytes do not fit the type. Limits and word
// lists do not count here: a newer version of the pack may have relaxed
// them, and what was written is shown.
TANDEM_CHECK tandem_err td_value_decode(
    const tandem_value_type *type, tandem_slice bytes, tandem_value *out);

#endif
