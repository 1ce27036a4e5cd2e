// SPDX-License-Identifier: Apache-2.0
// outside.h - what leaves the office hides small numbers of households: with
// "2 refusals in that street" everybody knows who.
#ifndef FIGURES_OUTSIDE_H
#define FIGURES_OUTSIDE_H

#include "figure.h"
#include "funnel.h"
#include "objectives.h"
#include "series.h"

#define OUTSIDE_LEAST 5

// 1..4 are hidden, shares too of which the part, the whole or the rest is; of
// rows that add up to a whole never a single one, which could be subtracted.
void outside_figure(struct figure *f);
void outside_funnel(struct funnel *f);
void outside_objective(struct objective *o);
void outside_series(struct series *s);

#endif
