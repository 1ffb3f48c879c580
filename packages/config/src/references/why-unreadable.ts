const REASONS: ReadonlyMap<unknown, string> = new Map([
  ["ENOENT", "it does not exist"],
  ["ENOTDIR", "what should be a directory on the way to it is none"],
  ["EACCES", "this process has no permission"],
  ["EPERM", "this process has no permission"],
  ["EISDIR", "it is a directory"],
  ["ELOOP", "its symbolic links lead in a circle"],
]);

/** What an error of the file system says to people: `it does not exist`. Quotes no path. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return REASONS.get(code) ?? (typeof code === "string" ? code : "reading it failed");
}
