import {
  baseName,
  density,
  number,
  percent,
  percentage,
  plural,
  signed,
  tick,
  weightIndex,
} from '../../webview/format';
import { equal } from './assert';

describe('format', () => {
  it('writes three significant digits, with a typographic minus sign', () => {
    const cases: [number, string][] = [
      [0, '0'], [1, '1.00'], [0.041349, '0.0413'], [-0.041349, '−0.0413'], [99.95, '100'], [9.996, '10.0'],
      [1234.5, '1235'], [123456, '1.23e5'], [0.00001234, '1.23e−5'], [NaN, '–'], [-Infinity, '−∞'],
    ]; // prettier-ignore
    for (const [value, text] of cases) equal(number(value), text, String(value));
    equal(signed(7.3), '+7.30');
    equal(signed(-7.3), '−7.30');
    equal(tick(5), '5');
    equal(tick(0.2), '0.2');
    equal([1_000_000, 2e17, -2.5e17].map(tick), ['1000000', '2e17', '−2.5e17']);
  });

  it('never rounds a share below 1 to 100 %', () => {
    equal(percent(1), '100 %');
    equal(percent(0.99999), '99.999 %');
    equal(percent(0.941), '94.1 %');
    equal(percent(0), '0 %');
    equal(percent(NaN), '–');
    for (const format of [number, signed, percent, percentage]) equal(format(null), '–');
  });

  it('writes densities as percentages without a sign', () => {
    equal([1, 0.512, 0.2621, 0.01].map(density), ['100', '51', '26', '1']);
  });

  it('writes singular and plural', () => {
    equal([plural(1, 'layer'), plural(2000, 'layer')], ['1 layer', '2,000 layers']);
  });

  it('returns the last part of a Windows or POSIX path', () => {
    equal(baseName('/a/b/c.safetensors'), 'c.safetensors');
    equal(baseName('C:\\runs\\c.safetensors'), 'c.safetensors');
  });

  it('converts row and column to the index of a weight', () => {
    equal(weightIndex([64, 16, 3, 3], 12, 29), '[12, 3, 0, 2]');
    equal(weightIndex([10, 784], 9, 783), '[9, 783]');
  });
});
