#pragma once

#include <expected>
#include <memory>
#include <string>

#include "api/signing_key.hpp"
#include "auth/key_ring.hpp"
#include "base/rng.hpp"
#include "server/config.hpp"
#include "store/store.hpp"

/// What a server needs before it can run, each with a sentence if it cannot be had.
namespace parley::server {

std::expected<auth::KeyRing, std::string> make_key_ring(const Config& config);
/// Makes the data folder if it is missing.
std::expected<std::unique_ptr<store::Store>, std::string> open_store(const Config& config);
/// The key that signs webhooks; made at the first start and kept in the store.
std::expected<std::shared_ptr<const api::SigningKey>, std::string> load_signing_key(store::Store& store);
/// The key that signs download links; made at the first start and kept in the store.
std::expected<std::string, std::string> load_link_key(store::Store& store, Rng& rng);
/// The folder of recordings, absolute; made if it is missing.
std::expected<std::string, std::string> prepare_recordings(const Config& config);
/// The program that records: as configured, or beside this one.
std::string find_worker(const Config& config);
/// The folder of the web app: as configured, or beside the program.
std::string find_web_root(const Config& config);

}  // namespace parley::server
