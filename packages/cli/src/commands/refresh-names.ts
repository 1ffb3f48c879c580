import type { Run } from "../command.ts";
import { refreshNames as refresh } from "../completion/refresh-names.ts";
import { connect } from "../connection.ts";

/** What completion starts where the names it has are old. */
export const refreshNames: Run = async ({ io, args, flags }) => {
  await refresh(await connect(io, flags), args[0]);
  return 0;
};
