import { createPrivateKey, X509Certificate } from "node:crypto";
import { type Duration, field, type SecretRef } from "@llmcfg/config";
import * as z from "zod";
import { described, drain, httpToken, int, orNull, restart } from "./fields.ts";

/** How the gateway listens. */
export interface ServerConfig {
  readonly bind_address: string;
  readonly port: number;
  /** Whether the listener speaks TLS; `security.tls` says how. */
  readonly tls_enabled: boolean;
  readonly tls_cert_path: SecretRef | null;
  readonly tls_key_path: SecretRef | null;
  readonly request_timeout: Duration;
  readonly keep_alive_timeout: Duration;
  readonly max_connections: number;
  /** Bytes. */
  readonly max_body_size: number;
  readonly http2_enabled: boolean;
  readonly grpc_enabled: boolean;
  /** `null` shares `port`. */
  readonly grpc_port: number | null;
  readonly shutdown_timeout: Duration;
  readonly cors: CorsConfig | null;
}

/** Which web sites may ask a gateway from browsers. */
export interface CorsConfig {
  /** Origins, or `*`. */
  readonly allowed_origins: readonly string[];
  readonly allowed_methods: readonly string[];
  readonly allowed_headers: readonly string[];
  readonly expose_headers: readonly string[];
  readonly max_age: Duration;
  readonly allow_credentials: boolean;
}

const corsConfig = z.strictObject({
  allowed_origins: described(
    z.array(z.string().refine(isOrigin, "is neither an origin nor *")),
    "Origins whose pages may call the gateway, such as `https://app.example.com`; `*` allows all, without credentials.",
  ),
  allowed_methods: described(
    z.array(httpToken()),
    "HTTP methods that such pages may use; `*` allows all.",
  ),
  allowed_headers: described(
    z.array(httpToken()),
    "Request headers that such pages may send; `*` allows all.",
  ),
  expose_headers: described(
    z.array(httpToken()).default([]),
    "Response headers that such pages may read beside the few that are always readable.",
  ),
  max_age: described(
    field.duration(),
    "How long a browser may remember the answer to a preflight request.",
  ),
  allow_credentials: described(
    z.boolean().default(false),
    "Whether such pages may send cookies and credentials.",
  ),
});

/** `server` of the configuration. */
export const serverConfig: z.ZodType<ServerConfig> = field.section(
  z.strictObject({
    bind_address: described(
      restart(
        z.string().refine(isBindAddress, "is not an IP address or localhost").default("0.0.0.0"),
      ),
      "IP address that the gateway listens on, or `localhost`; `0.0.0.0` and `::` are all interfaces.",
    ),
    port: described(restart(int(1, 65_535).default(8080)), "TCP port of the HTTP listener."),
    tls_enabled: described(
      restart(z.boolean().default(false)),
      "Whether the listener speaks TLS; needs a certificate and a key.",
    ),
    tls_cert_path: described(
      drain(orNull(field.material({ check: checkCertificate }))),
      "Certificate of the listener, PEM with its chain: a path, which is watched, or a reference to the content; null is none.",
    ),
    tls_key_path: described(
      drain(orNull(field.material({ check: checkPrivateKey }))),
      "Private key of the certificate, PEM: a path, which is watched, or a reference to the content; null is none.",
    ),
    request_timeout: described(
      drain(field.duration({ min: "1s" }).prefault("60s")),
      "Longest time from a request to the end of its answer; streams excepted.",
    ),
    keep_alive_timeout: described(
      drain(field.duration({ min: "1ms" }).prefault("90s")),
      "How long an idle connection of a client is kept open.",
    ),
    max_connections: described(
      int(1).default(10_000),
      "Connections of clients that are open at the same time at most.",
    ),
    max_body_size: described(
      field.size({ min: 1024 }).prefault(10_485_760),
      "Largest body of a request in bytes; a larger one is refused.",
    ),
    http2_enabled: described(
      restart(z.boolean().default(true)),
      "Whether clients may speak HTTP/2 beside HTTP/1.1.",
    ),
    grpc_enabled: described(
      restart(z.boolean().default(false)),
      "Whether the gRPC surface is served.",
    ),
    grpc_port: described(
      restart(orNull(int(1, 65_535))),
      "TCP port of the gRPC listener; null shares `port`.",
    ),
    shutdown_timeout: described(
      field.duration().prefault("30s"),
      "How long requests in progress may take to end at shutdown; then they are cut off.",
    ),
    cors: described(
      orNull(corsConfig),
      "Which pages of browsers may call the gateway; null sends no CORS headers.",
    ),
  }),
);

function isBindAddress(text: string): boolean {
  if (text === "localhost") return true;
  return z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;
}

function isOrigin(text: string): boolean {
  if (text === "*") return true;
  if (!/^https?:\/\//.test(text)) return false;
  return URL.canParse(text) && new URL(text).origin === text;
}

/** What is wrong with the material of a certificate field. */
export function checkCertificate(material: string): string | undefined {
  return isParsed(() => new X509Certificate(material)) ? undefined : "is not a PEM certificate";
}

function checkPrivateKey(material: string): string | undefined {
  return isParsed(() => createPrivateKey(material)) ? undefined : "is not a PEM private key";
}

/** The parser's own message may quote the material, so only whether it throws is told. */
function isParsed(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
