import { stringify } from "yaml";
import type { KubernetesSourceOptions } from "../remote/remote-options.ts";
import { type ObjectKind, RESOURCES } from "./cluster-object.ts";
import { requireName, requireNamespace } from "./object-names.ts";

/** Which objects are to be readable, by whom. */
export interface KubernetesRbacOptions {
  /** What the sources read: the options of the sources themselves fit. */
  readonly objects: readonly Pick<KubernetesSourceOptions, "resource" | "namespace" | "name">[];
  /** Name of the roles and of their bindings; default `llmcfg-gateway`. */
  readonly name?: string;
  /** Who gets the rights; without it there are no bindings. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

/** All that a source does with an object. */
const VERBS = ["get", "list", "watch"] as const;

/**
 * The least rights that the sources need, as YAML for `kubectl apply`: get, list and watch of the
 * named objects and nothing else. A Role for each namespace, and a RoleBinding if there is a
 * service account. The same options give the same text.
 *
 * @throws {ConfigError} `invalid_option` where a name is none, or a reference, which may be any name
 */
export function kubernetesRbac(options: KubernetesRbacOptions): string {
  const { objects, name = "llmcfg-gateway", serviceAccount } = options;
  requireName(name);
  if (serviceAccount !== undefined) requireAccount(serviceAccount);
  for (const object of objects) requireObject(object);
  const byNamespace = Map.groupBy(objects, ({ namespace }) => namespace);
  const manifests = [...byNamespace].toSorted(byName).flatMap(([namespace, inside]) => {
    const metadata = { name, namespace };
    const role = roleOf(metadata, inside);
    return serviceAccount === undefined ? [role] : [role, bindingOf(metadata, serviceAccount)];
  });
  // Always in quotes: kubectl takes more words for booleans and numbers than YAML 1.2 has.
  const style = { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" } as const;
  return manifests.map((manifest) => stringify(manifest, style)).join("---\n");
}

type RbacObject = KubernetesRbacOptions["objects"][number];

interface Metadata {
  readonly name: string;
  readonly namespace: string;
}

function roleOf(metadata: Metadata, objects: readonly RbacObject[]): object {
  const kinds = ["ConfigMap", "Secret"] as const;
  const rules = kinds.flatMap((kind) => ruleOf(kind, objects)); // one each: names are not shared
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules };
}

function ruleOf(kind: ObjectKind, objects: readonly RbacObject[]): readonly object[] {
  const named = objects.filter(({ resource = "ConfigMap" }) => resource === kind);
  const resourceNames = [...new Set(named.map(({ name }) => name))].toSorted();
  if (resourceNames.length === 0) return []; // a rule without names is a right to all of them
  return [{ apiGroups: [""], resources: [RESOURCES[kind]], resourceNames, verbs: [...VERBS] }];
}

function bindingOf(metadata: Metadata, account: Metadata): object {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
    subjects: [{ kind: "ServiceAccount", name: account.name, namespace: account.namespace }],
  };
}

function requireAccount({ namespace, name }: Metadata): void {
  requireNamespace(namespace);
  requireName(name);
}

function requireObject({ namespace, name }: RbacObject): void {
  requireNamespace(namespace);
  requireName(name);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
