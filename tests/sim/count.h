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
    X(VERIFIED, 0, "stores verified at rest: rows, indexes, counts")           \
    X(KEYS, 0, "keys of epochs asked of a peer that had them, and got")        \
    X(MISSING, 0, "payloads spoilt, asked of a peer that had them, and got")   \
    X(REBUILT, 1, "records compared with a rebuild")                           \
    X(SAME_SET, 1, "sectors of one set compared across two devices")           \
    X(FIN_EQUAL, 2, "equal roots at FIN compared with the full sets")          \
    X(NOTHING_NEW, 3, "sessions of equal stores")                              \
    X(CURSOR_BYTES, 4, "sessions on the cursor path weighed")                  \
    X(TOLD, 4, "... where a head that had not changed stayed untold")          \
    X(CHAIN, 5, "logs walked from genesis to a verified signature")            \
    X(DURABLE, 6, "crashes behind a message that names own entries")           \
    X(KILLED, 6, "devices killed at a system call, amid a session")            \
    X(INCARNATION, 7, "commits of devices put back or copied")                 \
    X(BRANCHES, 8,                                                             \
        "entries of logs written twice, each with a name of its own")          \
    X(TWICE, 8, "values typed on branches, each found where it belongs")       \
    X(HONEST, 9, "logs of honest devices, none said to be written twice")      \
    X(RESUMED, 10, "sessions cut at some byte, then resumed to the end")       \
    X(AGAIN, 10, "... in a segment, of which nothing came a second time")      \
    X(MEMORY, 11, "sessions whose memory was looked at")                       \
    X(STALLED, 11, "sessions beside a stalled one")                            \
    X(CREDIT, 12, "frames held back by the credit")                            \
    X(STALE, 12, "FINs of another session, without effect")                    \
    X(PEERS, 13, "sessions after what was known of the peer was lost")         \
    X(FLIPPED, 14, "messages with bits flipped")                               \
    X(TRUNCATED, 14, "messages cut short")                                     \
    X(REPLAYED, 14, "messages told twice, or of another session")              \
    X(REORDERED, 14, "messages out of order")                                  \
    X(DROPPED, 14, "messages lost, the rest arriving")                         \
    X(LOSSY, 14, "... and the next session of the two ended well")             \
    X(GAP, 14, "DATA that does not go on where it ended, refused")             \
    X(CLOCK_BLIND, 19, "sessions lived again under other clocks")              \
    X(CLOCK_BOUND, 20, "batches heard from clocks far ahead")                  \
    X(TRIE, 23, "roots said after a crash, against roots built anew")          \
    X(TRIE_BUILT, 23, "tries after a crash, against tries built from scratch") \
    X(PASSES, 24, "sessions whose passes were counted")                        \
    X(LIAR, 24, "sessions with a liar, over in time")                          \
    X(LAST_PASS, 24, "... in which it was given every pass there is")

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
