// SPDX-License-Identifier: Apache-2.0
// folder.h - a new folder of a driver's own, in $TMPDIR: where that is in
// memory, a driver that syncs runs five times as often.
#ifndef FUZZ_FOLDER_H
#define FUZZ_FOLDER_H

#include <stdio.h>
#include <stdlib.h>

enum { FOLDER_ROOM = 128 };

static inline void
folder_new(char out[FOLDER_ROOM])
{
    const char *in = getenv("TMPDIR");
    int n = snprintf(out, FOLDER_ROOM, "%s/tandem-fuzz-XXXXXX",
        in != NULL && in[0] == '/' ? in : "/tmp");

    if (n < 0 || n >= FOLDER_ROOM || mkdtemp(out) == NULL) {
        abort();
    }
}

#endif
