/** Reads an ONNX model (onnx/onnx.proto): its initializers and the constants of its graph, by ranges. The graph is never run. */
import type { RangedFile } from '../file';
import { asInvalid, noTensors } from '../invalid';
import { readerOf, type CheckpointReader } from '../reader';
import { ExternalFiles } from '../external';
import { addGraph, noGraph } from './graph';
import { Wire } from './wire';

/** Reads the graph. Tensors are read later. Closing the reader closes the file. */
export async function readOnnx(file: RangedFile): Promise<CheckpointReader> {
  const external = new ExternalFiles(file.name);
  try {
    const wire = new Wire(file);
    const graph = noGraph();
    await wire.walk(0, file.size, (field) =>
      field.number === 7 && field.isRange ? addGraph(graph, field, { wire, file, external }) : undefined,
    );
    const { listed, roles } = graph;
    const tensors = graph.tensors.map((tensor) => {
      const role = roles.get(tensor.name);
      return role ? { ...tensor, role } : tensor;
    });
    if (tensors.length + listed.length === 0) throw noTensors(file.name);
    return readerOf(tensors, {
      ...{ file: file.name, format: 'onnx', metadata: {}, uncounted: listed },
      size: () => file.size + external.size,
      versions: () => [file.version, ...external.versions],
      close: async () => {
        await Promise.all([file.close(), external.close()]);
      },
    });
  } catch (error) {
    await external.close();
    throw asInvalid(file.name, 'ONNX model', error);
  }
}
