// SPDX-License-Identifier: Apache-2.0
// sample.h - values that the service's packs take, two of each type: what a
// generated record is filled with.
#ifndef TESTS_API_SAMPLE_H
#define TESTS_API_SAMPLE_H

#include "help.h"

#include "tandem/schema.h"

// Two values of each type that the pack takes: 0 and 1.
static inline const char *
sample_str(const tandem_field_info *f, int which)
{
    static const struct {
        const char *check, *values[2];
    } samples[] = {
        {"insee", {"59350", "2A004"}},
        {"iris", {"593500101", "2B0330101"}},
        {"postcode", {"59000", "59800"}},
        {"ban", {"59350_1234_00008", "59350_b123_00012_bis"}},
        {"language", {"fr", "ar"}},
        {"plain_code", {"FIVES-1", "FIVES_2"}},
        {"door_key", {"301c0333", "8159e3a5"}},
        {"outline",
            {"50.63,3.06 50.64,3.06 50.64,3.07", "50.6,3.0 50.7,3.0 50.7,3.1"}},
        {"track", {"50.63,3.06 50.64,3.06", "50.6,3.0 50.7,3.0"}},
        {"figure", {"F10", "F11"}},
        {"hours", {"20:00-09:00", "12:00-14:00, 20:00-08:00"}},
        {"media_type", {"image/jpeg", "application/pdf"}},
    };

    for (size_t i = 0;
         f->check != NULL && i < sizeof(samples) / sizeof(*samples); i++) {
        if (strcmp(samples[i].check, f->check->id) == 0) {
            return samples[i].values[which];
        }
    }
    return which == 0 ? "un" : "deux";
}

static inline int64_t
sample_int(const tandem_field_info *f, int which)
{
    int64_t n = 3 + which;

    return n < f->min ? f->min + which : n > f->max ? f->max - which : n;
}

static inline tandem_value
sample(const tandem_value_type *t, int which)
{
    static const uint8_t bytes[2][32] = {{1, 2, 3}, {4, 5, 6}};
    tandem_id id = {{9, 9, 9, (uint8_t)which}};

    switch (t->base) {
    case TANDEM_FIELD_STR:
        return tandem_str(sample_str(t->field, which));
    case TANDEM_FIELD_TEXT:
        return tandem_str(which == 0 ? "un texte" : "un texte plus long");
    case TANDEM_FIELD_INT:
    case TANDEM_FIELD_CENTS:
        return tandem_int(sample_int(t->field, which));
    case TANDEM_FIELD_BOOL:
        return tandem_bool(which == 1);
    case TANDEM_FIELD_TRI:
        return tandem_tri(which);
    case TANDEM_FIELD_ENUM:
        return tandem_enum(t->words->words[which].n);
    case TANDEM_FIELD_DATE:
        return tandem_date(20500 + which);
    case TANDEM_FIELD_TIME:
        return tandem_time(INT64_C(1771200000000) + which * 60000, 60);
    case TANDEM_FIELD_GEO:
        return tandem_geo(5063000, 306000 + which);
    case TANDEM_FIELD_PHONE:
        return tandem_str(which == 0 ? "+33320000001" : "+33320000002");
    case TANDEM_FIELD_EMAIL:
        return tandem_str(which == 0 ? "a@example.org" : "b@example.org");
    case TANDEM_FIELD_REF:
        return tandem_ref(id);
    case TANDEM_FIELD_BLOB:
    case TANDEM_FIELD_HASH:
        return (tandem_value){
            .type = TANDEM_HASH, .u.s = tandem_bytes(bytes[which], 32)};
    case TANDEM_FIELD_UNKNOWN:
        break;
    }
    fail_msg("%s: no sample", t->field->id);
    return tandem_none();
}

static inline bool
sample_fits(const tandem_field_info *f)
{
    return (f->flags & (TANDEM_FIELD_UNSUPPORTED | TANDEM_FIELD_CODE)) == 0 &&
           f->merge != TANDEM_MERGE_DERIVED;
}

static inline void
sample_write(tandem_edit *d, const tandem_field_info *f, int which)
{
    tandem_value v = sample(&f->value, which);
    tandem_err err;

    if (f->merge == TANDEM_MERGE_SET || f->merge == TANDEM_MERGE_LIST ||
        f->merge == TANDEM_MERGE_LOG) {
        err = tandem_edit_add(d, f->id, v);
    } else if (f->merge == TANDEM_MERGE_MAP) {
        err = tandem_edit_put(d, f->id, sample(&f->key, which), v);
    } else if (f->merge == TANDEM_MERGE_COUNTER) {
        err = tandem_edit_count(d, f->id, v.u.i);
    } else {
        err = tandem_edit_set(d, f->id, v);
    }
    if (err != TANDEM_OK) {
        fail_msg("%s: %s", f->id, tandem_err_name(err));
    }
}

// What a record of the kind needs; but not these, which the test writes.
static inline void
sample_needs(tandem_edit *d, const tandem_kind_info *k,
    const tandem_field_info *one, const tandem_field_info *other)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if ((f->flags & TANDEM_FIELD_REQUIRED) != 0 && sample_fits(f) &&
            f != one && f != other) {
            sample_write(d, f, 0);
        }
    }
}

// Of all the packs that are built.
static inline tandem_schema *
sample_schema(struct world *w)
{
    tandem_schema *s;

    world_publish_rest(w);
    GOOD(w, tandem_store_schema(w->s, &s));
    return s;
}

#endif
