import { readFile } from 'node:fs/promises';

interface Property {
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  enum?: string[];
  enumDescriptions?: string[];
}

/** The bounds and defaults of a run file's fields, from the schema the engine checks with. */
export class RunFileSchema {
  #properties: Promise<Record<string, Property>> | undefined;

  constructor(private readonly file: string) {}

  /** One field as the schema has it. */
  async property(name: string): Promise<Property> {
    this.#properties ??= readFile(this.file, 'utf8').then(
      (text) => (JSON.parse(text) as { properties: Record<string, Property> }).properties,
    );
    const property = (await this.#properties)[name];
    if (!property) throw new Error(`The run-file schema has no field ${name}.`);
    return property;
  }

  /** The default of a numeric field. */
  async number(name: string): Promise<number> {
    return Number((await this.property(name)).default);
  }
}

/** Why a text is not a whole number within a field's bounds, in a sentence, or undefined when it is. */
export function integerProblem(text: string, name: string, bounds: Property): string | undefined {
  const value = Number(text);
  const { minimum = -Infinity, maximum = Infinity } = bounds;
  if (text.trim() !== '' && Number.isInteger(value) && value >= minimum && value <= maximum) return undefined;
  const range = maximum === Infinity ? `at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return `${name} is a whole number, ${range}.`;
}
