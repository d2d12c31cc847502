/**
 * A digest has the part of a long log that lists and panels show. It is stored next to the log, so that only later events must be read. It
 * is used only if the log still begins with the same bytes (their number and their last 4 kB are compared). If a digest is lost, reading
 * takes longer.
 */
import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { isOfSystem } from '../cacheFile';
import { UserError } from '../errors';
import { writeAtomically } from '../files';
import { anything, count, flag, list, object, oneOf, optional, parseShape, text } from '../shapes';
import { checkEvent, lossPoint } from './eventShapes';
import { paths } from './paths';
import type { IgnoredLines } from './readEvents';
import type { LogContent } from './runLog';
import type { Stretch, ThinnedLosses } from './thinning';

const HASHED_BYTES = 4096;

const STRETCH = object<Stretch>({ size: count, extremes: list(lossPoint) });
const DIGEST = object({
  version: oneOf(1),
  bytes: count,
  lines: count,
  /** Hash of the last 4 kB of the part of the log that the digest covers. */
  sha256: text,
  ignored: object<IgnoredLines>({ count, first: optional(text) }),
  events: list(anything),
  progressed: flag,
  losses: object<ThinnedLosses>({ size: count, stretches: list(STRETCH), newest: optional(lossPoint) }),
});

/** Reads the digest of a log, if it covers at most `most` bytes. Returns undefined if there is none, or if the log has changed. */
export async function readDigest(directory: string, most: number): Promise<LogContent | undefined> {
  const [log, file] = [paths.events(directory), paths.digest(directory)];
  try {
    const digest = parseShape(await readFile(file, 'utf8'), file, DIGEST);
    const { bytes, lines, sha256, ignored, events, losses, progressed } = digest;
    if (bytes > most) return undefined;
    const found = await hashBefore(log, bytes);
    if (found.sha256 !== sha256) return undefined;
    const checked = events.flatMap((event) => checkEvent(event, file) ?? []);
    return { position: { end: bytes, lines, inode: found.inode }, ignored, events: checked, losses, progressed };
  } catch (error) {
    if (error instanceof UserError || isOfSystem(error)) return undefined;
    throw error;
  }
}

/** Writes the digest of a log. Does nothing if the directory is read-only or belongs to another user. */
export async function keepDigest(directory: string, { position, ...content }: LogContent): Promise<void> {
  const { end: bytes, lines } = position;
  try {
    const { uid } = await stat(directory);
    if (process.getuid && uid !== process.getuid()) return;
    const { sha256, inode } = await hashBefore(paths.events(directory), bytes);
    if (inode !== position.inode) return; // the log was replaced just now
    await writeAtomically(paths.digest(directory), JSON.stringify({ version: 1, bytes, lines, sha256, ...content }));
  } catch (error) {
    if (!isOfSystem(error) && !(error instanceof Error && isOfSystem(error.cause))) throw error;
  }
}

async function hashBefore(log: string, end: number): Promise<{ sha256: string; inode: number }> {
  const handle = await open(log, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(HASHED_BYTES, end));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, end - bytes.length);
    const sha256 = createHash('sha256').update(bytes.subarray(0, bytesRead)).digest('hex');
    return { sha256, inode: (await handle.stat()).ino };
  } finally {
    await handle.close();
  }
}
