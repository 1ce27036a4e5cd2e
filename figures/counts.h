// SPDX-License-Identifier: Apache-2.0
// counts.h - the functions behind the table of figures. Private to figures/.
#ifndef FIGURES_COUNTS_H
#define FIGURES_COUNTS_H

#include "figure.h"

typedef void count_fn(const struct view *v, struct figure *out);

count_fn count_doors, count_distinct_doors, count_answers, count_notices,
    count_pitches, count_sheets, count_proposals, count_appointments,
    count_visits, count_tour_follows, count_markets, count_kits, count_kits_out,
    count_items, count_findings, count_emergencies, count_requests, count_leads,
    count_referrals, count_files, count_funnel, count_sectors, count_months,
    count_mouth, count_moved, count_spoken, count_follow_ups, count_fund,
    count_stock, count_feels, count_situations, count_questions,
    count_feedbacks, count_hours, count_over, count_meetings, count_absences,
    count_material, count_votes, count_health;

#endif
