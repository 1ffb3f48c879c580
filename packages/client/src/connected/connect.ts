import { createReporter } from "../agent/create-reporter.ts";
import { DEFAULT_MAX_STALE_MS, LastProof } from "../agent/proof.ts";
import { type Client, type ClientOptions, createClient } from "../client.ts";
import { type Runtime, SYSTEM_RUNTIME } from "../runtime.ts";
import { SecretReader } from "../secrets/secret-reader.ts";
import type { LastGoodStore } from "../store/last-good-store.ts";
import type { ConfigValue, ConfigView, ValueSchema } from "./config-view.ts";
import type { ConnectedConfig, ConnectionStatus } from "./connected-config.ts";
import { Follower } from "./follower.ts";
import { StateInForce } from "./state-in-force.ts";

export interface ConnectOptions<T> extends ClientOptions {
  readonly env: string;
  readonly service: string;
  readonly token: string;
  /** What every state has to fit, as the nested object of all keys; what comes out is `current`. */
  readonly schema?: ValueSchema<T> | undefined;
  /** Ends the connecting and, once there is a configuration, all that goes on behind it. */
  readonly signal?: AbortSignal | undefined;
  /** The last good state on disk: `openLastGoodStore` of `@llmcfg/client/store`. */
  readonly store?: LastGoodStore | undefined;
  /** Default: the one that is kept in the store, else a new one for each process. */
  readonly agentId?: string | undefined;
  /** Shown with the agent. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The machine; default: as the store knows it, else the agent id. */
  readonly node?: string | undefined;
  /** Without a proof for longer than this, `freshness` is `EXPIRED`. Default: 24 h. */
  readonly maxStaleMs?: number | undefined;
}

/**
 * The configuration of a service, in memory and kept up to date.
 *
 * Resolves with the first good state: of the server, or the one on disk where the server is away.
 * From then on reading never fails for a reason outside the caller.
 *
 * @example
 * ```ts
 * await using config = await connect({ addr, token, env: "production", service: "ml-service" });
 * const timeout = config.get("inference/timeout-seconds", z.number(), 30);
 * ```
 * @throws {LlmcfgError} what the server says; `OFFLINE_MISS` where it is away and nothing is on
 *   disk; `RULE_VIOLATION` where the state does not fit the schema
 */
export async function connect<T = ConfigValue>(
  options: ConnectOptions<T>,
): Promise<ConnectedConfig<T>> {
  await using stack = new AsyncDisposableStack();
  const runtime = options.runtime ?? SYSTEM_RUNTIME;
  const client = createClient(options);
  const closing = new AbortController();
  const signal = anySignal(closing.signal, options.signal);
  const proof = new LastProof(runtime, options.maxStaleMs ?? DEFAULT_MAX_STALE_MS);
  const storeScope = scopeOf(client, options);
  const reporter = stack.use(await createReporter(options, { storeScope, client, proof, runtime }));
  const inForce = stack.use(createStateInForce(client, options, runtime));
  const follower = new Follower({
    client,
    namespace: { env: options.env, service: options.service },
    store: options.store,
    scope: storeScope,
    reporter,
    proof,
    runtime,
    accept: (state) => inForce.accept(state),
    signal,
  });

  reporter.start();
  await follower.begin();
  const following = follower.follow();
  stack.defer(() => {
    closing.abort();
    return following;
  });
  options.signal?.throwIfAborted(); // from here on the listener hears of it
  const end = () => void owned.disposeAsync();
  options.signal?.addEventListener("abort", end);
  stack.defer(() => options.signal?.removeEventListener("abort", end));
  const owned = stack.move();
  return toConfig(owned, { inForce, follower, proof });
}

function createStateInForce<T>(
  client: Client,
  { schema }: ConnectOptions<T>,
  runtime: Runtime,
): StateInForce<T> {
  // Without a schema `T` is what a state is by itself: nobody has said otherwise.
  const asItIs = { parse: (value: unknown) => value as T };
  return new StateInForce({ schema: schema ?? asItIs, secrets: new SecretReader(client), runtime });
}

/** Names what is saved: another server, tenant or namespace is another state. */
function scopeOf<T>({ addr }: Client, { tenant, env, service }: ConnectOptions<T>): string {
  return JSON.stringify(["connect", addr, tenant ?? null, env, service]);
}

function toConfig<T>(
  owned: AsyncDisposableStack,
  parts: {
    readonly inForce: StateInForce<T>;
    readonly follower: Follower;
    readonly proof: LastProof;
  },
): ConnectedConfig<T> {
  const { inForce } = parts;
  return {
    get current() {
      return inForce.now.value;
    },
    get status() {
      return statusOf(parts);
    },
    get: getterOf(inForce),
    changes: (selector = "**") => inForce.feed.changes(selector),
    on: (_event, listener) => inForce.feed.listen(listener),
    apply: (participant) => inForce.participants.join(participant),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function getterOf<T>(inForce: StateInForce<T>): ConfigView["get"] {
  function get(path: string, schema?: ValueSchema<unknown>, fallback?: unknown): unknown {
    const { view } = inForce.now;
    if (schema === undefined) return view.get(path, undefined, fallback);
    const value = view.get(path, schema, fallback);
    inForce.require(path, schema);
    return value;
  }
  // The overloads say of each call what this gives; a function cannot be written as all of them.
  return get as ConfigView["get"];
}

function statusOf<T>({
  inForce,
  follower,
  proof,
}: {
  readonly inForce: StateInForce<T>;
  readonly follower: Follower;
  readonly proof: LastProof;
}): ConnectionStatus {
  const effective = inForce.now.view.revision;
  return {
    revision: follower.attempted?.bundle.revision ?? effective,
    effective,
    freshness: proof.freshness,
    ageSeconds: Math.floor(proof.ageMs / 1_000),
    source: proof.source,
    lastError: follower.lastError,
  };
}

function anySignal(own: AbortSignal, callers: AbortSignal | undefined): AbortSignal {
  return callers === undefined ? own : AbortSignal.any([own, callers]);
}
