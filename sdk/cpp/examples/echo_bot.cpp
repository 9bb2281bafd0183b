// Answers chat messages, and says back what it hears, two seconds later.
//
//   echo-bot --server https://meet.example.org --token … --room … [--delay-ms 2000]
#include <condition_variable>
#include <deque>
#include <mutex>

#include "options.hpp"

namespace {

class EchoBot : public parley::MeetingObserver {
 public:
  EchoBot(const parley::MeetingConfig& config, std::chrono::milliseconds delay)
      : delay_(delay), meeting_(config, this) {}

  void run() {
    // Sound that was pushed goes on where the last ended, so several voices would follow one another: one at a time.
    auto mic = meeting_.publishMic({.channels = 1, .kbps = 40});
    if (!mic) example::fail(mic.error().message);
    mic_ = *mic;
    example::join_or_fail(meeting_);
    const auto topic = meeting_.subscribe("CHAT", [this](const parley::PubSubMessage& message) { answer(message); });
    if (!topic.get()) example::fail("cannot read the chat");
    std::unique_lock lock(mutex_);
    left_.wait(lock, [this] { return over_; });
  }

 private:
  void answer(const parley::PubSubMessage& message) {
    if (message.senderId == meeting_.localParticipant().id) return;
    if (message.message == "bye") {
      meeting_.leave();
      return;
    }
    meeting_.publish("CHAT", "You said: " + message.message, {.persist = true});
  }

  void onStreamEnabled(const parley::Participant& who, const parley::Stream& stream) override {
    if (stream.kind != parley::StreamKind::Audio) return;
    meeting_.handleAudio(
        who.id, stream.kind,
        {.onAudio = [this, id = who.id](const parley::AudioFrame& frame) { say_back(id, frame); }, .channels = 1});
  }

  /// On the media thread of this stream.
  void say_back(const std::string& id, const parley::AudioFrame& frame) {
    const std::lock_guard lock(mutex_);
    if (!heard_.empty() && heard_.front().id != id) return;
    heard_.push_back({id, frame});
    const auto now = std::chrono::steady_clock::now();
    while (!heard_.empty() && heard_.front().frame.capturedAt + delay_ <= now) {
      parley::AudioFrame out = heard_.front().frame;
      out.capturedAt += delay_;
      mic_->push(out);
      heard_.pop_front();
    }
  }

  void onStreamDisabled(const parley::Participant& who, parley::StreamKind kind) override {
    const std::lock_guard lock(mutex_);
    if (kind == parley::StreamKind::Audio && !heard_.empty() && heard_.front().id == who.id) heard_.clear();
  }
  void onLeft(const parley::LeaveInfo& reason) override {
    std::printf("left: %s\n", reason.message.c_str());
    const std::lock_guard lock(mutex_);
    over_ = true;
    left_.notify_all();
  }

  struct Heard {
    std::string id;
    parley::AudioFrame frame;  // shares the samples
  };
  const std::chrono::milliseconds delay_;
  std::mutex mutex_;
  std::condition_variable left_;
  bool over_ = false;
  std::deque<Heard> heard_;
  std::shared_ptr<parley::LocalAudio> mic_;
  parley::Meeting meeting_;  // the last member: no callback comes after it is gone
};

}  // namespace

int main(int argc, char** argv) {
  auto options = example::parse(argc, argv, "echo-bot --server URL --token JWT --room ID [--delay-ms 2000]");
  if (options.meeting.name.empty()) options.meeting.name = "Echo";
  options.meeting.delivery = parley::Delivery::AsSoonAsComplete;
  EchoBot bot(options.meeting, std::chrono::milliseconds(std::atoi(options.get("delay-ms", "2000").c_str())));
  bot.run();
}
