// SPDX-License-Identifier: Apache-2.0
// plain.h - text for people, without control characters; rules: plain.c.
#ifndef TANDEM_CLI_PLAIN_H
#define TANDEM_CLI_PLAIN_H

#include <stddef.h>

/** The length of what stands at `s` if it must not be shown, else 0. `s` ends
 *  with a zero. */
size_t plain_unwanted(const unsigned char *s);

#endif
