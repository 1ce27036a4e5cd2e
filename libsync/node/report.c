// SPDX-License-Identifier: Apache-2.0
// report.c - what a talk has to report: its session's numbers, those of the
// tries before, and the kinds that came and went.
#include "node/talk.h"

#include <stdio.h>
#include <string.h>

static void
add_before(const struct td_talk *t, tandem_report *r)
{
    const tandem_report *b = &t->before;

    r->commits_sent += b->commits_sent;
    r->commits_received += b->commits_received;
    r->changes_sent += b->changes_sent;
    r->changes_received += b->changes_received;
    r->records_changed += b->records_changed;
    r->bytes_out += b->bytes_out;
    r->bytes_in += b->bytes_in;
    r->round_trips += b->round_trips;
    r->control_received += b->control_received;
    r->equal = r->equal && b->commits_received + b->commits_sent == 0;
}

// The most first, at most as many as an event holds.
static void
keep_kind(struct td_talk *t, const tandem_event_kinds *k)
{
    size_t max = sizeof(t->kinds) / sizeof(t->kinds[0]);
    size_t i = t->kind_count;

    if (i == max && t->kinds[i - 1].received + t->kinds[i - 1].sent >=
                        k->received + k->sent) {
        return;
    }
    if (i == max) {
        i--;
    } else {
        t->kind_count++;
    }
    for (; i > 0 && t->kinds[i - 1].received + t->kinds[i - 1].sent <
                        k->received + k->sent;
         i--) {
        t->kinds[i] = t->kinds[i - 1];
    }
    t->kinds[i] = *k;
}

static void
collect_kinds(struct td_talk *t)
{
    const struct td_schema *schema = t->node->store->replica->schema;
    tandem_event_kinds k;
    uint8_t pack[8];
    uint64_t number;

    t->kind_count = 0;
    for (size_t i = 0;
         td_session_kind(t->session, i, pack, &number, &k.received, &k.sent);
         i++) {
        const tandem_kind_info *info =
            number > UINT32_MAX
                ? NULL
                : td_schema_kind_by_tag(schema, pack, (uint32_t)number);

        memset(k.kind, 0, sizeof(k.kind));
        (void)snprintf(
            k.kind, sizeof(k.kind), "%s", info != NULL ? info->id : "");
        keep_kind(t, &k);
    }
}

void
td_talk_collect(struct td_talk *t)
{
    if (t->session == NULL) {
        return;
    }
    td_api_lock(t->node->store);
    td_session_report(t->session, &t->report);
    collect_kinds(t);
    td_api_unlock(t->node->store);
    add_before(t, &t->report);
}
