// SPDX-License-Identifier: Apache-2.0
// file.h - a file written whole or not at all.
#ifndef TANDEM_CLI_FILE_H
#define TANDEM_CLI_FILE_H

#include <sys/types.h>

#include "core/cli.h"

/** Is it `-`, standard output? */
bool file_is_stdout(const char *path);
/** Why it could not be opened or read, in the person's language. */
const char *file_reason(int sys);
/** Says why `path` could not be written, `sys` of errno; the exit code. */
int file_unwritable(const struct cli *c, const char *path, int sys);
/** May a file be renamed over what is there? Not over a pipe or a device, which
 *  would be a file from then on: CLI_BAD_USE, said. */
int file_replaceable(const struct cli *c, const char *path);
/** Written beside and renamed: what is interrupted leaves no half file. `-`: to
 *  standard output. 0 or an exit code, the sentence said. */
int file_write(
    const struct cli *c, const char *path, tandem_slice bytes, mode_t mode);
/** The same for what only its owner may read, and say that it is there. */
int file_write_own(const struct cli *c, const char *path, tandem_slice bytes);

#endif
