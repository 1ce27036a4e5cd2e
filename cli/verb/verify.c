// SPDX-License-Identifier: Apache-2.0
// verify.c - verify, in a child process: LMDB has no page checksums, so
// a damaged page may raise a signal, which then is a finding and not an end.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/stop.h"
#include "words/verbs.h"

struct found {
    const struct cli *c;
    json_t *sentences;
};

static void
problem(void *ctx, const char *sentence)
{
    struct found *f = ctx;

    if (f->c->json) {
        // As many as anybody reads; the number of all stands beside.
        if (json_array_size(f->sentences) < 1000) {
            (void)json_array_append_new(f->sentences, cli_json_text(sentence));
        }
    } else {
        cli_print("%s\n", sentence);
    }
}

static void
print_report(
    const struct cli *c, const tandem_verify_report *r, json_t *sentences)
{
    if (c->json) {
        cli_json_line(json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "commits",
            (json_int_t)r->commits, "signatures", (json_int_t)r->signatures,
            "payloads", (json_int_t)r->payloads, "records",
            (json_int_t)r->records, "index_rows", (json_int_t)r->index_rows,
            "problems", (json_int_t)r->problems, "sentences", sentences));
        return;
    }
    json_decref(sentences);
    cli_print(_("Checked: %llu commits, %llu signatures, %llu contents, %llu "
                "records, %llu index rows.\nProblems: %llu\n"),
        (unsigned long long)r->commits, (unsigned long long)r->signatures,
        (unsigned long long)r->payloads, (unsigned long long)r->records,
        (unsigned long long)r->index_rows, (unsigned long long)r->problems);
}

struct given_key {
    const uint8_t *bytes;
};

static tandem_err
give(void *ctx, uint8_t out[32])
{
    const struct given_key *key = ctx;

    memcpy(out, key->bytes, 32);
    return TANDEM_OK;
}

// The child: everything that touches the file.
static int
check(struct cli *c, const uint8_t key[32])
{
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;
    tandem_error e = cli_no_error(c);
    tandem_verify_report report;
    struct given_key given = {key};
    struct found f = {c, json_array()};

    stop_unguard(); // here a signal is for the parent to see
    o.key = give;
    o.key_ctx = &given;
    o.flags = TANDEM_OPEN_EXISTING;
    if (tandem_store_open(c->dir, &o, &c->store, &e) != TANDEM_OK) {
        json_decref(f.sentences);
        return cli_fail(c, &e);
    }
    if (tandem_verify(c->store, c->lang, problem, &f, &report, &e) !=
        TANDEM_OK) {
        json_decref(f.sentences);
        return cli_fail(c, &e);
    }
    print_report(c, &report, f.sentences);
    return report.problems > 0 ? CLI_DAMAGED : CLI_DONE;
}

static int
wait_for(const struct cli *c, pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return cli_fail_with(c, TANDEM_EIO, _("the check was lost"));
        }
    }
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status);
    }
    if (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM) {
        return CLI_INTERRUPTED;
    }
    return cli_fail_with(c, TANDEM_ECORRUPT,
        _("the store's file is damaged where it cannot even be read (signal "
          "%d); keep the folder as it is, and take the records again from "
          "another device"),
        WTERMSIG(status));
}

int
verb_verify(struct cli *c)
{
    uint8_t key[32];
    int rc = cli_key(c, CLI_EXISTING, key);
    pid_t pid;

    if (rc != CLI_DONE) {
        return rc;
    }
    (void)fflush(stdout);
    pid = fork();
    if (pid == 0) {
        rc = check(c, key);
        cli_wipe(key, sizeof(key));
        cli_close(c);
        (void)fflush(stdout);
        _exit(rc);
    }
    cli_wipe(key, sizeof(key));
    if (pid < 0) {
        return cli_fail_with(
            c, TANDEM_ENOMEM, _("no second process could be started"));
    }
    return wait_for(c, pid);
}
