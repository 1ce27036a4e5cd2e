// SPDX-License-Identifier: Apache-2.0
// wake.c - a pipe to oneself.
#include "node/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool
td_wake_open(struct td_wake *w)
{
    if (pipe(w->fd) != 0) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        if (fcntl(w->fd[i], F_SETFL, O_NONBLOCK) != 0 ||
            fcntl(w->fd[i], F_SETFD, FD_CLOEXEC) != 0) {
            int code = errno;

            td_wake_close(w);
            errno = code;
            return false;
        }
    }
    return true;
}

void
td_wake_close(struct td_wake *w)
{
    (void)close(w->fd[0]);
    (void)close(w->fd[1]);
}

void
td_wake(const struct td_wake *w)
{
    int before = errno; // a signal handler leaves it as it was
    ssize_t n = write(w->fd[1], "w", 1);

    (void)n; // a full pipe wakes as well
    errno = before;
}

bool
td_wake_take(struct td_wake *w)
{
    bool woken = false;
    char drain[64];

    while (read(w->fd[0], drain, sizeof(drain)) > 0) {
        woken = true;
    }
    return woken;
}
