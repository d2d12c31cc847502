/** Answers about a file with two state dicts, which respect the choices of the user. */
import type { CheckpointHeader, CheckpointRef, Inspection } from '../../../engine/protocol';
import { isLayerRule } from '../../../engine/vocabulary/layerRules';
import { answersOf, study, type Answers } from './world';

const STATES = ['model', 'ema'];

/**
 * The default rule leaves out the layers whose names begin with `dense`; an empty text leaves out all. The rule `decoder` and patterns
 * that match no layer are errors.
 */
export function answersWithChoices(dense = 'conv1'): Answers {
  const answers = answersOf(study());
  return {
    ...answers,
    'checkpoint/open': ({ file }) => {
      const { run: _, ...header } = answers['checkpoint/open']({ file });
      return chosen(header, file, dense);
    },
    'checkpoint/compare': ({ a, b }) => {
      const rule = (ref: CheckpointRef) => (typeof ref === 'string' ? undefined : ref.layers) ?? 'default';
      return { ...answers['checkpoint/compare']({ a, b }), rules: { a: rule(a), b: rule(b) } };
    },
    'checkpoint/statistics': ({ file }) => {
      const inspection = chosen(answers['checkpoint/statistics']({ file }), file, dense);
      const total = (key: 'count' | 'kept') => inspection.layers.reduce((sum, layer) => sum + layer[key], 0);
      const prunable = 1 - total('kept') / total('count');
      return { ...inspection, sparsity: { ...inspection.sparsity, prunable } };
    },
  };
}

function chosen<T extends CheckpointHeader | Inspection>(whole: T, ref: CheckpointRef, dense: string): T {
  const { layers: rule = 'default', state = STATES[0] } = typeof ref === 'string' ? {} : ref;
  const isChosen = ({ name }: { name: string }) =>
    isLayerRule(rule)
      ? rule !== 'decoder' && (rule !== 'default' || !name.startsWith(dense))
      : name.startsWith(rule.replace('*', ''));
  const layers = whole.layers.filter(isChosen);
  if (layers.length === 0 && rule !== 'default')
    throw new Error(`${whole.file}: the rule "${rule}" chooses no layer. It has "conv1" and 20 more.`);
  const reason = isLayerRule(rule) ? 'it has no mask and no zeros' : 'its name does not match';
  const leftOut = whole.layers
    .filter((layer) => !isChosen(layer))
    .map(({ name, count }) => ({ name, count, shape: [count], reason }));
  return { ...whole, layers, rule, leftOut, state, states: STATES };
}
