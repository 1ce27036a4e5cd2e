// SPDX-License-Identifier: Apache-2.0
// edit.c - edit: one passage of a text, the smallest edit to a file's
// text, or the person's editor.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "record/change.h"
#include "record/notice.h"
#include "record/record.h"
#include "words/verbs.h"

enum { TEXT_BYTES_MAX = 1 << 20 };

struct text {
    char *ptr;
    size_t len;
};

static int
read_text(const struct cli *c, FILE *f, const char *name, struct text *out)
{
    out->ptr = malloc(TEXT_BYTES_MAX + 1);
    if (out->ptr == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    out->len = fread(out->ptr, 1, TEXT_BYTES_MAX + 1, f);
    if (ferror(f)) {
        return cli_fail_with(c, TANDEM_EIO, _("%s cannot be read"), name);
    }
    if (out->len > TEXT_BYTES_MAX) {
        return cli_fail_with(c, TANDEM_ELIMIT,
            _("%s is longer than a text may be (1 MiB)"), name);
    }
    return CLI_DONE;
}

static int
text_of_file(const struct cli *c, const char *path, struct text *out)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    int rc;

    if (f == NULL) {
        return cli_fail_with(c, TANDEM_ENOTFOUND, _("%s cannot be read: %s"),
            path, file_reason(errno));
    }
    rc = read_text(c, f, path, out);
    if (f != stdin) {
        (void)fclose(f);
    }
    return rc;
}

// ------------------------------------------------------------------- editor

// The text lies in clear while it is edited: in memory-backed folders where
// there is one, never beside the store.
static int
edit_folder(char out[4096])
{
    const char *run = getenv("XDG_RUNTIME_DIR");
    const char *places[3] = {run, "/dev/shm", "/tmp"};

    for (size_t i = 0; i < 3; i++) {
        if (places[i] == NULL || places[i][0] != '/') {
            continue;
        }
        if (snprintf(out, 4096, "%s/tandem-XXXXXX", places[i]) < 4096 &&
            mkdtemp(out) != NULL) {
            return 0;
        }
    }
    return -1;
}

static bool
write_whole(const char *path, tandem_slice s)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0;

    while (good && s.len > 0) {
        ssize_t n = write(fd, s.ptr, s.len);

        good = n > 0;
        if (good) {
            s.ptr += n;
            s.len -= (size_t)n;
        }
    }
    return fd >= 0 && close(fd) == 0 && good;
}

static bool
run_editor(const char *path)
{
    const char *editor = getenv("VISUAL");
    char command[4200];
    int status = 0;
    pid_t pid;

    if (editor == NULL || editor[0] == '\0') {
        editor = getenv("EDITOR");
    }
    if (editor == NULL || editor[0] == '\0') {
        editor = "vi";
    }
    if (snprintf(command, sizeof(command), "%s \"$1\"", editor) >=
        (int)sizeof(command)) {
        return false;
    }
    pid = fork();
    if (pid == 0) {
        (void)execl(
            "/bin/sh", "sh", "-c", command, "tandem", path, (char *)NULL);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Editors end a file with a line end nobody typed.
static void
drop_added_newline(struct text *t, tandem_slice was)
{
    bool had = was.len > 0 && was.ptr[was.len - 1] == '\n';

    if (!had && t->len > 0 && t->ptr[t->len - 1] == '\n') {
        t->len--;
    }
}

static int
text_of_editor(const struct cli *c, tandem_slice was, struct text *out)
{
    char folder[4096], path[4200];
    int rc;

    if (edit_folder(folder) != 0) {
        return cli_fail_with(
            c, TANDEM_EIO, _("no folder for the text while it is edited"));
    }
    (void)snprintf(path, sizeof(path), "%s/text.txt", folder);
    if (!write_whole(path, was)) {
        rc = file_unwritable(c, path, errno);
    } else if (!run_editor(path)) {
        rc = cli_fail_with(c, TANDEM_EIO,
            _("the editor failed; nothing changed (see $EDITOR)"));
    } else {
        rc = text_of_file(c, path, out);
    }
    if (rc == CLI_DONE) {
        drop_added_newline(out, was);
    }
    (void)unlink(path);
    (void)rmdir(folder);
    return rc;
}

// --------------------------------------------------------------------- verb

static bool
number(const char *text, size_t *out)
{
    char *end = NULL;
    unsigned long n;

    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    errno = 0;
    n = strtoul(text, &end, 10);
    *out = n;
    return errno == 0 && *end == '\0';
}

// The passage options, straight into the edit.
static int
edit_passage(struct cli *c, tandem_txn *t, tandem_edit *d, const char *field,
    tandem_error *e)
{
    const struct args_option *insert = args_option_at(&c->args, "insert", 0);
    const struct args_option *remove = args_option_at(&c->args, "delete", 0);
    const struct args_option *o = insert != NULL ? insert : remove;
    tandem_slice text = {NULL, 0};
    size_t at, count = 0;

    if (!number(o->value, &at) ||
        (insert == NULL && !number(o->second, &count))) {
        return cli_bad_use(
            c, _("positions and lengths are counted in characters from 0"));
    }
    if (insert != NULL) {
        text = tandem_bytes(insert->second, strlen(insert->second));
    }
    if (tandem_edit_text(d, field, at, count, text) != TANDEM_OK) {
        (void)tandem_txn_failed(t, e);
        return cli_fail(c, e);
    }
    return CLI_DONE;
}

// The whole text as it should be; the library finds the smallest edit.
static int
edit_whole(struct cli *c, const tandem_record *r, tandem_txn *t, tandem_edit *d,
    const char *field, tandem_error *e)
{
    const char *from = args_option(&c->args, "from");
    tandem_value was;
    struct text now = {NULL, 0};
    int rc;

    if (tandem_record_get(r, field, &was) != TANDEM_OK ||
        was.type != TANDEM_STR) {
        was = tandem_str("");
    }
    rc = from != NULL ? text_of_file(c, from, &now)
                      : text_of_editor(c, was.u.s, &now);
    if (rc == CLI_DONE && tandem_edit_set(d, field,
                              now.len > 0 ? tandem_str_n(now.ptr, now.len)
                                          : tandem_none()) != TANDEM_OK) {
        (void)tandem_txn_failed(t, e);
        rc = cli_fail(c, e);
    }
    free(now.ptr);
    return rc;
}

static int
edit_field(struct cli *c, const tandem_record *r, const tandem_field_info *f)
{
    bool passage = args_has(&c->args, "insert") || args_has(&c->args, "delete");
    const char *why = args_option(&c->args, "why");
    tandem_error e = cli_no_error(c);
    tandem_txn *t = NULL;
    tandem_edit *d = NULL;
    int rc;

    if (tandem_txn_new(c->store, c->person, &t, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    if (tandem_txn_edit(t, r, &d) != TANDEM_OK ||
        (why != NULL && tandem_edit_why(d, why) != TANDEM_OK)) {
        (void)tandem_txn_failed(t, &e);
        rc = cli_fail(c, &e);
    } else {
        rc = passage ? edit_passage(c, t, d, f->id, &e)
                     : edit_whole(c, r, t, d, f->id, &e);
    }
    if (rc == CLI_DONE) {
        rc = tandem_txn_commit(t, &e) == TANDEM_OK ? notice_answer(c, d, r)
                                                   : cli_fail(c, &e);
    }
    tandem_txn_free(t);
    return rc;
}

int
verb_edit(struct cli *c)
{
    int ways = args_has(&c->args, "insert") + args_has(&c->args, "delete") +
               args_has(&c->args, "from");
    const char *name = c->args.words[1];
    const tandem_field_info *f;
    tandem_record *r = NULL;
    int rc;

    if (ways > 1 || args_option_at(&c->args, "insert", 1) != NULL ||
        args_option_at(&c->args, "delete", 1) != NULL) {
        return cli_bad_use(
            c, _("one of --insert, --delete or --from at a time"));
    }
    rc = cli_record_open(c, c->args.words[0], &r);
    if (rc == CLI_DONE) {
        rc = cli_kind_known(c, r);
    }
    if (rc == CLI_DONE) {
        f = tandem_kind_field(tandem_record_kind(r), name);
        if (f == NULL) {
            rc = cli_fail_with(c, TANDEM_EKIND,
                _("%s has no field \"%s\"; see: tandem kinds %s"),
                tandem_record_kind(r)->id, name, tandem_record_kind(r)->id);
        } else if (f->merge != TANDEM_MERGE_TEXT) {
            rc = cli_fail_with(c, TANDEM_EVALUE,
                _("%s is no text; change it with: tandem set"), f->id);
        } else {
            rc = edit_field(c, r, f);
        }
    }
    tandem_record_free(r);
    return rc;
}
