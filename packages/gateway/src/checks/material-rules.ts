import { createPrivateKey, X509Certificate } from "node:crypto";
import type { ConfigPath, MaterialRule } from "@llmcfg/config";
import type { Json } from "@llmcfg/core";
import { Place } from "./place.ts";
import { isPrivateHost } from "./private-host.ts";
import { insecureMessage, providersOf } from "./provider-checks.ts";

/** What is checked of secrets once they are known, and not by each field for itself. */
export const MATERIAL_RULES: readonly MaterialRule[] = [
  {
    code: "tls_key_mismatch",
    hint: "give the certificate and the private key that was made for it",
    *places(document) {
      const server = Place.root(document).at("server");
      yield [server.at("tls_key_path").path, server.at("tls_cert_path").path];
    },
    check: ([key = "", certificate = ""]) =>
      isPair(certificate, key) ? undefined : "the private key does not fit the certificate",
  },
  {
    code: "weak_jwt_secret",
    severity: "warning",
    hint: "make one of 32 random bytes at least",
    *places(document) {
      for (const provider of Place.root(document)
        .at("security", "authentication", "providers")
        .items("name")) {
        const isShared = provider.at("algorithm").text?.startsWith("HS") === true;
        if (provider.at("type").text === "jwt" && isShared) yield [provider.at("secret").path];
      }
    },
    check: ([secret = ""]) => {
      const isWeak = Buffer.byteLength(secret) < 32;
      return isWeak ? "a shared secret of fewer than 32 bytes can be guessed" : undefined;
    },
  },
  insecureEndpoints({ isAllowed: false }),
  insecureEndpoints({ isAllowed: true }),
];

/** Endpoints that are references; those that are text are checked as such. */
function insecureEndpoints({ isAllowed }: { readonly isAllowed: boolean }): MaterialRule {
  return {
    code: "insecure_endpoint",
    severity: isAllowed ? "warning" : "error",
    hint: isAllowed ? "use https" : "use https, or set allow_insecure: true",
    places: (document) => referencedEndpoints(document, isAllowed),
    check: ([endpoint = ""]) => {
      const url = URL.parse(endpoint);
      if (url?.protocol !== "http:" || isPrivateHost(url.hostname)) return undefined;
      return insecureMessage("a public host");
    },
  };
}

function* referencedEndpoints(document: Json, isAllowed: boolean): Iterable<readonly ConfigPath[]> {
  for (const provider of providersOf(Place.root(document))) {
    const endpoint = provider.at("endpoint");
    const isReference = endpoint.text?.startsWith("${") === true;
    if (isReference && provider.at("allow_insecure").isOn === isAllowed) yield [endpoint.path];
  }
}

/** True for what is no certificate or no key: the fields themselves say so. */
function isPair(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return true;
  }
}
