#pragma once
// One socket's plane in Node's event loop: a poll handle, an alarm, and the calls back to
// JavaScript.

#include <node_api.h>
#include <uv.h>

#include <cstdint>

#include "alarm.h"
#include "moderation.h"
#include "plane.h"

namespace packet_io {

struct Binding;

// One UDP socket in the event loop.
struct BoundSocket {
  int socket = -1;
  size_t index = 0;
  Binding* binding = nullptr;
  uv_poll_t poll;
  // The poll events requested: a new request costs a system call.
  int armed = 0;
};

struct Binding {
  napi_env env = nullptr;
  napi_ref onBatch = nullptr;
  napi_ref onWake = nullptr;
  napi_async_context async = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;
  Plane* plane = nullptr;
  BoundSocket sockets[kMaxSockets];
  size_t socketCount = 0;
  // Offset from the clock of libuv to that of performance.now(), milliseconds.
  double clockOffset = 0;
  // The epoll of the TCP connections, where the socket accepts any.
  bool tcp = false;
  uv_poll_t tcpPoll;
  Alarm alarm;
  Moderation moderation;
  // The time of the next reading while reading is moderated, and the time for which JavaScript set
  // a wake-up (-1: none); microseconds.
  int64_t readAt = 0;
  int64_t wakeAt = -1;
  int tcpArmed = 0;
  int openHandles = 0;
  bool closed = false;
  bool wrapped = true;
  bool delivering = false;
};

// Starts waiting for datagrams, room, deadlines and the end of the environment. False when the
// system has no timer left: the binding is then unused.
bool startBinding(Binding* binding, napi_env env, Plane* plane);

// For use after a call from JavaScript. Within a callback the caller arms once, at the end.
void armUnlessDelivering(Binding* binding);

// Closes socket, sessions and handles. The binding is freed when its handles are closed and
// `releaseBinding` was called.
void closeBinding(Binding* binding);

// The JavaScript object of the binding is gone.
void releaseBinding(Binding* binding);

}  // namespace packet_io
