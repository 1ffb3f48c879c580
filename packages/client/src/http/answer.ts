/** What the server answered, when it did not refuse. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  /** The body as it was sent, byte for byte. */
  readonly raw: string;
  /** Quoted, as the header has it; what `ifMatch` and `…IfChanged` take. */
  readonly etag: string | undefined;
  /** The tenant revision the answer reflects or made. */
  readonly revision: number | undefined;
  readonly headers: Headers;
}
