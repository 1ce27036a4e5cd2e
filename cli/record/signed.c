// SPDX-License-Identifier: Apache-2.0
// signed.c - changes that follow the signing in a record's history.
#include "record/signed.h"

#include <string.h>

#include "page/page.h"

#define FIELD "signed_off"

static bool
says_yes(const tandem_record *r)
{
    tandem_value v;

    return tandem_record_get(r, FIELD, &v) == TANDEM_OK &&
           v.type == TANDEM_BOOL && v.u.i == 1;
}

// Whether a change wrote to the field, and to anything else.
static void
touches(const tandem_history *h, size_t i, bool *field, bool *other)
{
    tandem_touched t;

    *field = *other = false;
    for (size_t k = 0; tandem_history_touched(h, i, k, &t) == TANDEM_OK; k++) {
        bool here = t.field != NULL && strcmp(t.field, FIELD) == 0;

        *field |= here;
        *other |= !here;
    }
}

static bool
signs(tandem_history *h, size_t i)
{
    tandem_record *after = NULL;
    bool yes = tandem_history_seen(h, i, TANDEM_WITH_CHANGE, &after, NULL) ==
                   TANDEM_OK &&
               says_yes(after);

    tandem_record_free(after);
    return yes;
}

// NULL: not signed off, or its changes cannot be read.
static tandem_history *
open_signed(const struct cli *c, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    tandem_history *h = NULL;

    if (k == NULL || tandem_kind_field(k, FIELD) == NULL || !says_yes(r) ||
        tandem_history_open(c->store, tandem_record_id(r), &h, NULL) !=
            TANDEM_OK) {
        return NULL;
    }
    return h;
}

// The next change from `*i` on that came after the signing.
static bool
next(tandem_history *h, size_t *i, bool *is_signed, tandem_past *out)
{
    for (; tandem_history_at(h, *i, out) == TANDEM_OK; ++*i) {
        bool field, other;

        if (!out->read || !out->counts) {
            continue;
        }
        touches(h, *i, &field, &other);
        if (*is_signed && other) {
            ++*i;
            return true;
        }
        *is_signed |= field && signs(h, *i);
    }
    return false;
}

void
signed_print(const struct cli *c, const tandem_record *r)
{
    tandem_history *h = open_signed(c, r);
    char who[256], where[256], when[64];
    bool is_signed = false;
    tandem_past at;

    for (size_t i = 0; h != NULL && next(h, &i, &is_signed, &at);) {
        value_moment(c, at.wall_ms, when);
        cli_print(_("  Changed after it was signed off: %s (%s), %s\n"),
            cli_person_name(c, at.person, who),
            cli_device_name(c, at.device, where), when);
    }
    tandem_history_free(h);
}

json_t *
signed_json(const struct cli *c, const tandem_record *r)
{
    tandem_history *h = open_signed(c, r);
    char who[256], where[256];
    bool is_signed = false;
    json_t *list = NULL;
    tandem_past at;

    for (size_t i = 0; h != NULL && next(h, &i, &is_signed, &at);) {
        list = list != NULL ? list : json_array();
        (void)json_array_append_new(list,
            json_pack("{s:o,s:o,s:o}", "person",
                cli_json_text(cli_person_name(c, at.person, who)), "device",
                cli_json_text(cli_device_name(c, at.device, where)), "at",
                value_moment_json(at.wall_ms)));
    }
    tandem_history_free(h);
    return list;
}
