/**
 * The example gateway on a file, a ConfigMap and a control plane, with its provider; each source
 * has the number that it was written with last in two places.
 *
 * @module
 */

import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@llmcfg/client";
import { type ReloadParticipant, ReloadVeto } from "@llmcfg/config";
import type { JsonObject } from "@llmcfg/core";
import type { GatewayConfig } from "@llmcfg/gateway";
import {
  type RunningGateway,
  startGateway,
} from "../../../examples/gateway/src/gateway/start-gateway.ts";
import { startOpenaiUpstream } from "../../../examples/gateway/src/upstreams/openai-upstream.ts";
import { makeHome, start } from "../../support/programs.ts";
import { ConfigMap } from "./config-map.ts";

export const GATEWAY_KEY = "gw-reloads";

/** A configuration of this name is vetoed by a component of the bed. */
export const VETOED = "vetoed";

/** An environment that is not protected: a write need not say what it is based on. */
const NAMESPACE = { env: "staging", service: "llm-gateway" } as const;

export interface GatewayBed extends AsyncDisposable {
  readonly gateway: RunningGateway;
  /** Written by the gateway: JSON Lines. */
  readonly auditFile: string;
  /** Replaces the file, with its number in the document and in a model's name upstream. */
  writeFile(number: number, members?: JsonObject): Promise<void>;
  /** Replaces the file by something that may be no document. */
  writeText(text: string): Promise<void>;
  /** Swaps the ConfigMap, with its number in both of its files. */
  swapMap(number: number, files?: Readonly<Record<string, string>>): Promise<void>;
  /** One commit to the control plane, with its number under both keys. */
  commit(number: number, provider?: string): Promise<void>;
}

/** Everything is written with the number 1. */
export async function startGatewayBed(): Promise<GatewayBed> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await makeHome());
  const upstream = stack.use(
    await startOpenaiUpstream({ name: "upstream", port: 0, models: [], apiKey: "key" }),
  );
  const { addr, token, commit } = await startControlPlane(stack, home.env);
  const map = new ConfigMap(join(home.folder, "map"));
  const file = join(home.folder, "gateway.json");
  const auditFile = join(home.folder, "audit.jsonl");
  const about = { providerUrl: `${upstream.url}/v1`, auditFile };

  const writeText = async (text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  const writeNumber = (number: number, members: JsonObject = {}) =>
    writeText(JSON.stringify({ ...documentFor(number, about), ...members }));
  const swapMap = (number: number, files: Readonly<Record<string, string>> = {}) =>
    map.swap({ ...mapFiles(number), ...files });
  await Promise.all([writeNumber(1), swapMap(1), commit(1)]);
  const mapped = await Promise.all(Object.keys(mapFiles(1)).map((name) => map.link(name)));
  const gateway = stack.use(
    await startGateway({
      file: [file, ...mapped],
      controlPlane: { addr, token, ...NAMESPACE },
      orNext: true,
    }),
  );
  gateway.config.addParticipant(vetoing);

  const owned = stack.move();
  return {
    gateway,
    auditFile,
    writeFile: writeNumber,
    writeText,
    swapMap,
    commit,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const vetoing: ReloadParticipant<GatewayConfig> = {
  name: "bed",
  prepare: async ({ config }) => {
    if (config.metadata.name === VETOED) throw new ReloadVeto("not this one", "metadata.name");
    return { commit: () => {}, abort: () => {} };
  },
};

async function startControlPlane(
  stack: AsyncDisposableStack,
  env: Readonly<Record<string, string>>,
) {
  const args = ["dev", "--output", "json", "--empty"];
  const program = await start("llmcfg", args, { env, timeoutMs: 60_000 });
  stack.use(program);
  const { url: addr, token } = JSON.parse(program.firstLine) as { url: string; token: string }; // what `dev` prints
  const client = createClient({ addr, token });
  const commit = async (number: number, provider = "a") => {
    const at = `${NAMESPACE.env}/${NAMESPACE.service}`;
    const policy = policyFor(number, provider);
    const operations = [
      { op: "put", path: `${at}/routing/policy`, value: policy },
      { op: "put", path: `${at}/extensions/generation/plane`, value: number },
    ] as const;
    await client.batch({ operations, message: `number ${number}` }, { confirm: true });
  };
  return { addr, token, commit };
}

function policyFor(number: number, provider: string): JsonObject {
  const action = { type: "route_to_provider", provider_id: provider };
  const rules = [{ id: "everyone", condition: { type: "always" }, action }];
  return { version: `${number}`, rules };
}

function mapFiles(number: number): Readonly<Record<string, string>> {
  return {
    "a.json": JSON.stringify({ extensions: { generation: { map: number } } }),
    "b.json": JSON.stringify({ extensions: { generation: { pair: number } } }),
  };
}

/** Keys stand in the file, which is a warning: there is nowhere else to keep them in a test. */
function documentFor(
  number: number,
  { providerUrl, auditFile }: { readonly providerUrl: string; readonly auditFile: string },
): JsonObject {
  const keys = [{ id: "test", key: GATEWAY_KEY }];
  const providers = ["a", "b"].map((id) => ({
    id,
    type: "openai",
    endpoint: providerUrl,
    auth: { type: "api_key", key: "key" },
    models: [{ id: "assistant", upstream_id: `file-${number}` }],
  }));
  return {
    server: { bind_address: "127.0.0.1", port: 18_480, http2_enabled: false },
    providers,
    extensions: { generation: { file: number } },
    resilience: { enable_queuing: false },
    security: {
      authentication: { providers: [{ type: "api_key", name: "callers", keys }] },
      rate_limiting: { enabled: false },
    },
    observability: {
      metrics: { enabled: false },
      tracing: { enabled: false },
      audit: { events: ["config.*"], output: { type: "file", path: auditFile } },
    },
  };
}
