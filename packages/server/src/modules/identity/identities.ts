import { createHash, timingSafeEqual } from "node:crypto";
import { parseToken, type Token } from "@llmcfg/core";
import type { Clock } from "../configs/ports.ts";
import type { Access, Caller, Policy } from "../policy/ports.ts";
import type { IdentityStore, StoredToken, WaitOptions } from "./ports.ts";
import type { Refusal, RefusalCause } from "./refusal.ts";
import { hashSecret } from "./token-secret.ts";

export interface IdentitiesDeps {
  readonly identityStore: Pick<IdentityStore, "findToken" | "bindingsOf" | "touchToken">;
  readonly policy: Pick<Policy, "createAccess">;
  readonly clock: Clock;
}

export interface IdentitiesOptions {
  /** Whether tokens of `llmcfg dev` are taken: by a development server on loopback alone. */
  readonly acceptsDevTokens: boolean;
  /** Hears of each change of rights, synchronously. */
  readonly onInvalidate?: () => void;
  /** Hears that a last use could not be noted; requests are answered all the same. */
  readonly onTouchFailure?: (error: unknown) => void;
}

/** Whom a credential stands for, with the rights of now. */
export interface Identity {
  readonly token: StoredToken;
  readonly access: Access;
  /** When it has to be looked at again: the credential ends, or a binding does. */
  readonly expiresAtMs: number | undefined;
}

/** What became of a credential. */
export type Verdict = { readonly identity: Identity } | { readonly refusal: Refusal };

interface Known extends Identity {
  /** SHA-256 of the whole credential, in hex. */
  readonly digest: string;
  readonly generation: number;
  /** The minute of the last use that was noted. */
  touchedAtMs: number;
}

const MAX_KNOWN = 10_000;
const MINUTE_MS = 60_000;

/** What an unknown handle is compared with, so that it takes the same work. */
const NOBODY: Uint8Array = Buffer.alloc(32);

/**
 * Verifies tokens, and remembers those that were right, by a hash of the whole token.
 *
 * A token that has not the form reaches no store. Rights are those of the last {@link invalidate}
 * or later.
 */
export class Identities implements AsyncDisposable {
  readonly #deps: IdentitiesDeps;
  readonly #options: IdentitiesOptions;
  /** By digest; the one that was used longest ago comes first. */
  readonly #known = new Map<string, Known>();
  readonly #byAccess = new WeakMap<Access, Known>();
  readonly #touching = new Set<Promise<void>>();
  /** How often the rights of a caller were remembered, and how often they had to be made. */
  readonly counters: { hits: number; misses: number } = { hits: 0, misses: 0 };
  #generation = 0;

  constructor(deps: IdentitiesDeps, options: IdentitiesOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Whom the token stands for, or why it stands for nobody. */
  async check(text: string, options: WaitOptions = {}): Promise<Verdict> {
    const token = parseToken(text);
    if (token === undefined) return { refusal: { cause: "malformed", token: undefined } };
    const recalled = this.#recall(digestOf(text));
    if (recalled !== undefined) this.counters.hits++;
    const verdict = recalled ? { identity: recalled } : await this.#verify(text, token, options);
    if ("identity" in verdict) this.#touch(verdict.identity);
    return verdict;
  }

  /** The same without a look at the store: only for a token that was verified and is still right. */
  recall(text: string): Identity | undefined {
    const known = this.#recall(digestOf(text));
    if (known === undefined) return undefined;
    this.counters.hits++;
    this.#touch(known);
    return known;
  }

  /** Rights have changed: everybody's are looked up again before they are used. */
  invalidate(): void {
    this.#generation++;
    this.#options.onInvalidate?.();
  }

  /**
   * What became of a caller of before: for streams, which outlive the request that opened them.
   *
   * `scope_changed` where the rights are no longer the same, `unauthenticated` where the credential
   * has ended or was never verified here.
   */
  async stateOf(
    { access }: Caller,
    options: WaitOptions = {},
  ): Promise<"valid" | "scope_changed" | "unauthenticated"> {
    const before = this.#byAccess.get(access);
    if (before === undefined) return "unauthenticated";
    const now = this.#recall(before.digest) ?? (await this.#lookAgain(before, options));
    if (now === undefined) return "unauthenticated";
    return now.access.key === access.key ? "valid" : "scope_changed";
  }

  /** Whether a caller of before has the same rights still. */
  async isStillValid(caller: Caller, options: WaitOptions = {}): Promise<boolean> {
    return (await this.stateOf(caller, options)) === "valid";
  }

  /** Resolves once every last use has been noted. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#touching);
  }

  #recall(digest: string): Known | undefined {
    const known = this.#known.get(digest);
    if (known === undefined) return undefined;
    this.#known.delete(digest);
    if (known.generation !== this.#generation || this.#isOver(known)) return undefined;
    this.#known.set(digest, known);
    return known;
  }

  async #verify(
    text: string,
    token: Token,
    options: WaitOptions,
  ): Promise<{ readonly identity: Known } | { readonly refusal: Refusal }> {
    const generation = this.#generation;
    const stored = await this.#deps.identityStore.findToken(token.handle, options);
    const isRight = timingSafeEqual(hashSecret(token), stored?.secretHash ?? NOBODY);
    const cause = stored === undefined ? "unknown" : this.#causeOf(stored, token, isRight);
    if (stored === undefined || cause !== undefined) {
      return { refusal: { cause: cause ?? "unknown", token: stored } };
    }
    return { identity: await this.#remember(digestOf(text), stored, generation, options) };
  }

  /** Why a token that has the handle is not taken; the first that holds. */
  #causeOf(stored: StoredToken, { kind }: Token, isRight: boolean): RefusalCause | undefined {
    if (!isRight) return "wrong_secret";
    if (stored.kind !== kind) return "wrong_kind";
    if (!this.#isAccepted(stored)) return "not_accepted";
    return this.#isOver(stored) ? "expired" : undefined;
  }

  async #lookAgain(before: Known, options: WaitOptions): Promise<Known | undefined> {
    const generation = this.#generation;
    const { handle, id, secretHash } = before.token;
    const stored = await this.#deps.identityStore.findToken(handle, options);
    const isSame = stored?.id === id && timingSafeEqual(stored.secretHash, secretHash);
    if (!isSame || this.#isOver(stored)) return undefined;
    return await this.#remember(before.digest, stored, generation, options);
  }

  async #remember(
    digest: string,
    token: StoredToken,
    generation: number,
    options: WaitOptions,
  ): Promise<Known> {
    const { identityStore, policy, clock } = this.#deps;
    const all = await identityStore.bindingsOf(token.tenant, token.principal, options);
    const nowMs = clock.nowMs();
    const bindings = all.filter(({ expiresAtMs = Infinity }) => expiresAtMs > nowMs);
    this.counters.misses++;
    const known = {
      digest,
      generation,
      token,
      access: policy.createAccess(bindings, token.limitedTo),
      expiresAtMs: earliest([token, ...bindings]),
      touchedAtMs: token.lastUsedAtMs ?? 0,
    };
    this.#byAccess.set(known.access, known);
    this.#known.set(digest, known);
    if (this.#known.size > MAX_KNOWN) this.#forgetOldest();
    return known;
  }

  #forgetOldest(): void {
    for (const digest of this.#known.keys()) {
      this.#known.delete(digest);
      return;
    }
  }

  #isAccepted({ kind }: StoredToken): boolean {
    return kind !== "dev" || this.#options.acceptsDevTokens;
  }

  #isOver({ expiresAtMs = Infinity }: { readonly expiresAtMs: number | undefined }): boolean {
    return expiresAtMs <= this.#deps.clock.nowMs();
  }

  /** Notes the use of this minute, once, beside the request. */
  #touch(known: Known): void {
    const nowMs = this.#deps.clock.nowMs();
    const minute = nowMs - (nowMs % MINUTE_MS);
    if (known.touchedAtMs >= minute) return;
    known.touchedAtMs = minute;
    const { tenant, id } = known.token;
    const touching = this.#deps.identityStore
      .touchToken(tenant, id, minute)
      .catch((error: unknown) => this.#options.onTouchFailure?.(error))
      .finally(() => this.#touching.delete(touching));
    this.#touching.add(touching);
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function earliest(
  ends: readonly { readonly expiresAtMs: number | undefined }[],
): number | undefined {
  const known = ends.flatMap(({ expiresAtMs }) => expiresAtMs ?? []);
  return known.length === 0 ? undefined : Math.min(...known);
}
