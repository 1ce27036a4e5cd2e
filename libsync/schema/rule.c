// SPDX-License-Identifier: Apache-2.0
// rule.c - reads the rules of a kind: when a record holds this, it should
// hold that.
#include "schema/parse.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"

// The number of a word in what the field's values, or a map's keys, are
// chosen from. false: there is no such word.
static bool
word_number(const tandem_value_type *t, tandem_slice word, int64_t *out)
{
    static const char *const answers[] = {"no", "yes", "unknown"};
    size_t count = t->base == TANDEM_FIELD_BOOL  ? 2
                   : t->base == TANDEM_FIELD_TRI ? 3
                                                 : 0;

    for (size_t i = 0; i < count; i++) {
        if (td_slice_eq(word, td_slice_str(answers[i]))) {
            *out = (int64_t)i;
            return true;
        }
    }
    for (size_t i = 0; t->words != NULL && i < t->words->word_count; i++) {
        if (td_slice_eq(word, td_slice_str(t->words->words[i].id))) {
            *out = t->words->words[i].n;
            return true;
        }
    }
    return false;
}

static tandem_err
read_is(const struct td_parse *p, tandem_slice raw, const tandem_field_info *f,
    tandem_clause *out)
{
    const tandem_value_type *t =
        f->merge == TANDEM_MERGE_MAP ? &f->key : &f->value;
    struct td_cur c;
    int64_t *list = NULL;
    size_t n = 0;

    TD_TRY(td_parse_array(
        p, raw, "is", TD_RULE_PARTS_MAX, sizeof *list, &c, &n, &list));
    for (size_t i = 0; i < n; i++) {
        tandem_slice word = td_cur_str(&c, TD_NAME_BYTES_MAX);

        if (n == 1 && td_slice_eq(word, td_slice_str("*"))) {
            out->any = true;
            return TANDEM_OK;
        }
        if (td_cur_failed(&c) || !word_number(t, word, &list[i])) {
            return td_parse_broken(p, TANDEM_EVALUE,
                "a rule names a word that its field does not have",
                "une règle nomme un mot que son champ n'a pas", f->id);
        }
    }
    out->words = list;
    out->count = n;
    return TANDEM_OK;
}

static tandem_err
read_clause(const struct td_parse *p, tandem_slice raw,
    const tandem_kind_info *kind, tandem_clause *out)
{
    struct td_map m;
    const char *id = NULL;

    if (!td_parse_map(raw, &m)) {
        return td_parse_damaged(p, "rules");
    }
    TD_TRY(td_parse_ident(p, &m, TD_KEY_FIELD, false, &id));
    for (size_t i = 0; i < kind->field_count; i++) {
        if (strcmp(kind->fields[i].id, id) == 0) {
            out->field = (uint16_t)i;
            return read_is(p, m.at[TD_KEY_IS], &kind->fields[i], out);
        }
    }
    return td_parse_broken(p, TANDEM_EVALUE,
        "a rule names a field that the kind does not have",
        "une règle nomme un champ que le type n'a pas", id);
}

static tandem_err
read_clauses(const struct td_parse *p, const struct td_map *m, enum td_key k,
    const tandem_kind_info *kind, const tandem_clause **out, size_t *count)
{
    struct td_cur c;
    tandem_clause *list = NULL;
    size_t n = 0;

    TD_TRY(td_parse_array(p, m->at[k], td_key_names[k], TD_RULE_PARTS_MAX,
        sizeof *list, &c, &n, &list));
    for (size_t i = 0; i < n; i++) {
        TD_TRY(read_clause(p, td_cur_raw(&c), kind, &list[i]));
    }
    *out = list;
    *count = n;
    return TANDEM_OK;
}

static tandem_err
read_rule(const struct td_parse *p, tandem_slice raw,
    const tandem_kind_info *kind, tandem_rule_info *r)
{
    struct td_map m;

    if (!td_parse_map(raw, &m)) {
        return td_parse_damaged(p, "rules");
    }
    TD_TRY(td_parse_ident(p, &m, TD_KEY_ID, false, &r->id));
    TD_TRY(td_parse_text(p, &m, TD_KEY_FR, &r->fr));
    TD_TRY(td_parse_text(p, &m, TD_KEY_EN, &r->en));
    TD_TRY(read_clauses(p, &m, TD_KEY_WHEN, kind, &r->when, &r->when_count));
    return read_clauses(p, &m, TD_KEY_WANT, kind, &r->want, &r->want_count);
}

tandem_err
td_parse_rules(struct td_parse *p, tandem_slice raw, tandem_kind_info *kind)
{
    struct td_cur c;
    tandem_rule_info *list = NULL;
    size_t n = 0;

    if (raw.len == 0) {
        return TANDEM_OK;
    }
    TD_TRY(td_parse_array(
        p, raw, "rules", TD_KIND_RULES_MAX, sizeof *list, &c, &n, &list));
    for (size_t i = 0; i < n; i++) {
        TD_TRY(read_rule(p, td_cur_raw(&c), kind, &list[i]));
        for (size_t j = 0; j < i; j++) {
            if (strcmp(list[j].id, list[i].id) == 0) {
                return td_parse_twice(p, list[i].id);
            }
        }
    }
    kind->rules = list;
    kind->rule_count = n;
    return TANDEM_OK;
}
