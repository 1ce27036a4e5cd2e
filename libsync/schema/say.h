// SPDX-License-Identifier: Apache-2.0
// say.h - refusing a value, in the words of its field.
#ifndef TD_SCHEMA_SAY_H
#define TD_SCHEMA_SAY_H

#include "tandem/schema.h"

// EVALUE, "Phones: en" or "Téléphones : fr".
tandem_err td_value_refuse(const tandem_value_type *type, tandem_error *e,
    const char *en, const char *fr);
// EUNSUPPORTED: the type is of a newer version.
tandem_err td_value_newer(const tandem_value_type *type, tandem_error *e);

#endif
