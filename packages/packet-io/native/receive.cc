#include "receive.h"

#include <errno.h>
#include <netinet/udp.h>
#include <sys/uio.h>
#include <time.h>

#include <cstring>

namespace packet_io {

namespace {

#ifndef UDP_GRO
#define UDP_GRO 104
#endif
constexpr int kUdpLevel = 17;  // SOL_UDP

int64_t realTime() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
}

// A change of the system clock must not make a packet seem hours old.
constexpr int64_t kMaxAge = 1000000;

}  // namespace

Receiver::Receiver(Arena* arena, size_t messages, Counters* counters)
    : arena_(arena),
      counters_(counters),
      messages_(messages),
      names_(messages),
      vectors_(messages),
      controls_(messages),
      headers_(messages) {
  for (size_t i = 0; i < messages; i++) {
    vectors_[i] = {arena_->bytes() + arena_->slotOffset(i), Arena::kSlotBytes};
    prepare(i);
  }
}

size_t Receiver::fill(size_t socket) {
  Socket& from = sockets_[socket];
  counters_->receiveCalls++;
  int received = recvmmsg(from.socket, headers_.data(), static_cast<unsigned>(headers_.size()), MSG_DONTWAIT, nullptr);
  if (received <= 0) return 0;
  int64_t now = realTime();
  counters_->receivedMessages += static_cast<uint64_t>(received);
  for (int i = 0; i < received; i++) {
    msghdr& header = headers_[i].msg_hdr;
    ReceivedMessage& message = messages_[i];
    message = {headers_[i].msg_len, headers_[i].msg_len, 0};
    auto* address = reinterpret_cast<Address*>(arena_->bytes() + arena_->messageAddressOffset(i));
    if (!readSource(header, address) || (header.msg_flags & MSG_TRUNC) != 0) message.length = 0;
    address->setSocket(socket);
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
      if (control->cmsg_level == kUdpLevel && control->cmsg_type == UDP_GRO) {
        int segment;
        memcpy(&segment, CMSG_DATA(control), sizeof segment);
        if (segment > 0) message.segment = static_cast<size_t>(segment);
      } else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_TIMESTAMPNS) {
        timespec stamp;
        memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
        int64_t age = now - (static_cast<int64_t>(stamp.tv_sec) * 1000000 + stamp.tv_nsec / 1000);
        message.age = static_cast<int32_t>(age < 0 ? 0 : age > kMaxAge ? kMaxAge : age);
      } else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
        uint32_t drops;
        memcpy(&drops, CMSG_DATA(control), sizeof drops);
        // The counter only grows, and wraps; messages of one call are in order.
        counters_->kernelDrops += drops - from.kernelDrops;
        from.kernelDrops = drops;
      }
    }
    prepare(i);
  }
  return static_cast<size_t>(received);
}

// The kernel overwrites lengths and flags on every call.
void Receiver::prepare(size_t index) {
  msghdr& header = headers_[index].msg_hdr;
  memset(&header, 0, sizeof header);
  header.msg_name = &names_[index];
  header.msg_namelen = sizeof names_[index];
  header.msg_iov = &vectors_[index];
  header.msg_iovlen = 1;
  header.msg_control = controls_[index].bytes;
  header.msg_controllen = kControlBytes;
}

}  // namespace packet_io
