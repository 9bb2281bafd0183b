// The golden messages in wire/vectors, which web/packages/wire/src/vectors.test.ts checks too: both languages must
// write and read the same bytes.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "wire/parley.pb.h"

namespace parley::wire {
namespace {

namespace pb = google::protobuf;

struct Vector {
  std::string name;
  std::string type;
  std::string json;
  std::string hex;
};

/// The compiler may have been given a path relative to the build directory; then any folder above this one will do.
std::filesystem::path folder() {
  const auto beside = std::filesystem::path(__FILE__).parent_path() / "../../wire/vectors";
  if (std::filesystem::exists(beside)) return beside;
  auto above = std::filesystem::current_path();
  while (!std::filesystem::exists(above / "wire/vectors") && above != above.root_path()) above = above.parent_path();
  return above / "wire/vectors";
}

std::vector<Vector> load(const std::string& file) {
  std::ifstream in(folder() / file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  pb::ListValue list;
  EXPECT_TRUE(pb::util::JsonStringToMessage(text, &list).ok()) << file;
  std::vector<Vector> vectors;
  for (const auto& value : list.values()) {
    const auto& fields = value.struct_value().fields();
    Vector vector{fields.at("name").string_value(), fields.at("type").string_value(), "",
                  fields.at("hex").string_value()};
    EXPECT_TRUE(pb::util::MessageToJsonString(fields.at("json"), &vector.json).ok()) << vector.name;
    vectors.push_back(std::move(vector));
  }
  return vectors;
}

std::string hex_of(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

template <typename Message>
void check(const std::string& file, const std::string& type) {
  const auto vectors = load(file);
  ASSERT_GE(vectors.size(), 15u);
  for (const auto& vector : vectors) {
    SCOPED_TRACE(vector.name);
    ASSERT_EQ(vector.type, type);
    Message from_json;
    ASSERT_TRUE(pb::util::JsonStringToMessage(vector.json, &from_json).ok());
    EXPECT_EQ(hex_of(from_json.SerializeAsString()), vector.hex);
    Message from_binary;
    ASSERT_TRUE(from_binary.ParseFromString(bytes_of(vector.hex)));
    EXPECT_TRUE(pb::util::MessageDifferencer::Equals(from_json, from_binary));
  }
}

TEST(Vectors, ClientMessagesHaveTheSameBytesInBothLanguages) { check<ClientMessage>("client.json", "ClientMessage"); }

TEST(Vectors, ServerMessagesHaveTheSameBytesInBothLanguages) { check<ServerMessage>("server.json", "ServerMessage"); }

}  // namespace
}  // namespace parley::wire
