import { kubernetesRbac } from "@llmcfg/config/sources";
import { type Invocation, type Run, usage } from "../../command.ts";
import { withConfigErrors } from "./with-config-errors.ts";

/** The least rights that a Kubernetes source needs, for `kubectl apply -f -`. */
export const rbac: Run = withConfigErrors(async ({ io, args, flags }: Invocation) => {
  if (args.length === 0) throw usage("name what is read: configmap/NAME or secret/NAME");
  const namespace = textOf(flags["namespace"]) ?? "default";
  const objects = args.map((arg) => toObject(arg, namespace));
  const [name, account] = [textOf(flags["name"]), textOf(flags["service-account"])];
  io.out(
    kubernetesRbac({
      objects,
      ...(name === undefined ? {} : { name }),
      ...(account === undefined ? {} : { serviceAccount: { namespace, name: account } }),
    }),
  );
  return 0;
});

function textOf(flag: unknown): string | undefined {
  return typeof flag === "string" ? flag : undefined;
}

function toObject(text: string, namespace: string) {
  const [, kind, name = ""] = /^(configmap|secret)\/(.+)$/i.exec(text) ?? [];
  if (kind === undefined) throw usage(`name configmap/NAME or secret/NAME, not ${text}`);
  const resource = kind.toLowerCase() === "secret" ? "Secret" : "ConfigMap";
  return { resource, namespace, name } as const;
}
