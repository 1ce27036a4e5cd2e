// SPDX-License-Identifier: Apache-2.0
// print_record.h - records and their fields in a page.
#ifndef TANDEM_CLI_PRINT_RECORD_H
#define TANDEM_CLI_PRINT_RECORD_H

#include "core/cli.h"
#include "page/html.h"

/** A field's value; several are parted by line breaks; a reference is the
 *  title of what it leads to. Nothing for a field without one. */
void print_value(const struct cli *c, struct html *h, const tandem_record *r,
    const char *field);
/** Does it say anything? */
bool print_has(const tandem_record *r, const tandem_field_info *f);
/** Every field that says something, one a row. */
void print_fields(const struct cli *c, struct html *h, const tandem_record *r);
/** What whoever holds the paper has to know of it. */
void print_warning(struct html *h);

#endif
