// SPDX-License-Identifier: Apache-2.0
// zap.c - a ZAP request read strictly, and its reply. Layouts: zap.h.
#include "node/zap.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "crypto/hash.h"

enum {
    ROUTE,
    EMPTY,
    VERSION,
    REQUEST,
    DOMAIN,
    ADDRESS,
    IDENTITY,
    MECHANISM,
    KEY
};

static bool
is(const struct td_zap_frame *f, const char *text)
{
    return f->len == strlen(text) && memcmp(f->bytes, text, f->len) == 0;
}

bool
td_zap_read(const struct td_zap *request, struct td_knock *out)
{
    const struct td_zap_frame *f = request->frame;

    if (request->count != TD_ZAP_FRAMES || request->more ||
        f[ROUTE].len > sizeof(out->route) || !is(&f[EMPTY], "") ||
        !is(&f[VERSION], "1.0") || f[REQUEST].len > sizeof(out->request) ||
        f[DOMAIN].len >= sizeof(out->domain) ||
        memchr(f[DOMAIN].bytes, 0, f[DOMAIN].len) != NULL ||
        !is(&f[MECHANISM], "CURVE") || f[KEY].len != sizeof(out->key)) {
        return false;
    }
    memset(out, 0, sizeof(*out));
    out->route_len = f[ROUTE].len;
    memcpy(out->route, f[ROUTE].bytes, out->route_len);
    out->request_len = f[REQUEST].len;
    memcpy(out->request, f[REQUEST].bytes, out->request_len);
    memcpy(out->domain, f[DOMAIN].bytes, f[DOMAIN].len);
    if (f[ADDRESS].len < sizeof(out->address)) {
        memcpy(out->address, f[ADDRESS].bytes, f[ADDRESS].len);
    }
    memcpy(out->key, f[KEY].bytes, sizeof(out->key));
    return true;
}

static void
put(struct td_zap *out, const void *p, size_t n)
{
    struct td_zap_frame *f = &out->frame[out->count++];

    memcpy(f->bytes, p, n);
    f->len = n;
}

void
td_zap_reply(const struct td_knock *k, enum td_welcome how, struct td_zap *out)
{
    char user[65] = "", status[8];

    if (how == TD_LET_IN) {
        td_hex((tandem_slice){k->key, sizeof(k->key)}, user);
    }
    (void)snprintf(status, sizeof(status), "%u", (unsigned)how);
    out->count = 0;
    out->more = false;
    put(out, k->route, k->route_len);
    put(out, "", 0);
    put(out, "1.0", 3);
    put(out, k->request, k->request_len);
    put(out, status, strlen(status));
    put(out, "", 0);
    put(out, user, strlen(user));
    put(out, "", 0);
}
