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
        "toutes sauf « personne ne répond », sur les portes frappées",
        "all but \"nobody answers\", of the doors knocked", "", true,
        count_answers},
    {"F04", "avis de passage laissés, revenus", "visit notices left, returned",
        "", "", "B:126", true, count_notices},
    {"F05", "présentations, flyers remis", "pitches, flyers handed over", "",
        "", "B:128-130", true, count_pitches},
    {"F06", "fiches ouvertes", "sheets opened",
        "fiches contact ; celles reliées comptent pour une",
        "contact sheets; linked ones count as one", "B:71", true, count_sheets},
    {"F07", "propositions et réponses", "proposals and answers",
        "une rencontre avec deux propositions compte pour chacune",
        "an encounter with two proposals counts for each", "B:136", true,
        count_proposals},
    {"F08", "rendez-vous pris, honorés, manqués",
        "appointments taken, kept, missed", "au jour où ils ont été pris",
        "on the day they were taken", "B:317", true, count_appointments},
    {"F09", "interventions", "interventions", "", "", "B:317,325", true,
        count_visits},
    {"F10", "de la tournée à l'intervention, au rendez-vous",
        "from tour to intervention, to appointment",
        "rencontres à la porte suivies dans les 60 jours, par leur fiche ou "
        "leur lien",
        "encounters at doors followed within 60 days, by their sheet or link",
        "B:317", true, count_tour_follows},
    {"F11", "permanences : contacts, rendez-vous, interventions",
        "market sessions: contacts, appointments, interventions",
        "rencontres suivies dans les 60 jours ; une fiche par permanence",
        "encounters followed within 60 days; a sheet once a session",
        "B:317,319", true, count_markets},
    {"F12", "kits posés", "kits fitted",
        "interventions avec le résultat « kit posé » et au moins un équipement "
        "posé",
        "interventions with the result \"kit fitted\" and at least one item "
        "fitted",
        "B:346", true, count_kits},
    {"F13", "kits distribués", "kits handed out",
        "interventions avec au moins un équipement posé ou remis",
        "interventions with at least one item fitted or handed over", "B:367",
        true, count_kits_out},
    {"F14", "équipements par type", "items by kind", "", "", "", false,
        count_items},
    {"F15", "problèmes constatés, résolus", "problems found, solved", "", "",
        "B:184-198", true, count_findings},
    {"F16", "urgences, mises en sécurité", "emergencies, made safe", "", "",
        "B:214-228", true, count_emergencies},
    {"F17", "sollicitations par motif, par canal",
        "requests by reason, by channel",
        "une sollicitation avec deux motifs compte pour chacun",
        "a request with two reasons counts for each", "B:325,365", true,
        count_requests},
    {"F18", "ce qui mène le mieux à Amelio", "what leads to Amelio best",
        "interventions avec une orientation vers Amelio ; motifs du "
        "rendez-vous et des sollicitations des 60 jours d'avant",
        "interventions with a referral to Amelio; reasons of the appointment "
        "and of requests in the 60 days before",
        "B:325", true, count_leads},
    {"F19", "orientations, dont rdv pris en direct",
        "referrals, with direct booking", "", "", "B:246-259", true,
        count_referrals},
    {"F20", "dossiers Amelio", "Amelio files",
        "ouverts ou plus loin ; orientés à côté",
        "opened or further; oriented beside", "B:347,367", true, count_files},
    {"F21", "entonnoir", "funnel",
        "le nombre de chaque étape ; part de l'étape d'avant",
        "the number at each stage; share of the stage before", "B:307", true,
        count_funnel},
    {"F22", "secteurs couverts", "sectors covered",
        "avec une tournée ou une permanence tenue",
        "with a tour or a session held", "B:344", false, count_sectors},
    {"F23", "mois d'activité", "months of activity",
        "mois entiers du premier au dernier jour de terrain",
        "whole months from the first day in the field to the last", "B:345",
        false, count_months},
    {"F24", "bouche-à-oreille", "word of mouth",
        "fiches amenées par une autre ou par le bouche-à-oreille",
        "sheets brought by another or met by word of mouth", "B:38,98", true,
        count_mouth},
    {"F25", "la situation a avancé", "situation moved",
        "des interventions clôturées", "of closed interventions", "B:35", true,
        count_moved},
    {"F26", "Amelio évoqué", "Amelio spoken of", "des interventions clôturées",
        "of closed interventions", "B:244", true, count_spoken},
    {"F27", "suivis dus, faits, en retard, refusés par la charte",
        "follow-ups due, done, late, refused by the charter", "", "",
        "B:263-269", true, count_follow_ups},
    {"F28", "fonds d'avance", "advance fund", "", "", "B:79", false,
        count_fund},
    {"F29", "stock", "stock", "somme des mouvements", "sum of moves", "", false,
        count_stock},
    {"F30", "interventions selon le ressenti", "interventions by feel",
        "une intervention peut en avoir plusieurs",
        "an intervention may have several", "B:327", true, count_feels},
    {"F31", "situations rencontrées", "situations met",
        "avec une preuve au moins", "with one proof at least", "B:349", false,
        count_situations},
    {"F32", "questions éclairées", "questions lit up", "", "", "B:351", false,
        count_questions},
    {"F33", "retours par source et chapitre", "feedback by source and chapter",
        "", "", "B:367", true, count_feedbacks},
    {"F34", "heures de terrain", "hours in the field",
        "créneaux dont début et fin sont notés",
        "shifts whose begin and end are noted", "B:17-31", false, count_hours},
    {"F35", "sur-sollicitation", "over-solicitation",
        "un nombre, jamais de noms", "a number, never names", "B:269,327", true,
        count_over},
    {"F36", "rencontres tenues, par interlocuteur et méthode",
        "meetings held, by interlocutor and method",
        "des rencontres non annulées", "of meetings that were not cancelled",
        "D:17", true, count_meetings},
    {"F37", "absences", "absences", "par jour de session", "a day of a session",
        "D:53", true, count_absences},
    {"F38", "verbatims, classements, problématiques, pistes",
        "verbatims, clusters, problems, ideas", "", "", "D:27", false,
        count_material},
    {"F39", "pistes par votes", "ideas ranked by votes",
        "un bulletin par votant et session, le dernier",
        "one ballot a voter and session, the last", "D:45", false, count_votes},
    {"F40", "santé des données", "health of the data",
        "les effacements ne sont pas encore suivis",
        "erasures are not followed yet", "", false, count_health},
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

struct figure_row *
figure_named(const struct figure *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->rows[i].name, name) == 0) {
            return &f->rows[i];
        }
    }
    return NULL;
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
    row->of = row->beside = -1;
    return row;
}

uint32_t
figure_part(struct figure *f, const char *whole)
{
    if (f->part_count == FIGURE_PARTS) { // a figure is written with fewer
        f->err = TANDEM_ELIMIT;
        return 0;
    }
    f->wholes[f->part_count] = whole;
    return UINT32_C(1) << f->part_count++;
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

// "prefix" and the name the row has.
static void
put_before(struct figure_row *row, const char *prefix)
{
    char name[sizeof(row->name)];

    memcpy(name, row->name, sizeof(name));
    (void)snprintf(row->name, sizeof(row->name), "%s%.48s", prefix, name);
}

struct figure_row *
figure_word(const struct view *v, struct figure *f, enum fact_kind kind,
    int column, int64_t word)
{
    char id[48];
    const struct figure_words w = figure_term(v, kind, column, word, id);

    return figure_row(f, id, w.fr, w.en);
}

struct figure_row *
figure_words_row(const struct view *v, struct figure *f,
    const struct figure_field *a, int64_t x, const struct figure_field *b,
    int64_t y)
{
    struct figure_row *row = figure_word(v, f, a->kind, a->column, x);
    char id[48], first[48];

    if (row != NULL) {
        row->label[1] = figure_term(v, b->kind, b->column, y, id);
        (void)figure_term(v, a->kind, a->column, x, first);
        (void)snprintf(row->name, sizeof(row->name), "%.46s.%.46s", first, id);
    }
    return row;
}

void
figure_by_word(const struct view *v, struct figure *f, const char *prefix,
    enum fact_kind kind, int column, const int64_t *counts, uint32_t part)
{
    for (size_t i = 0; i < FIGURE_WORDS; i++) {
        struct figure_row *row =
            counts[i] == 0 ? NULL : figure_word(v, f, kind, column, (int64_t)i);

        if (row != NULL) {
            put_before(row, prefix);
            row->n = counts[i];
            row->parts = part;
        }
    }
}

void
figure_shares(const struct view *v, struct figure *f, const char *prefix,
    enum fact_kind kind, int column, const int64_t *counts,
    const int64_t *wholes, uint32_t part, struct figure_words also)
{
    for (size_t i = 0; i < FIGURE_WORDS; i++) {
        struct figure_row *row =
            wholes[i] == 0 ? NULL : figure_word(v, f, kind, column, (int64_t)i);

        if (row != NULL) {
            put_before(row, prefix);
            row->n = counts[i];
            row->of = wholes[i];
            row->parts = part;
            row->label[1] = also;
        }
    }
}

void
figure_add_set(int64_t *counts, int64_t set)
{
    for (size_t i = 1; i < FIGURE_WORDS - 1; i++) {
        counts[i] += set >> i & 1;
    }
}

// --------------------------------------------------------------------- groups

void
figure_group(
    struct figure *f, struct figure_groups *g, uint64_t mark, uint32_t handle)
{
    if (g->count == g->cap) {
        const size_t cap = g->cap == 0 ? 64 : g->cap * 2;
        struct figure_group_row *more = realloc(g->at, cap * sizeof(*more));

        if (more == NULL) {
            f->err = TANDEM_ENOMEM;
            return;
        }
        g->at = more;
        g->cap = cap;
    }
    g->at[g->count++] = (struct figure_group_row){mark, handle, 1};
}

static int
by_mark(const void *a, const void *b)
{
    const struct figure_group_row *x = a, *y = b;

    return (x->mark > y->mark) - (x->mark < y->mark);
}

static int
most_first(const void *a, const void *b)
{
    const struct figure_group_row *x = a, *y = b;

    return x->n != y->n ? (x->n > y->n ? -1 : 1) : by_mark(a, b);
}

// Those of one mark become one, said by the record with the smallest id.
static void
gather(const struct view *v, struct figure_groups *g)
{
    size_t n = 0;

    for (size_t i = 0; i < g->count; i++) {
        struct figure_group_row *last = n > 0 ? &g->at[n - 1] : NULL;

        if (last == NULL || last->mark != g->at[i].mark) {
            g->at[n++] = g->at[i];
            continue;
        }
        last->n++;
        if (memcmp(v->f->ids[g->at[i].handle].b, v->f->ids[last->handle].b,
                sizeof(tandem_id)) < 0) {
            last->handle = g->at[i].handle;
        }
    }
    g->count = n;
}

void
figure_grouped(const struct view *v, struct figure *f, struct figure_groups *g,
    const char *prefix, const char *field, struct figure_words noun)
{
    const uint32_t part = figure_part(f, "total");

    if (g->count > 0) {
        qsort(g->at, g->count, sizeof(*g->at), by_mark);
        gather(v, g);
        qsort(g->at, g->count, sizeof(*g->at), most_first);
    }
    for (size_t i = 0; i < g->count; i++) {
        struct figure_row *row = figure_number(
            f, "none", "non renseigné", "not said", g->at[i].n, -1);

        if (row == NULL) {
            break;
        }
        row->parts = part;
        if (g->at[i].mark != 0) {
            (void)snprintf(row->name, sizeof(row->name), "%016llx",
                (unsigned long long)g->at[i].mark);
            row->label[0] = (struct figure_words){NULL, NULL};
            row->record = v->f->ids[g->at[i].handle];
            row->field = field;
            row->noun = noun;
        }
        put_before(row, prefix);
    }
    free(g->at);
    *g = (struct figure_groups){NULL, 0, 0};
}
