// Takes the place of kernel.cc in the addon of the tests.

#include "failing-kernel.h"

#include <errno.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>

#include "../kernel.h"
#include "../values.h"

namespace packet_io {

namespace {

struct Failures {
  int error;
  int count;
  int after;
};

// By local port.
std::map<int, Failures> failures;

Failures* failuresOf(int socket) {
  if (failures.empty()) return nullptr;
  sockaddr_in6 name{};
  socklen_t length = sizeof name;
  getsockname(socket, reinterpret_cast<sockaddr*>(&name), &length);
  // IPv4 and IPv6 addresses have the port at the same place.
  auto found = failures.find(ntohs(name.sin6_port));
  return found == failures.end() || found->second.count == 0 ? nullptr : &found->second;
}

// How many of these messages the kernel may take; 0 when the call fails, with its `errno`.
unsigned admitted(int socket, unsigned messages) {
  Failures* plan = failuresOf(socket);
  if (plan == nullptr) return messages;
  if (plan->after == 0) {
    plan->count--;
    errno = plan->error;
    return 0;
  }
  unsigned count = std::min(messages, static_cast<unsigned>(plan->after));
  plan->after -= static_cast<int>(count);
  return count;
}

}  // namespace

int sendMany(int socket, mmsghdr* messages, unsigned count) {
  unsigned taken = admitted(socket, count);
  return taken == 0 ? -1 : sendmmsg(socket, messages, taken, MSG_DONTWAIT);
}

ssize_t sendOne(int socket, const msghdr* message) {
  return admitted(socket, 1) == 0 ? -1 : sendmsg(socket, message, MSG_DONTWAIT);
}

napi_value failNextSends(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  auto integer = [&](size_t index) { return static_cast<int>(toInteger(env, arguments[index])); };
  failures[integer(0)] = {integer(1), integer(2), integer(3)};
  return nullptr;
}

}  // namespace packet_io
