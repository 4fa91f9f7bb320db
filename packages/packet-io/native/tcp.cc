#include "tcp.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "bytes.h"
#include "socket.h"
#include "words.h"

namespace packet_io {

namespace {

constexpr uint32_t kIndexBits = 13;
constexpr uint32_t kIndexMask = (1u << kIndexBits) - 1;
// The listening socket in epoll's data: no connection has this number.
constexpr uint32_t kListener = 0;
// Connections that one call accepts; media come first under a flood of them.
constexpr int kAcceptsPerPoll = 16;
constexpr size_t kEventsPerPoll = 64;
// Bytes that one connection delivers in a round, 15 ms at 8 Mbit/s: its neighbours have their turn.
constexpr size_t kReadBytes = 16384;
// A flush for one receiver of a screen's first picture.
constexpr size_t kWriteBytes = 65536;
// The longest time between two looks at silent connections, and the pause without descriptors,
// microseconds.
constexpr int64_t kMaxSweepInterval = 5000000;
constexpr int64_t kAcceptPause = 1000000;

uint64_t networkOf(const Address& address) {
  uint64_t network = 0;
  memcpy(&network, address.remote, address.family == 4 ? 4 : 8);
  // No IPv6 network begins with the bits of a short number.
  return network;
}

bool isFull(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS; }

}  // namespace

TcpConnections::TcpConnections(const TcpLimits& limits, Arena* arena, size_t slots, SessionTable* sessions,
                               Counters* counters)
    : limits_(limits),
      arena_(arena),
      sessions_(sessions),
      counters_(counters),
      events_(std::min(slots, kEventsPerPoll)) {
  sweepInterval_ = std::min({limits.patience / 2, limits.idle / 2, kMaxSweepInterval});
  limits_.connections = std::min(limits_.connections, static_cast<size_t>(kIndexMask) + 1);
  reads_.reserve(events_.size());
}

TcpConnections::~TcpConnections() {
  for (auto& connection : connections_) {
    if (connection != nullptr) end(connection.get(), false);
  }
  if (listener_ >= 0) ::close(listener_);
  if (epoll_ >= 0) ::close(epoll_);
}

bool TcpConnections::open(int listener) {
  listener_ = listener;
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return false;
  connections_.resize(limits_.connections);
  generations_.resize(limits_.connections, 1);
  for (size_t i = 0; i < limits_.connections; i++) free_.push_back(static_cast<uint32_t>(i));
  frames_.resize(kWriteBytes + kSlack);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = kListener;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) == 0;
}

TcpConnections::Connection* TcpConnections::find(uint32_t number) {
  if (number == 0 || (number & kIndexMask) >= connections_.size()) return nullptr;
  Connection* connection = connections_[number & kIndexMask].get();
  return connection != nullptr && connection->number == number ? connection : nullptr;
}

bool TcpConnections::poll(int64_t now) {
  reads_.clear();
  if (epoll_ < 0) return false;
  int ready = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 0);
  for (int i = 0; i < ready; i++) {
    const epoll_event& event = events_[static_cast<size_t>(i)];
    if (event.data.u32 == kListener) {
      acceptAll(now);
      continue;
    }
    Connection* connection = find(event.data.u32);
    if (connection == nullptr) continue;
    if (event.events & EPOLLOUT) drain(connection, now);
    // The end of a connection is read as well, after the bytes before it.
    if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read(connection, now);
  }
  return ready == static_cast<int>(events_.size());
}

void TcpConnections::acceptAll(int64_t now) {
  for (int i = 0; i < kAcceptsPerPoll; i++) {
    sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int socket = accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return;
      // The listening socket stays readable: without a pause the process would do nothing else.
      epoll_ctl(epoll_, EPOLL_CTL_DEL, listener_, nullptr);
      pausedUntil_ = now + kAcceptPause;
      return;
    }
    sockaddr_storage local;
    socklen_t localLength = sizeof local;
    Address address;
    if (getsockname(socket, reinterpret_cast<sockaddr*>(&local), &localLength) == 0 &&
        readConnection(reinterpret_cast<sockaddr*>(&peer), reinterpret_cast<sockaddr*>(&local), &address) &&
        prepareConnection(socket) && admits(address)) {
      accept(socket, address, now);
    } else {
      counters_->tcpRefused++;
      ::close(socket);
    }
  }
}

// Among strangers a newcomer replaces the oldest one: a peer authenticates itself within a round
// trip, and a flood of silent connections would else keep everybody out.
bool TcpConnections::admits(const Address& address) {
  auto tally = tallies_.find(networkOf(address));
  if (tally != tallies_.end() && (tally->second.connections >= limits_.connectionsOfAddress ||
                                  tally->second.strangers >= limits_.strangersOfAddress))
    return false;
  forgetOldStrangers();
  bool full = strangers_ >= limits_.strangers || free_.empty();
  if (!full) return true;
  if (oldestStrangers_.empty()) return false;
  counters_->tcpExpired++;
  end(find(oldestStrangers_.front()), true);
  return true;
}

void TcpConnections::accept(int socket, Address address, int64_t now) {
  uint32_t index = free_.front();
  uint32_t number = generations_[index]++ << kIndexBits | index;
  // Generation 0 would make the number of the listener.
  if (generations_[index] >= 1u << (32 - kIndexBits)) generations_[index] = 1;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = number;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) {
    counters_->tcpRefused++;
    ::close(socket);
    return;
  }
  free_.pop_front();
  auto connection = std::make_unique<Connection>();
  connection->socket = socket;
  connection->number = number;
  connection->address = address;
  connection->address.setConnection(number);
  connection->since = connection->heardAt = now;
  connections_[index] = std::move(connection);
  Tally& tally = tallies_[networkOf(address)];
  tally.connections++;
  tally.strangers++;
  count_++;
  strangers_++;
  oldestStrangers_.push_back(number);
  counters_->tcpAccepted++;
  if (sweepAt_ < 0) sweepAt_ = now + sweepInterval_;
}

void TcpConnections::read(Connection* connection, int64_t now) {
  size_t index = reads_.size();
  uint8_t* slot = arena_->bytes() + arena_->slotOffset(index);
  size_t begun = connection->reader.resume(slot);
  ssize_t taken = recv(connection->socket, slot + begun, kReadBytes, MSG_DONTWAIT);
  if (taken < 0 && (isFull(errno) || errno == EINTR)) return;
  if (taken <= 0) {
    end(connection, true);
    return;
  }
  counters_->receivedMessages++;
  connection->heardAt = now;
  size_t whole = connection->reader.cut(slot, begun + static_cast<size_t>(taken));
  if (whole == FrameReader::kOversize) {
    reject(connection->number);
    return;
  }
  if (whole == 0) return;
  memcpy(arena_->bytes() + arena_->messageAddressOffset(index), &connection->address, sizeof connection->address);
  reads_.push_back({connection->number, whole});
}

bool TcpConnections::isLive(const Address& address) {
  if (address.protocol != kAddressProtocolTcp) return true;
  Connection* connection = find(address.connection());
  return connection != nullptr && connection->address == address;
}

void TcpConnections::authenticated(const Address& address) {
  if (Connection* connection = find(address.connection())) leaveStrangers(connection);
}

bool TcpConnections::isStranger(uint32_t number) {
  Connection* connection = find(number);
  return connection != nullptr && connection->stranger;
}

void TcpConnections::reject(uint32_t number) {
  Connection* connection = find(number);
  if (connection == nullptr) return;
  counters_->tcpRejected++;
  end(connection, true);
}

void TcpConnections::close(uint32_t number) {
  if (Connection* connection = find(number)) end(connection, false);
}

uint8_t* TcpConnections::frame(uint32_t number, size_t length, int64_t now) {
  if (framesUsed_ + kFrameHeader + length > kWriteBytes) write(number, now);
  return frames_.data() + framesUsed_ + kFrameHeader;
}

void TcpConnections::add(size_t length, Urgency urgency) {
  writeUint16(frames_.data() + framesUsed_, static_cast<uint16_t>(length));
  framed_.push_back({framesUsed_, kFrameHeader + length, urgency});
  framesUsed_ += kFrameHeader + length;
}

void TcpConnections::write(uint32_t number, int64_t now) {
  Connection* connection = find(number);
  size_t sent = 0;
  if (connection != nullptr && connection->queue.empty() && !connection->broken && framesUsed_ > 0) {
    counters_->sendCalls++;
    ssize_t taken = ::send(connection->socket, frames_.data(), framesUsed_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0 && !isFull(errno) && errno != EINTR) connection->broken = true;
    if (taken > 0) {
      sent = static_cast<size_t>(taken);
      counters_->sentMessages++;
      counters_->sentBytes += sent;
    }
  }
  for (const Framed& framed : framed_) {
    if (framed.offset + framed.length <= sent) {
      counters_->tcpFramesSent++;
      counters_->sentDatagrams++;
      continue;
    }
    if (connection == nullptr || connection->broken) {
      countTcpDrop(counters_, framed.urgency);
      continue;
    }
    const uint8_t* bytes = frames_.data() + framed.offset;
    if (sent > framed.offset) {
      size_t begun = sent - framed.offset;
      connection->queue.begin(bytes + begun, framed.length - begun);
    } else {
      connection->queue.add(bounds(), bytes, framed.length, framed.urgency, now);
    }
  }
  framed_.clear();
  framesUsed_ = 0;
  if (connection != nullptr && !connection->queue.empty()) waitForRoom(connection, true);
}

void TcpConnections::send(uint32_t number, const uint8_t* bytes, size_t length, Urgency urgency, int64_t now) {
  if (find(number) == nullptr || length > kMaxFrame) {
    countTcpDrop(counters_, urgency);
    return;
  }
  memcpy(frame(number, length, now), bytes, length);
  add(length, urgency);
  write(number, now);
}

void TcpConnections::drain(Connection* connection, int64_t now) {
  FrameQueue::Bounds limits = bounds();
  while (!connection->broken) {
    size_t length;
    const uint8_t* bytes = connection->queue.next(limits, &length, now);
    if (length == 0) break;
    counters_->sendCalls++;
    ssize_t taken = ::send(connection->socket, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0 && isFull(errno)) return;
    if (taken < 0 && errno != EINTR) connection->broken = true;
    if (taken <= 0) continue;
    counters_->sentMessages++;
    counters_->sentBytes += static_cast<uint64_t>(taken);
    if (!connection->queue.sent(static_cast<size_t>(taken))) continue;
    counters_->tcpFramesSent++;
    counters_->sentDatagrams++;
  }
  waitForRoom(connection, false);
}

void TcpConnections::waitForRoom(Connection* connection, bool wait) {
  if (connection->waits == wait) return;
  connection->waits = wait;
  epoll_event event{};
  event.events = EPOLLIN | (wait ? EPOLLOUT : 0u);
  event.data.u32 = connection->number;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection->socket, &event);
}

void TcpConnections::end(Connection* connection, bool report) {
  leaveStrangers(connection);
  if (report && sessions_->find(connection->address) >= 0) ended_.push_back(connection->address);
  connection->queue.clear(bounds());
  ::close(connection->socket);
  auto tally = tallies_.find(networkOf(connection->address));
  if (--tally->second.connections == 0) tallies_.erase(tally);
  count_--;
  uint32_t index = connection->number & kIndexMask;
  free_.push_back(index);
  connections_[index] = nullptr;
}

void TcpConnections::leaveStrangers(Connection* connection) {
  if (!connection->stranger) return;
  connection->stranger = false;
  strangers_--;
  tallies_[networkOf(connection->address)].strangers--;
}

bool TcpConnections::takeEnded(Address* address) {
  if (ended_.empty()) return false;
  *address = ended_.back();
  ended_.pop_back();
  return true;
}

void TcpConnections::forgetOldStrangers() {
  while (!oldestStrangers_.empty() && !isStranger(oldestStrangers_.front())) oldestStrangers_.pop_front();
}

int64_t TcpConnections::deadline() const {
  int64_t earliest = sweepAt_;
  if (pausedUntil_ >= 0 && (earliest < 0 || pausedUntil_ < earliest)) earliest = pausedUntil_;
  return earliest;
}

void TcpConnections::tick(int64_t now) {
  if (pausedUntil_ >= 0 && now >= pausedUntil_) {
    pausedUntil_ = -1;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = kListener;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
  }
  if (sweepAt_ >= 0 && now >= sweepAt_) sweep(now);
}

bool TcpConnections::isExpired(const Connection& connection, int64_t now) const {
  if (connection.stranger) return now - connection.since >= limits_.patience;
  bool used = sessions_->find(connection.address) >= 0;
  return now - connection.heardAt >= (used ? limits_.idle : std::min(limits_.patience, limits_.idle));
}

// Ends strangers that took too long, silent connections, and those that no session uses any more.
void TcpConnections::sweep(int64_t now) {
  for (auto& place : connections_) {
    Connection* connection = place.get();
    if (connection == nullptr) continue;
    if (!isExpired(*connection, now)) continue;
    counters_->tcpExpired++;
    end(connection, true);
  }
  forgetOldStrangers();
  sweepAt_ = count_ > 0 ? now + sweepInterval_ : -1;
}

}  // namespace packet_io
