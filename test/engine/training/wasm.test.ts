import { startBackend } from '../../../engine/backends/startBackend';
import { interpolatesEach } from './interpolation.suite';
import { startWasmWith } from '../backends/wasmWith';
import { FLIPPED } from './official';
import { trainsAsOfficial } from './official.suite';
import { measuresSteps } from './measured.suite';
import { reestimatesBySize } from './reestimate.suite';

describe('training on wasm', function () {
  this.timeout(60_000);
  const directly = () => startWasmWith({ winograd: false });
  const transformed = () => startWasmWith({ winograd: true });
  after(transformed);

  describe('with direct convolutions', () => {
    trainsAsOfficial(directly);
  });

  describe('with Winograd transforms', () => {
    trainsAsOfficial(transformed, { limits: FLIPPED, guide: directly });
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
