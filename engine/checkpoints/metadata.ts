/** The metadata of a checkpoint. */

/** Returns the round of a search that a checkpoint is from; undefined for others, which are from `init`, `rewind` or `final`. */
export function roundOf(metadata: Readonly<Record<string, string>>): number | undefined {
  const { round = '' } = metadata;
  return /^\d{1,4}$/.test(round) ? Number(round) : undefined;
}

/** Returns the metadata of a checkpoint of ours, and nothing of another tool's. */
export function ownMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return metadata['format']?.startsWith('winning-sign') ? metadata : {};
}
