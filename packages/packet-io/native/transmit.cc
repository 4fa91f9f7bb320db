#include "transmit.h"

#include <errno.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>

#include "clock.h"
#include "kernel.h"

namespace packet_io {

namespace {

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
constexpr int kUdpLevel = 17;  // SOL_UDP

// 4 MiB is 0.1 s at 300 Mbit/s.
constexpr size_t kMaxQueuedBytes = 4 << 20;
// 0.1 s at 40 Mbit/s, more than the path of one receiver carries: the packets of the others find
// room.
constexpr size_t kMaxQueuedOfSession = kMaxQueuedBytes / 8;

// One call for a flush of short runs, or two of the longest. The L2 cache has 512 KiB or more.
constexpr size_t kBatchRuns = 64;
constexpr size_t kBatchBytes = 2 * kMaxRunBytes + kSlack;

size_t datagramsIn(size_t length, size_t segment) { return (length + segment - 1) / segment; }

// The errors of kernels, routes and cards without segmentation offload: EIO no checksum offload,
// EINVAL and EMSGSIZE a segment larger than the route's MTU, EOPNOTSUPP and ENOPROTOOPT an old
// kernel.
bool refusesGso(int error) {
  return error == EIO || error == EINVAL || error == EMSGSIZE || error == EOPNOTSUPP || error == ENOPROTOOPT;
}

void fillMessage(Destination* to, iovec* vector, msghdr* message) {
  memset(message, 0, sizeof *message);
  message->msg_name = &to->name;
  message->msg_namelen = to->nameLength;
  message->msg_iov = vector;
  message->msg_iovlen = 1;
  if (to->controlLength > 0) {
    message->msg_control = to->control;
    message->msg_controllen = to->controlLength;
  }
}

// Appends the segment size of a run to the contents of `control`; returns the total length.
size_t appendSegment(uint8_t* control, size_t length, size_t segment) {
  auto* header = reinterpret_cast<cmsghdr*>(control + length);
  auto size = static_cast<uint16_t>(segment);
  header->cmsg_level = kUdpLevel;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN(sizeof size);
  memcpy(CMSG_DATA(header), &size, sizeof size);
  return length + CMSG_SPACE(sizeof size);
}

}  // namespace

Transmitter::Transmitter(Counters* counters, size_t sessions, int64_t maxAge)
    : counters_(counters), maxAge_(maxAge), queuedOf_(sessions), bytes_(kBatchBytes) {
  runs_.reserve(kBatchRuns);
  messages_.resize(kBatchRuns);
  vectors_.resize(kBatchRuns);
  controls_.resize(kBatchRuns);
}

bool Transmitter::isFull(const Destination* to, int error) {
  if (error != EAGAIN && error != EWOULDBLOCK && error != ENOBUFS) return false;
  fullSocket_ = to->socket;
  return true;
}

uint8_t* Transmitter::room(size_t length) {
  if (runs_.size() == kBatchRuns || used_ + length + kSlack > kBatchBytes) submit();
  return bytes_.data() + used_;
}

void Transmitter::add(Destination* to, size_t length, size_t segment, Urgency urgency, int session) {
  runs_.push_back({to, bytes_.data() + used_, length, segment, urgency, session});
  used_ += length;
}

void Transmitter::submit() {
  for (size_t i = 0; i < runs_.size(); i++) {
    const Run& run = runs_[i];
    msghdr& message = messages_[i].msg_hdr;
    vectors_[i] = {run.bytes, run.length};
    fillMessage(run.to, &vectors_[i], &message);
    if (run.length <= run.segment) continue;
    // Another run of this destination may have another size.
    memcpy(controls_[i].bytes, run.to->control, run.to->controlLength);
    message.msg_control = controls_[i].bytes;
    message.msg_controllen = appendSegment(controls_[i].bytes, run.to->controlLength, run.segment);
  }
  for (size_t next = 0; next < runs_.size();) {
    const Run& run = runs_[next];
    int failure = 0;
    // Waiting packets leave first; otherwise packets would overtake each other.
    int taken = backlogged() ? 0 : sendMessages(next, &failure);
    if (taken > 0) {
      next += static_cast<size_t>(taken);
      continue;
    }
    if (failure == EINTR) continue;
    next++;
    if (backlogged() || isFull(run.to, failure)) {
      enqueue(*run.to, run.bytes, run.length, run.segment, run.urgency, run.session);
    } else if (run.length > run.segment && refusesGso(failure)) {
      run.to->gsoRefused = true;
      counters_->gsoFallbacks++;
      send(run.to, run.bytes, run.length, run.segment, run.urgency, run.session);
    } else {
      // A retry is of no use.
      counters_->sendErrors += datagramsIn(run.length, run.segment);
    }
  }
  runs_.clear();
  used_ = 0;
}

// Returns how many messages the kernel took; sets `failure` when it refused the first one.
int Transmitter::sendMessages(size_t from, int* failure) {
  counters_->sendCalls++;
  // One call serves one socket.
  size_t socket = runs_[from].to->socket;
  size_t end = socketCount_ > 1 ? from + 1 : runs_.size();
  while (end < runs_.size() && runs_[end].to->socket == socket) end++;
  int taken = sendMany(sockets_[socket], &messages_[from], static_cast<unsigned>(end - from));
  if (taken < 0) *failure = errno;
  for (int i = 0; i < taken; i++) counted(runs_[from + static_cast<size_t>(i)].length, runs_[from + static_cast<size_t>(i)].segment);
  return taken;
}

void Transmitter::counted(size_t length, size_t segment) {
  size_t datagrams = datagramsIn(length, segment);
  if (length > segment) {
    counters_->gsoRuns++;
    counters_->gsoDatagrams += datagrams;
  }
  counters_->sentMessages++;
  counters_->sentDatagrams += datagrams;
  counters_->sentBytes += length;
}

void Transmitter::send(Destination* to, const uint8_t* bytes, size_t length, size_t segment, Urgency urgency,
                       int session) {
  // Waiting packets leave first; otherwise packets would overtake each other.
  size_t sent = backlogged() ? 0 : trySend(to, bytes, length, segment);
  if (sent < length) enqueue(*to, bytes + sent, length - sent, segment, urgency, session);
}

void Transmitter::drain() {
  dropOld(monotonic());
  for (Queue& queue : queues_) {
    while (!queue.empty()) {
      Waiting& first = queue.front();
      size_t length = first.bytes.size();
      size_t sent = trySend(&first.to, first.bytes.data(), length, first.segment);
      removed(first, sent);
      if (sent < length) {
        first.bytes.erase(first.bytes.begin(), first.bytes.begin() + static_cast<ptrdiff_t>(sent));
        return;
      }
      queue.pop_front();
    }
  }
}

size_t Transmitter::trySend(Destination* to, const uint8_t* bytes, size_t length, size_t segment) {
  if (length > segment && gso_ && !to->gsoRefused) {
    int error = 0;
    size_t sent = sendSegmented(to, bytes, length, segment, &error);
    if (error == 0) return sent;
    to->gsoRefused = true;
    counters_->gsoFallbacks++;
  }
  return sendOneByOne(to, bytes, length, segment);
}

// Sets `*error` when segmentation was refused; other failures count as sent, because a retry is of
// no use.
size_t Transmitter::sendSegmented(Destination* to, const uint8_t* bytes, size_t length, size_t segment, int* error) {
  iovec vector{const_cast<uint8_t*>(bytes), length};
  msghdr message;
  fillMessage(to, &vector, &message);
  message.msg_control = to->control;
  message.msg_controllen = appendSegment(to->control, to->controlLength, segment);
  counters_->sendCalls++;
  int failure = 0;
  if (sendOne(sockets_[to->socket], &message) < 0) failure = errno;
  if (failure == 0) {
    counted(length, segment);
  } else if (isFull(to, failure)) {
    return 0;
  } else if (refusesGso(failure)) {
    *error = failure;
    return 0;
  } else {
    counters_->sendErrors += datagramsIn(length, segment);
  }
  return length;
}

size_t Transmitter::sendOneByOne(Destination* to, const uint8_t* bytes, size_t length, size_t segment) {
  size_t sent = 0;
  while (sent < length) {
    int failure = 0;
    size_t done = 0;
    mmsghdr messages[kMaxSegments];
    iovec vectors[kMaxSegments];
    unsigned count = 0;
    for (size_t at = sent; at < length && count < kMaxSegments; at += segment, count++) {
      vectors[count] = {const_cast<uint8_t*>(bytes + at), std::min(segment, length - at)};
      fillMessage(to, &vectors[count], &messages[count].msg_hdr);
    }
    counters_->sendCalls++;
    int accepted = sendMany(sockets_[to->socket], messages, count);
    if (accepted < 0) failure = errno;
    for (int i = 0; i < accepted; i++) done += vectors[i].iov_len;
    if (accepted > 0) {
      counters_->sentMessages += static_cast<uint64_t>(accepted);
      counters_->sentDatagrams += static_cast<uint64_t>(accepted);
    }
    counters_->sentBytes += done;
    if (failure == EINTR) continue;
    if (isFull(to, failure)) return sent;
    if (failure != 0) {
      // The first of them is the refused one; the next may pass.
      counters_->sendErrors++;
      done = std::min(segment, length - sent);
    }
    sent += done;
  }
  return length;
}

void Transmitter::enqueue(const Destination& to, const uint8_t* bytes, size_t length, size_t segment, Urgency urgency,
                          int session) {
  int64_t now = monotonic();
  dropOld(now);
  size_t datagrams = datagramsIn(length, segment);
  auto place = static_cast<size_t>(urgency);
  bool share = session < 0 || queuedOf_[static_cast<size_t>(session)] + length <= kMaxQueuedOfSession;
  if (!share || !makeRoom(length, place)) {
    countDrop(place, datagrams);
    return;
  }
  queues_[place].push_back({to, std::vector<uint8_t>(bytes, bytes + length), segment, session, now});
  queuedBytes_ += length;
  queuedDatagrams_ += datagrams;
  if (session >= 0) queuedOf_[static_cast<size_t>(session)] += length;
}

bool Transmitter::makeRoom(size_t length, size_t urgency) {
  for (size_t lowest = kUrgencies - 1; lowest > urgency; lowest--) {
    while (queuedBytes_ + length > kMaxQueuedBytes && !queues_[lowest].empty()) dropFirst(lowest);
  }
  return queuedBytes_ + length <= kMaxQueuedBytes;
}

void Transmitter::dropFirst(size_t urgency) {
  Waiting& first = queues_[urgency].front();
  countDrop(urgency, datagramsIn(first.bytes.size(), first.segment));
  removed(first, first.bytes.size());
  queues_[urgency].pop_front();
}

void Transmitter::dropOld(int64_t now) {
  for (size_t urgency = 0; urgency < kUrgencies; urgency++) {
    Queue& queue = queues_[urgency];
    while (!queue.empty() && now - queue.front().since > maxAge_) {
      counters_->droppedTooOld += datagramsIn(queue.front().bytes.size(), queue.front().segment);
      dropFirst(urgency);
    }
  }
}

void Transmitter::countDrop(size_t urgency, size_t datagrams) {
  counters_->droppedQueueFull += datagrams;
  if (urgency == static_cast<size_t>(Urgency::Control)) counters_->droppedQueueControl += datagrams;
  if (urgency == static_cast<size_t>(Urgency::Audio)) counters_->droppedQueueAudio += datagrams;
}

// Subtracts `bytes` of it that were sent or dropped.
void Transmitter::removed(const Waiting& waiting, size_t bytes) {
  queuedBytes_ -= bytes;
  queuedDatagrams_ -= datagramsIn(bytes, waiting.segment);
  if (waiting.session >= 0) queuedOf_[static_cast<size_t>(waiting.session)] -= bytes;
}

}  // namespace packet_io
