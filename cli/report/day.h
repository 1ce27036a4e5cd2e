// SPDX-License-Identifier: Apache-2.0
// day.h - what is due, as people and programs read it.
#ifndef TANDEM_CLI_DAY_H
#define TANDEM_CLI_DAY_H

#include "figures/due.h"
#include "record/record.h"

// The store's households as of a day, and what is due.
struct day {
    struct facts *facts;
    struct view *view;
    struct ways ways;
    struct charter charter;
    struct dues dues;
};

/** As of noon of that day (NO_DAY: as of now), of one sector or of all (NULL).
 *  0 or an exit code. */
int day_open(
    struct cli *c, int32_t day, const tandem_id *sector, struct day *out);
/** As of now, without what is due. */
int day_open_ways(struct cli *c, struct day *out);
void day_close(struct day *d);

/** The charter in force, in one line. */
void day_print_charter(const struct cli *c, const struct day *d);
json_t *day_charter_json(const struct cli *c, const struct day *d);
/** A day as programs read it; null for NO_DAY. */
json_t *day_date_json(int32_t day);
/** When it is due, and whom it is about. */
void day_words(const struct cli *c, const struct day *d, const struct due *x,
    char when[40], char who[RECORD_NAME]);
/** One thing that is due: a line, and what to know beside it. Whom it is about
 *  (day_about) is opened by the caller; NULL: it is not to be had. */
void day_print(const struct cli *c, const struct day *d, const struct due *x,
    const tandem_record *about);
json_t *day_json(const struct cli *c, const struct day *d, const struct due *x,
    const tandem_record *about);
tandem_id day_about(const struct day *d, const struct due *x);

#endif
