// SPDX-License-Identifier: Apache-2.0
// file.c - a file written whole or not at all.
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
write_all(int fd, tandem_slice bytes)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t n = write(fd, bytes.ptr + done, bytes.len - done);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        done += (size_t)n;
    }
    return fsync(fd) == 0;
}

const char *
file_reason(int sys)
{
    switch (sys) {
    case ENOENT:
        return _("there is no such file");
    case EACCES:
        return _("you may not read it");
    case EISDIR:
        return _("it is a folder");
    default:
        return strerror(sys);
    }
}

bool
file_is_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
}

// Whether it arrives is seen at the end, as of all that is printed.
static int
write_stdout(tandem_slice bytes)
{
    page_end();
    (void)fwrite(bytes.ptr, 1, bytes.len, stdout);
    return CLI_DONE;
}

int
file_write_own(const struct cli *c, const char *path, tandem_slice bytes)
{
    const int rc = file_write(c, path, bytes, 0600);

    if (rc == CLI_DONE && !c->json && !file_is_stdout(path)) {
        cli_say(_("%s is written."), path);
    }
    return rc;
}

int
file_write(
    const struct cli *c, const char *path, tandem_slice bytes, mode_t mode)
{
    char part[4096];
    bool good, full;
    int fd;

    if (file_is_stdout(path)) {
        return write_stdout(bytes);
    }
    if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part)) {
        return cli_bad_use(c, _("that file name is too long"));
    }
    // A part that was left behind may be readable by others, or a link.
    (void)unlink(part);
    fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    good = fd >= 0 && write_all(fd, bytes);
    full = !good && errno == ENOSPC;
    if (fd >= 0) {
        good = close(fd) == 0 && good;
    }
    if (good && rename(part, path) == 0) {
        return CLI_DONE;
    }
    if (fd >= 0) {
        (void)unlink(part);
    }
    return cli_fail_with(
        c, full ? TANDEM_EFULL : TANDEM_EIO, _("%s cannot be written"), path);
}
