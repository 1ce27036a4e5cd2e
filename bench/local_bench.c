// SPDX-License-Identifier: Apache-2.0
// local_bench.c - contact sheets written and read on one store, durably.
// usage: local_bench PACK [N]      one JSON object a line
//
// A sheet: 8 fields and a note of 120 characters. "single" makes one durable
// commit a sheet, "batched" one for 128.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tandem/tandem.h>

enum { BATCH = 128, PAGE = 1000 };

static const char note[] = "Deux radiateurs en fonte dans le séjour, joints de"
                           " fenêtre secs côté rue. Revenir avec la mallette"
                           " complète, un mardi.";

static tandem_err
key(void *ctx, uint8_t out[32])
{
    (void)ctx;
    memset(out, 5, 32);
    return TANDEM_OK;
}

static double
now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
figure(const char *name, size_t n, double seconds, const char *unit)
{
    printf("{\"figure\":\"%s\",\"n\":%zu,\"seconds\":%.4f,\"%s\":%.1f}\n", name,
        n, seconds, unit, (double)n / seconds);
}

static tandem_err
sheet(tandem_txn *t, tandem_id sector, size_t i)
{
    char name[40], phone[24];
    tandem_edit *d;
    tandem_err err = tandem_txn_create(t, "contact", sector, &d);

    if (err != TANDEM_OK) {
        return err;
    }
    snprintf(name, sizeof(name), "Mme %zu", i);
    snprintf(phone, sizeof(phone), "+333%08zu", i % 100000000);
    tandem_edit_set(d, "name", tandem_str(name));
    tandem_edit_set(d, "alias", tandem_str("porte bleue, 2e étage"));
    tandem_edit_add(d, "phones", tandem_str(phone));
    tandem_edit_set(d, "email", tandem_str("m@example.org"));
    tandem_edit_set(d, "met_by", tandem_enum(1));
    tandem_edit_set(d, "language", tandem_str("fr"));
    tandem_edit_put(d, "consents", tandem_enum(1), tandem_enum(2));
    return tandem_edit_set(d, "remarks", tandem_str(note));
}

static tandem_err
write_sheets(
    tandem_store *s, tandem_id sector, size_t n, size_t batch, tandem_error *e)
{
    tandem_txn *t;
    tandem_err err = tandem_txn_new(s, TANDEM_ME, &t, e);

    for (size_t i = 0; err == TANDEM_OK && i < n; i++) {
        err = sheet(t, sector, i);
        if (err == TANDEM_OK && ((i + 1) % batch == 0 || i + 1 == n)) {
            err = tandem_txn_commit(t, e);
        }
    }
    tandem_txn_free(t);
    return err;
}

static tandem_err
read_all(tandem_store *s, size_t *n, tandem_error *e)
{
    tandem_query q = TANDEM_QUERY_INIT;
    uint8_t token[64];
    tandem_err err;

    q.kind = "contact";
    q.limit = PAGE;
    *n = 0;
    do {
        tandem_page *p;

        err = tandem_find(s, &q, &p, e);
        if (err != TANDEM_OK) {
            return err;
        }
        *n += tandem_page_count(p);
        q.after = tandem_page_next(p);
        if (q.after.len > 0) {
            memcpy(token, q.after.ptr, q.after.len);
            q.after.ptr = token;
        }
        tandem_page_free(p);
    } while (q.after.len > 0);
    return TANDEM_OK;
}

static tandem_err
open_store(tandem_store **s, tandem_error *e)
{
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;

    o.key = key;
    return tandem_store_open("store", &o, s, e);
}

static tandem_err
run(const char *path, size_t n, tandem_error *e)
{
    tandem_store *s = NULL;
    tandem_pack *pack = NULL;
    tandem_stats stats;
    tandem_id sector;
    double start;
    size_t read = 0;
    tandem_err err;

    if ((err = open_store(&s, e)) != TANDEM_OK ||
        (err = tandem_workspace_create(s, "Nord", "bureau", e)) != TANDEM_OK ||
        (err = tandem_sector_add(s, "FIVES", &sector, e)) != TANDEM_OK ||
        (err = tandem_pack_load(path, &pack, e)) != TANDEM_OK ||
        (err = tandem_pack_publish(s, pack, e)) != TANDEM_OK) {
        goto out;
    }
    start = now_s();
    if ((err = write_sheets(s, sector, n / 10, 1, e)) != TANDEM_OK) {
        goto out;
    }
    figure("create_single", n / 10, now_s() - start, "records_per_s");
    start = now_s();
    if ((err = write_sheets(s, sector, n, BATCH, e)) != TANDEM_OK) {
        goto out;
    }
    figure("create_batched", n, now_s() - start, "records_per_s");
    tandem_store_close(s);
    s = NULL;
    start = now_s();
    if ((err = open_store(&s, e)) != TANDEM_OK) {
        goto out;
    }
    printf("{\"figure\":\"open\",\"n\":%zu,\"ms\":%.2f}\n", n + n / 10,
        (now_s() - start) * 1e3);
    start = now_s();
    if ((err = read_all(s, &read, e)) != TANDEM_OK ||
        (err = tandem_store_stats(s, &stats, e)) != TANDEM_OK) {
        goto out;
    }
    figure("read_pages", read, now_s() - start, "records_per_s");
    printf("{\"figure\":\"size\",\"n\":%zu,\"bytes_per_record\":%.1f}\n", read,
        (double)stats.bytes_on_disk / (double)read);
out:
    tandem_pack_free(pack);
    tandem_store_close(s);
    return err;
}

int
main(int argc, char **argv)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    size_t n = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 10000;

    if (argc < 2 || n < 10) {
        fprintf(stderr, "usage: local_bench PACK [N >= 10], in an empty"
                        " folder\n");
        return 2;
    }
    if (run(argv[1], n, &e) != TANDEM_OK) {
        fprintf(stderr, "%s\n", e.msg);
        return 1;
    }
    return 0;
}
