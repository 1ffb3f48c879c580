/**
 * Who may do what in a test cluster: service accounts, their tokens, roles.
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { executable } from "../endpoints.ts";
import { type Home, run } from "../programs.ts";
import { type Cluster, callApi } from "./kubernetes.ts";

/** Applies a manifest of roles with kubectl; where that or a real cluster is not there, as it does. */
export async function applyManifest(cluster: Cluster, yaml: string, home: Home): Promise<void> {
  const kubectl = executable("kubectl");
  if (!cluster.isReal || kubectl === undefined) return await applyRbac(cluster, yaml);
  const ca = join(home.folder, "ca.crt");
  await writeFile(ca, cluster.ca);
  const flags = `--server=${cluster.url} --certificate-authority=${ca} --token=${cluster.adminToken}`;
  const options = { env: home.env, input: yaml };
  const { code, stderr } = await run(`${kubectl} ${flags} apply -f -`, options);
  if (code !== 0) throw new Error(`kubectl says: ${stderr}`);
}

/** As `kubectl apply --server-side` does with the roles of a manifest. */
export async function applyRbac(cluster: Cluster, yaml: string): Promise<void> {
  const type = "application/apply-patch+yaml";
  for (const document of parseAllDocuments(yaml)) {
    const manifest = document.toJS() as {
      readonly kind: string;
      readonly metadata: { readonly namespace: string; readonly name: string };
    }; // as RBAC has it
    const { namespace, name } = manifest.metadata;
    const collection = `${manifest.kind.toLowerCase()}s`;
    const group = "/apis/rbac.authorization.k8s.io/v1";
    const path = `${group}/namespaces/${namespace}/${collection}/${name}?fieldManager=test`;
    const body = JSON.stringify(manifest); // JSON is YAML
    const { status } = await callApi(cluster, { method: "PATCH", path, body, type });
    if (status !== 200 && status !== 201) throw new Error(`${name} cannot be applied: ${status}`);
  }
}

/** Takes the rights away that {@link applyRbac} gave under this name. */
export async function removeRbac(cluster: Cluster, name: string): Promise<void> {
  const group = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
  for (const collection of ["rolebindings", "roles"]) {
    const path = `${group}/${collection}/${name}`;
    const { status } = await callApi(cluster, { method: "DELETE", path });
    if (status !== 200) throw new Error(`${name} cannot be taken away: ${status}`);
  }
}

/** All tokens of the account end with it. */
export async function removeAccount(cluster: Cluster, name: string): Promise<void> {
  const path = `/api/v1/namespaces/default/serviceaccounts/${name}`;
  const { status } = await callApi(cluster, { method: "DELETE", path });
  if (status !== 200) throw new Error(`${name} cannot be removed: ${status}`);
}

/** A token of a service account, which is made. */
export async function accountToken(cluster: Cluster, name: string): Promise<string> {
  const path = "/api/v1/namespaces/default/serviceaccounts";
  const about = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } };
  await callApi(cluster, { method: "POST", path, body: JSON.stringify(about) });
  const asked = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const body = JSON.stringify(asked);
  const answer = await callApi(cluster, { method: "POST", path: `${path}/${name}/token`, body });
  const { status } = answer.body as { readonly status?: { readonly token?: string } }; // a TokenRequest
  if (status?.token === undefined) throw new Error(`${name} has no token: ${answer.status}`);
  return status.token;
}

/** What the bearer may do in the namespace `default`, as the API server says: `configmaps/a: get list`. */
export async function rulesOf(cluster: Cluster, token: string): Promise<readonly string[]> {
  const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
  const about = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview" };
  const body = JSON.stringify({ ...about, spec: { namespace: "default" } });
  const answer = await callApi(cluster, { method: "POST", path, body, token });
  const { status } = answer.body as {
    readonly status?: { readonly resourceRules: readonly Rule[] };
  }; // a review
  if (status === undefined) throw new Error(`the rights are not told: ${answer.status}`);
  const rules = status.resourceRules.flatMap(({ resources, resourceNames = ["*"], verbs }) =>
    resources.flatMap((resource) =>
      resourceNames.map((name) => `${resource}/${name}: ${verbs.join(" ")}`),
    ),
  );
  return rules.toSorted();
}

interface Rule {
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
