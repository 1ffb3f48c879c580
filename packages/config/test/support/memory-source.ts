import { createHash } from "node:crypto";
import type { Json, SecretsManager } from "@llmcfg/config";
import {
  type ConfigSource,
  locateJson,
  type SourceOutcome,
  type SourceRead,
  type SourceReadContext,
  type SourceWatchContext,
} from "@llmcfg/config/sources";

/** A control plane in memory: revisions are whole, and it is told what became of them. */
export class MemorySource implements ConfigSource {
  readonly id: string;
  readonly kind = "llmcfg";
  readonly secrets?: SecretsManager;
  readonly outcomes: SourceOutcome[] = [];
  readonly reads: SourceReadContext[] = [];
  isDisposed = false;
  isAway = false;
  #revision = 0;
  #value: Json | undefined;
  #signal: SourceWatchContext["signal"] | undefined;

  constructor(value: Json | undefined, options: { id?: string; secrets?: SecretsManager } = {}) {
    this.id = options.id ?? "llmcfg:llm-gateway";
    if (options.secrets !== undefined) this.secrets = options.secrets;
    if (value !== undefined) this.put(value);
  }

  /** A new revision; tells the watcher, if there is one. @returns its number */
  put(value: Json): string {
    this.#revision++;
    this.#value = value;
    this.#signal?.({ reason: "revision", whole: true });
    return String(this.#revision);
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
