// SPDX-License-Identifier: Apache-2.0
// cli.h - what every verb is given: the command line, the store, and how to
// speak. Data goes to stdout, talk to stderr.
#ifndef TANDEM_CLI_CLI_H
#define TANDEM_CLI_CLI_H

#include <libintl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "core/args.h"
#include "page/page.h"
#include "tandem/tandem.h"

#define _(text)              gettext(text)
#define N_(text)             text
#define CLI_PRINTF(at, from) __attribute__((format(printf, at, from)))

enum cli_exit {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_BAD_USE = 2,
    CLI_NOTHING = 3, // with --exit-code: nothing to do
    CLI_LOOK = 4,    // with --exit-code: something to look at
    CLI_NO_PEER = 5,
    CLI_NOT_ALLOWED = 6,
    CLI_DAMAGED = 7,
    CLI_FULL = 8,
    CLI_VERSION = 9,
    CLI_CUT = 75,
    CLI_INTERRUPTED = 130
};

struct cli {
    struct args args;
    tandem_lang lang;
    bool json;
    bool yes;
    bool exit_code; // codes 3 and 4 are wanted
    bool look;      // something to look at
    bool nothing;   // nothing had to be done
    char *dir;      // of the store
    tandem_store *store;
    tandem_schema *schema;
    tandem_id person; // who types: TANDEM_ME or --as
};

// --------------------------------------------------------------------- exit

/** The exit code of a library's error. */
int cli_exit_of(tandem_err err, int sys);
/** 0, or with --exit-code 3 or 4. */
int cli_done(const struct cli *c);

// ------------------------------------------------------------------ speaking

/** One line to stderr. */
void cli_say(const char *format, ...) CLI_PRINTF(1, 2);
/** Print a failed call's sentence; returns its exit code. */
int cli_fail(const struct cli *c, const tandem_error *e);
/** The same for a failure found here. */
int cli_fail_with(const struct cli *c, tandem_err code, const char *format, ...)
    CLI_PRINTF(3, 4);
/** The command line is wrong; returns CLI_BAD_USE. */
int cli_bad_use(const struct cli *c, const char *format, ...) CLI_PRINTF(2, 3);
/** A prepared failure in `e`, in the person's language; returns `code`. */
tandem_err cli_error(tandem_error *e, tandem_err code, const char *format, ...)
    CLI_PRINTF(3, 4);
/** An empty error in the person's language. */
tandem_error cli_no_error(const struct cli *c);
/** {"code", "sentence", "record", "field"} of a failure. */
json_t *cli_error_json(const tandem_error *e);

/** One JSON line to stdout, flushed; takes `line`. */
void cli_json_line(json_t *line);
/** The same to stderr: what is told beside the answer. */
void cli_json_talk(json_t *line);
/** A JSON string even of bytes that are not UTF-8 (those become `?`). */
json_t *cli_json_text(const char *text);
json_t *cli_json_bytes(tandem_slice s);
json_t *cli_json_id(tandem_id id);
json_t *cli_json_device(tandem_device_id id);

// ------------------------------------------------------------------- the store

enum cli_open { CLI_EXISTING, CLI_CREATE };

/** Open the store with its key; on failure says why. 0 or an exit code. */
int cli_open(struct cli *c, enum cli_open how);
/** Find the key alone (for a child that opens by itself). */
int cli_key(struct cli *c, enum cli_open how, uint8_t out[32]);
/** A passphrase from the terminal; freed and wiped by the caller. */
int cli_passphrase(const struct cli *c, enum cli_open how, char **out);
/** Forget a key. */
void cli_wipe(void *p, size_t n);
/** The schema may have changed (a pack was published or received). */
int cli_schema(struct cli *c);
// A kind by what a person calls it; CLI_DONE, or the sentence is said.
int cli_kind(
    const struct cli *c, const char *name, const tandem_kind_info **out);
// Has no other pack a kind of this identifier?
bool cli_kind_alone(const struct cli *c, const tandem_kind_info *k);
void cli_close(struct cli *c);

/** A sector by name, id or "common". 0 or an exit code. */
int cli_sector(const struct cli *c, const char *text, tandem_id *out);
/** --sector, or the store's only one. */
int cli_sector_option(const struct cli *c, tandem_id *out);
/** --limit, a number from 1; left alone without it. 0 or an exit code. */
int cli_limit(const struct cli *c, size_t *out);
/** A sector's name, or its id's text; "common" for the common one. */
const char *cli_sector_name(const struct cli *c, tandem_id id, char out[256]);
const char *cli_person_name(const struct cli *c, tandem_id id, char out[256]);
const char *cli_device_name(
    const struct cli *c, tandem_device_id id, char out[256]);
/** "contact" of "fr.terrain/contact": what the other answers say. */
const char *cli_kind_id(const struct cli *c, const char *name);
/** A record by short code, prefix or id. 0 or an exit code. */
int cli_record(const struct cli *c, const char *text, tandem_id *out);
/** Open the store and one record (with --seen: as that token saw it). */
int cli_record_open(struct cli *c, const char *text, tandem_record **out);
/** Is the record's kind described here? 0 or an exit code. */
const char *cli_kind_unknown(void);
int cli_kind_known(const struct cli *c, const tandem_record *r);

#endif
