#pragma once
// Protects and sends a batch of descriptors: grouped by session, cut into runs of one size.
// Hot path: no allocation per packet.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "arena.h"
#include "counters.h"
#include "session-table.h"
#include "tcp.h"
#include "transmit.h"

namespace packet_io {

class Flush {
 public:
  Flush(Arena* arena, size_t sendCapacity, SessionTable* sessions, Transmitter* transmitter, TcpConnections* tcp,
        Counters* counters);

  // Sends the first `count` descriptors, for each session in order. Returns the error of a
  // malformed descriptor, or null; the well-formed ones are sent in any case.
  const char* run(size_t count);

 private:
  struct Planned {
    const int32_t* words;
    size_t length;
    size_t maxPadding;
  };

  // Prefetches the data of the sessions after this place of `touched_`, each in steps.
  void prefetchBehind(size_t place) const;
  void sendSession(int index);
  // The number of packets from `planned_[from]` on that make one run, and its segment size.
  size_t planRun(size_t from, bool gso, size_t* segment) const;
  // Over TCP there are no runs: each packet is a frame, and the frames of a flush are one write.
  void sendFrames(Session* session);
  size_t protect(Session* session, const Planned& packet, size_t padding, uint8_t* out);
  void sendRun(int index, Session* session, size_t from, size_t count, size_t segment);

  Arena* arena_;
  SessionTable* sessions_;
  Transmitter* transmitter_;
  TcpConnections* tcp_;
  Counters* counters_;
  std::vector<int32_t> next_;
  std::vector<int32_t> touched_;
  std::vector<Planned> planned_;
};

}  // namespace packet_io
