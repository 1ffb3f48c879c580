/** GWI-11: the text, written so that none of it is a reference. */
export function escapeText(text: string): string {
  return text.replaceAll("${", () => "$${");
}

/** The reverse of {@link escapeText}, for a text without references. */
export function unescapeText(text: string): string {
  return text.replaceAll("$${", () => "${");
}
