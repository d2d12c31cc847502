/** Exports checkpoints of all formats that open, for PyTorch, NumPy and the official AWS code. */
import { createHash, type Hash } from 'node:crypto';
import path from 'node:path';
import { UserError } from '../../errors';
import { quote } from '../../json/strict';
import { refuseExisting, refuseFolders, refuseOwnInput, writeOutput, type OutputFile } from '../../outputFile';
import type { CheckpointRef } from '../../vocabulary/checkpoint';
import { defaultExportPath, EXPORT_FORMS, type Exported, type ExportForm } from '../../vocabulary/exportForms';
import { choiceOf, withCheckpoint } from '../open';
import { EDITED } from '../ownChecksum';
import type { CheckpointReader } from '../reader';
import { npzEntries } from './npz';
import { planExport, type ExportedTensor } from './plan';
import { pthEntries, type TrainingFacts } from './pth';
import { safetensorsOf } from './safetensors';
import { archiveOf, LARGEST_ARCHIVE, type ArchiveEntry } from './zip';

export interface ExportRequest {
  checkpoint: CheckpointRef;
  form: ExportForm;
  /** The file to write. Default: the name of the checkpoint with another ending, in the same folder. */
  out?: string | undefined;
  /** Whether an existing file is replaced. A checkpoint that is read is never replaced. */
  force?: boolean;
  /** For the form `official`. */
  facts?: TrainingFacts | undefined;
}

/** The official code stores these fields, but nothing reads them. */
const UNKNOWN: TrainingFacts = { epoch: 0, accuracy: NaN };

/**
 * Writes the file completely or not at all. One tensor at a time is in memory. Throws UserError if the checkpoint cannot be read or does not
 * fit the form, or if the file cannot be written at this place.
 */
export async function exportCheckpoint({ checkpoint, form, ...request }: ExportRequest): Promise<Exported> {
  const { file: source, mask } = choiceOf(checkpoint);
  const file = path.resolve(request.out ?? defaultExportPath(source, form));
  const output: OutputFile = { file, what: 'file', example: `weights${EXPORT_FORMS[form].ending}` };
  await refuseOwnInput(mask === undefined ? [source] : [source, mask], output);
  refuseExisting(output, request.force === true);
  await refuseFolders(output);
  return withCheckpoint(checkpoint, async (reader) => {
    await refuseOwnInput(reader.maskFile === undefined ? [] : [reader.maskFile], output);
    if (await reader.isCorrupt?.())
      throw new UserError(`${reader.file} is corrupt (checksum mismatch), so it is not exported. ${EDITED}`);
    const tensors = await planExport(reader, form);
    const hash = createHash('sha256');
    await writeOutput(file, hashed(contentOf(reader, tensors, { form, facts: request.facts ?? UNKNOWN }), hash));
    const masks = tensors.filter(({ isMask }) => isMask).length;
    return { file, form, sha256: hash.digest('hex'), tensors: tensors.length, masks, notes: notesOn(reader) };
  });
}

function contentOf(
  reader: CheckpointReader,
  tensors: readonly ExportedTensor[],
  { form, facts }: { form: ExportForm; facts: TrainingFacts },
): AsyncIterable<Uint8Array> {
  switch (form) {
    case 'pth':
    case 'torch-prune':
      return archiveOf(fitting(reader, pthEntries(tensors)), { aligned: true });
    case 'official':
      return archiveOf(fitting(reader, pthEntries(tensors, facts)), { aligned: true });
    case 'npz':
      return archiveOf(fitting(reader, npzEntries(tensors)), { aligned: false });
    case 'safetensors':
    case 'folded':
      return safetensorsOf(tensors, metadataOf(reader, form));
  }
}

/** Returns the metadata of the file. The checksum stays only if the tensors and masks stay the same. */
function metadataOf({ metadata, format, maskFile }: CheckpointReader, form: ExportForm): Record<string, string> {
  const { checksum, ...rest } = metadata;
  const isSame = form === 'safetensors' && format === 'safetensors' && maskFile === undefined;
  return { ...rest, ...(isSame && checksum !== undefined && { checksum }) };
}

function fitting({ file }: CheckpointReader, entries: ArchiveEntry[]): ArchiveEntry[] {
  const bytes = entries.reduce((sum, { size, name }) => sum + size + 2 * name.length + 256, 0);
  if (bytes <= LARGEST_ARCHIVE) return entries;
  throw new UserError(`${file} has ${(bytes / 1e9).toFixed(1)} GB of tensors, but this form can hold at most 4.2 GB.`, {
    advice: { terminal: 'Choose --as safetensors.', window: 'Choose the form safetensors.' },
  });
}

function notesOn({ file, uncounted = [], notes = [], faults = [], tensors }: CheckpointReader): string[] {
  const parts = new Set(tensors.flatMap(({ collection }) => collection ?? []));
  const others =
    parts.size === 0 ? [] : [`${file}: not exported, because it is not part of the model: ${listed(parts)}.`];
  const unread = new Set(uncounted.map(({ name }) => name));
  const lost =
    unread.size === 0 ? [] : [`${file}: not exported, because their values cannot be read: ${listed(unread)}.`];
  const damage = [...faults].map((fault) => `${file}: ${fault}`);
  return [...notes, ...damage, ...others, ...lost];
}

function listed(names: ReadonlySet<string>): string {
  const more = names.size > 5 ? ` and ${names.size - 5} more` : '';
  return [...names].slice(0, 5).map(quote).join(', ') + more;
}

async function* hashed(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncIterable<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
