// SPDX-License-Identifier: Apache-2.0
// local.c - bytes of the host's own, kept in the store.

#include "api/handles.h"

#include <string.h>

#include "base/limits.h"
#include "base/slice.h"

_Static_assert(TANDEM_LOCAL_BYTES_MAX == TD_LOCAL_BYTES_MAX &&
                   TANDEM_LOCAL_NAME_MAX == TD_LOCAL_NAME_MAX,
    "the header says what the library holds to");

struct tandem_local {
    tandem_sys sys;
    struct td_buf bytes;
};

static tandem_err
check_name(const char *name, tandem_error *e)
{
    const size_t n = strlen(name);

    if (n > 0 && n <= TD_LOCAL_NAME_MAX) {
        return TANDEM_OK;
    }
    return td_fail(e, TANDEM_EVALUE,
        "the name of a local value has 1 to %d bytes",
        "le nom d'une valeur locale fait de 1 à %d octets", TD_LOCAL_NAME_MAX);
}

static tandem_err
check_value(const tandem_local_value *v, tandem_error *e)
{
    if (v->name == NULL || (v->bytes.ptr == NULL && v->bytes.len > 0)) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(check_name(v->name, e));
    if (v->bytes.len > TD_LOCAL_BYTES_MAX) {
        return td_fail(e, TANDEM_ELIMIT, "a local value is at most %d bytes",
            "une valeur locale fait au plus %d octets", TD_LOCAL_BYTES_MAX);
    }
    return TANDEM_OK;
}

tandem_err
tandem_local_put_all(tandem_store *s, const tandem_local_value *values,
    size_t count, tandem_error *e)
{
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || (values == NULL && count > 0)) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    for (size_t i = 0; i < count; i++) {
        TD_TRY(check_value(&values[i], e));
    }
    td_api_lock_writing(s);
    err = td_replica_local_put(s->replica, values, count, e);
    td_api_unlock_writing(s, false);
    return td_fail_code(e, err);
}

tandem_err
tandem_local_put(
    tandem_store *s, const char *name, tandem_slice bytes, tandem_error *e)
{
    const tandem_local_value one = {name, bytes};

    return tandem_local_put_all(s, &one, 1, e);
}

tandem_err
tandem_local_get(
    tandem_store *s, const char *name, tandem_local **out, tandem_error *e)
{
    tandem_local *l;
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || name == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(check_name(name, e));
    l = td_alloc(&s->sys, sizeof(*l));
    if (l == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    l->sys = s->sys;
    td_buf_init(&l->bytes, &s->sys, TD_LOCAL_BYTES_MAX);
    td_api_lock(s);
    err = td_replica_local_get(s->replica, name, &l->bytes);
    td_api_unlock(s);
    if (err != TANDEM_OK) {
        tandem_local_free(l);
        return td_fail_code(e, err);
    }
    *out = l;
    return TANDEM_OK;
}

tandem_slice
tandem_local_bytes(const tandem_local *l)
{
    return l != NULL ? td_buf_slice(&l->bytes) : (tandem_slice){NULL, 0};
}

void
tandem_local_free(tandem_local *l)
{
    tandem_sys sys;

    if (l == NULL) {
        return;
    }
    sys = l->sys;
    td_buf_deinit(&l->bytes);
    td_free(&sys, l, sizeof(*l));
}
