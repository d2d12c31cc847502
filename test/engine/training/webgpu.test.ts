import { startBackend } from '../../../engine/backends/startBackend';
import { needsAnyGpu, needsRealGpu } from '../backends/gpu';
import { FLIPPED } from './official';
import { startWasmWith } from '../backends/wasmWith';
import { interpolatesEach } from './interpolation.suite';
import { differentiatesAsOfficial, trainsAsOfficial } from './official.suite';
import { measuresSteps } from './measured.suite';
import { reestimatesBySize } from './reestimate.suite';

const start = () => startBackend('webgpu');

describe('gradients and statistics on webgpu', function () {
  this.timeout(300_000);
  before(needsAnyGpu);
  differentiatesAsOfficial(start);

  describe('an α for each entry of ψ', () => {
    interpolatesEach(start);
  });

  describe('measurements', () => {
    measuresSteps(start);
  });

  describe('batch-norm statistics of unequal batches', () => {
    reestimatesBySize(start);
  });
});

describe('training on webgpu', function () {
  this.timeout(600_000);
  before(needsRealGpu);
  // A card rounds sums in its own way, so it may flip units of relu.
  trainsAsOfficial(start, { limits: FLIPPED, guide: () => startWasmWith({ winograd: false }) });
});
