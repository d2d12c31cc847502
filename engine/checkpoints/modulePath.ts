/** Removes the parts of module names that wrappers and formats add. */

/** Names that `torch.compile`, FSDP and activation checkpointing add. They may be anywhere in a path. */
const ANYWHERE = new Set(['_orig_mod', '_fsdp_wrapped_module', '_fpw_module', '_checkpoint_wrapped_module']);

/** Names that DataParallel, Lightning, DeepSpeed, weight averaging, Flax and Keras add at the start of a path. */
const LEADING = new Set([
  ...['module', 'model', 'net', 'network', 'state_dict', 'model_state_dict', '_forward_module', 'online_model'],
  ...['ema', 'ema_model', 'model_ema', 'ema_network', 'averaged_model', 'shadow', 'params', 'model_weights'],
]);

export interface ModulePath {
  /** The path without wrappers, with `/` between its parts. */
  path: string;
  /** The names that were removed, in their order, for example `model._orig_mod.`. Empty if there are none. */
  left: string;
}

/** Removes wrappers from a path of modules. Keras writes the name of a layer twice, and tfmot adds `prune_low_magnitude_`. */
export function modulePath(name: string): ModulePath {
  const parts = name.split(/[./]/);
  const leading = parts.findIndex((part, i) => !(LEADING.has(part) || ANYWHERE.has(part)) || i === parts.length - 1);
  const left = [...parts.slice(0, leading), ...parts.slice(leading).filter((part) => ANYWHERE.has(part))];
  const kept = parts
    .slice(leading)
    .filter((part) => !ANYWHERE.has(part))
    .map((part) => part.replace(/^prune_low_magnitude_/, ''));
  const isKeras = name.includes('/');
  return {
    path: kept.filter((part, i) => !isKeras || part !== kept[i - 1]).join('/'),
    left: left.map((part) => `${part}${isKeras ? '/' : '.'}`).join(''),
  };
}

/** Returns the path of a parameter without wrappers, and without the `_orig` that torch.nn.utils.prune adds. */
export function parameterPath(name: string): string {
  return modulePath(name.replace(/_orig$/, '')).path;
}

/** Returns a map from paths to items. A path that several items share is mapped to undefined. */
export function byPath<T>(items: Iterable<T>, pathOf: (item: T) => string): Map<string, T | undefined> {
  const paths = new Map<string, T | undefined>();
  for (const item of items) {
    const path = pathOf(item);
    paths.set(path, paths.has(path) ? undefined : item);
  }
  return paths;
}
