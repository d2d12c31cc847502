/**
 * Captures computations as TensorFlow graphs. A computation is recorded once for each shape of its tensors, and each run is then one
 * call.
 */
import type { Compiled, Computation } from '../backend';
import { eager } from '../eager';
import type { NodeBackend } from './executor';
import { NotCapturable } from './record';
import { Session, type Arguments } from './session';

/**
 * Returns the computation in a form that records it at the first call with tensors of each shape, and runs it as a graph. The first
 * call also uses the graph, so that rounding is the same in a new and in a resumed process.
 * A computation that cannot be captured runs operation by operation, with a warning.
 */
export function capture<Name extends string>(backend: NodeBackend, computation: Computation<Name>): Compiled<Name> {
  const sessions = new Map<string, Session<Name>>();
  let fallback: Compiled<Name> | undefined;
  const sessionFor = (given: Arguments<Name>) => {
    const key = given.tensors.map(({ shape }) => shape.join('×')).join(' ');
    const session = sessions.get(key) ?? new Session(backend, computation, given);
    sessions.set(key, session);
    return session;
  };
  return {
    run(tensors, numbers) {
      if (fallback) {
        fallback.run(tensors, numbers);
        return;
      }
      try {
        sessionFor({ tensors, numbers }).run({ tensors, numbers });
      } catch (error) {
        if (!(error instanceof NotCapturable)) throw error;
        process.emitWarning(`A step runs operation by operation, which is slower: ${error.message}.`, 'CaptureWarning');
        fallback = eager.compile(computation);
        fallback.run(tensors, numbers);
      }
    },
    dispose() {
      for (const session of sessions.values()) session.dispose();
      sessions.clear();
    },
  };
}
