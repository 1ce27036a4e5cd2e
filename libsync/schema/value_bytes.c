// SPDX-License-Identifier: Apache-2.0
// value_bytes.c - a value to canonical bytes and back. What another device
// wrote is read with the bounds of its type, not with every rule of typing.
#include "schema/value.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "schema/day.h"

tandem_err
td_value_encode(const tandem_value_type *type, const tandem_value *v,
    struct td_buf *out, tandem_error *e)
{
    TD_TRY(tandem_value_check(type, v, e));
    switch ((tandem_type)v->type) {
    case TANDEM_NONE:
        td_mp_nil(out);
        break;
    case TANDEM_STR:
        td_mp_str(out, v->u.s);
        break;
    case TANDEM_BOOL:
        td_mp_bool(out, v->u.i != 0);
        break;
    case TANDEM_INT:
    case TANDEM_TRI:
    case TANDEM_ENUM:
    case TANDEM_DATE:
        td_mp_int(out, v->u.i);
        break;
    case TANDEM_TIME:
        td_mp_array(out, 2);
        td_mp_int(out, v->u.dt.ms);
        td_mp_int(out, v->u.dt.offset_min);
        break;
    case TANDEM_GEO:
        td_mp_array(out, 2);
        td_mp_int(out, v->u.geo[0]);
        td_mp_int(out, v->u.geo[1]);
        break;
    case TANDEM_REF:
        td_mp_bin(out, v->u.id.b, sizeof v->u.id.b);
        break;
    case TANDEM_HASH:
        td_mp_bin(out, v->u.s.ptr, v->u.s.len);
        break;
    }
    return out->err == TANDEM_OK ? TANDEM_OK : td_fail_code(e, out->err);
}

static void
decode_int(struct td_cur *c, tandem_type type, tandem_value *v)
{
    int64_t i = td_cur_int(c);
    bool fine = true;

    if (type == TANDEM_TRI) {
        fine = i >= 0 && i <= 2;
    } else if (type == TANDEM_DATE) {
        fine = td_day_valid(i);
    } else if (type == TANDEM_ENUM) {
        fine = i > 0;
    }
    if (!fine) {
        td_cur_fail(c);
        return;
    }
    *v = tandem_int(i);
    v->type = (uint32_t)type;
}

static void
decode_pair(struct td_cur *c, tandem_type type, tandem_value *v)
{
    int64_t a;
    int64_t b;
    bool fine;

    td_cur_array_exact(c, 2);
    a = td_cur_int(c);
    b = td_cur_int(c);
    if (type == TANDEM_TIME) {
        fine = b >= INT32_MIN && b <= INT32_MAX && td_time_valid(a, (int32_t)b);
        if (fine) {
            *v = tandem_time(a, (int32_t)b);
        }
    } else {
        fine = a >= -TD_LAT_MAX && a <= TD_LAT_MAX && b >= -TD_LON_MAX &&
               b <= TD_LON_MAX;
        if (fine) {
            *v = tandem_geo((int32_t)a, (int32_t)b);
        }
    }
    if (!fine) {
        td_cur_fail(c);
    }
}

static void
decode_bytes(struct td_cur *c, tandem_type type, tandem_value *v)
{
    tandem_slice s = type == TANDEM_STR ? td_cur_str(c, TD_STR_BYTES_MAX)
                                        : td_cur_bin(c, 32);
    tandem_id id;

    if (type == TANDEM_STR) {
        *v = tandem_str_n((const char *)s.ptr, s.len);
    } else if (type == TANDEM_REF && s.len == sizeof id.b) {
        memcpy(id.b, s.ptr, sizeof id.b);
        *v = tandem_ref(id);
    } else if (type == TANDEM_HASH && s.len == 32) {
        *v = tandem_str_n((const char *)s.ptr, s.len);
        v->type = TANDEM_HASH;
    } else {
        td_cur_fail(c);
    }
}

tandem_err
td_value_decode(
    const tandem_value_type *type, tandem_slice bytes, tandem_value *out)
{
    tandem_type want = td_value_wanted(type->base);
    tandem_value v = tandem_none();
    struct td_cur c;

    if (!td_cur_open(&c, bytes)) {
        return TANDEM_EVALUE;
    }
    if (td_cur_nil(&c)) {
        *out = v;
        return TANDEM_OK;
    }
    switch (want) {
    case TANDEM_NONE:
        return TANDEM_EUNSUPPORTED;
    case TANDEM_BOOL:
        v = tandem_bool(td_cur_bool(&c));
        break;
    case TANDEM_INT:
    case TANDEM_TRI:
    case TANDEM_ENUM:
    case TANDEM_DATE:
        decode_int(&c, want, &v);
        break;
    case TANDEM_TIME:
    case TANDEM_GEO:
        decode_pair(&c, want, &v);
        break;
    case TANDEM_STR:
    case TANDEM_REF:
    case TANDEM_HASH:
        decode_bytes(&c, want, &v);
        break;
    }
    if (!td_cur_done(&c)) {
        return TANDEM_EVALUE;
    }
    *out = v;
    return TANDEM_OK;
}
