// SPDX-License-Identifier: Apache-2.0
// typed.h - what a person typed, eaten piece by piece.
#ifndef TD_SCHEMA_TYPED_H
#define TD_SCHEMA_TYPED_H

#include "tandem/schema.h"

struct td_typed {
    const char *at;
    size_t left;
};

struct td_typed td_typed_trim(const char *s); // without spaces around
bool td_typed_eat(struct td_typed *t, char c);
bool td_typed_digit(const struct td_typed *t); // is a digit next?
// `least` to `most` digits.
bool td_typed_digits(struct td_typed *t, int least, int most, int32_t *out);
// A signed decimal with at most `places` digits after '.' or ',', as an
// integer of that many places. Also takes U+2212 for the minus.
bool td_typed_decimal(struct td_typed *t, int places, int64_t *out);
// All of it is this word, in any ASCII case; one of these, ended by NULL.
bool td_typed_same(struct td_typed t, const char *word);
bool td_typed_one_of(struct td_typed t, const char *const *words);

// A date; a date and time, where `offset` is in minutes or TANDEM_NO_OFFSET.
tandem_err td_typed_date(const tandem_value_type *type, struct td_typed t,
    tandem_value *out, tandem_error *e);
tandem_err td_typed_time(const tandem_value_type *type, struct td_typed t,
    int32_t offset, tandem_value *out, tandem_error *e);

#endif
