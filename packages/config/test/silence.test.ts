import { expect, test } from "vitest";
import { Child } from "./support/child.ts";
import { Folder } from "./support/folder.ts";

test("whatever goes wrong, nothing is printed and the process goes on: errors, events and the status tell it", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: {host: one}\n");

  await using child = new Child("quiet-child.ts", folder.path);
  await child.said("ended with");

  expect(child.lines).toEqual(["ended with ConfigLoadError"]);
}, 60_000);
