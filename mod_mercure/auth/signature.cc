#include "auth/signature.h"

#include "auth/key_material.h"

namespace mercure::auth {

bool verifySignature(const CompactJws& jws, const Key& key) {
  const json_t* const algorithm = memberOf(*jws.header, "alg");
  if (!json_is_string(algorithm) || textOf(*algorithm) != nameOf(key.algorithm())) return false;
  if (jws.signature.size() != key.material().signatureBytes) return false;

  const ErrorQueueGuard guard;
  return libjwtCanVerify(jws, key.algorithm()) ? verifyWithLibjwt(jws, key) : verifyWithOpenssl(jws, key);
}

}  // namespace mercure::auth
