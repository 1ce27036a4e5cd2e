// SPDX-License-Identifier: Apache-2.0
// way.c - where each household stands.
//
// Each record leaves its moment in the trace of its household; of moments of
// one sort the last counts. What stands, and since when, is read from the
// traces alone: the order in which records came has no say.
#include "way.h"

#include <stdlib.h>
#include <string.h>

#include "charter.h"
#include "words.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define NEVER  INT64_MIN

static const struct way_name names[WAYS] = {
    [WAY_UNKNOWN] = {"H0", "unknown", "inconnu", "unknown"},
    [WAY_ABSENT] = {"H1", "absent", "absent", "nobody answered"},
    [WAY_NOTICE] = {"H1n", "notice", "avis laissé", "notice waiting"},
    [WAY_MET] = {"H2", "met", "rencontré", "met"},
    [WAY_WAITS] = {"H2w", "waits", "réponse attendue", "waiting for an answer"},
    [WAY_ASKED] = {"H3", "asked", "sollicitation", "asked"},
    [WAY_APPOINTMENT] = {"H4", "appointment", "rendez-vous", "appointment"},
    [WAY_STANDARD] = {"H5s", "standard", "intervention standard",
        "standard intervention"},
    [WAY_ADVICE] = {"H5c", "advice", "intervention conseil",
        "advice intervention"},
    [WAY_EMERGENCY] = {"H5u", "emergency", "intervention d'urgence",
        "emergency intervention"},
    [WAY_CLOSED] = {"H6", "closed", "clôturé", "closed"},
    [WAY_REFERRED] = {"H6r", "referred", "orienté", "referred"},
    [WAY_FOLLOWED] = {"H7f", "follow_up", "suivi", "follow-up"},
    [WAY_FILE] = {"H8", "dossier", "dossier", "file"},
    [WAY_REST] = {"H9", "rest", "sans suite", "at rest"},
    [WAY_STOP] = {"H10", "stop", "ne plus contacter", "stop"},
};

const struct way_name *
way_name(enum way w)
{
    return &names[w];
}

// --------------------------------------------------------------------- traces

enum sort {
    AT_STOP,
    AT_VISIT, // the last, open or closed
    AT_BOOKED,
    AT_ASKED,
    AT_DUE, // a follow-up that is due
    AT_PLANNED,
    AT_DONE,
    AT_FILE, // an open one
    AT_FILED,
    AT_REFERRED,
    AT_WAITS,
    AT_MET,
    AT_REFUSED,
    AT_NOTICE,
    AT_KNOCK,
    SORTS
};

struct moment {
    int64_t ms; // NEVER: none
    uint32_t by;
};

struct trace {
    struct moment at[SORTS];
};

// A knock in vain, to be counted when it is known since when.
struct vain {
    uint32_t household;
    int64_t ms;
};

struct making {
    const struct view *v;
    struct ways *w;
    struct trace *traces; // as `w->at`
    struct vain *vain;
    size_t vain_count;
};

static void
latest(const struct view *v, struct moment *m, int64_t ms, uint32_t by)
{
    if (ms > m->ms || (ms == m->ms && m->by != by &&
                          memcmp(v->f->ids[by].b, v->f->ids[m->by].b,
                              sizeof(tandem_id)) > 0)) {
        *m = (struct moment){ms, by};
    }
}

static void
leave(struct making *m, enum sort sort, int64_t ms, uint32_t by)
{
    const size_t place = m->w->place[m->w->of.of[by]];

    if (place != 0) {
        latest(m->v, &m->traces[place - 1].at[sort], ms, by);
    }
}

// When it happened, or else was written down.
static int64_t
moment_of(const struct view *v, uint32_t h, int column)
{
    const int64_t at = view_get(v, h, column);

    return at != FACT_NONE ? at : view_fact(v, h)->created_ms;
}

static int64_t
max_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t
min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t
moment_of_day(int64_t day)
{
    return day * DAY_MS;
}

// --------------------------------------------------------- what leaves a trace

static void
trace_encounter(struct making *m, uint32_t h)
{
    const int64_t ms = moment_of(m->v, h, ENCOUNTER_AT);
    const int64_t answer = view_get(m->v, h, ENCOUNTER_ANSWER);

    switch (view_get(m->v, h, ENCOUNTER_OUTCOME)) {
    case OUTCOME_NO_ANSWER:
    case OUTCOME_NO_ACCESS:
        leave(m, AT_KNOCK, ms, h);
        m->vain[m->vain_count++] = (struct vain){m->w->of.of[h], ms};
        return;
    case OUTCOME_REFUSED:
    case OUTCOME_VACANT:
        leave(m, AT_REFUSED, ms, h);
        return;
    case OUTCOME_PITCH_GIVEN:
    case OUTCOME_PITCH_THEN_ENTERED:
    case OUTCOME_TALKED:
    case OUTCOME_COME_BACK_LATER:
        leave(m, answer == ANSWER_REFUSED ? AT_REFUSED : AT_MET, ms, h);
        break;
    default: // not said, or a newer word
        leave(m, AT_MET, ms, h);
        break;
    }
    if (answer == ANSWER_WAITING) {
        leave(m, AT_WAITS, ms, h);
    }
}

static void
trace_notice(struct making *m, uint32_t h)
{
    const int64_t ms = moment_of(m->v, h, NOTICE_LEFT_AT);

    leave(m, AT_NOTICE, ms, h);
    if (view_get(m->v, h, NOTICE_RETURNED) == 1) {
        leave(m, AT_ASKED, ms, h);
    }
}

static void
trace_request(struct making *m, uint32_t h)
{
    leave(m, AT_ASKED, moment_of(m->v, h, REQUEST_AT), h);
}

// Appointments with an adviser belong to the referral, those for a visit of
// courtesy or a call to the follow-up.
static void
trace_appointment(struct making *m, uint32_t h)
{
    const int64_t kind = view_get(m->v, h, APPOINTMENT_KIND);
    const int64_t starts = moment_of(m->v, h, APPOINTMENT_STARTS_AT);

    if (kind != FOR_INTERVENTION && kind != FOR_PERMANENCE) {
        return;
    }
    switch (view_get(m->v, h, APPOINTMENT_STATE)) {
    case APPOINTMENT_IS_BOOKED:
    case APPOINTMENT_IS_MOVED:
        leave(m, AT_BOOKED, starts, h);
        return;
    case APPOINTMENT_IS_MISSED:
    case APPOINTMENT_IS_CANCELLED:
        // Called off before it began, or noted after.
        leave(m, AT_ASKED, min_of(starts, view_fact(m->v, h)->changed_ms), h);
        return;
    default:
        return;
    }
}

static void
trace_visit(struct making *m, uint32_t h)
{
    leave(m, AT_VISIT, moment_of(m->v, h, VISIT_STARTED_AT), h);
}

static void
trace_referral(struct making *m, uint32_t h)
{
    leave(m, AT_REFERRED,
        m->v->day[h] != NO_DAY ? moment_of_day(m->v->day[h])
                               : view_fact(m->v, h)->created_ms,
        h);
}

static void
trace_dossier(struct making *m, uint32_t h)
{
    const int64_t state = view_get(m->v, h, DOSSIER_STATE);
    const bool over = state == DOSSIER_IS_COMPLETED ||
                      state == DOSSIER_IS_NOT_ELIGIBLE ||
                      state == DOSSIER_IS_DROPPED;

    leave(m, over ? AT_FILED : AT_FILE,
        over ? view_fact(m->v, h)->changed_ms : view_fact(m->v, h)->created_ms,
        h);
}

static void
trace_follow_up(struct making *m, uint32_t h)
{
    const int64_t done = view_get(m->v, h, FOLLOW_UP_DONE_AT);
    const int64_t result = view_get(m->v, h, FOLLOW_UP_RESULT);

    if (done != FACT_NONE) {
        leave(m, AT_DONE, done, h);
    } else {
        leave(m, m->v->day[h] > m->v->today ? AT_PLANNED : AT_DUE,
            moment_of_day(m->v->day[h]), h);
    }
    if (result == FOLLOWED_ASKED_TO_STOP) {
        leave(m, AT_STOP, view_fact(m->v, h)->changed_ms, h);
    }
    if (result == FOLLOWED_NEW_REQUEST && done != FACT_NONE) {
        leave(m, AT_ASKED, done, h);
    }
}

static void
trace_stops(struct making *m)
{
    const struct handles *homes = &m->v->of[FACT_DWELLING];

    for (size_t i = 0; i < homes->count; i++) { // also of one that is the same
        const uint32_t h = homes->at[i];

        if (view_get(m->v, h, DWELLING_STOP) == 1) {
            const size_t place = m->w->place[m->v->kept[h]];

            latest(m->v, &m->traces[place - 1].at[AT_STOP],
                view_fact(m->v, h)->changed_ms, h);
        }
    }
    for (size_t i = 0; i < m->v->of[FACT_CONTACT].count; i++) {
        const uint32_t h = m->v->of[FACT_CONTACT].at[i];

        if (m->v->kept[h] == h &&
            charter_consent(m->v, h) == CONSENT_WITHDRAWN) {
            leave(m, AT_STOP, view_fact(m->v, h)->changed_ms, h);
        }
    }
}

static void
trace_all(struct making *m)
{
    static const struct {
        enum fact_kind kind;
        void (*trace)(struct making *m, uint32_t h);
    } kinds[] = {
        {FACT_ENCOUNTER, trace_encounter},
        {FACT_NOTICE, trace_notice},
        {FACT_REQUEST, trace_request},
        {FACT_APPOINTMENT, trace_appointment},
        {FACT_VISIT, trace_visit},
        {FACT_REFERRAL, trace_referral},
        {FACT_DOSSIER, trace_dossier},
        {FACT_FOLLOW_UP, trace_follow_up},
    };

    for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
        const struct handles *all = &m->v->of[kinds[k].kind];

        for (size_t i = 0; i < all->count; i++) {
            if (m->w->of.of[all->at[i]] != 0) {
                kinds[k].trace(m, all->at[i]);
            }
        }
    }
    trace_stops(m);
}

// ------------------------------------------------------ sheets and their homes

static bool
is_blank(const struct trace *t)
{
    for (int s = 0; s < SORTS; s++) {
        if (t->at[s].ms != NEVER) {
            return false;
        }
    }
    return true;
}

// A sheet with no other word was written because somebody was met.
static void
meet_sheets(struct making *m)
{
    for (size_t i = 0; i < m->w->count; i++) {
        const uint32_t h = m->w->at[i].household;

        if (view_fact(m->v, h)->kind == FACT_CONTACT &&
            is_blank(&m->traces[i])) {
            m->traces[i].at[AT_MET] =
                (struct moment){view_fact(m->v, h)->created_ms, h};
        }
    }
}

// What happened at a home happened to who lives there.
static void
join_homes(struct making *m)
{
    const struct households *x = &m->w->of;

    for (size_t i = 0; i < x->live_count; i++) {
        const size_t home = m->w->place[x->lives[i].home] - 1;
        struct trace *to = &m->traces[m->w->place[x->lives[i].sheet] - 1];
        const struct trace *from = &m->traces[home];

        m->w->at[home].through = true;
        for (int s = 0; s < SORTS; s++) {
            if (from->at[s].ms != NEVER) {
                latest(m->v, &to->at[s], from->at[s].ms, from->at[s].by);
            }
        }
    }
}

// -------------------------------------------------------------------- standing

static int64_t
days_after(int64_t ms, int32_t days)
{
    return ms + days * DAY_MS;
}

static bool
has_passed(const struct view *v, int64_t ms, int32_t days)
{
    const int32_t day = calendar_day_of(ms);

    return day == NO_DAY || v->today >= (int64_t)day + days;
}

static void
set_stand(struct stand *s, enum way way, int64_t since_ms, uint32_t by)
{
    s->way = way;
    s->since_ms = since_ms;
    s->by = by;
}

static bool
is_visit_closed(const struct view *v, const struct trace *t)
{
    return t->at[AT_VISIT].ms != NEVER &&
           view_get(v, t->at[AT_VISIT].by, VISIT_SIGNED_OFF) == 1;
}

static enum way
way_of_visit(const struct view *v, uint32_t visit)
{
    switch (view_get(v, visit, VISIT_TYPE)) {
    case TYPE_ADVICE:
        return WAY_ADVICE;
    case TYPE_EMERGENCY:
        return WAY_EMERGENCY;
    default:
        return WAY_STANDARD;
    }
}

// An appointment of a day on which somebody came was kept.
static bool
is_booked(const struct trace *t)
{
    const int64_t starts = t->at[AT_BOOKED].ms, came = t->at[AT_VISIT].ms;

    return starts != NEVER &&
           (came == NEVER || calendar_day_of(starts) > calendar_day_of(came));
}

static bool
is_asked(const struct trace *t)
{
    const int64_t asked = t->at[AT_ASKED].ms;

    return asked != NEVER && asked > t->at[AT_VISIT].ms &&
           asked >= t->at[AT_REFERRED].ms && asked > t->at[AT_REFUSED].ms;
}

// Three weeks after the last intervention, if nobody called since.
static bool
is_call_back(const struct view *v, const struct trace *t, uint32_t household)
{
    return is_visit_closed(v, t) && t->at[AT_FILE].ms == NEVER &&
           t->at[AT_DONE].ms < t->at[AT_VISIT].ms &&
           t->at[AT_PLANNED].ms == NEVER &&
           (view_fact(v, household)->kind != FACT_CONTACT ||
               charter_consent(v, household) < CONSENT_REFUSED);
}

// From an intervention on; false: nothing of that is open.
static bool
stands_within(const struct view *v, const struct trace *t, struct stand *s)
{
    const struct moment *at = t->at;
    const bool call_back = is_call_back(v, t, s->household);

    if (at[AT_STOP].ms != NEVER) {
        set_stand(s, WAY_STOP, at[AT_STOP].ms, at[AT_STOP].by);
    } else if (at[AT_VISIT].ms != NEVER && !is_visit_closed(v, t)) {
        set_stand(s, way_of_visit(v, at[AT_VISIT].by), at[AT_VISIT].ms,
            at[AT_VISIT].by);
    } else if (is_booked(t)) {
        set_stand(s, WAY_APPOINTMENT,
            view_fact(v, at[AT_BOOKED].by)->created_ms, at[AT_BOOKED].by);
    } else if (is_asked(t)) {
        set_stand(s, WAY_ASKED, at[AT_ASKED].ms, at[AT_ASKED].by);
    } else if (at[AT_DUE].ms != NEVER) {
        set_stand(s, WAY_FOLLOWED, at[AT_DUE].ms, at[AT_DUE].by);
    } else if (call_back &&
               has_passed(v, at[AT_VISIT].ms, WAY_CALL_BACK_DAYS)) {
        set_stand(s, WAY_FOLLOWED,
            days_after(at[AT_VISIT].ms, WAY_CALL_BACK_DAYS), at[AT_VISIT].by);
    } else if (at[AT_FILE].ms != NEVER) {
        set_stand(s, WAY_FILE, at[AT_FILE].ms, at[AT_FILE].by);
    } else if (at[AT_REFERRED].ms > max_of(at[AT_FILED].ms, at[AT_DONE].ms)) {
        set_stand(s, WAY_REFERRED, at[AT_REFERRED].ms, at[AT_REFERRED].by);
    } else if (call_back) {
        set_stand(s, WAY_CLOSED, at[AT_VISIT].ms, at[AT_VISIT].by);
    } else if (at[AT_PLANNED].ms != NEVER) {
        set_stand(s, WAY_FOLLOWED, at[AT_PLANNED].ms, at[AT_PLANNED].by);
    } else {
        return false;
    }
    return true;
}

// What came last of what is over, after which the door begins anew.
static struct moment
over(const struct view *v, const struct trace *t)
{
    static const enum sort sorts[] = {
        AT_VISIT, AT_ASKED, AT_DONE, AT_FILED, AT_REFERRED, AT_REFUSED};
    struct moment out = {NEVER, 0};

    for (size_t i = 0; i < sizeof(sorts) / sizeof(*sorts); i++) {
        if (t->at[sorts[i]].ms != NEVER) {
            latest(v, &out, t->at[sorts[i]].ms, t->at[sorts[i]].by);
        }
    }
    return out;
}

static void
stand_at_door(const struct view *v, const struct trace *t, struct stand *s)
{
    const struct moment *at = t->at;
    struct moment end = over(v, t);
    const int64_t tried = max_of(at[AT_NOTICE].ms, at[AT_KNOCK].ms);

    s->tried = tried != NEVER ? calendar_day_of(tried) : NO_DAY;
    if (at[AT_WAITS].ms > end.ms) {
        if (!has_passed(v, at[AT_WAITS].ms, WAY_ANSWER_DAYS)) {
            set_stand(s, WAY_WAITS, at[AT_WAITS].ms, at[AT_WAITS].by);
            return;
        }
        end = (struct moment){
            days_after(at[AT_WAITS].ms, WAY_ANSWER_DAYS), at[AT_WAITS].by};
    }
    if (at[AT_MET].ms > end.ms) {
        set_stand(s, WAY_MET, at[AT_MET].ms, at[AT_MET].by);
    } else if (at[AT_NOTICE].ms > end.ms) {
        const bool rests = s->knocks >= WAY_NOTICE_KNOCKS &&
                           has_passed(v, tried, WAY_NOTICE_DAYS);

        set_stand(s, rests ? WAY_REST : WAY_NOTICE,
            rests ? days_after(tried, WAY_NOTICE_DAYS) : at[AT_NOTICE].ms,
            at[AT_NOTICE].by);
    } else if (tried > end.ms) {
        set_stand(s, WAY_ABSENT, at[AT_KNOCK].ms, at[AT_KNOCK].by);
    } else if (end.ms != NEVER) {
        set_stand(s, WAY_REST, end.ms, end.by);
    } else {
        set_stand(s, WAY_UNKNOWN, FACT_NONE, 0);
    }
}

// ------------------------------------------------------------------- in vain

static int
by_household(const void *a, const void *b)
{
    const struct vain *x = a, *y = b;

    if (x->household != y->household) {
        return x->household < y->household ? -1 : 1;
    }
    return (x->ms > y->ms) - (x->ms < y->ms);
}

static int32_t
count_after(const struct making *m, uint32_t household, int64_t ms)
{
    size_t low = 0, high = m->vain_count;
    int32_t n = 0;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const struct vain *x = &m->vain[mid];

        if (x->household < household ||
            (x->household == household && x->ms <= ms)) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    for (; low < m->vain_count && m->vain[low].household == household; low++) {
        n++;
    }
    return n;
}

static void
count_knocks(struct making *m)
{
    const struct households *x = &m->w->of;

    if (m->vain_count > 0) {
        qsort(m->vain, m->vain_count, sizeof(*m->vain), by_household);
    }
    for (size_t i = 0; i < m->w->count; i++) {
        const struct trace *t = &m->traces[i];
        const int64_t since = max_of(over(m->v, t).ms, t->at[AT_MET].ms);

        m->w->at[i].knocks = count_after(m, m->w->at[i].household, since);
    }
    for (size_t i = 0; i < x->live_count; i++) { // and those at the home
        struct stand *s = &m->w->at[m->w->place[x->lives[i].sheet] - 1];
        const struct trace *t = &m->traces[s - m->w->at];

        if (i == 0 || x->lives[i].sheet != x->lives[i - 1].sheet ||
            x->lives[i].home != x->lives[i - 1].home) {
            s->knocks += count_after(m, x->lives[i].home,
                max_of(over(m->v, t).ms, t->at[AT_MET].ms));
        }
    }
}

// ------------------------------------------------------------------------- all

static tandem_err
make_room(struct making *m)
{
    struct ways *w = m->w;

    w->count = w->of.count;
    w->at = calloc(w->count + 1, sizeof(*w->at));
    w->place = calloc(m->v->f->count, sizeof(*w->place));
    m->traces = malloc((w->count + 1) * sizeof(*m->traces));
    m->vain = malloc((m->v->of[FACT_ENCOUNTER].count + 1) * sizeof(*m->vain));
    if (w->at == NULL || w->place == NULL || m->traces == NULL ||
        m->vain == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < w->count; i++) {
        w->at[i].household = w->of.at[i];
        w->place[w->of.at[i]] = i + 1;
        for (int s = 0; s < SORTS; s++) {
            m->traces[i].at[s] = (struct moment){NEVER, 0};
        }
    }
    return TANDEM_OK;
}

// In the order of way.h: what is open before what is over.
static const uint8_t ranks[WAYS] = {
    [WAY_STOP] = 0,
    [WAY_STANDARD] = 1,
    [WAY_ADVICE] = 1,
    [WAY_EMERGENCY] = 1,
    [WAY_APPOINTMENT] = 2,
    [WAY_ASKED] = 3,
    [WAY_FOLLOWED] = 4,
    [WAY_FILE] = 5,
    [WAY_REFERRED] = 6,
    [WAY_CLOSED] = 7,
    [WAY_WAITS] = 8,
    [WAY_MET] = 9,
    [WAY_NOTICE] = 10,
    [WAY_ABSENT] = 11,
    [WAY_REST] = 12,
    [WAY_UNKNOWN] = 13,
};

// Of two sheets of one home, does the first say where it stands? On every
// device the same.
static bool
stands_before(
    const struct ways *w, const struct stand *a, const struct stand *b)
{
    const struct facts *f = w->of.v->f;

    if (ranks[a->way] != ranks[b->way]) {
        return ranks[a->way] < ranks[b->way];
    }
    return a->since_ms != b->since_ms
               ? a->since_ms > b->since_ms
               : memcmp(&f->ids[a->household], &f->ids[b->household],
                     sizeof(f->ids[0])) > 0;
}

static void
find_sheets(struct ways *w)
{
    const struct households *x = &w->of;

    for (size_t i = 0; i < w->count; i++) {
        w->at[i].sheet = i;
    }
    for (size_t i = 0; i < x->live_count; i++) {
        struct stand *home = &w->at[w->place[x->lives[i].home] - 1];
        const size_t sheet = w->place[x->lives[i].sheet] - 1;

        if (&w->at[home->sheet] == home ||
            stands_before(w, &w->at[sheet], &w->at[home->sheet])) {
            home->sheet = sheet;
        }
    }
}

tandem_err
ways_find(const struct view *v, struct ways *out)
{
    struct ways w = {.at = NULL};
    struct making m = {.v = v, .w = &w};
    tandem_err err = households_find(v, &w.of);

    if (err == TANDEM_OK) {
        err = make_room(&m);
    }
    if (err == TANDEM_OK) {
        trace_all(&m);
        meet_sheets(&m);
        join_homes(&m);
        count_knocks(&m);
        for (size_t i = 0; i < w.count; i++) {
            if (!stands_within(v, &m.traces[i], &w.at[i])) {
                stand_at_door(v, &m.traces[i], &w.at[i]);
            }
        }
        find_sheets(&w);
    }
    free(m.traces);
    free(m.vain);
    if (err != TANDEM_OK) {
        ways_free(&w);
        return err;
    }
    *out = w;
    return TANDEM_OK;
}

void
ways_free(struct ways *w)
{
    households_free(&w->of);
    free(w->at);
    free(w->place);
    w->at = NULL;
    w->place = NULL;
}

const struct stand *
ways_of(const struct ways *w, uint32_t record)
{
    const uint32_t household = w->of.of[w->of.v->kept[record]];
    const size_t place = w->place[household];

    return place != 0 ? &w->at[place - 1] : NULL;
}

const struct stand *
ways_at(const struct ways *w, uint32_t record)
{
    const struct stand *s = ways_of(w, record);

    return s != NULL && s->through ? &w->at[s->sheet] : s;
}
