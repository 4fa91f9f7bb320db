// libFuzzer target: a byte stream reaches the frame reader in pieces, as TCP delivers it, and has to
// give the same frames as when it arrives at once. The first byte chooses the sizes of the pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../native/bytes.h"
#include "../native/frame-reader.h"

using packet_io::FrameReader;
using packet_io::kFrameHeader;
using packet_io::kMaxFrame;

namespace {

constexpr size_t kMaxPiece = 4096;

void require(bool condition) {
  if (!condition) abort();
}

// Appends the whole frames of the stream to `out`; false when a frame was too long.
bool read(const uint8_t* data, size_t size, size_t piece, std::vector<uint8_t>* out) {
  FrameReader reader;
  for (size_t at = 0; at < size;) {
    // As large as what may lie in it: a byte more is found by the sanitizer.
    std::vector<uint8_t> slot(kFrameHeader + kMaxFrame + kMaxPiece);
    size_t begun = reader.resume(slot.data());
    require(begun < kFrameHeader + kMaxFrame);
    size_t length = size - at < piece ? size - at : piece;
    memcpy(slot.data() + begun, data + at, length);
    at += length;
    std::vector<uint8_t> exact(slot.begin(), slot.begin() + static_cast<ptrdiff_t>(begun + length));
    size_t whole = reader.cut(exact.data(), exact.size());
    if (whole == FrameReader::kOversize) return false;
    require(whole <= exact.size());
    for (size_t place = 0; place < whole;) {
      size_t frame = packet_io::readUint16(exact.data() + place);
      require(frame <= kMaxFrame && place + kFrameHeader + frame <= whole);
      place += kFrameHeader + frame;
    }
    out->insert(out->end(), exact.begin(), exact.begin() + static_cast<ptrdiff_t>(whole));
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  size_t piece = 1 + data[0] * 16u;
  if (piece > kMaxPiece) piece = kMaxPiece;
  std::vector<uint8_t> inPieces;
  std::vector<uint8_t> byBytes;
  bool one = read(data + 1, size - 1, piece, &inPieces);
  bool other = read(data + 1, size - 1, 1, &byBytes);
  require(one == other);
  // Up to a frame that is too long, the frames before it may have been delivered already, or not.
  if (one) {
    require(inPieces == byBytes);
  } else {
    require(inPieces.size() <= byBytes.size() && std::equal(inPieces.begin(), inPieces.end(), byBytes.begin()));
  }
  return 0;
}
