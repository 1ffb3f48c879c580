/**
 * A process whose configuration has a secret of each kind, all of which change three times:
 * `heap-child.ts FOLDER`. It tells as JSON, by kind, for each value from the first to the current
 * one, whether the heap has it as a string. It makes no string of a value that it keeps.
 */

import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString, writeHeapSnapshot } from "node:v8";
import {
  ConfigLoader,
  ConfigValidator,
  createManager,
  type DeepPartial,
  type SecretsManager,
} from "@llmcfg/config";
import { createSecretMaterial } from "@llmcfg/config/secrets";
import type { ConfigSource } from "@llmcfg/config/sources";
import { locateJson } from "../../src/sources/locate-json.ts";
import { type Gateway, gatewaySchema } from "./gateway-schema.ts";
import { HttpPeer } from "./http-peer.ts";

const KINDS = [
  "file",
  "included",
  "remote",
  "own",
  "override",
  "env",
  "secret",
  "variable",
  "pointer",
] as const;
type Kind = (typeof KINDS)[number];

const CHANGES = 3;
const [folder = ""] = process.argv.slice(2);
const values = new Map<Kind, Buffer[]>(KINDS.map((kind) => [kind, []]));
const planted = secretBytes();

change();
await using peer = await HttpPeer.start((_request, response) => {
  response.end(bytesOf(["providers: { $merge: { remote: { key: ", current("remote"), " } } }\n"]));
});
const loader = new ConfigLoader(gatewaySchema)
  .addFile(`${folder}/gateway.yaml`)
  .addSource(ownSource())
  .addRemote({ kind: "http", url: peer.url, allowInsecure: true })
  .addEnv({ variables: variables() })
  .withSecretsManager(secretsManager());
await using manager = await createManager({
  loader,
  validator: new ConfigValidator(gatewaySchema),
  watch: false,
});
await manager.set(override());
for (let i = 0; i < CHANGES; i++) {
  change();
  await manager.set(override());
  await manager.reload({ refreshSecrets: true });
  await manager.resolveSecrets();
}
manager.explain("providers[file].key", { version: 1 });
await manager.rollback({ version: 1 }, { dryRun: true });
await manager.current().providers[0]?.key?.withBytes(() => {});
await nextTurn();
const kept = { text: planted.toString("latin1") };
console.log(`versions ${manager.version} ${manager.history.size}`);
console.log(`heap ${JSON.stringify(searchHeap())}`);
console.log(`kept ${kept.text.length}`); // it is used until here

function searchHeap(): object {
  setFlagsFromString("--heap-snapshot-string-limit=100000000");
  const path = writeHeapSnapshot(`${folder}/heap.heapsnapshot`);
  const heap = readFileSync(path);
  const has = (value: Buffer) => heap.includes(value.subarray(4, -4)); // texts may share their ends
  const found = [...values].map(([kind, of]) => [kind, of.map(has)] as const);
  return { planted: has(planted), ...Object.fromEntries(found) };
}

/** Another value of each kind. */
function change(): void {
  for (const of of values.values()) of.push(secretBytes());
  const parts = [
    "$include: [below.yaml]\nproviders:\n",
    ...["remote", "own", "override", "variable", "pointer"].map((id) => `  - { id: ${id} }\n`),
    '  - { id: env, key: "${env:ROTATED}" }\n  - { id: secret, key: "${secret:rotated}" }\n',
    '  - { id: file, key: "',
    current("file"),
    '" }\n',
  ];
  writeFileSync(`${folder}/gateway.yaml`, bytesOf(parts));
  const below = [
    "extensions:\n  tls: { a: x }\nproviders:\n",
    "  - id: below\n    key: ",
    current("included"),
    "\n",
  ];
  writeFileSync(`${folder}/below.yaml`, bytesOf(below));
  writeFileSync(`${folder}/pointer`, current("pointer"));
}

function bytesOf(parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

function current(kind: Kind): Buffer {
  return values.get(kind)?.at(-1) ?? Buffer.alloc(0);
}

/** The string exists for as long as its taker keeps it. */
function textOf(kind: Kind): string {
  return current(kind).toString("latin1");
}

function secretBytes(): Buffer {
  const digits = Buffer.from("0123456789abcdef");
  const half = [...randomBytes(24)];
  return Buffer.from(half.flatMap((byte) => [digits[byte >> 4] ?? 0, digits[byte & 15] ?? 0]));
}

function override(): DeepPartial<Gateway> {
  const providers = { $merge: { override: { key: textOf("override") } } };
  return { providers };
}

function ownSource(): ConfigSource {
  return {
    id: "own",
    kind: "own",
    async read() {
      const value = { providers: { $merge: { own: { key: textOf("own") } } } };
      const tree = locateJson(value, { kind: "remote", url: "own:" });
      const hash = String(values.get("own")?.length);
      return { state: "ok", tree, identity: hash, hash };
    },
    async [Symbol.asyncDispose]() {},
  };
}

function variables(): Record<string, string> {
  return {
    get ROTATED() {
      return textOf("env");
    },
    get GATEWAY_PROVIDERS__VARIABLE__KEY() {
      return textOf("variable");
    },
    GATEWAY_PROVIDERS__POINTER__KEY_FILE: `${folder}/pointer`,
  };
}

function secretsManager(): SecretsManager {
  return {
    kind: "planted",
    getSecret: async () => createSecretMaterial(Uint8Array.from(current("secret"))),
    getSecrets: async () => new Map(),
    refresh: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
