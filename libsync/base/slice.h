// SPDX-License-Identifier: Apache-2.0
// slice.h - borrowed bytes: comparison, hex.
#ifndef TD_BASE_SLICE_H
#define TD_BASE_SLICE_H

#include "tandem/base.h"

// Compare as byte strings (shorter is smaller when one is a prefix).
int td_slice_cmp(tandem_slice a, tandem_slice b);
bool td_slice_eq(tandem_slice a, tandem_slice b);
tandem_slice td_slice_str(const char *text);
// 2 * in.len characters and a NUL into `out`.
void td_hex(tandem_slice in, char *out);
// Exactly `len` bytes from 2 * len hex digits and a NUL. false when malformed,
// and `out` is as it was.
bool td_unhex(const char *hex, uint8_t *out, size_t len);
// Strict UTF-8 (no surrogates, no overlong forms, <= U+10FFFF).
bool td_utf8_valid(tandem_slice s);
// Code points of valid UTF-8.
size_t td_utf8_count(tandem_slice s);
// Byte offset of code point `at` (<= count) of valid UTF-8.
size_t td_utf8_offset(tandem_slice s, size_t at);

#endif
