#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "crypto/sha256.hpp"
#include "storage/clock.hpp"
#include "storage/file_range.hpp"
#include "storage/http.hpp"

/// For the tests of this module: a bucket in memory behind the HTTP port, with faults on demand. (What the real thing
/// does is tested in tests/integration/storage_test.py, with a real S3 server.)
namespace parley::storage {

struct TestClock final : Clock {
  UtcTime now() override { return UtcTime::from_ms(1'700'000'000'000) + slept; }
  void sleep(TimeDelta duration) override {
    slept += duration;
    sleeps.push_back(duration);
  }
  TimeDelta slept;
  std::vector<TimeDelta> sleeps;
};

/// The process died.
struct Killed {};

class TestS3 final : public HttpTransport {
 public:
  struct Object {
    std::string content;
    std::string type;
  };
  struct Upload {
    std::string object;
    std::string type;
    std::map<int, std::string> parts;
  };
  struct Seen {
    std::string method;
    std::string path;  ///< with the query
  };

  /// Called before each request; what it returns is the answer. It may throw Killed.
  std::function<std::optional<std::expected<HttpResponse, std::string>>(const HttpRequest&)> fault;
  /// Called after each request that was carried out, before its answer is given.
  std::function<void(const HttpRequest&)> after;
  std::map<std::string, Object> objects;
  std::map<std::string, Upload> uploads;
  std::vector<Seen> seen;

  size_t count(std::string_view method, std::string_view in_path) const {
    return static_cast<size_t>(std::ranges::count_if(
        seen, [&](const Seen& each) { return each.method == method && each.path.find(in_path) != std::string::npos; }));
  }

  std::expected<HttpResponse, std::string> perform(const HttpRequest& request) override {
    const std::string path = request.url.substr(request.url.find('/', request.url.find("://") + 3));
    seen.push_back({request.method, path});
    if (fault) {
      if (auto answer = fault(request)) return *answer;
    }
    HttpResponse answer = carry_out(request, path);
    if (after) after(request);
    return answer;
  }

 private:
  static HttpResponse error(int status, const std::string& code) {
    return {status, {}, "<Error><Code>" + code + "</Code><Message>words</Message></Error>"};
  }

  static std::string body_of(const HttpRequest& request) {
    if (const auto* text = std::get_if<std::string>(&request.body)) return *text;
    auto reader = RangeReader::open(std::get<FileRange>(request.body));
    std::string content;
    std::vector<uint8_t> piece(1 << 20);
    for (;;) {
      const auto got = reader ? reader->read(piece) : std::nullopt;
      if (!got || *got == 0) return content;
      content.append(reinterpret_cast<const char*>(piece.data()), *got);
    }
  }

  static std::string header(const HttpRequest& request, std::string_view name) {
    for (const Header& each : request.headers) {
      if (each.name == name) return each.value;
    }
    return {};
  }

  static std::string parameter(const std::string& query, const std::string& name) {
    const size_t at = ("&" + query).find("&" + name + "=");
    if (at == std::string::npos) return {};
    const std::string rest = query.substr(at + name.size() + 1);
    return rest.substr(0, rest.find('&'));
  }

  static std::string etag_of(const std::string& content) {
    return "\"" + crypto::to_hex(crypto::sha256(as_bytes(content))).substr(0, 32) + "\"";
  }

  HttpResponse carry_out(const HttpRequest& request, const std::string& path) {
    const size_t mark = path.find('?');
    const std::string object = path.substr(0, mark);
    const std::string query = mark == std::string::npos ? "" : path.substr(mark + 1);
    const std::string body = body_of(request);
    if (header(request, "x-amz-content-sha256") != crypto::to_hex(crypto::sha256(as_bytes(body)))) {
      return error(400, "XAmzContentSHA256Mismatch");
    }
    if (query.find("list-type=2") != std::string::npos) return list_objects(object, query);
    if (query.find("uploads=") != std::string::npos) return begin(object, header(request, "content-type"));
    if (const std::string id = parameter(query, "uploadId"); !id.empty()) {
      return on_upload(request.method, id, query, body);
    }
    if (request.method == "PUT") {
      objects[object] = {body, header(request, "content-type")};
      return {200, {{"etag", etag_of(body)}}, ""};
    }
    const auto found = objects.find(object);
    if (request.method == "DELETE") return objects.erase(object), HttpResponse{204, {}, ""};
    if (found == objects.end()) return {404, {}, ""};
    return {200, {{"content-length", std::to_string(found->second.content.size())}}, ""};
  }

  /// Three names a page, so that pages are followed. Of plain names only: nothing is decoded but slashes.
  HttpResponse list_objects(const std::string& bucket, const std::string& query) const {
    const auto plain = [&](const std::string& name) {
      std::string value = parameter(query, name);
      for (size_t at = 0; (at = value.find("%2F", at)) != std::string::npos;) value.replace(at, 3, "/");
      return value;
    };
    const std::string prefix = bucket + plain("prefix"), start = bucket + plain("start-after");
    std::string xml = "<ListBucketResult>";
    int listed = 0;
    for (const auto& [name, object] : objects) {
      if (!name.starts_with(prefix) || name <= start || listed == 3) continue;
      ++listed;
      xml += "<Contents><Key>" + name.substr(bucket.size()) + "</Key></Contents>";
    }
    return {200, {}, xml + "</ListBucketResult>"};
  }

  HttpResponse begin(const std::string& object, std::string type) {
    const std::string id = "upload-" + std::to_string(++last_id_);
    uploads[id] = {object, std::move(type), {}};
    return {200, {}, "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>"};
  }

  HttpResponse on_upload(const std::string& method, const std::string& id, const std::string& query,
                         const std::string& body) {
    const auto found = uploads.find(id);
    if (found == uploads.end()) return error(404, "NoSuchUpload");
    if (method == "PUT") {
      found->second.parts[std::stoi(parameter(query, "partNumber"))] = body;
      return {200, {{"etag", etag_of(body)}}, ""};
    }
    if (method == "GET") return list(found->second, parameter(query, "part-number-marker"));
    if (method == "POST") {
      Object object{.type = found->second.type};
      for (const auto& [number, content] : found->second.parts) object.content += content;
      objects[found->second.object] = std::move(object);
    }
    uploads.erase(found);
    return {200, {}, "<CompleteMultipartUploadResult/>"};
  }

  /// Two parts a page, so that pages are followed.
  static HttpResponse list(const Upload& upload, const std::string& marker) {
    std::string xml = "<ListPartsResult>";
    int listed = 0, last = 0;
    bool more = false;
    for (const auto& [number, content] : upload.parts) {
      if (!marker.empty() && number <= std::stoi(marker)) continue;
      if (listed++ == 2) {
        more = true;
        break;
      }
      last = number;
      xml += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>&quot;" +
             etag_of(content).substr(1, 32) + "&quot;</ETag><Size>" + std::to_string(content.size()) + "</Size></Part>";
    }
    xml += "<IsTruncated>" + std::string(more ? "true" : "false") + "</IsTruncated>";
    if (more) xml += "<NextPartNumberMarker>" + std::to_string(last) + "</NextPartNumberMarker>";
    return {200, {}, xml + "</ListPartsResult>"};
  }

  int last_id_ = 0;
};

}  // namespace parley::storage
