/** The description of a user's own network: what it consists of, and what was inferred. It is also printed as text. */

export interface NetworkLayer {
  name: string;
  /** The class of the layer in Keras. */
  class: string;
  /** The shape of the result for one image, [height, width, channels] or [values]. */
  shape: number[];
  /** Number of parameters. Running statistics do not count. */
  parameters: number;
  /** Number of weights that can be pruned. */
  prunable: number;
  /** `weights`: convolution or Dense. `normalization`: has ψ, or running statistics. `none`: has no parameters. */
  role: 'weights' | 'classifier' | 'normalization' | 'none';
}

export interface NetworkDescription {
  /** The file of the network. */
  file: string;
  /** SHA-256 of the file. */
  sha256: string;
  /** The shape of the images, [height, width, channels] or [values]. */
  input: number[];
  classes: number;
  layers: NetworkLayer[];
  /** Name of the layer that is the classifier; null if there is none. */
  classifier: string | null;
  parameters: { prunable: number; all: number };
  /** What is inferred or has no effect, one sentence each. */
  notes: string[];
}

/** Returns the description as lines of text. */
export function networkLines({ file, input, classes, layers, parameters, notes }: NetworkDescription): string[] {
  const head = ['layer', 'class', 'shape', 'parameters', 'role'];
  const rows = layers.map((layer) => [
    layer.name,
    layer.class,
    layer.shape.join(' × '),
    layer.parameters === 0 ? '' : String(layer.parameters),
    roleText(layer),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === NUMBERS ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [
    `${file}: ${input.join(' × ')} → ${classes} classes`,
    `${parameters.all} parameters, of which ${parameters.prunable} weights can be pruned`,
    '',
    line(head),
    ...rows.map(line),
    '',
    ...notes,
  ];
}

/** Returns sentences about what was inferred, for the confirmation of a run. */
export function inferredSentences({ layers, parameters, notes }: NetworkDescription): string[] {
  const of = (test: (layer: NetworkLayer) => boolean) => briefly(layers.filter(test).map(({ name }) => name));
  const pruned = of(({ prunable }) => prunable > 0);
  const psi = of(({ role }) => role === 'normalization');
  return [
    `${parameters.prunable} of ${parameters.all} parameters can be pruned: ${pruned}. Normalization (ψ): ${psi}.`,
    ...notes,
  ];
}

const MOST_NAMES = 6;

function briefly(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** The column with numbers. */
const NUMBERS = 3;

function roleText({ role, prunable }: NetworkLayer): string {
  if (role === 'classifier') return prunable > 0 ? 'classifier, can be pruned' : 'classifier, not pruned';
  if (role === 'weights') return prunable > 0 ? 'can be pruned' : 'not pruned';
  return role === 'normalization' ? 'normalization (ψ)' : '';
}
