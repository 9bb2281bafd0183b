#include "sdk/video_source.hpp"

#include <algorithm>
#include <cstring>

#include "codec/limits.hpp"
#include "net/clock.hpp"
#include "sdk/layer_plan.hpp"
#include "sdk/remote_stream.hpp"

namespace parley::sdk {
namespace {

/// VP8 with two temporal layers: half the frame rate for those whose path carries no more.
constexpr int kVp8TemporalLayers = 2;

/// How long a publisher may take to come up with a key frame before it is asked again.
constexpr TimeDelta kKeyRepeat = TimeDelta::seconds(1);

constexpr const char* kRotations = "A rotation is 0, 90, 180 or 270 degrees.";
constexpr bool is_rotation(int degrees) { return degrees % 90 == 0 && degrees >= 0 && degrees <= 270; }

void copy_plane(uint8_t* to, int to_stride, const VideoPlane& from, int width, int height) {
  for (int row = 0; row < height; ++row) {
    std::memcpy(to + row * to_stride, from.data + row * from.stride, static_cast<size_t>(width));
  }
}

frame::Picture to_picture(const VideoFrame& frame) {
  const frame::Size size{frame.width, frame.height};
  if (frame.owner) {
    return {size,        {frame.y.data, frame.y.stride}, {frame.u.data, frame.u.stride}, {frame.v.data, frame.v.stride},
            frame.owner, from_public(frame.color)};
  }
  const auto buffer = std::make_shared<frame::PictureBuffer>(size);
  const int chroma_width = (size.width + 1) / 2, chroma_height = (size.height + 1) / 2;
  copy_plane(buffer->y(), buffer->y_stride(), frame.y, size.width, size.height);
  copy_plane(buffer->u(), buffer->uv_stride(), frame.u, chroma_width, chroma_height);
  copy_plane(buffer->v(), buffer->uv_stride(), frame.v, chroma_width, chroma_height);
  return frame::PictureBuffer::share(buffer, from_public(frame.color));
}

std::optional<std::string> fault(const VideoFrame& frame) {
  if (!codec::within_limits({frame.width, frame.height}) || frame.width < codec::kMinEncodedSide ||
      frame.height < codec::kMinEncodedSide) {
    return "A frame is at least 16x16 and at most 36864 macroblocks large.";
  }
  const int chroma_width = (frame.width + 1) / 2;
  if (!frame.y.data || !frame.u.data || !frame.v.data || frame.y.stride < frame.width ||
      frame.u.stride < chroma_width || frame.v.stride < chroma_width) {
    return "A frame has three planes whose stride is at least their width.";
  }
  if (!is_rotation(frame.rotation)) return kRotations;
  return std::nullopt;
}

}  // namespace

VideoSource::VideoSource(StreamKind kind, VideoOptions options, std::shared_ptr<LoopGate> gate)
    : kind_(kind),
      options_(std::move(options)),
      gate_(std::move(gate)),
      thread_("parley-encode", EventThread::AtEnd::DropWaiting) {
  if (options_.encoded) {
    const int kbps = options_.maxKbps > 0 ? options_.maxKbps : 2000;
    for (auto& wished : control_->wished_kbps) wished = kbps;
  }
}

void VideoSource::start() {
  gate_->post([control = control_, kind = kind_, publication = publication()](Loop& loop, Timestamp now) {
    loop.local().set_encoder(kind, control);
    loop.client().publish(kind, publication, now);
  });
}

Publication VideoSource::publication() const { return {.paused = paused_, .display_surface = options_.displaySurface}; }

void VideoSource::stop() {
  if (ended_.exchange(true)) return;
  gate_->post([kind = kind_](Loop& loop, Timestamp now) {
    loop.local().set_encoder(kind, nullptr);
    loop.client().unpublish(kind, now);
  });
}

void VideoSource::set_paused(bool paused) {
  if (ended_ || paused_.exchange(paused) == paused) return;
  gate_->post([control = control_, kind = kind_, publication = publication()](Loop& loop, Timestamp now) {
    if (!publication.paused) control->want_keys();
    if (loop.client().publishes(kind)) loop.client().publish(kind, publication, now);
  });
}

LocalVideoCounts VideoSource::counts() const { return {.pushed = pushed_, .sent = sent_, .skipped = skipped_}; }

// ---- frames
// ----------------------------------------------------------------------------------------------------------

Result<void> VideoSource::push(const VideoFrame& frame) {
  if (ended_) return Error{kNotJoined, "This source has ended."};
  if (options_.encoded) return Error{kBadParameter, "This source was made for encoded frames."};
  if (auto wrong = fault(frame)) return Error{kBadParameter, *wrong};
  ++pushed_;
  const Timestamp captured_at =
      frame.capturedAt == MediaTime() ? net::monotonic_now() : from_media_time(frame.capturedAt);
  if (!control_->connected || paused_) {
    ++skipped_;
    return {};
  }
  Waiting waiting{.captured_at = captured_at, .rotation = static_cast<frame::Rotation>(frame.rotation)};
  const std::lock_guard lock(mutex_);
  if (too_soon(captured_at)) {
    ++skipped_;
    return {};
  }
  waiting.picture = to_picture(frame);
  if (waiting_) ++skipped_;
  waiting_ = std::move(waiting);
  if (!encoding_) {
    encoding_ = true;
    thread_.post([this] { encode_waiting(); });
  }
  return {};
}

/// More than the frame rate allows, with some room for a camera's jitter.
bool VideoSource::too_soon(Timestamp captured_at) {
  const TimeDelta least = TimeDelta::micros(800'000 / std::clamp(options_.maxFrameRate, 1, codec::kMaxFps));
  if (last_pushed_ && captured_at > *last_pushed_ && captured_at - *last_pushed_ < least) return true;
  last_pushed_ = captured_at;
  return false;
}

Result<void> VideoSource::pushEncoded(const EncodedVideoFrame& frame, int layer) {
  if (ended_) return Error{kNotJoined, "This source has ended."};
  if (!options_.encoded) return Error{kBadParameter, "This source encodes itself: push raw frames."};
  if (!frame.data || frame.data->empty() || frame.data->size() > codec::kMaxEncodedBytes) {
    return Error{kBadParameter, "An encoded frame has between 1 byte and 16 MiB."};
  }
  if (layer < 0 || layer >= static_cast<int>(kMaxLayers)) return Error{kBadParameter, "There are layers 0, 1 and 2."};
  if (!is_rotation(frame.rotation)) return Error{kBadParameter, kRotations};
  ++pushed_;
  control_->pushed_layers |= 1u << layer;
  if (!begins_or_follows(frame, static_cast<size_t>(layer), net::monotonic_now())) {
    ++skipped_;
    return {};
  }
  codec::LayerOutput output{.layer = static_cast<size_t>(layer)};
  frame::EncodedPicture& picture = output.encoded.picture;
  picture.codec = from_public(frame.codec);
  picture.key = frame.key;
  picture.size = {frame.width, frame.height};
  picture.captured_at = frame.capturedAt == MediaTime() ? net::monotonic_now() : from_media_time(frame.capturedAt);
  picture.rtp_timestamp = static_cast<uint32_t>(picture.captured_at.us() * 9 / 100);
  picture.data = frame::Payload(frame.data);
  std::vector<codec::LayerOutput> outputs;
  outputs.push_back(std::move(output));
  if (frame.color) picture.colour = from_public(*frame.color);
  send(std::move(outputs), static_cast<frame::Rotation>(frame.rotation));
  return {};
}

/// After a frame that was not sent only a key frame can be decoded, and receivers would not know: the packets that they
/// get have no gap.
bool VideoSource::begins_or_follows(const EncodedVideoFrame& frame, size_t layer, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (!control_->connected || paused_) return unbroken_[layer] = false;
  if (frame.key) unbroken_[layer] = true;
  if (unbroken_[layer]) return true;
  if (key_asked_[layer] && now - *key_asked_[layer] < kKeyRepeat) return false;
  key_asked_[layer] = now;
  gate_->post([control = control_, layer](Loop&, Timestamp) { control->want_key(static_cast<int>(layer)); });
  return false;
}

void VideoSource::onKeyFrameWanted(std::function<void(int layer)> handler) {
  gate_->post([control = control_, handler = std::move(handler)](Loop&, Timestamp) mutable {
    control->on_key_wanted = std::move(handler);
  });
}

// ---- the encoding thread
// ---------------------------------------------------------------------------------------------

void VideoSource::encode_waiting() {
  for (;;) {
    Waiting waiting;
    {
      const std::lock_guard lock(mutex_);
      if (!waiting_) {
        encoding_ = false;
        return;
      }
      waiting = std::move(*waiting_);
      waiting_.reset();
    }
    if (!ended_) encode(waiting);
  }
}

void VideoSource::encode(const Waiting& waiting) {
  if (!prepare_encoder(waiting.picture.size())) {
    ++skipped_;
    return;
  }
  follow_control();
  std::vector<codec::LayerOutput> outputs;
  (void)encoder_->encode(waiting.picture, waiting.captured_at, outputs);
  if (outputs.empty()) {
    ++skipped_;
    return;
  }
  for (codec::LayerOutput& output : outputs) output.encoded.picture.colour = waiting.picture.colour();
  send(std::move(outputs), waiting.rotation);
}

/// The encoder follows the size of pictures by itself; only another number of layers needs another one.
bool VideoSource::prepare_encoder(frame::Size size) {
  const size_t most = kind_ == StreamKind::Share ? 2 : kMaxLayers;
  VideoOptions options = options_;
  if (kind_ == StreamKind::Share && options.layers.empty()) options.simulcast = false;
  auto layers = plan_layers(options, size, most);
  const auto same = [](const codec::SimulcastLayer& a, const codec::SimulcastLayer& b) {
    return a.scale_down_by == b.scale_down_by && a.bitrate == b.bitrate;
  };
  if (encoder_ && std::ranges::equal(layers, layers_, same)) return true;
  codec::SimulcastConfig config{.layers = layers, .fps = std::clamp(options_.maxFrameRate, 1, codec::kMaxFps)};
  config.temporal_layers = options_.codec == VideoCodec::Vp8 ? kVp8TemporalLayers : 1;
  config.screen = kind_ == StreamKind::Share;
  auto made = codec::SimulcastEncoder::make(from_public(options_.codec), std::move(config));
  if (!made) return false;
  encoder_ = std::move(*made);
  layers_ = std::move(layers);
  rates_.fill(-1);
  for (size_t i = 0; i < kMaxLayers; ++i) {
    const int kbps = i < layers_.size() ? static_cast<int>(layers_[i].bitrate.kbps()) : 0;
    control_->wished_kbps[i] = kbps;
    // Until the network thread has divided the bandwidth only the lowest is sent.
    if (i > 0) control_->allowed_kbps[i] = 0;
  }
  gate_->post([](Loop& loop, Timestamp) { loop.local().reallocate(); });
  return true;
}

void VideoSource::follow_control() {
  for (size_t i = 0; i < layers_.size(); ++i) {
    int kbps = control_->allowed_kbps[i];
    if (i == 0 && kbps == 0) kbps = std::min(100, control_->wished_kbps[0].load());
    if (kbps == rates_[i]) continue;
    rates_[i] = kbps;
    encoder_->set_active(i, kbps > 0);
    if (kbps > 0) encoder_->set_rate(i, DataRate::kbps(kbps), std::clamp(options_.maxFrameRate, 1, codec::kMaxFps));
  }
  const uint32_t keys = control_->keys_wanted.exchange(0);
  for (size_t i = 0; i < layers_.size(); ++i) {
    if ((keys >> i & 1) != 0) encoder_->request_key(i);
  }
}

void VideoSource::send(std::vector<codec::LayerOutput> outputs, frame::Rotation rotation) {
  ++sent_;
  gate_->post([kind = kind_, outputs = std::move(outputs), rotation](Loop& loop, Timestamp now) mutable {
    for (codec::LayerOutput& output : outputs) {
      output.encoded.picture.rotation = rotation;
      loop.local().send_picture(kind, static_cast<uint8_t>(output.layer), output.encoded, now, loop.datagrams());
    }
  });
}

}  // namespace parley::sdk
