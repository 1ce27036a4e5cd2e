// SPDX-License-Identifier: Apache-2.0
// reason.h - why something held here has no effect, for people and programs.
#ifndef TANDEM_CLI_REASON_H
#define TANDEM_CLI_REASON_H

#include "core/cli.h"

struct reason {
    tandem_wait_reason reason;
    const char *id;
    const char *sentence; // to be translated
};

const struct reason *reason_of(tandem_wait_reason r);

#endif
