// SPDX-License-Identifier: Apache-2.0
// export.h - records written for other programs, and what was left out.
//
// One rule for every format: a field of class P2 (who and where) or P3 (what a
// home or person is like, free text) is written only where it was asked for
// with a reason, which the store keeps. Whatever is not written is told.
#ifndef TANDEM_CLI_EXPORT_H
#define TANDEM_CLI_EXPORT_H

#include <stdio.h>

#include "record/record.h"

enum export_reason {
    LEFT_IDENTITY, // class P2, not asked for
    LEFT_NOTES,    // class P3, not asked for
    LEFT_WHY,      // reasons given for a change: free text, not asked for
    LEFT_BIN,      // deleted
    LEFT_CLEARED,  // somebody's words, not made anonymous yet
    LEFT_BESIDE,   // several values side by side: nobody has chosen
    LEFT_KIND,     // no pack here describes it
    LEFT_PLACE,    // without a position
    LEFT_TIME,     // without a day or hour
    LEFT_LONG,     // more than the format holds
    LEFT_FORMAT,   // the format has no place for it
    LEFT_REASONS_  // how many
};

struct export_left {
    enum export_reason reason;
    const tandem_kind_info *kind;   // or NULL
    const tandem_field_info *field; // or NULL
    tandem_id record;               // none: counted together
    uint64_t count;
};

struct export
{
    struct cli *c;
    const tandem_kind_info *kind; // --kind, or NULL
    bool has_sector;
    tandem_id sector;
    bool identity, notes;
    bool mark;  // CSV: the UTF-8 mark first
    bool older; // vCard 3.0
    FILE *out;
    uint64_t records; // written
    struct export_left *left;
    size_t left_count, left_room;
    bool no_memory;
};

/** What each format does with one record. 0 or an exit code. */
typedef int (*export_fn)(struct export *x, const tandem_record *r, void *ctx);

/** Every record of a kind that is not in the bin, by creation. */
int export_each(
    struct export *x, const tandem_kind_info *k, export_fn fn, void *ctx);
/** May this field be written at all? */
bool export_allows(const struct export *x, const tandem_field_info *f);
/** Does the record hold anything there? */
bool export_holds(const tandem_record *r, const tandem_field_info *f);
/** Is there something to write? What is withheld is noted. */
bool export_may(
    struct export *x, const tandem_record *r, const tandem_field_info *f);
/** The one value of a field that may be written, by its id. NONE when it is
 *  empty, withheld, or (noted) several stand side by side. */
tandem_value export_value(struct export *x, const tandem_record *r,
    const char *field, const tandem_field_info **f);
/** The same as text: words in the person's language, the rest as the format of
 *  programs; freed by the caller; NULL when there is none. */
char *export_text(struct export *x, const tandem_record *r, const char *field);
/** The dwelling a record says, where it may be told and is not in the bin;
 *  freed by the caller, NULL when there is none. */
tandem_record *export_home(struct export *x, const tandem_record *r);
/** Notes each field the record holds that is none of `written` (ends with
 *  NULL): the format has no place for it. */
void export_leave_rest(
    struct export *x, const tandem_record *r, const char *const *written);
/** A value as CSV and JSON Lines have it: words by identifier, dates as
 *  ISO 8601. Freed by the caller. */
char *export_plain(const tandem_value_type *type, const tandem_value *v);

/** Note what is not written; `record` none: counted with the others. */
void export_leave(struct export *x, enum export_reason reason,
    const tandem_kind_info *k, const tandem_field_info *f, tandem_id record);
void export_left_print(const struct export *x);
json_t *export_left_json(const struct export *x);

/** The formats. */
int export_csv(struct export *x);
int export_jsonl(struct export *x);
int export_geojson(struct export *x);
int export_vcard(struct export *x);
int export_ical(struct export *x);

#endif
