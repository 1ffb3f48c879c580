import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "@llmcfg/client";
import type { Json } from "@llmcfg/core";
import { startChild } from "./child-process.ts";
import { textAt } from "./json-members.ts";
import { startAnthropicUpstream } from "./upstreams/anthropic-upstream.ts";
import { startOpenaiUpstream } from "./upstreams/openai-upstream.ts";

export interface RunningExample extends AsyncDisposable {
  readonly control: string;
  /** May do anything there. */
  readonly token: string;
  readonly gateway: string;
  readonly gatewayKey: string;
  /** A model that both providers have. */
  readonly model: string;
  readonly providers: readonly [string, string];
  readonly upstreams: readonly [string, string];
  /** The gateway's: its state and its audit trail. It goes with the example. */
  readonly folder: string;
  /** Settles when one of its processes ends. */
  readonly ended: Promise<void>;
}

/**
 * Starts a control plane, two providers and the gateway, and writes into the control plane what
 * the gateway needs. Ports are 7420, 8101, 8102 and 8080, or the next free ones.
 */
export async function startExample(): Promise<RunningExample> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-example-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const [openaiKey, anthropicKey, gatewayKey] = ["sk-openai", "sk-ant", "gw"].map(createKey);
  if (openaiKey === undefined || anthropicKey === undefined || gatewayKey === undefined) {
    throw new TypeError("three keys were made");
  }
  const controlPlane = stack.use(await startControlPlane());
  const control = textAt(controlPlane.ready, "url") ?? "";
  const token = textAt(controlPlane.ready, "token") ?? "";
  const openai = stack.use(
    await startOpenaiUpstream({ ...upstream("upstream-a", 8101), apiKey: openaiKey }),
  );
  const anthropic = stack.use(
    await startAnthropicUpstream({ ...upstream("upstream-b", 8102), apiKey: anthropicKey }),
  );

  const client = createClient({ addr: control, token });
  await writeConfiguration(client, { openaiKey, anthropicKey });
  const gateway = stack.use(
    await startChild({
      name: "the gateway",
      args: ["--conditions=@llmcfg/source", pathOf("./gateway/main.ts")],
      env: {
        ...env,
        LLMCFG_ADDR: control,
        LLMCFG_TOKEN: await createAgentToken(client),
        LLMCFG_STATE_DIR: folder,
        OPENAI_URL: `${openai.url}/v1`,
        ANTHROPIC_URL: `${anthropic.url}/v1`,
        EXAMPLE_GATEWAY_KEY: gatewayKey,
      },
      hasChannel: true,
    }),
  );

  const owned = stack.move();
  return {
    control,
    token,
    gateway: textAt(gateway.ready, "url") ?? "",
    gatewayKey,
    model: "assistant",
    providers: ["openai", "anthropic"],
    upstreams: [openai.url, anthropic.url],
    folder,
    ended: Promise.race([gateway.ended, controlPlane.ended]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function createKey(prefix: string): string {
  return `${prefix}-${randomBytes(18).toString("base64url")}`;
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

function startControlPlane() {
  const program = fileURLToPath(import.meta.resolve("llmcfg/bin/llmcfg.js"));
  return startChild({
    name: "the control plane",
    args: [program, "dev", "--output", "json", "--empty"],
    env,
  });
}

function upstream(name: string, port: number) {
  return { name, port, orNext: true, models: ["gpt-4o", "claude-5"] };
}

/** Namespace of all that the gateway reads. */
const NAMESPACE = "production/llm-gateway";

async function writeConfiguration(
  client: Client,
  keys: { readonly openaiKey: string; readonly anthropicKey: string },
): Promise<void> {
  const values: Readonly<Record<string, Json>> = {
    "routing/policy": EVERYTHING_TO_OPENAI,
    "extensions/generation": 1,
    "secrets/openai-key": keys.openaiKey,
    "secrets/anthropic-key": keys.anthropicKey,
  };
  const operations = Object.entries(values).map(
    ([key, value]) => ({ op: "put", path: `${NAMESPACE}/${key}`, value }) as const,
  );
  await client.batch({ operations, message: "what the example needs" });
}

/** The policy that the example begins with. */
const EVERYTHING_TO_OPENAI: Json = {
  version: "1",
  rules: [
    {
      id: "everyone",
      condition: { type: "always" },
      action: { type: "route_to_provider", provider_id: "openai", fallbacks: ["anthropic"] },
    },
  ],
};

async function createAgentToken(client: Client): Promise<string> {
  const { body } = await client.createToken({
    kind: "agt",
    name: "example-gateway",
    roles: [{ role: "agent", scope: `${NAMESPACE}/**` }],
  });
  if (body.token === undefined) throw new TypeError("a token that was made is in the answer");
  return body.token;
}
