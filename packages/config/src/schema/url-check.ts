/** What keeps a text from being a URL with one of the schemes, in words; nothing if it is one. */
export function checkUrl(text: string, schemes?: readonly string[]): string | undefined {
  const url = URL.parse(text);
  if (url === null) return "it is not an absolute URL";
  const scheme = url.protocol.slice(0, -1);
  if (schemes === undefined || schemes.includes(scheme)) return undefined;
  return `the scheme of the URL is ${scheme}: expected ${schemes.join(" or ")}`;
}
