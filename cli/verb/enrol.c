// SPDX-License-Identifier: Apache-2.0
// enrol.c - invite, join: one newcomer, one code, six digits to compare.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/stop.h"
#include "page/qr.h"
#include "peer/endpoint.h"
#include "peer/exchange.h"
#include "words/verbs.h"

enum {
    STEP_MS = 100,
    CODE_ROOM = 512,
    PORT_TRIES = 5,
    CODE_LIVES_MS = 10 * 60 * 1000 // the library's own
};

struct enrolling {
    struct cli *c;
    tandem_node *node;
    tandem_enrol *enrol;
    uint64_t until_ms; // 0: as long as the code lives
    int answers;       // where the person's answer comes from; -1: --yes
    bool shown;        // the digits
    bool answered;
    bool refused; // ... with no
    bool host;    // invite
};

// -------------------------------------------------------------- the question

// Standard input where it can be asked, else the terminal.
static int
answers_open(const struct cli *c, bool stdin_used)
{
    if (c->yes) {
        return -1;
    }
    if (!stdin_used) {
        return STDIN_FILENO;
    }
    return open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static void
ask_again(void)
{
    (void)fprintf(stderr, "%s ", _("The same six digits on both? [y/N]"));
    (void)fflush(stderr);
}

// What was typed before there was anything to compare is no answer. Where no
// terminal is asked, a script answers, and may have done so before.
static void
forget_typed(int fd)
{
    if (isatty(fd) == 1) {
        (void)tcflush(fd, TCIFLUSH);
    }
}

// A line begun with y (or o, for oui) is a yes; an empty one asks again. False:
// no answer yet.
static bool
answer_read(int fd, bool *yes)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char line[64];
    ssize_t n;

    if (poll(&p, 1, 0) <= 0) {
        return false;
    }
    n = read(fd, line, sizeof(line));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return false;
    }
    if (n > 0 && line[0] == '\n') {
        ask_again();
        return false;
    }
    *yes = n > 0 && (line[0] == 'y' || line[0] == 'Y' || line[0] == 'o' ||
                        line[0] == 'O');
    return true; // the end of the input is a no
}

static void
show_digits(struct enrolling *x)
{
    const char *digits = tandem_enrol_digits(x->enrol);
    const char *name = tandem_enrol_peer_name(x->enrol);

    x->shown = true;
    if (x->c->json) {
        cli_json_line(json_pack("{s:s}", "digits", digits));
    } else {
        cli_print("%s\n", digits);
        (void)fflush(stdout);
    }
    if (x->c->yes) {
        return;
    }
    if (name != NULL && name[0] != '\0') {
        cli_say(_("The other device says it is %s."), name);
    }
    forget_typed(x->answers);
    ask_again();
}

// It ended under the question: what follows stands on a line of its own.
static void
unasked(struct enrolling *x)
{
    if (x->shown && !x->answered && !x->c->yes) {
        (void)fputc('\n', stderr);
    }
    x->answered = true;
}

static void
ask(struct enrolling *x)
{
    bool yes = x->c->yes;

    if (!x->shown) {
        show_digits(x);
    }
    if (x->answered || (!yes && !answer_read(x->answers, &yes))) {
        return;
    }
    x->answered = true;
    x->refused = !yes;
    if (!x->c->yes && isatty(x->answers) != 1) { // nobody's return key did
        (void)fputc('\n', stderr);
    }
    // Refused or not, what follows is told by the enrolment's state.
    (void)tandem_enrol_confirm(x->enrol, yes);
    if (!x->c->json && tandem_enrol_status(x->enrol) == TANDEM_ENROL_DIGITS &&
        yes) {
        cli_say(_("Waiting for the yes of the other device."));
    }
}

// -------------------------------------------------------------------- the way

static int
nobody_came(const struct enrolling *x)
{
    (void)cli_fail_with(x->c, TANDEM_EEXPIRED,
        _("nobody came in time; the code is of no use any more"));
    return CLI_NO_PEER;
}

static int
ended(struct enrolling *x)
{
    tandem_error e = cli_no_error(x->c);

    (void)tandem_enrol_error(x->enrol, &e);
    if (e.code == TANDEM_EREFUSED && x->refused) {
        return cli_fail_with(x->c, e.code,
            _("refused here: nobody was enrolled, and the code is of no use "
              "any more"));
    }
    if (e.code == TANDEM_EREFUSED) {
        return cli_fail_with(x->c, e.code,
            _("refused on the other device: nobody was enrolled, and the code "
              "is of no use any more"));
    }
    if (e.code == TANDEM_EEXPIRED && x->host && !x->shown) {
        return nobody_came(x);
    }
    if (e.code == TANDEM_OK) {
        e.code = TANDEM_ECUT;
    }
    return cli_fail(x->c, &e);
}

static bool
late(const struct enrolling *x)
{
    return x->until_ms != 0 && stop_mono_ms() >= x->until_ms &&
           tandem_enrol_status(x->enrol) != TANDEM_ENROL_CONFIRMED;
}

static int
enrol_loop(struct enrolling *x)
{
    tandem_error e = cli_no_error(x->c);
    tandem_event ev;
    bool more = false;

    while (!stop_asked()) {
        if (tandem_node_step(x->node, STEP_MS, &ev, &more, &e) != TANDEM_OK) {
            return cli_fail(x->c, &e);
        }
        switch (tandem_enrol_status(x->enrol)) {
        case TANDEM_ENROL_DIGITS:
            ask(x);
            break;
        case TANDEM_ENROL_DONE:
            exchange_linger(x->node);
            return CLI_DONE;
        case TANDEM_ENROL_FAILED:
            unasked(x);
            exchange_linger(x->node); // the other side hears why
            return ended(x);
        case TANDEM_ENROL_WAITING:
        case TANDEM_ENROL_CONFIRMED: // by both; it ends by itself
            break;
        }
        if (late(x)) {
            unasked(x);
            return !x->shown ? nobody_came(x)
                             : cli_fail_with(x->c, TANDEM_EEXPIRED,
                                   _("no yes of both devices in time: nobody "
                                     "was enrolled, and the code is of no use "
                                     "any more"));
        }
    }
    (void)cli_fail_with(
        x->c, TANDEM_ECUT, _("stopped; the code is of no use any more"));
    return CLI_INTERRUPTED;
}

static int
until_option(struct enrolling *x)
{
    const char *text = args_option(&x->c->args, "for");
    uint64_t ms;

    if (text == NULL) {
        return CLI_DONE;
    }
    if (!stop_duration(text, &ms)) {
        return cli_bad_use(x->c, _("a duration is like 90s, 5m or 2h"));
    }
    x->until_ms = stop_mono_ms() + ms + 1;
    return CLI_DONE;
}

static int
begin(struct enrolling *x, enum cli_open how)
{
    tandem_node_opts o = TANDEM_NODE_OPTS_INIT;
    tandem_error e = cli_no_error(x->c);
    int rc = until_option(x);

    if (rc == CLI_DONE) {
        rc = cli_open(x->c, how);
    }
    if (rc == CLI_DONE &&
        tandem_node_new(x->c->store, &o, &x->node, &e) != TANDEM_OK) {
        rc = cli_fail(x->c, &e);
    }
    return rc;
}

static void
end(struct enrolling *x)
{
    stop_catch(NULL);
    tandem_enrol_free(x->enrol);
    tandem_node_free(x->node);
    if (x->answers > STDIN_FILENO) {
        (void)close(x->answers);
    }
}

// ------------------------------------------------------------------- invite

static int
grant_of(const struct cli *c, tandem_grant *g)
{
    const char *right = args_option(&c->args, "right");
    const struct args_option *o;

    memset(g, 0, sizeof(*g));
    g->size = sizeof(*g);
    g->right = right != NULL ? tandem_right_parse(right) : TANDEM_RIGHT_NONE;
    if (g->right == TANDEM_RIGHT_NONE) {
        return cli_bad_use(
            c, _("say --right reader, agent, coordinator, office or admin"));
    }
    for (size_t i = 0; (o = args_option_at(&c->args, "sector", i)) != NULL;
         i++) {
        int rc;

        if (g->sector_count == TANDEM_GRANT_SECTORS_MAX) {
            return cli_bad_use(c, _("at most %d sectors at once"),
                (int)TANDEM_GRANT_SECTORS_MAX);
        }
        rc = cli_sector(c, o->value, &g->sectors[g->sector_count]);
        if (rc != CLI_DONE) {
            return rc;
        }
        g->sector_count++;
    }
    if (g->sector_count > 0 && g->right == TANDEM_RIGHT_ADMIN) {
        return cli_bad_use(
            c, _("an admin is one of the whole workspace: leave --sector out"));
    }
    if (g->sector_count == 0 && g->right != TANDEM_RIGHT_ADMIN) {
        return cli_bad_use(c, _("say which --sector"));
    }
    return CLI_DONE;
}

// The code names the endpoint, and only the library can read it back: so a
// port left open (`*`) is settled before, again if somebody took it meanwhile.
static tandem_err
invite_at(struct enrolling *x, const tandem_grant *g, char endpoint[192],
    char code[CODE_ROOM], tandem_error *e)
{
    const char *advertise = args_option(&x->c->args, "advertise");
    char room[192], reachable[320];
    const char *wanted = endpoint_default(x->c, room);
    bool any =
        strlen(wanted) > 2 && strcmp(wanted + strlen(wanted) - 2, ":*") == 0;
    tandem_err err = TANDEM_EIO;

    for (int i = 0; i < PORT_TRIES && err == TANDEM_EIO; i++) {
        if (!any) {
            i = PORT_TRIES;
            (void)snprintf(endpoint, 192, "%s", wanted);
        } else if (!endpoint_free_port(wanted, endpoint)) {
            return cli_error(e, TANDEM_EVALUE,
                _("an endpoint is like tcp://192.168.1.7:41234, or with :* "
                  "for any port"));
        }
        endpoint_reachable(endpoint, reachable);
        err = tandem_invite_new(x->node, g, endpoint,
            advertise != NULL ? advertise : reachable, code, CODE_ROOM,
            &x->enrol, e);
    }
    if (err == TANDEM_OK) {
        (void)snprintf(
            endpoint, 192, "%.191s", advertise != NULL ? advertise : reachable);
    }
    return err;
}

static void
draw_code(const char *code)
{
    const tandem_err err = qr_print(code);

    if (err == TANDEM_ELIMIT) {
        cli_say(_("The code is wider than this page of %zu columns; read it "
                  "out or copy it."),
            page_width());
    } else if (err != TANDEM_OK) {
        cli_say(_("There was no memory to draw the code; read it out or copy "
                  "it."));
    }
}

static void
print_code(const struct enrolling *x, const char *code, const char *endpoint)
{
    const struct cli *c = x->c;
    // --for ends it sooner than the code would end by itself.
    const bool sooner =
        x->until_ms != 0 && x->until_ms < stop_mono_ms() + CODE_LIVES_MS;
    const char *lives = sooner ? args_option(&c->args, "for") : NULL;

    if (c->json) {
        cli_json_line(
            json_pack("{s:s,s:s}", "code", code, "endpoint", endpoint));
        return;
    }
    cli_print_whole("%s  %s\n", code, endpoint);
    if (args_has(&c->args, "qr")) {
        draw_code(code);
    }
    (void)fflush(stdout);
    if (lives != NULL) {
        cli_say(_("On the new device: tandem join CODE --name DEVICE. The "
                  "code serves once, for %s."),
            lives);
    } else {
        cli_say(_("On the new device: tandem join CODE --name DEVICE. The "
                  "code serves once, for ten minutes."));
    }
}

static int
print_newcomer(const struct cli *c, const tandem_enrol *enrol)
{
    tandem_device_id d = tandem_enrol_peer(enrol);
    const char *said = tandem_enrol_peer_name(enrol);
    char name[256], id[65];

    (void)cli_device_name(c, d, name);
    tandem_device_text(d, id);
    if (strncmp(name, id, strlen(name)) == 0 && said != NULL) {
        (void)snprintf(name, sizeof(name), "%s", said);
    }
    if (c->json) {
        cli_json_line(
            json_pack("{s:s,s:o}", "device", id, "name", cli_json_text(name)));
    } else {
        cli_print_whole("%s  %s\n", id, name);
        cli_say(_("%s is enrolled."), name);
    }
    return CLI_DONE;
}

int
verb_invite(struct cli *c)
{
    struct enrolling x = {.c = c, .answers = -1, .host = true};
    tandem_error e = cli_no_error(c);
    char endpoint[192], code[CODE_ROOM];
    tandem_grant g;
    int rc;

    if (args_has(&c->args, "qr") && c->json) {
        return cli_bad_use(c, _("--qr draws for people, --json answers "
                                "programs: leave one out"));
    }
    if (args_has(&c->args, "qr") && !qr_drawn()) {
        return cli_fail_with(c, TANDEM_EUNSUPPORTED,
            _("this build draws no QR codes; read the code out or copy it"));
    }
    rc = begin(&x, CLI_EXISTING);
    if (rc == CLI_DONE) {
        rc = grant_of(c, &g);
    }
    if (rc == CLI_DONE && invite_at(&x, &g, endpoint, code, &e) != TANDEM_OK) {
        rc = cli_fail(c, &e);
    }
    if (rc == CLI_DONE) {
        stop_catch(x.node);
        x.answers = answers_open(c, false);
        print_code(&x, code, endpoint);
        rc = enrol_loop(&x);
    }
    if (rc == CLI_DONE) {
        rc = print_newcomer(c, x.enrol);
    }
    end(&x);
    return rc;
}

// --------------------------------------------------------------------- join

// CODE as a word, or a line of standard input so that it stands in no
// history. Freed by the caller.
static char *
code_of(const struct cli *c)
{
    const char *word = c->args.words[0];
    char line[CODE_ROOM];

    if (strcmp(word, "-") != 0) {
        return strdup(word);
    }
    if (fgets(line, sizeof(line), stdin) == NULL) {
        line[0] = '\0';
    }
    line[strcspn(line, " \t\r\n")] = '\0';
    return strdup(line);
}

static int
print_joined(struct cli *c, const tandem_enrol *enrol)
{
    tandem_error e = cli_no_error(c);
    const char *digits = tandem_enrol_digits(enrol);
    json_t *sectors = json_array();
    tandem_workspace w;
    tandem_sector s;

    if (tandem_workspace_get(c->store, &w, &e) != TANDEM_OK) {
        json_decref(sectors);
        return cli_fail(c, &e);
    }
    for (size_t i = 0; tandem_sector_at(c->store, i, &s, NULL) == TANDEM_OK;
         i++) {
        if (s.right != TANDEM_RIGHT_NONE) {
            (void)json_array_append_new(sectors, cli_json_text(s.name));
        }
    }
    if (c->json) {
        cli_json_line(json_pack("{s:o,s:o,s:s,s:o,s:o}", "device",
            cli_json_device(w.device), "name", cli_json_text(w.device_name),
            "digits", digits != NULL ? digits : "", "workspace",
            cli_json_text(w.name), "sectors", sectors));
        return CLI_DONE;
    }
    cli_print(_("This device is %s of workspace %s.\n"), w.device_name, w.name);
    for (size_t i = 0; i < json_array_size(sectors); i++) {
        cli_print("  %s\n", json_string_value(json_array_get(sectors, i)));
    }
    json_decref(sectors);
    return CLI_DONE;
}

int
verb_join(struct cli *c)
{
    const char *name = args_option(&c->args, "name");
    bool typed = strcmp(c->args.words[0], "-") == 0;
    struct enrolling x = {.c = c, .answers = -1};
    tandem_error e = cli_no_error(c);
    char *code;
    int rc;

    if (name == NULL) {
        return cli_bad_use(c, _("say how this device is called: --name"));
    }
    code = code_of(c);
    if (code == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    x.answers = answers_open(c, typed);
    if (!c->yes && x.answers < 0) {
        rc = cli_bad_use(
            c, _("there is no terminal to ask for the six digits; give --yes"));
    } else {
        rc = begin(&x, CLI_CREATE);
    }
    if (rc == CLI_DONE &&
        tandem_join_new(x.node, code, name, &x.enrol, &e) != TANDEM_OK) {
        rc = cli_fail(c, &e);
    }
    if (rc == CLI_DONE) {
        stop_catch(x.node);
        rc = enrol_loop(&x);
    }
    if (rc == CLI_DONE) {
        rc = print_joined(c, x.enrol);
    }
    cli_wipe(code, strlen(code));
    free(code);
    end(&x);
    return rc;
}
