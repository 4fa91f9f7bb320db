#pragma once
// The packet plane of one socket, without the event loop: its owner reports when the socket is
// readable, and the time.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "arena.h"
#include "budget.h"
#include "counters.h"
#include "dtls.h"
#include "flush.h"
#include "receive.h"
#include "session-table.h"
#include "tcp.h"
#include "transmit.h"

namespace packet_io {

struct PlaneOptions {
  size_t maxSessions;
  size_t callerBytes;
  size_t receiveMessages;
  size_t sendCapacity;
  size_t dtlsMtu;
  std::string profiles;
  IncomingBudget incoming;
  // Microseconds.
  int64_t queueAge;
  TcpLimits tcp;
};

class Plane : private DatagramSink {
 public:
  // Null when memory is short or OpenSSL refuses.
  static Plane* create(const PlaneOptions& options);
  ~Plane() override;
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;

  // Uses this socket from now on, besides those before it, of the same family: AF_INET or AF_INET6.
  void attach(int socket, int family, bool gso);

  // Accepts TCP connections from this socket from now on. False when the system refuses.
  bool listen(int listener) { return tcp_.open(listener); }

  Arena* arena() const { return arena_; }
  Counters& counters() { return counters_; }
  SessionTable& sessions() { return sessions_; }
  Transmitter& transmitter() { return transmitter_; }
  Flush& flush() { return flush_; }
  TcpConnections& tcp() { return tcp_; }
  std::string fingerprint() const { return dtlsContext_.fingerprint(); }

  // Reads one of the sockets. True when the last call filled every slot, so that there may be more.
  bool receive(size_t socket);
  // The same of the TCP connections, after all datagrams were reported.
  bool receiveTcp(int64_t now);
  // Writes the next records and returns their number; 0 when all datagrams and events were
  // reported. `now` is microseconds, monotonic.
  size_t nextBatch(int64_t now);

  // Records written since the last `nextBatch` began.
  size_t recorded() const { return recorded_; }

  // Processes one datagram, for `nextBatch` and for fuzzing. `bytes` lie in the arena; `session` is
  // the one that receives from this address, or -1.
  enum class Accept { Done, Wait };
  Accept accept(uint8_t* bytes, size_t length, int session, const Address& address, size_t addressOffset, int32_t age,
                int64_t now);

  Claim setAddress(int session, const Address& address, int64_t now);
  Claim addAddress(int session, const Address& address, int64_t now);
  bool startDtls(int session, DtlsRole role, const Fingerprint& remote, int64_t now);
  bool setKeys(int session, Profile profile, const uint8_t* send, const uint8_t* receive);
  void closeSession(int session);
  bool sendTo(const Address& address, const uint8_t* bytes, size_t length);

  // The timers of DTLS and TCP: the earliest deadline or -1, and the work at that time.
  int64_t deadline(int64_t now) const;
  void tick(int64_t now);
  bool hasEvents() const { return !events_.empty(); }

 private:
  Plane(const PlaneOptions& options, Arena* arena);
  void sendDatagram(int session, const uint8_t* bytes, size_t length) override;
  void acceptDtls(int index, const uint8_t* bytes, size_t length, const Address& from, int64_t now);
  void acceptSrtp(int index, bool rtcp, uint8_t* bytes, size_t length, const Address& from, size_t addressOffset,
                  int32_t age, int64_t now);
  // The frames of TCP connections; false when the batch is to be reported first.
  bool nextFrames(int64_t now);
  void reportEnded();
  void send(Destination* destination, const uint8_t* bytes, size_t length, int session);
  // Finds the sessions of the remaining messages.
  void findSenders();
  void prefetchBehind(size_t message) const;
  void reportDtls(int index);
  void forgetHandshake(int index);
  void record(int kind, int session, int32_t offset, int32_t length, int32_t age, size_t addressOffset,
              int32_t flags = 0);

  struct Event {
    int kind;
    int session;
    // The DTLS state, or 0.
    int state;
  };

  Counters counters_;
  Arena* arena_;
  // Before the sessions: their associations use it to their end.
  DtlsContext dtlsContext_;
  SessionTable sessions_;
  Budgets budgets_;
  Receiver receiver_;
  Transmitter transmitter_;
  TcpConnections tcp_;
  Flush flush_;
  int family_ = 0;

  // Messages taken from the kernel and not yet reported: from this byte of this message on.
  size_t messages_ = 0;
  // By message: the session that receives from its sender, or -1.
  std::vector<int> senders_;
  size_t message_ = 0;
  size_t position_ = 0;
  // The next connection's frames to report.
  size_t read_ = 0;
  size_t recorded_ = 0;
  bool strangerStun_ = false;
  std::deque<Event> events_;
  // Sessions whose DTLS timer runs.
  std::vector<int> handshakes_;
};

}  // namespace packet_io
