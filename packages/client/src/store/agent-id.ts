import { randomBytes } from "node:crypto";
import { readFileIfThere, replaceFile } from "./atomic-file.ts";

const AGENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * The id that a file keeps, `gateway-7d9f-8643263ac5`; one that is not there yet is made of the host
 * name and a random suffix.
 */
export async function readAgentId(path: string, node: string): Promise<string> {
  const bytes = await readFileIfThere(path);
  const kept = bytes === undefined ? "" : Buffer.from(bytes).toString("utf8").trim();
  if (AGENT_ID.test(kept)) return kept;

  const made = `${toName(node)}-${randomBytes(5).toString("hex")}`;
  await replaceFile(path, Buffer.from(`${made}\n`, "utf8"));
  return made;
}

/** A host name as part of an id; any characters that an id has not are left out. */
function toName(node: string): string {
  const name = node.replaceAll(/[^A-Za-z0-9._-]/g, "").replace(/^[._-]+/, "");
  return name === "" ? "host" : name.slice(0, 100);
}
