import { createHash } from "node:crypto";
import type { Json } from "@llmcfg/core";
import type { SecretsManager } from "../secrets/secrets-manager.ts";
import type {
  ConfigSource,
  SourceOutcome,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "../sources/config-source.ts";
import { locateJson } from "../sources/locate-json.ts";

/** How a source in memory is called, and its secrets. */
export interface MemorySourceOptions {
  /** Default `llmcfg:llm-gateway`; unique among the sources of a loader. */
  readonly id?: string;
  /** Behind `${secret://llmcfg/…}`. */
  readonly secrets?: SecretsManager;
}

/**
 * A control plane in memory: revisions are whole and numbered from 1, its watcher is told of each at
 * once, and it remembers what became of them.
 *
 * @example
 * ```ts
 * const source = new MemorySource({ server: { port: 8080 } });
 * const loader = new ConfigLoader(schema).addSource(source);
 * source.put({ server: { port: 9090 } });
 * source.isAway = true; // from now on unreachable
 * ```
 */
export class MemorySource implements ConfigSource {
  readonly id: string;
  readonly kind = "llmcfg";
  readonly secrets?: SecretsManager;
  /** What was reported, in order. */
  readonly outcomes: SourceOutcome[] = [];
  /** Every read, in order. */
  readonly reads: SourceReadContext[] = [];
  isDisposed = false;
  /** Cannot be reached while it is true. */
  isAway = false;
  #revision = 0;
  #value: Json | undefined;
  #signal: SourceWatchContext["signal"] | undefined;

  /** @param value of revision 1; without it there is nothing yet */
  constructor(value: Json | undefined, { id, secrets }: MemorySourceOptions = {}) {
    this.id = id ?? "llmcfg:llm-gateway";
    if (secrets !== undefined) this.secrets = secrets;
    if (value !== undefined) this.put(value);
  }

  /** A new revision; tells the watcher, if there is one. @returns its number */
  put(value: Json): string {
    this.#revision++;
    this.#value = value;
    this.#signal?.({ reason: "revision", whole: true });
    return String(this.#revision);
  }

  /** From now on there is nothing; tells the watcher, if there is one. */
  remove(): void {
    this.#revision++;
    this.#value = undefined;
    this.#signal?.({ reason: "removed", whole: true });
  }

  async read(context: SourceReadContext): Promise<SourceRead> {
    this.reads.push(context);
    if (this.isAway) return { state: "unreachable", cause: new Error("connection refused") };
    if (this.#value === undefined) return { state: "missing", cause: new Error("no such service") };
    const revision = String(this.#revision);
    if (context.previous?.identity === revision) return { state: "unchanged" };
    const at = { kind: "remote", url: "memory:", revision, author: "user:ada" } as const;
    const hash = createHash("sha256").update(JSON.stringify(this.#value)).digest("hex");
    return { state: "ok", tree: locateJson(this.#value, at), identity: revision, hash, revision };
  }

  async watch({ signal }: SourceWatchContext): Promise<AsyncDisposable> {
    this.#signal = signal;
    return {
      [Symbol.asyncDispose]: async () => {
        this.#signal = undefined;
      },
    };
  }

  async report(outcome: SourceOutcome): Promise<void> {
    this.outcomes.push(outcome);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }
}
