import type { CrossCheck } from "@llmcfg/config";
import { defineCheck } from "./define-check.ts";

/** What has to agree within `server`, and between `server` and `security.tls`. */
export const SERVER_CHECKS: readonly CrossCheck[] = [
  defineCheck("tls_incomplete", ["server"], function* (root) {
    const server = root.at("server");
    const certificate = server.at("tls_cert_path");
    const key = server.at("tls_key_path");
    const isOn = server.at("tls_enabled").isOn;
    if (isOn ? certificate.isGiven && key.isGiven : certificate.isGiven === key.isGiven) return;
    const missing = certificate.isGiven ? key : certificate;
    yield {
      at: [missing, server.at("tls_enabled"), certificate, key],
      message: isOn
        ? "TLS is on and needs both a certificate and a key"
        : "a certificate and its key belong together, and one of them is missing",
      hint: "give tls_cert_path and tls_key_path",
    };
  }),

  defineCheck("tls_unused", ["server", "security.tls"], function* (root) {
    const server = root.at("server");
    if (server.at("tls_enabled").isOn) return;
    for (const place of [server.at("tls_cert_path"), root.at("security", "tls")]) {
      if (!place.isGiven) continue;
      yield {
        at: [place, server.at("tls_enabled")],
        message: "has no effect: TLS is off",
        hint: "set server.tls_enabled: true",
        severity: "warning",
      };
    }
  }),

  defineCheck("client_auth_without_ca", ["security.tls"], function* (root) {
    const tls = root.at("security", "tls");
    const authority = tls.at("client_ca_cert_path");
    if (!tls.at("client_auth").isOn || authority.isGiven) return;
    yield {
      at: [authority, tls.at("client_auth")],
      message: "client certificates are asked for, and there is no authority to check them with",
      hint: "give client_ca_cert_path",
    };
  }),

  defineCheck("grpc_port_conflict", ["server"], function* (root) {
    const server = root.at("server");
    const port = server.at("grpc_port");
    if (!port.isGiven || port.value !== server.at("port").value) return;
    yield {
      at: [port, server.at("port")],
      message: `grpc_port is ${port.number}, which is port too`,
      hint: "leave grpc_port out to share the port",
    };
  }),

  defineCheck("grpc_needs_http2", ["server"], function* (root) {
    const server = root.at("server");
    const isShared = server.at("grpc_enabled").isOn && !server.at("grpc_port").isGiven;
    if (!isShared || server.at("http2_enabled").isOn) return;
    yield {
      at: [server.at("http2_enabled"), server.at("grpc_enabled")],
      message: "gRPC shares the port and needs HTTP/2, which is off",
      hint: "set http2_enabled: true, or give grpc_port",
    };
  }),

  defineCheck("grpc_port_unused", ["server"], function* (root) {
    const server = root.at("server");
    const port = server.at("grpc_port");
    if (!port.isGiven || server.at("grpc_enabled").isOn) return;
    yield {
      at: [port, server.at("grpc_enabled")],
      message: "has no effect: gRPC is off",
      hint: "set grpc_enabled: true",
      severity: "warning",
    };
  }),

  defineCheck("cors_wildcard_credentials", ["server.cors"], function* (root) {
    const cors = root.at("server", "cors");
    if (!cors.at("allow_credentials").isOn) return;
    const wildcard = cors
      .at("allowed_origins")
      .items()
      .find((origin) => origin.text === "*");
    if (wildcard === undefined) return;
    yield {
      at: [wildcard, cors.at("allow_credentials")],
      message: "every origin would be allowed to send credentials",
      hint: "name the origins",
    };
  }),
];
