#include "storage/curl_transport.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <optional>

#include "base/check.hpp"
#include "storage/file_range.hpp"

namespace parley::storage {
namespace {

constexpr long kConnectSeconds = 10;
/// A transfer of which less than a byte a second arrives for a minute is dead; a slow one is not.
constexpr long kStalledSeconds = 60, kStalledBytesPerSecond = 1;
/// The longest answer is a list of 1000 parts, some 300 bytes each.
constexpr size_t kMaxAnswer = 4 << 20;
constexpr size_t kMaxHeaders = 256;

struct HeaderList {
  curl_slist* list = nullptr;
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

/// Where curl takes the body from.
struct Body {
  std::string_view text;
  std::optional<RangeReader> file;
  uint64_t size = 0;
  size_t position = 0;

  size_t read(char* buffer, size_t space) {
    if (file) {
      const auto got = file->read(MutableBytes(reinterpret_cast<uint8_t*>(buffer), space));
      return got ? *got : CURL_READFUNC_ABORT;
    }
    const size_t count = std::min(space, text.size() - position);
    text.copy(buffer, count, position);
    position += count;
    return count;
  }
  void seek(uint64_t to) {
    position = std::min<size_t>(to, text.size());
    if (file) file->seek(to);
  }
};

size_t read_body(char* buffer, size_t size, size_t count, void* body) {
  return static_cast<Body*>(body)->read(buffer, size * count);
}

int seek_body(void* body, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Body*>(body)->seek(static_cast<uint64_t>(offset));
  return CURL_SEEKFUNC_OK;
}

size_t write_answer(char* data, size_t size, size_t count, void* response) {
  std::string& answer = static_cast<HttpResponse*>(response)->body;
  if (answer.size() + size * count > kMaxAnswer) return 0;
  answer.append(data, size * count);
  return size * count;
}

size_t write_header(char* data, size_t size, size_t count, void* response) {
  auto& headers = static_cast<HttpResponse*>(response)->headers;
  std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) headers.clear();  // after a 100 Continue
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || headers.size() >= kMaxHeaders) return size * count;
  Header header{std::string(line.substr(0, colon)), {}};
  std::ranges::transform(header.name, header.name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  const std::string_view value = line.substr(colon + 1);
  const size_t first = value.find_first_not_of(" \t");
  const size_t last = value.find_last_not_of(" \t\r\n");
  if (first != std::string_view::npos && last >= first) header.value = value.substr(first, last - first + 1);
  headers.push_back(std::move(header));
  return size * count;
}

}  // namespace

struct CurlTransport::Library {
  CURL* curl = curl_easy_init();
  char error[CURL_ERROR_SIZE] = {};

  ~Library() { curl_easy_cleanup(curl); }
  template <class Value>
  void set(CURLoption option, Value value) {
    PARLEY_CHECK(curl_easy_setopt(curl, option, value) == CURLE_OK);
  }
  void set_common(const std::string& ca_file);
  void set_body(const std::string& method, Body& body);
};

void CurlTransport::Library::set_common(const std::string& ca_file) {
  set(CURLOPT_ERRORBUFFER, error);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PATH_AS_IS, 1L);  // "../" may be part of an object's name, and is signed
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_TIME, kStalledSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, kStalledBytesPerSecond);
  set(CURLOPT_USERAGENT, "parley");
  if (!ca_file.empty()) set(CURLOPT_CAINFO, ca_file.c_str());
}

void CurlTransport::Library::set_body(const std::string& method, Body& body) {
  if (method == "HEAD") set(CURLOPT_NOBODY, 1L);
  if (method == "PUT" || method == "POST") {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body.size));
    set(CURLOPT_READFUNCTION, read_body);
    set(CURLOPT_READDATA, &body);
    set(CURLOPT_SEEKFUNCTION, seek_body);
    set(CURLOPT_SEEKDATA, &body);
  }
  if (method != "HEAD") set(CURLOPT_CUSTOMREQUEST, method.c_str());
}

CurlTransport::CurlTransport(const std::string& ca_file) : ca_file_(ca_file) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  PARLEY_CHECK(initialised == CURLE_OK);
  library_ = std::make_unique<Library>();
  PARLEY_CHECK(library_->curl);
}

CurlTransport::~CurlTransport() = default;

std::expected<HttpResponse, std::string> CurlTransport::perform(const HttpRequest& request) {
  Body body;
  if (const auto* text = std::get_if<std::string>(&request.body)) {
    body.text = *text;
    body.size = text->size();
  } else {
    auto reader = RangeReader::open(std::get<FileRange>(request.body));
    if (!reader) return std::unexpected(reader.error().message);
    body.file.emplace(std::move(*reader));
    body.size = std::get<FileRange>(request.body).size;
  }
  HeaderList headers;
  for (const Header& header : request.headers) headers.add(header.name + ": " + header.value);
  headers.add("accept:");  // curl's own, which says nothing
  HttpResponse response;
  curl_easy_reset(library_->curl);  // keeps the connection
  library_->set_common(ca_file_);
  library_->set(CURLOPT_URL, request.url.c_str());
  library_->set(CURLOPT_HTTPHEADER, headers.list);
  library_->set(CURLOPT_WRITEFUNCTION, write_answer);
  library_->set(CURLOPT_WRITEDATA, &response);
  library_->set(CURLOPT_HEADERFUNCTION, write_header);
  library_->set(CURLOPT_HEADERDATA, &response);
  library_->set_body(request.method, body);
  library_->error[0] = 0;
  const CURLcode result = curl_easy_perform(library_->curl);
  if (result != CURLE_OK) return std::unexpected(library_->error[0] ? library_->error : curl_easy_strerror(result));
  long status = 0;
  curl_easy_getinfo(library_->curl, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

}  // namespace parley::storage
