import { type Invocation, type Run, usage } from "../../command.ts";
import { printAnswer } from "../../output/print.ts";
import { openGateway } from "./open-gateway.ts";
import { withConfigErrors } from "./with-config-errors.ts";

/** The checksum of the accepted document: equal for equal configurations, whatever their format. */
export const checksum: Run = withConfigErrors(async (invocation: Invocation) => {
  const [file, ...more] = invocation.args;
  if (file === undefined || more.length > 0)
    throw usage("name one file: llmcfg gateway checksum F");
  const { io, output } = invocation;
  const { loader } = openGateway([file], invocation);
  const loaded = await loader.load({ resolveSecrets: false, signal: io.signal });
  await printAnswer(io, output, {
    raw: JSON.stringify({ checksum: loaded.checksum }),
    text: () => `${loaded.checksum}\n`,
  });
  return 0;
});
