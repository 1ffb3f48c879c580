import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { at } from "../../../../tests/conformance/ports/drafts.ts";
import { sqlStores } from "../../src/adapters/sql/stores.ts";
import { openSqlite } from "../../src/adapters/sqlite/open.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const script = join(import.meta.dirname, "../../../../tests/support/commit-many.ts");

test("processes that make one file and commit to it at once lose no commit and share no revision", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "store.db");

  const commitMany = () =>
    promisify(execFile)(process.execPath, ["--conditions=@llmcfg/source", script, file, "20"]);
  await Promise.all([commitMany(), commitMany(), commitMany()]);

  await using db = await openSqlite(file);
  const { configs, audit } = sqlStores(db);
  const changes = await configs.changesAfter("default", 1, { limit: 1_000 });
  expect(changes.map((c) => c.revision)).toEqual(Array.from({ length: 60 }, (_, i) => i + 2));
  const [newest] = await configs.history("default", at("model"), { limit: 1 });
  expect(newest?.version).toBe(60);
  expect(await audit.size("default")).toBe(60);
}, 60_000);
