/** Activations other than relu and GELU. */
import { elements } from '../operations/kernel';
import type { Activation } from '../operations/attributes';
import { vectors } from './elementwise';
import { defineKernel } from './heap';

/** The numbers of the activations in the kernel. */
const KINDS: Record<Activation, number> = { relu6: 0, swish: 1, sigmoid: 2, elu: 3 };
/** Approximate operations for each value. */
const COST = 10;

export function registerActivations(): void {
  defineKernel('SignActivate', ['activation'], ({ x }, { activation }, heap) => {
    const out = heap.allocate(x!.shape);
    const args = [heap.address(x!), heap.address(out), elements(x), KINDS[activation]];
    heap.pool.run('activate', args, vectors(elements(x), COST));
    return out;
  });
  defineKernel('SignActivateGradient', ['activation'], ({ dy, x }, { activation }, heap) => {
    const out = heap.allocate(x!.shape);
    const addresses = [dy!, x!, out].map((tensor) => heap.address(tensor));
    heap.pool.run('activateGradient', [...addresses, elements(x), KINDS[activation]], vectors(elements(x), COST));
    return out;
  });
}
