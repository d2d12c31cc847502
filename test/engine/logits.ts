/** Computes the logits of a network in eval mode on the wasm backend. */
import { dispose, tensor, tensor4d, type Tensor } from '@tensorflow/tfjs-core';
import { startBackend } from '../../engine/backends/startBackend';
import type { Architecture } from '../../engine/models/network';
import { floats, layerNameOf, type NetworkState } from '../../engine/tensors';
import { forwardContext } from '../../engine/training/forward';
import { layoutOf, pack } from '../../engine/training/layout';
import { RunningStatistics } from '../../engine/training/statistics';

/** @param images in NHWC order, normalized */
export async function logitsOf(
  architecture: Architecture,
  { tensors, masks }: NetworkState,
  images: { data: Float32Array; shape: [number, number, number, number] },
): Promise<number[][]> {
  const backend = await startBackend('wasm');
  const masked = ({ name }: { name: string }) => {
    const mask = masks.get(layerNameOf(name));
    return floats(tensors, name).map((weight, i) => (mask?.[i] === 0 ? 0 : weight));
  };
  const named = new Map<string, Tensor>(
    architecture.entries
      .filter(({ role, unused }) => role !== 'buffer' && !unused)
      .map((entry) => {
        const one = layoutOf({ ...architecture, entries: [entry] });
        return [entry.name, tensor(pack(one, new Float32Array(one.size), masked), [...one.segments[0]!.shape])];
      }),
  );
  const statistics = new RunningStatistics(architecture, backend);
  statistics.load(tensors);
  const context = forwardContext(named, { running: statistics.read() });
  const logits = architecture.forward(tensor4d(images.data, images.shape), context);
  const rows = (await logits.array()).map((row) => [...row]);
  dispose([logits, ...named.values()]);
  statistics.dispose();
  return rows;
}
