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
  void open(int socket) { socket_ = socket; }

  // Fills slots and address records from the first on; returns the number of messages.
  size_t fill();
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
  int socket_ = -1;
  // The kernel's own counter, as of the last message.
  uint32_t kernelDrops_ = 0;
  std::vector<ReceivedMessage> messages_;
  std::vector<sockaddr_in6> names_;
  std::vector<iovec> vectors_;
  std::vector<Control> controls_;
  std::vector<mmsghdr> headers_;
};

}  // namespace packet_io
