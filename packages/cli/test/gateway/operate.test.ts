import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, symlink } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { canonicalize } from "@llmcfg/core";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { recordsFrom } from "../../../../tests/conformance/ports/audit-records.ts";
import { HttpPeer } from "../../../config/test/support/http-peer.ts";
import { CANARY, GatewayFolder, KEYS, SOUND } from "./run-gateway.ts";

/** A gateway process beside the test; it is killed at the end of the scope. */
class RunningGateway implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "exit");
  }

  static async start(folder: GatewayFolder): Promise<RunningGateway> {
    const script = join(import.meta.dirname, "reload-child.ts");
    const child = spawn(
      process.execPath,
      ["--conditions=@llmcfg/source", script, folder.at("gateway.yaml"), folder.at("state")],
      { env: { ...KEYS, HOME: folder.path }, stdio: ["ignore", "pipe", "ignore"] },
    );
    const running = new RunningGateway(child);
    for await (const line of createInterface(child.stdout)) if (line === "ready") return running;
    throw new Error("the gateway did not start");
  }

  get pid(): string {
    return String(this.#child.pid);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

test("REL-12 reload tells what became of it: 0 applied or unchanged, 7 rejected, 124 without an answer, 3 for nobody", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": SOUND });
  let pid = "";
  const reload = (...flags: readonly string[]) =>
    folder.run(["reload", "--pid", pid, "--state-dir", "state", ...flags]);
  {
    await using gateway = await RunningGateway.start(folder);
    pid = gateway.pid;

    const unchanged = await reload();
    await folder.write("gateway.yaml", SOUND.replace("weight: 5", "weight: 6"));
    const applied = await reload("-o", "json");
    await folder.write("gateway.yaml", SOUND.replace("weight:", "wieght:"));
    const rejected = await reload();
    gateway.signal("SIGSTOP");
    const noAnswer = await reload("--timeout", "100ms");
    const noAnswerJson = await reload("--timeout", "100ms", "-o", "json");

    expect([unchanged.code, unchanged.err]).toEqual([0, ""]);
    expect(unchanged.out).toMatch(/^status {2}unchanged$/m);
    expect([applied.code, applied.err]).toEqual([0, ""]);
    expect(JSON.parse(applied.out)).toMatchObject({ status: "applied", version: 2 });
    expect(rejected.code).toBe(7);
    expect(rejected.out).toMatch(/^status {2}rejected$/m);
    expect([noAnswer.code, noAnswer.out]).toEqual([124, ""]);
    expect(noAnswer.err).toContain(`no answer from process ${pid} in 0.1 s`);
    expect([noAnswerJson.code, noAnswerJson.out]).toEqual([124, ""]);
    expect(JSON.parse(noAnswerJson.err)).toMatchObject({ code: "no_answer", exitCode: 124 });
    expect(unchanged.out + applied.out + rejected.out).not.toContain(CANARY);
  }
  const ended = await reload();

  expect([ended.code, ended.out]).toEqual([3, ""]);
}, 60_000);

test("SM-11 reload --refresh-secrets asks the backends again, a reload without it does not, nor the one after it", async () => {
  await using vault = await HttpPeer.start(({ url = "" }, response) => {
    const isRead = url.startsWith("/v1/kv/");
    const members = { data: { value: CANARY }, metadata: { version: 1 } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ data: isRead ? members : { ttl: 0, renewable: false } }));
  });
  const asked = () => vault.requests.filter(({ url = "" }) => url.startsWith("/v1/kv/")).length;
  const block = `\nsecrets: { backend: vault, address: "${vault.url}", mount_path: kv, token: "\${env:CI_KEY}" }\n`;
  const text = SOUND.replace('key: "${env:CI_KEY}"', 'key: "${secret:ci}"') + block;
  await using folder = await GatewayFolder.create({ "gateway.yaml": text });
  await using gateway = await RunningGateway.start(folder);
  const reload = (...flags: readonly string[]) =>
    folder.run(["reload", "--pid", gateway.pid, "--state-dir", "state", ...flags]);
  const counts = [asked()];

  const results = [await reload()];
  counts.push(asked());
  results.push(await reload("--refresh-secrets"));
  counts.push(asked());
  results.push(await reload());
  counts.push(asked());

  expect(results.map(({ code, err }) => [code, err])).toEqual(results.map(() => [0, ""]));
  expect(counts).toEqual([1, 1, 2, 2]);
}, 60_000);

test.each([
  [["--state-dir", "state"], 2],
  [["--pid", "x", "--state-dir", "state"], 2],
  [["--pid", "4711"], 2],
  [["--pid", "4711", "--state-dir", "state", "--timeout", "soon"], 2],
  [["--pid", "4711", "--state-dir", "state"], 3],
])("REL-12 reload %j exits %i", async (argv, exitCode) => {
  await using folder = await GatewayFolder.create();

  const { code, out, err } = await folder.run(["reload", ...argv]);

  expect([code, out]).toEqual([exitCode, ""]);
  expect(err).toMatch(/^error: /);
});

test("AUD-4 audit-verify proves a log whole, and names the line of a change: exit 8", async () => {
  const lines = recordsFrom(undefined, 3).map((record) => `${canonicalize(record)}\n`);
  await using folder = await GatewayFolder.create({
    "whole.jsonl": lines.join(""),
    "edited.jsonl": lines.join("").replace('"to":3', '"to":4'),
    "cut.jsonl": [lines[0], lines[2]].join(""),
  });

  const whole = await folder.run(["audit-verify", "whole.jsonl"]);
  const edited = await folder.run(["audit-verify", "edited.jsonl"]);
  const cut = await folder.run(["audit-verify", "cut.jsonl", "-o", "json"]);
  const none = await folder.run(["audit-verify", "none.jsonl"]);

  expect([whole.code, whole.err]).toEqual([0, ""]);
  expect(whole.out).toMatch(/^ok {2}3 records in 1 file, last #3 [0-9a-f]{64}\n$/);
  expect(edited.code).toBe(8);
  expect(edited.out).toContain(`${folder.at("edited.jsonl")}:2: error `);
  expect(edited.out).toMatch(/^BROKEN {2}/m);
  expect(cut.code).toBe(8);
  expect(JSON.parse(cut.out)).toMatchObject({ isValid: false });
  expect([none.code, none.out]).toEqual([3, ""]);
});

test("CHK-5 CHK-10 doctor lists its ten checks, and what helps where one found something", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": SOUND });
  const env = { ...KEYS, GATEWAY_PROVDERS: "x" };

  const { code, out, err } = await folder.run(["doctor", "gateway.yaml"], { env });

  expect([code, err]).toEqual([0, ""]);
  const ids = out.split("\n").flatMap((line) => /^\S+ +(CHK-\d+)/.exec(line)?.[1] ?? []);
  expect([...new Set(ids)]).toEqual(Array.from({ length: 10 }, (_, i) => `CHK-${i + 1}`));
  expect(out).toMatch(/^warn {2}CHK-5 .*GATEWAY_PROVDERS.*\n +fix: /m);
  expect(out).not.toContain(CANARY);
});

test("CHK-4 doctor exits 1 where a check fails, and tells it in JSON", async () => {
  await using folder = await GatewayFolder.create();
  await symlink("nowhere.yaml", folder.at("gateway.yaml"));

  const { code, out } = await folder.run(["doctor", "gateway.yaml", "-o", "json"]);

  expect(code).toBe(1);
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: object[] }; // as documented
  expect(ok).toBe(false);
  expect(checks).toContainEqual(expect.objectContaining({ id: "CHK-4", result: "fail" }));
});

test("CHK-6 CHK-7 doctor looks at the audit file and the log that the document names", async () => {
  await using folder = await GatewayFolder.create();
  const observability = (enabled: boolean) => `
observability:
  audit: { enabled: ${enabled}, output: { type: file, path: ${folder.at("audit.jsonl")} } }
  logging: { outputs: [{ type: stdout }, { type: file, path: ${folder.at("logs/gateway.log")} }] }
`;
  await folder.write("gateway.yaml", SOUND + observability(true));
  await folder.write("off.yaml", SOUND + observability(false));
  await folder.write("audit.jsonl", "");
  await chmod(folder.at("audit.jsonl"), 0o666);

  const on = await folder.run(["doctor", "gateway.yaml"], { env: KEYS });
  const off = await folder.run(["doctor", "off.yaml"], { env: KEYS });

  expect([on.code, off.code]).toEqual([1, 0]);
  expect(on.out).toContain(
    `FAIL  CHK-6   ${folder.at("audit.jsonl")} is open to everybody (mode 0666)\n      fix: `,
  );
  expect(on.out).toContain(
    `warn  CHK-7   ${folder.at("audit.jsonl")} (audit) lies in a watched directory: `,
  );
  expect(off.out).toContain("ok    CHK-6   ");
  expect(off.out).toContain("ok    CHK-7   what the process writes lies apart");
});

test("CHK-8 doctor --no-secrets asks no backend", async () => {
  const vault = `
secrets: { backend: vault, address: "http://127.0.0.1:9", mount_path: kv, token: "\${env:TOKEN}" }
`;
  const text = SOUND.replace("${env:CI_KEY}", "${secret:ci}") + vault;
  await using folder = await GatewayFolder.create({ "gateway.yaml": text });
  const env = { ...KEYS, TOKEN: "t" };

  const asked = await folder.run(["doctor", "gateway.yaml"], { env });
  const left = await folder.run(["doctor", "gateway.yaml", "--no-secrets"], { env });

  expect(asked.code).toBe(1);
  expect(asked.out).toMatch(/^FAIL {2}CHK-8 {3}the secrets backend vault: .*ECONNREFUSED$/m);
  expect(left.code).toBe(0);
  expect(left.out).toContain("-     CHK-8   the secrets backend vault is not asked: ");
});

test("K8S-5 rbac prints the least rights on the named objects, as kubectl takes them", async () => {
  await using folder = await GatewayFolder.create();

  const { code, out, err } = await folder.run([
    "rbac",
    "configmap/gateway",
    "Secret/keys",
    "--namespace",
    "llm",
    "--service-account",
    "edge",
  ]);

  expect([code, err]).toEqual([0, ""]);
  const [role, binding] = parseAllDocuments(out).map((document): unknown => document.toJS());
  const verbs = ["get", "list", "watch"];
  expect(role).toMatchObject({
    kind: "Role",
    metadata: { namespace: "llm" },
    rules: [
      { resources: ["configmaps"], resourceNames: ["gateway"], verbs },
      { resources: ["secrets"], resourceNames: ["keys"], verbs },
    ],
  });
  expect(binding).toMatchObject({
    kind: "RoleBinding",
    subjects: [{ kind: "ServiceAccount", name: "edge", namespace: "llm" }],
  });
});

test("K8S-5 rbac of anything else is a mistake of the call", async () => {
  await using folder = await GatewayFolder.create();

  const { code, out, err } = await folder.run(["rbac", "pod/x"]);

  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain("configmap/NAME or secret/NAME, not pod/x");
});
