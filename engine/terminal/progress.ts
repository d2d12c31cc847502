/** Shows the progress of a run: a bar with the remaining time on a terminal, plain lines in a pipe. */
import { SingleBar } from 'cli-progress';
import type { WriteStream } from 'node:tty';
import { epochsBefore, epochsOf } from '../runs/record';
import type { RunEvent } from '../vocabulary/runEvents';
import type { ConnectivityEnds, RunRecord } from '../vocabulary/runRecord';
import { OFFICIAL, OFFICIAL_SHORT, officialCaveat, type SearchMeasures } from '../vocabulary/searchAccuracy';
import { roundsOf } from '../vocabulary/rounds';
import { duration, lossText, percent } from '../vocabulary/numbers';
import { agreementWords } from './formatSigns';
import { alphaText, measured, measuredInSearch, placeText } from './format';
import { writeLine } from './output';

export interface ProgressView {
  onEvent: (event: RunEvent) => void;
  onMessage: (sentence: string) => void;
  end: () => void;
}

export function watchProgress(watched: {
  directory: string;
  record: RunRecord;
  stream: NodeJS.WritableStream | WriteStream;
}): ProgressView {
  const { stream, record } = watched;
  writeLine(stream, `${record.name}: ${record.kind} in ${watched.directory}`);
  const caveat = record.kind === 'search' && officialCaveat(record.method, false);
  if (caveat) writeLine(stream, `${OFFICIAL_SHORT}: the test accuracy ${OFFICIAL}. ${caveat}`);
  return 'isTTY' in stream && stream.isTTY
    ? barView(record, stream)
    : {
        onEvent: (event) => {
          printLine(event, record, stream);
        },
        onMessage: (sentence) => {
          writeLine(stream, sentence);
        },
        end: () => undefined,
      };
}

function barView(record: RunRecord, stream: WriteStream): ProgressView {
  const bar = new SingleBar({
    stream,
    format: '{bar} {what}  loss {loss}  {left}',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
  });
  const total = record.kind === 'connectivity' ? pointsOf(record) : totalEpochs(record);
  let [done, payload] = [0, { what: 'starting', loss: '–', left: '' }];
  const show = (value: number, shown: typeof payload) => {
    [done, payload] = [value, shown];
    bar.update(done, payload);
  };
  // When a bar stops, it moves the cursor back to its start. So a line can be written only between two bars.
  const between = (write: () => void) => {
    bar.stop();
    write();
    bar.start(total, done, payload);
  };
  bar.start(total, done, payload);
  return {
    onMessage: (sentence) => {
      between(() => {
        writeLine(stream, sentence);
      });
    },
    onEvent: (event) => {
      if (event.type === 'progress') {
        const left = event.secondsLeft === undefined ? '' : `${duration(event.secondsLeft)} left`;
        const epochs = epochsBefore(record, event.round) + event.epoch + event.step / event.steps;
        show(epochs, { what: placeOf(event, record), loss: lossText(event.loss), left });
      } else if (event.type === 'point') show(done + 1, { ...payload, what: `α ${alphaText(event.alpha)}` });
      else if (event.type === 'cell') show(done + 1, { ...payload, what: placeText(event) });
      else if (event.type !== 'ended')
        between(() => {
          printLine(event, record, stream);
        });
    },
    end: () => {
      bar.stop();
    },
  };
}

/** Returns the number of points to measure. A surface also has its three checkpoints. */
function pointsOf({ c, points }: ConnectivityEnds): number {
  return c ? points ** 2 + 3 : points;
}

function totalEpochs(record: RunRecord): number {
  return record.kind === 'train' ? record.finalEpochs : epochsBefore(record, roundsOf(record) + 1);
}

function placeOf({ round, epoch }: { round: number; epoch: number }, record: RunRecord): string {
  const epochs = `epoch ${epoch + 1}/${epochsOf(record, round)}`;
  return record.kind === 'search' ? `round ${round}/${roundsOf(record)} · ${epochs}` : epochs;
}

function printLine(event: RunEvent, record: RunRecord, stream: NodeJS.WritableStream): void {
  const line = lineOf(event, record);
  if (line) writeLine(stream, line);
}

function lineOf(event: RunEvent, record: RunRecord): string | undefined {
  const round = 'round' in event && record.kind === 'search' ? `round ${event.round} ` : '';
  const test = (of: SearchMeasures) =>
    record.kind === 'search' ? measuredInSearch(of, record.method) : `test ${measured(of.test)}`;
  switch (event.type) {
    case 'started':
    case 'resumed': {
      const { name, device, reason } = event.backend;
      const from =
        event.type === 'resumed'
          ? `resumed at ${event.epoch === epochsOf(record, event.round) ? `the end of round ${event.round}` : `round ${event.round}, epoch ${event.epoch + 1}, step ${event.step}`}; `
          : '';
      return `${from}backend ${name}: ${device}${reason ? ` (${reason})` : ''}`;
    }
    case 'epoch':
      return `${round}epoch ${event.epoch + 1}/${event.epochs}: train ${measured(event.train)}, ${test(event)}, ${event.seconds.toFixed(1)} s`;
    case 'round':
      return `${round.trimEnd() || 'end'}: sparsity ${percent(event.sparsity.prunable)} of prunable (${percent(event.sparsity.all)} of all), ${test(event)}, ${event.checkpoint}`;
    case 'point':
      return `α ${alphaText(event.alpha)}: train ${measured(event.train)}, test ${measured(event.test)}`;
    case 'cell':
      return `${placeText(event)}: train ${measured(event.train)}, test ${measured(event.test)}`;
    case 'plane':
      return undefined;
    case 'warning':
      return `warning: ${event.message}`;
    case 'transferred':
      return record.kind === 'train'
        ? agreementWords({ source: record.source, transferred: event.layers }).join(' ')
        : undefined;
    case 'progress':
    case 'ended':
      return undefined;
  }
}
