// libFuzzer target: passes datagrams from several peers, keyed and not, to the receive path, and
// forwards its output as the engine does. An input is a list of datagrams; a selector byte and a
// 16-bit length precede each.
#include <netinet/in.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "../native/bytes.h"
#include "../native/classify.h"
#include "../native/plane.h"
#include "words.h"

using packet_io::Address;
using packet_io::Plane;
using packet_io::Profile;

namespace {

// Peers 0-2 are keyed, 3 is a DTLS client of ours, 4 a DTLS server of ours, 5 has no session.
constexpr int kPeers = 6;
constexpr Profile kProfiles[] = {Profile::Gcm128, Profile::Gcm256, Profile::Cm80};
// Selector bits besides the peer's number.
constexpr uint8_t kProtectFirst = 0x08;
constexpr uint8_t kForwardAsRtx = 0x10;
constexpr uint8_t kSecondPasses = 0x20;
constexpr uint8_t kMoveAddress = 0x40;
constexpr uint8_t kPeerMask = 0x07;

void require(bool condition) {
  if (!condition) abort();
}

Plane& plane() {
  static Plane* const instance = [] {
    Plane* made = Plane::create({kPeers, 1 << 16, 1, 64, 1200,
                                 "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80",
                                 {1e9, 1e12, 1e9, 1e9, 1e9, 1e9, 5000}, 100000, {1, 1, 1, 1, 1, 1, 1, 1}});
    require(made != nullptr);
    // Without a socket each send fails and is counted.
    made->attach(-1, AF_INET, true);
    return made;
  }();
  return *instance;
}

Address addressOf(int peer) {
  Address address{};
  address.family = 4;
  address.port[1] = static_cast<uint8_t>(peer + 1);
  return address;
}

void keyOf(int peer, uint8_t* key) { memset(key, peer + 1, packet_io::kMaxKeyLength + packet_io::kMaxSaltLength); }

void openPeers(int* sessions, packet_io::SrtpSender* senders) {
  packet_io::Fingerprint remote;
  std::string value = "AB";
  for (int i = 1; i < 32; i++) value += ":AB";
  require(packet_io::Fingerprint::parse("sha-256", value, &remote));
  for (int peer = 0; peer < kPeers - 1; peer++) {
    sessions[peer] = plane().sessions().open();
    require(sessions[peer] >= 0 && plane().setAddress(sessions[peer], addressOf(peer), 0) == packet_io::Claim::Bound);
    if (peer < 3) {
      uint8_t key[packet_io::kMaxKeyLength + packet_io::kMaxSaltLength];
      keyOf(peer, key);
      require(plane().setKeys(sessions[peer], kProfiles[peer], key, key));
      require(senders[peer].setKey(kProfiles[peer], key));
    } else {
      auto role = peer == 3 ? packet_io::DtlsRole::Server : packet_io::DtlsRole::Client;
      require(plane().startDtls(sessions[peer], role, remote, 0));
    }
  }
}

// Protects an RTP or RTCP packet in place as the peer does, so that the input reaches the paths
// after decryption.
size_t protect(packet_io::SrtpSender* sender, uint8_t* bytes, size_t length) {
  static uint8_t plain[packet_io::Arena::kSlotBytes];
  memcpy(plain, bytes, length);
  if (packet_io::classify(plain, length) == packet_io::DatagramKind::Rtcp) return sender->protectRtcp(plain, length, bytes);
  size_t header = packet_io::rtpHeaderLength(plain, length);
  return header == 0 ? 0 : sender->protectRtp(bytes, header, plain + header, length - header, false);
}

// Checks every record, and sends RTP and RTCP on to the first session.
void forward(size_t from, size_t to, int session, bool rtx) {
  packet_io::Arena* arena = plane().arena();
  size_t sends = 0;
  for (size_t i = from; i < to; i++) {
    const int32_t* record = arena->received() + i * packet_io::kReceiveWords;
    int kind = record[packet_io::kReceiveKind];
    if (kind == packet_io::kReceiveKindDtls) continue;
    auto offset = static_cast<size_t>(record[packet_io::kReceiveOffset]);
    auto length = static_cast<size_t>(record[packet_io::kReceiveLength]);
    require(offset >= arena->slotOffset(0) && offset + length <= arena->slotOffset(0) + packet_io::Arena::kSlotBytes);
    if (kind == packet_io::kReceiveKindStun) continue;
    const uint8_t* packet = arena->bytes() + offset;
    int32_t* words = arena->sends() + sends++ * packet_io::kSendWords;
    memset(words, 0, packet_io::kSendWords * sizeof *words);
    words[packet_io::kSendSession] = session;
    words[packet_io::kSendOffset] = record[packet_io::kReceiveOffset];
    words[packet_io::kSendLength] = record[packet_io::kReceiveLength];
    words[packet_io::kSendTransportWide] = -1;
    if (kind == packet_io::kReceiveKindRtcp) continue;
    words[packet_io::kSendFlags] = packet_io::kSendFlagRtp | (rtx ? packet_io::kSendFlagRtx : 0);
    words[packet_io::kSendSequenceNumber] = packet_io::readUint16(packet + 2);
    words[packet_io::kSendSsrc] = static_cast<int32_t>(packet_io::readUint32(packet + 8));
  }
  // The same packet twice forms a run.
  if (sends == 1) {
    int32_t* words = arena->sends();
    memcpy(words + packet_io::kSendWords, words, packet_io::kSendWords * sizeof *words);
    words[packet_io::kSendWords + packet_io::kSendSequenceNumber]++;
    sends = 2;
  }
  // An authenticated and parsed packet can be sent.
  require(plane().flush().run(sends) == nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  int sessions[kPeers];
  packet_io::SrtpSender senders[3];
  openPeers(sessions, senders);
  packet_io::Arena* arena = plane().arena();
  int64_t now = 0;
  while (size >= 3) {
    uint8_t selector = data[0];
    size_t length = packet_io::readUint16(data + 1);
    data += 3;
    size -= 3;
    if (length > size) length = size;
    if (length > 1500) length = 1500;
    int peer = (selector & kPeerMask) % kPeers;
    uint8_t* slot = arena->bytes() + arena->slotOffset(0);
    memcpy(slot, data, length);
    data += length;
    size -= length;
    if ((selector & kProtectFirst) != 0 && peer < 3) length = protect(&senders[peer], slot, length);
    if (selector & kSecondPasses) {
      now += 1000000;
      plane().tick(now);
    }
    Address address = addressOf(peer);
    if ((selector & kMoveAddress) != 0 && peer < kPeers - 1) {
      plane().addAddress(sessions[peer], address, now);
      address.local[0] = selector;
      plane().setAddress(sessions[peer], address, now);
    }
    if (length == 0) continue;
    // Reports the pending events and begins a batch.
    require(plane().nextBatch(now) <= arena->receivedCapacity());
    size_t before = plane().recorded();
    int from = plane().sessions().find(address);
    (void)plane().accept(slot, length, from, address, arena->messageAddressOffset(0), 0, now);
    forward(before, plane().recorded(), sessions[0], (selector & kForwardAsRtx) != 0);
  }
  for (int peer = 0; peer < kPeers - 1; peer++) plane().closeSession(sessions[peer]);
  (void)plane().nextBatch(now);
  require(plane().sessions().count() == 0);
  return 0;
}
