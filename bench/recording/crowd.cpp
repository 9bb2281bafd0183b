// The people of the recording benchmark: native participants who send a film that was encoded beforehand.
//
//   recording_crowd SERVER TOKEN
// Lines on standard input:  join ROOM N   N people enter; answered by {"joined":N,"tiles":[[x,y,width,height],…]}, the
//                                         places of N people in a recording's grid
//                           leave         answered by {"left":N}
// The end of input ends it. First of all it says {"kbps":[…]}, the rates of the layers it sends.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <sstream>
#include <thread>

#include "media/layout.hpp"
#include "parley/parley.hpp"
#include "recording/film.hpp"

namespace parley::bench {
namespace {

using std::chrono::microseconds;

microseconds picture_time(int64_t number) { return microseconds(number * 1'000'000 / Film::kFps); }
microseconds sound_time(int64_t number) { return microseconds(number * 20'000); }

MeetingConfig config_of(const std::string& server, const std::string& token, const std::string& room, int number) {
  MeetingConfig out;
  out.serverUrl = server;
  out.token = token;
  out.meetingId = room;
  out.participantId = fmt::format("person-{:02}", number);
  out.name = fmt::format("Person {}", number + 1);
  return out;
}

/// One of them. They receive nothing, since they handle nothing.
class Person {
 public:
  Person(const Film& film, MeetingConfig config, microseconds offset)
      : film_(film),
        meeting_(std::move(config)),
        offset_(offset),
        reels_{Film::Reel(film, 0), Film::Reel(film, 1), Film::Reel(film, 2)} {
    VideoOptions video;
    video.encoded = true;
    video.maxKbps = Film::kKbps[2];
    camera_ = *meeting_.publishCamera(video);
    AudioOptions audio;
    audio.encoded = true;
    microphone_ = *meeting_.publishMic(audio);
    camera_->onKeyFrameWanted([this](int layer) { key_wanted_[static_cast<size_t>(layer)] = true; });
  }

  Pending<void> join() { return meeting_.join(); }

  /// Sends what is due and tells when there is more.
  microseconds send(microseconds now) {
    if (next_picture_ == 0) {
      next_picture_ = (now - offset_).count() * Film::kFps / 1'000'000 + 1;
      next_sound_ = (now - offset_).count() / 20'000 + 1;
    }
    for (; offset_ + picture_time(next_picture_) <= now; ++next_picture_) send_picture();
    for (; offset_ + sound_time(next_sound_) <= now; ++next_sound_) {
      EncodedAudioFrame sound;
      sound.capturedAt = MediaTime(offset_ + sound_time(next_sound_));
      sound.duration = microseconds(20'000);
      sound.data = film_.sound(next_sound_);
      microphone_->pushEncoded(sound);
    }
    return offset_ + std::min(picture_time(next_picture_), sound_time(next_sound_));
  }

 private:
  void send_picture() {
    for (size_t layer = 0; layer < Film::kLayers; ++layer) {
      const Film::Picture& picture = reels_[layer].at(next_picture_, key_wanted_[layer]);
      if (picture.key) key_wanted_[layer] = false;
      if (!picture.data) continue;
      EncodedVideoFrame frame;
      frame.key = picture.key;
      frame.width = Film::kSizes[layer].width;
      frame.height = Film::kSizes[layer].height;
      frame.capturedAt = MediaTime(offset_ + picture_time(next_picture_));
      frame.data = picture.data;
      camera_->pushEncoded(frame, static_cast<int>(layer));
    }
  }

  const Film& film_;
  std::array<std::atomic<bool>, Film::kLayers> key_wanted_{};
  Meeting meeting_;
  std::shared_ptr<LocalVideo> camera_;
  std::shared_ptr<LocalAudio> microphone_;
  microseconds offset_;
  std::array<Film::Reel, Film::kLayers> reels_;
  int64_t next_picture_ = 0;
  int64_t next_sound_ = 0;
};

/// Everybody in one room, and the thread that sends for them.
class Crowd {
 public:
  Crowd(const Film& film, const std::string& server, const std::string& token, const std::string& room, int people) {
    for (int i = 0; i < people; ++i) {
      // Cameras are not in step: spread over one picture's time.
      const auto offset = microseconds(int64_t{1'000'000} * i / people / Film::kFps);
      people_.push_back(std::make_unique<Person>(film, config_of(server, token, room, i), offset));
    }
  }
  bool join() {
    std::vector<Pending<void>> answers;
    for (const auto& person : people_) answers.push_back(person->join());
    bool all = true;
    for (auto& answer : answers) {
      const auto joined = answer.get();
      if (!joined) fmt::print(stderr, "recording_crowd: {}\n", joined.error().message);
      all = all && joined;
    }
    sender_ = std::jthread([this](const std::stop_token& stop) { send(stop); });
    return all;
  }
  size_t size() const { return people_.size(); }

 private:
  void send(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto now = std::chrono::steady_clock::now();
      auto next = now + std::chrono::milliseconds(10);
      for (const auto& person : people_) {
        next =
            std::min(next, MediaTime(person->send(std::chrono::duration_cast<microseconds>(now.time_since_epoch()))));
      }
      std::this_thread::sleep_until(next);
    }
  }

  std::vector<std::unique_ptr<Person>> people_;
  std::jthread sender_;  // last: it uses the people
};

std::vector<std::array<int, 4>> tiles_of(int people) {
  std::vector<media::Person> all;
  for (int i = 0; i < people; ++i) {
    all.push_back({.id = ParticipantId(fmt::format("person-{:02}", i)), .camera_on = true, .camera_size = {1280, 720}});
  }
  std::vector<std::array<int, 4>> out;
  for (const media::Tile& tile : media::arrange({}, all)) {
    out.push_back({tile.rect.x, tile.rect.y, tile.rect.width, tile.rect.height});
  }
  return out;
}

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

int run(const std::string& server, const std::string& token) {
  const Film film;
  say(fmt::format(R"({{"kbps":[{:.0f},{:.0f},{:.0f}]}})", film.kbps(0), film.kbps(1), film.kbps(2)));
  std::unique_ptr<Crowd> crowd;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb, room;
    int people = 0;
    words >> verb >> room >> people;
    if (verb == "join" && people > 0) {
      crowd = std::make_unique<Crowd>(film, server, token, room, people);
      if (!crowd->join()) return 1;
      say(fmt::format(R"({{"joined":{},"tiles":{}}})", people, tiles_of(people)));
    } else if (verb == "leave" && crowd) {
      const size_t left = crowd->size();
      crowd.reset();
      say(fmt::format(R"({{"left":{}}})", left));
    } else {
      fmt::print(stderr, "recording_crowd: what is \"{}\"?\n", line);
      return 2;
    }
  }
  return 0;
}

}  // namespace
}  // namespace parley::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: recording_crowd SERVER TOKEN\n");
    return 2;
  }
  return parley::bench::run(argv[1], argv[2]);
}
