// SPDX-License-Identifier: Apache-2.0
// verify.h - what the files of verify share. Private to replica/.
#ifndef TD_REPLICA_VERIFY_H
#define TD_REPLICA_VERIFY_H

#include "replica/face.h"
#include "replica/work.h"

// Sentences kept until the snapshot has ended: no transaction crosses the
// callback. Beyond it problems are counted, not told.
#define TD_VERIFY_TEXT_MAX ((size_t)1 << 20)

struct td_verify {
    struct td_work *w;
    tandem_error say; // language in, sentence out
    tandem_verify_report report;
    struct td_buf text; // sentences, each ended by NUL
    struct td_arena arena;
    struct td_commits commits;
    uint64_t index_rows; // expected
    uint64_t conflict_rows;
    struct td_counts counts; // as the rows say
};

// The sentence stands in v->say (td_fail): one problem more.
void td_verify_problem(struct td_verify *v);
// Records, indexes, conflicts, waiting, counts.
tandem_err td_verify_records(struct td_verify *v);

#endif
