// SPDX-License-Identifier: Apache-2.0
// figure.h - the figures F01 to F40: what each is called, and what it counts.
//
// A figure is rows: a stable name, words in both languages, a number and,
// where it is a share of something, of what. The first row is the figure
// itself, the others break it down, never by person.
#ifndef FIGURES_FIGURE_H
#define FIGURES_FIGURE_H

#include "view.h"

#define FIGURE_WORDS 64 // words of a field that are counted apart
#define FIGURE_PARTS 32

enum figure_unit { UNIT_COUNT, UNIT_CENTS, UNIT_MINUTES };

struct figure_words {
    const char *fr, *en; // borrowed: static, or of the facts' schema
};

struct figure_row {
    char name[96]; // stable: "total", "door", "appointment.accepted"
    struct figure_words label[3]; // one, or several side by side
    tandem_id record;  // whose title says what the row is about, or none ...
    const char *field; // ... or this field of it
    int32_t rank;      // from 1, the same for equals; 0: not ranked
    int32_t day;       // that the row is about; 0: none
    enum figure_unit unit;
    int64_t n;
    int64_t of;     // the whole that `n` is a share of; -1: none
    int64_t beside; // `n` is of that many too, in another row; -1: none
    uint32_t parts; // bits of figure_part: rows of one add up to a whole
    bool nobody;    // counts no people nor homes, in a figure that does
    bool hidden;    // too few to be told outside
    struct figure_words noun; // of what a text typed by people tells apart ...
    int32_t nth;              // ... outside by number; else 0
};

struct figure;

struct figure_info {
    const char *id; // "F01"
    const char *fr, *en;
    const char *note_fr, *note_en; // what is counted, where it is not plain
    const char *source;            // lines of the source documents, or ""
    bool households; // counts people or homes: small numbers tell of somebody
    void (*count)(const struct view *v, struct figure *out);
};

struct figure {
    const struct figure_info *info;
    struct figure_row *rows;
    size_t count, cap;
    uint64_t conflicts; // open, in the records counted
    uint64_t late;      // of these, changed after the last checkpoint
    uint64_t checked;   // feed number of that checkpoint; 0 none
    int32_t held;       // its day
    const char *wholes[FIGURE_PARTS]; // by part: its whole's row
    uint32_t part_count;
    tandem_err err; // ENOMEM; sticky
};

size_t figure_count(void);
const struct figure_info *figure_at(size_t i);
const struct figure_info *figure_find(const char *id); // in any case; NULL

// Count it. ENOMEM.
tandem_err figure_make(
    const struct view *v, const struct figure_info *info, struct figure *out);
void figure_free(struct figure *f);
// Its row of that name. NULL: it has none.
struct figure_row *figure_named(const struct figure *f, const char *name);

// ------------------------------------------------------------ while counting

// Nothing counted yet; what the last checkpoint saw is known.
void figure_begin(const struct view *v, struct figure *f);
// Counts it, as one: through the filter, of the same ones one.
bool figure_take(const struct view *v, struct figure *f, uint32_t handle);
// A row more, of the count n, without a whole. NULL: no memory (f->err).
struct figure_row *figure_row(
    struct figure *f, const char *name, const char *fr, const char *en);
// The same with a number, and a whole or -1.
struct figure_row *figure_number(struct figure *f, const char *name,
    const char *fr, const char *en, int64_t n, int64_t of);
// Of rows that add up to the row of that name: the bit they get.
uint32_t figure_part(struct figure *f, const char *whole);
// A row for the word `n` of a field; 0: "not said".
struct figure_row *figure_word(const struct view *v, struct figure *f,
    enum fact_kind kind, int column, int64_t word);
// Whose words: a column of a kind.
struct figure_field {
    enum fact_kind kind;
    int column;
};
// The id of such a word and its terms; "none", "?7" for a newer one.
struct figure_words figure_term(const struct view *v, enum fact_kind kind,
    int column, int64_t word, char id[48]);

// A row for two words at once, "a.b".
struct figure_row *figure_words_row(const struct view *v, struct figure *f,
    const struct figure_field *a, int64_t x, const struct figure_field *b,
    int64_t y);
// A row a word of a field that has any, in the order of their numbers:
// counts[word] of FIGURE_WORDS each; their names begin with `prefix`.
// `part`: they add up to a whole, no record has two; 0: they do not.
void figure_by_word(const struct view *v, struct figure *f, const char *prefix,
    enum fact_kind kind, int column, const int64_t *counts, uint32_t part);
// The same where each word has a whole of its own; `also` stands behind the
// word, for rows that tell it apart in another way too (NULLs: nothing does).
void figure_shares(const struct view *v, struct figure *f, const char *prefix,
    enum fact_kind kind, int column, const int64_t *counts,
    const int64_t *wholes, uint32_t part, struct figure_words also);
// Where a word is counted: 0 for none and for what has no place.
static inline size_t
figure_place(int64_t word)
{
    return word > 0 && word < FIGURE_WORDS ? (size_t)word : 0;
}
// Groups of records whose text has one mark; a record of each says the text.
struct figure_group_row {
    uint64_t mark;
    uint32_t handle;
    int64_t n;
};
struct figure_groups {
    struct figure_group_row *at;
    size_t count, cap;
};
void figure_group(
    struct figure *f, struct figure_groups *g, uint64_t mark, uint32_t handle);
// A row each, which shows `field`, a noun outside; the groups are freed.
void figure_grouped(const struct view *v, struct figure *f,
    struct figure_groups *g, const char *prefix, const char *field,
    struct figure_words noun);
// One more for each word of a set.
void figure_add_set(int64_t *counts, int64_t set);

#endif
