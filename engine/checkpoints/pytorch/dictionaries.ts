/** Which of the dictionaries in a checkpoint is the model: training scripts save it beside optimizers, averages and notes. */

/** Keys under which training scripts put the model, the most usual first. */
const MODELS = [
  'state_dict',
  'model_state_dict',
  'model',
  'net',
  'network',
  'module',
  'params',
  'weights',
  'generator',
];
/** Keys of what is not the model, though it may have the model's names. */
const OTHERS = /optim|sched|scaler|ema|average|history|metric|best_?acc|teacher|rng|grad/i;

/** Returns the root of the model's tensors among the roots of all tensors; undefined if the file is one state dict. */
export function modelRoot(roots: readonly (string | undefined)[]): string | undefined {
  const known = new Set(roots);
  const usual = MODELS.find((name) => known.has(name));
  if (usual !== undefined) return usual;
  // A state dict has the modules of its network as roots; a lone root which is none of the usual words may be one of those.
  return undefined;
}

/** Whether a root holds what is not the model. */
export function isBeside(root: string | undefined, model: string | undefined): boolean {
  if (model !== undefined) return root !== model;
  return root !== undefined && OTHERS.test(root);
}
