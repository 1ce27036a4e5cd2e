// SPDX-License-Identifier: Apache-2.0
// wake.c - a pipe to oneself.
#include "node/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
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

static void
put(const struct td_wake *w, const char *byte)
{
    int before = errno; // a signal handler leaves it as it was
    ssize_t n = write(w->fd[1], byte, 1);

    (void)n; // a full pipe ends a wait as well
    errno = before;
}

void
td_wake(const struct td_wake *w)
{
    put(w, "w");
}

void
td_wake_nudge(const struct td_wake *w)
{
    put(w, "n");
}

bool
td_wake_take(struct td_wake *w)
{
    bool woken = false;
    char drain[64];
    ssize_t n;

    while ((n = read(w->fd[0], drain, sizeof(drain))) > 0) {
        woken = woken || memchr(drain, 'w', (size_t)n) != NULL;
    }
    return woken;
}
