/** Activations other than relu and GELU. */
import type { Activation } from '../operations/attributes';
import { defineKernel, elementwise } from './program';

/** The value and the slope of each activation at `z`, as expressions. `s` is σ(z). */
const FORMULAS: Record<Activation, { value: string; slope: string }> = {
  relu6: { value: 'select(select(z, 0.0, z < 0.0), 6.0, z > 6.0)', slope: 'select(0.0, 1.0, z > 0.0 && z < 6.0)' },
  swish: { value: 'z * s', slope: 's * (1.0 + z * (1.0 - s))' },
  sigmoid: { value: 's', slope: 's * (1.0 - s)' },
  elu: { value: 'select(exp(min(z, 0.0)) - 1.0, z, z > 0.0)', slope: 'select(exp(min(z, 0.0)), 1.0, z > 0.0)' },
};

const BEFORE = `let z = x[index];
let s = 1.0 / (1.0 + exp(-z));`;

export function registerActivations(): void {
  defineKernel('SignActivate', ['activation'], ({ x }, { activation }, gpu) =>
    gpu.run(
      elementwise({
        name: activation,
        inputs: { x },
        shape: x!.shape,
        before: BEFORE,
        value: FORMULAS[activation].value,
      }),
    ),
  );
  defineKernel('SignActivateGradient', ['activation'], ({ dy, x }, { activation }, gpu) =>
    gpu.run(
      elementwise({
        name: `${activation} gradient`,
        inputs: { dy, x },
        shape: x!.shape,
        before: BEFORE,
        value: `dy[index] * (${FORMULAS[activation].slope})`,
      }),
    ),
  );
}
