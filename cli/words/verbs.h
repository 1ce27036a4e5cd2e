// SPDX-License-Identifier: Apache-2.0
// verbs.h - what `tandem` can do: one table.
#ifndef TANDEM_CLI_VERBS_H
#define TANDEM_CLI_VERBS_H

#include "core/cli.h"

struct verb {
    const char *name;
    const char *options;  // see args_read()
    const char *args;     // as written in the usage line
    const char *examples; // one per line, after "tandem "
    const char *does;     // one sentence (translated)
    int (*run)(struct cli *c);
    size_t words_min, words_max; // SIZE_MAX: any number
};

/** NULL when there is no such verb. */
const struct verb *verb_find(const char *name);
/** The i-th verb of the table, NULL past the last. */
const struct verb *verb_at(size_t i);

int verb_key(struct cli *c);
int verb_init(struct cli *c);
int verb_as(struct cli *c);
int verb_sector(struct cli *c);
int verb_kinds(struct cli *c);
int verb_pack(struct cli *c);
int verb_invite(struct cli *c);
int verb_join(struct cli *c);
int verb_new(struct cli *c);
int verb_ready(struct cli *c);
int verb_set(struct cli *c);
int verb_edit(struct cli *c);
int verb_show(struct cli *c);
int verb_list(struct cli *c);
int verb_history(struct cli *c);
int verb_undo(struct cli *c);
int verb_conflicts(struct cli *c);
int verb_resolve(struct cli *c);
int verb_delete(struct cli *c);
int verb_restore(struct cli *c);
int verb_duplicates(struct cli *c);
int verb_same(struct cli *c);
int verb_serve(struct cli *c);
int verb_sync(struct cli *c);
int verb_digest(struct cli *c);
int verb_status(struct cli *c);
int verb_device(struct cli *c);
int verb_waiting(struct cli *c);
int verb_watch(struct cli *c);
int verb_import(struct cli *c);
int verb_export(struct cli *c);
int verb_manual(struct cli *c);
int verb_verify(struct cli *c);
int verb_audit(struct cli *c);
int verb_report(struct cli *c);
int verb_print(struct cli *c);
int verb_today(struct cli *c);
int verb_due(struct cli *c);

#endif
