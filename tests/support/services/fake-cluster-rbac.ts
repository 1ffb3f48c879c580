import type { FakeObjects, StoredObject } from "./fake-cluster-objects.ts";

export interface RbacQuestion {
  /** `sa:namespace:name` */
  readonly user: string;
  readonly verb: string;
  /** `/api/v1/namespaces/default/configmaps` */
  readonly collection: string;
  /** Of the object, or of the field selector: as the API server itself takes it. */
  readonly name: string | undefined;
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** Whether a role of the namespace that is bound to the user has a rule for it. */
export function isAllowed(question: RbacQuestion, objects: FakeObjects): boolean {
  const [, namespace = "", resource = ""] =
    /^\/api\/v1\/namespaces\/([^/]+)\/([^/]+)$/.exec(question.collection) ?? [];
  return rulesFor(question.user, namespace, objects).some((rule) => fits(rule, resource, question));
}

/** The rules of all roles of the namespace that are bound to the user. */
export function rulesFor(user: string, namespace: string, objects: FakeObjects): readonly Rule[] {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const bindings = objects.list(`${rbac}/rolebindings`, null);
  return bindings
    .filter((binding) => isFor(binding, user))
    .flatMap((binding) => {
      const { name } = binding["roleRef"] as { readonly name: string }; // as RBAC has it
      return (objects.get(`${rbac}/roles/${name}`)?.["rules"] ?? []) as readonly Rule[]; // as RBAC has it
    });
}

function isFor(binding: StoredObject, user: string): boolean {
  const subjects = (binding["subjects"] ?? []) as readonly Subject[]; // as RBAC has it
  return subjects.some(({ kind, name, namespace }) => {
    return kind === "ServiceAccount" && user === `sa:${namespace}:${name}`;
  });
}

function fits(rule: Rule, resource: string, { verb, name }: RbacQuestion): boolean {
  const { apiGroups, resources, verbs, resourceNames } = rule;
  const isNamed = resourceNames === undefined || resourceNames.includes(name ?? "");
  return apiGroups.includes("") && resources.includes(resource) && verbs.includes(verb) && isNamed;
}
