/** Assertions whose messages have the expected and the actual value. */

function shown(value: unknown): string {
  return typeof value === 'string' ? `“${value}”` : JSON.stringify(value);
}

export function ok(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Asserts that two values are deeply equal. */
export function equal(actual: unknown, expected: unknown, what = 'value'): void {
  ok(shown(actual) === shown(expected), `${what}: expected ${shown(expected)}, found ${shown(actual)}`);
}

export function near(actual: number, expected: number, tolerance = 0.5, what = 'value'): void {
  ok(Math.abs(actual - expected) <= tolerance, `${what}: expected ${expected} ± ${tolerance}, found ${actual}`);
}

export function matches(actual: string | null | undefined, pattern: RegExp): void {
  ok(actual != null && pattern.test(actual), `expected ${String(pattern)}, found ${shown(actual)}`);
}

export async function rejects(promise: Promise<unknown>, pattern: RegExp): Promise<void> {
  const outcome = await promise.then(
    () => 'it was fulfilled',
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  ok(outcome instanceof Error, `expected a rejection with ${String(pattern)}`);
  matches(outcome.message, pattern);
}
