import { kernelOf } from '../../../webview/views/picture/source';
import { equal } from '../assert';

describe('kernels in a picture', () => {
  it('are along a row if the outputs are first, and along a column if they are last', () => {
    equal(kernelOf({ shape: [16, 3, 3, 3], layout: 'OIHW' }), { rows: 1, columns: 9 });
    equal(kernelOf({ shape: [3, 3, 8, 16], layout: 'HWIO' }), { rows: 8, columns: 1 });
  });

  it('are none in a matrix, and none for one weight', () => {
    equal(kernelOf({ shape: [10, 64], layout: 'OI' }), undefined);
    equal(kernelOf({ shape: [16, 8, 1, 1], layout: 'OIHW' }), undefined);
  });

  it('are found by the layout, also if a kernel has one column or one input', () => {
    equal(kernelOf({ shape: [9, 1, 1, 4], layout: 'HWIO' }), undefined);
    equal(kernelOf({ shape: [3, 3, 8, 1], layout: 'HWIM' }), undefined);
  });
});
