#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <parley/parley.hpp>

/// What all examples take: --server URL --token JWT --room ID --name NAME --ca FILE, and words of their own.
namespace example {

struct Options {
  parley::MeetingConfig meeting;
  std::map<std::string, std::string> more;  ///< other --name value pairs
  std::vector<std::string> words;           ///< the rest

  std::string get(const std::string& name, const std::string& otherwise = {}) const {
    const auto it = more.find(name);
    return it == more.end() ? otherwise : it->second;
  }
};

[[noreturn]] inline void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

inline Options parse(int argc, char** argv, const char* usage) {
  Options out;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.rfind("--", 0) != 0) {
      out.words.push_back(word);
      continue;
    }
    if (i + 1 == argc) fail(std::string("usage: ") + usage);
    const std::string value = argv[++i];
    if (word == "--server") {
      out.meeting.serverUrl = value;
    } else if (word == "--token") {
      out.meeting.token = value;
    } else if (word == "--room") {
      out.meeting.meetingId = value;
    } else if (word == "--name") {
      out.meeting.name = value;
    } else if (word == "--id") {
      out.meeting.participantId = value;
    } else if (word == "--ca") {
      out.meeting.caFile = value;
    } else {
      out.more[word.substr(2)] = value;
    }
  }
  if (out.meeting.serverUrl.empty() || out.meeting.token.empty() || out.meeting.meetingId.empty()) {
    fail(std::string("usage: ") + usage);
  }
  return out;
}

inline void join_or_fail(parley::Meeting& meeting) {
  const auto joined = meeting.join().get();
  if (!joined) fail("cannot join: " + joined.error().message + " (" + std::to_string(joined.error().code) + ")");
}

}  // namespace example
