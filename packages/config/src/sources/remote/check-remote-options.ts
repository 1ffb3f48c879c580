import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { formatOf } from "../../formats/parse-text.ts";
import { parseReferences } from "../../references/reference.ts";
import { Duration } from "../../values/duration.ts";
import { requireName, requireNamespace } from "../kubernetes/object-names.ts";
import type { RemoteSourceOptions } from "./remote-options.ts";

/** What options of a kind have to be like: made when a source is added, since few processes add one. */
const KINDS: Readonly<Record<string, () => z.ZodType>> = {
  http: httpOptions,
  etcd: etcdOptions,
  consul: consulOptions,
  kubernetes: kubernetesOptions,
};

/** @throws {ConfigError} `invalid_option`, with all that is wrong and what was expected */
export function checkRemoteOptions(options: RemoteSourceOptions): void {
  const { kind } = options;
  const schema = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (schema === undefined) {
    const expected = Object.keys(KINDS).join(", ");
    const message = `there is no remote source of kind ${JSON.stringify(kind)}: expected ${expected}`;
    throw new ConfigError("invalid_option", message);
  }
  const { error } = schema().safeParse(options);
  if (error === undefined) return;
  const faults = error.issues.map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join(".")}: ${message}`;
  });
  throw new ConfigError("invalid_option", `the ${kind} source is wrong: ${faults.join("; ")}`);
}

function httpOptions(): z.ZodType {
  return z
    .strictObject({
      ...commonOptions(),
      kind: z.literal("http"),
      url: urlOf("https://config.example.com/gateway.yaml"),
      pollInterval: duration().optional(),
      allowInsecure: z.boolean().optional(),
    })
    .superRefine(({ url, allowInsecure = false }, context) => {
      if (allowInsecure || URL.parse(url)?.protocol !== "http:") return;
      context.addIssue({
        code: "custom",
        path: ["url"],
        message: "expected https, or allowInsecure: true",
      });
    });
}

function etcdOptions(): z.ZodType {
  return z
    .strictObject({
      ...commonOptions(),
      ...placeOptions(),
      kind: z.literal("etcd"),
      endpoints: z.array(urlOf("https://etcd-1.internal:2379")).min(1, "expected at least one URL"),
      username: word().optional(),
      password: credential().optional(),
    })
    .superRefine((options, context) => {
      requireOnePlace(options, context);
      const { username, password, token, endpoints } = options;
      for (const [index, text] of endpoints.entries()) {
        const { pathname = "/", search = "" } = URL.parse(text) ?? {};
        if (pathname === "/" && search === "") continue;
        const path = ["endpoints", index];
        context.addIssue({ code: "custom", path, message: "expected a URL without a path" });
      }
      if ((username === undefined) !== (password === undefined)) {
        context.addIssue("expected both username and password, or neither");
      }
      if (username !== undefined && token !== undefined) {
        context.addIssue("expected a token, or a username with its password, not both");
      }
    });
}

function consulOptions(): z.ZodType {
  return z
    .strictObject({
      ...commonOptions(),
      ...placeOptions(),
      kind: z.literal("consul"),
      address: urlOf("http://127.0.0.1:8500"),
      datacenter: word().optional(),
      namespace: word().optional(),
    })
    .superRefine((options, context) => {
      requireOnePlace(options, context);
      const { key, prefix, address } = options;
      const place = key ?? prefix ?? "";
      const path = [key === undefined ? "prefix" : "key"];
      if (place.startsWith("/")) {
        context.addIssue({ code: "custom", path, message: "expected no slash at its beginning" });
      }
      // It is part of a URL, where they lead somewhere else.
      if (place.split("/").some((part) => part === "." || part === "..")) {
        context.addIssue({ code: "custom", path, message: "expected no part that is . or .." });
      }
      if (URL.parse(address)?.search !== "") {
        const message = "expected a URL without a query";
        context.addIssue({ code: "custom", path: ["address"], message });
      }
    });
}

function kubernetesOptions(): z.ZodType {
  return z.strictObject({
    ...commonOptions(),
    kind: z.literal("kubernetes"),
    resource: z.enum(["ConfigMap", "Secret"]).optional(),
    namespace: checked(requireNamespace),
    // It may be a reference to the name of the object that is in use now.
    name: checked((name) => {
      if (!name.includes("${")) requireName(name);
    }),
    key: checked(formatOf).optional(),
  });
}

function commonOptions() {
  return {
    id: word().optional(),
    optional: z.boolean().optional(),
    priority: z.number().optional(),
    timeout: duration().optional(),
    maxBytes: z.int().min(1, "expected at least 1").optional(),
    tls: z
      .strictObject({
        ca: credential().optional(),
        cert: credential().optional(),
        key: credential().optional(),
      })
      .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
        message: "expected both cert and key, or neither",
      })
      .optional(),
    token: credential().optional(),
  };
}

function placeOptions() {
  return {
    key: placeOf("llm/gateway.yaml").optional(),
    prefix: placeOf("llm/gateway/").optional(),
  };
}

function requireOnePlace(
  { key, prefix }: { readonly key?: string | undefined; readonly prefix?: string | undefined },
  context: z.RefinementCtx,
): void {
  if ((key === undefined) !== (prefix === undefined)) return;
  context.addIssue("expected either key or prefix");
}

/** Runs a check that throws {@link ConfigError}, and says what it said. */
function checked(check: (text: string) => void): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    try {
      check(text);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { message, hint } = error;
      context.addIssue(hint === undefined ? message : `${message}: ${hint}`);
    }
  });
}

function duration(): z.ZodType<string> {
  return checked((text) => {
    if (Duration.parse(text).ms > 0) return;
    throw new ConfigError("invalid_option", "expected more than 0");
  });
}

function credential(): z.ZodType<string> {
  return checked((text) => {
    const isSecret = parseReferences(text).some(
      (part) => part.type === "reference" && part.reference.kind === "secret",
    );
    if (!isSecret) return;
    throw new ConfigError("invalid_option", "expected ${env:NAME} or ${file:/path}", {
      hint: "the secrets manager is not there yet when sources are read",
    });
  });
}

/** With a user and a password in a URL they would be shown with it. */
function urlOf(example: string): z.ZodType<string> {
  return checked((text) => {
    const url = URL.parse(text);
    const isFit = url !== null && /^https?:$/.test(url.protocol) && url.hash === "";
    if (!isFit) throw new ConfigError("invalid_option", `expected a URL such as ${example}`);
    if (url.username === "" && url.password === "") return;
    throw new ConfigError("invalid_option", "expected no user and no password in the URL");
  });
}

function placeOf(example: string): z.ZodType<string> {
  return checked((text) => {
    if (text !== "" && text !== "/") return;
    throw new ConfigError("invalid_option", `expected a name such as ${example}`);
  });
}

function word(): z.ZodType<string> {
  return z.string().min(1, "expected a name that is not empty");
}
