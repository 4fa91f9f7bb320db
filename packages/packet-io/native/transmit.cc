#include "transmit.h"

#include <errno.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>

namespace packet_io {

namespace {

#ifdef __linux__
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
constexpr int kUdpLevel = 17;  // SOL_UDP
#endif

// 4 MiB is 0.1 s at 300 Mbit/s: what is older is of no use to a call.
constexpr size_t kMaxQueuedBytes = 4 << 20;

size_t datagramsIn(size_t length, size_t segment) { return (length + segment - 1) / segment; }

bool isFull(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS; }

// What kernels, routes and cards without segmentation offload answer: EIO no checksum offload, EINVAL and EMSGSIZE a
// segment larger than the route's MTU, EOPNOTSUPP and ENOPROTOOPT an old kernel.
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

}  // namespace

void Transmitter::send(Destination* to, const uint8_t* bytes, size_t length, size_t segment) {
  // What waits goes first, or packets would overtake each other.
  size_t sent = queue_.empty() ? trySend(to, bytes, length, segment) : 0;
  if (sent < length) enqueue(*to, bytes + sent, length - sent, segment);
}

void Transmitter::drain() {
  while (!queue_.empty()) {
    Waiting& first = queue_.front();
    size_t length = first.bytes.size();
    size_t sent = trySend(&first.to, first.bytes.data(), length, first.segment);
    queuedBytes_ -= sent;
    queuedDatagrams_ -= datagramsIn(sent, first.segment);
    if (sent < length) {
      first.bytes.erase(first.bytes.begin(), first.bytes.begin() + static_cast<ptrdiff_t>(sent));
      return;
    }
    queue_.pop_front();
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

// `*error` is set when segmentation was refused; other failures count as sent, because repeating them is of no use.
size_t Transmitter::sendSegmented(Destination* to, const uint8_t* bytes, size_t length, size_t segment, int* error) {
#ifdef __linux__
  iovec vector{const_cast<uint8_t*>(bytes), length};
  msghdr message;
  fillMessage(to, &vector, &message);
  auto* header = reinterpret_cast<cmsghdr*>(to->control + to->controlLength);
  auto size = static_cast<uint16_t>(segment);
  header->cmsg_level = kUdpLevel;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN(sizeof size);
  memcpy(CMSG_DATA(header), &size, sizeof size);
  message.msg_control = to->control;
  message.msg_controllen = to->controlLength + CMSG_SPACE(sizeof size);
  counters_->sendCalls++;
  int failure = 0;
  if (!failing(&failure) && sendmsg(socket_, &message, MSG_DONTWAIT) < 0) failure = errno;
  size_t datagrams = datagramsIn(length, segment);
  if (failure == 0) {
    counters_->gsoRuns++;
    counters_->gsoDatagrams += datagrams;
    counters_->sentDatagrams += datagrams;
    counters_->sentBytes += length;
  } else if (isFull(failure)) {
    return 0;
  } else if (refusesGso(failure)) {
    *error = failure;
    return 0;
  } else {
    counters_->sendErrors += datagrams;
  }
  return length;
#else
  (void)to, (void)bytes, (void)length, (void)segment;
  *error = EOPNOTSUPP;
  return 0;
#endif
}

size_t Transmitter::sendOneByOne(Destination* to, const uint8_t* bytes, size_t length, size_t segment) {
  size_t sent = 0;
  while (sent < length) {
    int failure = 0;
    size_t done = 0;
#ifdef __linux__
    mmsghdr messages[kMaxSegments];
    iovec vectors[kMaxSegments];
    unsigned count = 0;
    for (size_t at = sent; at < length && count < kMaxSegments; at += segment, count++) {
      vectors[count] = {const_cast<uint8_t*>(bytes + at), std::min(segment, length - at)};
      fillMessage(to, &vectors[count], &messages[count].msg_hdr);
    }
    counters_->sendCalls++;
    int accepted = -1;
    if (!failing(&failure)) {
      accepted = sendmmsg(socket_, messages, count, MSG_DONTWAIT);
      if (accepted < 0) failure = errno;
    }
    for (int i = 0; i < accepted; i++) done += vectors[i].iov_len;
    if (accepted > 0) counters_->sentDatagrams += static_cast<uint64_t>(accepted);
#else
    iovec vector{const_cast<uint8_t*>(bytes + sent), std::min(segment, length - sent)};
    msghdr message;
    fillMessage(to, &vector, &message);
    counters_->sendCalls++;
    if (!failing(&failure) && sendmsg(socket_, &message, MSG_DONTWAIT) < 0) failure = errno;
    if (failure == 0) {
      done = vector.iov_len;
      counters_->sentDatagrams++;
    }
#endif
    counters_->sentBytes += done;
    if (failure == EINTR) continue;
    if (isFull(failure)) return sent;
    if (failure != 0) {
      // The first of them is the one refused; the next may pass.
      counters_->sendErrors++;
      done = std::min(segment, length - sent);
    }
    sent += done;
  }
  return length;
}

void Transmitter::enqueue(const Destination& to, const uint8_t* bytes, size_t length, size_t segment) {
  size_t datagrams = datagramsIn(length, segment);
  if (queuedBytes_ + length > kMaxQueuedBytes) {
    counters_->droppedQueueFull += datagrams;
    return;
  }
  queue_.push_back({to, std::vector<uint8_t>(bytes, bytes + length), segment});
  queuedBytes_ += length;
  queuedDatagrams_ += datagrams;
}

bool Transmitter::failing(int* error) {
  if (failCount_ == 0) return false;
  failCount_--;
  *error = failError_;
  return true;
}

}  // namespace packet_io
