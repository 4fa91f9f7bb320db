#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <cstring>

#include "address.h"

namespace packet_io {

namespace {

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
constexpr int kUdpLevel = 17;  // SOL_UDP

constexpr int kListenBacklog = 256;
// Bytes that the kernel holds before their first transmission, 65 ms at 2 Mbit/s: more of them wait
// in our queue, where the less urgent ones can be dropped.
constexpr int kUnsentBytes = 16384;
// A peer without an answer for that long is gone; consent expires after 30 s.
constexpr int kDeadAfterMilliseconds = 20000;
constexpr int kKeepAliveSeconds = 20;

bool enable(int socket, int level, int option) {
  int on = 1;
  return setsockopt(socket, level, option, &on, sizeof on) == 0;
}

// Returns the bytes granted.
size_t setBuffer(int socket, int option, int forced, size_t bytes) {
  int size = static_cast<int>(bytes);
  // Root may exceed net.core.[rw]mem_max; otherwise the kernel grants what it allows.
  if (forced == 0 || setsockopt(socket, SOL_SOCKET, forced, &size, sizeof size) != 0)
    setsockopt(socket, SOL_SOCKET, option, &size, sizeof size);
  int granted = 0;
  socklen_t length = sizeof granted;
  if (getsockopt(socket, SOL_SOCKET, option, &granted, &length) != 0) return 0;
  // socket(7): the kernel doubles the value for its bookkeeping, and returns the doubled one.
  granted /= 2;
  return static_cast<size_t>(granted);
}

SocketResult fail(SocketResult result, const char* call) {
  result.error = errno;
  result.call = call;
  if (result.socket >= 0) ::close(result.socket);
  result.socket = -1;
  return result;
}

// Returns the length of the name, or 0 with errno for a text that is no address.
socklen_t writeName(int family, const std::string& address, uint16_t port, sockaddr_storage* name) {
  memset(name, 0, sizeof *name);
  name->ss_family = static_cast<sa_family_t>(family);
  void* bytes;
  if (family == AF_INET6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(name);
    v6->sin6_port = htons(port);
    bytes = &v6->sin6_addr;
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(name);
    v4->sin_port = htons(port);
    bytes = &v4->sin_addr;
  }
  if (inet_pton(family, address.c_str(), bytes) == 1) return family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  errno = EINVAL;
  return 0;
}

SocketResult openFamily(int family, const std::string& address, uint16_t port, size_t bufferBytes) {
  SocketResult result;
  result.family = family;
  result.address = address;
  sockaddr_storage name;
  socklen_t nameLength = writeName(family, address, port, &name);
  if (nameLength == 0) return fail(result, "bind");
  result.socket = ::socket(family, SOCK_DGRAM, 0);
  if (result.socket < 0) return fail(result, "socket");
  if (fcntl(result.socket, F_SETFL, O_NONBLOCK) < 0 || fcntl(result.socket, F_SETFD, FD_CLOEXEC) < 0)
    return fail(result, "fcntl");
  if (family == AF_INET6) {
    int off = 0;
    if (setsockopt(result.socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0) return fail(result, "setsockopt");
    if (!enable(result.socket, IPPROTO_IPV6, IPV6_RECVPKTINFO)) return fail(result, "setsockopt");
  } else {
    if (!enable(result.socket, IPPROTO_IP, IP_PKTINFO)) return fail(result, "setsockopt");
  }
  result.receiveBuffer = setBuffer(result.socket, SO_RCVBUF, SO_RCVBUFFORCE, bufferBytes);
  result.sendBuffer = setBuffer(result.socket, SO_SNDBUF, SO_SNDBUFFORCE, bufferBytes);
  enable(result.socket, SOL_SOCKET, SO_TIMESTAMPNS);
  enable(result.socket, SOL_SOCKET, SO_RXQ_OVFL);
  enable(result.socket, kUdpLevel, UDP_GRO);
  int segment = 0;
  socklen_t segmentLength = sizeof segment;
  result.gso = getsockopt(result.socket, kUdpLevel, UDP_SEGMENT, &segment, &segmentLength) == 0;
  if (bind(result.socket, reinterpret_cast<sockaddr*>(&name), nameLength) < 0) return fail(result, "bind");
  if (getsockname(result.socket, reinterpret_cast<sockaddr*>(&name), &nameLength) < 0)
    return fail(result, "getsockname");
  uint16_t bound = family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&name)->sin6_port
                                      : reinterpret_cast<sockaddr_in*>(&name)->sin_port;
  result.port = ntohs(bound);
  return result;
}

}  // namespace

SocketResult openSocket(const std::string& address, uint16_t port, size_t bufferBytes) {
  if (!address.empty()) {
    int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
    return openFamily(family, address, port, bufferBytes);
  }
  SocketResult dual = openFamily(AF_INET6, "::", port, bufferBytes);
  if (dual.error != EAFNOSUPPORT && dual.error != EADDRNOTAVAIL) return dual;
  return openFamily(AF_INET, "0.0.0.0", port, bufferBytes);
}

SocketResult openListener(const SocketResult& udp) {
  SocketResult result;
  result.family = udp.family;
  result.address = udp.address;
  result.port = udp.port;
  sockaddr_storage name;
  socklen_t nameLength = writeName(udp.family, udp.address, udp.port, &name);
  result.socket = ::socket(udp.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (result.socket < 0) return fail(result, "socket");
  // Connections of a process that has just ended do not keep the port.
  if (!enable(result.socket, SOL_SOCKET, SO_REUSEADDR)) return fail(result, "setsockopt");
  int off = 0;
  if (udp.family == AF_INET6 && setsockopt(result.socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0)
    return fail(result, "setsockopt");
  if (bind(result.socket, reinterpret_cast<sockaddr*>(&name), nameLength) < 0) return fail(result, "bind");
  if (listen(result.socket, kListenBacklog) < 0) return fail(result, "listen");
  return result;
}

void Sockets::close() {
  for (size_t i = 0; i < count; i++) ::close(udp[i].socket);
  if (tcp.socket >= 0) ::close(tcp.socket);
  count = 0;
  tcp.socket = -1;
}

bool openSockets(const std::string& address, const uint16_t* ports, size_t count, size_t bufferBytes, bool withTcp,
                 Sockets* sockets) {
  constexpr int kTries = 20;
  for (int i = 1; i <= kTries; i++) {
    sockets->failed = nullptr;
    for (size_t place = 0; place < count && sockets->failed == nullptr; place++) {
      SocketResult& udp = sockets->udp[place];
      udp = openSocket(address, ports[place], bufferBytes);
      if (udp.socket < 0) {
        udp.port = ports[place];
        sockets->failed = &udp;
      } else {
        sockets->count = place + 1;
      }
    }
    if (sockets->failed == nullptr && withTcp) {
      sockets->tcp = openListener(sockets->udp[0]);
      if (sockets->tcp.socket < 0) sockets->failed = &sockets->tcp;
    }
    if (sockets->failed == nullptr) return true;
    sockets->close();
    if (ports[0] != 0 || sockets->failed != &sockets->tcp || sockets->tcp.error != EADDRINUSE) return false;
  }
  return false;
}

bool prepareConnection(int socket) {
  const struct {
    int level;
    int option;
    int value;
  } options[] = {
      {IPPROTO_TCP, TCP_NODELAY, 1},
      {IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytes},
      {IPPROTO_TCP, TCP_USER_TIMEOUT, kDeadAfterMilliseconds},
      {SOL_SOCKET, SO_KEEPALIVE, 1},
      {IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveSeconds},
      {IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveSeconds / 4},
      {IPPROTO_TCP, TCP_KEEPCNT, 3},
  };
  for (const auto& [level, option, value] : options) {
    if (setsockopt(socket, level, option, &value, sizeof value) != 0) return false;
  }
  return true;
}

}  // namespace packet_io
