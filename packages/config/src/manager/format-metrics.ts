/** A number with its labels, at one moment. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric as OpenMetrics has it; the name without prefix and without `_total`. */
export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
}

const PREFIX = "llmcfg_";

/** OpenMetrics text, with its end. */
export function formatMetrics(families: readonly Family[]): string {
  const texts = families.map(({ name, type, help, samples }) => {
    const full = `${PREFIX}${name}`;
    const lines = samples.map(({ labels = {}, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
      const inBraces = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
      return `${full}${type === "counter" ? "_total" : ""}${inBraces} ${value}`;
    });
    return [`# TYPE ${full} ${type}`, `# HELP ${full} ${help}`, ...lines].join("\n");
  });
  return `${texts.join("\n")}\n# EOF\n`;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

export function gauge(name: string, help: string, ...samples: readonly Sample[]): Family {
  return { name, type: "gauge", help, samples };
}
