#include "server_process.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <nlohmann/json.hpp>

extern char** environ;

namespace parley::test {
namespace {

constexpr const char* kKey = "test-key";
const std::string kSecret = "test-secret-of-at-least-thirty-two-characters";

std::string base64url(const std::string& data) {
  std::string out((data.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(data.data()), static_cast<int>(data.size()));
  out.resize(static_cast<size_t>(size));
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  out.erase(out.find_last_not_of('=') + 1);
  return out;
}

std::string hmac(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {reinterpret_cast<char*>(digest), size};
}

void run(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

int connect_to(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

bool eventually(const std::function<bool()>& check, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!check()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

ServerProcess::ServerProcess(std::vector<std::string> arguments, bool tls)
    : arguments_(std::move(arguments)), tls_(tls), port_(free_port()) {
  std::string name = std::filesystem::temp_directory_path() / "parley-sdk-XXXXXX";
  folder_ = ::mkdtemp(name.data());
  if (tls_) {
    ca_file_ = folder_ + "/cert.pem";
    run(
        fmt::format("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
                    "-addext subjectAltName=DNS:localhost -keyout {0}/key.pem -out {0}/cert.pem >/dev/null 2>&1",
                    folder_));
  }
  start();
}

ServerProcess::~ServerProcess() {
  kill();
  const std::string text = log();
  for (const char* word : {"Sanitizer: ", ": runtime error: "}) {
    const size_t at = text.find(word);
    if (at != std::string::npos) ADD_FAILURE() << "in the server or its worker:\n" << text.substr(at, 8000);
  }
  std::filesystem::remove_all(folder_);
}

std::string ServerProcess::log() const {
  std::ifstream file(folder_ + "/log");
  return {std::istreambuf_iterator<char>(file), {}};
}

void ServerProcess::start() {
  const char* binary = std::getenv("PARLEY_BINARY");
  std::vector<std::string> words = {binary ? binary : "build/release/parley",
                                    "serve",
                                    "--http-address",
                                    "127.0.0.1",
                                    "--http-port",
                                    std::to_string(port_),
                                    "--media-address",
                                    "127.0.0.1",
                                    "--shards",
                                    "1",
                                    "--data-dir",
                                    folder_,
                                    "--api-key",
                                    kKey,
                                    "--api-secret",
                                    kSecret};
  if (tls_) words.insert(words.end(), {"--tls-cert", ca_file_, "--tls-key", folder_ + "/key.pem"});
  if (std::ranges::find(arguments_, "--media-port") == arguments_.end())
    words.insert(words.end(), {"--media-port", "0"});
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string log = folder_ + "/log";
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int error = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error(std::string("cannot start ") + argv[0]);
  const bool up = eventually([this] {
    const int fd = connect_to(port_);
    if (fd >= 0) ::close(fd);
    return fd >= 0;
  });
  if (!up) throw std::runtime_error("the server did not start; see " + log);
}

void ServerProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string ServerProcess::url() const { return fmt::format("{}://localhost:{}", tls_ ? "https" : "http", port_); }

std::string ServerProcess::token(const std::string& permissions, const std::string& claims) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const std::string body = fmt::format(R"({{"apikey":"{}","version":2,"permissions":{},"iat":{},"exp":{}{}}})", kKey,
                                       permissions, now, now + 3600, claims);
  const std::string text = base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url(body);
  return text + "." + base64url(hmac(text));
}

std::string ServerProcess::make_room() {
  const std::string answer = request("POST", "/v2/rooms", "{}");
  const auto json = nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n") + 4), nullptr, false);
  if (!json.is_object() || !json.contains("roomId")) throw std::runtime_error("no room: " + answer);
  return json["roomId"];
}

/// One HTTP request on a connection of its own. Not over TLS, of which tests make their rooms beforehand.
std::string ServerProcess::request(const std::string& method, const std::string& path, const std::string& body) {
  const int fd = connect_to(port_);
  if (fd < 0) throw std::runtime_error("the server is not there");
  const std::string text = fmt::format(
      "{} {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
      method, path, token(), body.size(), body);
  (void)!::write(fd, text.data(), text.size());
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) answer.append(buffer, static_cast<size_t>(n));
  ::close(fd);
  return answer;
}

}  // namespace parley::test
