// SPDX-License-Identifier: Apache-2.0
// meaning.c - what the options and the words of a usage line mean: one table
// for the help, the manual and what a shell completes.
#include "words/meaning.h"

#include <stdio.h>
#include <string.h>

#include "words/usage.h"

static const struct meaning options[] = {
    {"init", "--name",
        N_("how this device is called, for the others to know it by")},
    {"join", "--name",
        N_("how this device is called, for the others to know it by")},
    {NULL, "--workspace", N_("how the workspace is called")},
    {"pack", "--out", N_("the file to write, else beside FILE.json; also -o")},
    {"print", "--out",
        N_("the page to write, HTML; `-`: standard output; also -o")},
    {NULL, "--out",
        N_("the file to write, else standard output, as with `-`; also -o")},
    {NULL, "--against",
        N_("say too what keeps it from following the description OLD")},
    {NULL, "--right", N_("what the newcomer may do (see below)")},
    {"invite", "--sector",
        N_("a sector the right is given in; may stand several times")},
    {"device", "--sector",
        N_("a sector the right is given in; may stand several times")},
    {"new ready", "--sector",
        N_("the sector of what is made; needless where there is but one")},
    {"import", "--sector",
        N_("the sector of what is made; needless where there is but one, or "
           "where each row says its own")},
    {NULL, "--sector", N_("only what is of this sector")},
    {NULL, "--listen",
        N_("where others find this device, else a free port of its first "
           "address")},
    {NULL, "--advertise",
        N_("what the code says instead, where a router stands before")},
    {"watch", "--for",
        N_("go on waiting for changes so long, else end when all are told")},
    {"invite join", "--for", N_("wait no longer than this")},
    {NULL, "--for", N_("end after this time, else when stopped")},
    {NULL, "--qr", N_("draw the code too, for a camera")},
    {"delete restore undo edit set resolve", "--why",
        N_("the reason, kept in the record's history")},
    {"export", "--why",
        N_("what personal fields are needed for; kept (tandem audit)")},
    {"show", "--seen", N_("the record as it was when this token was shown")},
    {NULL, "--seen",
        N_("the token `show` gives after \"seen\": the change is of the record "
           "as it was then; what others wrote since stays beside it")},
    {NULL, "--insert", N_("put TEXT before character POS; 0 is the beginning")},
    {NULL, "--delete", N_("take out LEN characters from POS on")},
    {"edit", "--from",
        N_("make the text that of FILE (`-`: standard input), by the smallest "
           "edit")},
    {"list", "--where",
        N_("only records with this value; several: all of them must fit")},
    {NULL, "--all", N_("also the records in the bin")},
    {"history", "--limit", N_("the last N changes only")},
    {NULL, "--limit", N_("no more than N")},
    {NULL, "--field", N_("only what changed in field F")},
    {NULL, "--over",
        N_("undo also what somebody has written over since; their value goes")},
    {NULL, "--value", N_("settle it with this value instead of one shown")},
    {NULL, "--key",
        N_("of a map: the key that is in conflict, as FIELD.KEY says it")},
    {"same", "--undo", N_("take back what was said of the two")},
    {NULL, "--not", N_("say that they are not the same")},
    {NULL, "--no-beacon",
        N_("do not say to members near where this device listens")},
    {NULL, "--beacon-to",
        N_("where to say it, else to all of the network it listens on")},
    {NULL, "--beacon-at", N_("where to hear members that are near")},
    {NULL, "--wait",
        N_("without PEER or ADDRESS: listen so long for members near, else 2s; "
           "0: do not")},
    {NULL, "--once", N_("end when the first device has been answered")},
    {NULL, "--after", N_("only changes past this number of the feed")},
    {"export", "--kind", N_("only this kind; a table (csv) is of one kind")},
    {NULL, "--kind", N_("the kind of the table's rows (see: tandem kinds)")},
    {NULL, "--town",
        N_("only addresses of this town: its code; may stand several times")},
    {NULL, "--street",
        N_("only addresses of this street; may stand several times")},
    {NULL, "--score",
        N_("leave out what a geocoder is less sure of: 0 to 1, else 0.6")},
    {NULL, "--dry-run", N_("try all of it, write nothing")},
    {NULL, "--apart",
        N_("write the rows that were not taken in to FILE, to be corrected "
           "and imported alone")},
    {NULL, "--with-identity",
        N_("also the fields that say who and where; needs --why")},
    {NULL, "--with-notes",
        N_("also free text and what homes are like; needs --why")},
    {NULL, "--bom", N_("begin with the mark that spreadsheets know UTF-8 by")},
    {NULL, "--vcard3", N_("cards of version 3.0, for older telephones")},
    {NULL, "--from", N_("the first day that counts")},
    {NULL, "--to", N_("the last day that counts")},
    {NULL, "--outside",
        N_("as it may leave the office: small numbers of homes and typed "
           "texts are hidden")},
    {NULL, "--html", N_("write it as a page to FILE; `-`: standard output")},
    {NULL, "--csv", N_("write it as a table to FILE; `-`: standard output")},
    {NULL, "--call", N_("the telephone and hours printed on a notice")},
    {NULL, "--day", N_("as of this day, else today")},
};

static const struct meaning words[] = {
    {NULL, "ID", N_("a record: its short code, its id, or how the id begins")},
    {NULL, "KIND", N_("a kind of record, as `tandem kinds` names it")},
    {NULL, "FIELD", N_("a field, as `tandem kinds KIND` names it")},
    {NULL, "field=value",
        N_("a field and its value; of a choice, the word that `tandem kinds "
           "KIND` shows")},
    {"set", "field=", N_("empty the field")},
    {NULL, "field+=value", N_("add a value to a set, a list or a count")},
    {NULL, "field-=value", N_("take a value out of them")},
    {NULL, "map.key=value", N_("one key of a map, such as consents.photo")},
    {NULL, "list@2+=value", N_("put a value at the second place of a list")},
    {NULL, "list@2=5", N_("move what is second to the fifth place")},
    {NULL, "list@2-=", N_("take out what is second")},
    {NULL, "POS", N_("characters before it, counted from 0")},
    {NULL, "VERSION",
        N_("one of the values side by side, by the name `show` and "
           "`conflicts` give it")},
    {"undo", "CHANGE",
        N_("a change, by the name `tandem history` gives it; how it begins is "
           "enough")},
    {"join", "CODE", N_("what `tandem invite` shows on the other device")},
    {"invite device", "reader", N_("reads its sectors")},
    {"invite device", "agent", N_("reads and writes in them")},
    {"invite device", "coordinator",
        N_("also enrols agents and readers in them")},
    {"invite device", "office", N_("also enrols coordinators")},
    {"invite", "admin",
        N_("may do everything, in the whole workspace; only when enrolled")},
    {"device", "none", N_("the right is taken away")},
    {NULL, "DURATION", N_("90s, 5m or 2h; a number alone is of seconds")},
    {NULL, "DAY", N_("2026-03-31 or 31/03/2026")},
    {NULL, "ENDPOINT",
        N_("such as tcp://192.168.1.7:41234, or :* for any free port")},
    {NULL, "PLACE",
        N_("such as udp://192.168.1.255:47217, or for hearing :* for any free "
           "port")},
    {"sync", "PEER", N_("a device met before, by its name")},
    {"sync", "ADDRESS", N_("what `tandem serve` shows")},
    {"report", "F..", N_("figures by their numbers, such as F01 F20")},
    {"export import", "csv", N_("a table for a spreadsheet, of one kind")},
    {"export import", "jsonl",
        N_("JSON Lines: all kinds, to be taken in by another store")},
    {"export", "geojson", N_("what has a position, for a map")},
    {"export", "vcard", N_("contacts, for an address book")},
    {"export", "ical", N_("appointments, for a calendar")},
    {"import", "ban",
        N_("addresses of the Base Adresse Nationale, as dwellings")},
    {"import", "import_key",
        N_("a column: what names the row elsewhere. The same key makes and "
           "changes the same record; a table with neither this nor a column "
           "\"record\" makes new records each time")},
    {"import", "record_sector",
        N_("a column, as exports have it: the sector of the record")},
    {"import", "record",
        N_("a column, as exports have it: the id of the record")},
};

// Is `word` one of the list "set edit"?
static bool
is_among(const char *list, const char *word)
{
    const size_t len = strlen(word);

    while (*list != '\0') {
        const size_t n = strcspn(list, " ");

        if (n == len && memcmp(list, word, len) == 0) {
            return true;
        }
        list += n + (list[n] == ' ');
    }
    return false;
}

const char *
meaning_of_option(const struct verb *v, const struct args_known *option)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        const struct meaning *m = &options[i];

        if (strlen(m->what) == option->len + 2 &&
            memcmp(m->what + 2, option->name, option->len) == 0 &&
            (m->verbs == NULL || is_among(m->verbs, v->name))) {
            return m->does;
        }
    }
    return NULL;
}

// A choice of words ("reader|agent") stands below: here its name does.
static void
shown_as(const struct verb *v, const struct args_known *option, char out[64])
{
    tandem_slice values;
    int n = snprintf(out, 64, "--%.*s", (int)option->len, option->name);

    if (option->values == 0 || n < 0 || n >= 64 ||
        !usage_values(v->args, option, &values)) {
        return;
    }
    if (memchr(values.ptr, '|', values.len) != NULL) {
        values = tandem_bytes("RIGHT", 5);
    }
    while (values.len > 0 && values.ptr[values.len - 1] == '.') { // "S..."
        values.len--;
    }
    (void)snprintf(out + n, 64 - (size_t)n, " %.*s", (int)values.len,
        (const char *)values.ptr);
}

size_t
meaning_each(const struct verb *v, meaning_fn *fn)
{
    const char *at = v->options;
    struct args_known k;
    char shown[64];
    size_t n = 0;

    while (args_next_known(&at, &k)) {
        const char *does = meaning_of_option(v, &k);

        if (does != NULL && fn != NULL) {
            shown_as(v, &k, shown);
            fn(shown, _(does));
        }
        n += does != NULL;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        const struct meaning *m = &words[i];

        if (m->verbs == NULL ? usage_has_word(v->args, m->what)
                             : is_among(m->verbs, v->name)) {
            if (fn != NULL) {
                fn(m->what, _(m->does));
            }
            n++;
        }
    }
    return n;
}
