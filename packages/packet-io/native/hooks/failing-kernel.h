#pragma once

#include <node_api.h>

namespace packet_io {

// failNextSends(port, errno, count, after): the kernel takes `after` messages more of the socket at
// this local port, then `count` calls to it fail with this errno.
napi_value failNextSends(napi_env env, napi_callback_info info);

}  // namespace packet_io
