// The addon of the media workers.

#include "addon.h"

NAPI_MODULE_INIT() { return packet_io::exportSocket(env, exports); }
