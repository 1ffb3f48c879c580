import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { openFakeCluster, putObject } from "../../../tests/support/services/kubernetes.ts";
import {
  CLIENT_CERTIFICATE,
  CLIENT_KEY,
} from "../../../tests/support/services/kubernetes-certificates.ts";
import { readOnce, sourceOf } from "../../../tests/support/services/kubernetes-sources.ts";
import { systemClock } from "../src/clock.ts";
import type { ConfigError } from "../src/errors.ts";
import { TextParser } from "../src/formats/text-parser.ts";
import { type ClusterAccess, findCluster } from "../src/sources/kubernetes/cluster-access.ts";
import { createKubernetesSource } from "../src/sources/kubernetes/kubernetes-source.ts";
import type { RemoteTools } from "../src/sources/remote/remote-tools.ts";

type Texts = Readonly<Record<string, string>>;

function inputsOf(variables: Texts, files: Texts): RemoteTools {
  return {
    variable: (name) => variables[name],
    fs: {
      readFile: async (path) => {
        const text = files[path];
        if (text === undefined) throw Object.assign(new Error("none"), { code: "ENOENT" });
        return new TextEncoder().encode(text);
      },
    },
    clock: systemClock,
    random: () => 0,
    parser: new TextParser(),
  };
}

async function shown({ server, tls, token }: ClusterAccess): Promise<unknown> {
  return { server: server.href, ...tls, token: await token?.() };
}

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const POD = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };
const POD_FILES = { [`${ACCOUNT}/ca.crt`]: "pod ca\n", [`${ACCOUNT}/token`]: "pod token\n" };

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** A kubeconfig of one cluster and one user. */
function kubeconfig(user: string, cluster = "server: https://k8s.example:6443"): string {
  return `
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: c, user: u, namespace: other}}]
clusters:
- name: c
  cluster: {${cluster}}
users:
- name: u
  user: {${user}}
`;
}

describe("where the API server is", () => {
  test("K8S-1 in a pod it is what Kubernetes says, IPv6 too", async () => {
    const four = await findCluster({}, inputsOf(POD, POD_FILES));
    const variables = {
      ...POD,
      KUBERNETES_SERVICE_HOST: "fd00::1",
      KUBERNETES_SERVICE_PORT: "6443",
    };
    const six = await findCluster({}, inputsOf(variables, POD_FILES));

    expect(await shown(four)).toEqual({
      server: "https://10.0.0.1/",
      ca: "pod ca",
      token: "pod token",
    });
    expect(six.server.href).toBe("https://[fd00::1]:6443/");
  });

  test("K8S-1 KUBECONFIG goes before the pod, and the pod before the one of the home folder", async () => {
    const files = {
      ...POD_FILES,
      "/etc/kc": kubeconfig("token: named"),
      "/home/ada/.kube/config": kubeconfig("token: home"),
    };
    const home = { HOME: "/home/ada" };
    const tokenWith = async (variables: Texts) => {
      const { token } = await findCluster({}, inputsOf(variables, files));
      return await token?.();
    };

    expect(await tokenWith({ ...home, ...POD, KUBECONFIG: "/etc/kc" })).toBe("named");
    expect(await tokenWith({ ...home, ...POD })).toBe("pod token");
    expect(await tokenWith(home)).toBe("home");
  });

  test("K8S-1 a kubeconfig names files relative to itself, or has their content", async () => {
    const user = "client-certificate: tls/u.crt, client-key: tls/u.key, tokenFile: ../token";
    const cluster = "server: https://k8s.example/below, certificate-authority: ca.crt";
    const inline = `client-certificate-data: ${base64("CERT")}, client-key-data: ${base64("KEY")}`;
    const files = {
      "/etc/k/files": kubeconfig(user, cluster),
      "/etc/k/inline": kubeconfig(
        inline,
        `server: "https://k8s.example", certificate-authority-data: ${base64("CA")}`,
      ),
      "/etc/k/ca.crt": "ca",
      "/etc/k/tls/u.crt": "cert",
      "/etc/k/tls/u.key": "key",
      "/etc/token": "from file",
    };

    const named = await findCluster({}, inputsOf({ KUBECONFIG: "/etc/k/files" }, files));
    const held = await findCluster({}, inputsOf({ KUBECONFIG: "/etc/k/inline" }, files));

    expect(await shown(named)).toEqual({
      server: "https://k8s.example/below",
      ca: "ca",
      cert: "cert",
      key: "key",
      token: "from file",
    });
    expect(await shown(held)).toMatchObject({ ca: "CA", cert: "CERT", key: "KEY" });
  });

  test("K8S-1 of several kubeconfigs the first that names a thing decides", async () => {
    const files = {
      "/a": "current-context: here\nusers: [{name: u, user: {token: first}}]",
      "/b": kubeconfig("token: second"),
    };

    const access = await findCluster({}, inputsOf({ KUBECONFIG: "/none:/a:/b" }, files));

    expect(await shown(access)).toMatchObject({
      server: "https://k8s.example:6443/",
      token: "first",
    });
  });

  test("K8S-1 options take the place of what is found, and never half of a certificate", async () => {
    const user = `client-certificate-data: ${base64("CERT")}, client-key-data: ${base64("KEY")}`;
    const files = { "/kc": kubeconfig(user), "/own/ca.pem": "own ca\n" };
    const inputs = inputsOf({ KUBECONFIG: "/kc", TOKEN: "own token", PEM: "own cert" }, files);
    const options = {
      token: "${env:TOKEN}",
      tls: { ca: "/own/ca.pem", cert: "${env:PEM}" },
    };

    expect(await shown(await findCluster(options, inputs))).toEqual({
      server: "https://k8s.example:6443/",
      ca: "own ca",
      cert: "own cert",
      key: undefined,
      token: "own token",
    });
  });

  test.each([
    ["exec: {command: aws-iam, apiVersion: v1}", undefined, /exec plugin aws-iam/],
    ["auth-provider: {name: gcp}", undefined, /auth-provider/],
    ["username: ada, password: sk-canary", undefined, /password/],
    ["token: sk-canary, as: admin", undefined, /acts as another/],
    ["token: sk-canary", "server: https://x, insecure-skip-tls-verify: true", /certificates/],
    ["token: sk-canary", "server: https://x, tls-server-name: y", /tls-server-name/],
    ["token: sk-canary", "server: https://x, proxy-url: http://y", /proxy-url/],
  ])("K8S-1 refuses a kubeconfig with %s %s", async (user, cluster, expected) => {
    const error = await errorOf(kubeconfig(user, cluster));

    expect(error.code).toBe("kubeconfig_unsupported");
    expect(error.message).toMatch(expected);
    expect(inspect(error)).not.toContain("canary");
  });

  test.each([
    ["nothing", "# empty"],
    ["no context", "clusters: []"],
    ["an unknown context", "current-context: there"],
    ["an unknown cluster", "current-context: h\ncontexts: [{name: h, context: {cluster: x}}]"],
    ["another shape", "current-context: h\nusers: [{name: u, user: {token: [sk-canary]}}]"],
    ["a server that is no URL", kubeconfig("token: sk-canary", "server: k8s.example")],
    ["a URL with a password", kubeconfig("token: t", "server: 'https://u:sk-canary@x'")],
  ])("K8S-1 refuses a kubeconfig with %s", async (_what, text) => {
    const error = await errorOf(text);

    expect(error.code).toBe("kubeconfig_invalid");
    expect(error.message).toContain("/kc");
    expect(inspect(error)).not.toContain("canary");
  });

  test("LOAD-17 outside of a cluster, without a kubeconfig, the source is unreachable", async () => {
    await using source = sourceOf(
      { tools: inputsOf({ HOME: "/root" }, {}), reads: [] },
      { name: "gw" },
    );

    expect(await readOnce(source)).toMatchObject({
      state: "unreachable",
      cause: { code: "cluster_unknown", message: expect.stringContaining("/root/.kube/config") },
    });
  });

  test("K8S-1 a client certificate is enough to be let in", async () => {
    await using cluster = await openFakeCluster();
    await putObject(cluster, { name: "gw", data: { "g.yaml": "server: {host: here}" } });
    const user = `client-certificate-data: ${base64(CLIENT_CERTIFICATE)}, client-key-data: ${base64(CLIENT_KEY)}`;
    const place = `server: "${cluster.url}", certificate-authority-data: ${base64(cluster.ca)}`;
    const tools = inputsOf({ KUBECONFIG: "/kc" }, { "/kc": kubeconfig(user, place) });
    await using source = sourceOf({ tools, reads: [] }, { name: "gw" });

    expect((await readOnce(source)).state).toBe("ok");
  });

  test("K8S-1 a token is not sent without TLS, but to this machine", async () => {
    const tools = inputsOf(
      { KUBECONFIG: "/kc" },
      {
        "/kc": kubeconfig("token: sk-canary", "server: http://k8s.example"),
      },
    );
    await using source = sourceOf({ tools, reads: [] }, { name: "gw" });

    expect(await readOnce(source)).toMatchObject({
      state: "unreachable",
      cause: { reason: "insecure" },
    });
  });
});

describe("the options of a source", () => {
  test.each([
    { namespace: "../kube-system" },
    { namespace: "" },
    { name: "a/b" },
    { name: ".." },
    { name: "Upper" },
  ])("K8S-1 names of Kubernetes alone become part of a path: %o", (options) => {
    const given = { kind: "kubernetes", namespace: "default", name: "gw", ...options } as const;

    expect(() => createKubernetesSource(given, inputsOf({}, {}))).toThrow(
      expect.objectContaining({ code: "invalid_option" }),
    );
  });

  test("K8S-5 a name that is read from elsewhere is checked when it is read", async () => {
    const tools = inputsOf({ ...POD, NAME: "../secrets/other" }, POD_FILES);
    await using source = sourceOf({ tools, reads: [] }, { name: "${env:NAME}" });

    expect(await readOnce(source)).toMatchObject({
      state: "unreachable",
      cause: { code: "invalid_option" },
    });
  });

  test("LOAD-6 a key with another extension is refused at once", () => {
    const options = { kind: "kubernetes", namespace: "n", name: "gw", key: "tls.crt" } as const;

    expect(() => createKubernetesSource(options, inputsOf({}, {}))).toThrow(
      expect.objectContaining({ code: "unsupported_extension" }),
    );
  });
});

async function errorOf(text: string): Promise<ConfigError> {
  const found = findCluster({}, inputsOf({ KUBECONFIG: "/kc" }, { "/kc": text }));
  return await found.then(
    () => {
      throw new Error("it is taken");
    },
    (error: ConfigError) => error,
  );
}
