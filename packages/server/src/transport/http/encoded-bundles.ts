import type { BundleView } from "../../modules/configs/get-bundle.ts";

/**
 * The bytes of bundles, made once for each bundle and form; they go with the bundle.
 *
 * What holds the plaintext of a secret is made anew each time, and not kept.
 */
export class EncodedBundles {
  readonly #bytes = new WeakMap<BundleView, Map<string, Buffer>>();
  /** How often something was encoded. */
  encoded = 0;

  /** @param encode throws where the form cannot say what is in the bundle; nothing is kept then */
  bytesOf(view: BundleView, form: string, encode: () => string): Buffer {
    const found = this.#bytes.get(view)?.get(form);
    if (found !== undefined) return found;
    const bytes = Buffer.from(encode());
    this.encoded++;
    if (!view.isRevealed) this.#formsOf(view).set(form, bytes);
    return bytes;
  }

  #formsOf(view: BundleView): Map<string, Buffer> {
    const forms = this.#bytes.get(view) ?? new Map<string, Buffer>();
    this.#bytes.set(view, forms);
    return forms;
  }
}
