// SPDX-License-Identifier: Apache-2.0
// zap.h - the questions of libzmq's door (RFC 27, ZAP), as frames.
//
//   request  routing id, "", "1.0", request id, domain, address, identity,
//            "CURVE", key 32
//   reply    routing id, "", "1.0", request id, status, text, user id, ""
//
// The user id of who is let in is the hex of the CURVE key.
#ifndef TD_NODE_ZAP_H
#define TD_NODE_ZAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TD_ROUTE_MAX 255

enum { TD_ZAP_FRAMES = 9, TD_ZAP_ADDRESS_ROOM = 64 };

struct td_zap_frame {
    uint8_t bytes[256];
    size_t len; // as it came: perhaps more than stands in `bytes`
};
struct td_zap {
    struct td_zap_frame frame[TD_ZAP_FRAMES];
    size_t count;
    bool more; // frames beyond these came
};

struct td_knock {
    char domain[16];
    char address[TD_ZAP_ADDRESS_ROOM]; // numeric; "" when it is longer
    uint8_t key[32];
    uint8_t route[TD_ROUTE_MAX], request[255]; // to answer with
    size_t route_len, request_len;
};
// 500, for 300 would not be told to who knocks (libzmq 4.3.4 says nothing and
// leaves the connection standing until the handshake's time is over).
enum td_welcome { TD_LET_IN = 200, TD_REFUSED = 400, TD_NOT_YET = 500 };

// false: not such a request; it is to stay without an answer.
bool td_zap_read(const struct td_zap *request, struct td_knock *out);
void td_zap_reply(
    const struct td_knock *k, enum td_welcome how, struct td_zap *out);

#endif
