/** Prints the import graph of the engine by rooms (its folders), and checks the order that the lint enforces. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

const ENGINE = path.resolve('engine');
const sources = readdirSync(ENGINE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** Returns the folder of the engine that a file is in, or the name of a file at the top. */
function roomOf(file: string): string {
  return path.relative(ENGINE, file).split(path.sep)[0]!;
}

/** Returns for each room the rooms that it imports, each with one file that does so. */
function importGraph(): Map<string, Map<string, string>> {
  const graph = new Map<string, Map<string, string>>();
  for (const name of sources) {
    const file = path.join(ENGINE, name);
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
    const own = graph.get(roomOf(file)) ?? new Map<string, string>();
    graph.set(roomOf(file), own);
    for (const { fileName } of importedFiles) {
      if (!fileName.startsWith('.')) continue;
      const target = path.resolve(path.dirname(file), fileName);
      const room = path.dirname(target) === ENGINE ? sourceName(fileName) : roomOf(target);
      if (room !== roomOf(file)) own.set(room, name);
    }
  }
  return graph;
}

function sourceName(fileName: string): string {
  const base = path.basename(fileName);
  return path.extname(base) ? base : `${base}.ts`;
}

describe('the rooms of the engine', () => {
  let layers: string[][];
  const graph = importGraph();
  const rooms = readdirSync(ENGINE, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  before(async () => {
    const config = (await import(pathToFileURL('eslint.config.mjs').href)) as { LAYERS: string[][] };
    layers = config.LAYERS;
  });

  it('are exactly those in LAYERS of eslint.config.mjs', () => {
    assert.deepEqual(layers.flat().sort(), rooms.map(({ name }) => name).sort());
  });

  it('import only rooms on their own line and below', () => {
    const rowOf = (room: string) => layers.findIndex((row) => row.includes(room));
    for (const row of layers) {
      for (const room of row) console.log(`      ${room} → ${[...(graph.get(room) ?? new Map()).keys()].join(', ')}`);
    }
    const upward = layers
      .flat()
      .flatMap((room) =>
        [...(graph.get(room) ?? [])]
          .filter(([target]) => rowOf(target) !== -1 && rowOf(target) < rowOf(room))
          .map(([target, file]) => `${room} → ${target} (${file})`),
      );
    assert.deepEqual(upward, []);
  });

  it('have no import cycles, and neither have the files at the top of the engine', () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (room: string, trail: string[]) => {
      if (trail.includes(room)) circles.push([...trail.slice(trail.indexOf(room)), room].join(' → '));
      if (trail.includes(room) || done.has(room)) return;
      for (const target of graph.get(room)?.keys() ?? []) visit(target, [...trail, room]);
      done.add(room);
    };
    for (const room of graph.keys()) visit(room, []);
    assert.deepEqual(circles, []);
  });

  it('are listed in this order in ARCHITECTURE.md', () => {
    const list = layers.map((row) => row.join(' ')).join('\n');
    const lines = readFileSync('ARCHITECTURE.md', 'utf8').split('\n');
    const text = lines.map((line) => line.trim().replace(/ +/g, ' ')).join('\n');
    assert.ok(text.includes(list), `ARCHITECTURE.md §3.4 lacks this list:\n${list}`);
  });
});
