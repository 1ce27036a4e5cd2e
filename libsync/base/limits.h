// SPDX-License-Identifier: Apache-2.0
// limits.h - every bound on outside data, queues and recursion, by name.
#ifndef TD_BASE_LIMITS_H
#define TD_BASE_LIMITS_H

enum {
    TD_COMMIT_CHANGES_MAX = 128,
    TD_COMMIT_BYTES_MAX = 1 << 20,     // all payloads of one commit
    TD_PAYLOAD_BYTES_MAX = 1 << 20,    // one change, sealed
    TD_HEADER_BYTES_MAX = 16 << 10,    // one commit header
    TD_COMMIT_RUN = 64,                // commits in one row of COMMITS
    TD_COMMIT_RUN_CHANGES = 512,       // their changes, if more than one
    TD_FEED_RUN = 64,                  // lsns in one row of FEED
    TD_FEED_ITEMS_MAX = 256,           // records named by one row of FEED
    TD_SEEN_MAX = 64,                  // control heads named by one header
    TD_SIGN_COMMITS = 256,             // an author signs at least this often
    TD_SIGN_BYTES = 128 << 10,         // ... and after so many bytes
    TD_SEGMENT_BYTES_MAX = 1184 << 10, // TD_SIGN_BYTES, a commit, entry 0
    TD_STAGED_MAX = 32,                // cut segments kept, one a peer
    TD_EARLIER_MAX = 64,               // earlier logs named by an entry 0
    TD_BRANCHES_MAX = 16,              // branches of one log that are held
    TD_BRANCH_ROWS_MAX = 64,           // and rows of those cut, with them
    TD_DEVICE_LOGS_MAX = 1024,         // logs of one device in a sector
    TD_MESSAGE_BYTES_MAX = 64 << 10,   // one session message
    TD_FRAME_BYTES_MAX = 32 << 10,     // bytes of commits in one DATA message
    TD_MP_DEPTH_MAX = 16,              // nesting of MessagePack
    TD_CONTEXT_LOGS_MAX = 4096,        // logs one change may name
    // The same where each branch of a log has an id: at most two a branch.
    TD_CONTEXT_MAX = 1 << 17,
    TD_SKIPPED_MAX = 1024,
    TD_OPS_MAX = 4096, // operations of one change
    TD_PACK_BYTES_MAX = 512 << 10,
    TD_PACK_KINDS_MAX = 512,
    TD_PACK_ENUMS_MAX = 1024,
    TD_PACK_KEYS_MAX = 64,        // keys of one map of a pack
    TD_PACK_MEMORY_MAX = 8 << 20, // one parsed pack
    TD_KIND_LIST_MAX = 16,        // title fields, writers, subjects
    TD_KIND_FIELDS_MAX = 256,
    TD_ENUM_VALUES_MAX = 512,
    TD_WORD_AFTER_MAX = 16,   // words that a word directly follows
    TD_PACK_ASKED_MAX = 64,   // checks, watches, retention classes
    TD_WATCH_WORDS_MAX = 256, // that one watch looks for
    TD_KIND_RULES_MAX = 64,
    TD_RULE_PARTS_MAX = 16,         // clauses of a rule, words of a clause
    TD_STR_BYTES_MAX = 64 << 10,    // one register value
    TD_TEXT_BYTES_MAX = 512 << 10,  // one inserted passage
    TD_CONTROL_BYTES_MAX = 1 << 20, // one control entry
    TD_SECTORS_MAX = 4096,
    TD_DEVICES_MAX = 4096,
    TD_RECORD_BYTES_MAX = 16 << 20, // one record's state
    TD_LOCAL_BYTES_MAX = 16 << 20,  // one value of the host's own
    TD_LOCAL_NAME_MAX = 64,         // its name, in bytes
    TD_NAME_BYTES_MAX = 256,
    TD_BUCKETS = 1024,
    TD_ADMINS_MAX = 64,                // first admins a genesis names
    TD_SEALS_MAX = 4096,               // wrapped keys in one control entry
    TD_EPOCH_PARENTS_MAX = 64,         // epochs one epoch follows
    TD_EPOCH_INNER_MAX = 8 << 10,      // their keys, sealed
    TD_CONTROL_COMMITS_MAX = 1 << 16,  // commits of the control sector
    TD_CONTROL_MEMORY_MAX = 256 << 20, // membership in memory
    TD_PEER_APART_MAX = 64 // heads set apart, remembered of one peer
};

#endif
