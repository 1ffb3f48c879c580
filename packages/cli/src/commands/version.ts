import { VERSION } from "@llmcfg/client";
import type { Run } from "../command.ts";
import { connect } from "../connection.ts";

export const version: Run = async ({ io, flags }) => {
  io.out(`llmcfg ${VERSION}\n`);
  if (flags["verbose"] !== true) return 0;
  try {
    const { client } = await connect(io, flags);
    const { body } = await client.getServerVersion({ signal: io.signal });
    io.out(`server ${body.version}\n`);
  } catch {
    io.err("no server answers\n");
  }
  return 0;
};
