// SPDX-License-Identifier: Apache-2.0
// keep.c - which records are past the time that their class keeps them.
#include "keep.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

#define CONTACT_MONTHS_MOST 36 // whatever a pack says
#define CLEARED_MONTHS      60 // of a verbatim: it is a fact then
#define CHAIN_MOST          4  // from a touch point to its session

// ------------------------------------------------------------------ households

static void
later(int32_t *day, int32_t other)
{
    if (other != NO_DAY && (*day == NO_DAY || other > *day)) {
        *day = other;
    }
}

static int32_t
day_or_none(int64_t ms)
{
    return ms != FACT_NONE ? calendar_day_of(ms) : NO_DAY;
}

// The day of a contact with somebody; NO_DAY: it is none.
static int32_t
contact_day(const struct view *v, uint32_t h)
{
    switch (v->live[h]) {
    case FACT_ENCOUNTER:
    case FACT_NOTICE:
    case FACT_REQUEST:
    case FACT_VISIT:
    case FACT_REFERRAL:
    case FACT_CONTACT:
    case FACT_DWELLING:
        return v->day[h];
    case FACT_APPOINTMENT:
        return day_or_none(view_get(v, h, APPOINTMENT_STARTS_AT));
    case FACT_FOLLOW_UP:
        return day_or_none(view_get(v, h, FOLLOW_UP_DONE_AT));
    case FACT_DOSSIER:
        return calendar_day_of(view_fact(v, h)->changed_ms);
    default:
        return NO_DAY;
    }
}

static bool
is_ended(const struct view *v, uint32_t dossier)
{
    const int64_t state = view_get(v, dossier, DOSSIER_STATE);

    return state == DOSSIER_IS_COMPLETED || state == DOSSIER_IS_NOT_ELIGIBLE ||
           state == DOSSIER_IS_DROPPED;
}

static void
find_contacts(struct keep *k)
{
    const struct view *v = k->v;

    for (uint32_t h = 1; h < v->f->count; h++) {
        const uint32_t of = k->w->of.of[v->kept[h]];

        if (v->live[h] == FACT_NOTHING || of == 0) {
            continue;
        }
        later(&k->contact[of], contact_day(v, h));
        if (v->live[h] == FACT_DOSSIER) {
            if (is_ended(v, h)) {
                later(
                    &k->file[of], calendar_day_of(view_fact(v, h)->changed_ms));
            } else {
                k->file_open[of] = 1;
            }
        }
    }
}

// Who lives there is met there, and the other way round.
static void
join_homes(struct keep *k)
{
    const struct households *x = &k->w->of;

    for (size_t i = 0; i < x->live_count; i++) {
        later(&k->contact[x->lives[i].home], k->contact[x->lives[i].sheet]);
    }
    for (size_t i = 0; i < x->live_count; i++) {
        later(&k->contact[x->lives[i].sheet], k->contact[x->lives[i].home]);
    }
}

tandem_err
keep_open(const struct view *v, const struct ways *w, struct keep *out)
{
    const size_t n = v->f->count;
    struct keep k = {.v = v, .w = w, .trial = NO_DAY};

    k.contact = malloc(n * sizeof(*k.contact));
    k.file = malloc(n * sizeof(*k.file));
    k.file_open = calloc(n, sizeof(*k.file_open));
    if (k.contact == NULL || k.file == NULL || k.file_open == NULL) {
        keep_close(&k);
        return TANDEM_ENOMEM;
    }
    for (size_t h = 0; h < n; h++) {
        k.contact[h] = k.file[h] = NO_DAY;
    }
    find_contacts(&k);
    join_homes(&k);
    for (size_t i = 0; i < v->of[FACT_EXPERIMENT].count; i++) {
        later(&k.trial, calendar_day_or_none(view_get(v,
                            v->of[FACT_EXPERIMENT].at[i], EXPERIMENT_ENDS_ON)));
    }
    *out = k;
    return TANDEM_OK;
}

void
keep_close(struct keep *k)
{
    free(k->contact);
    free(k->file);
    free(k->file_open);
    k->contact = k->file = NULL;
    k->file_open = NULL;
}

// ----------------------------------------------------- what it is counted from

// What the record is about: a note's, an attachment's, a link's own.
static uint32_t
about(const struct view *v, uint32_t h)
{
    const int column = v->live[h] == FACT_NOTE       ? (int)NOTE_ABOUT
                       : v->live[h] == FACT_ATTACHED ? (int)ATTACHED_ABOUT
                                                     : (int)LINK_KEEP;
    const uint32_t to = (uint32_t)view_get(v, h, column);

    return v->live[to] != FACT_NOTHING ? v->kept[to] : 0;
}

static int32_t
last_contact(const struct keep *k, uint32_t h)
{
    const uint8_t kind = k->v->live[h];
    uint32_t at = k->v->kept[h];
    uint32_t of;

    if (kind == FACT_NOTE || kind == FACT_ATTACHED || kind == FACT_LINK) {
        at = about(k->v, h);
    }
    of = at != 0 ? k->w->of.of[at] : 0;
    return of != 0 && k->contact[of] != NO_DAY ? k->contact[of] : k->v->day[h];
}

static int32_t
file_end(const struct keep *k, uint32_t h)
{
    const uint32_t of = k->w->of.of[k->v->kept[h]];

    if (of != 0 && k->file_open[of] != 0) {
        return NO_DAY;
    }
    return of != 0 && k->file[of] != NO_DAY ? k->file[of] : last_contact(k, h);
}

// The intervention that a record is, or is of.
static uint32_t
visit_of(const struct view *v, uint32_t h)
{
    uint32_t to;

    switch (v->live[h]) {
    case FACT_VISIT:
        return v->kept[h];
    case FACT_FINDING:
        return view_link(v, h, FINDING_VISIT, FACT_VISIT);
    case FACT_JOURNAL:
        return view_link(v, h, JOURNAL_VISIT, FACT_VISIT);
    case FACT_NOTE:
    case FACT_ATTACHED:
        to = about(v, h);
        return to != 0 && v->live[to] == FACT_VISIT ? to : 0;
    default:
        return 0;
    }
}

static int32_t
visit_end(const struct keep *k, uint32_t h)
{
    const uint32_t visit = visit_of(k->v, h);

    if (visit == 0) {
        return last_contact(k, h);
    }
    return view_get(k->v, visit, VISIT_SIGNED_OFF) == 1 ? k->v->day[visit]
                                                        : NO_DAY;
}

// One step nearer to its session; 0: of none.
static uint32_t
towards_session(const struct view *v, uint32_t h)
{
    uint32_t to;

    switch (v->live[h]) {
    case FACT_MEETING:
        return view_link(v, h, MEETING_SESSION, FACT_SESSION);
    case FACT_ATTENDANCE:
        return view_link(v, h, ATTENDANCE_SESSION, FACT_SESSION);
    case FACT_TALK:
        return view_link(v, h, TALK_SESSION, FACT_SESSION);
    case FACT_INTERVIEW:
        return view_link(v, h, INTERVIEW_MEETING, FACT_MEETING);
    case FACT_JOURNEY:
        return view_link(v, h, JOURNEY_MEETING, FACT_MEETING);
    case FACT_TOUCHPOINT:
        return view_link(v, h, TOUCHPOINT_JOURNEY, FACT_JOURNEY);
    case FACT_VERBATIM:
        to = view_link(v, h, VERBATIM_INTERVIEW, FACT_INTERVIEW);
        return to != 0 ? to : view_link(v, h, VERBATIM_JOURNEY, FACT_JOURNEY);
    default:
        return 0;
    }
}

// The last step of its session, or when it began; NO_DAY: of no session.
static int32_t
session_end(const struct view *v, uint32_t h)
{
    int32_t day;

    for (int i = 0; i < CHAIN_MOST && h != 0 && v->live[h] != FACT_SESSION;
         i++) {
        h = towards_session(v, h);
    }
    if (h == 0 || v->live[h] != FACT_SESSION) {
        return NO_DAY;
    }
    day = day_or_none(view_get(v, h, SESSION_STEPS));
    return day != NO_DAY ? day : v->day[h];
}

// From which day the months of its class run; NO_DAY: it is not over yet.
static int32_t
counted_from(const struct keep *k, uint32_t h, char class)
{
    const int32_t session = session_end(k->v, h);

    switch (class) {
    case '2':
        return last_contact(k, h);
    case '3':
        return file_end(k, h);
    case '4':
        return visit_end(k, h);
    case '6':
        return session != NO_DAY ? session : k->v->day[h];
    case '8':
        return session != NO_DAY ? session : k->trial;
    default:
        return k->v->day[h];
    }
}

// ------------------------------------------------------------------------- all

int32_t
keep_until(const struct keep *k, uint32_t record, const char **retention)
{
    const tandem_kind_info *kind = k->v->f->known[k->v->live[record]].kind;
    uint32_t months;
    int32_t from;

    *retention = kind != NULL ? kind->retention : "";
    if (kind == NULL || kind->kept == NULL || kind->kept->months == 0 ||
        kind->retention[0] != 'K') {
        return NO_DAY;
    }
    months = kind->kept->months;
    from = counted_from(k, record, kind->retention[1]);
    if (kind->retention[1] == '2' && months > CONTACT_MONTHS_MOST) {
        months = CONTACT_MONTHS_MOST;
    }
    if (k->v->live[record] == FACT_VERBATIM &&
        view_get(k->v, record, VERBATIM_CLEARED) == 1) {
        months = CLEARED_MONTHS;
    }
    return from != NO_DAY ? calendar_later(from, (int32_t)months) : NO_DAY;
}

// With its id, by which those of one day stand in order.
struct placed {
    struct past past;
    tandem_id id;
};

static int
by_day(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;

    if (x->past.until != y->past.until) {
        return x->past.until < y->past.until ? -1 : 1;
    }
    return memcmp(x->id.b, y->id.b, sizeof(x->id.b));
}

static bool
is_past(const struct keep *k, uint32_t h, struct past *out)
{
    const struct view *v = k->v;

    if (v->live[h] == FACT_NOTHING ||
        (v->filter.one_sector && view_fact(v, h)->sector != v->filter.sector)) {
        return false;
    }
    out->record = h;
    out->until = keep_until(k, h, &out->retention);
    return out->until != NO_DAY && out->until < v->today;
}

tandem_err
keep_past(const struct keep *k, struct pasts *out)
{
    const size_t handles = k->v->f->count;
    struct placed *sorted = malloc(handles * sizeof(*sorted));
    size_t n = 0;

    out->at = NULL;
    out->count = 0;
    if (sorted == NULL) {
        return TANDEM_ENOMEM;
    }
    for (uint32_t h = 1; h < handles; h++) {
        if (is_past(k, h, &sorted[n].past)) {
            sorted[n++].id = k->v->f->ids[h];
        }
    }
    qsort(sorted, n, sizeof(*sorted), by_day);
    out->at = malloc((n + 1) * sizeof(*out->at));
    for (size_t i = 0; out->at != NULL && i < n; i++) {
        out->at[i] = sorted[i].past;
    }
    out->count = out->at != NULL ? n : 0;
    free(sorted);
    return out->at != NULL ? TANDEM_OK : TANDEM_ENOMEM;
}

void
keep_past_free(struct pasts *p)
{
    free(p->at);
    *p = (struct pasts){NULL, 0};
}
