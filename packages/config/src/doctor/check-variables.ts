import { type DoctorCheck, notApplicable, pass } from "./doctor-check.ts";

/** CHK-5: variables that look as if they meant something, and do not. */
export const checkVariables: DoctorCheck = {
  id: "CHK-5",
  subject: "the variables with the prefix",
  run: async ({ variables }) => {
    if (variables === undefined) return notApplicable("the environment is no source");
    if (variables.length === 0) return pass("every variable with the prefix is used");
    const list = variables.map(({ name, why }) => `${name} (${why})`);
    const hints = new Set(variables.flatMap(({ hint }) => hint ?? []));
    return {
      result: "warn",
      message: `these variables are not used: ${list.join(", ")}`,
      fix:
        hints.size === 0
          ? "unset them, or write them as the schema has them"
          : [...hints].join("; "),
    };
  },
};
