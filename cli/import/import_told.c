// SPDX-License-Identifier: Apache-2.0
// import_told.c - what is said of single rows: set apart, or to look at.
#include "import/import.h"

#include <string.h>

static void
write_raw(FILE *f, const char *raw, size_t len)
{
    (void)fwrite(raw, 1, len, f);
    (void)fputc('\n', f);
}

// Where in the file, and what of it.
static void
say_where(const struct import *m, uint64_t line, size_t column,
    const char *name, const char *sentence)
{
    const unsigned long long at = line;

    if (column > 0) {
        cli_say(_("%s, line %llu, column %zu (%s): %s"), m->file, at, column,
            name, sentence);
    } else if (m->counted && *name != '\0') {
        cli_say(_("%s, address %llu (%s): %s"), m->file, at, name, sentence);
    } else if (m->counted) {
        cli_say(_("%s, address %llu: %s"), m->file, at, sentence);
    } else if (*name != '\0') {
        cli_say(_("%s, line %llu (%s): %s"), m->file, at, name, sentence);
    } else {
        cli_say(_("%s, line %llu: %s"), m->file, at, sentence);
    }
}

void
import_apart(struct import *m, uint64_t line, size_t column, const char *name,
    const tandem_error *e, const char *raw, size_t raw_len)
{
    const char *sentence =
        e->msg[0] != '\0' ? e->msg : tandem_err_text(e->code, m->c->lang);

    m->tally.apart++;
    if (m->apart != NULL && raw != NULL) {
        write_raw(m->apart, raw, raw_len);
    }
    if (m->c->json) {
        json_t *told = cli_error_json(e);

        (void)json_object_set_new(told, "sentence", cli_json_text(sentence));
        (void)json_object_set_new(told, m->counted ? "address" : "line",
            json_integer((json_int_t)line));
        if (*name != '\0') {
            (void)json_object_set_new(told, "column", cli_json_text(name));
        }
        told = json_pack("{s:o}", "apart", told);
        cli_json_talk(told);
        return;
    }
    say_where(m, line, column, name, sentence);
}

void
import_note(const struct import *m, uint64_t line, const char *name,
    const char *sentence)
{
    json_t *told;

    if (!m->c->json) {
        say_where(m, line, 0, name, sentence);
        return;
    }
    told = json_pack("{s:{s:o,s:I,s:o}}", "note", "sentence",
        cli_json_text(sentence), m->counted ? "address" : "line",
        (json_int_t)line, "column", cli_json_text(name));
    cli_json_talk(told);
}
