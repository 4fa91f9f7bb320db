#pragma once
// The least that forwarding can cost on a machine: AES-128-GCM and UDP_SEGMENT, nothing else. For the benchmark only.

#include <node_api.h>

namespace packet_io {

// runFloor({ports, frames, packetsPerFrame, packetBytes, framesPerSecond}): what it cost, as src/floor.ts describes.
napi_value runFloor(napi_env env, napi_callback_info info);

}  // namespace packet_io
