// SPDX-License-Identifier: Apache-2.0
// print_record.c - records and their fields in a page.
#include "export/print_record.h"

#include <stdlib.h>

#include "record/record.h"
#include "record/value.h"

static void
put_one(const struct cli *c, struct html *h, const tandem_value_type *type,
    const tandem_value *v)
{
    char *text = v->type != TANDEM_NONE ? record_value_text(c, type, v) : NULL;

    html_text(h, text != NULL ? text : "");
    free(text);
}

static void
put_items(const struct cli *c, struct html *h, const tandem_record *r,
    const tandem_field_info *f)
{
    const bool map = f->merge == TANDEM_MERGE_MAP;
    tandem_value key, value;

    for (size_t i = 0;
         tandem_record_item(r, f->id, i, &key, &value) == TANDEM_OK; i++) {
        html_put(h, i > 0 ? "<br>" : "");
        put_one(c, h, map ? &f->key : &f->value, &key);
        if (map) {
            html_text(h, _(": "));
            if (record_disputed(r, f, &key)) {
                html_text(h, _("several values side by side"));
            } else {
                put_one(c, h, &f->value, &value);
            }
        }
    }
}

// On paper nobody can choose: all that stand side by side are shown.
static void
put_versions(const struct cli *c, struct html *h, const tandem_record *r,
    const tandem_field_info *f)
{
    tandem_field_version v;

    html_text(h, _("several values side by side"));
    for (size_t i = 0;
         tandem_record_version(r, f->id, NULL, i, &v) == TANDEM_OK; i++) {
        html_put(h, "<br>");
        put_one(c, h, &f->value, &v.value);
    }
}

void
print_value(const struct cli *c, struct html *h, const tandem_record *r,
    const char *field)
{
    const tandem_field_info *f =
        tandem_kind_field(tandem_record_kind(r), field);
    tandem_value v;

    if (f == NULL) {
        return;
    }
    if (record_has_items(f)) {
        put_items(c, h, r, f);
    } else if (record_disputed(r, f, NULL)) {
        put_versions(c, h, r, f);
    } else if (tandem_record_get(r, f->id, &v) == TANDEM_OK) {
        put_one(c, h, &f->value, &v);
    }
}

bool
print_has(const tandem_record *r, const tandem_field_info *f)
{
    tandem_value v;

    if (record_has_items(f)) {
        return tandem_record_items(r, f->id) > 0;
    }
    return record_disputed(r, f, NULL) ||
           (tandem_record_get(r, f->id, &v) == TANDEM_OK &&
               v.type != TANDEM_NONE &&
               !(v.type == TANDEM_STR && v.u.s.len == 0));
}

void
print_fields(const struct cli *c, struct html *h, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    const char *const heads[] = {_("field"), _("what is noted"), NULL};

    html_table(h, term_of(c, k->fr, k->en), heads);
    for (size_t i = 0; i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if (print_has(r, f)) {
            html_row(h, term_of(c, f->fr, f->en));
            html_put(h, "<td class=\"text\" dir=\"auto\">");
            print_value(c, h, r, f->id);
            html_put(h, "</td></tr>\n");
        }
    }
    html_table_end(h);
}

// Paper has no key: who holds it is told what it is.
void
print_warning(struct html *h)
{
    html_put(h, "<p class=\"note\">");
    html_text(h, _("Personal data, some of it sensitive: only for those who "
                   "follow these households. Do not leave it lying about; "
                   "destroy it when it is no longer needed."));
    html_put(h, "</p>\n");
}
