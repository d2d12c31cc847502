/** The verb `dataset`: lists and downloads datasets. */
import { Cancelled } from '../children';
import { CATALOGUE } from '../vocabulary/datasetCatalogue';
import { getDataset } from '../datasets/get/get';
import { UserError } from '../errors';
import { onStopSignal } from '../signals';
import { writeFraction, writeMessage } from './output';
import type { Arguments, Printed, Verb } from './verb';

export const datasetVerbs: Record<string, Verb> = {
  dataset: {
    usage: 'dataset [list | get NAME [--into FOLDER]]',
    summary: `list the datasets that can be downloaded (${Object.keys(CATALOGUE).join(', ')}); download one from its home`,
    positionals: [0, 2],
    options: { into: 'for get: the folder in which a folder NAME is made (default the current folder)' },
    run: (args) => {
      const { positionals, text } = args;
      const [action = 'list', name] = positionals;
      if (action === 'get' && name !== undefined) return get(name, args);
      if (action === 'get') throw new UserError(`dataset get needs a name: ${Object.keys(CATALOGUE).join(', ')}.`);
      if (action === 'list' && text['into'] !== undefined)
        throw new UserError('dataset list: --into is only for dataset get.');
      if (action === 'list' && name === undefined) return Promise.resolve(list());
      throw new UserError(`dataset ${positionals.join(' ')}: unknown. Write list or “get NAME”.`);
    },
  },
};

function list(): Printed {
  const entries = Object.entries(CATALOGUE);
  return {
    json: {
      datasets: entries.map(([name, { title, home, size, dataset }]) => ({
        name,
        title,
        home,
        size,
        format: dataset.format,
      })),
    },
    text: entries
      .map(([name, { title, home, size }]) => `${name.padEnd(14)} ${title.padEnd(16)} ${size.padEnd(7)} ${home}`)
      .join('\n'),
  };
}

async function get(name: string, { text, json }: Arguments): Promise<Printed> {
  const abort = new AbortController();
  const ignoreSignals = onStopSignal(() => {
    abort.abort();
  });
  try {
    const downloaded = await getDataset(name, {
      into: text['into'] ?? '.',
      signal: abort.signal,
      onMessage: writeMessage,
      onProgress: ({ fraction }) => {
        if (!json) writeFraction(process.stderr, fraction);
      },
    });
    return { json: downloaded, text: `Write in a run file: "dataset": ${JSON.stringify(downloaded.dataset)}` };
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    return {
      json: { name, dataset: null },
      text: 'The download was stopped. The same command continues it.',
      outcome: 'stopped',
    };
  } finally {
    ignoreSignals();
  }
}
