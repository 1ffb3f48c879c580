import { expect, test } from "vitest";
import { parseProjectFile, parseUserFile } from "../src/context-files.ts";

test.each([
  ["env: [staging\n", "p.yaml is not right: it is no YAML at 2:1"],
  ["env: staging\n", "p.yaml is not right at schemaVersion: "],
  ["schemaVersion: 1\nenv: 5\n", "p.yaml is not right at env: "],
  ["", "p.yaml is not right at its root: "],
])("what is wrong in a file of ours is said with its place: %j", (content, message) => {
  expect(() => parseProjectFile("p.yaml", content)).toThrow(message);
  expect(() => parseUserFile("p.yaml", content.replace("env", "current"))).toThrow(/^p\.yaml is/);
});

test("CLI-25 a project names a context, an environment and a service, never an address", () => {
  const content = "schemaVersion: 1\ncontext: work\nenv: staging\nservice: ml-service\n";

  expect(parseProjectFile("p.yaml", content)).toEqual({
    schemaVersion: 1,
    context: "work",
    env: "staging",
    service: "ml-service",
  });
  expect(() => parseProjectFile("p.yaml", `${content}server: http://x\n`)).toThrow(/server/);
});
