// Compiles the schemas that the engine checks data with into programs: `compileSchemas(folder)` writes one file for each schema. To compile a
// schema when a process needs it takes a third of a second, and to load the file a hundredth.
import standaloneCode from 'ajv/dist/standalone/index.js';
import * as esbuild from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
/** The modules that check data. When they are loaded, their schemas are in `SCHEMAS`. */
const CHECKING = ['engine/runs/options', 'engine/studies/studyFile', 'engine/studies/slurm/profile'];
const node = { bundle: true, platform: 'node', target: 'node20', format: 'cjs', mainFields: ['module', 'main'] };

/** Writes FOLDER/NAME.js for each schema. `options` are further options of esbuild. */
export async function compileSchemas(folder, options = {}) {
  const { SCHEMAS, createAjv } = await loadSchemas();
  await Promise.all(
    [...SCHEMAS].map(([name, { schema, settings }]) => {
      const ajv = createAjv({ ...settings, code: { source: true } });
      const contents = standaloneCode.default(ajv, ajv.compile(schema));
      const stdin = { contents, resolveDir: root };
      return esbuild.build({ ...node, ...options, stdin, outfile: path.join(folder, `${name}.js`) });
    }),
  );
}

async function loadSchemas() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'schemas-'));
  try {
    const outfile = path.join(folder, 'schemas.cjs');
    const modules = CHECKING.map((module) => `import './${module}';`);
    const contents = [...modules, "export { SCHEMAS, createAjv } from './engine/json/validator';"].join('\n');
    await esbuild.build({ ...node, stdin: { contents, resolveDir: root }, outfile, logLevel: 'warning' });
    return createRequire(import.meta.url)(outfile);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
