// SPDX-License-Identifier: Apache-2.0
// notice.c - what to look at again in a record, said beside the answer.
#include "record/notice.h"

#include <string.h>
#include <time.h>

#include "record/guide.h"
#include "record/record.h"

enum { NOTICES_MAX = 32 }; // of one record; more would not be read

static size_t
look(const struct cli *c, const tandem_record *r, tandem_notice *out)
{
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    size_t n;

    if (tandem_record_deleted(r) == TANDEM_TRASHED) {
        return 0;
    }
    n = tandem_record_review(r, now_ms, c->lang, out, NOTICES_MAX);
    n = n < NOTICES_MAX ? n : NOTICES_MAX;
    return n + guide_notices(c, r, out + n, NOTICES_MAX - n);
}

void
notice_say(const struct cli *c, const tandem_record *r)
{
    tandem_notice list[NOTICES_MAX];
    size_t n = look(c, r, list);

    for (size_t i = 0; i < n; i++) {
        cli_say(_("note: %s"), list[i].msg);
    }
}

json_t *
notice_json(const struct cli *c, const tandem_record *r)
{
    tandem_notice list[NOTICES_MAX];
    size_t n = look(c, r, list);
    json_t *out = json_array();

    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(
            out, json_pack("{s:s,s:s,s:o}", "what", list[i].what, "field",
                     list[i].field, "message", cli_json_text(list[i].msg)));
    }
    return out;
}

static void
print_answer(const struct cli *c, const tandem_record *r)
{
    char id[37], code[64];
    const bool coded = record_code(r, code);

    tandem_id_text(tandem_record_id(r), id);
    cli_print("%s%s%s\n", id, coded ? "  " : "", coded ? code : "");
    if (c->nothing) {
        cli_say("%s", _("Nothing changed: it was so already."));
    }
    notice_say(c, r);
}

int
notice_answer(struct cli *c, tandem_edit *d, const tandem_record *before)
{
    tandem_error e = cli_no_error(c);
    tandem_record *r = NULL;

    if (tandem_edit_record(d, &r, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    c->nothing = before != NULL &&
                 strcmp(tandem_record_seen(before), tandem_record_seen(r)) == 0;
    if (c->json) {
        json_t *line = record_answer(c, r);

        (void)json_object_set_new(line, "notices", notice_json(c, r));
        cli_json_line(line);
    } else {
        print_answer(c, r);
    }
    tandem_record_free(r);
    return cli_done(c);
}
