// SPDX-License-Identifier: Apache-2.0
// sheet.h - the contact sheet that is measured: 13 fields, a note of 120
// characters, and the same as compact JSON, whose length is compared with.
#ifndef TANDEM_BENCH_SHEET_H
#define TANDEM_BENCH_SHEET_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <tandem/tandem.h>

enum { SHEET_NAMES = 42 }; // different names; sheets i and i + 42 share one

// Picked by number, so that every run makes the same sheets.
struct sheet {
    char code[12], name[40], alias[48], phone[16], email[48], note[160];
    const char *time, *how;
    int channel, scope, autonomy;
    int day;
};

static inline void
sheet_make(struct sheet *s, size_t i)
{
    static const char *const first[] = {
        "Amina", "Yvonne", "Karim", "Lucie", "Mehdi", "Odile", "Jean-Paul"};
    static const char *const last[] = {
        "Delattre", "Benali", "Vasseur", "Lefebvre", "Nguyen", "Petit"};
    static const char *const door[] = {"porte bleue, 2e étage",
        "au fond de la cour", "3e droite", "boîte Lefebvre"};
    static const char *const what[] = {"Deux radiateurs froids",
        "Fenêtre ferme très mal", "Joints usés, la douche",
        "Prises sans terre ici."};
    static const char *const times[] = {
        "mardi matin", "après 18 h", "samedi", "mercredi midi"};
    static const char *const how[] = {
        "de vive voix, en tournée", "par écrit à la permanence"};

    (void)snprintf(s->code, sizeof(s->code), "B%07zu", i % 10000000);
    (void)snprintf(
        s->name, sizeof(s->name), "%s %s", first[i % 7], last[(i / 7) % 6]);
    (void)snprintf(s->alias, sizeof(s->alias), "%s", door[(i / 3) % 4]);
    (void)snprintf(
        s->phone, sizeof(s->phone), "+336%08zu", (i * 7919 + 11) % 100000000);
    (void)snprintf(s->email, sizeof(s->email), "m%zu@courriel.example.org", i);
    // 120 characters whatever the number: all of `what` have 22.
    (void)snprintf(s->note, sizeof(s->note),
        "%s; revenir avec la mallette, dossier %05zu ouvert le jour "
        "de la visite, personne rappelée, tout va.",
        what[i % 4], i % 100000);
    s->time = times[i % 4];
    s->how = how[i % 2];
    s->channel = 1 + (int)(i % 5);
    s->scope = 1 + (int)(i % 3);
    s->autonomy = (int)(i % 3);
    s->day = 20000 + (int)(i % 400);
}

// The length of the sheet as compact JSON, without its record id.
static inline size_t
sheet_json(const struct sheet *s)
{
    static const char *const tri[] = {"no", "yes", "unknown"};
    char out[1024];
    int n = snprintf(out, sizeof(out),
        "{\"short_code\":\"%s\",\"name\":\"%s\",\"alias\":\"%s\","
        "\"phones\":[\"%s\"],\"email\":\"%s\",\"met_by\":%d,"
        "\"best_times\":[\"%s\"],\"language\":\"fr\",\"consents\":{\"%d\":1},"
        "\"consent_how\":\"%s\",\"autonomy\":\"%s\","
        "\"charter_given\":\"2025-%02d-%02d\",\"remarks\":\"%s\"}",
        s->code, s->name, s->alias, s->phone, s->email, s->channel, s->time,
        s->scope, s->how, tri[s->autonomy], 1 + s->day % 12, 1 + s->day % 28,
        s->note);

    return n > 0 ? (size_t)n : 0;
}

// Failures are sticky: the commit tells.
static inline void
sheet_type(tandem_txn *t, tandem_id sector, const struct sheet *s)
{
    tandem_edit *d = NULL;

    if (tandem_txn_create(t, "contact", sector, &d) != TANDEM_OK) {
        return;
    }
    (void)!tandem_edit_set(d, "short_code", tandem_str(s->code));
    (void)!tandem_edit_set(d, "name", tandem_str(s->name));
    (void)!tandem_edit_set(d, "alias", tandem_str(s->alias));
    (void)!tandem_edit_add(d, "phones", tandem_str(s->phone));
    (void)!tandem_edit_set(d, "email", tandem_str(s->email));
    (void)!tandem_edit_set(d, "met_by", tandem_enum(s->channel));
    (void)!tandem_edit_add(d, "best_times", tandem_str(s->time));
    (void)!tandem_edit_set(d, "language", tandem_str("fr"));
    (void)!tandem_edit_put(
        d, "consents", tandem_enum(s->scope), tandem_enum(1));
    (void)!tandem_edit_set(d, "consent_how", tandem_str(s->how));
    (void)!tandem_edit_set(d, "autonomy", tandem_tri(s->autonomy));
    (void)!tandem_edit_set(d, "charter_given", tandem_date(s->day));
    (void)!tandem_edit_set(d, "remarks", tandem_str(s->note));
}

// Sheets first, first + 1, ... `per_commit` to a durable commit.
static inline tandem_err
sheets_write(tandem_store *store, tandem_id sector, size_t first, size_t count,
    size_t per_commit, uint64_t *json_bytes, tandem_error *e)
{
    tandem_txn *t;
    tandem_err err = tandem_txn_new(store, TANDEM_ME, &t, e);

    *json_bytes = 0;
    for (size_t i = 0; err == TANDEM_OK && i < count; i++) {
        struct sheet s;

        sheet_make(&s, first + i);
        *json_bytes += sheet_json(&s);
        sheet_type(t, sector, &s);
        if ((i + 1) % per_commit == 0 || i + 1 == count) {
            err = tandem_txn_commit(t, e);
        }
    }
    tandem_txn_free(t);
    return err;
}

// Ask for the page after this one; `token` holds its place.
static inline void
sheets_next(tandem_query *q, const tandem_page *page, uint8_t token[64])
{
    const tandem_slice next = tandem_page_next(page);

    q->after = (tandem_slice){token, next.len <= 64 ? next.len : 0};
    if (q->after.len > 0) {
        memcpy(token, next.ptr, next.len);
    }
}

// Edit the sheets of `page` whose place has this `parity`.
static inline tandem_err
page_edit(tandem_store *store, const tandem_page *page, size_t parity,
    size_t per_commit, size_t round, size_t *left, tandem_error *e)
{
    tandem_txn *t;
    tandem_err err = tandem_txn_new(store, TANDEM_ME, &t, e);
    size_t open = 0;

    for (size_t i = parity;
         err == TANDEM_OK && *left > 0 && i < tandem_page_count(page); i += 2) {
        tandem_edit *d;
        char alias[48];

        (void)snprintf(alias, sizeof(alias), "2e cour, porte %zu", round + i);
        err = tandem_txn_edit(t, tandem_page_record(page, i), &d);
        if (err == TANDEM_OK) {
            (void)!tandem_edit_set(d, "alias", tandem_str(alias));
            open++;
        }
        (*left)--;
        if (err == TANDEM_OK && (open == per_commit || *left == 0)) {
            err = tandem_txn_commit(t, e);
            open = 0;
        }
    }
    if (err == TANDEM_OK && open > 0) {
        err = tandem_txn_commit(t, e);
    }
    tandem_txn_free(t);
    return err;
}

// `count` changes, `per_commit` to a durable commit: the sheets with even
// places on one side, odd ones on the other, again from the start if there are
// too few.
static inline tandem_err
sheets_edit(tandem_store *store, size_t count, size_t parity, size_t per_commit,
    size_t round, tandem_error *e)
{
    tandem_err err = TANDEM_OK;
    uint8_t token[64];
    tandem_query q = TANDEM_QUERY_INIT;

    q.kind = "contact";
    q.limit = 1000;
    while (err == TANDEM_OK && count > 0) {
        const size_t before = count;
        const bool start = q.after.len == 0;
        tandem_page *page;

        err = tandem_find(store, &q, &page, e);
        if (err != TANDEM_OK) {
            return err;
        }
        err = page_edit(store, page, parity, per_commit, round++, &count, e);
        sheets_next(&q, page, token);
        tandem_page_free(page);
        if (err == TANDEM_OK && start && count == before) {
            return TANDEM_ENOTFOUND; // no sheet at all
        }
    }
    return err;
}

#endif
