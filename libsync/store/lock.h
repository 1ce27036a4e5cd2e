// SPDX-License-Identifier: Apache-2.0
// lock.h - one process and one handle per store folder.
#ifndef TD_STORE_LOCK_H
#define TD_STORE_LOCK_H

#include <sys/types.h>

#include "base/fail.h"

struct td_lock {
    int fd; // -1 when not held
    dev_t dev;
    ino_t ino;
    pid_t pid;
    struct td_lock *next;
};

// `dir` is the folder's descriptor. `lock` must not move while held.
// EBUSY held elsewhere or by another handle of this process.
tandem_err td_lock_take(struct td_lock *lock, int dir, int *sys);
void td_lock_release(struct td_lock *lock); // nothing when not held

#endif
