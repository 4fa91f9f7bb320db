// The functions that src/native.ts declares. src/packet-socket.ts checks the arguments, except for
// the contents of the arena.

#include "addon.h"

#include <unistd.h>

#include <cstring>
#include <memory>
#include <utility>

#include "binding.h"
#include "clock.h"
#include "socket.h"
#include "values.h"

namespace packet_io {
namespace {

// Microseconds of the monotonic clock: 30 years.
constexpr double kLatest = 1e15;

void onFinalize(napi_env, void* data, void*) { releaseBinding(static_cast<Binding*>(data)); }

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
      readAddress(arena->bytes() + at, address) && address->socket() < binding->socketCount)
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
      napi_throw_range_error(env, "ERR_KEYS", "keys are those of a known SRTP profile: its master key, then its master salt");
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

// The id of each stored element for this session; src/packet-socket.ts checks the array.
napi_value setExtensionIds(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];
  Binding* binding = enter(env, info, arguments);
  int session;
  if (binding == nullptr) return nullptr;
  Session* found = enterSession(env, binding, arguments[0], &session);
  if (found == nullptr) return nullptr;
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env, arguments[1], nullptr, &length, &data, nullptr, nullptr);
  auto ids = std::make_unique<ExtensionIds>();
  if (length != sizeof ids->of) {
    napi_throw_range_error(env, "ERR_EXTENSION_IDS", "extension ids are 16 bytes");
    return nullptr;
  }
  memcpy(ids->of, data, length);
  found->extensionIds = std::move(ids);
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
  TcpConnections& tcp = binding->plane->tcp();
  napi_set_named_property(env, result, "tcpConnections", number(env, static_cast<double>(tcp.count())));
  napi_set_named_property(env, result, "tcpStrangers", number(env, static_cast<double>(tcp.strangers())));
  napi_set_named_property(env, result, "moderated", number(env, binding->moderation.active() ? 1 : 0));
  napi_set_named_property(env, result, "gsoEnabled", number(env, transmitter.gsoEnabled() ? 1 : 0));
  return result;
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

size_t size(napi_env env, napi_value options, const char* name) {
  return static_cast<size_t>(toInteger(env, property(env, options, name)));
}

IncomingBudget incomingBudget(napi_env env, napi_value budget) {
  auto rate = [&](const char* name) {
    double value = 1;
    napi_get_value_double(env, property(env, budget, name), &value);
    return value;
  };
  return {rate("packets"),      rate("bits"),          rate("stun"),    rate("dtls"),
          rate("strangerStun"), rate("strangersStun"), rate("patience")};
}

TcpLimits tcpLimits(napi_env env, napi_value limits) {
  auto microseconds = [&](const char* name) { return static_cast<int64_t>(size(env, limits, name)) * 1000; };
  return {size(env, limits, "connections"), size(env, limits, "connectionsOfAddress"),
          size(env, limits, "strangers"),   size(env, limits, "strangersOfAddress"),
          microseconds("patience"),         microseconds("idle"),
          size(env, limits, "queueBytes"),  microseconds("queueAge")};
}

// The code, the reason and the call of a failed opening, so that JavaScript words the message.
napi_value describeFailure(napi_env env, napi_value result, const Sockets& sockets) {
  const SocketResult& socket = *sockets.failed;
  napi_value isTcp;
  napi_get_boolean(env, sockets.failed == &sockets.tcp, &isTcp);
  napi_set_named_property(env, result, "port", number(env, socket.port));
  napi_set_named_property(env, result, "tcp", isTcp);
  napi_set_named_property(env, result, "code", text(env, uv_err_name(-socket.error)));
  napi_set_named_property(env, result, "reason", text(env, uv_strerror(-socket.error)));
  napi_set_named_property(env, result, "call", text(env, socket.call));
  return result;
}

void describeSocket(napi_env env, napi_value result, const Sockets& sockets, Plane* plane) {
  const SocketResult& socket = sockets.udp[0];
  napi_value extraPorts;
  napi_create_array(env, &extraPorts);
  for (size_t i = 1; i < sockets.count; i++) {
    napi_set_element(env, extraPorts, static_cast<uint32_t>(i - 1), number(env, sockets.udp[i].port));
  }
  napi_set_named_property(env, result, "extraPorts", extraPorts);
  Arena* arena = plane->arena();
  napi_value buffer;
  arena->retain();
  napi_create_external_arraybuffer(env, arena->bytes(), arena->length(), onArenaFinalize, arena, &buffer);
  napi_set_named_property(env, result, "buffer", buffer);
  auto set = [&](const char* name, size_t value) {
    napi_set_named_property(env, result, name, number(env, static_cast<double>(value)));
  };
  set("port", socket.port);
  set("receiveBuffer", socket.receiveBuffer);
  set("sendBuffer", socket.sendBuffer);
  set("receivedOffset", arena->receivedOffset());
  set("receivedCapacity", arena->receivedCapacity());
  set("sendsOffset", arena->sendsOffset());
  set("callerOffset", arena->callerOffset());
  napi_set_named_property(env, result, "address", text(env, socket.address));
  napi_set_named_property(env, result, "fingerprint", text(env, plane->fingerprint()));
}

void defineMethods(napi_env env, napi_value socket) {
  const napi_property_descriptor methods[] = {
#define METHOD(name) {#name, nullptr, name, nullptr, nullptr, nullptr, napi_default, nullptr}
      METHOD(openSession),  METHOD(setAddress),   METHOD(addAddress), METHOD(startDtls), METHOD(setKeys),
      METHOD(profile),      METHOD(setExtensionIds), METHOD(forgetStream), METHOD(closeSession), METHOD(sendTo),  METHOD(flush),
      METHOD(wakeAt),       METHOD(counters),     METHOD(close),
#undef METHOD
  };
  napi_define_properties(env, socket, sizeof methods / sizeof methods[0], methods);
}

// False with `failed` set, or with a list that is too long.
bool openSockets(napi_env env, napi_value options, Sockets* sockets) {
  napi_value extraPorts = property(env, options, "extraPorts");
  uint32_t extra = 0;
  napi_get_array_length(env, extraPorts, &extra);
  uint16_t ports[kMaxSockets] = {static_cast<uint16_t>(size(env, options, "port"))};
  if (extra >= kMaxSockets) return false;
  for (uint32_t i = 0; i < extra; i++) {
    napi_value port;
    napi_get_element(env, extraPorts, i, &port);
    ports[1 + i] = static_cast<uint16_t>(toInteger(env, port));
  }
  return openSockets(toString(env, property(env, options, "address")), ports, 1 + extra,
                     size(env, options, "socketBuffer"), toBoolean(env, property(env, options, "tcp")), sockets);
}

// Returns the open socket, or the failure.
napi_value openPacketSocket(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value options;
  napi_get_cb_info(env, info, &count, &options, nullptr, nullptr);
  Sockets sockets;
  napi_value result;
  napi_create_object(env, &result);
  if (!openSockets(env, options, &sockets))
    return sockets.failed == nullptr ? throwError(env, "ERR_PORTS", "too many ports") : describeFailure(env, result, sockets);
  Plane* plane = Plane::create({size(env, options, "maxSessions"), size(env, options, "callerBytes"),
                                size(env, options, "receiveBatch"), size(env, options, "sendCapacity"),
                                size(env, options, "dtlsMtu"), toString(env, property(env, options, "profiles")),
                                incomingBudget(env, property(env, options, "incoming")),
                                static_cast<int64_t>(size(env, options, "queueAge")) * 1000,
                                tcpLimits(env, property(env, options, "tcpLimits"))});
  if (plane == nullptr) {
    sockets.close();
    return throwError(env, "ENOMEM", "no memory for the packet arena, or OpenSSL refuses the DTLS settings");
  }
  bool gso = !toBoolean(env, property(env, options, "disableGso"));
  auto* binding = new Binding();
  for (; binding->socketCount < sockets.count; binding->socketCount++) {
    const SocketResult& socket = sockets.udp[binding->socketCount];
    plane->attach(socket.socket, socket.family, socket.gso && gso);
    binding->sockets[binding->socketCount].socket = socket.socket;
  }
  binding->moderation.moderateAbove(static_cast<int64_t>(size(env, options, "moderateAbove")));
  napi_get_value_double(env, property(env, options, "clockOffset"), &binding->clockOffset);
  bool listens = sockets.tcp.socket < 0 || plane->listen(sockets.tcp.socket);
  if (!listens || !startBinding(binding, env, plane)) {
    // The plane closes its listening socket.
    sockets.tcp.socket = -1;
    sockets.close();
    delete plane;
    delete binding;
    return throwError(env, "EMFILE", "the system has no timer or epoll left for a packet socket");
  }
  napi_create_reference(env, property(env, options, "onBatch"), 1, &binding->onBatch);
  napi_create_reference(env, property(env, options, "onWake"), 1, &binding->onWake);
  napi_async_init(env, nullptr, text(env, "PacketSocket"), &binding->async);
  napi_wrap(env, result, binding, onFinalize, nullptr, nullptr);
  describeSocket(env, result, sockets, plane);
  defineMethods(env, result);
  return result;
}

}  // namespace

napi_value exportSocket(napi_env env, napi_value exports) {
  const napi_property_descriptor function = {
      "openPacketSocket", nullptr, openPacketSocket, nullptr, nullptr, nullptr, napi_default, nullptr};
  napi_define_properties(env, exports, 1, &function);
  return exports;
}

}  // namespace packet_io
