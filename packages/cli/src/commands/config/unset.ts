import type { Invocation, Run } from "../../command.ts";
import { orConflict, prepareWrite, reportWrite } from "../../write.ts";

export const unset: Run = async (invocation: Invocation) => {
  const prepared = await prepareWrite(invocation);
  const { client, ref, options } = prepared;
  const mask = invocation.flags["mask"] === true ? true : undefined;
  const answer = await orConflict(prepared, "removed", () =>
    client.deleteConfig(ref, { ...options, mask }),
  );
  return await reportWrite(invocation, prepared, { raw: answer.raw, result: answer.body });
};
