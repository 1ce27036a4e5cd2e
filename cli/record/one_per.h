// SPDX-License-Identifier: Apache-2.0
// one_per.h - the key of a record of which there is one for each set of
// references (`one_per` of its kind): two devices that each make it make one.
#ifndef TANDEM_CLI_ONE_PER_H
#define TANDEM_CLI_ONE_PER_H

#include "record/value.h"

struct one_per {
    uint8_t bytes[16 * TANDEM_ONE_PER_MAX];
    size_t len; // 0: the kind's records are not such ones
};

/** What is typed into a field of the record to be; NULL or blank: nothing. */
typedef const char *one_per_text(void *ctx, const tandem_field_info *f);

/** EVALUE when one of them is missing; else what value_read() answers. */
tandem_err one_per_read(const struct value_place *p, const tandem_kind_info *k,
    one_per_text *text_of, void *ctx, struct one_per *out, tandem_error *e);

/** A field that has to be there and is not: its sentence. EVALUE. */
tandem_err one_per_required(
    const struct cli *c, const tandem_field_info *f, tandem_error *e);

#endif
