// SPDX-License-Identifier: Apache-2.0
// file.c - a file written whole or not at all.
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

// Why it could not be written, and what to do.
static const char *
reason_of_writing(int sys)
{
    switch (sys) {
    case ENOENT:
    case ENOTDIR:
        return _("there is no such folder; make it first");
    case EACCES:
    case EPERM:
        return _("you may not write there; choose another folder");
    case EROFS:
        return _("there one can only read; choose another folder");
    case EISDIR:
        return _("it is a folder; give the name of a file");
    case ENOSPC:
    case EDQUOT:
        return _("there is no room left; free some, or choose another disk");
    default:
        return strerror(sys);
    }
}

int
file_unwritable(const struct cli *c, const char *path, int sys)
{
    return cli_fail_with(c,
        sys == ENOSPC || sys == EDQUOT ? TANDEM_EFULL : TANDEM_EIO,
        _("%s cannot be written: %s"), path, reason_of_writing(sys));
}

bool
file_is_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
}

int
file_replaceable(const struct cli *c, const char *path)
{
    struct stat s;

    // A folder is refused where it is renamed over, with its own sentence.
    return stat(path, &s) != 0 || S_ISREG(s.st_mode) || S_ISDIR(s.st_mode)
               ? CLI_DONE
               : cli_bad_use(
                     c, _("%s is no file; - is the standard output"), path);
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
    int fd, sys = 0;

    if (file_is_stdout(path)) {
        return write_stdout(bytes);
    }
    if (file_replaceable(c, path) != CLI_DONE) {
        return CLI_BAD_USE;
    }
    if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part)) {
        return cli_bad_use(c, _("that file name is too long"));
    }
    // A part that was left behind may be readable by others, or a link.
    (void)unlink(part);
    fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 || !write_all(fd, bytes)) {
        sys = errno;
    }
    if (fd >= 0 && close(fd) != 0 && sys == 0) {
        sys = errno;
    }
    if (sys == 0 && rename(part, path) != 0) {
        sys = errno;
    }
    if (sys != 0 && fd >= 0) {
        (void)unlink(part);
    }
    return sys == 0 ? CLI_DONE : file_unwritable(c, path, sys);
}
