import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

/** Allows imports from another top-level folder only from its public modules: `protocol.ts`, and the engine's vocabulary. */
const publicOnly = (target, from) => ({
  target: `./${target}`,
  from: `./${from}`,
  except: ['./protocol.ts', ...(from === 'engine' ? ['./vocabulary'] : [])],
  message: `From ${from}/ import only its public modules (ARCHITECTURE §3.1).`,
});

/**
 * The rooms (folders) of the engine. A room imports only rooms on its own line and on lines below (ARCHITECTURE §3.4).
 * `test/engine/rooms.test.ts` prints the import graph, and checks that ARCHITECTURE.md has the same list.
 */
export const LAYERS = [
  ['terminal'],
  ['execution', 'install', 'studies'],
  ['calibration'],
  ['training', 'runs', 'report'],
  ['lottery', 'connectivity', 'inspection'],
  ['models', 'datasets'],
  ['checkpoints', 'backends'],
  ['json'],
  ['vocabulary'],
];
const upward = LAYERS.flatMap((layer, depth) =>
  layer.flatMap((target) =>
    LAYERS.slice(0, depth)
      .flat()
      .map((from) => ({ target, from })),
  ),
);
/** The server loads these rooms, so they load no backend. */
const BACKEND_FREE = ['runs', 'report', 'lottery', 'connectivity', 'inspection', 'models', 'datasets', 'checkpoints'];
const toBackends = BACKEND_FREE.flatMap((target) => ['backends', 'training'].map((from) => ({ target, from })));
const layerZones = [...upward, ...toBackends].map(({ target, from }) => ({
  target: `./engine/${target}`,
  from: `./engine/${from}`,
  message: `engine/${target} may not import engine/${from} (ARCHITECTURE §3.4).`,
}));

/** Rooms cannot import `protocol.ts`, and `protocol.ts` imports only the vocabulary. */
const protocolZones = [
  {
    target: './engine/protocol.ts',
    from: './engine',
    except: ['./vocabulary'],
    message: 'The protocol imports only the vocabulary (ARCHITECTURE §3.4).',
  },
  {
    target: './engine/*/**',
    from: './engine/protocol.ts',
    message: 'Inside the engine import from engine/vocabulary (ARCHITECTURE §3.4).',
  },
];

const restrict = (files, groups, message, ignores = []) => ({
  files,
  ignores,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group: groups, message }] }] },
});

const TFJS = '@tensorflow/*';
const D3 = ['d3', 'd3-*'];
const VSCODE = ['vscode', 'vscode-languageclient', 'vscode-languageclient/*'];
const JSON_RPC = [
  'vscode-languageserver',
  'vscode-languageserver/*',
  'vscode-languageserver-protocol/*',
  'vscode-jsonrpc',
  'vscode-jsonrpc/*',
];
const NATIVE = ['@tensorflow/tfjs-backend-*', '@tensorflow/tfjs-backend-*/**', '@tensorflow/tfjs-node*'];
/** Decoders in WASM, which own no device. Each is imported by one folder. */
const [HDF5, JPEG] = [
  ['h5wasm', 'h5wasm/*'],
  ['@jsquash/*', '@jsquash/**'],
];
/** The renderer of figures as PNG, also in WASM. */
const RASTER = ['@resvg/*', '@resvg/**'];

/** Each argument of a call needs space on the stack. A hundred thousand arguments overflow it. */
const SPREAD_PUSH = {
  selector: 'CallExpression[callee.property.name=/^(push|unshift)$/] > SpreadElement',
  message: 'A long list overflows the stack here: use appendAll (engine/collections.ts).',
};

const DOUBLE_CAST = {
  selector: 'TSAsExpression > TSAsExpression > TSUnknownKeyword',
  message: '`as unknown as` turns the types off. Narrow with a type (`as A & B`), or check the value.',
};

export default defineConfig(
  { ignores: ['dist', 'out', 'node_modules', '.cache', '**/.winning-sign', 'test/fixtures'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [
        createTypeScriptImportResolver({
          project: ['engine', 'extension', 'webview', 'test'],
          noWarnOnMultipleProjects: true,
        }),
      ],
    },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            publicOnly('engine', 'extension'),
            publicOnly('engine', 'webview'),
            publicOnly('webview', 'engine'),
            publicOnly('webview', 'extension'),
            publicOnly('extension', 'engine'),
            publicOnly('extension', 'webview'),
            ...['engine', 'extension', 'webview'].map((target) => ({ target: `./${target}`, from: './test' })),
            ...layerZones,
            ...protocolZones,
          ],
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off', // `!` marks an index into a typed array that is known to be in bounds
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 60 }],
      'max-params': ['error', { max: 4 }],
    },
  },
  restrict(
    ['engine/**/*.ts'],
    [...VSCODE, ...D3, ...JSON_RPC, ...NATIVE, ...HDF5, ...JPEG, ...RASTER],
    'Not in the engine (ARCHITECTURE §3).',
    [
      'engine/server.ts',
      'engine/backends/**',
      'engine/datasets/images/**',
      'engine/studies/figure.ts',
      'engine/studies/figureAxes.ts',
      'engine/studies/raster.ts',
    ],
  ),
  restrict(
    ['engine/studies/raster.ts'],
    [...VSCODE, ...D3, ...JSON_RPC, ...NATIVE, ...HDF5, ...JPEG],
    'Not in the engine (ARCHITECTURE §3).',
  ),
  restrict(
    ['engine/studies/figure.ts', 'engine/studies/figureAxes.ts'],
    [...VSCODE, ...JSON_RPC, ...NATIVE, ...HDF5, ...JPEG, ...RASTER],
    'Only the scales and paths of d3, which need no document (ARCHITECTURE §3).',
  ),
  restrict(
    ['engine/datasets/images/**/*.ts'],
    [...VSCODE, ...D3, ...JSON_RPC, ...NATIVE, ...HDF5],
    'Not in the engine (ARCHITECTURE §3).',
  ),
  restrict(
    ['engine/server.ts'],
    [...VSCODE, ...D3, TFJS, ...HDF5, ...JPEG],
    'The server loads no backend (ARCHITECTURE §3).',
  ),
  restrict(['engine/backends/**/*.ts'], [...VSCODE, ...D3, ...JSON_RPC], 'Not in the engine (ARCHITECTURE §3).'),
  restrict(
    ['engine/{checkpoints,inspection}/**/*.ts'],
    [...VSCODE, ...D3, ...JSON_RPC, TFJS, ...HDF5, ...JPEG],
    'Needs no backend (ARCHITECTURE §3.4).',
  ),
  restrict(
    ['engine/checkpoints/hdf5/**/*.ts'],
    [...VSCODE, ...D3, ...JSON_RPC, TFJS, ...JPEG],
    'Needs no backend (ARCHITECTURE §3.4).',
  ),
  restrict(
    ['engine/vocabulary/**/*.ts'],
    [...VSCODE, ...D3, ...JSON_RPC, 'node:*', TFJS],
    'Imports nothing (ARCHITECTURE §3.1).',
  ),
  { files: ['**/*.ts'], rules: { 'no-restricted-syntax': ['error', DOUBLE_CAST] } },
  { files: ['engine/**/*.ts'], rules: { 'no-restricted-syntax': ['error', DOUBLE_CAST, SPREAD_PUSH] } },
  {
    files: ['engine/cli.ts', 'engine/terminal/**/*.ts'],
    ignores: ['engine/terminal/output.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        DOUBLE_CAST,
        SPREAD_PUSH,
        {
          selector: "CallExpression[callee.property.name='write']",
          message: 'Only engine/terminal/output.ts writes to a terminal (ARCHITECTURE §3.3).',
        },
      ],
    },
  },
  restrict(['extension/**/*.ts'], [...D3, TFJS], 'Not in the extension (ARCHITECTURE §3.2).'),
  restrict(['webview/**/*.ts'], [...VSCODE, 'node:*', TFJS], 'Not in the webview (ARCHITECTURE §3.2).'),
  {
    files: ['webview/**/*.ts'],
    ignores: ['webview/host.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'acquireVsCodeApi', message: 'Only webview/host.ts (ARCHITECTURE §3.3).' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': 'off', // a suite is one function
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', Buffer: 'readonly' } },
  },
);
