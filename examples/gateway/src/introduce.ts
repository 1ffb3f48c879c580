import type { RunningExample } from "./start-example.ts";

/** What a person is told who has just started the example. */
export function introduce(example: RunningExample): string {
  const { control, token, gateway, gatewayKey, model, providers, upstreams, folder } = example;
  const policy = JSON.stringify({
    version: "2",
    rules: [
      {
        id: "everyone",
        condition: { type: "always" },
        action: { type: "route_to_provider", provider_id: providers[1], fallbacks: [providers[0]] },
      },
    ],
  });
  return `An LLM gateway on live configuration
  Control plane  ${control}   token ${token}
  Provider A     ${upstreams[0]}   ${providers[0]}
  Provider B     ${upstreams[1]}   ${providers[1]}
  Gateway        ${gateway}   key ${gatewayKey}
  Audit trail    ${folder}/audit.jsonl

Try in another terminal:
  1. Ask something, and see who answers and from which configuration:
     curl -si ${gateway}/v1/chat/completions -H 'Authorization: Bearer ${gatewayKey}' -H 'Content-Type: application/json' -d '{"model":"${model}","messages":[{"role":"user","content":"Hello"}]}'
  2. Send everybody to ${providers[1]}; ask again:
     echo '${policy}' | npx llmcfg set production/llm-gateway/routing/policy - --type object --yes --confirm=production
  3. See that the gateway has applied it, or why not:
     npx llmcfg agent list
  4. See who changed what:
     npx llmcfg history production/llm-gateway/routing/policy
  5. Take it back:
     npx llmcfg rollback production/llm-gateway/routing/policy --to v1 --yes --confirm=production
Ctrl-C stops all of it.
`;
}
