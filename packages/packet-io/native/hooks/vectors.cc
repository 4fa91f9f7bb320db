#include "vectors.h"

#include <cstring>
#include <vector>

#include "../bytes.h"
#include "../srtp.h"
#include "../values.h"

namespace packet_io {

namespace {

std::vector<uint8_t> toBytes(napi_env env, napi_value value) {
  void* data = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(env, value, nullptr, &length, &data, nullptr, nullptr);
  auto* bytes = static_cast<uint8_t*>(data);
  return std::vector<uint8_t>(bytes, bytes + length);
}

napi_value fromBytes(napi_env env, const uint8_t* bytes, size_t length) {
  napi_value buffer;
  void* data;
  napi_create_buffer_copy(env, length, bytes, &data, &buffer);
  return buffer;
}

size_t keyBytes(Profile profile) { return shapeOf(profile).keyLength + shapeOf(profile).saltLength; }

// Without derivation SRTP and SRTCP both use the given keys, and the authentication key is zero.
template <typename Direction>
bool setKeys(Direction* direction, Profile profile, const std::vector<uint8_t>& keys, bool derive) {
  if (derive) return direction->setKey(profile, keys.data());
  SessionKeys session{};
  memcpy(session.key, keys.data(), shapeOf(profile).keyLength);
  memcpy(session.salt, keys.data() + shapeOf(profile).keyLength, shapeOf(profile).saltLength);
  return direction->setSessionKeys(profile, session, session);
}

const char* reasonOf(Unprotect result) {
  switch (result) {
    case Unprotect::Ok:
      return "ok";
    case Unprotect::Malformed:
      return "malformed";
    case Unprotect::Unauthentic:
      return "unauthentic";
    case Unprotect::Replayed:
      return "replayed";
  }
  return "";
}

}  // namespace

napi_value srtpVector(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value options;
  napi_get_cb_info(env, info, &count, &options, nullptr, nullptr);
  Profile profile = profileByName(toString(env, property(env, options, "profile")).c_str());
  std::vector<uint8_t> keys = toBytes(env, property(env, options, "keys"));
  bool derive = toBoolean(env, property(env, options, "derive"));
  std::vector<uint8_t> packet = toBytes(env, property(env, options, "packet"));
  if (profile == Profile::None || keys.size() != keyBytes(profile) ||
      packet.size() < 12)
    return text(env, "malformed");
  bool rtcp = toBoolean(env, property(env, options, "rtcp"));
  auto rollover = static_cast<uint32_t>(toInteger(env, property(env, options, "rollover")));
  // One sequence number below that of the packet, so that the packet has the wanted rollover and is
  // no replay.
  auto before = static_cast<uint16_t>(readUint16(packet.data() + 2) - 1);
  uint32_t ssrc = readUint32(packet.data() + 8);
  if (toBoolean(env, property(env, options, "unprotect"))) {
    SrtpReceiver receiver;
    if (!setKeys(&receiver, profile, keys, derive)) return text(env, "refused");
    if (rollover > 0) receiver.setRollover(ssrc, rollover, before);
    size_t length = packet.size();
    Unprotect result = rtcp ? receiver.unprotectRtcp(packet.data(), &length) : receiver.unprotectRtp(packet.data(), &length);
    return result == Unprotect::Ok ? fromBytes(env, packet.data(), length) : text(env, reasonOf(result));
  }
  SrtpSender sender;
  if (!setKeys(&sender, profile, keys, derive)) return text(env, "refused");
  std::vector<uint8_t> out(packet.size() + 64);
  size_t written;
  if (rtcp) {
    sender.setRtcpIndex(static_cast<uint32_t>(toInteger(env, property(env, options, "rtcpIndex"))));
    written = sender.protectRtcp(packet.data(), packet.size(), out.data());
  } else {
    if (rollover > 0) sender.setRollover(ssrc, rollover, before);
    size_t header = rtpHeaderLength(packet.data(), packet.size());
    if (header == 0) return text(env, "malformed");
    memcpy(out.data(), packet.data(), header);
    written = sender.protectRtp(out.data(), header, packet.data() + header, packet.size() - header, false);
  }
  return fromBytes(env, out.data(), written);
}

napi_value srtpSessionKeys(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value options;
  napi_get_cb_info(env, info, &count, &options, nullptr, nullptr);
  Profile profile = profileByName(toString(env, property(env, options, "profile")).c_str());
  std::vector<uint8_t> master = toBytes(env, property(env, options, "keys"));
  if (profile == Profile::None || master.size() != keyBytes(profile)) return text(env, "malformed");
  SessionKeys keys;
  if (!deriveSessionKeys(profile, master.data(), toBoolean(env, property(env, options, "rtcp")), &keys))
    return text(env, "refused");
  std::vector<uint8_t> out(keys.key, keys.key + shapeOf(profile).keyLength);
  out.insert(out.end(), keys.auth, keys.auth + sizeof keys.auth);
  out.insert(out.end(), keys.salt, keys.salt + shapeOf(profile).saltLength);
  return fromBytes(env, out.data(), out.size());
}

}  // namespace packet_io
