// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text without what could move a terminal's cursor or turn its direction: as long as it was. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, "\ufffd");
}
