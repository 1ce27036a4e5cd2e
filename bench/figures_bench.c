// SPDX-License-Identifier: Apache-2.0
// figures_bench.c - what `tandem report funnel`, and what looks at all facts
// besides, takes: the whole command, over a store of N records of the field.
// usage: figures_bench [--n N]                         one JSON line a figure
//
// Cold: no facts are kept, every record is read. Again: nothing changed since.
// After ten: ten records were written since. Looks: today and due, with how
// many rows they print, and show of a sheet. The median of five each, the files
// in memory; the command is the one beside this program's folder.
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tandem/tandem.h>

#include "post.h"
#include "sheet.h"

enum { TIMES = 5, BATCH = 128, TEN = 10, REFS = 4096 };

struct field {
    char dir[64], store[96], key[96], said[96], command[PATH_MAX + 40];
    tandem_store *s;
    tandem_id sector;
    tandem_error e;
    uint64_t seed;
    tandem_id contacts[REFS], visits[REFS], doors[REFS];
    size_t contact_count, visit_count, door_count;
};

static uint32_t
any(struct field *f, uint32_t n)
{
    f->seed = f->seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(f->seed >> 33) % n;
}

// ----------------------------------------------------------------- the command

struct took {
    double ms, cpu_ms; // of the clock, of the processor
};

static double
cpu_ms(const struct rusage *used)
{
    return ((double)used->ru_utime.tv_sec + (double)used->ru_stime.tv_sec) *
               1e3 +
           ((double)used->ru_utime.tv_usec + (double)used->ru_stime.tv_usec) /
               1e3;
}

// Its output goes into a file of ours, read by who counts its lines.
static bool
run(const struct field *f, const char *const *args, struct took *took)
{
    const char *argv[16] = {f->command};
    const double begin = now_s();
    struct rusage used;
    int status;
    pid_t pid;

    for (size_t i = 0; args[i] != NULL && i < 14; i++) {
        argv[i + 1] = args[i];
    }
    (void)fflush(stdout); // else it is the child's to write too
    pid = fork();
    if (pid == 0) {
        if (freopen(f->said, "w", stdout) == NULL ||
            freopen("/dev/null", "w", stderr) == NULL ||
            setenv("TANDEM_STORE", f->store, 1) != 0 ||
            setenv("TANDEM_KEY_FILE", f->key, 1) != 0) {
            _exit(1);
        }
        (void)execv(f->command, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid || status != 0) {
        return false;
    }
    took->ms = (now_s() - begin) * 1e3;
    took->cpu_ms = cpu_ms(&used);
    return true;
}

static bool
report(const struct field *f, struct took *took)
{
    static const char *const args[] = {"report", "funnel", NULL};

    return run(f, args, took);
}

static bool
founded(struct field *f)
{
    const char *const key[] = {"key", "new", f->key, NULL};
    static const char *const init[] = {
        "init", "--workspace", "Nord", "--name", "bureau", NULL};
    static const char *const sector[] = {"sector", "add", "FIVES", NULL};

    struct took took;

    return run(f, key, &took) && run(f, init, &took) && run(f, sector, &took);
}

// ------------------------------------------------------------------- the store

static tandem_err
key_of(void *ctx, uint8_t out[32])
{
    return tandem_key_file_read(ctx, out, NULL);
}

static tandem_err
open_store(struct field *f)
{
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;
    tandem_err err;

    o.key = key_of;
    o.key_ctx = f->key;
    err = tandem_store_open(f->store, &o, &f->s, &f->e);
    if (err == TANDEM_OK) {
        err = tandem_sector_find(f->s, "FIVES", &f->sector, &f->e);
    }
    return err;
}

// What fails is the transaction's: its commit says so.
static void
set(tandem_edit *d, const char *field, tandem_value v)
{
    (void)!tandem_edit_set(d, field, v);
}

static tandem_value
moment(struct field *f)
{
    return tandem_time((INT64_C(20500) * 24 + any(f, 120 * 24)) * 3600000, 120);
}

static tandem_value
one_of(struct field *f, const tandem_id *ids, size_t count)
{
    return count == 0 ? tandem_none()
                      : tandem_ref(ids[any(f, (uint32_t)count)]);
}

static void
keep(struct field *f, tandem_id *ids, size_t *count, tandem_id id)
{
    if (*count < REFS) {
        ids[(*count)++] = id;
    } else {
        ids[any(f, REFS)] = id;
    }
}

static tandem_value
a_contact(struct field *f)
{
    return one_of(f, f->contacts, f->contact_count);
}

static void
encounter(struct field *f, tandem_edit *d)
{
    char key[24];

    (void)snprintf(key, sizeof(key), "porte-%u", any(f, 30000));
    set(d, "channel", tandem_enum(any(f, 10) < 8 ? 1 : 2));
    set(d, "at", moment(f));
    set(d, "outcome", tandem_enum(1 + any(f, 8)));
    set(d, "door_key", tandem_str(key));
    set(d, "dwelling", one_of(f, f->doors, f->door_count));
    (void)!tandem_edit_count(d, "flyers", 1);
    if (any(f, 3) == 0) {
        set(d, "contact", a_contact(f));
    }
    set(d, "remark", tandem_str("Fenêtre qui ferme mal ; revenir mardi."));
}

static void
contact(struct field *f, tandem_edit *d)
{
    struct sheet s;

    sheet_make(&s, any(f, 1000000));
    set(d, "name", tandem_str(s.name));
    set(d, "met_by", tandem_enum(s.channel));
    set(d, "dwelling", one_of(f, f->doors, f->door_count));
    (void)!tandem_edit_add(d, "phones", tandem_str(s.phone));
    (void)!tandem_edit_put(d, "consents", tandem_enum(1), tandem_enum(2));
    set(d, "remarks", tandem_str(s.note));
    keep(f, f->contacts, &f->contact_count, tandem_edit_id(d));
}

static void
visit(struct field *f, tandem_edit *d)
{
    set(d, "contact", a_contact(f));
    set(d, "intervention_type", tandem_enum(1 + any(f, 3)));
    set(d, "started_at", moment(f));
    set(d, "situation_moved", tandem_tri((int)any(f, 3)));
    (void)!tandem_edit_add(d, "agents", tandem_ref(tandem_me(f->s)));
    (void)!tandem_edit_put(d, "closing_steps", tandem_enum(3), tandem_enum(1));
    (void)!tandem_edit_add(d, "results", tandem_enum(1));
    keep(f, f->visits, &f->visit_count, tandem_edit_id(d));
}

static void
sheet_of(struct field *f, const char *kind, tandem_edit *d)
{
    set(d, "contact", a_contact(f));
    if (strcmp(kind, "solicitation") == 0) {
        set(d, "channel", tandem_enum(4));
        set(d, "at", moment(f));
        (void)!tandem_edit_add(d, "reasons", tandem_enum(1 + any(f, 8)));
    } else if (strcmp(kind, "referral") == 0) {
        set(d, "target", tandem_enum(1));
        (void)!tandem_edit_put(d, "steps", tandem_enum(3), tandem_enum(1));
    } else {
        set(d, "state", tandem_enum(1 + any(f, 8)));
    }
}

static void
fitted(struct field *f, tandem_edit *d)
{
    set(d, "intervention", one_of(f, f->visits, f->visit_count));
    set(d, "item", tandem_enum(1 + any(f, 4)));
    set(d, "action", tandem_enum(1));
    set(d, "quantity", tandem_int(1));
}

// Of a hundred records of the field.
static const char *
kind_of(struct field *f)
{
    const uint32_t at = any(f, 100);

    return at < 50   ? "encounter"
           : at < 60 ? "dwelling"
           : at < 75 ? "contact"
           : at < 82 ? "solicitation"
           : at < 89 ? "intervention"
           : at < 95 ? "item_fitted"
           : at < 98 ? "referral"
                     : "dossier";
}

static void
create(struct field *f, tandem_txn *t, const char *kind)
{
    tandem_edit *d;

    if (tandem_txn_create(t, kind, f->sector, &d) != TANDEM_OK) {
        return;
    }
    if (strcmp(kind, "encounter") == 0) {
        encounter(f, d);
    } else if (strcmp(kind, "contact") == 0) {
        contact(f, d);
    } else if (strcmp(kind, "dwelling") == 0) {
        set(d, "address", tandem_str("12 rue des Lilas, Fives"));
        keep(f, f->doors, &f->door_count, tandem_edit_id(d));
    } else if (strcmp(kind, "intervention") == 0) {
        visit(f, d);
    } else if (strcmp(kind, "item_fitted") == 0) {
        fitted(f, d);
    } else {
        sheet_of(f, kind, d);
    }
}

static tandem_err
build(struct field *f, size_t n)
{
    tandem_txn *t = NULL;
    tandem_err err = tandem_txn_new(f->s, TANDEM_ME, &t, &f->e);

    for (size_t i = 0; err == TANDEM_OK && i < n;) {
        for (size_t k = 0; k < BATCH && i < n; k++, i++) {
            create(f, t,
                f->contact_count == 0 ? "contact"
                : f->visit_count == 0 ? "intervention"
                                      : kind_of(f));
        }
        err = tandem_txn_commit(t, &f->e);
    }
    tandem_txn_free(t);
    return err;
}

// ------------------------------------------------------------------- measuring

static tandem_err
forget(struct field *f)
{
    tandem_err err = open_store(f);

    if (err == TANDEM_OK) {
        err = tandem_local_put(
            f->s, "tandem.figures.facts", tandem_bytes(NULL, 0), &f->e);
    }
    tandem_store_close(f->s);
    return err;
}

static tandem_err
ten_more(struct field *f)
{
    tandem_err err = open_store(f);

    for (size_t i = 0; err == TANDEM_OK && i < TEN; i++) {
        err = build(f, 1);
    }
    tandem_store_close(f->s);
    return err;
}

// In all parts.
static size_t
kept_bytes(struct field *f)
{
    size_t n = 0;
    bool more = open_store(f) == TANDEM_OK;

    for (unsigned i = 0; more; i++) {
        tandem_local *l = NULL;
        char name[40];

        (void)snprintf(name, sizeof(name), "tandem.figures.facts.%u", i);
        more = tandem_local_get(f->s, name, &l, NULL) == TANDEM_OK;
        n += tandem_local_bytes(l).len;
        tandem_local_free(l);
    }
    tandem_store_close(f->s);
    return n;
}

static void
print_took(const char *name, const struct took *all)
{
    double ms[TIMES], cpu[TIMES];

    for (size_t i = 0; i < TIMES; i++) {
        ms[i] = all[i].ms;
        cpu[i] = all[i].cpu_ms;
    }
    printf(",\"%s_ms\":%.1f,\"%s_cpu_ms\":%.1f", name, median(ms, TIMES), name,
        median(cpu, TIMES));
}

// How many times the last command's output has the word.
static size_t
count_said(const struct field *f, const char *word)
{
    FILE *in = fopen(f->said, "r");
    char room[4096];
    size_t n = 0, len, kept = 0;

    while (in != NULL &&
           (len = fread(room + kept, 1, sizeof(room) - 1 - kept, in)) > 0) {
        const char *at = room;

        room[kept += len] = '\0';
        while ((at = strstr(at, word)) != NULL) {
            n++;
            at += strlen(word);
        }
        // A word may begin in what is left; none is counted twice.
        len = kept < strlen(word) ? kept : strlen(word) - 1;
        memmove(room, room + kept - len, len);
        kept = len;
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    return n;
}

static bool
look(const struct field *f, const char *name, const char *const *args)
{
    struct took took[TIMES];

    for (size_t i = 0; i < TIMES; i++) {
        if (!run(f, args, &took[i])) {
            return false;
        }
    }
    print_took(name, took);
    return true;
}

static bool
measure_looks(struct field *f, size_t n)
{
    static const char *const today[] = {"today", "--json", NULL};
    static const char *const due[] = {"due", "--json", NULL};
    char id[37];
    const char *const show[] = {"show", id, NULL};
    size_t rows;

    tandem_id_text(f->contacts[0], id);
    printf("{\"figure\":\"looks\",\"n\":%zu", n);
    if (!look(f, "today", today)) {
        return false;
    }
    rows = count_said(f, "\"what\":");
    printf(",\"today_rows\":%zu", rows);
    if (!look(f, "due", due)) {
        return false;
    }
    rows = count_said(f, "\"what\":");
    printf(",\"due_rows\":%zu", rows);
    if (!look(f, "show", show)) {
        return false;
    }
    printf("}\n");
    return true;
}

static bool
measure(struct field *f, size_t n)
{
    struct took cold[TIMES], again[TIMES], ten[TIMES];
    struct rusage used;

    if (!founded(f) || open_store(f) != TANDEM_OK || build(f, n) != TANDEM_OK) {
        return false;
    }
    tandem_store_close(f->s);
    for (size_t i = 0; i < TIMES; i++) {
        if (forget(f) != TANDEM_OK || !report(f, &cold[i]) ||
            !report(f, &again[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < TIMES; i++) {
        if (ten_more(f) != TANDEM_OK || !report(f, &ten[i])) {
            return false;
        }
    }
    if (getrusage(RUSAGE_CHILDREN, &used) != 0) {
        return false;
    }
    printf("{\"figure\":\"report\",\"n\":%zu", n);
    print_took("cold", cold);
    print_took("again", again);
    print_took("ten", ten);
    printf(",\"kept_bytes\":%zu,\"rss_mb\":%.1f}\n", kept_bytes(f),
        (double)used.ru_maxrss / 1024);
    return measure_looks(f, n);
}

int
main(int argc, char **argv)
{
    struct field f = {.seed = 4};
    char command[160], path[PATH_MAX];
    size_t n = 100000;
    bool good;

    if (argc == 3 && strcmp(argv[1], "--n") == 0) {
        n = strtoul(argv[2], NULL, 10);
    }
    if ((argc != 1 && argc != 3) || n < 10 || n > 2000000) {
        (void)fprintf(stderr, "usage: figures_bench [--n 10..2000000]\n");
        return 2;
    }
    (void)snprintf(path, sizeof(path), "%s", argv[0]);
    (void)snprintf(f.command, sizeof(f.command), "%s/../tandem", dirname(path));
    (void)snprintf(f.dir, sizeof(f.dir), "/tmp/td-bench-XXXXXX");
    if (mkdtemp(f.dir) == NULL) {
        return 1;
    }
    (void)snprintf(f.store, sizeof(f.store), "%s/store", f.dir);
    (void)snprintf(f.key, sizeof(f.key), "%s/key", f.dir);
    (void)snprintf(f.said, sizeof(f.said), "%s/said", f.dir);
    good = measure(&f, n);
    if (!good) {
        (void)fprintf(stderr, "failed: %s\n", f.e.msg);
    }
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", f.dir);
    return system(command) == 0 && good ? 0 : 1;
}
