// SPDX-License-Identifier: Apache-2.0
// fill.h - what is filled in of a record to be, where nothing is typed.
#ifndef TANDEM_CLI_FILL_H
#define TANDEM_CLI_FILL_H

#include "record/one_per.h"

/** What is typed of a record to be. */
struct fill {
    const struct value_place *place;
    const tandem_kind_info *kind;
    one_per_text *text_of;
    void *ctx;
};

/** Gives an encounter the key of its dwelling's door, where what is typed says
 *  the dwelling and no key, and that has an identifier of the Base Adresse
 *  Nationale and a door. A key that was made so of the dwelling of `seen`
 * (NULL: new) goes with it; one that was typed stays. */
tandem_err fill_door(
    const struct fill *x, const tandem_record *seen, tandem_edit *d);
/** Gives a call-back after an intervention its day, three weeks later. */
tandem_err fill_call_back(const struct fill *x, tandem_edit *d);

#endif
