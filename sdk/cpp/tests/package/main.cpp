#include <cstdio>
#include <cstring>

#include <parley/parley.hpp>

namespace {

struct Observer : parley::MeetingObserver {
  void onJoined() override { std::puts("joined"); }
};

}  // namespace

/// Joins the room of argv (server, token, room), or finds out that nobody listens.
int main(int argc, char** argv) {
  parley::MeetingConfig config;
  config.serverUrl = argc > 3 ? argv[1] : "http://127.0.0.1:1";
  config.token = argc > 3 ? argv[2] : "none";
  config.meetingId = argc > 3 ? argv[3] : "none";
  Observer observer;
  parley::Meeting meeting(config, &observer);
  const auto camera = meeting.publishCamera();
  if (!camera) return 2;
  const auto joined = meeting.join().get(std::chrono::seconds(30));
  std::printf("parley %s: %d %s\n", parley::sdkVersion(), joined.error().code, joined.error().message.c_str());
  const bool as_expected = argc > 3 ? joined.ok() : joined.error().code == parley::kCannotJoin;
  return as_expected && std::strlen(parley::sdkVersion()) > 0 ? 0 : 1;
}
