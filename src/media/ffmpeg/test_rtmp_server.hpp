#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "media/ffmpeg/test_media.hpp"

/// For this folder's tests: nginx with its RTMP module, a real server that others wrote.
namespace parley::media::test {

/// A TCP port of the loopback that nobody uses now, and the listening socket on it if it is kept.
class LoopbackPort {
 public:
  LoopbackPort() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    number_ = ntohs(address.sin_port);
  }
  LoopbackPort(const LoopbackPort&) = delete;
  LoopbackPort& operator=(const LoopbackPort&) = delete;
  ~LoopbackPort() { release(); }
  int number() const { return number_; }
  /// Takes connections and never answers.
  void keep_listening() { EXPECT_EQ(listen(fd_, 8), 0); }
  void release() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  int number_ = 0;
};

inline int free_port() { return LoopbackPort().number(); }

/// Waits for something that another thread or process does. 30 s is for machines under heavy load.
template <typename Condition>
bool eventually(Condition condition, std::chrono::seconds limit = std::chrono::seconds(30)) {
  for (const auto end = std::chrono::steady_clock::now() + limit; !condition();) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

inline bool accepts(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address{
      .sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(port)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const bool open = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return open;
}

/// A child process that is killed with its owner.
class Process {
 public:
  explicit Process(const std::vector<std::string>& arguments) {
    std::vector<char*> argv;
    for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      execvp(argv[0], argv.data());
      _exit(127);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    kill(pid_, SIGCONT);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  void signal(int number) const { kill(pid_, number); }

 private:
  pid_t pid_;
};

/// An RTMP server that keeps what it is sent: application "live" takes everything and writes each connection into a
/// file; "closed" takes nothing; "asks" takes only the key "good".
class RtmpServer {
 public:
  explicit RtmpServer(int port = free_port()) : port_(port), http_port_(free_port()) { start(); }

  int port() const { return port_; }
  std::string url(const std::string& app = "live") const { return fmt::format("rtmp://127.0.0.1:{}/{}", port_, app); }
  void start() {
    std::filesystem::create_directories(folder_ / "recorded");
    std::ofstream(folder_ / "nginx.conf") << configuration();
    process_ = std::make_unique<Process>(std::vector<std::string>{"nginx", "-p", folder_.path().string() + "/", "-c",
                                                                  (folder_ / "nginx.conf").string(), "-e",
                                                                  (folder_ / "error.log").string()});
    ASSERT_TRUE(eventually([this] { return accepts(port_); }));
  }
  void kill() { process_.reset(); }
  void signal(int number) const { process_->signal(number); }

  /// Files of what was published under this key, oldest first.
  std::vector<std::filesystem::path> recordings(const std::string& key) const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "recorded")) {
      if (entry.path().filename().string().starts_with(key + "-")) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
      return std::filesystem::last_write_time(a) < std::filesystem::last_write_time(b);
    });
    return files;
  }

 private:
  std::string configuration() const {
    return fmt::format(
        "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;\n"
        "user root; daemon off; master_process off; worker_processes 1; pid {0}/nginx.pid; error_log {0}/error.log "
        "info;\n"
        "events {{ worker_connections 64; }}\n"
        "rtmp {{ server {{ listen 127.0.0.1:{1}; access_log off;\n"
        " application live {{ live on; record all; record_path {0}/recorded; record_unique on; }}\n"
        " application closed {{ live on; deny publish all; }}\n"
        " application asks {{ live on; notify_method get; on_publish http://127.0.0.1:{2}/publish; }} }} }}\n"
        "http {{ access_log off; client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;\n"
        " uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;\n"
        " server {{ listen 127.0.0.1:{2}; location / {{ if ($arg_name != good) {{ return 403; }} return 200; }} }} "
        "}}\n",
        folder_.path().string(), port_, http_port_);
  }

  TemporaryFolder folder_;
  int port_;
  int http_port_;
  std::unique_ptr<Process> process_;
};

}  // namespace parley::media::test
