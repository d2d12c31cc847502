import { startBackend } from '../../../engine/backends/startBackend';
import { interpolatesEach } from './interpolation.suite';
import { startWasmWith } from '../backends/wasmWith';
import { trainsAsOfficial } from './official.suite';
import { measuresSteps } from './measured.suite';
import { reestimatesBySize } from './reestimate.suite';

describe('training on wasm', function () {
  this.timeout(60_000);
  after(() => startWasmWith({ winograd: true }));

  for (const winograd of [false, true])
    describe(`${winograd ? 'with' : 'without'} Winograd transforms`, () => {
      trainsAsOfficial(() => startWasmWith({ winograd }));
    });

  describe('an α for each entry of ψ', () => {
    interpolatesEach(() => startBackend('wasm'));
  });

  describe('measurements', () => {
    measuresSteps(() => startBackend('wasm'));
  });

  describe('batch-norm statistics of unequal batches', () => {
    reestimatesBySize(() => startBackend('wasm'));
  });
});
