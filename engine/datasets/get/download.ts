/** Downloads a file. Continues an interrupted download, and checks the result. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ReadableStreamDefaultReader } from 'node:stream/web';
import { setTimeout } from 'node:timers/promises';
import { throwIfCancelled } from '../../children';
import { UserError } from '../../errors';
import type { SourceFile } from '../../vocabulary/datasetCatalogue';

export interface DownloadOptions {
  signal?: AbortSignal | undefined;
  /** Receives the number of bytes downloaded so far and the size of the file in bytes; undefined if the server does not send the size. */
  onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  /** Times to wait before another try, in ms. A download fails if one more try than this brings no new byte. */
  waits?: readonly number[] | undefined;
}

const WAITS: readonly number[] = [1_000, 3_000, 9_000];

/**
 * Downloads to `file`. The beginning of an unfinished download is kept in `FILE.part` and continued the next time. Throws UserError if the
 * server cannot be reached, refuses, or sends other data.
 */
export async function download({ url, md5 }: SourceFile, file: string, options: DownloadOptions = {}): Promise<void> {
  if ((await sizeOf(file)) !== undefined) {
    if ((await md5Of(file)) === md5) return;
    await rm(file);
  }
  const part = `${file}.part`;
  const { waits = WAITS, signal } = options;
  for (let failed = 0; ;) {
    const before = (await sizeOf(part)) ?? 0;
    const problem = await receive(url, part, before, options);
    throwIfCancelled(signal);
    if (problem === undefined) break;
    failed = ((await sizeOf(part)) ?? 0) > before ? 0 : failed + 1;
    if (failed > waits.length || problem.final)
      throw new UserError(
        `${url}: ${problem.message}. Try again later: the download continues where it stopped. Or download the file yourself to ${file}, and then call the same command again.`,
      );
    await setTimeout(waits[Math.max(0, failed - 1)], undefined, { ...(signal && { signal }) }).catch(() => {
      throwIfCancelled(signal);
    });
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

/** Answers below 500 that mean “later”: Request Timeout and Too Many Requests. */
const LATER = [408, 429];

/**
 * Requests the bytes after the first `from`, and appends them to `part`. If the server sends the whole file, replaces `part`. Returns a
 * problem with the server or the connection; undefined if the part is complete. Throws errors of the file system.
 */
async function receive(
  url: string,
  part: string,
  from: number,
  { signal, onProgress }: DownloadOptions,
): Promise<Problem | undefined> {
  let answer: Response;
  try {
    // Ranges, sizes and checksums are those of the file itself, so it must not be compressed for the transfer.
    const headers = { 'Accept-Encoding': 'identity', ...(from > 0 && { Range: `bytes=${from}-` }) };
    answer = await fetch(url, { headers, ...(signal && { signal }) });
  } catch (error) {
    const { cause, message } = error as Error;
    return { message: `cannot be reached (${(cause as Error | undefined)?.message ?? message})` };
  }
  const problem = refusalOf(answer);
  if (problem || answer.status === 416) {
    await answer.body?.cancel().catch(() => undefined); // otherwise its connection stays open
    return problem; // 416: nothing is missing. If the part is wrong, its checksum will tell.
  }
  const continues = answer.status === 206;
  const length = answer.headers.get('content-length');
  const begin = continues ? from : 0;
  const total = length === null ? undefined : begin + Number(length);
  let done = begin;
  const reader = answer.body!.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const handle = await open(part, continues ? 'a' : 'w').catch(async (error: unknown) => {
    await reader.cancel();
    throw error;
  });
  try {
    for (;;) {
      const read = await reader.read().catch((error: unknown) => error as Error);
      if (read instanceof Error) return { message: `the connection ended (${read.message})` };
      if (read.done) break;
      await handle.writeFile(read.value);
      done += read.value.length;
      onProgress?.(done, total);
    }
    await handle.sync();
  } finally {
    await handle.close();
    await reader.cancel().catch(() => undefined); // it has failed already, or this changes nothing
  }
  return total === undefined || done === total ? undefined : { message: 'the connection ended too early' };
}

/** Returns why the content of an answer cannot be used. */
function refusalOf({ ok, status, statusText, headers, body }: Response): Problem | undefined {
  if (status === 416) return undefined;
  if (!ok || !body)
    return { message: `the server answers ${status} ${statusText}`, final: status < 500 && !LATER.includes(status) };
  const encoding = headers.get('content-encoding') ?? 'identity';
  // fetch would unpack the content, which then has another size and checksum.
  if (encoding !== 'identity')
    return { message: `the server sends the file with the encoding ${encoding}`, final: true };
  return undefined;
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5'); // the homes of the data publish MD5 sums
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
