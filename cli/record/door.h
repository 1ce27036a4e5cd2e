// SPDX-License-Identifier: Apache-2.0
// door.h - the key of a door: tells the same door again, and not where it is.
#ifndef TANDEM_CLI_DOOR_H
#define TANDEM_CLI_DOOR_H

#include "record/one_per.h"

/** Gives an encounter the key of its dwelling's door, where what is typed (or
 *  `seen`, NULL: new) says the dwelling and no key yet, and the dwelling has an
 *  identifier of the Base Adresse Nationale. Other kinds are left alone. */
tandem_err door_fill(const struct value_place *p, const tandem_kind_info *k,
    one_per_text *text_of, void *ctx, const tandem_record *seen,
    tandem_edit *d);

#endif
