#pragma once
// Opens and binds the UDP socket, and the TCP socket beside it.

#include <cstddef>
#include <cstdint>
#include <string>

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

// An empty address means `::` with IPv4 mapped where the host has IPv6, else `0.0.0.0`.
SocketResult openSocket(const std::string& address, uint16_t port, size_t bufferBytes);

// Opens a listening TCP socket at the address and port of this UDP socket.
SocketResult openListener(const SocketResult& udp);

// Sets the options of an accepted connection; false when it has ended already.
bool prepareConnection(int socket);

}  // namespace packet_io
