/** Entry of the server. The server itself is `server.ts`, in a bundle of its own. */
import { loadProgram } from './compileCache';

loadProgram('serverProgram.js');
