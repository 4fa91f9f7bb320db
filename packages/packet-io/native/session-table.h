#pragma once
// Sessions by index and by 5-tuple. A session is one peer's transport: addresses, DTLS, SRTP keys.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "address.h"
#include "budget.h"
#include "dtls.h"
#include "header-extensions.h"
#include "srtp.h"

namespace packet_io {

struct Session {
  // The fields that each packet uses lie together.
  bool open = false;
  bool addressed = false;
  // The part of the session in the current flush: a list through descriptor indexes.
  int32_t firstSend = -1;
  int32_t lastSend = -1;
  std::unique_ptr<SrtpSender> sender;
  std::unique_ptr<SrtpReceiver> receiver;
  // Null while the peer takes the ids of stored packets.
  std::unique_ptr<ExtensionIds> extensionIds;
  SessionBudget budget;

  // The destination of sends.
  Address current = {};
  // The peer has shown with its keys that it sends and receives at `current`.
  bool proven = false;
  // The time of the peer's last authenticated message from `current`, microseconds.
  int64_t seenAt = 0;
  Destination destination = {};
  // Other addresses from which it still receives, oldest first.
  std::vector<Address> added;

  std::unique_ptr<Dtls> dtls;
  DtlsState reported = DtlsState::Idle;
  // DTLS datagrams that arrived after the address was bound and before `startDtls`.
  std::vector<std::vector<uint8_t>> early;

  Profile profile = Profile::None;

  bool isCurrent(const Address& from) const;
};

enum class Claim {
  Bound,
  // Another session holds the address.
  Taken,
  // The socket cannot reach such an address.
  Unreachable,
};

class SessionTable {
 public:
  explicit SessionTable(size_t limit);

  // A free index, or -1 when all are taken.
  int open();
  void close(int index);
  // Null unless the index is that of an open session.
  Session* at(int64_t index);
  // As `at`, without an access to the session itself: null for -1.
  const Session* peek(int index) const { return index < 0 ? nullptr : &sessions_[static_cast<size_t>(index)]; }
  size_t count() const { return limit_ - free_.size(); }
  size_t limit() const { return limit_; }

  // An address belongs to one session. The peer of another session can spoof a check for it, so a
  // check takes over only an address that is merely added, or the current one of a session that is
  // not proven there or is silent.
  Claim setCurrent(int index, const Address& address, int socketFamily, int64_t now);
  Claim addReceiving(int index, const Address& address, int64_t now);
  // Nobody receives from this address any more. The session that was sending to it, or -1.
  int release(const Address& address);
  // The session that receives from this address, or -1.
  int find(const Address& address) const;

 private:
  bool claim(int index, const Address& address, bool current, int64_t now);
  void unbind(int index, const Address& address);

  size_t limit_;
  std::vector<Session> sessions_;
  // First in, first out, so that a stale index refers to a new session as late as possible.
  std::deque<int> free_;
  std::unordered_map<Address, int, AddressHash> byAddress_;
};

}  // namespace packet_io
