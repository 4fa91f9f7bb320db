#include "floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <openssl/evp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "values.h"

namespace packet_io {

#ifdef __linux__

namespace {

constexpr int kUdpLevel = 17;     // SOL_UDP
constexpr int kUdpSegment = 103;  // UDP_SEGMENT
constexpr size_t kHeader = 12;
constexpr size_t kTag = 16;

struct FloorDestination {
  sockaddr_in name;
  EVP_CIPHER_CTX* cipher;
};

double cpuMicroseconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  auto micro = [](timeval time) { return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec); };
  return micro(usage.ru_utime) + micro(usage.ru_stime);
}

// One frame to one destination: every packet's header copied, its payload sealed out of place, one sendmsg for all.
bool sendFrame(int socket, FloorDestination* to, const uint8_t* packets, size_t count, size_t plain, uint32_t sequence,
               uint8_t* out) {
  size_t sealed = plain + kTag;
  for (size_t i = 0; i < count; i++) {
    const uint8_t* in = packets + i * plain;
    uint8_t* at = out + i * sealed;
    uint8_t iv[12] = {};
    uint32_t number = sequence + static_cast<uint32_t>(i);
    memcpy(iv + 8, &number, sizeof number);
    memcpy(at, in, kHeader);
    int written;
    if (EVP_EncryptInit_ex(to->cipher, nullptr, nullptr, nullptr, iv) != 1 ||
        EVP_EncryptUpdate(to->cipher, nullptr, &written, at, kHeader) != 1 ||
        EVP_EncryptUpdate(to->cipher, at + kHeader, &written, in + kHeader, static_cast<int>(plain - kHeader)) != 1 ||
        EVP_EncryptFinal_ex(to->cipher, at + plain, &written) != 1 ||
        EVP_CIPHER_CTX_ctrl(to->cipher, EVP_CTRL_AEAD_GET_TAG, kTag, at + plain) != 1)
      return false;
  }
  iovec vector{out, count * sealed};
  alignas(8) uint8_t control[CMSG_SPACE(sizeof(uint16_t))] = {};
  msghdr message{};
  message.msg_name = &to->name;
  message.msg_namelen = sizeof to->name;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = kUdpLevel;
  header->cmsg_type = kUdpSegment;
  header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
  auto segment = static_cast<uint16_t>(sealed);
  memcpy(CMSG_DATA(header), &segment, sizeof segment);
  return sendmsg(socket, &message, 0) == static_cast<ssize_t>(vector.iov_len);
}

}  // namespace

napi_value runFloor(napi_env env, napi_callback_info info) {
  size_t argumentCount = 1;
  napi_value options;
  napi_get_cb_info(env, info, &argumentCount, &options, nullptr, nullptr);
  auto frames = static_cast<size_t>(toInteger(env, property(env, options, "frames")));
  auto perFrame = static_cast<size_t>(toInteger(env, property(env, options, "packetsPerFrame")));
  auto plain = static_cast<size_t>(toInteger(env, property(env, options, "packetBytes")));
  double framesPerSecond = 0;
  napi_get_value_double(env, property(env, options, "framesPerSecond"), &framesPerSecond);
  napi_value ports = property(env, options, "ports");
  uint32_t destinations = 0;
  napi_get_array_length(env, ports, &destinations);
  if (destinations == 0 || frames == 0 || perFrame == 0 || plain <= kHeader || perFrame * (plain + kTag) > 65507) {
    napi_throw_range_error(env, "ERR_FLOOR", "runFloor wants destinations, frames and a frame of at most 65,507 bytes");
    return nullptr;
  }
  int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  int buffer = 4 << 20;
  setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  std::vector<FloorDestination> all(destinations);
  for (uint32_t i = 0; i < destinations; i++) {
    napi_value port;
    napi_get_element(env, ports, i, &port);
    all[i].name = {};
    all[i].name.sin_family = AF_INET;
    all[i].name.sin_port = htons(static_cast<uint16_t>(toInteger(env, port)));
    all[i].name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    all[i].cipher = EVP_CIPHER_CTX_new();
    uint8_t key[16];
    memset(key, static_cast<int>(i), sizeof key);
    EVP_EncryptInit_ex(all[i].cipher, EVP_aes_128_gcm(), nullptr, key, nullptr);
  }
  std::vector<uint8_t> packets(perFrame * plain, 0x5a);
  std::vector<uint8_t> out(65536);
  timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  bool ok = socket >= 0;
  double before = cpuMicroseconds();
  for (size_t frame = 0; frame < frames && ok; frame++) {
    for (FloorDestination& to : all) {
      ok = ok && sendFrame(socket, &to, packets.data(), perFrame, plain, static_cast<uint32_t>(frame * perFrame),
                           out.data());
    }
    if (framesPerSecond > 0) {
      next.tv_nsec += static_cast<long>(1e9 / framesPerSecond);
      next.tv_sec += next.tv_nsec / 1000000000;
      next.tv_nsec %= 1000000000;
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
    }
  }
  double spent = cpuMicroseconds() - before;
  int error = errno;
  for (FloorDestination& to : all) EVP_CIPHER_CTX_free(to.cipher);
  if (socket >= 0) ::close(socket);
  if (!ok) {
    napi_throw_error(env, "ERR_FLOOR", strerror(error));
    return nullptr;
  }
  double total = static_cast<double>(frames) * static_cast<double>(perFrame) * destinations;
  napi_value result;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "floorUs", number(env, spent / total));
  napi_set_named_property(env, result, "packets", number(env, total));
  return result;
}

#else

napi_value runFloor(napi_env env, napi_callback_info) {
  napi_throw_error(env, "ERR_FLOOR", "the floor is measured on Linux: other systems have no UDP segmentation offload");
  return nullptr;
}

#endif

}  // namespace packet_io
