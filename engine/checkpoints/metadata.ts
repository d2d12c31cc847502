/** Interprets the metadata of a checkpoint. */

/** Returns the round of a checkpoint. Returns undefined for `init`, `rewind`, `final` and the checkpoints of other tools. */
export function roundOf(metadata: Readonly<Record<string, string>>): number | undefined {
  const { round = '' } = metadata;
  return /^\d{1,4}$/.test(round) ? Number(round) : undefined;
}

/** Returns the metadata of a checkpoint of Winning Sign, and an empty object for a checkpoint of another tool. */
export function ownMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return metadata['format']?.startsWith('winning-sign') ? metadata : {};
}

/** Parses a field of metadata. Returns undefined if it is not JSON. */
export function parsedMetadata(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
