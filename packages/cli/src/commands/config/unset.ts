import type { Invocation, Run } from "../../command.ts";
import { prepareWrite } from "../../write/prepare-write.ts";
import { reportWrite } from "../../write/report-write.ts";
import { sendWrite } from "../../write/send-write.ts";

export const unset: Run = async (invocation: Invocation) => {
  const prepared = await prepareWrite(invocation);
  const { client, ref } = prepared;
  const mask = invocation.flags["mask"] === true ? true : undefined;
  const answer = await sendWrite(invocation, prepared, "removed", (options) =>
    client.deleteConfig(ref, { ...options, mask }),
  );
  await reportWrite(invocation, prepared, { raw: answer.raw, result: answer.body });
  return 0;
};
