// SPDX-License-Identifier: Apache-2.0
// meaning.h - what the options and the words of a usage line mean.
#ifndef TANDEM_CLI_MEANING_H
#define TANDEM_CLI_MEANING_H

#include "verbs.h"

struct meaning {
    const char *verbs; // "set edit": with these; NULL: with all others
    const char *what;  // "--seen", "DURATION", "import_key"
    const char *does;  // (translated)
};

/** What an option does with this verb; NULL: nobody wrote it down, which a
 *  test forbids. */
const char *meaning_of_option(
    const struct verb *v, const struct args_known *option);
/** The i-th word to be explained with this verb: one of its usage line, or of
 *  what its files hold; NULL past the last. */
const struct meaning *meaning_word_at(const struct verb *v, size_t i);
/** An option with the names of its values: "--insert POS TEXT". */
void meaning_shown(
    const struct verb *v, const struct args_known *option, char out[64]);

#endif
