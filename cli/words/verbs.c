// SPDX-License-Identifier: Apache-2.0
// verbs.c - what `tandem` can do: one table.
#include "words/verbs.h"

#include <string.h>

#define ANY SIZE_MAX

static const struct verb verbs[] = {
    {"key", "", "new FILE", "key new ~/tandem.key\n",
        N_("Make a key file (readable by you alone)."), verb_key, 2, 2},
    {"init", "workspace= name=", "--workspace NAME --name DEVICE",
        "init --workspace Nord --name bureau\n",
        N_("Begin a workspace; this device is its office and first admin."),
        verb_init, 0, 0},
    {"as", "", "PERSON", "as \"Agent A\"\n",
        N_("Say who is typing from now on."), verb_as, 1, 1},
    {"sector", "", "add NAME | list", "sector add FIVES\nsector list\n",
        N_("Add a sector, or list those of this store."), verb_sector, 1, 2},
    {"kinds", "", "[KIND]", "kinds\nkinds contact\n",
        N_("The kinds of records, or one kind's fields and words."), verb_kinds,
        0, 1},
    {"pack", "out= against=",
        "build FILE.json [--out FILE] | check FILE [--against OLD] | publish "
        "FILE",
        "pack build my.json -o my.pack\npack check my.pack --against old.pack\n"
        "pack publish my.pack\n",
        N_("Build, check or publish a description of kinds."), verb_pack, 2, 2},
    {"invite", "right= sector= listen= advertise= for= qr",
        "(--right reader|agent|coordinator|office --sector S... | "
        "--right admin) "
        "[--listen ENDPOINT] [--advertise ENDPOINT] [--for DURATION] [--qr]",
        "invite --right agent --sector FIVES\n"
        "invite --right agent --sector FIVES --listen tcp://192.168.1.7:*\n",
        N_("Show a code and wait for one newcomer."), verb_invite, 0, 0},
    {"join", "name= for=", "CODE --name DEVICE [--for DURATION]",
        "join 05JX39RN-... --name tablette-1\n",
        N_("Enrol this store with a code (`-` reads it from standard "
           "input)."),
        verb_join, 1, 1},
    {"new", "sector=", "KIND [--sector S] field=value...",
        "new contact --sector FIVES met_by=door name=\"Mme L.\" "
        "consents.photo=given\n",
        N_("Create a record."), verb_new, 1, ANY},
    {"ready", "sector=", "[add] [--sector S]", "ready\nready add\n",
        N_("Show the lists the service begins with, or make their records: "
           "objectives, situations, questions, kit, charter."),
        verb_ready, 0, 1},
    {"set", "why= seen=",
        "ID field=value field= field+=value field-=value map.key=value "
        "list@2+=value list@2=5 list@2-= [--why TEXT] [--seen TOKEN]",
        "set K7F3QXA phones+=0320000001 email=\n"
        "set K7F3QXA name=\"Mme L.\" --why \"spelt out on the phone\"\n"
        "set 0193a7c2 questions@1+=\"Who paid?\" questions@5=2\n",
        N_("Change fields of a record."), verb_set, 2, ANY},
    {"edit", "insert== delete== from= seen= why=",
        "ID FIELD [--insert POS TEXT | --delete POS LEN | --from FILE] "
        "[--why TEXT] [--seen TOKEN]",
        "edit K7F3QXA remarks\nedit K7F3QXA remarks --insert 0 \"Seen again. "
        "\"\nedit 0193a7c2 notes --from notes.txt\n",
        N_("Edit a text: a passage, the smallest edit to a file, or your "
           "editor."),
        verb_edit, 2, 2},
    {"show", "seen=", "ID [--seen TOKEN]",
        "show K7F3QXA\nshow 0193a7c2 --json\n",
        N_("A record with its authors, dates and values side by side."),
        verb_show, 1, 1},
    {"list", "where= sector= all limit=",
        "KIND [--where field=value]... [--sector S] [--all] [--limit N]",
        "list contact --where phones=0320000001\nlist encounter --sector "
        "FIVES\n",
        N_("The records of a kind (--all: also those in the bin)."), verb_list,
        1, 1},
    {"history", "field= limit=", "ID [--field F] [--limit N]",
        "history K7F3QXA\nhistory 0193a7c2 --field name --json\n"
        "history K7F3QXA --limit 5\n",
        N_("What was changed in a record: who, when, what stood there before "
           "(--limit: the last ones)."),
        verb_history, 1, 1},
    {"undo", "why= over", "ID [CHANGE] [--why TEXT] [--over]",
        "undo K7F3QXA\nundo K7F3QXA 9f31c0aa --why \"the wrong sheet\"\n",
        N_("Put back what your last change of a record did, or the change "
           "named."),
        verb_undo, 1, 2},
    {"conflicts", "sector=", "[--sector S]", "conflicts\n",
        N_("What stands side by side and waits for a choice."), verb_conflicts,
        0, 0},
    {"resolve", "value= why= key= seen=",
        "ID FIELD (VERSION | --value V) [--key K] [--why TEXT] "
        "[--seen TOKEN]",
        "resolve K7F3QXA name 1.0a9be77d --why \"asked her\"\n"
        "resolve K7F3QXA name --value \"Mme Le.\"\n",
        N_("Settle a conflict with one of the versions shown, or another "
           "value."),
        verb_resolve, 2, 3},
    {"delete", "why=", "ID [--why TEXT]", "delete K7F3QXA\n",
        N_("Put a record in the bin."), verb_delete, 1, 1},
    {"restore", "why=", "ID [--why TEXT]", "restore K7F3QXA\n",
        N_("Take a record out of the bin."), verb_restore, 1, 1},
    {"duplicates", "", "", "duplicates\n",
        N_("Sheets that may be the same: a phone, or a name in one dwelling."),
        verb_duplicates, 0, 0},
    {"same", "undo not", "A B [--undo | --not]",
        "same K7F3QXA 9QWERTY\nsame K7F3QXA 9QWERTY --undo\n",
        N_("Say that two records are the same, or not; both stay."), verb_same,
        2, 2},
    {"serve", "listen= for= once no-beacon beacon-to=",
        "[--listen ENDPOINT] [--for DURATION] [--once] "
        "[--no-beacon | --beacon-to PLACE]",
        "serve\nserve --listen tcp://127.0.0.1:* --for 5m\n",
        N_("Answer other devices until stopped or the time is over."),
        verb_serve, 0, 0},
    {"sync", "wait= beacon-at=",
        "[PEER|ADDRESS]... [--wait DURATION] [--beacon-at PLACE]",
        "sync tcp://192.168.1.7:41234#4f1c...\nsync bureau\nsync\n"
        "sync --wait 10s\n",
        N_("Meet other devices and exchange both ways."), verb_sync, 0, ANY},
    {"digest", "sector=", "[--sector S]", "digest --sector FIVES\n",
        N_("One hash of all values: equal where the same is held."),
        verb_digest, 0, 0},
    {"status", "", "", "status\n",
        N_("Workspace, sectors, devices, what waits, size on disk."),
        verb_status, 0, 0},
    {"device", "sector=",
        "list | grant DEVICE (none|reader|agent|coordinator|office) --sector "
        "S...",
        "device list\ndevice grant tablette-2 agent --sector FIVES\n"
        "device grant tablette-1 none --sector FIVES\n",
        N_("The devices of the workspace and what each may read and write; a "
           "right given or taken."),
        verb_device, 1, 3},
    {"waiting", "", "", "waiting\n",
        N_("What is held here without effect yet, and why."), verb_waiting, 0,
        0},
    {"watch", "after= for=", "[--after NUMBER] [--for DURATION]",
        "watch --after 1280\n", N_("The change feed as JSON Lines."),
        verb_watch, 0, 0},
    {"import", "kind= sector= town= street= score= dry-run apart=",
        "(csv FILE --kind K | jsonl FILE | ban FILE [--town CODE]... [--street "
        "NAME]... [--score N]) [--sector S] [--dry-run] [--apart FILE]",
        "import csv fiches.csv --kind contact --sector FIVES\n"
        "import jsonl all.jsonl\n"
        "import ban adresses-59.csv --town 59350 --street \"Rue A\" --sector "
        "FIVES\n",
        N_("Take records from a table; wrong rows are named and set apart."),
        verb_import, 2, 2},
    {"export", "kind= sector= with-identity with-notes why= bom out= vcard3",
        "(csv --kind K [--bom] | jsonl | geojson | vcard [--vcard3] | ical) "
        "[--kind K] [--sector S] [--with-identity] [--with-notes] [--why "
        "TEXT] [--out FILE]",
        "export csv --kind encounter --sector FIVES -o portes.csv\n"
        "export jsonl --with-identity --with-notes --why \"move to the new "
        "office\" -o all.jsonl\n"
        "export ical --with-identity --why \"the pairs' calendar\" -o "
        "rdv.ics\n",
        N_("Write records for other programs; personal fields only with a "
           "reason, and what is left out is said."),
        verb_export, 1, 1},
    {"audit", "", "", "audit\n",
        N_("Who read, printed or wrote out personal fields here, and what was "
           "refused."),
        verb_audit, 0, 0},
    {"report", "sector= from= to= outside html= csv=",
        "[funnel | objectives | questions | (sectors | weeks | months | "
        "figures) [F..]...] "
        "[--sector S] [--from DAY] [--to DAY] [--outside] [--html FILE] "
        "[--csv FILE]",
        "report\nreport funnel --sector FIVES\nreport figures F01 F06\n"
        "report weeks --from 2026-03-01 --json\nreport sectors F08 F20\n"
        "report --html report.html\nreport months --csv months.csv\n",
        N_("What the service counts: funnel, objectives, questions, figures."),
        verb_report, 0, ANY},
    {"print", "out= call=",
        "(notice ID... | sheet ID... | tour (ID|SECTOR)...) --out FILE [--call "
        "TEXT]",
        "print sheet K7F3QXA -o sheet.html\nprint tour FIVES -o homes.html\n"
        "print notice 0193a7c2 -o notice.html --call \"03 20 00 00 01\"\n",
        N_("A page to be printed: visit notices, contact sheets, tours."),
        verb_print, 2, ANY},
    {"today", "day= sector=", "[--day DAY] [--sector S] [--as PERSON]",
        "today\ntoday --day 2026-03-31 --as \"Agent A\"\n",
        N_("A pair's day: tours, appointments, calls, notices, and the "
           "charter's limits."),
        verb_today, 0, 0},
    {"due", "day= sector=", "[--day DAY] [--sector S]",
        "due\ndue --sector FIVES --json\n",
        N_("What is due, and in the two weeks to come, for the office."),
        verb_due, 0, 0},
    {"manual", "", "[man | bash | zsh | fish]",
        "manual > tandem.1\n"
        "manual bash > ~/.local/share/bash-completion/completions/tandem\n",
        N_("Write the manual page, or what completes a line in a shell."),
        verb_manual, 0, 1},
    {"verify", "", "", "verify\n",
        N_("Check every chain, signature, seal, state and index."), verb_verify,
        0, 0},
};

const struct verb *
verb_find(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

const struct verb *
verb_at(size_t i)
{
    return i < sizeof(verbs) / sizeof(*verbs) ? &verbs[i] : NULL;
}
