// SPDX-License-Identifier: Apache-2.0
// file.h - small files of a store's folder, named relative to the folder's
// descriptor: read whole with a bound, replaced whole or not at all.
#ifndef TD_STORE_FILE_H
#define TD_STORE_FILE_H

#include "base/buf.h"
#include "base/fail.h"

// errno of a file call to a code: EACCES, EROFS, EPERM EREADONLY; ENOSPC,
// EDQUOT, EFBIG EFULL; ENOENT ENOTFOUND; ENOMEM; ELOOP (a symbolic link where
// a file must be) EUNSUPPORTED; EIO for all else.
tandem_err td_file_err(int sys);
// Reads all of `name` into `out` (reset first). ENOTFOUND; ECORRUPT when
// longer than `max` or not a plain file.
tandem_err td_file_read(
    int dir, const char *name, size_t max, struct td_buf *out, int *sys);
// Writes `temp`, syncs it, renames it to `name`, syncs the folder. On failure
// `name` is as it was.
tandem_err td_file_replace(
    int dir, const char *name, const char *temp, tandem_slice bytes, int *sys);
// pread until `n` bytes or the end of the file. false on a read error.
bool td_file_at(int fd, uint64_t at, void *p, size_t n, size_t *got);

#endif
