/** esbuild bundles stylesheets into main.css. Their imports have no value. */
declare module '*.css';
