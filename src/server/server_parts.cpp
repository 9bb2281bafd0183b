#include "server/server_parts.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "store/memory/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace parley::server {
namespace {

namespace fs = std::filesystem;
constexpr const char* kSigningKey = "webhook-signing-key";
constexpr const char* kLinkKey = "file-link-key";
/// 59 bits in ten characters: more than HMAC-SHA256 uses.
constexpr size_t kLinkKeySize = 48;

std::expected<void, std::string> prepare_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return std::unexpected(fmt::format("The data folder {} cannot be made: {}.", folder.string(), error.message()));
  const fs::path probe = folder / ".writable";
  if (!std::ofstream(probe))
    return std::unexpected(fmt::format("The data folder {} is not writable.", folder.string()));
  fs::remove(probe, error);
  return {};
}

}  // namespace

std::expected<auth::KeyRing, std::string> make_key_ring(const Config& config) {
  auth::KeyRing keys;
  if (auto added = keys.add(config.api_key, config.api_secret); !added) {
    return std::unexpected("--api-secret: " + added.error() + ".");
  }
  return keys;
}

std::expected<std::unique_ptr<store::Store>, std::string> open_store(const Config& config) {
  if (config.store == "memory") return store::open_memory_store();
  if (auto made = prepare_folder(config.data_dir); !made) return std::unexpected(made.error());
  const std::string file = (fs::path(config.data_dir) / "parley.db").string();
  auto opened = store::open_sqlite_store(file);
  if (!opened) {
    const bool locked = opened.error().message.find("locked") != std::string::npos;
    return std::unexpected(fmt::format("The database {} cannot be opened: {}.", file,
                                       locked ? "another server uses it" : opened.error().message));
  }
  // The database holds the key that signs webhooks.
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  return std::move(*opened);
}

std::expected<std::shared_ptr<const api::SigningKey>, std::string> load_signing_key(store::Store& store) {
  auto kept = store.meta().get(kSigningKey);
  if (!kept) return std::unexpected(fmt::format("The database cannot be read: {}.", kept.error().message));
  if (*kept) {
    auto parsed = api::SigningKey::parse(**kept);
    if (!parsed)
      return std::unexpected(fmt::format("The webhook signing key in the database is damaged: {}.", parsed.error()));
    return std::make_shared<const api::SigningKey>(std::move(*parsed));
  }
  auto key = std::make_shared<const api::SigningKey>(api::SigningKey::generate());
  if (auto put = store.meta().put(kSigningKey, key->private_pem()); !put) {
    return std::unexpected(fmt::format("The database cannot be written: {}.", put.error().message));
  }
  return key;
}

std::expected<std::string, std::string> load_link_key(store::Store& store, Rng& rng) {
  auto kept = store.meta().get(kLinkKey);
  if (!kept) return std::unexpected(fmt::format("The database cannot be read: {}.", kept.error().message));
  if (*kept) return std::move(**kept);
  const std::string key = rng.text(kLinkKeySize);
  if (auto put = store.meta().put(kLinkKey, key); !put) {
    return std::unexpected(fmt::format("The database cannot be written: {}.", put.error().message));
  }
  return key;
}

std::expected<std::string, std::string> prepare_recordings(const Config& config) {
  const fs::path folder =
      config.recordings_dir.empty() ? fs::path(config.data_dir) / "files" : fs::path(config.recordings_dir);
  std::error_code error;
  const fs::path absolute = fs::absolute(folder, error).lexically_normal();
  if (auto made = prepare_folder(absolute); !made) return std::unexpected(made.error());
  // What people said in meetings is for the server's own account.
  fs::permissions(absolute, fs::perms::owner_all, error);
  return absolute.string();
}

std::string find_worker(const Config& config) {
  if (!config.worker_binary.empty()) return config.worker_binary;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? "parley-worker" : (program.parent_path() / "parley-worker").string();
}

std::string find_web_root(const Config& config) {
  if (!config.web_root.empty()) return config.web_root;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? "web" : (program.parent_path() / ".." / "web").lexically_normal().string();
}

}  // namespace parley::server
