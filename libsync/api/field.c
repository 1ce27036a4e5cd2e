// SPDX-License-Identifier: Apache-2.0
// field.c - the fields of a snapshot: values, versions, items, conflicts.

#include "api/shown.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "crdt/merge.h"
#include "schema/value.h"

enum { RECORD_PASSAGES_MAX = 64 << 20 };

static const tandem_slice no_key = {NULL, 0};

static const tandem_field_info *
field_of(const tandem_record *r, const char *name)
{
    return r == NULL || r->kind == NULL || name == NULL
               ? NULL
               : tandem_kind_field(r->kind, name);
}

static bool
is_register(tandem_merge m)
{
    return td_merge_opcode(m) == TD_OP_SET || m == TANDEM_MERGE_STATE;
}

// A value that does not fit its field (a newer pack, a careless writer) reads
// as absent rather than as something it is not.
static tandem_value
value_of(const tandem_value_type *type, tandem_slice bytes)
{
    tandem_value v = tandem_none();

    if (td_value_decode(type, bytes, &v) != TANDEM_OK) {
        v = tandem_none();
    }
    return v;
}

// The i-th distinct live value, by the first version that holds it; those that
// count first.
static bool
distinct_at(const tandem_record *r, const tandem_field_info *f,
    tandem_slice key, size_t i, struct td_version *out)
{
    const uint64_t merge = td_merge_opcode(f->merge);
    const struct td_shown *s = td_shown_of(r, f->n, merge, key);

    if (s == NULL ? i > 0 : i >= s->lead.count) {
        return false;
    }
    return td_record_version(
        r->snap.state, f->n, merge, key, s == NULL ? 0 : s->lead.first[i], out);
}

static size_t
distinct_count(
    const tandem_record *r, const tandem_field_info *f, tandem_slice key)
{
    const uint64_t merge = td_merge_opcode(f->merge);
    const struct td_shown *s = td_shown_of(r, f->n, merge, key);

    return s != NULL ? s->lead.count
                     : td_record_versions(r->snap.state, f->n, merge, key);
}

// A map key's bytes into `room`; EVALUE when the key cannot be one.
static tandem_err
key_bytes(const tandem_record *r, const tandem_field_info *f,
    const tandem_value *key, struct td_buf *room, tandem_slice *out)
{
    *out = no_key;
    td_buf_init(room, &r->store->sys, TD_STR_BYTES_MAX);
    if (key == NULL) {
        return f->merge == TANDEM_MERGE_MAP ? TANDEM_EMISUSE : TANDEM_OK;
    }
    if (f->merge != TANDEM_MERGE_MAP) {
        return TANDEM_EMISUSE;
    }
    TD_TRY(td_value_encode(&f->key, key, room, NULL));
    *out = td_buf_slice(room);
    return TANDEM_OK;
}

static bool
has_items(const tandem_field_info *f)
{
    return f->merge == TANDEM_MERGE_SET || f->merge == TANDEM_MERGE_MAP ||
           f->merge == TANDEM_MERGE_LIST || f->merge == TANDEM_MERGE_LOG;
}

static const struct td_read_list *
list_of(const tandem_record *r, const tandem_field_info *f)
{
    static const struct td_read_list none;

    for (size_t i = 0; i < r->list_count; i++) {
        if (r->lists[i].field == f->n) {
            return &r->lists[i];
        }
    }
    return &none;
}

static tandem_err
get_text(const tandem_record *r, const tandem_field_info *f, tandem_value *out)
{
    *out = tandem_none();
    for (size_t i = 0; i < r->text_count; i++) {
        if (r->texts[i].field == f->n) {
            *out = tandem_str_n(
                (const char *)r->texts[i].text.ptr, r->texts[i].text.len);
        }
    }
    return TANDEM_OK;
}

tandem_err
tandem_record_get(const tandem_record *r, const char *field, tandem_value *out)
{
    const tandem_field_info *f = field_of(r, field);
    struct td_version v;
    int64_t sum;

    if (f == NULL || out == NULL) {
        return f == NULL ? TANDEM_EKIND : TANDEM_EMISUSE;
    }
    if (is_register(f->merge)) {
        *out = distinct_at(r, f, no_key, 0, &v) ? value_of(&f->value, v.value)
                                                : tandem_none();
        return TANDEM_OK;
    }
    if (f->merge == TANDEM_MERGE_COUNTER) {
        *out = td_record_counter(r->snap.state, f->n, &sum) ? tandem_int(sum)
                                                            : tandem_none();
        return TANDEM_OK;
    }
    if (f->merge == TANDEM_MERGE_TEXT) {
        return get_text(r, f, out);
    }
    if (has_items(f)) {
        return TANDEM_EMISUSE;
    }
    *out = tandem_none();
    return TANDEM_OK;
}

size_t
tandem_record_versions(
    const tandem_record *r, const char *field, const tandem_value *key)
{
    const tandem_field_info *f = field_of(r, field);
    struct td_buf room;
    tandem_slice k;
    size_t n = 0;

    if (f == NULL || (!is_register(f->merge) && f->merge != TANDEM_MERGE_MAP)) {
        return 0;
    }
    if (key_bytes(r, f, key, &room, &k) == TANDEM_OK) {
        n = distinct_count(r, f, k);
        if (f->merge == TANDEM_MERGE_QUIET && n > 1) {
            n = 1;
        }
    }
    td_buf_deinit(&room);
    return n;
}

// "<place>.<8 hex>": the hex binds it to exactly the versions that stand
// there, so that one that arrived since is never settled unseen.
static void
version_name(const tandem_record *r, const tandem_field_info *f,
    tandem_slice key, size_t i, char out[64])
{
    const uint64_t merge = td_merge_opcode(f->merge);
    const struct td_shown *s = td_shown_of(r, f->n, merge, key);
    uint8_t sum[4];

    if (s != NULL) {
        memcpy(sum, s->sum, sizeof(sum));
    } else {
        td_shown_sum(r->snap.state, f->n, merge, key, sum);
    }
    (void)snprintf(out, 64, "%zu.%02x%02x%02x%02x", i + 1, (unsigned)sum[0],
        (unsigned)sum[1], (unsigned)sum[2], (unsigned)sum[3]);
}

static void
show_version(const tandem_record *r, const tandem_field_info *f,
    const struct td_version *v, tandem_field_version *out)
{
    memset(out, 0, sizeof(*out));
    out->value = value_of(&f->value, v->value);
    out->person = v->person;
    out->wall_ms = td_clock_ms(v->clock);
    td_api_lock(r->store);
    if (td_replica_log_device(r->store->replica, v->dot.log, &out->device) !=
        TANDEM_OK) {
        memset(&out->device, 0, sizeof(out->device));
    }
    td_api_unlock(r->store);
    out->why = v->why;
}

tandem_err
tandem_record_version(const tandem_record *r, const char *field,
    const tandem_value *key, size_t i, tandem_field_version *out)
{
    const tandem_field_info *f = field_of(r, field);
    struct td_version v;
    struct td_buf room;
    tandem_slice k;
    tandem_err err;

    if (f == NULL || out == NULL) {
        return f == NULL ? TANDEM_EKIND : TANDEM_EMISUSE;
    }
    err = key_bytes(r, f, key, &room, &k);
    if (err == TANDEM_OK && !distinct_at(r, f, k, i, &v)) {
        err = TANDEM_ENOTFOUND;
    }
    if (err == TANDEM_OK) {
        show_version(r, f, &v, out);
        version_name(r, f, k, i, out->dot);
    }
    td_buf_deinit(&room);
    return err;
}

size_t
tandem_record_items(const tandem_record *r, const char *field)
{
    const tandem_field_info *f = field_of(r, field);

    if (f == NULL) {
        return 0;
    }
    if (f->merge == TANDEM_MERGE_SET) {
        return td_record_elements(r->snap.state, f->n);
    }
    if (f->merge == TANDEM_MERGE_MAP) {
        return td_record_keys(r->snap.state, f->n);
    }
    if (f->merge == TANDEM_MERGE_LIST) {
        return list_of(r, f)->count;
    }
    return f->merge == TANDEM_MERGE_LOG
               ? td_record_versions(r->snap.state, f->n, TD_OP_LINE, no_key)
               : 0;
}

// The value of an item; a map's is what stands under its key.
static tandem_slice
item_bytes(const tandem_record *r, const tandem_field_info *f, size_t i)
{
    struct td_version v = {.value = {NULL, 0}};

    if (f->merge == TANDEM_MERGE_SET) {
        return td_record_element(r->snap.state, f->n, i);
    }
    if (f->merge == TANDEM_MERGE_LIST) {
        return list_of(r, f)->at[i].value;
    }
    (void)td_record_version(r->snap.state, f->n, TD_OP_LINE, no_key, i, &v);
    return v.value;
}

tandem_err
tandem_record_item(const tandem_record *r, const char *field, size_t i,
    tandem_value *key, tandem_value *value)
{
    const tandem_field_info *f = field_of(r, field);
    struct td_version v;
    tandem_slice k;

    if (f == NULL) {
        return TANDEM_EKIND;
    }
    if (key == NULL || !has_items(f)) {
        return TANDEM_EMISUSE;
    }
    if (i >= tandem_record_items(r, field)) {
        return TANDEM_ENOTFOUND;
    }
    if (f->merge != TANDEM_MERGE_MAP) {
        *key = value_of(&f->value, item_bytes(r, f, i));
        if (value != NULL) {
            *value = tandem_none();
        }
        return TANDEM_OK;
    }
    k = td_record_key(r->snap.state, f->n, i);
    *key = value_of(&f->key, k);
    if (value != NULL) {
        *value = distinct_at(r, f, k, 0, &v) ? value_of(&f->value, v.value)
                                             : tandem_none();
    }
    return TANDEM_OK;
}

tandem_err
tandem_record_line(const tandem_record *r, const char *field, size_t i,
    tandem_field_version *out)
{
    const tandem_field_info *f = field_of(r, field);
    struct td_version v;

    if (f == NULL || f->merge != TANDEM_MERGE_LOG || out == NULL) {
        return f == NULL ? TANDEM_EKIND : TANDEM_EMISUSE;
    }
    if (!td_record_version(r->snap.state, f->n, TD_OP_LINE, no_key, i, &v)) {
        return TANDEM_ENOTFOUND;
    }
    show_version(r, f, &v, out);
    return TANDEM_OK;
}

tandem_err
tandem_record_passage(
    const tandem_record *r, const char *field, size_t i, tandem_passage *out)
{
    const tandem_field_info *f = field_of(r, field);
    const struct td_text *text;
    const struct td_char_range *ranges;
    struct td_buf b;
    size_t n, at = 0, passage = 0;
    tandem_err err;

    if (f == NULL || f->merge != TANDEM_MERGE_TEXT || out == NULL) {
        return f == NULL ? TANDEM_EKIND : TANDEM_EMISUSE;
    }
    text = td_record_text(r->snap.state, f->n);
    if (text == NULL) {
        return TANDEM_ENOTFOUND;
    }
    td_buf_init(&b, &r->store->sys, RECORD_PASSAGES_MAX);
    err = td_text_passages(text, &b);
    ranges = (const struct td_char_range *)(const void *)b.ptr;
    n = b.len / sizeof(*ranges);
    if (err == TANDEM_OK) {
        err = TANDEM_ENOTFOUND;
    }
    // Neighbouring ranges of one log are one passage for a reader.
    while (err == TANDEM_ENOTFOUND && at < n) {
        struct td_log_id log = ranges[at].first.dot.log;
        size_t count = 0;

        while (at < n && td_log_id_cmp(ranges[at].first.dot.log, log) == 0) {
            count += ranges[at].len;
            at++;
        }
        if (passage++ == i) {
            out->count = count;
            td_api_lock(r->store);
            err = td_replica_log_device(r->store->replica, log, &out->device);
            td_api_unlock(r->store);
            break;
        }
    }
    td_buf_deinit(&b);
    return err;
}

// Conflicts are counted in the order of the kind's fields; the deletion last.
static bool
field_conflict(const tandem_record *r, const tandem_field_info *f, size_t *i,
    tandem_conflict *out)
{
    const bool map = f->merge == TANDEM_MERGE_MAP;

    if (!map && (!is_register(f->merge) || f->merge == TANDEM_MERGE_QUIET)) {
        return false;
    }
    for (size_t k = 0; k < r->shown_count; k++) {
        const struct td_shown *s = &r->shown[k];

        if (s->field != f->n || s->merge != td_merge_opcode(f->merge) ||
            s->lead.leading < 2) {
            continue;
        }
        if (*i == 0) {
            out->field = f->id;
            out->key = map ? value_of(&f->key, s->key) : tandem_none();
            out->versions = s->lead.leading;
            out->anomaly = f->merge == TANDEM_MERGE_ONCE;
            return true;
        }
        (*i)--;
    }
    return false;
}

tandem_err
tandem_record_conflict(const tandem_record *r, size_t i, tandem_conflict *out)
{
    if (r == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    for (size_t k = 0; r->kind != NULL && k < r->kind->field_count; k++) {
        if (field_conflict(r, &r->kind->fields[k], &i, out)) {
            return TANDEM_OK;
        }
    }
    if (i == 0 && td_record_deletion(r->snap.state) == TD_DISPUTED) {
        out->field = "";
        out->key = tandem_none();
        out->versions = td_record_marks(r->snap.state);
        out->anomaly = false;
        return TANDEM_OK;
    }
    return TANDEM_ENOTFOUND;
}
