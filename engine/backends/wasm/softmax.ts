/** Softmax over the last axis. */
import { elements, lastAxis } from '../operations/kernel';
import { defineKernel } from './heap';

/** Approximate operations for each value. */
const COST = 10;

export function registerSoftmax(): void {
  defineKernel('SignSoftmax', ['factor'], ({ x }, { factor }, heap) => {
    const columns = lastAxis(x);
    const out = heap.allocate(x!.shape);
    const args = [heap.address(x!), heap.address(out), columns, factor];
    heap.pool.run('softmax', args, { units: elements(x) / columns, cost: COST * columns });
    return out;
  });

  defineKernel('SignSoftmaxGradient', ['factor'], ({ dy, y }, { factor }, heap) => {
    const columns = lastAxis(y);
    const out = heap.allocate(y!.shape);
    const addresses = [dy!, y!, out].map((tensor) => heap.address(tensor));
    heap.pool.run('softmaxGradient', [...addresses, columns, factor], { units: elements(y) / columns, cost: columns });
    return out;
  });
}
