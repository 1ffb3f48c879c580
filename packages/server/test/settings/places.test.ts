import { expect, test } from "vitest";
import { defaultDataFolder, findSettingsFile, namedFile } from "../../src/settings/places.ts";
import { makeFolder } from "./settings-files.ts";

test("the file of the working directory comes before that of the user", async () => {
  await using folder = await makeFolder();
  const cwd = `${folder.path}/work`;
  const user = await folder.write(".config/llmcfg/llmcfg.yaml", "");
  const own = await folder.write("work/llmcfg.yaml", "");

  const found = [
    await findSettingsFile({ cwd, env: { HOME: folder.path } }),
    await findSettingsFile({ cwd: folder.path, env: { HOME: folder.path } }),
    await findSettingsFile({
      cwd: folder.path,
      env: { XDG_CONFIG_HOME: `${folder.path}/.config` },
    }),
  ];

  expect(found).toEqual([
    { path: own.path, shown: "llmcfg.yaml" },
    { path: user.path, shown: user.path },
    { path: user.path, shown: user.path },
  ]);
});

test("a file that is named is shown as it was named, and found from the working directory", () => {
  expect(namedFile("conf/a.yaml", { cwd: "/srv" })).toEqual({
    path: "/srv/conf/a.yaml",
    shown: "conf/a.yaml",
  });
});

test.each([
  [{ XDG_STATE_HOME: "/state", HOME: "/home/ada" }, "/state/llmcfg/server"],
  [{ XDG_STATE_HOME: "relative", HOME: "/home/ada" }, "/home/ada/.local/state/llmcfg/server"],
  [{ HOME: "/home/ada" }, "/home/ada/.local/state/llmcfg/server"],
])("of %j, data lies in %s", (env, folder) => {
  expect(defaultDataFolder({ env })).toBe(folder);
});
