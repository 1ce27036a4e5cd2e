// SPDX-License-Identifier: Apache-2.0
// outside.h - what leaves the office hides small numbers of households: with
// "2 refusals in that street" everybody knows who. And no text leaves that
// somebody typed, but the labels of the situations to meet.
//
// Promised: of one table no hidden cell is what its row or column leaves when
// the others are taken off. Not promised: what two figures say of one thing in
// two ways, or two reports of different periods or sectors.
#ifndef FIGURES_OUTSIDE_H
#define FIGURES_OUTSIDE_H

#include "figure.h"
#include "funnel.h"
#include "objectives.h"
#include "series.h"

#define OUTSIDE_LEAST 5

// 1..4 are hidden, shares too of which the part, the whole or the rest is, and
// of what adds up as much more as keeps them from being worked out. Conflicts
// and late records inside are counted one by one, so they are no longer known:
// 0, and not shown. ENOMEM.
tandem_err outside_figure(struct figure *f);
void outside_funnel(struct funnel *f);
tandem_err outside_objectives(struct objective *all, size_t count);
// Of each figure the first row is left. `sectors`: the last row is all of them.
// What is hidden of a row is not said there by another figure either.
// `whole_hidden` says of which the number of all is hidden already. ENOMEM.
tandem_err outside_series(struct series *s, bool sectors);

#endif
