// SPDX-License-Identifier: Apache-2.0
// notice.c - what to look at again in a record, said beside the answer.
#include "record/notice.h"

#include <time.h>

#include "record/guide.h"

enum { NOTICES_MAX = 32 }; // of one record; more would not be read

static size_t
look(const struct cli *c, const tandem_record *r, tandem_notice *out)
{
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    size_t n = tandem_record_review(r, now_ms, c->lang, out, NOTICES_MAX);

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
