// SPDX-License-Identifier: Apache-2.0
// audit.h - who saw, wrote out or printed what not everybody should, and who
// was refused something. Kept on this device; see audit.c.
#ifndef TANDEM_CLI_AUDIT_H
#define TANDEM_CLI_AUDIT_H

#include "core/cli.h"
#include "export/audit_months.h"

enum audit_what { AUDIT_EXPORT, AUDIT_PRINT, AUDIT_READ, AUDIT_REFUSED };

struct audit {
    enum audit_what what;
    tandem_id record;        // zero: not of one record
    const char *how;         // format, page or verb
    const char *kind;        // NULL: any
    const tandem_id *sector; // NULL: any
    bool identity, notes;    // were fields of class P2, P3 in it?
    const char *why;         // NULL: none was asked for
};

/** Keep it, once a day for what one person does to one record in one way. 0 or
 *  an exit code, said. */
int audit_note(const struct cli *c, const struct audit *a);
/** The same of a record shown to the office, if it has notes of the field. */
void audit_read(const struct cli *c, const tandem_record *r, const char *how);
/** That the verb was refused to this device. Where that cannot be kept it is
 *  said, not failed: the refusal stands. */
void audit_refused(const struct cli *c);
/** How it is called where it is kept. */
const char *audit_word(enum audit_what what);
/** What is kept, as audit_months_each() gives it. */
tandem_err audit_each(
    const struct cli *c, audit_line_fn *fn, void *ctx, tandem_error *e);
/** How many lines are kept; 0 also when that cannot be read, which is said. */
size_t audit_count(const struct cli *c);

#endif
