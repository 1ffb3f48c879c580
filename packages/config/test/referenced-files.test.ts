import { mkdir, symlink } from "node:fs/promises";
import { ConfigLoader, ConfigValidationError, type LoaderOptions } from "@llmcfg/config";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";

test("§16.2 an allowed directory may be a link, and its name ends where it ends", async () => {
  await using folder = await Folder.create();
  await mkdir(folder.at("real"));
  await mkdir(folder.at("realm"));
  await symlink(folder.at("real"), folder.at("link"));
  const inside = await folder.write("real/owner", "ada\n");
  const outside = await folder.write("realm/owner", "eve\n");
  const options = { fileRefRoots: [folder.at("link")] };

  const owner = await ownerOf(`\${file:${inside}}`, options);
  const refused = ownerOf(`\${file:${outside}}`, options);

  expect(owner).toBe("ada");
  await expect(refused).rejects.toThrow("lies outside the allowed directories");
});

test("§16.2 SEC-8 secrets too are read from the allowed directories alone", async () => {
  await using folder = await Folder.create();
  await mkdir(folder.at("allowed"));
  const outside = await folder.write("outside", "sk-canary\n");
  const inside = await folder.write("allowed/key", "sk-inside\n");
  await symlink(outside, folder.at("allowed/leads-out"));
  const options = { fileRefRoots: [folder.at("allowed")] };

  const key = await keyOf(inside, options);
  const refused = await Promise.all(
    [outside, folder.at("allowed/leads-out")].map((path) =>
      keyOf(path, options).catch((e: unknown) => e),
    ),
  );

  expect(key).toBe("sk-inside");
  for (const error of refused) {
    expect(error).toBeInstanceOf(ConfigValidationError);
    expect(String(error)).toContain("lies outside the allowed directories");
    expect(String(error)).not.toContain("sk-canary");
  }
});

test("LOAD-7 a file that a reference names is no larger than a source may be", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("owner", "x".repeat(101));

  const loading = ownerOf(`\${file:${file}}`, { limits: { maxBytes: 100 } });

  await expect(loading).rejects.toThrow("has 101 bytes: expected at most 100");
});

async function ownerOf(owner: string, options: LoaderOptions): Promise<string | null> {
  const loader = new ConfigLoader(gatewaySchema, options).withOverrides({ metadata: { owner } });
  return (await loader.load()).config.metadata.owner;
}

async function keyOf(path: string, options: LoaderOptions): Promise<string | undefined> {
  const providers = [{ id: "a", key: `\${file:${path}}` }];
  const loader = new ConfigLoader(gatewaySchema, options).withOverrides({ providers });
  return await (await loader.load()).config.providers[0]?.key?.reveal();
}
