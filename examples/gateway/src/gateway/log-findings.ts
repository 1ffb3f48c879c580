import type { DoctorFinding } from "@llmcfg/config";

/**
 * Writes a line for each way in which changes would not reach this process. Takes seconds.
 *
 * The examination ends when the configuration is stopped; then there is nothing to write.
 */
export async function logFindings(
  config: { doctor(): Promise<readonly DoctorFinding[]> },
  write: (line: string) => void,
): Promise<void> {
  const findings = await examine(config);
  for (const { id, result, message, fix = "" } of findings) {
    if (result === "fail") write(`${id}: ${message}; ${fix}`);
  }
}

/** It is asked beside the requests: what fails here must not end a gateway that serves. */
async function examine(config: {
  doctor(): Promise<readonly DoctorFinding[]>;
}): Promise<readonly DoctorFinding[]> {
  try {
    return await config.doctor();
  } catch {
    return []; // stopped meanwhile
  }
}
