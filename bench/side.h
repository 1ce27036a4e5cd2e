// SPDX-License-Identifier: Apache-2.0
// side.h - one device of a measure: a store and its node in a process of its
// own, driven by mail. Public API only.
#ifndef TANDEM_BENCH_SIDE_H
#define TANDEM_BENCH_SIDE_H

#include "post.h"
#include "sheet.h"

#include <tandem/node.h>

enum side_order {
    SIDE_FOUND = 1, // text: the pack's path
    SIDE_INVITE,    // answered with the code
    SIDE_JOIN,      // text: the code
    SIDE_DIGITS,    // says the digits, unasked
    SIDE_CONFIRM,   // text: what the other side reads
    SIDE_ENROLLED,  // said unasked
    SIDE_LISTEN,    // answered with the address
    SIDE_MEET,      // text: the address; answered with the moment
    SIDE_FINISHED,  // said unasked: counts, whether done, the moment
    SIDE_WRITE,     // n: first, count, per commit; answered with JSON bytes
    SIDE_EDIT,      // n: count, parity, round, per commit; seconds
    SIDE_OPEN,      // close, open and read one; n: cold?; answered with seconds
    SIDE_STATE,     // answered with records, conflicts, disk and the digest
    SIDE_FIND,      // n: how many sheets came
    SIDE_INDEXED,   // said unasked, after it: all are found; seconds
    SIDE_MORE = 100 // orders of one measure begin here
};

enum { SIDE_STEP_MS = 2 };

struct side {
    const char *dir;
    int fd;
    tandem_store *store;
    tandem_node *node;
    tandem_enrol *enrol;
    bool digits; // said
    tandem_id sector;
    bool no_worker; // its node has no thread that writes what it hears
    size_t awaited; // sheets that a find must show; 0: none is begun
    double begun;   // ... since
    tandem_err (*more)(struct side *x, struct mail *m); // orders of its own
    tandem_error e;
};

static inline tandem_err
side_key(void *ctx, uint8_t out[32])
{
    (void)ctx;
    memset(out, 7, 32);
    return TANDEM_OK;
}

static inline tandem_err
side_store(struct side *x)
{
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;

    o.key = side_key;
    return tandem_store_open(x->dir, &o, &x->store, &x->e);
}

static inline tandem_err
side_found(struct side *x, const char *path)
{
    tandem_pack *pack = NULL;
    tandem_err err = tandem_workspace_create(x->store, "Nord", "bureau", &x->e);

    if (err == TANDEM_OK) {
        err = tandem_sector_add(x->store, "FIVES", &x->sector, &x->e);
    }
    if (err == TANDEM_OK) {
        err = tandem_pack_load(path, &pack, &x->e);
    }
    if (err == TANDEM_OK) {
        err = tandem_pack_publish(x->store, pack, &x->e);
    }
    tandem_pack_free(pack);
    return err;
}

static inline tandem_err
side_invite(struct side *x, struct mail *m)
{
    tandem_grant g;

    memset(&g, 0, sizeof(g));
    g.size = sizeof(g);
    g.right = TANDEM_RIGHT_AGENT;
    g.sector_count = 1;
    g.sectors[0] = x->sector;
    x->digits = false;
    return tandem_invite_new(x->node, &g, "tcp://127.0.0.1:*", NULL, m->text,
        sizeof(m->text), &x->enrol, &x->e);
}

static inline tandem_err
side_confirm(struct side *x, const char *theirs)
{
    const char *mine = tandem_enrol_digits(x->enrol);

    if (mine == NULL) {
        return TANDEM_EMISUSE;
    }
    return tandem_enrol_confirm(x->enrol, strcmp(mine, theirs) == 0);
}

// Close, then as a program does at its start: open and show one sheet.
static inline tandem_err
side_open(struct side *x, struct mail *m)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_record *r = NULL;
    tandem_page *page = NULL;
    tandem_value v;
    tandem_id id;
    tandem_err err;

    q.kind = "contact";
    q.limit = 1;
    err = tandem_find(x->store, &q, &page, &x->e);
    if (err != TANDEM_OK) {
        return err;
    }
    id = tandem_record_id(tandem_page_record(page, 0));
    tandem_page_free(page);
    tandem_node_free(x->node);
    x->node = NULL;
    tandem_store_close(x->store);
    x->store = NULL;
    if (m->n[0] != 0) {
        file_forget(x->dir, "data.mdb");
    }
    m->at[0] = now_s();
    err = side_store(x);
    if (err == TANDEM_OK) {
        err = tandem_record_open(x->store, id, &r, &x->e);
    }
    if (err == TANDEM_OK) {
        err = tandem_record_get(r, "remarks", &v);
    }
    m->at[0] = now_s() - m->at[0];
    tandem_record_free(r);
    return err;
}

static inline tandem_err
side_sector(struct side *x)
{
    tandem_sector s;
    tandem_err err = tandem_sector_at(x->store, 0, &s, &x->e);

    if (err == TANDEM_OK) {
        x->sector = s.id;
    }
    return err;
}

static inline tandem_err
side_state(struct side *x, struct mail *m)
{
    tandem_stats stats;
    uint8_t digest[32];
    tandem_err err = side_sector(x);

    if (err == TANDEM_OK) {
        err = tandem_store_stats(x->store, &stats, &x->e);
    }
    if (err == TANDEM_OK) {
        err = tandem_digest(x->store, &x->sector, digest, &m->n[0], &x->e);
    }
    if (err == TANDEM_OK) {
        m->n[1] = stats.conflicts;
        m->n[2] = stats.bytes_on_disk;
        m->n[3] = stats.missing + stats.waiting;
        memcpy(m->text, digest, sizeof(digest));
    }
    return err;
}

// All sheets with the name that the last one has, by the index of names.
// Looked for after each turn until all are there.
static inline tandem_err
side_find(struct side *x)
{
    struct mail m = {.what = SIDE_INDEXED};
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_err err = TANDEM_OK;
    struct sheet last;
    uint8_t token[64];
    size_t found = 0;

    sheet_make(&last, x->awaited - 1);
    q.kind = "contact";
    q.field = "name";
    q.value = tandem_str(last.name);
    q.limit = 1000;
    do {
        tandem_page *page;

        err = tandem_find(x->store, &q, &page, &x->e);
        if (err != TANDEM_OK) {
            return err;
        }
        found += tandem_page_count(page);
        sheets_next(&q, page, token);
        tandem_page_free(page);
    } while (q.after.len > 0);
    if (found < (x->awaited - 1) / SHEET_NAMES + 1) {
        return TANDEM_OK;
    }
    x->awaited = 0;
    m.at[0] = now_s() - x->begun;
    return mail_send(x->fd, &m) ? TANDEM_OK : TANDEM_EIO;
}

static inline tandem_err
side_obey(struct side *x, struct mail *m)
{
    switch ((enum side_order)m->what) {
    case SIDE_FOUND:
        return side_found(x, m->text);
    case SIDE_INVITE:
        return side_invite(x, m);
    case SIDE_JOIN:
        return tandem_join_new(x->node, m->text, "tablette", &x->enrol, &x->e);
    case SIDE_CONFIRM:
        return side_confirm(x, m->text);
    case SIDE_LISTEN:
        return tandem_node_listen(
            x->node, "tcp://127.0.0.1:*", m->text, sizeof(m->text), &x->e);
    case SIDE_MEET:
        m->at[0] = now_s();
        return tandem_node_meet(x->node, m->text, &x->e);
    case SIDE_WRITE: {
        tandem_err err = side_sector(x);

        m->at[0] = now_s();
        if (err == TANDEM_OK) {
            err = sheets_write(x->store, x->sector, (size_t)m->n[0],
                (size_t)m->n[1], (size_t)m->n[2], &m->n[3], &x->e);
        }
        m->at[0] = now_s() - m->at[0];
        return err;
    }
    case SIDE_EDIT: {
        tandem_err err;

        m->at[0] = now_s();
        err = sheets_edit(x->store, (size_t)m->n[0], (size_t)m->n[1],
            (size_t)m->n[3], (size_t)m->n[2], &x->e);
        m->at[0] = now_s() - m->at[0];
        return err;
    }
    case SIDE_OPEN:
        return side_open(x, m);
    case SIDE_STATE:
        return side_state(x, m);
    case SIDE_FIND:
        x->awaited = (size_t)m->n[0];
        x->begun = now_s();
        return TANDEM_OK;
    case SIDE_DIGITS:
    case SIDE_ENROLLED:
    case SIDE_FINISHED:
    case SIDE_INDEXED:
    case SIDE_MORE:
    default:
        return x->more == NULL ? TANDEM_EMISUSE : x->more(x, m);
    }
}

static inline bool
side_answer(struct side *x, struct mail *m, tandem_err err)
{
    if (err != TANDEM_OK) {
        m->failed = 1;
        (void)snprintf(m->text, sizeof(m->text), "order %d: %s: %s",
            (int)m->what, tandem_err_name(err), x->e.msg);
    }
    return mail_send(x->fd, m);
}

static inline bool
side_enrolment(struct side *x)
{
    struct mail m;
    tandem_enrol_state state = tandem_enrol_status(x->enrol);

    memset(&m, 0, sizeof(m));
    if (state == TANDEM_ENROL_DIGITS && !x->digits) {
        x->digits = true;
        m.what = SIDE_DIGITS;
        (void)snprintf(
            m.text, sizeof(m.text), "%s", tandem_enrol_digits(x->enrol));
        return mail_send(x->fd, &m);
    }
    if (state == TANDEM_ENROL_DONE || state == TANDEM_ENROL_FAILED) {
        tandem_err err = tandem_enrol_error(x->enrol, &x->e);

        m.what = SIDE_ENROLLED;
        tandem_enrol_free(x->enrol);
        x->enrol = NULL;
        return side_answer(x, &m, err);
    }
    return true;
}

static inline bool
side_event(struct side *x, const tandem_event *ev)
{
    const tandem_report *r = &ev->report;
    struct mail m;

    if (ev->kind != TANDEM_EVENT_FINISHED || x->enrol != NULL) {
        return true;
    }
    memset(&m, 0, sizeof(m));
    m.what = SIDE_FINISHED;
    m.at[0] = now_s();
    m.n[0] = r->bytes_in + r->bytes_out;
    m.n[1] = r->round_trips;
    m.n[2] = r->changes_received;
    m.n[3] = r->changes_sent;
    m.n[4] = r->state == TANDEM_SESSION_DONE;
    if (r->state != TANDEM_SESSION_DONE) {
        (void)snprintf(m.text, sizeof(m.text), "%s", r->error.msg);
    }
    return mail_send(x->fd, &m);
}

static inline bool
side_turn(struct side *x)
{
    tandem_event ev;
    struct mail m;
    bool more;

    if (mail_ready(x->fd, x->node == NULL ? 1000 : 0)) {
        if (!mail_take(x->fd, &m) || !side_answer(x, &m, side_obey(x, &m))) {
            return false;
        }
    }
    if (x->node == NULL) {
        return true;
    }
    if (tandem_node_step(x->node, SIDE_STEP_MS, &ev, &more, &x->e) !=
        TANDEM_OK) {
        return false;
    }
    return side_event(x, &ev) && (x->enrol == NULL || side_enrolment(x)) &&
           (x->awaited == 0 || side_find(x) == TANDEM_OK);
}

// The process: until the other end of its mail is closed.
static inline int
side_run(struct side *x)
{
    tandem_node_opts o = TANDEM_NODE_OPTS_INIT;

    o.worker = 1; // as the command's serve and sync
    x->e = (tandem_error)TANDEM_ERROR_INIT(TANDEM_EN);
    if (side_store(x) == TANDEM_OK &&
        tandem_node_new(x->store, &o, &x->node, &x->e) == TANDEM_OK) {
        while (side_turn(x)) {
        }
    }
    if (x->e.code != TANDEM_OK) {
        (void)fprintf(stderr, "a device ended: %s: %s\n",
            tandem_err_name(x->e.code), x->e.msg);
    }
    tandem_enrol_free(x->enrol);
    tandem_node_free(x->node);
    tandem_store_close(x->store);
    return 0;
}

static inline int
side_work(int fd, const char *dir)
{
    struct side x = {.dir = dir, .fd = fd};

    return side_run(&x);
}

static inline int
side_work_alone(int fd, const char *dir)
{
    struct side x = {.dir = dir, .fd = fd, .no_worker = true};

    return side_run(&x);
}

#endif
