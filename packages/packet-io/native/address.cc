#include "address.h"

#include <cstring>

#include "bytes.h"
#include "words.h"

namespace packet_io {

namespace {

constexpr uint8_t kProtocolMask = 0x0f;
constexpr uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool isZero(const uint8_t* bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

void writeV6(const Address& address, const uint8_t* bytes, in6_addr* out) {
  if (address.family == 6) {
    memcpy(out, bytes, 16);
  } else {
    memcpy(out, kMappedPrefix, 12);
    memcpy(reinterpret_cast<uint8_t*>(out) + 12, bytes, 4);
  }
}

void appendControl(Destination* destination, int level, int type, const void* data, size_t length) {
  auto* header = reinterpret_cast<cmsghdr*>(destination->control + destination->controlLength);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(length);
  memcpy(CMSG_DATA(header), data, length);
  destination->controlLength += CMSG_SPACE(length);
}

// Writes a kernel IPv6 address in the form of the record; true when it was a mapped IPv4 address.
bool unmap(const in6_addr& from, uint8_t* to) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&from);
  if (memcmp(bytes, kMappedPrefix, 12) == 0) {
    memcpy(to, bytes + 12, 4);
    return true;
  }
  memcpy(to, bytes, 16);
  return false;
}

// Writes family, port and address of a peer; false when it is of another family.
bool readPeer(const sockaddr* name, Address* address) {
  if (name->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(name);
    address->family = 4;
    memcpy(address->port, &v4->sin_port, 2);
    memcpy(address->remote, &v4->sin_addr, 4);
    return true;
  }
  if (name->sa_family != AF_INET6) return false;
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(name);
  address->family = unmap(v6->sin6_addr, address->remote) ? 4 : 6;
  memcpy(address->port, &v6->sin6_port, 2);
  if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) memcpy(address->scope, &v6->sin6_scope_id, 4);
  return true;
}

}  // namespace

bool Address::operator==(const Address& other) const { return memcmp(this, &other, sizeof *this) == 0; }

Address Address::withoutLocal() const {
  Address copy = *this;
  memset(copy.local, 0, sizeof copy.local);
  return copy;
}

uint32_t Address::connection() const { return protocol == kAddressProtocolTcp ? readUint32(scope) : 0; }

void Address::setConnection(uint32_t number) {
  protocol = kAddressProtocolTcp;
  writeUint32(scope, number);
}

size_t AddressHash::operator()(const Address& address) const {
  uint64_t words[5];
  memcpy(words, &address, sizeof words);
  uint64_t hash = 0x9e3779b97f4a7c15ull;
  for (uint64_t word : words) {
    hash = (hash ^ word) * 0xff51afd7ed558ccdull;
    hash ^= hash >> 32;
  }
  return hash;
}

bool readAddress(const uint8_t* record, Address* address) {
  memcpy(address, record, sizeof *address);
  bool isUdp = (address->protocol & kProtocolMask) == kAddressProtocolUdp;
  if (!isUdp && address->protocol != kAddressProtocolTcp) return false;
  if (address->family == 4) {
    memset(address->remote + 4, 0, 12);
    memset(address->local + 4, 0, 12);
    if (isUdp) memset(address->scope, 0, 4);
    return true;
  }
  return address->family == 6;
}

bool makeDestination(const Address& address, int socketFamily, Destination* destination) {
  memset(destination, 0, sizeof *destination);
  destination->connection = address.connection();
  if (destination->connection != 0) return true;
  destination->socket = address.socket();
  bool hasLocal = !isZero(address.local, sizeof address.local);
  if (socketFamily == AF_INET) {
    if (address.family != 4) return false;
    destination->name.v4.sin_family = AF_INET;
    memcpy(&destination->name.v4.sin_port, address.port, 2);
    memcpy(&destination->name.v4.sin_addr, address.remote, 4);
    destination->nameLength = sizeof destination->name.v4;
    if (hasLocal) {
      in_pktinfo info{};
      memcpy(&info.ipi_spec_dst, address.local, 4);
      appendControl(destination, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    }
    return true;
  }
  destination->name.v6.sin6_family = AF_INET6;
  memcpy(&destination->name.v6.sin6_port, address.port, 2);
  writeV6(address, address.remote, &destination->name.v6.sin6_addr);
  memcpy(&destination->name.v6.sin6_scope_id, address.scope, 4);
  destination->nameLength = sizeof destination->name.v6;
  // Its control message of 32 bytes fits the 36 bytes on the kernel's stack; that of IPv6, 40
  // bytes, costs an allocation each time.
  if (hasLocal && address.family == 4) {
    in_pktinfo info{};
    memcpy(&info.ipi_spec_dst, address.local, 4);
    appendControl(destination, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    return true;
  }
  if (hasLocal) {
    in6_pktinfo info{};
    writeV6(address, address.local, &info.ipi6_addr);
    memcpy(&info.ipi6_ifindex, address.scope, 4);
    appendControl(destination, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
  }
  return true;
}

bool readConnection(const sockaddr* peer, const sockaddr* local, Address* address) {
  memset(address, 0, sizeof *address);
  if (!readPeer(peer, address)) return false;
  if (local->sa_family == AF_INET) {
    memcpy(address->local, &reinterpret_cast<const sockaddr_in*>(local)->sin_addr, 4);
  } else if (local->sa_family == AF_INET6) {
    unmap(reinterpret_cast<const sockaddr_in6*>(local)->sin6_addr, address->local);
  } else {
    return false;
  }
  return true;
}

bool readSource(const msghdr& message, Address* address) {
  memset(address, 0, sizeof *address);
  if (!readPeer(static_cast<const sockaddr*>(message.msg_name), address)) return false;
  auto* walk = const_cast<msghdr*>(&message);
  for (cmsghdr* control = CMSG_FIRSTHDR(walk); control != nullptr; control = CMSG_NXTHDR(walk, control)) {
    if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      memcpy(&info, CMSG_DATA(control), sizeof info);
      unmap(info.ipi6_addr, address->local);
    } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      memcpy(&info, CMSG_DATA(control), sizeof info);
      memcpy(address->local, &info.ipi_spec_dst, 4);
    }
  }
  return true;
}

}  // namespace packet_io
