// SPDX-License-Identifier: Apache-2.0
// args.h - the words and options of one command line.
//
// Global options stand before or after the verb. `--name value` and
// `--name=value` are the same; `--` ends the options; `-` alone is a word.
#ifndef TANDEM_CLI_ARGS_H
#define TANDEM_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

struct args_option {
    const char *name;
    const char *value;  // NULL for a flag
    const char *second; // of an option with two values
};

struct args {
    const char *verb; // NULL when none was given
    const char **words;
    size_t word_count;
    struct args_option *options;
    size_t option_count;
};

enum args_fault {
    ARGS_FINE,
    ARGS_UNKNOWN_OPTION,
    ARGS_NO_VALUE, // the option needs one (or two)
    ARGS_NO_FLAG,  // the flag takes none
    ARGS_NO_MEMORY
};

/**
 * Read the command line.
 *
 * @param known  options of one verb, e.g. "seen= yes insert==": a flag, `=`
 *               for one value, `==` for two. NULL: only the global ones are
 *               known: others may not stand before the verb, and what follows
 *               it is not judged.
 * @param bad    receives the option at fault
 */
enum args_fault args_read(
    struct args *a, int argc, char **argv, const char *known, const char **bad);
void args_free(struct args *a);

/** An option as a list such as "seen= yes insert==" knows it. */
struct args_known {
    const char *name;
    size_t len;
    int values;
};

/** The list of the options that every verb takes. */
const char *args_globals(void);
/** The option at *list, which goes behind it; false at the end. */
bool args_next_known(const char **list, struct args_known *out);

/** The last value of an option, or NULL when absent (a flag gives ""). */
const char *args_option(const struct args *a, const char *name);
/** The i-th use of an option, or NULL. */
const struct args_option *args_option_at(
    const struct args *a, const char *name, size_t i);
bool args_has(const struct args *a, const char *name);

#endif
