// SPDX-License-Identifier: Apache-2.0
// figure.c - the table of figures, and what all of them use to count.
#include "figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "counts.h"

static const struct figure_info figures[] = {
    {"F01", "portes frappées", "doors knocked",
        "chaque passage à une porte compte", "every knock counts", "B:343",
        true, count_doors},
    {"F02", "portes distinctes", "distinct doors",
        "une porte par clé de porte ou logement",
        "one door a door key or dwelling", "", true, count_distinct_doors},
    {"F03", "taux de réponse", "answer rate",
        "portes où quelqu'un a répondu, sur les portes frappées",
        "doors where somebody answered, of those knocked", "", true,
        count_answers},
    {"F04", "avis de passage laissés, revenus", "visit notices left, returned",
        "", "", "B:126", true, count_notices},
    {"F05", "présentations, flyers remis", "pitches, flyers handed over", "",
        "", "B:128-130", true, count_pitches},
    {"F06", "fiches ouvertes", "sheets opened",
        "fiches contact ; celles reliées comptent pour une",
        "contact sheets; linked ones count as one", "B:71", true, count_sheets},
};

size_t
figure_count(void)
{
    return sizeof(figures) / sizeof(*figures);
}

const struct figure_info *
figure_at(size_t i)
{
    return i < figure_count() ? &figures[i] : NULL;
}

const struct figure_info *
figure_find(const char *id)
{
    for (size_t i = 0; i < figure_count(); i++) {
        if (strcasecmp(figures[i].id, id) == 0) {
            return &figures[i];
        }
    }
    return NULL;
}

// ------------------------------------------------------------------- counting

// The checkpoint held last, of those in the facts.
static void
last_checkpoint(const struct view *v, struct figure *f)
{
    int64_t last = FACT_NONE;

    for (size_t i = 0; i < v->of[FACT_CHECKPOINT].count; i++) {
        const uint32_t h = v->of[FACT_CHECKPOINT].at[i];
        const int64_t at = view_get(v, h, CHECKPOINT_HELD_AT);

        if (at != FACT_NONE && at <= v->now_ms && at > last) {
            last = at;
            f->checked = view_fact(v, h)->number;
            f->held = v->day[h];
        }
    }
}

void
figure_begin(const struct view *v, struct figure *f)
{
    memset(f, 0, sizeof(*f));
    f->held = NO_DAY;
    last_checkpoint(v, f);
}

tandem_err
figure_make(
    const struct view *v, const struct figure_info *info, struct figure *out)
{
    figure_begin(v, out);
    out->info = info;
    info->count(v, out);
    if (out->err != TANDEM_OK) {
        const tandem_err err = out->err;

        figure_free(out);
        return err;
    }
    return TANDEM_OK;
}

void
figure_free(struct figure *f)
{
    free(f->rows);
    memset(f, 0, sizeof(*f));
}

bool
figure_take(const struct view *v, struct figure *f, uint32_t handle)
{
    const struct fact *fact = view_fact(v, handle);

    if (!view_counts(v, handle)) {
        return false;
    }
    f->conflicts += fact->conflicts;
    // It happened before the checkpoint, and came or changed after it.
    f->late += f->checked > 0 && fact->number > f->checked &&
               v->day[handle] != NO_DAY && v->day[handle] <= f->held;
    return true;
}

struct figure_row *
figure_row(struct figure *f, const char *name, const char *fr, const char *en)
{
    struct figure_row *row;

    if (f->count == f->cap) {
        const size_t cap = f->cap == 0 ? 16 : f->cap * 2;
        struct figure_row *more = realloc(f->rows, cap * sizeof(*more));

        if (more == NULL) {
            f->err = TANDEM_ENOMEM;
            return NULL;
        }
        f->rows = more;
        f->cap = cap;
    }
    row = &f->rows[f->count++];
    memset(row, 0, sizeof(*row));
    (void)snprintf(row->name, sizeof(row->name), "%s", name);
    row->label[0] = (struct figure_words){fr, en};
    row->of = -1;
    return row;
}

struct figure_row *
figure_number(struct figure *f, const char *name, const char *fr,
    const char *en, int64_t n, int64_t of)
{
    struct figure_row *row = figure_row(f, name, fr, en);

    if (row != NULL) {
        row->n = n;
        row->of = of;
    }
    return row;
}

// ---------------------------------------------------------------------- words

static const tandem_enum_info *
words_of(const struct view *v, enum fact_kind kind, int column)
{
    const struct fact_table *table = fact_table(kind);
    const tandem_kind_info *k =
        tandem_schema_kind_find(v->f->schema, table->name);
    const tandem_field_info *field =
        k != NULL ? tandem_kind_field(k, table->columns[column].field) : NULL;

    if (field == NULL) {
        return NULL;
    }
    return field->key.words != NULL ? field->key.words : field->value.words;
}

struct figure_words
figure_term(const struct view *v, enum fact_kind kind, int column, int64_t word,
    char id[48])
{
    const tandem_enum_info *words = words_of(v, kind, column);
    const tandem_word *w =
        words != NULL && word != 0 ? tandem_enum_word(words, word) : NULL;

    if (word == 0) {
        (void)snprintf(id, 48, "none");
        return (struct figure_words){"non renseigné", "not said"};
    }
    if (w == NULL) {
        (void)snprintf(id, 48, "?%lld", (long long)word);
        return (struct figure_words){
            "mot d'une version plus récente", "word of a newer version"};
    }
    (void)snprintf(id, 48, "%s", w->id);
    return (struct figure_words){w->fr, w->en};
}

struct figure_row *
figure_word(const struct view *v, struct figure *f, enum fact_kind kind,
    int column, int64_t word)
{
    char id[48];
    const struct figure_words w = figure_term(v, kind, column, word, id);

    return figure_row(f, id, w.fr, w.en);
}

void
figure_by_word(const struct view *v, struct figure *f, enum fact_kind kind,
    int column, const int64_t *counts, size_t words)
{
    const uint32_t part = ++f->parts;

    for (size_t i = 0; i < words; i++) {
        struct figure_row *row;

        if (counts[i] == 0) {
            continue;
        }
        row = figure_word(v, f, kind, column, (int64_t)i);
        if (row == NULL) {
            return;
        }
        row->n = counts[i];
        row->part = part;
    }
}
