import { readdirSync } from "node:fs";
import {
  type AuditSink,
  ConfigLoader,
  type ConfigManager,
  type ConfigSource,
  ConfigValidator,
  createManager,
  ReloadVeto,
  type WatchOptions,
} from "@llmcfg/config";
import {
  type FaultyFileSystem,
  faultyFileSystem,
  ManualClock,
  MemorySource,
} from "@llmcfg/config/testing";
import { Folder } from "./folder.ts";
import { type Gateway, gatewaySchema } from "./gateway-schema.ts";
import { SocketPool } from "./socket-pool.ts";

/** What fails in the reload that comes next, where it is not the content. */
export interface Switches {
  veto: boolean;
  record: boolean;
  commit: boolean;
  listen: boolean;
  report: boolean;
}

/** How much is open. Descriptors are of the whole process. */
export interface Held {
  readonly watches: number;
  readonly timers: number;
  readonly sockets: number;
  readonly descriptors: number;
}

/**
 * A manager with everything around it that can hold something: a file that is watched and refers to
 * another one, a control plane, a record that is required before each change, a component that opens
 * a connection for each candidate, one that fails on demand, a folder for its state. Time stands
 * still, and no event of the file system comes by itself.
 */
export interface StageScene extends AsyncDisposable {
  readonly manager: ConfigManager<Gateway>;
  readonly folder: Folder;
  readonly stateDir: string;
  readonly fs: FaultyFileSystem;
  readonly clock: ManualClock;
  /** Its watch asks for reloads that have a rate. */
  readonly plane: MemorySource;
  readonly fails: Switches;
  held(): Held;
}

/** @param rate of reloads that nobody asks for; by default all there can be */
export async function openStageScene(
  rate: WatchOptions["rate"] = { perMinute: 60_000, burst: 1_000 },
): Promise<StageScene> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await Folder.create());
  const pool = stack.use(await SocketPool.open());
  const fs = faultyFileSystem();
  fs.addFault({ operation: "watch", fails: "deaf" });
  const clock = new ManualClock(Date.now() + 60_000); // no file is fresh
  const plane = new MemorySource({ routing: { strategy: "weighted" } });
  const fails = { veto: false, record: false, commit: false, listen: false, report: false };
  const owner = await folder.write("owner.txt", "ada");
  const file = await folder.write("gateway.yaml", `metadata: {owner: "\${file:${owner}}"}\n`);
  const stateDir = folder.at("state");
  const manager = stack.use(
    await createManager({
      loader: new ConfigLoader(gatewaySchema, { fs, clock })
        .addFile(file)
        .addSource(withRate(plane, fails)),
      validator: new ConfigValidator(gatewaySchema).addRule({
        name: "host",
        check: ({ server }, { report }) => {
          if (server.host === "forbidden") report({ path: "server.host", message: "not this one" });
        },
      }),
      audit: { required: true, sink: sinkThat(fails) },
      watch: { debounce: "0s", pollInterval: "1h", rate },
      stateDir,
      clock,
      fs,
    }),
  );
  manager.addParticipant(pool.participant);
  manager.addParticipant(participantThat(fails));
  manager.subscribe(() => pool.settle());
  manager.subscribe(() => {
    if (fails.listen) throw new Error("no listener is safe");
  });
  await manager.start();
  const owned = stack.move();
  return {
    manager,
    folder,
    stateDir,
    fs,
    clock,
    plane,
    fails,
    held: () => ({
      watches: fs.openWatches,
      timers: clock.pending,
      sockets: pool.size,
      descriptors: readdirSync("/proc/self/fd").length,
    }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The source, told of as one whose changes need not be whole. */
function withRate(plane: MemorySource, fails: Readonly<Switches>): ConfigSource {
  return {
    id: plane.id,
    kind: "http",
    read: (context) => plane.read(context),
    watch: ({ signal, ...context }) =>
      plane.watch({ ...context, signal: () => signal({ reason: "revision" }) }),
    report: async (outcome) => {
      if (fails.report) throw new Error("nobody takes reports");
      await plane.report(outcome);
    },
    [Symbol.asyncDispose]: () => plane[Symbol.asyncDispose](),
  };
}

function sinkThat(fails: Readonly<Switches>): AuditSink {
  return {
    kind: "memory",
    append: async () => {
      if (fails.record) throw new Error("the disk is full");
    },
    flush: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

function participantThat(fails: Readonly<Switches>) {
  return {
    name: "unwilling",
    prepare: async () => {
      if (fails.veto) throw new ReloadVeto("not now");
      return {
        commit: () => {
          if (fails.commit) throw new Error("too late");
        },
        abort: () => {},
      };
    },
  };
}
