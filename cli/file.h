// SPDX-License-Identifier: Apache-2.0
// file.h - a file written whole or not at all.
#ifndef TANDEM_CLI_FILE_H
#define TANDEM_CLI_FILE_H

#include <sys/types.h>

#include "cli.h"

/** Written beside and renamed: what is interrupted leaves no half file. 0 or an
 *  exit code, the sentence said. */
int file_write(
    const struct cli *c, const char *path, tandem_slice bytes, mode_t mode);

#endif
