// SPDX-License-Identifier: Apache-2.0
// questions.c - the sixteen open questions of the trial, and the records in
// which people answer them.
#include "questions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct question questions[QUESTIONS] = {
    {"real_conditions",
        {"Comment le service fonctionne-t-il en conditions réelles ?",
            "How does the service work in real conditions?"},
        "B:309", {"F09", "F30", "F34"}, {NULL, "feel.", NULL}},
    {"best_forms",
        {"Quelles formes marchent le mieux à chaque étape ?",
            "Which forms work best at each step?"},
        "B:311", {"F10", "F11", "F21"}, {NULL, "form.", ""}},
    {"right_public",
        {"L'approche rencontre-t-elle le bon public ?",
            "Does the approach meet the right public?"},
        "B:317", {"F06", "F19", "F20"}, {"met_by.", "target.", NULL}},
    {"trust", {"Crée-t-elle de la confiance ?", "Does it build trust?"},
        "B:317", {"F24", "F33", "F05"}, {NULL, "user.", "entered"}},
    {"tours_interventions",
        {"Les tournées mènent-elles à des interventions ?",
            "Do tours lead to interventions?"},
        "B:317", {"F10"}, {NULL}},
    {"tours_appointments", {"Et à des rendez-vous ?", "And to appointments?"},
        "B:317", {"F10", "F08"}, {"appointment", "channel."}},
    {"market_yield",
        {"Que produisent les permanences ?",
            "What do market sessions produce?"},
        "B:317", {"F11"}, {NULL}},
    {"other_places",
        {"D'autres lieux ont-ils été essayés ?", "Were other places tried?"},
        "B:317", {"F11"}, {"place_kind."}},
    {"most_common",
        {"Quelles interventions sont les plus courantes ?",
            "Which interventions are most common?"},
        "B:325", {"F09", "F15"}, {"type.", "family."}},
    {"most_asked",
        {"Qu'est-ce qui est le plus demandé ?", "What is asked most?"}, "B:325",
        {"F17"}, {"reason."}},
    {"most_effective",
        {"Qu'est-ce qui oriente le mieux vers les aides ?",
            "What directs best to support schemes?"},
        "B:325", {"F18"}, {""}},
    {"what_works",
        {"Qu'est-ce qui fonctionne, qu'est-ce qui ne fonctionne pas ?",
            "What works, what does not?"},
        "B:325", {"F30"}, {"feel."}},
    {"difficulties",
        {"Quelles difficultés ont été sous- ou surestimées ?",
            "Which difficulties were under- or overestimated?"},
        "B:325", {"F30"}, {"feel.comp"}},
    {"adviser_follow_up",
        {"Comment se passe le suivi avec les conseillers ?",
            "How does follow-up with the advisers go?"},
        "B:333", {"F27", "F20", "F33"}, {"", "state.", "adviser."}},
    {"awareness_tools",
        {"Quels outils pour sensibiliser ?", "Which tools to raise awareness?"},
        "B:333", {"F33", "F05"}, {"", "flyers"}},
    {"orientation_tools",
        {"Quels outils pour orienter ?", "Which tools to direct people?"},
        "B:333", {"F19", "F26"}, {"", NULL}},
};

static const struct question_written writings[] = {
    {"what_works", FACT_JOURNAL, JOURNAL_WORKS, "journal_entry", "works",
        {"carnets qui disent ce qui fonctionne",
            "notebook entries that say what works"}},
    {"what_works", FACT_JOURNAL, JOURNAL_FAILS, "journal_entry", "fails",
        {"carnets qui disent ce qui ne fonctionne pas",
            "notebook entries that say what does not"}},
    {"difficulties", FACT_JOURNAL, JOURNAL_DIFFICULTY, "journal_entry",
        "difficulty",
        {"carnets qui parlent de difficultés",
            "notebook entries that speak of difficulties"}},
    {"adviser_follow_up", FACT_DOSSIER, DOSSIER_EXCHANGES, "dossier",
        "exchanges",
        {"dossiers avec des échanges notés", "files with exchanges noted"}},
    {"awareness_tools", FACT_JOURNAL, JOURNAL_LESSON, "journal_entry", "lesson",
        {"carnets qui disent ce que l'on apprend",
            "notebook entries that say what was learnt"}},
};

const struct question *
question_at(size_t i)
{
    return i < QUESTIONS ? &questions[i] : NULL;
}

// ------------------------------------------------------------ as written down

// Adds one more. ENOMEM.
static tandem_err
add(struct questions *q, const struct question_said *one)
{
    if (q->count == q->cap) {
        const size_t cap = q->cap == 0 ? 2 * QUESTIONS : q->cap * 2;
        struct question_said *more = realloc(q->at, cap * sizeof(*more));

        if (more == NULL) {
            return TANDEM_ENOMEM;
        }
        q->at = more;
        q->cap = cap;
    }
    q->at[q->count++] = *one;
    return TANDEM_OK;
}

const struct question_written *
question_written(const struct question_said *said, size_t i)
{
    const struct question *q = question_at(said->of);

    for (size_t k = 0; q != NULL && k < sizeof(writings) / sizeof(*writings);
         k++) {
        if (strcmp(writings[k].question, q->id) == 0 && i-- == 0) {
            return &writings[k];
        }
    }
    return NULL;
}

static void
count_written(const struct view *v, struct question_said *said)
{
    const struct question_written *w;

    for (size_t i = 0;
         i < QUESTION_WRITTEN && (w = question_written(said, i)) != NULL; i++) {
        const struct handles *all = &v->of[w->kind];

        for (size_t k = 0; k < all->count; k++) {
            said->written[i] += view_get(v, all->at[k], w->column) > 0 &&
                                view_counts(v, all->at[k]);
        }
    }
}

static struct question_said
said(const struct view *v, size_t of, uint32_t h)
{
    return (struct question_said){.of = of,
        .record = v->f->ids[h],
        .state = view_get(v, h, QUESTION_STATE),
        .figures = (uint64_t)view_get(v, h, QUESTION_FIGURES_NAMED),
        .conflicts = view_fact(v, h)->conflicts};
}

// The record that the ready list made of it in that sector, if it is held and
// live: its id is derived, on every device the same. 0 none.
static tandem_err
ready_record(const struct view *v, size_t of, tandem_id sector, uint32_t *out)
{
    char key[64];
    const int len =
        snprintf(key, sizeof(key), "ready:question/%s", questions[of].id);
    tandem_id id;
    tandem_err err = tandem_keyed_id(v->f->store, "fr.terrain/open_question",
        sector, tandem_bytes(key, (size_t)len), &id, NULL);

    *out = 0;
    if (err != TANDEM_OK) { // its secret, or the pack, is not here yet
        return err == TANDEM_ENOKEY || err == TANDEM_EKIND ? TANDEM_OK : err;
    }
    for (size_t i = 0; i < v->of[FACT_QUESTION].count; i++) {
        const uint32_t h = v->of[FACT_QUESTION].at[i];

        if (tandem_id_equal(v->f->ids[h], id)) {
            *out = v->kept[h];
        }
    }
    return TANDEM_OK;
}

static bool
is_told(const struct questions *q, tandem_id record)
{
    for (size_t i = 0; i < q->count; i++) {
        if (tandem_id_equal(q->at[i].record, record)) {
            return true;
        }
    }
    return false;
}

// One of the sixteen: as it was written down, in each sector that has it.
static tandem_err
add_one(const struct view *v, size_t of, struct questions *q)
{
    const size_t before = q->count;
    struct question_said bare = {.of = of};
    tandem_err err = TANDEM_OK;

    count_written(v, &bare);

    for (size_t i = 0; err == TANDEM_OK && i < v->f->sector_count; i++) {
        uint32_t h;

        err = ready_record(v, of, v->f->sectors[i], &h);
        if (err == TANDEM_OK && h != 0 && !is_told(q, v->f->ids[h])) {
            struct question_said one = said(v, of, h);

            memcpy(one.written, bare.written, sizeof(one.written));
            err = add(q, &one);
        }
    }
    return err == TANDEM_OK && q->count == before ? add(q, &bare) : err;
}

static int
by_place(const void *a, const void *b)
{
    const struct question_said *x = a, *y = b;

    return x->of != y->of
               ? (x->of < y->of ? -1 : 1)
               : memcmp(x->record.b, y->record.b, sizeof(x->record.b));
}

tandem_err
questions_make(const struct view *v, struct questions *out)
{
    const struct handles *all = &v->of[FACT_QUESTION];
    struct questions q = {NULL, 0, 0};
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; err == TANDEM_OK && i < QUESTIONS; i++) {
        err = add_one(v, i, &q);
    }
    for (size_t i = 0; err == TANDEM_OK && i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (v->kept[h] == h && !is_told(&q, v->f->ids[h])) {
            const struct question_said one = said(v, QUESTIONS, h);

            err = add(&q, &one);
        }
    }
    if (err != TANDEM_OK) {
        questions_free(&q);
        return err;
    }
    qsort(q.at, q.count, sizeof(*q.at), by_place);
    *out = q;
    return TANDEM_OK;
}

void
questions_free(struct questions *q)
{
    free(q->at);
    *q = (struct questions){NULL, 0, 0};
}

const char *
question_figure(const struct question_said *said, size_t i, const char **rows)
{
    const struct question *q = question_at(said->of);
    uint64_t more = said->figures;
    size_t n = 0;

    for (; q != NULL && n < QUESTION_FIGURES && q->figures[n] != NULL; n++) {
        const struct figure_info *info = figure_find(q->figures[n]);

        if (n == i) {
            *rows = q->rows[n];
            return q->figures[n];
        }
        for (size_t k = 0; k < figure_count(); k++) {
            if (figure_at(k) == info) {
                more &= ~(UINT64_C(1) << (k + 1));
            }
        }
    }
    *rows = NULL;
    for (size_t k = 0; k < figure_count(); k++) {
        if ((more >> (k + 1) & 1) != 0 && n++ == i) {
            return figure_at(k)->id;
        }
    }
    return NULL;
}
