import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { getuid } from "node:process";
import { promisify } from "node:util";
import pg from "pg";
import {
  announce,
  type Endpoint,
  freePort,
  namedUrl,
  startServer,
  workFolder,
} from "../endpoints.ts";

const run = promisify(execFile);

/** A PostgreSQL server that anybody on this machine may use as the superuser `app`. */
export interface Postgresql extends Endpoint {
  /** `postgres://` URL of a new, empty database. */
  createDatabase(): Promise<string>;
  /** Runs a statement in the database of `url`. */
  query(url: string, statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Ends all connections to the database, as a server that fails over does. */
  disconnect(url: string): Promise<void>;
}

/** One that is named by `LLMCFG_TEST_POSTGRESQL_URL`, else one that is installed; else nothing. */
export async function openPostgresql(): Promise<Postgresql | undefined> {
  await using owned = new AsyncDisposableStack();
  const url = namedUrl("postgresql") ?? (await start(owned));
  if (url === undefined) return undefined;
  const [version] = await query(url, "SHOW server_version");
  const stop = owned.move();
  let databases = 0;
  const server: Postgresql = {
    name: "postgresql",
    isReal: true,
    url,
    createDatabase: async () => {
      const name = `test_${process.pid}_${databases++}`;
      await query(url, `CREATE DATABASE ${name}`);
      const database = new URL(url);
      database.pathname = `/${name}`;
      return database.href;
    },
    query,
    disconnect: async (database) => {
      const name = new URL(database).pathname.slice(1);
      await query(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      );
    },
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
  announce(server, `postgresql ${String(version?.["server_version"])}`);
  return server;
}

async function start(owned: AsyncDisposableStack): Promise<string | undefined> {
  const folder = globSync("/usr/lib/postgresql/*/bin").toSorted().at(-1);
  if (folder === undefined) return undefined;
  const owner = getuid?.() === 0 ? await ownerNamed("postgres") : undefined; // root is refused
  const work = owned.use(await workFolder("postgresql"));
  const place = join(work.path, "db");
  await chmod(work.path, 0o711);
  await mkdir(place, { mode: 0o700 });
  if (owner !== undefined) await chown(place, owner.uid, owner.gid);
  const account = { cwd: "/", ...owner };
  const initdb = ["-D", place, "-U", "app", "-A", "trust", "--no-sync"];
  await run(join(folder, "initdb"), initdb, account);
  const port = await freePort();
  const url = `postgres://app@127.0.0.1:${port}/postgres`;
  owned.use(
    await startServer({
      file: join(folder, "postgres"),
      args: ["-D", place, "-h", "127.0.0.1", "-p", String(port), "-k", place, "-c", "fsync=off"],
      cwd: "/",
      ...(owner === undefined ? {} : { owner }),
      stopSignal: "SIGINT", // fast: SIGTERM waits for open connections
      ready: async () => {
        await query(url, "SELECT 1");
      },
    }),
  );
  return url;
}

async function ownerNamed(name: string): Promise<{ readonly uid: number; readonly gid: number }> {
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (which) => Number((await run("id", [which, name])).stdout)),
  );
  return { uid: uid ?? Number.NaN, gid: gid ?? Number.NaN };
}

async function query(
  url: string,
  statement: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Readonly<Record<string, unknown>>>(statement)).rows;
  } finally {
    await client.end();
  }
}
