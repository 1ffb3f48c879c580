import {
  announce,
  type Endpoint,
  executable,
  freePort,
  namedUrl,
  startServer,
  workFolder,
} from "../endpoints.ts";

/** AWS on loopback: KMS, Secrets Manager, S3, STS. Any credentials will do. */
export interface MiniStack extends Endpoint {
  /** Forgets everything. */
  reset(): Promise<void>;
}

/** Nothing where there is no MiniStack: neither named nor installed. */
export async function openMiniStack(): Promise<MiniStack | undefined> {
  const named = namedUrl("ministack");
  const file = executable("ministack");
  if (named === undefined && file === undefined) return undefined;
  await using owned = new AsyncDisposableStack();
  const url = named ?? (await start(file ?? "", owned));
  const stop = owned.move();
  const stack: MiniStack = {
    name: "ministack",
    isReal: true,
    url,
    reset: async () => {
      const { ok } = await fetch(`${url}/_ministack/reset`, { method: "POST" });
      if (!ok) throw new Error("it did not forget");
    },
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
  announce(stack, "ministack");
  return stack;
}

async function start(file: string, owned: AsyncDisposableStack): Promise<string> {
  const folder = owned.use(await workFolder("ministack"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    file,
    args: [],
    env: {
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      SERVICES: "kms,secretsmanager,s3,sts",
      TMPDIR: folder.path,
      HOME: folder.path,
    },
    ready: async () => {
      const { ok } = await fetch(`${url}/_ministack/health`);
      if (!ok) throw new Error("it is not ready");
    },
  });
  owned.use(server);
  return url;
}
