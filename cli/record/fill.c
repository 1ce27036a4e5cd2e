// SPDX-License-Identifier: Apache-2.0
// fill.c - what is filled in of a record to be.
//
// The key of a door is a keyed hash, under the sector's secret, of the
// dwelling's BAN identifier and its floor and door: two devices that made two
// records of one home give it the same key, and whoever has no part in the
// sector learns nothing from it.
#include "record/fill.h"

#include <stdio.h>
#include <string.h>

#include "figures/calendar.h"
#include "figures/mark.h"
#include "figures/way.h"
#include "figures/words.h"

enum {
    BAN_BYTES_MAX = 40,
    MARK_BYTES = 8,
    KEY_BYTES = 10, // of the hash that are kept: 20 digits
};

static bool
is_kind(const struct fill *x, const char *id)
{
    return strcmp(x->kind->pack, "fr.terrain") == 0 &&
           strcmp(x->kind->id, id) == 0;
}

static bool
is_filled(const tandem_record *r, const char *field)
{
    tandem_value v;

    return r != NULL && tandem_record_get(r, field, &v) == TANDEM_OK &&
           v.type != TANDEM_NONE;
}

// As it is typed; NULL: not at all.
static const char *
text_of(const struct fill *x, const char *field)
{
    const tandem_field_info *f = tandem_kind_field(x->kind, field);

    return f != NULL ? x->text_of(x->ctx, f) : NULL;
}

static bool
is_typed(const struct fill *x, const char *field)
{
    const char *text = text_of(x, field);

    return text != NULL && text[strspn(text, " \t\r\n")] != '\0';
}

// NONE: nothing is typed there, or nothing that can be read.
static tandem_value
typed(const struct fill *x, const char *field, char room[TANDEM_PARSE_ROOM])
{
    const tandem_field_info *f = tandem_kind_field(x->kind, field);
    tandem_error e = cli_no_error(x->place->c);
    tandem_value v;

    return is_typed(x, field) &&
                   value_read(x->place, &f->value, x->text_of(x->ctx, f), room,
                       &v, &e) == TANDEM_OK
               ? v
               : tandem_none();
}

// The record that is referred to, if it is held. Freed by the caller.
static tandem_record *
referred(const struct fill *x, const char *field)
{
    char room[TANDEM_PARSE_ROOM];
    const tandem_value v = typed(x, field, room);
    tandem_record *r = NULL;

    return v.type == TANDEM_REF && tandem_record_open(x->place->c->store,
                                       v.u.id, &r, NULL) == TANDEM_OK
               ? r
               : NULL;
}

// --------------------------------------------------------------------- a door

// Its BAN identifier, and a mark of its floor and door. 0: one of them is
// missing; of a building all homes without a door would be one.
static size_t
said(const tandem_record *home, uint8_t out[BAN_BYTES_MAX + MARK_BYTES])
{
    tandem_value ban, door;
    uint64_t mark;

    if (tandem_record_get(home, "ban_id", &ban) != TANDEM_OK ||
        ban.type != TANDEM_STR || ban.u.s.len == 0 ||
        ban.u.s.len > BAN_BYTES_MAX ||
        tandem_record_get(home, "door", &door) != TANDEM_OK ||
        door.type != TANDEM_STR || door.u.s.len == 0) {
        return 0;
    }
    mark = mark_of(door.u.s.ptr, door.u.s.len);
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

// Was its key made of the dwelling that it has? One that was typed stays.
static bool
is_made(const struct fill *x, const tandem_record *seen)
{
    char key[2 * KEY_BYTES + 1];
    tandem_record *home = NULL;
    tandem_value at, is;
    bool made;

    if (tandem_record_get(seen, "dwelling", &at) != TANDEM_OK ||
        tandem_record_get(seen, "door_key", &is) != TANDEM_OK ||
        at.type != TANDEM_REF || is.type != TANDEM_STR ||
        tandem_record_open(x->place->c->store, at.u.id, &home, NULL) !=
            TANDEM_OK) {
        return false;
    }
    made = key_of(x->place, home, key) && is.u.s.len == strlen(key) &&
           memcmp(is.u.s.ptr, key, is.u.s.len) == 0;
    tandem_record_free(home);
    return made;
}

tandem_err
fill_door(const struct fill *x, const tandem_record *seen, tandem_edit *d)
{
    const bool keyed = is_filled(seen, "door_key");
    char key[2 * KEY_BYTES + 1];
    tandem_err err = TANDEM_OK;
    tandem_record *home;

    if (!is_kind(x, "encounter") || text_of(x, "dwelling") == NULL ||
        is_typed(x, "door_key") || (keyed && !is_made(x, seen))) {
        return TANDEM_OK;
    }
    home = referred(x, "dwelling");
    if (home != NULL && key_of(x->place, home, key)) {
        err = tandem_edit_set(d, "door_key", tandem_str(key));
    } else if (keyed) { // of a home that it is not of any more
        err = tandem_edit_set(d, "door_key", tandem_none());
    }
    tandem_record_free(home);
    return err;
}

// ---------------------------------------------------------------- a call-back

tandem_err
fill_call_back(const struct fill *x, tandem_edit *d)
{
    char room[TANDEM_PARSE_ROOM];
    tandem_err err = TANDEM_OK;
    tandem_record *visit;
    tandem_value kind, at;

    if (!is_kind(x, "follow_up") || is_typed(x, "due_on")) {
        return TANDEM_OK;
    }
    kind = typed(x, "follow_up_kind", room);
    visit = kind.type == TANDEM_ENUM && kind.u.i == FOLLOW_PHONE_CALLBACK
                ? referred(x, "intervention")
                : NULL;
    if (visit != NULL &&
        tandem_record_get(visit, "started_at", &at) == TANDEM_OK &&
        at.type == TANDEM_TIME) {
        err = tandem_edit_set(d, "due_on",
            tandem_date(calendar_day_of(at.u.dt.ms) + WAY_CALL_BACK_DAYS));
    }
    tandem_record_free(visit);
    return err;
}
