import { type DoctorCheck, notApplicable, pass } from "./doctor-check.ts";

/** CHK-9: what stands in the files is not what is in force. */
export const checkNewerContent: DoctorCheck = {
  id: "CHK-9",
  subject: "the content of files",
  run: async ({ newer: find }, signal) => {
    if ("unknown" in find)
      return notApplicable(`it is not known what is in force: ${find.unknown}`);
    const newer = await find(signal);
    if (newer.length === 0) return pass("what the files hold is what is in force");
    return {
      result: "warn",
      message: newer.map(({ source, reason }) => `${source} is not in force: ${reason}`).join("; "),
      fix: "mend what is refused, release what is on hold, or reload",
    };
  },
};
