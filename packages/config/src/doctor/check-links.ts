import { readlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { systemCode } from "../file-system.ts";
import { type DoctorCheck, notApplicable, pass } from "./doctor-check.ts";

/** As many as Linux follows. */
const MAX_LINKS = 40;

/** CHK-4: how a file will be exchanged shows in the links that lead to it. */
export const checkLinks: DoctorCheck = {
  id: "CHK-4",
  subject: "the symbolic links that lead to files",
  run: async ({ files, fs }) => {
    if (files.length === 0) return notApplicable("no file is watched");
    const broken: string[] = [];
    const missing: string[] = [];
    const styles: string[] = [];
    for (const { path } of files) {
      const chain = await chainOf(path);
      const isThere = await fs.realpath(path).then(
        () => true,
        () => false,
      );
      if (!isThere && chain.length > 1) broken.push(chain.join(" → "));
      else if (!isThere) missing.push(...chain);
      else styles.push(`${chain.join(" → ")} (${styleOf(chain)})`);
    }
    if (broken.length > 0) {
      return {
        result: "fail",
        message: `these links lead nowhere: ${broken.join("; ")}`,
        fix: "let them lead to a file, or remove them",
      };
    }
    const expected = styles.length === 0 ? [] : [`expected: ${styles.join("; ")}`];
    if (missing.length === 0) return pass(expected.join(""));
    return {
      result: "warn",
      message: [`not there: ${missing.join("; ")}`, ...expected].join("; "),
      fix: "create them, unless they may be absent",
    };
  },
};

/**
 * The path and what it leads to, link by link: of every link, also of those in the folders around, as
 * `..data` of a ConfigMap is one.
 */
async function chainOf(path: string): Promise<readonly string[]> {
  const chain = [resolve(path)];
  for (let current = chain[0]; current !== undefined && chain.length <= MAX_LINKS; ) {
    current = await nextOf(current);
    if (current !== undefined) chain.push(current);
  }
  return chain;
}

/** The path with its first link followed; nothing where there is none. */
async function nextOf(path: string): Promise<string | undefined> {
  const parts = path.split("/").slice(1);
  for (let end = 1; end <= parts.length; end++) {
    const head = `/${parts.slice(0, end).join("/")}`;
    const target = await targetOf(head);
    if (target !== undefined) return resolve(dirname(head), target, ...parts.slice(end));
  }
  return undefined;
}

async function targetOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EINVAL" || code === "ENOENT" || code === "ENOTDIR" || code === "EACCES")
      return undefined; // it is no link
    throw error;
  }
}

function styleOf(chain: readonly string[]): string {
  if (chain.some((path) => path.split("/").includes("..data")))
    return "swap of ..data, as of a ConfigMap";
  return chain.length > 1 ? "swap of a symbolic link" : "rename, or writing in place";
}
