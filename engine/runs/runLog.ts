/** What the log of a run says, as far as lists and panels show it: its events, and its losses thinned. */
import { statSync } from 'node:fs';
import type { LossPoint, RunEvent } from '../vocabulary/runEvents';
import { keepDigest, readDigest } from './logDigest';
import { paths } from './paths';
import { addIgnored, type IgnoredLines, type LogPosition, type LogReader, readLog, UNREAD } from './readEvents';
import { Thinning, type ThinnedLosses } from './thinning';

export interface LogContent {
  position: LogPosition;
  ignored: IgnoredLines;
  /** All but progress, of which only what came last before a run ended. */
  events: RunEvent[];
  losses: ThinnedLosses;
  /** The newest loss came after whatever ended the run before. */
  progressed: boolean;
}

export interface ContentOptions {
  /** Read so many bytes, if the log has them. */
  to?: number | undefined;
  /** Without the losses, short logs are read in half the time. */
  losses?: boolean;
}

/** A log that is longer than this is worth a digest. */
const LONG_BYTES = 2 ** 20;

/** Nothing yet, from a position on. */
export function noContent(position: LogPosition = UNREAD): LogContent {
  return { position, ignored: { count: 0 }, events: [], losses: { size: 1, stretches: [] }, progressed: false };
}

/** Reads the log of a run. Of a long one, what was kept the last time is read, and what came after. */
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

/** Returns 0 for a log that cannot be looked at: reading it says why. */
function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** Reads what a log says beyond what was read before. Returns undefined if it is another log now. */
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
