/** Finds the dictionary of the model in a checkpoint. Training scripts also save optimizers, averaged weights and other data. */

/** Keys that training scripts use for the model, the most common first. */
const MODELS = [
  'state_dict',
  'model_state_dict',
  'model',
  'net',
  'network',
  'module',
  'params',
  'weights',
  'student',
  'generator',
];
/** Keys of dictionaries that are not the model, although their tensors may have the same names. */
const OTHERS = /optim|sched|scaler|ema|average|history|metric|best_?acc|teacher|rng|grad/i;

/** Returns the top-level key of the model's tensors, given the keys of all tensors. Returns undefined if the file is a single state dict. */
export function modelRoot(roots: readonly (string | undefined)[]): string | undefined {
  const known = new Set(roots);
  return MODELS.find((name) => known.has(name)); // an unknown key may be a module of the network
}

/** Whether the tensors below a top-level key do not belong to the model. */
export function isOutsideModel(root: string | undefined, model: string | undefined): boolean {
  if (model !== undefined) return root !== model;
  return root !== undefined && OTHERS.test(root);
}
