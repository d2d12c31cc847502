/** `null`: not given, so the default holds. */
export type FactValue = string | number | boolean | null | readonly (string | number | boolean | null)[];

/** A fact about a run for a person: “learningRate 0.05”, “model.widths 8-16”, “model.width default”. */
export function factText({ name, value }: { name: string; value: FactValue }): string {
  if (value === null) return `${name} default`;
  const text = typeof value === 'object' ? value.join('-') : String(value);
  return `${name} ${name.endsWith('sha256') ? text.slice(0, 8) : text}`;
}
