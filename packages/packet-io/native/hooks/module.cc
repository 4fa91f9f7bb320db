// The addon of tests and benchmarks: the packet plane, with functions that the media workers lack.

#include "../addon.h"
#include "failing-kernel.h"
#include "floor.h"
#include "vectors.h"

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
#define FUNCTION(name) {#name, nullptr, packet_io::name, nullptr, nullptr, nullptr, napi_default, nullptr}
      FUNCTION(failNextSends),
      FUNCTION(runFloor),
      FUNCTION(srtpSessionKeys),
      FUNCTION(srtpVector),
#undef FUNCTION
  };
  napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions);
  return packet_io::exportSocket(env, exports);
}
