// SPDX-License-Identifier: Apache-2.0
// state.h - what a session holds, and the calls between its files. Private to
// session/.
#ifndef TD_SESSION_STATE_H
#define TD_SESSION_STATE_H

#include "crypto/hash.h"
#include "log/trie.h"
#include "session/message.h"
#include "session/session.h"

enum {
    TD_SESSION_PASSES = 3,          // the first, and two more
    TD_SESSION_HEADS_AT_ONCE = 64,  // listed without asking first
    TD_SESSION_HEADS_MAX = 1 << 20, // of a round's sectors, held here
    // Heard in one transaction: bytes, small commits, small logs. The first is
    // small, each further one twice as large.
    TD_SESSION_BATCH_BYTES = 4 << 20,
    TD_SESSION_BATCH_COMMITS = 8192,
    TD_SESSION_BATCH_SEGMENTS = 4096,
    TD_SESSION_FIRST_BYTES = 256 << 10,
    TD_SESSION_FIRST_COMMITS = 512,
    TD_SESSION_BATCHES_MAX = 3,       // more wait: they are written first
    TD_SESSION_WANTS_MAX = 1 << 16,   // logs asked for in one round
    TD_SESSION_ADVERTS_MAX = 1 << 20, // heads heard in one round
    TD_SESSION_SAME_MAX = 2 * TD_BRANCHES_MAX, // of one log, in one list
    TD_SESSION_QUEUE_MAX = 128 << 20,          // our own lists, before they go
    TD_SESSION_ARENA_MAX = 32 << 20,           // one batch, decoded
    TD_SESSION_ASIDES_MAX = 4096,              // heads set apart
    TD_SESSION_KINDS_MAX = 512,
    TD_SESSION_RECORDS_MAX = 1 << 17 // counted once each; then every time
};
// One batch is written, one fills, and a segment is under way.
#define TD_SESSION_CREDIT                                                      \
    (2 * (uint64_t)TD_SESSION_BATCH_BYTES + TD_SEGMENT_BYTES_MAX)

#define TD_SESSION_FRONT_ARENA ((size_t)TD_SESSION_HEADS_MAX * 320)

enum td_phase {
    TD_PHASE_HELLO, // waiting for the peer's
    TD_PHASE_ROUND,
    TD_PHASE_FIN, // ours is said, or about to be
    TD_PHASE_DONE,
    TD_PHASE_FAILED
};

// What both may see, as one snapshot of the store shows it.
struct td_session_view {
    tandem_id *sectors; // sorted
    struct td_hash16 *roots;
    size_t count;
    struct td_hash16 control_root, data_root, mark;
    uint64_t lsn;
    uint64_t members; // the membership both were last seen to read all by
};

// The heads a session speaks of: what was held when it began, and what it
// brought since; not what others bring meanwhile. So both ends come to the same
// set, and to an end.
// Memory: 64 bytes a head, TD_SESSION_HEADS_MAX of them; 72 for each that came,
// and for all while these are joined.
struct td_front_news {
    size_t sector;
    struct td_head head;
    uint64_t paths; // rows of its log it lies on, a bit each
};
struct td_front {
    bool loaded;
    struct td_arena arena;
    struct td_head *heads; // by sector of the view, then log, then hash
    uint64_t *lsns;        // of each, until something came
    size_t *starts;        // of each sector's, and the end
    size_t sectors;
    struct td_front_news *news;
    size_t news_count, news_cap;
};

// A head the peer has told and we lack. Grows with each segment. There may be
// many: small.
struct td_wanted {
    uint64_t n;    // its number among the heads told
    size_t sector; // of the view, once it is known
    struct td_log_id log;
    uint64_t to;
    struct td_hash16 to_hash;
    uint64_t from;
    struct td_hash from_hash;
    struct td_hash base; // of the head of ours that it began behind
    bool held;           // begins after an entry we hold, else with entry 0
    bool based;          // ... which is `base`
    bool came;           // something of it
    bool staged;         // its first bytes stand in x->staged
    bool apart;          // our `from` is on another branch: to be located
    bool asked;          // ... we said LOCATE
    bool found;          // ... and were told
    int8_t why;          // a tandem_err: something of it was set apart
};

// A head we told and the peer asked for.
struct td_sending {
    uint64_t n;
    bool apart;   // only to be said so
    bool found;   // a branch point is to be said first
    bool alone;   // ... and the signed entry behind it is a segment of its own
    bool theirs;  // a log of the peer's own: it may not know that it went on
    bool located; // the peer said LOCATE
    bool sent;    // something of it, up to the entry with this hash
    struct td_hash last;
    bool from_start;
    uint64_t from;
    struct td_hash16 from_hash;
    bool staged; // the peer has the first bytes of a segment
    uint64_t seq, offset;
    struct td_hash16 part;
};

// A head that is compared otherwise than it is held (aside.c).
struct td_aside {
    struct td_apart at;
    bool here;   // we set it apart; else we told it, and cannot give it
    bool counts; // in this pass
    bool based;  // it goes on from this head, here; was given up to it, there
    struct td_head base;
};

// A node of the trie that we told: our heads of that path.
struct td_walk_node {
    size_t sector, from, to, depth;
    uint8_t path[TD_TRIE_DEPTH_MAX]; // the steps to it
    uint64_t answered;               // children
};
struct td_walk {
    bool on, mine; // whose turn it is
    bool roots;    // STATUS was the last turn: sectors, not nodes
    struct td_walk_node *told, *next; // in our last turn; in the one to come
    size_t told_count, told_cap, next_count, next_cap;
    uint64_t heard; // nodes of the peer's turn
    uint64_t last_node, last_leaf;
    size_t nodes, leaves; // items of the peer's turn
    // Our turn in the making: whole messages, and the items of the next two.
    struct td_buf out;
    struct td_msg_node *node;
    uint8_t (*hashes)[16 * 64];
    size_t node_count;
    struct td_msg_leaf *leaf;
    size_t leaf_count;
    struct td_msg_place *place;
    size_t place_count;
};

struct td_batch_part {   // of a segment
    struct td_buf bytes; // what its payloads borrow
    size_t wanted;       // which of those it is
};
struct td_batch { // whole segments, waiting for their transaction
    struct td_batch *next;
    struct td_segment *segments;
    struct td_batch_part *parts; // of each
    size_t count, cap;
    size_t total, commits;
    bool ours; // a log of ours that went on elsewhere: not to be kept waiting
    struct td_arena arena;
    struct td_late *lates; // payloads that were missing
    struct td_buf *late_bytes;
    size_t late_count, late_cap;
    struct td_epoch_key *keys; // of epochs; in the arena
    size_t key_count;
};

struct td_tally_kind {
    uint8_t pack[8];
    uint64_t kind, received, sent;
};
struct td_tally_set { // of records counted already
    uint64_t *slots;
    size_t count, cap;
};
struct td_tally {
    struct td_blind_key key; // where a record stands in the sets
    struct td_tally_kind *kinds;
    size_t count, cap;
    struct td_tally_set received, sent;
};

struct td_session {
    struct td_replica *r;
    const tandem_sys *sys;
    tandem_device_id me, peer;
    bool initiator, joining;
    bool outside; // its carrier writes
    bool cut;     // its link is gone
    enum td_phase phase;
    tandem_report report;
    bool bye_due;
    tandem_err bye;

    struct td_buf queue; // be32 length || message ...
    size_t queue_at;
    struct td_buf message; // the one given last
    bool asked;            // we said something that wants an answer

    struct td_msg_hello mine, theirs;
    bool hello_out;
    struct td_peer row; // of the peer; zero when never met
    struct td_arena view_arena;
    struct td_session_view view;

    uint64_t since;            // the store's lsn before HELLO was made
    struct td_front fronts[2]; // of the data sectors, of the control sector
    bool control_spoken;       // there was a round of it, which ended with
    struct td_hash16 control_root;

    // The round.
    unsigned pass;
    bool control; // its part: the control sector, else the data sectors
    bool opened;  // we said STATUS or the first of our heads
    bool status_in, status_out, advert_in, advert_out, want_in, want_out,
        sent_in, sent_out;
    struct td_arena status_arena;
    struct td_msg_sector *status; // the peer's
    size_t status_count, status_cap;
    struct td_msg_place last_advert;
    size_t *told; // heads of the set the peer was told
    size_t told_count, told_cap;
    size_t *tell; // those it is to be told yet
    size_t tell_count, tell_cap;
    size_t adverts;             // heads heard
    struct td_log_id heard_log; // of the last one
    size_t heard_same;          // one after the other of that log
    size_t advert_items;        // of them in this list
    bool walked;
    uint64_t wants, last_want; // heads asked for
    struct td_wanted *wanted;  // n rises
    size_t wanted_count, wanted_cap;
    struct td_sending *sending;
    size_t sending_count, sending_cap, sending_at;
    size_t aparts;  // we said APART, and were not asked where since
    size_t located; // told so, and not where since
    // Behind the last of the wanted that was told apart; that we said LOCATE
    // of; of the sending that the peer said LOCATE of.
    size_t apart_next, locate_next, asked_next;
    struct td_walk walk;
    uint64_t pass_commits;   // received before this pass
    uint64_t pass_moved;     // the peer's FIN.moved before it
    struct td_aside *asides; // rising by log, then hash
    size_t aside_count, aside_cap;
    bool recalled; // the peer's row was looked at

    // Payloads that are missing (ask.c).
    struct td_msg_change *holes; // we asked for
    size_t hole_count;
    struct td_buf late; // the one under way
    bool late_on;
    uint64_t late_i, late_size;    // its number; or the next one's
    struct td_msg_change *answers; // the peer's questions
    size_t answer_count, answer_at;
    bool answering; // one stands in out_segment

    // Keys of epochs that are lacking (key.c).
    struct td_epoch_id epochs[TD_MSG_EPOCHS]; // we asked for
    size_t epoch_count;
    bool epochs_in;
    struct td_epoch_id keys[TD_MSG_EPOCHS]; // the peer's questions
    size_t key_count;
    bool keys_out;
    size_t keys_moved; // given and got

    // Receiving.
    bool segment_on;
    size_t segment_at;                  // which wanted
    struct td_signed_head segment_head; // its hash is worked out
    uint64_t segment_bytes;
    struct td_buf segment;
    struct td_staged staged; // what an earlier session left; bytes in the room
    struct td_buf staged_room;
    bool resumed;                 // this segment begins with it
    bool stage_done, unstage_due; // what came is written; it is to go
    struct td_log_info log;       // of the last segment read
    bool log_valid;
    uint64_t data_in, credit_out, credit_said;
    uint64_t arrived; // commits that came in segments, held before or not

    // Writing (write.c).
    struct td_batch *batches; // oldest first
    size_t enough_bytes, enough_commits;
    struct td_session_write *write;    // begun and not ended
    bool settle_failed;                // here: not tried again and again
    bool sign_due, peer_due, peer_put; // our heads; the peer's row
    bool signed_own, mended;           // in this round
    uint32_t *unsigned_own;            // numbers of our logs to be signed
    size_t unsigned_count, unsigned_cap;
    tandem_id *damaged; // sectors whose list of heads is to be made whole
    size_t damaged_count, damaged_cap;
    uint64_t lsn_end; // the store's, as we left it
    bool lsn_broken;  // somebody else wrote meanwhile

    // Sending.
    struct td_buf out_segment;
    size_t out_at;
    uint64_t data_out, credit_in;
    uint64_t answers_left; // ACK and CREDIT the peer may still say

    bool fin_out, fin_in;
    struct td_msg_fin fin_mine, fin_theirs; // roots filled in

    struct td_tally tally;
};

// session.c
struct td_buf *td_session_begin(struct td_session *x, size_t *mark);
void td_session_end(struct td_session *x, size_t mark);
// Note a sentence of our own for a failure; returns `err`.
tandem_err td_session_say(
    struct td_session *x, tandem_err err, const char *en, const char *fr);
bool td_session_member(const struct td_session *x, const tandem_device_id *d);
// The end: `err` stands in the report, BYE goes out. Returns it.
tandem_err td_session_fail(struct td_session *x, tandem_err err);
// What follows from where we are: answers, the next part, FIN.
tandem_err td_session_progress(struct td_session *x, int64_t now_ms);

// Room for one more item in an array that grows; ELIMIT beyond `max`.
tandem_err td_session_room(struct td_session *x, void *array, size_t *cap,
    size_t count, size_t max, size_t item);

// view.c
tandem_err td_view_begin(struct td_session *x); // for HELLO
tandem_err td_view_build(struct td_session *x); // for one of data sectors
bool td_view_find(const struct td_session *x, tandem_id sector, size_t *at);
bool td_view_shares(const struct td_session *x, tandem_id sector);
// May both still see every sector of it?
bool td_view_stands(struct td_session *x);     // asked for each message
tandem_err td_view_fell(struct td_session *x); // ECUT, with its sentence
// Does the round now going on speak of this sector?
bool td_view_scope(const struct td_session *x, tandem_id sector);
tandem_id td_view_sector(const struct td_session *x, size_t at);
// Its place in the round's set; only of one in scope.
size_t td_view_place(const struct td_session *x, tandem_id sector);
void td_view_cursor_mark(const uint8_t store_id[16],
    const struct td_hash16 *sectors, uint8_t out[8]);
tandem_err td_view_data_root(struct td_session *x);
// The cursor moves on over what we brought ourselves, if nobody wrote since.
void td_view_move(struct td_session *x);

// front_load.c
// What the round speaks of; false in *loaded: our heads are signed first.
tandem_err td_front_load(struct td_session *x, bool *loaded);

// front.c
struct td_front *td_front_of(struct td_session *x);
// The peer holds this head as well, or we hold it now.
tandem_err td_front_note(
    struct td_session *x, size_t sector, const struct td_head *head);
// What was noted becomes part of the set, and the view's roots follow.
tandem_err td_front_settle(struct td_session *x);
// Of a head of the set.
tandem_id td_front_sector(struct td_session *x, size_t head);
void td_front_deinit(struct td_session *x, struct td_front *s);

// round.c
tandem_err td_round_begin(struct td_session *x, bool control);
tandem_err td_round_progress(struct td_session *x);
tandem_err td_round_status(struct td_session *x, struct td_msg *m);
tandem_err td_round_advert(struct td_session *x, struct td_msg *m);
tandem_err td_round_tell(struct td_session *x, size_t head); // in ADVERT
tandem_err td_round_told(struct td_session *x, size_t head); // it is told
void td_round_deinit(struct td_session *x);

// walk.c
tandem_err td_walk_begin(struct td_session *x); // the peer said STATUS
tandem_err td_walk_node(struct td_session *x, struct td_msg *m);
tandem_err td_walk_leaf(struct td_session *x, struct td_msg *m);
// Our turn. *over: nothing is left to be told but heads.
tandem_err td_walk_say(struct td_session *x, bool *over);
void td_walk_deinit(struct td_session *x);

// lack.c
// A head told by the peer: its number is x->adverts.
tandem_err td_lack_compare(
    struct td_session *x, struct td_txn *t, const struct td_msg_place *p);
tandem_err td_lack_say(struct td_session *x);
struct td_wanted *td_lack_find(struct td_session *x, uint64_t n);
tandem_err td_lack_apart(struct td_session *x, uint64_t n);
// The next LOCATE, if one is due.
tandem_err td_lack_locate(struct td_session *x, struct td_buf *out);
tandem_err td_lack_found(struct td_session *x, const struct td_msg_found *f);
// All that came is durable.
tandem_err td_lack_note(struct td_session *x);

// aside.c
tandem_err td_aside_add(struct td_session *x, const struct td_aside *a);
// What was set apart of this peer's before, and is still not held.
tandem_err td_aside_recall(struct td_session *x, struct td_txn *t);
// Is it set apart? Then it counts, and is not asked for again.
bool td_aside_told(struct td_session *x, const struct td_msg_place *p);
// The peer tells all of the round's sectors: what it does not tell is none of
// its any more.
void td_aside_forget(struct td_session *x);
// Of a sector of which these heads are in the set.
tandem_err td_aside_root(struct td_session *x, tandem_id sector,
    const struct td_head *heads, size_t count, struct td_hash16 *root);
// Into the report; how many logs. Into the peer's row; how many heads.
uint64_t td_aside_report(struct td_session *x);
size_t td_aside_keep(const struct td_session *x, struct td_apart *out);
void td_aside_deinit(struct td_session *x);

// ask.c
tandem_err td_ask_missing(struct td_session *x, uint64_t *out);
tandem_err td_ask_say(struct td_session *x);
tandem_err td_ask_payload(struct td_session *x, const struct td_msg_payload *p);
tandem_err td_ask_want(struct td_session *x, struct td_msg *m);
bool td_ask_due(const struct td_session *x);
// The next message of an answer; none without credit.
tandem_err td_ask_answer(struct td_session *x, struct td_buf *out);
void td_ask_deinit(struct td_session *x);

// key.c
tandem_err td_key_lacks(struct td_session *x, bool *out);
tandem_err td_key_say(struct td_session *x);
tandem_err td_key_take(struct td_session *x, struct td_msg *m);
tandem_err td_key_want(struct td_session *x, struct td_msg *m);
bool td_key_due(const struct td_session *x);
tandem_err td_key_answer(struct td_session *x, struct td_buf *out);

// send.c
tandem_err td_send_want(struct td_session *x, struct td_msg *m);
tandem_err td_send_locate(struct td_session *x, struct td_msg *m);
tandem_err td_send_credit(struct td_session *x, uint64_t total);
tandem_err td_send_ack(struct td_session *x);
// Appends the next message of the round to `out`; none without credit.
tandem_err td_send_next(struct td_session *x, struct td_buf *out);

// receive.c
tandem_err td_receive_head(struct td_session *x, const struct td_msg_head *h);
tandem_err td_receive_data(
    struct td_session *x, uint64_t offset, tandem_slice bytes);
tandem_err td_receive_sent(struct td_session *x);

// batch.c
// The batch to fill; `more`: the last one has no room.
tandem_err td_batch_fill(
    struct td_session *x, bool more, struct td_batch **out);
// Takes over `bytes`, which the segment borrows, unless it fails.
tandem_err td_batch_add(struct td_session *x, struct td_batch *b,
    const struct td_segment *s, struct td_buf *bytes, size_t wanted);
tandem_err td_batch_keys(struct td_batch *b, const struct td_epoch_key *keys,
    size_t count); // copied
tandem_err td_batch_late(struct td_session *x, struct td_batch *b,
    const struct td_late *late, struct td_buf *bytes);
void td_batch_free(struct td_session *x, struct td_batch *b);
void td_batches_deinit(struct td_session *x);
bool td_batch_ripe(const struct td_session *x); // the first of them
// A log of ours went on elsewhere: not to be kept waiting.
bool td_batch_ours(const struct td_session *x);
bool td_batch_too_many(const struct td_session *x);

// write.c
bool td_write_hears(const struct td_session *x); // the first batch
bool td_write_settles(const struct td_session *x);
tandem_err td_session_write_all(struct td_session *x, int64_t now_ms);

// fin.c
// same: our roots are still those of our HELLO, and nothing moved.
tandem_err td_fin_say(struct td_session *x, bool same);
tandem_err td_fin_take(struct td_session *x, const struct td_msg_fin *f);
tandem_err td_fin_progress(struct td_session *x, int64_t now_ms);

// tally.c: counts by kind. Best effort: a count that fails is left out.
// Frees the list.
void td_tally(struct td_session *x, struct td_touched_list *l, bool sent);
void td_tally_deinit(struct td_session *x);

#endif
