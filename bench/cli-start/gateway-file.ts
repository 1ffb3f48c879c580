const LINES = 1_000;

/** A configuration of a gateway of 1,000 lines: providers with models, and rules that name them. */
export function gatewayFile(): string {
  const providers = Array.from({ length: 35 }, (_, i) => providerLines(i + 1)).flat();
  const rules = Array.from({ length: 15 }, (_, i) => ruleLines(i + 1)).flat();
  const lines = [
    'version: "1"',
    "security: { authentication: { enabled: false } }",
    "providers:",
    ...providers,
    "routing:",
    "  policy:",
    "    rules:",
    ...rules,
  ];
  const rest = Array.from({ length: LINES - lines.length }, () => "# nothing more");
  return `${[...lines, ...rest].join("\n")}\n`;
}

/** 26 lines. */
function providerLines(number: number): readonly string[] {
  const models = Array.from({ length: 4 }, (_, i) => modelLines(`${number}-${i + 1}`));
  return [
    `  - id: provider-${number}`,
    "    type: ollama",
    `    endpoint: https://models-${number}.example.com`,
    "    region: eu-central-1",
    `    weight: ${(number % 9) + 1}`,
    "    models:",
    ...models.flat(),
  ];
}

function modelLines(name: string): readonly string[] {
  return [
    `      - id: model-${name}`,
    `        upstream_id: upstream-${name}`,
    "        context_window: 128000",
    "        max_output_tokens: 4096",
    "        capabilities: [streaming, tools]",
  ];
}

/** 4 lines. */
function ruleLines(number: number): readonly string[] {
  return [
    `      - id: rule-${number}`,
    `        priority: ${number}`,
    `        condition: { type: model_name, pattern: "model-${number}-1" }`,
    `        action: { type: route_to_provider, provider_id: provider-${number} }`,
  ];
}
