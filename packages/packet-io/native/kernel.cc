#include "kernel.h"

namespace packet_io {

int sendMany(int socket, mmsghdr* messages, unsigned count) { return sendmmsg(socket, messages, count, MSG_DONTWAIT); }

ssize_t sendOne(int socket, const msghdr* message) { return sendmsg(socket, message, MSG_DONTWAIT); }

}  // namespace packet_io
