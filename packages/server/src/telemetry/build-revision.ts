/**
 * The commit that was built: the bundle has it in place of the variable. Where sources run as they
 * are, whoever starts them may say it; else `unknown`.
 */
// oxlint-disable-next-line node/no-process-env -- the bundle puts the commit in its place
export const BUILD_REVISION: string = process.env["LLMCFG_BUILD_REVISION"] ?? "unknown";
