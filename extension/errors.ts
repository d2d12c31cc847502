/** Bad input or usage; `message` is the sentence a person reads, shown as it is and without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** What a person reads about anything thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
