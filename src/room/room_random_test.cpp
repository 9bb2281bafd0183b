#include <gtest/gtest.h>

#include "room/scenario.hpp"

namespace parley::room {
namespace {

// Plays a long random meeting. After each step every client's picture and the data plane must equal the room's state.
class Churn {
 public:
  explicit Churn(uint64_t seed, RoomSettings settings = {}) : rng_(seed), play_(std::move(settings), seed) {}

  void step() {
    Client* client = any();
    const uint64_t what = rng_.below(20);
    if (!client || what < 2) return join();
    if (what < 8) return publish(*client);
    if (what < 10) return speak(*client);
    if (what < 12) return grow(*client);
    switch (what) {
      case 12: play_.ask(*client, change_mode(any_mode()), offered(main_seats(), 1)); break;
      case 13: play_.ask(*client, change_mode(any_mode())); break;
      case 14:
      case 15:
        play_.ask(*client, pin(any()->name.value(), static_cast<wire::PinTarget>(rng_.below(3)), rng_.chance(0.6)));
        break;
      case 16: lose_or_resume(*client); break;
      case 17: play_.run(TimeDelta::millis(static_cast<int64_t>(rng_.below(20'000)))); break;
      case 18: depart(*client); break;
      default: play_.ask(*client, remote_media(any()->name.value(), any_source(), rng_.chance(0.5))); break;
    }
  }
  Scenario& play() { return play_; }

 private:
  Client* any() {
    std::vector<Client*> present;
    for (auto& [id, client] : play_.clients) {
      if (client->in) present.push_back(client.get());
    }
    return present.empty() ? nullptr : present[rng_.below(present.size())];
  }
  wire::Source any_source() { return kAllSources[rng_.below(kAllSources.size())]; }
  wire::Mode any_mode() { return static_cast<wire::Mode>(rng_.below(3)); }
  uint32_t main_seats() { return 2 + static_cast<uint32_t>(rng_.below(6)); }

  void join() {
    JoinOptions options{.permissions = rng_.chance(0.5) ? kModerator : kHost,
                        .mode = rng_.chance(0.8) ? wire::SEND_AND_RECV : any_mode(),
                        .main_seats = main_seats(),
                        .share_seats = static_cast<uint32_t>(rng_.below(3))};
    for (const wire::Source source : kAllSources) {
      if (rng_.chance(0.3)) options.on.push_back(source);
    }
    options.hidden = rng_.chance(0.1);
    if (options.hidden) options.on.clear();
    const std::string name = options.hidden ? "h" : "p";
    play_.join(name + std::to_string(rng_.below(12)), options);  // often one that is in already
  }
  void publish(Client& client) { play_.ask(client, room::publish(any_source(), rng_.chance(0.7), rng_.chance(0.2))); }
  void speak(const Client& client) {
    play_.speak(rng_.chance(0.8) ? std::optional(client.name.value()) : std::nullopt);
  }
  void grow(Client& client) {
    if (!client.seats_wanted) return;
    play_.ask(client, renegotiate(), offered(client.seats_wanted->main(), client.seats_wanted->share()));
    client.seats_wanted.reset();
  }
  void lose_or_resume(Client& client) {
    play_.apply(play_.do_effects([&](Effects& out) {
      if (rng_.chance(0.5)) {
        play_.room.on_signalling_lost(client.name, play_.at(), out);
      } else {
        play_.room.on_signalling_resumed(client.name, play_.at(), out);
      }
      const auto state = static_cast<wire::MediaState::State>(rng_.below(4));
      play_.room.on_media_state(client.name, state, "", play_.at(), out);
    }));
  }
  void depart(Client& client) {
    wire::ClientMessage leave;
    leave.mutable_leave();
    play_.ask(client, leave);
  }

  Rng rng_;
  Scenario play_;
};

class RoomRandomTest : public testing::TestWithParam<uint64_t> {};

TEST_P(RoomRandomTest, EveryClientAndTheDataPlaneAgreeWithTheRoom) {
  Churn churn(GetParam());
  size_t most = 0;
  for (int i = 0; i < 1500; ++i) {
    churn.step();
    if (HasFailure()) FAIL() << "at step " << i;
    ASSERT_NO_FATAL_FAILURE(churn.play().check()) << "at step " << i;
    churn.play().forget_inboxes();
    if (const auto session = churn.play().room.snapshot()) most = std::max(most, session->participants.size());
  }
  EXPECT_GE(most, 8u);  // enough that seats were short
}

INSTANTIATE_TEST_SUITE_P(Seeds, RoomRandomTest, testing::Range<uint64_t>(1, 9));

}  // namespace
}  // namespace parley::room
