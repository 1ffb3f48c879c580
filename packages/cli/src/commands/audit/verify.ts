import type { Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import { printAnswer } from "../../output/print.ts";

const CORRUPT = 8;

export const verifyAudit: Run = async ({ io, flags, output }) => {
  const { client } = await connect(io, flags);
  const { body: me } = await client.getMe({ signal: io.signal });
  const answer = await client.verifyAudit({ signal: io.signal, timeoutMs: 120_000 });
  const { valid, eventsChecked, rootHash, failures } = answer.body;
  const text = () => {
    if (valid)
      return `ok  ${eventsChecked} events, root ${rootHash}, checkpoint llmcfg/${me.tenant}\n`;
    const lines = failures.map(
      ({ index, code, detail }) => `FAIL  event ${index}  ${code}  ${detail}\n`,
    );
    return `${lines.join("")}${failures.length} failures in ${eventsChecked} events\n`;
  };
  await printAnswer(io, output, { raw: answer.raw, text });
  return valid ? 0 : CORRUPT;
};
