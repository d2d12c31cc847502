/** The rule of the official AWS code for what is pruned (models/utils.py). */
import type { Architecture, Entry } from './network';

/**
 * Returns the network as the official code prunes it: every convolution, and every linear layer whose number of outputs is not the number of
 * classes. So a hidden layer of that width is left out, like the classifier. The input projection of PyTorch's attention is a bare
 * parameter, which the official code does not see.
 */
export function prunedAsOfficial(architecture: Architecture): Architecture {
  const { classes } = architecture.data;
  const isPruned = ({ name, shape }: Entry) => shape.length === 4 || (shape[0] !== classes && name.endsWith('.weight'));
  return {
    ...architecture,
    entries: architecture.entries.map((entry) => ({ ...entry, prunable: entry.prunable && isPruned(entry) })),
  };
}
