import type { ConfigSource } from "@llmcfg/config";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";

/**
 * Knows which revision of the control plane is in which configuration.
 *
 * It stands between the control plane's source and the library, which reads a source, builds a
 * candidate from what it read and, before it swaps, asks the participants: what was read last is
 * what the candidate was built from.
 */
export class RevisionTracker {
  readonly #revisions = new WeakMap<GatewaySnapshot["config"], string>();
  #lastRead: string | undefined;
  #current: (() => GatewaySnapshot["config"]) | undefined;

  /** The source, observed. */
  track(source: ConfigSource): ConfigSource {
    const { id, kind, secrets } = source;
    return {
      id,
      kind,
      ...(secrets === undefined ? {} : { secrets }),
      read: async (context) => {
        const read = await source.read(context);
        if (read.state === "ok") this.#lastRead = read.revision;
        return read;
      },
      watch: async (context) => (await source.watch?.(context)) ?? NOTHING_WATCHED,
      report: async (outcome) => {
        if (outcome.result === "applied") this.#raise(outcome.revision);
        await source.report?.(outcome);
      },
      [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
    };
  }

  /** Notes that a configuration was built from what was read last. */
  note(config: GatewaySnapshot["config"]): void {
    if (this.#lastRead !== undefined) this.#revisions.set(config, this.#lastRead);
  }

  /**
   * Follows what is accepted from now on.
   *
   * @param isRead whether what is accepted already was read last: what comes from the state folder
   *   was not
   */
  follow(current: () => GatewaySnapshot["config"], { isRead }: { readonly isRead: boolean }): void {
    this.#current = current;
    if (isRead) this.note(current());
  }

  /**
   * A commit that changes nothing here is in the current configuration too. A report may come late,
   * when there is a newer one, whose revision it must not take back.
   */
  #raise(revision: string | undefined): void {
    const config = this.#current?.();
    if (config === undefined || revision === undefined) return;
    const known = this.#revisions.get(config);
    if (known === undefined || Number(revision) > Number(known)) {
      this.#revisions.set(config, revision);
    }
  }

  revisionOf({ config }: GatewaySnapshot): string | undefined {
    return this.#revisions.get(config);
  }
}

const NOTHING_WATCHED: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} };
