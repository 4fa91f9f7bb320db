// The side of the plane that serves TCP connections.
// Hot path: no allocation per packet.

#include <cstring>

#include "bytes.h"
#include "classify.h"
#include "plane.h"
#include "words.h"

namespace packet_io {

bool Plane::receiveTcp(int64_t now) {
  messages_ = 0;
  message_ = 0;
  position_ = 0;
  read_ = 0;
  strangerStun_ = false;
  bool more = tcp_.poll(now);
  reportEnded();
  return more;
}

bool Plane::nextFrames(int64_t now) {
  const std::vector<TcpRead>& reads = tcp_.reads();
  for (; read_ < reads.size(); read_++, position_ = 0) {
    const TcpRead& read = reads[read_];
    size_t addressOffset = arena_->messageAddressOffset(read_);
    Address address;
    memcpy(&address, arena_->bytes() + addressOffset, sizeof address);
    int session = sessions_.find(address);
    while (position_ < read.length) {
      if (recorded_ == arena_->receivedCapacity()) return false;
      uint8_t* frame = arena_->bytes() + arena_->slotOffset(read_) + position_;
      uint8_t* bytes = frame + kFrameHeader;
      size_t length = readUint16(frame);
      // A check is a peer's first frame. Its handshake may follow before JavaScript has seen the check.
      bool waits = strangerStun_ && recorded_ > 0 && classify(bytes, length) == DatagramKind::Dtls;
      if (session < 0 && !waits && classify(bytes, length) != DatagramKind::Stun && tcp_.isStranger(read.connection)) {
        tcp_.reject(read.connection);
        break;
      }
      if (accept(bytes, length, session, address, addressOffset, 0, now) == Accept::Wait) return false;
      counters_.tcpFramesReceived++;
      position_ += kFrameHeader + length;
    }
  }
  return true;
}

// The address of a connection that has ended belongs to nobody. A session that was sending there is
// reported.
void Plane::reportEnded() {
  Address address;
  while (tcp_.takeEnded(&address)) {
    int session = sessions_.release(address);
    if (session >= 0) events_.push_back({kReceiveKindGone, session, 0});
  }
}

}  // namespace packet_io
