#pragma once
// Passes datagrams to the kernel: runs of equal size (UDP_SEGMENT), many runs in one call
// (sendmmsg), single datagrams if segmentation is refused, a bounded queue while the socket buffer
// is full. Never blocks.
// Hot path: no allocation per packet (only while the socket buffer is full).

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include <sys/uio.h>

#include "address.h"
#include "counters.h"

namespace packet_io {

// The kernel cuts at most 64 segments (UDP_MAX_SEGMENTS) out of one IPv4 datagram's largest payload.
constexpr size_t kMaxSegments = 64;
constexpr size_t kMaxRunBytes = 65507;
// Bytes that a cipher may write past a packet.
constexpr size_t kSlack = 4096;

// The order of service while the socket buffer is full; packets are dropped in the reverse order.
enum class Urgency { Control, Audio, Video };
constexpr size_t kUrgencies = 3;

class Transmitter {
 public:
  // `maxAge` in microseconds: packets that waited longer are dropped.
  Transmitter(Counters* counters, size_t sessions, int64_t maxAge);
  // Adds a socket, up to kMaxSockets; a destination names one by its index.
  void open(int socket, bool gso) {
    sockets_[socketCount_++] = socket;
    gso_ = gso;
  }
  size_t sockets() const { return socketCount_; }
  bool gsoEnabled() const { return gso_; }

  // The place to write the next run, of at most `length` bytes; a cipher may write kSlack bytes
  // past them.
  uint8_t* room(size_t length);
  // Adds the run written there to those that leave with `submit`. `to` has to live until then.
  void add(Destination* to, size_t length, size_t segment, Urgency urgency, int session);
  // Passes the added runs to the kernel.
  void submit();

  // Sends `length` bytes as datagrams of `segment` bytes; the last may be shorter. `session` is -1
  // for datagrams of no session.
  void send(Destination* to, const uint8_t* bytes, size_t length, size_t segment, Urgency urgency, int session);
  // True while a datagram waits for the socket to become writable.
  bool backlogged() const { return queuedDatagrams_ > 0; }
  size_t queuedDatagrams() const { return queuedDatagrams_; }
  // The index of the socket that was full last: the queue waits for its room.
  size_t fullSocket() const { return fullSocket_; }
  void drain();

 private:
  struct Waiting {
    Destination to;
    std::vector<uint8_t> bytes;
    size_t segment;
    int session;
    // Microseconds of the monotonic clock.
    int64_t since;
  };
  using Queue = std::deque<Waiting>;
  // Bytes sent, fewer than `length` only when the socket buffer is full.
  size_t trySend(Destination* to, const uint8_t* bytes, size_t length, size_t segment);
  size_t sendSegmented(Destination* to, const uint8_t* bytes, size_t length, size_t segment, int* error);
  size_t sendOneByOne(Destination* to, const uint8_t* bytes, size_t length, size_t segment);
  void enqueue(const Destination& to, const uint8_t* bytes, size_t length, size_t segment, Urgency urgency, int session);
  // Whether `length` bytes fit, after less urgent datagrams were dropped for them.
  bool makeRoom(size_t length, size_t urgency);
  void dropFirst(size_t urgency);
  void dropOld(int64_t now);
  void countDrop(size_t urgency, size_t datagrams);
  void removed(const Waiting& waiting, size_t bytes);
  void counted(size_t length, size_t segment);
  bool isFull(const Destination* to, int error);
  int sendMessages(size_t from, int* failure);

  struct Run {
    Destination* to;
    uint8_t* bytes;
    size_t length;
    size_t segment;
    Urgency urgency;
    int session;
  };

  Counters* counters_;
  int64_t maxAge_;
  int sockets_[kMaxSockets] = {};
  size_t socketCount_ = 0;
  size_t fullSocket_ = 0;
  bool gso_ = false;
  Queue queues_[kUrgencies];
  // Waiting bytes of each session.
  std::vector<size_t> queuedOf_;
  size_t queuedBytes_ = 0;
  size_t queuedDatagrams_ = 0;

  // The runs of `submit`, and their bytes: few enough to stay in the cache between encryption and
  // the kernel's copy.
  std::vector<Run> runs_;
  std::vector<uint8_t> bytes_;
  size_t used_ = 0;
  struct Control {
    alignas(8) uint8_t bytes[sizeof Destination::control];
  };
  std::vector<mmsghdr> messages_;
  std::vector<iovec> vectors_;
  std::vector<Control> controls_;
};

}  // namespace packet_io
