/** A number with its labels, at one moment. */
export interface Sample {
  /** Of a histogram: which of its numbers it is. */
  readonly part?: "_bucket" | "_sum" | "_count";
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric as OpenMetrics has it; the name without prefix and without `_total`. */
export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/**
 * OpenMetrics text, with its end.
 *
 * @param prefix begins every name
 */
export function formatMetrics(families: readonly Family[], prefix: string): string {
  const texts = families.map(({ name, type, help, samples }) => {
    const full = `${prefix}${name}`;
    const total = type === "counter" ? "_total" : "";
    const lines = samples.map(({ part = total, labels = {}, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
      const inBraces = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
      return `${full}${part}${inBraces} ${value}`;
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
