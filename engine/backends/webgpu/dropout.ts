/** Dropout. Each thread computes the draw of its value. */
import { firstKept, HASH } from '../operations/dropout';
import { defineKernel, elementwise } from './program';

/** The hash of `operations/dropout.ts`. */
const MIX = `
fn mix_bits(value : u32) -> u32 {
  var x = (value ^ (value >> 16u)) * ${HASH.first}u;
  x = (x ^ (x >> 13u)) * ${HASH.second}u;
  return x ^ (x >> 16u);
}
`;

export function registerDropout(): void {
  defineKernel('SignDropout', ['rate', 'each', 'layer'], ({ x, key }, { rate, each, layer }, gpu) => {
    const program = elementwise({
      name: 'dropout',
      inputs: { x, key },
      shape: x!.shape,
      integers: { each, layer: layer | 0, first: firstKept({ rate }) },
      floats: { factor: 1 / (1 - rate) },
      before: `let seed = mix_bits(((u32(key[0]) << 16u) | u32(key[1])) ^ bitcast<u32>(uniforms.layer));
      let draw = mix_bits(seed + u32(index / uniforms.each) * ${HASH.step}u) >> 8u;`,
      value: 'select(0.0, x[index] * uniforms.factor, draw >= u32(uniforms.first))',
    });
    return gpu.run({ ...program, code: MIX + program.code });
  });
}
