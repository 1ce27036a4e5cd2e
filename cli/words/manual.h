// SPDX-License-Identifier: Apache-2.0
// manual.h - what the table of verbs becomes for man and for shells.
#ifndef TANDEM_CLI_MANUAL_H
#define TANDEM_CLI_MANUAL_H

#include "tandem/base.h"

/** tandem(1), in the person's language, as roff. To stdout. */
void manual_page(void);

enum completion_shell { COMPLETION_BASH, COMPLETION_ZSH, COMPLETION_FISH };

/** The script that completes a line of `tandem`. To stdout. */
tandem_err completion_script(enum completion_shell shell, tandem_error *e);

#endif
