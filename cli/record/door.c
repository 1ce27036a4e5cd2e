// SPDX-License-Identifier: Apache-2.0
// door.c - the key of a door.
//
// A keyed hash, under the sector's secret, of the dwelling's BAN identifier and
// its floor and door: two devices that made two records of one home give it the
// same key, and whoever has no part in the sector learns nothing from it.
#include "record/door.h"

#include <stdio.h>
#include <string.h>

#include "figures/mark.h"

enum {
    BAN_BYTES_MAX = 40,
    MARK_BYTES = 8,
    KEY_BYTES = 10, // of the hash that are kept: 20 digits
};

static bool
is_filled(const tandem_record *r, const char *field)
{
    tandem_value v;

    return r != NULL && tandem_record_get(r, field, &v) == TANDEM_OK &&
           v.type != TANDEM_NONE;
}

static bool
is_typed(const tandem_kind_info *k, const char *field, one_per_text *text_of,
    void *ctx)
{
    const tandem_field_info *f = tandem_kind_field(k, field);
    const char *text = f != NULL ? text_of(ctx, f) : NULL;

    return text != NULL && text[strspn(text, " \t\r\n")] != '\0';
}

// The dwelling that is typed, if it is held. Freed by the caller.
static tandem_record *
dwelling(const struct value_place *p, const tandem_kind_info *k,
    one_per_text *text_of, void *ctx)
{
    const tandem_field_info *f = tandem_kind_field(k, "dwelling");
    tandem_error e = cli_no_error(p->c);
    tandem_record *r = NULL;
    char room[TANDEM_PARSE_ROOM];
    tandem_value v;

    if (f == NULL || !is_typed(k, "dwelling", text_of, ctx) ||
        value_read(p, &f->value, text_of(ctx, f), room, &v, &e) != TANDEM_OK ||
        v.type != TANDEM_REF ||
        tandem_record_open(p->c->store, v.u.id, &r, NULL) != TANDEM_OK) {
        return NULL;
    }
    return r;
}

// Its BAN identifier, and a mark of its floor and door. 0: it has none.
static size_t
said(const tandem_record *home, uint8_t out[BAN_BYTES_MAX + MARK_BYTES])
{
    tandem_value ban, door;
    uint64_t mark = 0;

    if (tandem_record_get(home, "ban_id", &ban) != TANDEM_OK ||
        ban.type != TANDEM_STR || ban.u.s.len == 0 ||
        ban.u.s.len > BAN_BYTES_MAX) {
        return 0;
    }
    if (tandem_record_get(home, "door", &door) == TANDEM_OK &&
        door.type == TANDEM_STR) {
        mark = mark_of(door.u.s.ptr, door.u.s.len);
    }
    memcpy(out, ban.u.s.ptr, ban.u.s.len);
    for (size_t i = 0; i < MARK_BYTES; i++) {
        out[ban.u.s.len + i] = (uint8_t)(mark >> (8 * i));
    }
    return ban.u.s.len + MARK_BYTES;
}

static bool
key_of(const struct value_place *p, const tandem_record *home,
    char out[2 * KEY_BYTES + 1])
{
    uint8_t bytes[BAN_BYTES_MAX + MARK_BYTES];
    const size_t len = said(home, bytes);
    tandem_id id;

    if (len == 0 ||
        tandem_keyed_id(p->c->store, "fr.terrain/dwelling", p->sector,
            tandem_bytes(bytes, len), &id, NULL) != TANDEM_OK) {
        return false;
    }
    for (size_t i = 0; i < KEY_BYTES; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", id.b[i]);
    }
    return true;
}

tandem_err
door_fill(const struct value_place *p, const tandem_kind_info *k,
    one_per_text *text_of, void *ctx, const tandem_record *seen, tandem_edit *d)
{
    char key[2 * KEY_BYTES + 1];
    tandem_err err = TANDEM_OK;
    tandem_record *home;

    if (strcmp(k->pack, "fr.terrain") != 0 || strcmp(k->id, "encounter") != 0 ||
        is_filled(seen, "door_key") || is_typed(k, "door_key", text_of, ctx)) {
        return TANDEM_OK;
    }
    home = dwelling(p, k, text_of, ctx);
    if (home != NULL && key_of(p, home, key)) {
        err = tandem_edit_set(d, "door_key", tandem_str(key));
    }
    tandem_record_free(home);
    return err;
}
