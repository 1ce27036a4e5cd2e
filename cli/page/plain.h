// SPDX-License-Identifier: Apache-2.0
// plain.h - text for people, without control characters; rules: plain.c.
#ifndef TANDEM_CLI_PLAIN_H
#define TANDEM_CLI_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

/** Must the character not be shown? */
bool plain_unwanted(uint32_t code);

#endif
