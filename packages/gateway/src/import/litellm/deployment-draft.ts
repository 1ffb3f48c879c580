import type { Located, LocatedObject } from "@llmcfg/config";
import type { Json, JsonObject } from "@llmcfg/core";
import type { Disposition } from "../loss-report.ts";
import { isNothing, member } from "../read-node.ts";
import { withMember } from "../with-member.ts";
import type { LitellmMapping } from "./mapping.ts";
import type { ModelTarget } from "./provider-prefix.ts";

/** What is said of a leaf, its place seen from the provider or the model. */
export interface LocalClaim {
  readonly owner: "provider" | "model";
  readonly node: Located;
  readonly path: readonly string[];
  readonly disposition: Disposition;
  readonly note: string | undefined;
  readonly isLiteral: boolean;
}

export interface LocalAssumption {
  readonly owner: "provider" | "model";
  readonly path: readonly string[];
  readonly note: string;
}

/** An item of `model_list` on its way into a provider and one of its models. */
export class DeploymentDraft {
  readonly item: LocatedObject;
  /** `model_name` */
  readonly name: string;
  readonly target: ModelTarget;
  readonly mapping: LitellmMapping;
  readonly claims: LocalClaim[] = [];
  readonly assumptions: LocalAssumption[] = [];
  provider: JsonObject = {};
  model: JsonObject = {};

  constructor(
    mapping: LitellmMapping,
    about: { readonly item: LocatedObject; readonly name: string; readonly target: ModelTarget },
  ) {
    this.mapping = mapping;
    this.item = about.item;
    this.name = about.name;
    this.target = about.target;
  }

  /** A member of `litellm_params`; `undefined` where it says nothing. */
  param(name: string): Located | undefined {
    return given(member(this.item, "litellm_params", name));
  }

  /** A member of `model_info`. */
  fact(name: string): Located | undefined {
    return given(member(this.item, "model_info", name));
  }

  set(owner: "provider" | "model", path: readonly string[], value: Json): void {
    this[owner] = withMember(this[owner], path, value);
  }

  map(
    owner: "provider" | "model",
    node: Located,
    place: { readonly path: readonly string[]; readonly value: Json; readonly note?: string },
  ): void {
    const { path, value, note } = place;
    this.set(owner, path, value);
    this.claim(owner, node, { path, note });
  }

  claim(
    owner: "provider" | "model",
    node: Located,
    { path, note }: { readonly path: readonly string[]; readonly note?: string | undefined },
  ): void {
    const disposition = note === undefined ? "mapped" : "approximated";
    this.claims.push({ owner, node, path, disposition, note, isLiteral: false });
  }

  assume(
    owner: "provider" | "model",
    place: { readonly path: readonly string[]; readonly value: Json; readonly note: string },
  ): void {
    const { path, value, note } = place;
    this.set(owner, path, value);
    this.assumptions.push({ owner, path, note });
  }

  /** A credential of the provider: a reference, or a literal that is not copied. */
  secret(node: Located | undefined, path: readonly string[], isAlways = true): boolean {
    const name = path.at(-1) ?? "";
    const secret = this.mapping.secret(node, name, isAlways);
    if (node === undefined || secret === undefined) return false;
    this.set("provider", path, secret.value);
    const { isLiteral } = secret;
    this.claims.push({
      owner: "provider",
      node,
      path,
      disposition: "mapped",
      note: undefined,
      isLiteral,
    });
    return true;
  }

  /** A text of the provider. */
  text(node: Located | undefined, path: readonly string[]): boolean {
    const value = this.mapping.text(node);
    if (node === undefined || value === undefined) return false;
    this.map("provider", node, { path, value });
    return true;
  }
}

function given(node: Located | undefined): Located | undefined {
  return node === undefined || isNothing(node) ? undefined : node;
}
