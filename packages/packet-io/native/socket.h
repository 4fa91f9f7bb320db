#pragma once
// Opens and binds the UDP socket, and the TCP socket beside it.

#include <cstddef>
#include <cstdint>
#include <string>

#include "address.h"

namespace packet_io {

struct SocketResult {
  int socket = -1;
  int family = 0;
  uint16_t port = 0;
  std::string address;
  // Whether the kernel supports UDP_SEGMENT.
  bool gso = false;
  // The bytes that the kernel granted of the requested buffers.
  size_t receiveBuffer = 0;
  size_t sendBuffer = 0;
  // An errno and the call that failed.
  int error = 0;
  const char* call = "";
};

// All sockets of a plane.
struct Sockets {
  SocketResult udp[kMaxSockets];
  size_t count = 0;
  // Where no TCP was requested: -1 without an error.
  SocketResult tcp;

  // The one that could not be opened, or null; the others are closed then.
  const SocketResult* failed = nullptr;
  void close();
};

// UDP at each of these ports, and TCP at the first. A port that the kernel chose for UDP (0) may be
// taken by TCP; it chooses another.
bool openSockets(const std::string& address, const uint16_t* ports, size_t count, size_t bufferBytes, bool withTcp,
                 Sockets* sockets);

// An empty address means `::` with IPv4 mapped where the host has IPv6, else `0.0.0.0`.
SocketResult openSocket(const std::string& address, uint16_t port, size_t bufferBytes);

// Opens a listening TCP socket at the address and port of this UDP socket.
SocketResult openListener(const SocketResult& udp);

// Sets the options of an accepted connection; false when it has ended already.
bool prepareConnection(int socket);

}  // namespace packet_io
