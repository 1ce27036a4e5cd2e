// SPDX-License-Identifier: Apache-2.0
// pages.h - looks at a data file before LMDB maps it: LMDB has no checksums
// and trusts every page, and a file that ends early kills the process with
// SIGBUS.
//
// Only for a data file that no environment of this process has open: closing
// the descriptor would drop LMDB's fcntl locks.
#ifndef TD_STORE_PAGES_H
#define TD_STORE_PAGES_H

#include "base/fail.h"
#include "base/sys.h"

struct td_pages {
    bool present;        // there is a data file with something in it
    uint32_t page_bytes; // of its pages
    uint64_t need_bytes; // up to and with the last page in use
    uint64_t have_bytes;
};

// Both meta pages, and the file's length. A file that is too short only by
// pages that nothing reaches (a transaction may allocate and drop its last
// pages without writing them) is lengthened; else ECORRUPT.
tandem_err td_pages_look(
    int dir, const tandem_sys *sys, struct td_pages *out, int *raw);
// Every page that can be reached: numbers in range, none reached twice, kinds
// and sizes that fit. Time and I/O grow with the file. ECORRUPT.
tandem_err td_pages_walk(int dir, const tandem_sys *sys, int *raw);

#endif
