// SPDX-License-Identifier: Apache-2.0
// utf8.h - characters out of bytes; the one place of the command that decodes.
#ifndef TANDEM_CLI_UTF8_H
#define TANDEM_CLI_UTF8_H

#include <stddef.h>
#include <stdint.h>

/** How many of the `n` bytes at `s` are its first character, which *code gets.
 *  0: none is. Strict: no overlong form, no surrogate, nothing beyond U+10FFFF,
 *  nothing cut off. */
size_t utf8_take(const void *s, size_t n, uint32_t *code);
/** The same of a text, which a zero ends; at its end there is none. */
size_t utf8_next(const char *s, uint32_t *code);
/** Of a text no more than so many bytes, and no character of it in part. */
void utf8_cut(char *s, size_t bytes_max);

#endif
