import type { Json } from "@llmcfg/core";
import type { z } from "zod";
import type { Hold } from "../history/holds.ts";
import type { Logger } from "../logger.ts";
import type { TreeContext } from "../merge/tree.ts";
import type { Reloader } from "../reload/reloader.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import { fromStoredHolds, holdFileShape, toStoredHolds } from "./hold-file.ts";
import { type LastKnownGood, lastKnownGoodShape, toLastKnownGood } from "./last-known-good.ts";
import type { StateDir, StateKind } from "./state-dir.ts";
import { formatStatus, type StatusReport } from "./status-file.ts";

export interface DurableStateOptions<T> {
  readonly dir: StateDir;
  readonly schema: DefinedSchema<T>;
  readonly logger: Logger;
}

/** What a file of the state folder holds after it was checked. */
export type Stored<C> =
  | { readonly state: "absent" }
  | { readonly state: "ok"; readonly content: C }
  | { readonly state: "refused"; readonly reason: string };

/** What is read from the reloader when it is its turn: the newest there is. */
type Kept<T> = Pick<Reloader<T>, "current" | "holds" | "sources" | "isFallback">;

/**
 * What a manager keeps for the process after this one: the version accepted last, the holds, and its
 * status. Nothing here throws: what cannot be kept is told by {@link DurableState.troubles}.
 */
export class DurableState<T> {
  readonly dir: StateDir;
  readonly #options: DurableStateOptions<T>;
  readonly #troubles = new Map<StateKind, string>();
  /** One at a time. */
  #keeping: Promise<void> = Promise.resolve();
  #durableHolds: ReadonlySet<string> = new Set();
  #storedVersion: number | undefined;
  #storedHolds: readonly Hold[] | undefined;
  #kept: StatusReport["lastKnownGood"];

  constructor(options: DurableStateOptions<T>) {
    this.dir = options.dir;
    this.#options = options;
  }

  /** One sentence each. */
  get troubles(): readonly string[] {
    return [...this.#troubles.values()];
  }

  /** Sources whose holds outlast the process. */
  get durableHolds(): ReadonlySet<string> {
    return this.#durableHolds;
  }

  async readHolds(): Promise<readonly Hold[]> {
    const read = await this.#read("holds", holdFileShape);
    if (read.state === "refused") {
      this.#trouble("holds", `content that was rolled away may come back: ${read.reason}`);
    }
    const holds = read.state === "ok" ? fromStoredHolds(read.content) : [];
    this.#storedHolds = read.state === "refused" ? undefined : holds;
    this.#durableHolds = new Set(holds.map(({ source }) => source));
    return holds;
  }

  async readLastKnownGood(): Promise<Stored<LastKnownGood>> {
    return await this.#read("last_known_good", lastKnownGoodShape);
  }

  /** Writes what is accepted and on hold now, where it is not what is stored. */
  async keep(reloader: Kept<T>): Promise<void> {
    const before = this.#keeping;
    this.#keeping = (async () => {
      await before;
      await this.#keepNow(reloader);
    })();
    await this.#keeping;
  }

  async #keepNow(reloader: Kept<T>): Promise<void> {
    await this.#keepHolds(reloader); // first: what was rolled away must not come back
    if (!reloader.isFallback) await this.#keepVersion(reloader);
  }

  async writeStatus(report: Omit<StatusReport, "lastKnownGood">): Promise<void> {
    const whole = { ...report, lastKnownGood: this.#kept };
    await this.#attempt("status", () => this.dir.writeBytes("status", formatStatus(whole)));
  }

  async #keepHolds({
    holds,
    current,
    sources,
  }: Pick<Reloader<T>, "holds" | "current" | "sources">): Promise<void> {
    if (holds === this.#storedHolds) return;
    // What was refused stays for whoever looks into it, until there is something to put in its place.
    if (holds.length === 0 && (this.#storedHolds ?? []).length === 0) return;
    await this.#attempt("holds", async () => {
      const { layers } = current.origin;
      const { isSealed } = this.dir;
      const stored = await toStoredHolds({
        holds,
        layers,
        sources,
        context: this.#context(),
        isSealed,
      });
      this.#durableHolds = new Set();
      await this.dir.write("holds", stored as unknown as Json); // made of JSON alone
      this.#durableHolds = new Set(stored.map(({ source }) => source));
      this.#storedHolds = holds;
    });
  }

  async #keepVersion({ current }: Pick<Reloader<T>, "current">): Promise<void> {
    const { version } = current.snapshot;
    if (version === this.#storedVersion) return;
    await this.#attempt("last_known_good", async () => {
      const { schema } = this.#options;
      const good = await toLastKnownGood(current, { schema, isSealed: this.dir.isSealed });
      await this.dir.write("last_known_good", good as unknown as Json); // as above
      this.#storedVersion = version;
      this.#noteOmitted(good);
    });
  }

  #noteOmitted({ version, checksum, omitted }: LastKnownGood): void {
    const isNews = omitted.join("\n") !== (this.#kept?.omitted ?? []).join("\n");
    this.#kept = { version, checksum, omitted: [...omitted] };
    if (omitted.length === 0 || !isNews) return;
    const message = `the last known good configuration lacks literal secrets, which only a stateKey would let it hold: ${omitted.join(", ")}`;
    this.#options.logger.warn({ stateDir: this.dir.path, omitted }, message);
  }

  async #read<C>(kind: StateKind, shape: z.ZodType<C>): Promise<Stored<C>> {
    const read = await this.dir.read(kind);
    if (read.state !== "ok") return read;
    const parsed = shape.safeParse(read.content);
    if (parsed.success) return { state: "ok", content: parsed.data };
    const reason = `${this.dir.fileOf(kind)} is refused: it has not the form of this version`;
    return { state: "refused", reason };
  }

  async #attempt(kind: StateKind, write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.#troubles.delete(kind);
    } catch (error) {
      this.#trouble(
        kind,
        `${this.dir.fileOf(kind)} cannot be written: ${error instanceof Error ? error.message : "the write failed"}`,
      );
    }
  }

  #trouble(kind: StateKind, message: string): void {
    if (this.#troubles.get(kind) === message) return;
    this.#troubles.set(kind, message);
    this.#options.logger.error({ stateDir: this.dir.path }, message);
  }

  #context(): TreeContext {
    return { segments: [], nodes: [this.#options.schema.node], report: () => {} };
  }
}
