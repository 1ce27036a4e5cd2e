// SPDX-License-Identifier: Apache-2.0
// due.c - what is due.
#include "due.h"

#include <stdlib.h>
#include <string.h>

#include "quiet.h"
#include "words.h"

static const struct due_name names[DUE_KINDS] = {
    [DUE_APPOINTMENT] = {"appointment", "rendez-vous", "appointment"},
    [DUE_OUTCOME] = {"outcome", "rendez-vous passé : honoré ?",
        "appointment over: was it kept?"},
    [DUE_CLOSE] = {"close", "intervention à clôturer", "intervention to close"},
    [DUE_REQUEST] = {"request", "sollicitation sans suite",
        "request nobody answered"},
    [DUE_MISSED] = {"missed", "rendez-vous à reprendre",
        "appointment to be taken again"},
    [DUE_COURTESY] = {"courtesy_visit", "visite de courtoisie demandée",
        "courtesy visit asked for"},
    [DUE_FOLLOW_UP] = {"follow_up", "suivi à faire", "follow-up to do"},
    [DUE_CALL_BACK] = {"call_back", "rappel après l'intervention",
        "call-back after the intervention"},
    [DUE_KNOCK] = {"knock", "repasser : personne n'a répondu",
        "knock again: nobody answered"},
    [DUE_ANSWER] = {"answer", "réponse attendue", "an answer is waited for"},
};

const struct due_name *
due_name(enum due_kind k)
{
    return &names[k];
}

struct finding {
    const struct view *v;
    const struct ways *w;
    const struct charter *c;
    struct meets came; // interventions, by sheet and day
    struct dues *out;
    tandem_err err;
};

static bool
is_seen(const struct view *v, uint32_t record)
{
    return !v->filter.one_sector ||
           view_fact(v, record)->sector == v->filter.sector;
}

// A row more; its household from its record. NULL: not looked at, or no memory.
static struct due *
put(struct finding *x, enum due_kind kind, uint32_t record, int32_t day)
{
    struct dues *d = x->out;
    const struct stand *s = ways_of(x->w, record);

    if (x->err != TANDEM_OK || !is_seen(x->v, record)) {
        return NULL;
    }
    if (d->count == d->cap) {
        const size_t cap = d->cap < 32 ? 32 : d->cap * 2;
        struct due *more = realloc(d->at, cap * sizeof(*more));

        if (more == NULL) {
            x->err = TANDEM_ENOMEM;
            return NULL;
        }
        d->at = more;
        d->cap = cap;
    }
    d->at[d->count] = (struct due){.kind = kind,
        .id = x->v->f->ids[record],
        .record = record,
        .household = s != NULL ? s->household : 0,
        .day = day,
        .until = NO_DAY,
        .at_ms = FACT_NONE,
        .stopped = s != NULL && s->way == WAY_STOP,
        .allowed = day};
    return &d->at[d->count++];
}

// To be contacted by the service itself: not before the charter allows it.
static void
guard(struct finding *x, struct due *d)
{
    const struct view *v = x->v;

    if (d == NULL) {
        return;
    }
    d->contacts = true;
    if (d->stopped) {
        d->allowed = NO_DAY;
    } else if (d->household != 0 &&
               view_fact(v, d->household)->kind == FACT_CONTACT) {
        d->allowed = charter_next(
            v, x->c, d->household, d->day > v->today ? d->day : v->today);
    }
}

// --------------------------------------------------------------------- records

static bool
came_on(const struct finding *x, uint32_t h, int32_t day)
{
    const uint32_t sheet =
        view_link(x->v, h, APPOINTMENT_CONTACT, FACT_CONTACT);

    return sheet != 0 && meets_first(&x->came, sheet, day, day) != NULL;
}

static void
find_appointment(struct finding *x, uint32_t h)
{
    const int64_t state = view_get(x->v, h, APPOINTMENT_STATE);
    const int64_t at = view_get(x->v, h, APPOINTMENT_STARTS_AT);
    const int32_t day = at != FACT_NONE ? calendar_day_of(at) : NO_DAY;
    struct due *d;

    if (day == NO_DAY || state > APPOINTMENT_IS_MOVED) {
        return;
    }
    if (day < x->v->today && came_on(x, h, day)) {
        return; // who came that day says enough
    }
    d = put(x, day < x->v->today ? DUE_OUTCOME : DUE_APPOINTMENT, h, day);
    if (d != NULL) {
        d->at_ms = at;
        d->disputed = view_get(x->v, h, APPOINTMENT_DISPUTED) == 1;
        d->quiet = d->kind == DUE_APPOINTMENT && quiet_at(x->c->quiet, at);
    }
}

static void
find_visit(struct finding *x, uint32_t h)
{
    if (view_get(x->v, h, VISIT_SIGNED_OFF) != 1) {
        (void)put(x, DUE_CLOSE, h, x->v->day[h]);
    }
}

static void
find_follow_up(struct finding *x, uint32_t h)
{
    if (view_get(x->v, h, FOLLOW_UP_DONE_AT) == FACT_NONE) {
        guard(x, put(x,
                     view_get(x->v, h, FOLLOW_UP_KIND) == FOLLOW_COURTESY_VISIT
                         ? DUE_COURTESY
                         : DUE_FOLLOW_UP,
                     h, x->v->day[h]));
    }
}

static void
find_records(struct finding *x)
{
    static const struct {
        enum fact_kind kind;
        void (*find)(struct finding *x, uint32_t h);
    } kinds[] = {
        {FACT_APPOINTMENT, find_appointment},
        {FACT_VISIT, find_visit},
        {FACT_FOLLOW_UP, find_follow_up},
    };

    for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
        const struct handles *all = &x->v->of[kinds[k].kind];

        for (size_t i = 0; i < all->count; i++) {
            if (x->v->kept[all->at[i]] == all->at[i]) {
                kinds[k].find(x, all->at[i]);
            }
        }
    }
}

// ------------------------------------------------------------------ households

static void
find_knock(struct finding *x, const struct stand *s)
{
    struct due *d = put(x, DUE_KNOCK, s->by, s->tried + 1);

    if (d != NULL) {
        d->household = s->household;
        d->until = s->tried + WAY_NOTICE_DAYS;
        d->knocks = s->knocks;
        d->noticed = s->way == WAY_NOTICE;
    }
}

static void
find_stand(struct finding *x, const struct stand *s)
{
    const int32_t since =
        s->since_ms != FACT_NONE ? calendar_day_of(s->since_ms) : NO_DAY;
    struct due *d = NULL;

    if (s->way == WAY_ABSENT || s->way == WAY_NOTICE) {
        find_knock(x, s);
    } else if (s->way == WAY_WAITS) {
        d = put(x, DUE_ANSWER, s->by, since);
        if (d != NULL) {
            d->until = since + WAY_ANSWER_DAYS;
        }
    } else if (s->way == WAY_ASKED) {
        const bool met = view_fact(x->v, s->by)->kind == FACT_APPOINTMENT;

        d = put(x, met ? DUE_MISSED : DUE_REQUEST, s->by, since);
    } else if ((s->way == WAY_CLOSED || s->way == WAY_FOLLOWED) &&
               view_fact(x->v, s->by)->kind == FACT_VISIT) {
        d = put(x, DUE_CALL_BACK, s->by, x->v->day[s->by] + WAY_CALL_BACK_DAYS);
        guard(x, d);
    }
    if (d != NULL) {
        d->household = s->household;
    }
}

static int
by_day(const void *a, const void *b)
{
    const struct due *x = a, *y = b;

    if (x->day != y->day) {
        return x->day < y->day ? -1 : 1;
    }
    if (x->at_ms != y->at_ms) {
        return x->at_ms < y->at_ms ? -1 : 1;
    }
    return x->kind != y->kind ? (int)x->kind - (int)y->kind
                              : memcmp(x->id.b, y->id.b, sizeof(x->id.b));
}

tandem_err
due_find(const struct view *v, const struct ways *w, const struct charter *c,
    struct dues *out)
{
    struct finding x = {.v = v, .w = w, .c = c, .out = out};

    *out = (struct dues){NULL, 0, 0};
    x.err = meets_find(v, FACT_VISIT, VISIT_CONTACT, &x.came);
    if (x.err == TANDEM_OK) {
        find_records(&x);
        for (size_t i = 0; i < w->count; i++) {
            if (!w->at[i].through) {
                find_stand(&x, &w->at[i]);
            }
        }
    }
    meets_free(&x.came);
    if (x.err != TANDEM_OK) {
        due_free(out);
        return x.err;
    }
    if (out->count > 0) {
        qsort(out->at, out->count, sizeof(*out->at), by_day);
    }
    return TANDEM_OK;
}

void
due_free(struct dues *d)
{
    free(d->at);
    *d = (struct dues){NULL, 0, 0};
}
