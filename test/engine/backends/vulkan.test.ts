import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasVulkanDriver } from '../../../engine/backends/webgpu/vulkan';
import { temporaryFolder } from '../../fixtures';

describe('hasVulkanDriver', () => {
  const inFolder = temporaryFolder();
  const nobody = () => ({ HOME: inFolder('home') });

  it('returns false on a system without a driver', () => {
    assert.equal(hasVulkanDriver(nobody(), inFolder('root')), false);
    mkdirSync(inFolder('root/usr/share/vulkan/icd.d'), { recursive: true });
    assert.equal(hasVulkanDriver(nobody(), inFolder('root')), false);
  });

  for (const folder of ['root/usr/share', 'root/usr/local/share', 'root/etc', 'home/.local/share', 'home/.config'])
    it(`finds a driver in ${folder}`, () => {
      const place = path.join(inFolder(folder), 'vulkan/icd.d');
      mkdirSync(place, { recursive: true });
      writeFileSync(path.join(place, 'nvidia_icd.json'), '{}');
      assert.equal(hasVulkanDriver(nobody(), inFolder('root')), true);
    });

  it('returns true if an environment variable names a driver', () => {
    assert.equal(hasVulkanDriver({ ...nobody(), VK_ICD_FILENAMES: '/x.json' }, inFolder('root')), true);
  });
});
