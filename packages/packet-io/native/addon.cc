// Beyond 400 lines because it has all bindings: each reads its arguments and calls one function.
// The plane in Node's event loop: one poll handle, one alarm, and the functions that src/native.ts
// declares. src/packet-socket.ts checks the arguments, except for the contents of the arena.

#include <errno.h>
#include <node_api.h>
#include <unistd.h>
#include <uv.h>

#include <cstring>

#include "alarm.h"
#include "floor.h"
#include "moderation.h"
#include "plane.h"
#include "socket.h"
#include "values.h"
#include "vectors.h"
#include "words.h"

namespace packet_io {
namespace {

// Rounds of receiving before other handles of the loop run; a level-triggered poll fires again at
// once.
constexpr int kRoundsPerWakeup = 8;
// Microseconds of the monotonic clock: 30 years.
constexpr double kLatest = 1e15;

struct Binding {
  napi_env env = nullptr;
  napi_ref onBatch = nullptr;
  napi_ref onWake = nullptr;
  napi_async_context async = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;
  Plane* plane = nullptr;
  int socket = -1;
  // Offset from the clock of libuv to that of performance.now(), milliseconds.
  double clockOffset = 0;
  uv_poll_t poll;
  Alarm alarm;
  Moderation moderation;
  // The time of the next reading while reading is moderated, and the time at which JavaScript asked
  // for a wake-up (-1: none); microseconds.
  int64_t readAt = 0;
  int64_t wakeAt = -1;
  // The poll events requested: a new request costs a system call.
  int armed = 0;
  int openHandles = 0;
  bool closed = false;
  bool wrapped = true;
  bool delivering = false;
};

int64_t monotonic() { return static_cast<int64_t>(uv_hrtime() / 1000); }

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

void closeBinding(Binding* binding) {
  if (binding->closed) return;
  binding->closed = true;
  SessionTable& sessions = binding->plane->sessions();
  for (size_t i = 0; i < sessions.limit(); i++) {
    if (sessions.at(static_cast<int64_t>(i)) != nullptr) binding->plane->closeSession(static_cast<int>(i));
  }
  uv_poll_stop(&binding->poll);
  uv_close(reinterpret_cast<uv_handle_t*>(&binding->poll), [](uv_handle_t* handle) { onHandleClosed(handle->data); });
  binding->alarm.close();
  ::close(binding->socket);
  napi_delete_reference(binding->env, binding->onBatch);
  napi_delete_reference(binding->env, binding->onWake);
  napi_async_destroy(binding->env, binding->async);
  delete binding->plane;
  binding->plane = nullptr;
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

// Arms the poll and the alarm for all that the plane waits for: datagrams or the time to read them,
// room in the socket buffer, deadlines, events to report.
void arm(Binding* binding) {
  if (binding->closed) return;
  Plane* plane = binding->plane;
  bool moderated = binding->moderation.active();
  int wanted = (moderated ? 0 : UV_READABLE) | (plane->transmitter().backlogged() ? UV_WRITABLE : 0);
  if (wanted != binding->armed) {
    if (wanted == 0) {
      uv_poll_stop(&binding->poll);
    } else {
      uv_poll_start(&binding->poll, wanted, onPoll);
    }
    binding->armed = wanted;
  }
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

// For use after a call from JavaScript. Within a callback the caller arms once, at the end.
void armUnlessDelivering(Binding* binding) {
  if (!binding->delivering) arm(binding);
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

// False when JavaScript closed the socket in a callback.
bool readAll(Binding* binding) {
  int64_t began = monotonic();
  const Counters& counters = binding->plane->counters();
  uint64_t work = counters.receivedMessages + counters.sentMessages;
  // Reading clears an error on the poll handle from the socket like a datagram, and drops it.
  for (int round = 0; round < kRoundsPerWakeup; round++) {
    bool more = binding->plane->receive();
    if (!deliverAll(binding)) return false;
    if (!more) break;
  }
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
  auto* binding = static_cast<Binding*>(poll->data);
  binding->delivering = true;
  if (events & UV_WRITABLE) binding->plane->transmitter().drain();
  if (!binding->moderation.active()) readAll(binding);
  delivered(binding);
}

void onAlarm(void* data) {
  auto* binding = static_cast<Binding*>(data);
  if (binding->closed) return;
  binding->delivering = true;
  int64_t now = monotonic();
  bool open = true;
  if (binding->moderation.active() && now >= binding->readAt) open = readAll(binding);
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

void onFinalize(napi_env, void* data, void*) {
  auto* binding = static_cast<Binding*>(data);
  binding->wrapped = false;
  freeWhenDone(binding);
}

void onArenaFinalize(napi_env, void*, void* hint) { static_cast<Arena*>(hint)->release(); }

napi_value throwError(napi_env env, const char* code, const std::string& message) {
  napi_throw_error(env, code, message.c_str());
  return nullptr;
}

constexpr size_t kMaxArguments = 5;

// The arguments of a method, and the open binding of the call; null, with an exception, after
// close.
Binding* enter(napi_env env, napi_callback_info info, napi_value arguments[kMaxArguments]) {
  size_t count = kMaxArguments;
  napi_value self;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  napi_unwrap(env, self, &data);
  auto* binding = static_cast<Binding*>(data);
  if (binding != nullptr && !binding->closed) return binding;
  throwError(env, "ERR_SOCKET_CLOSED", "the packet socket is closed");
  return nullptr;
}

Session* enterSession(napi_env env, Binding* binding, napi_value index, int* session) {
  int64_t value = toInteger(env, index);
  *session = static_cast<int>(value);
  Session* found = binding->plane->sessions().at(value);
  if (found == nullptr) napi_throw_range_error(env, "ERR_SESSION", "no such session is open");
  return found;
}

bool enterAddress(napi_env env, Binding* binding, napi_value offset, Address* address) {
  int64_t at = toInteger(env, offset);
  const Arena* arena = binding->plane->arena();
  if (at >= 0 && at + static_cast<int64_t>(sizeof(Address)) <= static_cast<int64_t>(arena->length()) &&
      readAddress(arena->bytes() + at, address))
    return true;
  napi_throw_range_error(env, "ERR_ADDRESS", "no address record lies at this offset");
  return false;
}

napi_value openSession(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  if (binding == nullptr) return nullptr;
  int session = binding->plane->sessions().open();
  if (session < 0) {
    napi_throw_range_error(env, "ERR_SESSIONS", "all sessions of the packet socket are taken");
    return nullptr;
  }
  return number(env, session);
}

napi_value bindAddress(napi_env env, napi_callback_info info, bool current) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  int session;
  Address address;
  if (binding == nullptr || enterSession(env, binding, arguments[0], &session) == nullptr ||
      !enterAddress(env, binding, arguments[1], &address))
    return nullptr;
  Claim claim = current ? binding->plane->setAddress(session, address, monotonic())
                        : binding->plane->addAddress(session, address, monotonic());
  if (claim == Claim::Unreachable) {
    napi_throw_range_error(env, "ERR_ADDRESS", "an IPv4 socket cannot reach an IPv6 address");
    return nullptr;
  }
  napi_value bound;
  napi_get_boolean(env, claim == Claim::Bound, &bound);
  return bound;
}
napi_value setAddress(napi_env env, napi_callback_info info) { return bindAddress(env, info, true); }
napi_value addAddress(napi_env env, napi_callback_info info) { return bindAddress(env, info, false); }

napi_value startDtls(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  int session;
  if (binding == nullptr || enterSession(env, binding, arguments[0], &session) == nullptr) return nullptr;
  DtlsRole role = toBoolean(env, arguments[1]) ? DtlsRole::Client : DtlsRole::Server;
  Fingerprint remote;
  if (!Fingerprint::parse(toString(env, arguments[2]), toString(env, arguments[3]), &remote)) {
    napi_throw_range_error(env, "ERR_FINGERPRINT",
                           "a fingerprint is sha-256, sha-384 or sha-512 with hex pairs joined by colons");
    return nullptr;
  }
  if (!binding->plane->startDtls(session, role, remote, monotonic()))
    return throwError(env, "ERR_DTLS", "OpenSSL cannot make a DTLS association");
  armUnlessDelivering(binding);
  return nullptr;
}

napi_value setKeys(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  int session;
  if (binding == nullptr || enterSession(env, binding, arguments[0], &session) == nullptr) return nullptr;
  Profile profile = profileByName(toString(env, arguments[1]).c_str());
  const uint8_t* keys[2] = {};
  for (int i = 0; i < 2; i++) {
    napi_typedarray_type type = napi_int8_array;
    size_t length = 0;
    void* data = nullptr;
    napi_get_typedarray_info(env, arguments[2 + i], &type, &length, &data, nullptr, nullptr);
    const ProfileShape& shape = shapeOf(profile);
    if (profile == Profile::None || type != napi_uint8_array || length != shape.keyLength + shape.saltLength) {
      napi_throw_range_error(env, "ERR_KEYS", "a known SRTP profile wants its master key followed by its master salt");
      return nullptr;
    }
    keys[i] = static_cast<const uint8_t*>(data);
  }
  if (!binding->plane->setKeys(session, profile, keys[0], keys[1]))
    return throwError(env, "ERR_KEYS", "OpenSSL refuses these keys");
  return nullptr;
}

napi_value forgetStream(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  int session;
  if (binding == nullptr) return nullptr;
  Session* found = enterSession(env, binding, arguments[0], &session);
  if (found != nullptr && found->sender != nullptr)
    found->sender->forget(static_cast<uint32_t>(toInteger(env, arguments[1])));
  return nullptr;
}

napi_value profile(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  int session;
  if (binding == nullptr) return nullptr;
  Session* found = enterSession(env, binding, arguments[0], &session);
  if (found == nullptr || found->profile == Profile::None) return nullptr;
  return text(env, shapeOf(found->profile).name);
}

napi_value closeSession(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  int session;
  if (binding == nullptr || enterSession(env, binding, arguments[0], &session) == nullptr) return nullptr;
  binding->plane->closeSession(session);
  armUnlessDelivering(binding);
  return nullptr;
}

napi_value sendTo(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  Address address;
  if (binding == nullptr || !enterAddress(env, binding, arguments[0], &address)) return nullptr;
  int64_t offset = toInteger(env, arguments[1]);
  int64_t length = toInteger(env, arguments[2]);
  const Arena* arena = binding->plane->arena();
  if (offset < 0 || length < 1 || length > static_cast<int64_t>(kMaxRunBytes) ||
      offset + length > static_cast<int64_t>(arena->length())) {
    napi_throw_range_error(env, "ERR_ARENA", "the bytes to send lie outside the arena");
    return nullptr;
  }
  if (!binding->plane->sendTo(address, arena->bytes() + offset, static_cast<size_t>(length)))
    binding->plane->counters().sendErrors++;
  if (binding->plane->transmitter().backlogged()) armUnlessDelivering(binding);
  return nullptr;
}

napi_value flush(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  if (binding == nullptr) return nullptr;
  const char* problem = binding->plane->flush().run(static_cast<size_t>(toInteger(env, arguments[0])));
  if (binding->plane->transmitter().backlogged()) armUnlessDelivering(binding);
  if (problem != nullptr) napi_throw_range_error(env, "ERR_DESCRIPTOR", problem);
  return nullptr;
}

napi_value wakeAt(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  if (binding == nullptr) return nullptr;
  double time = 0;
  napi_get_value_double(env, arguments[0], &time);
  double at = (time - binding->clockOffset) * 1000;
  // A time too late to matter, or NaN, means never.
  binding->wakeAt = at < kLatest ? static_cast<int64_t>(at < 0 ? 0 : at) : -1;
  armUnlessDelivering(binding);
  return nullptr;
}

napi_value counters(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  if (binding == nullptr) return nullptr;
  napi_value result;
  napi_create_object(env, &result);
  const Counters& values = binding->plane->counters();
#define X(name) napi_set_named_property(env, result, #name, number(env, static_cast<double>(values.name)));
  PACKET_IO_COUNTERS(X)
#undef X
  Transmitter& transmitter = binding->plane->transmitter();
  napi_set_named_property(env, result, "sessions",
                          number(env, static_cast<double>(binding->plane->sessions().count())));
  napi_set_named_property(env, result, "queuedDatagrams",
                          number(env, static_cast<double>(transmitter.queuedDatagrams())));
  napi_set_named_property(env, result, "moderated", number(env, binding->moderation.active() ? 1 : 0));
  napi_set_named_property(env, result, "gsoEnabled", number(env, transmitter.gsoEnabled() ? 1 : 0));
  return result;
}

napi_value failNext(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  if (binding == nullptr) return nullptr;
  binding->plane->transmitter().failNext(static_cast<int>(toInteger(env, arguments[0])),
                                         static_cast<int>(toInteger(env, arguments[1])),
                                         static_cast<int>(toInteger(env, arguments[2])));
  return nullptr;
}

napi_value close(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  size_t count = kMaxArguments;
  napi_value self;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  napi_unwrap(env, self, &data);
  if (data != nullptr) closeBinding(static_cast<Binding*>(data));
  return nullptr;
}

// Returns {error, code, call} instead of an exception, so that JavaScript words the message; or the
// open socket.
napi_value openPacketSocket(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value options;
  napi_get_cb_info(env, info, &count, &options, nullptr, nullptr);
  auto size = [&](const char* name) { return static_cast<size_t>(toInteger(env, property(env, options, name))); };
  SocketResult socket = openSocket(toString(env, property(env, options, "address")),
                                   static_cast<uint16_t>(size("port")), size("socketBuffer"));
  napi_value result;
  napi_create_object(env, &result);
  if (socket.socket < 0) {
    napi_set_named_property(env, result, "code", text(env, uv_err_name(-socket.error)));
    napi_set_named_property(env, result, "reason", text(env, uv_strerror(-socket.error)));
    napi_set_named_property(env, result, "call", text(env, socket.call));
    return result;
  }
  napi_value budget = property(env, options, "incoming");
  auto rate = [&](const char* name) {
    double value = 1;
    napi_get_value_double(env, property(env, budget, name), &value);
    return value;
  };
  IncomingBudget incoming{rate("packets"),      rate("bits"),          rate("stun"),    rate("dtls"),
                          rate("strangerStun"), rate("strangersStun"), rate("patience")};
  Plane* plane = Plane::create({size("maxSessions"), size("callerBytes"), size("receiveBatch"), size("sendCapacity"),
                                size("dtlsMtu"), toString(env, property(env, options, "profiles")), incoming,
                                static_cast<int64_t>(size("queueAge")) * 1000});
  if (plane == nullptr) {
    ::close(socket.socket);
    return throwError(env, "ENOMEM", "no memory for the packet arena, or OpenSSL refuses the DTLS settings");
  }
  plane->attach(socket.socket, socket.family, socket.gso && !toBoolean(env, property(env, options, "disableGso")));

  uv_loop_t* loop;
  napi_get_uv_event_loop(env, &loop);
  auto* binding = new Binding();
  binding->moderation.moderateAbove(static_cast<int64_t>(size("moderateAbove")));
  if (!binding->alarm.open(loop, binding, onAlarm, onHandleClosed)) {
    ::close(socket.socket);
    delete plane;
    delete binding;
    return throwError(env, "EMFILE", "the system has no timer left for a packet socket");
  }
  binding->env = env;
  binding->plane = plane;
  binding->socket = socket.socket;
  napi_get_value_double(env, property(env, options, "clockOffset"), &binding->clockOffset);
  napi_create_reference(env, property(env, options, "onBatch"), 1, &binding->onBatch);
  napi_create_reference(env, property(env, options, "onWake"), 1, &binding->onWake);
  napi_async_init(env, nullptr, text(env, "PacketSocket"), &binding->async);
  uv_poll_init_socket(loop, &binding->poll, socket.socket);
  binding->poll.data = binding;
  binding->openHandles = 2;
  napi_add_async_cleanup_hook(env, onEnvironmentCleanup, binding, &binding->cleanup);
  napi_wrap(env, result, binding, onFinalize, nullptr, nullptr);

  Arena* arena = plane->arena();
  napi_value buffer;
  arena->retain();
  napi_create_external_arraybuffer(env, arena->bytes(), arena->length(), onArenaFinalize, arena, &buffer);
  napi_set_named_property(env, result, "buffer", buffer);
  auto tell = [&](const char* name, size_t value) {
    napi_set_named_property(env, result, name, number(env, static_cast<double>(value)));
  };
  tell("port", socket.port);
  tell("receiveBuffer", socket.receiveBuffer);
  tell("sendBuffer", socket.sendBuffer);
  tell("receivedOffset", arena->receivedOffset());
  tell("receivedCapacity", arena->receivedCapacity());
  tell("sendsOffset", arena->sendsOffset());
  tell("callerOffset", arena->callerOffset());
  napi_set_named_property(env, result, "address", text(env, socket.address));
  napi_set_named_property(env, result, "fingerprint", text(env, plane->fingerprint()));
  const napi_property_descriptor methods[] = {
#define METHOD(name) {#name, nullptr, name, nullptr, nullptr, nullptr, napi_default, nullptr}
      METHOD(openSession), METHOD(setAddress), METHOD(addAddress), METHOD(startDtls), METHOD(setKeys),
      METHOD(profile),     METHOD(forgetStream), METHOD(closeSession), METHOD(sendTo),   METHOD(flush),     METHOD(wakeAt), METHOD(counters),
      METHOD(failNext),    METHOD(close),
#undef METHOD
  };
  napi_define_properties(env, result, sizeof methods / sizeof methods[0], methods);
  arm(binding);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"openPacketSocket", nullptr, openPacketSocket, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"runFloor", nullptr, runFloor, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"srtpSessionKeys", nullptr, srtpSessionKeys, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"srtpVector", nullptr, srtpVector, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions);
  return exports;
}

}  // namespace packet_io
