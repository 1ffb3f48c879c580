import { type Invocation, type Run, usage } from "../../command.ts";
import { prepareWrite } from "../../write/prepare-write.ts";
import { reportWrite } from "../../write/report-write.ts";
import { sendWrite } from "../../write/send-write.ts";

export const rollback: Run = async (invocation: Invocation) => {
  const target = targetOf(invocation); // before anybody is asked to confirm it
  const prepared = await prepareWrite(invocation);
  const { client, ref, message } = prepared;
  const body = { ...ref, ...target, ...(message === undefined ? {} : { message }) };
  const answer = await sendWrite(invocation, prepared, "earlier", ({ confirm, signal }) =>
    client.rollback(body, { confirm, signal }),
  );
  const [result] = answer.body.results;
  if (result === undefined) throw new TypeError("a rollback of one key has one result");
  await reportWrite(invocation, prepared, { raw: answer.raw, result });
  return 0;
};

function targetOf({ flags }: Invocation): { toVersion?: number; toRevision?: number } {
  const to = flags["to"];
  if (to === undefined) return {};
  const match = /^([vr])(\d+)$/.exec(String(to));
  if (match === null) throw usage("--to takes a version or a revision", "--to v3 or --to r42");
  return match[1] === "v" ? { toVersion: Number(match[2]) } : { toRevision: Number(match[2]) };
}
