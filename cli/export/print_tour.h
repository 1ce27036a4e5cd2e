// SPDX-License-Identifier: Apache-2.0
// print_tour.h - tours on paper.
#ifndef TANDEM_CLI_PRINT_TOUR_H
#define TANDEM_CLI_PRINT_TOUR_H

#include "core/cli.h"
#include "page/html.h"

/** One tour: its doors, rows to be filled in, what is due. 0 or an exit code.
 */
int print_tour(struct cli *c, struct html *h, const tandem_record *r);
/** Every home of a sector: where it stands, room to write; what is due. */
int print_sector_tour(struct cli *c, struct html *h, tandem_id sector);

#endif
