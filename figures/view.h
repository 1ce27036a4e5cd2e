// SPDX-License-Identifier: Apache-2.0
// view.h - facts as figures look at them: those that are live, by kind, each
// with its day, sheets that are the same as one, through a filter.
#ifndef FIGURES_VIEW_H
#define FIGURES_VIEW_H

#include "calendar.h"
#include "facts.h"

struct filter {
    bool one_sector;
    tandem_id id;     // if so, which ...
    uint16_t sector;  // ... a place in the facts' sectors, or one of none
    int32_t from, to; // days, both counted; NO_DAY: open
};

struct handles {
    uint32_t *at;
    size_t count;
};

struct view {
    const struct facts *f;
    int64_t now_ms;
    int32_t today;
    struct filter filter;
    struct handles of[FACT_KINDS]; // live facts
    uint8_t *live;                 // by handle: its kind; 0 deleted, not held
    int32_t *day;                  // by handle; NO_DAY
    uint32_t *next; // by handle: the next that is the same, in a ring
    uint32_t *kept; // by handle: the one that stands for all of them
};

// ENOMEM. Sees all, until its filter is set. The facts are borrowed.
tandem_err view_open(const struct facts *f, int64_t now_ms, struct view **out);
void view_free(struct view *v);

static inline const struct fact *
view_fact(const struct view *v, uint32_t handle)
{
    return &v->f->at[handle];
}
static inline int64_t
view_get(const struct view *v, uint32_t handle, int column)
{
    return fact_get(v->f, &v->f->at[handle], column);
}
// What a link of the fact leads to, if that is held, live and of that kind;
// of sheets that are the same the one that stands for them. 0 none.
uint32_t view_link(
    const struct view *v, uint32_t handle, int column, enum fact_kind kind);
// From now on that sector alone is looked at; nothing passes if nothing is held
// of it.
void view_in(struct view *v, tandem_id sector);
// The sector and the period let it through.
bool view_passes(const struct view *v, uint32_t handle);
// ... and it is to be counted: of those that are the same and pass, one is.
bool view_counts(const struct view *v, uint32_t handle);
// Is the day within the filter's period?
bool view_on(const struct view *v, int32_t day);

#endif
