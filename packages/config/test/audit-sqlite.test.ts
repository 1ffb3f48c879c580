import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { literalSecret } from "@llmcfg/config";
import { databaseAuditSink } from "@llmcfg/config/audit";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";

test("AUD-8 a SQLite file and the folders around it are their owner's alone", async () => {
  await using folder = await Folder.create();
  const path = folder.at("a/b/audit.db");

  await using _sink = await databaseAuditSink(literalSecret(`sqlite:${path}`));

  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(folder.at("a/b"))).mode & 0o777).toBe(0o700);
});

test.skipIf(!existsSync("/proc/self"))(
  "AUD-8 where no folder can be made for a SQLite file that is said, and nothing goes on trying",
  async () => {
    const opening = databaseAuditSink(literalSecret("sqlite:/proc/nothing/can-be-made/audit.db"));

    await expect(opening).rejects.toMatchObject({ code: "audit_unavailable" });
  },
);
