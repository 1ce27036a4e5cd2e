// SPDX-License-Identifier: Apache-2.0
// store.c - key new, init, as, sector.
#include <stdio.h>
#include <string.h>

#include "core/service.h"
#include "words/verbs.h"

// A workspace's id has a device id's length, and is printed like one.
static json_t *
workspace_json(const tandem_workspace *w)
{
    tandem_device_id id;

    memcpy(id.b, w->id, sizeof(id.b));
    return cli_json_device(id);
}

int
verb_key(struct cli *c)
{
    tandem_error e = cli_no_error(c);
    const char *file = c->args.words[1];

    if (strcmp(c->args.words[0], "new") != 0) {
        return cli_bad_use(c, _("usage: tandem %s %s"), "key", "new FILE");
    }
    if (tandem_key_file_new(file, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    if (c->json) {
        json_t *line = json_object();

        (void)json_object_set_new(line, "key_file", cli_json_text(file));
        cli_json_line(line);
    } else {
        cli_say(_("Key written to %s. Keep a copy away from this device: "
                  "without it nothing in the store can be read."),
            file);
    }
    return CLI_DONE;
}

static tandem_err
publish(struct cli *c, tandem_slice built, tandem_error *e)
{
    tandem_pack *p = NULL;
    tandem_err err = tandem_pack_parse(built, &p, e);

    if (err == TANDEM_OK) {
        err = tandem_pack_publish(c->store, p, e);
    }
    tandem_pack_free(p);
    return err;
}

static tandem_err
publish_service(struct cli *c, tandem_error *e)
{
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; i < SERVICE_PACKS && err == TANDEM_OK; i++) {
        err = publish(c, service_pack(i), e);
    }
    return err;
}

static int
print_init(const struct cli *c, const tandem_workspace *w)
{
    json_t *line;

    if (!c->json) {
        cli_print(_("Workspace %s begun in %s; this device is %s.\n"), w->name,
            c->dir, w->device_name);
        cli_say(_("Next: tandem sector add NAME"));
        return CLI_DONE;
    }
    line = json_object();
    (void)json_object_set_new(line, "workspace", workspace_json(w));
    (void)json_object_set_new(line, "name", cli_json_text(w->name));
    (void)json_object_set_new(line, "device", cli_json_device(w->device));
    (void)json_object_set_new(line, "store", cli_json_text(c->dir));
    cli_json_line(line);
    return CLI_DONE;
}

int
verb_init(struct cli *c)
{
    const char *workspace = args_option(&c->args, "workspace");
    const char *device = args_option(&c->args, "name");
    tandem_error e = cli_no_error(c);
    tandem_workspace w;
    int rc;

    if (workspace == NULL || device == NULL) {
        return cli_bad_use(c, _("usage: tandem %s %s"), "init",
            "--workspace NAME --name DEVICE");
    }
    rc = cli_open(c, CLI_CREATE);
    if (rc != CLI_DONE) {
        return rc;
    }
    if (tandem_workspace_create(c->store, workspace, device, &e) != TANDEM_OK ||
        publish_service(c, &e) != TANDEM_OK ||
        tandem_workspace_get(c->store, &w, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    return print_init(c, &w);
}

int
verb_as(struct cli *c)
{
    const char *name = c->args.words[0];
    tandem_error e = cli_no_error(c);
    tandem_err err;
    tandem_id id;
    char text[37];
    int rc = cli_open(c, CLI_EXISTING);

    if (rc != CLI_DONE) {
        return rc;
    }
    err = tandem_person_find(c->store, name, &id, &e);
    if (err == TANDEM_ENOTFOUND) {
        err = tandem_person_add(c->store, name, &id, &e);
        if (err == TANDEM_OK) {
            cli_say(_("%s is new here and was added."), name);
        }
    }
    if (err != TANDEM_OK || tandem_me_set(c->store, id, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    tandem_id_text(id, text);
    if (c->json) {
        json_t *line = json_object();

        (void)json_object_set_new(line, "person", cli_json_id(id));
        (void)json_object_set_new(line, "name", cli_json_text(name));
        cli_json_line(line);
    } else {
        cli_print("%s  %s\n", text, name);
    }
    return CLI_DONE;
}

static void
print_sector(
    const struct cli *c, tandem_id id, const char *name, const tandem_sector *s)
{
    char text[37];
    json_t *line;

    tandem_id_text(id, text);
    if (!c->json) {
        cli_print("%s  %s", text, name);
        if (s != NULL) {
            cli_print(
                ngettext("  %s, %u device", "  %s, %u devices", s->devices),
                tandem_right_text(s->right, c->lang), (unsigned)s->devices);
        }
        if (s != NULL) {
            cli_print(ngettext(", %u key", ", %u keys", s->epochs),
                (unsigned)s->epochs);
        }
        cli_print(
            "%s\n", s != NULL && !s->key ? _("  (not readable yet)") : "");
        return;
    }
    line = json_object();
    (void)json_object_set_new(line, "sector", cli_json_id(id));
    (void)json_object_set_new(line, "name", cli_json_text(name));
    if (s != NULL) {
        (void)json_object_set_new(
            line, "right", json_string(tandem_right_id(s->right)));
        (void)json_object_set_new(
            line, "devices", json_integer((json_int_t)s->devices));
        (void)json_object_set_new(
            line, "epochs", json_integer((json_int_t)s->epochs));
        (void)json_object_set_new(line, "readable", json_boolean(s->key));
    }
    cli_json_line(line);
}

static int
list_sectors(const struct cli *c)
{
    tandem_error e = cli_no_error(c);
    tandem_sector s;
    size_t i = 0;
    tandem_err err;

    while ((err = tandem_sector_at(c->store, i, &s, &e)) == TANDEM_OK) {
        print_sector(c, s.id, s.name, &s);
        i++;
    }
    if (err != TANDEM_ENOTFOUND) {
        return cli_fail(c, &e);
    }
    if (i == 0) {
        cli_say(_("No sector yet."));
    }
    return CLI_DONE;
}

int
verb_sector(struct cli *c)
{
    const char *what = c->args.words[0];
    bool add = strcmp(what, "add") == 0 && c->args.word_count == 2;
    bool list = strcmp(what, "list") == 0 && c->args.word_count == 1;
    tandem_error e = cli_no_error(c);
    tandem_id id;
    int rc;

    if (!add && !list) {
        return cli_bad_use(
            c, _("usage: tandem %s %s"), "sector", "add NAME | list");
    }
    rc = cli_open(c, CLI_EXISTING);
    if (rc != CLI_DONE) {
        return rc;
    }
    if (list) {
        return list_sectors(c);
    }
    if (tandem_sector_add(c->store, c->args.words[1], &id, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    print_sector(c, id, c->args.words[1], NULL);
    return CLI_DONE;
}
