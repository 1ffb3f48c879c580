import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunningServer } from "../../src/server.ts";
import { temporaryFolder } from "../adapters/temporary-folder.ts";
import { post, start } from "./dev-server.ts";

const DB_URL = "/v1/configs/production/ml-service/db-url";

test("LAW-10 what is kept ready gives way soon after another server on the same folder wrote", async () => {
  await using folder = await temporaryFolder();
  await using writer = await startOn(folder.path, "dev");
  await using reader = await startOn(folder.path, "server");
  const roles = [{ role: "editor", scope: "**" }];
  const made = await post(writer, "/v1/tokens", { kind: "sa", name: "both", roles });
  const { token } = made as { readonly token: string }; // what POST /v1/tokens answers
  await read(reader, token);
  const kept = await read(reader, token);

  await post(writer, DB_URL, { value: "postgres://written-elsewhere" });
  await expect
    .poll(async () => (await read(reader, token)).entry.revision, { timeout: 10_000 })
    .toBe(3);
  const latest = await read(reader, token);

  expect(kept.cacheStatus).toMatch(/^l1; hit/);
  expect(latest.entry).toMatchObject({ value: "postgres://written-elsewhere", version: 2 });
  expect(latest.revision).toBe("3");
}, 30_000);

async function startOn(folder: string, mode: "dev" | "server"): Promise<RunningServer> {
  return await start({
    store: { engine: "sqlite", file: join(folder, "store.db") },
    rootKey: { kind: "local", file: join(folder, "root.key"), create: true },
    mode,
    demoData: mode === "dev",
  });
}

async function read(server: RunningServer, token: string) {
  const headers = { authorization: `Bearer ${token}`, accept: "*/*" };
  const answer = await fetch(server.url + DB_URL, { headers });
  const entry = (await answer.json()) as { readonly revision: number }; // as GET of a key answers
  return {
    entry,
    revision: answer.headers.get("config-revision"),
    cacheStatus: answer.headers.get("cache-status"),
  };
}
