// SPDX-License-Identifier: Apache-2.0
// device.c - device list, grant: who may read and write what, as the
// control sector says it.
#include <string.h>

#include "record/value.h"
#include "words/verbs.h"

static bool
right_at(const struct cli *c, const tandem_device *d, size_t *i,
    tandem_sector *s, tandem_right *right)
{
    while (tandem_sector_at(c->store, (*i)++, s, NULL) == TANDEM_OK) {
        *right = tandem_device_right(c->store, d->id, s->id);
        if (*right != TANDEM_RIGHT_NONE) {
            return true;
        }
    }
    return false;
}

static void
device_json(const struct cli *c, const tandem_device *d)
{
    json_t *o = json_object(), *sectors = json_array();
    tandem_right right;
    tandem_sector s;
    size_t i = 0;

    while (right_at(c, d, &i, &s, &right)) {
        (void)json_array_append_new(sectors,
            json_pack("{s:o,s:o,s:s}", "sector", cli_json_id(s.id), "name",
                cli_json_text(s.name), "right", tandem_right_id(right)));
    }
    (void)json_object_set_new(o, "device", cli_json_device(d->id));
    (void)json_object_set_new(o, "name", cli_json_text(d->name));
    (void)json_object_set_new(o, "self", json_boolean(d->self));
    (void)json_object_set_new(
        o, "right", json_string(tandem_right_id(d->right)));
    (void)json_object_set_new(o, "sectors", sectors);
    (void)json_object_set_new(o, "enrolled", value_moment_json(d->enrolled_ms));
    (void)json_object_set_new(
        o, "last_sync", value_moment_json(d->last_sync_ms));
    cli_json_line(o);
}

static void
device_print(const struct cli *c, const tandem_device *d)
{
    char when[64], text[65], name[256];
    tandem_right right;
    tandem_sector s;
    size_t i = 0;

    tandem_device_text(d->id, text);
    text[16] = '\0';
    value_moment(c, d->last_sync_ms, when);
    cli_print(
        "%s  %s  %s  ", text, d->name, tandem_right_text(d->right, c->lang));
    if (d->self) {
        cli_print("%s\n", _("this device"));
    } else if (d->last_sync_ms == 0) {
        cli_print("%s\n", _("never met"));
    } else {
        cli_print(_("last met %s\n"), when);
    }
    while (right_at(c, d, &i, &s, &right)) {
        cli_print("    %s  %s\n", cli_sector_name(c, s.id, name),
            tandem_right_text(right, c->lang));
    }
}

static int
list(const struct cli *c)
{
    tandem_error e = cli_no_error(c);
    tandem_device d;
    tandem_err err;
    size_t i = 0;

    while ((err = tandem_device_at(c->store, i, &d, &e)) == TANDEM_OK) {
        if (c->json) {
            device_json(c, &d);
        } else {
            device_print(c, &d);
        }
        i++;
    }
    return err == TANDEM_ENOTFOUND ? cli_done(c) : cli_fail(c, &e);
}

// ---------------------------------------------------------------------- grant

// RIGHT in one sector, or only whether it can be said of it.
static int
give_in(const struct cli *c, tandem_device_id d, tandem_right right,
    const char *name, bool only_look)
{
    tandem_error e = cli_no_error(c);
    tandem_id sector;
    int rc = cli_sector(c, name, &sector);

    if (rc != CLI_DONE) {
        return rc;
    }
    if (tandem_device_right(c->store, d, sector) == TANDEM_RIGHT_ADMIN) {
        return cli_fail_with(c, TANDEM_EDENIED,
            _("an administrator has every right in every sector"));
    }
    return only_look || tandem_device_grant(c->store, d, sector, right, &e) ==
                            TANDEM_OK
               ? CLI_DONE
               : cli_fail(c, &e);
}

// In each --sector; all are looked at before anything is given.
static int
give(const struct cli *c, tandem_device_id d, tandem_right right)
{
    const struct args_option *o;
    int rc = CLI_DONE;

    for (int gives = 0; rc == CLI_DONE && gives < 2; gives++) {
        for (size_t i = 0; rc == CLI_DONE &&
                           (o = args_option_at(&c->args, "sector", i)) != NULL;
             i++) {
            rc = give_in(c, d, right, o->value, gives == 0);
        }
    }
    return rc;
}

// The device as it is now; ENOTFOUND never, for it was found by its id.
static int
show(const struct cli *c, tandem_device_id id)
{
    tandem_device d;

    for (size_t i = 0; tandem_device_at(c->store, i, &d, NULL) == TANDEM_OK;
         i++) {
        if (memcmp(&d.id, &id, sizeof(id)) == 0) {
            if (c->json) {
                device_json(c, &d);
            } else {
                device_print(c, &d);
                cli_say(_("It learns of this when it has met somebody who "
                          "knows."));
            }
        }
    }
    return cli_done(c);
}

static int
grant(const struct cli *c)
{
    const char *word = c->args.words[2];
    const tandem_right right = tandem_right_parse(word);
    tandem_error e = cli_no_error(c);
    tandem_device_id d;
    int rc;

    if (right == TANDEM_RIGHT_ADMIN ||
        (right == TANDEM_RIGHT_NONE && strcmp(word, "none") != 0)) {
        return cli_bad_use(
            c, _("a right is reader, agent, coordinator, office or none"));
    }
    if (!args_has(&c->args, "sector")) {
        return cli_bad_use(c, _("say which --sector"));
    }
    if (tandem_device_find(c->store, c->args.words[1], &d, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    rc = give(c, d, right);
    return rc == CLI_DONE ? show(c, d) : rc;
}

int
verb_device(struct cli *c)
{
    const char *word = c->args.words[0];
    const bool gives = strcmp(word, "grant") == 0 && c->args.word_count == 3;
    int rc;

    if (!gives && (strcmp(word, "list") != 0 || c->args.word_count != 1)) {
        return cli_bad_use(c, _("usage: tandem %s %s"), "device",
            "list | grant DEVICE (none|reader|agent|coordinator|office) "
            "--sector S...");
    }
    rc = cli_open(c, CLI_EXISTING);
    if (rc == CLI_DONE) {
        rc = gives ? grant(c) : list(c);
    }
    return rc;
}
