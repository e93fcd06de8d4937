#include "httpd/own_fields.h"

#include <strings.h>

#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

namespace mercure::httpd {
namespace {

constexpr const char* kFilter = "MERCURE_OWN_FIELDS";
constexpr std::string_view kAccessControl = "Access-Control-";

/// Whether values of the site's and the hub's stand beside each other (RFC 9110, section 5.3).
bool isList(const char* name) {
  return strcasecmp(name, "Vary") == 0 || strcasecmp(name, "Cache-Control") == 0;
}

bool isAccessControl(const char* name) {
  return strncasecmp(name, kAccessControl.data(), kAccessControl.size()) == 0;
}

/// The values of one field, some the hub's own.
struct Values {
  const char* own = nullptr;
  const char* others = nullptr;  ///< the last one that is not the hub's
  int count = 0;
};

int collect(void* data, const char*, const char* value) {
  auto& values = *static_cast<Values*>(data);
  ++values.count;
  if (std::string_view(value) != values.own) values.others = value;
  return 1;
}

/// Leaves one value of a field that the hub has set to `own`.
int settle(void* data, const char* name, const char* own) {
  auto* request = static_cast<request_rec*>(data);
  if (isList(name)) return 1;
  if (isAccessControl(name)) {
    apr_table_unset(request->err_headers_out, name);
    apr_table_setn(request->headers_out, name, own);
  } else if (apr_table_get(request->err_headers_out, name) != nullptr) {
    apr_table_unset(request->headers_out, name);
  } else {
    Values values{own};
    apr_table_do(collect, &values, request->headers_out, name, nullptr);
    if (values.count > 1)
      apr_table_setn(request->headers_out, name, values.others != nullptr ? values.others : own);
  }
  return 1;
}

apr_status_t settleFields(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  apr_table_do(settle, filter->r, static_cast<apr_table_t*>(filter->ctx), nullptr);
  ap_remove_output_filter(filter);
  return ap_pass_brigade(filter->next, brigade);
}

}  // namespace

void setHead(request_rec* request, const endpoint::Response& response) {
  request->status = response.status;
  apr_table_t* own = apr_table_make(request->pool, static_cast<int>(response.fields.size()));
  for (const auto& [name, value] : response.fields) {
    if (strcasecmp(name.c_str(), "Content-Type") == 0)
      ap_set_content_type(request, apr_pstrdup(request->pool, value.c_str()));
    else
      apr_table_add(own, name.c_str(), value.c_str());
  }
  request->headers_out = apr_table_overlay(request->pool, request->headers_out, own);
  ap_add_output_filter(kFilter, own, request, request->connection);
}

bool isOwnFieldsFilter(const char* name) noexcept {
  return strcasecmp(name, kFilter) == 0;
}

void registerOwnFields() {
  static constexpr auto kBehindModHeaders = static_cast<ap_filter_type>(AP_FTYPE_CONTENT_SET + 1);
  ap_register_output_filter(kFilter, settleFields, nullptr, kBehindModHeaders);
}

}  // namespace mercure::httpd
