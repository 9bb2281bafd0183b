// Plays a file into a room as camera and microphone, or as a screen: MP4 or WebM (by FFmpeg), or Y4M and WAV.
//
//   file-publisher --server https://meet.example.org --token … --room … film.mp4
//
//   file-publisher … film.mp4 [--as share] [--codec h264] [--loop yes]
//
//   file-publisher … film.webm --copy yes
//
//   file-publisher … pictures.y4m sound.wav
//
// Copied pictures are sent as they are in the file: VP8, VP9, AV1, or H.264 without B-frames. For those who come later
// they begin with the file's next key frame.
#include <algorithm>
#include <thread>

#include "media_file.hpp"
#include "options.hpp"

namespace {

struct Sources {
  std::shared_ptr<parley::LocalVideo> video;
  std::shared_ptr<parley::LocalAudio> audio;
};

std::unique_ptr<example::MediaFile> open(const std::vector<std::string>& words, bool copy) {
  const auto ends_with = [](const std::string& s, const std::string& end) {
    return s.size() >= end.size() && s.compare(s.size() - end.size(), end.size(), end) == 0;
  };
  std::string y4m, wav;
  for (const std::string& word : words) {
    if (ends_with(word, ".y4m")) y4m = word;
    if (ends_with(word, ".wav")) wav = word;
  }
  if (!y4m.empty() || !wav.empty()) return example::open_raw(y4m, wav);
  if (words.empty()) example::fail("which file?");
  auto file = example::open_container(words[0], copy);
  if (!file) example::fail("built without FFmpeg: only .y4m and .wav files are read.");
  return file;
}

bool copies(const example::Options& options) { return options.get("copy") == "yes"; }

Sources publish(parley::Meeting& meeting, const example::MediaFile& file, const example::Options& options) {
  Sources out;
  const bool share = options.get("as") == "share";
  parley::VideoOptions video;
  if (options.get("codec") == "h264") video.codec = parley::VideoCodec::H264;
  if (copies(options)) {
    video.codec = file.codec();
    video.encoded = true;
  }
  const parley::AudioOptions audio{.channels = 2, .kbps = 96, .music = true};
  if (file.has_video()) {
    auto made = share ? meeting.publishShare(video) : meeting.publishCamera(video);
    if (!made) example::fail(made.error().message);
    out.video = *made;
  }
  if (file.has_audio()) {
    auto made = share ? meeting.publishShareAudio(audio) : meeting.publishMic(audio);
    if (!made) example::fail(made.error().message);
    out.audio = *made;
  }
  return out;
}

using Clock = std::chrono::steady_clock;

/// Each frame at its time from `start` on; returns when all were sent, with the time at which the file is at its end.
Clock::time_point play(example::MediaFile& file, const Sources& sources, Clock::time_point start) {
  std::chrono::microseconds end{}, last_picture{};
  const auto picture_at = [&](std::chrono::microseconds at) {
    end = std::max(end, at + (at - last_picture));  // it lasts as long as the one before
    last_picture = at;
    std::this_thread::sleep_until(start + at);
    return start + at;
  };
  while (auto timed = file.next()) {
    if (auto* picture = std::get_if<example::TimedVideo>(&*timed)) {
      picture->frame.capturedAt = picture_at(picture->at);
      if (sources.video) sources.video->push(picture->frame);
    } else if (auto* encoded = std::get_if<example::TimedEncoded>(&*timed)) {
      encoded->frame.capturedAt = picture_at(encoded->at);
      if (sources.video) sources.video->pushEncoded(encoded->frame);
    } else {
      const auto& sound = std::get<example::TimedAudio>(*timed);
      parley::AudioFrame frame;
      frame.samples = sound.samples.data();
      frame.channels = sound.channels;
      frame.frames = sound.samples.size() / static_cast<size_t>(sound.channels);
      frame.capturedAt = start + sound.at;
      end = std::max(end, sound.at + std::chrono::duration_cast<std::chrono::microseconds>(frame.duration()));
      std::this_thread::sleep_until(frame.capturedAt);
      if (sources.audio) sources.audio->push(frame);
    }
  }
  return start + end;
}

}  // namespace

int main(int argc, char** argv) {
  auto options =
      example::parse(argc, argv, "file-publisher --server URL --token JWT --room ID FILE… [--copy yes] [--loop yes]");
  if (options.meeting.name.empty()) options.meeting.name = "Player";
  auto file = open(options.words, copies(options));
  parley::Meeting meeting(options.meeting);
  const Sources sources = publish(meeting, *file, options);
  example::join_or_fail(meeting);
  Clock::time_point start = Clock::now();
  do {
    start = play(*file, sources, start);  // again without a gap, so that sound and pictures stay together
    file = open(options.words, copies(options));
  } while (options.get("loop") == "yes" && meeting.state() != parley::MeetingState::Disconnected &&
           meeting.state() != parley::MeetingState::Failed);
  meeting.leave().get();
}
