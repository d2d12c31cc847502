/** Evaluates a checkpoint: loss and accuracy over the images of a dataset. Writes nothing. */
import { chooseBackend } from '../calibration/choose';
import { measureIn } from '../calibration/measure';
import { probeBackends } from '../calibration/probe';
import { parsedMetadata } from '../checkpoints/metadata';
import { readNetworkState } from '../checkpoints/state';
import { BatchMaker } from '../datasets/ahead';
import { loadDataset } from '../datasets/load';
import { UserError } from '../errors';
import { openSource, type Source } from '../inspection/source';
import { checkFinite, checkFit, fitted, type FitOptions } from '../models/fit';
import { hasBatchNorm, type Entry } from '../models/network';
import { buildArchitecture } from '../models/registry';
import { originOf } from '../runs/derivedDrafts';
import { CLI } from '../runs/detached';
import { checkReplaced, type Overrides } from '../runs/overrides';
import { warningsAboutSources } from '../runs/sourceWarnings';
import type { Evaluation, EvaluationRequest } from '../vocabulary/evaluation';
import { createTrainerOn } from './session';

export interface EvaluateOptions {
  overrides?: Overrides;
  /** Receives messages for the user. Each message is one sentence. */
  onMessage?: (sentence: string) => void;
}

/**
 * Measures a checkpoint with the data and the batch size of its run or of a run file. Throws UserError if the checkpoint cannot be read or
 * does not fit the network, or if its running statistics are missing and not re-estimated.
 */
export async function evaluateCheckpoint(
  { checkpoint, optionsFile, split = 'test', reestimate = false }: EvaluationRequest,
  { overrides = {}, onMessage }: EvaluateOptions = {},
): Promise<Evaluation> {
  const source = await openSource(checkpoint);
  const origin = await originOf([source], optionsFile === undefined ? {} : { optionsFile });
  const options = checkReplaced(origin, { ...modelOf(source), ...overrides });
  const dataset = await loadDataset(options.dataset, '');
  const { height, width, channels, classes } = dataset;
  const architecture = buildArchitecture(options.model, { height, width, channels, classes });
  const fit = { architecture, needs: needsOf(reestimate) };
  const { state } = await readNetworkState(source.choice);
  checkFit(source.file, state.tensors, architecture, { ...fit, target: { name: 'these options', advice: ADVICE } });
  const network = fitted(source.file, state, fit);
  checkFinite(source.file, network, fit);
  const work = { model: options.model, data: architecture.data, batchSize: options.batchSize };
  const report = async () => (await probeBackends({})).backends;
  const backend = await chooseBackend(options.backend, { work, measure: measureIn(CLI), report, onMessage });
  const trainer = createTrainerOn(backend, architecture, options);
  const maker = new BatchMaker(dataset);
  try {
    trainer.load(network);
    const normalizes = hasBatchNorm(architecture);
    if (reestimate && normalizes) await trainer.reestimateNormalization(maker.evaluation('train', options.batchSize));
    return {
      ...{ file: source.file, split, images: dataset[split].count },
      ...(await trainer.evaluate(maker.evaluation(split, options.batchSize))),
      statistics: !normalizes ? 'none' : reestimate ? 're-estimated' : 'stored',
      ...{ model: options.model, dataset: dataset.name, backend: backend.choice.name },
      notes: await warningsAboutSources([source], dataset),
    };
  } finally {
    trainer.dispose();
    backend.dispose();
    await maker.dispose();
  }
}

const ADVICE = {
  terminal:
    'Name a run file with the network of the checkpoint (--options FILE), or set the network (--set model=JSON).',
  window: 'Choose a run file with the network of the checkpoint.',
};

/** Returns the network that the metadata name. They are more precise than a run file that was made for other checkpoints, too. */
function modelOf({ file, metadata: { model } }: Source): Overrides {
  if (model === undefined) return {};
  const named = parsedMetadata(model);
  if (named !== undefined) return { model: named };
  throw new UserError(
    `${file}: "model" in its metadata is not JSON. Copy the file again, or remove "model" from its metadata and name a run file with its network.`,
  );
}

function needsOf(reestimate: boolean): NonNullable<FitOptions['needs']> {
  const isMeasured = ({ name }: Entry) => reestimate || name.endsWith('.num_batches_tracked');
  return (entry) => (entry.role === 'buffer' && isMeasured(entry) ? 'optional' : 'values');
}
