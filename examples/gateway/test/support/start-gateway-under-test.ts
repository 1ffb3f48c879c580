import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@llmcfg/core";
import OpenAI from "openai";
import {
  type RunningGateway,
  type StartGatewayOptions,
  startGateway,
} from "../../src/gateway/start-gateway.ts";
import { startAnthropicUpstream } from "../../src/upstreams/anthropic-upstream.ts";
import { startOpenaiUpstream } from "../../src/upstreams/openai-upstream.ts";
import type { RunningUpstream } from "../../src/upstreams/upstream.ts";

export interface GatewayUnderTest extends AsyncDisposable {
  readonly gateway: RunningGateway;
  /** Its configuration file. */
  readonly file: string;
  /** OpenAI's own client, which does not retry by itself. */
  readonly client: OpenAI;
  readonly openai: RunningUpstream;
  readonly anthropic: RunningUpstream;
  /** Writes the configuration file anew. */
  write(members: JsonObject): Promise<void>;
  /** Writes it, and applies it. */
  configure(members: JsonObject): ReturnType<RunningGateway["config"]["reload"]>;
}

export const GATEWAY_KEY = "gw-test-key";

/** The models that both providers have: the one that answers, and those that fail at the first. */
const SHARED: readonly (readonly [id: string, atOpenai: string])[] = [
  ["assistant", "gpt-4o"],
  ["down", "status-503"],
  ["limited", "status-429"],
  ["broken", "status-500"],
  ["refused", "status-400"],
  ["slow", "stall"],
];

/** The gateway on a configuration file alone, in front of both upstreams. */
export async function startGatewayUnderTest(
  members: JsonObject = {},
  options: Pick<StartGatewayOptions, "nowMs" | "stateDir"> = {},
): Promise<GatewayUnderTest> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-example-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const about = { port: 0, models: ["gpt-4o", "claude-5"] };
  const openai = stack.use(
    await startOpenaiUpstream({ ...about, name: "upstream-a", apiKey: KEYS.openai }),
  );
  const anthropic = stack.use(
    await startAnthropicUpstream({ ...about, name: "upstream-b", apiKey: KEYS.anthropic }),
  );

  const file = join(folder, "gateway.json");
  const keys = await writeKeys(folder);
  const document = documentFor({ openai: openai.url, anthropic: anthropic.url }, keys);
  const write = (given: JsonObject) => writeFile(file, JSON.stringify({ ...document, ...given }));
  await write(members);
  const gateway = stack.use(await startGateway({ ...options, file, orNext: true }));
  const client = new OpenAI({
    apiKey: GATEWAY_KEY,
    baseURL: `${gateway.url}/v1`,
    maxRetries: 0,
  });

  const owned = stack.move();
  return {
    gateway,
    file,
    write,
    client,
    openai,
    anthropic,
    configure: async (given) => {
      await write(given);
      return await gateway.config.reload();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const KEYS = { openai: "key-a", anthropic: "key-b", caller: GATEWAY_KEY } as const;

type Names = keyof typeof KEYS;

/** A file for each key, which nobody else may read. @returns references to them, by name */
async function writeKeys(folder: string): Promise<Readonly<Record<Names, string>>> {
  const write = async (name: Names) => {
    const path = join(folder, `${name}.key`);
    await writeFile(path, KEYS[name], { mode: 0o600 });
    return `\${file:${path}}`;
  };
  const [openai, anthropic, caller] = [write("openai"), write("anthropic"), write("caller")];
  return { openai: await openai, anthropic: await anthropic, caller: await caller };
}

function documentFor(
  urls: Readonly<Record<"openai" | "anthropic", string>>,
  key: Readonly<Record<Names, string>>,
): JsonObject {
  const keys = [{ id: "test", key: key.caller, metadata: { tenant: "acme" } }];
  return {
    server: {
      bind_address: "127.0.0.1",
      port: 18_080,
      http2_enabled: false,
      shutdown_timeout: "1s",
    },
    providers: [
      {
        id: "openai",
        type: "openai",
        endpoint: `${urls.openai}/v1`,
        auth: { type: "api_key", key: key.openai },
        models: [
          ...SHARED.map(([id, upstream_id]) => ({ id, upstream_id })),
          { id: "only-a", upstream_id: "gpt-4o", aliases: ["a"] },
          { id: "only-down", upstream_id: "status-503" },
          { id: "cut" },
        ],
      },
      {
        id: "anthropic",
        type: "anthropic",
        endpoint: `${urls.anthropic}/v1`,
        auth: { type: "api_key", key: key.anthropic },
        models: [
          ...SHARED.map(([id]) => ({ id, upstream_id: "claude-5" })),
          { id: "only-b", upstream_id: "claude-5" },
        ],
      },
    ],
    routing: { default_strategy: "priority" },
    resilience: {
      enable_queuing: false,
      circuit_breaker: { enabled: false },
      retry_policy: { max_retries: 0, total_timeout: "10s" },
      timeouts: { connect: "300ms", request: "500ms", first_token: "500ms" },
    },
    security: {
      authentication: { providers: [{ type: "api_key", name: "callers", keys }] },
      rate_limiting: { enabled: false },
    },
    observability: { metrics: { enabled: false }, tracing: { enabled: false } },
  };
}
