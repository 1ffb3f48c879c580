/**
 * What a secret looks like once something has written it down.
 *
 * @module
 */

/** A text that stands for a secret. */
export interface Canary {
  /** What it stands for: a path of a backend, or a name that a test gave. */
  readonly name: string;
  /** Holds what escapes change: a quote, a slash, a plus, a backslash, a letter outside ASCII. */
  readonly text: string;
  /** Random letters and digits within it: found where only a part of it came out. */
  readonly core: string;
}

/** How a canary was written, and the text that gives it away. */
type Form = readonly [encoding: string, text: string];

/** The encoding in which a canary stands in a text; nothing where it does not. */
export function findCanary(text: string, canary: Canary): string | undefined {
  return formsOf(canary).find(([, form]) => text.includes(form))?.[0];
}

/** The whole first, so that an encoding is named right; then the part of it that no escape changes. */
function formsOf({ text, core }: Canary): readonly Form[] {
  return [
    ["raw", text],
    ["JSON-escaped", JSON.stringify(text).slice(1, -1)],
    ["URL-encoded", encodeURIComponent(text)],
    ...encodedForms(text),
    ["in part", core],
    ...encodedForms(core),
  ];
}

function encodedForms(text: string): readonly Form[] {
  const hex = Buffer.from(text).toString("hex");
  const base64 = [0, 1, 2].map((before) => base64Within(text, before));
  return [
    ...base64.flatMap((form): readonly Form[] => [
      ["base64-encoded", form],
      ["base64-encoded", form.replaceAll("+", "-").replaceAll("/", "_")], // RFC 4648, section 5
    ]),
    ["hex-encoded", hex],
    ["hex-encoded", hex.toUpperCase()],
  ];
}

/** Of a text with so many bytes before it, as in `user:secret`: without digits shared with others. */
function base64Within(text: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
  const whole = Math.floor((bytes.length * 8) / 6);
  return bytes.toString("base64").slice(Math.ceil((before * 8) / 6), whole);
}
