// SPDX-License-Identifier: Apache-2.0
// open_bench.c - a store of N contact sheets: opened, read, looked into.
// usage: open_bench [--n N] [--pack FILE]       one JSON object
//
// The store is built by local commits of 128 sheets. Then it is closed, opened
// and one sheet read, five times with the file in memory and once after the
// kernel gave its copy up; then all sheets in pages of 1,000, sheets by their
// ids and by their short codes in mixed order.
#include "pair.h"

enum {
    OPEN_PAGES = SIDE_MORE, // answered with how many sheets, and seconds
    OPEN_READ,              // answered with how many, seconds
    OPEN_FIND,              // n: sheets in all; answered with how many, seconds
    OPEN_TIMES = 5,
    OPEN_SOME = 1000,
    OPEN_STEP = 50000, // sheets to an order
    OPEN_SECONDS = 1500
};

struct opened {
    struct side side; // first
    tandem_id ids[OPEN_SOME];
    size_t id_count;
    size_t every; // which ids are kept
};

// ---------------------------------------------------------- in their process

static tandem_err
open_pages(struct opened *x, struct mail *m)
{
    tandem_query q = TANDEM_QUERY_INIT;
    uint8_t token[64];
    size_t all = 0;

    x->every = (size_t)(m->n[0] / OPEN_SOME) + 1;
    q.kind = "contact";
    q.limit = 1000;
    m->at[0] = now_s();
    do {
        tandem_page *page;
        tandem_err err = tandem_find(x->side.store, &q, &page, &x->side.e);

        if (err != TANDEM_OK) {
            return err;
        }
        for (size_t i = 0; i < tandem_page_count(page); i++, all++) {
            if (all % x->every == 0 && x->id_count < OPEN_SOME) {
                x->ids[x->id_count++] =
                    tandem_record_id(tandem_page_record(page, i));
            }
        }
        sheets_next(&q, page, token);
        tandem_page_free(page);
    } while (q.after.len > 0);
    m->at[0] = now_s() - m->at[0];
    m->n[0] = all;
    return TANDEM_OK;
}

static tandem_err
open_read(struct opened *x, struct mail *m)
{
    tandem_err err = TANDEM_OK;

    m->at[0] = now_s();
    for (size_t i = 0; err == TANDEM_OK && i < x->id_count; i++) {
        tandem_record *r = NULL;
        tandem_value v;

        // 389 is prime and no factor of 1,000: each once, far apart.
        err = tandem_record_open(
            x->side.store, x->ids[i * 389 % x->id_count], &r, &x->side.e);
        if (err == TANDEM_OK) {
            err = tandem_record_get(r, "remarks", &v);
        }
        tandem_record_free(r);
    }
    m->at[0] = now_s() - m->at[0];
    m->n[0] = x->id_count;
    return err;
}

static tandem_err
open_find(struct opened *x, struct mail *m)
{
    const size_t all = (size_t)m->n[0];
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_err err = TANDEM_OK;

    q.kind = "contact";
    q.field = "short_code";
    m->at[0] = now_s();
    for (size_t i = 0; err == TANDEM_OK && i < OPEN_SOME; i++) {
        tandem_page *page = NULL;
        struct sheet s;

        sheet_make(&s, i * 7919 % all);
        q.value = tandem_str(s.code);
        err = tandem_find(x->side.store, &q, &page, &x->side.e);
        if (err == TANDEM_OK && tandem_page_count(page) != 1) {
            err = TANDEM_ENOTFOUND;
        }
        tandem_page_free(page);
    }
    m->at[0] = now_s() - m->at[0];
    m->n[0] = OPEN_SOME;
    return err;
}

static tandem_err
open_obey(struct side *side, struct mail *m)
{
    struct opened *x = (struct opened *)(void *)side;

    switch (m->what) {
    case OPEN_PAGES:
        return open_pages(x, m);
    case OPEN_READ:
        return open_read(x, m);
    case OPEN_FIND:
        return open_find(x, m);
    default:
        return TANDEM_EMISUSE;
    }
}

static int
open_work(int fd, const char *dir)
{
    struct opened x = {.side = {.dir = dir, .fd = fd, .more = open_obey}};

    return side_run(&x.side);
}

// --------------------------------------------------------------- from outside

static bool
build(struct worker *w, size_t n, double *seconds)
{
    struct mail m;

    *seconds = 0;
    for (size_t i = 0; i < n; i += OPEN_STEP) {
        size_t step = n - i < OPEN_STEP ? n - i : OPEN_STEP;

        if (!sheets(w, i, step, 128, &m)) {
            return false;
        }
        *seconds += m.at[0];
        if (*seconds > OPEN_SECONDS) {
            (void)fprintf(stderr, "too slow: %zu sheets\n", i + step);
            return false;
        }
    }
    return true;
}

// The median of several, and once from the disk.
static bool
open_times(struct worker *w, double *warm_ms, double *cold_ms)
{
    struct mail m = {0};
    double ms[OPEN_TIMES];

    for (size_t i = 0; i < OPEN_TIMES; i++) {
        if (!order(w, SIDE_OPEN, &m)) {
            return false;
        }
        ms[i] = m.at[0] * 1e3;
    }
    *warm_ms = median(ms, OPEN_TIMES);
    m.n[0] = 1;
    if (!order(w, SIDE_OPEN, &m)) {
        return false;
    }
    *cold_ms = m.at[0] * 1e3;
    return true;
}

static bool
measure(const char *pack, size_t n)
{
    struct worker w = {.fd = -1};
    struct mail state = {0}, pages = {.n = {n}}, read = {0}, one = {.n = {n}};
    double built = 0, warm = 0, cold = 0, rss = 0;
    bool good = worker_start(&w, open_work) && found(&w, pack) &&
                build(&w, n, &built) && order(&w, SIDE_STATE, &state) &&
                open_times(&w, &warm, &cold);

    w.rss_mb = 0;
    worker_sample(&w);
    rss = w.rss_mb;
    good = good && order(&w, OPEN_PAGES, &pages) &&
           order(&w, OPEN_READ, &read) && order(&w, OPEN_FIND, &one) &&
           pages.n[0] == n && read.n[0] > 0;
    worker_end(&w);
    if (!good) {
        return false;
    }
    printf("{\"figure\":\"open\",\"n\":%zu,\"build_s\":%.1f,\"open_ms\":%.2f,"
           "\"open_cold_ms\":%.2f,\"rss_mb\":%.1f,\"page_records_per_s\":%.0f,"
           "\"read_us\":%.1f,\"find_us\":%.1f,\"file_bytes\":%llu}\n",
        n, built, warm, cold, rss, (double)n / pages.at[0],
        read.at[0] * 1e6 / (double)read.n[0], one.at[0] * 1e6 / OPEN_SOME,
        (unsigned long long)state.n[2]);
    return true;
}

int
main(int argc, char **argv)
{
    char pack[PATH_MAX + 40];
    size_t n = 10000;

    default_pack(argv[0], pack, sizeof(pack));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--n") == 0 && i + 1 < argc) {
            n = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--pack") == 0 && i + 1 < argc) {
            (void)snprintf(pack, sizeof(pack), "%s", argv[++i]);
        } else {
            n = 0;
        }
    }
    if (n < 10 || n > 2000000) {
        (void)fprintf(
            stderr, "usage: open_bench [--n 10..2000000] [--pack FILE]\n");
        return 2;
    }
    post_watch(post_stopped);
    return measure(pack, n) ? 0 : 1;
}
