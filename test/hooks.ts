/** Hooks for every test of the engine and for the unit tests of the extension, in each of mocha's processes. */
import type { RootHookObject } from 'mocha';
import './engine/backends/softwareVulkan';
import { endRunning } from './engine/process';
import { endReused, endUnanswered } from './engine/reusedProcess';

export const mochaHooks: RootHookObject = {
  afterEach: [endRunning, endUnanswered],
  afterAll: endReused, // in parallel mode, after each file
};
