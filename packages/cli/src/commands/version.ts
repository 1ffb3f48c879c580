import { VERSION } from "@llmcfg/core";
import type { Invocation, Run } from "../command.ts";
import { connect } from "../connection.ts";
import { printAnswer } from "../output/print.ts";

/** With `-v` that of the server too, where one answers. */
export const version: Run = async ({ io, flags, output }) => {
  const isServerAsked = flags["verbose"] === true;
  const server = isServerAsked ? await serverVersion({ io, flags }) : undefined;
  if (isServerAsked && server === undefined) io.err("no server answers\n");
  await printAnswer(io, output, {
    raw: JSON.stringify({ version: VERSION, ...(isServerAsked ? { server: server ?? null } : {}) }),
    text: () => `llmcfg ${VERSION}\n${server === undefined ? "" : `server ${server}\n`}`,
  });
  return 0;
};

async function serverVersion({
  io,
  flags,
}: Pick<Invocation, "io" | "flags">): Promise<string | undefined> {
  try {
    const { client } = await connect(io, flags);
    return (await client.getServerVersion({ signal: io.signal })).body.version;
  } catch {
    return undefined;
  }
}
