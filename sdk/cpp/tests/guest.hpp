#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "parley/parley.hpp"
#include "server_process.hpp"
#include "test_media.hpp"

namespace parley::test {

/// A participant under test: writes down what it is told, looks and listens to everybody.
class Guest : public MeetingObserver {
 public:
  struct Senses {
    Eye camera, screen;
    std::map<int, std::unique_ptr<Ear>> ears;  // by hertz
  };

  explicit Guest(MeetingConfig config, std::vector<int> tones = {}) : tones_(std::move(tones)) {
    alive().push_back(this);
    meeting = std::make_unique<Meeting>(std::move(config), this);
  }
  /// The meeting ends as the last member is destroyed. No `reset`: it clears the pointer before the meeting's
  /// callbacks, which use it, are over.
  ~Guest() override { std::erase(alive(), this); }
  /// Those of the running test, for its failures to tell.
  static std::vector<const Guest*>& alive() {
    static std::vector<const Guest*> guests;
    return guests;
  }

  static MeetingConfig config(const ServerProcess& server, const std::string& room, const std::string& id) {
    MeetingConfig out;
    out.serverUrl = server.url();
    out.caFile = server.ca_file();
    out.token = ServerProcess::token();
    out.meetingId = room;
    out.participantId = id;
    out.name = "Name of " + id;
    return out;
  }

  /// What the guests of the running test were told.
  static std::string histories() {
    std::string out;
    for (const Guest* guest : alive()) {
      out += "\n ";
      for (const std::string& line : guest->log()) out += " | " + line;
    }
    return out;
  }

  // ---- what was told
  bool told(const std::string& what) const { return count(what) > 0; }
  size_t count(const std::string& what) const {
    const std::lock_guard lock(mutex_);
    return static_cast<size_t>(std::count(log_.begin(), log_.end(), what));
  }
  std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  Senses& of(const std::string& id) {
    const std::lock_guard lock(mutex_);
    auto& senses = senses_[id];
    if (!senses) {
      senses = std::make_unique<Senses>();
      for (const int tone : tones_) senses->ears[tone] = std::make_unique<Ear>(tone);
    }
    return *senses;
  }
  bool sees(const std::string& id, const Colour& colour) { return of(id).camera.sees(colour); }
  bool hears(const std::string& id, int hertz) { return of(id).ears.at(hertz)->hears(); }

  void onStateChanged(MeetingState state) override { note("state " + std::to_string(static_cast<int>(state))); }
  void onJoined() override { note("joined"); }
  void onLeft(const LeaveInfo& reason) override { note("left " + std::to_string(reason.code)); }
  void onError(const Error& error) override { note("error " + std::to_string(error.code)); }
  void onParticipantJoined(const Participant& p) override {
    note("+ " + p.id);
    if (!listens) return;
    Senses& senses = of(p.id);
    meeting->handleVideo(p.id, StreamKind::Video,
                         {.onVideo = [&senses](const VideoFrame& f) { senses.camera.see(f); }});
    meeting->handleVideo(p.id, StreamKind::Share,
                         {.onVideo = [&senses](const VideoFrame& f) { senses.screen.see(f); }});
    meeting->handleAudio(p.id, StreamKind::Audio, {.onAudio = [&senses](const AudioFrame& f) {
                           for (auto& [hertz, ear] : senses.ears) ear->hear(f);
                         }});
  }
  void onParticipantLeft(const Participant& p, const LeaveInfo& reason) override {
    note("- " + p.id + " " + std::to_string(reason.code));
  }
  void onModeChanged(const Participant& p) override {
    note("mode " + p.id + " " + std::to_string(static_cast<int>(p.mode)));
  }
  void onStreamEnabled(const Participant& p, const Stream& s) override { note("on " + p.id + " " + name(s.kind)); }
  void onStreamDisabled(const Participant& p, StreamKind kind) override { note("off " + p.id + " " + name(kind)); }
  void onStreamPaused(const std::string& id, StreamKind kind, PauseReason) override {
    note("paused " + id + " " + name(kind));
  }
  void onStreamResumed(const std::string& id, StreamKind kind, PauseReason) override {
    note("resumed " + id + " " + name(kind));
  }
  void onReconnectingChanged(const std::string& id, bool r) override { note((r ? "away " : "back ") + id); }
  void onSpeakerChanged(const std::string& id) override { note("speaker " + id); }
  void onPinStateChanged(const std::string& id, PinState pin, const std::string& by) override {
    note("pin " + id + (pin.cam ? " cam" : "") + (pin.share ? " share" : "") + " by " + by);
  }
  void onEntryPending() override { note("pending"); }
  void onEntryRequested(const std::string& id, const std::string& who) override { note("knock " + id + " " + who); }
  void onEntryResponded(const std::string& id, bool allowed) override { note((allowed ? "allowed " : "denied ") + id); }
  void onMicRequested(const std::string& by) override { note("mic wanted by " + by); }
  void onWebcamRequested(const std::string& by) override { note("webcam wanted by " + by); }
  void onMediaRequestResponded(const std::string& id, StreamKind kind, bool accepted) override {
    note("answer of " + id + " " + name(kind) + (accepted ? " yes" : " no"));
  }
  void onForcedOff(StreamKind kind, const std::string& by) override {
    note(std::string("forced ") + name(kind) + " by " + by);
  }
  void onData(const DataMessage& d) override {
    note("data " + d.from + " " + std::string(d.payload.begin(), d.payload.end()) + (d.text ? " text" : " bytes"));
  }
  void onEgressChanged(const Egress& e) override { note("egress " + e.status); }

  bool listens = true;

 protected:
  void note(std::string what) {
    const std::lock_guard lock(mutex_);
    log_.push_back(std::move(what));
  }

 private:
  const std::vector<int> tones_;
  mutable std::mutex mutex_;
  std::vector<std::string> log_;
  std::map<std::string, std::unique_ptr<Senses>> senses_;

 public:
  std::unique_ptr<Meeting> meeting;
};

}  // namespace parley::test
