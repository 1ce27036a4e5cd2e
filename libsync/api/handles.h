// SPDX-License-Identifier: Apache-2.0
// handles.h - what the public handles hold, and a store's two locks.
//
// Whoever touches `replica` holds `lock`. Whoever writes holds `writer` as
// well, taken first, from before its transaction until the replica has taken
// it over. Of what a session hears the transaction itself runs under `writer`
// alone (td_api_session_write): others read and find meanwhile, those who
// write wait. `notify` runs after both are released.
#ifndef TD_API_HANDLES_H
#define TD_API_HANDLES_H

#include <pthread.h>

#include "replica/replica.h"
#include "tandem/record.h"

struct tandem_store {
    tandem_sys sys;
    struct td_store *store;
    struct td_replica *replica;
    pthread_mutex_t writer, lock;
    tandem_store_opts opts;    // for its callbacks of the note
    void (*notify)(void *ctx); // under the lock when changed
    void *notify_ctx;
};

// A snapshot and the words to read it with. Immutable once made.
struct tandem_record {
    tandem_store *store;
    struct td_snapshot snap;
    tandem_schema *schema;
    const tandem_kind_info *kind; // NULL: no pack for it here
    struct td_arena arena;        // texts, the seen token
    struct td_read_text *texts;   // live text by field
    size_t text_count;
    struct td_read_list *lists; // their elements in order, by field
    size_t list_count;
    struct td_shown *shown; // shown.h
    size_t shown_count;
    const char *seen;
};

struct td_read_list {
    uint64_t field;
    const struct td_listed *at; // values borrowed from the state
    size_t count;
};

struct td_read_text {
    uint64_t field;
    tandem_slice text;
};

void td_api_lock(tandem_store *s); // to read
void td_api_unlock(tandem_store *s);
// To search: `lock`, once the index is not behind; writes what is. On failure
// it is held all the same.
tandem_err td_api_lock_searching(tandem_store *s);
// One transaction of that, if there is something to do; *more: there is more.
// Takes and releases both locks.
tandem_err td_api_index(tandem_store *s, bool *more);
void td_api_lock_writing(tandem_store *s);
// Release both; then tell the host when `committed`.
void td_api_unlock_writing(tandem_store *s, bool committed);
// What a session (made with `outside`) has ready to be written, one of it;
// takes and releases the locks. false: there was nothing.
struct td_session;
bool td_api_session_write(tandem_store *s, struct td_session *x);
int64_t td_api_now(const tandem_store *s); // wall clock, milliseconds

// Complete a record around a snapshot it takes over (also on failure). The
// lock is held.
tandem_err td_api_record_new(
    tandem_store *s, struct td_snapshot *snap, tandem_record **out);

#endif
