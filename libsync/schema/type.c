// SPDX-License-Identifier: Apache-2.0
// type.c - reads the types of a pack, and which merge may go with which.
#include "schema/type.h"

#include <string.h>

#include "base/limits.h"

// How the values of a field hang together.
enum shape {
    SHAPE_UNKNOWN,
    SHAPE_ONE,
    SHAPE_SET,
    SHAPE_MAP,
    SHAPE_LIST,
    SHAPE_LOG
};

static const struct {
    const char *name;
    tandem_merge merge;
} merges[] = {
    {"vis", TANDEM_MERGE_VIS},
    {"quiet", TANDEM_MERGE_QUIET},
    {"once", TANDEM_MERGE_ONCE},
    {"set", TANDEM_MERGE_SET},
    {"map", TANDEM_MERGE_MAP},
    {"ctr", TANDEM_MERGE_COUNTER},
    {"text", TANDEM_MERGE_TEXT},
    {"state", TANDEM_MERGE_STATE},
    {"list", TANDEM_MERGE_LIST},
    {"log", TANDEM_MERGE_LOG},
    {"derived", TANDEM_MERGE_DERIVED},
};

static const struct {
    const char *name;
    tandem_field_type base;
} plain[] = {
    {"text", TANDEM_FIELD_TEXT},
    {"int", TANDEM_FIELD_INT},
    {"cents", TANDEM_FIELD_CENTS},
    {"bool", TANDEM_FIELD_BOOL},
    {"tri", TANDEM_FIELD_TRI},
    {"date", TANDEM_FIELD_DATE},
    {"dt", TANDEM_FIELD_TIME},
    {"geo", TANDEM_FIELD_GEO},
    {"phone", TANDEM_FIELD_PHONE},
    {"email", TANDEM_FIELD_EMAIL},
    {"blob", TANDEM_FIELD_BLOB},
    {"hash", TANDEM_FIELD_HASH},
};

// What is left to read of a type.
struct words {
    struct td_pack *pack;
    const char *at; // NULL when used up
};

tandem_merge
td_merge_of(const char *name)
{
    for (size_t i = 0; i < sizeof merges / sizeof merges[0]; i++) {
        if (strcmp(merges[i].name, name) == 0) {
            return merges[i].merge;
        }
    }
    return TANDEM_MERGE_UNKNOWN;
}

const char *
tandem_merge_name(tandem_merge m)
{
    for (size_t i = 0; i < sizeof merges / sizeof merges[0]; i++) {
        if (merges[i].merge == m) {
            return merges[i].name;
        }
    }
    return "?";
}

bool
td_ident_valid(const char *id, bool dots)
{
    size_t n = 0;
    char before = '.';

    for (; id[n] != '\0'; n++) {
        char c = id[n];
        bool letter = c >= 'a' && c <= 'z';
        bool later = (c >= '0' && c <= '9') || c == '_' || (dots && c == '.');

        if (!letter && (before == '.' || !later)) {
            return false;
        }
        before = c;
    }
    return n > 0 && before != '.' && n < sizeof((tandem_error *)0)->field;
}

static char
folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
td_term_same(const char *a, size_t a_len, const char *b)
{
    if (strlen(b) != a_len) {
        return false;
    }
    for (size_t i = 0; i < a_len; i++) {
        if (folded(a[i]) != folded(b[i])) {
            return false;
        }
    }
    return true;
}

// The next word, up to ':' or the end.
static tandem_slice
next_word(struct words *w)
{
    tandem_slice s = {NULL, 0};
    const char *colon;

    if (w->at == NULL) {
        return s;
    }
    colon = strchr(w->at, ':');
    s.ptr = (const uint8_t *)w->at;
    s.len = colon == NULL ? strlen(w->at) : (size_t)(colon - w->at);
    w->at = colon == NULL ? NULL : colon + 1;
    return s;
}

static bool
is(tandem_slice s, const char *name)
{
    return s.len == strlen(name) && memcmp(s.ptr, name, s.len) == 0;
}

static enum td_type_fault
read_limit(struct words *w, tandem_value_type *out)
{
    tandem_slice s = next_word(w);
    uint32_t n = 0;

    if (s.len == 0 || s.ptr[0] == '0') {
        return TD_TYPE_LIMIT;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return TD_TYPE_SYNTAX;
        }
        n = n * 10 + (uint32_t)(s.ptr[i] - '0');
        // A code point takes up to four bytes.
        if (n > TD_STR_BYTES_MAX / 4) {
            return TD_TYPE_LIMIT;
        }
    }
    out->base = TANDEM_FIELD_STR;
    out->limit = n;
    return TD_TYPE_FINE;
}

static enum td_type_fault
read_enum(struct words *w, tandem_value_type *out)
{
    tandem_slice s = next_word(w);

    for (size_t i = 0; i < w->pack->enum_count; i++) {
        if (is(s, w->pack->enums[i].id)) {
            out->base = TANDEM_FIELD_ENUM;
            out->words = &w->pack->enums[i];
            return TD_TYPE_FINE;
        }
    }
    return TD_TYPE_ENUM;
}

// "ref:kind", "ref:pack/kind" or "ref:*". The kind may be of another pack
// or of a later version: only its writing is checked.
static enum td_type_fault
read_ref(struct words *w, tandem_value_type *out)
{
    tandem_slice s = next_word(w);
    char *name;
    char *slash;
    bool good;

    if (s.len == 0) {
        return TD_TYPE_SYNTAX;
    }
    name = td_arena_str(&w->pack->arena, s);
    if (name == NULL) {
        return TD_TYPE_NOMEM;
    }
    slash = strchr(name, '/');
    if (slash != NULL) {
        *slash = '\0';
        good = td_ident_valid(name, true) && td_ident_valid(slash + 1, false);
        *slash = '/';
    } else {
        good = strcmp(name, "*") == 0 || td_ident_valid(name, false);
    }
    if (!good) {
        return TD_TYPE_SYNTAX;
    }
    out->base = TANDEM_FIELD_REF;
    out->ref = name;
    return TD_TYPE_FINE;
}

static enum td_type_fault
read_scalar(struct words *w, tandem_slice word, tandem_value_type *out)
{
    if (word.len == 0) {
        return TD_TYPE_SYNTAX;
    }
    if (is(word, "str")) {
        return read_limit(w, out);
    }
    if (is(word, "enum")) {
        return read_enum(w, out);
    }
    if (is(word, "ref")) {
        return read_ref(w, out);
    }
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (is(word, plain[i].name)) {
            out->base = plain[i].base;
            return TD_TYPE_FINE;
        }
    }
    // A newer version's word: what follows it is its own business.
    out->base = TANDEM_FIELD_UNKNOWN;
    w->at = NULL;
    return TD_TYPE_FINE;
}

static enum td_type_fault
read_map(struct words *w, tandem_field_info *f)
{
    enum td_type_fault fault = read_scalar(w, next_word(w), &f->key);

    if (fault != TD_TYPE_FINE || f->key.base == TANDEM_FIELD_UNKNOWN) {
        return fault;
    }
    if (w->at == NULL || f->key.base == TANDEM_FIELD_TEXT) {
        return TD_TYPE_SYNTAX;
    }
    return read_scalar(w, next_word(w), &f->value);
}

static enum td_type_fault
read_shape(struct words *w, tandem_field_info *f, enum shape *shape)
{
    tandem_slice word = next_word(w);

    if (is(word, "map")) {
        *shape = SHAPE_MAP;
        return read_map(w, f);
    }
    if (is(word, "set") || is(word, "list")) {
        *shape = is(word, "set") ? SHAPE_SET : SHAPE_LIST;
        return w->at == NULL ? TD_TYPE_SYNTAX
                             : read_scalar(w, next_word(w), &f->value);
    }
    if (is(word, "refs")) {
        *shape = SHAPE_SET;
        return read_ref(w, &f->value);
    }
    if (is(word, "blobs")) {
        *shape = SHAPE_SET;
        f->value.base = TANDEM_FIELD_BLOB;
        return TD_TYPE_FINE;
    }
    if (is(word, "log")) {
        *shape = SHAPE_LOG;
        f->value.base = TANDEM_FIELD_STR;
        f->value.limit = TD_STR_BYTES_MAX / 4;
        return TD_TYPE_FINE;
    }
    *shape = SHAPE_ONE;
    return read_scalar(w, word, &f->value);
}

static bool
merge_fits(const tandem_field_info *f, enum shape shape)
{
    tandem_field_type base = f->value.base;

    switch (f->merge) {
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_ONCE:
        return shape == SHAPE_ONE;
    case TANDEM_MERGE_SET:
        return shape == SHAPE_SET && base != TANDEM_FIELD_TEXT;
    case TANDEM_MERGE_MAP:
        return shape == SHAPE_MAP;
    case TANDEM_MERGE_COUNTER:
        return shape == SHAPE_ONE &&
               (base == TANDEM_FIELD_INT || base == TANDEM_FIELD_CENTS);
    case TANDEM_MERGE_TEXT:
        return shape == SHAPE_ONE && base == TANDEM_FIELD_TEXT;
    case TANDEM_MERGE_STATE:
        return shape == SHAPE_ONE &&
               (base == TANDEM_FIELD_ENUM || base == TANDEM_FIELD_BOOL);
    case TANDEM_MERGE_LIST:
        return shape == SHAPE_LIST && base != TANDEM_FIELD_TEXT;
    case TANDEM_MERGE_LOG:
        return shape == SHAPE_LOG;
    case TANDEM_MERGE_DERIVED:
    case TANDEM_MERGE_UNKNOWN:
        return true;
    }
    return false;
}

static bool
supported(const tandem_field_info *f, enum shape shape)
{
    if (f->value.base == TANDEM_FIELD_UNKNOWN ||
        (shape == SHAPE_MAP && f->key.base == TANDEM_FIELD_UNKNOWN)) {
        return false;
    }
    switch (f->merge) {
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_ONCE:
    case TANDEM_MERGE_SET:
    case TANDEM_MERGE_MAP:
    case TANDEM_MERGE_COUNTER:
    case TANDEM_MERGE_TEXT:
    case TANDEM_MERGE_STATE:
    case TANDEM_MERGE_LIST:
    case TANDEM_MERGE_LOG:
        return true;
    case TANDEM_MERGE_DERIVED:
    case TANDEM_MERGE_UNKNOWN:
        break;
    }
    return false;
}

enum td_type_fault
td_type_read(struct td_pack *pack, tandem_field_info *f)
{
    struct words w = {pack, f->type};
    enum shape shape = SHAPE_UNKNOWN;
    enum td_type_fault fault;

    f->value.field = f;
    f->key.field = f;
    fault = read_shape(&w, f, &shape);
    if (fault != TD_TYPE_FINE) {
        return fault;
    }
    if (w.at != NULL) {
        return TD_TYPE_SYNTAX;
    }
    // An unknown scalar may be a shape of a newer version: any merge fits.
    if (f->value.base != TANDEM_FIELD_UNKNOWN && !merge_fits(f, shape)) {
        return TD_TYPE_MERGE;
    }
    if (!supported(f, shape)) {
        f->flags |= TANDEM_FIELD_UNSUPPORTED;
    }
    return TD_TYPE_FINE;
}
