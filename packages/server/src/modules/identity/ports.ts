/**
 * What the identity module needs from the world.
 *
 * @module
 */

import type { SealedRecord } from "../audit/ports.ts";

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

export type TokenKind = "dev" | "pat" | "sa" | "agt";

/** A role in a scope. */
export interface Grant {
  readonly role: string;
  /** A selector, `**` for the whole tenant. */
  readonly scope: string;
}

/** A grant to a principal. */
export interface Binding extends Grant {
  /** `bnd_` and a ULID. */
  readonly id: string;
  readonly principal: string;
  readonly expiresAtMs: number | undefined;
  /** Roles that the principal may give to others without holding them. */
  readonly mayGrant: readonly string[];
}

/** What is kept of a token: never the token. */
export interface StoredToken {
  readonly tenant: string;
  /** `tok_` and a ULID: what answers and records show. */
  readonly id: string;
  /** 16 base62 characters, public part of the token. */
  readonly handle: string;
  /** SHA-256("llmcfg-key-v1" ‖ 0 ‖ handle ‖ 0 ‖ secret). */
  readonly secretHash: Uint8Array;
  readonly kind: TokenKind;
  readonly name: string;
  /** Whom the bearer is: `user:dev`, `sa:deployer`, `agent:gateway`. */
  readonly principal: string;
  /** What its rights are cut down to; `undefined` for all of the principal's. */
  readonly limitedTo: readonly Grant[] | undefined;
  /** Id of the token it was made with; else a principal of the system. */
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly lastUsedAtMs: number | undefined;
}

/** Keeps tokens, bindings and the opaque ids of principals. */
export interface IdentityStore {
  /** By the public part, across tenants. */
  findToken(handle: string, options?: WaitOptions): Promise<StoredToken | undefined>;

  /** Of the tenant, newest first. */
  listTokens(tenant: string, options?: WaitOptions): Promise<readonly StoredToken[]>;

  /** Keeps a token, the bindings that come with it and the record of both in one transaction. */
  createToken(
    token: StoredToken,
    bindings: readonly Binding[],
    records: readonly SealedRecord[],
    options?: WaitOptions,
  ): Promise<void>;

  /**
   * Takes tokens away for good, with the records that say so, in one transaction. Ids that the tenant
   * does not have are passed over.
   */
  deleteTokens(
    tenant: string,
    ids: readonly string[],
    records: readonly SealedRecord[],
    options?: WaitOptions,
  ): Promise<void>;

  /** Notes the minute of the last use; may be lost in a crash. */
  touchToken(tenant: string, id: string, usedAtMs: number): Promise<void>;

  bindingsOf(tenant: string, principal: string, options?: WaitOptions): Promise<readonly Binding[]>;

  /** The opaque id behind a principal, `user#` and a ULID, made where it is new; never reused. */
  actorId(tenant: string, principal: string, options?: WaitOptions): Promise<string>;

  /** As {@link actorId}, but makes none: `undefined` for a principal that never did anything. */
  findActorId(
    tenant: string,
    principal: string,
    options?: WaitOptions,
  ): Promise<string | undefined>;

  /** Principals by opaque id, as far as they are known. */
  principals(
    tenant: string,
    actorIds: readonly string[],
    options?: WaitOptions,
  ): Promise<ReadonlyMap<string, string>>;
}
