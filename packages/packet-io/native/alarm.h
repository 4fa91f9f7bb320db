#pragma once
// The one timer of a socket. On Linux it keeps to microseconds, and costs one system call each time it is set; elsewhere
// it is libuv's, which counts milliseconds.

#include <uv.h>

#include <cstdint>

namespace packet_io {

class Alarm {
 public:
  using Callback = void (*)(void* owner);

  // False when the system has no timer left. `closed` is called once, after `close`.
  bool open(uv_loop_t* loop, void* owner, Callback due, Callback closed);
  // Calls `due` at this time of the monotonic clock, microseconds, or soon when it has gone by; -1 is never.
  void set(int64_t at);
  void close();

 private:
  static void onPoll(uv_poll_t* poll, int status, int events);
  static void onTimer(uv_timer_t* timer);
  static void onClosed(uv_handle_t* handle);

  void* owner_ = nullptr;
  Callback due_ = nullptr;
  Callback closed_ = nullptr;
  // Neither a time nor never: whatever comes next is set.
  static constexpr int64_t kRang = -2;
  int64_t at_ = -1;
#ifdef __linux__
  int descriptor_ = -1;
  uv_poll_t handle_;
#else
  uv_timer_t handle_;
#endif
};

}  // namespace packet_io
