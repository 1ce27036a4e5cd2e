// SPDX-License-Identifier: Apache-2.0
// file.c - the public calls on a pack: from bytes, from a file, to a schema.
#include "schema/schema.h"

#include <errno.h>
#include <stdio.h>

#include "base/fail.h"
#include "base/limits.h"

tandem_err
tandem_pack_parse(tandem_slice built, tandem_pack **out, tandem_error *e)
{
    if (out == NULL || (built.ptr == NULL && built.len > 0)) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_fail_clear(e);
    return td_pack_parse(built, NULL, out, e);
}

// The whole file into `buf`, one byte past the maximum at most: enough for
// the parser to refuse it by its size.
static tandem_err
read_all(FILE *f, uint8_t *buf, size_t room, size_t *len)
{
    *len = fread(buf, 1, room, f);
    return ferror(f) != 0 ? TANDEM_EIO : TANDEM_OK;
}

tandem_err
tandem_pack_load(const char *path, tandem_pack **out, tandem_error *e)
{
    const size_t room = TD_PACK_BYTES_MAX + 1;
    tandem_err err;
    uint8_t *buf;
    size_t len = 0;
    FILE *f;

    if (path == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_fail_clear(e);
    f = fopen(path, "rb");
    if (f == NULL) {
        int sys = errno;

        err = sys == ENOENT ? TANDEM_ENOTFOUND : TANDEM_EIO;
        (void)td_fail_sys(e, err, sys);
        return td_fail(e, err, "the pack %s cannot be opened; check the path",
            "le paquet %s ne s'ouvre pas ; vérifiez le chemin", path);
    }
    buf = td_grow(NULL, NULL, 0, room);
    if (buf == NULL) {
        (void)fclose(f);
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    err = read_all(f, buf, room, &len);
    (void)fclose(f);
    if (err == TANDEM_OK) {
        err = td_pack_parse(tandem_bytes(buf, len), NULL, out, e);
    } else {
        (void)td_fail(e, err, "the pack %s cannot be read",
            "le paquet %s est illisible", path);
    }
    td_free(NULL, buf, room);
    return err;
}

void
tandem_pack_free(tandem_pack *p)
{
    td_pack_release(p);
}

const char *
tandem_pack_name(const tandem_pack *p)
{
    return p->name;
}

uint32_t
tandem_pack_version(const tandem_pack *p)
{
    return p->version;
}

tandem_slice
tandem_pack_bytes(const tandem_pack *p)
{
    return p->bytes;
}

tandem_err
tandem_pack_schema(tandem_pack *p, tandem_schema **out)
{
    if (p == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    return td_schema_new(&p->sys, &p, 1, out);
}
