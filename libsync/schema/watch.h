// SPDX-License-Identifier: Apache-2.0
// watch.h - finding in a text what a pack does not want noted there.
#ifndef TD_SCHEMA_WATCH_H
#define TD_SCHEMA_WATCH_H

#include "tandem/schema.h"

// TANDEM_FIND_UNKNOWN: of a newer version.
tandem_sought td_find_of(const char *name);
// a-z, digits, space and ' only; may end in '*': any word that begins so.
bool td_watch_word_valid(const char *word);
bool td_watch_finds(const tandem_watch_info *w, tandem_slice text);
// The first of the field's watches that finds something, refusing or not
// as `refuse` says; NULL when none does.
const tandem_watch_info *td_watch_first(
    const tandem_field_info *f, bool refuse, tandem_slice text);

#endif
