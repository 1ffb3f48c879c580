import type { Clock } from "../clock.ts";
import { valueAt } from "../diff/value-at.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import { formatConfigPath } from "../paths/config-path.ts";
import { handlesIn } from "../references/resolve-handles.ts";
import type { Command, Ending } from "../reload/command.ts";
import type { Version } from "../reload/version.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { SchemaNode } from "../schema/node.ts";
import { isSecretRef, listenToReveals, type Reveal } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import type { ManagerAudit } from "./manager-audit.ts";
import { failureDraft, noteDraft } from "./records.ts";

export interface LiveAuditOptions<T> {
  readonly audit: ManagerAudit<T>;
  readonly node: SchemaNode;
  readonly clock: Clock;
  readonly core: Pick<LoaderCore<T>, "toldSources">;
  /** The version that runs. */
  readonly current: () => Version<T>;
}

/** What a running manager records beside its changes: failures, restarts that are due, secrets. */
export class LiveAudit<T> {
  readonly #options: LiveAuditOptions<T>;
  /** Where the configuration has a handle. */
  readonly #places = new WeakMap<SecretRef, readonly ConfigPath[]>();
  readonly #heard = new WeakSet<SecretRef>();
  /** Secrets that could not be revealed the last time: said once until they can be. */
  readonly #failing = new WeakSet<SecretRef>();
  #pending = "";

  constructor(options: LiveAuditOptions<T>) {
    this.#options = options;
  }

  /** Settles once what is to be said of it is written, or cannot be. */
  async ended({ result, delivered }: Ending, command: Command): Promise<void> {
    const { audit, clock, core } = this.#options;
    if (result.status === "applied") {
      this.listenToSecrets();
      await this.#recordRestart(command);
    }
    if (result.status !== "rejected") return;
    const sources = core.toldSources(delivered);
    await audit.record(failureDraft(result, { ...command, sources }, clock.now()));
    const unresolved = result.errors.filter(({ code }) => code === "secret_unavailable");
    if (unresolved.length === 0) return;
    const paths = unresolved.map(({ path }) => path);
    await this.#note({ event: "secret_resolution_failed", paths, result: "failed", command });
  }

  rotated(reference: string, paths: readonly ConfigPath[]): void {
    const more = { reference };
    void this.#note({ event: "secret_rotated", paths, result: "rotated", more });
  }

  /** From now on each reveal of a secret of the version that runs is recorded. */
  listenToSecrets(): void {
    const { node, current } = this.#options;
    const { snapshot, origin } = current();
    const places = new Map<SecretRef, ConfigPath[]>();
    const context = { segments: [], nodes: [node], report: () => {} };
    for (const { segments, handle } of handlesIn(origin.tree, context)) {
      const inConfig = valueAt(snapshot.config, segments, node); // may be that of a version before
      for (const one of new Set([handle, ...(isSecretRef(inConfig) ? [inConfig] : [])])) {
        places.set(one, [...(places.get(one) ?? []), formatConfigPath(segments)]);
      }
    }
    for (const [handle, paths] of places) this.#listen(handle, paths);
  }

  #listen(handle: SecretRef, paths: readonly ConfigPath[]): void {
    this.#places.set(handle, paths);
    if (this.#heard.has(handle)) return;
    this.#heard.add(handle);
    listenToReveals(handle, (revealed, reveal) => this.#revealed(handle, revealed, reveal));
  }

  /** @param of the handle in the configuration, whose value before a rotation may be `revealed` */
  #revealed(of: SecretRef, { reference, secretVersion }: SecretRef, reveal: Reveal): void {
    const { caller = null, error } = reveal;
    const about = {
      paths: this.#places.get(of) ?? [],
      more: { reference, caller, secret_version: secretVersion },
    };
    if (error === undefined) {
      this.#failing.delete(of);
      void this.#note({ event: "secret_accessed", result: "accessed", ...about });
    } else if (!this.#failing.has(of)) {
      this.#failing.add(of);
      void this.#note({ event: "secret_resolution_failed", result: "failed", ...about });
    }
  }

  /** Once for each set of places (REL-8). */
  async #recordRestart(command: Command): Promise<void> {
    const { pending } = this.#options.current().effective;
    const paths = pending.map(({ path }) => path);
    const set = JSON.stringify(paths.toSorted());
    const isNews = paths.length > 0 && set !== this.#pending;
    this.#pending = set;
    if (!isNews) return;
    await this.#note({ event: "config_restart_required", paths, result: "pending", command });
  }

  async #note(note: Omit<Parameters<typeof noteDraft>[0], "version">): Promise<void> {
    const { audit, clock, current } = this.#options;
    const { version } = current().snapshot;
    await audit.record(noteDraft({ ...note, version }, clock.now()));
  }
}
