/** Stylesheets are bundled by esbuild into main.css; importing one has no value. */
declare module '*.css';
