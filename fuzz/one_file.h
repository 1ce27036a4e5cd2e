// SPDX-License-Identifier: Apache-2.0
// one_file.h - a folder for drivers whose decoder reads a file.
#ifndef FUZZ_ONE_FILE_H
#define FUZZ_ONE_FILE_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "folder.h"

static struct {
    char dir[FOLDER_ROOM];
    char path[FOLDER_ROOM + 64];
} one;

static inline void
must(bool x)
{
    if (!x) {
        abort();
    }
}

static inline void
one_gone(void)
{
    (void)unlink(one.path);
    (void)rmdir(one.dir);
}

// The input as the file `name` of the folder, for its owner alone.
static inline void
one_put(const char *name, const uint8_t *data, size_t size)
{
    int fd;

    if (one.dir[0] == '\0') {
        folder_new(one.dir);
        (void)snprintf(one.path, sizeof(one.path), "%s/%s", one.dir, name);
        must(atexit(one_gone) == 0);
    }
    fd = open(one.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0);
    must(size == 0 || write(fd, data, size) == (ssize_t)size);
    must(close(fd) == 0);
}

#endif
