import assert from 'node:assert/strict';
import {
  decimalText,
  bytesText,
  duration,
  percent,
  significant,
  tensorNumber,
} from '../../../engine/vocabulary/numbers';

describe('Numbers in words', () => {
  it('have three significant digits', () => {
    assert.deepEqual([91.236, 9.999, 0.05, 0, 1234.5, -7.308].map(significant), [
      '91.2',
      '10.0',
      '0.0500',
      '0',
      '1235',
      '-7.31',
    ]);
  });

  it('from tensors are short, and integers are exact', () => {
    const floats = [-3.3999999521443642e38, 1.4e-45, -0.00005, 0.0001, 0, -0.5, 999_999, 1e6];
    assert.deepEqual(
      floats.map((value) => tensorNumber(value, 'float32')),
      ['-3.40e+38', '1.40e-45', '-5.00e-5', '0.000100', '0', '-0.500', '999999', '1.00e+6'],
    );
    const integers = [tensorNumber(7, 'int64'), tensorNumber(50_257_000, 'uint32'), tensorNumber(-(2 ** 63), 'int64')];
    assert.deepEqual(integers, ['7', '50257000', '-9.22e+18']);
    assert.deepEqual(
      [0, 1].map((value) => tensorNumber(value, 'bool')),
      ['0', '1'],
    );
  });

  it('show 100 % and 0 % only for exact values', () => {
    const shares = [0, 0.00001, 0.2, 0.98654, 0.9994, 0.9996, 0.99999, 1];
    assert.deepEqual(shares.map(percent), [
      '0 %',
      '0.00100 %',
      '20.0 %',
      '98.7 %',
      '99.9 %',
      '99.96 %',
      '99.999 %',
      '100 %',
    ]);
  });

  it('give bytes with decimal units, also where rounding changes the unit', () => {
    assert.deepEqual([0, 1, 999, 1000, 999_499, 999_600, 1_073_741_824, 3.2e15].map(bytesText), [
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.00 kB',
      '999 kB',
      '1.00 MB',
      '1.07 GB',
      '3200 TB',
    ]);
  });

  it('give durations in seconds, minutes and hours', () => {
    assert.deepEqual([9, 11.2, 720, 2460, 3840].map(duration), ['9 s', '12 s', '12 min', '41 min', '1 h 04 min']);
  });

  it('round a half away from zero, however its double is rounded', () => {
    assert.deepEqual(
      [67.975, 54.825, -67.975, 0.005, 1.005].map((value) => decimalText(value, 2)),
      [...['67.98', '54.83', '-67.98', '0.01', '1.01']],
    );
    assert.equal(decimalText((67.97 + 67.98) / 2, 2), '67.98');
    assert.deepEqual(
      [1e-9, 1e21, NaN, 0, -0.001].map((value) => decimalText(value, 2)),
      [...['0.00', '1e+21', 'NaN', '0.00', '-0.00']],
    );
  });
});
