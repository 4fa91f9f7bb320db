#include "binding.h"

#include <unistd.h>

#include "clock.h"
#include "values.h"

namespace packet_io {

namespace {

// Rounds of receiving before other handles of the loop run; a level-triggered poll fires again at
// once.
constexpr int kRoundsPerWakeup = 8;

void freeWhenDone(Binding* binding) {
  if (!binding->closed || binding->openHandles > 0 || binding->wrapped || binding->delivering) return;
  if (binding->cleanup != nullptr) napi_remove_async_cleanup_hook(binding->cleanup);
  delete binding;
}

void onHandleClosed(void* data) {
  auto* binding = static_cast<Binding*>(data);
  if (--binding->openHandles == 0) {
    if (binding->cleanup != nullptr) {
      napi_async_cleanup_hook_handle hook = binding->cleanup;
      binding->cleanup = nullptr;
      napi_remove_async_cleanup_hook(hook);
    }
    freeWhenDone(binding);
  }
}

// Calls back with these numbers and the time. An exception in it is an uncaught exception of the
// process.
void callBack(Binding* binding, napi_ref function, const size_t* count, int64_t now) {
  napi_env env = binding->env;
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value callback;
  napi_value receiver;
  napi_get_reference_value(env, function, &callback);
  napi_get_global(env, &receiver);
  napi_value arguments[2];
  size_t given = 0;
  if (count != nullptr) arguments[given++] = number(env, static_cast<double>(*count));
  arguments[given++] = number(env, static_cast<double>(now) / 1000 + binding->clockOffset);
  napi_value result;
  if (napi_make_callback(env, binding->async, receiver, callback, given, arguments, &result) ==
      napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

void onPoll(uv_poll_t* poll, int status, int events);
void onTcpPoll(uv_poll_t* poll, int status, int events);

// Waits for these events, unless it does already: a new request costs a system call.
void request(uv_poll_t* poll, int wanted, int* armed, uv_poll_cb callback) {
  if (wanted == *armed) return;
  if (wanted == 0) {
    uv_poll_stop(poll);
  } else {
    uv_poll_start(poll, wanted, callback);
  }
  *armed = wanted;
}

// Arms the poll and the alarm for all that the plane waits for: datagrams or the time to read them,
// room in the socket buffer, deadlines, events to report.
void arm(Binding* binding) {
  if (binding->closed) return;
  Plane* plane = binding->plane;
  bool moderated = binding->moderation.active();
  int readable = moderated ? 0 : UV_READABLE;
  const Transmitter& transmitter = plane->transmitter();
  for (size_t i = 0; i < binding->socketCount; i++) {
    BoundSocket& bound = binding->sockets[i];
    bool waits = transmitter.backlogged() && transmitter.fullSocket() == i;
    request(&bound.poll, readable | (waits ? UV_WRITABLE : 0), &bound.armed, onPoll);
  }
  if (binding->tcp) request(&binding->tcpPoll, readable, &binding->tcpArmed, onTcpPoll);
  if (plane->hasEvents()) {
    binding->alarm.set(monotonic());
    return;
  }
  // Work that is due before the next reading waits for it: a separate wake-up costs more than a
  // millisecond is worth.
  if (moderated) {
    binding->alarm.set(binding->readAt);
    return;
  }
  int64_t earliest = plane->deadline(monotonic());
  if (binding->wakeAt >= 0 && (earliest < 0 || binding->wakeAt < earliest)) earliest = binding->wakeAt;
  binding->alarm.set(earliest);
}

// Reports all events and records of the plane. False when JavaScript closed the socket in a
// callback.
bool deliverAll(Binding* binding) {
  for (;;) {
    int64_t now = monotonic();
    size_t count = binding->plane->nextBatch(now);
    if (count == 0) {
      // The datagrams just taken may have caused an event.
      if (binding->plane->hasEvents()) continue;
      return true;
    }
    callBack(binding, binding->onBatch, &count, now);
    if (binding->closed) return false;
  }
}

// The TCP connections with work. False when JavaScript closed the socket in a callback.
bool readTcp(Binding* binding) {
  for (int round = 0; round < kRoundsPerWakeup; round++) {
    bool more = binding->plane->receiveTcp(monotonic());
    if (!deliverAll(binding)) return false;
    if (!more) break;
  }
  return true;
}

// Reads the sockets from `first` to before `end`. False when JavaScript closed them in a callback.
bool readAll(Binding* binding, size_t first, size_t end) {
  int64_t began = monotonic();
  const Counters& counters = binding->plane->counters();
  uint64_t work = counters.receivedMessages + counters.sentMessages;
  // Reading clears an error on the poll handle from the socket like a datagram, and drops it.
  for (size_t socket = first; socket < end; socket++) {
    for (int round = 0; round < kRoundsPerWakeup; round++) {
      bool more = binding->plane->receive(socket);
      if (!deliverAll(binding)) return false;
      if (!more) break;
    }
  }
  // While reading is moderated, TCP is read at the same times.
  if (binding->tcp && binding->moderation.active() && !readTcp(binding)) return false;
  binding->moderation.note(counters.receivedMessages + counters.sentMessages - work, began);
  binding->readAt = began + Moderation::kInterval;
  return true;
}

void delivered(Binding* binding) {
  binding->delivering = false;
  if (binding->closed) {
    freeWhenDone(binding);
  } else {
    arm(binding);
  }
}

void onPoll(uv_poll_t* poll, int, int events) {
  auto* bound = static_cast<BoundSocket*>(poll->data);
  Binding* binding = bound->binding;
  binding->delivering = true;
  if (events & UV_WRITABLE) binding->plane->transmitter().drain();
  if (!binding->moderation.active()) readAll(binding, bound->index, bound->index + 1);
  delivered(binding);
}

void onTcpPoll(uv_poll_t* poll, int, int) {
  auto* binding = static_cast<Binding*>(poll->data);
  if (binding->moderation.active()) return;
  binding->delivering = true;
  const Counters& counters = binding->plane->counters();
  uint64_t work = counters.receivedMessages + counters.sentMessages;
  int64_t began = monotonic();
  if (readTcp(binding)) {
    binding->moderation.note(counters.receivedMessages + counters.sentMessages - work, began);
    binding->readAt = began + Moderation::kInterval;
  }
  delivered(binding);
}

void onAlarm(void* data) {
  auto* binding = static_cast<Binding*>(data);
  if (binding->closed) return;
  binding->delivering = true;
  int64_t now = monotonic();
  bool open = true;
  if (binding->moderation.active() && now >= binding->readAt) open = readAll(binding, 0, binding->socketCount);
  if (open) {
    now = monotonic();
    binding->plane->tick(now);
    open = deliverAll(binding);
  }
  // A batch may have done the due work and have set another time.
  if (open && binding->wakeAt >= 0 && now >= binding->wakeAt) {
    binding->wakeAt = -1;
    callBack(binding, binding->onWake, nullptr, now);
  }
  delivered(binding);
}

void onEnvironmentCleanup(napi_async_cleanup_hook_handle handle, void* data) {
  auto* binding = static_cast<Binding*>(data);
  if (binding->closed) {
    if (binding->openHandles == 0) napi_remove_async_cleanup_hook(handle), binding->cleanup = nullptr;
    return;
  }
  closeBinding(binding);
}

}  // namespace

bool startBinding(Binding* binding, napi_env env, Plane* plane) {
  uv_loop_t* loop;
  napi_get_uv_event_loop(env, &loop);
  if (!binding->alarm.open(loop, binding, onAlarm, onHandleClosed)) return false;
  binding->env = env;
  binding->plane = plane;
  for (size_t i = 0; i < binding->socketCount; i++) {
    BoundSocket& bound = binding->sockets[i];
    bound.index = i;
    bound.binding = binding;
    uv_poll_init_socket(loop, &bound.poll, bound.socket);
    bound.poll.data = &bound;
  }
  // With the alarm.
  binding->openHandles = 1 + static_cast<int>(binding->socketCount);
  int tcp = plane->tcp().descriptor();
  if (tcp >= 0) {
    uv_poll_init(loop, &binding->tcpPoll, tcp);
    binding->tcpPoll.data = binding;
    binding->tcp = true;
    binding->openHandles++;
  }
  napi_add_async_cleanup_hook(env, onEnvironmentCleanup, binding, &binding->cleanup);
  arm(binding);
  return true;
}

void armUnlessDelivering(Binding* binding) {
  if (!binding->delivering) arm(binding);
}

void closeBinding(Binding* binding) {
  if (binding->closed) return;
  binding->closed = true;
  SessionTable& sessions = binding->plane->sessions();
  for (size_t i = 0; i < sessions.limit(); i++) {
    if (sessions.at(static_cast<int64_t>(i)) != nullptr) binding->plane->closeSession(static_cast<int>(i));
  }
  for (size_t i = 0; i < binding->socketCount; i++) {
    BoundSocket& bound = binding->sockets[i];
    uv_poll_stop(&bound.poll);
    uv_close(reinterpret_cast<uv_handle_t*>(&bound.poll),
             [](uv_handle_t* handle) { onHandleClosed(static_cast<BoundSocket*>(handle->data)->binding); });
    ::close(bound.socket);
  }
  if (binding->tcp) {
    uv_poll_stop(&binding->tcpPoll);
    uv_close(reinterpret_cast<uv_handle_t*>(&binding->tcpPoll), [](uv_handle_t* handle) { onHandleClosed(handle->data); });
  }
  binding->alarm.close();
  napi_delete_reference(binding->env, binding->onBatch);
  napi_delete_reference(binding->env, binding->onWake);
  napi_async_destroy(binding->env, binding->async);
  delete binding->plane;
  binding->plane = nullptr;
}

void releaseBinding(Binding* binding) {
  binding->wrapped = false;
  freeWhenDone(binding);
}

}  // namespace packet_io
