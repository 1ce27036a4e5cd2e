// SPDX-License-Identifier: Apache-2.0
// lookup.h - which record a person means by a reference.
#ifndef TANDEM_CLI_LOOKUP_H
#define TANDEM_CLI_LOOKUP_H

#include "record/value.h"

/** See value_read(). ENOTFOUND or ECONFLICT with a sentence. */
tandem_err lookup_ref(const struct value_place *p,
    const tandem_value_type *type, const char *text, tandem_value *out,
    tandem_error *e);

/** Is there a record of this id here? */
bool lookup_exists(const struct cli *c, tandem_id id);

/** "pack/kind", which no second pack can make ambiguous. */
void lookup_kind_name(const tandem_kind_info *k, char out[192]);

#endif
