import { formatPath, type ItemVersion } from "@llmcfg/core";
import type { AuditStore } from "../modules/audit/ports.ts";
import type { ConfigStore } from "../modules/configs/ports.ts";

export interface StoreNumbersDeps {
  readonly tenant: string;
  readonly environments: readonly string[];
  readonly configStore: Pick<ConfigStore, "headRevision" | "currentVersions" | "changesAfter">;
  readonly auditStore: Pick<AuditStore, "size" | "findLastCheckpoint">;
}

/** Of one environment. */
interface EnvironmentNumbers {
  revision: number;
  /** When the current version of each of its own secrets was written, by path. */
  readonly secrets: Map<string, number>;
}

const PAGE = 100;

/**
 * What only the store knows, as far as the last {@link refresh}: so a process that has just started,
 * and one of several, tell the same as any other.
 *
 * The first refresh reads what is current, one environment after the other; later ones read the
 * changes since. Keeps one number for each secret.
 */
export class StoreNumbers {
  readonly #deps: StoreNumbersDeps;
  readonly #byEnv = new Map<string, EnvironmentNumbers>();
  #revision: number | undefined;
  #running: Promise<void> | undefined;
  auditSize = 0;
  /** 0 before the first one was signed. */
  lastCheckpointAtMs = 0;

  constructor(deps: StoreNumbersDeps) {
    this.#deps = deps;
    for (const env of deps.environments) this.#of(env);
  }

  /** Catches up with the store; whoever asks meanwhile waits for the same. What it throws is the store's. */
  async refresh(): Promise<void> {
    this.#running ??= this.#refresh().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** The newest revision that wrote into each environment; 0 for none. */
  get revisions(): readonly (readonly [env: string, revision: number])[] {
    return [...this.#byEnv].map(([env, { revision }]) => [env, revision] as const);
  }

  /** How old the oldest secret of each environment is, in seconds; 0 where there is none. */
  oldestSecrets(nowMs: number): readonly (readonly [env: string, seconds: number])[] {
    return [...this.#byEnv].map(([env, { secrets }]) => {
      const oldest = [...secrets.values()].reduce((min, atMs) => Math.min(min, atMs), nowMs);
      return [env, (nowMs - oldest) / 1_000] as const;
    });
  }

  async #refresh(): Promise<void> {
    const { tenant, auditStore } = this.#deps;
    this.auditSize = await auditStore.size(tenant);
    this.lastCheckpointAtMs = (await auditStore.findLastCheckpoint(tenant))?.signedAtMs ?? 0;
    this.#revision ??= await this.#readCurrent();
    await this.#readChanges(this.#revision);
  }

  /** Changes made while it reads are read again, in their order, as changes. */
  async #readCurrent(): Promise<number> {
    const { tenant, environments, configStore } = this.#deps;
    const head = await configStore.headRevision(tenant);
    for (const env of environments) {
      for (const item of await configStore.currentVersions(tenant, { envs: [env] })) {
        this.#take(item);
      }
    }
    return head;
  }

  async #readChanges(from: number): Promise<void> {
    const { tenant, configStore } = this.#deps;
    for (let after = from; ; ) {
      const changes = await configStore.changesAfter(tenant, after, { limit: PAGE });
      for (const { revision, items } of changes) {
        for (const item of items) this.#take(item);
        after = revision;
      }
      this.#revision = after;
      if (changes.length < PAGE) return;
    }
  }

  #take({ ref, revision, state, sensitive, committedAtMs }: ItemVersion): void {
    const numbers = this.#of(ref.env);
    numbers.revision = Math.max(numbers.revision, revision);
    if (sensitive && state === "live") numbers.secrets.set(formatPath(ref), committedAtMs);
    else numbers.secrets.delete(formatPath(ref));
  }

  #of(env: string): EnvironmentNumbers {
    const found = this.#byEnv.get(env);
    if (found !== undefined) return found;
    const made = { revision: 0, secrets: new Map<string, number>() };
    this.#byEnv.set(env, made);
    return made;
  }
}
