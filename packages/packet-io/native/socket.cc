#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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

SocketResult openFamily(int family, const std::string& address, uint16_t port, size_t bufferBytes) {
  SocketResult result;
  result.family = family;
  result.address = address;
  sockaddr_storage name{};
  socklen_t nameLength;
  if (family == AF_INET6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&name);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    nameLength = sizeof *v6;
    if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) != 1) errno = EINVAL, nameLength = 0;
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&name);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    nameLength = sizeof *v4;
    if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) != 1) errno = EINVAL, nameLength = 0;
  }
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

}  // namespace packet_io
