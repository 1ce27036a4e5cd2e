// SPDX-License-Identifier: Apache-2.0
// plain.h - text for people, without control characters; rules: plain.c.
#ifndef TANDEM_CLI_PLAIN_H
#define TANDEM_CLI_PLAIN_H

#include <stdarg.h>
#include <stdio.h>

/** The length of what stands at `s` if it must not be shown, else 0. `s` ends
 *  with a zero. */
size_t plain_unwanted(const unsigned char *s);
/** Write `text`, unwanted characters replaced by U+FFFD. */
void plain_put(FILE *to, const char *text);
void plain_vprint(FILE *to, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));
/** To stdout: what a verb has to show to people. */
void cli_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
