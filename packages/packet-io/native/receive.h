#pragma once
// Takes datagrams from the kernel in batches: recvmmsg, with datagrams of one sender joined by UDP
// GRO.
// Hot path: no allocation per packet.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "address.h"
#include "arena.h"
#include "counters.h"

namespace packet_io {

struct ReceivedMessage {
  size_t length;
  // The length of its datagrams; the last may be shorter.
  size_t segment;
  // Microseconds since the kernel received it.
  int32_t age;
};

class Receiver {
 public:
  Receiver(Arena* arena, size_t messages, Counters* counters);
  void open(int socket) { sockets_[count_++].socket = socket; }

  // Fills slots and address records from the first on, from one of the sockets; returns the number
  // of messages.
  size_t fill(size_t socket);
  const ReceivedMessage& message(size_t index) const { return messages_[index]; }
  size_t capacity() const { return messages_.size(); }

 private:
  // Room for local address, time stamp and segment size.
  static constexpr size_t kControlBytes = 192;
  struct Control {
    alignas(8) uint8_t bytes[kControlBytes];
  };
  void prepare(size_t index);

  Arena* arena_;
  Counters* counters_;
  struct Socket {
    int socket = -1;
    // The kernel's own counter, as of the last message.
    uint32_t kernelDrops = 0;
  };
  Socket sockets_[kMaxSockets];
  size_t count_ = 0;
  std::vector<ReceivedMessage> messages_;
  std::vector<sockaddr_in6> names_;
  std::vector<iovec> vectors_;
  std::vector<Control> controls_;
  std::vector<mmsghdr> headers_;
};

}  // namespace packet_io
