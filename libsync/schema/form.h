// SPDX-License-Identifier: Apache-2.0
// form.h - the form a pack asks of a string ("checks"): a pattern, or a list
// of places.
//
// A pattern is alternatives between '|', each of signs one after another:
//   9 a digit   A a capital letter   a a small letter   X a letter or digit
//   w a letter, a digit, '-' or '_'  . anything but a space
//   \c the sign c itself; any other sign itself
// '+' after a sign: once or more; '?': once or not at all.
#ifndef TD_SCHEMA_FORM_H
#define TD_SCHEMA_FORM_H

#include "tandem/schema.h"

// Can the pattern be read: no alternative empty or of more than 63 signs?
bool td_form_valid(const char *match);
// Time grows with the product of both lengths, whatever they say.
bool td_form_fits(const tandem_check_info *form, tandem_slice s);

#endif
