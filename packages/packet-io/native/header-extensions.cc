#include "header-extensions.h"

#include <cstring>

#include "bytes.h"
#include "words.h"

namespace packet_io {

namespace {
// RFC 8285 section 4.
constexpr uint16_t kOneByteForm = 0xbede;
constexpr uint16_t kTwoByteForm = 0x1000;
constexpr size_t kFormHeader = 4;
constexpr size_t kLongestOfOneByteForm = 16;
constexpr size_t kHighestId = 14;
constexpr uint8_t kExtensionBit = 0x10;

struct Element {
  size_t id;
  // Of its data, from the packet's start.
  size_t at;
  size_t length;
};

// The elements of a stored header that the receiver takes.
class Elements {
 public:
  Elements(const ExtensionIds& ids, const int32_t* words, const uint8_t* stored) : ids_(ids), stored_(stored) {
    fixed = 12 + 4 * static_cast<size_t>(stored[0] & 0x0f);
    end_ = static_cast<size_t>(words[kSendHeaderLength]);
    hasAny_ = (stored[0] & kExtensionBit) != 0;
    isLong_ = hasAny_ && readUint16(stored + fixed) != kOneByteForm;
    rewind();
  }

  void rewind() { at_ = hasAny_ ? fixed + kFormHeader : end_; }

  bool next(Element* element) {
    while (at_ < end_) {
      size_t id = isLong_ ? stored_[at_] : stored_[at_] >> 4;
      if (id == 0) {
        at_++;
        continue;
      }
      if (isLong_ && at_ + 1 >= end_) return false;
      size_t length = isLong_ ? stored_[at_ + 1] : (stored_[at_] & 0x0f) + 1;
      size_t data = at_ + (isLong_ ? 2 : 1);
      if (data + length > end_) return false;
      at_ = data + length;
      size_t own = id <= kHighestId ? ids_.of[id] : 0;
      if (own == 0) continue;
      *element = {own, data, length};
      return true;
    }
    return false;
  }

  // Bytes of the fixed header and its contributors.
  size_t fixed;

 private:
  const ExtensionIds& ids_;
  const uint8_t* stored_;
  size_t end_;
  bool hasAny_;
  bool isLong_;
  size_t at_;
};

// The form and the length of the elements, without the alignment.
struct Shape {
  bool isLong = false;
  size_t elements = 0;
  size_t bytes = 0;

  Shape(Elements* all) {
    Element element;
    while (all->next(&element)) {
      elements++;
      bytes += element.length;
      if (element.length > kLongestOfOneByteForm || element.length == 0) isLong = true;
    }
    all->rewind();
    bytes += elements * (isLong ? 2 : 1);
  }

  size_t header(size_t fixed) const { return elements == 0 ? fixed : fixed + kFormHeader + ((bytes + 3) & ~size_t{3}); }
};

// The part of the descriptor's patch that lies in this element.
void patchElement(const int32_t* words, const Element& element, uint8_t* data) {
  if (words[kSendTransportWide] >= 0 && static_cast<size_t>(words[kSendTransportWideOffset]) == element.at &&
      element.length >= 2)
    writeUint16(data, static_cast<uint16_t>(words[kSendTransportWide]));
  if ((words[kSendFlags] & kSendFlagPayload) == 0) return;
  auto patch = static_cast<uint32_t>(words[kSendPayloadPatch]);
  uint64_t bytes = static_cast<uint32_t>(words[kSendPayloadLow]) |
                   static_cast<uint64_t>(static_cast<uint32_t>(words[kSendPayloadHigh])) << 32;
  for (size_t i = 0; i < patch >> 16; i++) {
    size_t at = (patch & 0xffff) + i;
    if (at >= element.at && at < element.at + element.length) data[at - element.at] = static_cast<uint8_t>(bytes >> (8 * i));
  }
}
}  // namespace

size_t rewrittenHeaderLength(const ExtensionIds& ids, const int32_t* words, const uint8_t* stored) {
  Elements all(ids, words, stored);
  return Shape(&all).header(all.fixed);
}

size_t rewriteHeader(const ExtensionIds& ids, const int32_t* words, const uint8_t* stored, uint8_t* out) {
  Elements all(ids, words, stored);
  Shape shape(&all);
  size_t length = shape.header(all.fixed);
  memcpy(out, stored, all.fixed);
  if (shape.elements == 0) {
    out[0] &= static_cast<uint8_t>(~kExtensionBit);
    return length;
  }
  writeUint16(out + all.fixed, shape.isLong ? kTwoByteForm : kOneByteForm);
  writeUint16(out + all.fixed + 2, static_cast<uint16_t>((length - all.fixed - kFormHeader) / 4));
  uint8_t* at = out + all.fixed + kFormHeader;
  Element element;
  while (all.next(&element)) {
    if (shape.isLong) {
      *at++ = static_cast<uint8_t>(element.id);
      *at++ = static_cast<uint8_t>(element.length);
    } else {
      *at++ = static_cast<uint8_t>(element.id << 4 | (element.length - 1));
    }
    memcpy(at, stored + element.at, element.length);
    patchElement(words, element, at);
    at += element.length;
  }
  memset(at, 0, static_cast<size_t>(out + length - at));
  return length;
}

}  // namespace packet_io
