/** A fact about a run for a person: “learningRate 0.05”, “model.widths 8-16”, “model.width default” where it was not given. */
export function factText({ name, value }: { name: string; value: unknown }): string {
  if (value === null) return `${name} default`;
  const text = Array.isArray(value) ? value.join('-') : String(value);
  return `${name} ${name.endsWith('sha256') ? text.slice(0, 8) : text}`;
}
