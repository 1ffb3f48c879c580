import { generateKeyPairSync } from "node:crypto";
import { CERTIFICATE } from "../../packages/gateway/test/support/tls-pair.ts";
import { below, type FindingExample, whole } from "./finding-example.ts";

const JWT =
  'security:\n  authentication:\n    providers:\n      - { name: staff, type: jwt, algorithm: HS256, secret: "${secret:jwt}" }\n';
/** Of no certificate. */
const OTHER_KEY: string = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
}).privateKey;

const OWNER = 'metadata: { owner: "${file:/etc/owner}" }\n';

/** What is found about references and about what they stand for. */
export const EXAMPLES_OF_SECRETS: readonly FindingExample[] = [
  below("file_not_allowed", OWNER, "Move the file, or allow its directory: `fileRefRoots`.", {
    options: { fileRefRoots: ["/etc/gateway"] },
    beside: { "/etc/owner": "team-a\n" },
    isTold: true,
  }),
  below("file_too_large", OWNER, "Name the right file, or raise the limit.", {
    options: { limits: { maxBytes: 1_000 } },
    beside: { "/etc/owner": "x".repeat(2_000) },
    note: "`/etc/owner` holds 2,000 bytes.",
    isTold: true,
  }),
  whole(
    "invalid_secret",
    'providers:\n  - { id: a, type: openai, auth: { type: bearer, token: "${secret:token}" }, models: [{ id: m }] }\n',
    "Store the secret as the field wants it.",
    { secrets: { token: "two\nlines" }, note: "The secrets manager holds a `token` of two lines." },
  ),
  below(
    "secrets_block_incomplete",
    'secrets: { backend: vault, address: "https://vault.example", mount_path: "", token: "${env:VAULT_TOKEN}" }\n',
    "Give the member a value that is not empty.",
  ),
  whole(
    "secret_unavailable",
    'providers:\n  - { id: a, type: openai, auth: { type: bearer, token: "${secret:token}" }, models: [{ id: m }] }\n',
    "Store the secret, correct the reference, or let the gateway read it.",
    { secrets: {}, note: "The secrets manager holds nothing." },
  ),
  below(
    "tls_key_mismatch",
    'server: { tls_enabled: true, tls_cert_path: "${secret:cert}", tls_key_path: "${secret:key}" }\n',
    "Give the certificate and the private key that belong together.",
    {
      note: "The secrets manager holds a `cert` and a `key` that was made for another one.",
      secrets: { cert: CERTIFICATE, key: OTHER_KEY },
    },
  ),
  below(
    "unsupported_backend",
    "secrets: { backend: llmcfg }\n",
    "Add the source that has the secrets, give a manager in code, or take another backend.",
  ),
  below("weak_jwt_secret", JWT, "Make a secret of 32 random bytes: `openssl rand -base64 32`.", {
    secrets: { jwt: "password" },
    note: "The secrets manager holds a `jwt` of 8 characters.",
  }),
];
