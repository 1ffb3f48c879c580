import { spawn } from "node:child_process";
import { type FlagValues } from "../command.ts";
import { type Connection, connect } from "../connection.ts";
import type { Io } from "../io.ts";
import type { Surroundings } from "./complete-words.ts";
import { readEnvironments, readKeys } from "./name-cache.ts";
import { refreshNames } from "./refresh-names.ts";

/** Names older than this are fetched again, for the next time. */
const STALE_MS = 30_000;
/** How long the first completion waits for names, where none are known. */
const FIRST_WAIT = "800ms";
const NOWHERE = { env: undefined, service: undefined, isGivenByFlag: false, environments: [] };

/**
 * The names that are kept on disk. Where none are, they are fetched now and waited for a little;
 * where they are old, a process of its own fetches them and nothing waits.
 */
export function knownNames(io: Io, startRefresh: StartRefresh = startProcess): Surroundings {
  return async (flags) => {
    const connection = await connectQuietly(io, flags);
    if (connection === undefined) {
      return { scope: NOWHERE, names: { environments: [], keysOf: async () => [] } };
    }
    const { names: cache, scope } = connection;
    const read = async () => (await readEnvironments(cache))?.names.map((line) => line.split(" "));
    const environments = (await read()) ?? (await fetchNow(connection, undefined, read)) ?? [];
    const nameOf = (env: string) => environments.find((all) => all.includes(env))?.[0] ?? env;
    return {
      scope,
      names: {
        environments: environments.flat(),
        keysOf: async (asked) => {
          const env = nameOf(asked);
          const known = await readKeys(cache, env);
          const readNames = async () => (await readKeys(cache, env))?.names;
          if (known === undefined) return (await fetchNow(connection, env, readNames)) ?? [];
          if (Date.now() - known.savedAtMs > STALE_MS) startRefresh(env, flags);
          return known.names;
        },
      },
    };
  };
}

async function connectQuietly(io: Io, flags: FlagValues): Promise<Connection | undefined> {
  try {
    return await connect(io, { timeout: FIRST_WAIT, ...flags });
  } catch {
    return undefined;
  }
}

/** Without a server there is nothing to offer, and nothing to say about it at a prompt. */
async function fetchNow<T>(
  connection: Connection,
  env: string | undefined,
  readAgain: () => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    await refreshNames(connection, env);
  } catch {
    return undefined;
  }
  return await readAgain();
}

type StartRefresh = (env: string, flags: FlagValues) => void;

const CONNECTION_FLAGS = ["server", "context", "tenant", "token-file", "cacert"];

/** Outlives this process, which the shell waits for. */
function startProcess(env: string, flags: FlagValues): void {
  const [, program = ""] = process.argv;
  const given = CONNECTION_FLAGS.flatMap((name) =>
    typeof flags[name] === "string" ? [`--${name}=${flags[name]}`] : [],
  );
  const args = [program, "__refresh-names", env, ...given];
  spawn(process.execPath, args, { detached: true, stdio: "ignore" }).unref();
}
