#pragma once
// The one timer of a socket. On Linux its resolution is a microsecond, and each setting costs one
// system call; elsewhere it is libuv's, with milliseconds.

#include <uv.h>

#include <cstdint>

namespace packet_io {

class Alarm {
 public:
  using Callback = void (*)(void* owner);

  // False when the system has no timer left. Calls `closed` once, after `close`.
  bool open(uv_loop_t* loop, void* owner, Callback due, Callback closed);
  // Calls `due` at this time of the monotonic clock, microseconds, or soon if it has passed; -1 is
  // never.
  void set(int64_t at);
  void close();

 private:
  static void onPoll(uv_poll_t* poll, int status, int events);
  static void onTimer(uv_timer_t* timer);
  static void onClosed(uv_handle_t* handle);

  void* owner_ = nullptr;
  Callback due_ = nullptr;
  Callback closed_ = nullptr;
  // Neither a time nor never: the next value is always set.
  static constexpr int64_t kRang = -2;
  int64_t at_ = -1;
  int descriptor_ = -1;
  uv_poll_t handle_;
};

}  // namespace packet_io
