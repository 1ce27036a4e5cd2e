// SPDX-License-Identifier: Apache-2.0
// sheet.h - the kind that tests type: a sheet, with a field of every merge.
#ifndef TD_TESTS_SHEET_H
#define TD_TESTS_SHEET_H

#include <string.h>

#include "base/slice.h"
#include "codec/writer.h"

enum {           // fields of the test kind
    F_NAME = 1,  // vis, indexed
    F_NOTE = 2,  // quiet
    F_CODE = 3,  // once, short code
    F_TAGS = 4,  // set, indexed
    F_CALLS = 5, // map of vis
    F_COUNT = 6,
    F_TEXT = 7
};
#define KIND_SHEET 1

static inline void
put_text(struct td_buf *b, const char *s)
{
    td_mp_str(b, td_slice_str(s));
}

static inline void
put_field(struct td_buf *b, uint64_t n, const char *id, const char *type,
    const char *merge, const char *key, const char *value)
{
    td_mp_map(b, key == NULL ? 6 : 7);
    put_text(b, "n");
    td_mp_uint(b, n);
    put_text(b, "en");
    put_text(b, id);
    put_text(b, "fr");
    put_text(b, id);
    put_text(b, "id");
    put_text(b, id);
    if (key != NULL && strlen(key) == 4) {
        put_text(b, key);
        put_text(b, value);
    }
    put_text(b, "type");
    put_text(b, type);
    if (key != NULL && strlen(key) == 5) {
        put_text(b, key);
        put_text(b, value);
    }
    put_text(b, "merge");
    put_text(b, merge);
}

static inline void
sheet_pack(struct td_buf *b, uint64_t version)
{
    td_mp_array(b, 2);
    td_mp_uint(b, 1);
    td_mp_map(b, 3);
    put_text(b, "pack");
    put_text(b, "test.pack");
    put_text(b, "kinds");
    td_mp_array(b, 1);
    td_mp_map(b, 5);
    put_text(b, "n");
    td_mp_uint(b, KIND_SHEET);
    put_text(b, "en");
    put_text(b, "sheet");
    put_text(b, "fr");
    put_text(b, "fiche");
    put_text(b, "id");
    put_text(b, "sheet");
    put_text(b, "fields");
    td_mp_array(b, version > 1 ? 8 : 7);
    put_field(b, F_NAME, "name", "str:80", "vis", "index", "equal");
    put_field(b, F_NOTE, "note", "str:80", "quiet", NULL, NULL);
    put_field(b, F_CODE, "code", "str:8", "once", "make", "code");
    put_field(b, F_TAGS, "tags", "set:str:20", "set", "index", "equal");
    put_field(b, F_CALLS, "calls", "map:str:20:str:20", "map", NULL, NULL);
    put_field(b, F_COUNT, "visits", "int", "ctr", NULL, NULL);
    put_field(b, F_TEXT, "story", "text", "text", NULL, NULL);
    if (version > 1) {
        put_field(b, 8, "extra", "str:80", "vis", "index", "equal");
    }
    put_text(b, "version");
    td_mp_uint(b, version);
}

#endif
