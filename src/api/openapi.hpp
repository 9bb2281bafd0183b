#pragma once

#include <string_view>

namespace parley::api {

/// docs/openapi.json as it was when this program was built.
std::string_view openapi_json();
/// A page that shows it, and the page's script. Nothing is loaded from elsewhere.
std::string_view docs_html();
std::string_view docs_script();

}  // namespace parley::api
