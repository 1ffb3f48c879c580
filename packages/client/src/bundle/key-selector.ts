import { parseSelector, selectorMatches } from "@llmcfg/core";

/**
 * Whether a key of a service is selected: `inference/**`, `secrets/*`, `**`.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where it is no selector
 */
export function parseKeySelector(text: string): (key: string) => boolean {
  const selector = parseSelector(`*/*/${text}`); // selectors are about whole paths
  return (key) => selectorMatches(selector, `*/*/${key}`);
}
