#include "ice/answers.hpp"

#include "base/check.hpp"

namespace parley::ice {

bool is_binding_request(const stun::MessageView& message) {
  return message.message_class == stun::Class::Request && message.method == stun::kBinding;
}

std::optional<std::string_view> ufrag_of(const stun::MessageView& request) {
  if (!request.username) return std::nullopt;
  const size_t colon = request.username->find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return request.username->substr(0, colon);
}

void send(stun::Writer& writer, const Path& to, DatagramBatch& out) {
  const auto size = writer.finish();
  PARLEY_CHECK(size);  // every message of ours is far below Writer::kMaxSize
  out.commit(to, *size);
}

void answer_success(const stun::MessageView& request, const stun::IntegrityKey& key, const Path& to,
                    DatagramBatch& out) {
  stun::Writer writer(out.reserve(stun::Writer::kMaxSize), stun::Class::Success, request.method, request.transaction);
  writer.xor_mapped_address(to.remote);
  writer.integrity(key);
  send(writer, to, out);
}

void answer_error(const stun::MessageView& request, const stun::ErrorCode& error, const stun::IntegrityKey* key,
                  const Path& to, DatagramBatch& out) {
  stun::Writer writer(out.reserve(stun::Writer::kMaxSize), stun::Class::Error, request.method, request.transaction);
  writer.error(error);
  if (error.code == kUnknownAttribute.code) {
    writer.unknown_attributes({request.not_understood.begin(), request.not_understood.end()});
  }
  if (key) writer.integrity(*key);
  send(writer, to, out);
}

void refuse_credentials(const stun::MessageView& request, const Path& to, DatagramBatch& out) {
  const bool has_credentials = request.username && request.integrity_offset;
  answer_error(request, has_credentials ? kUnauthenticated : kBadRequest, nullptr, to, out);
}

}  // namespace parley::ice
