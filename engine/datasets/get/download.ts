/** Downloads a file. Continues an interrupted download, and checks the result. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { throwIfCancelled } from '../../children';
import { asMachineError, UserError } from '../../errors';
import type { SourceFile } from '../../vocabulary/datasetCatalogue';

export interface Downloading {
  signal?: AbortSignal | undefined;
  /** Receives the number of bytes that are there, and of all; undefined if the server does not say it. */
  onProgress?: ((done: number, total: number | undefined) => void) | undefined;
}

/** Number of connections in a row that may end without a byte. */
const TRIES = 4;

/**
 * Downloads to `file`. The beginning of an unfinished download is kept in `FILE.part` and continued the next time. Throws UserError if the
 * server cannot be reached, refuses, or sends other data.
 */
export async function download({ url, md5 }: SourceFile, file: string, options: Downloading = {}): Promise<void> {
  if ((await sizeOf(file)) !== undefined) {
    if ((await md5Of(file)) === md5) return;
    await rm(file);
  }
  const part = `${file}.part`;
  for (let failed = 0; ;) {
    const before = (await sizeOf(part)) ?? 0;
    const problem = await receive(url, part, before, options);
    throwIfCancelled(options.signal);
    if (problem === undefined) break;
    failed = ((await sizeOf(part)) ?? 0) > before ? 0 : failed + 1;
    if (failed === TRIES || problem.final)
      throw new UserError(
        `${url}: ${problem.message}. Try again later: the download continues where it stopped. Or download the file yourself to ${file}.`,
      );
  }
  if ((await md5Of(part)) !== md5) {
    await rm(part);
    throw new UserError(
      `${url}: the download is corrupt or has changed (its MD5 is not ${md5}). It was removed. Try again later.`,
    );
  }
  await rename(part, file);
}

interface Problem {
  message: string;
  /** Whether another try makes no sense. */
  final?: boolean;
}

/** Appends the rest of a file to the part. Returns what went wrong, or undefined if the part is complete. */
async function receive(
  url: string,
  part: string,
  from: number,
  { signal, onProgress }: Downloading,
): Promise<Problem | undefined> {
  let answer: Response;
  try {
    const headers = from > 0 ? { Range: `bytes=${from}-` } : undefined;
    answer = await fetch(url, { ...(headers && { headers }), ...(signal && { signal }) });
  } catch (error) {
    const { cause, message } = error as Error;
    return { message: `cannot be reached (${(cause as Error | undefined)?.message ?? message})` };
  }
  if (answer.status === 416) return undefined; // nothing is missing; if the part is wrong, its checksum will tell
  if (!answer.ok || !answer.body)
    return { message: `the server answers ${answer.status} ${answer.statusText}`, final: answer.status < 500 };
  const continues = answer.status === 206;
  const length = answer.headers.get('content-length');
  const begin = continues ? from : 0;
  const total = length === null ? undefined : begin + Number(length);
  let done = begin;
  const target = createWriteStream(part, { flags: continues ? 'a' : 'w' });
  try {
    await pipeline(
      Readable.fromWeb(answer.body),
      async function* (pieces: AsyncIterable<Uint8Array>) {
        for await (const piece of pieces) {
          done += piece.length;
          onProgress?.(done, total);
          yield piece;
        }
      },
      target,
      { ...(signal && { signal }) },
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === 'write') throw asMachineError(error, `writing ${part}`);
    return { message: `the connection ended (${(error as Error).message})` };
  }
  return total === undefined || done === total ? undefined : { message: 'the connection ended too early' };
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5'); // the homes of the data publish MD5 sums
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
