#pragma once
// The TCP connections of a packet plane (RFC 6544 passive, framed by RFC 4571): accepts, reads,
// writes and ends them, within limits. Never blocks.
// Hot path: no allocation per packet.

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "address.h"
#include "arena.h"
#include "counters.h"
#include "frame-queue.h"
#include "frame-reader.h"
#include "session-table.h"

namespace packet_io {

struct TcpLimits {
  // Connections in all and from one address (IPv6: one /64); of these, the ones whose peer has not
  // authenticated itself.
  size_t connections;
  size_t connectionsOfAddress;
  size_t strangers;
  size_t strangersOfAddress;
  // Microseconds until a connection has to be authenticated, and until a silent one is closed.
  int64_t patience;
  int64_t idle;
  // Bytes that wait in one connection.
  size_t queueBytes;
  int64_t queueAge;
};

// Frames that one connection delivered to the receive slot of the same number.
struct TcpRead {
  uint32_t connection;
  size_t length;
};

class TcpConnections {
 public:
  TcpConnections(const TcpLimits& limits, Arena* arena, size_t slots, SessionTable* sessions, Counters* counters);
  ~TcpConnections();
  TcpConnections(const TcpConnections&) = delete;
  TcpConnections& operator=(const TcpConnections&) = delete;

  // Accepts from this listening socket from now on. False when the system refuses an epoll.
  bool open(int listener);
  // Readable when there is work for `poll`; -1 before `open`.
  int descriptor() const { return epoll_; }

  // Accepts, writes to connections that have room again, and reads each readable one into a receive
  // slot with its address record. True when there may be more to do.
  bool poll(int64_t now);
  const std::vector<TcpRead>& reads() const { return reads_; }

  // False when this is the address of a connection that has ended.
  bool isLive(const Address& address);
  // The peer of this address has authenticated itself. Does nothing for an address of UDP.
  void authenticated(const Address& address);
  bool isStranger(uint32_t number);
  // Ends a connection whose peer sends what no ICE agent does.
  void reject(uint32_t number);
  // Ends a connection after what was written to it, and reports nothing.
  void close(uint32_t number);

  // Frames for one connection: `frame` returns the place of the next packet, of at most `length`
  // bytes (a cipher may write kSlack past them); `add` makes a frame of it; `write` sends them.
  uint8_t* frame(uint32_t number, size_t length, int64_t now);
  void add(size_t length, Urgency urgency);
  void write(uint32_t number, int64_t now);
  void send(uint32_t number, const uint8_t* bytes, size_t length, Urgency urgency, int64_t now);

  // Connections that ended by themselves since the last call: the first one's address.
  bool takeEnded(Address* address);

  // The earliest time for `tick`, or -1.
  int64_t deadline() const;
  void tick(int64_t now);

  size_t count() const { return count_; }
  size_t strangers() const { return strangers_; }

 private:
  struct Connection {
    int socket = -1;
    uint32_t number = 0;
    Address address = {};
    bool stranger = true;
    // A write failed: epoll reports the end.
    bool broken = false;
    // epoll waits for room.
    bool waits = false;
    // Microseconds: accepted, and the last bytes received.
    int64_t since = 0;
    int64_t heardAt = 0;
    FrameReader reader;
    FrameQueue queue;
  };
  struct Tally {
    size_t connections = 0;
    size_t strangers = 0;
  };
  struct Framed {
    size_t offset;
    size_t length;
    Urgency urgency;
  };

  Connection* find(uint32_t number);
  void acceptAll(int64_t now);
  void accept(int socket, Address address, int64_t now);
  bool admits(const Address& address);
  void read(Connection* connection, int64_t now);
  void drain(Connection* connection, int64_t now);
  void waitForRoom(Connection* connection, bool wait);
  void end(Connection* connection, bool report);
  void leaveStrangers(Connection* connection);
  void forgetOldStrangers();
  bool isExpired(const Connection& connection, int64_t now) const;
  void sweep(int64_t now);
  FrameQueue::Bounds bounds() { return {&blocks_, counters_, limits_.queueBytes, limits_.queueAge}; }

  TcpLimits limits_;
  Arena* arena_;
  SessionTable* sessions_;
  Counters* counters_;
  int epoll_ = -1;
  int listener_ = -1;
  // While the process has no descriptor left, nothing is accepted until this time; else -1.
  int64_t pausedUntil_ = -1;
  int64_t sweepInterval_;
  int64_t sweepAt_ = -1;

  // By the low bits of the number; the high bits are those of the generation.
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<uint32_t> generations_;
  std::deque<uint32_t> free_;
  size_t count_ = 0;
  size_t strangers_ = 0;
  // By network: the address of IPv4, the /64 of IPv6.
  std::unordered_map<uint64_t, Tally> tallies_;
  // Numbers in the order of their acceptance; some are no strangers any more.
  std::deque<uint32_t> oldestStrangers_;
  std::vector<Address> ended_;

  std::vector<epoll_event> events_;
  std::vector<TcpRead> reads_;
  FrameBlocks blocks_;
  // The frames of the current `write`.
  std::vector<uint8_t> frames_;
  size_t framesUsed_ = 0;
  std::vector<Framed> framed_;
};

}  // namespace packet_io
