// SPDX-License-Identifier: Apache-2.0
// lock.c - the exclusive lock of a store folder.
//
// Against other processes: flock(2) on the file `lock`. Against a second
// handle of this process: a registry of the folders that are open here, by
// device and inode of the folder, so that a symbolic link or another spelling
// of the path finds the same entry. LMDB allows a second open in one process,
// and closing it drops the first one's fcntl locks without a word; where
// flock itself is made of fcntl locks the same would happen to ours. So the
// registry is asked before any file of the folder is opened.
//
// The registry is the one mutable static of this library: the fact it guards
// belongs to the process, not to a handle, and two handles that know nothing
// of each other must meet somewhere. `registry_mutex` guards it.
//
// A forked child inherits the registry; entries of another process do not
// count, the file lock does: the child finds the store busy as anyone would.
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/file.h"

static pthread_mutex_t registry_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct td_lock *registry;

static bool
open_here(const struct stat *st, pid_t pid)
{
    for (const struct td_lock *l = registry; l != NULL; l = l->next) {
        if (l->dev == st->st_dev && l->ino == st->st_ino && l->pid == pid) {
            return true;
        }
    }
    return false;
}

static tandem_err
lock_file(struct td_lock *lock, int dir, int *sys)
{
    int fd =
        openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int rc;

    if (fd < 0) {
        *sys = errno;
        return td_file_err(*sys);
    }
    do {
        rc = flock(fd, LOCK_EX | LOCK_NB);
    } while (rc != 0 && errno == EINTR);
    if (rc != 0) {
        *sys = errno;
        (void)close(fd); // not ours: nothing is dropped by closing it
        return *sys == EWOULDBLOCK ? TANDEM_EBUSY : td_file_err(*sys);
    }
    lock->fd = fd;
    return TANDEM_OK;
}

tandem_err
td_lock_take(struct td_lock *lock, int dir, int *sys)
{
    tandem_err err = TANDEM_EBUSY;
    struct stat st;
    pid_t pid = getpid();

    lock->fd = -1;
    if (fstat(dir, &st) != 0) {
        *sys = errno;
        return td_file_err(*sys);
    }
    (void)pthread_mutex_lock(&registry_mutex);
    if (!open_here(&st, pid)) {
        err = lock_file(lock, dir, sys);
    }
    if (err == TANDEM_OK) {
        lock->dev = st.st_dev;
        lock->ino = st.st_ino;
        lock->pid = pid;
        lock->next = registry;
        registry = lock;
    }
    (void)pthread_mutex_unlock(&registry_mutex);
    return err;
}

void
td_lock_release(struct td_lock *lock)
{
    if (lock->fd < 0) {
        return;
    }
    (void)pthread_mutex_lock(&registry_mutex);
    for (struct td_lock **p = &registry; *p != NULL; p = &(*p)->next) {
        if (*p == lock) {
            *p = lock->next;
            break;
        }
    }
    // Closing, not LOCK_UN: in a forked child the latter would unlock the
    // parent's lock, for both share one open file.
    (void)close(lock->fd);
    lock->fd = -1;
    (void)pthread_mutex_unlock(&registry_mutex);
}
