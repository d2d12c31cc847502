/** The value of a fact. `null` means that the value is not given, so the default applies. */
export type FactValue = string | number | boolean | null | readonly (string | number | boolean | null)[];

/** Returns a fact in words, for example “learningRate 0.05”, “model.widths 8-16” or “model.width default”. */
export function factText({ name, value }: { name: string; value: FactValue }): string {
  if (value === null) return `${name} default`;
  const text = factValueText(value);
  return `${name} ${name.endsWith('sha256') ? text.slice(0, 8) : text}`;
}

/** Returns a value in words, for example “0.05” or “8-16”. */
export function factValueText(value: Exclude<FactValue, null>): string {
  return typeof value === 'object' ? value.join('-') : String(value);
}
