/**
 * Loads and activates the bundled extension in this process, and prints the milliseconds of CPU time as JSON: to load it, and to activate it.
 * They are the time of our own code, which other processes do not change.
 * The module `vscode` is a stand-in that accepts everything and does nothing, so the time of VS Code does not count.
 */
import Module from 'node:module';
import path from 'node:path';

const EXTENSION = path.resolve('dist/extension/main.js');

/** A function, class and object with any properties, which are such values, too. As an iterable it is empty, and it is no promise. */
const anything: object = new Proxy(Object, {
  get: (target, property) => {
    if (property === 'then') return undefined;
    if (property === Symbol.toPrimitive) return () => '';
    if (property === Symbol.iterator) return () => [][Symbol.iterator]();
    return property === 'prototype' ? target.prototype : anything;
  },
  set: () => true,
  apply: () => anything,
  construct: (target, args, made) => (made === anything ? anything : (Reflect.construct(target, args, made) as object)),
});

/** The module. Bundled code makes an object with its own properties and its prototype, so the prototype must have all properties. */
const vscode: unknown = new Proxy(
  {},
  { get: (_target, property) => property === '__esModule' || anything, getPrototypeOf: () => anything },
);

interface Loader {
  _load(request: string, ...rest: unknown[]): unknown;
}

const loader = Module as typeof Module & Loader;
const load = loader._load.bind(Module);
loader._load = (request, ...rest) => (request === 'vscode' ? vscode : load(request, ...rest));

interface Extension {
  activate(context: object): void;
}

const context = {
  subscriptions: [],
  extensionUri: anything,
  workspaceState: {
    get: (_key: string, fallback: unknown) => fallback,
    update: () => Promise.resolve(),
    keys: () => [],
  },
  globalState: { get: (_key: string, fallback: unknown) => fallback, update: () => Promise.resolve(), keys: () => [] },
  asAbsolutePath: (file: string) => path.resolve(file),
};

const began = process.cpuUsage();
const extension = load(EXTENSION) as Extension;
const loading = process.cpuUsage(began);
extension.activate(context);
const both = process.cpuUsage(began);
const [loaded, activated] = [loading, both].map(({ user, system }) => (user + system) / 1000) as [number, number];
process.stdout.write(JSON.stringify({ load: loaded, activate: activated - loaded }), () => process.exit(0));
