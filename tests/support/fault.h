// SPDX-License-Identifier: Apache-2.0
// fault.h - makes the nth write or sync of this process fail, LMDB's too.
//
// The program's own definitions come before the C library's, also for the
// shared libraries it uses. Include in exactly one file of a program.
#ifndef TD_TESTS_FAULT_H
#define TD_TESTS_FAULT_H

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum fault_kind {
    FAULT_WRITE = 1, // write, writev, pwrite
    FAULT_SYNC = 2,  // fsync, fdatasync
    FAULT_SIZE = 4,  // ftruncate
    FAULT_RENAME = 8
};

static struct {
    unsigned kinds;  // which may fail; 0 none
    int left;        // calls until the one that fails
    int code;        // errno
    bool torn;       // a failing write puts half of its bytes first
    bool kill;       // the process dies there instead
    unsigned failed; // how many did
} fault;

static inline void
fault_arm(unsigned kinds, int nth, int code)
{
    fault.failed = 0;
    fault.left = nth;
    fault.code = code;
    fault.kinds = kinds;
}

// @return how many calls failed since it was armed.
static inline unsigned
fault_disarm(void)
{
    fault.kinds = 0;
    return fault.failed;
}

static inline bool
fault_now(unsigned kind)
{
    if ((fault.kinds & kind) == 0 || --fault.left != 0) {
        return false;
    }
    fault.failed++;
    errno = fault.code;
    return true;
}

// What a failed call returns, where the process lives on.
static inline int
fault_end(void)
{
    if (fault.kill) {
        (void)kill(getpid(), SIGKILL);
    }
    return -1;
}

ssize_t
write(int fd, const void *p, size_t n)
{
    return fault_now(FAULT_WRITE) ? fault_end() : syscall(SYS_write, fd, p, n);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
    return fault_now(FAULT_WRITE) ? fault_end() : syscall(SYS_writev, fd, v, n);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
    if (fault_now(FAULT_WRITE)) {
        if (fault.torn) {
            (void)syscall(SYS_pwrite64, fd, p, n / 2, at);
            errno = fault.code;
        }
        return fault_end();
    }
    return syscall(SYS_pwrite64, fd, p, n, at);
}

int
fsync(int fd)
{
    return fault_now(FAULT_SYNC) ? fault_end() : (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
    return fault_now(FAULT_SYNC) ? fault_end()
                                 : (int)syscall(SYS_fdatasync, fd);
}

int
ftruncate(int fd, off_t n)
{
    return fault_now(FAULT_SIZE) ? fault_end()
                                 : (int)syscall(SYS_ftruncate, fd, n);
}

int
renameat(int from, const char *a, int to, const char *b)
{
    return fault_now(FAULT_RENAME)
               ? fault_end()
               : (int)syscall(SYS_renameat2, from, a, to, b, 0);
}

#endif
