#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace parley {

using Bytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;

constexpr uint16_t load_be16(const uint8_t* p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }
constexpr uint32_t load_be24(const uint8_t* p) { return uint32_t{p[0]} << 16 | uint32_t{p[1]} << 8 | p[2]; }
constexpr uint32_t load_be32(const uint8_t* p) { return uint32_t{load_be16(p)} << 16 | load_be16(p + 2); }
constexpr uint64_t load_be64(const uint8_t* p) { return uint64_t{load_be32(p)} << 32 | load_be32(p + 4); }
constexpr void store_be16(uint8_t* p, uint16_t v) {
  p[0] = static_cast<uint8_t>(v >> 8);
  p[1] = static_cast<uint8_t>(v);
}
constexpr void store_be24(uint8_t* p, uint32_t v) {
  p[0] = static_cast<uint8_t>(v >> 16);
  store_be16(p + 1, static_cast<uint16_t>(v));
}
constexpr void store_be32(uint8_t* p, uint32_t v) {
  store_be16(p, static_cast<uint16_t>(v >> 16));
  store_be16(p + 2, static_cast<uint16_t>(v));
}
constexpr void store_be64(uint8_t* p, uint64_t v) {
  store_be32(p, static_cast<uint32_t>(v >> 32));
  store_be32(p + 4, static_cast<uint32_t>(v));
}

inline Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Reads big-endian fields from hostile bytes. A read past the end gives zeros (an empty span) and clears `ok()` for
/// good, so that a parser can read a whole structure and check once.
class ByteReader {
 public:
  explicit constexpr ByteReader(Bytes bytes) : bytes_(bytes) {}

  constexpr bool ok() const { return ok_; }
  constexpr size_t remaining() const { return bytes_.size() - position_; }
  constexpr size_t position() const { return position_; }

  constexpr uint8_t u8() {
    const uint8_t* p = advance(1);
    return p ? *p : 0;
  }
  constexpr uint16_t u16() {
    const uint8_t* p = advance(2);
    return p ? load_be16(p) : 0;
  }
  constexpr uint32_t u24() {
    const uint8_t* p = advance(3);
    return p ? load_be24(p) : 0;
  }
  constexpr uint32_t u32() {
    const uint8_t* p = advance(4);
    return p ? load_be32(p) : 0;
  }
  constexpr uint64_t u64() {
    const uint8_t* p = advance(8);
    return p ? load_be64(p) : 0;
  }
  constexpr Bytes take(size_t n) {
    const uint8_t* p = advance(n);
    return p ? Bytes(p, n) : Bytes();
  }
  constexpr Bytes rest() { return take(remaining()); }
  constexpr void skip(size_t n) { advance(n); }

 private:
  constexpr const uint8_t* advance(size_t n) {
    if (!ok_ || n > remaining()) {
      ok_ = false;
      return nullptr;
    }
    const uint8_t* p = bytes_.data() + position_;
    position_ += n;
    return p;
  }

  Bytes bytes_;
  size_t position_ = 0;
  bool ok_ = true;
};

/// Writes big-endian fields into a caller's buffer. A write that does not fit writes nothing and clears `ok()` for
/// good.
class ByteWriter {
 public:
  explicit constexpr ByteWriter(MutableBytes buffer) : buffer_(buffer) {}

  constexpr bool ok() const { return ok_; }
  constexpr size_t size() const { return size_; }
  constexpr size_t remaining() const { return buffer_.size() - size_; }
  constexpr Bytes written() const { return Bytes(buffer_.data(), size_); }

  constexpr void u8(uint8_t v) {
    if (uint8_t* p = advance(1)) *p = v;
  }
  constexpr void u16(uint16_t v) {
    if (uint8_t* p = advance(2)) store_be16(p, v);
  }
  constexpr void u24(uint32_t v) {
    if (uint8_t* p = advance(3)) store_be24(p, v);
  }
  constexpr void u32(uint32_t v) {
    if (uint8_t* p = advance(4)) store_be32(p, v);
  }
  constexpr void u64(uint64_t v) {
    if (uint8_t* p = advance(8)) store_be64(p, v);
  }
  void bytes(Bytes source) {
    uint8_t* p = advance(source.size());
    if (p && !source.empty()) std::memcpy(p, source.data(), source.size());
  }
  void fill(uint8_t v, size_t n) {
    if (uint8_t* p = advance(n)) std::memset(p, v, n);
  }

 private:
  constexpr uint8_t* advance(size_t n) {
    if (!ok_ || n > remaining()) {
      ok_ = false;
      return nullptr;
    }
    uint8_t* p = buffer_.data() + size_;
    size_ += n;
    return p;
  }

  MutableBytes buffer_;
  size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace parley
