import type { ResetReason } from "@llmcfg/protocol";
import type { Caller } from "../policy/ports.ts";
import type { CallerCheck, CallerState } from "./ports.ts";

/** Something that goes on for a caller and has to end with the caller's rights. */
export interface Revocable {
  revoke(reason: Revocation): void;
}

export type Revocation = Extract<ResetReason, "unauthenticated" | "scope_changed">;

/** What goes on for one credential with one set of rights. */
interface Session {
  readonly caller: Caller;
  readonly members: Set<Revocable>;
}

/**
 * Streams and long polls by who they are for, so that a credential is looked at once a second and
 * not once for each of them.
 */
export class Sessions {
  readonly #byKey = new Map<string, Session>();

  /** Until what this gives is disposed. */
  add(caller: Caller, member: Revocable): Disposable {
    const key = keyOf(caller);
    let session = this.#byKey.get(key);
    if (session === undefined) {
      session = { caller, members: new Set() };
      this.#byKey.set(key, session);
    }
    session.members.add(member);
    return { [Symbol.dispose]: () => this.#remove(key, member) };
  }

  /**
   * Ends what may not go on. Where the check itself fails nothing is known, and it goes on.
   *
   * @param onFailure hears of checks that failed
   */
  async recheck(
    check: CallerCheck,
    nowMs: number,
    onFailure: (error: unknown) => void,
  ): Promise<void> {
    for (const { caller, members } of this.#byKey.values()) {
      try {
        const state = await stateOf(caller, check, nowMs);
        if (state !== "valid") for (const member of members) member.revoke(state);
      } catch (error) {
        onFailure(error);
      }
    }
  }

  #remove(key: string, member: Revocable): void {
    const session = this.#byKey.get(key);
    session?.members.delete(member);
    if (session?.members.size === 0) this.#byKey.delete(key);
  }
}

function keyOf({ tenant, actor, access, expiresAtMs = 0 }: Caller): string {
  const { principal, credential = "" } = actor;
  return JSON.stringify([tenant, principal, credential, expiresAtMs, access.key]);
}

async function stateOf(caller: Caller, check: CallerCheck, nowMs: number): Promise<CallerState> {
  if (caller.expiresAtMs !== undefined && caller.expiresAtMs <= nowMs) return "unauthenticated";
  return await check.stateOf(caller);
}
