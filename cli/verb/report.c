// SPDX-License-Identifier: Apache-2.0
// report.c - report: what the service counts, from the facts kept in the
// store and what changed since.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/file.h"
#include "record/record.h"
#include "report/report.h"
#include "words/verbs.h"

// Of a page for which nothing else was asked.
#define PAGE_PARTS                                                             \
    (REPORT_FUNNEL | REPORT_OBJECTIVES | REPORT_SECTORS | REPORT_WEEKS |       \
        REPORT_MONTHS | REPORT_QUESTIONS | REPORT_FIGURES)

// Of which there is a table.
#define TABLE_PARTS                                                            \
    (REPORT_SECTORS | REPORT_WEEKS | REPORT_MONTHS | REPORT_FIGURES)

struct asked {
    struct report_ask ask;
    const struct figure_info **figures;
    tandem_id sector;
};

// The figures named behind the part, none: all.
static int
read_figures(const struct cli *c, struct asked *a)
{
    const size_t n = c->args.word_count - 1;

    if (n == 0) {
        return CLI_DONE;
    }
    a->figures = calloc(n, sizeof(const struct figure_info *));
    if (a->figures == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, "%s", _("out of memory"));
    }
    for (size_t i = 0; i < n; i++) {
        a->figures[i] = figure_find(c->args.words[i + 1]);
        if (a->figures[i] == NULL) {
            return cli_bad_use(c,
                _("there is no figure %s; see: tandem report "
                  "figures"),
                c->args.words[i + 1]);
        }
    }
    a->ask.figures = a->figures;
    a->ask.figure_count = n;
    return CLI_DONE;
}

// One that is not divided is not asked for so.
static int
read_divided(const struct cli *c, struct asked *a, enum series_by by)
{
    const int rc = read_figures(c, a);

    for (size_t i = 0; rc == CLI_DONE && i < a->ask.figure_count; i++) {
        const struct figure_words *why = series_whole(a->figures[i], by);

        if (why != NULL) {
            return cli_bad_use(c, _("%s is not divided so: %s"),
                a->figures[i]->id, term_of(c, why->fr, why->en));
        }
    }
    return rc;
}

static int
read_part(const struct cli *c, struct asked *a)
{
    static const struct {
        const char *word;
        uint32_t parts;
    } parts[] = {
        {"funnel", REPORT_FUNNEL},
        {"objectives", REPORT_OBJECTIVES},
        {"questions", REPORT_QUESTIONS},
    };
    static const struct {
        const char *word;
        uint32_t parts;
        enum series_by by;
    } divided[] = {
        {"sectors", REPORT_SECTORS, SERIES_SECTORS},
        {"weeks", REPORT_WEEKS, SERIES_WEEKS},
        {"months", REPORT_MONTHS, SERIES_MONTHS},
    };
    const char *word;

    if (c->args.word_count == 0) { // how the service stands; a page: all
        a->ask.parts = args_has(&c->args, "html")
                           ? PAGE_PARTS
                           : REPORT_FUNNEL | REPORT_OBJECTIVES;
        return CLI_DONE;
    }
    word = c->args.words[0];
    if (strcmp(word, "figures") == 0) {
        a->ask.parts = REPORT_FIGURES;
        return read_figures(c, a);
    }
    for (size_t i = 0; i < sizeof(divided) / sizeof(*divided); i++) {
        if (strcmp(divided[i].word, word) == 0) {
            a->ask.parts = divided[i].parts;
            return read_divided(c, a, divided[i].by);
        }
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (strcmp(parts[i].word, word) == 0 && c->args.word_count <= 1) {
            a->ask.parts = parts[i].parts;
            return CLI_DONE;
        }
    }
    return cli_bad_use(c, _("there is no report '%s'"), word);
}

// Only one thing goes to standard output.
static int
one_answer(const struct cli *c)
{
    const char *page = args_option(&c->args, "html");
    const char *table = args_option(&c->args, "csv");
    const int answers = (page != NULL && file_is_stdout(page)) +
                        (table != NULL && file_is_stdout(table)) + c->json;

    return answers > 1
               ? cli_bad_use(c, _("only one of --html -, --csv - and --json "
                                  "can go to standard output"))
               : CLI_DONE;
}

static int
read_asked(struct cli *c, struct asked *a)
{
    const char *sector = args_option(&c->args, "sector");
    struct timespec now;
    int rc = read_part(c, a);

    if (rc == CLI_DONE) {
        rc = one_answer(c);
    }
    if (rc == CLI_DONE && args_has(&c->args, "csv") &&
        (a->ask.parts & TABLE_PARTS) == 0) {
        return cli_bad_use(c, _("--csv is of figures, sectors, weeks or "
                                "months"));
    }
    if (rc == CLI_DONE) {
        rc = report_day_option(c, "from", NO_DAY, &a->ask.from);
    }
    if (rc == CLI_DONE) {
        rc = report_day_option(c, "to", NO_DAY, &a->ask.to);
    }
    if (rc == CLI_DONE && a->ask.from != NO_DAY && a->ask.to != NO_DAY &&
        a->ask.from > a->ask.to) {
        return cli_bad_use(c, _("--from is after --to: there is no day "
                                "between"));
    }
    if (rc == CLI_DONE) {
        rc = cli_open(c, CLI_EXISTING);
    }
    if (rc == CLI_DONE && sector != NULL) {
        rc = cli_sector(c, sector, &a->sector);
        a->ask.sector = &a->sector;
    }
    a->ask.outside = args_has(&c->args, "outside");
    if (rc == CLI_DONE && clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return cli_fail_with(
            c, TANDEM_ECLOCK, "%s", tandem_err_text(TANDEM_ECLOCK, c->lang));
    }
    a->ask.now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    return rc;
}

static int
show(const struct cli *c, const struct report *r)
{
    const char *page = args_option(&c->args, "html");
    const char *table = args_option(&c->args, "csv");
    int rc = page != NULL ? report_page(c, r, page) : CLI_DONE;

    if (rc == CLI_DONE && table != NULL) {
        rc = report_table(c, r, table);
    }
    if (rc == CLI_DONE && c->json) {
        cli_json_line(report_json(c, r));
    } else if (rc == CLI_DONE && page == NULL && table == NULL) {
        report_print(c, r);
    }
    return rc;
}

static int
report(struct cli *c, const struct report_ask *ask)
{
    tandem_error e = cli_no_error(c);
    struct facts *f = NULL;
    struct report *r = NULL;
    tandem_err err = facts_open(c->store, &f, &e);
    int rc;

    if (err == TANDEM_OK) {
        err = facts_refresh(f, &e);
    }
    if (err == TANDEM_OK) {
        // Only saves time the next time: a full disk is no reason to stop.
        (void)facts_save(f, NULL);
        err = report_make(f, ask, &r, &e);
    }
    facts_free(f);
    if (err != TANDEM_OK) {
        e.code = err;
        return cli_fail(c, &e);
    }
    rc = show(c, r);
    c->look = r->standing.conflicts > 0;
    report_free(r);
    return rc == CLI_DONE ? cli_done(c) : rc;
}

int
verb_report(struct cli *c)
{
    struct asked a = {.figures = NULL};
    int rc = read_asked(c, &a);

    if (rc == CLI_DONE) {
        rc = report(c, &a.ask);
    }
    free(a.figures);
    return rc;
}
