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

#include <algorithm>
#include <cstring>
#include <vector>

#include "../values.h"

namespace packet_io {

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

// Sends one run to one destination: copies the header of each packet, seals its payload out of
// place, calls sendmsg once.
bool sendRun(int socket, FloorDestination* to, const uint8_t* in, size_t count, size_t plain, uint32_t sequence,
             uint8_t* out) {
  size_t sealed = plain + kTag;
  for (size_t i = 0; i < count; i++) {
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
  if (count > 1) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = kUdpLevel;
    header->cmsg_type = kUdpSegment;
    header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    auto segment = static_cast<uint16_t>(sealed);
    memcpy(CMSG_DATA(header), &segment, sizeof segment);
  }
  return sendmsg(socket, &message, 0) == static_cast<ssize_t>(vector.iov_len);
}

// Reads and decrypts the feedback that has arrived. Its senders have other keys: the tag never
// matches, the work is the same.
class FeedbackReader {
 public:
  explicit FeedbackReader(int socket) : socket_(socket), cipher_(EVP_CIPHER_CTX_new()), bytes_(kMessages * kBytes) {
    uint8_t key[16] = {};
    EVP_DecryptInit_ex(cipher_, EVP_aes_128_gcm(), nullptr, key, nullptr);
  }
  ~FeedbackReader() { EVP_CIPHER_CTX_free(cipher_); }

  void read() {
    mmsghdr messages[kMessages];
    iovec vectors[kMessages];
    for (;;) {
      memset(messages, 0, sizeof messages);
      for (size_t i = 0; i < kMessages; i++) {
        vectors[i] = {&bytes_[i * kBytes], kBytes};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
      }
      int count = recvmmsg(socket_, messages, kMessages, MSG_DONTWAIT, nullptr);
      for (int i = 0; i < count; i++) decrypt(&bytes_[i * kBytes], messages[i].msg_len);
      if (count < static_cast<int>(kMessages)) return;
    }
  }
  size_t taken() const { return taken_; }

 private:
  static constexpr size_t kMessages = 64;
  static constexpr size_t kBytes = 1500;

  void decrypt(uint8_t* bytes, size_t length) {
    taken_++;
    if (length <= kHeader + kTag) return;
    const uint8_t iv[12] = {};
    int written;
    size_t text = length - kHeader - kTag;
    EVP_DecryptInit_ex(cipher_, nullptr, nullptr, nullptr, iv);
    EVP_CIPHER_CTX_ctrl(cipher_, EVP_CTRL_AEAD_SET_TAG, kTag, bytes + length - kTag);
    EVP_DecryptUpdate(cipher_, nullptr, &written, bytes, kHeader);
    EVP_DecryptUpdate(cipher_, bytes + kHeader, &written, bytes + kHeader, static_cast<int>(text));
    EVP_DecryptFinal_ex(cipher_, bytes, &written);
  }

  int socket_;
  EVP_CIPHER_CTX* cipher_;
  std::vector<uint8_t> bytes_;
  size_t taken_ = 0;
};

struct FloorOptions {
  std::vector<size_t> ports;
  std::vector<size_t> sizes;
  size_t packets;
  double runLength;
  double packetsPerSecond;
  uint16_t port;

  size_t largest() const { return *std::max_element(sizes.begin(), sizes.end()); }
  bool valid() const {
    bool sized = !sizes.empty() && *std::min_element(sizes.begin(), sizes.end()) > kHeader;
    return !ports.empty() && packets > 0 && sized && runLength >= 1 && runLength <= 64 &&
           (runLength + 1) * static_cast<double>(largest() + kTag) <= 65507;
  }
};

FloorOptions readOptions(napi_env env, napi_value options) {
  auto real = [&](const char* name) {
    double value = 0;
    napi_get_value_double(env, property(env, options, name), &value);
    return value;
  };
  auto list = [&](const char* name) {
    std::vector<size_t> values;
    napi_value array = property(env, options, name);
    uint32_t length = 0;
    napi_get_array_length(env, array, &length);
    for (uint32_t i = 0; i < length; i++) {
      napi_value element;
      napi_get_element(env, array, i, &element);
      values.push_back(static_cast<size_t>(toInteger(env, element)));
    }
    return values;
  };
  return {list("ports"),     list("packetBytes"),      static_cast<size_t>(real("packets")),
          real("runLength"), real("packetsPerSecond"), static_cast<uint16_t>(real("port"))};
}

sockaddr_in loopback(size_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

// -1 when it cannot be bound.
int openFloorSocket(uint16_t port) {
  int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  int buffer = 4 << 20;
  setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  sockaddr_in local = loopback(port);
  if (socket >= 0 && bind(socket, reinterpret_cast<sockaddr*>(&local), sizeof local) == 0) return socket;
  if (socket >= 0) ::close(socket);
  return -1;
}

std::vector<FloorDestination> openDestinations(const std::vector<size_t>& ports) {
  std::vector<FloorDestination> all;
  for (size_t port : ports) {
    EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
    uint8_t key[16];
    memset(key, static_cast<int>(all.size()), sizeof key);
    EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), nullptr, key, nullptr);
    all.push_back({loopback(port), cipher});
  }
  return all;
}

// Sends all packets at their pace. False, with `errno`, when the kernel refuses one.
bool sendAll(const FloorOptions& options, int socket, std::vector<FloorDestination>* destinations,
             FeedbackReader* feedback) {
  std::vector<uint8_t> packet(options.largest(), 0x5a);
  std::vector<uint8_t> out(65536);
  timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  double due = 0;
  size_t sent = 0;
  for (size_t run = 0; sent < options.packets; run++) {
    // Runs are whole; their mean length is the requested one.
    due += options.runLength;
    size_t count = static_cast<size_t>(due);
    due -= static_cast<double>(count);
    count = std::min(count, options.packets - sent);
    size_t size = options.sizes[run % options.sizes.size()];
    feedback->read();
    for (FloorDestination& to : *destinations) {
      if (!sendRun(socket, &to, packet.data(), count, size, static_cast<uint32_t>(sent), out.data())) return false;
    }
    sent += count;
    if (options.packetsPerSecond > 0) {
      auto pause = static_cast<int64_t>(1e9 * static_cast<double>(count) / options.packetsPerSecond) + next.tv_nsec;
      next.tv_sec += pause / 1000000000;
      next.tv_nsec = pause % 1000000000;
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
    }
  }
  return true;
}

}  // namespace

napi_value runFloor(napi_env env, napi_callback_info info) {
  size_t argumentCount = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &argumentCount, &argument, nullptr, nullptr);
  FloorOptions options = readOptions(env, argument);
  if (!options.valid()) {
    napi_throw_range_error(env, "ERR_FLOOR", "runFloor needs destinations, packets and a run of at most 65,507 bytes");
    return nullptr;
  }
  int socket = openFloorSocket(options.port);
  std::vector<FloorDestination> destinations = openDestinations(options.ports);
  FeedbackReader feedback(socket);
  double before = cpuMicroseconds();
  bool ok = socket >= 0 && sendAll(options, socket, &destinations, &feedback);
  double spent = cpuMicroseconds() - before;
  int error = errno;
  for (FloorDestination& to : destinations) EVP_CIPHER_CTX_free(to.cipher);
  if (socket >= 0) ::close(socket);
  if (!ok) {
    napi_throw_error(env, "ERR_FLOOR", strerror(error));
    return nullptr;
  }
  double total = static_cast<double>(options.packets) * static_cast<double>(destinations.size());
  napi_value result;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "floorUs", number(env, spent / total));
  napi_set_named_property(env, result, "packets", number(env, total));
  napi_set_named_property(env, result, "feedback", number(env, static_cast<double>(feedback.taken())));
  return result;
}

}  // namespace packet_io
