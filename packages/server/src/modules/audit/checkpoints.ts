import type { Clock } from "../configs/ports.ts";
import type { Keyring } from "../keys/ports.ts";
import { checkpointText, isSignedBy, originOf } from "./checkpoint.ts";
import { corrupt, LogTree } from "./log-tree.ts";
import type { AuditStore, Checkpoint, WaitOptions } from "./ports.ts";
import { parseVerifierKey } from "./signed-note.ts";

export interface CheckpointsDeps {
  readonly auditStore: Pick<
    AuditStore,
    "size" | "leafHashesFrom" | "recordsFrom" | "findLastCheckpoint" | "saveCheckpoint"
  >;
  readonly keyring: Pick<Keyring, "signNote" | "verifierKey">;
  readonly clock: Clock;
}

/**
 * Signs the heads of the logs when somebody asks, and proves what is in them.
 *
 * Keeps the tree of each tenant that was asked for in memory. What it signs always follows from the
 * head it signed last: a log that was changed meanwhile gets no signature.
 */
export class Checkpoints {
  readonly #deps: CheckpointsDeps;
  readonly #logs = new Map<string, { tree: LogTree; lastTask: Promise<unknown> }>();

  constructor(deps: CheckpointsDeps) {
    this.#deps = deps;
  }

  /**
   * The signed head of all records that there are now.
   *
   * @throws {LlmcfgError} `INTEGRITY_FAILED`; `SEALED` where the key cannot be opened
   */
  async sign(tenant: string, options: WaitOptions = {}): Promise<Checkpoint> {
    return await this.#inTurn(tenant, async (tree) => await this.#sign(tenant, tree, options));
  }

  /**
   * A signed head that covers the record at `index`, and the proof that the record is in it:
   * hashes of siblings from the leaf upwards.
   *
   * @throws {LlmcfgError} as {@link sign}
   */
  async prove(
    tenant: string,
    index: number,
    options: WaitOptions = {},
  ): Promise<{ readonly checkpoint: Checkpoint; readonly hashes: readonly Uint8Array[] }> {
    return await this.#inTurn(tenant, async (tree) => {
      const last = await this.#lastSigned(tenant, options);
      const checkpoint =
        last !== undefined && last.size > index ? last : await this.#sign(tenant, tree, options);
      await tree.grow(checkpoint, checkpoint.size, options);
      return { checkpoint, hashes: tree.inclusionProof(index, checkpoint.size) };
    });
  }

  async #sign(tenant: string, tree: LogTree, options: WaitOptions): Promise<Checkpoint> {
    const { auditStore, keyring, clock } = this.#deps;
    const last = await this.#lastSigned(tenant, options);
    const size = await auditStore.size(tenant, options);
    await tree.grow(last, size, options);
    if (last?.size === size) return last;

    const rootHash = tree.rootAt(size);
    const origin = originOf(tenant);
    const text = checkpointText(origin, { size, rootHash });
    const note = await keyring.signNote(tenant, origin, text, options);
    const checkpoint = { size, rootHash, note, signedAtMs: clock.nowMs() };
    const isKept = await auditStore.saveCheckpoint(tenant, checkpoint, options);
    return isKept ? checkpoint : await this.#sign(tenant, tree, options); // another process was first
  }

  /** A head that we did not sign is none: what follows it would carry on a forgery. */
  async #lastSigned(tenant: string, options: WaitOptions): Promise<Checkpoint | undefined> {
    const last = await this.#deps.auditStore.findLastCheckpoint(tenant, options);
    if (last === undefined) return undefined;
    const key = await this.#deps.keyring.verifierKey(tenant, originOf(tenant), options);
    if (isSignedBy(last, parseVerifierKey(key))) return last;
    throw corrupt(`the checkpoint of ${last.size} records was not signed by this log`);
  }

  /** One task of a tenant after the other. A tree that failed is built anew for the next one. */
  async #inTurn<T>(tenant: string, task: (tree: LogTree) => Promise<T>): Promise<T> {
    const log = this.#logs.get(tenant) ?? {
      tree: this.#newTree(tenant),
      lastTask: Promise.resolve(),
    };
    this.#logs.set(tenant, log);
    const result = log.lastTask.then(async () => await task(log.tree));
    log.lastTask = result.catch(() => {
      log.tree = this.#newTree(tenant);
    });
    return await result;
  }

  #newTree(tenant: string): LogTree {
    return new LogTree(this.#deps.auditStore, tenant);
  }
}
