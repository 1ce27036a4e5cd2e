// SPDX-License-Identifier: Apache-2.0
// help.h - what the command says of itself, for people at a terminal.
#ifndef TANDEM_CLI_HELP_H
#define TANDEM_CLI_HELP_H

#include "words/verbs.h"

struct help_global {
    const char *shown; // "--store DIR" (translated)
    const char *does;  // (translated)
};

/** The i-th of the options that every verb takes, NULL past the last. */
const struct help_global *help_global_at(size_t i);
/** What the exit codes mean, in two lines (translated). */
const char *help_exit_codes(size_t line);
/** Where an example of `len` bytes is broken to be no wider than `width`: at a
 *  blank between words as a shell sees them; `len`: it is not. */
size_t help_break(const char *text, size_t len, size_t width);
/** All verbs (NULL), or one, with examples first. To stdout. */
void help_print(const struct verb *v);

#endif
