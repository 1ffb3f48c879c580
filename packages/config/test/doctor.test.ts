import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type DoctorFilesOptions,
  type DoctorFinding,
  doctorFiles,
  type FileStat,
  type FileSystem,
  type ManagerOptions,
  nodeFileSystem,
  type SecretsManager,
  systemClock,
} from "@llmcfg/config";
import { fileAuditSink } from "@llmcfg/config/audit";
import type { SourceRead } from "@llmcfg/config/sources";
import { expect, test } from "vitest";
import { checkClockSkew } from "../src/doctor/clock-skew.ts";
import { mountOf, readMounts } from "../src/doctor/mount-info.ts";
import { runChecks } from "../src/doctor/run-checks.ts";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { HttpPeer } from "./support/http-peer.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

const ALL = Array.from({ length: 10 }, (_none, i) => `CHK-${i + 1}`);
const FAST = { debounce: "10ms", pollInterval: "100ms" };

test("CHK-1 CHK-2 CHK-3 CHK-4 CHK-5 CHK-6 CHK-7 CHK-8 CHK-9 CHK-10 every check answers, each failure with one fix", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: one }\n");
  await using manager = await managerOf(folder, {});
  await manager.start();

  const findings = await manager.doctor();

  expect(findings.map(({ id }) => id)).toEqual(ALL);
  for (const { result, fix } of findings)
    expect(fix !== undefined).toBe(result === "warn" || result === "fail");
  expect(resultOf(findings, "CHK-9")).toBe("pass");
  expect(resultOf(findings, "CHK-10")).toBe("pass");
});

test("CHK-1 a file that is a mount of its own is found, with where it is from, what happens and what to mount", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "{}");
  const proc = await procWith(folder, [
    "21 1 254:0 / / rw - ext4 /dev/vda rw",
    `40 21 254:0 /home/ada/gateway.yaml ${file} ro,relatime - ext4 /dev/vda rw`,
  ]);

  const findings = await examine(folder, { proc });

  expect(findingOf(findings, "CHK-1")).toEqual({
    id: "CHK-1",
    result: "fail",
    message: `${file} is mounted as a single file (from /home/ada/gateway.yaml of its ext4 file system): the mount keeps the file that was there when it was made, so once that is replaced outside, as editors, git and deployments do, the old content stays`,
    fix: `mount the folder around the file in place of the file (docker: -v /its/folder:${folder.path}), and name the file in it`,
  });
});

test("CHK-1 a file mounted with subPath is found, and said to be that", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "{}");
  const root = "/var/lib/kubelet/pods/7f/volume-subpaths/config/gateway/0";
  const proc = await procWith(folder, [
    "21 1 254:0 / / rw - ext4 /dev/vda rw",
    `40 21 254:0 ${root} ${file} ro,relatime - ext4 /dev/vda rw`,
  ]);

  const findings = await examine(folder, { proc });

  expect(findingOf(findings, "CHK-1")).toEqual({
    id: "CHK-1",
    result: "fail",
    message: `${file} is mounted as a single file with subPath: Kubernetes never updates such a mount, so a change of the ConfigMap or Secret does not arrive until the container is restarted`,
    fix: `in volumeMounts of the container leave subPath out and mount the whole volume at a folder (mountPath: ${folder.path})`,
  });
});

test("CHK-1 a file in a directory that is mounted is fine, and so is one beside a mount", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");
  const proc = await procWith(folder, [
    "21 1 254:0 / / rw - ext4 /dev/vda rw",
    `40 21 254:0 /pods/x/volumes/config ${folder.path} ro,relatime - ext4 /dev/vda rw`,
    `41 40 254:0 /pods/x/other ${folder.at("gateway.yaml.bak")} ro,relatime - ext4 /dev/vda rw`,
  ]);

  const findings = await examine(folder, { proc });

  expect(findingOf(findings, "CHK-1")).toEqual({
    id: "CHK-1",
    result: "pass",
    message: "no file is mounted by itself",
  });
});

test("CHK-1 a subPath mount of a volume that is exchanged whole is found, though a directory is mounted", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");
  const root = "/pods/x/volumes/config/..2026_11_25_16_03_04.123456789/etc";
  const proc = await procWith(folder, [
    "21 1 254:0 / / rw - ext4 /dev/vda rw",
    `40 21 254:0 ${root} ${folder.path} ro,relatime - ext4 /dev/vda rw`,
  ]);

  const findings = await examine(folder, { proc });

  expect(findingOf(findings, "CHK-1")).toMatchObject({
    result: "fail",
    message: expect.stringContaining(
      `${folder.at("gateway.yaml")} is in ${folder.path}, which is mounted with subPath: `,
    ),
  });
});

test.runIf(process.getuid?.() === 0)(
  "CHK-1 a real bind mount of one file is found by the process that has it",
  async () => {
    await using folder = await Folder.create();
    const file = await folder.write("gateway.yaml", "{}");
    const other = await folder.write("other.yaml", "{}");
    const script = join(import.meta.dirname, "support/doctor-child.ts");
    const command = `mount --bind ${other} ${file} && exec ${process.execPath} --conditions=@llmcfg/source ${script} ${file}`;

    const { stdout } = await promisify(execFile)("unshare", ["-m", "sh", "-c", command]);

    const findings = JSON.parse(stdout) as readonly DoctorFinding[];
    expect(resultOf(findings, "CHK-1")).toBe("fail");
  },
);

test.each([
  ["nfs4", "warn"],
  ["cifs", "warn"],
  ["fuse.sshfs", "warn"],
  ["overlay", "warn"],
  ["9p", "warn"],
  ["ext4", "pass"],
  ["xfs", "pass"],
  ["tmpfs", "pass"],
] as const)("CHK-2 a directory on %s: %s", async (type, result) => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");
  const proc = await procWith(folder, [
    "21 1 254:0 / / rw - ext4 /dev/vda rw",
    `40 21 0:9 / ${folder.path} rw,relatime shared:2 - ${type} server:/export rw`,
  ]);

  const findings = await examine(folder, { proc });

  expect(findingOf(findings, "CHK-2")).toMatchObject({ result });
});

test("CHK-1 CHK-2 the mount of a path is the deepest one, of two at one place the later, names decoded", async () => {
  await using folder = await Folder.create();
  const proc = await procWith(folder, [
    "21 1 254:0 / / rw - ext4 /dev/vda rw",
    "22 21 0:5 / /etc\\040a rw master:1 propagate_from:2 - tmpfs none rw",
    "23 22 0:6 /sub /etc\\040a rw - nfs s:/x rw",
    "",
    "broken",
  ]);

  const mounts = (await readMounts(proc)) ?? [];

  expect(mountOf(mounts, "/etc a/b")).toEqual({ root: "/sub", point: "/etc a", type: "nfs" });
  expect(mountOf(mounts, "/etc ab")).toMatchObject({ type: "ext4" });
  expect(await readMounts(folder.at("nowhere"))).toBeUndefined();
});

test.each([
  [8_192, 128, "pass", undefined],
  [0, 128, "warn", "sysctl fs.inotify.max_user_watches=0"],
  [8_192, 0, "warn", "sysctl fs.inotify.max_user_instances=0"],
] as const)(
  "CHK-3 with %i watches and %i instances allowed: %s",
  async (watches, instances, result, fix) => {
    await using folder = await Folder.create();
    await folder.write("gateway.yaml", "{}");
    const proc = await procWith(folder, []);
    await mkdir(join(proc, "sys/fs/inotify"), { recursive: true });
    await writeFile(join(proc, "sys/fs/inotify/max_user_watches"), `${watches}\n`);
    await writeFile(join(proc, "sys/fs/inotify/max_user_instances"), `${instances}\n`);

    const findings = await examine(folder, { proc });

    expect(findingOf(findings, "CHK-3")).toMatchObject({
      result,
      ...(fix === undefined ? {} : { fix }),
    });
  },
);

test("CHK-3 what this user's processes use counts, and no others'", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");
  const proc = await procWith(folder, []);
  await mkdir(join(proc, "sys/fs/inotify"), { recursive: true });
  await writeFile(join(proc, "sys/fs/inotify/max_user_watches"), "3");
  await writeFile(join(proc, "sys/fs/inotify/max_user_instances"), "9");
  const uid = process.getuid?.() ?? 0;
  for (const [pid, owner] of [
    ["10", uid],
    ["11", uid + 1],
  ] as const) {
    await mkdir(join(proc, pid, "fd"), { recursive: true });
    await mkdir(join(proc, pid, "fdinfo"));
    await writeFile(join(proc, pid, "status"), `Name:\tx\nUid:\t${owner}\t${owner}\t0\t0\n`);
    await symlink("anon_inode:inotify", join(proc, pid, "fd/5"));
    await symlink("/dev/null", join(proc, pid, "fd/6"));
    await writeFile(
      join(proc, pid, "fdinfo/5"),
      "pos:\t0\ninotify wd:1 ino:1\ninotify wd:2 ino:2\ninotify wd:3 ino:3\n",
    );
  }

  const findings = await examine(folder, { proc });

  expect(findingOf(findings, "CHK-3")).toMatchObject({
    result: "warn",
    message: expect.stringContaining("has 1 of 9 instances and 3 of 3 watches in use"),
    fix: "sysctl fs.inotify.max_user_watches=6",
  });
});

test("CHK-4 the links to a file are followed one by one, and tell how it will be exchanged", async () => {
  await using folder = await Folder.create();
  await mkdir(folder.at("..gen1"));
  await writeFile(folder.at("..gen1/gateway.yaml"), "{}");
  await symlink("..gen1", folder.at("..data"));
  await symlink("..data/gateway.yaml", folder.at("gateway.yaml"));

  const findings = await examine(folder);

  const { message } = findingOf(findings, "CHK-4");
  const steps = ["gateway.yaml", "..data/gateway.yaml", "..gen1/gateway.yaml"].map((name) =>
    folder.at(name),
  );
  expect(message).toBe(`expected: ${steps.join(" → ")} (swap of ..data, as of a ConfigMap)`);
});

test("CHK-4 a link that leads nowhere, or to itself, fails", async () => {
  await using folder = await Folder.create();
  await symlink("elsewhere.yaml", folder.at("gateway.yaml"));
  const broken = await examine(folder);
  await rm(folder.at("gateway.yaml"));
  await symlink("gateway.yaml", folder.at("gateway.yaml"));

  const circular = await examine(folder);

  expect(findingOf(broken, "CHK-4")).toMatchObject({
    result: "fail",
    message: `these links lead nowhere: ${folder.at("gateway.yaml")} → ${folder.at("elsewhere.yaml")}`,
  });
  expect(resultOf(circular, "CHK-4")).toBe("fail");
});

test("CHK-5 service-link variables and unknown variables with the prefix are listed", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");
  const variables = {
    GATEWAY_SERVICE_HOST: "10.0.0.1",
    GATEWAY_SERVICE_PORT: "80",
    GATEWAY_SERVER_PORT: "9000",
    GATEWAY_SERVER__HOST: "fine",
  };

  const findings = await doctorFiles(
    new ConfigLoader(gatewaySchema).addFile(folder.at("gateway.yaml")).addEnv({ variables }),
    { watch: FAST },
  );

  const { result, message, fix } = findingOf(findings, "CHK-5");
  expect(result).toBe("warn");
  expect(message).toContain('GATEWAY_SERVICE_HOST (set by Kubernetes for Service "gateway")');
  expect(message).toContain("GATEWAY_SERVER_PORT (the schema has no such path)");
  expect(message).not.toContain("GATEWAY_SERVER__HOST");
  expect(fix).toBe("set enableServiceLinks: false in the pod; did you mean GATEWAY_SERVER__PORT?");
});

test("CHK-5 variables that are all used pass, and without the environment there is nothing to look at", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");
  const loader = () => new ConfigLoader(gatewaySchema).addFile(folder.at("gateway.yaml"));
  const variables = { GATEWAY_SERVER__HOST: "fine", OTHER_SERVICE_HOST: "10.0.0.1" };

  const used = await doctorFiles(loader().addEnv({ variables }), { watch: FAST });
  const without = await doctorFiles(loader(), { watch: FAST });

  expect(resultOf(used, "CHK-5")).toBe("pass");
  expect(resultOf(without, "CHK-5")).toBe("not_applicable");
});

test("CHK-6 files that only their owner may read pass", async () => {
  await using folder = await Folder.create();
  const key = await folder.write("key", "sk-canary-78");
  await chmod(key, 0o600);
  await folder.write("gateway.yaml", `providers: [{ id: a, key: "\${file:${key}}" }]\n`);
  await folder.write("audit.jsonl", "");
  await chmod(folder.at("audit.jsonl"), 0o640);
  const audit = { kind: "audit", path: folder.at("audit.jsonl") } as const;
  const log = { kind: "log", path: folder.at("not/yet/there.log") } as const;

  const findings = await examine(folder, { written: [audit, log] });

  expect(findingOf(findings, "CHK-6")).toEqual({
    id: "CHK-6",
    result: "pass",
    message: "files can be read, and what is secret by no others",
  });
});

test.runIf(process.getuid?.() === 0)(
  "CHK-6 what another user may neither read nor write is found by the process of that user",
  async () => {
    await using folder = await Folder.create();
    const file = await folder.write("gateway.yaml", "{}");
    await chmod(folder.path, 0o755);
    await chmod(file, 0o600);
    const script = join(import.meta.dirname, "support/doctor-child.ts");
    const args = ["--conditions=@llmcfg/source", script, file, folder.at("audit.jsonl")];

    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, args, { uid: 65_534, gid: 65_534 });

    const findings = JSON.parse(stdout) as readonly DoctorFinding[];
    expect(findingOf(findings, "CHK-6")).toMatchObject({
      result: "fail",
      message: `${file} cannot be read; ${folder.at("audit.jsonl")} cannot be written`,
    });
  },
);

test("CHK-6 state and secret files that everybody may read fail, and an audit file that cannot be made", async () => {
  await using folder = await Folder.create();
  const key = await folder.write("key", "sk-canary-77");
  await chmod(key, 0o644);
  await folder.write("gateway.yaml", `providers: [{ id: a, key: "\${file:${key}}" }]\n`);
  await folder.write("blocked", "a file, no folder");
  await using manager = await managerOf(folder, {});
  await manager.start();
  await chmod(folder.at("state/last-known-good.json"), 0o604);

  const findings = await examine(folder, {
    stateDir: folder.at("state"),
    written: [{ kind: "audit", path: folder.at("blocked/audit.jsonl") }],
  });

  const { result, message } = findingOf(findings, "CHK-6");
  expect(result).toBe("fail");
  expect(message).toContain(`${key} is open to everybody (mode 0644)`);
  expect(message).toContain("last-known-good.json is open to everybody (mode 0604)");
  expect(message).toContain(`${folder.at("blocked/audit.jsonl")} cannot be written`);
  expect(JSON.stringify(findings)).not.toContain("sk-canary-77");
});

test("CHK-7 what is written beside what is watched is named", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");
  const apart = { kind: "log", path: folder.at("logs/gateway.log") } as const;
  const beside = { kind: "audit", path: folder.at("audit.jsonl") } as const;

  const good = await examine(folder, { written: [apart] });
  const bad = await examine(folder, { written: [apart, beside] });

  expect(resultOf(good, "CHK-7")).toBe("pass");
  expect(findingOf(bad, "CHK-7")).toMatchObject({
    result: "warn",
    message: expect.stringMatching(/^[^ ]*audit\.jsonl \(audit\) lies in a watched directory/),
    fix: "write it to a directory of its own",
  });
});

test("CHK-7 a state folder that is read as configuration fails, and a link to a watched directory hides nothing", async () => {
  await using folder = await Folder.create();
  await mkdir(folder.at("conf.d"));
  await folder.write("conf.d/10-base.yaml", "{}");
  await symlink("conf.d", folder.at("link"));
  const loader = () => new ConfigLoader(gatewaySchema).addDirectory(folder.at("conf.d"));
  const log = { kind: "log", path: folder.at("link/gateway.log") } as const;

  const state = await doctorFiles(loader(), { watch: FAST, stateDir: folder.at("conf.d") });
  const linked = await doctorFiles(loader(), { watch: FAST, written: [log] });

  expect(findingOf(state, "CHK-7")).toMatchObject({
    result: "fail",
    message: expect.stringMatching(
      /conf\.d\/last-known-good\.json \(state\).* lies in a directory that is read as configuration$/,
    ),
  });
  expect(resultOf(linked, "CHK-7")).toBe("fail");
});

test("CHK-6 CHK-7 the audit file of a manager is looked at as well", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");
  const audit = await fileAuditSink(folder.at("audit.jsonl"));
  await using manager = await managerOf(folder, { audit });
  await manager.start();
  await chmod(folder.at("audit.jsonl"), 0o666);

  const findings = await manager.doctor();

  expect(findingOf(findings, "CHK-6").message).toContain("audit.jsonl is open to everybody");
  expect(findingOf(findings, "CHK-7").message).toContain("audit.jsonl (audit)");
});

test("CHK-8 remote sources are asked, by their own doctor where they have one, and backends for a secret", async () => {
  const away = new MemorySource({}, { id: "memory:away" });
  const lost: SecretsManager = {
    kind: "lost",
    getSecret: () => Promise.reject(new Error("connection refused")),
    getSecrets: async () => new Map(),
    refresh: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  const here = new MemorySource({ providers: [{ id: "a", key: "${secret:llm/key}" }] });
  const loader = new ConfigLoader(gatewaySchema)
    .addSource(new Examined())
    .addSource(new Elsewhere("elsewhere"))
    .addSource(here)
    .withSecretsManager(lost);
  away.isAway = true;

  const findings = await doctorFiles(loader, { watch: FAST });
  const ofAway = await doctorFiles(new ConfigLoader(gatewaySchema).addSource(away), {
    watch: FAST,
  });

  expect(findings.filter(({ id }) => id === "CHK-8")).toEqual([
    { id: "CHK-8", result: "pass", message: "llmcfg:llm-gateway answers" },
    { id: "CHK-8", result: "pass", message: "elsewhere answers" },
    { id: "CHK-8", result: "warn", message: "the clock is late", fix: "NTP" },
    expect.objectContaining({
      result: "fail",
      message: expect.stringMatching(/^the secrets backend lost: /),
    }),
  ]);
  expect(findingOf(ofAway, "CHK-8")).toMatchObject({
    result: "fail",
    message: "memory:away: it is unreachable: connection refused",
  });
});

test.each([
  ["Wed, 25 Nov 2026 12:00:00 GMT", "pass", "the clocks of vault and this machine agree"],
  ["Wed, 25 Nov 2026 11:58:00 GMT", "warn", "this machine is 125 s ahead of vault"],
  ["Wed, 25 Nov 2026 12:02:05 GMT", "warn", "this machine is 120 s behind vault"],
  [undefined, "not_applicable", "vault does not tell its time"],
  ["noon", "not_applicable", "vault does not tell its time"],
] as const)("CHK-8 the clock of a service that says it is %s: %s", (date, result, message) => {
  const finding = checkClockSkew("vault", date, Date.UTC(2026, 10, 25, 12, 0, 5));

  expect(finding).toMatchObject({ id: "CHK-8", result, message });
});

test("CHK-8 the clock of a remote source is compared by the Date of its answer, on a connection of the doctor's own", async () => {
  const lateMs = 600_000;
  await using peer = await HttpPeer.start((_request, response) => {
    const date = new Date(Date.now() - lateMs).toUTCString();
    response.writeHead(200, { "content-type": "application/yaml", date }).end("server: {}\n");
  });
  const loader = new ConfigLoader(gatewaySchema).addRemote({
    kind: "http",
    url: `${peer.url}/gateway.yaml`,
    allowInsecure: true,
  });

  const findings = (await doctorFiles(loader)).filter(({ id }) => id === "CHK-8");

  const name = `http:${new URL(peer.url).host}/gateway.yaml`;
  expect(findings).toEqual([
    { id: "CHK-8", result: "pass", message: `${name} answers` },
    {
      id: "CHK-8",
      result: "warn",
      message: expect.stringMatching(/^this machine is (59|60)\d s ahead of http:/),
      fix: "synchronise the clocks (NTP)",
    },
  ]);
  expect(peer.requests).toHaveLength(2); // of the loader and of the doctor
});

test("CHK-8 LOAD-17 a remote source that refuses the credentials fails with what it answered, and still tells the time", async () => {
  await using peer = await HttpPeer.start((_request, response) => response.writeHead(403).end());
  const loader = new ConfigLoader(gatewaySchema).addRemote({
    kind: "consul",
    address: peer.url,
    key: "gateway.yaml",
  });

  const findings = (await doctorFiles(loader)).filter(({ id }) => id === "CHK-8");

  expect(findings.map(({ result, message }) => `${result} ${message}`)).toEqual([
    `fail consul:gateway.yaml: it is unreadable: ${peer.url} answered with status 403: are the credentials right?`,
    "pass the clocks of consul:gateway.yaml and this machine agree",
  ]);
});

test("CHK-9 content that was refused, or is on hold, is named with the reason", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: one }\n");
  await using manager = await managerOf(folder, {});
  await manager.start();
  await folder.write("gateway.yaml", "server: { prot: 2 }\n");
  await manager.reload();
  const refused = await manager.doctor();
  const fromOutside = await examine(folder, { stateDir: folder.at("state") });
  await folder.write("gateway.yaml", "server: { host: two }\n");
  await manager.reload();
  await manager.rollback(0);

  const held = await manager.doctor();

  const id = `file:${folder.at("gateway.yaml")}`;
  expect(findingOf(refused, "CHK-9")).toMatchObject({
    result: "warn",
    message: expect.stringMatching(/is not in force: it was refused: .*port/),
  });
  expect(findingOf(fromOutside, "CHK-9").message).toBe(
    `${id} is not in force: it was refused: unknown_key server.prot`,
  );
  expect(findingOf(held, "CHK-9").message).toBe(
    `${id} is not in force: content of version 2 is on hold since version 3 (rollback)`,
  );
});

test("CHK-9 content whose reload is deferred is named with that reason, and is no longer once it is in force", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: one }\n");
  const watch = { ...FAST, rate: { perMinute: 12, burst: 1 } };
  await using manager = await managerOf(folder, { watch });
  await manager.start();
  await folder.write("gateway.yaml", "server: { host: two }\n");
  await until("the first change", () => manager.current().server.host === "two");
  const deferred = Promise.withResolvers<unknown>();
  manager.events.addEventListener("reload_deferred", deferred.resolve);
  await folder.write("gateway.yaml", "server: { host: three }\n");
  await deferred.promise;

  const waiting = await manager.doctor();
  await manager.reload();
  const after = await manager.doctor();

  expect(findingOf(waiting, "CHK-9")).toMatchObject({
    result: "warn",
    message: `file:${folder.at("gateway.yaml")} is not in force: its reload is deferred until the rate of reloads allows it`,
  });
  expect(resultOf(after, "CHK-9")).toBe("pass");
});

test("CHK-9 without a manager or its state folder nobody knows what is in force", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");

  const findings = await examine(folder);

  expect(findingOf(findings, "CHK-9")).toEqual({
    id: "CHK-9",
    result: "not_applicable",
    message:
      "it is not known what is in force: name the state folder of the process (stateDir, or --state-dir)",
  });
});

test("CHK-9 a state folder in which nothing was accepted, or that must not be used, says so", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");
  const stateDir = folder.at("state");
  const empty = await examine(folder, { stateDir });
  await mkdir(stateDir, { mode: 0o700 });
  await writeFile(folder.at("state/last-known-good.json"), "{", { mode: 0o600 });

  const damaged = await examine(folder, { stateDir });

  expect(findingOf(empty, "CHK-9")).toEqual({
    id: "CHK-9",
    result: "not_applicable",
    message: `it is not known what is in force: no process has accepted a configuration with the state folder ${stateDir}`,
  });
  expect(findingOf(damaged, "CHK-9").message).toMatch(
    /^it is not known what is in force: .*last-known-good\.json is refused: it is damaged or cut off/,
  );
});

test.each(["events", "poll"] as const)(
  "CHK-10 the self-test sees all five kinds of changes and leaves nothing behind (%s)",
  async (mode) => {
    await using folder = await Folder.create();
    await mkdir(folder.at("etc"));
    await folder.write("etc/gateway.yaml", "{}");

    const findings = await doctorFiles(
      new ConfigLoader(gatewaySchema).addFile(folder.at("etc/gateway.yaml")),
      { watch: { ...FAST, mode } },
    );

    expect(findingOf(findings, "CHK-10")).toEqual({
      id: "CHK-10",
      result: "pass",
      message: `all five kinds of changes are noticed in time on the file systems of ${folder.at("etc")}`,
    });
    expect(await readdir(folder.path)).toEqual(["etc"]);
    expect(await readdir(folder.at("etc"))).toEqual(["gateway.yaml"]);
  },
);

test("CHK-10 changes that are noticed too late are named", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "{}");
  const subject = emptySubject(folder);
  const watch = { ...subject.watch, pollIntervalMs: 50, graceMs: 50 };
  const looks = new Map<string, FileStat>();
  const fs: FileSystem = {
    ...nodeFileSystem,
    watch: () => ({ [Symbol.dispose]: () => {} }), // no event ever comes
    stat: async (path) => {
      const look = looks.get(path) ?? (await nodeFileSystem.stat(path)); // nor do times change
      looks.set(path, look);
      return look;
    },
    realpath: async (path) => path,
  };

  const findings = await runChecks({ ...subject, watch, fs }, new AbortController().signal);

  expect(findingOf(findings, "CHK-10")).toMatchObject({
    result: "fail",
    message: `these changes were not noticed in time: writing in place, renaming over it, swapping a symbolic link, deleting, creating again beside ${folder.path}`,
  });
  expect(await readdir(folder.path)).toEqual(["gateway.yaml"]);
});

test("CHK-6 a check that breaks is a finding, and the others go on", async () => {
  await using folder = await Folder.create();
  const subject = emptySubject(folder);
  const checks = [
    {
      id: "CHK-6",
      subject: "the permissions of files",
      run: () => Promise.reject(new Error("EIO: i/o error")),
    },
    { id: "CHK-7", subject: "x", run: async () => ({ result: "pass", message: "fine" }) as const },
  ];

  const findings = await runChecks(subject, new AbortController().signal, checks);

  expect(findings).toMatchObject([
    {
      id: "CHK-6",
      result: "fail",
      message: "the permissions of files cannot be examined: EIO: i/o error",
    },
    { id: "CHK-7", result: "pass" },
  ]);
});

test("CHK-4 CHK-9 files that are invalid or not there are examined as well", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: [\n");
  const broken = await examine(folder);
  await rename(folder.at("gateway.yaml"), folder.at("away.yaml"));

  const missing = await examine(folder);

  expect(new Set(broken.map(({ id }) => id))).toEqual(new Set(ALL));
  expect(new Set(missing.map(({ id }) => id))).toEqual(new Set(ALL));
  expect(findingOf(missing, "CHK-4")).toMatchObject({
    result: "warn",
    message: `not there: ${folder.at("gateway.yaml")}`,
  });
});

/** Says of itself what is wrong. */
class Examined extends MemorySource {
  constructor() {
    super({}, { id: "memory:examined" });
  }

  async doctor(): Promise<readonly DoctorFinding[]> {
    return [{ id: "CHK-8", result: "warn", message: "the clock is late", fix: "NTP" }];
  }
}

class Elsewhere extends MemorySource {
  constructor(id: string) {
    super({}, { id });
  }

  override async read(): Promise<SourceRead> {
    return {
      state: "ok",
      tree: { type: "object", entries: new Map(), at: { kind: "default" } },
      identity: "1",
      hash: "1",
    };
  }
}

function emptySubject(folder: Folder) {
  return {
    files: [{ path: folder.at("gateway.yaml"), role: "source" }],
    directories: [],
    variables: undefined,
    remotes: [],
    written: [],
    newer: { unknown: "it is not looked for" },
    watch: { mode: "events", debounceMs: 10, pollIntervalMs: 100 },
    fs: nodeFileSystem,
    clock: systemClock,
    proc: "/proc",
  } as const;
}

/** What a system that is no Linux, or another one, would tell. */
async function procWith(folder: Folder, mounts: readonly string[]): Promise<string> {
  await mkdir(folder.at("proc/self"), { recursive: true });
  await writeFile(folder.at("proc/self/mountinfo"), mounts.join("\n"));
  return folder.at("proc");
}

async function examine(folder: Folder, options: DoctorFilesOptions = {}) {
  const loader = new ConfigLoader(gatewaySchema).addFile(folder.at("gateway.yaml"));
  return await doctorFiles(loader, { watch: FAST, ...options });
}

function findingOf(findings: readonly DoctorFinding[], id: string): DoctorFinding {
  const found = findings.find((finding) => finding.id === id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}

function resultOf(findings: readonly DoctorFinding[], id: string): DoctorFinding["result"] {
  return findingOf(findings, id).result;
}

async function managerOf(
  folder: Folder,
  options: Partial<ManagerOptions<Gateway>>,
): Promise<ConfigManager<Gateway>> {
  return await createManager({
    loader: new ConfigLoader(gatewaySchema).addFile(folder.at("gateway.yaml")),
    validator: new ConfigValidator(gatewaySchema),
    stateDir: folder.at("state"),
    watch: { ...FAST, pollInterval: "1s" },
    ...options,
  });
}
