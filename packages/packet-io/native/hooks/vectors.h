#pragma once
// Protects or unprotects single packets with given keys and indexes, for the RFC vectors. For tests
// only.

#include <node_api.h>

namespace packet_io {

// srtpVector({profile, keys, derive, packet, rtcp, unprotect, rollover, rtcpIndex}): the resulting bytes, or the reason.
napi_value srtpVector(napi_env env, napi_callback_info info);

// srtpSessionKeys({profile, keys, rtcp}): session key, authentication key and salt, one behind the other.
napi_value srtpSessionKeys(napi_env env, napi_callback_info info);

}  // namespace packet_io
