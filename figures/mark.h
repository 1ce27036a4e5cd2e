// SPDX-License-Identifier: Apache-2.0
// mark.h - a number in the place of a text, to tell the same text again.
#ifndef FIGURES_MARK_H
#define FIGURES_MARK_H

#include <stddef.h>
#include <stdint.h>

// `n` more bytes into a sum that began as 0 or as another text's.
uint64_t mark_add(uint64_t sum, const void *bytes, size_t n);
// Of a text, ASCII case and blanks around and repeated put aside; never 0, but
// 0 for an empty one.
uint64_t mark_of(const uint8_t *text, size_t n);
// Of what may point to a person (a phone, a name): 32 bits, which many others
// share. It can hint that two are the same, it cannot say who it is.
uint32_t hint_of(const uint8_t *text, size_t n);

#endif
