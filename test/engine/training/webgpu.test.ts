import { chooseBackend } from '../../../engine/backends/choose';
import { needsAnyGpu, needsRealGpu } from '../backends/gpu';
import { differentiatesAsOfficial, trainsAsOfficial } from './official.suite';

const start = () => chooseBackend('webgpu');

describe('gradients on webgpu', function () {
  this.timeout(300_000);
  before(needsAnyGpu);
  differentiatesAsOfficial(start);
});

describe('training on webgpu', function () {
  this.timeout(600_000);
  before(needsRealGpu);
  trainsAsOfficial(start);
});
