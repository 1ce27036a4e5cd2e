// SPDX-License-Identifier: Apache-2.0
// export_vcard.c - contact sheets and the address book as vCards: 4.0
// (RFC 6350), or 3.0 (RFC 2426) for what reads no other.
#include <stdlib.h>
#include <string.h>

#include "export/export.h"

enum { FOLD = 75 }; // octets of a line, without its end

// One line, folded between characters, ended by CRLF.
static void
put_line(FILE *f, const char *line)
{
    size_t at = 0, len = strlen(line), room = FOLD;

    while (len - at > room) {
        size_t cut = at + room;

        while (((unsigned char)line[cut] & 0xc0u) == 0x80u) {
            cut--;
        }
        (void)fwrite(line + at, 1, cut - at, f);
        (void)fputs("\r\n ", f);
        at = cut;
        room = FOLD - 1;
    }
    (void)fwrite(line + at, 1, len - at, f);
    (void)fputs("\r\n", f);
}

static void
put_escaped(FILE *f, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            (void)fputs("\\n", f);
        } else if (strchr("\\,;", *text) != NULL) {
            (void)fprintf(f, "\\%c", *text);
        } else if ((unsigned char)*text >= ' ' || *text == '\t') {
            (void)fputc(*text, f);
        }
    }
}

// NAME and what stands behind it up to the value, the value (escaped), what
// stands between, a second one or NULL, and what closes it.
static void
put_two(struct export *x, const char *name, const char *value,
    const char *between, const char *second, const char *end)
{
    size_t len = 0;
    char *line = NULL;
    FILE *to = open_memstream(&line, &len);

    if (to == NULL) {
        x->no_memory = true;
        return;
    }
    (void)fputs(name, to);
    put_escaped(to, value);
    (void)fputs(between, to);
    put_escaped(to, second != NULL ? second : "");
    (void)fputs(end, to);
    if (fclose(to) == 0) {
        put_line(x->out, line);
    } else {
        x->no_memory = true;
    }
    free(line);
}

static void
put(struct export *x, const char *name, const char *value, const char *end)
{
    put_two(x, name, value, "", NULL, end);
}

static void
put_field(struct export *x, const tandem_record *r, const char *field,
    const char *name, const char *end)
{
    char *text = export_text(x, r, field);

    if (text != NULL && text[0] != '\0') {
        put(x, name, text, end);
    }
    free(text);
}

// A line for each element of a set.
static void
put_each(struct export *x, const tandem_record *r, const char *field,
    const char *name)
{
    const tandem_field_info *f =
        tandem_kind_field(tandem_record_kind(r), field);
    tandem_value v;

    if (f == NULL || !export_may(x, r, f)) {
        return;
    }
    for (size_t i = 0; tandem_record_item(r, f->id, i, &v, NULL) == TANDEM_OK;
         i++) {
        char *text = export_plain(&f->value, &v);

        put(x, name, text != NULL ? text : "", "");
        free(text);
    }
}

// Where a contact lives: its dwelling's one line, and what it is made of.
static void
put_home(struct export *x, const tandem_record *r)
{
    tandem_record *home = export_home(x, r);
    char *street, *postcode;

    if (home == NULL) {
        return;
    }
    street = export_text(x, home, "address");
    postcode = export_text(x, home, "postcode");
    if (street != NULL) {
        put_two(x, "ADR:;;", street, ";;;", postcode, ";");
    }
    free(street);
    free(postcode);
    tandem_record_free(home);
}

static void
put_moment(struct export *x, const tandem_record *r)
{
    tandem_origin at;
    json_t *text;
    char out[32];
    const char *p;
    size_t n = 0;

    tandem_record_changed(r, &at);
    text = value_moment_json(at.wall_ms);
    // 2026-03-02T09:00:00.000Z as 20260302T090000Z
    for (p = json_string_value(text); p != NULL && *p != '\0' && *p != '.';
         p++) {
        if (*p != '-' && *p != ':' && n < sizeof(out) - 2) {
            out[n++] = *p;
        }
    }
    json_decref(text);
    if (n > 0) {
        out[n++] = 'Z';
        out[n] = '\0';
        put(x, "REV:", out, "");
    }
}

static const char *const called[] = {"name", "alias", "short_code"};

// What the card is called: a name, a landmark, a short code; which of them.
static char *
name_of(struct export *x, const tandem_record *r, const char **field)
{
    char *text = NULL;

    for (size_t i = 0; text == NULL && i < sizeof(called) / sizeof(*called);
         i++) {
        *field = called[i];
        text = export_text(x, r, *field);
    }
    return text;
}

// What of the record is not in its card.
static void
leave_rest(
    struct export *x, const tandem_record *r, bool person, const char *name)
{
    // A card of 3.0 has no language.
    const char *const of_person[] = {name, "phones", "email", "dwelling",
        "remarks", x->older ? NULL : "language", NULL};
    const char *const of_entry[] = {name, "phones", "email", "address",
        "category", "trades", "remarks", NULL};

    export_leave_rest(x, r, person ? of_person : of_entry);
}

static int
card(struct export *x, const tandem_record *r, void *ctx)
{
    const char *kind = ctx;
    bool person = strcmp(kind, "contact") == 0;
    const char *by = "";
    char *name = NULL;
    char id[37];

    if (person && !x->identity) {
        // A card is who and where: without it nothing is left of it.
        export_leave(
            x, LEFT_IDENTITY, tandem_record_kind(r), NULL, (tandem_id){{0}});
        return CLI_DONE;
    }
    name = name_of(x, r, &by);
    tandem_id_text(tandem_record_id(r), id);
    put_line(x->out, "BEGIN:VCARD");
    put_line(x->out, x->older ? "VERSION:3.0" : "VERSION:4.0");
    put(x, x->older ? "UID:" : "UID:urn:uuid:", id, "");
    if (!x->older) {
        put_line(x->out, person ? "KIND:individual" : "KIND:org");
    }
    put(x, "FN:", name != NULL ? name : id, "");
    put(x, "N:", name != NULL ? name : id, ";;;;");
    if (!person) {
        put(x, "ORG:", name != NULL ? name : id, "");
    }
    free(name);
    put_each(
        x, r, "phones", x->older ? "TEL;TYPE=VOICE:" : "TEL;VALUE=uri:tel:");
    put_field(x, r, "email", "EMAIL:", "");
    if (person) {
        put_home(x, r);
        if (!x->older) {
            put_field(x, r, "language", "LANG:", "");
        }
    } else {
        put_field(x, r, "address", "ADR:;;", ";;;;");
        put_field(x, r, "category", "CATEGORIES:", "");
        put_each(x, r, "trades", "CATEGORIES:");
    }
    put_field(x, r, "remarks", "NOTE:", "");
    put_moment(x, r);
    put_line(x->out, "END:VCARD");
    leave_rest(x, r, person, by);
    x->records++;
    return CLI_DONE;
}

int
export_vcard(struct export *x)
{
    char contact[] = "contact", entry[] = "address_entry";
    char *const kinds[] = {contact, entry};
    bool any = false;
    int rc = CLI_DONE;

    for (size_t i = 0; rc == CLI_DONE && i < 2; i++) {
        const tandem_kind_info *k =
            tandem_schema_kind_find(x->c->schema, kinds[i]);

        if (k != NULL && (x->kind == NULL || x->kind == k)) {
            any = true;
            rc = export_each(x, k, card, kinds[i]);
        }
    }
    if (rc == CLI_DONE && !any) {
        rc = cli_fail_with(x->c, TANDEM_EKIND,
            _("cards are made of contact and address_entry only"));
    }
    return rc;
}
