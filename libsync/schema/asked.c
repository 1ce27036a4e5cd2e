// SPDX-License-Identifier: Apache-2.0
// asked.c - reads what a pack asks: of strings a form, of texts that some
// things stay out, of numbers their bounds; and how long it keeps records.
#include "schema/parse.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"
#include "schema/form.h"
#include "schema/watch.h"

/* ------------------------------------------------------------- of the pack */

// What every entry of the three lists has.
static tandem_err
read_said(const struct td_parse *p, const struct td_map *m, const char **id,
    const char **fr, const char **en)
{
    TD_TRY(td_parse_ident(p, m, TD_KEY_ID, false, id));
    TD_TRY(td_parse_text(p, m, TD_KEY_FR, fr));
    return td_parse_text(p, m, TD_KEY_EN, en);
}

static tandem_err
read_check(const struct td_parse *p, tandem_slice raw, tandem_check_info *c)
{
    struct td_map m;

    if (!td_parse_map(raw, &m)) {
        return td_parse_damaged(p, "checks");
    }
    TD_TRY(read_said(p, &m, &c->id, &c->fr, &c->en));
    if (td_parse_has(&m, TD_KEY_PLACES)) {
        return td_parse_n(p, &m, TD_KEY_PLACES, &c->places);
    }
    TD_TRY(td_parse_text(p, &m, TD_KEY_MATCH, &c->match));
    if (!td_form_valid(c->match)) {
        return td_parse_broken(p, TANDEM_EVALUE, "this pattern cannot be read",
            "ce modèle est illisible", c->match);
    }
    return TANDEM_OK;
}

// Words are sentences' parts, with spaces: no identifiers.
static tandem_err
read_words(
    const struct td_parse *p, const struct td_map *m, tandem_watch_info *w)
{
    struct td_cur c;
    const char **list = NULL;
    size_t n = 0;

    if (!td_parse_has(m, TD_KEY_WORDS)) {
        return TANDEM_OK;
    }
    TD_TRY(td_parse_array(p, m->at[TD_KEY_WORDS], "words", TD_WATCH_WORDS_MAX,
        sizeof *list, &c, &n, &list));
    for (size_t i = 0; i < n; i++) {
        tandem_slice s = td_cur_str(&c, TD_NAME_BYTES_MAX);

        list[i] = td_arena_str(&p->pack->arena, s);
        if (list[i] == NULL) {
            return td_parse_nomem(p);
        }
        if (td_cur_failed(&c) || !td_watch_word_valid(list[i])) {
            return td_parse_broken(p, TANDEM_EVALUE,
                "a word to look for is of a-z, digits, spaces and ', with a * "
                "at its end at most",
                "un mot à chercher est fait de a-z, chiffres, espaces et ', "
                "avec au plus une * à la fin",
                list[i]);
        }
    }
    w->words = list;
    w->word_count = n;
    return TANDEM_OK;
}

static tandem_err
read_watch(const struct td_parse *p, tandem_slice raw, tandem_watch_info *w)
{
    struct td_map m;
    const char *find = NULL;

    if (!td_parse_map(raw, &m)) {
        return td_parse_damaged(p, "watches");
    }
    TD_TRY(read_said(p, &m, &w->id, &w->fr, &w->en));
    TD_TRY(td_parse_text(p, &m, TD_KEY_FIND, &find));
    w->find = td_find_of(find);
    TD_TRY(td_parse_flag(p, &m, TD_KEY_REFUSE, &w->refuse));
    return read_words(p, &m, w);
}

static tandem_err
read_retention(
    const struct td_parse *p, tandem_slice raw, tandem_retention_info *r)
{
    struct td_map m;

    if (!td_parse_map(raw, &m)) {
        return td_parse_damaged(p, "retentions");
    }
    TD_TRY(td_parse_text(p, &m, TD_KEY_ID, &r->id));
    TD_TRY(td_parse_text(p, &m, TD_KEY_FR, &r->fr));
    TD_TRY(td_parse_text(p, &m, TD_KEY_EN, &r->en));
    return td_parse_has(&m, TD_KEY_MONTHS)
               ? td_parse_n(p, &m, TD_KEY_MONTHS, &r->months)
               : TANDEM_OK;
}

// Each list's elements begin with their id.
static tandem_err
once_each(const struct td_parse *p, const void *items, size_t size, size_t n)
{
    const uint8_t *at = items;
    const char *a;
    const char *b;

    for (size_t i = 0; i < n; i++) {
        memcpy(&a, at + i * size, sizeof a);
        for (size_t j = 0; j < i; j++) {
            memcpy(&b, at + j * size, sizeof b);
            if (strcmp(a, b) == 0) {
                return td_parse_twice(p, a);
            }
        }
    }
    return TANDEM_OK;
}

static tandem_err
read_checks(struct td_parse *p, tandem_slice raw)
{
    struct td_pack *pack = p->pack;
    struct td_cur c;

    TD_TRY(td_parse_array(p, raw, "checks", TD_PACK_ASKED_MAX,
        sizeof *pack->checks, &c, &pack->check_count, &pack->checks));
    for (size_t i = 0; i < pack->check_count; i++) {
        TD_TRY(read_check(p, td_cur_raw(&c), &pack->checks[i]));
    }
    return once_each(p, pack->checks, sizeof *pack->checks, pack->check_count);
}

static tandem_err
read_watches(struct td_parse *p, tandem_slice raw)
{
    struct td_pack *pack = p->pack;
    struct td_cur c;

    TD_TRY(td_parse_array(p, raw, "watches", TD_PACK_ASKED_MAX,
        sizeof *pack->watches, &c, &pack->watch_count, &pack->watches));
    for (size_t i = 0; i < pack->watch_count; i++) {
        TD_TRY(read_watch(p, td_cur_raw(&c), &pack->watches[i]));
    }
    return once_each(
        p, pack->watches, sizeof *pack->watches, pack->watch_count);
}

static tandem_err
read_retentions(struct td_parse *p, tandem_slice raw)
{
    struct td_pack *pack = p->pack;
    struct td_cur c;

    TD_TRY(td_parse_array(p, raw, "retentions", TD_PACK_ASKED_MAX,
        sizeof *pack->retentions, &c, &pack->retention_count,
        &pack->retentions));
    for (size_t i = 0; i < pack->retention_count; i++) {
        TD_TRY(read_retention(p, td_cur_raw(&c), &pack->retentions[i]));
    }
    return once_each(
        p, pack->retentions, sizeof *pack->retentions, pack->retention_count);
}

tandem_err
td_parse_asked(struct td_parse *p, const struct td_map *m)
{
    if (td_parse_has(m, TD_KEY_CHECKS)) {
        TD_TRY(read_checks(p, m->at[TD_KEY_CHECKS]));
    }
    if (td_parse_has(m, TD_KEY_WATCHES)) {
        TD_TRY(read_watches(p, m->at[TD_KEY_WATCHES]));
    }
    return td_parse_has(m, TD_KEY_RETENTIONS)
               ? read_retentions(p, m->at[TD_KEY_RETENTIONS])
               : TANDEM_OK;
}

/* ------------------------------------------------------------- of the field */

static tandem_err
read_field_check(
    const struct td_parse *p, const struct td_map *m, tandem_field_info *f)
{
    const char *id = NULL;

    if (!td_parse_has(m, TD_KEY_CHECK)) {
        return TANDEM_OK;
    }
    TD_TRY(td_parse_text(p, m, TD_KEY_CHECK, &id));
    for (size_t i = 0; i < p->pack->check_count; i++) {
        if (strcmp(p->pack->checks[i].id, id) == 0) {
            f->check = &p->pack->checks[i];
        }
    }
    if (f->check == NULL || f->value.base != TANDEM_FIELD_STR) {
        return td_parse_broken(p, TANDEM_EVALUE,
            "a check is of the pack's list, for values of type str",
            "un contrôle est de la liste du paquet, pour des valeurs str", id);
    }
    return TANDEM_OK;
}

// The n of a word of the field's list.
static tandem_err
read_duty(const struct td_parse *p, tandem_slice raw,
    const tandem_field_info *f, tandem_duty_info *duty)
{
    const tandem_enum_info *words = f->value.words;
    struct td_map m;
    const char *id = NULL;

    if (!td_parse_map(raw, &m)) {
        return td_parse_damaged(p, "duties");
    }
    TD_TRY(td_parse_ident(p, &m, TD_KEY_WORD, false, &id));
    TD_TRY(td_parse_ids(
        p, &m, TD_KEY_WRITERS, &duty->writers, &duty->writer_count));
    for (size_t i = 0; words != NULL && i < words->word_count; i++) {
        if (strcmp(words->words[i].id, id) == 0) {
            duty->word = words->words[i].n;
            return TANDEM_OK;
        }
    }
    return td_parse_broken(p, TANDEM_EVALUE,
        "a duty is of one of the words of its field",
        "un devoir porte sur un des mots de son champ", id);
}

static tandem_err
read_duties(
    const struct td_parse *p, const struct td_map *m, tandem_field_info *f)
{
    struct td_cur c;
    tandem_duty_info *list = NULL;
    size_t n = 0;

    if (!td_parse_has(m, TD_KEY_DUTIES)) {
        return TANDEM_OK;
    }
    TD_TRY(td_parse_array(p, m->at[TD_KEY_DUTIES], "duties", TD_KIND_LIST_MAX,
        sizeof *list, &c, &n, &list));
    for (size_t i = 0; i < n; i++) {
        TD_TRY(read_duty(p, td_cur_raw(&c), f, &list[i]));
    }
    f->duties = list;
    f->duty_count = n;
    return TANDEM_OK;
}

static bool
is_number(const tandem_field_info *f)
{
    return f->value.base == TANDEM_FIELD_INT ||
           f->value.base == TANDEM_FIELD_CENTS;
}

// A number, or something of which there may be many.
static bool
is_counted(const tandem_field_info *f)
{
    return is_number(f) || f->merge == TANDEM_MERGE_SET ||
           f->merge == TANDEM_MERGE_MAP || f->merge == TANDEM_MERGE_LIST ||
           f->merge == TANDEM_MERGE_LOG;
}

static bool
is_time(const tandem_field_info *f)
{
    return f->value.base == TANDEM_FIELD_DATE ||
           f->value.base == TANDEM_FIELD_TIME;
}

static tandem_err
read_bounds(
    const struct td_parse *p, const struct td_map *m, tandem_field_info *f)
{
    bool hard = td_parse_has(m, TD_KEY_MIN) || td_parse_has(m, TD_KEY_MAX);
    bool soft = td_parse_has(m, TD_KEY_LOW) || td_parse_has(m, TD_KEY_HIGH);

    f->min = INT64_MIN;
    f->max = INT64_MAX;
    f->low = INT64_MIN;
    f->high = INT64_MAX;
    TD_TRY(td_parse_int(p, m, TD_KEY_MIN, &f->min));
    TD_TRY(td_parse_int(p, m, TD_KEY_MAX, &f->max));
    TD_TRY(td_parse_int(p, m, TD_KEY_LOW, &f->low));
    TD_TRY(td_parse_int(p, m, TD_KEY_HIGH, &f->high));
    if ((hard && (!is_number(f) || f->merge == TANDEM_MERGE_COUNTER)) ||
        (soft && !is_counted(f)) || f->min > f->max || f->low > f->high) {
        return td_parse_broken(p, TANDEM_EVALUE,
            "min and max are of numbers, low and high of numbers and of how "
            "many, the lower one first",
            "min et max portent sur des nombres, low et high sur des nombres "
            "ou des quantités, le plus petit d'abord",
            f->type);
    }
    return TANDEM_OK;
}

tandem_err
td_parse_bounds(
    struct td_parse *p, const struct td_map *m, tandem_field_info *f)
{
    bool past;

    f->not_before = -1;
    f->watches = p->pack->watches;
    f->watch_count = p->pack->watch_count;
    TD_TRY(read_field_check(p, m, f));
    TD_TRY(read_bounds(p, m, f));
    TD_TRY(read_duties(p, m, f));
    TD_TRY(td_parse_flag(p, m, TD_KEY_PAST, &past));
    if (past && !is_time(f)) {
        return td_parse_broken(p, TANDEM_EVALUE,
            "only a date or a time lies in the past",
            "seule une date ou une heure est passée", f->type);
    }
    f->flags |= past ? TANDEM_FIELD_PAST : 0U;
    return TANDEM_OK;
}

tandem_err
td_parse_since(struct td_parse *p, const struct td_map *m,
    const tandem_kind_info *kind, tandem_field_info *f)
{
    const char *id = NULL;

    if (!td_parse_has(m, TD_KEY_NOT_BEFORE)) {
        return TANDEM_OK;
    }
    p->field = f->id;
    TD_TRY(td_parse_ident(p, m, TD_KEY_NOT_BEFORE, false, &id));
    for (size_t i = 0; i < kind->field_count && is_time(f); i++) {
        if (strcmp(kind->fields[i].id, id) == 0 && is_time(&kind->fields[i])) {
            f->not_before = (int32_t)i;
        }
    }
    if (f->not_before < 0) {
        return td_parse_broken(p, TANDEM_EVALUE,
            "a date or time comes not before another one of its kind",
            "une date ou une heure ne précède pas une autre de son type", id);
    }
    p->field = NULL;
    return TANDEM_OK;
}
