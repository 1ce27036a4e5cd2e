// SPDX-License-Identifier: Apache-2.0
// passphrase.c - asked on the terminal without echo; never an argument, never
// a default.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/cli.h"

enum { PASSPHRASE_MIN = 8, PASSPHRASE_MAX = 1024 };

void
cli_wipe(void *p, size_t n)
{
    volatile unsigned char *at = p;

    while (n-- > 0) {
        *at++ = 0;
    }
}

// One line from the terminal, byte by byte so that no buffer keeps it.
static bool
read_line(int tty, char *out, size_t room)
{
    size_t n = 0;
    char byte = 0;

    for (;;) {
        ssize_t got = read(tty, &byte, 1);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || n + 1 >= room) {
            cli_wipe(out, room);
            return false;
        }
        if (byte == 3) { // Ctrl-C, see ask()
            cli_wipe(out, room);
            return false;
        }
        if (byte == '\n' || byte == '\r') {
            out[n] = '\0';
            return true;
        }
        out[n++] = byte;
    }
}

static bool
ask(int tty, const char *prompt, char *out, size_t room)
{
    struct termios was, quiet;
    sigset_t stop, old;
    bool good, plain;

    plain = tcgetattr(tty, &was) != 0;
    // Interrupted in between, the terminal would stay without echo.
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGINT);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigaddset(&stop, SIGTSTP);
    (void)sigprocmask(SIG_BLOCK, &stop, &old);
    if (!plain) {
        quiet = was;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        // Ctrl-C still has to mean something: it ends the line as a refusal.
        quiet.c_lflag &= ~(tcflag_t)ISIG;
        quiet.c_cc[VEOL] = 3;
        (void)tcsetattr(tty, TCSAFLUSH, &quiet);
    }
    good = write(tty, prompt, strlen(prompt)) >= 0 && read_line(tty, out, room);
    if (!plain) {
        (void)tcsetattr(tty, TCSAFLUSH, &was);
        good = write(tty, "\n", 1) == 1 && good;
    }
    (void)sigprocmask(SIG_SETMASK, &old, NULL);
    return good;
}

// An empty or absent folder is where a store begins: then the passphrase is
// typed twice, for a mistyped one could never be typed again.
static bool
begins_here(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    bool empty = true;

    if (d == NULL) {
        return true;
    }
    while (empty && (entry = readdir(d)) != NULL) {
        empty =
            strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    (void)closedir(d);
    return empty;
}

static int
ask_all(const struct cli *c, int tty, bool twice, char *first, char *second)
{
    if (!ask(tty, _("Passphrase of the store: "), first, PASSPHRASE_MAX)) {
        return CLI_INTERRUPTED;
    }
    if (!twice) {
        return CLI_DONE;
    }
    if (!ask(tty, _("The same once more: "), second, PASSPHRASE_MAX)) {
        return CLI_INTERRUPTED;
    }
    if (strlen(first) < PASSPHRASE_MIN) {
        return cli_bad_use(c,
            _("a passphrase has at least %d characters; some words are best"),
            (int)PASSPHRASE_MIN);
    }
    if (strcmp(first, second) != 0) {
        return cli_bad_use(c, _("the two passphrases differ"));
    }
    return CLI_DONE;
}

int
cli_passphrase(const struct cli *c, enum cli_open how, char **out)
{
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    bool fresh = begins_here(c->dir);
    char *room;
    int rc;

    if (tty < 0) {
        return cli_bad_use(c,
            _("no key: give --key-file FILE or $TANDEM_KEY_FILE (there is no "
              "terminal to ask for a passphrase)"));
    }
    if (fresh && how == CLI_EXISTING) {
        (void)close(tty);
        return cli_fail_with(c, TANDEM_ENOTFOUND,
            _("there is no store in %s; begin one with `tandem init` or "
              "`tandem join`"),
            c->dir);
    }
    room = calloc(2, PASSPHRASE_MAX);
    if (room == NULL) {
        (void)close(tty);
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    rc = ask_all(c, tty, fresh, room, room + PASSPHRASE_MAX);
    (void)close(tty);
    cli_wipe(room + PASSPHRASE_MAX, PASSPHRASE_MAX);
    if (rc != CLI_DONE) {
        cli_wipe(room, PASSPHRASE_MAX);
        free(room);
        return rc;
    }
    *out = room;
    return CLI_DONE;
}
