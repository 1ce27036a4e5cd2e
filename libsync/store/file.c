// SPDX-License-Identifier: Apache-2.0
// file.c - small files of a store's folder.
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

tandem_err
td_file_err(int sys)
{
    switch (sys) {
    case 0:
        return TANDEM_OK;
    case EACCES:
    case EPERM:
    case EROFS:
        return TANDEM_EREADONLY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return TANDEM_EFULL;
    case ENOENT:
    case ENOTDIR:
        return TANDEM_ENOTFOUND;
    case ENOMEM:
        return TANDEM_ENOMEM;
    case ELOOP:
        return TANDEM_EUNSUPPORTED;
    default:
        return TANDEM_EIO;
    }
}

bool
td_file_at(int fd, uint64_t at, void *p, size_t n, size_t *got)
{
    uint8_t *to = p;
    size_t have = 0;

    while (have < n) {
        ssize_t r = pread(fd, to + have, n - have, (off_t)(at + have));

        if (r < 0 && errno == EINTR) {
            continue;
        }
        if (r < 0) {
            return false;
        }
        if (r == 0) {
            break;
        }
        have += (size_t)r;
    }
    *got = have;
    return true;
}

tandem_err
td_file_read(
    int dir, const char *name, size_t max, struct td_buf *out, int *sys)
{
    tandem_err err = TANDEM_OK;
    struct stat st;
    uint8_t *room;
    size_t got = 0;
    int fd;

    td_buf_reset(out);
    fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        *sys = errno;
        err = td_file_err(*sys);
        goto close;
    }
    if (!S_ISREG(st.st_mode) || st.st_size < 0 || (uint64_t)st.st_size > max) {
        err = TANDEM_ECORRUPT;
        goto close;
    }
    room = td_buf_room(out, (size_t)st.st_size);
    if (room == NULL) {
        err = out->err;
        goto close;
    }
    if (!td_file_at(fd, 0, room, (size_t)st.st_size, &got)) {
        *sys = errno;
        err = td_file_err(*sys);
        goto close;
    }
    out->len = got; // shorter if somebody truncates it at this moment

close:
    if (fd >= 0) {
        (void)close(fd); // nothing was written
    }
    return err;
}

// Write all bytes and make them durable. 0 or errno.
static int
write_synced(int fd, tandem_slice bytes)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t w = write(fd, bytes.ptr + done, bytes.len - done);

        if (w < 0 && errno == EINTR) {
            continue;
        }
        if (w <= 0) {
            return w < 0 ? errno : EIO;
        }
        done += (size_t)w;
    }
    return fsync(fd) == 0 ? 0 : errno;
}

tandem_err
td_file_replace(
    int dir, const char *name, const char *temp, tandem_slice bytes, int *sys)
{
    int fd;
    int rc;

    fd = openat(
        dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        *sys = errno;
        return td_file_err(*sys);
    }
    rc = write_synced(fd, bytes);
    if (close(fd) != 0 && rc == 0) {
        rc = errno;
    }
    if (rc == 0 && renameat(dir, temp, dir, name) != 0) {
        rc = errno;
    }
    if (rc != 0) {
        (void)unlinkat(dir, temp, 0); // a leftover is removed at next open
        *sys = rc;
        return td_file_err(rc);
    }
    // The new content may be there after a power cut or not: both are whole.
    if (fsync(dir) != 0) {
        *sys = errno;
        return td_file_err(*sys);
    }
    return TANDEM_OK;
}
