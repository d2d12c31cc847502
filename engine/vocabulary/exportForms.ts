/** The forms in which checkpoints are exported, and the names of the files. */

/** Each form with its title, its meaning, and the ending of its files. */
export const EXPORT_FORMS = {
  safetensors: {
    title: 'safetensors',
    meaning: 'weights as stored, and the mask of X.weight as X.mask (uint8)',
    ending: '.safetensors',
  },
  pth: {
    title: 'PyTorch (.pth)',
    meaning: 'the same tensors as a state dict that torch.load(weights_only=True) reads',
    ending: '.pth',
  },
  official: {
    title: 'Official AWS code (.pth.tar)',
    meaning: 'state_dict, epoch, acc and optimizer, with the mask of X.weight as X.fixed_m (float32)',
    ending: '.pth.tar',
  },
  'torch-prune': {
    title: 'torch.nn.utils.prune (.pth)',
    meaning: 'a state dict with X.weight_orig and X.weight_mask, for a model to which prune.identity was applied',
    ending: '.pth',
  },
  npz: {
    title: 'NumPy (.npz)',
    meaning: 'the same tensors as safetensors, one array each; formats that NumPy lacks become float32',
    ending: '.npz',
  },
  folded: {
    title: 'Folded weights (safetensors)',
    meaning: 'weights multiplied by their masks, and no masks, for tools without masks',
    ending: '.safetensors',
  },
} as const;

export type ExportForm = keyof typeof EXPORT_FORMS;

/** Returns the path of the exported file if the user names none: `round-03.pth` beside `round-03.safetensors`. */
export function defaultExportPath(source: string, form: ExportForm): string {
  const { ending } = EXPORT_FORMS[form];
  const kind = form === 'folded' || form === 'torch-prune' ? `-${form}` : '';
  const file = `${withoutEnding(source)}${kind}${ending}`;
  return file === source ? `${withoutEnding(source)}-exported${ending}` : file;
}

/** Returns a path without its ending: `c` for `c.pth.tar`. */
export function withoutEnding(file: string): string {
  return file.replace(/\.tar$/i, '').replace(/\.[^./\\]+$/, '');
}

export interface Exported {
  /** Absolute path of the file that was written. */
  file: string;
  form: ExportForm;
  /** SHA-256 of the file. */
  sha256: string;
  /** Number of tensors, including masks. */
  tensors: number;
  /** Number of masks. */
  masks: number;
  /** Sentences about what could not be exported. */
  notes: string[];
}
