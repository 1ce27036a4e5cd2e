// SPDX-License-Identifier: Apache-2.0
// columns.h - how much room a text takes on a page.
#ifndef TANDEM_CLI_COLUMNS_H
#define TANDEM_CLI_COLUMNS_H

#include <stddef.h>

/** Columns a text takes, by no means fewer than a terminal gives it. */
size_t columns_of(const char *text);
/** The bytes of the character at `s`, and its columns; what is no UTF-8 is a
 *  byte of one column. */
size_t columns_take(const char *s, size_t *columns);
/** How many bytes of `text` fit in `width` columns; their columns in *took. */
size_t columns_fit(const char *text, size_t width, size_t *took);

#endif
