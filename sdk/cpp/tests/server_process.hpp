#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// The real `parley` program on ports of its own, for a test.
namespace parley::test {

/// A sanitized build on a busy machine is slow.
inline constexpr std::chrono::seconds kPatience{60};

/// Polls until `check` is true; false if that takes longer than patience lasts.
bool eventually(const std::function<bool()>& check, std::chrono::milliseconds patience = kPatience);

uint16_t free_port();

class ServerProcess {
 public:
  /// With `tls`, certificate and key of a localhost authority made for it: `ca_file()`.
  explicit ServerProcess(std::vector<std::string> arguments = {}, bool tls = false);
  ~ServerProcess();

  std::string url() const;
  const std::string& ca_file() const { return ca_file_; }
  uint16_t port() const { return port_; }
  /// A token that allows everything, or what `claims` (JSON members, with a comma in front) say instead.
  static std::string token(const std::string& permissions = R"(["allow_join","allow_mod"])",
                           const std::string& claims = "");
  std::string make_room();
  /// What it and its workers wrote so far.
  std::string log() const;
  const std::string& data_dir() const { return folder_; }
  /// Without a word, as a crash is.
  void kill();
  /// Again, on the same port with the same data.
  void start();

 private:
  std::string request(const std::string& method, const std::string& path, const std::string& body);

  std::vector<std::string> arguments_;
  bool tls_;
  std::string folder_;
  std::string ca_file_;
  uint16_t port_;
  pid_t pid_ = -1;
};

}  // namespace parley::test
