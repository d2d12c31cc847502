/** Loaded before a program (`--require`): the program finds that it cannot execute relaxed vector instructions. */
import { PRIVATE_MEMORY } from '../../../engine/backends/wasm/simd/kernels';

const relaxed = Buffer.from(PRIVATE_MEMORY.relaxed, 'base64');
const { validate } = WebAssembly;
WebAssembly.validate = (bytes) => !(bytes instanceof Uint8Array && relaxed.equals(bytes)) && validate(bytes);
