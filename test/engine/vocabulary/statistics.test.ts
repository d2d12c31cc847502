import assert from 'node:assert/strict';
import { meanOf, meanText } from '../../../engine/vocabulary/statistics';

describe('Statistics of repeated runs', () => {
  it('formats the deviation with the decimals of the mean, or one more if it would be 0', () => {
    assert.equal(meanText(meanOf([86.1, 86.5])), '86.3 ± 0.3');
    assert.equal(meanText(meanOf([86.24, 86.26])), '86.25 ± 0.01');
    assert.equal(meanText(meanOf([86.2, 86.2])), '86.2 ± 0.0');
    assert.equal(meanText(meanOf([0.5, 0.7])), '0.600 ± 0.141');
    assert.equal(meanText(meanOf([84.9])), '84.9');
  });
});
