#include "flush.h"

#include <algorithm>

#include "clock.h"
#include "outgoing-packet.h"
#include "words.h"

namespace packet_io {

namespace {
// A separate datagram costs the kernel's path (about 3 µs); 16 bytes are 1.4 % of a full packet.
// The packets of one video frame differ by a byte or two, by eight when one has one more header
// extension.
constexpr size_t kMaxEveningPadding = 16;

Urgency urgencyOf(const int32_t* words) {
  if ((words[kSendFlags] & kSendFlagRtp) == 0) return Urgency::Control;
  return (words[kSendFlags] & kSendFlagAudio) != 0 ? Urgency::Audio : Urgency::Video;
}
}  // namespace

Flush::Flush(Arena* arena, size_t sendCapacity, SessionTable* sessions, Transmitter* transmitter, TcpConnections* tcp,
             Counters* counters)
    : arena_(arena),
      sessions_(sessions),
      transmitter_(transmitter),
      tcp_(tcp),
      counters_(counters),
      next_(sendCapacity) {
  touched_.reserve(sendCapacity);
  planned_.reserve(sendCapacity);
}

const char* Flush::run(size_t count) {
  const char* problem = nullptr;
  int32_t* sends = arena_->sends();
  touched_.clear();
  for (size_t i = 0; i < count; i++) {
    int32_t* words = sends + i * kSendWords;
    Session* session = sessions_->at(words[kSendSession]);
    if (session == nullptr || session->sender == nullptr || !session->addressed) {
      counters_->droppedNoSession++;
      continue;
    }
    if (const char* wrong = checkDescriptor(words, arena_->bytes(), arena_->length())) {
      problem = wrong;
      counters_->sendErrors++;
      continue;
    }
    auto index = static_cast<int32_t>(i);
    next_[i] = -1;
    if (session->firstSend < 0) {
      session->firstSend = index;
      touched_.push_back(words[kSendSession]);
    } else {
      next_[session->lastSend] = index;
    }
    session->lastSend = index;
  }
  for (size_t place = 0; place < touched_.size(); place++) {
    prefetchBehind(place);
    sendSession(touched_[place]);
  }
  transmitter_->submit();
  return problem;
}

void Flush::prefetchBehind(size_t place) const {
  auto at = [&](size_t steps) -> const Session* {
    return place + steps < touched_.size() ? sessions_->at(touched_[place + steps]) : nullptr;
  };
  auto ssrcOf = [&](int32_t send) {
    return static_cast<uint32_t>(arena_->sends()[static_cast<size_t>(send) * kSendWords + kSendSsrc]);
  };
  if (const Session* session = at(3)) {
    session->sender->prefetch();
    __builtin_prefetch(&session->destination);
    __builtin_prefetch(session->destination.control);
  }
  if (const Session* session = at(2)) session->sender->prefetchSlot(ssrcOf(session->firstSend));
  if (const Session* session = at(1)) {
    for (int32_t i = session->firstSend; i >= 0; i = next_[i]) session->sender->prefetchStream(ssrcOf(i));
  }
}

void Flush::sendSession(int index) {
  Session* session = sessions_->at(index);
  planned_.clear();
  size_t rtpOverhead = session->sender->rtpOverhead();
  size_t rtcpOverhead = session->sender->rtcpOverhead();
  for (int32_t i = session->firstSend; i >= 0; i = next_[i]) {
    const int32_t* words = arena_->sends() + static_cast<size_t>(i) * kSendWords;
    bool rtp = (words[kSendFlags] & kSendFlagRtp) != 0;
    planned_.push_back({words, plainLength(words, arena_->bytes(), session->extensionIds.get()) + (rtp ? rtpOverhead : rtcpOverhead),
                        std::min(maxPadding(words, arena_->bytes()), kMaxEveningPadding)});
  }
  session->firstSend = -1;
  session->lastSend = -1;
  if (session->destination.connection != 0) {
    sendFrames(session);
    return;
  }
  bool gso = transmitter_->gsoEnabled() && !session->destination.gsoRefused;
  for (size_t from = 0; from < planned_.size();) {
    size_t segment;
    size_t count = planRun(from, gso, &segment);
    sendRun(index, session, from, count, segment);
    from += count;
  }
}

size_t Flush::planRun(size_t from, bool gso, size_t* segment) const {
  size_t size = planned_[from].length;
  // The length to which padding can extend all packets so far.
  size_t ceiling = size + planned_[from].maxPadding;
  size_t count = 1;
  // While packets wait, each kind has its own queue.
  bool backlogged = transmitter_->backlogged();
  Urgency urgency = urgencyOf(planned_[from].words);
  while (gso && from + count < planned_.size() && count < kMaxSegments) {
    const Planned& next = planned_[from + count];
    if (backlogged && urgencyOf(next.words) != urgency) break;
    size_t grown = std::max(size, next.length);
    if (grown > ceiling || grown * (count + 1) > kMaxRunBytes) break;
    count++;
    // Too short to pad to the size of the run: it may still be the last.
    if (next.length + next.maxPadding < grown) break;
    size = grown;
    ceiling = std::min(ceiling, next.length + next.maxPadding);
  }
  *segment = size;
  return count;
}

void Flush::sendFrames(Session* session) {
  uint32_t connection = session->destination.connection;
  int64_t now = monotonic();
  for (const Planned& packet : planned_) {
    if (packet.length > kMaxFrame) {
      counters_->sendErrors++;
      continue;
    }
    size_t written = protect(session, packet, 0, tcp_->frame(connection, packet.length, now));
    if (written > 0) tcp_->add(written, urgencyOf(packet.words));
  }
  tcp_->write(connection, now);
}

// Writes the protected packet to `out`; returns its length, 0 when it cannot be sent.
size_t Flush::protect(Session* session, const Planned& packet, size_t padding, uint8_t* out) {
  const int32_t* words = packet.words;
  size_t written;
  if (words[kSendFlags] & kSendFlagRtp) {
    OutgoingRtp rtp = writeRtp(words, arena_->bytes(), session->extensionIds.get(), padding, out);
    bool repeatable = (words[kSendFlags] & kSendFlagRepeatable) != 0;
    written = session->sender->protectRtp(out, rtp.headerLength, rtp.payload, rtp.payloadLength, repeatable);
    if (written > 0) counters_->paddingBytes += padding;
  } else {
    const uint8_t* rtcp = arena_->bytes() + words[kSendOffset];
    written = session->sender->protectRtcp(rtcp, static_cast<size_t>(words[kSendLength]), out);
  }
  if (written > 0) return written;
  if ((words[kSendFlags] & kSendFlagRtp) != 0 && session->sender->full()) {
    counters_->droppedTooManyStreams++;
  } else {
    counters_->sendErrors++;
  }
  return 0;
}

void Flush::sendRun(int index, Session* session, size_t from, size_t count, size_t segment) {
  uint8_t* begin = transmitter_->room(segment * count);
  uint8_t* out = begin;
  Urgency urgency = Urgency::Control;
  for (size_t i = 0; i < count; i++) {
    const Planned& packet = planned_[from + i];
    urgency = std::max(urgency, urgencyOf(packet.words));
    // The last packet may be shorter.
    bool padded = (packet.words[kSendFlags] & kSendFlagRtp) != 0 && i + 1 < count;
    out += protect(session, packet, padded ? segment - packet.length : 0, out);
  }
  auto length = static_cast<size_t>(out - begin);
  if (length > 0) transmitter_->add(&session->destination, length, segment, urgency, index);
}

}  // namespace packet_io
