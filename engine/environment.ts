/** Reads and checks the environment variables of Winning Sign that are numbers. */
import { UserError } from './errors';

interface Bounds {
  min: number;
  max: number;
  whole?: true;
}

const NUMBERS = {
  /** Threads of a backend. */
  WINNING_SIGN_THREADS: { min: 1, max: 1024, whole: true },
  /** Seconds of training between two saved states. */
  WINNING_SIGN_SAVE_SECONDS: { min: 0, max: 86_400 },
  /** Seconds without a change after which the lock of another machine is stale. */
  WINNING_SIGN_LOCK_SECONDS: { min: 1, max: 86_400 },
} as const satisfies Record<string, Bounds>;

type NumberName = keyof typeof NUMBERS;

/**
 * Returns the number that a variable holds; undefined if it is not set or empty.
 * Throws UserError if it is not a number within its bounds, or larger than `most`.
 */
export function numberFrom(name: NumberName, { most = Infinity, env = process.env } = {}): number | undefined {
  const text = env[name];
  if (!text) return undefined;
  const { min, max, whole }: Bounds = NUMBERS[name];
  const largest = Math.min(max, most);
  const value = Number(text);
  const isInBounds = value >= min && value <= largest && text.trim() !== '';
  if (isInBounds && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? 'a whole number' : 'a number';
  throw new UserError(`${name} is "${text}". Set it to ${kind} from ${min} to ${largest}, or unset it.`);
}

/** Throws UserError if one of these variables is not valid, before anything depends on it. */
export function checkEnvironment(): void {
  for (const name of Object.keys(NUMBERS) as NumberName[]) numberFrom(name);
}
