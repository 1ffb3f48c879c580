import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import {
  ConfigLoader,
  ConfigValidator,
  createManager,
  type FileSystem,
  nodeFileSystem,
} from "@llmcfg/config";
import { expect, test } from "vitest";
import { mountOf, parseMounts, pinningMount, readMounts } from "../src/doctor/mount-info.ts";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";

/** As a pod sees it: a whole ConfigMap, one key of it, a directory below it, an NFS volume. */
const MOUNTINFO = String.raw`
21 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/a:/b
22 21 0:5 / /proc rw,nosuid - proc proc rw
30 21 8:1 /var/lib/kubelet/pods/1/volumes/kubernetes.io~configmap/cfg /etc/whole ro shared:1 - ext4 /dev/sda1 rw
31 21 8:1 /var/lib/kubelet/pods/1/volumes/kubernetes.io~configmap/cfg/..2026_11_25_16_03_04.123/gateway.yaml /etc/one/gateway.yaml ro - ext4 /dev/sda1 rw
32 21 8:1 /var/lib/kubelet/pods/1/volumes/kubernetes.io~configmap/cfg/..2026_11_25_16_03_04.123 /etc/generation ro - ext4 /dev/sda1 rw
33 21 0:40 /export /mnt/with\040space rw - nfs4 server:/export rw
34 33 0:41 / /mnt/with\040space rw - tmpfs tmpfs rw
`;

test("P3 the mounts of a process are read with their escapes and types", () => {
  const mounts = parseMounts(MOUNTINFO);

  expect(mounts).toHaveLength(7);
  expect(mounts[0]).toEqual({ point: "/", root: "/", type: "overlay" });
  expect(mounts[5]).toEqual({ point: "/mnt/with space", root: "/export", type: "nfs4" });
});

test.each([
  ["/etc/hosts", "/", "overlay"],
  ["/etc/whole/..2026_11_25/gateway.yaml", "/etc/whole", "ext4"],
  ["/etc/whole-not/gateway.yaml", "/", "overlay"],
  ["/etc/one/gateway.yaml", "/etc/one/gateway.yaml", "ext4"],
  ["/mnt/with space/x", "/mnt/with space", "tmpfs"],
])("P3 %s lies on the mount at %s, the last one there", (path, point, type) => {
  expect(mountOf(parseMounts(MOUNTINFO), path)).toMatchObject({ point, type });
});

test.each([
  ["/etc/one/gateway.yaml", "/etc/one/gateway.yaml"],
  ["/etc/generation/gateway.yaml", "/etc/generation"],
  ["/etc/whole/..2026_11_25_16_03_04.123/gateway.yaml", undefined],
  ["/etc/hosts", undefined],
])("P3 what pins %s is the mount at %s", (path, point) => {
  expect(pinningMount(parseMounts(MOUNTINFO), path)?.point).toBe(point);
});

test("P3 a file that is mounted by itself loads with the warning source_not_reloadable and its fix", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "server: {host: one}\n");
  const other = await folder.write("other.yaml", "server: {port: 1}\n");
  const fs = mounting(file);

  const { report } = await new ConfigLoader(gatewaySchema, { fs })
    .addFile(file)
    .addFile(other)
    .load();

  expect(report.warnings).toMatchObject([
    {
      code: "source_not_reloadable",
      source: `file:${file}`,
      message: `${file} is mounted by itself: no change will reach it`,
      hint: "mount the whole directory (without subPath), and name the file in it",
    },
  ]);
});

test("P3 the warning about a file that no change will reach stands in the status of the manager", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "server: {host: one}\n");
  const loader = new ConfigLoader(gatewaySchema, { fs: mounting(file) }).addFile(file);
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
  });

  const { health, warnings } = manager.status;

  expect(health).toBe("ok");
  expect(warnings).toMatchObject([{ code: "source_not_reloadable", source: `file:${file}` }]);
  expect(manager.metrics()).toContain('llmcfg_config_findings{severity="warning"} 1\n');
});

test("P3 where the system tells nothing of mounts there is no warning", async () => {
  await using folder = await Folder.create();

  expect(await readMounts(folder.path)).toBeUndefined();
});

test("P3 this kernel tells of a bind mount of one file as the fixture does", async ({ skip }) => {
  await using folder = await Folder.create();
  await mkdir(folder.at("self"));
  const source = await folder.write("source.yaml", "a: 1\n");
  const target = await folder.write("target.yaml", "");
  const script = `mount --bind '${source}' '${target}' && cat /proc/self/mountinfo > '${folder.at("mountinfo")}'`;
  const mounted = await promisify(execFile)("unshare", ["--mount", "sh", "-c", script]).catch(
    () => undefined,
  );
  skip(mounted === undefined, "no mount namespace can be made here");
  await copyFile(folder.at("mountinfo"), folder.at("self/mountinfo"));

  const mounts = await readMounts(folder.path);

  expect(pinningMount(mounts ?? [], target)).toMatchObject({ point: target });
  expect(pinningMount(mounts ?? [], source)).toBeUndefined();
});

test("P3 a file of state that is mounted by itself is written in place", async ({ skip }) => {
  await using folder = await Folder.create();
  const own = await folder.write("own.json", "what was there before, and longer");
  const mounted = await folder.write("status.json", "");
  const module = new URL("../src/state/atomic-file.ts", import.meta.url).href;
  const program = `const { replaceFile } = await import("${module}");
    await replaceFile("${mounted}", Buffer.from("first and longer"));
    await replaceFile("${mounted}", Buffer.from("second"));`;
  const node = `'${process.execPath}' --conditions=@llmcfg/source --input-type=module -e '${program}'`;
  const canMount = await inMountNamespace("true").then(
    () => true,
    () => false,
  );
  skip(!canMount, "no mount namespace can be made here");

  await inMountNamespace(`mount --bind '${own}' '${mounted}' && ${node}`);

  expect(await readFile(own, "utf8")).toBe("second");
  expect((await stat(own)).mode & 0o777).toBe(0o600);
  expect((await readdir(folder.path)).toSorted()).toEqual(["own.json", "status.json"]);
});

async function inMountNamespace(script: string): Promise<void> {
  await promisify(execFile)("unshare", ["--mount", "sh", "-c", script]);
}

/** The file system of this machine, on which one file is mounted by itself. */
function mounting(file: string): FileSystem {
  return {
    ...nodeFileSystem,
    readFile: async (path) =>
      path === "/proc/self/mountinfo"
        ? Buffer.from(
            `21 1 0:20 / / rw - overlay overlay rw\n31 21 8:1 /x ${file} ro - ext4 /d rw\n`,
          )
        : await nodeFileSystem.readFile(path),
  };
}
