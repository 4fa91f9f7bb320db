#pragma once

#include <node_api.h>

namespace packet_io {

// Adds `openPacketSocket` to the exports of an addon.
napi_value exportSocket(napi_env env, napi_value exports);

}  // namespace packet_io
