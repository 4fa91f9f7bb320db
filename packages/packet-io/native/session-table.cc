#include "session-table.h"

#include <algorithm>

namespace packet_io {

namespace {
// A peer has a few interfaces, times our own addresses; above that the oldest are evicted.
constexpr size_t kMaxAddedAddresses = 32;
// Browsers check the selected pair every 2.5 s (Chromium) or 5 s (RFC 7675 section 5.1): this is
// three missed checks. A peer that left without a message frees its address before its consent
// expires, for a successor behind the same NAT port.
constexpr int64_t kHoldTime = 15000000;
}  // namespace

bool Session::isCurrent(const Address& from) const {
  return addressed && (current == from || current == from.withoutLocal());
}

SessionTable::SessionTable(size_t limit) : limit_(limit), sessions_(limit) {
  for (size_t i = 0; i < limit; i++) free_.push_back(static_cast<int>(i));
}

int SessionTable::open() {
  if (free_.empty()) return -1;
  int index = free_.front();
  free_.pop_front();
  sessions_[index].open = true;
  return index;
}

void SessionTable::close(int index) {
  Session& session = sessions_[index];
  if (session.addressed) unbind(index, session.current);
  for (const Address& address : session.added) unbind(index, address);
  session = Session();
  free_.push_back(index);
}

Session* SessionTable::at(int64_t index) {
  if (index < 0 || index >= static_cast<int64_t>(limit_) || !sessions_[index].open) return nullptr;
  return &sessions_[index];
}

Claim SessionTable::setCurrent(int index, const Address& address, int socketFamily, int64_t now) {
  Session& session = sessions_[index];
  Destination destination;
  if (!makeDestination(address, socketFamily, &destination)) return Claim::Unreachable;
  if (!claim(index, address, true, now)) return Claim::Taken;
  session.seenAt = now;
  if (session.addressed && session.current == address) return Claim::Bound;
  if (session.addressed) {
    auto& added = session.added;
    if (std::find(added.begin(), added.end(), session.current) == added.end()) unbind(index, session.current);
  }
  session.current = address;
  session.destination = destination;
  session.addressed = true;
  session.proven = false;
  return Claim::Bound;
}

Claim SessionTable::addReceiving(int index, const Address& address, int64_t now) {
  Session& session = sessions_[index];
  if (!claim(index, address, false, now)) return Claim::Taken;
  auto& added = session.added;
  auto known = std::find(added.begin(), added.end(), address);
  if (known != added.end()) added.erase(known);
  added.push_back(address);
  if (added.size() <= kMaxAddedAddresses) return Claim::Bound;
  Address oldest = added.front();
  added.erase(added.begin());
  if (!session.addressed || !(oldest == session.current)) unbind(index, oldest);
  return Claim::Bound;
}

bool SessionTable::claim(int index, const Address& address, bool current, int64_t now) {
  auto found = byAddress_.find(address);
  if (found == byAddress_.end()) {
    byAddress_.emplace(address, index);
    return true;
  }
  if (found->second == index) return true;
  Session& owner = sessions_[found->second];
  if (owner.addressed && owner.current == address) {
    bool silent = now - owner.seenAt >= kHoldTime;
    if (!silent && (owner.proven || !current)) return false;
    // Media for a peer that has left do not go to its successor. A check of its own peer binds it
    // again.
    if (owner.proven) owner.addressed = false;
    owner.proven = false;
  }
  owner.added.erase(std::remove(owner.added.begin(), owner.added.end(), address), owner.added.end());
  found->second = index;
  return true;
}

int SessionTable::release(const Address& address) {
  auto found = byAddress_.find(address);
  if (found == byAddress_.end()) return -1;
  int index = found->second;
  byAddress_.erase(found);
  Session& session = sessions_[index];
  session.added.erase(std::remove(session.added.begin(), session.added.end(), address), session.added.end());
  if (!session.addressed || !(session.current == address)) return -1;
  session.addressed = false;
  session.proven = false;
  return index;
}

int SessionTable::find(const Address& address) const {
  if (byAddress_.empty()) return -1;
  auto found = byAddress_.find(address);
  if (found == byAddress_.end()) found = byAddress_.find(address.withoutLocal());
  return found == byAddress_.end() ? -1 : found->second;
}

// If the address has passed to another session, that session keeps it.
void SessionTable::unbind(int index, const Address& address) {
  auto found = byAddress_.find(address);
  if (found != byAddress_.end() && found->second == index) byAddress_.erase(found);
}

}  // namespace packet_io
