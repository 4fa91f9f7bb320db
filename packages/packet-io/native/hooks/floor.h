#pragma once
// The minimum cost of forwarding on a machine: AES-128-GCM and UDP_SEGMENT, nothing else. For the
// benchmark only.

#include <node_api.h>

namespace packet_io {

// runFloor({ports, packets, runLength, packetBytes, packetsPerSecond, port}): the cost, as
// src/floor.ts documents it.
napi_value runFloor(napi_env env, napi_callback_info info);

}  // namespace packet_io
