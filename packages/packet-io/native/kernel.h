#pragma once
// The system calls that send. They lie apart, so that the addon of the tests can make them fail.

#include <sys/socket.h>
#include <sys/types.h>

namespace packet_io {

// As sendmmsg and sendmsg, without blocking.
int sendMany(int socket, mmsghdr* messages, unsigned count);
ssize_t sendOne(int socket, const msghdr* message);

}  // namespace packet_io
