/**
 * Adds SwiftShader to the Vulkan drivers of the machine. A process searches for drivers only once, so this file is imported before any
 * test.
 */
import { existsSync } from 'node:fs';

/** The paths where distributions install SwiftShader with Chromium. */
const SWIFTSHADER = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'].map(
  (folder) => `${folder}/vk_swiftshader_icd.json`,
);

const driver = SWIFTSHADER.find((file) => existsSync(file));
if (driver) process.env['VK_ADD_DRIVER_FILES'] ??= driver;
