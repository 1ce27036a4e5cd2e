// SPDX-License-Identifier: Apache-2.0
// usage.h - what the usage line of a verb says to a program: the alternatives
// stand between " | ", choices of one value are joined by "|".
#ifndef TANDEM_CLI_USAGE_H
#define TANDEM_CLI_USAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/args.h"
#include "tandem/base.h"

/** Words that may stand first: "add" and "list" of "add NAME | list". Begin
 *  with *at the usage line; false when there is no more. */
bool usage_next_first(const char **at, tandem_slice *out);

/** What stands after the option: "FILE", "reader|agent"; the same walk. */
bool usage_next_value(
    const char **at, const char *option, size_t len, tandem_slice *out);

/** What the option's values are called where it first stands: "POS TEXT". */
bool usage_values(
    const char *usage, const struct args_known *option, tandem_slice *out);
/** Does the line hold this word, between blanks, brackets or bars? */
bool usage_has_word(const char *usage, const char *word);

/** Does the first word name a kind? */
bool usage_begins_with_kind(const char *usage);
/** Is one of the words a file? */
bool usage_has_file(const char *usage);
/** Is this value of an option a file? */
bool usage_is_file(tandem_slice value);

#endif
