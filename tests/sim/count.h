// SPDX-License-Identifier: Apache-2.0
// count.h - what the worlds hold the library to, by name, and how often each
// was really put to the test: its precondition was met and it was looked at.
#ifndef TD_TESTS_SIM_COUNT_H
#define TD_TESTS_SIM_COUNT_H

#include <stdint.h>

// name, number in the list of invariants (0: of the world itself), words
#define COUNT_MAP(X)                                                           \
    X(REST, 0, "sectors equal at rest")                                        \
    X(TYPED, 0, "values typed, each found where it belongs")                   \
    X(REBUILT, 1, "records compared with a rebuild")                           \
    X(SAME_SET, 1, "sectors of one set compared across two devices")           \
    X(FIN_EQUAL, 2, "equal roots at FIN compared with the full sets")          \
    X(NOTHING_NEW, 3, "sessions of equal stores")                              \
    X(CHAIN, 5, "logs walked from genesis to a verified signature")

enum count {
#define COUNT_ENUM(name, number, words) COUNT_##name,
    COUNT_MAP(COUNT_ENUM)
#undef COUNT_ENUM
        COUNTS
};

struct counts {
    uint64_t of[COUNTS];
};

const char *count_words(enum count c);
unsigned count_number(enum count c);
void counts_add(struct counts *to, const struct counts *from);
// Prints all; @return how many are zero, each named.
unsigned counts_print(const struct counts *c);

#endif
