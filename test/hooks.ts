/** Hooks around every test of the engine and the extension's units, in whichever process it runs. */
import type { RootHookObject } from 'mocha';
import './engine/backends/softwareVulkan';
import { endRunning } from './engine/process';

export const mochaHooks: RootHookObject = { afterEach: endRunning };
