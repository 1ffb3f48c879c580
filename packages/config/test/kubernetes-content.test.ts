import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { toClusterObject, toListedObject } from "../src/sources/kubernetes/cluster-object.ts";
import { kubernetesRbac } from "../src/sources/kubernetes/kubernetes-rbac.ts";
import {
  documentsIn,
  type ObjectContent,
  toContent,
} from "../src/sources/kubernetes/object-content.ts";
import type { LocatedObject, LocatedScalar } from "../src/sources/located.ts";
import { toolsOf } from "./support/remote-tools.ts";

const URL_OF = "https://k8s/api/v1/namespaces/n/configmaps/gw";

async function contentOf(
  data: Readonly<Record<string, string>>,
  kind: "ConfigMap" | "Secret",
): Promise<ObjectContent> {
  const encoded = Object.entries(data).map(
    ([key, text]) =>
      [key, kind === "Secret" ? Buffer.from(text).toString("base64") : text] as const,
  );
  const metadata = { name: "gw", uid: "u", resourceVersion: "7" };
  const object = toClusterObject({ metadata, data: Object.fromEntries(encoded) }, kind);
  const about = { id: "k", kind, url: URL_OF, revision: "7" };
  return await toContent(documentsIn(object, undefined), about, toolsOf());
}

function treeOf(content: ObjectContent): LocatedObject {
  if (content.state === "ok" && content.tree.type === "object") return content.tree;
  throw new Error(inspect(content, { depth: 5 }));
}

function scalarAt(tree: LocatedObject, name: string): LocatedScalar {
  const value = tree.entries.get(name);
  if (value?.type === "scalar") return value;
  throw new Error(`${name} is no scalar`);
}

describe("what a Secret says", () => {
  test("K8S-5 TNT-1 is in handles alone: text, numbers and booleans, as they are written", async () => {
    const text = "text: sk-canary\nnumber: 1.10\nyes: true\nnothing: null\nlist: [sk-canary-2]";
    const tree = treeOf(await contentOf({ "g.yaml": text }, "Secret"));

    const revealed = await Promise.all(
      ["text", "number", "yes"].map(async (name) => await scalarAt(tree, name).secret?.reveal()),
    );
    const nothing = scalarAt(tree, "nothing");

    expect(revealed).toEqual(["sk-canary", "1.10", "true"]);
    expect([nothing.value, nothing.secret]).toEqual([null, undefined]);
    expect(inspect(tree, { depth: 20, showHidden: true })).not.toMatch(/canary|1\.10/);
  });

  test("K8S-5 SEC-5 references stay references, and the escape of one is text", async () => {
    const text = 'key: "${secret:openai}"\ntext: "$${secret:openai}"\n$unset: [old]';
    const tree = treeOf(await contentOf({ "g.yaml": text }, "Secret"));

    const key = scalarAt(tree, "key");
    const unset = tree.entries.get("$unset");

    expect([key.value, key.secret]).toEqual(["${secret:openai}", undefined]);
    expect(await scalarAt(tree, "text").secret?.reveal()).toBe("${secret:openai}");
    expect(unset).toMatchObject({ items: [{ value: "old" }] });
  });

  test.each([
    ["embedded_reference", 'url: "redis://:sk-canary@${env:HOST}/"'],
    ["malformed_reference", 'url: "sk-canary ${env:"'],
    ["embedded_reference", 'url: "${env:URL:-sk-canary}"'],
  ])("K8S-5 SEC-4 a mixture of both is refused: %s", async (code, text) => {
    const content = await contentOf({ "a.yaml": "x: 1", "b.yaml": text }, "Secret");

    expect(content).toMatchObject({
      state: "malformed",
      findings: [{ code, position: { url: URL_OF, key: "b.yaml", revision: "7", line: 1 } }],
    });
    expect(inspect(content, { depth: 9 })).not.toContain("canary");
  });

  test("TNT-1 is not quoted from, as a ConfigMap is", async () => {
    const data = { "a.yaml": "x: 1", "b.yaml": "x: 2" };

    expect(await contentOf(data, "Secret")).toMatchObject({ texts: new Map() });
    expect(await contentOf(data, "ConfigMap")).toMatchObject({
      texts: new Map([
        [`${URL_OF}#a.yaml`, "x: 1"],
        [`${URL_OF}#b.yaml`, "x: 2"],
      ]),
    });
  });
});

describe("what a ConfigMap says", () => {
  test("LOAD-15 K8S-2 every fault of every key is found, with the key", async () => {
    const content = await contentOf(
      { "a.yaml": "x: [", "b.json": "{]", "c.toml": "fine = 1" },
      "ConfigMap",
    );

    expect(content).toMatchObject({
      state: "malformed",
      findings: [{ position: { key: "a.yaml" } }, { position: { key: "b.json" } }],
    });
  });

  test("LOAD-6 a key without extension is YAML, and not a list of variables", async () => {
    const object = toClusterObject(
      { metadata: { name: "gw", resourceVersion: "1" }, data: { good: "a: 1", env: "A=1\nB=2" } },
      "ConfigMap",
    );
    const about = {
      id: "k",
      kind: "ConfigMap",
      url: URL_OF,
      revision: "1",
    } as const;

    const good = await toContent(documentsIn(object, "good"), about, toolsOf());
    const env = await toContent(documentsIn(object, "env"), about, toolsOf());

    expect(good.state).toBe("ok");
    expect(env).toMatchObject({ findings: [{ code: "not_a_config_file" }] });
  });

  test("LOAD-7 limits hold for each key", async () => {
    const object = toClusterObject(
      { metadata: { name: "gw", resourceVersion: "1" }, data: { "g.yaml": "a: 12345678" } },
      "ConfigMap",
    );
    const about = {
      id: "k",
      kind: "ConfigMap",
      url: URL_OF,
      revision: "1",
    } as const;
    const tools = toolsOf({ limits: { maxBytes: 5 } });

    const content = await toContent(documentsIn(object, undefined), about, tools);

    expect(content).toMatchObject({
      findings: [{ code: "too_large" }],
    });
  });

  test.each([
    null,
    [],
    { metadata: {} },
    { metadata: { name: "a", resourceVersion: "1" }, data: { k: 1 } },
  ])("K8S-2 an answer of another shape is refused without quoting it: %j", (json) => {
    expect(() => toClusterObject(json, "ConfigMap")).toThrow(
      "the API server sent something else than a ConfigMap",
    );
    expect(() => toListedObject({ items: [json] }, "Secret", "a")).toThrow(TypeError);
  });
});

describe("the rights that are printed", () => {
  test("K8S-5 are get, list and watch of the named objects, by namespace and kind", () => {
    const yaml = kubernetesRbac({
      objects: [
        { namespace: "llm", name: "gateway" },
        { namespace: "llm", name: "base" },
        { namespace: "llm", name: "gateway" },
        { namespace: "llm", name: "keys", resource: "Secret" },
        { namespace: "edge", name: "no" },
      ],
      serviceAccount: { namespace: "apps", name: "gateway" },
    });

    const verbs = ["get", "list", "watch"];
    const manifests = parseAllDocuments(yaml).map((document) => document.toJS() as unknown);
    expect(manifests).toMatchObject([
      {
        kind: "Role",
        metadata: { namespace: "edge", name: "llmcfg-gateway" },
        rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["no"], verbs }],
      },
      { kind: "RoleBinding", metadata: { namespace: "edge" } },
      {
        kind: "Role",
        metadata: { namespace: "llm" },
        rules: [
          { apiGroups: [""], resources: ["configmaps"], resourceNames: ["base", "gateway"], verbs },
          { apiGroups: [""], resources: ["secrets"], resourceNames: ["keys"], verbs },
        ],
      },
      {
        kind: "RoleBinding",
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "llmcfg-gateway" },
        subjects: [{ kind: "ServiceAccount", namespace: "apps", name: "gateway" }],
      },
    ]);
    expect(yaml).toContain('- "no"\n'); // which kubectl would take for false
  });

  test("K8S-5 have no binding without an account, and no rule without a name", () => {
    const yaml = kubernetesRbac({ objects: [{ namespace: "n", name: "s", resource: "Secret" }] });

    expect(yaml).toBe(`apiVersion: "rbac.authorization.k8s.io/v1"
kind: "Role"
metadata:
  name: "llmcfg-gateway"
  namespace: "n"
rules:
  - apiGroups:
      - ""
    resources:
      - "secrets"
    resourceNames:
      - "s"
    verbs:
      - "get"
      - "list"
      - "watch"
`);
  });

  test.each(["*", "a b", "${file:/name}", ""])("K8S-5 are refused for the name %j", (name) => {
    expect(() => kubernetesRbac({ objects: [{ namespace: "n", name }] })).toThrow(
      expect.objectContaining({ code: "invalid_option" }),
    );
  });
});
