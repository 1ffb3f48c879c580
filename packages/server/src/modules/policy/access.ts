import type { Binding, Grant } from "../identity/ports.ts";
import type { Access, Decision, Permission, Resource } from "./ports.ts";
import { permissionsOf } from "./roles.ts";
import { coversResource, meetsResource, meetsScope, parseScope, type Scope } from "./scope.ts";

/**
 * The rights that bindings give, cut down to `limitedTo` where that is given.
 *
 * A role or scope that nothing knows gives nothing. Scopes name environments by their canonical
 * names.
 *
 * @param bindings of one principal, without those that have expired
 * @param limitedTo what the rights must be among as well; what decides is the binding
 */
export function createAccess(bindings: readonly Binding[], limitedTo?: readonly Grant[]): Access {
  return new CompiledAccess(bindings, limitedTo);
}

const DENIED: Decision = { allowed: false, because: "default-deny" };

/** Where a permission is held. */
interface Right {
  /** Id of the binding. */
  readonly because: string;
  readonly scope: Scope;
}

class CompiledAccess implements Access {
  readonly key: string;
  readonly #held: ReadonlyMap<Permission, readonly Right[]>;
  readonly #limit: ReadonlyMap<Permission, readonly Right[]> | undefined;

  constructor(bindings: readonly Binding[], limitedTo: readonly Grant[] | undefined) {
    this.key = JSON.stringify([bindings.map(nameOf).toSorted(), limitedTo?.map(nameOf).toSorted()]);
    this.#held = compile(bindings);
    this.#limit = limitedTo && compile(limitedTo);
  }

  decide(permission: Permission, resource: Resource): Decision {
    const right = this.#held.get(permission)?.find(({ scope }) => coversResource(scope, resource));
    if (right === undefined || !this.#isWithinLimit(permission, resource)) return DENIED;
    return { allowed: true, because: right.because };
  }

  /**
   * Three scopes have something in common if each two of them have: where they are literal they
   * agree, and one length fits all.
   */
  mayHoldBelow(permission: Permission, resource: Resource): boolean {
    const meeting = (rights: ReadonlyMap<Permission, readonly Right[]>) =>
      (rights.get(permission) ?? []).filter(({ scope }) => meetsResource(scope, resource));
    const held = meeting(this.#held);
    if (this.#limit === undefined) return held.length > 0;
    const limits = meeting(this.#limit);
    return held.some((right) => limits.some((limit) => meetsScope(right.scope, limit.scope)));
  }

  #isWithinLimit(permission: Permission, resource: Resource): boolean {
    if (this.#limit === undefined) return true;
    const limits = this.#limit.get(permission) ?? [];
    return limits.some(({ scope }) => coversResource(scope, resource));
  }
}

function compile(grants: readonly (Grant | Binding)[]): ReadonlyMap<Permission, readonly Right[]> {
  const rights = new Map<Permission, Right[]>();
  for (const grant of grants) {
    const scope = parseScope(grant.scope);
    if (scope === undefined) continue;
    const right = { because: "id" in grant ? grant.id : "", scope };
    for (const permission of permissionsOf(grant.role, isOfAgent(grant))) {
      const others = rights.get(permission);
      if (others === undefined) rights.set(permission, [right]);
      else others.push(right);
    }
  }
  return rights;
}

function nameOf(grant: Grant | Binding): string {
  return JSON.stringify([grant.role, grant.scope, isOfAgent(grant)]);
}

function isOfAgent(grant: Grant | Binding): boolean {
  return "principal" in grant && grant.principal.startsWith("agent:");
}
