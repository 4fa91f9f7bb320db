#include "plane.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "classify.h"
#include "clock.h"
#include "words.h"

namespace packet_io {

namespace {
// A ClientHello is two datagrams, retransmitted after a while: more datagrams than this are not an
// early handshake.
constexpr size_t kMaxEarlyDatagrams = 4;
constexpr size_t kMaxEarlyBytes = 2048;

static_assert(sizeof(Address) == kAddressBytes, "JavaScript reads address records");
static_assert(static_cast<int>(DtlsState::Connecting) == kDtlsStateConnecting &&
                  static_cast<int>(DtlsState::Connected) == kDtlsStateConnected &&
                  static_cast<int>(DtlsState::Failed) == kDtlsStateFailed &&
                  static_cast<int>(DtlsState::Closed) == kDtlsStateClosed,
              "JavaScript reads the states");
}  // namespace

Plane* Plane::create(const PlaneOptions& options) {
  Arena* arena = Arena::create({options.maxSessions, options.receiveMessages, options.sendCapacity, options.callerBytes});
  if (arena == nullptr) return nullptr;
  auto* plane = new Plane(options, arena);
  if (plane->dtlsContext_.open(options.profiles, options.dtlsMtu)) return plane;
  delete plane;
  return nullptr;
}

Plane::Plane(const PlaneOptions& options, Arena* arena)
    : arena_(arena),
      sessions_(options.maxSessions),
      budgets_(options.incoming),
      receiver_(arena, options.receiveMessages, &counters_),
      transmitter_(&counters_, options.maxSessions, options.queueAge),
      tcp_(options.tcp, arena, options.receiveMessages, &sessions_, &counters_),
      flush_(arena, options.sendCapacity, &sessions_, &transmitter_, &tcp_, &counters_),
      senders_(options.receiveMessages, -1) {}

Plane::~Plane() { arena_->release(); }

void Plane::attach(int socket, int family, bool gso) {
  family_ = family;
  receiver_.open(socket);
  transmitter_.open(socket, gso);
}

bool Plane::receive(size_t socket) {
  messages_ = receiver_.fill(socket);
  message_ = 0;
  position_ = 0;
  strangerStun_ = false;
  return messages_ == receiver_.capacity();
}

size_t Plane::nextBatch(int64_t now) {
  recorded_ = 0;
  // The other records are for datagrams, of which that many may arrive.
  while (!events_.empty() && recorded_ < Arena::kEventRecords / 2) {
    Event event = events_.front();
    events_.pop_front();
    record(event.kind, event.session, event.state, 0, 0, arena_->sessionAddressOffset(static_cast<size_t>(event.session)));
  }
  findSenders();
  for (; message_ < messages_; message_++, position_ = 0) {
    prefetchBehind(message_);
    const ReceivedMessage& message = receiver_.message(message_);
    size_t slot = arena_->slotOffset(message_);
    size_t addressOffset = arena_->messageAddressOffset(message_);
    Address address;
    memcpy(&address, arena_->bytes() + addressOffset, sizeof address);
    int session = senders_[message_];
    while (position_ < message.length) {
      size_t length = std::min(message.segment, message.length - position_);
      uint8_t* bytes = arena_->bytes() + slot + position_;
      if (accept(bytes, length, session, address, addressOffset, message.age, now) == Accept::Wait) return recorded_;
      position_ += length;
    }
  }
  if (nextFrames(now)) strangerStun_ = false;
  return recorded_;
}

// All datagrams of a message have one sender, and addresses are not bound within a batch. One
// look-up does not wait for the memory of another.
void Plane::findSenders() {
  for (size_t i = message_; i < messages_; i++) {
    Address address;
    memcpy(&address, arena_->bytes() + arena_->messageAddressOffset(i), sizeof address);
    senders_[i] = sessions_.find(address);
  }
}

// Prefetches the data of the next messages; each step needs the result of the one before.
void Plane::prefetchBehind(size_t message) const {
  auto at = [&](size_t steps) -> const Session* {
    return message + steps < messages_ ? sessions_.peek(senders_[message + steps]) : nullptr;
  };
  auto packetOf = [&](size_t steps) { return arena_->bytes() + arena_->slotOffset(message + steps); };
  if (const Session* session = at(4)) {
    __builtin_prefetch(session);
    __builtin_prefetch(&session->budget);
    __builtin_prefetch(&session->current);
  }
  const Session* session = at(3);
  if (session != nullptr && session->receiver != nullptr) session->receiver->prefetch();
  session = at(2);
  if (session != nullptr && session->receiver != nullptr) session->receiver->prefetchSlot(packetOf(2));
  session = at(1);
  if (session != nullptr && session->receiver != nullptr) session->receiver->prefetchStream(packetOf(1));
}

Plane::Accept Plane::accept(uint8_t* bytes, size_t length, int session, const Address& address, size_t addressOffset,
                            int32_t age, int64_t now) {
  DatagramKind kind = classify(bytes, length);
  // A handshake directly after the first ICE check: JavaScript gets the check first and may bind
  // the address.
  if (session < 0 && kind == DatagramKind::Dtls && strangerStun_ && recorded_ > 0) {
    strangerStun_ = false;
    return Accept::Wait;
  }
  counters_.receivedDatagrams++;
  counters_.receivedBytes += length;
  if (kind == DatagramKind::Unknown) {
    counters_.droppedUnclassified++;
  } else if (kind == DatagramKind::Stun) {
    bool fits = session < 0 ? budgets_.strangerStun(address, now) : budgets_.stun(&sessions_.at(session)->budget, now);
    if (!fits) {
      counters_.droppedStun++;
      return Accept::Done;
    }
    if (session < 0) strangerStun_ = true;
    record(kReceiveKindStun, session, static_cast<int32_t>(bytes - arena_->bytes()), static_cast<int32_t>(length), age,
           addressOffset);
  } else if (session < 0) {
    counters_.droppedUnknownAddress++;
  } else if (kind == DatagramKind::Dtls) {
    acceptDtls(session, bytes, length, address, now);
  } else {
    acceptSrtp(session, kind == DatagramKind::Rtcp, bytes, length, address, addressOffset, age, now);
  }
  return Accept::Done;
}

void Plane::acceptDtls(int index, const uint8_t* bytes, size_t length, const Address& from, int64_t now) {
  Session* session = sessions_.at(index);
  if (!budgets_.dtls(&session->budget, now)) {
    counters_.droppedDtls++;
    return;
  }
  if (session->dtls == nullptr) {
    if (session->early.size() < kMaxEarlyDatagrams && length <= kMaxEarlyBytes && DtlsRecords::opens(bytes, length)) {
      session->early.emplace_back(bytes, bytes + length);
    } else {
      counters_.droppedDtls++;
    }
    return;
  }
  bool idle = session->dtls->state() == DtlsState::Idle;
  bool connecting = session->dtls->state() != DtlsState::Connected;
  if (!session->dtls->receive(bytes, length, now)) counters_.droppedDtls++;
  if (idle && session->dtls->state() != DtlsState::Idle) handshakes_.push_back(index);
  // The last flight answers one that was sent to `current`.
  if (connecting && session->dtls->state() == DtlsState::Connected && session->isCurrent(from)) session->proven = true;
  reportDtls(index);
}

void Plane::acceptSrtp(int index, bool rtcp, uint8_t* bytes, size_t length, const Address& from, size_t addressOffset,
                       int32_t age, int64_t now) {
  Session* session = sessions_.at(index);
  if (session->receiver == nullptr) {
    counters_.droppedAuthentication++;
    return;
  }
  uint64_t replaced = session->receiver->replacedStreams();
  Unprotect result =
      rtcp ? session->receiver->unprotectRtcp(bytes, &length) : session->receiver->unprotectRtp(bytes, &length);
  counters_.replacedStreams += session->receiver->replacedStreams() - replaced;
  switch (result) {
    case Unprotect::Ok: {
      int32_t flags = 0;
      if (session->isCurrent(from)) {
        session->proven = true;
        session->seenAt = now;
      } else if (session->receiver->newest()) {
        flags = kReceiveFlagElsewhere;
      }
      Verdict verdict = budgets_.media(&session->budget, rtcp, length, now);
      if (verdict == Verdict::Report) events_.push_back({kReceiveKindFlood, index, 0});
      if (verdict != Verdict::Pass) {
        counters_.droppedOverBudget++;
        return;
      }
      record(rtcp ? kReceiveKindRtcp : kReceiveKindRtp, index, static_cast<int32_t>(bytes - arena_->bytes()), static_cast<int32_t>(length),
             age, addressOffset, flags);
      return;
    }
    case Unprotect::Malformed:
      counters_.droppedUnclassified++;
      return;
    case Unprotect::Unauthentic:
      counters_.droppedAuthentication++;
      return;
    case Unprotect::Replayed:
      counters_.droppedReplay++;
      return;
  }
}

Claim Plane::setAddress(int session, const Address& address, int64_t now) {
  if (!tcp_.isLive(address)) return Claim::Taken;
  Claim claim = sessions_.setCurrent(session, address, family_, now);
  if (claim == Claim::Taken) counters_.refusedAddresses++;
  if (claim == Claim::Bound) {
    memcpy(arena_->bytes() + arena_->sessionAddressOffset(static_cast<size_t>(session)), &address, sizeof address);
    tcp_.authenticated(address);
  }
  return claim;
}

Claim Plane::addAddress(int session, const Address& address, int64_t now) {
  if (!tcp_.isLive(address)) return Claim::Taken;
  Claim claim = sessions_.addReceiving(session, address, now);
  if (claim == Claim::Taken) counters_.refusedAddresses++;
  if (claim == Claim::Bound) tcp_.authenticated(address);
  return claim;
}

bool Plane::startDtls(int index, DtlsRole role, const Fingerprint& remote, int64_t now) {
  Session* session = sessions_.at(index);
  session->dtls = Dtls::create(dtlsContext_, role, remote, index, this);
  if (session->dtls == nullptr) return false;
  // A second start replaces the first.
  forgetHandshake(index);
  session->reported = DtlsState::Idle;
  session->dtls->start(now);
  for (const auto& datagram : session->early) session->dtls->receive(datagram.data(), datagram.size(), now);
  session->early.clear();
  if (session->dtls->state() != DtlsState::Idle) handshakes_.push_back(index);
  reportDtls(index);
  return true;
}

bool Plane::setKeys(int index, Profile profile, const uint8_t* send, const uint8_t* receive) {
  Session* session = sessions_.at(index);
  auto sender = std::make_unique<SrtpSender>();
  auto receiver = std::make_unique<SrtpReceiver>();
  if (!sender->setKey(profile, send) || !receiver->setKey(profile, receive)) return false;
  session->profile = profile;
  session->sender = std::move(sender);
  session->receiver = std::move(receiver);
  return true;
}

void Plane::closeSession(int index) {
  Session* session = sessions_.at(index);
  if (session->dtls != nullptr) session->dtls->close();
  forgetHandshake(index);
  events_.erase(std::remove_if(events_.begin(), events_.end(), [&](const Event& e) { return e.session == index; }),
                events_.end());
  if (session->addressed) tcp_.close(session->current.connection());
  for (const Address& address : session->added) tcp_.close(address.connection());
  sessions_.close(index);
  memset(arena_->bytes() + arena_->sessionAddressOffset(static_cast<size_t>(index)), 0, sizeof(Address));
}

bool Plane::sendTo(const Address& address, const uint8_t* bytes, size_t length) {
  Destination destination;
  if (!makeDestination(address, family_, &destination)) return false;
  send(&destination, bytes, length, -1);
  return true;
}

void Plane::send(Destination* destination, const uint8_t* bytes, size_t length, int session) {
  if (destination->connection != 0) {
    tcp_.send(destination->connection, bytes, length, Urgency::Control, monotonic());
  } else {
    transmitter_.send(destination, bytes, length, length, Urgency::Control, session);
  }
}

int64_t Plane::deadline(int64_t now) const {
  int64_t earliest = tcp_.deadline();
  for (int index : handshakes_) {
    int64_t next = const_cast<SessionTable&>(sessions_).at(index)->dtls->deadline(now);
    if (next >= 0 && (earliest < 0 || next < earliest)) earliest = next;
  }
  return earliest;
}

void Plane::tick(int64_t now) {
  // `reportDtls` removes a finished one from the list.
  std::vector<int> running = handshakes_;
  for (int index : running) {
    sessions_.at(index)->dtls->tick(now);
    reportDtls(index);
  }
  tcp_.tick(now);
  reportEnded();
}

void Plane::sendDatagram(int index, const uint8_t* bytes, size_t length) {
  Session* session = sessions_.at(index);
  if (session->addressed) send(&session->destination, bytes, length, index);
}

// Reports the state of the handshake to JavaScript, and keys the session when it completes.
void Plane::reportDtls(int index) {
  Session* session = sessions_.at(index);
  DtlsState state = session->dtls->state();
  if (state == session->reported) return;
  if (state == DtlsState::Connected) {
    uint8_t send[kMaxKeyLength + kMaxSaltLength];
    uint8_t receive[kMaxKeyLength + kMaxSaltLength];
    bool keyed = session->dtls->exportKeys(send, receive) && setKeys(index, session->dtls->profile(), send, receive);
    OPENSSL_cleanse(send, sizeof send);
    OPENSSL_cleanse(receive, sizeof receive);
    if (keyed) {
      counters_.dtlsHandshakes++;
    } else {
      state = DtlsState::Failed;
    }
  }
  if (state == DtlsState::Failed) counters_.dtlsFailures++;
  if (state != DtlsState::Connecting) forgetHandshake(index);
  session->reported = state;
  events_.push_back({kReceiveKindDtls, index, static_cast<int>(state)});
}

void Plane::forgetHandshake(int index) {
  handshakes_.erase(std::remove(handshakes_.begin(), handshakes_.end(), index), handshakes_.end());
}

void Plane::record(int kind, int session, int32_t offset, int32_t length, int32_t age, size_t addressOffset,
                   int32_t flags) {
  int32_t* words = arena_->received() + recorded_ * kReceiveWords;
  words[kReceiveKind] = kind;
  words[kReceiveSession] = session;
  words[kReceiveOffset] = offset;
  words[kReceiveLength] = length;
  words[kReceiveAge] = age;
  words[kReceiveAddress] = static_cast<int32_t>(addressOffset);
  words[kReceiveFlags] = flags;
  words[kReceiveReserved] = 0;
  recorded_++;
}

}  // namespace packet_io
