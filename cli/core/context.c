// SPDX-License-Identifier: Apache-2.0
// context.c - opening the store, and the names of what is in it.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "core/cli.h"
#include "core/stop.h"

enum { BUSY_MS = 3000 };

// $XDG_DATA_HOME/tandem or ~/.local/share/tandem, with the folders above it.
static int
default_dir(struct cli *c)
{
    const char *base = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    size_t room;

    if ((base == NULL || base[0] != '/') && (home == NULL || home[0] != '/')) {
        return cli_bad_use(
            c, _("say where the store is: --store DIR or $TANDEM_STORE"));
    }
    room = strlen(base != NULL ? base : "") + strlen(home != NULL ? home : "") +
           32;
    c->dir = malloc(room);
    if (c->dir == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    if (base != NULL && base[0] == '/') {
        (void)snprintf(c->dir, room, "%s/tandem", base);
    } else {
        (void)snprintf(c->dir, room, "%s/.local/share/tandem", home);
    }
    return CLI_DONE;
}

// The folders above the default one may not be there yet on a new machine.
// Made only where a store is to begin: looking leaves no trace.
static void
make_above(char *dir)
{
    for (char *at = strchr(dir + 1, '/'); at != NULL;
         at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(dir, 0700); // what fails is said by opening
        *at = '/';
    }
}

static int
store_dir(struct cli *c, enum cli_open how)
{
    const char *dir = args_option(&c->args, "store");

    if (c->dir != NULL) {
        return CLI_DONE;
    }
    if (dir == NULL) {
        dir = getenv("TANDEM_STORE");
    }
    if (dir == NULL || dir[0] == '\0') {
        int rc = default_dir(c);

        if (rc == CLI_DONE && how == CLI_CREATE) {
            make_above(c->dir);
        }
        return rc;
    }
    c->dir = strdup(dir);
    return c->dir != NULL ? CLI_DONE
                          : cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
}

static tandem_err
give_key(void *ctx, uint8_t out[32])
{
    memcpy(out, ctx, 32);
    return TANDEM_OK;
}

// Damaged pages end the program; the sentence is prepared while all is well.
static void
guard(const struct cli *c)
{
    char line[512];
    const char *sentence = _("the store's file is damaged; run: tandem verify");
    char *text;

    if (!c->json) {
        (void)snprintf(line, sizeof(line), "tandem: %s\n", sentence);
    } else {
        json_t *error = json_pack(
            "{s:{s:s,s:s}}", "error", "code", "ECORRUPT", "sentence", sentence);

        text = json_dumps(error, JSON_COMPACT);
        (void)snprintf(line, sizeof(line), "%s\n", text != NULL ? text : "");
        free(text);
        json_decref(error);
    }
    stop_guard(line);
}

int
cli_schema(struct cli *c)
{
    tandem_schema *fresh = NULL;
    tandem_err err = tandem_store_schema(c->store, &fresh);

    if (err != TANDEM_OK) {
        return cli_fail_with(c, err, "%s", tandem_err_text(err, c->lang));
    }
    tandem_schema_free(c->schema);
    c->schema = fresh;
    return CLI_DONE;
}

// --as PERSON: for this command only.
static int
typing_person(struct cli *c)
{
    const char *as = args_option(&c->args, "as");
    tandem_error e = cli_no_error(c);

    tandem_err err;

    c->person = TANDEM_ME;
    if (as == NULL) {
        return CLI_DONE;
    }
    err = tandem_person_find(c->store, as, &c->person, &e);
    if (err == TANDEM_ENOTFOUND) {
        return cli_fail_with(c, TANDEM_ENOTFOUND,
            _("nobody is called \"%s\" here; `tandem as NAME` adds a person"),
            as);
    }
    return err != TANDEM_OK ? cli_fail(c, &e) : CLI_DONE;
}

// Another command that is about to end is waited for; `serve` is not.
static tandem_err
open_patiently(const struct cli *c, const tandem_store_opts *o,
    tandem_store **out, tandem_error *e)
{
    static const struct timespec pause = {0, 100 * 1000 * 1000};
    uint64_t until = stop_mono_ms() + BUSY_MS;
    tandem_err err = tandem_store_open(c->dir, o, out, e);

    while (err == TANDEM_EBUSY && stop_mono_ms() < until) {
        (void)nanosleep(&pause, NULL);
        err = tandem_store_open(c->dir, o, out, e);
    }
    return err;
}

int
cli_open(struct cli *c, enum cli_open how)
{
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;
    tandem_error e = cli_no_error(c);
    uint8_t key[32];
    int rc = cli_key(c, how, key);
    tandem_err err;

    if (rc != CLI_DONE) {
        return rc;
    }
    o.key = give_key;
    o.key_ctx = key;
    o.flags = how == CLI_EXISTING ? TANDEM_OPEN_EXISTING : 0;
    guard(c);
    err = open_patiently(c, &o, &c->store, &e);
    cli_wipe(key, sizeof(key));
    if (err == TANDEM_ENOTFOUND && how == CLI_CREATE) {
        return cli_fail_with(c, err,
            _("the folder %s cannot be made: there is none above it"), c->dir);
    }
    if (err == TANDEM_ENOTFOUND) {
        return cli_fail_with(c, err,
            _("there is no store in %s; begin one with `tandem init` or "
              "`tandem join`"),
            c->dir);
    }
    if (err != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    rc = cli_schema(c);
    return rc == CLI_DONE ? typing_person(c) : rc;
}

int
cli_key(struct cli *c, enum cli_open how, uint8_t out[32])
{
    const char *file = args_option(&c->args, "key-file");
    tandem_error e = cli_no_error(c);
    int rc = store_dir(c, how);
    char *passphrase = NULL;

    if (rc != CLI_DONE) {
        return rc;
    }
    if (file == NULL) {
        file = getenv("TANDEM_KEY_FILE");
    }
    if (file != NULL && file[0] != '\0') {
        tandem_err err = tandem_key_file_read(file, out, &e);

        if (err == TANDEM_ENOTFOUND) {
            return cli_fail_with(c, err,
                _("there is no key file %s; make one with: tandem key new "
                  "FILE"),
                file);
        }
        return err == TANDEM_OK ? CLI_DONE : cli_fail(c, &e);
    }
    rc = cli_passphrase(c, how, &passphrase);
    if (rc != CLI_DONE) {
        return rc;
    }
    if (tandem_key_passphrase(c->dir,
            tandem_bytes(passphrase, strlen(passphrase)), out,
            &e) != TANDEM_OK) {
        rc = cli_fail(c, &e);
    }
    cli_wipe(passphrase, strlen(passphrase));
    free(passphrase);
    return rc;
}

void
cli_close(struct cli *c)
{
    tandem_schema_free(c->schema);
    tandem_store_close(c->store);
    free(c->dir);
    args_free(&c->args);
    c->schema = NULL;
    c->store = NULL;
    c->dir = NULL;
}

// -------------------------------------------------------------------- names

// Kinds that have this identifier; the packs of the first two.
static size_t
kinds_called(const struct cli *c, const char *id, const char *packs[2])
{
    size_t n = 0;

    for (size_t i = 0; i < tandem_schema_kind_count(c->schema); i++) {
        const tandem_kind_info *k = tandem_schema_kind_at(c->schema, i);

        if (strcmp(k->id, id) == 0) {
            if (n < 2) {
                packs[n] = k->pack;
            }
            n++;
        }
    }
    return n;
}

bool
cli_kind_alone(const struct cli *c, const tandem_kind_info *k)
{
    const char *packs[2];

    return kinds_called(c, k->id, packs) == 1;
}

int
cli_kind(const struct cli *c, const char *name, const tandem_kind_info **out)
{
    const char *packs[2];
    tandem_workspace w;

    *out = tandem_schema_kind_find(c->schema, name);
    if (*out != NULL) {
        return CLI_DONE;
    }
    if (tandem_workspace_get(c->store, &w, NULL) == TANDEM_OK && !w.joined) {
        return cli_fail_with(c, TANDEM_EWORKSPACE,
            _("this store belongs to no workspace yet: tandem init or tandem "
              "join"));
    }
    if (kinds_called(c, name, packs) > 1) {
        return cli_fail_with(c, TANDEM_EKIND,
            _("several packs have a kind \"%s\": write %s/%s or %s/%s"), name,
            packs[0], name, packs[1], name);
    }
    return cli_fail_with(c, TANDEM_EKIND,
        _("no kind is called \"%s\"; see: tandem kinds"), name);
}

int
cli_sector(const struct cli *c, const char *text, tandem_id *out)
{
    tandem_error e = cli_no_error(c);
    tandem_err err;

    if (strcasecmp(text, "common") == 0 || strcasecmp(text, "commun") == 0) {
        *out = tandem_sector_common();
        return CLI_DONE;
    }
    err = tandem_sector_find(c->store, text, out, &e);
    if (err == TANDEM_ENOTFOUND) {
        return cli_fail_with(c, TANDEM_ENOTFOUND,
            _("no sector is called \"%s\" here; see: tandem sector list"),
            text);
    }
    return err != TANDEM_OK ? cli_fail(c, &e) : CLI_DONE;
}

int
cli_sector_option(const struct cli *c, tandem_id *out)
{
    const char *text = args_option(&c->args, "sector");
    tandem_sector one;
    tandem_error e = cli_no_error(c);
    size_t n = 0;
    tandem_err err;

    if (text != NULL) {
        return cli_sector(c, text, out);
    }
    for (size_t i = 0;
         (err = tandem_sector_at(c->store, i, &one, &e)) == TANDEM_OK; i++) {
        // Sectors known by name only are nobody's to write in.
        if (one.right != TANDEM_RIGHT_NONE && n++ == 0) {
            *out = one.id;
        }
    }
    if (err != TANDEM_ENOTFOUND) {
        return cli_fail(c, &e);
    }
    if (n == 1) {
        return CLI_DONE;
    }
    return cli_bad_use(
        c, n == 0 ? _("there is no sector yet; add one: tandem sector add NAME")
                  : _("this store has several sectors; say --sector NAME"));
}

int
cli_limit(const struct cli *c, size_t *out)
{
    const char *text = args_option(&c->args, "limit");
    char *end = NULL;

    if (text == NULL) {
        return CLI_DONE;
    }
    errno = 0;
    *out = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
        *out == 0) {
        return cli_bad_use(c, _("--limit takes a number from 1"));
    }
    return CLI_DONE;
}

const char *
cli_sector_name(const struct cli *c, tandem_id id, char out[256])
{
    tandem_sector one;

    if (tandem_id_equal(id, tandem_sector_common())) {
        (void)snprintf(out, 256, "common");
        return out;
    }
    for (size_t i = 0; tandem_sector_at(c->store, i, &one, NULL) == TANDEM_OK;
         i++) {
        if (tandem_id_equal(one.id, id) && one.name[0] != '\0') {
            (void)snprintf(out, 256, "%s", one.name);
            return out;
        }
    }
    tandem_id_text(id, out);
    return out;
}

const char *
cli_person_name(const struct cli *c, tandem_id id, char out[256])
{
    tandem_person one;

    for (size_t i = 0; tandem_person_at(c->store, i, &one, NULL) == TANDEM_OK;
         i++) {
        if (tandem_id_equal(one.id, id)) {
            (void)snprintf(out, 256, "%s", one.name);
            return out;
        }
    }
    tandem_id_text(id, out);
    out[8] = '\0'; // as short as a person can still tell apart
    return out;
}

const char *
cli_device_name(const struct cli *c, tandem_device_id id, char out[256])
{
    tandem_device one;

    for (size_t i = 0; tandem_device_at(c->store, i, &one, NULL) == TANDEM_OK;
         i++) {
        if (memcmp(&one.id, &id, sizeof(id)) == 0 && one.name[0] != '\0') {
            (void)snprintf(out, 256, "%s", one.name);
            return out;
        }
    }
    tandem_device_text(id, out);
    out[16] = '\0';
    return out;
}

const char *
cli_kind_id(const struct cli *c, const char *name)
{
    const tandem_kind_info *k = tandem_schema_kind_find(c->schema, name);

    return k != NULL ? k->id : name;
}

int
cli_record(const struct cli *c, const char *text, tandem_id *out)
{
    tandem_error e = cli_no_error(c);
    tandem_err err = tandem_lookup(c->store, text, out, &e);

    if (err == TANDEM_ENOTFOUND) {
        return cli_fail_with(c, err,
            _("no record answers to \"%s\" (short code, beginning of an id of "
              "at least four characters, or whole id)"),
            text);
    }
    return err != TANDEM_OK ? cli_fail(c, &e) : CLI_DONE;
}
