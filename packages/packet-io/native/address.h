#pragma once
// The address record shared with JavaScript, and its kernel form.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

namespace packet_io {

// UDP sockets of one plane: their index has four bits in an address record.
constexpr size_t kMaxSockets = 8;

// ADDRESS_BYTES of the interface. IPv4 takes the first four bytes of `remote` and `local`, the rest
// is zero, so that two records of the same 5-tuple are equal byte for byte. `scope` is the
// interface index of a link-local peer, else 0; of TCP it is the number of the connection.
struct Address {
  uint8_t family;
  // Of UDP the index of the local socket in the high four bits.
  uint8_t protocol;
  uint8_t port[2];
  uint8_t remote[16];
  uint8_t local[16];
  uint8_t scope[4];

  bool operator==(const Address& other) const;
  // A record without a local address stands for any local address.
  Address withoutLocal() const;
  // The number of the TCP connection; 0 of UDP.
  uint32_t connection() const;
  void setConnection(uint32_t number);
  size_t socket() const { return protocol >> 4; }
  void setSocket(size_t index) { protocol = static_cast<uint8_t>(index << 4); }
};
static_assert(sizeof(Address) == 40, "ADDRESS_BYTES");

struct AddressHash {
  size_t operator()(const Address& address) const;
};

// The destination of a datagram: the arguments of sendmsg, prepared once per session. The control
// bytes begin with the local address; `control` has room for the segment size after it.
struct Destination {
  union {
    sockaddr generic;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } name;
  socklen_t nameLength;
  size_t controlLength;
  // The kernel refused segmentation offload towards this peer (its route or its card).
  bool gsoRefused;
  // The number of the TCP connection, else 0. The other fields are of UDP.
  uint32_t connection;
  // The index of the local UDP socket.
  size_t socket;
  alignas(8) uint8_t control[96];
};

// Copies a record that JavaScript wrote, with unused bytes zeroed. False when the family is neither
// 4 nor 6, or the protocol unknown.
bool readAddress(const uint8_t* record, Address* address);

// `socketFamily` is AF_INET or AF_INET6: a dual-stack socket takes IPv4 peers as mapped addresses.
// False when an IPv4-only socket cannot reach the address.
bool makeDestination(const Address& address, int socketFamily, Destination* destination);

// The address of a TCP connection, without its number. False when a name is of another family.
bool readConnection(const sockaddr* peer, const sockaddr* local, Address* address);

// The sender of a received message and the local address at which it arrived.
bool readSource(const msghdr& message, Address* address);

}  // namespace packet_io
