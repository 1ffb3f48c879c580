import * as z from "zod";
import { refuseUnbuilt } from "./unbuilt.ts";

export interface ListenAddress {
  /** Loopback, until there is TLS. */
  readonly host: "127.0.0.1" | "::1";
  /** 0 takes a free one. */
  readonly port: number;
}

/** `127.0.0.1:7420`, `[::1]:7420`, `localhost:0`. */
export const ListenAddress: z.ZodType<ListenAddress, string> = z
  .string()
  .transform((text, context): ListenAddress => {
    const [, name = "", digits = ""] = /^(\[[^\]]*\]|[^:]*):([0-9]{1,5})$/.exec(text) ?? [];
    const port = Number(digits);
    const host = LOOPBACK.get(name.toLowerCase());
    if (host !== undefined && port <= MAX_PORT) return { host, port };

    const isAddress = digits !== "" && port <= MAX_PORT;
    if (isAddress) refuseUnbuilt(context, ON_LOOPBACK, "an address beyond this machine");
    else context.addIssue({ code: "custom", message: "expected HOST:PORT", params: NO_ADDRESS });
    return z.NEVER;
  });

const MAX_PORT = 65_535;

const LOOPBACK: ReadonlyMap<string, ListenAddress["host"]> = new Map([
  ["127.0.0.1", "127.0.0.1"],
  ["localhost", "127.0.0.1"],
  ["[::1]", "::1"],
]);

const ON_LOOPBACK = "until there is TLS the server listens on 127.0.0.1, localhost or [::1] alone";

const NO_ADDRESS = { code: "invalid_address", hint: "write for example 127.0.0.1:7420" };
