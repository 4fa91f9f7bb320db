#pragma once
// The monotonic clock of the plane, the same as libuv's.

#include <time.h>

#include <cstdint>

namespace packet_io {

// Microseconds.
inline int64_t monotonic() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
}

}  // namespace packet_io
