#include "session-table.h"

#include <algorithm>

namespace packet_io {

namespace {
// A peer has a few interfaces, times our own addresses; beyond that the oldest are forgotten.
constexpr size_t kMaxAddedAddresses = 32;
}  // namespace

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

bool SessionTable::setCurrent(int index, const Address& address, int socketFamily) {
  Session& session = sessions_[index];
  Destination destination;
  if (!makeDestination(address, socketFamily, &destination)) return false;
  if (session.addressed && !(session.current == address)) {
    auto& added = session.added;
    if (std::find(added.begin(), added.end(), session.current) == added.end()) unbind(index, session.current);
  }
  session.current = address;
  session.destination = destination;
  session.addressed = true;
  bind(index, address);
  return true;
}

void SessionTable::addReceiving(int index, const Address& address) {
  Session& session = sessions_[index];
  auto& added = session.added;
  auto known = std::find(added.begin(), added.end(), address);
  if (known != added.end()) added.erase(known);
  added.push_back(address);
  bind(index, address);
  if (added.size() <= kMaxAddedAddresses) return;
  Address oldest = added.front();
  added.erase(added.begin());
  if (!session.addressed || !(oldest == session.current)) unbind(index, oldest);
}

int SessionTable::find(const Address& address) const {
  if (byAddress_.empty()) return -1;
  auto found = byAddress_.find(address);
  if (found == byAddress_.end()) found = byAddress_.find(address.withoutLocal());
  return found == byAddress_.end() ? -1 : found->second;
}

// The address may meanwhile belong to another session, which keeps it.
void SessionTable::unbind(int index, const Address& address) {
  auto found = byAddress_.find(address);
  if (found != byAddress_.end() && found->second == index) byAddress_.erase(found);
}

}  // namespace packet_io
