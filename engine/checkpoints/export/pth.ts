/** Writes PyTorch checkpoints as `torch.save` does: a ZIP archive with `data.pkl` and one entry for each storage. */
import { UserError } from '../../errors';
import { quote } from '../../json/strict';
import { sizeOf } from '../../tensors';
import type { Dtype } from '../dtypes';
import { pickle, type Picklable, type PickledDict, type PickledGlobal } from '../pickle/write';
import { storageOf } from '../pytorch/dtypes';
import { stridesOf } from '../strided';
import { bytesOf, type ExportedTensor } from './plan';
import type { ArchiveEntry } from './zip';

/** The other fields of a checkpoint of the official code. */
export interface TrainingFacts {
  epoch: number;
  /** Test accuracy in percent; NaN if unknown. */
  accuracy: number;
}

/** Returns the entries of an archive with a state dict, or with a checkpoint of the official code if `facts` are given. */
export function pthEntries(tensors: readonly ExportedTensor[], facts?: TrainingFacts): ArchiveEntry[] {
  const stored = tensors.filter(({ tiedTo }) => tiedTo === undefined);
  const keys = new Map(stored.map(({ name }, key) => [name, String(key)]));
  const dict: PickledDict = {
    ordered: true,
    dict: tensors.map((tensor) => [tensor.name, rebuilt(tensor, keys.get(tensor.tiedTo ?? tensor.name) ?? '')]),
  };
  const head = pickle(facts ? officialCheckpoint(dict, facts) : dict);
  return [
    inMemory('archive/data.pkl', head),
    inMemory('archive/byteorder', Buffer.from('little')),
    ...stored.map((tensor) => ({
      name: `archive/data/${keys.get(tensor.name)}`,
      size: bytesOf(tensor),
      load: () => tensor.load(),
    })),
    inMemory('archive/version', Buffer.from('3\n')),
  ];
}

function inMemory(name: string, bytes: Uint8Array): ArchiveEntry {
  return { name, size: bytes.length, load: () => bytes };
}

function officialCheckpoint(state: PickledDict, { epoch, accuracy }: TrainingFacts): Picklable {
  return {
    dict: [
      ['epoch', { int: epoch }],
      ['state_dict', state],
      ['acc', { float: accuracy }],
      [
        'optimizer',
        {
          dict: [
            ['state', { dict: [] }],
            ['param_groups', { list: [] }],
          ],
        },
      ],
    ],
  };
}

const NO_HOOKS: PickledDict = { ordered: true, dict: [] };

/** Returns the call that makes a tensor from its storage. Formats without a class of storage need the newer call with a dtype. */
function rebuilt(tensor: ExportedTensor, key: string): Picklable {
  const { name, dtype, shape } = tensor;
  const count = { int: sizeOf(shape) };
  const view = [{ int: 0 }, integers(shape), integers(stridesOf(shape, false)), false, NO_HOOKS];
  const storage = (kind: PickledGlobal, size: { int: number }) => ({
    reference: ['storage', kind, key, 'cpu', size],
  });
  const typed = storageOf(dtype);
  if (typed !== undefined)
    return {
      call: { module: 'torch._utils', member: '_rebuild_tensor_v2' },
      args: [storage({ module: 'torch', member: typed }, count), ...view],
    };
  if (!UNTYPED.includes(dtype))
    throw new UserError(`tensor ${quote(name)} has the dtype ${dtype}, which PyTorch files cannot hold.`, {
      advice: {
        terminal: 'Choose another form, such as --as safetensors.',
        window: 'Choose another form, such as safetensors.',
      },
    });
  return {
    call: { module: 'torch._utils', member: '_rebuild_tensor_v3' },
    args: [
      storage({ module: 'torch.storage', member: 'UntypedStorage' }, { int: bytesOf(tensor) }),
      ...view,
      { module: 'torch', member: dtype },
    ],
  };
}

/** Formats that PyTorch saves without a class of storage. */
const UNTYPED: readonly Dtype[] = [
  'float8_e4m3fn',
  'float8_e5m2',
  'float8_e4m3fnuz',
  'float8_e5m2fnuz',
  'float8_e8m0fnu',
  'uint16',
  'uint32',
  'uint64',
];

function integers(values: readonly number[]): { int: number }[] {
  return values.map((int) => ({ int }));
}
