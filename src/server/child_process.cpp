#include "server/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include <string_view>

#include <fmt/format.h>

extern "C" char** environ;  // NOLINT: POSIX

namespace parley::server {
namespace {

/// Ours without our settings: they hold secrets (PARLEY_API_SECRET), and a worker decodes what strangers send. Its own
/// settings are named PARLEY_WORKER_….
std::vector<char*> environment_of_child() {
  std::vector<char*> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view name(*entry);
    if (!name.starts_with("PARLEY_") || name.starts_with("PARLEY_WORKER_")) out.push_back(*entry);
  }
  out.push_back(nullptr);
  return out;
}

struct Pipe {
  net::FileDescriptor read, write;
};

std::expected<Pipe, std::string> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(fmt::format("no pipe: {}", std::strerror(errno)));
  return Pipe{net::FileDescriptor(ends[0]), net::FileDescriptor(ends[1])};
}

/// What posix_spawn needs, freed in the end.
class SpawnSettings {
 public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  /// After use(). Libraries open sockets without the flag that would close them here, and a child that outlives a
  /// killed server must not hold its port.
  void close_others() { posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1); }
  void use(int ours, int theirs) { posix_spawn_file_actions_adddup2(&actions_, ours, theirs); }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

bool set_non_blocking(int fd) { return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0; }

}  // namespace

std::expected<ChildProcess, std::string> start_child(const std::vector<std::string>& arguments) {
  auto input = make_pipe();
  auto output = make_pipe();
  auto log = make_pipe();
  for (const auto* made : {&input, &output, &log}) {
    if (!*made) return std::unexpected(made->error());
  }
  SpawnSettings settings;
  settings.use(input->read.get(), STDIN_FILENO);
  settings.use(output->write.get(), STDOUT_FILENO);
  settings.use(log->write.get(), STDERR_FILENO);
  settings.close_others();
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> environment = environment_of_child();
  ChildProcess child;
  const int error =
      posix_spawn(&child.pid, argv[0], settings.actions(), settings.attributes(), argv.data(), environment.data());
  if (error != 0) return std::unexpected(fmt::format("{} cannot be started: {}", arguments[0], std::strerror(error)));
  // A child that nobody has waited for keeps its number: this is that child and no other.
  child.ended = net::FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, child.pid, 0)));
  child.input = std::move(input->write);
  child.output = std::move(output->read);
  child.log = std::move(log->read);
  bool ready = child.ended.get() >= 0;
  for (const auto* fd : {&child.input, &child.output, &child.log}) ready = ready && set_non_blocking(fd->get());
  if (ready) return child;
  kill_child(child);
  waitpid(child.pid, nullptr, 0);
  return std::unexpected(fmt::format("{} cannot be watched: {}", arguments[0], std::strerror(errno)));
}

ChildEnd reap(const ChildProcess& child) {
  int status = 0;
  if (waitpid(child.pid, &status, WNOHANG) != child.pid) return {false, "it is unknown how"};
  if (WIFEXITED(status)) return {WEXITSTATUS(status) == 0, fmt::format("exit code {}", WEXITSTATUS(status))};
  return {false, fmt::format("signal {}", WTERMSIG(status))};
}

void kill_child(const ChildProcess& child) {
  if (child.pid > 0) ::kill(child.pid, SIGKILL);
}

}  // namespace parley::server
