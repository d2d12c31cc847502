/** The metadata of a checkpoint. */

/** Returns the metadata of a checkpoint of ours, and nothing of another tool's. */
export function ownMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return metadata['format']?.startsWith('winning-sign') ? metadata : {};
}
