// SPDX-License-Identifier: Apache-2.0
// meaning.h - what the options and the words of a usage line mean.
#ifndef TANDEM_CLI_MEANING_H
#define TANDEM_CLI_MEANING_H

#include "words/verbs.h"

struct meaning {
    const char *verbs; // "set edit": with these; NULL: with all others
    const char *what;  // "--seen", "DURATION", "import_key"
    const char *does;  // (translated)
};

/** What an option does with this verb; NULL: nobody wrote it down, which a
 *  test forbids. */
const char *meaning_of_option(
    const struct verb *v, const struct args_known *option);
typedef void meaning_fn(const char *shown, const char *does);
/** The options of a verb with the names of their values ("--insert POS TEXT"),
 *  then the words to be explained with it: those of its usage line, and of what
 *  its files hold. `does` is translated; `fn` NULL: they are counted. @return
 *  how many. */
size_t meaning_each(const struct verb *v, meaning_fn *fn);

#endif
