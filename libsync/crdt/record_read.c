// SPDX-License-Identifier: Apache-2.0
// record_read.c - what a record's state says; see record.h.
#include "base/fail.h"
#include "base/slice.h"
#include "crdt/mark.h"
#include "crdt/record_state.h"

tandem_id
td_record_id(const struct td_record *r)
{
    return r->id;
}

const uint8_t *
td_record_pack(const struct td_record *r)
{
    return r->pack;
}

uint64_t
td_record_kind(const struct td_record *r)
{
    return r->kind;
}

bool
td_record_unread(const struct td_record *r)
{
    return r->unread;
}

uint64_t
td_record_changes(const struct td_record *r)
{
    return r->changes;
}

static const struct td_reg *
register_of(
    const struct td_record *r, uint64_t field, uint64_t merge, tandem_slice key)
{
    const struct td_field *f = td_record_have(r, field, merge);

    if (f == NULL) {
        return NULL;
    }
    TD_ASSERT(merge == TD_OP_SET || merge == TD_OP_MOVE || merge == TD_OP_PUT ||
              merge == TD_OP_LINE);
    return merge == TD_OP_PUT ? td_map_find(&f->u.map, key) : &f->u.reg;
}

static bool
version_at(const struct td_reg *reg, size_t i, struct td_version *out)
{
    const struct td_ver *v;

    if (reg == NULL || i >= reg->count) {
        return false;
    }
    v = &reg->v[i];
    *out = (struct td_version){
        v->dot, v->person, v->clock, td_ver_value(v), td_ver_why(v)};
    return true;
}

size_t
td_record_versions(
    const struct td_record *r, uint64_t field, uint64_t merge, tandem_slice key)
{
    const struct td_reg *reg = register_of(r, field, merge, key);

    return reg == NULL ? 0 : reg->count;
}

bool
td_record_version(const struct td_record *r, uint64_t field, uint64_t merge,
    tandem_slice key, size_t i, struct td_version *out)
{
    return version_at(register_of(r, field, merge, key), i, out);
}

size_t
td_record_distinct(
    const struct td_record *r, uint64_t field, uint64_t merge, tandem_slice key)
{
    const struct td_reg *reg = register_of(r, field, merge, key);

    return reg == NULL ? 0 : td_reg_distinct(r->sys, reg);
}

size_t
td_record_elements(const struct td_record *r, uint64_t field)
{
    const struct td_field *f = td_record_have(r, field, TD_OP_ADD);

    return f == NULL ? 0 : f->u.set.count;
}

tandem_slice
td_record_element(const struct td_record *r, uint64_t field, size_t i)
{
    const struct td_field *f = td_record_have(r, field, TD_OP_ADD);

    if (f == NULL || i >= f->u.set.count) {
        return (tandem_slice){NULL, 0};
    }
    return (tandem_slice){f->u.set.e[i].bytes, f->u.set.e[i].len};
}

size_t
td_record_keys(const struct td_record *r, uint64_t field)
{
    const struct td_field *f = td_record_have(r, field, TD_OP_PUT);

    return f == NULL ? 0 : f->u.map.count;
}

tandem_slice
td_record_key(const struct td_record *r, uint64_t field, size_t i)
{
    const struct td_field *f = td_record_have(r, field, TD_OP_PUT);

    if (f == NULL || i >= f->u.map.count) {
        return (tandem_slice){NULL, 0};
    }
    return (tandem_slice){f->u.map.e[i].key, f->u.map.e[i].len};
}

bool
td_record_counter(const struct td_record *r, uint64_t field, int64_t *out)
{
    const struct td_field *f = td_record_have(r, field, TD_OP_COUNT);

    if (f == NULL) {
        return false;
    }
    *out = td_counter_read(&f->u.counter);
    return true;
}

const struct td_text *
td_record_text(const struct td_record *r, uint64_t field)
{
    const struct td_field *f = td_record_have(r, field, TD_OP_INSERT);

    return f == NULL ? NULL : f->u.text;
}

const struct td_list *
td_record_list(const struct td_record *r, uint64_t field)
{
    const struct td_field *f = td_record_have(r, field, TD_OP_PLACE);

    return f == NULL ? NULL : &f->u.list;
}

bool
td_record_field(
    const struct td_record *r, size_t i, uint64_t *field, uint64_t *merge)
{
    if (i >= r->field_count) {
        return false;
    }
    *field = r->fields[i].field;
    *merge = r->fields[i].merge;
    return true;
}

enum td_deletion
td_record_deletion(const struct td_record *r)
{
    return td_marks_judge(r);
}

size_t
td_record_marks(const struct td_record *r)
{
    return r->marks.count;
}

bool
td_record_mark(const struct td_record *r, size_t i, struct td_version *out)
{
    return version_at(&r->marks, i, out);
}

void
td_record_origin(const struct td_record *r, bool latest, tandem_id *person,
    struct td_dot *dot, uint64_t *clock)
{
    const struct td_origin *o = latest ? &r->last : &r->first;

    *person = o->person;
    *dot = o->dot;
    *clock = o->clock;
}

size_t
td_record_seen(const struct td_record *r, const struct td_seen **out)
{
    *out = r->seen;
    return r->tip_count;
}
