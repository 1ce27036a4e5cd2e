// SPDX-License-Identifier: Apache-2.0
// language.h - English or French, by the environment.
#ifndef TANDEM_CLI_LANGUAGE_H
#define TANDEM_CLI_LANGUAGE_H

#include "tandem/base.h"

/** Choose the language and load its sentences; once, before anything. */
tandem_lang language_begin(void);

#endif
