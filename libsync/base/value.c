// SPDX-License-Identifier: Apache-2.0
// value.c - making and comparing tandem_value.
//
// Every maker fills all 32 bytes: a copied value carries no stale memory.
#include <string.h>

#include "base/slice.h"
#include "tandem/base.h"

_Static_assert(sizeof(tandem_value) == 32, "part of the ABI");

static tandem_value
value_of(tandem_type type)
{
    tandem_value v;

    memset(&v, 0, sizeof(v));
    v.type = (uint32_t)type;
    return v;
}

static tandem_value
value_of_int(tandem_type type, int64_t i)
{
    tandem_value v = value_of(type);

    v.u.i = i;
    return v;
}

tandem_value
tandem_none(void)
{
    return value_of(TANDEM_NONE);
}

tandem_value
tandem_str(const char *utf8)
{
    return tandem_str_n(utf8, utf8 != NULL ? strlen(utf8) : 0);
}

tandem_value
tandem_str_n(const char *utf8, size_t len)
{
    tandem_value v = value_of(TANDEM_STR);

    v.u.s = tandem_bytes(utf8, len);
    return v;
}

tandem_value
tandem_int(int64_t i)
{
    return value_of_int(TANDEM_INT, i);
}

tandem_value
tandem_bool(bool b)
{
    return value_of_int(TANDEM_BOOL, b ? 1 : 0);
}

tandem_value
tandem_tri(int no_yes_unknown)
{
    return value_of_int(TANDEM_TRI, no_yes_unknown);
}

tandem_value
tandem_enum(int64_t n)
{
    return value_of_int(TANDEM_ENUM, n);
}

tandem_value
tandem_date(int64_t days_since_1970)
{
    return value_of_int(TANDEM_DATE, days_since_1970);
}

tandem_value
tandem_time(int64_t ms_since_1970, int32_t offset_min)
{
    tandem_value v = value_of(TANDEM_TIME);

    v.u.dt.ms = ms_since_1970;
    v.u.dt.offset_min = offset_min;
    return v;
}

tandem_value
tandem_geo(int32_t lat_e5, int32_t lon_e5)
{
    tandem_value v = value_of(TANDEM_GEO);

    v.u.geo[0] = lat_e5;
    v.u.geo[1] = lon_e5;
    return v;
}

tandem_value
tandem_ref(tandem_id id)
{
    tandem_value v = value_of(TANDEM_REF);

    v.u.id = id;
    return v;
}

bool
tandem_value_equal(const tandem_value *a, const tandem_value *b)
{
    if (a == NULL || b == NULL || a->type != b->type) {
        return a == b;
    }
    switch (a->type) {
    case TANDEM_NONE:
        return true;
    case TANDEM_STR:
    case TANDEM_HASH:
        return td_slice_eq(a->u.s, b->u.s);
    case TANDEM_INT:
    case TANDEM_BOOL:
    case TANDEM_TRI:
    case TANDEM_ENUM:
    case TANDEM_DATE:
        return a->u.i == b->u.i;
    case TANDEM_TIME:
        return a->u.dt.ms == b->u.dt.ms &&
               a->u.dt.offset_min == b->u.dt.offset_min;
    case TANDEM_GEO:
        return a->u.geo[0] == b->u.geo[0] && a->u.geo[1] == b->u.geo[1];
    case TANDEM_REF:
        return tandem_id_equal(a->u.id, b->u.id);
    default:
        // A type of a newer version: the same bytes are the same value.
        return memcmp(a->u.room, b->u.room, sizeof(a->u.room)) == 0;
    }
}
