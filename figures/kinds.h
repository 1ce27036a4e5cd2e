// SPDX-License-Identifier: Apache-2.0
// kinds.h - the kinds that figures need, or whose time to be kept ends, and of
// each the fields that are needed for it: the columns of a fact. No free text,
// no name and no address: what is not a word, a number, a date or a link stands
// here as a mark (mark.h) or not at all.
#ifndef FIGURES_KINDS_H
#define FIGURES_KINDS_H

#include <stddef.h>
#include <stdint.h>

// What a column holds, an int64 to who asks.
enum column_form {
    FORM_WORD,    // the word's permanent number; 0 none
    FORM_YES,     // 1 yes, 0 anything else
    FORM_SPLIT,   // 1 while several values stand side by side
    FORM_DAY,     // days since 1970, or FACT_NONE
    FORM_TIME,    // milliseconds since 1970 UTC, or FACT_NONE
    FORM_LATEST,  // of the times of a map, or FACT_NONE
    FORM_INT,     // FACT_NONE when absent
    FORM_SUM,     // a counter; 0 when absent
    FORM_REF,     // the handle of another fact; 0 none
    FORM_SET,     // bit n: the word n is there
    FORM_STEPS,   // four bits at 4 n: the word under the key n; 0 none
    FORM_FIGURES, // bit n: the element "Fn" is there
    FORM_COUNT,   // how many elements, or 1 for a text that says anything
    FORM_ITEM,    // of stock, see item_of()
    FORM_HOURS,   // of the day, as quiet.h numbers them; 0 none
    FORM_MARK,    // a text's hash, to tell the same text again; 0 none
    FORM_HINTS,   // 32 bits of a hash, of a text or of a set's first two
    FORM_POINTS   // where its pairs (handle, points) stand; 0 none
};

#define FACT_NONE INT64_MIN

// KIND(name, "pack/id", COLUMNS), in the order of the catalogue.
#define FACT_KIND_MAP(KIND)                                                    \
    KIND(EXPERIMENT, "fr.terrain/experiment", EXPERIMENT_MAP)                  \
    KIND(OBJECTIVE, "fr.terrain/objective", OBJECTIVE_MAP)                     \
    KIND(SITUATION, "fr.terrain/target_situation", SITUATION_MAP)              \
    KIND(QUESTION, "fr.terrain/open_question", QUESTION_MAP)                   \
    KIND(CHECKPOINT, "fr.terrain/checkpoint", CHECKPOINT_MAP)                  \
    KIND(SECTOR, "fr.terrain/sector", SECTOR_MAP)                              \
    KIND(LAUNCH, "fr.terrain/launch_action", LAUNCH_MAP)                       \
    KIND(AGENT, "fr.terrain/agent", AGENT_MAP)                                 \
    KIND(PAIR, "fr.terrain/pair", PAIR_MAP)                                    \
    KIND(SHIFT, "fr.terrain/shift", SHIFT_MAP)                                 \
    KIND(LOAN, "fr.terrain/vehicle_loan", LOAN_MAP)                            \
    KIND(STOCK, "fr.terrain/stock_move", STOCK_MAP)                            \
    KIND(FUND, "fr.terrain/advance_fund", FUND_MAP)                            \
    KIND(PURCHASE, "fr.terrain/advance_purchase", PURCHASE_MAP)                \
    KIND(TOUR, "fr.terrain/tour", TOUR_MAP)                                    \
    KIND(MARKET, "fr.terrain/market_session", MARKET_MAP)                      \
    KIND(ENCOUNTER, "fr.terrain/encounter", ENCOUNTER_MAP)                     \
    KIND(NOTICE, "fr.terrain/visit_notice", NOTICE_MAP)                        \
    KIND(REQUEST, "fr.terrain/solicitation", REQUEST_MAP)                      \
    KIND(DWELLING, "fr.terrain/dwelling", DWELLING_MAP)                        \
    KIND(CONTACT, "fr.terrain/contact", CONTACT_MAP)                           \
    KIND(CHARTER, "fr.terrain/charter", CHARTER_MAP)                           \
    KIND(APPOINTMENT, "fr.terrain/appointment", APPOINTMENT_MAP)               \
    KIND(VISIT, "fr.terrain/intervention", VISIT_MAP)                          \
    KIND(FINDING, "fr.terrain/finding", FINDING_MAP)                           \
    KIND(FITTED, "fr.terrain/item_fitted", FITTED_MAP)                         \
    KIND(REFERRAL, "fr.terrain/referral", REFERRAL_MAP)                        \
    KIND(DOSSIER, "fr.terrain/dossier", DOSSIER_MAP)                           \
    KIND(FOLLOW_UP, "fr.terrain/follow_up", FOLLOW_UP_MAP)                     \
    KIND(FEEDBACK, "fr.terrain/feedback", FEEDBACK_MAP)                        \
    KIND(JOURNAL, "fr.terrain/journal_entry", JOURNAL_MAP)                     \
    KIND(NOTE, "fr.terrain/note", NOTE_MAP)                                    \
    KIND(ATTACHED, "fr.terrain/attachment", ATTACHED_MAP)                      \
    KIND(LINK, "fr.terrain/merge_link", LINK_MAP)                              \
    KIND(SESSION, "fr.immersion/session", SESSION_MAP)                         \
    KIND(ATTENDANCE, "fr.immersion/attendance", ATTENDANCE_MAP)                \
    KIND(MEETING, "fr.immersion/home_meeting", MEETING_MAP)                    \
    KIND(INTERVIEW, "fr.immersion/interview", INTERVIEW_MAP)                   \
    KIND(JOURNEY, "fr.immersion/user_journey", JOURNEY_MAP)                    \
    KIND(TOUCHPOINT, "fr.immersion/touchpoint", TOUCHPOINT_MAP)                \
    KIND(VERBATIM, "fr.immersion/verbatim", VERBATIM_MAP)                      \
    KIND(CLUSTER, "fr.immersion/cluster", CLUSTER_MAP)                         \
    KIND(PROBLEM, "fr.immersion/problem", PROBLEM_MAP)                         \
    KIND(HYPOTHESIS, "fr.immersion/work_hypothesis", HYPOTHESIS_MAP)           \
    KIND(PERSONA, "fr.immersion/persona", PERSONA_MAP)                         \
    KIND(SCENARIO, "fr.immersion/scenario", SCENARIO_MAP)                      \
    KIND(IDEA, "fr.immersion/improvement", IDEA_MAP)                           \
    KIND(BALLOT, "fr.immersion/ballot", BALLOT_MAP)                            \
    KIND(TALK, "fr.immersion/group_talk", TALK_MAP)

// COLUMN(name, "field", FORM). Changing one makes facts that were kept
// doubtful by itself: they are read anew.
#define EXPERIMENT_MAP(COLUMN) COLUMN(EXPERIMENT_ENDS_ON, "ends_on", DAY)
#define LAUNCH_MAP(COLUMN)     COLUMN(LAUNCH_DONE_ON, "done_on", DAY)
#define AGENT_MAP(COLUMN)      COLUMN(AGENT_ROLES, "roles", SET)
#define PAIR_MAP(COLUMN)       COLUMN(PAIR_DAY, "day", DAY)
#define LOAN_MAP(COLUMN)       COLUMN(LOAN_FROM, "from", TIME)
#define NOTE_MAP(COLUMN)       COLUMN(NOTE_ABOUT, "about", REF)
#define ATTACHED_MAP(COLUMN)   COLUMN(ATTACHED_ABOUT, "about", REF)
#define SESSION_MAP(COLUMN)                                                    \
    COLUMN(SESSION_STARTS_ON, "starts_on", DAY)                                \
    COLUMN(SESSION_STEPS, "steps", LATEST)
#define INTERVIEW_MAP(COLUMN)  COLUMN(INTERVIEW_MEETING, "meeting", REF)
#define JOURNEY_MAP(COLUMN)    COLUMN(JOURNEY_MEETING, "meeting", REF)
#define TOUCHPOINT_MAP(COLUMN) COLUMN(TOUCHPOINT_JOURNEY, "journey", REF)
#define HYPOTHESIS_MAP(COLUMN) COLUMN(HYPOTHESIS_STATE, "state", WORD)
#define PERSONA_MAP(COLUMN)    COLUMN(PERSONA_PROBLEMS, "problems", COUNT)
#define SCENARIO_MAP(COLUMN)   COLUMN(SCENARIO_KIND, "scenario_kind", WORD)
#define TALK_MAP(COLUMN)       COLUMN(TALK_SESSION, "session", REF)
#define OBJECTIVE_MAP(COLUMN)                                                  \
    COLUMN(OBJECTIVE_METRIC, "metric", WORD)                                   \
    COLUMN(OBJECTIVE_AT_LEAST, "at_least", INT)                                \
    COLUMN(OBJECTIVE_SECTOR, "sector", REF)                                    \
    COLUMN(OBJECTIVE_DUE_ON, "due_on", DAY)
#define SITUATION_MAP(COLUMN)                                                  \
    COLUMN(SITUATION_CHAPTER, "chapter", WORD)                                 \
    COLUMN(SITUATION_EVIDENCE, "evidence", COUNT)
#define QUESTION_MAP(COLUMN)                                                   \
    COLUMN(QUESTION_CHAPTER, "chapter", WORD)                                  \
    COLUMN(QUESTION_STATE, "state", WORD)                                      \
    COLUMN(QUESTION_FIGURES_NAMED, "figures", FIGURES)                         \
    COLUMN(QUESTION_EVIDENCE, "evidence", COUNT)
#define CHECKPOINT_MAP(COLUMN) COLUMN(CHECKPOINT_HELD_AT, "held_at", TIME)
#define SECTOR_MAP(COLUMN)                                                     \
    COLUMN(SECTOR_CODE, "code", MARK)                                          \
    COLUMN(SECTOR_NAME, "name", MARK)
#define SHIFT_MAP(COLUMN)                                                      \
    COLUMN(SHIFT_DAY, "day", DAY)                                              \
    COLUMN(SHIFT_HALF_DAY, "half_day", WORD)                                   \
    COLUMN(SHIFT_ACTIVITY, "activity", WORD)                                   \
    COLUMN(SHIFT_STARTED_AT, "started_at", TIME)                               \
    COLUMN(SHIFT_ENDED_AT, "ended_at", TIME)
#define STOCK_MAP(COLUMN)                                                      \
    COLUMN(STOCK_ITEM, "item", ITEM)                                           \
    COLUMN(STOCK_QUANTITY, "quantity", INT)
#define FUND_MAP(COLUMN) COLUMN(FUND_AMOUNT, "amount", INT)
#define PURCHASE_MAP(COLUMN)                                                   \
    COLUMN(PURCHASE_FUND, "fund", REF)                                         \
    COLUMN(PURCHASE_VISIT, "intervention", REF)                                \
    COLUMN(PURCHASE_AMOUNT, "amount", INT)                                     \
    COLUMN(PURCHASE_BOUGHT_ON, "bought_on", DAY)                               \
    COLUMN(PURCHASE_STATE, "state", WORD)
#define TOUR_MAP(COLUMN) COLUMN(TOUR_DAY, "day", DAY)
#define MARKET_MAP(COLUMN)                                                     \
    COLUMN(MARKET_DAY, "day", DAY)                                             \
    COLUMN(MARKET_PLACE, "place", MARK)                                        \
    COLUMN(MARKET_PLACE_KIND, "place_kind", WORD)                              \
    COLUMN(MARKET_FORM, "form", WORD)                                          \
    COLUMN(MARKET_FLYERS, "flyers", SUM)                                       \
    COLUMN(MARKET_PASSERS_BY, "passers_by", SUM)
#define ENCOUNTER_MAP(COLUMN)                                                  \
    COLUMN(ENCOUNTER_CHANNEL, "channel", WORD)                                 \
    COLUMN(ENCOUNTER_TOUR, "tour", REF)                                        \
    COLUMN(ENCOUNTER_SESSION, "session", REF)                                  \
    COLUMN(ENCOUNTER_AT, "at", TIME)                                           \
    COLUMN(ENCOUNTER_DOOR, "door_key", MARK)                                   \
    COLUMN(ENCOUNTER_DWELLING, "dwelling", REF)                                \
    COLUMN(ENCOUNTER_OUTCOME, "outcome", WORD)                                 \
    COLUMN(ENCOUNTER_TALK, "talk_length", WORD)                                \
    COLUMN(ENCOUNTER_FLYERS, "flyers", SUM)                                    \
    COLUMN(ENCOUNTER_PROPOSALS, "proposals", SET)                              \
    COLUMN(ENCOUNTER_ANSWER, "answer", WORD)                                   \
    COLUMN(ENCOUNTER_NOTICE, "notice", REF)                                    \
    COLUMN(ENCOUNTER_CONTACT, "contact", REF)                                  \
    COLUMN(ENCOUNTER_VISIT, "intervention", REF)                               \
    COLUMN(ENCOUNTER_APPOINTMENT, "appointment", REF)
#define NOTICE_MAP(COLUMN)                                                     \
    COLUMN(NOTICE_DWELLING, "dwelling", REF)                                   \
    COLUMN(NOTICE_LEFT_AT, "left_at", TIME)                                    \
    COLUMN(NOTICE_RETURNED, "returned", YES)                                   \
    COLUMN(NOTICE_REQUEST, "solicitation", REF)
#define REQUEST_MAP(COLUMN)                                                    \
    COLUMN(REQUEST_CHANNEL, "channel", WORD)                                   \
    COLUMN(REQUEST_AT, "at", TIME)                                             \
    COLUMN(REQUEST_REASONS, "reasons", SET)                                    \
    COLUMN(REQUEST_CONTACT, "contact", REF)
#define DWELLING_MAP(COLUMN) COLUMN(DWELLING_STOP, "do_not_knock", YES)
#define CONTACT_MAP(COLUMN)                                                    \
    COLUMN(CONTACT_DWELLING, "dwelling", REF)                                  \
    COLUMN(CONTACT_MET_BY, "met_by", WORD)                                     \
    COLUMN(CONTACT_MET_IN, "met_in", REF)                                      \
    COLUMN(CONTACT_BROUGHT_BY, "brought_by", REF)                              \
    COLUMN(CONTACT_CONSENTS, "consents", STEPS)                                \
    COLUMN(CONTACT_OVER_SOLICITING, "over_soliciting", YES)                    \
    COLUMN(CONTACT_NAME, "name", HINTS)                                        \
    COLUMN(CONTACT_PHONES, "phones", HINTS)
#define CHARTER_MAP(COLUMN)                                                    \
    COLUMN(CHARTER_SIDE, "side", WORD)                                         \
    COLUMN(CHARTER_MAX_PER_MONTH, "max_per_month", INT)                        \
    COLUMN(CHARTER_MIN_DAYS, "min_days_between", INT)                          \
    COLUMN(CHARTER_QUIET, "quiet_hours", HOURS)
#define APPOINTMENT_MAP(COLUMN)                                                \
    COLUMN(APPOINTMENT_KIND, "appointment_kind", WORD)                         \
    COLUMN(APPOINTMENT_CONTACT, "contact", REF)                                \
    COLUMN(APPOINTMENT_CHANNEL, "channel", WORD)                               \
    COLUMN(APPOINTMENT_REASONS, "reasons", SET)                                \
    COLUMN(APPOINTMENT_STARTS_AT, "starts_at", TIME)                           \
    COLUMN(APPOINTMENT_DISPUTED, "starts_at", SPLIT)                           \
    COLUMN(APPOINTMENT_STATE, "state", WORD)
#define VISIT_MAP(COLUMN)                                                      \
    COLUMN(VISIT_CONTACT, "contact", REF)                                      \
    COLUMN(VISIT_DWELLING, "dwelling", REF)                                    \
    COLUMN(VISIT_TYPE, "intervention_type", WORD)                              \
    COLUMN(VISIT_PREVIOUS, "previous", REF)                                    \
    COLUMN(VISIT_ORIGIN, "origin", WORD)                                       \
    COLUMN(VISIT_APPOINTMENT, "appointment", REF)                              \
    COLUMN(VISIT_STARTED_AT, "started_at", TIME)                               \
    COLUMN(VISIT_CLOSING, "closing_steps", STEPS)                              \
    COLUMN(VISIT_RESULTS, "results", SET)                                      \
    COLUMN(VISIT_MOVED, "situation_moved", YES)                                \
    COLUMN(VISIT_FEEL, "feel", SET)                                            \
    COLUMN(VISIT_SIGNED_OFF, "signed_off", YES)
#define FINDING_MAP(COLUMN)                                                    \
    COLUMN(FINDING_VISIT, "intervention", REF)                                 \
    COLUMN(FINDING_FAMILY, "family", WORD)                                     \
    COLUMN(FINDING_ROOM, "room", MARK)                                         \
    COLUMN(FINDING_SEVERITY, "severity", WORD)                                 \
    COLUMN(FINDING_SOLVED, "solved", YES)
#define FITTED_MAP(COLUMN)                                                     \
    COLUMN(FITTED_VISIT, "intervention", REF)                                  \
    COLUMN(FITTED_ITEM, "item", WORD)                                          \
    COLUMN(FITTED_ACTION, "action", WORD)                                      \
    COLUMN(FITTED_QUANTITY, "quantity", INT)
#define REFERRAL_MAP(COLUMN)                                                   \
    COLUMN(REFERRAL_CONTACT, "contact", REF)                                   \
    COLUMN(REFERRAL_TARGET, "target", WORD)                                    \
    COLUMN(REFERRAL_VISIT, "intervention", REF)                                \
    COLUMN(REFERRAL_ENCOUNTER, "encounter", REF)                               \
    COLUMN(REFERRAL_STEPS, "steps", STEPS)                                     \
    COLUMN(REFERRAL_APPOINTMENT, "appointment", REF)                           \
    COLUMN(REFERRAL_DOSSIER, "dossier", REF)
#define DOSSIER_MAP(COLUMN)                                                    \
    COLUMN(DOSSIER_CONTACT, "contact", REF)                                    \
    COLUMN(DOSSIER_REFERRAL, "referral", REF)                                  \
    COLUMN(DOSSIER_STATE, "state", WORD)                                       \
    COLUMN(DOSSIER_OPENED_ON, "opened_on", DAY)                                \
    COLUMN(DOSSIER_EXCHANGES, "exchanges", COUNT)
#define FOLLOW_UP_MAP(COLUMN)                                                  \
    COLUMN(FOLLOW_UP_KIND, "follow_up_kind", WORD)                             \
    COLUMN(FOLLOW_UP_CONTACT, "contact", REF)                                  \
    COLUMN(FOLLOW_UP_DOSSIER, "dossier", REF)                                  \
    COLUMN(FOLLOW_UP_VISIT, "intervention", REF)                               \
    COLUMN(FOLLOW_UP_DUE_ON, "due_on", DAY)                                    \
    COLUMN(FOLLOW_UP_DONE_AT, "done_at", TIME)                                 \
    COLUMN(FOLLOW_UP_RESULT, "result", WORD)
#define FEEDBACK_MAP(COLUMN)                                                   \
    COLUMN(FEEDBACK_SOURCE, "source", WORD)                                    \
    COLUMN(FEEDBACK_CHAPTER, "chapter", WORD)
#define JOURNAL_MAP(COLUMN)                                                    \
    COLUMN(JOURNAL_DAY, "day", DAY)                                            \
    COLUMN(JOURNAL_VISIT, "intervention", REF)                                 \
    COLUMN(JOURNAL_MOST_ASKED, "most_asked", SET)                              \
    COLUMN(JOURNAL_WORKS, "works", COUNT)                                      \
    COLUMN(JOURNAL_FAILS, "fails", COUNT)                                      \
    COLUMN(JOURNAL_LESSON, "lesson", COUNT)                                    \
    COLUMN(JOURNAL_DIFFICULTY, "difficulty", COUNT)
#define LINK_MAP(COLUMN)                                                       \
    COLUMN(LINK_KEEP, "keep", REF)                                             \
    COLUMN(LINK_OTHER, "other", REF)                                           \
    COLUMN(LINK_DECIDED, "decided", WORD)
#define ATTENDANCE_MAP(COLUMN)                                                 \
    COLUMN(ATTENDANCE_SESSION, "session", REF)                                 \
    COLUMN(ATTENDANCE_DAY, "day", DAY)                                         \
    COLUMN(ATTENDANCE_PRESENCE, "presence", WORD)
#define MEETING_MAP(COLUMN)                                                    \
    COLUMN(MEETING_SESSION, "session", REF)                                    \
    COLUMN(MEETING_INTERLOCUTOR, "interlocutor", WORD)                         \
    COLUMN(MEETING_METHOD, "method", WORD)                                     \
    COLUMN(MEETING_STARTS_AT, "starts_at", TIME)                               \
    COLUMN(MEETING_STATE, "state", WORD)
#define VERBATIM_MAP(COLUMN)                                                   \
    COLUMN(VERBATIM_INTERVIEW, "interview", REF)                               \
    COLUMN(VERBATIM_JOURNEY, "journey", REF)                                   \
    COLUMN(VERBATIM_EMBLEMATIC, "emblematic", YES)                             \
    COLUMN(VERBATIM_CLEARED, "cleared", YES)
#define CLUSTER_MAP(COLUMN) COLUMN(CLUSTER_MEMBERS, "members", COUNT)
#define PROBLEM_MAP(COLUMN) COLUMN(PROBLEM_CLUSTERS, "clusters", COUNT)
#define IDEA_MAP(COLUMN)                                                       \
    COLUMN(IDEA_NATURE, "nature", WORD)                                        \
    COLUMN(IDEA_STATE, "state", WORD)
#define BALLOT_MAP(COLUMN)                                                     \
    COLUMN(BALLOT_SESSION, "session", REF)                                     \
    COLUMN(BALLOT_VOTER, "voter", REF)                                         \
    COLUMN(BALLOT_POINTS, "points", POINTS)

enum fact_kind {
    FACT_NOTHING, // an id that others name; nothing of it is held
#define FACT_KIND(name, id, map) FACT_##name,
    FACT_KIND_MAP(FACT_KIND)
#undef FACT_KIND
        FACT_KINDS
};

#define FACT_COLUMN(name, field, form) name,
#define FACT_KIND(name, id, map)       enum { map(FACT_COLUMN) name##_SLOTS };
FACT_KIND_MAP(FACT_KIND)
#undef FACT_KIND
#undef FACT_COLUMN

// The widest row.
#define FACT_COLUMNS_MAX 16
#define FACT_KIND(name, id, map)                                               \
    _Static_assert((int)name##_SLOTS <= FACT_COLUMNS_MAX, "of " id);
FACT_KIND_MAP(FACT_KIND)
#undef FACT_KIND

struct column {
    const char *field;
    enum column_form form;
};

struct fact_table {
    const char *name; // "fr.terrain/contact"
    const struct column *columns;
    size_t count;
};

// Of FACT_NOTHING: no name, no columns.
const struct fact_table *fact_table(enum fact_kind kind);
// FACT_NOTHING for a kind that no figure needs.
enum fact_kind fact_kind_of(const char *name);
// Changes with any column: what was kept under another one is read anew.
uint64_t fact_tables_sum(void);

#endif
