import { type ItemVersion, isLlmcfgError, type Json } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import { openValue } from "./sealed-values.ts";

/** How many versions are remembered; each costs some hundred bytes. */
const MAX_REMEMBERED = 50_000;

/**
 * Finds the sealed values that hold references.
 *
 * Those few have to be open while they are resolved, or a change of what they lead to would go
 * unseen. All others stay sealed: a version is opened once in the life of the process, and what is
 * remembered of it is that it holds none.
 */
export class SealedReferences {
  readonly #keyring: Pick<Keyring, "open">;
  readonly #withoutAny = new Set<string>();

  constructor(keyring: Pick<Keyring, "open">) {
    this.#keyring = keyring;
  }

  /**
   * The plaintext of a value that holds references.
   *
   * `undefined` for any other, and where it cannot be opened: whoever only needs hashes and
   * metadata is served while the keys are away.
   */
  async openIfReferring(tenant: string, item: ItemVersion): Promise<Json | undefined> {
    if (!mayHold(item)) return undefined;
    const id = `${tenant}/${item.itemId}/${item.version}`;
    if (this.#withoutAny.has(id)) return undefined;
    try {
      const value = await openValue(this.#keyring, tenant, item);
      if (mayRefer(value)) return value;
    } catch (error) {
      if (isLlmcfgError(error, "SEALED") || isLlmcfgError(error, "INTEGRITY_FAILED"))
        return undefined;
      throw error;
    }
    this.#remember(id);
    return undefined;
  }

  #remember(id: string): void {
    if (this.#withoutAny.size >= MAX_REMEMBERED) {
      const [oldest] = this.#withoutAny;
      if (oldest !== undefined) this.#withoutAny.delete(oldest);
    }
    this.#withoutAny.add(id);
  }
}

/** Whether the resolver could find anything to expand; escapes (`$${`) count. */
export function mayRefer(value: Json): boolean {
  return JSON.stringify(value).includes("${");
}

function mayHold({ state, type }: ItemVersion): boolean {
  return state === "live" && (type === "string" || type === "object" || type === "array");
}
