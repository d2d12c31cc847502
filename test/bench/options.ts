/** The options of `npm run bench`. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { UserError } from '../../engine/errors';
import { historyFile } from '../../engine/home';
import { PEER_DEVICES, SIZES, type PeerDevice } from './bench';
import { SHORT_MINUTES, SHORT_RUNS } from './choose';

export const USAGE = `usage: npm run bench -- [--all | --only PATTERN] [--json] [--python PATH] [--peer-device DEVICE] [--runs N] [--history FILE] [--against FILE] [--tiny]

Without --all and --only, measures the most important rows in at most ${SHORT_MINUTES} minutes. The last line says what was left out.

--all          all rows; takes more than an hour
--only         rows whose name matches this regular expression
--json         one JSON document a line instead of a table
--python       the Python with torch and numpy (default: that of $VIRTUAL_ENV, else python3)
--peer-device  where PyTorch computes in the rows of a GPU: ${PEER_DEVICES.join(' or ')} (default ${PEER_DEVICES[0]})
--runs         measurements of each side (default ${SIZES.runs}, or ${SHORT_RUNS} without --all and --only)
--history      the file that all rows are added to (default: bench.jsonl in the data folder of this user; none with --tiny)
--against      an earlier history, or the output of --json: each row says how it has changed
--tiny         sizes too small to mean anything, to see that every row can be measured`;

export interface Options {
  all: boolean;
  /** Undefined if no rows were chosen by name. */
  only: RegExp | undefined;
  json: boolean;
  python: string;
  peerDevice: PeerDevice;
  tiny: boolean;
  runs: number | undefined;
  history: string | undefined;
  against: string | undefined;
}

/** Returns the options of the command line, or undefined if help was asked for. Throws UserError for a wrong value. */
export function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean' },
      only: { type: 'string' },
      json: { type: 'boolean' },
      python: { type: 'string' },
      'peer-device': { type: 'string' },
      runs: { type: 'string' },
      history: { type: 'string' },
      against: { type: 'string' },
      tiny: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  if (values.all && values.only !== undefined)
    throw new UserError('--all and --only are given, but --only chooses among all rows already. Leave out --all.');
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (runs !== undefined && !(Number.isInteger(runs) && runs >= 1))
    throw new UserError(`--runs is "${values.runs}"; it must be a whole number, at least 1.`);
  const environment = process.env['VIRTUAL_ENV'];
  return {
    all: values.all === true,
    only: values.only === undefined ? undefined : patternOf(values.only),
    json: values.json === true,
    python: values.python ?? (environment ? path.join(environment, 'bin', 'python') : 'python3'),
    peerDevice: deviceOf(values['peer-device'] ?? PEER_DEVICES[0]),
    tiny: values.tiny === true,
    runs,
    history: values.history ?? (values.tiny ? undefined : historyFile()),
    against: values.against,
  };
}

function deviceOf(text: string): PeerDevice {
  const device = PEER_DEVICES.find((name) => name === text);
  if (!device) throw new UserError(`--peer-device is "${text}"; it must be ${PEER_DEVICES.join(' or ')}.`);
  return device;
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UserError(`--only is "${text}", which is no regular expression: ${(error as Error).message}.`);
  }
}
