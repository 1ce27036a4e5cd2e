// SPDX-License-Identifier: Apache-2.0
// review.c - what a person may want to look at again in a record: its pack's
// rules, what is unusual, what came by a merge and would be refused if typed.
//
// It only reads, through the same calls as a host.

#include "api/handles.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "schema/form.h"
#include "schema/watch.h"

enum { DAY_MS = 86400000, AHEAD_MS = 3600000 };

struct review {
    const tandem_record *r;
    int64_t now_ms;
    tandem_lang lang;
    tandem_notice *out;
    size_t room, count;
};

static void
notice(struct review *v, const char *what, const tandem_field_info *f,
    const char *en, const char *fr)
{
    bool french = v->lang == TANDEM_FR;

    if (v->count < v->room) {
        tandem_notice *n = &v->out[v->count];

        (void)snprintf(n->what, sizeof n->what, "%s", what);
        (void)snprintf(n->field, sizeof n->field, "%s", f->id);
        (void)snprintf(n->msg, sizeof n->msg, french ? "%s : %s" : "%s: %s",
            french ? f->fr : f->en, french ? fr : en);
    }
    v->count++;
}

/* ------------------------------------------------------------------ reading */

static tandem_value
value_of(const struct review *v, const tandem_field_info *f)
{
    tandem_value out = tandem_none();

    if (tandem_record_get(v->r, f->id, &out) != TANDEM_OK) {
        out = tandem_none();
    }
    return out;
}

static bool
is_many(const tandem_field_info *f)
{
    return f->merge == TANDEM_MERGE_SET || f->merge == TANDEM_MERGE_MAP ||
           f->merge == TANDEM_MERGE_LIST || f->merge == TANDEM_MERGE_LOG;
}

static bool
is_empty(const struct review *v, const tandem_field_info *f)
{
    tandem_value one;

    if (is_many(f)) {
        return tandem_record_items(v->r, f->id) == 0;
    }
    one = value_of(v, f);
    return one.type == TANDEM_NONE ||
           (one.type == TANDEM_STR && one.u.s.len == 0);
}

// When, in milliseconds since 1970; a date begins at midnight UTC.
static bool
moment(const tandem_value *v, int64_t *ms)
{
    if (v->type == TANDEM_TIME) {
        *ms = v->u.dt.ms;
        return true;
    }
    if (v->type == TANDEM_DATE) {
        *ms = v->u.i * DAY_MS; // dates end with the year 9999
        return true;
    }
    return false;
}

/* --------------------------------------------------------------- each field */

static void
look_at_number(struct review *v, const tandem_field_info *f, int64_t n)
{
    char en[96];
    char fr[96];

    if (n >= f->low && n <= f->high) {
        return;
    }
    (void)snprintf(
        en, sizeof en, "%lld is unusual; is it right?", (long long)n);
    (void)snprintf(
        fr, sizeof fr, "%lld est inhabituel ; est-ce juste ?", (long long)n);
    notice(v, "unusual", f, en, fr);
}

static void
look_at_words(struct review *v, const tandem_field_info *f, tandem_slice s)
{
    if (f->check != NULL && f->value.base == TANDEM_FIELD_STR &&
        !td_form_fits(f->check, s)) {
        notice(v, f->check->id, f, f->check->en, f->check->fr);
    }
    for (size_t i = 0; i < f->watch_count; i++) {
        const tandem_watch_info *w = &f->watches[i];

        if (td_watch_finds(w, s)) {
            notice(v, w->id, f, w->en, w->fr);
        }
    }
}

static void
look_at_value(
    struct review *v, const tandem_field_info *f, const tandem_value *one)
{
    if (one->type == TANDEM_STR && (f->value.base == TANDEM_FIELD_STR ||
                                       f->value.base == TANDEM_FIELD_TEXT)) {
        look_at_words(v, f, one->u.s);
    }
    if (one->type == TANDEM_INT && !is_many(f)) {
        look_at_number(v, f, one->u.i);
    }
}

static void
look_at_many(struct review *v, const tandem_field_info *f)
{
    size_t n = tandem_record_items(v->r, f->id);
    tandem_value key;
    tandem_value value;

    if (n > 0) {
        look_at_number(v, f, (int64_t)n);
    }
    for (size_t i = 0; i < n; i++) {
        if (tandem_record_item(v->r, f->id, i, &key, &value) == TANDEM_OK) {
            look_at_value(v, f, f->merge == TANDEM_MERGE_MAP ? &value : &key);
        }
    }
}

static void
look_at_moment(
    struct review *v, const tandem_field_info *f, const tandem_value *one)
{
    const tandem_kind_info *k = tandem_record_kind(v->r);
    int64_t ahead = one->type == TANDEM_DATE ? DAY_MS : AHEAD_MS;
    int64_t at;
    int64_t since;
    tandem_value began;

    if (!moment(one, &at)) {
        return;
    }
    if ((f->flags & TANDEM_FIELD_PAST) != 0 && at > v->now_ms + ahead) {
        notice(v, "future", f, "this has not happened yet; is it right?",
            "ce n'est pas encore arrivé ; est-ce juste ?");
    }
    if (f->not_before >= 0) {
        began = value_of(v, &k->fields[f->not_before]);
        if (moment(&began, &since) && at < since) {
            notice(v, "order", f, "it ends before it begins; is it right?",
                "la fin précède le début ; est-ce juste ?");
        }
    }
}

static void
look_at_field(struct review *v, const tandem_field_info *f)
{
    tandem_value one;

    if ((f->flags & (TANDEM_FIELD_UNSUPPORTED | TANDEM_FIELD_RETIRED)) != 0) {
        return;
    }
    if ((f->flags & TANDEM_FIELD_REQUIRED) != 0 && is_empty(v, f)) {
        notice(v, "required", f, "still to be filled in", "reste à remplir");
        return;
    }
    if (is_many(f)) {
        look_at_many(v, f);
        return;
    }
    one = value_of(v, f);
    look_at_value(v, f, &one);
    look_at_moment(v, f, &one);
}

/* -------------------------------------------------------------------- rules */

static bool
is_one_of(const tandem_clause *c, const tandem_value *one)
{
    bool named = one->type == TANDEM_ENUM || one->type == TANDEM_BOOL ||
                 one->type == TANDEM_TRI;

    for (size_t i = 0; named && i < c->count; i++) {
        if (one->u.i == c->words[i]) {
            return true;
        }
    }
    return false;
}

static bool
holds(const struct review *v, const tandem_clause *c)
{
    const tandem_field_info *f = &tandem_record_kind(v->r)->fields[c->field];
    tandem_value one;

    if (c->count == 0) {
        return is_empty(v, f) != c->any;
    }
    if (!is_many(f)) {
        one = value_of(v, f);
        return is_one_of(c, &one);
    }
    for (size_t i = 0; i < tandem_record_items(v->r, f->id); i++) {
        if (tandem_record_item(v->r, f->id, i, &one, NULL) == TANDEM_OK &&
            is_one_of(c, &one)) {
            return true;
        }
    }
    return false;
}

static bool
all_hold(const struct review *v, const tandem_clause *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!holds(v, &c[i])) {
            return false;
        }
    }
    return true;
}

static void
look_at_rule(struct review *v, const tandem_rule_info *rule)
{
    const tandem_field_info *fields = tandem_record_kind(v->r)->fields;
    const tandem_clause *about = rule->want_count > 0 ? rule->want : rule->when;

    // What this version cannot write it does not ask for.
    for (size_t i = 0; i < rule->want_count; i++) {
        if ((fields[rule->want[i].field].flags & TANDEM_FIELD_UNSUPPORTED) !=
            0) {
            return;
        }
    }
    if (all_hold(v, rule->when, rule->when_count) &&
        !all_hold(v, rule->want, rule->want_count) && about != NULL) {
        notice(v, rule->id, &fields[about->field], rule->en, rule->fr);
    }
}

size_t
tandem_record_review(const tandem_record *r, int64_t now_ms, tandem_lang lang,
    tandem_notice *out, size_t room)
{
    struct review v = {r, now_ms, lang, out, out != NULL ? room : 0, 0};
    const tandem_kind_info *k = r != NULL ? tandem_record_kind(r) : NULL;

    if (k == NULL) {
        return 0;
    }
    for (size_t i = 0; i < k->field_count; i++) {
        look_at_field(&v, &k->fields[i]);
    }
    for (size_t i = 0; i < k->rule_count; i++) {
        look_at_rule(&v, &k->rules[i]);
    }
    return v.count;
}
