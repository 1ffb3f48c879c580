/** Environment variables; those that are not set are `undefined`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The variables of this process, as they are at each look. */
export function processVariables(): Variables {
  return process.env;
}
