import { compareBytewise, createId } from "@llmcfg/core";
import type { SealedRecord } from "../../modules/audit/ports.ts";
import type { Clock } from "../../modules/configs/ports.ts";
import type {
  Binding,
  IdentityStore,
  StoredToken,
  WaitOptions,
} from "../../modules/identity/ports.ts";
import { addRecords, type MemoryDatabase, requireNewRecords } from "./database.ts";

/** Keeps tokens, bindings and principals in this process alone. */
export class MemoryIdentityStore implements IdentityStore {
  readonly #db: MemoryDatabase;
  readonly #clock: Clock;

  /** @param clock goes into the opaque ids, which sort by time */
  constructor(db: MemoryDatabase, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async findToken(handle: string, { signal }: WaitOptions = {}): Promise<StoredToken | undefined> {
    signal?.throwIfAborted();
    return this.#findToken(handle);
  }

  async listTokens(tenant: string, { signal }: WaitOptions = {}): Promise<readonly StoredToken[]> {
    signal?.throwIfAborted();
    const tokens = this.#db.tenants.get(tenant)?.tokens.values() ?? [];
    return [...tokens].toSorted(
      (a, b) => b.createdAtMs - a.createdAtMs || compareBytewise(b.id, a.id),
    );
  }

  async createToken(
    token: StoredToken,
    bindings: readonly Binding[],
    records: readonly SealedRecord[],
    { signal }: WaitOptions = {},
  ): Promise<void> {
    signal?.throwIfAborted();
    const tenant = this.#db.tenant(token.tenant);
    const isTaken =
      tenant.tokens.has(token.id) ||
      this.#findToken(token.handle) !== undefined ||
      bindings.some(({ id }) => tenant.bindings.has(id));
    if (isTaken) throw new TypeError("two tokens, or two bindings, have the same id");
    requireNewRecords(tenant, records);

    tenant.tokens.set(token.id, token);
    for (const binding of bindings) tenant.bindings.set(binding.id, binding);
    addRecords(tenant, records);
  }

  async deleteTokens(
    tenant: string,
    ids: readonly string[],
    records: readonly SealedRecord[],
    { signal }: WaitOptions = {},
  ): Promise<void> {
    signal?.throwIfAborted();
    const held = this.#db.tenant(tenant);
    requireNewRecords(held, records);

    for (const id of ids) held.tokens.delete(id);
    addRecords(held, records);
  }

  async touchToken(tenant: string, id: string, usedAtMs: number): Promise<void> {
    const tokens = this.#db.tenants.get(tenant)?.tokens;
    const token = tokens?.get(id);
    if (token === undefined) return;
    const minute = usedAtMs - (usedAtMs % 60_000);
    tokens?.set(id, { ...token, lastUsedAtMs: Math.max(token.lastUsedAtMs ?? 0, minute) });
  }

  async bindingsOf(
    tenant: string,
    principal: string,
    { signal }: WaitOptions = {},
  ): Promise<readonly Binding[]> {
    signal?.throwIfAborted();
    const bindings = this.#db.tenants.get(tenant)?.bindings.values() ?? [];
    return [...bindings]
      .filter((binding) => binding.principal === principal)
      .toSorted((a, b) => compareBytewise(a.id, b.id));
  }

  async actorId(tenant: string, principal: string, { signal }: WaitOptions = {}): Promise<string> {
    signal?.throwIfAborted();
    const { actorIds } = this.#db.tenant(tenant);
    const known = actorIds.get(principal);
    if (known !== undefined) return known;

    const id = createId("user", this.#clock.nowMs()).replace("_", "#");
    actorIds.set(principal, id);
    return id;
  }

  async findActorId(
    tenant: string,
    principal: string,
    { signal }: WaitOptions = {},
  ): Promise<string | undefined> {
    signal?.throwIfAborted();
    return this.#db.tenants.get(tenant)?.actorIds.get(principal);
  }

  async principals(
    tenant: string,
    actorIds: readonly string[],
    { signal }: WaitOptions = {},
  ): Promise<ReadonlyMap<string, string>> {
    signal?.throwIfAborted();
    const wanted = new Set(actorIds);
    const known = [...(this.#db.tenants.get(tenant)?.actorIds ?? [])];
    return new Map(
      known.filter(([, id]) => wanted.has(id)).map(([principal, id]) => [id, principal]),
    );
  }

  #findToken(handle: string): StoredToken | undefined {
    const tokens = [...this.#db.tenants.values()].flatMap((tenant) => [...tenant.tokens.values()]);
    return tokens.find((token) => token.handle === handle);
  }
}
