// SPDX-License-Identifier: Apache-2.0
// derived.h - fields that are computed when they are read, never stored and
// never sent.
#ifndef FIGURES_DERIVED_H
#define FIGURES_DERIVED_H

#include "charter.h"
#include "way.h"

#define DERIVED_DEGREE_MOST 3 // "3 or more"

// How long the chain of who brought whom is; a loop is as long as any.
size_t derived_degree(const struct view *v, uint32_t sheet);

// The field of a record: `degree`, `contact_cap` and `situation` of a sheet,
// `charter_check` of a follow-up, `score` of an idea. False: it has no such
// field, or memory is short.
//
// situation: yes when the last intervention moved it or anything was done for
// that person since, unknown without an intervention.
bool derived_get(const struct view *v, const struct ways *w,
    const struct charter *c, uint32_t record, const char *field,
    tandem_value *out);

#endif
