import { registerHooks } from "node:module";
import * as z from "zod";
import {
  type AuditSink,
  ConfigLoadError,
  ConfigLoader,
  type ConfigSource,
  ConfigValidationError,
  ConfigValidator,
  createManager,
  defineSchema,
  type FileSystem,
  type Finding,
  type ManagerOptions,
} from "../../packages/config/src/index.ts";
import { locateEntries } from "../../packages/config/src/sources/locate-entries.ts";
import {
  faultyFileSystem,
  ManualClock,
  MemorySource,
} from "../../packages/config/src/testing/index.ts";
import { helpOf } from "../../packages/gateway/src/checks/finding-codes.ts";
import { type GatewayConfig, gatewaySchema } from "../../packages/gateway/src/index.ts";
import { type FindingExample, PROVIDERS, QUIET } from "./finding-example.ts";
import { memoryFiles } from "./memory-files.ts";

const PATH = "/etc/gateway/gateway.yaml";
const VALID = new TextEncoder().encode(`${PROVIDERS}${QUIET}`);
const FILE = memoryFiles(new Map([[PATH, VALID]]));

/** What is found where sources fail, and in a process that runs. */
export const EXAMPLES_OF_RUNNING: readonly FindingExample[] = [
  {
    code: "audit_unavailable",
    shown: "A change while the audit log cannot be written, and records are required.",
    mend: "Let the audit log be written again; the change is tried anew by itself.",
    run: () => findingsOfSet({ server: { max_connections: 9 } }, { audit: brokenAudit() }),
  },
  {
    code: "driver_missing",
    shown:
      "The block `secrets: { backend: aws_secrets_manager, region: eu-west-1 }` without the package of the backend.",
    mend: "Install the package beside this library; it is not needed for anything else.",
    run: findingsWithoutDriver,
  },
  {
    code: "invalid_key",
    shown: "A prefix of Consul or etcd with the key `server//port`.",
    mend: "Rename the key: its parts become names of the configuration.",
    run: () => findingsOfKeys(["server//port"]),
  },
  {
    code: "key_conflict",
    shown: "A prefix of Consul or etcd with the keys `server` and `server/port`.",
    mend: "Keep the value or what lies below it.",
    run: () => findingsOfKeys(["server", "server/port"]),
  },
  {
    code: "not_a_document",
    shown: "```ts\nawait manager.set({ extensions: { since: new Date() } });\n```",
    mend: "Give plain objects, lists, text, numbers, booleans and null.",
    run: () => findingsOfSet({ extensions: { since: new Date(0) } }),
  },
  {
    code: "source_missing",
    shown: "A file that is not there and is not `optional`; also a key or object that is gone.",
    mend: "Put it there, or load it with `optional: true`.",
    run: () => findingsOfFile(memoryFiles(new Map())),
  },
  {
    code: "source_not_reloadable",
    shown: "A file that Kubernetes mounts by `subPath`.",
    mend: "Mount the directory, and name the file in it.",
    run: () =>
      warningsOfFile(
        memoryFiles(
          new Map([
            [PATH, VALID],
            ["/proc/self/mountinfo", MOUNTS],
          ]),
        ),
      ),
  },
  {
    code: "source_unreachable",
    shown: "A remote source whose server does not answer, when the process starts.",
    mend: "Start the server or mend the way to it. An accepted configuration stays in force meanwhile.",
    run: () => {
      const source = new MemorySource({}, { id: "consul:gateway/" });
      source.isAway = true;
      return findingsOfLoad(new ConfigLoader(gatewaySchema).addSource(source));
    },
  },
  {
    code: "source_unreadable",
    shown:
      "A file that the process may not read; also a remote source that refuses its credentials.",
    mend: "Give the process the right to read it.",
    run: () => {
      const fs = faultyFileSystem(FILE);
      fs.addFault({ operation: "readFile", fails: "EACCES" });
      return findingsOfFile(fs);
    },
  },
  {
    code: "source_unstable",
    shown: "A file that is written to again and again while it is read.",
    mend: "Write a new file and rename it over the old one.",
    run: () => findingsOfFile(restless(FILE), new RunningClock()),
  },
  {
    code: "unexpected_failure",
    shown: "A change while code of the schema fails, here what derives defaults from other values.",
    mend: "Mend the code; what is in force stays so.",
    run: findingsOfDefect,
  },
];

async function findingsOfFile(fs: FileSystem, clock?: ManualClock): Promise<readonly Finding[]> {
  const options = clock === undefined ? { fs } : { fs, clock };
  return await findingsOfLoad(new ConfigLoader(gatewaySchema, options).addFile(PATH));
}

async function warningsOfFile(fs: FileSystem): Promise<readonly Finding[]> {
  const result = await new ConfigLoader(gatewaySchema, { fs }).addFile(PATH).load();
  return result.report.warnings;
}

async function findingsOfLoad<T>(loader: ConfigLoader<T>): Promise<readonly Finding[]> {
  try {
    return (await loader.load()).report.warnings;
  } catch (error) {
    if (error instanceof ConfigLoadError) return error.findings;
    if (error instanceof ConfigValidationError) return error.report.errors;
    throw error;
  }
}

/** Of the keys below a prefix, as the sources for etcd and Consul make a layer of them. */
async function findingsOfKeys(keys: readonly string[]): Promise<readonly Finding[]> {
  const url = "http://127.0.0.1:8500";
  const entries = keys.map((key) => {
    return { path: key.split("/"), text: "8080", at: { kind: "remote", url, key } as const };
  });
  const source: ConfigSource = {
    id: "consul:gateway/",
    kind: "consul",
    read: async () => {
      const read = locateEntries(entries, { kind: "remote", url });
      return read.state === "ok" ? { ...read, identity: "1", hash: "1" } : read;
    },
    [Symbol.asyncDispose]: async () => {},
  };
  return await findingsOfLoad(new ConfigLoader(gatewaySchema).addSource(source));
}

async function findingsOfSet(
  patch: unknown,
  options: Partial<ManagerOptions<GatewayConfig>> = {},
): Promise<readonly Finding[]> {
  await using manager = await createManager({
    loader: new ConfigLoader(gatewaySchema, { fs: FILE }).addFile(PATH),
    validator: new ConfigValidator(gatewaySchema),
    ...options,
  });
  return (await manager.set(patch as Partial<GatewayConfig>)).errors; // what no type would allow, too
}

/** A sink whose disk is full once the process runs. */
function brokenAudit(): NonNullable<ManagerOptions<GatewayConfig>["audit"]> {
  let appended = 0;
  const sink: AuditSink = {
    kind: "file",
    append: async () => {
      appended++;
      if (appended > 1) throw new Error("no space left on device");
    },
    flush: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  return { required: true, sink };
}

const DEFECTIVE = defineSchema({
  name: "gateway",
  help: helpOf,
  root: z.object({ host: z.string().prefault("a.example") }),
  derive: (draft) => {
    if (draft.get("host") === "b.example") throw new Error("there is no address for the host");
  },
});

async function findingsOfDefect(): Promise<readonly Finding[]> {
  await using manager = await createManager({
    loader: new ConfigLoader(DEFECTIVE).withOverrides({}),
    validator: new ConfigValidator(DEFECTIVE),
  });
  return (await manager.set({ host: "b.example" })).errors;
}

/** A file system whose files are written to between any two looks at them. */
function restless(base: FileSystem): FileSystem {
  let writtenNs = 1n;
  return {
    ...base,
    stat: async (path) => ({ ...(await base.stat(path)), mtimeNs: writtenNs++ }),
  };
}

/** Time that is over as soon as somebody waits for it. */
class RunningClock extends ManualClock {
  override setTimeout(fn: () => void, ms: number): Disposable {
    const timer = super.setTimeout(fn, ms);
    queueMicrotask(() => this.advance(ms));
    return timer;
  }
}

/** Of a container with one file mounted by itself. */
const MOUNTS: Uint8Array = new TextEncoder().encode(
  `1 0 0:1 / / rw - overlay overlay rw\n2 1 8:1 /gateway.yaml ${PATH} ro - ext4 /dev/sda1 rw\n`,
);

/** Of a process in which the driver of AWS cannot be found. */
async function findingsWithoutDriver(): Promise<readonly Finding[]> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (!specifier.startsWith("@aws-sdk/")) return next(specifier, context);
      const message = `Cannot find package '${specifier}'`;
      throw Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" });
    },
  });
  try {
    const text = `${PROVIDERS}${QUIET}secrets: { backend: aws_secrets_manager, region: eu-west-1 }\n`;
    return await findingsOfFile(memoryFiles(new Map([[PATH, new TextEncoder().encode(text)]])));
  } finally {
    hooks.deregister();
  }
}
