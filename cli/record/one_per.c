// SPDX-License-Identifier: Apache-2.0
// one_per.c - the ids its references hold, one after the other.
#include "record/one_per.h"

#include <string.h>

tandem_err
one_per_required(
    const struct cli *c, const tandem_field_info *f, tandem_error *e)
{
    return cli_error(e, TANDEM_EVALUE, _("%s (%s) is required"),
        c->lang == TANDEM_FR ? f->fr : f->en, f->id);
}

tandem_err
one_per_read(const struct value_place *p, const tandem_kind_info *k,
    one_per_text *text_of, void *ctx, struct one_per *out, tandem_error *e)
{
    char room[TANDEM_PARSE_ROOM];
    tandem_value v;

    out->len = 0;
    for (size_t i = 0; i < k->one_per_count; i++) {
        const tandem_field_info *f = &k->fields[k->one_per[i]];
        const char *text = text_of(ctx, f);
        tandem_err err;

        if (text == NULL || text[strspn(text, " \t\r\n")] == '\0') {
            return one_per_required(p->c, f, e);
        }
        err = value_read(p, &f->value, text, room, &v, e);
        if (err != TANDEM_OK) {
            return err;
        }
        memcpy(out->bytes + out->len, v.u.id.b, sizeof(v.u.id.b));
        out->len += sizeof(v.u.id.b);
    }
    return TANDEM_OK;
}
