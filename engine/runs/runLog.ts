/** Reads what lists and panels need from the log of a run: its events, and a thinned curve of losses. */
import { statSync } from 'node:fs';
import type { LossPoint, RunEvent } from '../vocabulary/runEvents';
import { keepDigest, readDigest } from './logDigest';
import { paths } from './paths';
import { addIgnored, type IgnoredLines, type LogPosition, type LogReader, readLog, UNREAD } from './readEvents';
import { Thinning, type ThinnedLosses } from './thinning';

export interface LogContent {
  position: LogPosition;
  ignored: IgnoredLines;
  /** The events of the log. Progress events are left out, except the last one before each `ended` event. */
  events: RunEvent[];
  losses: ThinnedLosses;
  /** Whether a loss was logged after the last `ended` event. */
  progressed: boolean;
}

export interface ContentOptions {
  /** Greatest number of bytes to read. */
  to?: number | undefined;
  /** Whether to read the losses. Without losses, reading a short log takes half the time. */
  losses?: boolean;
}

/** A log with at least this many bytes gets a digest. */
const LONG_BYTES = 2 ** 20;

/** Returns empty content at a position. */
export function noContent(position: LogPosition = UNREAD): LogContent {
  return { position, ignored: { count: 0 }, events: [], losses: { size: 1, stretches: [] }, progressed: false };
}

/** Reads the log of a run. For a long log, reads its digest and then only the later events. */
export async function readContent(directory: string, options: ContentOptions = {}): Promise<LogContent> {
  const { to = Infinity, losses = true } = options;
  const size = sizeOf(paths.events(directory));
  const known = size < LONG_BYTES ? undefined : await readDigest(directory, Math.min(size, to));
  const before = known ?? noContent();
  const isMore = Math.min(size, to) - before.position.end >= LONG_BYTES;
  const content = await continueContent(directory, before, { to, losses: losses || isMore });
  if (!content) return readContent(directory, options); // the log was replaced just now
  if (isMore) await keepDigest(directory, content);
  return content;
}

/** Returns the size of a log. Returns 0 if the size cannot be read, because reading the log then reports the error. */
function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** Reads the events after the content that was read before. Returns undefined if the log was replaced. */
export async function continueContent(
  directory: string,
  before: LogContent,
  { to = Infinity, losses: thins = true }: ContentOptions = {},
): Promise<LogContent | undefined> {
  const events = [...before.events];
  const losses = new Thinning(before.losses);
  let { progressed } = before;
  let newest: () => LossPoint | undefined = () => before.losses.newest;
  const reader: LogReader = {
    event: (event) => {
      const point = event.type === 'ended' && progressed ? newest() : undefined;
      if (point) events.push({ type: 'progress', time: event.time, ...point });
      events.push(event);
      progressed &&= event.type !== 'ended';
    },
    progress: (line) => {
      if (thins) losses.add(line.loss, line.parse);
      newest = line.parse;
      progressed = true;
    },
  };
  const part = await readLog(paths.events(directory), { from: before.position, to }, reader);
  const { cut, ignored, ...position } = part;
  if (cut) return undefined;
  losses.newest = newest();
  return { position, ignored: addIgnored(before.ignored, ignored), events, losses: losses.state, progressed };
}
