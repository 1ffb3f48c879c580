import { encodeDelta } from "./change-message.ts";
import type { EncodedMessage, WatchEncoder } from "./ports.ts";
import type { Delta } from "./shown-key.ts";

/** How a delta is written; equal forms share their bytes. */
export interface MessageForm {
  readonly encoder: WatchEncoder;
  readonly includeValues: boolean;
}

/** Equal for equal forms. */
export function formKey({ encoder, includeValues }: MessageForm): string {
  return `${encoder.name}${includeValues ? " values" : ""}`;
}

/** Encodes each delta once in each form, however many channels and subscribers it goes to. */
export class DeltaEncoder {
  readonly #messages = new WeakMap<Delta, Map<string, EncodedMessage>>();
  readonly #onEncoded: () => void;

  constructor(onEncoded: () => void) {
    this.#onEncoded = onEncoded;
  }

  encode(delta: Delta, form: MessageForm): EncodedMessage {
    let byForm = this.#messages.get(delta);
    if (byForm === undefined) {
      byForm = new Map();
      this.#messages.set(delta, byForm);
    }
    const found = byForm.get(formKey(form));
    if (found !== undefined) return found;

    const made = encodeDelta(form.encoder, delta, form.includeValues);
    this.#onEncoded();
    byForm.set(formKey(form), made);
    return made;
  }
}
