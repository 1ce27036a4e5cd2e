// SPDX-License-Identifier: Apache-2.0
// count_ask.c - what is asked for, and what leads to what.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "meets.h"
#include "words.h"

// ------------------------------------------------------------------- requests

void
count_requests(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_REQUEST];
    int64_t reason[FIGURE_WORDS] = {0}, channel[FIGURE_WORDS] = {0}, n = 0;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (figure_take(v, out, h)) {
            n++;
            figure_add_set(reason, view_get(v, h, REQUEST_REASONS));
            channel[figure_place(view_get(v, h, REQUEST_CHANNEL))]++;
        }
    }
    (void)figure_number(out, "total", "sollicitations", "requests", n, -1);
    figure_by_word(v, out, "reason.", FACT_REQUEST, REQUEST_REASONS, reason, 0);
    figure_by_word(v, out, "channel.", FACT_REQUEST, REQUEST_CHANNEL, channel,
        figure_part(out, "total"));
}

// ------------------------------------------------- what first meetings led to

struct led {
    uint32_t *sheets;
    struct meets visits, appointments;
};

static tandem_err
led_find(const struct view *v, struct led *l)
{
    tandem_err err = TANDEM_ENOMEM;

    *l = (struct led){NULL, {NULL, 0}, {NULL, 0}};
    l->sheets = meets_sheets(v);
    if (l->sheets != NULL) {
        err = meets_find(v, FACT_VISIT, VISIT_CONTACT, &l->visits);
    }
    if (err == TANDEM_OK) {
        err = meets_find(
            v, FACT_APPOINTMENT, APPOINTMENT_CONTACT, &l->appointments);
    }
    return err;
}

static void
led_free(struct led *l)
{
    free(l->sheets);
    meets_free(&l->visits);
    meets_free(&l->appointments);
}

// Did the encounter lead there, by its own link or by its sheet?
static bool
led_to(const struct view *v, const struct led *l, uint32_t h, int column,
    enum fact_kind kind)
{
    const struct meets *m = kind == FACT_VISIT ? &l->visits : &l->appointments;
    const uint32_t sheet = l->sheets[v->kept[h]];
    const int32_t day = v->day[h];

    return view_link(v, h, column, kind) != 0 ||
           (sheet != 0 && day != NO_DAY &&
               meets_first(m, sheet, day, day + MEETS_DAYS) != NULL);
}

void
count_tour_follows(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_ENCOUNTER];
    struct led l;
    int64_t n = 0, visits = 0, appointments = 0;

    out->err = led_find(v, &l);
    for (size_t i = 0; out->err == TANDEM_OK && i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (view_get(v, h, ENCOUNTER_CHANNEL) == CHANNEL_DOOR &&
            figure_take(v, out, h)) {
            n++;
            visits += led_to(v, &l, h, ENCOUNTER_VISIT, FACT_VISIT);
            appointments +=
                led_to(v, &l, h, ENCOUNTER_APPOINTMENT, FACT_APPOINTMENT);
        }
    }
    led_free(&l);
    if (out->err == TANDEM_OK) {
        (void)figure_number(out, "total", "suivies d'une intervention",
            "followed by an intervention", visits, n);
        (void)figure_number(out, "appointment", "suivies d'un rendez-vous",
            "followed by an appointment", appointments, n);
    }
}

// -------------------------------------------------------------------- markets

struct market {
    int64_t sessions, contacts, appointments, visits;
};

static void
add_market(struct market *to, const struct market *m)
{
    to->sessions += m->sessions;
    to->contacts += m->contacts;
    to->appointments += m->appointments;
    to->visits += m->visits;
}

#define MARKET_NUMBERS 4

static const struct figure_words market_numbers[MARKET_NUMBERS] = {
    {"permanences", "sessions"},
    {"contacts", "contacts"},
    {"rendez-vous", "appointments"},
    {"interventions", "interventions"},
};

// What rows are about: a word, or a record whose text says it.
struct about {
    struct figure_words label, noun;
    tandem_id record;
    const char *field;
    const uint32_t *parts; // of each number; NULL: they are the wholes
};

static void
market_rows(struct figure *out, const char *prefix, const struct about *a,
    const struct market *m)
{
    const int64_t n[MARKET_NUMBERS] = {
        m->sessions, m->contacts, m->appointments, m->visits};

    for (size_t i = 0; i < MARKET_NUMBERS; i++) {
        const struct figure_words *words = &market_numbers[i];
        char name[96];
        struct figure_row *row;

        (void)snprintf(name, sizeof(name), "%s%s", prefix, words->en);
        row = figure_number(out, name, words->fr, words->en, n[i], -1);
        if (row == NULL) {
            return;
        }
        if (a->label.fr != NULL) {
            row->label[1] = row->label[0];
            row->label[0] = a->label;
        }
        row->record = a->record;
        row->field = a->field;
        row->noun = a->noun;
        row->parts = a->parts != NULL ? a->parts[i] : 0;
        row->nobody = i == 0; // sessions are the service's own
    }
}

// They add up to the numbers of all sessions.
static void
market_parts(struct figure *out, uint32_t parts[MARKET_NUMBERS])
{
    for (size_t i = 0; i < MARKET_NUMBERS; i++) {
        parts[i] = figure_part(out, market_numbers[i].en);
    }
}

// An encounter at a session.
struct talk {
    uint32_t session, sheet, handle;
};

static int
by_session(const void *a, const void *b)
{
    const struct talk *x = a, *y = b;

    if (x->session != y->session) {
        return x->session < y->session ? -1 : 1;
    }
    return (x->sheet > y->sheet) - (x->sheet < y->sheet);
}

// Of the talks, sorted, those of one session from `at` on.
static struct market
market_of(const struct view *v, const struct led *l, const struct talk *talks,
    size_t count, uint32_t session)
{
    struct market m = {.sessions = 1};
    size_t at = 0, high = count;

    while (at < high) {
        const size_t mid = at + (high - at) / 2;

        if (talks[mid].session < session) {
            at = mid + 1;
        } else {
            high = mid;
        }
    }
    for (uint32_t last = 0; at < count && talks[at].session == session; at++) {
        const struct talk *t = &talks[at];

        m.contacts += t->sheet != 0 && t->sheet != last;
        last = t->sheet;
        m.visits += led_to(v, l, t->handle, ENCOUNTER_VISIT, FACT_VISIT);
        m.appointments +=
            led_to(v, l, t->handle, ENCOUNTER_APPOINTMENT, FACT_APPOINTMENT);
    }
    return m;
}

static struct talk *
talks_find(const struct view *v, const struct led *l, size_t *count)
{
    const struct handles *all = &v->of[FACT_ENCOUNTER];
    struct talk *talks = malloc((all->count + 1) * sizeof(*talks));

    *count = 0;
    for (size_t i = 0; talks != NULL && i < all->count; i++) {
        const uint32_t h = all->at[i];
        const uint32_t session =
            view_link(v, h, ENCOUNTER_SESSION, FACT_MARKET);

        if (session != 0 && v->kept[h] == h) {
            talks[(*count)++] = (struct talk){session, l->sheets[h], h};
        }
    }
    if (talks != NULL) {
        qsort(talks, *count, sizeof(*talks), by_session);
    }
    return talks;
}

static void
market_words(const struct view *v, struct figure *out, const char *kind,
    int column, const struct market *by)
{
    uint32_t parts[MARKET_NUMBERS];
    struct about about = {.parts = parts};

    market_parts(out, parts);
    for (int64_t w = 0; w < FIGURE_WORDS; w++) {
        char id[48], prefix[72];

        if (by[w].sessions > 0) {
            about.label = figure_term(v, FACT_MARKET, column, w, id);
            (void)snprintf(prefix, sizeof(prefix), "%s.%s.", kind, id);
            market_rows(out, prefix, &about, &by[w]);
        }
    }
}

static void
market_session_rows(const struct view *v, struct figure *out, uint32_t h,
    const uint32_t *parts, const struct market *m)
{
    const struct about about = {.record = v->f->ids[h],
        .noun = {"permanence", "session"},
        .parts = parts};
    char id[37], prefix[64];

    tandem_id_text(v->f->ids[h], id);
    (void)snprintf(prefix, sizeof(prefix), "session.%s.", id);
    market_rows(out, prefix, &about, m);
}

// Sessions of one place, by its mark.
struct place {
    uint64_t mark;
    tandem_id id; // of one of them, which says its name
    struct market market;
};

static int
by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->mark != y->mark) {
        return x->mark < y->mark ? -1 : 1;
    }
    return memcmp(x->id.b, y->id.b, sizeof(x->id.b));
}

// Sessions, sorted by place: those of one become one.
static size_t
places_join(struct place *places, size_t count)
{
    size_t n = 0;

    if (count > 0) {
        qsort(places, count, sizeof(*places), by_place);
    }
    for (size_t i = 0; i < count; i++) {
        if (n > 0 && places[n - 1].mark == places[i].mark) {
            add_market(&places[n - 1].market, &places[i].market);
        } else {
            places[n++] = places[i];
        }
    }
    return n;
}

struct marketing {
    struct market total, form[FIGURE_WORDS], kind[FIGURE_WORDS];
    struct place *places;
    size_t place_count;
};

static void
count_sessions(const struct view *v, struct figure *out, const struct led *l,
    const struct talk *talks, size_t talk_count, struct marketing *x)
{
    const struct handles *all = &v->of[FACT_MARKET];

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        struct market m;

        // One to come has not been held.
        if (v->day[h] == NO_DAY || v->day[h] > v->today ||
            !figure_take(v, out, h)) {
            continue;
        }
        m = market_of(v, l, talks, talk_count, v->kept[h]);
        add_market(&x->total, &m);
        add_market(&x->form[figure_place(view_get(v, h, MARKET_FORM))], &m);
        add_market(
            &x->kind[figure_place(view_get(v, h, MARKET_PLACE_KIND))], &m);
        x->places[x->place_count++] = (struct place){
            (uint64_t)view_get(v, h, MARKET_PLACE), v->f->ids[h], m};
    }
}

static void
place_rows(struct figure *out, struct marketing *x)
{
    uint32_t parts[MARKET_NUMBERS];
    struct about about = {
        .noun = {"lieu", "place"}, .field = "place", .parts = parts};

    market_parts(out, parts);
    x->place_count = places_join(x->places, x->place_count);
    for (size_t i = 0; i < x->place_count; i++) {
        char prefix[64];

        about.record = x->places[i].id;
        (void)snprintf(
            prefix, sizeof(prefix), "place.%016" PRIx64 ".", x->places[i].mark);
        market_rows(out, prefix, &about, &x->places[i].market);
    }
}

static void
session_rows(const struct view *v, struct figure *out, const struct led *l,
    const struct talk *talks, size_t talk_count)
{
    const struct handles *all = &v->of[FACT_MARKET];
    uint32_t parts[MARKET_NUMBERS];

    market_parts(out, parts);
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        struct market m;

        if (v->day[h] != NO_DAY && v->day[h] <= v->today && view_counts(v, h)) {
            m = market_of(v, l, talks, talk_count, v->kept[h]);
            market_session_rows(v, out, h, parts, &m);
        }
    }
}

void
count_markets(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_MARKET];
    struct marketing *x = calloc(1, sizeof(*x));
    struct talk *talks = NULL;
    size_t talk_count = 0;
    struct led l;

    out->err = led_find(v, &l);
    if (out->err == TANDEM_OK && x != NULL) {
        talks = talks_find(v, &l, &talk_count);
        x->places = calloc(all->count + 1, sizeof(*x->places));
    }
    if (x == NULL || talks == NULL || x->places == NULL) {
        out->err = TANDEM_ENOMEM;
    } else {
        count_sessions(v, out, &l, talks, talk_count, x);
        market_rows(out, "", &(struct about){.field = NULL}, &x->total);
        market_words(v, out, "form", MARKET_FORM, x->form);
        market_words(v, out, "place_kind", MARKET_PLACE_KIND, x->kind);
        place_rows(out, x);
        session_rows(v, out, &l, talks, talk_count);
    }
    if (x != NULL) {
        free(x->places);
    }
    free(x);
    free(talks);
    led_free(&l);
}

// ------------------------------------------------------- what leads to Amelio

// By handle of an intervention: has it a referral to Amelio?
static uint8_t *
referred_visits(const struct view *v)
{
    const struct handles *all = &v->of[FACT_REFERRAL];
    uint8_t *is = calloc(v->f->count, 1);

    for (size_t i = 0; is != NULL && i < all->count; i++) {
        if (view_get(v, all->at[i], REFERRAL_TARGET) == TARGET_AMELIO) {
            is[view_link(v, all->at[i], REFERRAL_VISIT, FACT_VISIT)] = 1;
        }
    }
    return is;
}

// Of its appointment, and of what its sheet asked in the days before.
static int64_t
reasons_of(const struct view *v, const struct meets *requests, uint32_t h)
{
    const uint32_t booked =
        view_link(v, h, VISIT_APPOINTMENT, FACT_APPOINTMENT);
    const uint32_t sheet = view_link(v, h, VISIT_CONTACT, FACT_CONTACT);
    const int32_t day = v->day[h];
    int64_t reasons =
        booked != 0 ? view_get(v, booked, APPOINTMENT_REASONS) : 0;
    const struct dated *at =
        sheet != 0 && day != NO_DAY
            ? meets_first(requests, sheet, day - MEETS_DAYS, day)
            : NULL;

    for (; at != NULL && at < requests->at + requests->count &&
           at->sheet == sheet && at->day <= day;
         at++) {
        reasons |= view_get(v, at->handle, REQUEST_REASONS);
    }
    return reasons;
}

void
count_leads(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_VISIT];
    int64_t type[2][FIGURE_WORDS] = {{0}}, reason[2][FIGURE_WORDS] = {{0}};
    int64_t n = 0, yes = 0;
    struct meets requests = {NULL, 0};
    uint8_t *referred = referred_visits(v);

    out->err = referred == NULL
                   ? TANDEM_ENOMEM
                   : meets_find(v, FACT_REQUEST, REQUEST_CONTACT, &requests);
    for (size_t i = 0; out->err == TANDEM_OK && i < all->count; i++) {
        const uint32_t h = all->at[i];
        const size_t t = figure_place(view_get(v, h, VISIT_TYPE));

        if (figure_take(v, out, h)) {
            const int64_t reasons = reasons_of(v, &requests, h);
            const bool is = referred[v->kept[h]] != 0;

            n++;
            yes += is;
            type[0][t] += is;
            type[1][t]++;
            figure_add_set(reason[0], is ? reasons : 0);
            figure_add_set(reason[1], reasons);
        }
    }
    free(referred);
    meets_free(&requests);
    if (out->err == TANDEM_OK) {
        (void)figure_number(out, "total", "interventions orientées vers Amelio",
            "interventions referred to Amelio", yes, n);
        figure_shares(v, out, "type.", FACT_VISIT, VISIT_TYPE, type[0], type[1],
            figure_part(out, "total"), (struct figure_words){NULL, NULL});
        figure_shares(v, out, "reason.", FACT_REQUEST, REQUEST_REASONS,
            reason[0], reason[1], 0, (struct figure_words){NULL, NULL});
    }
}
