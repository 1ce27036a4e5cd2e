// SPDX-License-Identifier: Apache-2.0
// import_look.c - what is to be looked at again in rows that went in: told once
// for each sort, with how many rows and the first, so that a table of thousands
// is not a page of warnings.
#include "import/import.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    NOTICES_MAX = 32, // of one record
    SORTS_MAX = 64    // told; of more it is said that there are
};

struct look {
    tandem_notice notice; // as it was said of the first row
    uint64_t rows, line;
};

struct import_looks {
    struct look at[SORTS_MAX];
    size_t count;
    uint64_t more; // notices of other sorts
};

static struct look *
look_of(struct import_looks *l, const tandem_notice *n, uint64_t line)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->at[i].notice.what, n->what) == 0 &&
            strcmp(l->at[i].notice.field, n->field) == 0) {
            return &l->at[i];
        }
    }
    if (l->count == SORTS_MAX) {
        return NULL;
    }
    l->at[l->count] = (struct look){.notice = *n, .line = line};
    return &l->at[l->count++];
}

void
import_look(struct import *m, uint64_t line, const tandem_record *now)
{
    tandem_notice notices[NOTICES_MAX];
    const size_t n = tandem_record_review(
        now, (int64_t)time(NULL) * 1000, m->c->lang, notices, NOTICES_MAX);

    if (n > 0 && m->looks == NULL) {
        m->looks = calloc(1, sizeof(*m->looks));
    }
    for (size_t i = 0; m->looks != NULL && i < n && i < NOTICES_MAX; i++) {
        struct look *l = look_of(m->looks, &notices[i], line);

        if (l != NULL) {
            l->rows++;
        } else {
            m->looks->more++;
        }
    }
}

static void
say_look(const struct import *m, const struct look *l)
{
    const unsigned long long rows = l->rows, line = l->line;

    if (rows == 1 && !m->counted) {
        cli_say(_("note: %s (line %llu)"), l->notice.msg, line);
    } else if (!m->counted) {
        cli_say(_("note: %s (%llu rows, the first at line %llu)"),
            l->notice.msg, rows, line);
    } else {
        cli_say(_("note: %s (addresses: %llu, the first is number %llu)"),
            l->notice.msg, rows, line);
    }
}

json_t *
import_looks_tell(const struct import *m)
{
    const struct import_looks *l = m->looks;
    json_t *list = m->c->json ? json_array() : NULL;

    for (size_t i = 0; l != NULL && i < l->count; i++) {
        if (list == NULL) {
            say_look(m, &l->at[i]);
            continue;
        }
        (void)json_array_append_new(list,
            json_pack("{s:s,s:s,s:o,s:I,s:I}", "what", l->at[i].notice.what,
                "field", l->at[i].notice.field, "message",
                cli_json_text(l->at[i].notice.msg), "rows",
                (json_int_t)l->at[i].rows, m->counted ? "address" : "line",
                (json_int_t)l->at[i].line));
    }
    if (l != NULL && l->more > 0 && list == NULL) {
        cli_say(_("%llu more notes of other sorts are not told"),
            (unsigned long long)l->more);
    }
    return list;
}
