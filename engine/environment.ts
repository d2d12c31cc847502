/** Reads and checks the environment variables of Winning Sign that have a set of values. */
import { UserError } from './errors';

interface Bounds {
  min: number;
  max: number;
  whole?: true;
}

const NUMBERS = {
  /** Number of threads of a backend. */
  WINNING_SIGN_THREADS: { min: 1, max: 1024, whole: true },
  /** Time between two saved states during training, in seconds. */
  WINNING_SIGN_SAVE_SECONDS: { min: 0, max: 86_400 },
  /** Number of seconds without a change after which the lock of another machine is stale. */
  WINNING_SIGN_LOCK_SECONDS: { min: 1, max: 86_400 },
} as const satisfies Record<string, Bounds>;

type NumberName = keyof typeof NUMBERS;

/**
 * Returns the number in an environment variable; undefined if the variable is not set or empty. Throws UserError if the value is not a
 * number or is out of bounds.
 */
export function numberFrom(name: NumberName, { env = process.env } = {}): number | undefined {
  const text = env[name];
  if (!text) return undefined;
  const { min, max, whole }: Bounds = NUMBERS[name];
  const value = Number(text);
  const isInBounds = value >= min && value <= max && text.trim() !== '';
  if (isInBounds && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? 'a whole number' : 'a number';
  throw new UserError(`${name} is "${text}". Set it to ${kind} from ${min} to ${max}, or unset it.`);
}

const CHOICES = {
  /** Vector instructions of the backend `wasm`, whether it convolves with Winograd's transforms, and whether it computes GELU in single precision. */
  WINNING_SIGN_KERNELS: [
    'simd',
    'relaxed',
    'simd, winograd',
    'relaxed, winograd',
    'simd, winograd, gelu32',
    'relaxed, winograd, gelu32',
  ],
  /** Winning Sign's operations in the backend `tensorflow`. */
  WINNING_SIGN_OPERATIONS: ['none', 'avx2', 'avx512', 'neon'],
} as const satisfies Record<string, readonly string[]>;

type ChoiceName = keyof typeof CHOICES;

/**
 * Returns the choice in an environment variable; undefined if it is not set or empty. Spaces around commas do not matter, nor does “fused” in the displayed
 * name of a set of kernels, which is up to the processor. Throws UserError if it is none of the choices.
 */
export function choiceFrom<N extends ChoiceName>(name: N, env = process.env): (typeof CHOICES)[N][number] | undefined {
  const text = env[name];
  if (!text) return undefined;
  const choices: readonly (typeof CHOICES)[N][number][] = CHOICES[name];
  const written = text
    .trim()
    .replaceAll(/\s*,\s*/g, ', ')
    .replace(/^relaxed, fused\b/, 'relaxed');
  const found = choices.find((choice) => choice === written);
  if (found !== undefined) return found;
  const quoted = choices.map((choice) => `"${choice}"`).join(' or ');
  throw new UserError(`${name} is "${text}". Set it to ${quoted}, or unset it.`);
}

/** Throws UserError if the value of one of these variables is not valid. This is called before anything depends on the values. */
export function checkEnvironment(): void {
  for (const name of Object.keys(NUMBERS) as NumberName[]) numberFrom(name);
  for (const name of Object.keys(CHOICES) as ChoiceName[]) choiceFrom(name);
}
