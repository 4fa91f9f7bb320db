#include "vectors.h"

#include <cstring>
#include <vector>

#include "bytes.h"
#include "srtp.h"
#include "values.h"

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
  std::vector<uint8_t> master = toBytes(env, property(env, options, "master"));
  std::vector<uint8_t> packet = toBytes(env, property(env, options, "packet"));
  if (profile == Profile::None || master.size() != shapeOf(profile).keyLength + shapeOf(profile).saltLength ||
      packet.size() < 12)
    return text(env, "malformed");
  bool rtcp = toBoolean(env, property(env, options, "rtcp"));
  auto rollover = static_cast<uint32_t>(toInteger(env, property(env, options, "rollover")));
  // One sequence number before the packet's own, so that the packet is in the rollover wanted and no replay.
  auto before = static_cast<uint16_t>(readUint16(packet.data() + 2) - 1);
  uint32_t ssrc = readUint32(packet.data() + 8);
  if (toBoolean(env, property(env, options, "unprotect"))) {
    SrtpReceiver receiver;
    if (!receiver.setKey(profile, master.data())) return text(env, "refused");
    if (rollover > 0) receiver.setRollover(ssrc, rollover, before);
    size_t length = packet.size();
    Unprotect result = rtcp ? receiver.unprotectRtcp(packet.data(), &length) : receiver.unprotectRtp(packet.data(), &length);
    return result == Unprotect::Ok ? fromBytes(env, packet.data(), length) : text(env, reasonOf(result));
  }
  SrtpSender sender;
  if (!sender.setKey(profile, master.data())) return text(env, "refused");
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
    written = sender.protectRtp(out.data(), header, packet.data() + header, packet.size() - header);
  }
  return fromBytes(env, out.data(), written);
}

}  // namespace packet_io
