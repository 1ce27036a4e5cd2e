// SPDX-License-Identifier: Apache-2.0
// audit.c - what is kept account of, shown.
#include "words/verbs.h"

#include <string.h>

#include "export/audit.h"
#include "record/value.h"

static const char *
text_of(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));

    return text != NULL ? text : "";
}

// The id that stands in a line as text; zero when it is none.
static tandem_id
id_of(const json_t *line, const char *key)
{
    tandem_id id = {{0}};

    (void)tandem_id_parse(text_of(line, key), &id);
    return id;
}

static void
show_json(const struct cli *c, const json_t *line)
{
    char name[256];
    json_t *o = json_copy((json_t *)(uintptr_t)line);

    (void)json_object_del(o, "time");
    (void)json_object_set_new(
        o, "at", value_moment_json(audit_time(line) * 1000));
    if (audit_dropped(line) > 0) {
        cli_json_line(o);
        return;
    }
    (void)json_object_set_new(o, "person",
        cli_json_text(cli_person_name(c, id_of(line, "person"), name)));
    if (!json_is_null(json_object_get(line, "sector"))) {
        (void)json_object_set_new(o, "sector",
            cli_json_text(cli_sector_name(c, id_of(line, "sector"), name)));
    }
    cli_json_line(o);
}

static const char *
what_text(const char *what)
{
    static const char *const said[] = {
        N_("written out"), N_("printed"), N_("read"), N_("refused")};

    for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
        if (strcmp(audit_word((enum audit_what)i), what) == 0) {
            return _(said[i]);
        }
    }
    return what;
}

static void
show_line(const struct cli *c, const json_t *line)
{
    static const char *const parts[] = {"how", "kind", "record"};
    const unsigned long lost = (unsigned long)audit_dropped(line);
    char name[256], when[64];

    value_moment(c, audit_time(line) * 1000, when);
    if (lost > 0) {
        cli_print(ngettext("%s  %lu line up to here was not kept: a month has "
                           "room for 4 MiB\n",
                      "%s  %lu lines up to here were not kept: a month has "
                      "room for 4 MiB\n",
                      lost),
            when, lost);
        return;
    }
    cli_print("%s  %s  %s", when,
        cli_person_name(c, id_of(line, "person"), name),
        what_text(text_of(line, "what")));
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        const char *text = text_of(line, parts[i]);

        cli_print("%s%s", text[0] != '\0' ? "  " : "", text);
    }
    if (!json_is_null(json_object_get(line, "sector"))) {
        cli_print("  %s", cli_sector_name(c, id_of(line, "sector"), name));
    }
    cli_print("%s%s",
        json_is_true(json_object_get(line, "identity")) ? "  +identity" : "",
        json_is_true(json_object_get(line, "notes")) ? "  +notes" : "");
    if (text_of(line, "why")[0] != '\0') {
        cli_print(_(": "));
        page_flat(PAGE_OUT, text_of(line, "why"));
    }
    cli_print("\n");
}

struct shown {
    const struct cli *c;
    size_t count;
};

static void
show(void *ctx, const json_t *line)
{
    struct shown *s = ctx;

    (s->c->json ? show_json : show_line)(s->c, line);
    s->count++;
}

int
verb_audit(struct cli *c)
{
    struct shown s = {c, 0};
    tandem_error e = cli_no_error(c);
    int rc = cli_open(c, CLI_EXISTING);

    if (rc != CLI_DONE) {
        return rc;
    }
    if (audit_each(c, show, &s, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    if (s.count == 0 && !c->json) {
        cli_say(_("Nothing was read, printed, written out or refused here that "
                  "is kept account of."));
    }
    c->nothing = s.count == 0;
    return cli_done(c);
}
